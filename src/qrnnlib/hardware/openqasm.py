r"""The measured cell as one dynamic circuit, for other simulators and for hardware.

A window of values becomes a list of named gates: for each value encode, entangle, disentangle,
measure the system, and reset it for the next value. After an initial reset the memory's qubits are
neither measured nor reset; the state that they carry from step to step *is* the memory.

Conventions, the same for Qiskit and OpenQASM 3 (where ``include=False`` has one register,
``outcomes``, in place of the ``step_t``):

- The registers are ``system`` and ``memory``; ``system[0]`` is qubit 0 of the design. Qubits keep
  their numbers, so a circuit reads like `CellDesign.entangler_circuit`. Only the *index of a basis
  state* differs: here qubit 0 is its most significant bit, in Qiskit its least. So
  ``qiskit.quantum_info.Operator(circuit.reverse_bits())`` has our matrices.
- Step ``t``, counted from 0, is measured into the classical register ``step_t``. The register *as
  a number* is the outcome of `CellStep`: ``system[0]``, the most significant, is measured into the
  last bit.

The collapse is the physical one: a measurement whose outcome follows Born's rule. What that means
for a model depends on the rule with which it was trained:

- ``"sampled"``: the same rule; each shot is one sampled run.
- ``"channel"``: the mean over shots is the model's output.
- ``"most_likely"``: a device cannot choose its outcome. Only shots with the most probable outcome
  in *every* step before the one that is read are runs of the model. The rest must be discarded;
  the shots needed grow exponentially with the number of steps. The mean over all shots is the
  output of the same weights under ``"channel"``, which is another model.
- ``"diagonal"``: the next memory is built from the diagonal of a density matrix, which no
  measurement does. There is no circuit, and these functions raise an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import hadamard

from qrnnlib import _checks
from qrnnlib.cell.reference import MeasuredCell, design_and_weights
from qrnnlib.physics.circuit import Circuit, Gate

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

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

# Gates that the standard library lacks. H turns Z into X, and RX(pi/2) turns Z into -Y, so that on
# both qubits Z Z becomes Y Y.
_DEFINITIONS = {
    "RZZ": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "RXX": "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }",
    "RYY": "gate ryy(theta) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(theta) b; cx a, b; "
    "rx(-pi/2) a; rx(-pi/2) b; }",
}


# Gates on each qubit before and after a Z Z rotation that turn it into another rotation.
_FRAMES: dict[str, tuple[list[tuple[str, float | None]], ...]] = {
    "RZZ": ([], []),
    "RXX": ([("H", None)], [("H", None)]),
    "RYY": ([("RX", np.pi / 2)], [("RX", -np.pi / 2)]),
}


class _Operation(NamedTuple):
    """A named gate with the value of its angle."""

    name: str
    qubits: tuple[int, ...]
    angle: float | None


def to_openqasm3(model: Any, x: ArrayLike, *, include: bool = True) -> str:
    """Return the cell's run along a window as an OpenQASM 3 program.

    Qiskit is not needed. Angles are written with enough digits to be read back exactly. The gates
    of a step are those of the two circuits and of the encoding: three rotations per system qubit
    for angle encoding, and ``2**n - 1`` RY and ``2**n - 2`` CNOT for amplitude encoding on ``n``
    system qubits. Each shot collapses the memory by Born's rule, so the mean over shots converges
    to the output under ``collapse="channel"``. The noise of a design is not part of the circuit;
    see `qrnnlib.to_aer_noise_model`.

    Parameters
    ----------
    model : MeasuredCell or fitted QuantumRNN or QuantumLSTM
        Source of the weights and the design. Of a model trained with ``"sampled"`` each shot is a
        run; of one trained with ``"most_likely"`` only the shots with the most probable outcome in
        every step before the one that is read.
    x : array_like, shape (steps,) or (steps, features)
        The values, oldest first, as the model takes them.
    include : bool, default True
        Whether to include ``stdgates.inc``, as the language standard requires. Braket and
        PennyLane lack that file. If False, the program uses only what both support without it: the
        gates RX, RY, RZ, X, H, CZ and SWAP, from which all others are built; a measurement of the
        whole ``system``; and a single register of bits, ``outcomes``, with the *last* step first,
        so that Braket's records can be passed to `qrnnlib.outputs_from_counts`.

    Returns
    -------
    str
        A program with the qubits ``system`` and ``memory``, and with the bits ``step_0``,
        ``step_1``, ... or ``outcomes``.

    Notes
    -----
    Running it requires measurement and reset within a circuit. Qiskit Aer has both, as do Braket's
    local simulators, PennyLane's ``default.qubit`` and the IBM devices that run dynamic circuits,
    available through Qiskit's ``SamplerV2``. Qiskit's own ``StatevectorSampler`` does not.
    PennyLane returns the outcomes of the last step only.

    Raises
    ------
    TypeError, ValueError
        If `model` is not a measured cell, its rule is ``"diagonal"``, or `x` is not an array of
        finite numbers of the right shape.
    sklearn.exceptions.NotFittedError
        If `model` is an estimator without weights.

    References
    ----------
    Cross et al., ACM Trans. Quantum Comput. 3, 12 (2022), OpenQASM 3; Mottonen et al., Quantum
    Inf. Comput. 5, 467 (2005), the preparation of amplitudes.

    Examples
    --------
    >>> from qrnnlib import CellDesign, MeasuredCell
    >>> design = CellDesign(system_qubits=1, memory_qubits=1, layers=1, disentangler=None)
    >>> weights = {"entangler": [[0.5, 0.25]], "input_weight": [0, 1], "input_bias": [1, 0]}
    >>> print(to_openqasm3(MeasuredCell(weights, design), [1.0]))
    OPENQASM 3.0;
    include "stdgates.inc";
    qubit[1] system;
    qubit[1] memory;
    bit[1] step_0;
    reset memory;
    <BLANKLINE>
    // step 0: x = 1.0
    reset system;
    // encode
    ry(1.5707963267948966) system[0];
    // entangle
    ry(0.5) system[0];
    ry(0.25) memory[0];
    cx system[0], memory[0];
    // measure
    step_0[0] = measure system[0];
    <BLANKLINE>
    """
    cell, values = _checked(model, x)
    _checks.instance("include", include, bool)
    n_s, n_m = cell.design.system_qubits, cell.design.memory_qubits
    names = [f"system[{q}]" for q in range(n_s)] + [f"memory[{q}]" for q in range(n_m)]
    steps = [list(_parts(cell, value)) for value in values]
    if not include:
        steps = [[(label, list(_decomposed(part))) for label, part in step] for step in steps]
    used = {operation.name for step in steps for _, part in step for operation in part}
    lines = ["OPENQASM 3.0;"]
    bits = [f"bit[{n_s * len(values)}] outcomes;"]
    if include:
        lines += ['include "stdgates.inc";']
        lines += [text for name, text in _DEFINITIONS.items() if name in used]
        bits = [f"bit[{n_s}] step_{t};" for t in range(len(values))]
    lines += [f"qubit[{n_s}] system;", f"qubit[{n_m}] memory;"]
    lines += bits
    lines += ["reset memory;"]  # the language does not define a qubit's initial state
    for t, (value, step) in enumerate(zip(values, steps, strict=True)):
        read = ", ".join(repr(float(number)) for number in value)
        lines += ["", f"// step {t}: x = {read}", "reset system;"]
        for label, part in step:
            lines.append(f"// {label}")
            for name, qubits, angle in part:
                argument = "" if angle is None else f"({angle!r})"
                on = ", ".join(names[q] for q in qubits)
                lines.append(f"{STANDARD_NAMES[name]}{argument} {on};")
        lines.append("// measure")
        if include:
            lines += [f"step_{t}[{n_s - 1 - q}] = measure {names[q]};" for q in range(n_s)]
        else:
            first = n_s * (len(values) - 1 - t)
            lines.append(f"outcomes[{first}:{first + n_s - 1}] = measure system;")
    return "\n".join(lines) + "\n"


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
    cell, values = _checked(model, x)
    n_s = cell.design.system_qubits
    system = QuantumRegister(n_s, "system")
    memory = QuantumRegister(cell.design.memory_qubits, "memory")
    records = [ClassicalRegister(n_s, f"step_{t}") for t in range(len(values))]
    circuit = QuantumCircuit(system, memory, *records)
    gates = get_standard_gate_name_mapping()
    circuit.reset(memory)
    for value, record in zip(values, records, strict=True):
        circuit.reset(system)
        for part, operations in _parts(cell, value):
            for name, qubits, angle in operations:
                gate = gates[STANDARD_NAMES[name]].base_class
                arguments = () if angle is None else (angle,)
                circuit.append(gate(*arguments, label=part if part == "encode" else None), qubits)
        circuit.measure(system, record[::-1])
    return circuit


def _checked(model: Any, x: ArrayLike) -> tuple[MeasuredCell, NDArray[np.float64]]:
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


def _parts(
    cell: MeasuredCell, value: NDArray[np.float64]
) -> Iterator[tuple[str, list[_Operation]]]:
    """Yield the named parts of one step, each a list of operations on numbered qubits."""
    design = cell.design
    yield "encode", _operations(*_encoding(cell, value))
    yield "entangle", _operations(design.entangler_circuit, cell.weights["entangler"])
    if design.disentangler_circuit is not None:
        angles = cell.weights["disentangler"]
        yield "disentangle", _operations(design.disentangler_circuit, angles)


def _decomposed(operations: Iterable[_Operation]) -> Iterator[_Operation]:
    """Yield the operations with CNOTs and two-qubit rotations decomposed into other gates."""
    for operation in operations:
        name, (*_, target), angle = operation
        if name == "CNOT":
            turn = _Operation("H", (target,), None)
            yield from (turn, operation._replace(name="CZ"), turn)
        elif name in _FRAMES:
            before, after = (
                [_Operation(turn, (q,), by) for turn, by in frame for q in operation.qubits]
                for frame in _FRAMES[name]
            )
            cnot = _Operation("CNOT", operation.qubits, None)
            middle = _Operation("RZ", (target,), angle)
            yield from (*before, *_decomposed([cnot]), middle, *_decomposed([cnot]), *after)
        else:
            yield operation


def _operations(circuit: Circuit, params: NDArray[np.float64]) -> list[_Operation]:
    return [
        _Operation(
            gate.name,
            gate.qubits,
            None if gate.slot is None else float(gate.sign * params[gate.slot]),
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
