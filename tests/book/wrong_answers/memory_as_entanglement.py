"""Wrong answers to the exercises of *Memory as entanglement*, and words of the hint each gets."""

import numpy as np


def without_the_half(rho, sigma):
    return np.sum(np.abs(np.linalg.eigvalsh(rho - sigma)))


def without_sizes(rho, sigma):
    return np.sum(np.linalg.eigvalsh(rho - sigma)) / 2


def largest_alone(rho, sigma):
    return np.max(np.abs(np.linalg.eigvalsh(rho - sigma)))


def of_the_entries(rho, sigma):
    return np.sum(np.abs(rho - sigma)) / 2


def of_the_diagonal(rho, sigma):
    return np.trace(np.abs(rho - sigma)) / 2


def length(rho, sigma):
    return np.linalg.norm(rho - sigma)


def half_the_length(rho, sigma):
    return np.linalg.norm(rho - sigma) / 2


def _entropy(matrix, log=np.log2):
    p = np.linalg.eigvalsh(matrix)
    p = p[p > 1e-12]
    return -np.sum(p * log(p))


def _each(states, log=np.log2):
    return [_entropy(state, log) for state in states]


def in_nats(states):
    return _entropy(np.mean(states, axis=0), np.log) - np.mean(_each(states, np.log))


def of_the_mean_alone(states):
    return _entropy(np.mean(states, axis=0))


def of_the_rest_alone(states):
    return np.mean(_each(states))


def sign_forgotten(states):
    return np.mean(_each(states)) - _entropy(np.mean(states, axis=0))


def sum_subtracted(states):
    return _entropy(np.mean(states, axis=0)) - np.sum(_each(states))


def not_averaged(states):
    return _entropy(np.sum(states, axis=0)) - np.mean(_each(states))


def bits_of_the_value(states):
    return np.log2(len(states))


def zero_times_infinity(states):
    def entropy(matrix):
        p = np.round(np.linalg.eigvalsh(matrix), 12)
        return -np.sum(p * np.log2(p))

    return entropy(np.mean(states, axis=0)) - np.mean([entropy(state) for state in states])


X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
SIX = [(np.eye(2) + sign * pauli) / 2 for pauli in (X, Y, Z) for sign in (1, -1)]


def _shares(unitary, partners):
    def left(change):
        after = (unitary @ change @ unitary.conj().T).reshape(2, 2, 2, 2)
        after = np.trace(after, axis1=0, axis2=2)
        return np.sum(abs(after) ** 2) / 2

    pairs = [(change, partner) for change in (X, Y, Z) for partner in partners]
    written = np.mean([left(np.kron(change, partner)) for change, partner in pairs])
    return written, np.mean([left(np.kron(partner, change)) for change, partner in pairs])


def exchanged(unitary):
    return _shares(unitary, SIX)[::-1]


def of_the_length(unitary):
    return np.sqrt(_shares(unitary, SIX))


def blank_partner(unitary):
    return _shares(unitary, [np.eye(2) / 2])


def two_partners(unitary):
    return _shares(unitary, SIX[-2:])


def sampled(unitary):
    rng = np.random.default_rng(0)
    kets = rng.normal(size=(400, 2)) + 1j * rng.normal(size=(400, 2))
    kets /= np.linalg.norm(kets, axis=1, keepdims=True)
    return _shares(unitary, [np.outer(ket, ket.conj()) for ket in kets])


def written_alone(unitary):
    return _shares(unitary, SIX)[0]


WRONG = {
    "ex-memory-distance": {
        without_the_half: "Half of it",
        without_sizes: "sum to 0",
        largest_alone: "enough for a qubit",
        of_the_entries: "not eigenvalues",
        of_the_diagonal: "one measurement",
        length: "root of the summed squares",
        half_the_length: "half the length",
    },
    "ex-memory-bits": {
        in_nats: "base 2",
        of_the_mean_alone: "before you know",
        of_the_rest_alone: "once you know",
        sign_forgotten: "other way round",
        sum_subtracted: "not their sum",
        not_averaged: "trace 1",
        bits_of_the_value: "overlap",
        zero_times_infinity: "logarithm of 0",
    },
    "ex-memory-shares": {
        exchanged: "changed places",
        of_the_length: "roots",
        blank_partner: "not a blank state",
        two_partners: "not enough",
        sampled: "Near",
        written_alone: "array of shape (2,)",
    },
}
