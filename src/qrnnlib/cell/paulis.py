"""Pauli strings as arrays, in the order used throughout the engine."""

from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib.physics import gate_set


@cache
def labels(qubits: int, real: bool = False, letters: str = "IXYZ") -> tuple[str, ...]:
    """Return the letters of every Pauli string, such as "XY", in order.

    If `real`, only those with an even number of Y: the others vanish on a real density matrix.

    Examples
    --------
    >>> labels(2, letters="IZ")
    ('II', 'IZ', 'ZI', 'ZZ')
    """
    found = ("".join(label) for label in product(letters, repeat=qubits))
    return tuple(word for word in found if not real or word.count("Y") % 2 == 0)


@cache
def strings(qubits: int, real: bool) -> NDArray[Any]:
    """Return the matrices of `labels`, (strings, dim, dim); real matrices if `real`."""
    found = np.array([gate_set.pauli_string(label).full() for label in labels(qubits, real)])
    return found.real if real else found


@cache
def z_strings(qubits: int) -> NDArray[np.float64]:
    """Return the diagonals of the strings of I and Z, (strings, outcomes)."""
    found = [gate_set.pauli_string(label).diag().real for label in labels(qubits, letters="IZ")]
    return np.array(found)
