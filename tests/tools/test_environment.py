"""``tools/environment``: what someone with a bare, old or broken Python gets to see."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import environment
import pytest
import supported

ROOT = Path(__file__).resolve().parents[2]
BASE = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
#: Interpreters of this machine that are too old.
OLD = sorted(Path.home().glob(".pyenv/versions/[23].[0-9].*/bin/python"))

pytestmark = pytest.mark.skipif(
    not BASE.exists() or not (ROOT / "tools" / "environment").exists(),
    reason="needs a POSIX Python and the project's own folder",
)


class Place:
    """An empty project with one requirements file, in which the script is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.stamp = self.venv / ".installed"
        # Nothing to install: the way that succeeds needs no network either.
        self.requirements("# nothing")

    def requirements(self, text: str) -> None:
        (self.folder / "requirements.txt").write_text(text + "\n")

    def python(self, body: str) -> str:
        """Write a stand-in for ``python3``: a shell script."""
        path = self.folder / "python3"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return str(path)

    def python_of_another_machine(self) -> str:
        path = self.folder / "python3"
        path.write_bytes(b"\x7fELF" + bytes(60))
        path.chmod(0o755)
        return str(path)

    def run(self, python: str = str(BASE), **environment: str) -> subprocess.CompletedProcess[str]:
        script = ROOT / "tools" / "environment"
        return subprocess.run(
            ["sh", script, python, ".venv", "requirements.txt", ".venv/.installed"],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def fails(self, python: str = str(BASE), **environment: str) -> str:
        """Run, see it fail with a single line and without a stamp, return that line."""
        result = self.run(python, **environment)
        assert result.returncode == 1
        assert not self.stamp.exists()
        (line,) = result.stderr.splitlines()
        assert line.startswith("qrnn-book: ")
        assert "Traceback" not in result.stdout
        return line


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "mein Büch"
    folder.mkdir()
    return Place(folder)


def test_no_python(place):
    assert "Python 3.11 or newer is needed" in place.fails("no-such-python")


def test_a_python_that_is_refused(place):
    """What supported.py prints, whatever that is, becomes the sentence."""
    old = place.python(f"echo this one is refused; exit {supported.STATUS}")
    assert place.fails(old) == "qrnn-book: this one is refused"
    assert not place.venv.exists()


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.parent.parent.name)
def test_old_python(place, old):
    """Interpreters that cannot even parse today's Python."""
    line = place.fails(str(old))
    assert "Python 3.11 or newer is needed, and this is Python " in line
    assert "PYTHON=/path/to/python" in line
    assert not place.venv.exists()


@pytest.mark.parametrize("body", ["echo oh dear >&2; exit 1", "echo oh dear >&2; exit 127"])
def test_a_python_that_does_not_start(place, body):
    """It is not called too old."""
    line = place.fails(place.python(body))
    assert "does not start" in line
    assert "oh dear" in line
    assert "3.11" not in line
    assert not place.venv.exists()


def test_a_python_that_cannot_be_executed(place):
    line = place.fails(place.python_of_another_machine())
    assert "does not start" in line
    assert not place.venv.exists()


def test_neither_venv_nor_pip(place):
    bare = place.python(
        f'[ "$1" = -m ] && {{ echo "No module named $2"; exit 1; }}\nexec {BASE} "$@"'
    )
    line = place.fails(bare)
    assert "No module named venv" in line
    assert "python3-venv" in line
    assert not place.venv.exists()


def test_pip_without_ensurepip(place):
    """On Debian without python3-venv, the system's own pip fills the environment."""
    debian = place.python(
        '[ "$*" = "-m venv .venv" ] && exit 1\n'
        '[ "$2" = pip ] && { echo "$@" >> pip-calls; exit 0; }\n'
        f'exec {BASE} "$@"'
    )
    assert place.run(debian).returncode == 0
    assert place.stamp.exists()
    calls = (place.folder / "pip-calls").read_text()
    assert "-m pip --python .venv/bin/python install pip -r requirements.txt" in calls


def test_no_registry(place):
    place.requirements("six==1.17.0")
    line = place.fails(
        PIP_INDEX_URL="http://127.0.0.1:9/simple",  # nobody listens there
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_CACHE_DIR="1",
        PIP_RETRIES="0",
    )
    assert "no package registry could be reached" in line
    assert ".venv/install.log" in line
    assert (place.venv / "install.log").read_text()


def test_half_made_environment_is_made_again(place):
    (place.venv / ".unfinished").mkdir(parents=True)
    left_over = place.venv / "left-over"
    left_over.touch()
    assert place.run().returncode == 0
    assert place.stamp.exists()
    assert not left_over.exists()
    assert not (place.venv / ".unfinished").exists()


def test_interruption_leaves_no_stamp(place):
    """A pip that was ended in its midst takes the stamps of earlier installations along."""
    assert place.run().returncode == 0
    other = place.venv / ".installed-benchmarks"
    other.touch()
    pip = place.venv / "bin" / "python"
    pip.unlink()
    pip.write_text(
        f'#!/bin/sh\n[ "$2" = pip ] || exec {BASE} "$@"\n'
        "echo Installing collected packages: six\nexit 1\n"
    )
    pip.chmod(0o755)
    place.fails()
    assert not other.exists()
    assert (place.venv / ".unfinished").exists()


def test_working_environment_is_kept(place):
    assert place.run().returncode == 0
    kept = place.venv / "kept"
    kept.touch()
    assert place.run().returncode == 0
    assert place.stamp.exists()
    assert kept.exists()


def test_a_folder_that_cannot_be_made(place):
    place.venv.write_text("a file in its place")
    assert "File exists" in place.fails()


def test_a_missing_wheel_is_named_as_such(place):
    """Not as a compiler's output, nor as a network that fails."""
    pip = place.folder / "no-wheel.py"
    pip.write_text(
        "print('ERROR: Could not find a version that satisfies the requirement a==1 "
        "(from versions: 2)\\nERROR: No matching distribution found for a==1'); exit(1)"
    )
    fake = place.python(
        '[ "$*" = "-m venv .venv" ] && exit 1\n'
        f'[ "$2" = pip ] && [ "$3" = --python ] && exec {BASE} no-wheel.py\nexec {BASE} "$@"'
    )
    assert "a pinned package is not available for Python 3." in place.fails(fake)


def test_the_c_locale_and_a_home_that_cannot_be_written_to(place):
    home = place.folder / "home"
    home.mkdir(mode=0o500)
    assert place.run(LC_ALL="C", HOME=str(home)).returncode == 0
    assert place.stamp.exists()


@pytest.mark.parametrize(("name", "told"), [("plain", False), ("mein Büch", True)])
def test_pip_can_write_the_name_of_the_folder(tmp_path, name, told):
    """Under the C locale an editable install of setuptools ended in a UnicodeEncodeError."""
    folder = tmp_path / name
    folder.mkdir()
    environ = {**os.environ, "LC_ALL": "C", "PYTHONPATH": str(ROOT / "tools")}
    ask = "import environment, json, sys, pathlib; folder = pathlib.Path(sys.argv[1]); "
    ask += "print(json.dumps(environment.pip_settings(folder)))"
    answer = subprocess.run(
        [sys.executable, "-c", ask, folder], env=environ, capture_output=True, check=True
    )
    settings = json.loads(answer.stdout)
    assert ("LC_ALL" in settings) is told
    write = "import locale, sys; sys.argv[1].encode(locale.getencoding())"
    subprocess.run([sys.executable, "-c", write, folder], env={**environ, **settings}, check=True)


def test_an_editable_install_is_found_under_any_locale(tmp_path):
    """Python 3.11 and 3.12 did not start at all: they read its folder's name as ASCII."""
    folder = tmp_path / "mein Büch"
    subprocess.run([BASE, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (packages,) = (folder / ".venv").glob("lib/*/site-packages")
    (folder / "src").mkdir()
    (folder / "src" / "mine.py").touch()
    pth = packages / "__editable__.mine-1.pth"
    pth.write_text(f"{folder}/src\n", encoding="utf-8")
    environment.make_legible(folder / ".venv")
    inside = folder / ".venv" / "bin" / "python"
    subprocess.run([inside, "-c", "import mine"], env={"LC_ALL": "C"}, check=True)


def test_an_interruption_ends_pip_and_says_nothing(place):
    """Ctrl-C at the terminal, which every process of the group gets."""
    fake = place.python(
        '[ "$*" = "-m venv .venv" ] && exit 1\n'
        '[ "$2" = pip ] && [ "$3" = --python ] && { echo > pip-started; exec sleep 60; }\n'
        f'exec {BASE} "$@"'
    )
    script = ROOT / "tools" / "environment"
    # What runs in the background ignores Ctrl-C, and so would all that it starts.
    listening = "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    listening += "os.execvp(sys.argv[1], sys.argv[1:])"
    command = ["sh", script, fake, ".venv", "requirements.txt", ".venv/.installed"]
    with subprocess.Popen(
        [sys.executable, "-c", listening, *command],
        cwd=place.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            while not (place.folder / "pip-started").exists():
                assert process.poll() is None
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said == b""
    assert not place.stamp.exists()
    assert (place.venv / ".unfinished").exists()
