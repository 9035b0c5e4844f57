"""Wrong answers to the exercises of *Training the cell*, and words of the hint each gets."""

import numpy as np


def not_rounded(share, chance):
    return np.log(1 - chance) / np.log(1 - share)


def rounded_down(share, chance):
    return int(not_rounded(share, chance))


def one_more(share, chance):
    return int(np.ceil(not_rounded(share, chance))) + 1


def chances_added(share, chance):
    return int(np.ceil(chance / share))


def miss_by_chance(share, chance):
    return int(np.ceil(np.log(chance) / np.log(1 - share)))


def hit_and_hit_again(share, chance):
    return int(np.ceil(np.log(1 - chance) / np.log(share)))


def _squares(v):
    return np.sum(abs(v) ** 2)


def length_held_to_the_end(v, dv, z):
    return 2 * np.sum(z * (v.conj() * dv).real) / _squares(v)


def _right_slope(v, dv, z):
    score = z @ abs(v) ** 2 / _squares(v)
    return 2 * np.sum((z - score) * (v.conj() * dv).real) / _squares(v)


def two_forgotten(v, dv, z):
    return _right_slope(v, dv, z) / 2


def plus_for_minus(v, dv, z):
    score = z @ abs(v) ** 2 / _squares(v)
    return 2 * np.sum((z + score) * (v.conj() * dv).real) / _squares(v)


def never_scaled(v, dv, z):
    return _right_slope(v, dv, z) * _squares(v)


def by_the_length(v, dv, z):
    return _right_slope(v, dv, z) * np.linalg.norm(v)


def no_star(v, dv, z):
    score = z @ abs(v) ** 2 / _squares(v)
    return 2 * np.sum((z - score) * (v * dv).real) / _squares(v)


def the_score(v, dv, z):
    return z @ abs(v) ** 2 / _squares(v)


def given_the_draws(p, dp, f, df):
    return df


def odds_alone(p, dp, f, df):
    return f * dp / p


def not_divided(p, dp, f, df):
    return df + f * dp


def terms_of_the_sum(p, dp, f, df):
    return p * df + f * dp


def all_divided(p, dp, f, df):
    return (df + f * dp) / p


def difference(p, dp, f, df):
    return df - f * dp / p


def one_mean(p, dp, f, df):
    return np.mean(df + f * dp / p)


WRONG = {
    "ex-train-restarts": {
        not_rounded: "round up",
        rounded_down: "too few",
        one_more: "One fewer",
        chances_added: "add up",
        miss_by_chance: "1 - chance",
        hit_and_hit_again: "1 - share",
    },
    "ex-train-length": {
        length_held_to_the_end: "changes too",
        two_forgotten: "Half",
        plus_for_minus: "wrong sign",
        never_scaled: "length one",
        by_the_length: "length squared",
        no_star: "star",
        the_score: "score itself",
    },
    "ex-train-odds": {
        given_the_draws: "given the draws",
        odds_alone: "probabilities alone",
        not_divided: "divided by",
        terms_of_the_sum: "counts twice",
        all_divided: "Only the slope",
        difference: "sign between",
        one_mean: "shape",
    },
}
