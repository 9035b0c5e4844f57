"""Which Pythons and systems are supported: README.md's table, the refusals, pyproject.toml."""

import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from pathlib import Path

import pytest
import resolve
import supported
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
CELLS = resolve.cells((ROOT / "README.md").read_text(encoding="utf-8"))
#: The systems of the table as Python calls them.
MACHINES = {
    "Linux on x86-64": ("Linux", "x86_64"),
    "Linux on ARM64": ("Linux", "aarch64"),
    "macOS on Apple silicon": ("Darwin", "arm64"),
    "Windows on x86-64": ("Windows", "AMD64"),
}


@pytest.fixture
def machine(monkeypatch):
    """Return a function that makes this process another Python on another system."""

    def become(
        version=(3, 12, 1),
        system="Linux",
        processor="x86_64",
        libc=("glibc", "2.28"),
        implementation="CPython",
        free_threaded=0,
        maxsize=2**63 - 1,
    ):
        monkeypatch.setattr(supported.sys, "version_info", version)
        monkeypatch.setattr(supported.sys, "maxsize", maxsize)
        monkeypatch.setattr(platform, "system", lambda: system)
        monkeypatch.setattr(platform, "machine", lambda: processor)
        monkeypatch.setattr(platform, "libc_ver", lambda: libc)
        monkeypatch.setattr(platform, "python_implementation", lambda: implementation)
        monkeypatch.setattr(sysconfig, "get_config_var", lambda name: free_threaded)
        sentence = supported.refusal()
        monkeypatch.undo()
        return sentence

    return become


@pytest.mark.parametrize(("system", "python"), CELLS)
def test_the_table_is_what_is_refused(machine, system, python):
    name, processor = MACHINES[system]
    sentence = machine((*map(int, python.split(".")), 0), name, processor)
    assert (sentence is not None) == (CELLS[system, python] == "refused")


@pytest.mark.parametrize("python", sorted({python for _, python in CELLS}))
def test_pip_is_told_the_same_pythons(python):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = {promise for (_, name), promise in CELLS.items() if name == python}
    assert (f"{python}.0" in SpecifierSet(project["requires-python"])) == (promised != {"refused"})


def test_the_table_has_every_python_and_both_its_ends():
    pythons = list(dict.fromkeys(python for _, python in CELLS))
    minors = [int(python.removeprefix("3.")) for python in pythons]
    assert minors == list(range(supported.LOWEST[1] - 1, supported.TOO_NEW[1] + 1))
    assert {system for system, _ in CELLS} == set(MACHINES) == set(resolve.PLATFORMS)
    assert set(MACHINES.values()) == set(supported.SYSTEMS)
    assert set(CELLS.values()) == {"tested", "resolved", "refused"}


@pytest.mark.parametrize(
    ("this", "reason", "cure"),
    [
        ({"version": (2, 7, 18)}, "this is Python 2.7.18", "use CPython 3.11"),
        ({"version": (3, 10, 13)}, "this is Python 3.10.13", "use CPython 3.11"),
        ({"version": (3, 15, 0)}, "Python 3.15.0 is too new", "use CPython 3.11"),
        ({"version": (4, 0, 0)}, "Python 4.0.0 is too new", "use CPython 3.11"),
        ({"implementation": "PyPy"}, "PyPy", "use CPython"),
        ({"free_threaded": 1}, "free-threaded", "with the GIL"),
        ({"maxsize": 2**31 - 1}, "32-bit", "use a 64-bit"),
        ({"system": "Darwin", "processor": "x86_64", "libc": ("", "")}, "Intel Macs", "Binder"),
        ({"system": "Windows", "processor": "ARM64", "libc": ("", "")}, "Windows on ARM64", "use"),
        ({"system": "Linux", "processor": "riscv64"}, "Linux on riscv64", "Binder"),
        ({"system": "FreeBSD", "processor": "amd64", "libc": ("", "")}, "FreeBSD", "Binder"),
        ({"libc": ("", "")}, "musl", "glibc 2.28 or newer"),  # until Python 3.13
        ({"libc": ("musl", "1.2.5")}, "musl", "glibc 2.28 or newer"),
        ({"libc": ("glibc", "2.17")}, "glibc 2.17", "glibc 2.28 or newer"),
    ],
)
def test_a_refusal_is_one_sentence_with_the_way_out(machine, this, reason, cure):
    sentence = machine(**this)
    before, _, after = sentence.partition(": ")
    assert reason in before
    assert cure in after
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_newer_c_libraries_are_supported(machine):
    assert machine(libc=("glibc", "2.41")) is None
    assert machine(libc=("glibc", "3.0")) is None


@pytest.mark.parametrize("hook", ["get_requires_for_build_wheel", "get_requires_for_build_sdist"])
def test_pip_says_the_sentence(hook, tmp_path):
    """By the first thing that pip asks of a source tree."""
    code = (
        "import sys; sys.path.insert(0, 'tools'); import supported; "
        "supported.refusal = lambda: 'Not here: go there.'; "
        f"from setuptools.build_meta import __legacy__; __legacy__.{hook}()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "qrnnlib: Not here: go there."
    assert "Traceback" not in result.stderr


def test_the_source_distribution_is_the_library_alone(tmp_path):
    """Nothing in it needs what it does not have: above all, no tests."""
    pytest.importorskip("setuptools", minversion="77", reason="reads this pyproject.toml")
    project = tmp_path / "project"
    build = shutil.ignore_patterns("*.egg-info", "__pycache__")
    for folder in ("src", "tests", "tools"):
        shutil.copytree(ROOT / folder, project / folder, ignore=build)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy(file, project)
    code = "import sys, setuptools.build_meta as build; print(build.__legacy__.build_sdist('.'))"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=120
    )
    assert built.returncode == 0, built.stderr
    (archive,) = project.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.partition("/")[2] for name in tar.getnames() if tar.getmember(name).isfile()}
    assert {name for name in names if "test" in name.lower() or "conftest" in name} == set()
    outside = {name for name in names if not name.startswith("src/")}
    assert outside == {
        *("LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "pyproject.toml"),
        *("setup.cfg", "setup.py", "tools/supported.py"),
    }


@pytest.mark.parametrize("file", ["requirements.txt", "*/requirements.txt"])
def test_everything_is_pinned_once(file):
    """One pin for all Pythons, or one for each by a marker."""
    for path in ROOT.glob(file):
        lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
        wanted = [Requirement(line) for line in lines if line and not line.startswith("-")]
        for one in wanted:
            assert str(one.specifier).startswith("=="), one
        bare = [one.name for one in wanted if one.marker is None]
        assert len(bare) == len(set(bare))
        assert not {one.name for one in wanted if one.marker is not None} & set(bare)
