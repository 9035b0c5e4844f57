"""What a quantum cell has to beat: persistence, ridge on the window, the classical LSTM and GRU.

All are scikit-learn regressors on the same windows as `qrnnlib.estimators`. Ridge is
scikit-learn's own: `window_ridge` only says which.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks, training
from qrnnlib._validation import windows_alone, windows_and_targets
from qrnnlib.engine import double_precision
from qrnnlib.settings import Settings, TrainingSettings


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
        windows_and_targets(self, X, y)
        self.n_parameters_ = 0
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the last value of each window: (windows, steps) -> (windows,)."""
        check_is_fitted(self, "n_parameters_")
        return windows_alone(self, X)[:, -1]

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
        hidden, _ = _last_state(cell, (empty, empty), window)
        return jnp.asarray(self.head(hidden))


class GRUWeights(eqx.Module):
    """A GRU cell with a linear head; each of its weights makes functions possible of its own.

    PyTorch stores a second bias for the reset and the update gate too, which adds up with the
    first; that pair is one bias here. The two biases of the candidate do not add up: the reset
    gate stands between them.
    """

    cell: eqx.nn.GRUCell
    head: eqx.nn.Linear

    def __init__(self, hidden: int, key: Array) -> None:
        cell_key, head_key = jax.random.split(key)
        self.cell = eqx.nn.GRUCell(1, hidden, key=cell_key)
        self.head = eqx.nn.Linear(hidden, "scalar", key=head_key)

    def __call__(self, window: Array) -> Array:
        """Return the head's output after the last step: (steps,) -> ()."""
        hidden = _last_state(self.cell, jnp.zeros(self.cell.hidden_size), window)
        return jnp.asarray(self.head(hidden))


def _last_state(cell: Any, state: Any, window: Array) -> Any:
    """Return the state of a recurrent cell at the end of a window: (steps,)."""
    return lax.scan(lambda state, x: (cell(x[None], state), None), state, window)[0]


def _forward(weights: Any, windows: Array, draws: Array) -> Array:
    """Return predictions; a classical cell makes no draws."""
    return jnp.asarray(jax.vmap(weights)(windows))


@dataclass(eq=False, repr=False, kw_only=True)
class _ClassicalCell(RegressorMixin, TrainingSettings, BaseEstimator):  # type: ignore[misc]
    """A classical recurrent cell with a linear head, trained like the quantum cells."""

    hidden: int

    #: Makes the starting weights: ``network(hidden, key)``.
    _network: ClassVar[Callable[[int, Array], Any]]

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on windows (windows, steps) and the values that follow them (windows,).

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range or the arrays do not fit, or `checkpoint` is a file of
            another run or of another kind.
        FileNotFoundError
            If `checkpoint` lies in a folder that does not exist.

        Warns
        -----
        RuntimeWarning
            If Ctrl-C ended training early; the best weights so far are kept.
        """
        hidden = _checks.integer("hidden", self.hidden)
        settings = Settings.of(self)
        windows, targets = windows_and_targets(self, X, y)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        with double_precision():
            keys = jax.random.split(jax.random.key(seed), settings.restarts)
            starts = jax.vmap(lambda key: type(self)._network(hidden, key))(keys)
        self.weights_, self.history_ = training.train(
            _forward, starts, windows, targets, settings, np.random.default_rng(seed)
        )
        self.n_parameters_ = sum(leaf.size for leaf in jax.tree.leaves(self.weights_))
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the forecast for each window: (windows, steps) -> (windows,)."""
        check_is_fitted(self, "weights_")
        windows = windows_alone(self, X)
        return training.predict(_forward, self.weights_, windows)


@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalLSTM(_ClassicalCell):
    """The paper's "standard method": an LSTM with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int
        Hidden units h. They make 4 h**2 + 13 h + 1 parameters; 4 gives the paper's 117.

        ====== == == == === === ===
        hidden  1  2  3   4   5   6
        ====== == == == === === ===
        LSTM   18 43 76 117 166 223
        GRU    12 29 52  81 116 157
        ====== == == == === === ===
    learning_rate, batch_size, epochs, restarts, schedule, finish_steps
        How to train; see `qrnnlib.TrainingSettings`.
    validation_fraction, patience, checkpoint, checkpoint_every, random_state, progress
        See `qrnnlib.TrainingSettings`.

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
    _network: ClassVar[Callable[[int, Array], Any]] = LSTMWeights


@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalGRU(_ClassicalCell):
    """A gated recurrent unit with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int
        Hidden units h. They make 3 h**2 + 8 h + 1 parameters, see the table at
        `qrnnlib.ClassicalLSTM`: 5 gives 116, next to the 117 of the LSTM with 4.
    learning_rate, batch_size, epochs, restarts, schedule, finish_steps
        How to train; see `qrnnlib.TrainingSettings`.
    validation_fraction, patience, checkpoint, checkpoint_every, random_state, progress
        See `qrnnlib.TrainingSettings`.

    Attributes
    ----------
    weights_ : equinox.Module
        The trained cell and head.
    history_ : qrnnlib.History
    n_parameters_ : int
        Each counts once: there is no pair of biases that only add up. PyTorch, which has such
        pairs for two of the three gates, would count 2 h more.

    References
    ----------
    Cho et al., arXiv:1406.1078; in the variant of PyTorch and cuDNN, where the reset gate acts
    after the product with the state.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(20, 5))
    >>> ClassicalGRU(epochs=2, random_state=0).fit(X, X[:, 0]).n_parameters_
    116
    """

    hidden: int = 5
    _network: ClassVar[Callable[[int, Array], Any]] = GRUWeights
