r"""The spread of the entanglement that a unitary creates from random product states.

`qrnnlib.average_entangling_power` is the mean of a random number, the linear entropy of
:math:`U(\psi_A \otimes \psi_B)`; here is its standard deviation, in closed form. Gates with the
same mean may differ in it.
"""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite

#: Of the 24 permutations of four copies, those that exchange none, one or both members of the pair
#: 1, 2 for members of the pair 3, 4, divided by 4.
_EXCHANGED = (1, 4, 1)


def entangling_power_deviation(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> float:
    r"""Return the spread of the entanglement that a unitary creates from random product states.

    It is the standard deviation of the linear entropy :math:`1 - \mathrm{tr}\,\rho_A^2` of
    :math:`U(\psi_A \otimes \psi_B)` over Haar-random :math:`\psi_A` and :math:`\psi_B`; the mean
    is `average_entangling_power`. It is 0 for local unitaries and swaps, and unchanged by local
    unitaries before and after U. The inverse has the same one if either side has at most three
    dimensions, and in general another.

    The linear entropy is :math:`2 \langle\phi| Y |\phi\rangle` with
    :math:`\phi = \psi_A \otimes \psi_A \otimes \psi_B \otimes \psi_B` and
    :math:`Y = (U \otimes U)^\dagger (\Pi_A^- \otimes \Pi_B^-) (U \otimes U)`, where
    :math:`\Pi^-` projects the two copies of a side on their antisymmetric states. With Y restricted
    to symmetric states and :math:`Y_{kl}` its partial trace that keeps k copies of A and l of B,

    .. math:: \mathrm{E}[L^2] = \frac{64 \sum_{k,l=0}^{2} w_k w_l\, \mathrm{tr}\, Y_{kl}^2}
        {d_A (d_A+1)(d_A+2)(d_A+3)\, d_B (d_B+1)(d_B+2)(d_B+3)}, \qquad w = (1, 4, 1).

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two subsystems of any dimension.
    cut : int, default 1
        Number of leading subsystems on side A.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    float
        The standard deviation, dimensionless, at least 0 and at most
        :math:`\sqrt{e_p (1 - 1/d - e_p)}` with :math:`e_p` the mean and d the dimension of the
        smaller side.

    Raises
    ------
    TypeError
        If `operator` has another type, or `cut` is not an integer.
    ValueError
        If `operator` is not unitary, `cut` leaves a side empty, or `params` is missing or
        superfluous.

    References
    ----------
    Cho and Bang, arXiv:2508.00301, the entangling power deviation; the form used here is derived
    in ``tests/README.md``.

    Examples
    --------
    CNOT and the B gate create the same entanglement on average, but CNOT depends more on the input:

    >>> from qutip import gates
    >>> [round(entangling_power_deviation(gate()), 6) for gate in (gates.cnot, gates.berkeley)]
    [0.147406, 0.131468]
    """
    mean, square = entropy_moments(bipartite(operator, cut, params))
    # Rounding can leave the variance slightly below zero.
    return math.sqrt(max(0.0, square - mean**2))


def entropy_moments(gate: Bipartite) -> tuple[float, float]:
    """Return the means of the linear entropy, and of its square, over random product states.

    Examples
    --------
    >>> from qutip import gates
    >>> mean, square = entropy_moments(bipartite(gates.cnot()))
    >>> round(9 * mean, 12), round(225 * square, 12)
    (2.0, 16.0)
    """
    minors = minors_of_products(gate)
    _, n_a, n_b = minors.shape
    rows = minors.reshape(len(minors), n_a * n_b)
    both = (rows.conj().T @ rows).reshape(n_a, n_b, n_a, n_b)
    d_a, d_b = gate.dims
    mean = 2 * float(np.sum(np.abs(minors) ** 2)) / (n_a * n_b)
    total = 0.0
    for weight, of_a in zip(_EXCHANGED, _reductions(both, d_a), strict=True):
        # The axes of B come first from here on, so that the same function reduces B.
        turned = of_a.transpose(1, 0, 3, 2)
        for other, reduced in zip(_EXCHANGED, _reductions(turned, d_b), strict=True):
            total += weight * other * float(np.sum(np.abs(reduced) ** 2))
    ways = math.prod(range(d_a, d_a + 4)) * math.prod(range(d_b, d_b + 4))
    return mean, 64 * total / ways


def minors_of_products(gate: Bipartite) -> NDArray[np.complex128]:
    r"""Return the 2 by 2 minors of a gate's outputs, as quadratic forms in the input's factors.

    The output for the product of two kets is a product just if all 2 by 2 minors of its amplitudes
    vanish, and its linear entropy is twice the sum of their squared moduli.

    Returns
    -------
    ndarray of complex, shape (minors, n_a, n_b)
        Coefficients of each minor in the symmetric bases of `pair_basis`: two copies of each
        factor go in.

    Examples
    --------
    A CNOT takes a product of (a, b) and (c, d) to ac|00> + ad|01> + bd|10> + bc|11>, whose minor
    is ab (c^2 - d^2):

    >>> from qutip import gates
    >>> minors_of_products(bipartite(gates.cnot())).real.round(3) + 0.0
    array([[[ 0.   ,  0.   ,  0.   ],
            [ 0.707,  0.   , -0.707],
            [ 0.   ,  0.   ,  0.   ]]])
    """
    d_a, d_b = gate.dims
    tensor = gate.matrix.reshape(d_a, d_b, d_a, d_b)
    minors = np.einsum(
        "axcu,byev,abm,xyn,cep,uvq->mnpq",
        *(tensor, tensor, pair_basis(d_a, "antisymmetric"), pair_basis(d_b, "antisymmetric")),
        *(pair_basis(d_a, "symmetric"), pair_basis(d_b, "symmetric")),
        optimize=True,
    )
    # Counted, not -1: a side of dimension 1 has no minors at all.
    count = minors.shape[0] * minors.shape[1]
    result: NDArray[np.complex128] = minors.reshape(count, *minors.shape[2:])
    return result


def pair_basis(d: int, kind: Literal["symmetric", "antisymmetric"]) -> NDArray[np.float64]:
    """Return an orthonormal basis of the states of two copies of a system, (d, d, states).

    Examples
    --------
    >>> pair_basis(2, "antisymmetric")[:, :, 0].round(3)
    array([[ 0.   ,  0.707],
           [-0.707,  0.   ]])
    """
    sign = 1 if kind == "symmetric" else -1
    first, second = np.triu_indices(d, 0 if sign > 0 else 1)
    basis, number = np.zeros((d, d, len(first))), np.arange(len(first))
    basis[first, second, number] = np.where(first == second, 1, math.sqrt(0.5))
    basis[second, first, number] = sign * basis[first, second, number]
    return basis


def _reductions(both: NDArray[Any], d: int) -> tuple[NDArray[Any], ...]:
    """Return an operator with none, one and both copies of its first side left.

    `both` has shape (n, m, n, m), with n the number of symmetric states of two copies.
    """
    basis = pair_basis(d, "symmetric")
    one = np.einsum("mkpl,cgm,dgp->ckdl", both, basis, basis, optimize=True)
    none = np.einsum("mkml->kl", both)[None, :, None, :]
    return none, one, both
