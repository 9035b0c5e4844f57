"""Running an exported circuit: outputs from shot counts, and a noise model for a simulator.

`qrnnlib.hardware.openqasm` builds the circuit and documents its registers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.cell.reference import design_and_weights
from qrnnlib.hardware.dynamic_circuit import STANDARD_NAMES
from qrnnlib.physics.gate_set import FIXED_GATES, ROTATIONS, gate_qubits
from qrnnlib.physics.noise import Noise

if TYPE_CHECKING:
    from qiskit_aer.noise import NoiseModel


def outputs_from_counts(
    model: Any, counts: Mapping[str, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean output of every step, and its standard error, from shot counts.

    Parameters
    ----------
    model : MeasuredCell or fitted QuantumRNN or QuantumLSTM
        The model from which the circuit was built.
    counts : mapping of str to int
        Number of shots for each record, as Qiskit counts them. A record holds one bit string for
        each step, the last step first, with or without blanks between them. The counts may be
        those of Aer's ``run``; of one register of a sampler's result, such as
        ``result[0].data.step_0.get_counts()`` for the first step alone; of all registers,
        ``result[0].join_data().get_counts()``; or Braket's, for a program that
        `qrnnlib.to_openqasm3` wrote with ``include=False``.

    Returns
    -------
    outputs, errors : ndarray, shape (steps,)
        Without noise `outputs` converge to the outputs under ``collapse="channel"``. The errors
        are the standard deviation over shots divided by the square root of their number.

    Raises
    ------
    TypeError, ValueError
        If `model` is neither a measured cell nor an estimator, or `counts` are not records of its
        system.
    sklearn.exceptions.NotFittedError
        If `model` is an estimator without weights.

    Examples
    --------
    Two steps of a two-qubit system, whose last qubit is read out:

    >>> from qrnnlib import CellDesign, MeasuredCell
    >>> design = CellDesign()
    >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
    >>> outputs, errors = outputs_from_counts(cell, {"01 00": 75, "00 10": 25})
    >>> outputs, errors.round(3)
    (array([ 1. , -0.5]), array([0.   , 0.087]))
    """
    design, weights = design_and_weights("model", model)
    if not isinstance(counts, Mapping):
        raise TypeError(f"counts must be a mapping of records to numbers, got {counts!r}")
    number = [_checks.integer("counts", shots, minimum=0) for shots in counts.values()]
    if not sum(number):
        raise ValueError("counts must hold at least one shot, got none")
    for key in counts:
        if not isinstance(key, str):
            raise TypeError(f"counts must have bit strings as keys, got {key!r:.60}")
    records = [_bit_strings(key, design.system_qubits)[::-1] for key in counts]
    registers = {register for record in records for register in record}
    if (
        not registers
        or len({len(record) for record in records}) != 1
        or any(len(r) != design.system_qubits or set(r) - set("01") for r in registers)
    ):
        raise ValueError(
            f"counts must have records of the same number of {design.system_qubits}-bit outcomes, "
            f"as in '{' '.join(['0' * design.system_qubits] * 2)}', got {sorted(counts)[:3]}"
        )
    outcomes = np.array([[int(register, 2) for register in record] for record in records])
    if design.readout == "z":
        value = design.signs[:, -1]
    else:
        value = design.signs @ weights["readout_weight"] + weights["readout_bias"]
    share = np.array(number) / sum(number)
    mean = share @ value[outcomes]
    return mean, np.sqrt(share @ (value[outcomes] - mean) ** 2 / sum(number))


def _bit_strings(record: str, bits: int) -> list[str]:
    """Split a record into the bit strings of its steps, with or without blanks between them."""
    registers = record.split()
    if len(registers) != 1 or len(registers[0]) % bits:
        return registers
    return [registers[0][at : at + bits] for at in range(0, len(registers[0]), bits)]


def to_aer_noise_model(noise: Noise) -> NoiseModel:
    """Return a cell's noise as a noise model of the simulator Qiskit Aer.

    For a circuit of `to_qiskit` run with it, the mean over shots converges to the outputs of a
    cell with ``CellDesign(noise=noise, collapse="channel")``. As there, input preparation, idle
    qubits and resets are free of noise. Do not transpile the circuit first: the noise is attached
    to gates by name.

    Parameters
    ----------
    noise : Noise

    Returns
    -------
    qiskit_aer.noise.NoiseModel

    Raises
    ------
    ImportError
        If Qiskit Aer is not installed.
    TypeError
        If `noise` is not a `Noise`.

    Examples
    --------
    >>> from qrnnlib import Noise
    >>> to_aer_noise_model(Noise(depolarizing=0.01, readout_error=0.02)).noise_instructions
    ['cx', 'cz', 'h', 'measure', 'rx', 'rxx', 'ry', 'ryy', 'rz', 'rzz', 'swap', 'x']
    """
    if not isinstance(noise, Noise):
        raise TypeError(f"noise must be a Noise, got {type(noise).__name__}")
    try:
        from qiskit_aer import noise as aer
    except ImportError as missing:
        raise ImportError(
            "to_aer_noise_model needs Qiskit Aer, which is not installed: "
            "pip install 'qrnnlib[hardware]'"
        ) from missing
    model = aer.NoiseModel()
    for qubits, factor in ((1, noise.one_qubit_factor), (2, 1.0)):
        dephasing = factor * noise.dephasing
        # Aer's own channels, not our Kraus operators, so that each checks the other.
        error = (
            aer.depolarizing_error(factor * noise.depolarizing, 1)
            .compose(aer.pauli_error([("Z", dephasing), ("I", 1 - dephasing)]))
            .compose(aer.amplitude_damping_error(factor * noise.amplitude_damping))
        )
        names = [STANDARD_NAMES[n] for n in (*ROTATIONS, *FIXED_GATES) if gate_qubits(n) == qubits]
        model.add_all_qubit_quantum_error(error if qubits == 1 else error.tensor(error), names)
    e = noise.readout_error
    model.add_all_qubit_readout_error(aer.ReadoutError([[1 - e, e], [e, 1 - e]]))
    return model
