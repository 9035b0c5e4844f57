"""Starting points of training, against the linear filter they are derived from."""

import numpy as np
import pytest

from qrnnlib import CellDesign, QuantumLSTM, QuantumRNN, noisy_sine, windows
from qrnnlib.cell import engine
from qrnnlib.cell.design import COLLAPSES
from qrnnlib.learning import initialization
from qrnnlib.learning.initialization import filter_weights, initial_weights

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
    monkeypatch.setattr(initialization, "JITTER", 0.0)
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
            scale = weights["input_weight"].max()
            gain = weights["readout_weight"][k] * 2 * scale * np.sin(turn)
            wanted += gain * impulse_response(c, p, steps)[::-1]
        np.testing.assert_allclose(ahead / (2 * small), wanted, rtol=0, atol=1e-7)
        assert abs(wanted).max() > 0.1
        # At rest it forecasts zero.
        np.testing.assert_allclose(
            last_outputs(design, weights, np.zeros((1, steps))), 0, rtol=0, atol=1e-12
        )


def sine_windows(seed=0):
    return windows(noisy_sine(60, 0.1, random_state=seed).values, 10)


def test_the_outcome_seldom_changes():
    """Where training begins the memory hardly ever switches; at uniform angles it often does."""
    X, y = windows(noisy_sine(200, 0.1, random_state=0), 10)
    kept = {}
    for init in initialization.INITS:
        rng = np.random.default_rng(0)
        many = initial_weights(DESIGNS[0], init, 20, rng, X, y)
        shares = []
        for restart in range(20):
            weights = {name: array[restart] for name, array in many.items()}
            outcomes = engine.run(DESIGNS[0], weights, X, np.zeros_like(X)).outcomes
            shares.append((outcomes == np.bincount(outcomes.ravel()).argmax()).mean())
        kept[init] = np.mean(shares)
    assert kept["linear_filter"] > 0.95
    assert kept["uniform"] < 0.9


def test_uniform_is_the_designs_own():
    design, (X, y) = CellDesign(), sine_windows()
    mine = initial_weights(design, "uniform", 3, np.random.default_rng(1), X, y)
    rng = np.random.default_rng(1)
    for restart in range(3):
        theirs = design.initial_weights(rng)
        assert all(np.array_equal(mine[name][restart], theirs[name]) for name in theirs)


@pytest.mark.parametrize("collapse", COLLAPSES)
def test_filters_are_the_best_of_those_drawn(collapse, monkeypatch):
    """Readouts by NumPy's least squares for every draw, the best ones kept in order."""
    monkeypatch.setattr(initialization, "DRAWN", 20)
    design, (X, y) = CellDesign(layers=1, collapse=collapse, **FILTER), sine_windows()
    got = initial_weights(design, "linear_filter", 3, np.random.default_rng(5), X, y)
    rng = np.random.default_rng(5)
    drawn = [filter_weights(design, rng) for _ in range(20)]
    draws = rng.random(X.shape)
    errors, readouts = [], []
    for weights in drawn:
        probabilities = engine.run(design, weights, X, draws).probabilities[:, -1]
        A = np.column_stack([probabilities @ design.signs, np.ones(len(y))])
        readout = np.linalg.solve(A.T @ A + 1e-6 * np.eye(3), A.T @ y)
        readouts.append(readout)
        errors.append(np.mean((A @ readout - y) ** 2))
    for restart, best in enumerate(np.argsort(errors)[:3]):
        np.testing.assert_array_equal(got["entangler"][restart], drawn[best]["entangler"])
        np.testing.assert_allclose(got["readout_weight"][restart], readouts[best][:2], rtol=1e-6)
        np.testing.assert_allclose(got["readout_bias"][restart], readouts[best][2], rtol=1e-6)


def test_later_windows_have_no_part_in_the_start():
    """Those that a fit holds back for validation, least of all."""
    X, y = sine_windows()
    other = y.copy()
    other[40:] = 5.0
    settings = {"epochs": 1, "validation_fraction": 0.2, "random_state": 0, "progress": False}
    first, second = [], []
    for target, seen in ((y, first), (other, second)):
        model = QuantumLSTM(**settings, lbfgs_steps=0)
        model.fit(X, target, callback=lambda epoch, weights, seen=seen: seen.append(weights))
    for name, array in first[0].items():
        np.testing.assert_array_equal(array, second[0][name])


def test_more_restarts_than_filters_usually_drawn(monkeypatch):
    monkeypatch.setattr(initialization, "DRAWN", 2)
    design, (X, y) = CellDesign(layers=1, **FILTER), sine_windows()
    weights = initial_weights(design, "linear_filter", 5, np.random.default_rng(0), X, y)
    assert {len(array) for array in weights.values()} == {5}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ansatz": "ring"}, "needs ansatz 'canonical', got 'ring'"),
        ({"encoding": "angle"}, "needs encoding 'amplitude', got 'angle'"),
        ({"readout": "z"}, "needs readout 'linear', got 'z'"),
        ({"layers": 1, "disentangler": None}, "needs two layers"),
    ],
)
def test_a_design_that_is_no_filter_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        filter_weights(CellDesign(**{**FILTER, **changes}), np.random.default_rng(0))


def test_errors_name_the_start():
    with pytest.raises(ValueError, match=r"^init must be one of"):
        initial_weights(CellDesign(), "best", 1, np.random.default_rng(0), *sine_windows())
    with pytest.raises(ValueError, match=r"^init must be one of"):
        QuantumRNN(init="best", epochs=1).fit(np.ones((3, 2)), np.ones(3))
