"""Gate explorer, power climb and clock: dragged by mouse and by finger, and asked first."""

import re
from math import pi

import pytest
import qutip
from visits import HELPERS

from qrnnbook.widgets import ClockExplorer, GateExplorer, PowerClimb
from qrnnlib import qubit_qutrit_gate

FIGURES = {
    "gate": lambda: GateExplorer(),
    "same": lambda: GateExplorer(c1=0.20 * pi, c2=0.10 * pi, c3=0.0, asks="same average"),
    "climb": lambda: PowerClimb(
        {"the gate": qubit_qutrit_gate(), "CNOT": qutip.gates.cnot()}, step=10
    ),
    "clock": lambda: ClockExplorer(),
}
#: Handles: figure, name, slider that follows, distance dragged in pixels across and down.
DRAGS = [
    ("gate", "gate", "c₁, the angle of XX", -40, 0),
    ("climb", "whole", "Step of the climb", 40, 5),
    ("climb", "top", "Step of the climb", 40, 5),
    ("clock", "wait", "Waiting time", 60, 9),
    ("clock", "ticks", "Step", -50, 2),
    ("clock", "angle", "Step", -50, 0),
]


@pytest.fixture
def opened(visit, tmp_path):
    """Return a function that opens a figure in a page, and gives the visit and the figure."""

    def page_of(name, view="desktop", **options):
        page = tmp_path / f"{name}.html"
        head = "<!doctype html><html lang='en'><meta charset='utf-8'><title>F</title>"
        size = "<meta name='viewport' content='width=device-width'>"
        page.write_text(f"{head}{size}<body>{FIGURES[name]().as_html()}", encoding="utf-8")
        visited = visit(page.as_uri(), view, script=HELPERS, **options)
        return visited, visited.tab.locator(".qrnn-live")

    return page_of


def grip(figure, name):
    """Return the middle of the reach around a handle."""
    reach = figure.locator(f"[data-handle={name}] circle.qrnn-reach").first
    box = reach.bounding_box()
    assert min(box["width"], box["height"]) >= 40
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def mouse_drags(tab, start, end):
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=4)
    tab.mouse.up()
    tab.mouse.move(end[0] + 90, end[1] + 90)  # no longer held
    tab.wait_for_timeout(100)


def finger_drags(tab, start, end):
    """Drag by real touch events, which a browser may take for scrolling."""
    session = tab.context.new_cdp_session(tab)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", start)
    for k in range(1, 5):
        touch("touchMove", tuple(a + (b - a) * k / 4 for a, b in zip(start, end, strict=True)))
    touch("touchEnd")
    tab.wait_for_timeout(100)


@pytest.mark.parametrize("device", ["mouse", "finger"])
@pytest.mark.parametrize(("name", "handle", "label", "across", "down"), DRAGS)
def test_a_handle_follows(opened, device, name, handle, label, across, down):
    """The handle ends where it was dragged to; slider and words say the same."""
    options = {} if device == "mouse" else {"view": "phone", "has_touch": True}
    page, figure = opened(name, **options)
    tab = page.tab
    figure.locator(f"[data-handle={handle}]").scroll_into_view_if_needed()
    picture, slider = figure.get_by_role("img"), figure.get_by_role("slider", name=label).first
    words, value = picture.get_attribute("aria-label"), slider.input_value()
    x, y = grip(figure, handle)
    scrolled = tab.evaluate("scrollY")
    drag = mouse_drags if device == "mouse" else finger_drags
    drag(tab, (x, y), (x + across, y + down))
    there, _ = grip(figure, handle)
    # Steps are whole numbers: half of one is as near as it gets.
    assert there == pytest.approx(x + across, abs=9)
    assert slider.input_value() != value
    assert picture.get_attribute("aria-label") != words
    assert tab.evaluate("scrollY") == scrolled
    assert page.errors == []
    # Back, and the handle is where it was; a slow drag is several changes.
    undo = figure.get_by_role("button", name="Undo")
    while undo.is_enabled():
        undo.click()
    tab.wait_for_timeout(100)
    assert grip(figure, handle)[0] == pytest.approx(x, abs=1)
    assert slider.input_value() == value


@pytest.mark.parametrize("name", FIGURES)
def test_a_finger_beside_the_handles_scrolls(opened, name):
    page, figure = opened(name, "phone", has_touch=True)
    tab = page.tab
    tab.evaluate("document.body.style.paddingBottom = '2000px'")
    words = figure.get_by_role("img").get_attribute("aria-label")
    box = figure.get_by_role("img").locator("svg").last.bounding_box()
    start = (box["x"] + 4, box["y"] + 3)
    tab.evaluate("live.pending.clear()")
    finger_drags(tab, start, (start[0], start[1] - 150))
    assert tab.evaluate("scrollY") > 50
    assert figure.get_by_role("img").get_attribute("aria-label") == words


@pytest.mark.parametrize(
    ("name", "answer", "right", "reason"),
    [
        ("gate", "SWAP", True, "creates 0.00 ebits and CNOT 1.00"),
        ("gate", "CNOT", False, "With ancillas it is 2.00 against 1.00."),
        ("same", "No", False, "has the average power 0.091 too"),
        ("climb", "Less", True, "It can create 2.000 ebits. A proof"),
        ("climb", "As much", False, "A proof shows that it removes 1.981 at most."),
        ("clock", "Always", False, "Clock A: after 1 silent step the chance is"),
    ],
)
def test_a_guess_is_answered_and_taken_back(opened, name, answer, right, reason):
    page, figure = opened(name)
    picture = figure.get_by_role("img")
    words = picture.get_attribute("aria-label")
    button = figure.locator(".qrnn-guess").get_by_role("button", name=answer, exact=True)
    button.click()
    page.tab.wait_for_timeout(100)
    verdict = figure.locator(".qrnn-verdict")
    said = verdict.text_content()
    assert said.startswith("Right. " if right else "No. ")
    assert reason in said
    assert button.get_attribute("aria-pressed") == "true"
    assert picture.get_attribute("aria-label") != words
    figure.get_by_role("button", name="Reset").click()
    page.tab.wait_for_timeout(100)
    assert verdict.text_content() == ""
    assert button.get_attribute("aria-pressed") == "false"
    assert picture.get_attribute("aria-label") == words


def test_the_guess_about_a_gate_goes_with_the_gate(opened):
    """The bound of the qubit and qutrit gate is none of CNOT's."""
    page, figure = opened("climb")
    figure.get_by_role("button", name="Less").click()
    assert "1.981" in figure.locator(".qrnn-verdict").text_content()
    figure.get_by_role("combobox", name="Gate").select_option("CNOT")
    assert figure.locator(".qrnn-verdict").text_content() == ""
    figure.get_by_role("button", name="As much").click()
    said = figure.locator(".qrnn-verdict").text_content()
    assert re.fullmatch(r"Right\. The best climbs create 1.000 ebits and remove 1.000\.", said)
    assert page.errors == []


def test_a_place_of_the_map_is_clicked(opened):
    """A named gate takes the click if it is near."""
    page, figure = opened("gate")
    spots = figure.locator("svg circle.qrnn-truth-fill")
    box = spots.nth(1).bounding_box()
    page.tab.mouse.click(box["x"] + 6, box["y"] + 6)
    page.tab.wait_for_timeout(100)
    assert ", CNOT, is" in figure.get_by_role("img").get_attribute("aria-label")


@pytest.mark.parametrize("view", ["phone", "desktop"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_control_is_dead(opened, name, view):
    page, _ = opened(name, view)
    assert page.tab.evaluate("live.resets(live.figures()[0])") is None
    page.tab.evaluate("live.haste = 8")
    assert page.tab.evaluate("live.dead(live.figures()[0])") == []
    assert page.errors == []
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", FIGURES)
def test_the_picture_is_compact_and_its_text_readable(opened, name):
    for view, most in (("phone", 420), ("desktop", 430)):
        page, figure = opened(name, view)
        assert figure.get_by_role("img").bounding_box()["height"] < most
        sizes = page.tab.evaluate(
            """() => [...document.querySelectorAll(".qrnn-picture text")].map((text) => {
              const { a, b } = text.getScreenCTM();  // some are turned
              return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(a, b);
            })"""
        )
        assert min(sizes) >= 11.9
