"""The book's own directives refuse what they cannot show, and say why; one small build for all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
CONF = """
extensions = ["myst_parser", "sphinx_exercise", "exercises", "questions"]
myst_enable_extensions = ["colon_fence"]
numfig = True
"""


def question(answers, *reasons):
    """Return the source of a question."""
    listed = ["".join(f"- {line}\n" for line in lines) for lines in (answers, reasons)]
    return f":::{{question}} So?\n\n{listed[0]}\n<details>\n\n{listed[1]}\n</details>\n:::\n"


def exercise(levels):
    return f":::{{exercise}} One\n:label: ex-one\n:class: {levels}\n\nDo it.\n:::\n"


#: Source, and words of the warning; without words it is fine.
SOURCES = {
    "two-answers": (question("ab", "**No.** As.", "**Right.** So."), None),
    "reason-missing": (question("ab", "**Right.** So."), "got 2 answers and 1 reasons"),
    "one-answer": (question("a", "**Right.** So."), "two to 8"),
    "two-right": (question("ab", "**Right.** As.", "**Right.** So."), "just one with **Right.**"),
    "none-right": (question("ab", "**No.** As.", "**No.** So."), "just one with **Right.**"),
    "no-mark": (question("ab", "As.", "**Right.** So."), "must begin with **No.**"),
    "late-mark": (question("ab", "So **No.**", "**Right.** So."), "must begin with **No.**"),
    "no-reasons": (":::{question} So?\n\n- a\n- b\n:::\n", "a list of answers and"),
    "warm-up": (exercise("warm-up"), None),
    "no-level": (exercise("easy").replace("ex-one", "ex-two"), "got none"),
    "two-levels": (
        exercise("practice challenge").replace("ex-one", "ex-three"),
        "got practice and challenge",
    ),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build all sources; return what was said, and where the pages are."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    for name, (source, _) in SOURCES.items():
        (folder / f"{name}.md").write_text(f"# {name}\n\n{source}", encoding="utf-8")
    names = "\n".join(SOURCES)
    (folder / "index.md").write_text(f"# All\n\n```{{toctree}}\n{names}\n```\n", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-N", str(folder), str(folder / "html")],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(EXTENSIONS)},
    )
    assert result.returncode == 0, result.stderr
    return result.stderr.splitlines(), folder / "html"


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_wrong_is_said(built, name):
    said, _ = built
    words = SOURCES[name][1]
    about = [line for line in said if name in line.partition("WARNING")[0].partition("ERROR")[0]]
    if words is None:
        assert about == []
    else:
        assert any(words in line for line in about), said


def test_script_goes_where_a_question_is(built):
    _, html = built
    assert "questions.js" in (html / "two-answers.html").read_text(encoding="utf-8")
    assert "questions.js" not in (html / "warm-up.html").read_text(encoding="utf-8")


def test_print_lists_answers_and_reasons(built, tmp_path):
    """In the PDF nothing can be clicked: the letters say which reason belongs to which answer."""
    _, html = built
    command = [sys.executable, "-m", "sphinx", "-q", "-N", "-b", "latex", str(html.parent)]
    environment = {**os.environ, "PYTHONPATH": str(EXTENSIONS)}
    subprocess.run([*command, str(tmp_path)], capture_output=True, timeout=120, env=environment)
    (tex,) = tmp_path.glob("*.tex")
    start = tex.read_text(encoding="utf-8").split(r"\sphinxstylestrong{Stop and think.} So?")[1]
    lists = start.split(r"\begin{description}")[1:3]
    for which, words in zip(lists, (("a", "b"), ("As.", "So.")), strict=True):
        items = which.split(r"\end{description}")[0].split(r"\item")[1:]
        for found, letter, word in zip(items, "AB", words, strict=True):
            assert found.startswith(f"[{{{letter}}}]")
            assert word in found
