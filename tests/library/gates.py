"""Gates that several tests of entangling power use."""

import itertools

import numpy as np
from qutip import Qobj, rand_unitary
from scipy.linalg import block_diag, expm

from qrnnlib import entropy_of_entanglement
from qrnnlib.physics.bipartite import bipartite


def parts(operator, cut=1):
    """Return the matrix of an operator and the dimensions of its sides."""
    gate = bipartite(operator, cut)
    return gate.matrix, gate.dims


def h2(p):
    """Return the binary entropy, in bits."""
    return sum(-q * np.log2(q) for q in (p, 1 - p) if q > 0)


def gained(power, operator, cut=1):
    """Return what the state of a power gains, by QuTiP's states and not by the search's arrays."""
    matrix, (d_a, d_b) = parts(operator, cut)
    a, b = power.ancillas
    amplitudes = power.state.full().reshape(d_a, a, d_b, b)
    after = np.einsum("ABab,akbl->AkBl", matrix.reshape(d_a, d_b, d_a, d_b), amplitudes)
    after = Qobj(after.reshape(-1, 1), dims=power.state.dims)
    change = entropy_of_entanglement(after, power.cut) - entropy_of_entanglement(
        power.state, power.cut
    )
    return change if power.kind == "entangling" else -change


def fourier(d):
    """Return the Fourier matrix of a dimension."""
    return np.exp(2j * np.pi * np.outer(range(d), range(d)) / d) / np.sqrt(d)


def shift(d):
    """Return the cyclic shift of a dimension."""
    return np.roll(np.eye(d), 1, axis=0)


def controlled(*choices):
    """Return the gate with which A, in its k-th state, applies the k-th of some matrices to B."""
    return Qobj(block_diag(*choices), dims=[[len(choices), len(choices[0])]] * 2)


POOL_DIMS = (2, 2), (2, 3), (3, 3), (2, 4), (4, 4)
POOL_ANCILLAS = (1, 1), (2, 2), (1, 3), (3, 1), (2, 3), (3, 4)


def _haar(rng, dims):
    return rand_unitary(int(np.prod(dims)), seed=rng).full()


def _permutation(rng, dims):
    return np.eye(np.prod(dims))[rng.permutation(np.prod(dims))]


def _permutation_with_phases(rng, dims):
    return _permutation(rng, dims) * np.exp(1j * rng.uniform(0, 2 * np.pi, np.prod(dims)))


def _controlled(rng, dims):
    d = dims[1]
    of = [np.eye(d), shift(d), fourier(d), np.diag(np.exp(1j * rng.uniform(0, 6, d)))]
    of += [rand_unitary(d, seed=rng).full(), _permutation(rng, (d,))]
    return block_diag(*(of[k] for k in rng.choice(len(of), dims[0])))


def _fourier(rng, dims):
    return fourier(np.prod(dims)) @ _permutation(rng, dims)


def _nearly(matrix, rng):
    """Return a matrix after a turn by any angle from 1 down to less than the tolerances."""
    n = len(matrix)
    noise = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
    return matrix @ expm(1j * 10 ** -rng.uniform(0, 13) * (noise + noise.conj().T) / n)


def _near_swap(rng, dims):
    """Swap what the smaller side holds with as many states of the larger one."""
    d_a, d_b = dims
    swap = np.eye(d_a * d_b)
    pairs = np.arange(d_a * d_b).reshape(d_a, d_b)
    for i, j in itertools.combinations(range(d_a), 2):
        swap[[pairs[i, j], pairs[j, i]]] = swap[[pairs[j, i], pairs[i, j]]]
    return _nearly(swap, rng)


def _near_identity(rng, dims):
    return _nearly(np.eye(np.prod(dims)), rng)


FAMILIES = {
    "Haar": _haar,
    "permutation": _permutation,
    "permutation with phases": _permutation_with_phases,
    "controlled": _controlled,
    "Fourier": _fourier,
    "near a swap": _near_swap,
    "near the identity": _near_identity,
}


def pool(count, seed=0):
    """Yield gates of all kinds and dimensions in turn: name, gate, dimensions of the ancillas."""
    rng = np.random.default_rng(seed)
    kinds = itertools.cycle(itertools.product(POOL_DIMS, FAMILIES))
    for number, (dims, family) in zip(range(count), kinds, strict=False):
        gate = Qobj(FAMILIES[family](rng, dims), dims=[list(dims)] * 2)
        ancillas = POOL_ANCILLAS[rng.integers(len(POOL_ANCILLAS))]
        yield f"{number}: {family}, dimensions {dims}, ancillas {ancillas}", gate, ancillas
