"""Written and kept, of the built pages: it plays by itself, and what is drawn is dragged."""

import pytest

PAGES = ("index", "memory-as-entanglement")
FIGURE = "[data-figure=WrittenKept]"
RESTS = f"() => !document.querySelector('{FIGURE}.qrnn-playing')"


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def opened(visit, html):
    """Return a function that opens a page, and gives the tab and the figure at rest."""

    def open_(view="desktop", page=PAGES[1], **options):
        tab = visit(f"{html.as_uri()}/{page}.html", view, **options).tab
        tab.locator(f"{FIGURE} svg").scroll_into_view_if_needed()
        tab.wait_for_function(RESTS)
        tab.wait_for_timeout(100)
        return tab, tab.locator(FIGURE)

    return open_


def setting(figure, name):
    return float(figure.get_by_role("slider", name=name).input_value())


def handle(figure, name):
    return figure.locator(f"[data-handle={name}] circle").last


def mouse(tab, start, by, steps=6):
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(start[0] + by[0], start[1] + by[1], steps=steps)
    tab.mouse.up()
    tab.wait_for_timeout(100)


def finger(tab, start, by, steps=6):
    """Drag by real touch events; return how far the page has scrolled."""
    before = tab.evaluate("scrollY")
    session = tab.context.new_cdp_session(tab)
    for k in range(steps + 1):
        x, y = (start[i] + by[i] * k / steps for i in (0, 1))
        kind = "touchMove" if k else "touchStart"
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        session.send("Input.dispatchTouchEvent", touch)
        tab.wait_for_timeout(20)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_timeout(150)
    return tab.evaluate("scrollY") - before


#: What the picture says, at each moment.
HEARD = """
  window.heard = [];
  setInterval(() => {
    const picture = document.querySelector("[data-figure=WrittenKept] [role=img]");
    const play = [...document.querySelectorAll("[data-figure=WrittenKept] button")]
      .find((button) => ["Play", "Pause"].includes(button.textContent));
    const words = picture && `${play.textContent}: ${picture.getAttribute("aria-label")}`;
    if (words && words !== heard.at(-1)) heard.push(words);
  }, 20);
"""


@pytest.mark.parametrize("chapter", PAGES)
def test_the_series_comes_in_by_itself(visit, html, chapter):
    """Each value is told as it comes; at the end all is there, and it is not begun again."""
    tab = visit(f"{html.as_uri()}/{chapter}.html", script=HEARD).tab
    figure = tab.locator(FIGURE)
    tab.locator(f"{FIGURE} svg").scroll_into_view_if_needed()
    tab.wait_for_function("() => heard.some((words) => words.startsWith('Pause'))")
    tab.wait_for_function(RESTS)
    tab.wait_for_timeout(100)
    heard = tab.evaluate("heard")
    assert sum(words.startswith("Pause: ") for words in heard) > 3
    assert heard[-1].startswith("Play: ")
    assert setting(figure, "Values so far") == 16
    assert "6 steps later" in figure.locator("[role=img]").get_attribute("aria-label")


def test_nothing_moves_by_itself_for_who_wants_no_motion(visit, html):
    tab = visit(f"{html.as_uri()}/{PAGES[0]}.html", reduced_motion="reduce").tab
    figure = tab.locator(FIGURE)
    picture = figure.locator("[role=img]")
    shown = picture.inner_html()
    tab.wait_for_timeout(600)
    assert picture.inner_html() == shown
    figure.get_by_role("button", name="Next value").click()
    assert setting(figure, "Values so far") == 1
    figure.get_by_role("button", name="Next value").click()
    assert setting(figure, "Values so far") == 2


def test_a_mouse_drags_the_step(opened):
    tab, figure = opened()
    x, y = middle(handle(figure, "coupling"))
    wide = figure.locator("svg").bounding_box()["width"]
    mouse(tab, (x, y), (-150, 0))
    # To the right it is the coupling.
    share = setting(figure, "Entangle: none to SWAP")
    assert share == pytest.approx(0.65 - 150 / (wide - 32), abs=0.011)
    assert middle(handle(figure, "coupling"))[0] == pytest.approx(x - 150, abs=1.5)
    # Far above what a gate can lose, it stays where gates are.
    mouse(tab, middle(handle(figure, "coupling")), (0, -90))
    assert setting(figure, "Unevenness of XX, YY, ZZ") == 1
    mouse(tab, middle(handle(figure, "coupling")), (900, 0))
    assert setting(figure, "Entangle: none to SWAP") == pytest.approx(1, abs=1e-6)
    figure.get_by_role("button", name="Reset").click()
    tab.wait_for_timeout(100)
    assert middle(handle(figure, "coupling")) == (pytest.approx(x), pytest.approx(y))


def test_a_mouse_drags_along_what_is_undone(opened):
    tab, figure = opened()
    figure.get_by_role("slider", name="Disentangle: part undone").fill("0.3")
    tab.wait_for_timeout(100)
    entangler, start = middle(handle(figure, "coupling")), middle(handle(figure, "undone"))
    mouse(tab, start, (-120, 20))
    assert setting(figure, "Disentangle: part undone") > 0.35
    assert middle(handle(figure, "undone"))[0] == pytest.approx(start[0] - 120, abs=25)
    # The entangler stays where it is.
    assert middle(handle(figure, "coupling")) == entangler
    assert setting(figure, "Entangle: none to SWAP") == 0.65


@pytest.mark.parametrize("chapter", PAGES)
def test_a_finger_drags_the_step_and_the_page_stays(opened, chapter):
    tab, figure = opened("phone", chapter, has_touch=True)
    picture = figure.locator("[role=img]")
    words = picture.get_attribute("aria-label")
    x, y = middle(handle(figure, "coupling"))
    assert finger(tab, (x + 12, y + 12), (-90, 0)) == 0
    assert setting(figure, "Entangle: none to SWAP") < 0.5
    assert picture.get_attribute("aria-label") != words


def test_a_mouse_drags_the_inputs(opened):
    tab, figure = opened()
    ribbon = figure.locator("path.qrnn-ribbon")
    before = ribbon.get_attribute("d")
    (x, y), (_, next_y) = middle(handle(figure, "value-5")), middle(handle(figure, "value-6"))
    mouse(tab, (x, y), (30, -20))  # across the next step, which is not taken along
    assert middle(handle(figure, "value-5")) == (
        pytest.approx(x, abs=1),
        pytest.approx(y - 20, abs=2),
    )
    assert middle(handle(figure, "value-6"))[1] == pytest.approx(next_y)
    # What comes after the change decides how it fades.
    assert ribbon.get_attribute("d") != before
    other = figure.locator("[data-handle=twin] path")
    mouse(tab, middle(other), (0, -15))
    assert setting(figure, "The other reads") == pytest.approx(-0.3, abs=0.11)
    assert setting(figure, "One copy reads") == 0.8


def test_a_finger_drags_an_input_and_scrolls_elsewhere(opened):
    tab, figure = opened("phone", has_touch=True)
    x, y = middle(handle(figure, "value-9"))
    assert finger(tab, (x, y), (0, 14)) == 0
    assert middle(handle(figure, "value-9"))[1] == pytest.approx(y + 14, abs=2)
    ribbon = figure.locator("path.qrnn-ribbon").bounding_box()
    shown = figure.locator("svg").inner_html()
    assert finger(tab, (ribbon["x"] + 30, ribbon["y"] + 10), (0, -60)) != 0
    assert figure.locator("svg").inner_html() == shown


@pytest.mark.parametrize("answer", ["Longer", "Shorter", "The same"])
def test_the_answer_is_what_the_figure_then_shows(opened, answer):
    tab, figure = opened(page=PAGES[0])
    figure.get_by_role("button", name=answer, exact=True).click()
    tab.wait_for_timeout(400)
    verdict = figure.locator(".qrnn-verdict").inner_text()
    assert verdict.startswith("Right. " if answer == "Longer" else "No. ")
    assert setting(figure, "Disentangle: part undone") == 0.5
    # The same two distances stand in the sentence below the picture.
    later = verdict.split(" apart")[0].split()[-1]
    assert f"6 steps later {later}" in figure.locator("[role=img]").get_attribute("aria-label")
    figure.get_by_role("button", name="Reset").click()
    assert figure.locator(".qrnn-verdict").inner_text() == ""


def test_the_axis_reads_the_distance(opened):
    """Half the ribbon lies above 0 and half below, and either edge is at the distance."""
    tab, figure = opened()
    # A SWAP takes in all of a value: two opposite ones are told apart for sure.
    for name, key in {
        "Entangle: none to SWAP": "End",
        "One copy reads": "End",
        "The other reads": "Home",
    }.items():
        figure.get_by_role("slider", name=name).focus()
        tab.keyboard.press(key)
    tab.wait_for_timeout(100)
    band = figure.locator("path.qrnn-ribbon").bounding_box()
    axis = figure.locator("svg text.qrnn-end")
    read = {}
    for k in range(axis.count()):
        y = middle(axis.nth(k))[1]
        inside = band["y"] - 20 < y < band["y"] + band["height"] + 10
        if inside and axis.nth(k).text_content() in ("0", "1"):
            read[round(y)] = axis.nth(k).text_content()
    assert [read[y] for y in sorted(read)] == ["1", "0", "1"]
    upper, centre, lower = sorted(read)
    assert upper == pytest.approx(band["y"], abs=3)
    assert centre == pytest.approx(band["y"] + band["height"] / 2, abs=3)
    assert lower == pytest.approx(band["y"] + band["height"], abs=3)
