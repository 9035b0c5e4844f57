"""Checkers for the chapter *Where next*."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import Verdict, differs, judge

Values = NDArray[np.float64]


def check_error_of_runs(answer: object) -> Verdict:
    """Check a function that returns the expected squared error of the mean of several runs.

    ``answer(forecasts, p, y, n)`` returns the expected squared distance from `y` of the mean of `n`
    independent runs, each of which gives one of `forecasts`, with probabilities `p`. The reference
    enumerates all results of the runs.

    Examples
    --------
    >>> check_error_of_runs(lambda forecasts, p, y, n: (p @ forecasts - y) ** 2).hint
    'This is the error of the mean over infinitely many runs.'
    """

    def fault(value: Any, forecasts: Values, p: Values, y: float, n: int) -> str | None:
        truth = _over_all_runs(forecasts, p, y, n)
        mean = p @ forecasts
        variance = p @ (forecasts - mean) ** 2
        many = (mean - y) ** 2
        return differs(
            value,
            truth,
            {
                "This is the error of the mean over infinitely many runs.": many,
                "This is the error of a single run. A mean of several scatters less.": many
                + variance,
                "Only the scatter falls with the number of runs. The error of their mean stays.": (
                    many + variance
                )
                / n,
                "This is the cost of the scatter. The error of the mean itself comes on "
                "top.": variance / n,
                "The variance falls as 1/n, its root as one over the root of n.": many
                + variance / np.sqrt(n),
                "The scatter enters with its variance, the square of the deviation.": many
                + np.sqrt(variance) / n,
                "The runs are drawn with their probabilities. Here all forecasts count alike.": (
                    forecasts.mean() - y
                )
                ** 2
                + forecasts.var() / n,
                "Divide by n. With n - 1 one estimates a variance from a sample, and here it is "
                "known.": many + variance / (n - 1 or np.nan),
            },
        )

    rng = np.random.default_rng(1001)
    cases = [
        (rng.uniform(-1, 1, size), rng.dirichlet(np.ones(size)), float(rng.uniform(-1, 1)), n)
        for size, n in ((3, 4), (2, 3), (4, 2), (3, 1))
    ]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the expected squared error of the mean of n runs.",
        praise="It is the mean over all that the runs may show. More runs take the scatter away, "
        "and nothing else.",
    )


def _over_all_runs(forecasts: Values, p: Values, y: float, n: int) -> float:
    """Return the mean squared error over all possible results of n runs."""
    return float(
        sum(
            np.prod(p[list(shown)]) * (forecasts[list(shown)].mean() - y) ** 2
            for shown in product(range(len(forecasts)), repeat=n)
        )
    )


def check_shaken(answer: object) -> Verdict:
    """Check a function that returns the mean of Z of a qubit after inexact rotations.

    ``answer(theta, n, s)`` returns the mean of Z after `n` rotations by `theta`, each with an
    independent normal error of standard deviation `s`. The qubit starts in ``|0>``. The reference
    is the mean rotation matrix, from an integral, applied n times.

    Examples
    --------
    >>> check_shaken(lambda theta, n, s: np.cos(n * theta) * np.exp(-((n * s) ** 2) / 2)).hint
    'This is for one error that all rotations share. Here each has its own.'
    """

    def fault(value: Any, theta: float, n: int, s: float) -> str | None:
        exact = np.cos(n * theta)
        return differs(
            value,
            _mean_turn(theta, n, s),
            {
                "This is for one error that all rotations share. Here each has its own.": exact
                * np.exp(-((n * s) ** 2) / 2),
                "This is for rotations without errors.": exact,
                "This is for a single inexact rotation.": exact * np.exp(-(s**2) / 2),
                "The mean of the cosine of a normal error has half its variance in the "
                "exponent.": exact * np.exp(-n * s**2),
                "The variances add up, not the deviations.": exact * np.exp(-n * s / 2),
                "Cosines do not multiply like this: it is the angles that add up.": (
                    np.cos(theta) * np.exp(-(s**2) / 2)
                )
                ** n,
                "The Bloch vector rotates by theta. Half of it belongs to the amplitudes.": (
                    np.cos(n * theta / 2) * np.exp(-n * s**2 / 8)
                ),
                "This is the error of the sum to first order only: s is small, but not zero.": exact
                * (1 - n * s**2 / 2),
            },
        )

    rng = np.random.default_rng(1002)
    cases = [(float(rng.uniform(0.2, 0.5)), n, float(rng.uniform(0.1, 0.4))) for n in (3, 5, 10)]
    return judge(
        answer,
        [*cases, (0.7, 1, 0.3), (0.4, 8, 0.0)],
        fault,
        wanted="Return the mean of Z after all rotations.",
        praise="The mean rotation, applied n times, gives the same: the Bloch vector gets shorter, "
        "and keeps its direction.",
    )


def _mean_turn(theta: float, n: int, s: float) -> float:
    """Return z of the Bloch vector after n mean rotations about y (Gauss-Hermite quadrature)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    weights = weights / weights.sum()
    angles = theta + s * nodes
    c, d = weights @ np.cos(angles), weights @ np.sin(angles)
    turn = np.linalg.matrix_power(np.array([[c, d], [-d, c]]), n)  # of (x, z)
    return float(turn[1, 1])
