"""Forecasts and gradients by hand, beside the QuTiP cell, JAX and central differences."""

import logging
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jax
import numpy as np
import pytest
from random_cells import close, random_weights
from threadpoolctl import threadpool_info, threadpool_limits

from qrnnlib import CellDesign, MeasuredCell, QuantumLSTM, noisy_sine, split_in_time
from qrnnlib.cell import exact_channel, transfer_tensor
from qrnnlib.cell.design import stacked
from qrnnlib.cell.engine import Forward
from qrnnlib.cell.exact_channel import ExactChannel
from qrnnlib.learning.loss import loss_and_gradient, predict

DESIGNS = [
    CellDesign(1, 1, 1, collapse="channel"),
    CellDesign(2, 1, 2, collapse="channel", disentangler=None, readout="linear"),
    CellDesign(1, 2, 2, collapse="channel", disentangler="inverse", ansatz="canonical"),
    CellDesign(2, 2, 1, collapse="channel", ansatz="canonical", readout="linear"),
    CellDesign(2, 3, 1, collapse="channel", ansatz="canonical", features=3),
    CellDesign(3, 1, 2, collapse="channel", readout="linear", features=2),
]


def sliding(design, count, steps=4, seed=0):
    """Return the windows of one series."""
    series = np.random.default_rng(seed).normal(size=(count + steps - 1, design.features))
    windows = np.stack([series[k : k + steps] for k in range(count)])
    return windows[:, :, 0] if design.features == 1 else windows


def cells(design, count=2):
    return stacked([random_weights(design, seed) for seed in range(count)])


def one(weights, k):
    return {name: array[k] for name, array in weights.items()}


class WithoutHand(Forward):
    """The same model for JAX alone."""

    def by_hand(self, windows):
        return None


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_forecasts_are_those_of_the_qutip_cell(design):
    X, weights = sliding(design, 3), cells(design)
    forecasts = ExactChannel(design, X).forecasts(weights)
    for k, row in enumerate(forecasts):
        cell = MeasuredCell(one(weights, k), design)
        assert close(row, [cell.run(window)[-1].output for window in X])


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_gradients_are_those_of_jax(design):
    """Of several cells at once, each with weights where nothing is small."""
    X, weights = sliding(design, 7), cells(design)
    y = np.linspace(-1, 1, 7)
    losses, gradients = ExactChannel(design, X).loss_and_gradient(weights, y)
    for k, loss in enumerate(losses):
        value, gradient = loss_and_gradient(WithoutHand(design), one(weights, k), X, y)
        assert loss == pytest.approx(value, abs=1e-13)
        assert set(gradient) == set(gradients) == set(design.weight_shapes)
        for name, slope in gradient.items():
            np.testing.assert_allclose(gradients[name][k], slope, rtol=0, atol=1e-12)


@pytest.mark.parametrize("design", DESIGNS[2:5], ids=str)
def test_gradients_are_those_of_central_differences(design):
    X, weights, h = sliding(design, 5), cells(design, 1), 1e-5
    y = np.linspace(-1, 1, 5)
    hand = ExactChannel(design, X)
    _, gradient = hand.loss_and_gradient(weights, y)
    for name, array in weights.items():
        for place in np.ndindex(array.shape):
            losses = []
            for sign in (1, -1):
                moved = {n: a.copy() for n, a in weights.items()}
                moved[name][place] += sign * h
                losses.append(hand.loss_and_gradient(moved, y)[0][0])
            slope = (losses[0] - losses[1]) / (2 * h)
            assert gradient[name][place] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("design", DESIGNS[3:5], ids=str)
@pytest.mark.parametrize("order", ["shuffled", "with gaps", "twice the same", "of one step"])
def test_what_windows_share_changes_nothing(design, order, monkeypatch):
    """Windows of no series, of several, the same ones: each as if it were alone."""
    X = sliding(design, 12, steps=1 if order == "of one step" else 4)
    rows = {
        "shuffled": np.random.default_rng(1).permutation(12),
        "with gaps": [0, 1, 2, 6, 7, 11],
        "twice the same": [3, 3, 4, 4, 5],
        "of one step": range(12),
    }[order]
    X, weights = X[list(rows)], cells(design, 3)
    y = np.linspace(-1, 1, len(X))
    alone = [ExactChannel(design, window[None]) for window in X]
    forecasts = np.concatenate([each.forecasts(weights) for each in alone], axis=1)
    parts = [each.loss_and_gradient(weights, y[k : k + 1]) for k, each in enumerate(alone)]
    for block, together in [(128, 8), (3, 2), (1, 1)]:
        monkeypatch.setattr(exact_channel, "BLOCK", block)
        monkeypatch.setattr(exact_channel, "CELLS", together)
        hand = ExactChannel(design, X)
        assert close(hand.forecasts(weights), forecasts)
        loss, gradient = hand.loss_and_gradient(weights, y)
        assert close(loss, np.mean([part[0] for part in parts], axis=0))
        for name, slope in gradient.items():
            assert close(slope, np.mean([part[1][name] for part in parts], axis=0))


def test_values_of_a_series_are_computed_once():
    X = sliding(DESIGNS[3], 12)
    (block,) = exact_channel._blocks(X)
    assert len(block.values) == 12 + 4 - 1
    (block,) = exact_channel._blocks(X[::2])
    assert len(block.values) == 6 * 4


def test_where_the_input_map_vanishes_the_gradient_is_that_of_jax():
    """At x = -1/2 amplitudes 2 x + 1 vanish: the first basis state, and no slope there."""
    design = DESIGNS[3]
    weights = cells(design, 1)
    weights["input_weight"][:], weights["input_bias"][:] = 2.0, 1.0
    X, y = np.array([[0.3, -0.5, 0.1], [-0.5, 0.1, -0.5]]), np.array([0.2, -0.4])
    losses, gradients = ExactChannel(design, X).loss_and_gradient(weights, y)
    value, gradient = loss_and_gradient(WithoutHand(design), one(weights, 0), X, y)
    assert losses[0] == pytest.approx(value, abs=1e-13)
    for name, slope in gradient.items():
        assert np.isfinite(gradients[name]).all()
        np.testing.assert_allclose(gradients[name][0], slope, rtol=0, atol=1e-12)


def test_huge_and_diverged_weights_are_no_warning():
    design = DESIGNS[3]
    weights = cells(design, 2)
    weights["input_weight"] *= 1e200
    X, y = sliding(design, 5), np.zeros(5)
    forecasts = ExactChannel(design, X).forecasts(weights)
    assert close(forecasts[0], predict(WithoutHand(design), one(weights, 0), X))
    weights["entangler"][1] = np.nan
    loss, gradient = ExactChannel(design, X).loss_and_gradient(weights, y)
    assert np.isfinite(loss[0])
    assert np.isnan(loss[1])
    assert np.isfinite(gradient["entangler"][0]).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"encoding": "angle"},
        {"collapse": "most_likely"},
        {"memory_qubits": 4},
        {"system_qubits": 3, "memory_qubits": 3},
    ],
    ids=str,
)
def test_other_designs_have_none(changes):
    design = replace(CellDesign(collapse="channel"), **changes)
    assert Forward(design).by_hand(np.zeros((2, 3))) is None


def test_the_strings_kept_are_all_that_matter():
    """A real input has no expectation of a string with an odd number of Y."""
    design = CellDesign(collapse="channel")
    assert transfer_tensor.exists(design)
    tensor = transfer_tensor.TransferTensor(design)(cells(design, 1)).tensor[0]
    assert tensor.shape == (10, 16 + 2, 16)
    # The channel keeps the trace: in the row of the identity, only II goes with II.
    identity = tensor[:, 0]
    expected = np.zeros_like(identity)
    expected[0, 0] = 1.0
    np.testing.assert_allclose(identity, expected, rtol=0, atol=1e-14)


def test_memory_is_about_what_a_gradient_takes():
    """Within a factor of two of what NumPy asks for, for windows that share nothing."""
    design = CellDesign(collapse="channel", ansatz="canonical", readout="linear")
    X = np.random.default_rng(0).normal(size=(300, 12))
    weights = cells(design, 10)
    hand = ExactChannel(design, X)
    tracemalloc.start()
    try:
        hand.loss_and_gradient(weights, X[:, 0])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / 2 < exact_channel.memory(design, 10, X.shape) < 2 * peak


def test_the_process_keeps_its_threads():
    """Those of linear algebra: a setting of the whole process, also with two fits at a time."""
    design = DESIGNS[3]
    X, weights = sliding(design, 5), cells(design)

    def work(_):
        for _ in range(20):
            ExactChannel(design, X).forecasts(weights)

    with threadpool_limits(2, user_api="blas"):
        before = [pool["num_threads"] for pool in threadpool_info()]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(work, range(3)))
        work(0)
        assert [pool["num_threads"] for pool in threadpool_info()] == before


@pytest.fixture(scope="module")
def sine():
    split = split_in_time(noisy_sine(random_state=0))
    return split.X_train, split.y_train


@pytest.mark.parametrize(
    "changes", [{}, {"validation_fraction": 0.2}, {"power_target": 0.3}], ids=str
)
def test_training_by_hand_is_training_by_jax(sine, changes, monkeypatch):
    """Twenty epochs of Adam, which turns a rounding error of 1e-17 into a step of 1e-9."""
    rules = {"epochs": 20, "lbfgs_steps": 3, "random_state": 0, "progress": False, **changes}
    by_hand = QuantumLSTM(**rules).fit(*sine)
    monkeypatch.setattr(Forward, "by_hand", WithoutHand.by_hand)
    compiled = QuantumLSTM(**rules).fit(*sine)
    one, other = by_hand.history_, compiled.history_
    np.testing.assert_allclose(one.loss[:21], other.loss[:21], rtol=1e-7)
    np.testing.assert_allclose(one.loss, other.loss, rtol=1e-4)
    if one.validation_loss is not None:
        np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=1e-4)
    assert close(
        by_hand.predict(sine[0]), predict(WithoutHand(by_hand.design()), by_hand.weights_, sine[0])
    )


def test_the_default_cell_compiles_nothing(sine, caplog):
    with jax.log_compiles(True), caplog.at_level(logging.WARNING):
        model = QuantumLSTM(epochs=2, lbfgs_steps=2, random_state=0, progress=False).fit(*sine)
        model.predict(sine[0])
        model.loss_and_gradient(*sine)
    assert not [r for r in caplog.records if "Compiling" in r.getMessage()]
