"""The rooms of the library: which may import from which, and what was called otherwise before."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import qrnnlib
from qrnnlib._moved import MOVED

SVG = "{http://www.w3.org/2000/svg}"
SRC = Path(__file__).resolve().parents[2] / "src"
#: Room -> the rooms that it may import from. Each is named after those that it knows nothing of.
ARROWS = {
    "_checks": set(),
    "_files": set(),
    "physics": {"_checks"},
    "cell": {"_checks", "physics"},
    "series": {"_checks", "_files"},
    "learning": {"_checks", "_files", "physics", "cell", "series"},
    "hardware": {"_checks", "physics", "cell"},
    "book": {"_checks", "physics", "cell", "series", "learning"},
}
#: Parts of the package itself, which knows where its names stand.
WHOLE = {"__init__", "_moved"}


def room_of(module: str) -> str | None:
    """Return the room of a dotted name: 'physics' of qrnnlib.physics.power."""
    package, *rest = module.split(".")
    if package == "qrnnbook":
        return "book"
    return rest[0] if package == "qrnnlib" and rest else None


def imported(file: Path) -> set[str]:
    """Return the dotted names that a module imports of this repository, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qrnn"):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("qrnn")}
    return names


def arrows() -> dict[str, set[str]]:
    """Return which rooms import from which, as the code has it."""
    public = {
        alias.name: f"qrnnlib.{node.module}"
        for node in ast.parse((SRC / "qrnnlib/__init__.pyi").read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found: dict[str, set[str]] = {room: set() for room in ARROWS}
    for file in sorted(SRC.rglob("*.py")):
        here = room_of(".".join(file.relative_to(SRC).with_suffix("").parts))
        if here in WHOLE or here is None:
            continue
        for name in imported(file):
            there = room_of(public.get(name.removeprefix("qrnnlib."), name))
            if there and there != here and there not in WHOLE:
                found[here].add(there)
    return found


def test_rooms_import_from_those_below_them():
    assert arrows() == ARROWS


@pytest.mark.parametrize("jax_free", ["physics", "series", "cell.design", "cell.reference"])
def test_only_the_engine_and_learning_load_jax(jax_free):
    folder = SRC.joinpath("qrnnlib", *jax_free.split("."))
    files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    names = [".".join(file.relative_to(SRC).with_suffix("").parts) for file in files]
    code = f"import sys, {', '.join(names)}; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_modules_that_have_moved_are_found_with_a_warning():
    """In a fresh Python, by ``import a.b`` and by ``from a import b``."""
    code = """
import importlib, json, sys, warnings
from qrnnlib._moved import MOVED
wrong = []
for old, new in MOVED.items():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = {}
        exec(f"from qrnnlib import {old[8:]} as first\\nimport {old}", found)
    second = importlib.import_module(new)
    said = [str(one.message) for one in caught if one.category is FutureWarning]
    if found["first"] is not second or second.__spec__.name != new:
        wrong.append(old)
    if said != [f"{old} is now {new}"] or importlib.import_module(old) is not second:
        wrong.append(said)
print(json.dumps(wrong))
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize(
    ("room", "name"),
    [("cell", "MeasuredCell"), ("series", "windows"), ("hardware", "outputs_from_counts")],
)
def test_a_room_with_the_name_of_an_old_module_has_its_names(room, name):
    module = importlib.import_module(f"qrnnlib.{room}")
    with pytest.warns(FutureWarning, match=f"^qrnnlib.{room}.{name} is now qrnnlib.{name}$"):
        assert getattr(module, name) is getattr(qrnnlib, name)
    assert not hasattr(module, "nothing")


@pytest.mark.parametrize("name", ["SchmidtForm", "schmidt"])
def test_the_schmidt_form_is_still_found_beside_entanglement(name):
    module = importlib.import_module("qrnnlib.physics.entanglement")
    with pytest.warns(FutureWarning, match=f"{name} is now qrnnlib.{name}$"):
        assert getattr(module, name) is getattr(qrnnlib, name)


def test_no_file_has_the_name_of_a_module_that_has_moved():
    for old, new in MOVED.items():
        assert importlib.util.find_spec(new) is not None
        assert not SRC.joinpath(*old.split(".")).with_suffix(".py").exists()
        assert not SRC.joinpath(*old.split(".")).exists()


def library_arrows() -> set[tuple[str, str]]:
    return {(one, other) for one in ARROWS if one != "book" for other in ARROWS[one]}


def test_the_picture_has_the_arrows_of_the_code():
    picture = ElementTree.parse(SRC.parent / "book" / "assets" / "architecture.svg")
    drawn = [(path.get("data-from"), path.get("data-to")) for path in picture.iter(SVG + "path")]
    assert sorted(arrow for arrow in drawn if arrow[0]) == sorted(library_arrows())
    texts = {text.text for text in picture.iter(SVG + "text")}
    assert set(ARROWS) - {"book"} <= texts


def test_each_arrow_has_a_sentence():
    page = (SRC.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    told = re.findall(r"^- `(\w+)` → `(\w+)`: \w.*\.$", page, re.MULTILINE)
    assert sorted(told) == sorted(library_arrows())
    for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", page):
        assert SRC.joinpath("qrnnlib", *name.split(".")).with_suffix(".py").exists(), name
