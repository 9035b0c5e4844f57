"""The controls of the live figures, in a real browser: nothing on them is for show only."""

import pytest


@pytest.fixture
def figured(kept, live_page):
    """Open the page with live figures, with the helpers of `live_figures.js` in it."""
    if live_page == "no-such-page":
        pytest.fail("no page of the built book has a live figure")
    return lambda *options, **more: kept(live_page, *options, part="figures", **more)


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


# Each place, width and scheme once, and as the page is opened first.
@pytest.mark.parametrize(("place", "view"), [("file", "phone"), ("server", "desktop")])
def test_no_control_is_dead(figured, kept, place, view):
    page = figured(place, view, fresh=True)
    tab = page.tab
    assert tab.locator(".qrnn-live").count() == tab.locator("[data-figure]").count() > 0
    # First, while all is as it was drawn first.
    assert [name for name, words in on_each_figure(tab, "live.words") if not words.strip()] == []
    assert {name: fault for name, fault in on_each_figure(tab, "live.resets") if fault} == {}
    # What is said a moment after each press need not be waited for each time.
    tab.evaluate("live.haste = 8")
    dead = on_each_figure(tab, "live.dead")
    tab.evaluate("live.haste = 1")
    assert [control for _, controls in dead for control in controls] == []
    # Whatever was moved: nothing was said on the console, asked for elsewhere, or pushed aside.
    assert page.errors == []
    outside = [
        url for url in page.requests if not url.startswith((kept.places[place], "data:", "blob:"))
    ]
    assert outside == []
    assert tab.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    # Text keeps inside its figure: what is cut off cannot be read.
    cut = on_each_figure(tab, "(figure) => figure.scrollWidth > figure.clientWidth + 1")
    assert [name for name, is_cut in cut if is_cut] == []


def test_every_control_is_reached_and_named(figured):
    tab = figured().tab
    tab.evaluate("addEventListener('focusin', ({ target }) => window.reached?.add(target))")
    for index, name in enumerate(tab.evaluate("live.figures().map((f) => f.dataset.figure)")):
        # From the first control on, press Tab until the figure is left.
        unnamed, wanted = tab.evaluate(
            """(index) => { const figure = live.figures()[index];
            const all = live.controls(figure)
              .filter((c) => !c.matches(".qrnn-clickable:not([tabindex])"));
            window.stops = all.filter((c) => !c.disabled && live.visible(c));
            window.reached = new Set();
            stops[0].focus();
            return [all.filter((c) => !live.name(c)).map((c) => c.outerHTML.slice(0, 120)),
              stops.length]; }""",
            index,
        )
        assert unnamed == [], name
        for _ in range(wanted + 2):
            tab.keyboard.press("Tab")
        missed = "stops.filter((stop) => !reached.has(stop)).map((stop) => stop.outerHTML)"
        assert tab.evaluate(missed) == [], name
        # And back, onto the first: it is reached from outside as well.
        tab.evaluate("reached.clear()")
        for _ in range(wanted + 4):
            tab.keyboard.press("Shift+Tab")
        assert tab.evaluate("reached.has(stops[0])"), f"{name}: not reached by Shift and Tab"


def test_keys_move_the_sliders(figured):
    """The real keys: to one end, and a step to the other side."""
    tab = figured().tab
    sliders = tab.locator(".qrnn-live input[type=range]").count()
    assert sliders > 0
    tab.evaluate("window.sliders = document.querySelectorAll('.qrnn-live input[type=range]')")
    now = """async (index) => { await live.drawn(); const slider = sliders[index];
      return [slider.value, slider.max, slider.getAttribute("aria-valuetext")]; }"""
    for index in range(sliders):
        tab.evaluate("(index) => sliders[index].focus()", index)
        tab.keyboard.press("End")
        end, most, spoken = tab.evaluate(now, index)
        assert float(end) == pytest.approx(float(most))
        tab.keyboard.press("Home")
        home, _, spoken_there = tab.evaluate(now, index)
        assert home != end
        assert spoken_there != spoken


def test_words_say_what_is_shown(figured):
    """The text alternative is there from the start, follows the state, and is announced."""
    changes = on_each_figure(
        figured(fresh=True).tab,
        """async (figure) => {
          const live_part = figure.querySelector("[aria-live]");
          if (!live_part || !figure.querySelector("[role=img]")) return "no picture or no words";
          const [words, said] = [live.words(figure), live_part.textContent];
          if (!words.trim()) return "no words at first";
          const announced = () => figure.querySelector("[aria-live]").textContent !== said;
          for (const control of live.controls(figure)) {
            if (control.type === "range") live.enter(control, live.values(control, 3)[0]);
            else if (control.matches("button")) live.press(control);
            await live.drawn();
            if (live.words(figure) !== words) break;
          }
          await live.until(announced, 5000);
          return [live.words(figure) !== words, announced()];
        }""",
    )
    assert [found for found in changes if found[1] != [True, True]] == []


def test_the_sentence_keeps_up_while_it_plays(kept, player_page):
    """What stands beside the picture is what the picture shows, at each moment of a play."""
    tab = kept(player_page, part="figures").tab
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
