"""What the README promises: its example runs, its links lead somewhere, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_example_runs(tmp_path):
    """In a fresh process and an empty folder, with warnings as errors."""
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 10
    result = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:__main__", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    score, probabilities = result.stdout.split("\n", 1)
    assert re.search(r"-?\d\.\d+", score)
    assert re.search(r"\[.*\d.*\]", probabilities, flags=re.DOTALL)


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
