"""Wrong answers to the exercises of *Denoising a noisy sine*, and words of the hint each gets."""

import numpy as np


def _rows(values, steps, count):
    return np.array([values[k : k + steps] for k in range(count)])


def one_window_too_many(values, steps):
    return _rows(values, steps, len(values) - steps + 1), values[steps:]


def last_window_forgotten(values, steps):
    return _rows(values, steps, len(values) - steps - 1), values[steps:-1]


def side_by_side(values, steps):
    count = len(values) // steps
    return values[: count * steps].reshape(count, steps), values[steps::steps]


def newest_first(values, steps):
    return _rows(values, steps, len(values) - steps)[:, ::-1], values[steps:]


def target_in_the_window(values, steps):
    return _rows(values, steps, len(values) - steps), values[steps - 1 : -1]


def target_at_the_start(values, steps):
    return _rows(values, steps, len(values) - steps), values[:-steps]


def windows_alone(values, steps):
    return _rows(values, steps, len(values) - steps)


def range_of_all(values, train):
    return 2 * (values - values.min()) / np.ptp(values) - 1


def part_by_part(values, train):
    return np.concatenate([range_of_all(part, 0) for part in (values[:train], values[train:])])


def cut_off(values, train):
    return np.clip(from_zero(values, train) * 2 - 1, -1, 1)


def from_zero(values, train):
    return (values - values[:train].min()) / np.ptp(values[:train])


def up_to_two(values, train):
    return 2 * from_zero(values, train)


def standardised(values, train):
    return (values - values[:train].mean()) / values[:train].std()


def training_part_alone(values, train):
    return 2 * from_zero(values, train)[:train] - 1


def _solved(steps, delta, variance, ahead=1, mean_square=0.5):
    age = np.arange(steps, 0, -1)
    alike = mean_square * np.cos(delta * (age[:, None] - age))
    wanted = mean_square * np.cos(delta * (age - 1 + ahead))
    return np.linalg.solve(alike + variance * np.eye(steps), wanted)


def backwards(steps, delta, noise):
    return _solved(steps, delta, noise**2)[::-1]


def deviation_for_variance(steps, delta, noise):
    return _solved(steps, delta, noise)


def half_forgotten(steps, delta, noise):
    return _solved(steps, delta, noise**2, mean_square=1)


def newest_value(steps, delta, noise):
    return _solved(steps, delta, noise**2, ahead=0)


def two_values(steps, delta, noise):
    return np.append(np.zeros(steps - 2), [-1, 2 * np.cos(delta)])


def noise_forgotten(steps, delta, noise):
    age = np.arange(steps, 0, -1)
    return np.linalg.pinv(np.cos(delta * (age[:, None] - age))) @ np.cos(delta * age)


def persistence(steps, delta, noise):
    return np.append(np.zeros(steps - 1), 1)


WRONG = {
    "ex-sine-windows": {
        one_window_too_many: "no value comes after",
        last_window_forgotten: "missing",
        side_by_side: "overlap",
        newest_first: "backwards",
        target_in_the_window: "last value of its own window",
        target_at_the_start: "first values",
        windows_alone: "must be a pair",
    },
    "ex-sine-scale": {
        range_of_all: "whole series",
        part_by_part: "Each part",
        cut_off: "cut off",
        from_zero: "from 0 to 1",
        up_to_two: "from 0 to 2",
        standardised: "deviation 1",
        training_part_alone: "array of shape",
    },
    "ex-sine-linear": {
        backwards: "backwards",
        deviation_for_variance: "variance",
        half_forgotten: "one half",
        newest_value: "newest value",
        two_values: "lets all the noise",
        noise_forgotten: "know nothing of the noise",
        persistence: "persistence",
    },
}
