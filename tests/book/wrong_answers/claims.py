"""Wrong answers to the exercises of *The paper, claim by claim*, and words of their hints."""

from itertools import product

import numpy as np
from scipy import stats


def expected(n, k):
    return n / 40


def both_sides(n, k):
    return stats.binom.sf(k - 1, n, 1 / 20)


def exactly(n, k):
    return stats.binom.pmf(k, n, 1 / 40)


def more_than(n, k):
    return stats.binom.sf(k, n, 1 / 40)


def fewer(n, k):
    return stats.binom.cdf(k - 1, n, 1 / 40)


def the_first_ones(n, k):
    return (1 / 40) ** k


def _around(mean, reach):
    return mean, mean - reach, mean + reach


def other_way_round(first, second):
    return right(second, first)


def right(first, second):
    difference = first - second
    t = stats.t.ppf(0.975, len(difference) - 1)
    return _around(difference.mean(), t * stats.sem(difference))


def not_paired(first, second):
    ends = stats.ttest_ind(first, second, equal_var=False).confidence_interval()
    return first.mean() - second.mean(), *ends


def normal(first, second):
    return _around((first - second).mean(), 1.96 * stats.sem(first - second))


def of_single_draws(first, second):
    difference = first - second
    t = stats.t.ppf(0.975, len(difference) - 1)
    return _around(difference.mean(), t * difference.std(ddof=1))


def divided_by_n(first, second):
    difference = first - second
    t = stats.t.ppf(0.975, len(difference) - 1)
    return _around(difference.mean(), t * difference.std() / np.sqrt(len(difference)))


def a_degree_too_many(first, second):
    difference = first - second
    return _around(difference.mean(), stats.t.ppf(0.975, len(difference)) * stats.sem(difference))


def one_sided(first, second):
    difference = first - second
    t = stats.t.ppf(0.95, len(difference) - 1)
    return _around(difference.mean(), t * stats.sem(difference))


def mean_alone(first, second):
    return (first - second).mean()


def _sums(differences):
    return np.array(list(product([1, -1], repeat=len(differences)))) @ differences


def strictly(differences):
    return np.mean(_sums(differences) < differences.sum())


def counted(differences):
    return np.sum(_sums(differences) <= differences.sum())


def other_side(differences):
    return np.mean(_sums(differences) >= differences.sum())


def two_sided(differences):
    return np.mean(abs(_sums(differences)) >= abs(differences.sum()))


def below_zero(differences):
    return np.mean(_sums(differences) <= 0)


def share_of_negative(differences):
    return np.mean(differences < 0)


WRONG = {
    "ex-claims-chance": {
        expected: "expected",
        both_sides: "half of that",
        exactly: "exactly",
        more_than: "more than",
        fewer: "fewer",
        the_first_ones: "first of them",
    },
    "ex-claims-paired": {
        other_way_round: "second minus first",
        not_paired: "pairs are lost",
        normal: "1.96",
        of_single_draws: "single differences",
        divided_by_n: "one less",
        a_degree_too_many: "degree of freedom",
        one_sided: "each side",
        mean_alone: "array of shape (3,)",
    },
    "ex-claims-signs": {
        strictly: "just as low",
        counted: "share is asked",
        other_side: "other side",
        two_sided: "both sides",
        below_zero: "with zero",
        share_of_negative: "How far below",
    },
}
