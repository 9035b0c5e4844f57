"""The picture before the words: what a reader sees of each chapter without scrolling."""

import pytest
from chapters import chapters

SCREENS = {"desk": (1366, 850), "phone": (390, 844)}
#: The chapters whose first picture is a drawing: they have no live figure, and nothing to set.
DRAWN = {"related-work", "results"}
#: Of the picture this part must be on the first screen; the rest is a finger's move away.
PART = 0.6

MEASURE = """(selector) => {
  const picture = document.querySelector(selector).getBoundingClientRect();
  const inside = (box) => box.width > 0 && box.top >= 0 && box.bottom <= innerHeight;
  const controls = [...document.querySelectorAll("[data-figure] :is(input, button, select)")];
  const seen = Math.min(picture.bottom, innerHeight) - Math.max(picture.top, 0);
  return {
    picture: Math.round(picture.top), part: seen / picture.height,
    control: controls.map((one) => one.getBoundingClientRect()).filter(inside)
      .map((box) => Math.round(box.top)).sort((a, b) => a - b)[0] ?? null,
    screens: document.documentElement.scrollHeight / innerHeight,
  };
}"""


@pytest.fixture(params=SCREENS)
def screen(request):
    return request.param


@pytest.fixture
def measured(visit, html, screen):
    """Measure a chapter on a screen."""

    def measure(chapter):
        tab = visit(f"{html.as_uri()}/{chapter}.html").tab
        width, height = SCREENS[screen]
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate("document.fonts.ready")
        tab.wait_for_timeout(300)
        drawn = chapter in DRAWN
        found = tab.evaluate(MEASURE, ".drawing svg" if drawn else "[data-figure] [role=img]")
        print(f"{chapter}, {screen}: {found}")
        return found

    return measure


@pytest.mark.parametrize("chapter", chapters())
def test_the_picture_is_on_the_first_screen(measured, screen, chapter):
    found = measured(chapter)
    assert found["part"] >= PART, found
    if chapter not in DRAWN:
        assert found["control"] is not None, found
    if screen == "desk":
        assert found["screens"] <= 15, found
