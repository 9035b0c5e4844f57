"""The measured cell as a Qiskit circuit; `qrnnlib.hardware.openqasm` documents its registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from qrnnlib.hardware.dynamic_circuit import STANDARD_NAMES, checked, parts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


def to_qiskit(model: Any, x: ArrayLike) -> QuantumCircuit:
    """Return the cell's run along a window as a Qiskit circuit.

    It has the same gates as the program of `to_openqasm3`. Gates that prepare an input carry the
    label ``encode``, so that `qrnnlib.to_aer_noise_model` adds no noise to them.

    Parameters
    ----------
    model, x
        A measured cell or fitted model, and the values of a window; see `to_openqasm3`.

    Returns
    -------
    qiskit.QuantumCircuit
        With the quantum registers ``system`` and ``memory`` and the classical registers
        ``step_0``, ``step_1``, ... In a key of its counts the *last* step comes first; see
        `qrnnlib.outputs_from_counts`.

    Raises
    ------
    ImportError
        If Qiskit is not installed.
    TypeError, ValueError, sklearn.exceptions.NotFittedError
        As for `to_openqasm3`.

    Examples
    --------
    >>> import numpy as np
    >>> from qrnnlib import CellDesign, MeasuredCell
    >>> design = CellDesign()
    >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
    >>> circuit = to_qiskit(cell, [0.1, 0.2, 0.3])
    >>> circuit.num_qubits, [register.name for register in circuit.cregs]
    (4, ['step_0', 'step_1', 'step_2'])
    """
    try:
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
        from qiskit.circuit.library import get_standard_gate_name_mapping
    except ImportError as missing:
        raise ImportError(
            "to_qiskit needs Qiskit, which is not installed: pip install 'qrnnlib[hardware]' "
            "(to_openqasm3 does not need it)"
        ) from missing
    cell, values = checked(model, x)
    n_s = cell.design.system_qubits
    system = QuantumRegister(n_s, "system")
    memory = QuantumRegister(cell.design.memory_qubits, "memory")
    records = [ClassicalRegister(n_s, f"step_{t}") for t in range(len(values))]
    circuit = QuantumCircuit(system, memory, *records)
    gates = get_standard_gate_name_mapping()
    circuit.reset(memory)
    for value, record in zip(values, records, strict=True):
        circuit.reset(system)
        for part, operations in parts(cell, value):
            for name, qubits, angle in operations:
                gate = gates[STANDARD_NAMES[name]].base_class
                arguments = () if angle is None else (angle,)
                circuit.append(gate(*arguments, label=part if part == "encode" else None), qubits)
        circuit.measure(system, record[::-1])
    return circuit
