"""Gates and circuits against matrices built another way, and the circuits to train."""

from functools import reduce

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnnlib import (
    Circuit,
    Gate,
    canonical_coordinates,
    canonical_gate,
    canonical_layers,
    operator_schmidt_rank,
    ring_layers,
)
from qrnnlib.physics.gate_set import (
    FIXED_GATES,
    ROTATIONS,
    gate,
    gate_qubits,
    on_qubits,
    pauli_string,
)

EXACT = 1e-12

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None, max_examples=40)

seeds = st.integers(0, 2**32 - 1)
angles = st.floats(-20, 20)

PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}


def kron(*matrices):
    return reduce(np.kron, matrices, np.eye(1))


def close(a, b):
    return np.allclose(a, b, rtol=0, atol=EXACT)


def bit(index, qubit, qubits):
    """Return the bit of a basis index that belongs to a qubit; qubit 0 is most significant."""
    return index >> (qubits - 1 - qubit) & 1


def permutation_matrix(image):
    matrix = np.zeros((len(image), len(image)))
    matrix[image, np.arange(len(image))] = 1
    return matrix


def cnot(control, target, qubits):
    """Return a CNOT as what it does to each basis index: flip the target's bit if the control's is
    set."""
    return permutation_matrix(
        [i ^ (bit(i, control, qubits) << (qubits - 1 - target)) for i in range(2**qubits)]
    )


def ry(a):
    return np.array([[np.cos(a / 2), -np.sin(a / 2)], [np.sin(a / 2), np.cos(a / 2)]])


def ring_of_cnots(qubits):
    """Return the paper's ring, its edges written out by hand."""
    edges = {
        1: [],
        2: [(0, 1)],
        3: [(0, 1), (1, 2), (2, 0)],
        4: [(0, 1), (1, 2), (2, 3), (3, 0)],
        5: [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)],
    }[qubits]
    return reduce(lambda U, edge: cnot(*edge, qubits) @ U, edges, np.eye(2**qubits))


def papers_layer(row):
    return ring_of_cnots(len(row)) @ kron(*[ry(a) for a in row])


@st.composite
def circuits(draw, qubits=None):
    """Draw a circuit of any gates on any qubits, with parameters of shape (rows, 3)."""
    qubits = qubits or draw(st.integers(2, 4))
    rows = draw(st.integers(1, 3))
    gates = []
    for name in draw(st.lists(st.sampled_from([*ROTATIONS, *FIXED_GATES]), max_size=8)):
        on = tuple(draw(st.permutations(range(qubits)))[: gate_qubits(name)])
        if name in ROTATIONS:
            parameter = (draw(st.integers(0, rows - 1)), draw(st.integers(0, 2)))
            gates.append(Gate(name, on, parameter, draw(st.sampled_from([1, -1]))))
        else:
            gates.append(Gate(name, on))
    return Circuit(qubits, tuple(gates), (rows, 3))


def random_angles(shape, seed):
    return np.random.default_rng(seed).uniform(-7, 7, shape)


# Gates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROTATIONS)
@given(angle=angles)
@unhurried
def test_rotation_is_an_exponential(name, angle):
    generator = kron(*[PAULI[letter] for letter in name[1:]])
    assert close(gate(name, angle).full(), scipy.linalg.expm(-0.5j * angle * generator))


FIXED_MATRICES = {
    "X": PAULI["X"],
    "H": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "CNOT": permutation_matrix([0, 1, 3, 2]),
    "CZ": np.diag([1, 1, 1, -1]),
    "SWAP": permutation_matrix([0, 2, 1, 3]),
}


@pytest.mark.parametrize("name", FIXED_GATES)
def test_fixed_gate(name):
    """Each is what its name says, and its own inverse, on which Gate.inverse relies."""
    matrix = gate(name).full()
    assert close(matrix, FIXED_MATRICES[name])
    assert close(matrix @ matrix, np.eye(len(matrix)))
    assert gate_qubits(name) == np.log2(len(matrix))
    some = Gate(name, tuple(range(gate_qubits(name))))
    assert some.inverse() == some


@pytest.mark.parametrize("word", ["X", "YZ", "IXY", "ZIZX"])
def test_pauli_string_is_a_kronecker_product(word):
    assert close(pauli_string(word).full(), kron(*[PAULI[letter] for letter in word]))


@pytest.mark.parametrize(
    ("qubits", "control", "target"), [(2, 1, 0), (3, 0, 2), (3, 2, 0), (4, 2, 1)]
)
def test_on_qubits_places_a_cnot(qubits, control, target):
    placed = on_qubits(gate("CNOT"), [control, target], qubits)
    assert placed.dims == [[2] * qubits, [2] * qubits]
    assert close(placed.full(), cnot(control, target, qubits))


def test_on_qubits_places_a_product():
    """A three-qubit product with one factor on each target, the targets in no order."""
    product = pauli_string("XYZ")
    placed = on_qubits(product, [3, 0, 2], 4).full()
    assert close(placed, kron(PAULI["Y"], PAULI["I"], PAULI["Z"], PAULI["X"]))


# Circuits -------------------------------------------------------------------------------------


@given(circuit=circuits(), seed=seeds)
@unhurried
def test_unitary_and_undone_by_its_adjoint(circuit, seed):
    params = random_angles(circuit.shape, seed)
    matrix = circuit.to_qobj(params).full()
    identity = np.eye(2**circuit.qubits)
    assert close(matrix @ matrix.conj().T, identity)
    undo = circuit.adjoint()
    assert close(undo.to_qobj(params).full() @ matrix, identity)
    assert undo.adjoint() == circuit
    assert undo.shape == circuit.shape


@given(first=circuits(qubits=3), second=circuits(qubits=3), seed=seeds)
@unhurried
def test_sum_runs_left_to_right_on_stacked_parameters(first, second, seed):
    params = random_angles((first.shape[0] + second.shape[0], 3), seed)
    head, tail = params[: first.shape[0]], params[first.shape[0] :]
    both = first + second
    assert both.shape == params.shape
    assert both.n_parameters == first.n_parameters + second.n_parameters == params.size
    product = second.to_qobj(tail).full() @ first.to_qobj(head).full()
    assert close(both.to_qobj(params).full(), product)


def test_first_gate_acts_first():
    """H then CNOT makes a Bell pair out of |00>; the other order does not."""
    hadamard, entangle = Gate("H", (0,)), Gate("CNOT", (0, 1))
    bell = Circuit(2, (hadamard, entangle), (0,)).to_qobj([]).full()[:, 0]
    assert close(bell, np.array([1, 0, 0, 1]) / np.sqrt(2))
    other = Circuit(2, (entangle, hadamard), (0,)).to_qobj([]).full()[:, 0]
    assert close(other, np.array([1, 0, 1, 0]) / np.sqrt(2))


def test_sign_turns_the_rotation_back():
    circuit = Circuit(1, (Gate("RY", (0,), (0,), sign=-1),), (1,))
    assert close(circuit.to_qobj([0.7]).full(), ry(-0.7))


# The paper's ansatz ---------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2, 4])
@pytest.mark.parametrize("qubits", [1, 2, 3, 4, 5])
def test_ring_layers_are_the_papers(qubits, layers):
    U = random_angles((layers, qubits), seed=qubits)
    matrices = [papers_layer(row) for row in U]
    entangler = reduce(lambda total, layer: layer @ total, matrices)
    disentangler = reduce(lambda total, layer: layer @ total, matrices[::-1])
    assert close(ring_layers(qubits, layers).to_qobj(U).full(), entangler)
    assert close(ring_layers(qubits, layers, reverse_layers=True).to_qobj(U).full(), disentangler)


@pytest.mark.parametrize(("qubits", "edges"), [(1, 0), (2, 1), (3, 3), (4, 4)])
def test_ring_layers_size(qubits, edges):
    ring = ring_layers(qubits, 3)
    assert ring.shape == (3, qubits)
    assert [gate.name for gate in ring.gates].count("CNOT") == 3 * edges
    assert ring.n_parameters == [gate.name for gate in ring.gates].count("RY") == 3 * qubits


@pytest.mark.parametrize("layers", [2, 4])
@given(seed=seeds)
@unhurried
def test_papers_disentangler_is_not_the_inverse(layers, seed):
    """|tr(DE)|/16 is 1 for an inverse; the paper's D is far from one even with V = U."""
    angles = np.random.default_rng(seed).random((layers, 4))
    E = ring_layers(4, layers).to_qobj(angles)
    D = ring_layers(4, layers, reverse_layers=True).to_qobj(angles)
    assert abs((D * E).tr()) / 16 < 0.6
    inverse = ring_layers(4, layers).adjoint().to_qobj(angles)
    assert abs((inverse * E).tr()) / 16 == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize(("layers", "mean"), [(2, 0.083), (4, 0.104)])
def test_papers_trace_on_average(layers, mean):
    """Where |tr(DE)|/16 lies for V = U uniform in [0, 1): see README.md."""
    rng = np.random.default_rng(layers)
    forward, back = ring_layers(4, layers), ring_layers(4, layers, reverse_layers=True)
    draws = rng.random((60, layers, 4))
    traces = [abs((back.to_qobj(U) * forward.to_qobj(U)).tr()) / 16 for U in draws]
    assert np.mean(traces) == pytest.approx(mean, abs=0.03)


# Canonical layers -----------------------------------------------------------------------------

#: Which system qubit meets which memory qubit, and in which layer; written out by hand.
MEETINGS = {
    (1, 1): [[(0, 1)], [(0, 1)], [(0, 1)]],
    (2, 2): [[(0, 2), (1, 3)], [(0, 3), (1, 2)], [(0, 2), (1, 3)]],
    (1, 2): [[(0, 1), (0, 2)]] * 3,
    (3, 1): [[(0, 3), (1, 3), (2, 3)]] * 3,
    (3, 2): [
        [(0, 3), (1, 4), (2, 3)],
        [(0, 4), (1, 3), (2, 4)],
        [(0, 3), (1, 4), (2, 3)],
    ],
    (2, 3): [
        [(0, 2), (1, 3), (0, 4)],
        [(1, 2), (0, 3), (1, 4)],
        [(0, 2), (1, 3), (0, 4)],
    ],
}


def canonical_layer(row, n_s, n_m, pairs):
    """Return RY on the system and RX on the memory, then the couplings, all as exponentials."""
    n = n_s + n_m
    total = kron(
        *[
            scipy.linalg.expm(-0.5j * a * PAULI["Y" if q < n_s else "X"])
            for q, a in enumerate(row[:n])
        ]
    )
    for k, pair in enumerate(pairs):
        words = [kron(*[PAULI[P] if q in pair else PAULI["I"] for q in range(n)]) for P in "XYZ"]
        c = row[n + 3 * k : n + 3 * k + 3]
        exponent = sum(c_j * word for c_j, word in zip(c, words, strict=True))
        total = scipy.linalg.expm(0.5j * exponent) @ total
    return total


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("sizes", MEETINGS, ids=str)
def test_canonical_layers_are_turns_and_couplings(sizes, layers):
    circuit = canonical_layers(*sizes, layers)
    U = random_angles(circuit.shape, seed=layers)
    assert circuit.shape == (layers, sum(sizes) + 3 * max(sizes))
    matrices = [canonical_layer(U[i], *sizes, MEETINGS[sizes][i]) for i in range(layers)]
    forward = reduce(lambda total, layer: layer @ total, matrices)
    back = reduce(lambda total, layer: layer @ total, matrices[::-1])
    assert close(circuit.to_qobj(U).full(), forward)
    assert close(canonical_layers(*sizes, layers, reverse_layers=True).to_qobj(U).full(), back)
    assert close(circuit.adjoint().to_qobj(U).full(), forward.conj().T)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 3), (3, 1), (2, 2), (2, 3), (4, 3)], ids=str)
def test_every_system_qubit_meets_every_memory_qubit_and_no_other(sizes):
    n_s, n_m = sizes
    met = {gate.qubits for gate in canonical_layers(n_s, n_m, min(sizes)).gates}
    assert {pair for pair in met if len(pair) == 2} == {
        (s, m) for s in range(n_s) for m in range(n_s, n_s + n_m)
    }


chamber = st.tuples(*[st.floats(0, 1)] * 3).map(
    # c1 from 0 to pi, then c2 up to min(c1, pi - c1), then c3 up to c2.
    lambda u: (c1 := np.pi * u[0], c2 := u[1] * min(c1, np.pi - c1), u[2] * c2)
)


@given(c=chamber, seed=seeds)
@unhurried
def test_parameters_are_canonical_coordinates(c, seed):
    """One layer of one qubit each, the turns anything: by the spectrum of m, see README.md."""
    circuit = canonical_layers(1, 1, 1)
    turns = random_angles(2, seed)
    unitary = circuit.to_qobj([[*turns, *c]])
    magic = np.array([[1, 0, 0, 1j], [0, 1j, 1, 0], [0, 1j, -1, 0], [1, 0, 0, -1j]]) / np.sqrt(2)
    V = magic.conj().T @ unitary.full() @ magic
    c1, c2, c3 = c
    phases = [c1 - c2 + c3, c1 + c2 - c3, -c1 - c2 - c3, -c1 + c2 + c3]
    # Coefficients rather than eigenvalues, which are not in order and, where equal, not sharp.
    assert close(np.poly(V.T @ V), np.poly(np.exp(1j * np.array(phases))))
    assert (
        np.abs(
            np.array(canonical_coordinates(unitary)) - canonical_coordinates(canonical_gate(*c))
        ).max()
        < 1e-6
    )
    assert close(circuit.to_qobj([[0, 0, *c]]).full(), canonical_gate(*c).full())


@pytest.mark.parametrize("sizes", [(1, 1), (1, 2), (2, 2)], ids=str)
def test_without_coupling_nothing_is_entangled(sizes):
    circuit = canonical_layers(*sizes, 2)
    U = random_angles(circuit.shape, seed=0)
    assert operator_schmidt_rank(circuit, sizes[0], params=U) > 1
    U[:, sum(sizes) :] = 0
    assert operator_schmidt_rank(circuit, sizes[0], params=U) == 1


def generated_dimension(generators):
    """Return the dimension of the real Lie algebra that some matrices generate."""
    basis, rows = [], np.zeros((0, 2 * generators[0].size))

    def add(matrix):
        nonlocal rows
        row = np.append(matrix.real.ravel(), matrix.imag.ravel())
        for _ in range(2):  # once more takes out what rounding left
            row = row - rows.T @ (rows @ row)
        if np.linalg.norm(row) > 1e-8:
            basis.append(matrix / np.linalg.norm(matrix))
            rows = np.vstack([rows, row / np.linalg.norm(row)])

    for generator in generators:
        add(generator)
    for i, first in enumerate(basis):  # which grows on the way
        for second in basis[:i]:
            add(first @ second - second @ first)
    return len(basis)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 2), (2, 1)], ids=str)
def test_canonical_layers_generate_every_unitary(sizes):
    """All 4^n - 1 directions; with RY on the memory too, less than half of them: see README.md."""
    n = sum(sizes)
    gates = canonical_layers(*sizes, min(sizes)).gates

    def directions(of_the_memory):
        names = [of_the_memory if gate.name == "RX" else gate.name for gate in gates]
        return [
            -1j * on_qubits(pauli_string(ROTATIONS[name]), gate.qubits, n).full()
            for name, gate in zip(names, gates, strict=True)
        ]

    assert generated_dimension(directions("RX")) == 4**n - 1
    assert generated_dimension(directions("RY")) < 4**n / 2
    parity = pauli_string("Y" * n).full()
    assert all(close(parity @ P, P @ parity) for P in directions("RY"))


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "argument"),
    [
        (lambda: gate("RQ", 1.0), ValueError, "name"),
        (lambda: gate("RX"), ValueError, "angle"),
        (lambda: gate("RX", "1"), TypeError, "angle"),
        (lambda: gate("RX", np.nan), ValueError, "angle"),
        (lambda: gate("CNOT", 1.0), ValueError, "angle"),
        (lambda: gate_qubits("T"), ValueError, "name"),
        (lambda: pauli_string(""), ValueError, "letters"),
        (lambda: pauli_string("XQ"), ValueError, "letters"),
        (lambda: on_qubits(gate("CNOT"), [0, 0], 2), ValueError, "targets"),
        (lambda: on_qubits(gate("CNOT"), [0, 2], 2), ValueError, "targets"),
        (lambda: on_qubits(gate("CNOT"), [-1, 0], 2), ValueError, "targets"),
        (lambda: on_qubits(gate("H"), [0, 1], 2), ValueError, "operator"),
        (lambda: on_qubits(gate("H"), [0], 2.0), TypeError, "qubits"),
        (lambda: Gate("RQ", (0,)), ValueError, "name"),
        (lambda: Gate("CNOT", (0,)), ValueError, "qubits"),
        (lambda: Gate("CNOT", (1, 1)), ValueError, "qubits"),
        (lambda: Gate("RY", (0,)), ValueError, "parameter"),
        (lambda: Gate("X", (0,), parameter=(0,)), ValueError, "parameter"),
        (lambda: Gate("RY", (0,), parameter=(0,), sign=2), ValueError, "sign"),
        (lambda: Circuit(0, (), (1,)), ValueError, "qubits"),
        (lambda: Circuit(2.0, (), (1,)), TypeError, "qubits"),
        (lambda: Circuit(1, (Gate("CNOT", (0, 1)),), (1,)), ValueError, "gates"),
        (lambda: Circuit(1, (Gate("RY", (0,), (2,)),), (2,)), ValueError, "gates"),
        (lambda: Circuit(1, (Gate("RY", (0,), (0, 0)),), (2,)), ValueError, "gates"),
        (lambda: ring_layers(2, 1) + ring_layers(3, 1), ValueError, "later"),
        (lambda: ring_layers(2, 1).to_qobj([0.0, 0.0]), ValueError, "params"),
        (lambda: ring_layers(2, 1).to_qobj([[0.0, np.inf]]), ValueError, "params"),
        (lambda: ring_layers(2, 1).to_qobj([[0.0, 1j]]), TypeError, "params"),
        (lambda: ring_layers(2, 1).to_qobj([["1", "2"]]), TypeError, "params"),
        (lambda: Gate("RY", (0.0,), (0,)), TypeError, "qubits"),
        (lambda: ring_layers(0, 1), ValueError, "qubits"),
        (lambda: ring_layers(2, 1.5), TypeError, "layers"),
        (lambda: ring_layers(True, 1), TypeError, "qubits"),
        (lambda: canonical_layers(0, 1, 1), ValueError, "system_qubits"),
        (lambda: canonical_layers(1, 2.0, 1), TypeError, "memory_qubits"),
        (lambda: canonical_layers(1, 1, 0), ValueError, "layers"),
    ],
)
def test_errors_name_the_argument(make, error, argument):
    with pytest.raises(error, match=rf"^{argument} must "):
        make()


def test_a_circuit_adds_only_to_a_circuit():
    with pytest.raises(TypeError):
        ring_layers(2, 1) + 1


def test_old_name_of_the_parameter_warns():
    with pytest.warns(FutureWarning, match=r"^Gate\.slot is now Gate\.parameter$"):
        assert Gate("RY", (0,), parameter=(1, 0)).slot == (1, 0)
