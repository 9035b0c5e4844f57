"""The compiled steps of training: an epoch of Adam, in batches or full-batch, a step of L-BFGS.

Each takes the state of all restarts and returns the next state and its losses. All arrays of a
state have a leading axis of restarts, and the restarts are independent.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from qrnnlib.cell.engine import AnyArray
from qrnnlib.learning.loss import Problem

LBFGS = optax.lbfgs()


class State(NamedTuple):
    """Everything that changes in training.

    Attributes
    ----------
    weights : pytree
    optimizer : pytree
        State of the optimizer: Adam's in batches, an `Evaluated` where steps use the whole set.
    best_weights : pytree
    best_loss : Array, shape (restarts,)
        Lowest loss so far, of the validation part if there is one; infinite before the first.
    """

    weights: Any
    optimizer: Any
    best_weights: Any
    best_loss: AnyArray


class Evaluated(NamedTuple):
    """State of an optimizer, and the loss and its gradient at the current weights."""

    inner: Any
    loss: AnyArray
    gradient: AnyArray


class Losses(NamedTuple):
    """Losses of each restart; `validation` is None without a validation part."""

    training: AnyArray
    validation: AnyArray | None


class Rate(NamedTuple):
    """The learning rate within an epoch, on half a cosine from `full` at 0 down to zero at 1.

    `begin` is the position of the first batch, `step` the distance between batches. Both are 0 for
    a constant rate.
    """

    full: float
    begin: float
    step: float

    def at(self, number: AnyArray) -> Any:
        """Return the rate for a batch of this epoch, by its number."""
        return optax.cosine_decay_schedule(self.full, 1)(self.begin + number * self.step)


def initial_state(weights: Any, whole: bool) -> State:
    """Return the state before training; no loss is known yet."""
    flat, _ = _flat(weights)
    restarts = len(flat)
    # Adam's state does not depend on the learning rate, so any rate will do here.
    optimizer = jax.vmap(optax.adam(0.0).init)(flat)
    # The dtype is given, not weak: else the first epoch would need a program of its own.
    unknown = jnp.full(restarts, jnp.inf, dtype=float)
    if whole:
        optimizer = Evaluated(optimizer, unknown, jnp.zeros_like(flat))
    return State(weights, optimizer, weights, unknown)


@jax.jit
def batched_epoch(
    problem: Problem,
    rate: Rate,
    state: State,
    order: AnyArray,
    batches: int,
    epoch: int,
) -> tuple[State, Losses]:
    """Return the state after one pass over the data: a step of Adam for each of the `batches`."""
    key = problem.key(epoch)
    data = problem.data
    flat, tree = _flat(state.weights)

    def one_batch(number: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        rows = order[number]
        X, y = data.windows[rows], data.targets[rows]
        # An incomplete batch is filled with copies of row 0; the mask gives them weight 0.
        first = number * order.shape[1]
        mask = (first + jnp.arange(order.shape[1]) < data.size).astype(X.dtype)
        draws = jax.random.uniform(jax.random.fold_in(key, number), X.shape[:2])
        adam = optax.adam(rate.at(number))

        def loss(row: Array) -> Array:
            return problem.batch_loss(tree(row), X, y, mask, draws)

        def one_restart(row: Array, optimizer: Any) -> tuple[Array, Any]:
            change, optimizer = adam.update(jax.grad(loss)(row), optimizer)
            return row + change, optimizer

        after: tuple[Any, Any] = jax.vmap(one_restart)(*carry)
        return after

    flat, optimizer = lax.fori_loop(0, batches, one_batch, (flat, state.optimizer))
    weights = jax.vmap(tree)(flat)
    training = jax.vmap(lambda w: problem.training_loss(w, key))(weights)
    return _judged(problem, state, weights, optimizer, training, key)


@jax.jit
def whole_epoch(
    problem: Problem,
    rate: Rate,
    state: State,
    steps: int,
    epoch: int,
) -> tuple[State, Losses]:
    """Return the state after `steps` (0 or 1) steps of Adam on the whole set.

    One evaluation gives the loss after this step and the gradient for the next.
    """
    key = problem.key(epoch)
    flat, tree = _flat(state.weights)
    adam = optax.adam(rate.at(jnp.zeros(())))
    loss = problem.differentiable_loss(tree, key)

    def one_step(_: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        change, inner = jax.vmap(adam.update)(state.optimizer.gradient, carry[1])
        return carry[0] + change, inner

    flat, inner = lax.fori_loop(0, steps, one_step, (flat, state.optimizer.inner))
    training, gradient = jax.vmap(jax.value_and_grad(loss))(flat)
    optimizer = Evaluated(inner, training, gradient)
    return _judged(problem, state, jax.vmap(tree)(flat), optimizer, training, key)


@jax.jit
def begin_lbfgs(problem: Problem, state: State, draw: int) -> State:
    """Return a state at every restart's best weights, with the initial state of L-BFGS."""
    flat, tree = _flat(state.best_weights)
    loss = problem.differentiable_loss(tree, problem.key(draw))
    training, gradient = jax.vmap(jax.value_and_grad(loss))(flat)
    optimizer = Evaluated(jax.vmap(_no_curvature)(flat), training, gradient)
    return state._replace(weights=state.best_weights, optimizer=optimizer)


@jax.jit
def lbfgs_step(problem: Problem, state: State, draw: int) -> tuple[State, Losses]:
    """Return the state after one iteration of L-BFGS with its line search.

    A restart whose line search finds no lower loss keeps its weights and discards its curvature
    estimate, which may belong to another branch: its next search follows the negative gradient. If
    that fails too, the restart has stopped: its gradient counts as zero from then on, so that the
    other restarts do not wait for its searches.
    """
    key = problem.key(draw)
    flat, tree = _flat(state.weights)
    loss = problem.differentiable_loss(tree, key)

    def one_restart(row: Array, before: Evaluated) -> tuple[Array, Evaluated]:
        change, inner = LBFGS.update(
            before.gradient,
            before.inner,
            row,
            value=before.loss,
            grad=before.gradient,
            value_fn=loss,
        )
        found = inner[-1]  # the line search returns loss and gradient at its end point
        lower = (found.value < before.loss) & jnp.all(jnp.isfinite(found.grad))
        accepted = (row + change, Evaluated(inner, found.value, found.grad))
        fresh = before.inner[0].count == 0
        gradient = jnp.where(fresh, jnp.zeros_like(row), before.gradient)
        rejected = (row, Evaluated(_no_curvature(row), before.loss, gradient))
        after: tuple[Array, Evaluated] = jax.tree.map(
            lambda new, old: jnp.where(lower, new, old), accepted, rejected
        )
        return after

    flat, optimizer = jax.vmap(one_restart)(flat, state.optimizer)
    return _judged(problem, state, jax.vmap(tree)(flat), optimizer, optimizer.loss, key)


def _no_curvature(row: Array) -> Any:
    """Return the initial state of L-BFGS, without curvature estimates."""
    # Optax makes some arrays of weak type, for which the first iteration would need a program of
    # its own; a cast to the same dtype makes the type strong.
    return jax.tree.map(lambda array: array.astype(array.dtype), LBFGS.init(row))


def _flat(weights: Any) -> tuple[Array, Callable[[Array], Any]]:
    """Return the weights as one row for each restart, and a function from a row to a tree.

    Adam runs a dozen small operations on each array, so all weights are put into one.
    """
    back = ravel_pytree(jax.tree.map(lambda array: array[0], weights))[1]
    return jax.vmap(lambda w: ravel_pytree(w)[0])(weights), back


def _judged(
    problem: Problem,
    before: State,
    weights: Any,
    optimizer: Any,
    training: AnyArray,
    key: Array,
) -> tuple[State, Losses]:
    """Return the next state, with the best weights updated, and the losses."""
    validation = None
    if problem.validation is not None:
        validation = jax.vmap(lambda w: problem.validation_loss(w, key))(weights)
    loss = jnp.asarray(training if validation is None else validation)
    better = loss < before.best_loss  # False for NaN: a diverged restart keeps its best
    best_weights = jax.tree.map(
        lambda new, old: jnp.where(better.reshape(-1, *[1] * (new.ndim - 1)), new, old),
        weights,
        before.best_weights,
    )
    best_loss = jnp.where(better, loss, before.best_loss)
    return State(weights, optimizer, best_weights, best_loss), Losses(training, validation)
