"""Classical recurrent baselines: an LSTM and a GRU, trained exactly like the quantum cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks, _moved
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import inputs, trainer
from qrnnlib.learning.run import Run
from qrnnlib.learning.settings import Settings, TrainingSettings


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


@partial(jax.jit, static_argnums=(0, 1, 2, 3))  # one program, not one for each operation
def _drawn(network: Any, features: int, hidden: int, restarts: int, seed: int) -> Any:
    """Return the weights of a network to start from, with a leading axis of restarts."""
    keys = jax.random.split(jax.random.key(seed), restarts)
    return jax.vmap(lambda key: network(features, hidden, key))(keys)


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
            starts = _drawn(type(self)._network, self.features_, hidden, settings.restarts, seed)
        rng = np.random.default_rng(seed)
        trainer.fit(self, Run(_forward, starts, windows, targets, settings, rng))
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


@_moved.renamed_settings(finish_steps="lbfgs_steps")
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
    learning_rate, batch_size, epochs, restarts, schedule, lbfgs_steps
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


@_moved.renamed_settings(finish_steps="lbfgs_steps")
@dataclass(eq=False, repr=False, kw_only=True)
class ClassicalGRU(_ClassicalCell):
    """A gated recurrent unit with a linear head, trained like the quantum cells.

    Parameters
    ----------
    hidden : int, default 5
        Hidden units h, for 3 h**2 + 8 h + 1 parameters (see the table in
        `qrnnlib.ClassicalLSTM`): 5 gives 116, next to the 117 of an LSTM with 4. Each further
        feature adds 3 h.
    learning_rate, batch_size, epochs, restarts, schedule, lbfgs_steps
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
