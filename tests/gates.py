"""Gates that several tests of entangling power use."""

import numpy as np
from qutip import Qobj

from qrnnlib._bipartite import bipartite


def qubit_qutrit():
    """Return a gate that ties more than it unties.

    B controls I, X or Hadamard on A, then A controls the cyclic shift of B.
    """
    h = np.array([[1, 1], [1, -1]]) / np.sqrt(2)
    on_a = [np.eye(2), np.array([[0, 1], [1, 0]]), h]
    shift = np.roll(np.eye(3), 1, axis=0)
    first = sum(np.kron(u, np.diag(np.eye(3)[k])) for k, u in enumerate(on_a))
    second = np.kron(np.diag([1, 0]), np.eye(3)) + np.kron(np.diag([0, 1]), shift)
    return Qobj(second @ first, dims=[[2, 3], [2, 3]])


def parts(operator, cut=1):
    """Return the matrix of an operator and the dimensions of its sides."""
    gate = bipartite(operator, cut)
    return gate.matrix, gate.dims


def h2(p):
    """Return the binary entropy, in bits."""
    return sum(-q * np.log2(q) for q in (p, 1 - p) if q > 0)
