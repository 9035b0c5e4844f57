r"""The mean n-tangle that a gate creates from products of random qubit states.

The n-tangle is a number for even numbers of qubits: it vanishes for every state of an odd number.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib.physics.bipartite import Operator, bipartite
from qrnnlib.physics.gate_set import pauli_string


def average_tangle_power(operator: Operator, *, params: ArrayLike | None = None) -> float:
    r"""Return the mean n-tangle that a gate on n qubits creates from products of random states.

    The n-tangle of a state is :math:`|\langle\psi| Y^{\otimes n} |\psi^*\rangle|^2`: 1 for a GHZ
    state and for pairs of Bell states, 0 if any qubit is in a state of its own. With
    :math:`M = U^T Y^{\otimes n} U`, and :math:`M_+` its part that is symmetric under the transpose
    of each single qubit, the mean is

    .. math:: \langle \tau_n \rangle = 3^{-n} \sum_{jk} |(M_+)_{jk}|^2 .

    For odd n the matrix M is antisymmetric, and the mean is 0 as every n-tangle is. For two qubits
    it is twice `average_entangling_power` and the same for the inverse; for four or more it may
    differ. It does not ask for entanglement across every cut.

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two qubits.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    float
        Dimensionless, at least 0 and at most :math:`(2/3)^n`.

    Raises
    ------
    TypeError
        If `operator` has another type.
    ValueError
        If `operator` is not a unitary on two or more qubits, or `params` is missing or superfluous.

    References
    ----------
    Wong and Christensen, Phys. Rev. A 63, 044301 (2001), the n-tangle; its mean is derived in
    ``tests/README.md``.

    Examples
    --------
    >>> from qutip import gates
    >>> round(9 * average_tangle_power(gates.cnot()), 12), average_tangle_power(gates.toffoli())
    (4.0, 0.0)
    """
    gate = bipartite(operator, 1, params)
    dims = [*gate.sides[0], *gate.sides[1]]
    if any(d != 2 for d in dims):
        raise ValueError(f"operator must act on qubits, got subsystems of dimensions {dims}")
    n = len(dims)
    if n % 2:
        return 0.0
    matrix = gate.matrix.T @ pauli_string("Y" * n).full() @ gate.matrix
    symmetric: NDArray[np.complex128] = matrix.reshape(dims * 2)
    for qubit in range(n):
        symmetric = (symmetric + symmetric.swapaxes(qubit, n + qubit)) / 2
    return float(np.sum(np.abs(symmetric) ** 2) / 3.0**n)
