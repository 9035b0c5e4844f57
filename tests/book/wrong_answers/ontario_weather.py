"""Wrong answers to the exercises of *A year of Ontario weather*, and words of their hints."""

import numpy as np


def root_forgotten(mse, coldest, warmest):
    return mse * (warmest - coldest) / 2


def whole_range(mse, coldest, warmest):
    return np.sqrt(mse) * (warmest - coldest)


def offset_added(mse, coldest, warmest):
    return coldest + (np.sqrt(mse) + 1) * (warmest - coldest) / 2


def squared_degrees(mse, coldest, warmest):
    return mse * ((warmest - coldest) / 2) ** 2


def the_other_way(mse, coldest, warmest):
    return np.sqrt(mse) / ((warmest - coldest) / 2)


def _fitted(days, values, asked, columns):
    return columns(asked) @ np.linalg.lstsq(columns(days), values)[0]


def _waves(t, turns, harmonics=1):
    waves = [f(k * turns * t) for k in range(1, harmonics + 1) for f in (np.cos, np.sin)]
    return np.column_stack([np.ones(len(t)), *waves])


W = 2 * np.pi / 365.25


def mean_alone(days, values, asked):
    return np.full(len(asked), values.mean())


def cosine_alone(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W)[:, :2])


def sine_alone(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W)[:, [0, 2]])


def no_constant(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W)[:, 1:])


def no_circle(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W / (2 * np.pi)))


def half_a_turn(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W / 2))


def short_year(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, 2 * np.pi / 365))


def two_harmonics(days, values, asked):
    return _fitted(days, values, asked, lambda t: _waves(t, W, 2))


def for_the_days_seen(days, values, asked):
    return _fitted(days, values, days, lambda t: _waves(t, W))


def all_measured(measured, steps):
    targets = np.arange(steps, len(measured))
    return targets[measured[targets]]


def all_after_a_window(measured, steps):
    return np.arange(steps, len(measured))


def all_positions(measured, steps):
    return np.flatnonzero(measured)


def no_gap_in_the_window(measured, steps):
    targets = range(steps, len(measured))
    return np.array([t for t in targets if measured[t - steps : t + 1].all()])


def no_gap_after(measured, steps):
    targets = np.arange(steps, len(measured) - 1)
    return targets[measured[targets] & measured[targets - 1] & measured[targets + 1]]


def as_a_mask(measured, steps):
    fair = measured.copy()
    fair[1:] &= measured[:-1]
    return fair


WRONG = {
    "ex-weather-degrees": {
        root_forgotten: "root",
        whole_range: "two units",
        offset_added: "offset",
        squared_degrees: "squared degrees",
        the_other_way: "grows with the range",
    },
    "ex-weather-usual": {
        mean_alone: "mean of all values",
        cosine_alone: "Without a sine",
        sine_alone: "Without a cosine",
        no_constant: "constant",
        no_circle: "2 pi",
        half_a_turn: "two years",
        short_year: "365.25",
        two_harmonics: "Two harmonics",
        for_the_days_seen: "array of shape",
    },
    "ex-weather-gaps": {
        all_measured: "help of the value",
        all_after_a_window: "never measured",
        all_positions: "no full window",
        no_gap_in_the_window: "known by then",
        no_gap_after: "is missing",
        as_a_mask: "whole numbers",
    },
}
