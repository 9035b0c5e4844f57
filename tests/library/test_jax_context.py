"""The library computes the same under any of a user's JAX settings, and refuses after a fork."""

import multiprocessing
import subprocess
import sys

import jax
import numpy as np
import pytest

from qrnnlib import ClassicalGRU, QuantumLSTM, memory_distance
from qrnnlib.cell.engine import double_precision, run

SETTINGS = {
    "jax_numpy_dtype_promotion": "strict",
    "jax_numpy_rank_promotion": "raise",
    "jax_transfer_guard": "disallow",
    "jax_debug_infs": True,
    "jax_debug_nans": True,
    "jax_disable_jit": True,
    "jax_default_matmul_precision": "bfloat16",
    "jax_check_tracer_leaks": True,
    "jax_default_prng_impl": "rbg",
    "jax_threefry_partitionable": False,
    "jax_debug_key_reuse": True,
    "jax_enable_checks": True,
    "jax_legacy_prng_key": "error",
    "jax_softmax_custom_jvp": True,
}

X = np.random.default_rng(0).uniform(-1, 1, (6, 3))
y = X[:, 0] / 2


def everything():
    """Return numbers from every public way into JAX."""
    small = {"epochs": 2, "lbfgs_steps": 2, "random_state": 0, "progress": False}
    cell = QuantumLSTM(system_qubits=1, memory_qubits=1, power_target=0.1, **small).fit(X, y)
    design = cell.design()
    return [
        cell.history_.loss,
        cell.predict(X),
        cell.loss_and_gradient(X, y)[0],
        cell.record(X[0])[-1].output,
        cell.n_parameters_,
        run(design, cell.weights_, X, X).outputs,
        memory_distance(cell, X[:1], [0, 1]),
        ClassicalGRU(hidden=1, **small).fit(X, y).predict(X),
    ]


@pytest.fixture(scope="module")
def wanted():
    return everything()


@pytest.mark.parametrize("name", SETTINGS)
def test_a_users_settings_change_no_number_and_stay(name, wanted):
    before = getattr(jax.config, name)
    jax.config.update(name, SETTINGS[name])
    try:
        there = getattr(jax.config, name)
        for got, want in zip(everything(), wanted, strict=True):
            assert np.array_equal(got, want)
        assert getattr(jax.config, name) == there != before
    finally:
        jax.config.update(name, before)


def test_a_setting_is_as_before_after_an_error():
    with pytest.raises(ZeroDivisionError), double_precision():
        raise ZeroDivisionError
    assert not jax.config.jax_enable_x64


FORK = """
import multiprocessing, sys, warnings
import numpy as np
from joblib import Parallel, delayed
from qrnnlib import QuantumRNN
warnings.simplefilter("ignore")  # JAX warns of any fork
X = np.random.default_rng(0).uniform(-1, 1, (5, 3))
def fitted(seed):
    small = dict(system_qubits=1, memory_qubits=1, epochs=1, lbfgs_steps=0, progress=False)
    small["collapse"] = "most_likely"  # the default cell is computed without JAX
    return QuantumRNN(**small, random_state=seed, init="uniform").fit(X, X[:, 0])
def forecast(seed):
    return fitted(seed).predict(X)
model = fitted(0) if sys.argv[1] == "after" else None
def ways(number):
    found = []
    for call in (lambda: fitted(number), lambda: model.predict(X), lambda: model.record(X[0])):
        try:
            call()
            found.append("done")
        except RuntimeError as error:
            found.append(str(error))
    return found
if sys.argv[1] == "after":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        print(*pool.map(ways, [0])[0], sep="\\n")
    try:
        Parallel(n_jobs=2, backend="multiprocessing")(delayed(forecast)(k) for k in range(2))
    except RuntimeError as error:
        print(error)
else:
    with multiprocessing.get_context("fork").Pool(1) as pool:
        there = pool.map(forecast, [0])[0]
    print(np.array_equal(there, forecast(0)))
"""


FORK_OF_THE_USERS = """
import os, warnings
import jax, numpy as np
from qrnnlib import ClassicalLSTM
warnings.simplefilter("ignore")
jax.block_until_ready(jax.numpy.ones(3) + 1)
if not (child := os.fork()):
    X = np.zeros((5, 3))
    try:
        ClassicalLSTM(epochs=1, progress=False).fit(X, X[:, 0])
    except RuntimeError as error:
        os._exit(42 if "was forked from one" in str(error) else 1)
    os._exit(2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="has no fork")
def test_a_forked_process_refuses_once_a_user_used_jax():
    done = subprocess.run(
        [sys.executable, "-c", FORK_OF_THE_USERS], capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "42\n", done.stderr


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="has no fork")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_forked_process_refuses_once_jax_was_used(when):
    """It waited for ever: for threads that a fork does not copy."""
    arguments = [sys.executable, "-c", FORK, when]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
    assert not done.returncode, done.stderr
    said = done.stdout.splitlines()
    if when == "before":
        assert said == ["True"]
        return
    refusals = [line for line in said if line.startswith("this process was forked from one that")]
    assert len(refusals) == 3
    assert all("backend='loky'" in line for line in refusals)
    assert said[2] == "done"  # QuTiP needs no JAX
