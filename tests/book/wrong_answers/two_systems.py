"""Wrong answers to the exercises of *Two systems, one state*, and words of the hint each gets."""

import numpy as np


def of_the_system(table):
    return table @ table.conj().T


def without_a_star(table):
    return table.T @ table


def star_on_the_first(table):
    return table.conj().T @ table


def chances_alone(table):
    return np.diag((abs(table) ** 2).sum(axis=0))


def rows_of_equal_weight(table):
    rows = table / np.linalg.norm(table, axis=1, keepdims=True)
    return rows.T @ rows.conj() / len(rows)


def one_row(table):
    return table[0]


def _two_terms(r):
    return sum(-p * np.log2(p) for p in ((1 + r) / 2, (1 - r) / 2) if p > 0)


def plus_in_the_determinant(a, b, c, d):
    return _two_terms(np.sqrt(max(0, 1 - 4 * abs(a * d + b * c) ** 2)))


def natural_logarithm(a, b, c, d):
    r = np.sqrt(max(0, 1 - 4 * abs(a * d - b * c) ** 2))
    return sum(-p * np.log(p) for p in ((1 + r) / 2, (1 - r) / 2) if p > 0)


def determinant_not_squared(a, b, c, d):
    return _two_terms(np.sqrt(max(0, 1 - 4 * abs(a * d - b * c))))


def size_forgotten(a, b, c, d):
    r = np.sqrt(1 - 4 * (a * d - b * c) ** 2)
    return -sum(p * np.log2(p) for p in ((1 + r) / 2, (1 - r) / 2))


def linear_entropy(a, b, c, d):
    return 2 * abs(a * d - b * c) ** 2


def one_term(a, b, c, d):
    p = (1 + np.sqrt(max(0, 1 - 4 * abs(a * d - b * c) ** 2))) / 2
    return -p * np.log2(p)


def sign_forgotten(a, b, c, d):
    return -_two_terms(np.sqrt(max(0, 1 - 4 * abs(a * d - b * c) ** 2)))


def zero_times_infinity(a, b, c, d):
    p = np.array([1, -1]) * np.sqrt(max(0, 1 - 4 * abs(a * d - b * c) ** 2)) / 2 + 1 / 2
    return -np.sum(p * np.log2(p))


def nothing_undone(table):
    V, _, W = np.linalg.svd(table)
    return V, W


def not_transposed(table):
    V, _, W = np.linalg.svd(table)
    return V.conj().T, W.conj().T


def only_the_system(table):
    V, _, _ = np.linalg.svd(table)
    return V.conj().T, np.eye(table.shape[1])


def scaled_to_ones(table):
    V, s, W = np.linalg.svd(table)
    return np.diag(1 / s) @ V.conj().T if len(s) == len(V) else V.conj().T, W.conj()


def a_phase_too_much(table):
    V, _, W = np.linalg.svd(table)
    return 1j * V.conj().T, W.conj()


def places_exchanged(table):
    V, _, W = np.linalg.svd(table)
    return W.conj(), V.conj().T


WRONG = {
    "ex-two-memory": {
        of_the_system: "state of the system",
        without_a_star: "must be conjugated",
        star_on_the_first: "transposed",
        chances_alone: "probabilities of the outcomes",
        rows_of_equal_weight: "same weight",
        one_row: "array of shape (2, 2)",
    },
    "ex-two-ebits": {
        plus_in_the_determinant: "plus",
        natural_logarithm: "base 2",
        determinant_not_squared: "squared",
        size_forgotten: "complex",
        linear_entropy: "linear entropy",
        one_term: "one term",
        sign_forgotten: "sign",
        zero_times_infinity: "logarithm of 0",
    },
    "ex-two-untangle": {
        nothing_undone: "replace A by its adjoint",
        not_transposed: "Nearly: replace B by its transpose",
        only_the_system: "off the diagonal",
        scaled_to_ones: "not unitary",
        a_phase_too_much: "phase",
        places_exchanged: "changed places",
    },
}
