"""The rendered pages in a real browser: opened as files and from a server, phone and desktop."""

import re

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


def test_page_is_sound(visit, axe, base, page):
    """Opened on a desktop in the light, then made a phone in the dark; from a server also for all.

    (Opened as a file, a page may not read its style sheet, as axe does.)
    """
    opened = visit(f"{base}/{page}.html", "desktop")
    tab = opened.tab
    faults = {}
    for view in opened.as_("desktop", "phone"):
        faults[f"too wide, {view}"] = tab.evaluate(TOO_WIDE)
        faults[f"not drawn, {view}"] = tab.evaluate(NOT_DRAWN)
        if base.startswith("http"):
            faults[f"not accessible, {view}"] = axe(tab, impacts=("serious", "critical"))
    faults["said on the console"] = opened.errors
    own = (base, "data:", "blob:")
    faults["asked for outside"] = [url for url in opened.requests if not url.startswith(own)]
    assert {kind: found for kind, found in faults.items() if found} == {}


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
