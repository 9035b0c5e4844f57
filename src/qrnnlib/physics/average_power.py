"""The average entangling power: the mean entanglement from random product states, in closed form.

It needs no search and no ancillas, and its gradient is that of a polynomial. It is the same for a
unitary and its inverse, so it cannot distinguish entangling from disentangling: see
`qrnnlib.entangling_power`.
"""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.physics.bipartite import Operator, bipartite


@overload
def average_entangling_power(
    operator: NDArray[Any], *, dims: tuple[int, int]
) -> NDArray[np.float64]: ...
@overload
def average_entangling_power(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> float: ...
def average_entangling_power(
    operator: Operator | NDArray[Any],
    cut: int = 1,
    *,
    params: ArrayLike | None = None,
    dims: tuple[int, int] | None = None,
) -> float | NDArray[np.float64]:
    r"""Return the mean entanglement that a unitary creates from random product states.

    It is the mean of the linear entropy :math:`1 - \mathrm{tr}\,\rho_A^2` of
    :math:`U(\psi_A \otimes \psi_B)` over Haar-random :math:`\psi_A` and :math:`\psi_B`, without a
    prefactor: 2/9 for CNOT, the maximum for two qubits. In closed form,

    .. math:: e_p = 1 - \frac{d_A d_B^2 + d_A^2 d_B + \mathrm{tr}[(R R^\dagger)^2]
        + \mathrm{tr}(M M^\dagger)^2}{d_A (d_A + 1)\, d_B (d_B + 1)},

    where R is the matrix of U with a row for each pair (A out, A in), and M the one with a row for
    each pair (A out, B in). It is the same for U and its inverse, so it cannot distinguish
    entangling from disentangling.

    Parameters
    ----------
    operator : Qobj, Circuit, a fitted estimator or cell, or ndarray
        A unitary on at least two subsystems of any dimension, or an array of shape (..., D, D) of
        unitary matrices, all evaluated together.
    cut : int, default 1
        Number of leading subsystems on side A; not used for an array.
    params : array_like, default None
        The angles of a `Circuit`, in radians.
    dims : tuple of two int, default None
        Dimensions of side A and of side B; required for an array and refused otherwise.

    Returns
    -------
    float or ndarray of float, shape (...)
        Dimensionless, at least 0.

    Raises
    ------
    TypeError
        If `operator` has another type, or is an array without `dims`.
    ValueError
        If an operator is not unitary, or `cut`, `params` or `dims` does not fit it.

    References
    ----------
    Zanardi, Zalka and Faoro, Phys. Rev. A 62, 030301 (2000), for equal dimensions; for unequal
    ones the closed form is derived in ``tests/README.md``.

    Examples
    --------
    >>> from qutip import gates
    >>> round(average_entangling_power(gates.cnot()) * 9, 12)
    2.0
    >>> three = np.stack([gates.cnot().full(), gates.swap().full(), gates.iswap().full()])
    >>> np.round(average_entangling_power(three, dims=(2, 2)) * 9, 12)
    array([2., 0., 2.])
    """
    if isinstance(operator, np.ndarray):
        if params is not None:
            raise ValueError("params must be None for an array of operators, got some")
        if dims is None:
            raise TypeError("dims must give the dimensions of the two sides of an array, got None")
        d_a, d_b = _checks.two_integers("dims", dims)
        matrices = _checks.unitary_matrices("operator", operator, d_a * d_b)
    elif dims is not None:
        raise ValueError(f"dims must be None unless operator is an array, got {dims}")
    else:
        gate = bipartite(operator, cut, params)
        matrices, (d_a, d_b) = gate.matrix, gate.dims
    # Rounding can leave the result slightly below zero.
    power = np.maximum(1 - mean_purity(matrices, d_a, d_b), 0.0)
    return float(power[0]) if dims is None else power.reshape(matrices.shape[:-2])


def mean_purity(matrices: Any, d_a: int, d_b: int) -> Any:
    """Return the mean purity of side A after random product states: one minus the average power.

    Parameters
    ----------
    matrices : ndarray or JAX array, shape (..., d_a * d_b, d_a * d_b)
        Unitaries, unchecked. Only methods that both kinds of array have are used, so that the
        engine can differentiate the same code.
    d_a, d_b : int

    Returns
    -------
    ndarray or JAX array, shape (n,)
        One value per matrix, with the leading axes flattened.
    """
    # The mean of a doubled random state is (1 + swap) / (d (d + 1)): two terms for each side.
    kept, crossed = fourth_powers(matrices, d_a, d_b)
    total = d_a * d_b * (d_a + d_b) + kept + crossed
    return total / (d_a * (d_a + 1) * d_b * (d_b + 1))


def fourth_powers(matrices: Any, d_a: int, d_b: int) -> tuple[Any, Any]:
    r"""Return :math:`\mathrm{tr}[(R R^\dagger)^2]` and :math:`\mathrm{tr}[(M M^\dagger)^2]`.

    They are the sums of the fourth powers of the singular values of the matrices R and M of
    `average_entangling_power`; all means over random inputs follow from them. Arrays in and out
    are as for `mean_purity`.
    """
    tensor = matrices.reshape(-1, d_a, d_b, d_a, d_b)  # axes: matrix, A out, B out, A in, B in
    realigned = tensor.transpose(0, 1, 3, 2, 4).reshape(-1, d_a**2, d_b**2)
    crossed = tensor.transpose(0, 1, 4, 2, 3).reshape(-1, d_a * d_b, d_b * d_a)
    # tr(G^2) of a Hermitian G is the sum of its squared moduli: no singular values are needed.
    grams = (matrix @ matrix.conj().swapaxes(1, 2) for matrix in (realigned, crossed))
    first, second = ((gram * gram.conj()).real.sum(axis=(1, 2)) for gram in grams)
    return first, second
