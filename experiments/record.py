"""Recorded results: one JSON file per experiment, replaced as a whole after every row.

A file holds the experiment's question, the fingerprint of the code behind its rows, the versions of
the packages, and the rows: ``{"task": {...}, "result": {...}, "seconds": 1.2}``. Its number
``run_again`` is 0 if that code computed all rows. Otherwise earlier code computed them, and
``run_again`` is how many were computed again with the same result to the last digit: the recorded
one or, on a machine that rounds differently, that of the earlier code on this machine.
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
PACKAGES = ("numpy", "scipy", "scikit-learn", "jax", "equinox", "qutip")

#: Minimum share of the rows to compute again before a record is kept under changed code.
SHARE = 0.05

Row = dict[str, Any]


class Run(NamedTuple):
    """Numbers of rows that a call of `run` computed, and of rows that it computed again."""

    made: int
    again: int


def path_of(name: str) -> Path:
    """Return the path of an experiment's results."""
    return FOLDER / f"{name}.json"


def read(name: str) -> dict[str, Any]:
    """Return the record of an experiment.

    Raises
    ------
    FileNotFoundError
        If there is none; the message says how to make it.
    """
    path = path_of(name)
    if not path.exists():
        raise FileNotFoundError(f"{path.name} is not recorded; `make results` makes it")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def rows(name: str, **wanted: Any) -> list[Row]:
    """Return the recorded rows with these values, each with task and result merged."""
    together = ({**row["task"], **row["result"]} for row in read(name)["rows"])
    return [row for row in together if all(row.get(key) == v for key, v in wanted.items())]


def run(module: ModuleType, jobs: int, progress: bool = True, address: str | None = None) -> Run:
    """Compute the missing and outdated rows of an experiment.

    If the code or the packages behind the rows have changed, a sample of the rows is computed again
    first. If the whole sample agrees to the last digit, all rows are kept under the new
    fingerprint; otherwise all are computed again. It must agree with the record or, if only the
    code has changed, with the results of the recorded code for the same tasks on this machine.

    Each row is written to the file as soon as it is computed, so that a killed run loses only rows
    in progress. `jobs` processes run in parallel or, with the `address` of a Dask scheduler, all of
    its workers. `progress` (default True) shows a bar.
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

    # A worker with other code or packages is refused before anything is written.
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
    """Return a random sample: at least one row of each kind, and at least `SHARE` of all rows."""
    drawn = sorted(rows, key=lambda row: _key(row["task"]))
    random.Random(seed).shuffle(drawn)
    kinds = defaultdict(list)
    for row in drawn:
        kinds[kind_of(row["task"])].append(row)
    chosen = [members.pop() for members in kinds.values()]
    others = [row for members in kinds.values() for row in members]
    return chosen + others[: max(0, math.ceil(SHARE * len(drawn)) - len(chosen))]


def kind_of(task: dict[str, Any]) -> str:
    """Return a string that identifies a task up to its seed: series, model, settings."""
    return _key({name: value for name, value in task.items() if name != "seed"})


def timed_row(function: Any, task: dict[str, Any]) -> Row:
    """Return one row: its task, the result of `function`, and the seconds that it took."""
    start = time.perf_counter()
    result = json.loads(json.dumps(function(task), allow_nan=False))  # as it will be read back
    return {"task": task, "result": result, "seconds": round(time.perf_counter() - start, 3)}


def _recorded(name: str) -> dict[str, Any]:
    """Return the record of an experiment, or one without rows if there is none."""
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
    """Return what the rows of a function depend on, in the process that calls this."""
    return {"code": fingerprint(function), **_versions()}


def _versions() -> dict[str, str]:
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{package: version(package) for package in PACKAGES},
    }


def _write(name: str, question: str, code: str, again: int, made: list[Row]) -> None:
    """Replace the file atomically, with one row per line: readable, and with small diffs."""
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
