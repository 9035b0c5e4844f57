"""Wrong answers to the exercises of *Does power guide design?*, and words of the hint each gets."""

import numpy as np


def _right(power):
    return np.array([np.arccos(1 - 9 * power) / 2, 0, 0])


def units_of_pi(power):
    return _right(power) / np.pi


def degrees(power):
    return np.rad2deg(_right(power))


def angle_doubled(power):
    return 2 * _right(power)


def halved_twice(power):
    return _right(power) / 2


def without_the_root(power):
    return np.arcsin(9 * power / 2), 0, 0


def always_a_cnot(power):
    return np.pi / 2, 0, 0


def partial_swaps_only(power):
    return 3 * (np.arcsin(np.sqrt(6 * power)) / 2,)


def one_angle(power):
    return _right(power)[0]


def _two(power, kept, sign=1):
    total, pairs = sign * 3 * (2 * kept + power - 1), 3 - 18 * power
    root = np.sqrt(max(0, total**2 - 3 * pairs))
    for b in ((total + root) / 3, (total - root) / 3):
        a = total - 2 * b
        if max(abs(a), abs(b)) < 1 + 1e-9:
            return np.arccos(np.clip([a, b, b], -1, 1)) / 2
    return None


def power_alone(power, kept):
    return _right(power)


def written_instead(power, kept):
    return _two(power, kept, -1)


def kept_alone(power, kept):
    return 3 * (np.arccos(np.sqrt(4 + 12 * kept) - 3) / 2,)  # a partial swap


def both_doubled(power, kept):
    return 2 * _two(power, kept)


def nothing_at_all(power, kept):
    return 0, 0, 0


def one_root_only(power, kept):
    total, pairs = 3 * (2 * kept + power - 1), 3 - 18 * power
    b = (total + np.sqrt(total**2 - 3 * pairs)) / 3
    return np.arccos([total - 2 * b, b, b]) / 2


WRONG = {
    "ex-design-order": {
        units_of_pi: "units of π",
        degrees: "degrees",
        angle_doubled: "halve yours",
        halved_twice: "too often",
        without_the_root: "root",
        always_a_cnot: "0.2222",
        partial_swaps_only: "root of a number",
        one_angle: "shape (3,)",
    },
    "ex-design-two": {
        power_alone: "The power is right. But",
        written_instead: "writes the share that it should keep",
        kept_alone: "keeps the right share",
        both_doubled: "halve yours",
        nothing_at_all: "has the power 0.0000 and keeps 1.0000",
        one_root_only: "nan",
    },
}
