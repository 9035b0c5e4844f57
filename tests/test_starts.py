"""Starting points of training, against the linear filter they are derived from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import seeds

from qrnnlib import CellDesign, QuantumRNN, engine, starts, windows
from qrnnlib.design import COLLAPSES
from qrnnlib.starts import filter_weights, initial_weights

FILTER = {"ansatz": "canonical", "readout": "linear"}

DESIGNS = [
    CellDesign(2, 2, 2, disentangler=None, **FILTER),
    CellDesign(2, 2, 1, disentangler="own", **FILTER),
    CellDesign(2, 2, 2, disentangler="inverse", **FILTER),
    CellDesign(2, 2, 1, collapse="channel", **FILTER),
    CellDesign(1, 1, 3, disentangler=None, **FILTER),
    CellDesign(3, 1, 2, disentangler=None, **FILTER),
    CellDesign(1, 3, 1, **FILTER),
    CellDesign(2, 3, 2, collapse="channel", disentangler=None, **FILTER),
]


def last_outputs(design, weights, X):
    return engine.run(design, weights, X, np.zeros_like(X)).outputs[:, -1]


def impulse_response(c, p, steps):
    """Return what one pair makes of a single small input now, one step ago, and so on."""
    age = np.arange(1, steps)
    past = -(np.sin(c) ** 2) * np.cos(c) ** (age - 1) * np.cos((age + 1) * p)
    return np.concatenate([[np.cos(c) * np.cos(p)], past])


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_without_jitter_it_is_the_linear_filter(design, monkeypatch):
    """The slope at zero, by central differences, against the closed form of README.md."""
    monkeypatch.setattr(starts, "JITTER", 0.0)
    steps, small = 8, 1e-4
    for seed in range(5):
        weights = filter_weights(design, np.random.default_rng(seed))
        X = small * np.eye(steps)
        ahead = last_outputs(design, weights, X) - last_outputs(design, weights, -X)
        turn = np.pi / 2 if design.collapse == "channel" else np.pi / 4
        wanted = np.zeros(steps)
        for k in range(min(design.system_qubits, design.memory_qubits)):
            first = design.qubits + 3 * k
            c, again, p = weights["entangler"][0, first : first + 3]
            assert c == again
            gain = weights["readout_weight"][k] * 0.6 * np.sin(turn)
            wanted += gain * impulse_response(c, p, steps)[::-1]
        np.testing.assert_allclose(ahead / (2 * small), wanted, rtol=0, atol=1e-7)
        assert abs(wanted).max() > 0.1
        # At rest it forecasts zero.
        np.testing.assert_allclose(
            last_outputs(design, weights, np.zeros((1, steps))), 0, rtol=0, atol=1e-12
        )


def test_the_first_outcome_stays_the_likely_one():
    """On windows of a sine the memory hardly ever switches; from uniform angles it often does."""
    X, _ = windows(1.1 * np.sin(0.1 * np.arange(100)), 10)
    kept = {"filter": [], "uniform": []}
    for start, shares in kept.items():
        for seed in range(40):
            weights = initial_weights(DESIGNS[0], start, np.random.default_rng(seed))
            outcomes = engine.run(DESIGNS[0], weights, X, np.zeros_like(X)).outcomes
            shares.append((outcomes == np.bincount(outcomes.ravel()).argmax()).mean())
    assert np.mean(kept["filter"]) > 0.99
    assert np.mean(kept["uniform"]) < 0.9


def test_uniform_is_the_designs_own():
    design = CellDesign()
    mine = initial_weights(design, "uniform", np.random.default_rng(1))
    theirs = design.initial_weights(np.random.default_rng(1))
    assert all(np.array_equal(mine[name], theirs[name]) for name in theirs)


@given(seed=seeds, collapse=st.sampled_from(COLLAPSES))
@settings(deadline=None, max_examples=20)
def test_weights_fit_the_design(seed, collapse):
    design = CellDesign(collapse=collapse, **FILTER)
    design.check_weights(initial_weights(design, "filter", np.random.default_rng(seed)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ansatz": "ring"}, "needs ansatz 'canonical', got 'ring'"),
        ({"encoding": "angle"}, "needs encoding 'amplitude', got 'angle'"),
        ({"readout": "z"}, "needs readout 'linear', got 'z'"),
        ({"layers": 1, "disentangler": None}, "needs a second layer"),
    ],
)
def test_a_design_that_is_no_filter_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        filter_weights(CellDesign(**{**FILTER, **changes}), np.random.default_rng(0))


def test_errors_name_the_start():
    with pytest.raises(ValueError, match=r"^start must be one of"):
        initial_weights(CellDesign(), "best", np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^start must be one of"):
        QuantumRNN(start="best", epochs=1).fit(np.ones((3, 2)), np.ones(3))
