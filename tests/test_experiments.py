"""The recorded results: that they are the code's, can be made again, and are never half written."""

import json
import os
from pathlib import Path

import experiments
import numpy as np
import pytest
from experiments import fingerprint, forecasts, record, scoreboard

from qrnnlib import noisy_sine

#: How far a re-made number may be off: another processor rounds otherwise, and training carries
#: that on.
TOLERANCE = 1e-3

#: Of each experiment its quickest rows are made again, no two of one kind, for as long as they took
#: so many seconds together when they were recorded; at least one.
SAMPLE = 12.0


def kind_of(task):
    """Return what distinguishes a task, apart from its seed."""
    return json.dumps({k: v for k, v in task.items() if "seed" not in k}, sort_keys=True)


def sample(name):
    """Return quick rows of a record, of different kinds, without weather where there is none."""
    rows = sorted(record.read(name)["rows"], key=lambda row: row["seconds"])
    if not os.environ.get("QRNNLIB_WEATHER_DIR"):
        rows = [row for row in rows if "weather" not in json.dumps(row["task"])]
    chosen = {}
    for row in rows:
        chosen.setdefault(kind_of(row["task"]), row)
    slow_enough = [row for row in chosen.values() if row["seconds"] > 0.05] or list(chosen.values())
    total = np.cumsum([row["seconds"] for row in slow_enough])
    return slow_enough[: max(1, int((total <= SAMPLE).sum()))]


def numbers(value):
    """Return all numbers of a result, however they are nested, in order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in numbers(value[key])]
    if isinstance(value, list | tuple | np.ndarray):
        return [number for item in value for number in numbers(item)]
    return [np.nan if value is None else float(value)]


# The records ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", experiments.NAMES)
def test_records_are_of_the_code_as_it_is(name):
    """If this fails the code behind a recorded number has changed: run ``make results``."""
    module = experiments.experiment(name)
    made = record.read(name)
    assert made["question"] == module.QUESTION
    assert made["code"] == fingerprint.fingerprint(module.row.__module__), "run `make results`"
    assert [row["task"] for row in made["rows"]] == module.tasks(), "run `make results`"


@pytest.mark.parametrize("name", experiments.NAMES)
def test_a_sample_of_rows_comes_out_again(name):
    row_of = experiments.experiment(name).row
    for row in sample(name):
        again = row_of(row["task"])
        assert again.keys() == row["result"].keys()
        for key, value in row["result"].items():
            np.testing.assert_allclose(
                numbers(again[key]),
                numbers(value),
                rtol=TOLERANCE,
                atol=TOLERANCE * 0.01,
                err_msg=f"{key} of {row['task']}",
            )


# The fingerprint ------------------------------------------------------------------------------


@pytest.fixture
def small_package(tmp_path, monkeypatch):
    folder = tmp_path / "qrnnlib"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__init__.pyi").write_text("from .depth import deep as deep\n")
    (folder / "depth.py").write_text('"""Deep."""\ndef deep():\n    return 1\n')
    (folder / "aside.py").write_text("def unused():\n    return 1\n")
    (folder / "top.py").write_text("from qrnnlib import deep\ndef top():\n    return deep()\n")
    monkeypatch.setitem(fingerprint.PACKAGES, "qrnnlib", folder)
    fingerprint._imports.cache_clear()
    yield folder
    fingerprint._imports.cache_clear()


def test_it_follows_imports_through_the_stub(small_package):
    assert fingerprint.modules_behind("qrnnlib.top") == {"qrnnlib.top", "qrnnlib.depth"}


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        (
            "depth.py",
            '"""Deeper."""\n\n\ndef deep():  # now\n    """Say it."""\n    return 1\n',
            False,
        ),
        ("aside.py", "def unused():\n    return 2\n", False),
        ("depth.py", '"""Deep."""\ndef deep():\n    return 2\n', True),
        ("top.py", "from qrnnlib import deep\ndef top():\n    return -deep()\n", True),
    ],
)
def test_it_changes_with_the_code_and_with_nothing_else(small_package, file, text, changes):
    before = fingerprint.fingerprint("qrnnlib.top")
    (small_package / file).write_text(text)
    assert (fingerprint.fingerprint("qrnnlib.top") != before) is changes


# Making records -------------------------------------------------------------------------------


class Squares:
    """An experiment that counts its rows."""

    __name__ = "experiments.squares"
    QUESTION = "How large is a square?"

    def __init__(self, sides, folder):
        self.sides, self.folder = sides, folder

    def tasks(self):
        return [{"side": side} for side in self.sides]

    @property
    def row(self):
        return square


def square(task):
    if task["side"] < 0:
        raise ValueError("no such side")
    return {"area": task["side"] ** 2}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    monkeypatch.setattr(record, "fingerprint", lambda module: "as it was")
    return tmp_path


def test_only_what_is_missing_is_made(folder, monkeypatch):
    assert record.run(Squares([3, 1], folder), jobs=1, progress=False) == 2
    assert record.run(Squares([1, 2, 3], folder), jobs=1, progress=False) == 1
    assert [row["area"] for row in record.rows("squares")] == [1, 4, 9]
    assert record.rows("squares", side=2) == [{"side": 2, "area": 4}]
    monkeypatch.setattr(record, "fingerprint", lambda module: "otherwise")
    assert record.run(Squares([1, 2, 3], folder), jobs=1, progress=False) == 3
    assert [path.name for path in folder.iterdir()] == ["squares.json"]


def test_what_was_made_before_a_failure_is_kept(folder):
    with pytest.raises(ValueError, match="no such side"):
        record.run(Squares([1, 2, -1], folder), jobs=1, progress=False)
    assert [row["area"] for row in record.rows("squares")] == [1, 4]
    assert [path.name for path in folder.iterdir()] == ["squares.json"]


def test_a_record_that_is_not_there(folder):
    with pytest.raises(FileNotFoundError, match=r"squares\.json is not recorded; `make results`"):
        record.read("squares")


def test_results_say_nothing_of_the_machine():
    for path in Path(record.path_of("x").parent).glob("*.json"):
        assert "/" not in path.read_text(encoding="utf-8")


# The scoreboard's pipeline --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sine of 300", "sine of 100"])
def test_no_later_value_reaches_training(name):
    """The training part, its scale included, is the same whatever comes after it."""
    given = scoreboard.SERIES[name]
    series = noisy_sine(given["points"], given["noise"], random_state=1)
    split = forecasts.parts_of(series, given, "without a leak")
    border = int(np.searchsorted(series.index, split.index_train[-1])) + 1
    values = series.values.copy()
    values[border:] = 100 * np.random.default_rng(0).normal(size=len(values) - border)
    other = forecasts.parts_of(
        type(series)(values, series.index, name="changed", clean=series.clean),
        given,
        "without a leak",
    )
    assert np.array_equal(split.X_train, other.X_train)
    assert np.array_equal(split.y_train, other.y_train)
    assert split.index_train[-1] < split.index_test[0]
    assert not np.array_equal(split.y_test, other.y_test)


def test_own_range_leaks_and_says_so():
    """The other protocol: every part has -1 and 1, the test part too."""
    given = scoreboard.SERIES["sine of 300"]
    series = noisy_sine(300, 0.1, random_state=1)
    split = forecasts.parts_of(series, given, "own range")
    inside = np.concatenate([split.X_test.ravel(), split.y_test])
    assert inside.min() == pytest.approx(-1)
    assert inside.max() == pytest.approx(1)
    assert [len(split.y_train), len(split.y_validation), len(split.y_test)] == [200, 20, 50]


def test_chosen_on_other_draws_than_judged():
    """The draws that settings were chosen on (seeds below 600) are not among those reported."""
    assert min(scoreboard.SEEDS) >= 600
    seeds = {task["seed"] for task in scoreboard.tasks()}
    assert seeds == set(scoreboard.SEEDS)
    assert len(seeds) >= 10


def test_four_years_end_with_2023():
    assert int(scoreboard.FOUR_YEARS * 1827 + 1e-9) == 1461 == 366 + 365 * 3
