"""Maximisation of a smooth function from many starts at once: L-BFGS with a row for each start.

A complex row of length n stands for 2n real numbers, so the inner product of two rows is the real
part of the complex one. Every start keeps its own curvature history; starts that have converged
leave the batch. See Nocedal and Wright, Numerical Optimization, section 7.2.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.complex128]
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


class _Climbers(NamedTuple):
    """The starts still running, along the first axis of an array (the second of `steps`, ...)."""

    number: NDArray[np.intp]
    point: Rows
    value: Reals
    gradient: Rows
    steps: Rows  # (HISTORY, climbers, n): changes of point ...
    bends: Rows  # ... and minus those of gradient, so that curvature is positive near a maximum
    curvature: Reals  # (HISTORY, climbers): one over their inner product, 0 where not used
    scale: Reals  # scale of the inverse Hessian, from the last step
    past: Reals  # (_PATIENCE, climbers): values before each of the latest steps


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
    value, gradient = function(starts)
    count, n = starts.shape
    climbers = _Climbers(
        np.arange(count),
        starts,
        value,
        gradient,
        np.zeros((HISTORY, count, n), complex),
        np.zeros((HISTORY, count, n), complex),
        np.zeros((HISTORY, count)),
        # Limits the first step to length 1/2, about right for points of norm one.
        0.5 / np.maximum(1.0, np.linalg.norm(gradient, axis=1)),
        np.full((_PATIENCE, count), -np.inf),
    )
    values, points = value.copy(), starts.copy()
    for iteration in range(iterations):
        climbers, arrived = _step(function, climbers, iteration)
        values[climbers.number], points[climbers.number] = climbers.value, climbers.point
        # The oldest entry of the ring, which the next step overwrites.
        rise = climbers.value - climbers.past[(iteration + 1) % _PATIENCE]
        going = ~arrived & (rise > _GAIN)
        if not going.any():
            break
        if not going.all():
            climbers = _only(climbers, going)
    return values, points


def _step(
    function: BatchFunction, climbers: _Climbers, iteration: int
) -> tuple[_Climbers, NDArray[np.bool_]]:
    """Return the climbers after one step each, and which of them no step can improve."""
    latest_first = [(iteration - 1 - i) % HISTORY for i in range(min(iteration, HISTORY))]
    direction = _direction(climbers, latest_first)
    slope = _inner(climbers.gradient, direction)
    # Rounding can spoil the curvature history of a start that has nearly converged: use the
    # gradient instead.
    lost = ~(slope > 0)
    direction[lost] = climbers.gradient[lost]
    slope[lost] = _inner(climbers.gradient[lost], climbers.gradient[lost])
    arrived = slope < _PREDICTED_GAIN
    length = np.ones(len(slope))
    point = climbers.point + direction
    value, gradient = function(point)
    for _ in range(_SHORTENINGS):
        # Written so that a NaN counts as too low.
        enough = value >= climbers.value + _SUFFICIENT * length * slope
        low = np.flatnonzero(~(enough | arrived))
        if not low.size:
            break
        # Maximum of the parabola through the value and slope at the start and the value at the end.
        miss = climbers.value[low] + length[low] * slope[low] - value[low]
        with np.errstate(invalid="ignore", divide="ignore"):
            top = slope[low] * length[low] / (2 * miss)
        # Neither a tiny step nor nearly the same one: see Nocedal and Wright, section 3.5.
        length[low] *= np.clip(np.nan_to_num(top, nan=0.1), 0.1, 0.5)
        point[low] = climbers.point[low] + length[low, None] * direction[low]
        value[low], gradient[low] = function(point[low])
    # What is worse after all shortenings, or NaN, stays where it was.
    fallen = ~(value >= climbers.value)
    point[fallen], value[fallen] = climbers.point[fallen], climbers.value[fallen]
    gradient[fallen] = climbers.gradient[fallen]

    step, bend = point - climbers.point, climbers.gradient - gradient
    product, size = _inner(step, bend), _inner(bend, bend)
    # Pairs without positive curvature are not used; the inner `where` avoids dividing by zero.
    curved = product > 1e-12 * size
    row = iteration % HISTORY  # of the oldest pair
    climbers.steps[row], climbers.bends[row] = step, bend
    climbers.curvature[row] = np.where(curved, 1 / np.where(curved, product, 1.0), 0.0)
    scale = np.where(curved, product / np.where(curved, size, 1.0), climbers.scale)
    climbers.past[iteration % _PATIENCE] = climbers.value
    after = climbers._replace(point=point, value=value, gradient=gradient, scale=scale)
    return after, arrived | fallen


def _direction(climbers: _Climbers, latest_first: list[int]) -> Rows:
    """Return the gradient times the estimated inverse Hessian, by the two-loop recursion."""
    result = climbers.gradient.copy()
    parts = []
    for i in latest_first:
        part = climbers.curvature[i] * _inner(climbers.steps[i], result)
        result -= part[:, None] * climbers.bends[i]
        parts.append(part)
    result *= climbers.scale[:, None]
    for i, part in zip(reversed(latest_first), reversed(parts), strict=True):
        other = climbers.curvature[i] * _inner(climbers.bends[i], result)
        result += climbers.steps[i] * (part - other)[:, None]
    return result


def _only(climbers: _Climbers, kept: NDArray[np.bool_]) -> _Climbers:
    """Return the climbers selected by the mask `kept`."""
    return _Climbers(
        climbers.number[kept],
        climbers.point[kept],
        climbers.value[kept],
        climbers.gradient[kept],
        climbers.steps[:, kept],
        climbers.bends[:, kept],
        climbers.curvature[:, kept],
        climbers.scale[kept],
        climbers.past[:, kept],
    )


def _inner(one: Rows, other: Rows) -> Reals:
    """Return the real inner product of each pair of rows."""
    product: Reals = np.einsum("sn,sn->s", one.conj(), other).real
    return product
