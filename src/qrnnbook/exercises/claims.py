"""Checkers for the chapter *The paper, claim by claim*."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from qrnnbook.exercises._judging import Verdict, differs, judge

Values = NDArray[np.float64]

#: Probability that a 95 % interval misses the truth on the one side that meets a statement.
BY_CHANCE = 1 / 40


def check_met_by_chance(answer: object) -> Verdict:
    """Check a function that returns the probability that false statements are met.

    ``answer(n, k)`` returns the probability that at least `k` of `n` independent statements are
    met although there is no effect behind any of them. Each has a 95 % interval, and is met when
    that lies wholly on one chosen side of zero. The reference is the distribution of the number of
    statements met, convolved one statement at a time.

    Examples
    --------
    >>> check_met_by_chance(lambda n, k: stats.binom.sf(k - 1, n, 1 / 40)).state
    'right'
    >>> check_met_by_chance(lambda n, k: n / 40).hint
    'This is how many are to be expected, not a probability.'
    """

    def fault(value: Any, n: int, k: int) -> str | None:
        chances = _chances(n, BY_CHANCE)
        both_sides = _chances(n, 2 * BY_CHANCE)
        return differs(
            value,
            chances[k:].sum(),
            {
                "This is how many are to be expected, not a probability.": n * BY_CHANCE,
                "An interval misses once in twenty, but half of that on the wrong side.": (
                    both_sides[k:].sum()
                ),
                "This is for exactly so many. At least so many is asked.": chances[k],
                "This is for more than so many. So many themselves count too.": chances[
                    k + 1 :
                ].sum(),
                "This is for fewer. You are one subtraction away.": chances[:k].sum(),
                "This is for the first of them to be met, whatever the others do. Which ones are "
                "met is open.": BY_CHANCE**k,
            },
        )

    return judge(
        answer,
        [(12, 2), (30, 3), (7, 2), (40, 1), (5, 5)],
        fault,
        wanted="Return the probability that at least k of n statements are met by chance.",
        praise="It is what comes out if the statements are added one after the other.",
    )


def _chances(n: int, chance: float) -> Values:
    """Return the probabilities of 0, 1, ..., n successes."""
    chances = np.ones(1)
    for _ in range(n):
        chances = np.convolve(chances, [1 - chance, chance])
    return chances


def check_paired(answer: object) -> Verdict:
    """Check a function that returns the paired difference of two models, with its interval.

    ``answer(first, second)`` returns the mean of first - second and the two ends of its 95 %
    Student t interval; both arrays have one error per draw. The reference is SciPy's paired test.

    Examples
    --------
    >>> from qrnnlib import interval
    >>> check_paired(lambda first, second: interval(first - second)).state
    'right'
    """

    def fault(value: Any, first: Values, second: Values) -> str | None:
        test = stats.ttest_rel(first, second).confidence_interval()
        unpaired = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
        pooled = stats.ttest_ind(first, second).confidence_interval()
        difference = first - second
        mean, n = difference.mean(), len(difference)
        error = difference.std(ddof=1) / np.sqrt(n)
        t = stats.t.ppf(0.975, n - 1)
        truth = np.array([mean, *test])

        def around(reach: float) -> Values:
            return np.array([mean, mean - reach, mean + reach])

        return differs(
            value,
            truth,
            {
                "This is second minus first.": np.array([-mean, -test.high, -test.low]),
                "The pairs are lost: the spread of each model, draws and all, is in it. Subtract "
                "first.": np.array([mean, *unpaired]),
                "The pairs are lost: the spread of both models, draws and all, is in it. Subtract "
                "first.": np.array([mean, *pooled]),
                "1.96 is for a spread that is known. Yours comes from a few draws; Student's t is "
                "wider.": around(stats.norm.ppf(0.975) * error),
                "Near: 1.96 is for a spread that is known, and Student's t is wider.": around(
                    1.96 * error
                ),
                "This is where single differences lie. Their mean is surer, by the root of their "
                "number.": around(t * difference.std(ddof=1)),
                "For the spread of a sample, divide by one less than the number of draws.": around(
                    t * difference.std() / np.sqrt(n)
                ),
                "There is one degree of freedom less than there are draws.": around(
                    stats.t.ppf(0.975, n) * error
                ),
                "The quantile is that of 95 %. Two and a half percent are left out on each "
                "side.": around(stats.t.ppf(0.95, n - 1) * error),
            },
        )

    rng = np.random.default_rng(801)
    cases = []
    for draws, gap in ((10, 0.1), (4, 0.0), (7, -0.2)):
        hardness = rng.normal(size=draws)
        first, second = (hardness + 0.3 * rng.normal(size=draws) for _ in range(2))
        cases.append((first + gap, second))
    return judge(
        answer,
        cases,
        fault,
        wanted="Return three numbers: the mean difference, and the lower and upper end of its "
        "interval.",
        praise="It is what SciPy's paired test gives.",
    )


def check_by_signs(answer: object) -> Verdict:
    """Check a function that performs a sign-flip permutation test.

    ``answer(differences)`` returns the share of all sign patterns for which the sum of the
    differences is at most the observed sum. The reference is SciPy's permutation test.

    Examples
    --------
    >>> def by_signs(differences):
    ...     signs = np.array(list(product([1, -1], repeat=len(differences))))
    ...     return np.mean(signs @ differences <= differences.sum() + 1e-12)
    >>> check_by_signs(by_signs).state
    'right'
    """

    def fault(value: Any, differences: Values) -> str | None:
        test = stats.permutation_test(
            (differences,), np.sum, permutation_type="samples", alternative="less", n_resamples=1e4
        )
        signs = np.array(list(product([1, -1], repeat=len(differences))))
        sums, found = signs @ differences, differences.sum()
        return differs(
            value,
            test.pvalue,
            {
                "Patterns that are just as low count as well, the one that was found among "
                "them.": np.mean(sums < found),
                "This counts the patterns. Their share is asked.": np.sum(sums <= found),
                "This is the other side: patterns that are at least as high.": np.mean(
                    sums >= found
                ),
                "These are both sides. The statement is that the differences are below "
                "zero.": np.mean(np.abs(sums) >= abs(found)),
                "This compares with zero. Compare with what was found.": np.mean(sums <= 0),
                "This is the share of differences below zero. How far below has no say in "
                "it.": np.mean(differences < 0),
            },
        )

    rng = np.random.default_rng(802)
    # Multiples of 1/8, so that equal sums are equal in floating point too.
    cases = [(rng.integers(-20, 12, draws) / 8,) for draws in (6, 8, 5, 8)]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return a share: of all patterns of signs, those with a sum at most as high as "
        "the one found.",
        praise="It is what SciPy's permutation test gives, and it needs no normal distribution.",
    )
