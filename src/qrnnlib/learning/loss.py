"""The training loss: the mean squared error of a model's forecasts, plus a penalty.

A model is a function ``forward(weights, windows, draws)``, whatever it consists of. It must be
hashable, and equal models must compare equal, so that compiled code is reused. It may have a method
``by_hand(windows)``, which returns a `ByHand` or None: what needs no program compiled is faster.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib.cell.engine import AnyArray, double_precision
from qrnnlib.learning.layout import Layout

#: ``forward(weights, windows, draws) -> predictions``: (batch, steps), (batch, steps) -> (batch,).
#: Windows of several features are (batch, steps, features).
#: `draws` are uniform numbers in [0, 1) for models that sample.
ForwardFunction = Callable[[Any, Any, Any], Array]

#: ``penalty(weights) -> number``, or no penalty. A penalty is also a pytree: its arrays and numbers
#: are data, so that penalties that differ only in these share compiled code.
Penalty = Callable[[Any], Array] | None

#: Number of windows evaluated together.
CHUNK = 128

#: Sets of up to this many windows are padded to one size and share one compiled program; larger
#: ones are padded to powers of two.
CAPACITY = 1024


class ByHand(Protocol):
    """A model on given windows, computed without JAX; weights have a leading axis of restarts."""

    def forecasts(self, weights: Any) -> NDArray[np.float64]:
        """Return the predictions, (restarts, windows)."""

    def loss_and_gradient(
        self, weights: Any, targets: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], Any]:
        """Return the mean squared errors, (restarts,), and their gradients, a tree."""


def by_hand(forward: ForwardFunction, X: NDArray[np.float64]) -> ByHand | None:
    """Return a model on given windows without JAX, None where there is none."""
    make: Callable[[Any], ByHand | None] = getattr(forward, "by_hand", lambda _: None)
    return make(X)


class Data(NamedTuple):
    """Windows and targets, padded to a length that many sets share; the first `size` are data."""

    windows: AnyArray
    targets: AnyArray
    size: int

    @property
    def chunks(self) -> Any:
        """Number of chunks that hold data."""
        return (self.size + CHUNK - 1) // CHUNK


def padded(X: NDArray[np.float64], y: NDArray[np.float64]) -> Data:
    """Return the data padded to a length that many sets share, and compiled code with it."""
    rows = max(CAPACITY, 1 << (len(X) - 1).bit_length())
    windows, targets = np.zeros((rows, *X.shape[1:])), np.zeros(rows)
    windows[: len(X)], targets[: len(X)] = X, y
    if len(X):
        # A real window: on a row of zeros the gradient may be infinite, and inf * 0 is NaN.
        windows[len(X) :] = X[0]
    return Data(windows, targets, len(X))


def predict(
    forward: ForwardFunction,
    weights: Any,
    X: NDArray[np.float64],
    rng: np.random.Generator | None = None,
) -> NDArray[np.float64]:
    """Return the model's prediction for each window.

    Parameters
    ----------
    forward : callable
        The model; see the module's docstring.
    weights : pytree of arrays
    X : ndarray, shape (windows, steps) or (windows, steps, features)
    rng : numpy.random.Generator, optional
        Source of the draws of a model that samples. None (default): all draws are 0.

    Returns
    -------
    ndarray, shape (windows,)

    Examples
    --------
    >>> predict(lambda weights, windows, draws: windows.sum(axis=1), {}, np.ones((2, 3)))
    array([3., 3.])
    """
    exact = by_hand(forward, X)
    if exact is not None:
        one = jax.tree.map(lambda array: np.asarray(array)[None], weights)
        return np.array(exact.forecasts(one)[0])
    data = padded(X, np.zeros(len(X)))
    draws = np.zeros(data.windows.shape[:2])
    if rng is not None:
        draws[: len(X)] = rng.random(X.shape[:2])
    with double_precision():
        return np.array(_predictions(forward, weights, data, draws))[: len(X)]


def loss_and_gradient(
    forward: ForwardFunction,
    weights: Any,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    rng: np.random.Generator | None = None,
    penalty: Penalty = None,
) -> tuple[float, Any]:
    """Return the training loss and its gradient, a tree shaped like `weights`.

    The loss is the mean squared error, plus `penalty` if there is one.

    Under sampling this is the gradient *given the draws*: it ignores that the probabilities of the
    outcomes depend on the weights.

    Examples
    --------
    >>> def line(weights, windows, draws):
    ...     return weights["slope"] * windows[:, 0]
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 2.0])
    >>> loss, gradient = loss_and_gradient(line, {"slope": np.array(0.0)}, X, y)
    >>> loss, float(gradient["slope"])
    (2.5, -5.0)
    """
    one = jax.tree.map(lambda array: np.asarray(array)[None], weights)
    layout = Layout.of(one)
    exact = by_hand(forward, X)
    if exact is not None and penalty is None:
        losses, gradients = exact.loss_and_gradient(one, y)
        return float(losses[0]), jax.tree.map(lambda array: array[0], gradients)
    draws = np.zeros(X.shape[:2]) if rng is None else rng.random(X.shape[:2])
    problem = Problem(forward, layout, penalty, Data(X, y, len(y)), None, 0)
    with double_precision():
        found = _batch_loss_and_gradient(problem, layout.rows(one)[0], np.ones(len(y)), draws)
        loss, gradient = map(np.array, found)
    return float(loss), layout.tree(gradient)


class Problem(eqx.Module):
    """What training minimises, as data of compiled programs.

    All but `forward` and `layout` is data to JAX, so problems that differ only in it share
    compiled programs.

    Attributes
    ----------
    forward : callable
        The model; see the module's docstring.
    layout : Layout
        Of the weights.
    penalty : callable and pytree, or None
    data : Data
        The training set.
    validation : Data or None
    seed : int
        Seed of the draws of models that sample.
    """

    forward: ForwardFunction = eqx.field(static=True)
    layout: Layout = eqx.field(static=True)
    penalty: Penalty
    data: Data
    validation: Data | None
    seed: int

    def key(self, number: Any) -> Array:
        """Return the random key of an epoch."""
        return jax.random.fold_in(jax.random.key(self.seed), number)

    def batch_loss(
        self, row: AnyArray, X: AnyArray, y: AnyArray, mask: AnyArray, draws: AnyArray
    ) -> Array:
        """Return the loss on the windows where `mask` is 1, of a row of weights."""
        weights = self.layout.tree(row)
        error = jnp.sum(mask * (self.forward(weights, X, draws) - y) ** 2) / jnp.sum(mask)
        return error if self.penalty is None else error + self.penalty(weights)

    def training_loss(self, row: AnyArray, key: Array) -> Array:
        """Return the loss on the training set, without a gradient."""
        return self._loss(row, self.data, key)

    def validation_loss(self, row: AnyArray, key: Array) -> Array:
        """Return the loss on the validation part, without a gradient."""
        assert self.validation is not None
        # No batch has this number, so these draws are independent of the batches'.
        return self._loss(row, self.validation, jax.random.fold_in(key, 2**31 - 1))

    def _loss(self, row: AnyArray, data: Data, key: Array) -> Array:
        weights = self.layout.tree(row)
        draws = jax.random.uniform(key, data.windows.shape[:2])
        real = jnp.arange(len(data.targets)) < data.size
        miss = _predictions(self.forward, weights, data, draws) - data.targets
        error = jnp.sum(jnp.where(real, miss**2, 0.0)) / data.size
        return error if self.penalty is None else error + self.penalty(weights)

    def squared_error(self, row: AnyArray, key: Array) -> tuple[Array, Array]:
        """Return the mean squared error on the training set, and its gradient in the row.

        JAX has no reverse mode for a loop of unknown length, and a loop of fixed length would
        compute all of the padding. So the gradient is summed chunk by chunk, like the error.
        """
        data = self.data
        draws = jax.random.uniform(key, data.windows.shape[:2])

        def share(row: AnyArray, number: Array) -> Array:
            first = number * CHUNK
            windows, targets, given = (
                lax.dynamic_slice_in_dim(jnp.asarray(array), first, CHUNK)
                for array in (data.windows, data.targets, draws)
            )
            real = first + jnp.arange(CHUNK) < data.size
            miss = self.forward(self.layout.tree(row), windows, given) - targets
            return jnp.sum(jnp.where(real, miss**2, 0.0)) / data.size

        def one_chunk(number: Array, total: tuple[Array, Array]) -> tuple[Array, Array]:
            error, gradient = jax.value_and_grad(share)(row, number)
            return total[0] + error, total[1] + gradient

        nothing = (jnp.zeros((), row.dtype), jnp.zeros_like(row))
        total: tuple[Array, Array] = lax.fori_loop(0, data.chunks, one_chunk, nothing)
        return total

    def price(self, row: AnyArray) -> tuple[Array, Array]:
        """Return the penalty and its gradient in the row."""
        penalty = self.penalty
        assert penalty is not None
        found: tuple[Array, Array] = jax.value_and_grad(lambda r: penalty(self.layout.tree(r)))(row)
        return found


@partial(jax.jit, static_argnums=0)
def _predictions(forward: ForwardFunction, weights: Any, data: Data, draws: AnyArray) -> Array:
    """Return the predictions for all rows, chunk by chunk; those for the padding are arbitrary."""

    def one_chunk(number: Array, predictions: Array) -> Array:
        first = number * CHUNK
        windows = lax.dynamic_slice_in_dim(jnp.asarray(data.windows), first, CHUNK)
        given = lax.dynamic_slice_in_dim(jnp.asarray(draws), first, CHUNK)
        new = forward(weights, windows, given)
        return lax.dynamic_update_slice_in_dim(predictions, new, first, 0)

    empty = jnp.zeros(len(data.targets))
    return jnp.asarray(lax.fori_loop(0, data.chunks, one_chunk, empty))


@jax.jit
def _batch_loss_and_gradient(
    problem: Problem, row: AnyArray, mask: AnyArray, draws: AnyArray
) -> tuple[Array, Array]:
    X, y, _ = problem.data
    return jax.value_and_grad(problem.batch_loss)(row, X, y, mask, draws)
