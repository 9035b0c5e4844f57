r"""The Schmidt form of a ket: its amplitudes across a cut as a single sum.

A *cut* is the number of leading subsystems on side A, as in `qrnnlib.physics.entanglement`.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj

from qrnnlib import _checks


@dataclass(frozen=True, eq=False)
class SchmidtForm:
    r"""A ket as a single sum: :math:`\sum_k s_k\, |left_k\rangle \otimes |right_k\rangle`.

    Attributes
    ----------
    coefficients : ndarray of float, shape (min(d_A, d_B),)
        The Schmidt coefficients :math:`s_k \ge 0`, largest first; their squares sum to 1. They are
        the singular values of the ket written as a d_A by d_B matrix.
    left, right : tuple of Qobj
        Orthonormal kets of side A and of side B, one for each coefficient, with the dims of their
        side. For equal coefficients the kets are not unique.

    Examples
    --------
    >>> from qutip import basis, tensor
    >>> ket = (tensor(basis(2, 0), basis(3, 2)) + tensor(basis(2, 1), basis(3, 0))).unit()
    >>> form = schmidt(ket)
    >>> form.coefficients.round(3)
    array([0.707, 0.707])
    >>> form.right[0].dims
    [[3], [1]]
    """

    coefficients: NDArray[np.float64]
    left: tuple[Qobj, ...]
    right: tuple[Qobj, ...]


def schmidt(ket: Qobj, cut: int = 1) -> SchmidtForm:
    r"""Return the Schmidt form of a ket, from the singular values of its matrix.

    The amplitudes :math:`\psi_{ij}`, with a row i for each basis state of A and a column j for
    each of B, are factored as :math:`\psi = V\,\mathrm{diag}(s)\,W`; the columns of V and the rows
    of W are the kets of the two sides. See Nielsen and Chuang, section 2.5.

    Parameters
    ----------
    ket : Qobj
        A normalised ket of at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.

    Returns
    -------
    SchmidtForm
        Coefficients and kets; the sum of ``s * tensor(left, right)`` is `ket` again. The free
        phase of each pair is fixed by making the leading amplitude of the left ket positive.

    Raises
    ------
    TypeError
        If `ket` is not a Qobj, or `cut` is not an integer.
    ValueError
        If `ket` is not a normalised ket of two or more subsystems, or `cut` leaves a side empty.

    Examples
    --------
    >>> from qutip import bell_state, tensor
    >>> ket = bell_state("00")
    >>> form = schmidt(ket)
    >>> parts = zip(form.coefficients, form.left, form.right)
    >>> rebuilt = sum(s * tensor(left, right) for s, left, right in parts)
    >>> bool(abs((rebuilt - ket).full()).max() < 1e-15)
    True
    """
    ket = _checks.ket("ket", ket, subsystems=2)
    cut = _checks.cut("cut", cut, len(ket.dims[0]))
    left, coefficients, right = svd_with_fixed_phases(amplitude_matrix(ket, cut))
    sides = ket.dims[0][:cut], ket.dims[0][cut:]
    return SchmidtForm(
        coefficients,
        tuple(Qobj(column, dims=[sides[0], [1]]) for column in left.T),
        tuple(Qobj(row, dims=[sides[1], [1]]) for row in right),
    )


def amplitude_matrix(ket: Qobj, cut: int) -> NDArray[np.complex128]:
    """Return the amplitudes of a ket: a row for each state of A, a column for each of B."""
    rows = math.prod(ket.dims[0][:cut])
    matrix: NDArray[np.complex128] = ket.full().reshape(rows, -1)
    return matrix


def svd_with_fixed_phases(
    matrix: NDArray[np.complex128],
) -> tuple[NDArray[np.complex128], NDArray[np.float64], NDArray[np.complex128]]:
    """Return the singular value decomposition with positive leading entries of left vectors."""
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    phases = np.array([_leading_phase(column) for column in left.T])
    # The right vectors take what the left ones lose, so that the product is still the matrix.
    return left / phases, singular, right * phases[:, np.newaxis]


def _leading_phase(vector: NDArray[np.complex128]) -> Any:
    """Return the phase factor of the first amplitude of at least half the largest modulus.

    The largest itself would not do: rounding decides between equal moduli.
    """
    sizes = np.abs(vector)
    leading = vector[np.argmax(sizes >= sizes.max() / 2)]
    return leading / abs(leading)
