"""A recording of runs that do not just go through their epochs."""

import numpy as np
import pytest

from qrnnbook.recording import record_training
from qrnnlib import QuantumLSTM

SMALL = {"system_qubits": 1, "memory_qubits": 1, "layers": 1, "progress": False, "random_state": 0}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return (
        rng.uniform(-1, 1, (20, 3)),
        rng.uniform(-1, 1, 20),
        rng.uniform(-1, 1, (4, 3)),
        rng.uniform(-1, 1, 4),
    )


@pytest.mark.parametrize(
    "rules",
    [
        {"epochs": 7, "lbfgs_steps": 4},
        {"epochs": 60, "learning_rate": 0.5, "patience": 4, "restarts": 2},
        {"epochs": 6, "batch_size": None},
    ],
    ids=str,
)
def test_every_third_row_and_the_last(data, rules):
    """Wherever the run ends, with the weights that the losses there are of."""
    model = QuantumLSTM.paper(**SMALL, **rules)
    recording = record_training(model, *data, every=3)
    last = len(model.history_.loss) - 1
    assert last != 60
    assert recording.epochs.tolist() == sorted({*range(0, last + 1, 3), last})
    winner = model.history_.best_restart
    for row, weights in zip(recording.epochs, recording.weights, strict=True):
        loss, _ = model.loss_and_gradient(*data[:2], weights)
        assert loss == pytest.approx(model.history_.loss[row, winner], abs=1e-12)


def test_a_checkpoint_is_refused(data, tmp_path):
    model = QuantumLSTM.paper(**SMALL, checkpoint=tmp_path / "run.safetensors")
    with pytest.raises(ValueError, match=r"^model must have no checkpoint"):
        record_training(model, *data)
