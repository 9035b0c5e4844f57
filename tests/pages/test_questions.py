"""Questions with several answers, and exercises with folded solutions, in the built pages."""

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

FROM_FILE = pytest.mark.parametrize("base", ["file"], indirect=True)


@pytest.fixture
def asked(visit, base, question_page):
    """Open a page that has questions."""

    def opened(view="desktop", **options):
        if question_page == "no-such-page":
            pytest.fail("no page has a question")
        return visit(f"{base}/{question_page}.html", view, **options)

    return opened


@pytest.fixture
def exercised(visit, html, exercise_page):
    """Open a page that has exercises."""

    def opened(view="desktop", **options):
        if exercise_page == "no-such-page":
            pytest.fail("no page has an exercise")
        return visit(f"{html.as_uri()}/{exercise_page}.html", view, **options)

    return opened


def reasons_in(html, page):
    """Return the reasons of each question, as the file has them: first words, count of formulas."""
    soup = BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
    return [
        [
            (str(reason.select_one("p")).split("<math")[0], len(reason.select("math")))
            for reason in question.select(".question-reason")
        ]
        for question in soup.select(".question")
    ]


# Questions --------------------------------------------------------------------------------------


def test_each_choice_is_explained(asked, html, question_page):
    page = asked()
    written = reasons_in(html, question_page)
    questions = page.tab.locator(".question")
    assert questions.count() == len(written) > 0
    for index, reasons in enumerate(written):
        question = questions.nth(index)
        shown = question.locator(".question-shown")
        expect(shown).to_be_empty()
        # Screen readers are told what appears in it: it has to be there before.
        assert shown.get_attribute("aria-live") == "polite"
        expect(question.locator(".question-reasons")).to_be_hidden()
        assert question.get_by_role("group").count() == 1
        choices = question.get_by_role("radio")
        assert choices.count() == len(reasons)
        for choice, (words, formulas) in enumerate(reasons):
            choices.nth(choice).check()
            expect(shown.locator(".question-reason")).to_have_count(1)
            words = BeautifulSoup(words, "html.parser").get_text()
            begins = words.split(".")[0] + "."
            assert begins in ("Right.", "No.")
            expect(shown).to_contain_text(begins)
            expect(shown.locator(".right")).to_have_count(int(begins == "Right."))
            # The words themselves, up to the first formula, and the formulas.
            assert " ".join(words.split()) in " ".join(shown.inner_text().split())
            expect(shown.locator("math:visible")).to_have_count(formulas)
        # What one question shows, another does not.
        assert page.tab.locator(".question-shown .question-reason").count() == index + 1
    assert page.errors == []


@FROM_FILE
def test_keys_choose(asked):
    tab = asked().tab
    for question in tab.locator(".question").all():
        choices = question.get_by_role("radio")
        last = choices.count() - 1
        tab.evaluate("(first) => first.focus()", choices.first.element_handle())
        tab.keyboard.press("Space")
        expect(choices.first).to_be_checked()
        first = question.locator(".question-shown").inner_text()
        for _ in range(last):
            tab.keyboard.press("ArrowDown")
        expect(choices.nth(last)).to_be_checked()
        expect(choices.nth(last)).to_be_focused()
        expect(question.locator(".question-shown")).not_to_have_text(first)
        # One stop of Tab for all answers.
        tab.keyboard.press("Tab")
        assert question.locator("input:focus").count() == 0


@FROM_FILE
def test_questions_are_accessible(asked, axe):
    """Before an answer is chosen, and after."""
    page = asked("desktop")
    tab = page.tab
    faults = {f"at first, {view}": axe(tab, ".question") for view in page.as_("desktop", "phone")}
    for question in tab.locator(".question").all():
        question.get_by_role("radio").first.check()
        expect(question.locator(".question-shown .question-reason")).to_be_visible()
    for view in page.as_("phone", "desktop"):
        faults[view] = axe(tab, ".question")
        faults[f"low, {view}"] = tab.locator(".question label").evaluate_all(
            """(labels) => labels.filter((label) => label.getBoundingClientRect().height < 44)
            .map((label) => label.innerText)"""
        )
    assert {kind: found for kind, found in faults.items() if found} == {}


@FROM_FILE
def test_without_scripts_all_reasons_unfold(asked):
    tab = asked(java_script_enabled=False).tab
    for question in tab.locator(".question").all():
        reasons = question.locator(".question-reason")
        expect(reasons.first).to_be_hidden()
        # Nothing looks alive that is not.
        expect(question.locator("input").first).to_be_hidden()
        question.locator("summary").click()
        for reason in reasons.all():
            expect(reason).to_be_visible()


@FROM_FILE
@pytest.mark.parametrize("scripts", [True, False])
def test_paper_has_question_answers_and_reasons(asked, scripts):
    tab = asked(java_script_enabled=scripts).tab
    if scripts:
        tab.locator(".question input").first.check()
    tab.emulate_media(media="print")
    for question in tab.locator(".question").all():
        expect(question.locator("legend")).to_be_visible()
        for line in question.locator(".question-letter, .question-reasons .question-reason").all():
            expect(line).to_be_visible()
        expect(question.locator(".question-shown")).to_be_hidden()
        expect(question.locator("input").first).to_be_hidden()


# Exercises --------------------------------------------------------------------------------------


def test_a_solution_unfolds_by_key(exercised):
    page = exercised("phone")
    tab = page.tab
    solutions = tab.locator(".admonition.solution")
    assert solutions.count() == tab.locator(".admonition.exercise").count() > 0
    for solution in solutions.all():
        body = solution.locator(".exercise-body")
        button = solution.get_by_role("button", name="Solution to Exercise", exact=False).first
        expect(body).to_be_hidden()
        assert button.get_attribute("aria-expanded") == "false"
        button.focus()
        tab.keyboard.press("Enter")
        expect(body).to_be_visible()
        assert button.get_attribute("aria-expanded") == "true"
    assert page.errors == []


def test_a_solution_unfolds_where_its_title_is_pressed(exercised):
    """Also in the middle of the words: there is no link in them."""
    page = exercised()
    solution = page.tab.locator(".admonition.solution").first
    solution.locator(".admonition-title").click(position={"x": 60, "y": 14})
    expect(solution.locator(".exercise-body")).to_be_visible()
    assert page.errors == []


def test_exercises_are_accessible(exercised, axe):
    """With their solutions unfolded."""
    page = exercised("desktop")
    tab = page.tab
    for button in tab.locator(".solution .toggle-button").all():
        button.click()
    faults = {}
    for view in page.as_("desktop", "phone"):
        faults[view] = axe(tab, ".exercise", ".solution")
        faults[f"too wide, {view}"] = tab.evaluate(
            """() => { const { scrollWidth, clientWidth } = document.documentElement;
            return Math.max(0, scrollWidth - clientWidth); }"""
        )
    assert {kind: found for kind, found in faults.items() if found} == {}


def test_on_paper_solutions_come_last(exercised):
    tab = exercised().tab
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    low = max(e.bounding_box()["y"] for e in tab.locator(".admonition.exercise").all())
    for solution in tab.locator(".admonition.solution").all():
        expect(solution.locator(".exercise-body")).to_be_visible()
        assert solution.bounding_box()["y"] > low


def test_without_scripts_solutions_are_there(exercised):
    tab = exercised(java_script_enabled=False).tab
    for body in tab.locator(".solution .exercise-body").all():
        expect(body).to_be_visible()


def test_exercises_say_their_level_and_repeat_no_id(html, exercise_page):
    text = (html / f"{exercise_page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(text, "html.parser")
    for title in soup.select(".exercise > .admonition-title"):
        assert title.select_one(".level").get_text() in ("warm-up", "practice", "challenge")
    ids = [element["id"] for element in soup.select("article [id]")]
    assert len(ids) == len(set(ids))


def test_stubs_were_run_and_wait_for_an_answer(html, exercise_page):
    text = (html / f"{exercise_page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(text, "html.parser")
    cells = soup.select(".exercise .cell")
    assert [cell for cell in cells if "Not answered yet." not in cell.get_text()] == []
