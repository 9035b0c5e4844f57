"""The transfer tensor of a small cell's exact channel, and its gradient by hand, in NumPy.

Averaged over outcomes, a step with a given input is linear in the memory's density matrix. In the
Pauli basis this *channel* is a real matrix, and so is the map from the memory to every <Z> of the
system. Both are linear in the expectations of the input: for expectations ``s`` they are the rows
of ``sum_a s_a T_a``, where the *transfer tensor* ``T`` follows from the circuits alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.joint_unitary import JointUnitary
from qrnnlib.cell.paulis import strings
from qrnnlib.physics.circuit_matrix import Complex, Product, Real

#: Cells of up to this many qubits have one; larger ones would make it too large ...
MOST_QUBITS = 5

#: ... as would a channel with more entries than this.
LARGEST_CHANNEL = 2**16


def exists(design: CellDesign) -> bool:
    """Return whether a design has a transfer tensor: a small cell's exact channel.

    Examples
    --------
    >>> exists(CellDesign(collapse="channel")), exists(CellDesign(collapse="most_likely"))
    (True, False)
    """
    entries = 4 ** (design.system_qubits + 2 * design.memory_qubits)
    small = design.qubits <= MOST_QUBITS and entries <= LARGEST_CHANNEL
    return small and design.collapse == "channel" and design.noise is None


class Transfer(NamedTuple):
    """Transfer tensors of several cells, and what their gradient needs."""

    tensor: Real  # (cells, A, rows, B)
    observed: Complex  # (cells, dim, rows, dim): observables times unitary
    circuits: Product


class TransferTensor:
    """The transfer tensor of a design as a function of its angles.

    ``A`` counts the Pauli strings of the system that do not vanish on real amplitudes, ``B`` those
    of the memory. The rows of a channel are the strings of the memory after the step, then <Z> of
    every system qubit.

    Attributes
    ----------
    system : ndarray, shape (A, system_dim**2)
        The strings of the system, raveled.
    empty : ndarray, shape (B,)
        Expectations of the memory's first basis state.

    Examples
    --------
    >>> design = CellDesign(collapse="channel", disentangler=None)
    >>> TransferTensor(design)({"entangler": np.zeros((1, 2, 4))}).tensor.shape
    (1, 10, 18, 16)
    """

    def __init__(self, design: CellDesign) -> None:
        self._dims = design.system_dim, design.memory_dim
        self._joint = JointUnitary(design)
        system, memory = strings(design.system_qubits, True), strings(design.memory_qubits, False)
        self.system, self.empty = system.reshape(len(system), -1), memory[:, 0, 0].real
        self._memory = memory.transpose(0, 2, 1).reshape(len(memory), -1).T
        on_memory = [np.kron(np.eye(design.system_dim), m) for m in memory]
        on_system = [np.diag(np.repeat(z, design.memory_dim)) for z in design.signs.T]
        observables = np.array([*on_memory, *on_system])
        # Each has one entry in every row: its product with a matrix takes rows from elsewhere.
        source = np.argmax(abs(observables), axis=2)
        self._factor = np.take_along_axis(observables, source[:, :, None], axis=2)[:, :, 0].T
        self._source = source.T

    def __call__(self, weights: Mapping[str, Real]) -> Transfer:
        """Return the tensors of several cells, whose weights have a leading axis of cells."""
        made = self._joint(weights)
        unitary, (s, m) = made.matrix, self._dims
        cells, rows = len(unitary), self._source.shape[1]
        observed = unitary[:, self._source] * self._factor[:, :, None]
        # In the Heisenberg picture: each observable after the step, as one before it.
        before = unitary.conj().swapaxes(1, 2) @ observed.reshape(cells, s * m, -1)
        before = before.reshape(cells, s, m, rows, s, m).transpose(0, 3, 1, 4, 2, 5)
        on_memory = (before.reshape(cells, -1, m * m) @ self._memory).real
        tensor = self.system @ on_memory.reshape(cells, rows, s * s, -1)  # (cells, rows, A, B)
        tensor = np.ascontiguousarray(tensor.transpose(0, 2, 1, 3)) / (s * m)
        return Transfer(tensor, observed, made)

    def gradient(self, made: Transfer, change: Real) -> dict[str, Real]:
        """Return the gradient in the angles for that in the tensor, (cells, A, rows, B)."""
        s, m = self._dims
        on_memory = self.system.T @ change.transpose(0, 2, 1, 3)  # (cells, rows, s * s, B)
        cells, rows = on_memory.shape[:2]
        before = on_memory.reshape(cells, -1, m * m) @ self._memory.conj().T
        before = before.reshape(cells, rows, s, s, m, m).transpose(0, 1, 2, 4, 3, 5)
        # Twice: an observable stands between the unitary and its adjoint.
        of_unitary = made.observed.reshape(cells, s * m, -1) @ before.reshape(cells, -1, s * m)
        return self._joint.gradient(made.circuits, 2 / (s * m) * of_unitary)
