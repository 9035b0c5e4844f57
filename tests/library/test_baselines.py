"""The baselines against plain NumPy and direct linear algebra."""

import re

import jax
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from qrnnlib import ClassicalGRU, ClassicalLSTM, Persistence, window_ridge
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning.classical_cells import GRUWeights, LSTMWeights
from qrnnlib.series.windowing import windows as series_windows

EXACT = 1e-12
QUICK = {"epochs": 2, "random_state": 0, "progress": False}


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(20, 5)), rng.normal(size=20)


@pytest.fixture(scope="module")
def lstm(windows):
    return ClassicalLSTM(**QUICK).fit(*windows)


@pytest.fixture(scope="module")
def gru(windows):
    return ClassicalGRU(**QUICK).fit(*windows)


# LSTM -----------------------------------------------------------------------------------------


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def numpy_lstm(weights, window):
    """Return the forecast of an LSTM: Hochreiter and Schmidhuber, with a forget gate.

    Gates are stacked as input, forget, candidate, output, in Equinox as in PyTorch.
    """
    W, R = weights.cell.weight_ih, weights.cell.weight_hh
    bias = weights.cell.bias + weights.second_bias
    h = c = np.zeros(R.shape[1])
    for x in window:
        a = W[:, 0] * x + R @ h + bias
        into, forget, candidate, out = np.split(a, 4)
        c = sigmoid(forget) * c + sigmoid(into) * np.tanh(candidate)
        h = sigmoid(out) * np.tanh(c)
    return (weights.head.weight @ h + weights.head.bias).item()


def test_lstm_is_an_lstm(windows, lstm):
    X, _ = windows
    wanted = [numpy_lstm(lstm.weights_, window) for window in X]
    np.testing.assert_allclose(lstm.predict(X), wanted, rtol=0, atol=EXACT)
    leaves = jax.tree.leaves(lstm.weights_)
    assert all(leaf.dtype == np.float64 for leaf in leaves)


def test_lstm_keeps_the_weights_of_the_lowest_loss(windows, lstm):
    X, y = windows
    error = np.mean(
        [(numpy_lstm(lstm.weights_, window) - t) ** 2 for window, t in zip(X, y, strict=True)]
    )
    assert error == pytest.approx(lstm.history_.loss.min(), abs=EXACT)
    assert lstm.history_.loss.min() < lstm.history_.loss[0, 0]


@pytest.mark.parametrize("hidden", [1, 4, 7])
def test_lstm_parameters(hidden):
    """4h(1 + h) weights, two biases of 4h, and a head of h + 1: 117 for the paper's h = 4."""
    shapes = jax.eval_shape(lambda: LSTMWeights(1, hidden, jax.random.key(0)))
    count = sum(leaf.size for leaf in jax.tree.leaves(shapes))
    assert count == 4 * hidden * (1 + hidden) + 8 * hidden + hidden + 1
    assert (hidden == 4) == (count == 117)


def test_lstm_counts_what_it_has(lstm):
    assert lstm.n_parameters_ == 117


def test_both_biases_have_the_same_gradient(windows, lstm):
    """Only their sum counts, so that Adam moves it twice as fast."""
    X, y = windows
    with double_precision():
        gradient = jax.jit(jax.grad(lambda w: ((jax.vmap(w)(X) - y) ** 2).mean()))(lstm.weights_)
    np.testing.assert_allclose(gradient.cell.bias, gradient.second_bias, rtol=0, atol=EXACT)
    assert np.abs(gradient.cell.bias).max() > 1e-3


# GRU ------------------------------------------------------------------------------------------


def numpy_gru(weights, window):
    """Return the forecast of a GRU: Cho et al., with the reset gate after the product.

    Gates are stacked as reset, update, candidate, in Equinox as in PyTorch.
    """
    W, R, bias = weights.cell.weight_ih[:, 0], weights.cell.weight_hh, weights.cell.bias
    h = np.zeros(R.shape[1])
    for x in window:
        reset_in, update_in, new_in = np.split(W * x + bias, 3)
        reset_back, update_back, new_back = np.split(R @ h, 3)
        reset, update = sigmoid(reset_in + reset_back), sigmoid(update_in + update_back)
        new = np.tanh(new_in + reset * (new_back + weights.cell.bias_n))
        h = update * h + (1 - update) * new
    return (weights.head.weight @ h + weights.head.bias).item()


def test_gru_is_a_gru_and_keeps_its_best(windows, gru):
    X, y = windows
    wanted = np.array([numpy_gru(gru.weights_, window) for window in X])
    np.testing.assert_allclose(gru.predict(X), wanted, rtol=0, atol=EXACT)
    assert np.mean((wanted - y) ** 2) == pytest.approx(gru.history_.loss.min(), abs=EXACT)
    assert gru.history_.loss.min() < gru.history_.loss[0, 0]
    assert all(leaf.dtype == np.float64 for leaf in jax.tree.leaves(gru.weights_))


def test_no_two_weights_of_the_gru_are_one(gru):
    """Their gradients over many windows are linearly independent: each counts."""
    weights = jax.tree.map(lambda array: 3 * array, gru.weights_)  # away from the linear range
    with double_precision():
        slopes = jax.jit(lambda w, X: jax.vmap(jax.grad(lambda w, x: w(x)), (None, 0))(w, X))(
            weights, np.random.default_rng(0).normal(size=(2000, 5))
        )
        rows = [np.reshape(leaf, (2000, -1)) for leaf in jax.tree.leaves(slopes)]
    # One that is in truth spanned by the others would be so to rounding, 1e-16.
    values = np.linalg.svd(np.column_stack(rows), compute_uv=False)
    assert len(values) == gru.n_parameters_ == 116
    assert values[-1] > 1e-10 * values[0]


def test_parameters_side_by_side():
    """As the table in the documentation has it: 116 of the GRU come next to 117 of the LSTM."""
    lines = ClassicalLSTM.__doc__.splitlines()
    for name, Weights, formula in [
        ("LSTM", LSTMWeights, lambda h: 4 * h**2 + 13 * h + 1),
        ("GRU", GRUWeights, lambda h: 3 * h**2 + 8 * h + 1),
    ]:
        row = next(line for line in lines if re.match(rf" +{name} +\d", line))
        documented = [int(word) for word in row.split()[1:]]
        for hidden, number in zip(range(1, 7), documented, strict=True):
            shapes = jax.eval_shape(lambda h=hidden, W=Weights: W(1, h, jax.random.key(0)))
            count = sum(leaf.size for leaf in jax.tree.leaves(shapes))
            assert count == number == formula(hidden)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("hidden", 0, ValueError),
        ("hidden", 4.0, TypeError),
        ("epochs", 1.5, TypeError),
        ("batch_size", 0, ValueError),
        ("learning_rate", -1, ValueError),
        ("restarts", 0, ValueError),
    ],
)
@pytest.mark.parametrize("Model", [ClassicalLSTM, ClassicalGRU])
def test_errors_name_the_setting(windows, Model, name, value, error):
    with pytest.raises(error, match=rf"^{name} must "):
        Model(**{**QUICK, name: value}).fit(*windows)


# Persistence and ridge ------------------------------------------------------------------------


def test_persistence_repeats_the_last_value(windows):
    X, y = windows
    model = Persistence().fit(X, y)
    np.testing.assert_array_equal(model.predict(X), X[:, -1])
    assert model.n_parameters_ == 0
    with pytest.raises(NotFittedError):
        Persistence().predict(X)
    with pytest.raises(ValueError, match="X has 4 features"):
        model.predict(X[:, 1:])


@pytest.mark.parametrize(("period", "horizon"), [(7, 1), (7, 3), (7, 7), (7, 8), (3, 7), (1, 5)])
def test_a_period_comes_back(period, horizon):
    """The forecast is the value of the latest whole period before the target that is known."""
    values = np.random.default_rng(0).normal(size=40)
    X, y = series_windows(values, 10, horizon)
    targets = np.arange(9 + horizon, 40)
    back = next(k * period for k in range(1, 99) if k * period >= horizon)
    model = Persistence(period=period, horizon=horizon).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), values[targets - back])
    repeating = np.resize(values[:period], 40)
    X, y = series_windows(repeating, 10, horizon)
    np.testing.assert_array_equal(model.predict(X), y)


def test_a_sine_is_where_it_was_a_period_ago():
    """Persistence misses nothing at a horizon of a period, and at half of one twice the value.

    Half a period ahead of x lies -x, so the mean squared error is that of 2x: 2 for a sine.
    """
    wave = np.sin(2 * np.pi * np.arange(240) / 12)
    for horizon, error in ((12, 0.0), (6, 2.0), (18, 2.0), (24, 0.0)):
        X, y = (part[:216] for part in series_windows(wave, 1, horizon))
        miss = Persistence(horizon=horizon).fit(X, y).predict(X) - y
        assert np.mean(miss**2) == pytest.approx(error, abs=1e-12)


def test_a_window_too_short_for_a_period_is_refused():
    X, y = series_windows(np.arange(20.0), 6)
    assert Persistence(period=6).fit(X, y).predict(X)[0] == 0
    with pytest.raises(ValueError, match=r"^X must hold windows of at least 7 .* got 6"):
        Persistence(period=7).fit(X, y)
    with pytest.raises(TypeError, match=r"^period must be an integer"):
        Persistence(period=1.5).fit(X, y)
    with pytest.raises(ValueError, match=r"^horizon must be at least 1"):
        Persistence(horizon=0).fit(X, y)


def ridge_solution(X, y, alpha):
    """Return slopes and offset by the normal equations; the offset is not penalised."""
    A = np.column_stack([X, np.ones(len(X))])
    penalty = alpha * np.diag([1.0] * X.shape[1] + [0.0])
    solution = np.linalg.solve(A.T @ A + penalty, A.T @ y)
    return solution[:-1], solution[-1]


@pytest.mark.parametrize(
    ("noise", "penalty"), [(0.01, 1e-4), (0.5, 0.1), (3.0, 10.0), (100.0, 1e4)]
)
def test_ridge_is_the_closed_form_at_the_best_left_out_error(noise, penalty):
    """The penalty by leaving each window out in turn and solving anew, the long way round."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(25, 4))
    y = X @ [1.0, 0.0, -1.0, 2.0] + 5 + noise * rng.normal(size=25)
    model = window_ridge().fit(X, y)
    errors = []
    alphas = 10.0 ** np.arange(-4, 5)
    for alpha in alphas:
        left_out = []
        for i in range(len(X)):
            rest = np.arange(len(X)) != i
            slopes, offset = ridge_solution(X[rest], y[rest], alpha)
            left_out.append((X[i] @ slopes + offset - y[i]) ** 2)
        errors.append(np.mean(left_out))
    # Both ends of the range, and two that are no even powers of ten.
    assert alphas[np.argmin(errors)] == penalty
    assert model.alpha_ == pytest.approx(penalty)
    slopes, offset = ridge_solution(X, y, model.alpha_)
    np.testing.assert_allclose(model.coef_, slopes, rtol=0, atol=1e-9)
    assert model.intercept_ == pytest.approx(offset, abs=1e-9)
