"""Circuits to train: the paper's ring layers, and layers whose coupling is their parameter.

An ansatz is written once, as data; `qrnnlib.learning.trainer` finds its parameters.
"""

from qrnnlib import _checks
from qrnnlib.physics.circuit import Circuit, Gate


def ring_layers(qubits: int, layers: int, *, last_first: bool = False) -> Circuit:
    """Return the paper's ansatz: layers of RY on every qubit, then a ring of CNOTs.

    Layer ``l`` applies ``RY(params[l, q])`` to every qubit ``q``, then ``CNOT(q -> q + 1 mod n)``
    for ``q = 0 .. n - 1`` in this order; for two qubits the ring is the single
    ``CNOT(0 -> 1)``, for one qubit there is none.

    Parameters
    ----------
    qubits, layers : int
        At least 1 each. The circuit has ``layers * qubits`` angles.
    last_first : bool
        Apply layer ``layers - 1`` first and layer 0 last, as the paper's disentangler does.
        Each layer keeps its inner order, so this is *not* the inverse; `Circuit.adjoint` is.

    Returns
    -------
    Circuit
        With parameters of shape ``(layers, qubits)``.

    Raises
    ------
    TypeError, ValueError
        If `qubits` or `layers` is not an integer of at least 1.

    References
    ----------
    Daskin, arXiv:2505.06774, the circuits of the entangling and disentangling unitaries.

    Examples
    --------
    >>> ring = ring_layers(qubits=4, layers=2)
    >>> ring.shape, len(ring.gates)
    ((2, 4), 16)
    """
    qubits = _checks.integer("qubits", qubits)
    layers = _checks.integer("layers", layers)
    # Two qubits make a line, not a ring: a second CNOT(1 -> 0) would be the same edge again.
    edges = qubits if qubits > 2 else qubits - 1
    ring = [Gate("CNOT", (q, (q + 1) % qubits)) for q in range(edges)]
    gates = [
        gate
        for layer in _order(layers, last_first)
        for gate in [*(Gate("RY", (q,), (layer, q)) for q in range(qubits)), *ring]
    ]
    return Circuit(qubits, tuple(gates), (layers, qubits))


def canonical_layers(
    system_qubits: int, memory_qubits: int, layers: int, *, last_first: bool = False
) -> Circuit:
    """Return layers of turns, then couplings of system and memory by canonical coordinates.

    Layer ``l`` turns every qubit by itself, then couples pairs of one system and one memory qubit
    by ``exp(i/2 (c1 XX + c2 YY + c3 ZZ))``. Up to turns of the two qubits that is every gate there
    is, and its parameters are the gate's canonical coordinates in radians: (pi/2, 0, 0) is a
    CNOT, (pi/2, pi/2, pi/2) a SWAP, zeros are no coupling.

    Each qubit of the larger register (the system, if they are equal) meets one of the smaller, in
    order: qubit ``k`` meets number ``k + l`` modulo the smaller register's size. Over as many
    layers as that size every system qubit meets every memory qubit. No gate couples the qubits of
    one register: those of the system influence one another only through the memory, and a circuit
    without coupling is a product of turns.

    Parameters
    ----------
    system_qubits, memory_qubits, layers : int
        At least 1 each. The system's qubits come first.
    last_first : bool
        Apply layer ``layers - 1`` first and layer 0 last, as the paper's disentangler does.
        Each layer keeps its inner order, so this is *not* the inverse; `Circuit.adjoint` is.

    Returns
    -------
    Circuit
        With parameters of shape ``(layers, n + 3 m)`` in radians, for ``n`` qubits of which ``m``
        are in the larger register. Column ``q < n``: the turn of qubit ``q``, RY on the system
        and RX on the memory. Columns ``n + 3 k``, ``n + 3 k + 1`` and ``n + 3 k + 2``: ``c1``,
        ``c2`` and ``c3`` of the larger register's qubit ``k``.

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer of at least 1.

    References
    ----------
    Kraus and Cirac, PRA 63, 062309 (2001), the canonical form of a two-qubit gate.

    Examples
    --------
    >>> from math import pi
    >>> from qrnnlib.physics import gate_set
    >>> swap = canonical_layers(system_qubits=1, memory_qubits=1, layers=1)
    >>> unitary = swap.to_qobj([[0, 0, pi / 2, pi / 2, pi / 2]])
    >>> round(abs((unitary * gate_set.gate("SWAP")).tr()), 12)
    4.0
    >>> canonical_layers(2, 2, 2).shape
    (2, 10)
    """
    n_s = _checks.integer("system_qubits", system_qubits)
    n_m = _checks.integer("memory_qubits", memory_qubits)
    layers = _checks.integer("layers", layers)
    larger, smaller = max(n_s, n_m), min(n_s, n_m)
    gates: list[Gate] = []
    for layer in _order(layers, last_first):
        # One turn a qubit is enough, if the two sides turn about different axes: turns and
        # couplings then generate every unitary. With RY on both, the whole circuit would commute
        # with Y on every qubit, whatever its angles.
        gates += [Gate("RY" if q < n_s else "RX", (q,), (layer, q)) for q in range(n_s + n_m)]
        for k in range(larger):
            partner = (k + layer) % smaller
            pair = (k, n_s + partner) if n_s >= n_m else (partner, n_s + k)
            first = n_s + n_m + 3 * k
            # A rotation is exp(-i angle P / 2): its sign turns the angle into the coordinate.
            gates += [
                Gate(name, pair, (layer, first + i), sign=-1)
                for i, name in enumerate(("RXX", "RYY", "RZZ"))
            ]
    return Circuit(n_s + n_m, tuple(gates), (layers, n_s + n_m + 3 * larger))


def _order(layers: int, last_first: bool) -> range:
    return range(layers)[::-1] if last_first else range(layers)
