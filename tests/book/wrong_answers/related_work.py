"""Wrong answers to the exercises of *Related work*, and words of the hint each gets."""

import numpy as np


def _channel(kraus):
    return sum(np.kron(k, k.conj()) for k in kraus)


def _second(values):
    return np.sort(abs(values))[-2]


def largest(kraus):
    return abs(np.linalg.eigvals(_channel(kraus))).max()


def real_part(kraus):
    return np.sort(np.linalg.eigvals(_channel(kraus)).real)[-2]


def singular_value(kraus):
    return np.linalg.svd(_channel(kraus), compute_uv=False)[1]


def not_conjugated(kraus):
    return _second(np.linalg.eigvals(sum(np.kron(k, k) for k in kraus)))


def operators_added(kraus):
    return _second(np.linalg.eigvals(np.sum(kraus, axis=0)))


def squared(kraus):
    return _second(np.linalg.eigvals(_channel(kraus))) ** 2


WRONG = {
    "ex-related-forgetting": {
        largest: "never forgotten",
        real_part: "real part",
        singular_value: "singular value",
        not_conjugated: "conjugated",
        operators_added: "adds the operators",
        squared: "the square",
    },
}
