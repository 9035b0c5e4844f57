r"""Operator entanglement across a cut: the operator Schmidt form and its measures.

A unitary on two sides is a sum of products of operators, just as a ket is a sum of products of
kets. The weights of that sum say how far the unitary is from a local one, without reference to
any state. Every function here also takes a circuit with its parameters, or any object with a
method ``unitary()``.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.entanglement import entropy_in_bits
from qrnnlib.physics.schmidt import svd_with_fixed_phases

#: A term counts towards the rank if its weight, the square root of its probability, is larger than
#: this. Rounding leaves weights of about 1e-16; an accepted unitary may itself be 1e-10 off.
RANK_TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class OperatorSchmidtForm:
    r"""A unitary as a single sum: :math:`\sum_k \sqrt{p_k}\, L_k \otimes R_k`.

    Attributes
    ----------
    probabilities : ndarray of float, shape (min(d_A^2, d_B^2),)
        :math:`p_k \ge 0`, the squares of the weights, largest first; they sum to 1.
    left, right : tuple of Qobj
        Operators on side A and on side B, one for each probability, with the dims of their side.
        They are normalised like unitaries, :math:`\mathrm{tr}\,L_j^\dagger L_k = d_A \delta_{jk}`,
        and with :math:`d_B` on the right. For equal probabilities they are not unique.

    Examples
    --------
    >>> from qutip import gates
    >>> form = operator_schmidt(gates.cnot())
    >>> form.probabilities.round(3)
    array([0.5, 0.5, 0. , 0. ])
    >>> form.left[0].dims
    [[2], [2]]
    """

    probabilities: NDArray[np.float64]
    left: tuple[Qobj, ...]
    right: tuple[Qobj, ...]


def operator_schmidt(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> OperatorSchmidtForm:
    r"""Return the operator Schmidt form of a unitary, from the singular values of its realignment.

    The entries :math:`\langle ij|U|kl\rangle` are written as a matrix with a row for each pair
    (i, k) of side A and a column for each pair (j, l) of side B. Its singular values :math:`s_k`
    give :math:`p_k = s_k^2/(d_A d_B)`. See Nielsen et al., Phys. Rev. A 67, 052301 (2003).

    Parameters
    ----------
    operator : Qobj, Circuit or an object with a method ``unitary()``
        A unitary on at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    OperatorSchmidtForm
        Probabilities and operators; the sum of ``sqrt(p) * tensor(left, right)`` is the unitary
        again. The free phase of each pair is fixed by making the leading entry of the left
        operator, read row by row, positive.

    Raises
    ------
    TypeError
        If `operator` has another type, or `cut` is not an integer.
    ValueError
        If `operator` is not a unitary on two or more subsystems, `cut` leaves a side empty, or
        `params` is missing or superfluous.

    Examples
    --------
    >>> from qutip import gates, tensor
    >>> form = operator_schmidt(gates.swap())
    >>> parts = zip(form.probabilities, form.left, form.right)
    >>> rebuilt = sum(p**0.5 * tensor(left, right) for p, left, right in parts)
    >>> bool(abs((rebuilt - gates.swap()).full()).max() < 1e-14)
    True
    """
    both = bipartite(operator, cut, params)
    a, b = both.dims
    left, singular, right = svd_with_fixed_phases(realigned(both))
    left, right = left * math.sqrt(a), right * math.sqrt(b)  # normalised like unitaries
    return OperatorSchmidtForm(
        singular**2 / (a * b),
        tuple(Qobj(column.reshape(a, a), dims=[both.sides[0]] * 2) for column in left.T),
        tuple(Qobj(row.reshape(b, b), dims=[both.sides[1]] * 2) for row in right),
    )


def operator_schmidt_rank(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> int:
    r"""Return the operator Schmidt rank of a unitary: the number of terms of its Schmidt form.

    It is 1 for a local unitary and at most :math:`\min(d_A^2, d_B^2)`; its base-2 logarithm is an
    upper bound on the entangling power in ebits. A term counts if its weight :math:`\sqrt{p_k}`
    exceeds `RANK_TOLERANCE`, 1e-10. See Nielsen et al., Phys. Rev. A 67, 052301 (2003).

    Parameters
    ----------
    operator, cut, params
        As for `operator_schmidt`.

    Returns
    -------
    int
        The number of terms.

    Raises
    ------
    TypeError, ValueError
        As for `operator_schmidt`.

    Examples
    --------
    >>> from qutip import gates
    >>> operator_schmidt_rank(gates.cnot()), operator_schmidt_rank(gates.swap())
    (2, 4)
    """
    return schmidt_rank(bipartite(operator, cut, params))


def schmidt_rank(both: Bipartite) -> int:
    """Return `operator_schmidt_rank` of a gate that is already on two sides."""
    return int(np.sum(np.sqrt(_probabilities(both)) > RANK_TOLERANCE))


def schmidt_strength(operator: Operator, cut: int = 1, *, params: ArrayLike | None = None) -> float:
    r"""Return the Schmidt strength of a unitary: the Shannon entropy of its probabilities.

    It is :math:`-\sum_k p_k \log_2 p_k`: the entanglement created when each side starts maximally
    entangled with its own ancilla, and so a lower bound on the entangling power from products
    with ancillas. See Nielsen et al., Phys. Rev. A 67, 052301 (2003).

    Parameters
    ----------
    operator, cut, params
        As for `operator_schmidt`.

    Returns
    -------
    float
        The Schmidt strength in ebits, from 0 to :math:`2 \log_2 \min(d_A, d_B)`.

    Raises
    ------
    TypeError, ValueError
        As for `operator_schmidt`.

    Examples
    --------
    >>> from qutip import gates
    >>> round(schmidt_strength(gates.cnot()), 12), round(schmidt_strength(gates.swap()), 12)
    (1.0, 2.0)
    """
    return entropy_in_bits(_probabilities(bipartite(operator, cut, params)))


def operator_linear_entropy(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> float:
    r"""Return the linear entropy of a unitary: :math:`E(U) = 1 - \sum_k p_k^2`.

    As for states there is no prefactor. For sides of equal dimension it gives, together with
    :math:`E(US)`, S the swap, the average entangling power: Zanardi, Phys. Rev. A 63, 040304
    (2001).

    Parameters
    ----------
    operator, cut, params
        As for `operator_schmidt`.

    Returns
    -------
    float
        The linear entropy, dimensionless, from 0 to :math:`1 - 1/\min(d_A, d_B)^2`.

    Raises
    ------
    TypeError, ValueError
        As for `operator_schmidt`.

    Examples
    --------
    >>> from qutip import gates
    >>> round(operator_linear_entropy(gates.swap()), 12)
    0.75
    """
    return _linear_entropy(bipartite(operator, cut, params))


def gate_typicality(operator: Operator, cut: int = 1, *, params: ArrayLike | None = None) -> float:
    r"""Return the gate typicality of a unitary: 0 for the identity, 1 for a swap.

    It is :math:`[E(U) - E(US) + E(S)]/(2E(S))`, with :math:`E` the operator linear entropy and
    :math:`S` the swap: 0 for a local unitary, 1 for a swap up to local unitaries. Unlike the
    average entangling power it distinguishes these two. See Jonnadula, Mandayam, Zyczkowski and
    Lakshminarayan, Phys. Rev. A 95, 040302 (2017).

    Parameters
    ----------
    operator : Qobj, Circuit or an object with a method ``unitary()``
        A unitary on two sides of the same dimension.
    cut, params
        As for `operator_schmidt`.

    Returns
    -------
    float
        The gate typicality, dimensionless, from 0 to 1.

    Raises
    ------
    TypeError, ValueError
        As for `operator_schmidt`, or if the sides differ in dimension.

    Examples
    --------
    >>> from qutip import gates
    >>> [round(gate_typicality(gate()), 3) for gate in (gates.cnot, gates.iswap, gates.swap)]
    [0.333, 0.667, 1.0]
    """
    both = bipartite(operator, cut, params)
    d, other = both.dims
    if d != other:
        raise ValueError(
            f"operator must have two sides of the same dimension, got {d} and {other} at cut {cut}"
        )
    most, swapped = 1 - 1 / d**2, _linear_entropy(both.swapped)  # E(S), E(US)
    # Rounding may leave the ratio slightly outside [0, 1].
    return min(1.0, max(0.0, (_linear_entropy(both) - swapped + most) / (2 * most)))


def realigned(both: Bipartite) -> NDArray[np.complex128]:
    """Return the matrix with a row for each entry on side A and a column for each on side B."""
    a, b = both.dims
    return both.matrix.reshape(a, b, a, b).transpose(0, 2, 1, 3).reshape(a * a, b * b)


def _probabilities(both: Bipartite) -> NDArray[np.floating[Any]]:
    """Return the operator Schmidt probabilities, largest first."""
    return np.linalg.svd(realigned(both), compute_uv=False) ** 2 / math.prod(both.dims)


def _linear_entropy(both: Bipartite) -> float:
    """Return one minus the sum of the squared probabilities, never below 0."""
    return max(0.0, 1.0 - float(np.sum(_probabilities(both) ** 2)))
