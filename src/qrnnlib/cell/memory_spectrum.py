"""How fast a memory forgets: the eigenvalues of its channel with a constant input.

Averaged over outcomes, a step with a given input maps density matrices of the memory linearly to
density matrices. One eigenvalue of this *channel* is 1, that of a state which the step leaves
unchanged. The others, of modulus at most 1, say what a step leaves of each deviation from it.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib.cell.outcome_process import outcome_maps
from qrnnlib.cell.reference import MeasuredCell, design_and_weights

#: Decimals to which moduli are compared: conjugate pairs, equal but for rounding, keep one order.
DECIMALS = 10


def memory_spectrum(memory: Any, x: ArrayLike = 0.0) -> NDArray[np.complex128]:
    r"""Return the eigenvalues of the channel that one step applies to the memory.

    After many steps the memory differs from its stationary state by a number of the order of
    :math:`|\lambda_2|^t`, with :math:`\lambda_2` the second eigenvalue returned: the nearer to 1,
    the longer the memory. With :math:`|\lambda_2| = 1` some difference is never forgotten.

    Parameters
    ----------
    memory : MeasuredCell, a fitted QuantumRNN or QuantumLSTM, or array_like
        A cell under any rule of collapse; outcomes are averaged over, which is the step itself
        under ``"channel"`` and the mean step under ``"sampled"``. Or Kraus operators of a memory
        of qubits, of shape (outcomes, dim, dim).
    x : float, or array_like of shape (features,), default 0.0
        The input of each step of a cell, for instance the mean of a series.

    Returns
    -------
    ndarray of complex, shape (4**qubits,)
        For the qubits of the memory, by decreasing modulus; the first is 1. Those that are not
        real come in conjugate pairs, the one with positive imaginary part first.

    Raises
    ------
    TypeError, ValueError
        As for `qrnnlib.outcome_maps`; or if an estimator's settings have changed since its fit.
    sklearn.exceptions.NotFittedError
        If `memory` is an estimator without weights.

    References
    ----------
    Wolf, Quantum Channels and Operations, lecture notes (2012), chapter 6.

    Examples
    --------
    Amplitude damping by 0.36 leaves 0.8 of a coherence and 0.64 of an excitation:

    >>> damping = [[[1, 0], [0, 0.8]], [[0, 0.6], [0, 0]]]
    >>> memory_spectrum(damping).real.round(12).tolist()
    [1.0, 0.8, 0.8, 0.64]
    """
    if callable(getattr(memory, "design", None)) or isinstance(memory, MeasuredCell):
        design, weights = design_and_weights("memory", memory)
        # The channel does not depend on the rule; this is the one that the maps are made for.
        memory = MeasuredCell(weights, replace(design, collapse="sampled"))
    found = np.linalg.eigvals(outcome_maps(memory, x).sum(axis=0)).astype(np.complex128)
    moduli = np.abs(found).round(DECIMALS)
    return found[np.lexsort([-found.imag, -found.real.round(DECIMALS), -moduli])]
