r"""Proved upper bounds on entangling and disentangling power.

Each holds for states with any initial entanglement. The first depends on the ancillas, those of
the gate times a swap hold without ancillas alone, and the others hold for any ancillas. They are
derived in ``tests/README.md``. `qrnnlib.rains_bound` may lower the one from partial transposes.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from qrnnlib.physics.bipartite import Bipartite
from qrnnlib.physics.lbfgs import Reals, Rows, climb
from qrnnlib.physics.operator_entanglement import schmidt_rank
from qrnnlib.physics.rains_bound import transpose_bound
from qrnnlib.physics.weyl import chamber_point

#: A bound this close to an attained value needs no improvement by another bound.
_MET = 1e-9

#: How far, in ebits, rounding may lift a value above a bound. Operators are accepted as unitary,
#: and terms counted towards their rank, to 1e-10, which changes an entropy by less than this.
ROUNDING = 1e-7

#: Weight of the maximally mixed state that keeps zero eigenvalues out of a fidelity.
_MIXED_IN = 1e-12

#: Floor of a witness's eigenvalues, as a fraction of the largest. Every positive witness gives a
#: valid bound; without the floor, rounding could give a nearly singular one negative eigenvalues.
_FLOOR = 1e-9

Matrix = NDArray[np.complex128]
Tensor = NDArray[np.complex128]


def upper_bound(
    gate: Bipartite, ancillas: tuple[int, int], attained: float = -math.inf
) -> tuple[float, str]:
    """Return the smallest bound on the entangling power, in ebits, and its name.

    The costly decoupling bound is skipped if a simple one already meets `attained`.
    """
    held = math.log2(min(gate.dims_with(ancillas)))
    # Pairs compare by the bound first.
    least = min(
        (held, "the most that the sides can hold"),
        (2 * math.log2(min(gate.dims)), "twice the log of the smaller system's dimension"),
        _simple_bound(gate),
    )
    if gate.dims[0] == gate.dims[1] and tuple(ancillas) == (1, 1):
        # Without ancillas a swap of the two sides leaves the entanglement unchanged.
        bound, source = _simple_bound(gate.swapped)
        least = min(least, (bound, source + " of the gate times a swap"))
    if least[0] - attained > _MET:
        least = min(least, (decoupling_bound(gate), "decoupling"))
    return least


def _simple_bound(gate: Bipartite) -> tuple[float, str]:
    bound = math.log2(schmidt_rank(gate)), "the log of the operator Schmidt rank"
    if gate.dims == (2, 2):
        bound = min(bound, (interaction_bound(gate), "capacity times duration of the interaction"))
    transposed = transpose_bound(gate)
    # It is rounded up, and meets the rank for many gates: then the rank is the simpler reason.
    return (transposed, "partial transposes") if transposed < bound[0] - _MET else bound


def decoupling_bound(gate: Bipartite) -> float:
    r"""Return a bound from how well the gate can decouple the smaller system from its ancilla.

    Let d be the dimension of the smaller system, say A. To gain :math:`2 \log_2 d` ebits, A must
    be maximally entangled with its own ancilla before the gate; after it, A must be decoupled
    from that ancilla and maximally entangled with the other side. Let :math:`\cos\theta` be the
    largest fidelity with which the gate can take a state of the first kind to one of the second.
    Then

    .. math:: K(U) \le 2 \log_2 d + 4 \log_2 \cos(\theta/2).

    The fidelity is concave in a state of B and one of the ancilla, and is maximised by L-BFGS.
    The bound itself comes from the dual at the end of the search, by Alberti's theorem. The dual
    is an upper bound wherever the search ends; a bound on its rounding errors (at most about
    1e-9) is added.

    Examples
    --------
    >>> from qutip import gates
    >>> from qrnnlib.physics.bipartite import bipartite
    >>> round(decoupling_bound(bipartite(gates.swap())), 4)
    2.0
    >>> round(decoupling_bound(bipartite(gates.cnot())), 4)
    1.5431
    """
    tensor = gate.matrix.reshape(*gate.dims, *gate.dims)
    flipped = tensor.transpose(1, 0, 3, 2)
    d_a, d_b = gate.dims
    if d_a == d_b:
        return min(_decoupling(tensor), _decoupling(flipped))
    return _decoupling(tensor if d_a < d_b else flipped)


def _decoupling(tensor: Tensor) -> float:
    """Return the bound for the first side A of the gate's tensor, with axes A', B', A, B."""
    d_a, d_b = tensor.shape[:2]
    split = d_b * d_b

    def fidelity(point: Rows) -> tuple[float, Rows, float]:
        """Return fidelity, gradient and dual at two states, given by their square roots."""
        roots = point[:split].reshape(d_b, d_b), point[split:].reshape(d_a, d_a)
        sizes = [float(np.sum(np.abs(root) ** 2)) for root in roots]
        state_b, state_a = (x @ x.conj().T / n for x, n in zip(roots, sizes, strict=True))
        # A maximally entangled with an ancilla, the gate applied, B discarded: axes A', ancilla.
        entangled = np.einsum("abxc,cd,ebyd->axey", tensor, state_b, tensor.conj()) / d_a
        decoupled = np.einsum("ae,xy->axey", np.eye(d_a) / d_a, state_a)
        value, *factors = _fidelity(entangled.reshape(d_a**2, -1), decoupled.reshape(d_a**2, -1))
        weights = _weights(tensor, *factors)
        # F is the least (tr P Y + tr Q Y^-1) / 2, so at the best Y only P and Q contribute.
        for_b, for_a = (weight.conj().T @ weight for weight in weights)
        # A state is x x^dagger / |x|^2: its 2 cancels the half, its norm gives the second term.
        slopes = [
            (weight @ root - np.trace(weight @ state).real * root) / n
            for weight, root, state, n in zip(
                (for_b, for_a), roots, (state_b, state_a), sizes, strict=True
            )
        ]
        dual = _dual(tensor, weights, factors)
        return value, np.concatenate([slope.ravel() for slope in slopes]), dual

    def function(points: Rows) -> tuple[Reals, Rows]:
        results = [fidelity(point) for point in points]
        return np.array([r[0] for r in results]), np.array([r[1] for r in results])

    # One start is enough, as the fidelity is concave in the states.
    mixed = np.concatenate([np.eye(d_b).ravel(), np.eye(d_a).ravel()]).astype(complex)
    top = climb(function, mixed[None], iterations=200)[1][0]
    # 4 log cos(theta/2) = 2 log((1 + cos theta)/2)
    return 2 * math.log2(d_a) + 2 * math.log2((1 + min(1.0, fidelity(top)[2])) / 2)


def _fidelity(one: Matrix, other: Matrix) -> tuple[float, Matrix, Matrix]:
    r"""Return the fidelity of two states, and factors of a witness of it and of its inverse.

    :math:`F(P, Q) = \mathrm{tr}\sqrt{\sqrt{Q} P \sqrt{Q}}` is the sum of the singular values s
    of :math:`\sqrt P \sqrt Q = L s R^\dagger`, and is attained by the witness :math:`Y = \sqrt Q R
    s^{-1} R^\dagger \sqrt Q`. The factors are W and Z with :math:`Y = W W^\dagger` and
    :math:`Y^{-1} = Z Z^\dagger`; in both, the eigenvalues of Y are floored at `_FLOOR` times the
    largest.
    """
    noise = _MIXED_IN * np.eye(len(one)) / len(one)
    root = _root(other + noise)
    _, singular, right = np.linalg.svd(_root(one + noise) @ root)
    vectors, scales, _ = np.linalg.svd(root @ right.conj().T / np.sqrt(singular))
    # The scales are the roots of the eigenvalues of Y, hence the root of the floor.
    scales = np.maximum(scales, math.sqrt(_FLOOR) * scales[0])
    return float(np.sum(singular)), vectors * scales, vectors / scales


def _root(state: Matrix) -> Matrix:
    """Return the square root of a positive matrix."""
    eigenvalues, vectors = np.linalg.eigh(state)
    root: Matrix = (vectors * np.sqrt(np.maximum(eigenvalues, 0))) @ vectors.conj().T
    return root


def _weights(tensor: Tensor, witness: Matrix, inverse: Matrix) -> tuple[Matrix, Matrix]:
    r"""Return the operators M and N that turn the two traces of the dual into expectations.

    :math:`\mathrm{tr}\,P Y = \mathrm{tr}\,\sigma M^\dagger M`, where P is the state of A' and the
    ancilla after the gate if B starts in sigma; :math:`\mathrm{tr}\,Q Y^{-1} =
    \mathrm{tr}\,\tau N^\dagger N`, where Q is the product of the maximally mixed state of A' and
    the state tau of the ancilla.
    """
    d_a, d_b = tensor.shape[:2]
    for_b = np.einsum("axk,abxc->kbc", witness.conj().reshape(d_a, d_a, -1), tensor)
    for_a = inverse.conj().reshape(d_a, d_a, -1).swapaxes(1, 2)
    return for_b.reshape(-1, d_b) / math.sqrt(d_a), for_a.reshape(-1, d_a) / math.sqrt(d_a)


def _dual(tensor: Tensor, weights: tuple[Matrix, Matrix], factors: list[Matrix]) -> float:
    """Return an upper bound on every fidelity, by Alberti's theorem, rounded up.

    The largest singular values bound the two traces for all states of B and of the ancilla at
    once. The terms added bound the rounding errors (of the products and singular values, and of
    the witness times its inverse) and the gate's distance from a unitary; see
    ``tests/README.md``.
    """
    d_a, d_b = tensor.shape[:2]
    witness, inverse = factors
    for_b, for_a = (float(np.linalg.norm(weight, 2)) for weight in weights)
    rounding = (
        tensor.size
        * np.finfo(float).eps
        * (math.sqrt(d_b) * np.linalg.norm(witness) * for_a + np.linalg.norm(inverse) * for_b)
    )
    apart = np.linalg.norm(witness @ inverse.conj().T - np.eye(len(witness)))
    gate = np.linalg.svd(tensor.reshape(d_a * d_b, -1), compute_uv=False)
    return float(for_b * for_a + rounding + apart + np.max(np.abs(gate - 1)))


def interaction_bound(gate: Bipartite) -> float:
    r"""Return a bound on a two-qubit gate from the interactions that generate it.

    Up to local unitaries the gate is :math:`XX` acting for a time :math:`|c_1|/2`, :math:`YY` for
    :math:`|c_2|/2` and :math:`ZZ` for :math:`|c_3|/2`, in any order. Whatever the ancillas, no
    state gains entanglement under such an interaction faster than
    :math:`2 \max_x \sqrt{x(1-x)} \log_2 \frac{x}{1-x} \approx 1.9123` ebits per unit of time. See
    Childs, Leung, Verstraete and Vidal, Quantum Inf. Comput. 3, 97 (2003).

    Examples
    --------
    >>> from qutip import gates
    >>> from qrnnlib.physics.bipartite import bipartite
    >>> round(interaction_bound(bipartite(gates.cphase(0.1))), 4)    # 1.9123 * 0.05 / 2
    0.0478
    """
    c = chamber_point(gate)
    # The gate at (pi - c1, c2, -c3) is the same up to local unitaries.
    duration = (min(c[0], math.pi - c[0]) + c[1] + c[2]) / 2
    return _ising_capacity() * float(duration)


@cache
def _ising_capacity() -> float:
    """Return the entanglement capacity of the Ising interaction, in ebits per unit of time."""

    def loss(x: float) -> float:
        return -2 * math.sqrt(x * (1 - x)) * math.log2(x / (1 - x))

    # The rate is odd about x = 1/2, and its logarithm diverges at x = 1.
    best = minimize_scalar(loss, bounds=(0.5, 1 - 1e-9), method="bounded", options={"xatol": 1e-12})
    return float(-best.fun)
