"""Recorded results: one JSON file for each experiment, written row by row, never half.

A file holds the experiment's question, the fingerprint of the code that made its rows, the
versions of the packages, and the rows: ``{"task": {...}, "result": {...}, "seconds": 1.2}``.
"""

import json
import platform
import time
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from experiments.cluster import workers
from experiments.fingerprint import ROOT, fingerprint
from qrnnlib._durable import replace_file

FOLDER = ROOT / "data" / "results"
PACKAGES = ("numpy", "scipy", "scikit-learn", "jax", "optax", "equinox", "qutip")

Row = dict[str, Any]


def path_of(name: str) -> Path:
    """Return the file of an experiment's results."""
    return FOLDER / f"{name}.json"


def read(name: str) -> dict[str, Any]:
    """Return what is recorded of an experiment.

    Raises
    ------
    FileNotFoundError
        If nothing is; the message says how to make it.
    """
    path = path_of(name)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is not recorded; `make results` makes it")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def rows(name: str, **wanted: Any) -> list[Row]:
    """Return the recorded rows of which the task has these values, task and result in one."""
    together = ({**row["task"], **row["result"]} for row in read(name)["rows"])
    return [row for row in together if all(row.get(key) == v for key, v in wanted.items())]


def run(module: ModuleType, jobs: int, progress: bool = True, address: str | None = None) -> int:
    """Make the rows of an experiment that are missing or out of date; return how many.

    Each row is written to the file as it comes, so that only those in the making are lost if the
    run is killed. `jobs` processes work side by side; with the `address` of a Dask scheduler, all
    of its workers do.
    """
    name = module.__name__.rpartition(".")[2]
    code = fingerprint(module.row.__module__)
    kept = _kept(name, code)
    tasks = module.tasks()
    done = {key: kept[key] for key in map(_key, tasks) if key in kept}
    missing = [task for task in tasks if _key(task) not in done]
    # Who is not let in to the cluster leaves the file as it was.
    with workers(address, _state(module.row), _state, module.row):
        made = Parallel(n_jobs=jobs, return_as="generator_unordered")(
            delayed(timed_row)(module.row, task) for task in missing
        )
        for row in tqdm(made, total=len(missing), unit="row", desc=name, disable=not progress):
            done[_key(row["task"])] = row
            _write(name, module.QUESTION, code, _ordered(done, tasks))
    if not missing:  # rows that are asked for no longer, or in another order
        _write(name, module.QUESTION, code, _ordered(done, tasks))
    return len(missing)


def timed_row(function: Any, task: dict[str, Any]) -> Row:
    """Return one row: its task, what `function` makes of it, and the seconds that took."""
    start = time.perf_counter()
    result = function(task)
    return {"task": task, "result": result, "seconds": round(time.perf_counter() - start, 3)}


def _kept(name: str, code: str) -> dict[str, Row]:
    """Return the rows that are recorded and still good, by task."""
    try:
        record = read(name)
    except FileNotFoundError:
        return {}
    if record["code"] != code or record["versions"] != _versions():
        return {}
    return {_key(row["task"]): row for row in record["rows"]}


def _ordered(done: dict[str, Row], tasks: Iterable[dict[str, Any]]) -> list[Row]:
    return [done[_key(task)] for task in tasks if _key(task) in done]


def _key(task: dict[str, Any]) -> str:
    return json.dumps(task, sort_keys=True)


def _state(function: Any) -> dict[str, Any]:
    """Return what the rows of a function depend on, where this is called."""
    return {"code": fingerprint(function.__module__), **_versions()}


def _versions() -> dict[str, str]:
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
    }


def _write(name: str, question: str, code: str, made: list[Row]) -> None:
    """Replace the file in one step, one row a line: readable, and small to compare."""
    head = {"experiment": name, "question": question, "code": code, "versions": _versions()}
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in made)
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "rows": [\n{lines}\n]}}\n'
    FOLDER.mkdir(parents=True, exist_ok=True)
    replace_file(path_of(name), text.encode())
