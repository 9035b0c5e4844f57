"""The matrix of a circuit for many sets of angles at once, and its gradient, in NumPy.

Rotations that commute have common eigenvectors, in which they only change phases. So a circuit is
an alternating product of constant matrices and diagonal ones, ``F_n D_n ... F_1 D_1 F_0``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qrnnlib.physics import gate_set
from qrnnlib.physics.circuit import Circuit, Gate

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


class _Rotations(NamedTuple):
    """Successive rotations that commute, in their common eigenbasis."""

    eigenvalues: Real  # (angles, dim): of -P/2 times the gate's sign; 0 for angles of others
    before: Complex  # the constant matrix between the previous rotations and these


class Product(NamedTuple):
    """Matrices of a circuit, (sets, dim, dim), and what their gradient needs."""

    matrix: Complex
    diagonals: list[Complex]  # (sets, dim, 1)
    partial: list[Complex]  # the products up to each diagonal, including it


class CircuitMatrix:
    """Circuits that act one after the other, as a function of all their angles.

    Parameters
    ----------
    *circuits : Circuit
        On the same qubits, the first to act first.

    Examples
    --------
    >>> from qrnnlib import ring_layers
    >>> ring = CircuitMatrix(ring_layers(2, layers=1), ring_layers(2, layers=2))
    >>> ring.product(np.zeros((5, 6))).matrix.shape
    (5, 4, 4)
    """

    def __init__(self, *circuits: Circuit) -> None:
        qubits = circuits[0].qubits
        self._angles = sum(circuit.n_parameters for circuit in circuits)
        self._rotations: list[_Rotations] = []
        between = np.eye(2**qubits, dtype=complex)
        first = 0
        for circuit in circuits:
            gates = circuit.gates
            own = slice(first, first + circuit.n_parameters)
            first += circuit.n_parameters
            while gates:
                paulis = _commuting(gates, qubits)
                if not len(paulis):
                    fixed = gate_set.on_qubits(
                        gate_set.gate(gates[0].name), gates[0].qubits, qubits
                    )
                    between = fixed.full() @ between
                    gates = gates[1:]
                    continue
                # A sum with generic weights is degenerate only where all eigenvalues agree, so its
                # eigenvectors diagonalise every string.
                weights = np.random.default_rng(0).uniform(1, 2, len(paulis))
                basis = np.linalg.eigh(np.tensordot(weights, paulis, 1))[1]
                eigenvalues = np.zeros((self._angles, 2**qubits))
                by_angle = eigenvalues[own].reshape(*circuit.shape, -1)
                for gate, pauli in zip(gates, paulis, strict=False):
                    values = np.diag(basis.conj().T @ pauli @ basis).real.round()
                    by_angle[gate.parameter] -= gate.sign * values / 2
                self._rotations.append(_Rotations(eigenvalues, basis.conj().T @ between))
                between = basis
                gates = gates[len(paulis) :]
        self._last: Complex = between

    def product(self, angles: Real) -> Product:
        """Return the matrices for several sets of angles, (sets, angles), in radians."""
        diagonals, partial = [], []
        matrix: Complex = np.eye(len(self._last), dtype=complex)[None].repeat(len(angles), 0)
        for eigenvalues, before in self._rotations:
            phases = np.exp(1j * (angles @ eigenvalues))[:, :, None]
            matrix = phases * (before @ matrix)
            diagonals.append(phases)
            partial.append(matrix)
        return Product(self._last @ matrix, diagonals, partial)

    def kets(self, angles: Real) -> Complex:
        """Return the states that |0...0> becomes for several sets of angles, (sets, dim).

        Examples
        --------
        >>> turn = CircuitMatrix(Circuit(1, (Gate("RY", (0,), (0,)),), (1,)))
        >>> turn.kets(np.array([[0.0], [np.pi]])).real.round(12) + 0.0
        array([[1., 0.],
               [0., 1.]])
        """
        kets: Complex = np.zeros((len(angles), len(self._last)), dtype=complex)
        kets[:, 0] = 1
        for eigenvalues, before in self._rotations:
            kets = np.exp(1j * (angles @ eigenvalues)) * (kets @ before.T)
        return kets @ self._last.T

    def gradient(self, made: Product, change: Complex) -> Real:
        """Return the gradient in the angles, (sets, angles), of a real function of the matrices.

        Parameters
        ----------
        made : Product
        change : ndarray of complex, shape (sets, dim, dim)
            The function's derivative: it changes by ``Re sum(conj(change) * dU)``.

        Examples
        --------
        The imaginary part of the first entry of RZ(t), which is exp(-i t/2), at t = 0:

        >>> turn = CircuitMatrix(Circuit(1, (Gate("RZ", (0,), (0,)),), (1,)))
        >>> turn.gradient(turn.product(np.zeros((1, 1))), np.array([[[1j, 0], [0, 0]]]))
        array([[-0.5]])
        """
        slopes = np.zeros((len(change), self._angles))
        change = self._last.conj().T @ change
        for (eigenvalues, before), phases, matrix in zip(
            reversed(self._rotations), reversed(made.diagonals), reversed(made.partial), strict=True
        ):
            # The derivative of exp(i a e) is i e times itself.
            rows = np.einsum("sij,sij->si", change.conj(), matrix).imag
            slopes -= rows @ eigenvalues.T
            change = before.conj().T @ (phases.conj() * change)
        return slopes


def _commuting(gates: tuple[Gate, ...], qubits: int) -> Complex:
    """Return the Pauli strings of the rotations at the beginning that commute with one another."""
    found: list[Complex] = []
    for gate in gates:
        if gate.parameter is None:
            break
        pauli = gate_set.pauli_string(gate_set.ROTATIONS[gate.name])
        new = gate_set.on_qubits(pauli, gate.qubits, qubits).full()
        if not all(np.allclose(new @ other, other @ new) for other in found):
            break
        found.append(new)
    return np.array(found)
