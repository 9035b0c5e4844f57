"""What a quantum cell has to beat: persistence, ridge on the window, and the classical LSTM.

All are scikit-learn regressors on the same windows as `qrnnlib.estimators`. Ridge is
scikit-learn's own: `window_ridge` only says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from qrnnlib import _checks, training
from qrnnlib.engine import double_precision


class Persistence(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecast that the next value equals the last one of the window.

    Attributes
    ----------
    n_parameters_ : int
        0: nothing is learned.

    Examples
    --------
    >>> Persistence().fit([[1, 2], [2, 3]], [3, 4]).predict([[5, 6]])
    array([6.])
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Check the arrays; there is nothing to learn.

        Raises
        ------
        ValueError
            If `X` (windows, steps) and `y` (windows,) do not fit.
        """
        validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        self.n_parameters_ = 0
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the last value of each window: (windows, steps) -> (windows,)."""
        check_is_fitted(self, "n_parameters_")
        windows: NDArray[np.float64] = validate_data(self, X, dtype=np.float64, reset=False)
        return windows[:, -1]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # it learns nothing
        return tags


def window_ridge() -> RidgeCV:
    """Return a ridge regression on all values of the window.

    Its penalty is chosen by leave-one-out error on the training windows alone, from nine powers
    of ten.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> window_ridge().fit(X, X @ [0, 1, 2]).score(X, X @ [0, 1, 2]) > 0.999
    True
    """
    return RidgeCV(alphas=np.logspace(-4, 4, 9))


class LSTMWeights(eqx.Module):
    """An LSTM cell with a linear head, as PyTorch stores one: with two biases that add up.

    The second bias makes no function possible that the first does not, but Adam moves their sum
    twice as fast. It is here because the paper's 117 parameters count it.
    """

    cell: eqx.nn.LSTMCell
    second_bias: Array
    head: eqx.nn.Linear

    def __init__(self, hidden: int, key: Array) -> None:
        cell_key, bias_key, head_key = jax.random.split(key, 3)
        self.cell = eqx.nn.LSTMCell(1, hidden, key=cell_key)
        bound = hidden**-0.5
        self.second_bias = jax.random.uniform(bias_key, (4 * hidden,), float, -bound, bound)
        self.head = eqx.nn.Linear(hidden, "scalar", key=head_key)

    def __call__(self, window: Array) -> Array:
        """Return the head's output after the last step: (steps,) -> ()."""
        cell: eqx.nn.LSTMCell = eqx.tree_at(
            lambda c: c.bias, self.cell, replace_fn=lambda bias: bias + self.second_bias
        )
        empty = jnp.zeros(cell.hidden_size)

        def step(state: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], None]:
            return cell(x[None], state), None

        (hidden, _), _ = lax.scan(step, (empty, empty), window)
        return jnp.asarray(self.head(hidden))


def _forward(weights: LSTMWeights, windows: Array, draws: Array) -> Array:
    """Return predictions; an LSTM makes no draws."""
    return jax.vmap(weights)(windows)


@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalLSTM(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The paper's "standard method": an LSTM with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int
        Hidden units. 4 gives the paper's 117 parameters.
    learning_rate, batch_size, epochs, restarts, random_state, progress
        See `qrnnlib.QuantumRNN`.

    Attributes
    ----------
    weights_ : equinox.Module
        The trained cell and head.
    history_ : qrnnlib.History
    n_parameters_ : int
        Counted as PyTorch counts, with both of its biases.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(20, 5))
    >>> ClassicalLSTM(epochs=2, random_state=0).fit(X, X[:, 0]).n_parameters_
    117
    """

    hidden: int = 4
    learning_rate: float = 0.01
    batch_size: int = 5
    epochs: int = 150
    restarts: int = 1
    random_state: int | np.random.RandomState | None = None
    progress: bool = True

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on windows (windows, steps) and the values that follow them (windows,).

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range or the arrays do not fit.

        Warns
        -----
        RuntimeWarning
            If Ctrl-C ended training early; the best weights so far are kept.
        """
        hidden = _checks.integer("hidden", self.hidden)
        windows, targets = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        settings = training.Settings.of(self)
        with double_precision():
            keys = jax.random.split(jax.random.key(seed), settings.restarts)
            starts = jax.vmap(lambda key: LSTMWeights(hidden, key))(keys)
        self.weights_, self.history_ = training.train(
            _forward, starts, windows, targets.astype(float), settings, np.random.default_rng(seed)
        )
        self.n_parameters_ = sum(leaf.size for leaf in jax.tree.leaves(self.weights_))
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the forecast for each window: (windows, steps) -> (windows,)."""
        check_is_fitted(self, "weights_")
        windows = validate_data(self, X, dtype=np.float64, reset=False)
        return training.predict(_forward, self.weights_, windows)
