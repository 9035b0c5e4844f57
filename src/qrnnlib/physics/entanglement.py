r"""Entanglement and entropies of states: QuTiP states in, plain numbers out.

Entropies are in bits; across a cut of a pure state one bit is one *ebit*. A *cut* is the number of
leading subsystems on side A; all others are on side B. In this book the system comes first and the
memory second, so ``cut=n_s`` separates system from memory. Subsystems may have any dimension.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj
from scipy.special import entr

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
    left, coefficients, right = np.linalg.svd(_matrix(ket, cut), full_matrices=False)
    phases = np.array([leading_phase(column) for column in left.T])
    left = left / phases
    right = right * phases[:, np.newaxis]
    sides = ket.dims[0][:cut], ket.dims[0][cut:]
    return SchmidtForm(
        coefficients,
        tuple(Qobj(column, dims=[sides[0], [1]]) for column in left.T),
        tuple(Qobj(row, dims=[sides[1], [1]]) for row in right),
    )


def entropy_of_entanglement(ket: Qobj, cut: int = 1) -> float:
    r"""Return the entropy of entanglement of a ket across a cut, in ebits.

    It is :math:`-\sum_k s_k^2 \log_2 s_k^2` over the Schmidt coefficients, which is the von Neumann
    entropy of either side alone: 0 for a product state, 1 for a Bell state, at most
    :math:`\log_2 \min(d_A, d_B)`. See Bennett et al., Phys. Rev. A 53, 2046 (1996).

    Parameters
    ----------
    ket : Qobj
        A normalised ket of at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.

    Returns
    -------
    float
        The entropy of entanglement in ebits.

    Raises
    ------
    TypeError, ValueError
        As for `schmidt`.

    Examples
    --------
    >>> from qutip import ghz_state
    >>> round(entropy_of_entanglement(ghz_state(3), cut=2), 12)
    1.0
    """
    ket = _checks.ket("ket", ket, subsystems=2)
    cut = _checks.cut("cut", cut, len(ket.dims[0]))
    return entropy_in_bits(np.linalg.svd(_matrix(ket, cut), compute_uv=False) ** 2)


def von_neumann_entropy(state: Qobj) -> float:
    r"""Return the von Neumann entropy of a state in bits: :math:`-\mathrm{tr}\,\rho \log_2 \rho`.

    Parameters
    ----------
    state : Qobj
        A density matrix, or a normalised ket (whose entropy is 0).

    Returns
    -------
    float
        The entropy in bits, between 0 and :math:`\log_2 d`.

    Raises
    ------
    TypeError
        If `state` is not a Qobj.
    ValueError
        If `state` is neither a normalised ket nor a density matrix.

    Examples
    --------
    >>> from qutip import bell_state
    >>> round(von_neumann_entropy(bell_state("00").ptrace(0)), 12)
    1.0
    """
    state = _checks.state("state", state)
    return 0.0 if state.isket else entropy_in_bits(np.linalg.eigvalsh(state.full()))


def linear_entropy(state: Qobj) -> float:
    r"""Return the linear entropy of a state, :math:`1 - \mathrm{tr}\,\rho^2`.

    It has no prefactor: its maximum is :math:`1 - 1/d`, not 1. For one side of a pure state it is
    the quantity averaged by the entangling power of Zanardi, Zalka and Faoro, Phys. Rev. A 62,
    030301 (2000).

    Parameters
    ----------
    state : Qobj
        A density matrix, or a normalised ket (whose linear entropy is 0).

    Returns
    -------
    float
        The linear entropy, dimensionless.

    Raises
    ------
    TypeError
        If `state` is not a Qobj.
    ValueError
        If `state` is neither a normalised ket nor a density matrix.

    Examples
    --------
    >>> from qutip import maximally_mixed_dm
    >>> round(linear_entropy(maximally_mixed_dm(4)), 12)
    0.75
    """
    state = _checks.state("state", state)
    if state.isket:
        return 0.0
    # For a Hermitian matrix tr(rho^2) is the sum of its squared absolute entries.
    return max(0.0, 1.0 - float(np.sum(np.abs(state.full()) ** 2)))


def mutual_information(state: Qobj, cut: int = 1) -> float:
    r"""Return the mutual information across a cut, in bits: :math:`S(A) + S(B) - S(AB)`.

    It counts classical and quantum correlations alike. For a ket it is twice the entropy of
    entanglement. See Nielsen and Chuang, section 11.3.4.

    Parameters
    ----------
    state : Qobj
        A normalised ket or a density matrix of at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.

    Returns
    -------
    float
        The quantum mutual information in bits.

    Raises
    ------
    TypeError
        If `state` is not a Qobj, or `cut` is not an integer.
    ValueError
        If `state` is not a normalised state of two or more subsystems, or `cut` leaves a side
        empty.

    Examples
    --------
    >>> from qutip import bell_state
    >>> round(mutual_information(bell_state("00")), 12)
    2.0
    """
    state = _checks.state("state", state, subsystems=2)
    cut = _checks.cut("cut", cut, len(state.dims[0]))
    if state.isket:
        return 2 * entropy_of_entanglement(state, cut)
    side_a = state.ptrace(list(range(cut)))
    side_b = state.ptrace(list(range(cut, len(state.dims[0]))))
    apart = von_neumann_entropy(side_a) + von_neumann_entropy(side_b)
    return max(0.0, apart - von_neumann_entropy(state))


def negativity(state: Qobj, cut: int = 1) -> float:
    r"""Return the negativity: the negative part of the partial transpose's spectrum.

    It is :math:`(\|\rho^{T_A}\|_1 - 1)/2`, the sum of the absolute values of the negative
    eigenvalues: 0 for every separable state, 1/2 for a Bell state. For two qubits, or a qubit and
    a qutrit, 0 implies separability. See Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

    Parameters
    ----------
    state : Qobj
        A normalised ket or a density matrix of at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.

    Returns
    -------
    float
        The negativity, dimensionless, at most :math:`(\min(d_A, d_B) - 1)/2`.

    Raises
    ------
    TypeError
        If `state` is not a Qobj, or `cut` is not an integer.
    ValueError
        If `state` is not a normalised state of two or more subsystems, or `cut` leaves a side
        empty.

    Examples
    --------
    >>> from qutip import bell_state
    >>> round(negativity(bell_state("00")), 12)
    0.5
    """
    state = _checks.state("state", state, subsystems=2)
    cut = _checks.cut("cut", cut, len(state.dims[0]))
    a, b = _side_dimensions(state, cut)
    matrix = state.proj().full() if state.isket else state.full()
    transposed = matrix.reshape(a, b, a, b).transpose(2, 1, 0, 3).reshape(a * b, a * b)
    eigenvalues = np.linalg.eigvalsh(transposed)
    return float(np.sum(np.maximum(-eigenvalues, 0.0)))


def bloch_vector(qubit_state: Qobj) -> NDArray[np.float64]:
    r"""Return the Bloch vector of one qubit: the expectation values of X, Y and Z.

    Its length is 1 for a pure state and 0 for the maximally mixed one.

    Parameters
    ----------
    qubit_state : Qobj
        A normalised ket or a density matrix of dimension 2.

    Returns
    -------
    ndarray of float, shape (3,)
        The three expectation values, each in [-1, 1].

    Raises
    ------
    TypeError
        If `qubit_state` is not a Qobj.
    ValueError
        If `qubit_state` is not a normalised state, or has a dimension other than 2.

    Examples
    --------
    >>> from qutip import basis
    >>> bloch_vector(basis(2, 1))
    array([ 0.,  0., -1.])
    """
    qubit_state = _checks.state("qubit_state", qubit_state)
    if qubit_state.shape[0] != 2:
        raise ValueError(
            f"qubit_state must be the state of one qubit, got dimension {qubit_state.shape[0]}; "
            "ptrace() gives the state of one qubit among several"
        )
    rho = (qubit_state.proj() if qubit_state.isket else qubit_state).full()
    # Adding 0 turns a negative zero, which prints as -0., into 0.
    return np.array([2 * rho[0, 1].real, 2 * rho[1, 0].imag, (rho[0, 0] - rho[1, 1]).real]) + 0.0


def _side_dimensions(state: Qobj, cut: int) -> tuple[int, int]:
    """Return the dimensions of side A and of side B."""
    return math.prod(state.dims[0][:cut]), math.prod(state.dims[0][cut:])


def _matrix(ket: Qobj, cut: int) -> NDArray[np.complex128]:
    """Return the amplitudes as a matrix: a row for each state of A, a column for each of B."""
    amplitudes: NDArray[np.complex128] = ket.full().reshape(_side_dimensions(ket, cut))
    return amplitudes


def leading_phase(vector: NDArray[np.complex128]) -> Any:
    """Return the phase factor of the first amplitude of at least half the largest modulus.

    The largest itself would not do: rounding decides between equal moduli.
    """
    sizes = np.abs(vector)
    leading = vector[np.argmax(sizes >= sizes.max() / 2)]
    return leading / abs(leading)


def entropy_in_bits(probabilities: NDArray[np.floating[Any]]) -> float:
    """Return the Shannon entropy in bits, with 0 log 0 = 0.

    Rounding may leave an eigenvalue slightly below 0 or a sum slightly off 1, and either could
    make the entropy of a pure state negative; hence the guards.
    """
    probabilities = np.maximum(probabilities, 0.0)
    nats = entr(probabilities / probabilities.sum()).sum()
    return max(0.0, float(nats) / math.log(2))
