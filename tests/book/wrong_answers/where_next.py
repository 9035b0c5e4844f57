"""Wrong answers to the exercises of *Where next*, and words of the hint each gets."""

import numpy as np


def _mean(forecasts, p):
    return p @ forecasts


def _variance(forecasts, p):
    return p @ forecasts**2 - (p @ forecasts) ** 2


def infinitely_many(forecasts, p, y, n):
    return (_mean(forecasts, p) - y) ** 2


def a_single_run(forecasts, p, y, n):
    return p @ (forecasts - y) ** 2


def everything_falls(forecasts, p, y, n):
    return p @ (forecasts - y) ** 2 / n


def scatter_alone(forecasts, p, y, n):
    return _variance(forecasts, p) / n


def root_of_n(forecasts, p, y, n):
    return (_mean(forecasts, p) - y) ** 2 + _variance(forecasts, p) / np.sqrt(n)


def deviation_not_squared(forecasts, p, y, n):
    return (_mean(forecasts, p) - y) ** 2 + np.sqrt(_variance(forecasts, p)) / n


def all_alike(forecasts, p, y, n):
    return (forecasts.mean() - y) ** 2 + forecasts.var() / n


def one_less(forecasts, p, y, n):
    return (_mean(forecasts, p) - y) ** 2 + _variance(forecasts, p) / (n - 1)


def one_error_for_all(theta, n, s):
    return np.cos(n * theta) * np.exp(-((n * s) ** 2) / 2)


def no_error(theta, n, s):
    return np.cos(n * theta)


def one_turn_misses(theta, n, s):
    return np.cos(n * theta) * np.exp(-(s**2) / 2)


def half_forgotten(theta, n, s):
    return np.cos(n * theta) * np.exp(-n * s**2)


def deviations_added(theta, n, s):
    return np.cos(n * theta) * np.exp(-n * s / 2)


def cosines_multiplied(theta, n, s):
    return (np.cos(theta) * np.exp(-(s**2) / 2)) ** n


def half_angles(theta, n, s):
    return np.cos(n * theta / 2) * np.exp(-n * s**2 / 8)


def first_order(theta, n, s):
    return np.cos(n * theta) * (1 - n * s**2 / 2)


WRONG = {
    "ex-next-runs": {
        infinitely_many: "infinitely many",
        a_single_run: "single run",
        everything_falls: "Only the scatter",
        scatter_alone: "on top",
        root_of_n: "one over the root",
        deviation_not_squared: "square of the deviation",
        all_alike: "count alike",
        one_less: "Divide by n",
    },
    "ex-next-shaken": {
        one_error_for_all: "all rotations share",
        no_error: "without errors",
        one_turn_misses: "single inexact rotation",
        half_forgotten: "half its variance",
        deviations_added: "variances add",
        cosines_multiplied: "do not multiply",
        half_angles: "amplitudes",
        first_order: "first order",
    },
}
