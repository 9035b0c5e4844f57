"""A run of the measured cell as named gates: what every export writes in its own language.

A window of values becomes a list of named gates: for each value encode, entangle, disentangle,
measure the system, and reset it for the next value. After an initial reset the memory's qubits are
neither measured nor reset; the state that they carry from step to step *is* the memory.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import hadamard

from qrnnlib import _checks
from qrnnlib.cell.reference import MeasuredCell, design_and_weights
from qrnnlib.physics.circuit import Circuit, Gate

#: Names of the gates of `qrnnlib.physics.gate_set` in OpenQASM 3's standard library and in Qiskit.
STANDARD_NAMES = {
    "RX": "rx",
    "RY": "ry",
    "RZ": "rz",
    "RXX": "rxx",
    "RYY": "ryy",
    "RZZ": "rzz",
    "X": "x",
    "H": "h",
    "CNOT": "cx",
    "CZ": "cz",
    "SWAP": "swap",
}


# Gates on each qubit before and after a Z Z rotation that turn it into another rotation.
_FRAMES: dict[str, tuple[list[tuple[str, float | None]], ...]] = {
    "RZZ": ([], []),
    "RXX": ([("H", None)], [("H", None)]),
    "RYY": ([("RX", np.pi / 2)], [("RX", -np.pi / 2)]),
}


class Operation(NamedTuple):
    """A named gate with the value of its angle."""

    name: str
    qubits: tuple[int, ...]
    angle: float | None


def checked(model: Any, x: ArrayLike) -> tuple[MeasuredCell, NDArray[np.float64]]:
    """Check that `model` and `x` can be exported, and return the cell and the window."""
    design, weights = design_and_weights("model", model)
    if design.collapse == "diagonal":
        raise ValueError(
            "model must collapse by measurement to be exported, got collapse='diagonal': no "
            "measurement turns the diagonal of a density matrix into amplitudes"
        )
    values = _checks.real_array("x", x)
    shape = (None,) if design.features == 1 and values.ndim < 2 else (None, design.features)
    values = _checks.real_array("x", values, shape)
    if not values.size:
        raise ValueError("x must hold at least one value, got none")
    return MeasuredCell(weights, design), values.reshape(-1, design.features)


def parts(cell: MeasuredCell, value: NDArray[np.float64]) -> Iterator[tuple[str, list[Operation]]]:
    """Yield the named parts of one step, each a list of operations on numbered qubits."""
    design = cell.design
    yield "encode", _operations(*_encoding(cell, value))
    yield "entangle", _operations(design.entangler_circuit, cell.weights["entangler"])
    if design.disentangler_circuit is not None:
        angles = cell.weights["disentangler"]
        yield "disentangle", _operations(design.disentangler_circuit, angles)


def decomposed(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yield the operations with CNOTs and two-qubit rotations decomposed into other gates."""
    for operation in operations:
        name, (*_, target), angle = operation
        if name == "CNOT":
            turn = Operation("H", (target,), None)
            yield from (turn, operation._replace(name="CZ"), turn)
        elif name in _FRAMES:
            before, after = (
                [Operation(turn, (q,), by) for turn, by in frame for q in operation.qubits]
                for frame in _FRAMES[name]
            )
            cnot = Operation("CNOT", operation.qubits, None)
            middle = Operation("RZ", (target,), angle)
            yield from (*before, *decomposed([cnot]), middle, *decomposed([cnot]), *after)
        else:
            yield operation


def _operations(circuit: Circuit, params: NDArray[np.float64]) -> list[Operation]:
    return [
        Operation(
            gate.name,
            gate.qubits,
            None if gate.parameter is None else float(gate.sign * params[gate.parameter]),
        )
        for gate in circuit.gates
    ]


def _encoding(
    cell: MeasuredCell, value: NDArray[np.float64]
) -> tuple[Circuit, NDArray[np.float64]]:
    """Return the circuit on the system that takes ``|0...0>`` to the encoded value."""
    qubits, features = cell.design.system_qubits, cell.design.features
    if cell.design.encoding == "amplitude":
        return _amplitudes(cell.encode(value).full().real.ravel())
    # The formula of `MeasuredCell.encode`, which returns the state and not its angles.
    f, sech = np.tanh(value), 2 * np.exp(-abs(value)) / (1 + np.exp(-2 * abs(value)))
    turns = [
        Gate(name, (q,), (q % features, i))
        for q in range(qubits)
        for i, name in enumerate(("RY", "RZ", "RX"))
    ]
    angles = np.pi * np.array([f, f**3, sech]).T
    return Circuit(qubits, tuple(turns), angles.shape), angles


def _amplitudes(vector: NDArray[np.float64]) -> tuple[Circuit, NDArray[np.float64]]:
    """Return a circuit of RY and CNOT that prepares real amplitudes, and its angles.

    Qubit ``k`` is rotated by an angle that depends on the qubits before it: it is set by the norms
    of the two halves of each branch, and at the last qubit by the signed amplitudes.
    """
    qubits = int(np.log2(len(vector)))
    gates: list[Gate] = []
    angles: list[float] = []
    for k in range(qubits):
        halves = vector.reshape(2**k, 2, -1)
        zero, one = (halves[..., 0] if k == qubits - 1 else np.linalg.norm(halves, axis=2)).T
        # Each CNOT reverses the sense of rotation if its control is 1, so every branch is rotated
        # by its own signed sum of the same angles. In Gray-code order one control changes at a
        # time; the signs form a Hadamard matrix, which is its own inverse up to 2**k.
        branch = np.arange(2**k)
        gray = branch ^ (branch >> 1)
        turn = 2 * np.arctan2(one, zero) @ hadamard(2**k)[:, gray] / 2**k
        for i, angle in enumerate(turn):
            gates.append(Gate("RY", (k,), (len(angles),)))
            angles.append(float(angle))
            if k:
                flipped = int(gray[i] ^ gray[(i + 1) % 2**k])
                gates.append(Gate("CNOT", (k - flipped.bit_length(), k)))
    return Circuit(qubits, tuple(gates), (len(angles),)), np.array(angles)
