"""Parametrised circuits: the paper's ring layers, and layers with canonical couplings.

An ansatz is written once, as data; `qrnnlib.learning.trainer` optimises its parameters.
"""

from qrnnlib import _checks, _moved
from qrnnlib.physics.circuit import Circuit, Gate


@_moved.renamed_arguments(last_first="reverse_layers")
def ring_layers(qubits: int, layers: int, *, reverse_layers: bool = False) -> Circuit:
    """Return the paper's ansatz: layers of RY on every qubit, then a ring of CNOTs.

    Layer ``l`` applies ``RY(params[l, q])`` to every qubit ``q``, then ``CNOT(q -> q + 1 mod n)``
    for ``q = 0 .. n - 1`` in this order; for two qubits the ring is the single
    ``CNOT(0 -> 1)``, for one qubit there is none.

    Parameters
    ----------
    qubits, layers : int
        At least 1 each. The circuit has ``layers * qubits`` angles.
    reverse_layers : bool, default False
        Apply layer ``layers - 1`` first and layer 0 last, as the paper's disentangler does. The
        order within each layer is kept, so this is *not* the inverse; `Circuit.adjoint` is.

    Returns
    -------
    Circuit
        With parameters of shape ``(layers, qubits)`` in radians.

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
    # Two qubits form a line, not a ring: CNOT(1 -> 0) would use the same edge again.
    edges = qubits if qubits > 2 else qubits - 1
    ring = [Gate("CNOT", (q, (q + 1) % qubits)) for q in range(edges)]
    gates = [
        gate
        for layer in _order(layers, reverse_layers)
        for gate in [*(Gate("RY", (q,), (layer, q)) for q in range(qubits)), *ring]
    ]
    return Circuit(qubits, tuple(gates), (layers, qubits))


@_moved.renamed_arguments(last_first="reverse_layers")
def canonical_layers(
    system_qubits: int, memory_qubits: int, layers: int, *, reverse_layers: bool = False
) -> Circuit:
    """Return layers of one-qubit rotations and canonical couplings of system and memory.

    Layer ``l`` rotates every qubit, then couples pairs of one system and one memory qubit by
    ``exp(i/2 (c1 XX + c2 YY + c3 ZZ))``. Up to local unitaries every two-qubit gate has this form.
    A coupling's parameters are its canonical coordinates in radians: (pi/2, 0, 0) is a CNOT up
    to local unitaries, (pi/2, pi/2, pi/2) a SWAP up to a phase, and zeros give no coupling.

    In each layer every qubit of the larger register (the system, if they are equal) is coupled to
    one of the smaller: qubit ``k`` to number ``(k + l) mod s``, with ``s`` the smaller register's
    size. After ``s`` layers every system qubit has been coupled to every memory qubit. No gate
    couples two qubits of one register: system qubits influence each other only through the
    memory, and without coupling the circuit is a product of one-qubit rotations.

    Parameters
    ----------
    system_qubits, memory_qubits, layers : int
        At least 1 each. The system's qubits come first.
    reverse_layers : bool, default False
        As for `ring_layers`.

    Returns
    -------
    Circuit
        With parameters of shape ``(layers, n + 3 m)`` in radians, for ``n`` qubits in total and
        ``m`` in the larger register. Column ``q < n``: the rotation of qubit ``q``, RY on the
        system and RX on the memory. Columns ``n + 3 k``, ``n + 3 k + 1`` and ``n + 3 k + 2``:
        ``c1``, ``c2`` and ``c3`` of the larger register's qubit ``k``.

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
    for layer in _order(layers, reverse_layers):
        # One rotation per qubit is enough if the two registers use different axes: rotations and
        # couplings then generate every unitary. With RY on both, the circuit would commute with
        # Y applied to all qubits, whatever its angles.
        gates += [Gate("RY" if q < n_s else "RX", (q,), (layer, q)) for q in range(n_s + n_m)]
        for k in range(larger):
            partner = (k + layer) % smaller
            pair = (k, n_s + partner) if n_s >= n_m else (partner, n_s + k)
            first = n_s + n_m + 3 * k
            # A rotation is exp(-i angle P / 2), a coupling exp(+i c P / 2): hence the sign.
            gates += [
                Gate(name, pair, (layer, first + i), sign=-1)
                for i, name in enumerate(("RXX", "RYY", "RZZ"))
            ]
    return Circuit(n_s + n_m, tuple(gates), (layers, n_s + n_m + 3 * larger))


def _order(layers: int, reverse_layers: bool) -> range:
    return range(layers)[::-1] if reverse_layers else range(layers)
