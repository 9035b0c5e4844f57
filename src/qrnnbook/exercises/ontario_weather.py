"""Checkers for the chapter *A year of Ontario weather*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import MisfitError, Verdict, differs, judge

Values = NDArray[np.float64]

#: Length of a year in days.
YEAR = 365.25


def check_in_degrees(answer: object) -> Verdict:
    """Check a function that converts a scaled mean squared error to degrees.

    ``answer(mse, coldest, warmest)`` returns the root mean squared error in degrees, where the
    scaling maps `coldest` to -1 and `warmest` to 1. The reference is the error in degrees of a
    made-up forecast.

    Examples
    --------
    >>> check_in_degrees(lambda mse, coldest, warmest: mse**0.5 * (warmest - coldest) / 2).state
    'right'
    """

    def fault(value: Any, mse: float, coldest: float, warmest: float) -> str | None:
        extent = warmest - coldest
        # A forecast that is off by sqrt(mse) in scaled units, and the true value, both in degrees.
        missed, hit = np.interp([np.sqrt(mse) - 1, -1], [-1, 1], [coldest, warmest])
        return differs(
            value,
            missed - hit,
            {
                "The root is still to be taken: squared errors do not scale like errors.": mse
                * extent
                / 2,
                "From -1 to 1 it is two units, not one.": np.sqrt(mse) * extent,
                "This is the temperature that the error would stand for. Of an error, the "
                "offset of the scale is no part.": missed + extent / 2,
                "This is in squared degrees.": mse * (extent / 2) ** 2,
                "An error in scaled units grows with the range when it goes back to "
                "degrees.": np.sqrt(mse) / (extent / 2),
            },
        )

    rng = np.random.default_rng(701)
    cases = [
        (float(rng.uniform(0.01, 0.2)), float(rng.uniform(-30, -5)), float(rng.uniform(15, 35)))
        for _ in range(5)
    ]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the root mean squared error in degrees.",
        praise="It is what the errors come to if they are taken in degrees from the start.",
    )


def check_usual(answer: object) -> Verdict:
    """Check a function that fits the season: a mean, and a sine and a cosine of one year.

    ``answer(days, values, asked)`` returns the usual value of each of the days in `asked`; days are
    counted from a January 1, and a year has 365.25 of them. Without noise the fit must reproduce
    such a wave exactly, also in a year without data; with noise it must be the least-squares fit.

    Examples
    --------
    >>> check_usual(lambda days, values, asked: np.full(len(asked), values.mean())).hint
    'This is the mean of all values. What is the season?'
    """

    def fault(value: Any, days: Values, values: Values, asked: Values) -> str | None:
        def fitted(columns: Any) -> Values:
            coefficients = np.linalg.lstsq(columns(days), values)[0]
            forecast: Values = columns(asked) @ coefficients
            return forecast

        def season(turns: float = 2 * np.pi / YEAR) -> Any:
            return lambda t: np.column_stack(
                [np.ones(len(t)), np.cos(turns * t), np.sin(turns * t)]
            )

        w = 2 * np.pi / YEAR
        return differs(
            value,
            fitted(season()),
            {
                "This is the mean of all values. What is the season?": np.full(
                    len(asked), np.mean(values)
                ),
                "Without a sine beside it, the cosine puts the coldest day on January 1, or the "
                "warmest.": fitted(lambda t: season()(t)[:, :2]),
                "Without a cosine beside it, the sine cannot choose its coldest day.": fitted(
                    lambda t: season()(t)[:, [0, 2]]
                ),
                "A constant is missing: this wave goes around zero.": fitted(
                    lambda t: season()(t)[:, 1:]
                ),
                "Is the angle of a whole year 2 pi?": fitted(season(1 / YEAR)),
                "This wave takes two years.": fitted(season(np.pi / YEAR)),
                "A year has 365.25 days here. After four years the season would be a day "
                "late.": fitted(season(2 * np.pi / 365)),
                "Two harmonics are one too many here. The noise gets a say in four "
                "coefficients instead of two.": fitted(
                    lambda t: np.column_stack([season()(t), np.cos(2 * w * t), np.sin(2 * w * t)])
                ),
            },
        )

    rng = np.random.default_rng(702)
    cases = []
    for noise in (4.0, 0.0):
        days = np.sort(rng.choice(4 * 365, 900, replace=False)).astype(float)
        mean, height, coldest = rng.uniform(5, 12), rng.uniform(8, 15), rng.uniform(10, 40)
        wave = mean - height * np.cos(2 * np.pi * (days - coldest) / YEAR)
        asked = np.arange(1461.0, 1461.0 + 366, 30)
        cases.append((days, wave + noise * rng.normal(size=len(days)), asked))
    return judge(
        answer,
        cases,
        fault,
        wanted="Return an array with the usual value of each day that is asked for.",
        praise="It finds the season under the noise, and carries it on to a year that it has "
        "not seen.",
    )


def check_fair_targets(answer: object) -> Verdict:
    """Check a function that finds fair targets in a series with interpolated gaps.

    ``answer(measured, steps)`` returns the positions of the targets that were measured and whose
    windows of `steps` values do not depend on them. `measured` is an array of bool; the other
    values were interpolated linearly. The check applies no rule: it changes each measured value in
    turn, interpolates again, and tests whether the window before it changes.

    Examples
    --------
    >>> def fair_targets(measured, steps):
    ...     targets = np.arange(steps, len(measured))
    ...     return targets[measured[targets] & measured[targets - 1]]
    >>> check_fair_targets(fair_targets).state
    'right'
    """
    rng = np.random.default_rng(703)
    cases = []
    for points, steps, gaps in ((16, 3, [6, 11, 12]), (20, 4, [2, 9, 10, 15]), (30, 6, [13])):
        measured = np.ones(points, dtype=bool)
        measured[gaps] = False
        cases.append((measured, steps, rng.normal(size=points)))
    values = {measured.tobytes(): given for measured, _, given in cases}
    return judge(
        answer,
        [(measured, steps) for measured, steps, _ in cases],
        lambda value, measured, steps: _fault_of_targets(
            value, measured, steps, values[measured.tobytes()]
        ),
        wanted="Return an array with the positions of the fair targets.",
        praise="Each of these was measured, and no window before it moves when it changes.",
    )


def _fault_of_targets(
    value: Any, measured: NDArray[np.bool_], steps: int, values: Values
) -> str | None:
    """Return what is wrong with the positions of the targets, or None."""
    try:
        given = np.asarray(value)
        found = {int(place) for place in given} if given.ndim == 1 else None
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None or given.dtype.kind not in "iu":
        raise MisfitError("It must be an array of positions, whole numbers in one row.")
    fair = {
        target
        for target in range(steps, len(measured))
        if measured[target] and not _knows(target, measured, steps, values)
    }
    if any(target < steps for target in found):
        return f"A target before position {steps} has no full window before it."
    if any(target >= len(measured) for target in found):
        return "There is a position after the end of the series."
    if any(not measured[target] for target in found):
        return "One of these targets was never measured. Who forecasts it hits a straight line."
    if leaks := sorted(found - fair):
        return (
            f"The window before {leaks[0]} was closed with the help of the value at {leaks[0]}: "
            "change that, and the window moves."
        )
    if missing := sorted(fair - found):
        if not np.all(measured[missing[0] - steps : missing[0]]):
            return (
                f"You give {missing[0]} away. Its window has an interpolated value in it, but one "
                "that was known by then."
            )
        return f"Position {missing[0]} is missing. It was measured, and its window is fair."
    return None


def _knows(target: int, measured: NDArray[np.bool_], steps: int, values: Values) -> bool:
    """Return whether the window before a target changes when the target is changed."""
    places = np.arange(len(values))
    other = values.copy()
    other[target] += 1
    closed = [np.interp(places, places[measured], one[measured]) for one in (values, other)]
    window = slice(target - steps, target)
    return not np.array_equal(closed[0][window], closed[1][window])
