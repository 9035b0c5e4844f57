"""What a quantum cell has to beat: persistence, ridge on the window, the classical LSTM and GRU.

All are scikit-learn regressors on the same windows as `qrnnlib.learning.estimators`. Ridge is
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
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import inputs, trainer
from qrnnlib.learning.settings import Settings, TrainingSettings


@dataclass(eq=False, repr=False, kw_only=True)
class Persistence(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Forecast that the value will be what it was: at the end of the window, or a period earlier.

    Parameters
    ----------
    period : int
        Points after which the series repeats itself, as 7 for days with a weekly rhythm. The
        forecast is the value one period before the target or, if that is not known yet, as few
        whole periods before it as are known. With 1 that is the last value of the window, however
        far ahead the target lies.
    horizon : int
        How many points after the last value of the window the target lies, as in
        `qrnnlib.split_in_time`. With a period of 1 it makes no difference.

    Attributes
    ----------
    n_parameters_ : int
        0: nothing is learned.

    Examples
    --------
    >>> Persistence().fit([[1, 2], [2, 3]], [3, 4]).predict([[5, 6]])
    array([6.])

    Two points ahead in a series of period 3, whose values come back as they were:

    >>> X, y = [[1, 2, 3], [2, 3, 1]], [2, 3]
    >>> Persistence(period=3, horizon=2).fit(X, y).predict(X)
    array([2., 3.])
    """

    period: int = 1
    horizon: int = 1

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Check the arrays; there is nothing to learn.

        Raises
        ------
        TypeError, ValueError
            If `X` (windows, steps) and `y` (windows,) do not fit, `period` or `horizon` is below
            1, or the windows do not reach a period back.
        """
        windows, _ = inputs.to_fit(self, X, y)
        period = _checks.integer("period", self.period)
        horizon = _checks.integer("horizon", self.horizon)
        # Whole periods that reach back from the target into the window.
        back = -(-horizon // period) * period - horizon
        if back >= windows.shape[1]:
            raise ValueError(
                f"X must hold windows of at least {back + 1} steps to reach a period of {period} "
                f"back from {horizon} ahead, got {windows.shape[1]}"
            )
        self.n_parameters_ = 0
        self._place = -1 - back
        fitted_settings.store(self)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return one value of each window: (windows, steps[, features]) -> (windows,).

        Of several features it is the first, the one to forecast.

        Raises
        ------
        ValueError
            If `X` does not fit, or a setting was changed since fitting.
        """
        check_is_fitted(self, "n_parameters_")
        fitted_settings.check_unchanged(type(self).__name__, self)
        windows = inputs.to_predict(self, X)
        return windows.reshape(*windows.shape[:2], -1)[:, self._place, 0]

    def _weights_belong_to(self) -> dict[str, Any]:
        return {name: _checks.integer(name, getattr(self, name)) for name in ("period", "horizon")}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # it learns nothing
        tags.input_tags.three_d_array = True
        return tags


class _WindowRidge(RidgeCV):  # type: ignore[misc]
    """Ridge regression on windows, whose features are so many more columns."""

    def fit(self, X: ArrayLike, y: ArrayLike, *others: Any, **settings: Any) -> Self:
        """Fit the slopes: one for each step and feature, those of a step beside each other."""
        super().fit(_flat(X), y, *others, **settings)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the forecast for each window: (windows, steps[, features]) -> (windows,)."""
        forecast: NDArray[np.float64] = super().predict(_flat(X))
        return forecast

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _flat(X: Any) -> Any:
    """Return windows with one axis for all steps and features; what else came, as it came."""
    if np.ndim(X) != 3:
        return X
    array = np.asarray(X)
    return array.reshape(len(array), -1)


def window_ridge() -> RidgeCV:
    """Return a ridge regression on all values of the window, of one feature or of several.

    Its penalty is chosen by leave-one-out error on the training windows alone, from nine powers
    of ten.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> window_ridge().fit(X, X @ [0, 1, 2]).score(X, X @ [0, 1, 2]) > 0.999
    True
    """
    return _WindowRidge(alphas=np.logspace(-4, 4, 9))


class LSTMWeights(eqx.Module):
    """An LSTM cell with a linear head, as PyTorch stores one: with two biases that add up.

    The second bias makes no function possible that the first does not, but Adam moves their sum
    twice as fast. It is here because the paper's 117 parameters count it.
    """

    cell: eqx.nn.LSTMCell
    second_bias: Array
    head: eqx.nn.Linear

    def __init__(self, features: int, hidden: int, key: Array) -> None:
        cell_key, bias_key, head_key = jax.random.split(key, 3)
        self.cell = eqx.nn.LSTMCell(features, hidden, key=cell_key)
        bound = hidden**-0.5
        self.second_bias = jax.random.uniform(bias_key, (4 * hidden,), float, -bound, bound)
        self.head = eqx.nn.Linear(hidden, "scalar", key=head_key)

    def __call__(self, window: Array) -> Array:
        """Return the head's output after the last step: (steps,) or (steps, features) -> ()."""
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

    def __init__(self, features: int, hidden: int, key: Array) -> None:
        cell_key, head_key = jax.random.split(key)
        self.cell = eqx.nn.GRUCell(features, hidden, key=cell_key)
        self.head = eqx.nn.Linear(hidden, "scalar", key=head_key)

    def __call__(self, window: Array) -> Array:
        """Return the head's output after the last step: (steps,) or (steps, features) -> ()."""
        hidden = _last_state(self.cell, jnp.zeros(self.cell.hidden_size), window)
        return jnp.asarray(self.head(hidden))


def _last_state(cell: Any, state: Any, window: Array) -> Any:
    """Return the state of a recurrent cell at the end of a window: (steps,[ features])."""
    numbers = window[:, None] if window.ndim == 1 else window
    return lax.scan(lambda state, x: (cell(x, state), None), state, numbers)[0]


def _forward(weights: Any, windows: Array, draws: Array) -> Array:
    """Return predictions; a classical cell makes no draws."""
    return jnp.asarray(jax.vmap(weights)(windows))


@dataclass(eq=False, repr=False, kw_only=True)
class _ClassicalCell(RegressorMixin, TrainingSettings, BaseEstimator):  # type: ignore[misc]
    """A classical recurrent cell with a linear head, trained like the quantum cells."""

    hidden: int

    #: Makes the starting weights: ``network(features, hidden, key)``.
    _network: ClassVar[Callable[[int, int, Array], Any]]

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on windows (windows, steps[, features]) and the values to forecast (windows,).

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range or the arrays do not fit, or `checkpoint` is a file of
            another run or of another kind.
        FileNotFoundError
            If `checkpoint` lies in a folder that does not exist.
        OSError
            If `checkpoint` cannot be written, as the disk is full. The model is then as after
            Ctrl-C.

        Warns
        -----
        RuntimeWarning
            If Ctrl-C ended training early; the best weights so far are kept.
        """
        hidden = _checks.integer("hidden", self.hidden)
        settings = Settings.of(self)
        windows, targets = inputs.to_fit(self, X, y)
        seed = Settings.seed(self.random_state)
        with double_precision():
            keys = jax.random.split(jax.random.key(seed), settings.restarts)
            starts = jax.vmap(lambda key: type(self)._network(self.features_, hidden, key))(keys)
        rng = np.random.default_rng(seed)
        trainer.fit(self, _forward, starts, windows, targets, settings, rng)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the forecast for each window: (windows, steps[, features]) -> (windows,).

        Raises
        ------
        ValueError
            If `X` does not fit, or `hidden` was changed since fitting.
        """
        check_is_fitted(self, "weights_")
        fitted_settings.check_unchanged(type(self).__name__, self)
        return trainer.predict(_forward, self.weights_, inputs.to_predict(self, X))

    @property
    def n_parameters_(self) -> int:
        """Number of weights."""
        check_is_fitted(self, "weights_")
        return sum(leaf.size for leaf in jax.tree.leaves(self.weights_))

    def _weights_belong_to(self) -> dict[str, Any]:
        hidden = _checks.integer("hidden", self.hidden)
        return {"hidden": hidden, "features": getattr(self, "features_", 1)}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalLSTM(_ClassicalCell):
    """The paper's "standard method": an LSTM with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int
        Hidden units h. They make 4 h**2 + 13 h + 1 parameters; 4 gives the paper's 117. Each
        further feature adds 4 h.

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
    _network: ClassVar[Callable[[int, int, Array], Any]] = LSTMWeights


@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalGRU(_ClassicalCell):
    """A gated recurrent unit with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int
        Hidden units h. They make 3 h**2 + 8 h + 1 parameters, see the table at
        `qrnnlib.ClassicalLSTM`: 5 gives 116, next to the 117 of the LSTM with 4. Each further
        feature adds 3 h.
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
    _network: ClassVar[Callable[[int, int, Array], Any]] = GRUWeights
