"""Checker for the chapter *A fair board*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import Verdict, differs, judge

Misses = NDArray[np.float64]


def check_over_days(answer: object) -> Verdict:
    """Check a function that returns the variance of a mean difference over days.

    ``answer(first, second, lags)`` takes the misses of two forecasts on the same days, and returns
    the variance of the mean of their squared differences with so many autocovariances, weighted as
    by `qrnnlib.diebold_mariano`. The reference sums over all pairs of days instead.

    Examples
    --------
    >>> def no_lags(first, second, lags):
    ...     return np.var(first**2 - second**2) / len(first)
    >>> check_over_days(no_lags).hint
    'This takes the days for independent: the autocovariances are missing.'
    """

    def fault(value: Any, first: Misses, second: Misses, lags: int) -> str | None:
        d = first**2 - second**2
        n = len(d)
        right = _over_pairs(d, lags) / n**2
        deviations = d - d.mean()
        gammas = [deviations[k:] @ deviations[: n - k] / n for k in range(lags + 1)]
        weights = [1 - k / (lags + 1) for k in range(lags + 1)]
        weighted = np.dot(weights, gammas)
        return differs(
            value,
            right,
            {
                "This takes the days for independent: the autocovariances are missing.": gammas[0]
                / n,
                "Every autocovariance counts twice: a day has neighbours on both sides.": weighted
                / n,
                "The weights are missing: they fall from 1 towards 0, and keep the sum from "
                "becoming negative.": (2 * sum(gammas) - gammas[0]) / n,
                "This is the variance of a single day. That of a mean is n times smaller.": right
                * n,
                "This is for the misses themselves. Their squares are the losses.": _over_pairs(
                    first - second, lags
                )
                / n**2,
                "This is for absolute misses. The losses are squares.": _over_pairs(
                    abs(first) - abs(second), lags
                )
                / n**2,
                "The mean must be subtracted before two days are multiplied.": _over_pairs(
                    d, lags, 0.0
                )
                / n**2,
            },
        )

    rng = np.random.default_rng(1995)
    cases = []
    for days, lags in ((40, 3), (25, 2), (60, 5), (30, 1), (20, 0)):
        spell = np.convolve(rng.normal(size=days + 4), np.ones(5) / 2, mode="valid")
        cases.append((spell + rng.normal(size=days), 0.7 * spell + rng.normal(size=days), lags))
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the variance of the mean difference of the squared misses.",
        praise="It is what comes out if all pairs of days are added up.",
    )


def _over_pairs(d: Misses, lags: int, mean: float | None = None) -> float:
    """Return the weighted sum over all pairs of days of the product of their deviations."""
    deviations = d - (d.mean() if mean is None else mean)
    days = np.arange(len(d))
    weights = np.maximum(0, 1 - abs(days[:, None] - days) / (lags + 1))
    return float(deviations @ weights @ deviations)
