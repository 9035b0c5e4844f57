"""The fading ribbon of the built page: its inputs are moved in the picture."""

import pytest

PAGE = "memory-as-entanglement.html"
FIGURE = "[data-figure=FadingRibbon]"


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def ribbon(visit, html):
    """Return a function that opens the page, and gives the tab and the figure."""

    def opened(view="desktop", **options):
        tab = visit(f"{html.as_uri()}/{PAGE}", view, **options).tab
        tab.locator(f"{FIGURE} svg").scroll_into_view_if_needed()
        return tab, tab.locator(FIGURE)

    return opened


def test_a_mouse_drags_the_inputs(ribbon):
    tab, figure = ribbon()

    def drag(x, y, right, down):
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + right, y + down, steps=4)
        tab.mouse.up()
        tab.mouse.move(x, y + 90)  # no longer held
        tab.wait_for_timeout(100)

    picture = figure.locator("[role=img]")
    words = picture.get_attribute("aria-label")
    dots = figure.locator("circle")  # one for each step but the changed one
    (x, y), (_, next_y) = middle(dots.nth(5)), middle(dots.nth(6))
    drag(x, y, 30, -30)  # across the next step, which is not taken along
    assert middle(dots.nth(5)) == (pytest.approx(x, abs=1), pytest.approx(y - 30, abs=3))
    assert middle(dots.nth(6))[1] == pytest.approx(next_y)
    # What comes after the change decides how it fades.
    assert picture.get_attribute("aria-label") != words

    slider = figure.get_by_role("slider", name="The other reads")
    assert slider.input_value() == "-0.8"
    drag(*middle(figure.locator("path[d^=M].qrnn-system-fill").nth(1)), 0, -20)
    assert float(slider.input_value()) == pytest.approx(-0.35, abs=0.11)
    assert figure.get_by_role("slider", name="One copy reads").input_value() == "0.8"


def test_a_finger_taps_an_input(ribbon):
    tab, figure = ribbon("phone", has_touch=True)
    dot = figure.locator("circle").nth(9)
    x, y = middle(dot)
    tab.touchscreen.tap(x, y + 25)
    tab.wait_for_timeout(100)
    assert middle(dot)[1] == pytest.approx(y + 25, abs=3)
    # Below the inputs a tap changes nothing.
    shown = figure.locator("svg").inner_html()
    tab.touchscreen.tap(x, y + 160)
    tab.wait_for_timeout(100)
    assert figure.locator("svg").inner_html() == shown


def test_the_axis_reads_the_distance(ribbon):
    """Half the ribbon lies above 0 and half below, and either edge is at the distance."""
    tab, figure = ribbon()
    # A SWAP takes in all of a value: two opposite ones are told apart for sure.
    for name, key in {
        "Hug: turn": "End",
        "Break-up": "Home",
        "One copy reads": "End",
        "The other reads": "Home",
    }.items():
        figure.get_by_role("slider", name=name).focus()
        tab.keyboard.press(key)
    tab.wait_for_timeout(100)
    band = figure.locator("path.qrnn-memory-fill").bounding_box()
    axis = figure.locator("svg text.qrnn-end")
    read = {}
    for k in range(axis.count()):
        y = middle(axis.nth(k))[1]
        if y > band["y"] - 20 and axis.nth(k).text_content() in ("0", "1"):
            read[round(y)] = axis.nth(k).text_content()
    assert [read[y] for y in sorted(read)] == ["1", "0", "1"]
    upper, centre, lower = sorted(read)
    assert upper == pytest.approx(band["y"], abs=2)
    assert centre == pytest.approx(band["y"] + band["height"] / 2, abs=2)
    assert lower == pytest.approx(band["y"] + band["height"], abs=2)
