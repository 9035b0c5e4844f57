"""Wrong answers to the exercises of *The measured cell*, and words of the hint each gets."""

import numpy as np

FIRST = np.array([1, 1, -1, -1])
LAST = np.array([1, -1, 1, -1])


def exchanged(p):
    return LAST @ p, FIRST @ p


def chances_of_0(p):
    return p[0] + p[1], p[0] + p[2]


def chances_of_1_first(p):
    return -FIRST @ p, -LAST @ p


def halved(p):
    return FIRST @ p / 2, LAST @ p / 2


def mean_over_outcomes(p):
    return np.mean(FIRST * p), np.mean(LAST * p)


def equal_digits(p):
    return 2 * [p[0] - p[1] - p[2] + p[3]]


def one_number(p):
    return LAST @ p


def _row_sums(table):
    return (abs(table) ** 2).sum(axis=1)


def column_sums(table):
    p = (abs(table) ** 2).sum(axis=0)
    return p, table[:, p.argmax()] / np.sqrt(p.max())


def lengths(table):
    p = np.linalg.norm(table, axis=1)
    return p, table[p.argmax()] / p.max()


def added_then_squared(table):
    p = abs(table.sum(axis=1)) ** 2
    return p, table[p.argmax()] / np.linalg.norm(table[p.argmax()])


def squared_without_size(table):
    return (table**2).sum(axis=1), table[0] / np.linalg.norm(table[0])


def not_scaled(table):
    p = _row_sums(table)
    return p, table[p.argmax()]


def root_forgotten(table):
    p = _row_sums(table)
    return p, table[p.argmax()] / p.max()


def least_likely(table):
    p = _row_sums(table)
    return p, table[p.argmin()] / np.sqrt(p.min())


def chances_as_memory(table):
    p = _row_sums(table)
    return p, abs(table[p.argmax()]) / np.sqrt(p.max())


def all_rows(table):
    h = (abs(table) ** 2).sum(axis=0)
    return _row_sums(table), h / np.linalg.norm(h)


def memory_alone(table):
    p = _row_sums(table)
    return table[p.argmax()] / np.sqrt(p.max()), p, 0


def _rows(U, s, rho):
    n, m = len(s), len(rho)
    return np.einsum("ijkl,k->ijl", U.reshape(n, m, n, m), s)


def _branches(U, s, rho):
    return np.array([K @ rho @ K.conj().T for K in _rows(U, s, rho)])


def likeliest(U, s, rho):
    branches = _branches(U, s, rho)
    return max(branches, key=lambda branch: branch.trace().real)


def likeliest_scaled(U, s, rho):
    branch = likeliest(U, s, rho)
    return branch / branch.trace()


def equal_weights(U, s, rho):
    return np.mean([branch / branch.trace() for branch in _branches(U, s, rho)], axis=0)


def probabilities_alone(U, s, rho):
    return np.diag(np.diag(_branches(U, s, rho).sum(axis=0)))


def backwards(U, s, rho):
    return _branches(U.conj().T, s, rho).sum(axis=0)


def transposed(U, s, rho):
    return _branches(U, s, rho).sum(axis=0).T


def of_the_system(U, s, rho):
    n, m = len(s), len(rho)
    joint = U @ np.kron(np.outer(s, s.conj()), rho) @ U.conj().T
    return np.einsum("ijkj->ik", joint.reshape(n, m, n, m))


def star_on_s(U, s, rho):
    return _branches(U, s.conj(), rho).sum(axis=0)


WRONG = {
    "ex-cell-scores": {
        exchanged: "changed places",
        chances_of_0: "probabilities of outcome 0",
        chances_of_1_first: "other way round",
        halved: "These are too small",
        mean_over_outcomes: "far too small",
        equal_digits: "equal",
        one_number: "shape (2,)",
    },
    "ex-cell-measure": {
        column_sums: "as columns",
        lengths: "length squared",
        added_then_squared: "first, then add",
        squared_without_size: "complex",
        not_scaled: "length one",
        root_forgotten: "root",
        least_likely: "the most likely",
        chances_as_memory: "phases",
        all_rows: "no row",
        memory_alone: "pair",
    },
    "ex-cell-average": {
        likeliest: "adds up",
        likeliest_scaled: "averages",
        equal_weights: "same weight",
        probabilities_alone: "off it",
        backwards: "wrong way",
        transposed: "transposed",
        of_the_system: "state of the system",
        star_on_s: "as if s",
    },
}
