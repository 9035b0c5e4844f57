"""The clock explorer in a browser: its controls, and the step that a mouse or a finger picks."""

import pytest
from visits import HELPERS

from qrnnbook.widgets import ClockExplorer

FITS = {(0.60, 0.94): {"a coin": [0.1 * 0.9**k for k in range(60)]}}


@pytest.fixture
def clock(visit, tmp_path):
    """Return a function that writes a figure into a page, and gives the tab and the figure."""

    def opened(view="desktop", figure=None, **options):
        page = tmp_path / "clock.html"
        text = (figure or ClockExplorer(fits=FITS)).as_html()
        head = "<!doctype html><html lang='en'><meta charset='utf-8'><title>C</title>"
        size = "<meta name='viewport' content='width=device-width'>"
        page.write_text(f"{head}{size}<body>{text}", encoding="utf-8")
        visited = visit(page.as_uri(), view, script=HELPERS, **options)
        return visited, visited.tab.locator(".qrnn-live")

    return opened


def steps_shown(figure):
    return figure.get_by_role("slider", name="Step").input_value()


def strip_of(figure):
    """Return the box of the ticks, and that of the memory's angle below them."""
    box = figure.locator("svg").nth(1).bounding_box()
    left, right = box["x"] + 52, box["x"] + box["width"] - 16
    return left, right - left, box["y"] + 33, box["y"] + 106


def test_classical_models_are_there_for_their_clock_only(clock):
    page, figure = clock()
    curves = figure.locator("svg").first.locator("path.qrnn-quiet-line")
    toggle = figure.get_by_role("button", name="Classical models")
    assert curves.count() == 2  # the curve and its key
    toggle.click()
    page.tab.wait_for_timeout(100)
    assert curves.count() == 0
    toggle.click()
    figure.get_by_role("slider", name="Memory is rotated by").press("ArrowRight")
    page.tab.wait_for_timeout(100)
    assert curves.count() == 0
    assert toggle.is_disabled()
    assert "fitted to the ticks of Clock A only" in figure.locator(".qrnn-summary").inner_text()
    figure.get_by_role("button", name="Clock A").click()
    page.tab.wait_for_timeout(100)
    assert curves.count() == 2
    without = clock(figure=ClockExplorer())[1]
    assert without.get_by_role("button", name="Classical models").count() == 0


def test_a_mouse_drags_the_step(clock):
    page, figure = clock()
    left, width, ticks, angle = strip_of(figure)
    mouse = page.tab.mouse
    mouse.move(left + width / 3, angle)  # onto the line at step 40
    mouse.down()
    mouse.move(left + width / 2, ticks, steps=3)
    assert steps_shown(figure) == "60"
    mouse.up()
    mouse.move(left, ticks)
    assert steps_shown(figure) == "60"
    mouse.click(left + width / 4, angle)
    assert steps_shown(figure) == "30"
    mouse.click(left - 40, ticks)
    assert steps_shown(figure) == "1"
    page.tab.wait_for_timeout(100)
    words = figure.locator("[role=img]").get_attribute("aria-label")
    assert "After step 1 of sample 1" in words


def test_a_finger_taps_a_step(clock):
    """On a phone the angle has room for a third of the sample, around the step."""
    page, figure = clock("phone", has_touch=True)
    left, width, ticks, angle = strip_of(figure)
    page.tab.touchscreen.tap(left + width / 2, angle)
    assert steps_shown(figure) == "20"
    page.tab.touchscreen.tap(left + width * 0.75, ticks)
    assert steps_shown(figure) == "90"
    page.tab.wait_for_timeout(100)
    page.tab.touchscreen.tap(left + width / 2, angle)
    assert steps_shown(figure) == "100"
