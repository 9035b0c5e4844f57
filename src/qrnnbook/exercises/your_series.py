"""Checkers for the chapter *Your own series*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import MisfitError, Verdict, close, differs, judge, numbers

Values = NDArray[np.float64]
Positions = NDArray[np.int64]


def check_seasonal(answer: object) -> Verdict:
    """Check a function that repeats the last period of a series.

    ``answer(values, period, ahead)`` returns forecasts of the next `ahead` values, all made at the
    end of `values`. The reference extends the series value by value, each equal to the one a
    period before.

    Examples
    --------
    >>> check_seasonal(lambda values, period, ahead: [values[-1]] * ahead).hint
    'This is persistence: the last value, again and again.'
    """

    def fault(value: Any, values: Values, period: int, ahead: int) -> str | None:
        goes_on = list(values)
        for _ in range(ahead):
            goes_on.append(goes_on[-period])
        if isinstance(value, np.ndarray | list) and len(value) == period < ahead:
            return "After one period the forecasts are used up. The season goes on: begin again."
        forecasts = np.arange(ahead)
        last = values[-period:]
        return differs(
            value,
            np.array(goes_on[len(values) :]),
            {
                "This is persistence: the last value, again and again.": np.full(ahead, values[-1]),
                "The season goes on: the second forecast repeats the value after the one that the "
                "first repeats.": np.full(ahead, last[0]),
                "This repeats the first period of the series. A season may drift: take the "
                "last.": values[forecasts % period],
                "This runs backwards through the last period.": last[::-1][forecasts % period],
                "These are a step late: the first forecast is for the step after the last "
                "value.": values[-period - 1 :][forecasts % period],
                "These are a step early: the value of a period ago is not yet the one after "
                "it.": last[(forecasts + 1) % period],
            },
        )

    rng = np.random.default_rng(801)
    shapes = [(23, 5, 8), (30, 7, 7), (40, 12, 3), (9, 4, 9), (8, 7, 15), (6, 1, 2)]
    return judge(
        answer,
        [(rng.normal(size=points), period, ahead) for points, period, ahead in shapes],
        fault,
        wanted="Return an array with the forecasts of the next `ahead` values.",
        praise="Each forecast is the value of a whole number of periods before, the last that is "
        "known.",
    )


def check_rolled(answer: object) -> Verdict:
    """Check a function that splits a series by rolling origins.

    ``answer(points, past, ahead)`` returns a list with a pair for each origin: the `past` positions
    to learn from, and the `ahead` positions after them to forecast, each a range or an array. The
    check is for a fair comparison: a model learns from no day that it forecasts and from no later
    day, and each day is forecast at most once.

    Examples
    --------
    >>> def rolled(points, past, ahead):
    ...     origins = range(past, points - ahead + 1, ahead)
    ...     return [(range(o - past, o), range(o, o + ahead)) for o in origins]
    >>> check_rolled(rolled).state
    'right'
    """
    return judge(
        answer,
        [(29, 10, 4), (600, 240, 60), (30, 8, 5), (12, 5, 7)],
        _fault_of_origins,
        wanted="Return a list with a pair for each origin: the positions to learn from, and those "
        "to forecast.",
        praise="Each origin learns from its own past alone, no day is forecast twice, and no "
        "origin that fits is left out.",
    )


def _fault_of_origins(value: Any, points: int, past: int, ahead: int) -> str | None:
    """Return what is wrong with the origins, or None."""
    origins = _origins(value)
    free = past  # the first position that is not forecast yet
    for learn, test in origins:
        fault = _fault_of_pair(learn, test, points, past, ahead)
        if fault is not None:
            return fault
        if test[0] < free:
            return f"Position {test[0]} is forecast twice. Move on by `ahead`, not by less."
        if test[0] > free:
            return f"No origin forecasts position {free}. Begin at `past`, and move on by `ahead`."
        free = int(test[-1]) + 1
    if free + ahead <= points:
        return f"One more fits: positions {free} to {free + ahead - 1} are in the series too."
    return None


def _fault_of_pair(
    learn: Positions, test: Positions, points: int, past: int, ahead: int
) -> str | None:
    """Return what is wrong with one origin, or None."""
    if test[-1] >= points:
        return "The last test part reaches beyond the end of the series. Leave that origin out."
    if set(learn) & set(test):
        return "Some positions are learned from and forecast. That is a leak."
    if learn[-1] > test[0]:
        return "A position to learn from comes after one to forecast. It is not known yet."
    if not np.array_equal(test, np.arange(test[0], test[0] + ahead)):
        return "To forecast are `ahead` positions in a row."
    if learn[-1] != test[0] - 1:
        return "Between the last position to learn from and the first to forecast none is left out."
    if len(learn) != past and learn[0] == 0:
        return "This past grows from origin to origin. Here each learns from `past` positions."
    if not np.array_equal(learn, np.arange(test[0] - past, test[0])):
        return "To learn from are the `past` positions before the first to forecast."
    return None


def _origins(value: Any) -> list[tuple[Positions, Positions]]:
    """Return the origins as pairs of arrays, or raise `MisfitError`."""
    wanted = "It must be a list of pairs: positions to learn from, positions to forecast."
    try:
        pairs = [(np.asarray(learn), np.asarray(test)) for learn, test in value]
    except (TypeError, ValueError):
        raise MisfitError(wanted) from None
    if not pairs:
        raise MisfitError("The list is empty. At least one origin fits.")
    for stretch in (stretch for pair in pairs for stretch in pair):
        if stretch.ndim != 1 or not len(stretch) or stretch.dtype.kind not in "iu":
            raise MisfitError(wanted)
    return pairs


def check_best_mark(answer: object) -> Verdict:
    """Check a function that finds the threshold between two levels.

    ``answer(x, y)`` returns the mark that minimises the sum of squared errors when `y` is
    forecast by its mean where `x` is at most the mark, and by its mean where `x` is larger. All
    marks between the same two values are equally good, so the check compares errors: that of the
    mark with that of every other split.

    Examples
    --------
    >>> check_best_mark(lambda x, y: np.median(x)).hint
    'This cuts the values into two halves. It does not use y.'
    """
    return judge(
        answer,
        [_two_levels(seed, high) for seed, high in ((2, 0.8), (1, 0.3), (0, 0.9), (3, 0.5))],
        _fault_of_mark,
        wanted="Return the mark: a number between two of the values in x.",
        praise="No other mark leaves a smaller sum of squared errors.",
    )


def _two_levels(seed: int, share: float) -> tuple[Values, Values]:
    """Return x and y; the mean of y drops at the quantile `share` of x."""
    rng = np.random.default_rng([802, seed])
    x = rng.uniform(30, 70, 40)
    y = np.where(x > np.quantile(x, share), -4.0, 4.0) + rng.normal(0, 5, 40) * (1 + (x < 50))
    return x, y


def _fault_of_mark(value: Any, x: Values, y: Values) -> str | None:
    """Return what is wrong with a mark, or None."""
    mark = float(numbers(value).real)
    if not x.min() <= mark < x.max():
        return "All places are on one side of this mark."
    order = np.argsort(x)
    places, values = x[order], y[order]
    cuts = np.arange(1, len(x))
    sums = np.array([_scatter(values[:k]) + _scatter(values[k:]) for k in cuts])
    chosen = int(np.sum(x <= mark))
    if close(sums[chosen - 1], sums.min()):
        return None
    spreads = np.array([np.var(values[:k]) + np.var(values[k:]) for k in cuts])
    in_time = np.array([_scatter(y[:k]) + _scatter(y[k:]) for k in cuts])
    jumps = np.abs(np.diff(values))
    apart = np.array([abs(values[:k].mean() - values[k:].mean()) for k in cuts])
    mistakes = {
        "This cuts the values into two halves. It does not use y.": np.median(x),
        "This is the mean of x. It does not use y.": x.mean(),
        "Two variances were added as if both sides had as many values. Add the squared errors "
        "themselves.": places[np.argmin(spreads)],
        "The values were cut in the order in which they came. Sort them by x first.": x[
            np.argmin(in_time)
        ],
        "This is where y makes its largest jump from one place to the next. With noise that is "
        "mostly chance.": places[np.argmax(jumps)],
        "Here the two means are furthest apart, which a few values at one end can do. Look at the "
        "squared errors.": places[np.argmax(apart)],
    }
    return next((hint for hint, wrong in mistakes.items() if np.sum(x <= wrong) == chosen), "")


def _scatter(values: Values) -> float:
    """Return the sum of the squared distances from the mean."""
    return float(np.sum((values - values.mean()) ** 2))
