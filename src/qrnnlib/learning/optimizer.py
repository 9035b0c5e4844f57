"""The steps of training: an epoch of Adam, in batches or on the whole set, a step of L-BFGS.

Each takes the state of all restarts and returns the next state and its losses. All arrays of a
state have a leading axis of restarts, and the restarts are independent. Batches run in one compiled
program; steps on the whole set run on the host and call the model once each.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib.cell.engine import AnyArray
from qrnnlib.learning import adam
from qrnnlib.learning.loss import Problem
from qrnnlib.learning.objective import Evaluation, Objective, Reals
from qrnnlib.physics import lbfgs

#: A step of L-BFGS that lowers a loss by less than this fraction counts as none; one that is
#: predicted to is the last.
LEAST_GAIN = 1e-15


class State(NamedTuple):
    """Everything that changes in training.

    Attributes
    ----------
    rows : array, shape (restarts, numbers)
        The weights.
    optimizer : Adam, OnWholeSet or Lbfgs
    best_rows : array, shape (restarts, numbers)
    best_loss : array, shape (restarts,)
        Lowest loss so far, of the validation part if there is one; infinite before the first.
    """

    rows: Any
    optimizer: Any
    best_rows: Any
    best_loss: AnyArray


class OnWholeSet(NamedTuple):
    """State of Adam, and the gradient at the current weights."""

    adam: adam.Adam
    gradient: Reals


class Lbfgs(NamedTuple):
    """State of L-BFGS; the axis of restarts is the second of the history's arrays.

    A restart whose line search finds no lower loss forgets its curvature, which may belong to
    another branch: its next search follows the negative gradient. If that fails too, or there is
    next to nothing to gain, it has `stopped`.
    """

    search: lbfgs.Search
    steps: NDArray[np.int64]  # iterations done, of all restarts together
    stopped: NDArray[np.bool_]


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

    def at(self, number: Any) -> Any:
        """Return the rate for a batch of this epoch, by its number."""
        xp = number.__array_namespace__()
        return (
            self.full * 0.5 * (1 + xp.cos(np.pi * xp.minimum(self.begin + number * self.step, 1)))
        )


def initial_state(rows: Reals, whole: bool) -> State:
    """Return the state before training; no loss is known yet."""
    optimizer: Any = adam.begin(rows)
    if whole:
        optimizer = OnWholeSet(optimizer, np.zeros_like(rows))
    return State(rows, optimizer, rows, np.full(len(rows), np.inf))


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

    def one_batch(number: Array, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        rows = order[number]
        X, y = data.windows[rows], data.targets[rows]
        # An incomplete batch is filled with copies of row 0; the mask gives them weight 0.
        first = number * order.shape[1]
        mask = (first + jnp.arange(order.shape[1]) < data.size).astype(X.dtype)
        draws = jax.random.uniform(jax.random.fold_in(key, number), X.shape[:2])
        slope = jax.grad(lambda row: problem.batch_loss(row, X, y, mask, draws))
        return adam.step(carry[0], jax.vmap(slope)(carry[0]), carry[1], rate.at(number))

    begin = (jnp.asarray(state.rows), jax.tree.map(jnp.asarray, state.optimizer))
    rows, optimizer = lax.fori_loop(0, batches, one_batch, begin)
    training = jax.vmap(partial(problem.training_loss, key=key))(rows)
    validation = None
    if problem.validation is not None:
        validation = jax.vmap(partial(problem.validation_loss, key=key))(rows)
    return _judged(state, rows, optimizer, Losses(training, validation))


def whole_epoch(
    objective: Objective, rate: Rate, state: State, steps: int, epoch: int
) -> tuple[State, Losses]:
    """Return the state after `steps` (0 or 1) steps of Adam on the whole set.

    One evaluation gives the loss after this step and the gradient for the next.
    """
    rows, before = state.rows, state.optimizer.adam
    with np.errstate(all="ignore"):  # a diverging restart is discarded, but is not a warning
        if steps:
            rate_now = rate.at(np.zeros(()))
            rows, before = adam.step(rows, state.optimizer.gradient, before, rate_now)
        found = objective(rows, epoch)
        losses = Losses(found.loss, objective.validation(rows, epoch))
        return _judged(state, rows, OnWholeSet(before, found.gradient), losses)


def begin_lbfgs(state: State, found: Evaluation) -> State:
    """Return a state at every restart's best weights, where the objective is `found`."""
    search = lbfgs.begin(state.best_rows, -found.loss, -found.gradient)
    optimizer = Lbfgs(search, np.zeros((), np.int64), np.zeros(len(found.loss), dtype=bool))
    return state._replace(rows=state.best_rows, optimizer=optimizer)


def lbfgs_step(objective: Objective, state: State, draw: int) -> tuple[State, Losses]:
    """Return the state after one iteration of L-BFGS with its line search."""
    before: Lbfgs = state.optimizer
    restarts = len(state.rows)

    def function(rows: Reals) -> tuple[Reals, Reals]:
        # Filled up with copies, so that there is one compiled program.
        found = objective(rows[np.arange(restarts) % len(rows)], draw)
        return -found.loss[: len(rows)], -found.gradient[: len(rows)]

    # The history is overwritten in place, and Ctrl-C may come in between.
    history = before.search._replace(
        **{name: getattr(before.search, name).copy() for name in ("steps", "bends", "curvature")}
    )
    with np.errstate(all="ignore"):
        least = LEAST_GAIN * abs(history.value)
        search, ends = lbfgs.advance(function, history, int(before.steps), least)
        stuck = ~(search.value - history.value > least)
        fresh = ~before.search.curvature.any(axis=0)
        stopped = before.stopped | ends.predicted | (stuck & fresh)
        search.curvature[:, stuck] = 0.0
        scale = np.where(stuck, lbfgs.first_scale(search.gradient), search.scale)
        # With a gradient of zero a restart stays where it is.
        gradient = np.where(stopped[:, None], 0.0, search.gradient)
        search = search._replace(scale=scale, gradient=gradient)
        optimizer = Lbfgs(search, before.steps + 1, stopped)
        losses = Losses(-search.value, objective.validation(search.point, draw))
        return _judged(state, search.point, optimizer, losses)


def _judged(before: State, rows: Any, optimizer: Any, losses: Losses) -> tuple[State, Losses]:
    """Return the next state, with the best weights updated, and the losses."""
    loss: Any = losses.training if losses.validation is None else losses.validation
    xp = loss.__array_namespace__()
    better = loss < before.best_loss  # False for NaN: a diverged restart keeps its best
    best_rows = xp.where(better[:, None], rows, before.best_rows)
    best_loss = xp.where(better, loss, before.best_loss)
    return State(rows, optimizer, best_rows, best_loss), losses
