"""Questions with several answers, and exercises with folded solutions, in the built pages."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built import parsed
from playwright.sync_api import expect

# With which all questions of a page are asked for at once.
HELPERS = Path(__file__).with_name("questions.js").read_text(encoding="utf-8")


def ask(page, call):
    """Call one of the helpers in a page."""
    return page.tab.evaluate(f"{HELPERS}; asks.{call}()")


@pytest.fixture
def asked(kept, question_page):
    """Open a page that has questions."""
    if question_page == "no-such-page":
        pytest.fail("no page has a question")
    return lambda **options: kept(question_page, part="questions", **options)


@pytest.fixture
def exercised(kept, exercise_page):
    """Open a page that has exercises; whoever unfolds them folds them again."""
    if exercise_page == "no-such-page":
        pytest.fail("no page has an exercise")
    return lambda view="desktop", **options: kept(exercise_page, view=view, **options)


def reasons_in(page):
    """Return the reasons of each question, as the file has them: first words, count of formulas."""
    return [
        [
            (str(reason.select_one("p")).split("<math")[0], len(reason.select("math")))
            for reason in question.select(".question-reason")
        ]
        for question in parsed(page).select(".question")
    ]


# Questions --------------------------------------------------------------------------------------


def test_each_choice_is_explained(asked, question_page):
    page = asked(fresh=True)
    written = reasons_in(question_page)
    questions = page.tab.locator(".question")
    assert questions.get_by_role("group").count() == len(written) > 0
    assert questions.get_by_role("radio").count() == sum(map(len, written))
    found = ask(page, "chooseAll")
    for index, (question, reasons) in enumerate(zip(found, written, strict=True)):
        # Screen readers are told what appears in it: it has to be there before.
        assert question["first"] == {"text": "", "live": "polite", "reasons": False}
        for choice, (words, formulas) in zip(question["chosen"], reasons, strict=True):
            words = " ".join(BeautifulSoup(words, "html.parser").get_text().split())
            begins = words.split(".")[0] + "."
            assert begins in ("Right.", "No.")
            # The words themselves, up to the first formula, and the formulas.
            assert words in choice.pop("words")
            right = int(begins == "Right.")
            assert choice == {"reached": True, "reasons": 1, "right": right, "formulas": formulas}
        # What one question shows, another does not.
        assert question["open"] == index + 1
    # The keys go from answer to answer of one name: all of a question, and of no other.
    names = [name for question in found for name in question["names"]]
    assert len(set(names)) == len(names) == len(found)
    assert page.errors == []


def test_mouse_and_keys_choose(asked):
    """In the first question of a page, as all are made alike."""
    tab = asked().tab
    question = tab.locator(".question").first
    shown = question.locator(".question-shown")
    choices = question.get_by_role("radio")
    choices.nth(1).check()
    second = shown.inner_text()
    choices.first.focus()
    tab.keyboard.press("Space")
    expect(choices.first).to_be_checked()
    expect(shown).not_to_have_text(second)
    first = shown.inner_text()
    for _ in range(choices.count() - 1):
        tab.keyboard.press("ArrowDown")
    expect(choices.last).to_be_checked()
    expect(choices.last).to_be_focused()
    expect(shown).not_to_have_text(first)
    # One stop of Tab for all answers.
    tab.keyboard.press("Tab")
    assert question.locator("input:focus").count() == 0


def test_without_scripts_all_reasons_unfold(asked):
    page = asked(scripts=False)
    for question in ask(page, "parts"):
        assert not any(question["reasons"])
        # Nothing looks alive that is not.
        assert not any(question["inputs"])
    ask(page, "foldReasons")
    assert all(all(question["reasons"]) for question in ask(page, "parts"))
    ask(page, "foldReasons")
    # And under the mouse.
    question = page.tab.locator(".question").first
    for seen in (True, False):
        question.locator("summary").click()
        expect(question.locator(".question-reason").first).to_be_visible(visible=seen)


@pytest.mark.parametrize("scripts", [True, False])
def test_paper_has_question_answers_and_reasons(asked, scripts):
    page = asked(scripts=scripts)
    if scripts:
        page.tab.locator(".question input").first.check()
    with page.on_paper():
        questions = ask(page, "parts")
    for question in questions:
        for part in ("legend", "letters", "reasons"):
            assert question[part]
            assert all(question[part]), part
        assert not any(question["shown"] + question["inputs"])


# Exercises --------------------------------------------------------------------------------------


def open_exercises(tab):
    """Open every exercise, which offers its solution then."""
    tab.evaluate(
        """() => document.querySelectorAll(".exercise.toggle-hidden .toggle-button")
        .forEach((button) => button.click())"""
    )


def test_a_solution_unfolds_by_key(exercised):
    page = exercised("phone")
    tab = page.tab
    open_exercises(tab)
    solutions = tab.locator(".admonition.solution")
    assert solutions.count() == tab.locator(".admonition.exercise").count() > 0
    button = solutions.get_by_role("button", name="Solution to Exercise", exact=False)
    assert button.count() == solutions.count()
    folded, unfolded = ["false", False], ["true", True]
    for states in ask(page, "unfoldAll"):
        assert states == [folded, unfolded, folded]
    for pressed in ("true", "false"):
        button.first.focus()
        tab.keyboard.press("Enter")
        expect(button.first).to_have_attribute("aria-expanded", pressed)
    assert page.errors == []


def test_a_solution_unfolds_where_its_title_is_pressed(exercised):
    """Also in the middle of the words: there is no link in them."""
    page = exercised()
    open_exercises(page.tab)
    solution = page.tab.locator(".admonition.solution").first
    for seen in (True, False):
        solution.locator(".admonition-title").click(position={"x": 60, "y": 14})
        expect(solution.locator(".exercise-body")).to_be_visible(visible=seen)
    assert page.errors == []


def test_on_paper_solutions_come_last(exercised):
    page = exercised()
    with page.on_paper():
        page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        exercises, solutions, seen = ask(page, "places")
        page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert all(seen)
    assert min(solutions) > max(exercises)


def test_without_scripts_solutions_are_there(exercised):
    _, _, seen = ask(exercised(scripts=False), "places")
    assert seen
    assert all(seen)


def test_exercises_say_their_level_and_repeat_no_id(exercise_page):
    soup = parsed(exercise_page)
    for title in soup.select(".exercise > .admonition-title"):
        assert title.select_one(".level").get_text() in ("warm-up", "practice", "challenge")
    ids = [element["id"] for element in soup.select("article [id]")]
    assert len(ids) == len(set(ids))


def test_stubs_were_run_and_wait_for_an_answer(exercise_page):
    cells = parsed(exercise_page).select(".exercise .cell")
    assert [cell for cell in cells if "Not answered yet." not in cell.get_text()] == []
