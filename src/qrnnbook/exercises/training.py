"""Checkers for the chapter *Training the cell*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import Verdict, differs, judge, numbers

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def check_restarts(answer: object) -> Verdict:
    """Check a function that returns the number of restarts needed to hit one of the best starts.

    ``answer(share, chance)`` returns the least number of restarts for which, with a probability of
    at least `chance`, at least one of them is among the best `share` of all starts. The reference
    adds restarts one at a time until the probability that all miss is small enough.

    Examples
    --------
    >>> check_restarts(lambda share, chance: chance / share).state
    'wrong'
    >>> check_restarts(lambda share, chance: np.ceil(np.log(1 - chance) / np.log(1 - share))).state
    'right'
    """

    def fault(value: Any, share: float, chance: float) -> str | None:
        truth = 1
        while (1 - share) ** truth > 1 - chance + 1e-12:
            truth += 1
        unrounded = np.log(1 - chance) / np.log(1 - share)
        return differs(
            value,
            truth,
            {
                "Count in whole restarts: round up.": unrounded,
                "This is one too few: all of them still miss too often.": truth - 1,
                "One fewer would do.": truth + 1,
                "Probabilities do not add up like this, since several restarts can hit. Take the "
                "probabilities of a miss: they multiply.": np.ceil(chance / share),
                "All may miss with the probability 1 - chance, not chance.": np.ceil(
                    np.log(chance) / np.log(1 - share)
                ),
                "One restart misses with the probability 1 - share, not share.": np.ceil(
                    np.log(1 - chance) / np.log(share)
                ),
            },
        )

    return judge(
        answer,
        [(0.07, 0.8), (0.03, 0.95), (0.31, 0.6), (0.1, 0.9), (0.5, 0.75), (0.9, 0.5)],
        fault,
        wanted="Return how many restarts it takes, a whole number.",
        praise="With one restart fewer, all of them would miss too often. For a tenth and 90 % it "
        "is the 22 of this chapter.",
    )


def check_slope_of_score(answer: object) -> Verdict:
    """Check a function that returns the derivative of a mean score, for an unnormalised vector.

    ``answer(v, dv, z)`` returns the derivative of the mean of `z` over the outcomes. Their
    probabilities are the squared absolute values of `v`, normalised to sum 1, and `dv` is the
    derivative of `v`. The reference is the quotient rule; if `v` is only scaled, the result is 0.

    Examples
    --------
    >>> def slope_of_score(v, dv, z):
    ...     p = abs(v) ** 2 / np.sum(abs(v) ** 2)
    ...     return 2 * np.sum((z - p @ z) * (v.conj() * dv).real) / np.sum(abs(v) ** 2)
    >>> check_slope_of_score(slope_of_score).state
    'right'
    """

    def fault(value: Any, v: Complex, dv: Complex, z: Real) -> str | None:
        length = np.sum(np.abs(v) ** 2)
        score = z @ np.abs(v) ** 2 / length
        rates, bare = 2 * (v.conj() * dv).real, 2 * (v * dv).real
        truth = (z @ rates - score * np.sum(rates)) / length
        return differs(
            value,
            truth,
            {
                "The sum of squares below the fraction changes too.": z @ rates / length,
                "Half of it is there: a square has a slope of twice the number.": truth / 2,
                "The second term has the wrong sign: where the sum of squares grows, the fraction "
                "gets smaller.": (z @ rates + score * np.sum(rates)) / length,
                "The sum of squares below the fraction is missing, as if v had length one.": truth
                * length,
                "You divide by the length; it is the length squared.": truth * np.sqrt(length),
                "The squared size of v is v times v conjugated: one of v and dv needs a star.": (
                    z @ bare - score * np.sum(bare)
                )
                / length,
                "This is the score itself, and not how it changes.": score,
            },
        )

    rng = np.random.default_rng(1992)

    def vector(n: int) -> Complex:
        return rng.normal(size=n) + 1j * rng.normal(size=n)

    signs = {2: np.array([1.0, -1.0]), 4: np.array([1.0, -1.0, 1.0, -1.0])}
    cases = [(vector(n), vector(n), signs[n]) for n in (2, 4, 2, 4)]
    cases += [(v, 0.7 * v, z) for v, _, z in cases[:2]]  # scaled only: derivative 0
    return judge(
        answer,
        cases,
        fault,
        wanted="Return one number: how fast the mean of z changes.",
        praise="It is the slope for random vectors of any length, and zero where a vector is only "
        "stretched.",
    )


def check_whole_slope(answer: object) -> Verdict:
    """Check a function that estimates the derivative of the mean forecast from sampled runs.

    ``answer(p, dp, f, df)`` returns an estimate for each run. The arguments are arrays with one
    entry per run: the probability of the sampled outcome, the derivative of that probability, the
    forecast, and its derivative given the outcome. Many estimators are right, so the check tests
    only for bias: over all outcomes, weighted with their probabilities, the mean of the estimate
    must be the derivative of the mean forecast.

    Examples
    --------
    >>> check_whole_slope(lambda p, dp, f, df: df + f * dp / p).state
    'right'
    >>> check_whole_slope(lambda p, dp, f, df: df + (f - 5) * dp / p).state
    'right'
    """

    def fault(value: Any, p: Real, dp: Real, f: Real, df: Real) -> str | None:
        # Runs with the same outcome share its probability, so the weighted mean is exact.
        _, outcome, count = np.unique(p, return_inverse=True, return_counts=True)
        weight = p / count[outcome]
        mean = weight @ numbers(value, p.shape)
        inside, odds = weight @ df, weight @ (f * dp / p)
        return differs(
            mean,
            inside + odds,
            {
                "On average this is the slope given the draws. The probabilities of the outcomes "
                "change with the weights as well.": inside,
                "On average this is the part of the probabilities alone. The forecast of each run "
                "changes as well.": odds,
                "Likely outcomes are drawn more often, and so they count more than once here. "
                "What must the slope of p be divided by?": inside + weight @ (f * dp),
                "This is a term of the sum over all outcomes. But a run is drawn with the "
                "probability p already, so p counts twice.": weight @ (p * df + f * dp),
                "Only the slope of p has to be divided by p.": weight @ ((df + f * dp) / p),
                "The two parts add up: the sign between them is the other way round.": inside
                - odds,
            },
        )

    return judge(
        answer,
        [_runs(outcomes, seed) for outcomes, seed in ((2, 1), (4, 2), (4, 3), (3, 4))],
        fault,
        wanted="Return an array with an estimate for each run.",
        praise="Averaged over all outcomes it is the slope of the mean forecast, for random "
        "probabilities and forecasts.",
    )


def _runs(outcomes: int, seed: int) -> tuple[Real, Real, Real, Real]:
    """Return p, dp, f and df of some runs, in which each outcome occurs at least once."""
    rng = np.random.default_rng(seed)
    p, dp = rng.dirichlet(np.full(outcomes, 3.0)), rng.normal(size=outcomes)
    f, df = rng.normal(size=(2, outcomes))
    drawn = np.append(np.arange(outcomes), rng.integers(outcomes, size=3))
    # Probabilities sum to one, so their slopes sum to zero.
    return p[drawn], (dp - dp.mean())[drawn], f[drawn], df[drawn]
