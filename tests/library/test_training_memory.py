"""The memory of training: what the compiler says, what is refused, and gradients that need less."""

import jax
import numpy as np
import pytest

from qrnnlib import CellDesign, Persistence, QuantumLSTM
from qrnnlib.cell import engine, steps
from qrnnlib.cell.design import stacked
from qrnnlib.cell.engine import Forward
from qrnnlib.learning import training_memory
from qrnnlib.learning.settings import Settings

GIGABYTE = 10**9
QUICK = {"epochs": 1, "random_state": 0, "progress": False}


@pytest.mark.parametrize(
    "design",
    [
        CellDesign(2, 1, 1, ansatz="canonical"),
        CellDesign(1, 2, 1, ansatz="canonical", collapse="channel", disentangler="inverse"),
        CellDesign(2, 1, 2, encoding="angle", collapse="diagonal", disentangler=None),
        CellDesign(2, 1, 1, collapse="sampled"),
    ],
    ids=str,
)
def test_walking_back_gives_the_same_gradient(design, monkeypatch):
    """One gradient that remembers all states, one that undoes gates to make them anew."""
    rng = np.random.default_rng(0)
    weights, X = design.initial_weights(rng), rng.uniform(-1, 1, (3, 2))
    forward, answers = Forward(design), []

    def loss(w):
        return ((forward(w, X, np.zeros_like(X)) - X[:, 0]) ** 2).mean()

    monkeypatch.setattr(steps, "DENSE_QUBITS", 0)
    for remembered in (8, 2):
        monkeypatch.setattr(steps, "REMEMBERED_QUBITS", remembered)
        with engine.double_precision():
            program = jax.jit(lambda w: jax.value_and_grad(loss)(w)).lower(weights).compile()
            answers.append(jax.tree.map(np.asarray, program(weights)))
    (value, gradient), (again, by_walking) = answers
    assert again == pytest.approx(value, abs=1e-14)
    for name, slope in gradient.items():
        np.testing.assert_allclose(by_walking[name], slope, rtol=0, atol=1e-13)
        assert abs(slope).max() > 1e-3 or name.startswith("readout")


def small(**changes):
    return QuantumLSTM(**QUICK, **{"init": "uniform", "lbfgs_steps": 0, "restarts": 1} | changes)


def test_the_least_is_no_more_than_the_compiler_says():
    design, settings = CellDesign(3, 3, 1, disentangler=None), Settings(0.01, 5, 1)
    least, most = training_memory._bounds(design, settings, (50, 5))
    assert least <= training_memory._of_an_epoch(design, settings, (50, 5)) <= most


def test_the_impossible_is_refused_before_anything_starts(monkeypatch):
    """With the numbers; by the bound alone, since nobody could compile it."""
    monkeypatch.setattr(training_memory, "available_memory", lambda: 8 * GIGABYTE)
    X, started = np.zeros((20, 10)), []
    model = small(system_qubits=12, memory_qubits=12, collapse="most_likely")
    with pytest.raises(MemoryError, match=r"at least 34\.4 GB .* 8 GB are available.*12 \+ 12"):
        model.fit(X, X[:, 0], callback=lambda *_: started.append(1))
    assert not started
    assert not hasattr(model, "weights_")


def test_what_the_compiler_finds_too_large_is_refused(monkeypatch):
    asked = []
    monkeypatch.setattr(training_memory, "_of_an_epoch", lambda *_: asked.append(1) or 3 * GIGABYTE)
    arguments = CellDesign(5, 5, 1), Settings(0.01, 5, 1), (20, 10)
    monkeypatch.setattr(training_memory, "available_memory", lambda: 4 * GIGABYTE)
    training_memory.refuse_impossible(*arguments)
    monkeypatch.setattr(training_memory, "available_memory", lambda: 2 * GIGABYTE)
    with pytest.raises(MemoryError, match=r"needs about 3 GB .* 2 GB are available: lower system"):
        training_memory.refuse_impossible(*arguments)
    before = len(asked)
    # What is small is not asked about, and where nothing is known nothing is refused.
    training_memory.refuse_impossible(CellDesign(), *arguments[1:])
    monkeypatch.setattr(training_memory, "available_memory", lambda: None)
    training_memory.refuse_impossible(*arguments)
    assert len(asked) == before


def test_six_and_six_qubits_are_within_reach():
    """The bound under which training of this size starts at all; the table has the rest."""
    for collapse in ("most_likely", "channel"):
        design = CellDesign(6, 6, 1, collapse=collapse)
        least, _ = training_memory._bounds(design, Settings(0.01, 32, 1), (300, 10))
        assert least < GIGABYTE


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((Persistence(), 10, 5), TypeError, r"^model must be a QuantumRNN"),
        ((small(), 0, 5), ValueError, r"^windows must be at least 1"),
        ((small(), 10, 5, 2.0), TypeError, r"^features must be an integer"),
    ],
)
def test_errors_name_the_argument(arguments, error, message):
    with pytest.raises(error, match=message):
        training_memory.training_memory(*arguments)


def test_starts_of_large_cells_are_chosen_in_parts(monkeypatch):
    """Windows go through a large cell in parts, which changes nothing."""
    from qrnnlib.learning import initialization

    design = CellDesign(1, 1, 2, ansatz="canonical", readout="linear")
    rng = np.random.default_rng(0)
    drawn = stacked([initialization.filter_weights(design, rng) for _ in range(2)])
    X, answers = rng.normal(size=(256, 3)), []
    for remembered in (8, 1):
        monkeypatch.setattr(initialization, "REMEMBERED_QUBITS", remembered)
        compiled = jax.jit(initialization._compiled_expectations.__wrapped__, static_argnums=0)
        with engine.double_precision():
            answers.append(np.asarray(compiled(design, drawn, X, np.zeros_like(X))))
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-12)
