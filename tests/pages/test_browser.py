"""The rendered pages in a real browser: opened as files and from a server, phone and desktop."""

import re

import pytest
from accessibility import faults

# In these no fault is too small.
OURS = ".question, .exercise, .solution"
# The first elements that reach over the right edge, to name the culprit; or how far the page does.
TOO_WIDE = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const over = [...document.querySelectorAll("article *")]
    .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1)
    .slice(0, 5).map((e) => e.tagName + "." + e.className);
  return over.length ? over : [`${root.scrollWidth - root.clientWidth} px`];
}"""
# Formulas that show and have no size, or no line or box of their own.
NOT_DRAWN = """() => [...document.querySelectorAll("article math")]
  .filter((formula) => formula.checkVisibility() && !formula.closest(".toggle-hidden, details"))
  .filter((formula) => {
    const box = formula.getBoundingClientRect();
    return !(box.width > 1 && box.height > 3);
  }).map((formula) => formula.outerHTML.slice(0, 200))"""
# Every question answered, every exercise opened and every solution unfolded.
UNFOLD = """() => {
  for (const question of document.querySelectorAll(".question")) {
    question.querySelector("input").click();
  }
  for (const kind of ["exercise", "solution"]) {
    for (const button of document.querySelectorAll(`.${kind} .toggle-button`)) button.click();
  }
}"""
# Answers that a finger would miss.
TOO_LOW = """() => [...document.querySelectorAll(".question label")]
  .filter((label) => label.getBoundingClientRect().height < 44).map((label) => label.innerText)"""


@pytest.mark.parametrize("place", ["file", "server"])
def test_page_is_sound(kept, page, place):
    """On a desktop in the light, and on a phone in the dark."""
    opened = kept(page, place, fresh=True)
    found = {}
    for view in opened.as_("desktop", "phone"):
        found[f"too wide, {view}"] = opened.tab.evaluate(TOO_WIDE)
        found[f"not drawn, {view}"] = opened.tab.evaluate(NOT_DRAWN)
    found["said on the console"] = opened.errors
    own = (kept.places[place], "data:", "blob:")
    found["asked for outside"] = [url for url in opened.requests if not url.startswith(own)]
    assert {kind: what for kind, what in found.items() if what} == {}


def test_page_is_for_all(kept, page):
    """At first, and with what can be unfolded, whose colours are judged with all others then.

    (Opened as a file, a page may not read its style sheet, as axe does.)
    """
    opened = kept(page, "server", part="questions", fresh=True)
    tab = opened.tab
    found = {"at first": faults(tab, colours=False, strict=OURS)}
    tab.evaluate(UNFOLD)
    shown = tab.locator(".question-shown .question-reason:visible").count()
    assert shown == tab.locator(".question").count()
    assert (
        tab.locator(".solution .exercise-body:visible").count() == tab.locator(".solution").count()
    )
    for view in opened.as_("desktop", "phone"):
        found[view] = faults(tab, strict=OURS)
        found[f"too wide, {view}"] = tab.evaluate(TOO_WIDE)
        found[f"not drawn, {view}"] = tab.evaluate(NOT_DRAWN)
        found[f"too low, {view}"] = tab.evaluate(TOO_LOW)
    assert {kind: what for kind, what in found.items() if what} == {}


def test_keyboard_reaches_the_text(visit, html):
    """The first stop of the Tab key is the way past the navigation."""
    tab = visit(f"{html.as_uri()}/index.html").tab
    tab.keyboard.press("Tab")
    assert re.search("main content", tab.evaluate("() => document.activeElement.textContent"))


def test_search_finds_without_complaint(visit, base):
    """Summaries are read from the pages found, which only a server lets a page do."""
    page = visit(f"{base}/search.html?q=entangling", "desktop")
    found = page.tab.locator("#search-results li")
    page.tab.get_by_text("Search finished").wait_for()
    assert found.count() > 5
    assert all(link.get_attribute("href") for link in found.locator("a").all())
    if base.startswith("http"):
        page.tab.wait_for_selector("#search-results li p.context")
    assert page.errors == []
