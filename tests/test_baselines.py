"""The baselines against plain NumPy and direct linear algebra."""

import jax
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from qrnnlib import ClassicalLSTM, Persistence, window_ridge
from qrnnlib.baselines import LSTMWeights
from qrnnlib.engine import double_precision

EXACT = 1e-12
QUICK = {"epochs": 2, "random_state": 0, "progress": False}


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(20, 5)), rng.normal(size=20)


@pytest.fixture(scope="module")
def lstm(windows):
    return ClassicalLSTM(**QUICK).fit(*windows)


# LSTM -----------------------------------------------------------------------------------------


def numpy_lstm(weights, window):
    """Return the forecast of an LSTM: Hochreiter and Schmidhuber, with a forget gate.

    Gates are stacked as input, forget, candidate, output, in Equinox as in PyTorch.
    """

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

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
    shapes = jax.eval_shape(lambda: LSTMWeights(hidden, jax.random.key(0)))
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
def test_lstm_errors_name_the_setting(windows, name, value, error):
    with pytest.raises(error, match=rf"^{name} must "):
        ClassicalLSTM(**{**QUICK, name: value}).fit(*windows)


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
