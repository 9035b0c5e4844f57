"""Wrong answers to the exercises of *Noise and hardware*, and words of the hint each gets."""

import numpy as np


def _second_alone(rho):
    return np.trace(rho.reshape(2, 2, 2, 2), axis1=0, axis2=2)


def both_replaced(rho, p):
    return (1 - p) * rho + p * np.eye(4) / 4


def the_other_qubit(rho, p):
    first = np.trace(rho.reshape(2, 2, 2, 2), axis1=1, axis2=3)
    return (1 - p) * rho + p * np.kron(first, np.eye(2) / 2)


def not_normalised(rho, p):
    return (1 - p) * rho + p * np.kron(np.eye(2), _second_alone(rho))


def a_flip_for_certain(rho, p):
    paulis = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    flips = [np.kron(pauli, np.eye(2)) for pauli in paulis]
    return (1 - p) * rho + p / 3 * sum(flip @ rho @ flip for flip in flips)


def kept_with_p(rho, p):
    return p * rho + (1 - p) * np.kron(np.eye(2) / 2, _second_alone(rho))


def one_qubit_alone(rho, p):
    return (1 - p) * _second_alone(rho) + p * np.eye(2) / 2


def _mean(counts, step, bit=-1, one=-1, zero=1):
    scores = {key: one if key.split()[::-1][step][bit] == "1" else zero for key in counts}
    return sum(n * scores[key] for key, n in counts.items()) / sum(counts.values())


def steps_from_the_left(counts, step):
    return _mean(counts, -1 - step)


def first_qubit(counts, step):
    return _mean(counts, step, bit=0)


def sign_turned(counts, step):
    return -_mean(counts, step)


def probability_of_one(counts, step):
    return _mean(counts, step, one=1, zero=0)


def every_record_once(counts, step):
    return _mean(dict.fromkeys(counts, 1), step)


def not_divided(counts, step):
    return _mean(counts, step) * sum(counts.values())


def blanks_forgotten(counts, step):
    scores = {key: 1 - 2 * int(key[::-1][2 * step]) for key in counts}
    return sum(n * scores[key] for key, n in counts.items()) / sum(counts.values())


def straight_line(rates, outputs):
    return np.polyfit(rates, outputs, 1)[-1]


def mean_of_all(rates, outputs):
    return np.mean(outputs)


def least_noise(rates, outputs):
    return outputs[np.argmin(rates)]


def highest_power(rates, outputs):
    return np.polyfit(rates, outputs, len(rates) - 1)[0]


def whole_polynomial(rates, outputs):
    return np.polyfit(rates, outputs, len(rates) - 1)


WRONG = {
    "ex-noise-one-qubit": {
        both_replaced: "only the first is replaced",
        the_other_qubit: "replaces the second",
        not_normalised: "a half is missing",
        a_flip_for_certain: "in one of four cases",
        kept_with_p: "nothing happens",
        one_qubit_alone: "shape (4, 4)",
    },
    "ex-noise-counts": {
        steps_from_the_left: "last step comes first",
        first_qubit: "first system qubit",
        sign_turned: "sign is wrong",
        probability_of_one: "probability of a 1",
        every_record_once: "weigh them",
        not_divided: "number of shots",
        blanks_forgotten: "",
    },
    "ex-noise-extrapolate": {
        straight_line: "straight line",
        mean_of_all: "mean of the outputs",
        least_noise: "least noise",
        highest_power: "constant is wanted",
        whole_polynomial: "must be a number",
    },
}
