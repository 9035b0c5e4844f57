"""The reference of the library is complete, and leads to the chapters and back."""

import ast
import inspect

import pytest
from api_pages import entries, resolve
from bs4 import BeautifulSoup
from chapters import chapters, code_cells, sections, toc
from ledger import ledger

import qrnnlib
from qrnnbook import plotting, widgets

NAMES = {name: about for topic in entries().values() for name, about in topic.items()}


def imported_by_chapters():
    """Names of the library that some chapter imports from a module by its name."""
    for page in chapters():
        for code in code_cells(page):
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qrnn"):
                    for alias in node.names:
                        yield f"{node.module}.{alias.name}"


def test_every_public_name_has_an_entry():
    public = {f"qrnnlib.{name}" for name in qrnnlib.__all__ if not name.startswith("_")}
    public |= {f"qrnnbook.plotting.{name}" for name in plotting.__all__}
    public |= {f"qrnnbook.widgets.{name}" for name in widgets.__all__}
    # Checkers belong to their exercises, beside which they stand.
    public |= {
        name
        for name in imported_by_chapters()
        if not name.startswith("qrnnbook.exercises") and not inspect.ismodule(resolve(name))
    }
    assert public - set(NAMES) == set()


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_leads_to_a_thing_and_to_a_section(name):
    assert resolve(name) is not None
    page, _, slug = NAMES[name]["taught"].partition("#")
    assert page in chapters()
    assert slug in {section.slug for section in sections(page)}
    assert set(NAMES[name]) <= {"taught", "formula"}


def test_every_function_computes_a_formula_or_says_why_not():
    used = {name for formula in ledger().values() for name in formula.functions}
    for name, about in NAMES.items():
        if inspect.isfunction(resolve(name)):
            assert (name in used) != ("formula" in about), name


def test_every_topic_has_a_page():
    listed = [page for page in toc()["Back matter"] if page.startswith("api-")]
    assert listed == [f"api-{topic}" for topic in entries()]


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_links_to_its_section_and_the_section_back(html, name):
    topic = next(t for t, names in entries().items() if name in names)
    page, _, slug = NAMES[name]["taught"].partition("#")
    title = next(s.title for s in sections(page) if s.slug == slug)

    entry = parsed(html / f"api-{topic}.html").find(id=name)
    assert entry is not None
    links = [
        a for a in entry.find_parent("dl").select("a") if a["href"].startswith(f"{page}.html#")
    ]
    assert any(words(link) == title.replace("'", "\u2019") for link in links), links

    section = parsed(html / f"{page}.html").find(id=links[0]["href"].split("#")[1])
    lines = section.select(":scope > p.in-the-library")
    assert len(lines) == 1
    assert f"api-{topic}.html#{name}" in [link["href"] for link in lines[0].select("a")]


PARSED: dict = {}


def parsed(path):
    if path not in PARSED:
        PARSED[path] = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return PARSED[path]


def words(element):
    return " ".join(element.get_text().split()).replace("'", "\u2019")


def test_back_matter_pages_are_light(html):
    for page in toc()["Back matter"]:
        assert (html / f"{page}.html").stat().st_size < 400_000, page


def test_the_index_lists_terms_and_functions(html):
    text = (html / "genindex.html").read_text("utf-8")
    assert 'href="glossary.html#term-ebit"' in text
    for topic, names in entries().items():
        for name in names:
            assert f'href="api-{topic}.html#{name}"' in text, name
