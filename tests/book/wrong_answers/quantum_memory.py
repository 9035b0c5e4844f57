"""Wrong answers to the exercises of *What a quantum memory is for*, and words of each hint."""

import numpy as np


def _memory(kraus, record):
    memory = np.eye(kraus.shape[1])[0]
    for outcome in record:
        memory = kraus[outcome] @ memory
    return memory


def length(kraus, record):
    return np.linalg.norm(_memory(kraus, record))


def last_first(kraus, record):
    return np.linalg.norm(_memory(kraus, record[::-1])) ** 2


def rows(kraus, record):
    memory = np.eye(kraus.shape[1])[0]
    for outcome in record:
        memory = memory @ kraus[outcome]
    return np.linalg.norm(memory) ** 2


def from_a_mixture(kraus, record):
    rho = np.eye(kraus.shape[1]) / kraus.shape[1]
    for outcome in record:
        rho = kraus[outcome] @ rho @ kraus[outcome].conj().T
    return np.trace(rho).real


def overlap(kraus, record):
    return abs(_memory(kraus, record)[0]) ** 2


def futures_first(probability, words):
    return np.array([[probability(b + a) for b in words] for a in words])


def independent(probability, words):
    return np.array([[probability(a) * probability(b) for b in words] for a in words])


def conditional(probability, words):
    return np.array([[probability(a + b) / probability(a) for b in words] for a in words])


def _lamp(q, x, y, phase=1j):
    overlap = np.sqrt((1 - x**2) * (1 - y**2)) / (1 - x * y)
    e = np.array([[1, overlap], [0, np.sqrt(1 - overlap**2)]])
    silent = e @ np.diag([x, y]) @ np.linalg.inv(e)
    start = e @ np.array([np.sqrt(q), phase * np.sqrt(1 - q)])
    start = start / np.linalg.norm(start)
    values, vectors = np.linalg.eigh(np.eye(2) - silent.conj().T @ silent)
    failure = np.sqrt(values[1]) * np.outer(start, vectors[:, 1].conj())
    basis = np.array([start, [-start[1].conj(), start[0].conj()]])
    return np.array([basis.conj() @ k @ basis.T for k in (silent, failure)])


def incomplete(q, x, y):
    return np.array([np.diag([x, y]), np.diag([1 - x, 1 - y])])


def interfering(q, x, y):
    return _lamp(q, x, y, phase=1)


def kinds_exchanged(q, x, y):
    return _lamp(q, y, x)


def roots(q, x, y):
    return _lamp(q, np.sqrt(x), np.sqrt(y))


def nowhere(q, x, y):
    silent, failure = _lamp(q, x, y)
    return np.array([silent, np.array([[0.6, 0.8], [-0.8, 0.6]]) @ failure])


WRONG = {
    "ex-clock-record": {
        length: "its square",
        last_first: "acts first",
        rows: "wrong side",
        from_a_mixture: "not in a mixture",
        overlap: "overlap",
    },
    "ex-clock-hankel": {
        futures_first: "past stands first",
        independent: "independent",
        conditional: "given the past",
    },
    "ex-clock-lamp": {
        incomplete: "certain together",
        interfering: "Eight steps",
        kinds_exchanged: "changed places",
        roots: "squares",
        nowhere: "lead back",
    },
}
