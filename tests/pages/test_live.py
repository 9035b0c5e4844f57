"""The live figures of the built pages: where they are, what they weigh, what they run."""

import re
from pathlib import Path

import pytest
import traitlets
from chapters import BOOK

from qrnnbook.widgets._figure import LiveFigure

#: Which page must have which figures; a page may have more.
FIGURES = {
    "index": {"WrittenKept", "Dance"},
    "two-systems": {"StateExplorer"},
    "entangling-power": {"GateExplorer"},
    "when-they-differ": {"PowerClimb"},
    "memory-as-entanglement": {"WrittenKept"},
    "measured-cell": {"CellStepper", "WrittenKept"},
    "quantum-memory": {"ClockExplorer"},
    "training": {"TrainingReplay"},
    "noisy-sine": {"DenoisingPlayground"},
    "ontario-weather": {"WeatherExplorer"},
    "your-series": {"WeatherExplorer"},
    "design-by-power": {"GateExplorer"},
    "noise-and-hardware": {"FadingMemory", "WrittenKept"},
    "fair-board": {"ScoreExplorer"},
    "claims": {"ScoreExplorer"},
    "where-next": {"CellStepper"},
}
PAGE = 400_000  # bytes
ASSETS = Path(__file__).resolve().parents[2] / "book" / "assets"


def test_page_has_its_figures(page, article):
    found = {element["data-figure"] for element in article.select("[data-figure]")}
    assert FIGURES.get(page, set()) - found == set()


def test_pages_are_light(html, page, soup):
    """A page with its figures, besides what all pages share: the theme and the mathematics.

    The still pictures that cells drew are counted on pages with live figures.
    """
    # The one style sheet of the pages is the theme's rules and ours; ours are weighed.
    own = [*(BOOK / "assets").glob("*.css"), BOOK / "assets" / "book.js"]
    text = (html / f"{page}.html").stat().st_size + sum(path.stat().st_size for path in own)
    pictures = {image["src"] for image in soup.select("article img[src]")}
    files = [html / source for source in pictures if not source.startswith("data:")]
    with_pictures = text + sum(path.stat().st_size for path in files)
    print(f"{page}: {text / 1000:.0f} kB, with its pictures {with_pictures / 1000:.0f} kB")
    assert text < PAGE
    if soup.select("[data-figure]"):
        assert with_pictures < PAGE


def test_picture_without_scripts(kept, live_page):
    figures, pictures = kept(live_page, scripts=False).tab.evaluate(
        """() => [document.querySelectorAll("[data-figure]").length,
          [...document.querySelectorAll(".qrnn-live img")].map((picture) =>
            [picture.alt.length, picture.clientWidth, picture.clientHeight])]"""
    )
    assert figures == len(pictures) > 0
    for words, width, height in pictures:
        assert words > 20
        assert width > 100
        assert height > 60


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


def test_a_page_holds_each_module_whole(article):
    """No figure's script on a page asks for another file."""
    for script in article.select("script[type=module]"):
        assert not re.search(r"^\s*import\b|\bimport\(", script.string, flags=re.M)
