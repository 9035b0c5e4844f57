"""Maximisation of a smooth function from many starts at once: L-BFGS with a row for each start.

A complex row of length n stands for 2n real numbers, so the inner product of two rows is the real
part of the complex one. Every start keeps its own curvature history; starts that have converged
leave the batch. See Nocedal and Wright, Numerical Optimization, section 7.2.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[Any]  # complex or real
Reals = NDArray[np.float64]

#: Values and gradients at a batch of points, one row for each. The gradient g of f is defined by
#: ``df = Re sum(conj(g) dx)``.
BatchFunction = Callable[[Rows], tuple[Reals, Rows]]

#: Number of past steps whose changes of point and gradient are kept.
HISTORY = 10

#: A step must gain at least this fraction of what the slope predicts (Armijo's condition).
_SUFFICIENT = 1e-4

#: Number of times a step is shortened before its start counts as converged.
_SHORTENINGS = 20

#: A start has converged when a full step is predicted to gain less than `_PREDICTED_GAIN` (the
#: rest is rounding), or when `_PATIENCE` successive steps together gained less than `_GAIN`. One
#: such step is not enough: near a Schmidt coefficient of 0 the curvature diverges and steps can be
#: tiny.
_PREDICTED_GAIN = 1e-15
_GAIN = 1e-12
_PATIENCE = 10


class Search(NamedTuple):
    """Searches from several starts, along the first axis of an array (the second of `steps`, ...).

    Attributes
    ----------
    point, value, gradient : ndarray
        Where each search is.
    steps, bends : ndarray, shape (HISTORY, starts, n)
        Past changes of the point, and minus those of the gradient, so that curvature is positive
        near a maximum.
    curvature : ndarray, shape (HISTORY, starts)
        One over their inner product, 0 where not used.
    scale : ndarray, shape (starts,)
        Scale of the inverse Hessian, from the last step.
    """

    point: Rows
    value: Reals
    gradient: Rows
    steps: Rows
    bends: Rows
    curvature: Reals
    scale: Reals


class Ends(NamedTuple):
    """Masks of the searches that a step did not improve, (starts,)."""

    predicted: NDArray[np.bool_]  # a full step was predicted to gain too little
    fallen: NDArray[np.bool_]  # no length of the step led to a higher value


def begin(starts: Rows, value: Reals, gradient: Rows) -> Search:
    """Return searches without a history, at points with these values and gradients."""
    memory = np.zeros((HISTORY, *starts.shape), starts.dtype)
    return Search(
        starts,
        value,
        gradient,
        memory,
        memory.copy(),
        np.zeros((HISTORY, len(starts))),
        first_scale(gradient),
    )


def first_scale(gradient: Rows) -> Reals:
    """Return a scale that limits the first step to length 1/2, right for points of norm one."""
    scale: Reals = 0.5 / np.maximum(1.0, np.linalg.norm(gradient, axis=1))
    return scale


def climb(function: BatchFunction, starts: Rows, iterations: int = 1000) -> tuple[Reals, Rows]:
    """Maximise a function from each start, and return the values and points reached.

    Parameters
    ----------
    function : callable
        Values (starts,) and gradients (starts, n) of a batch of points (starts, n).
    starts : ndarray of complex, shape (starts, n)
    iterations : int, default 1000
        Largest number of steps.

    Returns
    -------
    values : ndarray, shape (starts,)
    points : ndarray of complex, shape (starts, n)

    Examples
    --------
    >>> def hill(x):
    ...     return -np.sum(np.abs(x - 2j) ** 2, axis=1), -2 * (x - 2j)
    >>> values, points = climb(hill, np.array([[1 + 0j], [-3 + 1j]]))
    >>> points.round(6).tolist()
    [[2j], [2j]]
    """
    search = begin(starts, *function(starts))
    number = np.arange(len(starts))  # of each search still running
    past = np.full((_PATIENCE, len(starts)), -np.inf)  # values before each of the latest steps
    values, points = search.value.copy(), starts.copy()
    for iteration in range(iterations):
        past[iteration % _PATIENCE] = search.value
        search, ends = advance(function, search, iteration)
        values[number], points[number] = search.value, search.point
        # The oldest entry of the ring, which the next step overwrites.
        rise = search.value - past[(iteration + 1) % _PATIENCE]
        going = ~(ends.predicted | ends.fallen) & (rise > _GAIN)
        if not going.any():
            break
        if not going.all():
            search, number, past = _only(search, going), number[going], past[:, going]
    return values, points


def advance(
    function: BatchFunction,
    search: Search,
    iteration: int,
    least_gain: float | Reals = _PREDICTED_GAIN,
) -> tuple[Search, Ends]:
    """Return the searches after one step each; the arrays of their history are overwritten.

    Parameters
    ----------
    function : callable
        As for `climb`.
    search : Search
    iteration : int
        Number of steps done so far.
    least_gain : float or ndarray, shape (starts,), optional
        Below this predicted gain a search has ended. By default 1e-15.
    """
    latest_first = [(iteration - 1 - i) % HISTORY for i in range(min(iteration, HISTORY))]
    direction = _direction(search, latest_first)
    slope = _inner(search.gradient, direction)
    # Rounding can spoil the curvature history of a start that has nearly converged: use the
    # gradient instead.
    lost = ~(slope > 0)
    direction[lost] = search.gradient[lost]
    slope[lost] = _inner(search.gradient[lost], search.gradient[lost])
    arrived = slope <= least_gain
    length = np.ones(len(slope))
    point = search.point + direction
    value, gradient = function(point)
    for _ in range(_SHORTENINGS):
        # Written so that a NaN counts as too low.
        enough = value >= search.value + _SUFFICIENT * length * slope
        low = np.flatnonzero(~(enough | arrived))
        if not low.size:
            break
        # Maximum of the parabola through the value and slope at the start and the value at the end.
        miss = search.value[low] + length[low] * slope[low] - value[low]
        with np.errstate(invalid="ignore", divide="ignore"):
            top = slope[low] * length[low] / (2 * miss)
        # Neither a tiny step nor nearly the same one: see Nocedal and Wright, section 3.5.
        length[low] *= np.clip(np.nan_to_num(top, nan=0.1), 0.1, 0.5)
        point[low] = search.point[low] + length[low, None] * direction[low]
        value[low], gradient[low] = function(point[low])
    # What is worse after all shortenings, or NaN, stays where it was.
    fallen = ~(value >= search.value)
    point[fallen], value[fallen] = search.point[fallen], search.value[fallen]
    gradient[fallen] = search.gradient[fallen]

    step, bend = point - search.point, search.gradient - gradient
    product, size = _inner(step, bend), _inner(bend, bend)
    # Pairs without positive curvature are not used; the inner `where` avoids dividing by zero.
    curved = product > 1e-12 * size
    row = iteration % HISTORY  # of the oldest pair
    search.steps[row], search.bends[row] = step, bend
    search.curvature[row] = np.where(curved, 1 / np.where(curved, product, 1.0), 0.0)
    scale = np.where(curved, product / np.where(curved, size, 1.0), search.scale)
    after = search._replace(point=point, value=value, gradient=gradient, scale=scale)
    return after, Ends(arrived, fallen)


def _direction(search: Search, latest_first: list[int]) -> Rows:
    """Return the gradient times the estimated inverse Hessian, by the two-loop recursion."""
    result = search.gradient.copy()
    parts = []
    for i in latest_first:
        part = search.curvature[i] * _inner(search.steps[i], result)
        result -= part[:, None] * search.bends[i]
        parts.append(part)
    result *= search.scale[:, None]
    for i, part in zip(reversed(latest_first), reversed(parts), strict=True):
        other = search.curvature[i] * _inner(search.bends[i], result)
        result += search.steps[i] * (part - other)[:, None]
    return result


def _only(search: Search, kept: NDArray[np.bool_]) -> Search:
    """Return the searches selected by the mask `kept`."""
    return Search(
        search.point[kept],
        search.value[kept],
        search.gradient[kept],
        search.steps[:, kept],
        search.bends[:, kept],
        search.curvature[:, kept],
        search.scale[kept],
    )


def _inner(one: Rows, other: Rows) -> Reals:
    """Return the real inner product of each pair of rows."""
    product: Reals = np.einsum("sn,sn->s", one.conj(), other).real
    return product
