r"""Why a gate has entangling power, or has none: a state, or two local unitaries.

A gate never entangles a product state if it is a product of local unitaries, or of these and a swap
of two sides of the same dimension; no other gate is so (Marcus and Moyls, Pacific J. Math. 9, 1215
(1959)). Whether it is can be read off finitely many product states: see `power_witness`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj, tensor
from scipy.special import entr

from qrnnlib import _checks
from qrnnlib.physics import entropy_gain
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.operator_entanglement import operator_schmidt

#: What rounding may leave of a local gate: a smaller tolerance would call rounding errors a power.
_LEAST_TOLERANCE = 1e-12


@dataclass(frozen=True, eq=False)
class PowerWitness:
    r"""A product state that a gate entangles, or the local unitaries that it consists of.

    Attributes
    ----------
    has_power : bool
        Whether the gate entangles some product state.
    state : Qobj or None
        If it does, a ket that is a product across the cut, and that the gate entangles.
    entropy : float
        The entropy of entanglement of `state` after the gate, in ebits; 0 without a state.
    left, right : Qobj or None
        If it does not, unitaries on side A and on side B, which together make the gate.
    swap : bool
        Whether the sides are swapped before `left` and `right` act.
    cut : int
        Number of leading subsystems on side A.
    """

    has_power: bool
    state: Qobj | None
    entropy: float
    left: Qobj | None
    right: Qobj | None
    swap: bool
    cut: int

    def unitary(self) -> Qobj:
        """Return the gate that `left`, `right` and the swap make, with the dims of the original.

        Raises
        ------
        ValueError
            If the gate has power, so that it is no such product.

        Examples
        --------
        >>> from qutip import gates
        >>> witness = power_witness(gates.swap())
        >>> bool(abs((witness.unitary() - gates.swap()).full()).max() < 1e-14)
        True
        """
        if self.left is None or self.right is None:
            raise ValueError("unitary() needs a gate without power, got one that has it")
        local = tensor(self.left, self.right)
        if not self.swap:
            return local
        sides = self.left.dims[0], self.right.dims[0]
        return Qobj(Bipartite(local.full(), sides).swapped.matrix, dims=local.dims)

    def __repr__(self) -> str:
        if self.has_power:
            return f"<a product state that becomes entangled by {self.entropy:.6g} ebits>"
        return f"<no power: local unitaries{' after a swap' if self.swap else ''}>"


def power_witness(
    operator: Operator,
    cut: int = 1,
    *,
    params: ArrayLike | None = None,
    tolerance: float = 1e-10,
) -> PowerWitness:
    r"""Return a product state that a gate entangles, or the local unitaries that it consists of.

    The output for :math:`\psi_A \otimes \psi_B` is a product just if all 2 by 2 minors of its
    amplitudes vanish. Each minor is a quadratic form in :math:`\psi_A` and in :math:`\psi_B`,
    and such a form vanishes if it does so for all basis states :math:`|j\rangle` and all sums
    :math:`|j\rangle + |k\rangle`. So a gate with any power entangles one of
    :math:`d_A (d_A + 1)\, d_B (d_B + 1)/4` known product states; the one that becomes most
    entangled is returned. It need not attain the power: for that see `entangling_power`.

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two subsystems of any dimension.
    cut : int, default 1
        Number of leading subsystems on side A.
    params : array_like, default None
        The angles of a `Circuit`, in radians.
    tolerance : float, default 1e-10
        A gate counts as without power if it differs from a product of two operators, perhaps after
        a swap, by at most this in Hilbert-Schmidt norm; from 1e-12 to 0.1. A gate further off by
        a factor of ten creates about 1e-18 ebits, which double precision resolves.

    Returns
    -------
    PowerWitness

    Raises
    ------
    TypeError
        If `operator` has another type, or a number is of the wrong kind.
    ValueError
        If `operator` is not unitary, `cut` leaves a side empty, `params` is missing or
        superfluous, or `tolerance` is out of range.

    References
    ----------
    Brylinski and Brylinski, arXiv:quant-ph/0108062, for sides of the same dimension.

    Examples
    --------
    >>> from qutip import gates
    >>> power_witness(gates.cnot())
    <a product state that becomes entangled by 1 ebits>
    >>> power_witness(gates.cnot()).state.full().real.ravel().round(3)
    array([0.707, 0.   , 0.707, 0.   ])
    >>> power_witness(gates.swap())
    <no power: local unitaries after a swap>
    """
    gate = bipartite(operator, cut, params)
    tolerance = _checks.number("tolerance", tolerance, _LEAST_TOLERANCE, 0.1)
    cut = len(gate.sides[0])
    for swap in (False, True)[: 1 + (gate.dims[0] == gate.dims[1])]:
        form = operator_schmidt(gate.swapped if swap else gate)
        rest = math.sqrt(math.prod(gate.dims) * float(np.sum(form.probabilities[1:])))
        if rest <= tolerance:
            left, right = (_nearest_unitary(part[0]) for part in (form.left, form.right))
            return PowerWitness(False, None, 0.0, left, right, swap, cut)
    d_a, d_b = gate.dims
    inputs = np.einsum("mi,nj->mnij", _determining_kets(d_a), _determining_kets(d_b))
    inputs = inputs.reshape(-1, d_a, d_b)
    values = _entropies(entropy_gain.apply(gate, inputs, (1, 1)))
    best = int(np.argmax(values))
    state = Qobj(inputs[best].ravel(), dims=[[*gate.sides[0], *gate.sides[1]], [1]])
    return PowerWitness(True, state, float(values[best]), None, None, False, cut)


def _determining_kets(d: int) -> NDArray[np.complex128]:
    """Return basis states and normalised sums of two, as rows: d (d + 1)/2 of them.

    A quadratic form that vanishes for all of them is zero.
    """
    first, second = np.triu_indices(d)
    kets = np.eye(d)[first] + np.eye(d)[second]
    result: NDArray[np.complex128] = kets / np.linalg.norm(kets, axis=1, keepdims=True) + 0j
    return result


def _entropies(matrices: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the entropy of entanglement in ebits of kets as matrices, however small it is.

    A largest probability of 1 - r with a tiny r would be rounded to 1; r is the sum of the others.
    """
    others = np.linalg.svd(matrices, compute_uv=False)[:, 1:] ** 2
    rest = np.sum(others, axis=1)
    nats: NDArray[np.float64] = np.sum(entr(others), axis=1) - (1 - rest) * np.log1p(-rest)
    return nats / math.log(2)


def _nearest_unitary(operator: Qobj) -> Qobj:
    """Return the unitary factor of the polar decomposition."""
    left, _, right = np.linalg.svd(operator.full())
    return Qobj(left @ right, dims=operator.dims)
