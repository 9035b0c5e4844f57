r"""The measured cell as one OpenQASM 3 program, for other simulators and for hardware.

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

from typing import Any

from numpy.typing import ArrayLike

from qrnnlib import _checks
from qrnnlib.hardware.dynamic_circuit import STANDARD_NAMES, checked, decomposed, parts

# Gates that the standard library lacks. H turns Z into X, and RX(pi/2) turns Z into -Y, so that on
# both qubits Z Z becomes Y Y.
_DEFINITIONS = {
    "RZZ": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "RXX": "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }",
    "RYY": "gate ryy(theta) a, b { rx(pi/2) a; rx(pi/2) b; cx a, b; rz(theta) b; cx a, b; "
    "rx(-pi/2) a; rx(-pi/2) b; }",
}


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
    cell, values = checked(model, x)
    _checks.instance("include", include, bool)
    n_s, n_m = cell.design.system_qubits, cell.design.memory_qubits
    names = [f"system[{q}]" for q in range(n_s)] + [f"memory[{q}]" for q in range(n_m)]
    steps = [list(parts(cell, value)) for value in values]
    if not include:
        steps = [[(label, list(decomposed(part))) for label, part in step] for step in steps]
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
