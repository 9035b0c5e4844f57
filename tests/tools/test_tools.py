"""The commands around the book: what they say where something is missing, and the workflow."""

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from http.client import HTTPConnection
from pathlib import Path

import build_book
import psutil
import pytest
import resolve
import serve
import yaml

ROOT = Path(__file__).resolve().parents[2]
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


def test_memory_of_a_process_is_seen():
    import rehearse  # loads Playwright

    holds = "held = b'1' * 200_000_000; print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", holds], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        assert 200e6 < rehearse.held_by([psutil.Process(process.pid)]) < 300e6
        process.communicate(b"\n")
    assert rehearse.held_by([]) == 0


def test_without_lighthouse_it_is_said_where_it_comes_from(tmp_path):
    result = run("lighthouse.py", tmp_path)
    assert result.returncode == 1
    assert "npm install" in result.stderr


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """Serve a small book as `make serve` does; return a function from address to its answer."""
    (tmp_path / "index.html").write_text("the book")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.txt").write_text("a file")
    monkeypatch.setattr(serve, "BOOK", tmp_path)
    handler = functools.partial(serve.Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()

        def ask(address):
            connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
            connection.request("GET", address)
            reply = connection.getresponse()
            text = reply.read().decode()
            connection.close()
            return reply.status, text

        yield ask
        server.shutdown()
        thread.join()


def test_the_server_gives_the_files_of_the_book(answer):
    assert answer("/") == (200, "the book")
    assert answer("/folder/file.txt") == (200, "a file")


@pytest.mark.parametrize("address", ["/folder/", "/gone", "/%00", "/index.html%00", "/%ff%fe"])
def test_the_server_has_an_answer_to_every_address(answer, address, capsys):
    status, text = answer(address)
    assert status == 404
    assert "file.txt" not in text
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("port", ["abc", "", "0", "65536", "-1", "8000.5", "١٢٣", "9" * 5000])
def test_a_port_that_is_none_is_refused_in_a_sentence(port):
    result = subprocess.run(
        [sys.executable, ROOT / "tools" / "serve.py", port], capture_output=True, timeout=60
    )
    assert result.returncode == 1
    (line,) = result.stderr.decode().splitlines()
    assert line.startswith("PORT must be a whole number from 1 to 65535, got ")


def test_help_names_every_target():
    """With the tools of macOS as well: their sed knows no tabulator in a replacement.

    Within a make that runs the tests (CI under `make -C`), another make says its folder first.
    """
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES")
    said = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in outer},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.split()[0] for line in said.stdout.splitlines()[1:]} == TARGETS
    assert not re.search(r"\bsed\b", MAKEFILE)


def test_workflow_runs_what_anyone_runs():
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert {"make book", "make test", "make resolve"} <= set(commands)
    made = {match[1] for command in commands if (match := re.search(r"\bmake (\w+)\b", command))}
    assert {"book", "test", "ends", "resolve"} <= made <= TARGETS
    for step in steps:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+(\.\d+)*", step["uses"])


def test_workflow_tests_every_python_that_the_table_calls_tested():
    workflow = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8"))
    promised = resolve.cells((ROOT / "README.md").read_text(encoding="utf-8"))
    tested = [python for (_, python), promise in promised.items() if promise == "tested"]
    for job in ("book", "ends"):
        assert workflow["jobs"][job]["strategy"]["matrix"]["python"] == tested


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


@pytest.mark.parametrize(("pause", "status"), [(0.8, 0), (60.0, None)])
def test_only_a_build_that_falls_silent_is_ended(tmp_path, monkeypatch, pause, status):
    """One that takes longer in all than the limit, but says what it does, is a slow machine's."""
    script = f"import time\nfor k in range(8): print('line', k, flush=True); time.sleep({pause})"
    monkeypatch.setattr(build_book, "BUILD", tmp_path)
    monkeypatch.setattr(build_book, "LOG", tmp_path / "build.log")
    monkeypatch.setattr(build_book, "COMMAND", [sys.executable, "-c", script])
    monkeypatch.setattr(build_book, "LIMIT", 5.0)
    assert build_book.build_once(options=()) == status
