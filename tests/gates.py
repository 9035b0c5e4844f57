"""Gates that several tests of entangling power use."""

import numpy as np

from qrnnlib._bipartite import bipartite


def parts(operator, cut=1):
    """Return the matrix of an operator and the dimensions of its sides."""
    gate = bipartite(operator, cut)
    return gate.matrix, gate.dims


def h2(p):
    """Return the binary entropy, in bits."""
    return sum(-q * np.log2(q) for q in (p, 1 - p) if q > 0)
