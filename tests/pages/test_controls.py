"""The controls of the live figures, in a real browser: nothing on them is for show only."""

from pathlib import Path

import pytest

FROM_FILE = pytest.mark.parametrize("base", ["file"], indirect=True)
# In the page before its own scripts.
HELPERS = Path(__file__).with_name("live_figures.js").read_text(encoding="utf-8")


@pytest.fixture
def figured(visit, base, live_page):
    """Open the page with live figures in one view, with the helpers in it."""

    def opened(view="desktop", **options):
        if live_page == "no-such-page":
            pytest.fail("no page of the built book has a live figure")
        return visit(f"{base}/{live_page}.html", view, script=HELPERS, **options)

    return opened


def on_each_figure(tab, call):
    """Evaluate a call on each figure of a page; return what it gave, by figure."""
    return tab.evaluate(
        """async ([call]) => {
          const found = [];
          for (const figure of live.figures()) {
            found.push([figure.dataset.figure, await eval(call)(figure)]);
          }
          return found;
        }""",
        [call],
    )


# Each place, width and scheme with each of the others.
@pytest.mark.parametrize(
    ("base", "view"),
    [
        ("file", "phone"),
        ("file", "desktop"),
        ("server", "phone-light"),
        ("server", "desktop-dark"),
    ],
    indirect=["base"],
)
def test_no_control_is_dead(figured, base, view):
    page = figured(view)
    tab = page.tab
    assert tab.locator(".qrnn-live").count() == tab.locator("[data-figure]").count() > 0
    # First, while all is as it was drawn first.
    assert {name: fault for name, fault in on_each_figure(tab, "live.resets") if fault} == {}
    # What is said a moment after each press need not be waited for each time.
    tab.evaluate("live.haste = 8")
    dead = on_each_figure(tab, "live.dead")
    assert [control for _, controls in dead for control in controls] == []
    # Whatever was moved: nothing was said on the console, asked for elsewhere, or pushed aside.
    assert page.errors == []
    outside = [url for url in page.requests if not url.startswith((base, "data:", "blob:"))]
    assert outside == []
    assert tab.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    # Text keeps inside its figure: what is cut off cannot be read.
    cut = on_each_figure(tab, "(figure) => figure.scrollWidth > figure.clientWidth + 1")
    assert [name for name, is_cut in cut if is_cut] == []


@FROM_FILE
def test_every_control_is_reached_and_named(figured):
    tab = figured().tab
    for index, name in enumerate(tab.evaluate("live.figures().map((f) => f.dataset.figure)")):
        unnamed = tab.evaluate(
            """(index) => { const figure = live.figures()[index];
            return live.controls(figure)
              .filter((c) => !c.matches(".qrnn-clickable:not([tabindex])") && !live.name(c))
              .map((c) => c.outerHTML.slice(0, 120)); }""",
            index,
        )
        assert unnamed == [], name
        # From the first control on, press Tab until the figure is left.
        wanted = tab.evaluate(
            """(index) => { const figure = live.figures()[index];
            window.stops = live.controls(figure).filter((c) => !c.disabled && live.visible(c)
              && !c.matches(".qrnn-clickable:not([tabindex])"));
            window.stops[0].focus();
            return window.stops.length; }""",
            index,
        )
        reached = set()
        for _ in range(wanted + 3):
            reached.add(tab.evaluate("window.stops.indexOf(document.activeElement)"))
            tab.keyboard.press("Tab")
        assert set(range(wanted)) <= reached, name
        # And back, onto the first: it is reached from outside as well.
        for _ in range(wanted + 4):
            tab.keyboard.press("Shift+Tab")
            if tab.evaluate("document.activeElement === window.stops[0]"):
                break
        else:
            pytest.fail(f"{name}: the first control is not reached by Shift and Tab")


@FROM_FILE
def test_keys_move_the_sliders(figured):
    """The real keys: to one end, and a step to the other side."""
    tab = figured().tab
    sliders = tab.locator(".qrnn-live input[type=range]")
    assert sliders.count() > 0
    for index in range(sliders.count()):
        slider = sliders.nth(index)
        slider.focus()
        tab.keyboard.press("End")
        end = slider.input_value()
        assert float(end) == pytest.approx(float(slider.get_attribute("max")))
        spoken = slider.get_attribute("aria-valuetext")
        tab.keyboard.press("Home")
        tab.evaluate("live.drawn()")
        assert slider.input_value() != end
        assert slider.get_attribute("aria-valuetext") != spoken


@FROM_FILE
def test_words_say_what_is_shown(figured):
    """The text alternative is there from the start, follows the state, and is announced."""
    tab = figured().tab
    for index, (name, first) in enumerate(on_each_figure(tab, "live.words")):
        assert first.strip(), name
        figure = tab.locator(".qrnn-live").nth(index)
        assert figure.locator("[role=img]").count() >= 1
        assert figure.locator("[aria-live]").count() >= 1, name
        changed = tab.evaluate(
            """async (index) => {
              const figure = live.figures()[index];
              const announced = () => figure.querySelector("[aria-live]").textContent;
              const [words, said] = [live.words(figure), announced()];
              for (const control of live.controls(figure)) {
                if (control.type === "range") live.enter(control, live.values(control, 3)[0]);
                else if (control.matches("button")) live.press(control);
                await live.drawn();
                if (live.words(figure) !== words) break;
              }
              await live.until(() => announced() !== said, 700);
              return [live.words(figure) !== words, announced() !== said];
            }""",
            index,
        )
        assert changed == [True, True], name


@FROM_FILE
def test_the_sentence_keeps_up_while_it_plays(visit, base, player_page):
    """What stands beside the picture is what the picture shows, at each moment of a play."""
    tab = visit(f"{base}/{player_page}.html", script=HELPERS).tab
    played = tab.evaluate(
        """async () => {
          const found = [];
          for (const figure of live.figures()) {
            const buttons = [...figure.querySelectorAll("button")];
            const play = buttons.find((one) => one.textContent === "Play");
            if (!play) continue;
            live.press(play);
            const seen = [];
            const pictures = new Set();
            while (pictures.size < 4 && seen.length < 150) {
              await new Promise((done) => setTimeout(done, 60));
              const picture = figure.querySelector("[role=img]").getAttribute("aria-label");
              pictures.add(picture);
              seen.push([picture, figure.querySelector(".qrnn-summary").innerText.trim()]);
            }
            live.press(play);
            found.push(seen);
          }
          return found;
        }"""
    )
    assert played
    for seen in played:
        assert len({picture for picture, _ in seen}) > 2
        assert [pair for pair in seen if pair[0] not in pair[1]] == []
