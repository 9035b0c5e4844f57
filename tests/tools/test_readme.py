"""What the README promises: its example runs, its links lead somewhere, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", TEXT, flags=re.DOTALL)
NUMBER = re.compile(r"\d+\.\d+")


def printed_by(code, folder):
    """Return what an example prints, in a fresh process and an empty folder."""
    result = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:__main__", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("example", "tolerance"), [(0, 0.02), (1, 2e-4)], ids=["ten lines", "powers"]
)
def test_examples_print_what_the_page_shows(tmp_path, example, tolerance):
    """Training carries the last digits of a processor far; a search for a power does not."""
    code, shown = EXAMPLES[example]
    printed = printed_by(code, tmp_path)
    assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", shown).split()
    numbers = zip(NUMBER.findall(printed), NUMBER.findall(shown), strict=True)
    assert all(abs(float(got) - float(said)) <= tolerance for got, said in numbers)


def test_the_first_example_has_ten_lines():
    code, _ = EXAMPLES[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


def test_local_links_exist():
    links = re.findall(r"\]\(([^)\s]+)\)", TEXT)
    local = [link for link in links if not link.startswith("https://")]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_commands_and_folders_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake (book|test|serve|bench)\b", TEXT):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    for folder in re.findall(r"^\| `([\w/]+)/` \|", TEXT, flags=re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder
