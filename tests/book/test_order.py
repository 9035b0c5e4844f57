"""A walk through the book in its order: nothing is used before the page that explains it."""

import ast
import re

import yaml
from chapters import BOOK, chapters, code_cells, passages
from glossary import Finder, terms

#: The chapters after the front page, which shows before it explains.
ORDER = chapters()[1:]
PLACE = {page: place for place, page in enumerate(ORDER)}
ROW = re.compile(r"^\| (?P<symbols>[^|]+(?:\\\|[^|]*)*) \|.*\[\]\((?P<page>[\w-]+)\.md#", re.M)
#: A symbol that is one TeX command has one meaning everywhere; single letters have several.
COMMAND = re.compile(r"\\[A-Za-z]+")
MATH = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", flags=re.DOTALL)


def first_uses_of_terms():
    """Return the first page, and the line, on which each term is used."""
    first = {}
    for page in ORDER:
        find = Finder(page)
        for passage in passages(page):
            for name, _, _ in find(passage.text):
                first.setdefault(name, (page, passage.lines[0][0]))
    return first


def test_no_term_is_used_before_the_page_that_explains_it():
    first = first_uses_of_terms()
    assert len(first) > 100
    early = {
        term.name: f"{first[term.name][0]}.md:{first[term.name][1]}, explained in {page}"
        for term in terms()
        for page, _ in [term.explained]
        if term.name in first and PLACE[first[term.name][0]] < PLACE.get(page, 0)
    }
    assert early == {}


def formulas(page):
    """Return the formulas of a chapter's text, without code."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    return MATH.findall(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def test_no_symbol_is_used_before_the_page_that_the_notation_names():
    notation = (BOOK / "notation.md").read_text(encoding="utf-8")
    used = {page: set(COMMAND.findall(" ".join(formulas(page)))) for page in ORDER}
    named = {}
    for row in ROW.finditer(notation):
        for symbol in re.findall(r"\$(\\[A-Za-z]+)(?:[_^][^$]*)?\$", row["symbols"]):
            named.setdefault(symbol, set()).add(row["page"])
    early = {
        symbol: (sorted(pages), first)
        for symbol, pages in named.items()
        for first in [next((page for page in ORDER if symbol in used[page]), None)]
        if first not in pages
    }
    assert len(named) > 10
    assert early == {}


def shown_names(page):
    """Return the names of the library that the code of a chapter shows open."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    hidden = re.compile(r"remove-cell|remove-input|hide-input|hide-cell")
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", text, flags=re.M | re.S)
    names = set()
    for cell, code in zip(cells, code_cells(page), strict=True):
        if not hidden.search(cell.split("\n\n")[0]):
            lines = "\n".join(line for line in code.splitlines() if not line.startswith(("%", "!")))
            names |= {n.id for n in ast.walk(ast.parse(lines)) if isinstance(n, ast.Name)}
    return names


def test_no_function_is_shown_before_the_page_that_teaches_it():
    pages = yaml.safe_load((BOOK / "api.yml").read_text(encoding="utf-8"))
    taught = {
        name.rpartition(".")[2]: entry["taught"].partition("#")[0]
        for entries in pages.values()
        for name, entry in entries.items()
        if name.startswith("qrnnlib.")
    }
    early = {
        f"{page}: {name}": taught[name]
        for page in ORDER
        for name in shown_names(page) & taught.keys()
        if PLACE[page] < PLACE.get(taught[name], -1)
    }
    assert early == {}
