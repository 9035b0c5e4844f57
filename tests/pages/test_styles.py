"""The one style sheet of the pages: the rules that are not in it have nothing to do on any page."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import tinycss2
from used_styles import parts

ROOT = Path(__file__).resolve().parents[2]
# What the theme and others bring, as it is in their packages.
SHEETS = {
    "pydata_sphinx_theme": "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css",
    "sphinx_book_theme": "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css",
    "sphinx_design": "static/sphinx-design.min.css",
    "myst_nb": "static/mystnb.css",
    "sphinx_togglebutton": "_static/togglebutton.css",
    "sphinx_copybutton": "_static/copybutton.css",
}
# States and pseudo-elements, which the same rule may have: here its element is asked for.
STATE = re.compile(
    r"::?(?!not|is|where|has|root|nth|first-child|last-child|only)[\w-]+(?:\([^()]*\))?"
)
# The selectors that match something. The browser finds out at once whether any does, as it styles a
# page: each is a rule that sets a property which nothing inherits. Only then they are told apart.
MATCHED = """(selectors) => {
  if (!window.leftOut) {
    CSS.registerProperty({ name: "--left-out", syntax: "*", inherits: false });
    window.leftOut = new CSSStyleSheet();
    for (const selector of selectors) {
      try { leftOut.insertRule(`${selector} { --left-out: 1 }`); } catch { /* of other browsers */ }
    }
  }
  document.adoptedStyleSheets.push(leftOut);
  const hit = [...document.querySelectorAll("*")]
    .filter((element) => getComputedStyle(element).getPropertyValue("--left-out"));
  document.adoptedStyleSheets.pop();
  return selectors.filter((selector) => {
    try { return hit.some((element) => element.matches(selector)); } catch { return false; }
  });
}"""
# Told before anything draws: each scheme that the page is set to.
SCHEMES = """window.schemes = [];
new MutationObserver(() => {
  const { theme } = document.documentElement.dataset;
  if (theme !== window.schemes.at(-1)) window.schemes.push(theme);
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-theme"] });"""


def selectors(rules):
    """All selectors of style rules, also of those in media rules."""
    for rule in rules:
        if rule.type == "qualified-rule":
            for selector in parts(rule.prelude):
                yield " ".join(tinycss2.serialize(selector).split())
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            yield from selectors(tinycss2.parse_rule_list(rule.content, True, True))


def selectors_of(path):
    text = path.read_text(encoding="utf-8")
    return set(selectors(tinycss2.parse_stylesheet(text, True, True)))


@pytest.fixture(scope="session")
def left_out(html):
    """Elements of the rules that are not in the one sheet."""
    paths = [Path(find_spec(package).origin).parent / name for package, name in SHEETS.items()]
    before = set().union(*map(selectors_of, [*paths, *(ROOT / "book" / "assets").glob("*.css")]))
    (sheet,) = html.glob("_static/book-*.css")
    gone = before - selectors_of(sheet)
    assert 1000 < len(gone) < len(before)
    assert len(before) - len(gone) > 500
    return sorted({STATE.sub("", selector).strip() for selector in gone} - {""})


def test_rules_left_out_match_nothing(kept, page, left_out):
    """As the browser matches, with all that scripts have made by then."""
    assert kept(page).tab.evaluate(MATCHED, left_out) == []


@pytest.mark.parametrize(
    ("base", "view"), [("file", "phone"), ("server", "desktop")], indirect=["base"]
)
def test_the_readers_scheme_is_there_at_once(visit, base, view):
    """A page that is drawn light first flashes at those who read in the dark."""
    scheme = {"phone": "dark", "desktop": "light"}[view]
    tab = visit(f"{base}/two-systems.html", view, script=SCHEMES).tab
    assert tab.evaluate("window.schemes") == [scheme]
    tab.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
    tab.wait_for_function("window.schemes.length === 2")


def test_a_chosen_scheme_is_there_at_once(visit, base):
    """Chosen before, by the button of the theme."""
    chosen = "localStorage.setItem('mode', 'dark'); localStorage.setItem('theme', 'dark');"
    tab = visit(f"{base}/two-systems.html", "desktop", script=chosen + SCHEMES).tab
    assert tab.evaluate("window.schemes") == ["dark"]
