"""Windows over a series: every stretch of values without a gap, and the value to forecast."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.series import date_formats
from qrnnlib.series.series import Series
from qrnnlib.series.suspects import far_outside, shown

#: One series, or several on one index, the first of which is forecast.
OneOrMore = Series | ArrayLike | Sequence[Series | ArrayLike]


def windows(
    series: OneOrMore, steps: int, horizon: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return every window of a series and the value to forecast from it.

    Parameters
    ----------
    series : Series or array of shape (points,), or a list of them
        Neighbours in an array are treated as neighbours in time, also where the dates of a pandas
        index jump; `split_in_time` keeps these dates and notes where they jump. Windows across a
        gap of a Series are left out. In a list, all series are on the
        same index; the first is forecast, and a window holds the values of all. A column of shape
        (points, 1) is one series.
    steps : int
        Length of a window.
    horizon : int, default 1
        Number of points from the last value of the window to the target; 1 is the next value.

    Returns
    -------
    X : array of shape (n, steps), or (n, steps, features) for a list of series
        The windows; ``n = points - steps - horizon + 1`` without gaps.
    y : array of shape (n,)
        The value to forecast from each.

    Raises
    ------
    TypeError, ValueError
        If `steps` or `horizon` is below 1, a window with its target is longer than the series (or
        than any part of it without a gap), a value is not finite, or the series of a list are not
        on the same index.

    Examples
    --------
    >>> from qrnnlib import windows
    >>> X, y = windows([1.0, 2.0, 3.0, 4.0], steps=2)
    >>> X
    array([[1., 2.],
           [2., 3.]])
    >>> y
    array([3., 4.])

    Two points ahead:

    >>> windows([1.0, 2.0, 3.0, 4.0], steps=2, horizon=2)
    (array([[1., 2.]]), array([4.]))

    Two series, the first of which is forecast:

    >>> X, y = windows([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], steps=2)
    >>> X.shape, X[0].tolist(), y
    ((1, 2, 2), [[1.0, 10.0], [2.0, 20.0]], array([3.]))
    """
    several = as_series(series)
    steps = _checks.integer("steps", steps)
    horizon = _checks.integer("horizon", horizon)
    targets = targets_of(several[0], steps, horizon)
    values = np.column_stack([one.values for one in several])
    X, y = cut(values, targets, steps, horizon)
    return X if is_list(series) else X[:, :, 0], y


def is_list(series: OneOrMore) -> bool:
    """Tell whether there are several series: a list or tuple of series, or of rows of numbers."""
    return isinstance(series, list | tuple) and any(
        isinstance(one, Series) or np.ndim(one) for one in series
    )


def as_series(series: Any) -> list[Series]:
    """Return one or several series as a list, checked to be on one index."""
    several = [
        one if isinstance(one, Series) else _of_array(one)
        for one in (series if is_list(series) else [series])
    ]
    first, *others = several
    for number, other in enumerate(others, start=1):
        if len(first) != len(other):
            problem = f"{len(first)} and {len(other)} points"
        elif (first.index.dtype, first.step) != (other.index.dtype, other.step):
            problem = "indices of two kinds"
        elif not np.array_equal(first.index, other.index):
            where = int(np.argmax(first.index != other.index))
            problem = f"{first.index[where]} and {other.index[where]} at position {where}"
        else:
            continue
        raise ValueError(
            "series must all be on the same index, got "
            f"{problem} in series 0 ({first.name!r}) and {number} ({other.name!r})"
        )
    return several


def _of_array(values: Any) -> Series:
    """Return an array as a series whose rows are neighbours.

    A pandas index of dates is kept; where it jumps, as business days do, a note says so.
    """
    array = _checks.column(_checks.as_array("series", values))
    if array.ndim == 2:
        raise ValueError(
            f"series must have shape (any,), got {array.shape}; pass several series as a list, "
            "one for each column"
        )
    array = _checks.real_array("series", array, (None,))
    index: Any = np.arange(array.size, dtype=np.float64)
    if hasattr(values, "iloc") and date_formats.of("index of series", values.index):
        index = values.index
    one = Series(array, index)
    notes = one.notes + far_outside(array, one.index)
    if not one.gaps.size:
        return replace(one, notes=notes)
    notes += (
        f"rows are neighbours, also across {one.gaps.size} jumps of the index (the first after "
        f"{shown(one.index, one.gaps[0])}); Series(values, index) would have gaps there",
    )
    # With the largest spacing as its step, the series has no gaps.
    return replace(one, notes=notes, step=float(date_formats.spacing(one.index).max()))


def targets_of(series: Series, steps: int, horizon: int) -> NDArray[np.intp]:
    """Return the positions to forecast, without a gap since the start of their windows."""
    points = len(series)
    reach = steps + horizon - 1
    ahead = "the value after it" if horizon == 1 else f"the value {horizon} points after it"
    if reach >= points:
        name = "steps" if horizon == 1 else "steps + horizon - 1"
        raise ValueError(
            f"{name} must be less than the number of points in series, got a window of {steps} "
            f"and {ahead} in {points} points"
        )
    targets: NDArray[np.intp] = np.arange(reach, points)
    gaps = series.gaps
    # The gap after position g is spanned by target t when t - reach <= g < t.
    spanned = np.searchsorted(gaps, targets) - np.searchsorted(gaps, targets - reach)
    targets = targets[spanned == 0]
    if not targets.size:
        raise ValueError(
            f"steps must leave a window without a gap in series, got a window of {steps} and "
            f"{ahead} in {points} points with {gaps.size} gaps; an array of the values alone is "
            "one without gaps"
        )
    return targets


def cut(
    values: NDArray[np.float64], targets: NDArray[np.intp], steps: int, horizon: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the windows that end `horizon` points before each target, and the targets.

    `values` has shape (points, features); the first feature is forecast.
    """
    return values[targets[:, None] + np.arange(1 - steps, 1) - horizon], values[targets, 0]
