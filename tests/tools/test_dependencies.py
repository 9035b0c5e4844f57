"""The library at both ends of its dependencies: the lowest versions that it allows, and the newest.

Each end is an environment of its own, made by uv from the bounds in pyproject.toml, in which the
tests of the library run; those of the book and of the project's tools need the pinned environment.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import supported

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")
#: What needs nothing that only requirements.txt installs.
MORE = {"faults": "fuzz_found hostile_server kill", "book": "figure_words plotting recording"}
CORE = sorted((ROOT / "tests" / "library").glob("test_*.py")) + [
    ROOT / "tests" / folder / f"test_{name}.py"
    for folder, names in MORE.items()
    for name in names.split()
]
#: Old versions of other packages use what newer ones call outdated; that is theirs to mend.
LENIENT = ("-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning")
MINORS = range(supported.LOWEST[1], supported.TOO_NEW[1])


def pythons() -> dict[tuple[int, int], str]:
    """Return the interpreters of this machine that the library supports, by their version."""
    # pyenv keeps those that are not switched on out of sight.
    places = [*map(str, Path.home().glob(".pyenv/versions/*/bin")), os.environ["PATH"]]
    said = subprocess.run(
        [UV, "python", "list", "--only-installed", "--output-format", "json"],
        env={**os.environ, "PATH": os.pathsep.join(places)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = {}
    for one in json.loads(said):
        parts = one["version_parts"]
        version = parts["major"], parts["minor"]
        if one["implementation"] == "cpython" and "+" not in one["key"]:
            found.setdefault(version, one["path"])
    return found


def environment(folder: Path, python: str, resolution: str) -> Path:
    """Make an environment with the library and what its tests need; return its Python."""
    project = folder / "project"
    project.mkdir()
    # A copy, as building the package leaves files beside its sources.
    shutil.copytree(ROOT / "src", project / "src")
    shutil.copytree(ROOT / "tools", project / "tools")
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-text.md"):
        shutil.copy(ROOT / file, project)
    inside = folder / "venv" / "bin" / "python"
    for command in (
        ["venv", "--python", python, folder / "venv"],
        [
            *("pip", "install", "--python", inside, "--resolution", resolution),
            *("--only-binary", ":all:", "--no-binary", "qrnnlib", f"{project}[test,live,cluster]"),
        ],
    ):
        made = subprocess.run([UV, *command], capture_output=True, text=True, timeout=1800)
        assert made.returncode == 0, made.stderr
    return inside


def versions(python: Path) -> str:
    """Return Python and what the library imports, each with its version."""
    names = re.findall(r'^  "([\w-]+)>=', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)
    code = (
        "import json, platform, sys; from importlib.metadata import version; "
        "print('Python', platform.python_version(), *(n + ' ' + version(n) for n in sys.argv[1:]))"
    )
    return subprocess.run(
        [python, "-c", code, *names], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.soak
@pytest.mark.skipif(not UV.exists(), reason="needs tests/requirements.txt")
@pytest.mark.parametrize("minor", MINORS, ids=lambda minor: f"3.{minor}")
@pytest.mark.parametrize(
    ("resolution", "options"),
    [("lowest-direct", LENIENT), ("highest", ())],
    ids=["lowest", "newest"],
)
def test_the_library_works_at_both_ends(resolution, options, minor, tmp_path, count):
    python = pythons().get((3, minor))
    if python is None:
        pytest.skip(f"this machine has no Python 3.{minor}")
    inside = environment(tmp_path, python, resolution)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # The tests of this folder, the library of that environment.
    ran = subprocess.run(
        [inside, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, *CORE],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=4 * 3600,
    )
    said = versions(inside)
    assert ran.returncode == 0, f"{said}\n{ran.stdout[-6000:]}\n{ran.stderr[-2000:]}"
    passed = int(re.search(r"(\d+) passed", ran.stdout)[1])
    assert passed > 1000
    python = " ".join(said.split()[:2])
    count(f"tests passed with the {resolution.split('-')[0]} dependencies, {python}", passed)
