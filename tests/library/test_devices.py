"""Restarts on several devices: four made of one processor, in a process of their own."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from qrnnlib.learning.devices import Devices

RUN = """
import json, sys
import jax, numpy as np
from qrnnlib import QuantumLSTM
from qrnnlib.learning.devices import Devices
divided = Devices.divided
rng = np.random.default_rng(0)
X, y = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)
results = []
for rules in json.loads(sys.argv[1]):
    places = set()

    def noted(self, tree):
        placed = divided(self, tree)
        for array in jax.tree.leaves(placed):
            pieces = getattr(array, "addressable_shards", None)
            rows = [piece.data.shape[0] for piece in pieces] if pieces else [len(array)]
            places.add(tuple(sorted(rows)))
        return placed

    Devices.divided = noted

    model = QuantumLSTM.paper(
        system_qubits=1, memory_qubits=1, layers=1, random_state=0, progress=False, **rules
    )
    model.fit(X, y)
    weights = {name: array.tolist() for name, array in model.weights_.items()}
    loss = model.history_.loss.tolist()
    results.append([len(jax.devices()), sorted(places), loss, weights])
print(json.dumps(results))
"""

RULES = [
    {"epochs": 6, "restarts": 4},
    {"epochs": 6, "restarts": 6, "batch_size": None, "schedule": "cosine"},
    {"epochs": 6, "restarts": 5},
    {"epochs": 6, "restarts": 8, "collapse": "sampled", "validation_fraction": 0.2},
    {"epochs": 6, "restarts": 4, "patience": 2, "lbfgs_steps": 3},
]
#: Restarts on each device.
SHARES = [[1, 1, 1, 1], [2, 2, 2], [5], [2, 2, 2, 2], [1, 1, 1, 1]]


def results(devices):
    result = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(RULES)],
        env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_restarts_are_shared_out():
    """Each device gets its restarts, in batches and on the whole set; the numbers are the same.

    Not to the last bit, since a program for fewer restarts adds up in another order. The finish
    makes more of such a difference than Adam does.
    """
    one, four = results(1), results(4)
    for rules, share, alone, shared in zip(RULES, SHARES, one, four, strict=True):
        assert (alone[0], shared[0]) == (1, 4)
        assert alone[1] == [[rules["restarts"]]]
        assert shared[1] == [share]
        tolerance = 1e-8 if "lbfgs_steps" in rules else 1e-12
        np.testing.assert_allclose(alone[2], shared[2], rtol=0, atol=tolerance)
        for name, array in alone[3].items():
            np.testing.assert_allclose(array, shared[3][name], rtol=0, atol=tolerance)


@pytest.mark.parametrize("restarts", [1, 5])
def test_one_device_is_enough(restarts):
    """In this process there is one; nothing is committed to it."""
    state = np.zeros((restarts, 2))
    devices = Devices(restarts, np.ones(3))
    assert devices.divided(state) is state
    assert not devices.problem.committed
