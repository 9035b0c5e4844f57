"""The package as a whole: public names, and what importing it costs and leaves alone."""

import ast
import json
import pkgutil
import re
import statistics
import subprocess
import sys
from pathlib import Path

import qrnnlib

PACKAGE = Path(qrnnlib.__file__).parent
ALLOWED_SECONDS = 0.3


def in_fresh_python(code: str) -> str:
    """Run code in a new interpreter and return what it prints last."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip().splitlines()[-1]


def seconds_of_import(name: str) -> float:
    """Processor time of an import: a busy machine stretches the clock on the wall, not this."""
    code = f"import time; start = time.process_time(); import {name}"
    return float(in_fresh_python(f"{code}; print(time.process_time() - start)"))


def test_import_is_cheap():
    """Importing qrnnlib costs at most 0.3 s more than importing QuTiP."""
    pairs = [(seconds_of_import("qutip"), seconds_of_import("qrnnlib")) for _ in range(3)]
    extra = statistics.median(ours - theirs for theirs, ours in pairs)
    assert extra <= ALLOWED_SECONDS


def test_import_loads_nothing_heavy():
    code = "import json, sys, qrnnlib; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(in_fresh_python(code)))
    assert loaded & {"jax", "equinox", "optax", "sklearn", "matplotlib.pyplot"} == set()


def test_all_names_are_reachable():
    names = qrnnlib.__all__
    assert names
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith("_") and name != "__version__"] == []
    assert set(names) <= set(dir(qrnnlib))
    for name in names:
        assert getattr(qrnnlib, name) is not None


def test_all_is_exactly_the_public_names():
    """What ``__init__.pyi`` re-exports for type checkers is what there is at run time."""
    tree = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    exported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    submodules = {module.name for module in pkgutil.iter_modules(qrnnlib.__path__)}
    assert set(qrnnlib.__all__) - {"__version__"} == exported
    reachable = {name for name in dir(qrnnlib) if not name.startswith("_")}
    assert reachable - set(qrnnlib.__all__) <= submodules


def test_public_things_are_documented():
    for name in qrnnlib.__all__:
        thing = getattr(qrnnlib, name)
        if callable(thing):
            assert (thing.__doc__ or "").strip(), name


def test_all_names_change_no_global_setting():
    """Neither JAX's configuration nor Matplotlib's, nor NumPy's way to print and to warn."""
    code = """
import warnings
import jax, matplotlib, numpy
def settings():
    return (dict(jax.config.values), dict(matplotlib.rcParams), numpy.get_printoptions(),
            numpy.geterr(), list(warnings.filters))
import matplotlib.pyplot, qutip, sklearn.base, sklearn.preprocessing, equinox, optax, scipy.stats
before = settings()
import qrnnlib
for name in qrnnlib.__all__:
    getattr(qrnnlib, name)
after = settings()
print([i for i in range(len(before)) if before[i] != after[i]])
"""
    assert in_fresh_python(code) == "[]"


def test_what_an_extra_brings_is_asked_for_by_name():
    """After a plain install: every module and public name works, or names the extra it needs."""
    code = """
import importlib, json, pkgutil, sys
blocked = ["anywidget", "traitlets", "ipywidgets", "IPython", "psygnal", "distributed", "dask",
           "qiskit", "qiskit_aer", "qiskit_qasm3_import", "openqasm3", "weylchamber", "pandas"]
sys.modules.update(dict.fromkeys(blocked))
import qrnnlib
said = {}
def attempt(name, thing):
    try:
        thing()
    except ImportError as error:
        said[name] = str(error)
import qrnnbook
for package in (qrnnlib, qrnnbook):
    name = package.__name__ + "."
    for module in pkgutil.walk_packages(package.__path__, name, onerror=lambda name: None):
        attempt(module.name, lambda: importlib.import_module(module.name))
for name in qrnnlib.__all__:
    attempt(name, lambda: getattr(qrnnlib, name))
import numpy
design = qrnnlib.CellDesign()
cell = qrnnlib.MeasuredCell(design.initial_weights(numpy.random.default_rng(0)), design)
attempt("to_qiskit", lambda: qrnnlib.to_qiskit(cell, [0.1]))
attempt("to_aer_noise_model", lambda: qrnnlib.to_aer_noise_model(qrnnlib.Noise()))
print(json.dumps(said))
"""
    said = json.loads(in_fresh_python(code))
    extra = {
        name: re.findall(r"pip install 'qrnnlib\[(\w+)\]'", text) for name, text in said.items()
    }
    assert {name for name, found in extra.items() if found == ["hardware"]} == {
        "to_qiskit",
        "to_aer_noise_model",
    }
    others = {name: found for name, found in extra.items() if found != ["hardware"]}
    assert set(others) == {"qrnnbook.widgets"}
    assert others["qrnnbook.widgets"] == ["live"]
