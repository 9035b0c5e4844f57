"""What is kept of a style sheet, against a page whose elements are known."""

import itertools

import pytest
from bs4 import BeautifulSoup
from light_pages import bundle
from sphinx.errors import ExtensionError
from used_styles import WORD, keep_used

PAGE = """<html><body><main id="m"><ul class="a b"><li class="c">x<em>y</em></li></ul></main>
<script>element.classList.add("made-later")</script></body></html>"""
WORDS = set(WORD.findall(PAGE))


def simple(part):
    return [f"{part}", f"{part}:hover", f"{part}:not(.gone)", f"{part}[data-x]", f"{part}::after"]


def test_each_rule_that_matches_is_kept():
    """The parser of the tests, soupsieve, decides what matches."""
    parts = ["ul", "li", "em", ".a", ".b.a", "#m", ".c", ".x", "p", "#n", ".a.x", "*"]
    soup = BeautifulSoup(PAGE, "html.parser")
    matched = dropped = 0
    for one, sign, other in itertools.product(parts, [" ", ">", "+", ", "], parts):
        selector = f"{one}{sign}{other}"
        kept = keep_used(f"{selector}{{top:0}}", WORDS)
        if soup.select(selector):
            matched += 1
            assert kept, selector
        dropped += not kept
    assert matched > 50
    assert dropped > 100


@pytest.mark.parametrize("selector", [*simple(".a"), *simple("li"), *simple(".made-later"), "::x"])
def test_states_are_taken_as_given(selector):
    assert keep_used(f"{selector}{{top:0}}", WORDS) == f"{selector}{{top:0}}"


@pytest.mark.parametrize(
    "selector", [*simple(".gone"), *simple("table"), "ul .gone", ".a .gone em"]
)
def test_what_is_nowhere_goes(selector):
    assert keep_used(f"{selector}{{top:0}}", WORDS) == ""


def test_a_rule_stays_if_one_of_its_selectors_is_used():
    sheet = "@media (width<9px){.x,.a,.b.x{top:0}.x{left:0}}@media print{.x,.b.x{top:0}}"
    assert keep_used(sheet, {"a", "b"}) == "@media (width<9px){.x,.a,.b.x{top:0}}"


def test_fonts_and_motion_stay():
    sheet = '@font-face{font-family:x;src:url("x.ttf")}@keyframes turn{from{top:0}to{top:1px}}'
    assert keep_used(sheet, set()).replace("\n", "") == sheet


def test_faults_are_told():
    with pytest.raises(ValueError, match="a style sheet has an error in line 2"):
        keep_used("a{top:0}\n}", {"a"})


def linked(*names):
    return "".join(f'<link rel="stylesheet" href="../_static/{name}?v=1" />' for name in names)


def test_sheets_become_one_in_their_order(tmp_path):
    """With addresses of the new place, and what they import."""
    (tmp_path / "styles").mkdir()
    (tmp_path / "base.css").write_text("a{src:url(x.png)}", encoding="utf-8")
    theme = '@import "../base.css";a{src:url("../y.ttf"),url(data:w)}.gone{top:0}'
    (tmp_path / "styles" / "theme.css").write_text(theme, encoding="utf-8")
    (tmp_path / "own.css").write_text("a{top:0!important;top:1px}", encoding="utf-8")
    page = f"<head>{linked('styles/theme.css', 'own.css')}<a></a>"
    pages, sheet = bundle({"page": page}, tmp_path)
    rules = ["a{src:url(x.png)}", 'a{src:url("y.ttf"),url(data:w)}', "a{top:0!important;top:1px}"]
    assert sheet == "".join(rules)
    (path,) = tmp_path.rglob("*.css")
    assert pages["page"] == f'<head><link rel="stylesheet" href="../_static/{path.name}"><a></a>'
    assert path.read_text(encoding="utf-8") == sheet


def test_a_page_with_a_sheet_of_its_own_is_refused(tmp_path):
    with pytest.raises(ExtensionError, match="all pages must have the same style sheets"):
        bundle({"one": linked("a.css"), "other": linked("a.css", "b.css")}, tmp_path)
