"""Baselines for the quantum cells: persistence, ridge on the window, a classical LSTM and GRU.

All are scikit-learn regressors on the same windows as `qrnnlib.learning.estimators`. The ridge
regression is scikit-learn's own: `window_ridge` only fixes its settings.
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
    """Persistence: forecast the latest value a whole number of periods before the target.

    Parameters
    ----------
    period : int, default 1
        Points after which the series repeats itself, such as 7 for daily values with a weekly
        cycle. The forecast is the latest value in the window that lies a whole number of periods
        before the target. With 1 that is the last value of the window, at any horizon.
    horizon : int, default 1
        Points from the last value of the window to the target, as in `qrnnlib.split_in_time`.
        With a period of 1 it makes no difference.

    Attributes
    ----------
    n_parameters_ : int
        0: nothing is learned.

    Examples
    --------
    >>> Persistence().fit([[1, 2], [2, 3]], [3, 4]).predict([[5, 6]])
    array([6.])

    Two points ahead in a series that repeats itself exactly, with period 3:

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
            If `X` (windows, steps) and `y` (windows,) do not match, `period` or `horizon` is below
            1, or the windows are too short to reach back by whole periods.
        """
        windows, _ = inputs.to_fit(self, X, y)
        period = _checks.integer("period", self.period)
        horizon = _checks.integer("horizon", self.horizon)
        # Whole periods back from the target (rounded up), counted from the window's last value.
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

        With several features it is a value of the first, the one to forecast.

        Raises
        ------
        ValueError
            If `X` does not match the fitted windows, or a setting was changed since fitting.
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
    """Ridge regression on windows; several features become further columns."""

    def fit(self, X: ArrayLike, y: ArrayLike, *others: Any, **settings: Any) -> Self:
        """Fit one slope for each step and feature; the slopes of a step are adjacent."""
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
    """Return 3-D windows with steps and features in one axis, anything else unchanged."""
    if np.ndim(X) != 3:
        return X
    array = np.asarray(X)
    return array.reshape(len(array), -1)


def window_ridge() -> RidgeCV:
    """Return a ridge regression on all values of the window, of one or several features.

    Its penalty is one of the nine powers of ten from 1e-4 to 1e4, chosen by leave-one-out error on
    the training windows alone.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> window_ridge().fit(X, X @ [0, 1, 2]).score(X, X @ [0, 1, 2]) > 0.999
    True
    """
    return _WindowRidge(alphas=np.logspace(-4, 4, 9))


class LSTMWeights(eqx.Module):
    """An LSTM cell with a linear head, stored as in PyTorch: with two biases, which are added.

    The second bias adds no expressive power, but lets Adam change the sum twice as fast. It is
    here because the paper's 117 parameters include it.
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
    """A GRU cell with a linear head, in which no weight is redundant.

    PyTorch also stores second biases for the reset and update gates, which are only added to the
    first; here each such pair is one bias. The candidate keeps two biases, since the reset gate
    acts between them.
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
    """Return the state of a recurrent cell after a window of shape (steps[, features])."""
    numbers = window[:, None] if window.ndim == 1 else window
    return lax.scan(lambda state, x: (cell(x, state), None), state, numbers)[0]


def _forward(weights: Any, windows: Array, draws: Array) -> Array:
    """Return predictions; a classical cell does not use `draws`."""
    return jnp.asarray(jax.vmap(weights)(windows))


@dataclass(eq=False, repr=False, kw_only=True)
class _ClassicalCell(RegressorMixin, TrainingSettings, BaseEstimator):  # type: ignore[misc]
    """A classical recurrent cell with a linear head, trained like the quantum cells."""

    hidden: int

    #: Creates the starting weights: ``network(features, hidden, key)``.
    _network: ClassVar[Callable[[int, int, Array], Any]]

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on windows (windows, steps[, features]) and the values to forecast (windows,).

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range, the arrays do not match, or `checkpoint` is a file of
            another run or of another kind.
        FileNotFoundError
            If the folder of `checkpoint` does not exist.
        OSError
            If `checkpoint` cannot be written, for example because the disk is full. The model
            then keeps the best weights so far, as after Ctrl-C.

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
            If `X` does not match the fitted windows, or `hidden` was changed since fitting.
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
    hidden : int, default 4
        Hidden units h, for 4 h**2 + 13 h + 1 parameters; 4 gives the paper's 117. Each further
        feature adds 4 h.

        ====== == == == === === ===
        hidden  1  2  3   4   5   6
        ====== == == == === === ===
        LSTM   18 43 76 117 166 223
        GRU    12 29 52  81 116 157
        ====== == == == === === ===
    learning_rate, batch_size, epochs, restarts, schedule, finish_steps
        How to train; see `qrnnlib.TrainingSettings`, also for the defaults.
    validation_fraction, patience, checkpoint, checkpoint_every, random_state, progress
        See `qrnnlib.TrainingSettings`.

    Attributes
    ----------
    weights_ : equinox.Module
        The trained cell and head.
    history_ : qrnnlib.History
    n_parameters_ : int
        Number of weights, counted as in PyTorch, with both biases.

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
    hidden : int, default 5
        Hidden units h, for 3 h**2 + 8 h + 1 parameters (see the table in
        `qrnnlib.ClassicalLSTM`): 5 gives 116, next to the 117 of an LSTM with 4. Each further
        feature adds 3 h.
    learning_rate, batch_size, epochs, restarts, schedule, finish_steps
        How to train; see `qrnnlib.TrainingSettings`, also for the defaults.
    validation_fraction, patience, checkpoint, checkpoint_every, random_state, progress
        See `qrnnlib.TrainingSettings`.

    Attributes
    ----------
    weights_ : equinox.Module
        The trained cell and head.
    history_ : qrnnlib.History
    n_parameters_ : int
        Number of weights. PyTorch, with a redundant second bias for two of the three gates, would
        count 2 h more.

    References
    ----------
    Cho et al., arXiv:1406.1078; in the variant of PyTorch and cuDNN, where the reset gate acts
    after the matrix product with the state.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(20, 5))
    >>> ClassicalGRU(epochs=2, random_state=0).fit(X, X[:, 0]).n_parameters_
    116
    """

    hidden: int = 5
    _network: ClassVar[Callable[[int, int, Array], Any]] = GRUWeights
