"""What the README promises: its example runs, its links lead somewhere, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


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


def test_ten_lines_run(tmp_path):
    lines = [line for line in EXAMPLES[0].splitlines() if line.strip()]
    assert len(lines) <= 10
    score, probabilities = printed_by(EXAMPLES[0], tmp_path).split("\n", 1)
    assert re.search(r"-?\d\.\d+", score)
    assert re.search(r"\[.*\d.*\]", probabilities, flags=re.DOTALL)


def test_the_two_powers_are_as_said(tmp_path):
    up, down = printed_by(EXAMPLES[1], tmp_path).split("<disentangling")
    assert "2.000000 ebits, which is the most possible" in up
    assert float(re.search(r"at most (\d\.\d+)", down)[1]) < 2


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
