r"""A proved upper bound on the powers of a gate, from partial transposes.

It is the bidirectional max-Rains information of Baeuml, Das and Wilde: a semidefinite programme,
each of whose feasible points is a bound. A search finds a good one, and whatever it ends with
serves as a certificate. The proof is in ``tests/README.md``.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.lbfgs import BatchFunction, Reals, Rows, climb
from qrnnlib.physics.operator_entanglement import realigned

#: The search smooths absolute values to sqrt(x^2 + s^2) and a largest eigenvalue to a p-norm: pairs
#: s, p from the smoothest to the most exact.
_STAGES = ((0.1, 16), (0.03, 64), (0.01, 128), (0.003, 512), (0.001, 1024))

#: Scale of the random operator with which the search begins.
_FIRST = 0.3

Matrix = NDArray[np.complex128]


def rains_bound(
    operator: Operator,
    cut: int = 1,
    *,
    params: ArrayLike | None = None,
    iterations: int = 50,
) -> float:
    r"""Return an upper bound on the entangling power of a gate, with any ancillas.

    Let J be the Choi operator of the gate, :math:`\Gamma` the partial transpose of the input and
    output of B, and S any operator with :math:`S \ge J`. Then

    .. math:: K(U) \le \log_2 \left\| \mathrm{tr}_\mathrm{out} |S^\Gamma| \right\|_\infty .

    For S = J it is :math:`\log_2 \|\sum_k \sqrt{p_k} L_k^\dagger L_k\|` plus the same of the
    :math:`R_k`, in terms of `operator_schmidt`, and :math:`2 \log_2 \sum_k \sqrt{p_k}` if all
    :math:`L_k` and :math:`R_k` are unitary, as for two qubits. A search by L-BFGS lowers it. For
    the disentangling power take the inverse of the gate.

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two subsystems of any dimension.
    cut : int, default 1
        Number of leading subsystems on side A.
    params : array_like, default None
        The angles of a `Circuit`, in radians.
    iterations : int, default 50
        Of the search, in each of five stages; 0 for S = J, at once. A step takes some
        milliseconds for a qubit and a qutrit; the time grows with the sixth power of
        :math:`d_A d_B`.

    Returns
    -------
    float
        The bound in ebits, at least 0, with a bound on its rounding errors (below 1e-9 ebits for
        dimensions up to 16 in all) added.

    Raises
    ------
    TypeError
        If `operator` has another type, or a count is not an integer.
    ValueError
        If `operator` is not unitary, `cut` leaves a side empty, `params` is missing or
        superfluous, or `iterations` is negative.

    References
    ----------
    Baeuml, Das and Wilde, Phys. Rev. Lett. 121, 250504 (2018); Das, Baeuml and Wilde,
    arXiv:1712.00827.

    Examples
    --------
    >>> from qutip import gates
    >>> round(rains_bound(gates.cnot()), 6), round(rains_bound(gates.cphase(0.3), iterations=0), 6)
    (1.0, 0.200929)
    """
    gate = bipartite(operator, cut, params)
    iterations = _checks.integer("iterations", iterations, 0)
    choi = _choi(gate)
    d = math.prod(gate.dims)
    size = d * d
    least = transpose_bound(gate)
    if not iterations:
        return least
    rank = max(1, size // 2)
    start = np.random.default_rng(0).normal(size=(1, size * rank)) * _FIRST / math.sqrt(size)
    point: Rows = start.astype(complex)
    for smoothing, power in _STAGES:
        smooth = _smooth_bound(gate, choi, smoothing, power)
        _, point = climb(smooth, point, iterations=iterations)
        least = min(least, certified(gate, point.reshape(size, rank)))
    return least


def transpose_bound(gate: Bipartite) -> float:
    """Return `rains_bound` for S = J, from the operator Schmidt form, rounded up.

    Examples
    --------
    >>> from qutip import gates
    >>> round(transpose_bound(bipartite(gates.berkeley())), 6)
    1.771553
    """
    d_a, d_b = gate.dims
    left, weights, right = np.linalg.svd(realigned(gate), full_matrices=False)
    sides = left.T.reshape(-1, d_a, d_a), right.reshape(-1, d_b, d_b)
    sums = (np.einsum("k,kij,kil->jl", weights, side.conj(), side) for side in sides)
    bound = math.prod(float(np.linalg.eigvalsh(total)[-1]) for total in sums)
    # Each factor is accurate to some spacings of floats for each entry of a side's operators.
    rounding = 16 * (d_a**2 + d_b**2) * np.finfo(float).eps
    return max(0.0, math.log2(bound * (1 + rounding)))


def certified(gate: Bipartite, root: Matrix) -> float:
    r"""Return the bound that :math:`S = J + X X^\dagger` gives, rounded up.

    Parameters
    ----------
    gate : Bipartite
    root : ndarray of complex, shape ((d_A d_B)^2, any)
        Any X at all; its rows are ordered A in, B in, A out, B out.

    Examples
    --------
    For a swap no bound is below 2 ebits:

    >>> from qutip import gates
    >>> round(certified(bipartite(gates.swap()), np.zeros((16, 1), complex)), 9)
    2.0
    """
    choi = _choi(gate)
    above = np.outer(choi, choi.conj()) + root @ root.conj().T
    eigenvalues, vectors = np.linalg.eigh(_transposed(above, gate.dims))
    absolute = (vectors * np.abs(eigenvalues)) @ vectors.conj().T
    d = math.prod(gate.dims)
    bound = float(np.linalg.eigvalsh(_without_outputs(absolute, d))[-1])
    # An error of e in S, or in its absolute value, is undone by e times the identity, which
    # lifts the trace over the outputs by d e. Sums have at most as many terms as S has rows.
    rounding = 4 * d * len(above) * np.finfo(float).eps * float(np.linalg.norm(above))
    return max(0.0, math.log2(bound + rounding))


def _choi(gate: Bipartite) -> Matrix:
    """Return the gate as a vector, (A in, B in, A out, B out), of squared norm d_A d_B."""
    vector: Matrix = gate.matrix.T.ravel()
    return vector


def _transposed(matrix: Matrix, dims: tuple[int, int]) -> Matrix:
    """Return the partial transpose of B's input and output; it is its own inverse."""
    tensor = matrix.reshape(*dims, *dims, *dims, *dims)
    return tensor.transpose(0, 5, 2, 7, 4, 1, 6, 3).reshape(matrix.shape)


def _without_outputs(matrix: Matrix, d: int) -> Matrix:
    traced: Matrix = np.einsum("ioko->ik", matrix.reshape(d, d, d, d))
    return traced


def _smooth_bound(gate: Bipartite, choi: Matrix, smoothing: float, power: int) -> BatchFunction:
    """Return minus the natural log of a smooth form of the bound, as a function of X."""
    d = math.prod(gate.dims)
    size = d * d
    least = np.outer(choi, choi.conj())

    def one(point: Rows) -> tuple[float, Rows]:
        root = point.reshape(size, -1)
        above = least + root @ root.conj().T
        eigenvalues, vectors = np.linalg.eigh(_transposed(above, gate.dims))
        absolute = np.sqrt(eigenvalues**2 + smoothing**2)
        traced = _without_outputs((vectors * absolute) @ vectors.conj().T, d)
        sizes, basis = np.linalg.eigh(traced)
        # The largest eigenvalue, as a p-norm, and its derivative: a density matrix.
        parts = (sizes / sizes[-1]) ** power
        value = math.log(sizes[-1]) + math.log(parts.sum()) / power
        weights = parts / sizes / parts.sum()
        density = np.kron((basis * weights) @ basis.conj().T, np.eye(d))
        # The derivative of a function of a matrix: divided differences in its eigenbasis. Those of
        # sqrt(x^2 + s^2) are (x + y)/(f(x) + f(y)), which no equal eigenvalues can spoil.
        quotients = np.add.outer(eigenvalues, eigenvalues) / np.add.outer(absolute, absolute)
        inner = quotients * (vectors.conj().T @ density @ vectors)
        slope = _transposed(vectors @ inner @ vectors.conj().T, gate.dims)
        return -value, -2 * (slope @ root).ravel()

    def function(points: Rows) -> tuple[Reals, Rows]:
        values, slopes = zip(*(one(point) for point in points), strict=True)
        return np.array(values), np.array(slopes)

    return function
