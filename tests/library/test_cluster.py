"""The same numbers from one process, from several, and from the workers of a Dask cluster."""

import os
import subprocess
import sys

import numpy as np
import pytest
from distributed import Client, LocalCluster
from experiments import cluster, record
from experiments.fingerprint import fingerprint
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV

from qrnnlib import QuantumRNN, noisy_sine, split_in_time


class Fits:
    """A tiny experiment: the error of the smallest cell there is, from several seeds."""

    __name__ = "experiments.fits"
    QUESTION = "How far do the smallest cells miss?"

    def __init__(self, seeds):
        self.seeds = seeds

    def tasks(self):
        return [{"seed": seed} for seed in self.seeds]

    @property
    def row(self):
        return fit


def small(**settings):
    return QuantumRNN(
        system_qubits=1, memory_qubits=1, init="uniform", epochs=3, restarts=1, lbfgs_steps=0,
        progress=False, **settings,
    )  # fmt: skip


def fit(task):
    split = split_in_time(noisy_sine(30, random_state=task["seed"]), steps=4)
    model = small(random_state=task["seed"]).fit(split.X_train, split.y_train)
    return {"loss": model.history_.loss.ravel().tolist(), "process": os.getpid()}


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two processes on this machine."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
    ) as workers:
        yield workers.scheduler_address


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    # The row stands in this file, which is no module behind any recorded number.
    monkeypatch.setattr(record, "_state", state)
    monkeypatch.setattr(record, "fingerprint", lambda module: "as it is")
    return tmp_path


def state(function):
    return function.__name__


def of_rows(key):
    return [row[key] for row in record.rows("fits")]


def test_a_cluster_makes_the_rows_of_one_process(folder, scheduler):
    assert record.run(Fits(range(4)), jobs=1, progress=False).made == 4
    here = of_rows("loss")
    assert set(of_rows("process")) == {os.getpid()}
    record.path_of("fits").unlink()
    assert record.run(Fits(range(4)), jobs=1, progress=False, address=scheduler).made == 4
    assert of_rows("loss") == here
    assert os.getpid() not in of_rows("process")
    assert len({tuple(loss) for loss in here}) == 4


def test_workers_of_another_state_are_refused(scheduler):
    with (
        pytest.raises(RuntimeError, match=r"worker tcp.* must have the code .*, other, got float"),
        cluster.workers(scheduler, "other", state, float),
    ):
        pass


def test_a_worker_outside_the_project_is_refused(scheduler):
    with (
        pytest.raises(RuntimeError, match="must run in a checkout of this project, got KeyError"),
        cluster.workers(scheduler, "float", {}.__getitem__, float),
    ):
        pass


def test_the_state_is_code_and_packages():
    assert record._state(fingerprint) == {
        "code": fingerprint(fingerprint),
        **record._versions(),
    }


def test_nobody_there():
    before = record.path_of("retention").read_bytes()
    asked = subprocess.run(
        [sys.executable, "-m", "experiments", "--address", "127.0.0.1:1", "retention"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert asked.returncode == 2
    assert "--address 127.0.0.1:1: " in asked.stderr
    assert "Traceback" not in asked.stderr
    assert record.path_of("retention").read_bytes() == before


@pytest.mark.parametrize("backend", ["loky", "dask"])
def test_a_grid_search_finds_the_same(backend, scheduler):
    split = split_in_time(noisy_sine(30, random_state=0), steps=4)
    search = GridSearchCV(
        small(random_state=0), {"learning_rate": [0.01, 0.1], "layers": [1, 2]}, cv=2
    )
    alone = search.fit(split.X_train, split.y_train).cv_results_
    with Client(scheduler), parallel_config(backend=backend, n_jobs=2):
        together = search.fit(split.X_train, split.y_train).cv_results_
    for key, column in alone.items():
        if "time" not in key:
            np.testing.assert_array_equal(column, together[key])
