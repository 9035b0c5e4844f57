"""What is kept of a style sheet, against a page whose elements are known."""

import itertools
import re

import pytest
from bs4 import BeautifulSoup
from light_pages import use_sheet, whole
from used_styles import keep_used, one_sheet, unused_variables, words_of_page

PAGE = """<html><body><main id="m"><ul class="a b"><li class="c">x<em>y</em></li></ul></main>
<script>element.classList.add("made-later")</script></body></html>"""


def simple(part):
    return [f"{part}", f"{part}:hover", f"{part}:not(.gone)", f"{part}[data-x]", f"{part}::after"]


def test_each_rule_that_matches_is_kept():
    """The parser of the tests, soupsieve, decides what matches."""
    parts = ["ul", "li", "em", ".a", ".b.a", "#m", ".c", ".x", "p", "#n", ".a.x", "*"]
    soup = BeautifulSoup(PAGE, "html.parser")
    words = words_of_page(PAGE)
    matched = dropped = 0
    for one, sign, other in itertools.product(parts, [" ", ">", "+", ", "], parts):
        selector = f"{one}{sign}{other}"
        kept = keep_used(f"{selector}{{top:0}}", words)
        if soup.select(selector):
            matched += 1
            assert kept, selector
        dropped += not kept
    assert matched > 50
    assert dropped > 100


@pytest.mark.parametrize("selector", [*simple(".a"), *simple("li"), *simple(".made-later"), "::x"])
def test_states_are_taken_as_given(selector):
    assert keep_used(f"{selector}{{top:0}}", words_of_page(PAGE)) == f"{selector}{{top:0}}"


@pytest.mark.parametrize(
    "selector", [*simple(".gone"), *simple("table"), "ul .gone", ".a .gone em"]
)
def test_what_is_nowhere_goes(selector):
    assert keep_used(f"{selector}{{top:0}}", words_of_page(PAGE)) == ""


def test_of_a_list_the_used_selectors_stay():
    words = {"a", "b"}
    sheet = "@media (width<9px){.x,.a,.b.x,.b:is(.y,.z){top:0}.x{left:0}}@media print{.x{top:0}}"
    assert keep_used(sheet, words) == "@media (width<9px){.a,.b:is(.y,.z){top:0}}"


def test_fonts_and_motion_stay():
    sheet = '@font-face{font-family:x;src:url("x.ttf")}@keyframes turn{from{top:0}to{top:1px}}'
    assert keep_used(sheet, set()).replace("\n", "") == sheet


def test_faults_are_told():
    with pytest.raises(ValueError, match="a style sheet has an error in line 2"):
        keep_used("a{top:0}\n}", {"a"})


def test_variables_that_nobody_reads_go():
    sheet = ":root{--a:1px;--b:var(--c);--c:2px;--d:3px;--e:var(--a)}p{top:var(--b)}"
    assert unused_variables(sheet, "style.getPropertyValue('--d')") == {"--a", "--e"}
    assert (
        one_sheet([sheet], {"p"}, "--d") == ":root{--b:var(--c);--c:2px;--d:3px}\np{top:var(--b)}"
    )


def test_order_and_importance_stay():
    sheets = ["a{top:0!important;left:0;left:1px}", "a{top:1px}"]
    assert one_sheet(sheets, {"a"}, "") == "a{top:0!important;left:0;left:1px}\na{top:1px}"


def test_addresses_are_those_of_the_new_place(tmp_path):
    (tmp_path / "styles").mkdir()
    (tmp_path / "base.css").write_text("a{src:url(x.png)}", encoding="utf-8")
    sheet = tmp_path / "styles" / "theme.css"
    sheet.write_text('@import "../base.css";b{src:url("../y.ttf"),url(z.svg),url(data:w)}', "utf-8")
    text = whole(sheet, tmp_path)
    assert re.findall(r"url\((.*?)\)", text) == ['"x.png"', '"y.ttf"', '"styles/z.svg"', "data:w"]


def test_a_page_with_a_sheet_of_its_own_keeps_it():
    page = "".join(
        f'<link rel="stylesheet" href="_static/{name}.css?v=1" />' for name in ("a", "b", "own")
    )
    used = use_sheet(page, {"_static/a.css", "_static/b.css"}, "_static/all.css")
    assert re.findall(r'href="([^"]*)"', used) == ["_static/all.css", "_static/own.css?v=1"]
