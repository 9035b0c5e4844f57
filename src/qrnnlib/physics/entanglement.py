r"""Entanglement and entropies of states: QuTiP states in, plain numbers out.

Entropies are in bits; across a cut of a pure state one bit is one *ebit*. A *cut* is the number of
leading subsystems on side A; all others are on side B. In this book the system comes first and the
memory second, so ``cut=n_s`` separates system from memory. Subsystems may have any dimension.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj
from scipy.special import entr

from qrnnlib import _checks, _moved
from qrnnlib.physics.schmidt import amplitude_matrix

__getattr__ = _moved.names_of_old("qrnnlib.physics.entanglement", "SchmidtForm", "schmidt")


def entropy_of_entanglement(ket: Qobj, cut: int = 1) -> float:
    r"""Return the entropy of entanglement of a ket across a cut, in ebits.

    It is :math:`-\sum_k s_k^2 \log_2 s_k^2` over the Schmidt coefficients, which is the von Neumann
    entropy of either side alone: 0 for a product state, 1 for a Bell state, at most
    :math:`\log_2 \min(d_A, d_B)`. See Bennett et al., Phys. Rev. A 53, 2046 (1996).

    Parameters
    ----------
    ket, cut
        As for `schmidt`.

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
    return entropy_in_bits(np.linalg.svd(amplitude_matrix(ket, cut), compute_uv=False) ** 2)


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
    TypeError, ValueError
        As for `von_neumann_entropy`.

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
    # Rounding can go below 0.
    return max(0.0, apart - von_neumann_entropy(state))


def negativity(state: Qobj, cut: int = 1) -> float:
    r"""Return the negativity: the negative part of the partial transpose's spectrum.

    It is :math:`(\|\rho^{T_A}\|_1 - 1)/2`, the sum of the absolute values of the negative
    eigenvalues: 0 for every separable state, 1/2 for a Bell state. For two qubits, or a qubit and
    a qutrit, 0 implies separability. See Vidal and Werner, Phys. Rev. A 65, 032314 (2002).

    Parameters
    ----------
    state, cut
        As for `mutual_information`.

    Returns
    -------
    float
        The negativity, dimensionless, at most :math:`(\min(d_A, d_B) - 1)/2`.

    Raises
    ------
    TypeError, ValueError
        As for `mutual_information`.

    Examples
    --------
    >>> from qutip import bell_state
    >>> round(negativity(bell_state("00")), 12)
    0.5
    """
    state = _checks.state("state", state, subsystems=2)
    cut = _checks.cut("cut", cut, len(state.dims[0]))
    a, b = math.prod(state.dims[0][:cut]), math.prod(state.dims[0][cut:])
    matrix = state.proj().full() if state.isket else state.full()
    # Axes: A and B of the row, A and B of the column. The partial transpose exchanges those of A.
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
    # <X> = 2 Re rho_01 and <Y> = 2 Im rho_10, as rho is Hermitian. Adding 0 turns a negative zero,
    # which prints as -0., into 0.
    return np.array([2 * rho[0, 1].real, 2 * rho[1, 0].imag, (rho[0, 0] - rho[1, 1]).real]) + 0.0


def entropy_in_bits(probabilities: NDArray[np.floating[Any]]) -> float:
    """Return the Shannon entropy in bits, with 0 log 0 = 0.

    Rounding may leave an eigenvalue slightly below 0 or a sum slightly off 1, and either could
    make the entropy of a pure state negative; hence the guards.
    """
    probabilities = np.maximum(probabilities, 0.0)
    nats = entr(probabilities / probabilities.sum()).sum()
    return max(0.0, float(nats) / math.log(2))
