"""The rendered pages in a real browser: opened as files and from a server, phone and desktop."""

import re

import pytest

# The first elements that reach over the right edge, to name the culprit.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("article *")]
    .filter((e) => e.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((e) => e.tagName + "." + e.className);
}"""
SCROLL_WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("view", ["phone", "desktop"])
def test_page_opens_clean(visit, base, page, view, soup):
    opened = visit(f"{base}/{page}.html", view)
    tab = opened.tab
    assert opened.errors == []
    outside = [url for url in opened.requests if not url.startswith((base, "data:", "blob:"))]
    assert outside == []

    assert tab.evaluate(TOO_WIDE) == []
    assert tab.evaluate(SCROLL_WIDTH) <= 0

    written = len(soup.select("article .math"))
    typeset = tab.locator("article .math mjx-container").count()
    assert typeset >= written
    assert tab.locator("article mjx-merror, article .MathJax_Error").count() == 0


def test_keyboard_reaches_the_text(visit, html):
    """The first stop of the Tab key is the way past the navigation."""
    tab = visit(f"{html.as_uri()}/index.html").tab
    tab.keyboard.press("Tab")
    assert re.search("main content", tab.evaluate("() => document.activeElement.textContent"))
