"""The built book: run times of its chapters, and response times of its live figures.

The former are read from the last `make book`, the latter are measured in Chromium. If either is
missing, that is printed and the benchmark goes on.
"""

import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build" / "html"
HELPERS = ROOT / "tests" / "pages" / "live_figures.js"

# A chapter and its seconds, in the table that MyST-NB writes into `how-made`.
ROW = r'<span class="doc">([\w-]+)</span>(?:(?!</tr>).)*?<p>(\d+(?:\.\d+)?)</p>'
MINUTE = 60.0  # seconds that a chapter may take
FRAME = 16.0  # milliseconds that a response may take
MOVES = 100

MEASURE = """async (moves) => {
  const found = [];
  for (const figure of live.figures()) {
    for (const range of figure.querySelectorAll("input[type='range']")) {
      if (range.disabled || !live.visible(range)) continue;
      await live.response(range, 5);  // to warm up
      found.push([live.called(figure, range), await live.response(range, moves)]);
    }
  }
  return found;
}"""


def main() -> None:
    """Print both tables; a missed target is marked, but is no failure."""
    if not (HTML / "index.html").exists():
        print("The book is not built, so its pages were not measured: run `make book` first.")
        return
    chapters()
    answers()


def missed(value: float, target: float) -> str:
    """Return the mark that is printed after a value."""
    return "" if value < target else "  MISSED"


def chapters() -> None:
    """Print how long each chapter took when it was last executed."""
    rows = re.findall(ROW, (HTML / "how-made.html").read_text(encoding="utf-8"), re.DOTALL)
    print(f"\nChapters, seconds when they last ran (target: {MINUTE:.0f})")
    for seconds, page in sorted(((float(time), page) for page, time in rows), reverse=True):
        print(f"  {page:28}{seconds:7.1f}{missed(seconds, MINUTE)}")


def answers() -> None:
    """Print how long the sliders of each page take to redraw their figure."""
    sys.path.insert(0, str(ROOT / "tools"))
    from chromium import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        print("There is no Chromium here, so the live figures were not measured.")
        return
    pages = [
        path
        for path in sorted(HTML.glob("*.html"))
        if "data-figure=" in path.read_text(encoding="utf-8")
    ]
    print(f"\nAnswers of sliders, milliseconds of {MOVES} (target: a median below {FRAME:.0f})")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for path in pages:
            tab = browser.new_page()
            tab.add_init_script(HELPERS.read_text(encoding="utf-8"))
            tab.goto(path.as_uri(), wait_until="load")
            tab.wait_for_function("() => live.figures().length")
            for name, times in tab.evaluate(MEASURE, MOVES):
                median = statistics.median(times)
                said = f"  {path.stem}, {name}: median {median:.2f}, most {max(times):.1f}"
                print(said + missed(median, FRAME))
            tab.close()
        browser.close()
