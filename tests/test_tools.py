"""The commands around the book: what they say where something is missing, and the workflow."""

import re
import subprocess
import sys
from pathlib import Path

import build_book
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, flags=re.MULTILINE))


def run(tool, folder, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / tool],
        env={"PATH": str(folder), "HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_latex_it_is_said_what_to_install(tmp_path):
    result = run("build_pdf.py", tmp_path)
    assert result.returncode == 1
    assert "latexmk" in result.stderr
    assert "apt install" in result.stderr
    assert "texlive-xetex" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the sources of a book that was just built."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "page.md").write_text("A page")
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "weather").mkdir()
    for name, path in {
        "ROOT": tmp_path,
        "BUILD": tmp_path / "_build",
        "BUILT_FROM": tmp_path / "_build" / "html" / ".built-from",
        "SOURCES": ("book",),
    }.items():
        monkeypatch.setattr(build_book, name, path)
    monkeypatch.setenv("QRNNLIB_WEATHER_DIR", str(tmp_path / "weather"))
    (tmp_path / "_build" / "run-times.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("changed", ["book/page.md", "book/new.md", "weather/2024.csv"])
def test_the_book_is_built_again_only_if_something_changed(project, monkeypatch, capsys, changed):
    built = []
    monkeypatch.setattr(build_book, "build", lambda: built.append(True) or True)
    assert [build_book.main(), build_book.main()] == [0, 0]
    assert len(built) == 1
    assert "nothing has changed" in capsys.readouterr().out
    (project / changed).write_text("Another")
    build_book.main()
    assert len(built) == 2


def test_a_build_that_failed_is_tried_again(project, monkeypatch):
    monkeypatch.setattr(build_book, "build", lambda: False)
    assert [build_book.main(), build_book.main()] == [1, 1]


def test_without_a_browser_a_rehearsal_says_so(tmp_path):
    result = run("rehearse.py", tmp_path)
    assert result.returncode == 1
    assert "needs Chromium" in result.stderr


def test_without_lighthouse_it_is_said_where_it_comes_from(tmp_path):
    result = run("lighthouse.py", tmp_path)
    assert result.returncode == 1
    assert "npm install" in result.stderr


def test_workflow_runs_what_anyone_runs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert {"make book", "make test"} <= set(commands)
    assert {command.removeprefix("make ") for command in commands} <= TARGETS
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", step["uses"])


def test_every_target_is_phony_and_helped():
    phony = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)[1].split())
    assert phony == TARGETS


def test_binder_gets_the_same_environment():
    binder = ROOT / ".binder"
    assert "-r ../requirements.txt" in (binder / "requirements.txt").read_text()
    assert re.fullmatch(r"python-3\.1[1-9]\n", (binder / "runtime.txt").read_text())
    assert (binder / "postBuild").stat().st_mode & 0o111


def test_the_repository_has_one_address():
    """It stands in _config.yml and nowhere else; so the README, too, can be copied with it."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"][
        "url"
    ]
    if not address:
        return
    texts = [path for path in ROOT.glob("*") if path.suffix in {".md", ".toml", ".cff", ".txt"}]
    texts += [*(ROOT / "book").glob("*.md"), *(ROOT / ".github").rglob("*.yml")]
    assert [path.name for path in texts if address in path.read_text(encoding="utf-8")] == []
