"""Fit the weights of any differentiable model: Adam, restarts side by side, progress, Ctrl-C.

The trainer knows nothing of cells. It takes a function ``forward(weights, windows, draws)`` and
weights whose arrays all carry a leading axis of restarts; every restart is trained at once by
one compiled epoch. `forward` must be hashable, and equal for equal models, so that the compiled
epoch is found again. What is made small is the mean squared error, and with it, if there is one,
a penalty on the weights.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qrnnlib import _checks
from qrnnlib.engine import AnyArray, double_precision

#: ``forward(weights, windows, draws) -> predictions``: (batch, steps), (batch, steps) -> (batch,).
#: `draws` are uniform numbers in [0, 1) for models that sample.
ForwardFunction = Callable[[Any, Any, Any], Array]

#: ``penalty(weights) -> number``, or no penalty. A penalty is also a pytree: its arrays and numbers
#: are data, so that penalties that differ in nothing else share compiled code.
Penalty = Callable[[Any], Array] | None

#: ``watch(epoch, weights)``, called after each epoch with the weights of all restarts.
Watch = Callable[[int, Any], None] | None


@dataclass(frozen=True, eq=False)
class History:
    """How the training loss went.

    Attributes
    ----------
    loss : ndarray, shape (epochs + 1, restarts)
        What training makes small, on the whole training set, before training and after each
        epoch: the mean squared error, plus the penalty if training had one.
    best_epoch, best_restart : int
        Where in `loss` the weights that were kept come from.
    interrupted : bool
        True if Ctrl-C ended training early.
    """

    loss: NDArray[np.float64]
    best_epoch: int
    best_restart: int
    interrupted: bool


@dataclass(frozen=True)
class Settings:
    """How long and how to train; named as in the estimators.

    Raises
    ------
    TypeError, ValueError
        If `learning_rate` is not positive or a count is not an integer of at least 1.

    Examples
    --------
    >>> Settings(learning_rate=0.01, batch_size=5, epochs=0, restarts=1, progress=False)
    Traceback (most recent call last):
    ...
    ValueError: epochs must be at least 1, got 0
    """

    learning_rate: float
    batch_size: int
    epochs: int
    restarts: int
    progress: bool

    def __post_init__(self) -> None:
        _checks.number("learning_rate", self.learning_rate, above=0.0)
        for name in ("batch_size", "epochs", "restarts"):
            _checks.integer(name, getattr(self, name))

    @classmethod
    def of(cls, estimator: Any) -> Self:
        """Return the settings that `estimator` carries as attributes."""
        return cls(**{field.name: getattr(estimator, field.name) for field in fields(cls)})


#: Windows that are evaluated together.
CHUNK = 128

#: Sets of up to so many windows share one compiled program; beyond, powers of two do.
CAPACITY = 1024


class _Data(NamedTuple):
    """Windows and targets, padded to a length that many sets share; the first `size` are real."""

    windows: AnyArray
    targets: AnyArray
    size: int


class _State(NamedTuple):
    """All that changes in training; arrays carry a leading axis of restarts."""

    weights: Any
    adam: Any
    best_weights: Any
    best_loss: AnyArray


def train(
    forward: ForwardFunction,
    weights: Any,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    settings: Settings,
    rng: np.random.Generator,
    penalty: Penalty = None,
    watch: Watch = None,
) -> tuple[Any, History]:
    """Return the weights of lowest training loss among all restarts and epochs.

    Parameters
    ----------
    forward : callable
        The model; see the module's head.
    weights : pytree of arrays
        Where to start; every array has a leading axis of restarts.
    X : ndarray, shape (windows, steps)
    y : ndarray, shape (windows,)
    settings : Settings
        An incomplete last batch is used as it is. The progress bar shows once training has
        taken more than a second.
    rng : numpy.random.Generator
        Shuffles the windows for each epoch, and seeds the draws of models that sample.
    penalty : callable and pytree, optional
        Added to the mean squared error of every batch and of the whole set. Takes the weights
        of one restart.
    watch : callable, optional
        Called as ``watch(epoch, weights)`` before training (epoch 0) and after each epoch, with
        the weights there of all restarts, as JAX arrays. It changes nothing; to read them waits
        for the epoch to be done.

    Returns
    -------
    weights : pytree of NumPy arrays, without the axis of restarts
    history : History

    Warns
    -----
    RuntimeWarning
        If Ctrl-C ended training early; the best weights so far are returned.

    Examples
    --------
    A straight line, as a model of windows of one value:

    >>> def line(weights, windows, draws):
    ...     return weights["slope"] * windows[:, 0]
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> settings = Settings(0.05, batch_size=5, epochs=60, restarts=3, progress=False)
    >>> best, history = train(line, {"slope": np.zeros(3)}, X, 2 * X[:, 0], settings,
    ...     np.random.default_rng(0))
    >>> round(float(best["slope"]), 2), history.loss.shape
    (2.0, (61, 3))
    """
    epochs, batch_size = settings.epochs, settings.batch_size
    data = _padded(X, y)
    seed = int(rng.integers(2**31))
    losses: list[Array] = []
    interrupted = False
    with (
        double_precision(),
        tqdm(
            total=epochs, unit="epoch", disable=not settings.progress, delay=1.0, leave=False
        ) as bar,
    ):
        state, data = _start(weights, settings.restarts), jax.device_put(data)
        try:
            for epoch in range(epochs + 1):  # epoch 0 only evaluates the start
                batches = -(-len(y) // batch_size) if epoch else 0
                order = _shuffled(rng, len(y), batch_size, len(data.targets))
                after = _epoch(
                    forward,
                    settings.learning_rate,
                    state,
                    data,
                    order,
                    batches,
                    (seed, epoch),
                    penalty,
                )
                state = after[0]
                losses.append(after[1])
                if watch is not None:
                    watch(epoch, state.weights)
                # Epochs are sent off ahead of their results, but only two: Ctrl-C must not have
                # to wait for a long queue.
                if len(losses) > 2:
                    losses[-3].block_until_ready()
                if bar.update(epoch > 0):
                    bar.set_postfix(loss=f"{np.min(state.best_loss):.3g}")
            losses[-1].block_until_ready()
        except KeyboardInterrupt:
            interrupted = True
            warnings.warn(
                f"training was interrupted after {max(0, len(losses) - 1)} of {epochs} epochs; "
                "the best weights so far are kept",
                RuntimeWarning,
                stacklevel=2,
            )
    loss = (
        np.stack([np.asarray(row) for row in losses])
        if losses
        else np.full((1, settings.restarts), np.inf)
    )
    best_restart = int(np.argmin(state.best_loss))
    best_epoch = int(np.argmin(np.nan_to_num(loss[:, best_restart], nan=np.inf)))
    best = jax.tree.map(lambda array: np.asarray(array[best_restart]), state.best_weights)
    return best, History(loss, best_epoch, best_restart, interrupted)


def predict(
    forward: ForwardFunction,
    weights: Any,
    X: NDArray[np.float64],
    rng: np.random.Generator | None = None,
) -> NDArray[np.float64]:
    """Return the model's prediction for each window.

    Parameters
    ----------
    forward, weights
        As in `train`, without the axis of restarts.
    X : ndarray, shape (windows, steps)
    rng : numpy.random.Generator, optional
        Source of the draws of a model that samples.

    Returns
    -------
    ndarray, shape (windows,)

    Examples
    --------
    >>> predict(lambda weights, windows, draws: windows.sum(axis=1), {}, np.ones((2, 3)))
    array([3., 3.])
    """
    data = _padded(X, np.zeros(len(X)))
    draws = np.zeros(data.windows.shape)
    if rng is not None:
        draws[: len(X)] = rng.random(X.shape)
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
    """Return the loss as in training, and its gradient: a tree shaped like `weights`.

    The loss is the mean squared error, plus `penalty` if there is one.

    Under sampling this is the gradient *given the draws*: it does not count that other weights
    would have made other outcomes likely.

    Examples
    --------
    >>> def line(weights, windows, draws):
    ...     return weights["slope"] * windows[:, 0]
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 2.0])
    >>> loss, gradient = loss_and_gradient(line, {"slope": np.array(0.0)}, X, y)
    >>> loss, float(gradient["slope"])
    (2.5, -5.0)
    """
    draws = np.zeros_like(X) if rng is None else rng.random(X.shape)
    with double_precision():
        loss, gradient = _loss_and_gradient(forward, weights, X, y, np.ones(len(y)), draws, penalty)
        return float(loss), jax.tree.map(np.array, gradient)


def _loss(
    weights: Any,
    forward: ForwardFunction,
    X: AnyArray,
    y: AnyArray,
    mask: AnyArray,
    draws: AnyArray,
    penalty: Penalty,
) -> Array:
    error = jnp.sum(mask * (forward(weights, X, draws) - y) ** 2) / jnp.sum(mask)
    return error if penalty is None else error + penalty(weights)


@partial(jax.jit, static_argnums=0)
def _predictions(forward: ForwardFunction, weights: Any, data: _Data, draws: AnyArray) -> Array:
    """Return the predictions for all rows, chunk by chunk; those on the padding mean nothing."""

    def one_chunk(number: Array, predictions: Array) -> Array:
        first = number * CHUNK
        windows = lax.dynamic_slice_in_dim(jnp.asarray(data.windows), first, CHUNK)
        given = lax.dynamic_slice_in_dim(jnp.asarray(draws), first, CHUNK)
        new = forward(weights, windows, given)
        return lax.dynamic_update_slice_in_dim(predictions, new, first, 0)

    chunks = (data.size + CHUNK - 1) // CHUNK
    empty = jnp.zeros(len(data.targets))
    return jnp.asarray(lax.fori_loop(0, chunks, one_chunk, empty))


@partial(jax.jit, static_argnums=0)
def _loss_and_gradient(
    forward: ForwardFunction,
    weights: Any,
    X: AnyArray,
    y: AnyArray,
    mask: AnyArray,
    draws: AnyArray,
    penalty: Penalty,
) -> tuple[Array, Any]:
    return jax.value_and_grad(_loss)(weights, forward, X, y, mask, draws, penalty)


def _start(weights: Any, restarts: int) -> _State:
    """Return the state before training, with no loss known yet."""
    flat, _ = _flat(weights)
    # The learning rate is no part of Adam's state, so any will do here.
    adam = jax.vmap(optax.adam(0.0).init)(flat)
    # Without a dtype of its own the first epoch's program would not serve the others.
    return _State(weights, adam, weights, jnp.full(restarts, jnp.inf, dtype=float))


def _flat(weights: Any) -> tuple[Array, Callable[[Array], Any]]:
    """Return the weights as one row for each restart, and the way back from a row to a tree.

    Adam takes a dozen small steps for each array it updates, so there is one for all weights.
    """
    back = ravel_pytree(jax.tree.map(lambda array: array[0], weights))[1]
    return jax.vmap(lambda w: ravel_pytree(w)[0])(weights), back


@partial(jax.jit, static_argnums=0)
def _epoch(
    forward: ForwardFunction,
    learning_rate: float,
    state: _State,
    data: _Data,
    order: AnyArray,
    batches: int,
    seed_and_epoch: tuple[int, int],
    penalty: Penalty,
) -> tuple[_State, Array]:
    """Return the state after one pass over the data, and every restart's training loss there."""
    adam = optax.adam(learning_rate)
    key = jax.random.fold_in(jax.random.key(seed_and_epoch[0]), seed_and_epoch[1])
    flat, tree = _flat(state.weights)

    def one_batch(number: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        rows = order[number]
        X, y = data.windows[rows], data.targets[rows]
        # A batch that ends early repeats row 0; those repeats count for nothing.
        first = number * order.shape[1]
        mask = (first + jnp.arange(order.shape[1]) < data.size).astype(X.dtype)
        draws = jax.random.uniform(jax.random.fold_in(key, number), X.shape)

        def loss(row: Array) -> Array:
            return _loss(tree(row), forward, X, y, mask, draws, penalty)

        def one_restart(row: Array, memory: Any) -> tuple[Array, Any]:
            change, memory = adam.update(jax.grad(loss)(row), memory)
            return row + change, memory

        after: tuple[Any, Any] = jax.vmap(one_restart)(*carry)
        return after

    flat, memory = lax.fori_loop(0, batches, one_batch, (flat, state.adam))
    weights = jax.vmap(tree)(flat)
    loss = _training_loss(forward, weights, data, key, penalty)
    better = loss < state.best_loss  # False for NaN: a diverged restart keeps its best
    best_weights = jax.tree.map(
        lambda new, old: jnp.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old),
        weights,
        state.best_weights,
    )
    best_loss = jnp.where(better, loss, state.best_loss)
    return _State(weights, memory, best_weights, best_loss), loss


def _training_loss(
    forward: ForwardFunction, weights: Any, data: _Data, key: Array, penalty: Penalty
) -> Array:
    """Return the loss over the whole set, for every restart."""
    draws = jax.random.uniform(key, data.windows.shape)
    real = jnp.arange(len(data.targets)) < data.size

    def one_restart(row: Any) -> Array:
        miss = _predictions(forward, row, data, draws) - data.targets
        error = jnp.sum(jnp.where(real, miss**2, 0.0)) / data.size
        return error if penalty is None else error + penalty(row)

    return jax.vmap(one_restart)(weights)


def _padded(X: NDArray[np.float64], y: NDArray[np.float64]) -> _Data:
    """Pad the rows to a size that many sets share, and their compiled code with it."""
    rows = max(CAPACITY, 1 << (len(X) - 1).bit_length())
    windows, targets = np.zeros((rows, X.shape[1])), np.zeros(rows)
    windows[: len(X)], targets[: len(X)] = X, y
    return _Data(windows, targets, len(X))


def _shuffled(
    rng: np.random.Generator, rows: int, batch_size: int, padded_rows: int
) -> NDArray[np.int64]:
    """Return a random order of the rows, cut into batches: (batches, batch_size)."""
    order = np.zeros(-(-padded_rows // batch_size) * batch_size, dtype=np.int64)
    order[:rows] = rng.permutation(rows)
    return order.reshape(-1, batch_size)
