"""The QuTiP cell against the paper's definition written out in plain NumPy, and its own records."""

from dataclasses import replace
from functools import reduce
from itertools import product

import numpy as np
import pytest
import qutip
import scipy.linalg
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import EXACT, close, random_weights, seeds

from qrnnlib import CellDesign, MeasuredCell
from qrnnlib.cell.design import ANSATZE, COLLAPSES, DISENTANGLERS, ENCODINGS, READOUTS
from qrnnlib.physics.bipartite import bipartite

SMALL = CellDesign(1, 1, 1)

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None, max_examples=15)


def random_cell(design, seed=0):
    return MeasuredCell(random_weights(design, seed), design, random_state=seed)


# The paper's definition in plain NumPy --------------------------------------------------------
# Nothing below reads the library: matrices by Kronecker products, CNOTs as moves of indices,
# traces as sums over indices.


def kron(factors):
    return reduce(np.kron, factors, np.eye(1))


def ring_layer(row):
    """Return RY on every qubit, then CNOT(q -> q + 1) around the ring; qubit 0 is the top bit."""
    n = len(row)
    turns = [
        [[np.cos(a / 2), -np.sin(a / 2)], [np.sin(a / 2), np.cos(a / 2)]] for a in np.asarray(row)
    ]
    U = kron(turns)
    for q in range({1: 0, 2: 1}.get(n, n)):
        control, target = n - 1 - q, n - 1 - (q + 1) % n
        # A CNOT is its own inverse, so where a row goes is also where it comes from.
        U = U[[i ^ ((i >> control & 1) << target) for i in range(2**n)]]
    return U


PAULI = {"X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]], "Z": [[1, 0], [0, -1]]}


def canonical_layer(row, n_s, n_m, shift):
    """Return RY on the system and RX on the memory, then the couplings of system and memory."""
    n = n_s + n_m

    def word(letter, qubits):
        return kron([PAULI[letter] if q in qubits else np.eye(2) for q in range(n)])

    U = np.eye(2**n)
    for q in range(n):
        U = scipy.linalg.expm(-0.5j * row[q] * word("Y" if q < n_s else "X", [q])) @ U
    for k in range(max(n_s, n_m)):
        pair = (k, n_s + (k + shift) % n_m) if n_s >= n_m else ((k + shift) % n_s, n_s + k)
        for letter, c in zip("XYZ", row[n + 3 * k :], strict=False):
            U = scipy.linalg.expm(0.5j * c * word(letter, pair)) @ U
    return U


def product_of_layers(U, design, reverse_layers=False):
    total = np.eye(2 ** (design.system_qubits + design.memory_qubits))
    for number in list(range(len(U)))[:: -1 if reverse_layers else 1]:
        layer = (
            ring_layer(U[number])
            if design.ansatz == "ring"
            else canonical_layer(U[number], design.system_qubits, design.memory_qubits, number)
        )
        total = layer @ total
    return total


def disentangler(V, design):
    if design.disentangler == "inverse":
        return product_of_layers(V, design).conj().T
    return product_of_layers(V, design, reverse_layers=True)


def amplitudes(x, w, b):
    v = w * x + b
    return v / np.sqrt(np.sum(v**2))


def angle_state(x, qubits):
    X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
    f = np.tanh(x)
    turns = [(np.pi * f, Y), (np.pi * f**3, Z), (np.pi * np.sqrt(1 - f**2), X)]
    ket = np.array([1, 0])
    for angle, P in turns:
        ket = scipy.linalg.expm(-0.5j * angle * P) @ ket
    return kron([ket] * qubits).ravel()


def paper_run(design, weights, xs, outcomes=None):
    """Return outputs, probabilities and memories (kets, or matrices of the channel) by step."""
    n_s, dim_s, dim_m = design.system_qubits, 2**design.system_qubits, 2**design.memory_qubits
    DE = product_of_layers(weights["entangler"], design)
    if design.disentangler is not None:
        DE = disentangler(weights["disentangler"], design) @ DE
    rho = np.zeros((dim_m, dim_m), dtype=complex)
    rho[0, 0] = 1
    h = rho[0].copy()
    outputs, probabilities, memories = [], [], []
    for t, x in enumerate(xs):
        if design.encoding == "amplitude":
            system = amplitudes(x, weights["input_weight"], weights["input_bias"])
        else:
            system = angle_state(x, n_s)
        if design.collapse == "channel":
            joint = DE @ np.kron(np.outer(system, system.conj()), rho) @ DE.conj().T
            p = np.array(
                [
                    sum(joint[s * dim_m + m, s * dim_m + m].real for m in range(dim_m))
                    for s in range(dim_s)
                ]
            )
            rho = sum(
                joint[s * dim_m : (s + 1) * dim_m, s * dim_m : (s + 1) * dim_m]
                for s in range(dim_s)
            )
            memories.append(rho)
        else:
            psi = DE @ np.kron(system, h)
            branches = [psi[s * dim_m : (s + 1) * dim_m] for s in range(dim_s)]
            p = np.array([np.sum(abs(branch) ** 2) for branch in branches])
            if design.collapse == "diagonal":
                h = sum(abs(branch) ** 2 for branch in branches)
            else:
                h = branches[p.argmax() if outcomes is None else outcomes[t]]
            h = h / np.sqrt(np.sum(abs(h) ** 2))
            memories.append(h)
        # <Z> of system qubit q: its bit in the outcome's number, qubit 0 the top one.
        z = [sum(p[s] * (-1) ** (s >> (n_s - 1 - q) & 1) for s in range(dim_s)) for q in range(n_s)]
        linear = design.readout == "linear"
        outputs.append(
            np.dot(weights["readout_weight"], z) + weights["readout_bias"] if linear else z[-1]
        )
        probabilities.append(p)
    return np.array(outputs), np.array(probabilities), memories


def assert_is_the_papers(design, seed, steps=5):
    weights = random_weights(design, seed)
    xs = np.random.default_rng(seed).normal(size=steps)
    records = MeasuredCell(weights, design, random_state=seed).run(xs)
    drawn = [record.outcome for record in records] if design.collapse == "sampled" else None
    outputs, probabilities, memories = paper_run(design, weights, xs, drawn)
    assert close([record.output for record in records], outputs)
    assert close([record.probabilities for record in records], probabilities)
    for record, memory in zip(records, memories, strict=True):
        assert close(record.next_memory.full().squeeze(), memory)


PAPERS_CELLS = {
    "conference": CellDesign(2, 2, 2, "amplitude", "most_likely"),
    "density matrix": CellDesign(2, 2, 2, "amplitude", "diagonal"),
    "extended": CellDesign(2, 2, 4, "angle", "most_likely"),
    "channel": CellDesign(2, 2, 2, "amplitude", "channel"),
}


@pytest.mark.parametrize("name", PAPERS_CELLS)
@given(seed=seeds)
@unhurried
def test_papers_cells(name, seed):
    assert_is_the_papers(PAPERS_CELLS[name], seed, steps=4)


@pytest.mark.parametrize("ansatz", ANSATZE)
@pytest.mark.parametrize("collapse", COLLAPSES)
@pytest.mark.parametrize("disentangler", [*DISENTANGLERS, None])
def test_every_rule(collapse, disentangler, ansatz):
    for number, (encoding, readout) in enumerate(product(ENCODINGS, READOUTS)):
        sizes = [(1, 1), (1, 2), (2, 1), (3, 1)][number]
        design = CellDesign(*sizes, 2, encoding, collapse, disentangler, readout, ansatz)
        assert_is_the_papers(design, seed=number)


# Records --------------------------------------------------------------------------------------

designs = st.builds(
    CellDesign,
    st.integers(1, 2),
    st.integers(1, 2),
    st.integers(1, 2),
    st.sampled_from(ENCODINGS),
    st.sampled_from(COLLAPSES),
    st.sampled_from([*DISENTANGLERS, None]),
    ansatz=st.sampled_from(ANSATZE),
)


@given(design=designs, seed=seeds)
@settings(unhurried, max_examples=50)
def test_records_tell_one_story(design, seed):
    cell = random_cell(design, seed)
    xs = np.random.default_rng(seed).normal(size=3)
    memory = cell.initial_memory()
    for x, record in zip(xs, cell.run(xs), strict=True):
        assert record.x == x
        assert record.encoded == cell.encode(x)
        assert record.memory == memory
        assert abs(record.encoded.norm() - 1) < EXACT
        joint = qutip.tensor(
            record.encoded.proj() if design.collapse == "channel" else record.encoded, memory
        )
        for unitary, after in [
            (cell.entangler, record.entangled),
            (cell.disentangler, record.disentangled),
        ]:
            if unitary is None:
                assert after is None
                continue
            identity = (unitary.dag() * unitary).full()
            assert close(identity, np.eye(2**design.qubits))
            joint = unitary * joint * (1 if joint.isket else unitary.dag())
            assert close(after.full(), joint.full())
        assert record.measured == joint
        if joint.isket:
            table = joint.full().reshape(design.system_dim, design.memory_dim)
            assert close(record.probabilities, (abs(table) ** 2).sum(axis=1))
        assert record.probabilities.sum() == pytest.approx(1, abs=EXACT)
        assert record.probabilities.min() >= 0
        last_bits = np.arange(design.system_dim) % 2
        assert record.output == pytest.approx(record.probabilities @ (1 - 2 * last_bits), abs=EXACT)
        if design.collapse in ("most_likely", "sampled"):
            branch = table[record.outcome] / np.sqrt(record.probabilities[record.outcome])
            assert close(record.next_memory.full().ravel(), branch)
        else:
            assert record.outcome is None
        if design.collapse == "most_likely":
            assert record.outcome == record.probabilities.argmax()
        memory = record.next_memory
        assert memory.dims[0] == [2] * design.memory_qubits
        assert (memory.norm() if memory.isket else memory.tr()) == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize("collapse", ["most_likely", "sampled"])
def test_forced_outcome(collapse):
    cell = random_cell(replace(SMALL, system_qubits=2, collapse=collapse))
    free = cell.step(0.3)
    table = free.measured.full().reshape(4, 2)
    for outcome in range(4):
        forced = cell.step(0.3, outcome=outcome)
        assert forced.outcome == outcome
        assert forced.output == free.output  # the readout comes before the collapse
        branch = table[outcome] / np.linalg.norm(table[outcome])
        assert close(forced.next_memory.full().ravel(), branch)


def test_channel_takes_a_ket_as_its_projector():
    cell = random_cell(replace(SMALL, collapse="channel"))
    ket = qutip.Qobj([[0.6], [0.8j]])
    from_ket, from_matrix = cell.step(0.2, ket), cell.step(0.2, ket.proj())
    assert from_ket.output == pytest.approx(from_matrix.output, abs=EXACT)
    assert close(from_ket.next_memory.full(), from_matrix.next_memory.full())


# The unitary across system and memory ---------------------------------------------------------


@given(design=designs, seed=seeds)
@unhurried
def test_unitary_is_the_product_of_the_circuits(design, seed):
    weights = random_weights(design, seed)
    cell = MeasuredCell(weights, design)
    entangler = design.entangler_circuit.to_qobj(weights["entangler"]).full()
    wanted = {"joint": entangler, "entangler": entangler}
    if design.disentangler is not None:
        released = design.disentangler_circuit.to_qobj(weights["disentangler"]).full()
        wanted = {"joint": released @ entangler, "entangler": entangler, "disentangler": released}
    for part, matrix in wanted.items():
        unitary = cell.unitary(part)
        assert close(unitary.full(), matrix)
        assert unitary.dims == [[2**design.system_qubits, 2**design.memory_qubits]] * 2
    assert cell.unitary() == cell.unitary("joint")
    assert bipartite(cell).dims == (2**design.system_qubits, 2**design.memory_qubits)


@given(design=designs, seed=seeds)
@unhurried
def test_unitary_is_what_a_step_applies(design, seed):
    step = random_cell(design, seed).step(0.4)
    before = qutip.tensor(
        step.encoded.proj() if step.memory.isoper else step.encoded, step.memory
    ).full()
    unitary = random_cell(design, seed).unitary().full()
    after = unitary @ before @ (unitary.conj().T if step.memory.isoper else np.eye(1))
    assert close(step.measured.full(), after)


@given(ansatz=st.sampled_from(ANSATZE), seed=seeds)
@unhurried
def test_inverse_disentangler_with_the_same_angles_undoes(ansatz, seed):
    design = CellDesign(2, 1, 2, disentangler="inverse", ansatz=ansatz)
    weights = random_weights(design, seed)
    weights["disentangler"] = weights["entangler"]
    assert close(MeasuredCell(weights, design).unitary().full(), np.eye(8))


@pytest.mark.parametrize("ansatz", ANSATZE)
def test_initial_angles_are_uniform_from_zero_to_one(ansatz):
    design = CellDesign(layers=40, ansatz=ansatz)
    angles = design.initial_weights(np.random.default_rng(0))["entangler"]
    assert angles.shape == design.entangler_circuit.shape
    assert scipy.stats.kstest(angles.ravel(), "uniform").pvalue > 1e-3


# Measurement ----------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(seed=seeds)
@unhurried
def test_channel_is_the_average_over_all_histories(encoding, seed):
    """Outcomes of every step summed over with their probabilities: see README.md."""
    design = replace(SMALL, encoding=encoding, collapse="sampled")
    weights = random_weights(design, seed)
    xs = np.random.default_rng(seed).normal(size=3)
    cell = MeasuredCell(weights, design)
    output, memory, total = np.zeros(3), np.zeros((2, 2)), 0.0
    for history in product(range(2), repeat=3):
        records = cell.run(xs, history)
        p = np.prod([record.probabilities[record.outcome] for record in records])
        output = output + p * np.array([record.output for record in records])
        memory = memory + p * records[-1].next_memory.proj().full()
        total += p
    channel = MeasuredCell(weights, replace(design, collapse="channel")).run(xs)
    assert total == pytest.approx(1, abs=EXACT)
    assert close(output, [record.output for record in channel])
    assert close(memory, channel[-1].next_memory.full())


def test_sampled_outcomes_follow_born():
    """A thousand histories of two steps against the products of their probabilities."""
    design = CellDesign(2, 1, 1, collapse="sampled", disentangler=None)
    cell = random_cell(design, seed=3)
    xs, runs = [0.4, -0.7], 1000
    expected = np.zeros((4, 4))
    for history in product(range(4), repeat=2):
        expected[history] = runs * np.prod(
            [record.probabilities[record.outcome] for record in cell.run(xs, history)]
        )
    drawn = np.zeros((4, 4))
    for _ in range(runs):
        drawn[tuple(record.outcome for record in cell.run(xs))] += 1
    rare = expected < 5  # too few for chi-square: together they make one class
    observed = [*drawn[~rare], drawn[rare].sum()] if rare.any() else drawn.ravel()
    wanted = [*expected[~rare], expected[rare].sum()] if rare.any() else expected.ravel()
    assert (~rare).sum() >= 6
    assert scipy.stats.chisquare(observed, wanted).pvalue > 1e-4


def test_draws_are_those_of_random_state():
    design = CellDesign(collapse="sampled")
    xs = np.linspace(-1, 1, 12)
    first, again, other = (
        [record.outcome for record in MeasuredCell(random_weights(design, 0), design, seed).run(xs)]
        for seed in (1, 1, 2)
    )
    assert first == again != other


def tilted_bell_cell(tilt):
    """Return a cell whose system is in state 1 with amplitude (1 + tilt)/sqrt2, memory alike."""
    weights = {"entangler": np.zeros((1, 2)), "input_weight": [0, 0], "input_bias": [1, 1 + tilt]}
    return MeasuredCell(weights, replace(SMALL, disentangler=None))


@pytest.mark.parametrize(("tilt", "outcome"), [(0, 0), (1e-14, 0), (1e-6, 1), (-1e-6, 0)])
def test_a_tie_goes_to_the_lower_outcome(tilt, outcome):
    record = tilted_bell_cell(tilt).step(0.0)
    assert record.outcome == outcome
    assert close(abs(record.next_memory.full().ravel()), np.eye(2)[outcome])


# Edges of the encodings -----------------------------------------------------------------------


@pytest.mark.parametrize("collapse", COLLAPSES)
def test_zero_vector_encodes_as_the_first_basis_state(collapse):
    design = CellDesign(collapse=collapse)
    weights = random_weights(design, 0)
    weights["input_bias"] = -0.5 * weights["input_weight"]
    cell = MeasuredCell(weights, design)
    assert cell.encode(0.5) == qutip.basis([2, 2])
    records = cell.run([0.1, 0.5, 0.2])
    assert np.isfinite([record.output for record in records]).all()
    assert np.isfinite(records[-1].next_memory.full()).all()


@pytest.mark.parametrize("x", [30.0, -30.0, 800.0, -1e300])
def test_angle_encoding_of_large_values(x):
    """For f = tanh x = 1 or -1 the first turn takes |0> to |1>, the second only adds a phase, the
    third is none."""
    cell = random_cell(CellDesign(encoding="angle"))
    assert close(abs(cell.encode(x).full().ravel()), [0, 0, 0, 1])
    assert np.isfinite(cell.step(x).output)


@pytest.mark.parametrize("x", [1e160, -1e200])
def test_amplitude_encoding_of_large_values(x):
    """Far out, w x + b points along w, whose squares would overflow."""
    cell = random_cell(CellDesign())
    w = np.sign(x) * cell.weights["input_weight"]
    assert close(cell.encode(x).full()[:, 0], w / np.linalg.norm(w))


def test_angle_encoding_of_zero():
    """Only RX(pi) is left, which takes |0> to -i|1>."""
    cell = random_cell(replace(SMALL, encoding="angle"))
    assert close(cell.encode(0.0).full().ravel(), [0, -1j])


# Errors ---------------------------------------------------------------------------------------


def step(**given):
    design = given.pop("design", CellDesign())
    return random_cell(design).step(given.pop("x", 0.1), **given)


SAMPLED, CHANNEL = CellDesign(collapse="sampled"), CellDesign(collapse="channel")
CERTAIN = MeasuredCell(
    {"entangler": np.zeros((1, 2)), "input_weight": [1, 0], "input_bias": [0, 0]},
    replace(SMALL, disentangler=None),
)
NOT_POSITIVE = qutip.Qobj(np.diag([1.5, -0.5, 0, 0]), dims=[[2, 2], [2, 2]])
NOT_HERMITIAN = qutip.Qobj(np.eye(4) / 4 + np.eye(4, k=1), dims=[[2, 2], [2, 2]])


@pytest.mark.parametrize(
    ("make", "error", "argument"),
    [
        (lambda: step(memory=qutip.basis(4)), ValueError, "memory"),
        (lambda: step(memory=qutip.basis([2, 2, 2])), ValueError, "memory"),
        (lambda: step(memory=2 * qutip.basis([2, 2])), ValueError, "memory"),
        (lambda: step(memory=np.nan * qutip.basis([2, 2])), ValueError, "memory"),
        (lambda: step(memory=np.eye(4)[0]), TypeError, "memory"),
        (lambda: step(memory=qutip.basis([2, 2]).dag()), ValueError, "memory"),
        (lambda: step(memory=qutip.basis([2, 2]).proj()), ValueError, "memory"),
        (lambda: step(memory=NOT_POSITIVE, design=CHANNEL), ValueError, "memory"),
        (lambda: step(memory=NOT_HERMITIAN, design=CHANNEL), ValueError, "memory"),
        (lambda: step(memory=qutip.qeye([2, 2]), design=CHANNEL), ValueError, "memory"),
        (lambda: step(outcome=4), ValueError, "outcome"),
        (lambda: step(outcome=-1, design=SAMPLED), ValueError, "outcome"),
        (lambda: step(outcome=1.0), TypeError, "outcome"),
        (lambda: step(outcome=0, design=CHANNEL), ValueError, "outcome"),
        (lambda: step(outcome=0, design=CellDesign(collapse="diagonal")), ValueError, "outcome"),
        (lambda: CERTAIN.step(1.0, outcome=1), ValueError, "outcome"),
        (lambda: step(x=np.nan), ValueError, "x"),
        (lambda: step(x="1"), TypeError, "x"),
        (lambda: step(x=1j), TypeError, "x"),
        (lambda: CERTAIN.run([0.1, np.nan]), ValueError, "series"),
        (lambda: CERTAIN.run([]), ValueError, "series"),
        (lambda: CERTAIN.run(0.3), ValueError, "series"),
        (lambda: CERTAIN.run([[0.1], [0.1, 0.2]]), ValueError, "series"),
        (lambda: CERTAIN.run([[0.1, 0.2]]), ValueError, "series"),
        (lambda: CERTAIN.run(["a"]), TypeError, "series"),
        (lambda: CERTAIN.run([0.1, 0.2], outcomes=[0]), ValueError, "outcomes"),
        (lambda: random_cell(SMALL).unitary("both"), ValueError, "part"),
        (lambda: random_cell(SMALL).unitary(None), ValueError, "part"),
        (lambda: CERTAIN.unitary("disentangler"), ValueError, "part"),
        (lambda: CellDesign(system_qubits=0), ValueError, "system_qubits"),
        (lambda: CellDesign(memory_qubits=2.0), TypeError, "memory_qubits"),
        (lambda: CellDesign(layers=0), ValueError, "layers"),
        (lambda: CellDesign(encoding="phase"), ValueError, "encoding"),
        (lambda: CellDesign(collapse="never"), ValueError, "collapse"),
        (lambda: CellDesign(disentangler="other"), ValueError, "disentangler"),
        (lambda: CellDesign(readout="x"), ValueError, "readout"),
        (lambda: CellDesign(ansatz="star"), ValueError, "ansatz"),
        (lambda: CellDesign(ansatz=None), ValueError, "ansatz"),
    ],
)
def test_errors_name_the_argument(make, error, argument):
    with pytest.raises(error, match=rf"^{argument} must "):
        make()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"entangler": np.zeros((1, 3))}, ValueError, r"weights\['entangler'\] must have shape"),
        ({"input_bias": [0, np.nan]}, ValueError, r"weights\['input_bias'\] must be finite"),
        ({"input_weight": [0, 1j]}, TypeError, r"weights\['input_weight'\] must be"),
        ({"readout_bias": 0.0}, ValueError, "weights must hold entangler.* got .*readout_bias"),
    ],
)
def test_weights_that_do_not_fit(change, error, message):
    good = random_weights(SMALL, 0)
    MeasuredCell(good, SMALL)
    with pytest.raises(error, match=message):
        MeasuredCell({**good, **change}, SMALL)


def test_weights_that_are_missing():
    good = random_weights(SMALL, 0)
    del good["disentangler"]
    with pytest.raises(ValueError, match="weights must hold entangler, disentangler"):
        MeasuredCell(good, SMALL)
    with pytest.raises(ValueError, match="weights must hold"):
        MeasuredCell([1, 2], SMALL)
