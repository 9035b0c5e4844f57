"""The ledger of formulas: no equation, function or test is an orphan."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from api_pages import resolve
from chapters import BOOK, chapters, equation_labels, passages
from ledger import ledger

ROOT = BOOK.parent
LEDGER = ledger()
WHERE = {label: page for page in chapters() for label in equation_labels(page)}
# LaTeX that shapes a formula and means nothing by itself.
SHAPE = {
    *("begin", "end", "pmatrix", "aligned", "gathered", "text", "mathrm", "operatorname", "mathbb"),
    *("mathbf", "cdots", "dots"),
    *("left", "right", "big", "bigl", "bigr", "Big", "Bigl", "Bigr", "quad", "qquad"),
    *("frac", "tfrac", "sqrt", "sum", "binom", "overline", "bar", "hat", "ldots"),
    *("langle", "rangle", "lVert", "rVert", "lvert", "rvert", "ket", "bra", "braket"),
    *("le", "ge", "to", "longrightarrow", "mid", "pm"),
    *("cos", "sin", "tanh", "log", "ln", "exp", "sup", "min", "Re", "Im", "diag"),
}


def test_every_labelled_equation_is_in_the_ledger_and_no_other():
    assert list(WHERE) == sorted(LEDGER, key=list(WHERE).index)
    every = [label for page in chapters() for label in equation_labels(page)]
    assert len(every) == len(set(every))


def test_every_displayed_formula_with_a_label_is_found():
    """The pattern for labels finds all there are: each is referred to or stands behind a $$."""
    for page in chapters():
        text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
        assert re.findall(r"\((eq-[\w-]+)\)", text) == equation_labels(page)
        assert ":label: eq-" not in text  # exercises have labels of this kind


@pytest.mark.parametrize("chapter", chapters())
def test_every_displayed_formula_has_a_label(chapter):
    text = (BOOK / f"{chapter}.md").read_text(encoding="utf-8")
    marks = re.findall(r"^\$\$.*$", text, flags=re.MULTILINE)
    assert set(marks[::2]) <= {"$$"}
    assert [mark for mark in marks[1::2] if not mark.startswith("$$ (eq-")] == []


@pytest.mark.parametrize("label", LEDGER)
def test_an_entry_is_complete(label):
    about = LEDGER[label]
    assert about.what
    if about.definition:
        assert not about.functions
        assert not about.chapter
    else:
        assert about.functions or about.chapter
        assert about.tests
    for name in about.functions:
        assert resolve(name) is not None
    if about.chapter:
        text = (BOOK / f"{WHERE[label]}.md").read_text(encoding="utf-8")
        assert f"def {about.chapter}(" in text


@cache
def definitions(path: Path):
    """The names that each top-level definition of a file uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    uses = {}
    for node in tree.body:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        names |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}  # fixtures
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            uses[node.name] = names
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        uses[name.id] = names
    return uses


def all_used(path: Path, name: str) -> set[str]:
    """The names that a test uses, by itself or through what the file defines."""
    uses, seen, todo = definitions(path), set(), [name]
    while todo:
        here = todo.pop()
        for other in uses.get(here, ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


@pytest.mark.parametrize("label", [label for label, about in LEDGER.items() if about.tests])
def test_the_tests_exist_and_use_what_computes_the_formula(label):
    about = LEDGER[label]
    wanted = {name.rsplit(".", 1)[1] for name in about.functions} | {about.chapter}
    for test in about.tests:
        file, _, name = test.partition("::")
        path = ROOT / file
        assert path.is_file(), file
        assert name.startswith("test_")
        assert name in definitions(path), f"{file} has no {name}"
        if not about.definition:
            assert wanted & all_used(path, name), f"{test} uses none of {wanted}"


def symbols(latex: str) -> set[str]:
    """The letters and commands of a formula that stand for something."""
    latex = re.sub(r"\\(?:text|operatorname|begin|end|mathrm)\{[^}]*\}", " ", latex)
    found = {command for command in re.findall(r"\\([A-Za-z]+)", latex) if command not in SHAPE}
    return found | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", latex)))


def formula(label: str) -> str:
    text = (BOOK / f"{WHERE[label]}.md").read_text(encoding="utf-8")
    return text.split(f"$$ ({label})")[0].rsplit("$$", 1)[1]


@pytest.mark.parametrize("label", WHERE)
def test_every_symbol_is_on_the_page_of_notation(label):
    page = (BOOK / "notation.md").read_text(encoding="utf-8")
    explained = symbols(" ".join(re.findall(r"\$([^$]+)\$", page)))
    # Counters, and d in a derivative.
    assert symbols(formula(label)) - explained - set("ijkln") - {"d"} == set()


def test_the_names_in_code_exist():
    """The third column of the notation: each name is in the library or in a chapter's code."""
    page = (BOOK / "notation.md").read_text(encoding="utf-8")
    rows = [row.split("|")[3] for row in page.splitlines() if row.startswith("| $")]
    sources = [path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py")]
    sources += [(BOOK / f"{chapter}.md").read_text("utf-8") for chapter in chapters()]
    code = "\n".join(sources)
    assert passages("notation")
    for row in rows:
        for name in re.findall(r"`([^`]+)`", row):
            word = re.sub(r"\(.*", "", name).lstrip(".")
            assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", code), name
