"""Recorded results: one JSON file for each experiment, written row by row, never half.

A file holds the experiment's question, the fingerprint of the code behind its rows, the versions
of the packages, and the rows: ``{"task": {...}, "result": {...}, "seconds": 1.2}``. Its number
``run_again`` is 0 if that code made all rows; otherwise they were made by earlier code, and this is
how many of them were made again with the same result to the last digit: as recorded or, on a
machine that rounds otherwise, as the earlier code makes them there.
"""

import json
import math
import platform
import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from joblib import Parallel, delayed
from tqdm.auto import tqdm

from experiments import earlier
from experiments.cluster import workers
from experiments.definitions import ROOT
from experiments.fingerprint import fingerprint
from qrnnlib._files import replace_file

FOLDER = ROOT / "data" / "results"
PACKAGES = ("numpy", "scipy", "scikit-learn", "jax", "optax", "equinox", "qutip")

#: The least part of the rows that is run again before a record is kept under other code.
SHARE = 0.05

Row = dict[str, Any]


class Run(NamedTuple):
    """What a call of `run` did: how many rows it made, and how many it made again."""

    made: int
    again: int


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


def run(module: ModuleType, jobs: int, progress: bool = True, address: str | None = None) -> Run:
    """Make the rows of an experiment that are missing or out of date.

    If the code or the packages behind the rows have changed, a sample of them is made again first.
    If all of it agrees to the last digit, the rows are kept under the new fingerprint; otherwise
    all are made anew. What it has to agree with is the record or, if the code alone has changed,
    what the recorded code makes of the same tasks on this machine.

    Each row is written to the file as it comes, so that only those in the making are lost if the
    run is killed. `jobs` processes work side by side; with the `address` of a Dask scheduler, all
    of its workers do.
    """
    name = module.__name__.rpartition(".")[2]
    code, tasks = fingerprint(module.row), module.tasks()
    record, versions = _recorded(name), _versions()
    again, made, asked = record["run_again"], 0, set(map(_key, tasks))
    done = {_key(row["task"]): row for row in record["rows"] if _key(row["task"]) in asked}

    def make(wanted: list[dict[str, Any]]) -> Iterator[Row]:
        rows = Parallel(n_jobs=jobs, return_as="generator_unordered")(
            delayed(timed_row)(module.row, task) for task in wanted
        )
        return iter(tqdm(rows, total=len(wanted), unit="row", desc=name, disable=not progress))

    # A worker of another state is refused before anything is written.
    with workers(address, _state(module.row), _state, module.row):
        if (record["code"], record["versions"]) != (code, versions):
            fresh = {_key(row["task"]): row for row in make(_tasks(sample(done.values(), code)))}
            same = all(row["result"] == done[key]["result"] for key, row in fresh.items())
            if not same and record["versions"] == versions:
                then = earlier.results(
                    path_of(name), name, record["code"], _tasks(fresh.values()), jobs
                )
                same = then == [row["result"] for row in fresh.values()]
            if same:
                again = len(fresh)
            else:
                done, again, made = fresh, 0, len(fresh)
        missing = [task for task in tasks if _key(task) not in done]
        if done or not missing:
            _write(name, module.QUESTION, code, again, _ordered(done, tasks))
        for row in make(missing):
            done[_key(row["task"])] = row
            _write(name, module.QUESTION, code, again, _ordered(done, tasks))
    return Run(made + len(missing), again)


def sample(rows: Iterable[Row], seed: str) -> list[Row]:
    """Return rows drawn at random: at least one of each kind, and at least `SHARE` of all."""
    drawn = sorted(rows, key=lambda row: _key(row["task"]))
    random.Random(seed).shuffle(drawn)
    kinds = defaultdict(list)
    for row in drawn:
        kinds[kind_of(row["task"])].append(row)
    chosen = [members.pop() for members in kinds.values()]
    others = [row for members in kinds.values() for row in members]
    return chosen + others[: max(0, math.ceil(SHARE * len(drawn)) - len(chosen))]


def kind_of(task: dict[str, Any]) -> str:
    """Return what distinguishes a task from others, its seed apart: series, model, settings."""
    return _key({name: value for name, value in task.items() if name != "seed"})


def timed_row(function: Any, task: dict[str, Any]) -> Row:
    """Return one row: its task, what `function` makes of it, and the seconds that took."""
    start = time.perf_counter()
    result = json.loads(json.dumps(function(task), allow_nan=False))  # as it is read again
    return {"task": task, "result": result, "seconds": round(time.perf_counter() - start, 3)}


def _recorded(name: str) -> dict[str, Any]:
    """Return what is recorded, or the record of no rows."""
    try:
        return read(name)
    except FileNotFoundError:
        return {"code": None, "versions": {}, "run_again": 0, "rows": []}


def _tasks(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [row["task"] for row in rows]


def _ordered(done: dict[str, Row], tasks: Iterable[dict[str, Any]]) -> list[Row]:
    return [done[_key(task)] for task in tasks if _key(task) in done]


def _key(task: dict[str, Any]) -> str:
    return json.dumps(task, sort_keys=True)


def _state(function: Any) -> dict[str, Any]:
    """Return what the rows of a function depend on, where this is called."""
    return {"code": fingerprint(function), **_versions()}


def _versions() -> dict[str, str]:
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
    }


def _write(name: str, question: str, code: str, again: int, made: list[Row]) -> None:
    """Replace the file in one step, one row a line: readable, and small to compare."""
    head = {
        "experiment": name,
        "question": question,
        "code": code,
        "run_again": again,
        "versions": _versions(),
    }
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in made)
    text = json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "rows": [\n{lines}\n]}}\n'
    FOLDER.mkdir(parents=True, exist_ok=True)
    replace_file(path_of(name), text.encode())
