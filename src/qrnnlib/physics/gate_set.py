"""The named gates as QuTiP operators: the only definition of each name.

Two kinds of gate are enough for every circuit in the book. A *rotation* is
``exp(-i angle P / 2)`` for a Pauli string ``P`` (``RY`` has ``P = Y``, ``RZZ`` has ``P = ZZ``).
A *fixed* gate has no angle (``CNOT``, ``SWAP``). `qrnnlib.physics.circuit` stores names only;
code that needs the matrices takes them from this module.
"""

from collections.abc import Callable, Sequence
from math import cos, sin

import qutip
from qutip import Qobj

from qrnnlib import _checks

#: Rotation gates: name -> Pauli string of the generator, one letter for each qubit.
ROTATIONS: dict[str, str] = {
    "RX": "X",
    "RY": "Y",
    "RZ": "Z",
    "RXX": "XX",
    "RYY": "YY",
    "RZZ": "ZZ",
}

#: Fixed gates: name -> QuTiP's operator.
FIXED_GATES: dict[str, Callable[[], Qobj]] = {
    "X": qutip.sigmax,
    "H": qutip.gates.snot,
    "CNOT": qutip.gates.cnot,
    "CZ": qutip.gates.cz_gate,
    "SWAP": qutip.gates.swap,
}

_PAULI: dict[str, Callable[[], Qobj]] = {
    "I": lambda: qutip.qeye(2),
    "X": qutip.sigmax,
    "Y": qutip.sigmay,
    "Z": qutip.sigmaz,
}


def pauli_string(letters: str) -> Qobj:
    """Return the tensor product of the Pauli operators named by `letters`.

    Parameters
    ----------
    letters : str
        One of ``I``, ``X``, ``Y``, ``Z`` for each qubit, qubit 0 first.

    Returns
    -------
    Qobj
        Operator on ``len(letters)`` qubits.

    Raises
    ------
    ValueError
        If `letters` is empty or contains another letter.

    Examples
    --------
    >>> pauli_string("ZX").dims
    [[2, 2], [2, 2]]
    """
    if not isinstance(letters, str) or not letters or set(letters) - set(_PAULI):
        raise ValueError(f"letters must be a word of I, X, Y and Z, got {letters!r}")
    return qutip.tensor([_PAULI[letter]() for letter in letters])


def gate_qubits(name: str) -> int:
    """Return the number of qubits on which the gate `name` acts.

    Raises
    ------
    ValueError
        If no gate has this name.

    Examples
    --------
    >>> gate_qubits("CNOT")
    2
    """
    _checks.option("name", name, [*ROTATIONS, *FIXED_GATES])
    return len(ROTATIONS[name]) if name in ROTATIONS else len(FIXED_GATES[name]().dims[0])


def gate(name: str, angle: float | None = None) -> Qobj:
    """Return a named gate as an operator on its own qubits.

    Parameters
    ----------
    name : str
        A key of `ROTATIONS` or of `FIXED_GATES`.
    angle : float, default None
        Angle in radians; required for rotations, refused for fixed gates.

    Returns
    -------
    Qobj
        Unitary with one dimension of 2 for each qubit.

    Raises
    ------
    TypeError
        If `angle` is not a real number.
    ValueError
        If no gate has this name, or `angle` is missing, superfluous or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> np.round(gate("RY", np.pi / 2).full().real, 3)
    array([[ 0.707, -0.707],
           [ 0.707,  0.707]])
    """
    _checks.option("name", name, [*ROTATIONS, *FIXED_GATES])
    if name in ROTATIONS:
        if angle is None:
            raise ValueError(f"angle must be given for the rotation {name}, got None")
        half = _checks.number("angle", angle) / 2
        generator = pauli_string(ROTATIONS[name])
        # P^2 = I, so the exponential has two terms.
        return cos(half) * qutip.qeye_like(generator) - 1j * sin(half) * generator
    if angle is not None:
        raise ValueError(f"angle must be None for the fixed gate {name}, got {angle}")
    return FIXED_GATES[name]()


def on_qubits(operator: Qobj, targets: Sequence[int], qubits: int) -> Qobj:
    """Return `operator` acting on the qubits `targets` of a register, identity elsewhere.

    Parameters
    ----------
    operator : Qobj
        Operator on ``len(targets)`` qubits.
    targets : sequence of int
        Qubits of the register that take the place of the operator's first, second, ... qubit;
        distinct, each in ``0 .. qubits - 1``.
    qubits : int
        Size of the register. Qubit 0 is the most significant bit of the basis index.

    Returns
    -------
    Qobj
        Operator on `qubits` qubits.

    Raises
    ------
    TypeError
        If `operator` is not a Qobj, or a number is not an integer.
    ValueError
        If `targets` repeats a qubit, names one outside the register, or does not fit `operator`.

    Examples
    --------
    >>> flipped = on_qubits(gate("CNOT"), [1, 0], 2)      # qubit 1 controls qubit 0
    >>> flipped.full().real.argmax(axis=0)
    array([0, 3, 2, 1])
    """
    _checks.instance("operator", operator, Qobj)
    qubits = _checks.integer("qubits", qubits)
    targets = [_checks.integer("targets", target, minimum=0) for target in targets]
    if len(set(targets)) != len(targets) or not set(targets) <= set(range(qubits)):
        raise ValueError(f"targets must be distinct qubits in 0..{qubits - 1}, got {targets}")
    if operator.dims != [[2] * len(targets)] * 2:
        raise ValueError(
            f"operator must act on {len(targets)} qubits, one for each target, "
            f"got dims {operator.dims}"
        )
    # The operator acts on the first positions; the register's qubits are then put in order.
    rest = [q for q in range(qubits) if q not in targets]
    full = qutip.tensor([operator, *[qutip.qeye(2)] * len(rest)])
    held_by = targets + rest  # position in `full` -> qubit of the register
    return full.permute([held_by.index(q) for q in range(qubits)])


def qubit_qutrit_gate() -> Qobj:
    """Return a qubit-qutrit gate that can create more entanglement than it can remove.

    First B, the qutrit, controls the identity, X or a Hadamard on A, the qubit; then A controls
    the cyclic shift of B. With ancillas its entangling power is 2 ebits and its disentangling
    power is less. It illustrates the theorem of Linden, Smolin and Winter, Phys. Rev. Lett. 103,
    030501 (2009); it is not their example.

    Returns
    -------
    Qobj
        Unitary with dims ``[[2, 3], [2, 3]]``.

    Examples
    --------
    >>> before = qutip.basis([2, 3], [1, 1])
    >>> qubit_qutrit_gate() * before == qutip.basis([2, 3], [0, 1])    # X on A, then no shift
    True
    """
    on_a = (qutip.qeye(2), gate("X"), gate("H"))
    b_controls = sum(qutip.tensor(u, qutip.projection(3, k, k)) for k, u in enumerate(on_a))
    shift = sum(qutip.projection(3, (k + 1) % 3, k) for k in range(3))
    on_b = (qutip.qeye(3), shift)
    a_controls = sum(qutip.tensor(qutip.projection(2, k, k), u) for k, u in enumerate(on_b))
    return a_controls * b_controls
