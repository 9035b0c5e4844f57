"""The live figures of the built pages, in a real browser: nothing on them is for show only."""

import re
import statistics
from pathlib import Path

import pytest
import traitlets
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

from qrnnlib.widgets._figure import LiveFigure

#: Which page must have which figures; a page may have more.
FIGURES = {
    "index": {"Dance"},
    "two-systems": {"StateExplorer"},
    "entangling-power": {"GateExplorer"},
    "when-they-differ": {"PowerClimb"},
    "memory-as-entanglement": {"FadingRibbon"},
    "measured-cell": {"CellStepper"},
    "training": {"TrainingReplay"},
    "noisy-sine": {"DenoisingPlayground", "TrainingReplay"},
    "ontario-weather": {"WeatherExplorer"},
    "your-series": {"WeatherExplorer"},
    "design-by-power": {"GateExplorer"},
    "noise-and-hardware": {"FadingMemory"},
    "claims": {"ScoreExplorer"},
    "where-next": {"CellStepper"},
}
FRAME = 16  # milliseconds
PAGE = 400_000  # bytes
FROM_FILE = pytest.mark.parametrize("base", ["file"], indirect=True)

# Helpers in the page, there before its own scripts. `work` adds up the time that scripts take in
# frames and short timers: the redraw that a control asks for.
HELPERS = """
window.live = { work: 0 };
(() => {
  const { live } = window;
  const timed = (callback) => (...args) => {
    const start = performance.now();
    try { return callback(...args); } finally { live.work += performance.now() - start; }
  };
  const frame = window.requestAnimationFrame.bind(window);
  const timer = window.setTimeout.bind(window);
  live.frame = frame;
  window.requestAnimationFrame = (callback) => frame(timed(callback));
  window.setTimeout = (callback, delay, ...rest) => {
    const counts = typeof callback === "function" && !(delay > 100);
    return timer(counts ? timed(callback) : callback, delay, ...rest);
  };

  live.later = (time) => new Promise((resolve) => timer(resolve, time));
  // Two frames: in the first the figure redraws, in the second it has been drawn.
  live.drawn = () => new Promise((resolve) => frame(() => frame(resolve)));
  live.CONTROLS = "input, select, textarea, button, .qrnn-clickable, [tabindex='0']";
  live.figures = () => [...document.querySelectorAll(".qrnn-live")];
  live.controls = (figure) => [...figure.querySelectorAll(live.CONTROLS)];
  live.visible = (control) => control.getClientRects().length > 0;
  live.name = (control) => {
    const labels = [...(control.labels ?? [])].map((label) => label.textContent).join(" ");
    const own = control.matches("select, input, textarea") ? "" : control.textContent;
    return (control.getAttribute("aria-label") || labels || own).trim();
  };
  live.called = (figure, control) =>
    `${figure.dataset.figure}: ${live.name(control) || control.outerHTML.slice(0, 80)}`;
  // What a figure shows: its drawings, not the words around them. The browser writes a style anew
  // once a script has touched it, with the same meaning.
  live.picture = (figure) => {
    const all = [...figure.querySelectorAll("[role='img'], .qrnn-picture")];
    const outer = all.filter((one) => !all.some((other) => other !== one && other.contains(one)));
    const styled = (_, style) => style && ` style="${style}"`;
    const drawings = outer.map((one) => one.innerHTML.replaceAll(/ style="([^"]*?);?"/g, styled));
    const canvases = [...figure.querySelectorAll("canvas")].map((one) => one.toDataURL());
    return [...drawings, ...canvases].join();
  };
  live.words = (figure) =>
    [...figure.querySelectorAll("[role='img']")].map((e) => e.getAttribute("aria-label")).join();
  live.enter = (control, value) => {
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  live.press = (control) =>
    control.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  // Numbers over the whole range of a slider, the ends first.
  live.values = (range, count) => {
    const [low, high] = [Number(range.min || 0), Number(range.max || 100)];
    return Array.from({ length: count }, (_, k) => high + (k / (count - 1)) * (low - high));
  };

  // Move a control in every way it can be moved; does the picture change?
  live.moves = async (figure, control, patience = 600) => {
    if (control.disabled || !live.visible(control)) return false;
    const before = live.picture(figure);
    const changed = async (longest = 0) => {
      await live.drawn();
      for (let waited = 0; waited < longest && live.picture(figure) === before; waited += 50) {
        await live.later(50);
      }
      return live.picture(figure) !== before;
    };
    if (control.matches("select, input:not([type='checkbox'], [type='radio'], [type='button'])")) {
      const first = control.value;
      let values = [`${Number(first || 0) + 0.25}`, "1", "0.5"];
      if (control.matches("select")) values = [...control.options].map((option) => option.value);
      if (control.type === "range") values = live.values(control, 7);
      if (control.type === "number") values.push(control.min, control.max);
      let any = false;
      for (const value of values) {
        live.enter(control, value);
        any = (await changed()) || any;
      }
      live.enter(control, first);
      await live.drawn();
      return any;
    }
    live.press(control);
    const any = await changed(patience);
    if (any) await live.rest(figure, control);
    return any;
  };

  // A player goes on by itself: press it again, and it must stop.
  live.rest = async (figure, control) => {
    const still = async () => {
      const before = live.picture(figure);
      await live.later(350);
      return live.picture(figure) === before;
    };
    if ((await still()) && (await still())) return;
    live.press(control);
    await live.drawn();
    if ((await still()) && (await still())) return;
    throw new Error(`${live.called(figure, control)} does not stop`);
  };

  live.isReset = (control) => control.matches("button") && /^reset/i.test(live.name(control));

  // The names of the controls of a figure that move nothing, in whatever order they are used.
  live.dead = async (figure) => {
    let waiting = live.controls(figure).filter((control) => !live.isReset(control));
    const others = [];
    for (const control of [...waiting]) {
      if (await live.moves(figure, control)) others.push(control);
    }
    waiting = waiting.filter((control) => !others.includes(control) && control.isConnected);
    // Some can only be used once another was, or two: "back" after a step.
    const use = async (other) => {
      if (other.disabled || !other.isConnected) return;
      if (other.matches("button, .qrnn-clickable")) live.press(other);
      else if (other.matches("select")) live.enter(other, [...other.options].at(-1).value);
      else live.enter(other, live.values(other, 3)[1]);
      await live.drawn();
    };
    const wakes = async (control) => {
      for (const before of [null, ...others]) {
        for (const other of others) {
          if (before) await use(before);
          await use(other);
          if (await live.moves(figure, control, 50)) return true;
        }
      }
      return false;
    };
    const dead = [];
    for (const control of waiting) if (!(await wakes(control))) dead.push(control);
    return dead.map((control) => live.called(figure, control));
  };

  // What is wrong with the reset button of a figure, in a sentence, or null.
  live.resets = async (figure) => {
    const button = live.controls(figure).find(live.isReset);
    if (!button) return "has no reset button";
    const setting = (control) => `${control.value} ${control.getAttribute("aria-pressed")}`;
    const settings = () => live.controls(figure).map(setting).join();
    const [picture, set] = [live.picture(figure), settings()];
    for (const control of live.controls(figure)) {
      if (control.type === "range") {
        const [high, low] = live.values(control, 2);
        live.enter(control, high - control.value > control.value - low ? high : low);
      }
    }
    await live.drawn();
    const changed = live.picture(figure) !== picture;
    live.press(button);
    await live.drawn();
    if (!changed) return "was not changed by all its sliders together";
    if (live.picture(figure) !== picture) return "is not drawn as at first after a reset";
    return settings() === set ? null : "has controls that are not as at first after a reset";
  };

  // Milliseconds of script between moving a slider and the end of the redraw: the median of many.
  live.response = async (range, moves) => {
    const times = [];
    const values = live.values(range, moves);
    for (let k = 0; k < moves; k++) {
      // Far moves, there and back, so that each one changes the value.
      const value = values[(k * 37) % moves];
      const start = performance.now();
      range.value = value;
      range.dispatchEvent(new Event("input", { bubbles: true }));
      const asked = performance.now() - start;
      // Callbacks run in the order they asked: when this one does, the redraw is through. What came
      // later than that is counted to the next move.
      await new Promise((resolve) => live.frame(resolve));
      times.push(asked + live.work);
      live.work = 0;
    }
    return times;
  };
})();
"""


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


def test_pages_have_their_figures(html):
    missing = {}
    for page, wanted in FIGURES.items():
        path = html / f"{page}.html"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        soup = BeautifulSoup(text, "html.parser")
        found = {element["data-figure"] for element in soup.select("article [data-figure]")}
        if wanted - found:
            missing[page] = wanted - found
    assert missing == {}


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
              await live.later(700);
              return [live.words(figure) !== words, announced() !== said];
            }""",
            index,
        )
        assert changed == [True, True], name


@FROM_FILE
def test_controls_answer_within_a_frame(figured, live_page):
    tab = figured().tab
    measured = tab.evaluate(
        """async (limit) => {
          const found = [];
          for (const figure of live.figures()) {
            for (const range of figure.querySelectorAll("input[type='range']")) {
              if (range.disabled || !live.visible(range)) continue;
              // Once to warm up. Where other programs take the processor, up to twice more.
              await live.response(range, 5);
              let times;
              for (let tries = 0; tries < 3; tries++) {
                times = (await live.response(range, 100)).sort((a, b) => a - b);
                if (times[50] < limit) break;
              }
              found.push([live.called(figure, range), times]);
            }
          }
          return found;
        }""",
        FRAME,
    )
    assert measured
    for name, times in measured:
        median, worst = statistics.median(times), max(times)
        print(f"{live_page}, {name}: median {median:.2f} ms, worst {worst:.1f} ms of 100 moves")
    slow = {name: statistics.median(times) for name, times in measured}
    assert {name: median for name, median in slow.items() if median >= FRAME} == {}


def test_pages_are_light(html, page, soup):
    """A page with its figures, besides what all pages share: the theme and the mathematics.

    The still pictures that cells drew are counted on pages with live figures.
    """
    own = [html / "_static" / name for name in ("book.css", "book.js")]
    text = (html / f"{page}.html").stat().st_size + sum(path.stat().st_size for path in own)
    pictures = {image["src"] for image in soup.select("article img[src]")}
    files = [html / source for source in pictures if not source.startswith("data:")]
    with_pictures = text + sum(path.stat().st_size for path in files)
    print(f"{page}: {text / 1000:.0f} kB, with its pictures {with_pictures / 1000:.0f} kB")
    assert text < PAGE
    if soup.select("[data-figure]"):
        assert with_pictures < PAGE


@FROM_FILE
@pytest.mark.parametrize("view", ["phone", "desktop"])
def test_accessible(visit, base, page, view):
    """Axe finds nothing serious, on a phone in the dark and a desktop in the light."""
    tab = visit(f"{base}/{page}.html", view).tab
    tab.evaluate("() => new Promise((resolve) => setTimeout(resolve, 300))")
    faults = [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['html'][:200]}"
        for fault in Axe().run(tab).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
    assert faults == []


@FROM_FILE
def test_picture_without_scripts(figured):
    tab = figured(java_script_enabled=False).tab
    pictures = tab.locator(".qrnn-live img")
    assert pictures.count() == tab.locator("[data-figure]").count() > 0
    for index in range(pictures.count()):
        picture = pictures.nth(index)
        assert len(picture.get_attribute("alt")) > 20
        box = picture.bounding_box()
        assert box["width"] > 100
        assert box["height"] > 60


# A figure made for the test, written into a page ------------------------------------------------

EVIL = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'&\u2028"
)
MODULE = """import { html } from "./drawing.js";

function render({ model, el }) {
  el.append(html("p", { class: "title" }, model.get("title")));
  el.append(html("p", { class: "nested" }, model.get("data").titles[0]));
}

export default { render };
"""


@pytest.fixture
def titled(tmp_path):
    """A figure that shows its title."""
    script = tmp_path / "titled.js"
    script.write_text(MODULE, encoding="utf-8")

    class Titled(LiveFigure):
        title = traitlets.Unicode().tag(sync=True)
        data = traitlets.Dict().tag(sync=True)

        def describe(self):
            return f"A figure of {self.title}"

        def _png(self):
            return b"\x89PNG"

    Titled.script = str(script)
    return Titled(title=EVIL, data={"titles": [EVIL]})


@pytest.mark.parametrize("scripts", [True, False])
def test_state_is_shown_not_run(visit, titled, tmp_path, scripts):
    written = tmp_path / "evil.html"
    written.write_text(
        f"<!doctype html><html><meta charset='utf-8'><title>T</title><body>{titled.as_html()}",
        encoding="utf-8",
    )
    page = visit(written.as_uri(), java_script_enabled=scripts)
    tab = page.tab
    if not scripts:
        assert tab.locator(".qrnn-live img").get_attribute("alt") == f"A figure of {EVIL}"
        return
    assert tab.locator(".title").text_content() == EVIL
    assert tab.locator(".nested").text_content() == EVIL
    assert tab.evaluate("window.hacked") is None
    # Two scripts would mean that the title had ended the first.
    assert tab.locator("script").count() == 1
    assert page.errors == []


def test_numbers_that_json_has_no_word_for(titled):
    titled.data = {"titles": [float("nan")]}
    with pytest.raises(ValueError, match="JSON compliant"):
        titled.as_html()


def test_pages_hold_each_module_whole(html):
    """No figure's script on a page asks for another file."""
    for path in Path(html).glob("*.html"):
        soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for script in soup.select("article script[type=module]"):
            assert not re.search(r"^\s*import\b|\bimport\(", script.string, flags=re.M), path.name
