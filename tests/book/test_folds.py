"""Side remarks that fold, and phrases that act; one small build for all."""

import doctest
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import acting_text
import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
CONF = 'extensions = ["myst_parser", "folds", "acting_text"]\n'

#: Source, and words of the warning; without words it is fine.
SOURCES = {
    "to-its-end": ("<!-- fold: A & B -->\n\nIn.\n\n<!-- fold end -->\n\nOut.", None),
    "to-the-section": ("## One\n\n<!-- fold: Line -->\n\nIn.\n\nIn too.\n\n## Next\n\nOut.", None),
    "to-the-next": ("<!-- fold: One -->\n\nIn.\n\n<!-- fold: Two -->\n\nIn too.", None),
    "over-lines": ("<!-- fold: A line\n  that goes on -->\n\nIn.", None),
    "no-fold": ("<!-- folded paper -->\n\nOut.", None),
    "empty": ("<!-- fold: Nothing here -->\n\n<!-- fold end -->\n\nOut.", "a fold holds nothing"),
    "phrase": ('Take {try}`it to 0 <undone=0 gate="C & NOT">` now.', None),
    "no-settings": ("Take {try}`it to 0` now.", "a phrase must end with its settings"),
    "no-value": ("Take {try}`it <undone>` now.", "must be written as name=value"),
    "no-json": ("Take {try}`it <gate=CNOT>` now.", "Expecting value"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build all sources; return what was said, and where the pages are."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    for name, (source, _) in SOURCES.items():
        (folder / f"{name}.md").write_text(f"# {name}\n\n{source}\n", encoding="utf-8")
    names = "\n".join(SOURCES)
    (folder / "index.md").write_text(f"# All\n\n```{{toctree}}\n{names}\n```\n", encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-N", "-E"]
    for builder in ("html", "text"):
        result = subprocess.run(
            [*command, "-b", builder, str(folder), str(folder / builder)],
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "PYTHONPATH": str(EXTENSIONS)},
        )
        assert result.returncode == 0, result.stderr
        if builder == "html":
            said = result.stderr.splitlines()
    return said, folder


def page(built, name):
    return (built[1] / "html" / f"{name}.html").read_text(encoding="utf-8")


def folds(built, name):
    """Return the line and the words of each fold on a page, and the words after the last."""
    found = re.findall(r"<summary>(.*?)</summary>(.*?)</details>", page(built, name), re.DOTALL)
    inside = [(line, re.findall(r"<p>(.*?)</p>", rest)) for line, rest in found]
    article = page(built, name).partition('role="main"')[2]
    after = article.rpartition("</details>")[2].partition('class="clearer"')[0]
    return inside, re.findall(r"<p>(.*?)</p>", after)


@pytest.mark.parametrize("name", SOURCES)
def test_what_is_wrong_is_said(built, name):
    said, _ = built
    words = SOURCES[name][1]
    about = [line for line in said if f"{name}.md" in line]
    if words is None:
        assert about == []
    else:
        assert any(words in line for line in about), said


def test_a_fold_ends_at_its_mark(built):
    assert folds(built, "to-its-end") == ([("A &amp; B", ["In."])], ["Out."])


def test_a_fold_ends_with_its_section(built):
    assert folds(built, "to-the-section") == ([("Line", ["In.", "In too."])], ["Out."])


def test_a_fold_ends_where_another_begins(built):
    assert folds(built, "to-the-next")[0] == [("One", ["In."]), ("Two", ["In too."])]


def test_a_line_may_go_over_lines(built):
    assert folds(built, "over-lines")[0] == [("A line that goes on", ["In."])]


def test_other_comments_fold_nothing(built):
    assert "<details" not in page(built, "no-fold")


@pytest.mark.parametrize("name", ["to-its-end", "to-the-section", "to-the-next"])
def test_off_the_page_all_of_it_is_text(built, name):
    text = (built[1] / "text" / f"{name}.txt").read_text(encoding="utf-8")
    assert "In." in text
    assert "fold" not in text


def test_a_phrase_is_a_button_with_its_settings(built):
    (attributes, words) = re.search(
        r"<button([^>]*)>(.*?)</button>", page(built, "phrase")
    ).groups()
    assert words == "it to 0"
    made = html.unescape(re.search(r'data-settings="([^"]*)"', attributes)[1])
    assert json.loads(made) == {"undone": 0, "gate": "C & NOT"}
    assert "Take it to 0 now." in (built[1] / "text" / "phrase.txt").read_text(encoding="utf-8")


def test_a_wrong_phrase_stays_text(built):
    assert (
        "<button" not in page(built, "no-value").partition('role="main"')[2].partition("clearer")[0]
    )


# Settings -----------------------------------------------------------------------------------------


def test_examples():
    results = doctest.testmod(acting_text)
    assert results.attempted
    assert not results.failed


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("fed=[0.9, 0]  stage=2", {"fed": [0.9, 0], "stage": 2}),
        ('beside="a=1 b=2" show_seeds=false', {"beside": "a=1 b=2", "show_seeds": False}),
        ("\n undone = 1".replace(" = ", "="), {"undone": 1}),
    ],
)
def test_settings_are_names_with_values_in_json(text, made):
    assert acting_text.settings(text) == made


@pytest.mark.parametrize(
    "text", ["undone", "undone 0", "=0", "Undone=0", "a=1, b=2", "a=1 b", "a=", "a=x"]
)
def test_settings_refuses_what_is_no_name_and_value(text):
    with pytest.raises(ValueError, match=r"name=value|Expecting value"):
        acting_text.settings(text)
