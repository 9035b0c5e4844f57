"""The page's algebra, run in an embedded V8, against the library: the two must not drift apart.

Each test sends all its cases to V8 at once, as JSON, which keeps every digit of a double.
"""

import json
import re
from itertools import product
from math import pi

import numpy as np
import pytest
import qutip
from py_mini_racer import MiniRacer
from random_cells import random_weights

from qrnnbook.widgets._figure import STATIC
from qrnnlib import (
    CellDesign,
    MeasuredCell,
    average_entangling_power,
    bloch_vector,
    canonical_gate,
    entangling_power,
    entropy_of_entanglement,
    is_perfect_entangler,
    ring_layers,
    von_neumann_entropy,
)
from qrnnlib.physics.gate_set import gate, pauli_string
from qrnnlib.physics.weyl import NAMED_POINTS

PARITY = 1e-10
CASES = 200

#: System and memory qubits of the registers that fit on a page.
REGISTERS = [(1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (3, 1)]

#: Runs over all cases in V8, and turns typed arrays into lists.
GLUE = """
function plain(value) {
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
}
function overall(name, cases) {
  const results = cases.map((one) => eval(name)(one));
  return JSON.stringify(results, (key, value) => plain(value));
}
"""


@pytest.fixture(scope="module")
def javascript():
    """Return a function that applies a JavaScript function to each of many cases."""
    modules = ("algebra.js", "gate_powers.js")
    source = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in modules)
    source = re.sub("^import .*\n", "", source, flags=re.MULTILINE)
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        # Modules need a loader; a plain script with the same functions needs none.
        context.eval(re.sub("^export ", "", source, flags=re.MULTILINE) + GLUE)

        def over(function, cases):
            arguments = f"{json.dumps(f'({function})')}, {json.dumps(list(cases))}"
            return json.loads(context.eval(f"overall({arguments})"))

        yield over


def sent(array):
    """Return a vector or a matrix as a page receives it."""
    flat = np.asarray(array, complex).ravel()
    return {"re": flat.real.tolist(), "im": flat.imag.tolist()}


def got(parts, *shape):
    """Return a vector or a matrix as it comes back from a page."""
    return (np.array(parts["re"]) + 1j * np.array(parts["im"])).reshape(*shape or (-1,))


def furthest(pairs):
    """Return the largest distance between the members of pairs of numbers or arrays."""
    misses = [np.max(np.abs(np.asarray(ours) - np.asarray(theirs))) for ours, theirs in pairs]
    assert len(misses)
    return np.max(misses)


def random_ket(rng, dimension):
    vector = rng.normal(size=dimension) + 1j * rng.normal(size=dimension)
    return vector / np.linalg.norm(vector)


def random_states(rng, qubits):
    """Return kets of `qubits` qubits: generic, real, products, basis states, nearly products."""
    states = [random_ket(rng, 2**qubits) for _ in range(8)]
    states += [np.sign(rng.normal(size=2**qubits)) / 2 ** (qubits / 2)]
    factors = [random_ket(rng, 2) for _ in range(qubits)]
    a_product = factors[0]
    for factor in factors[1:]:
        a_product = np.kron(a_product, factor)
    states += [a_product, np.eye(2**qubits)[rng.integers(2**qubits)]]
    for hair in (1e-3, 1e-7, 1e-12):
        nearly = a_product + hair * random_ket(rng, 2**qubits)
        states.append(nearly / np.linalg.norm(nearly))
    ghz = np.zeros(2**qubits)
    ghz[[0, -1]] = np.sqrt(0.5)
    return [*states, ghz]


# Vectors, matrices, gates ---------------------------------------------------------------------


def test_products_of_vectors_and_matrices(javascript):
    rng = np.random.default_rng(0)
    cases, expected = [], []
    for _ in range(CASES):
        m, n = 2 ** rng.integers(1, 4), 2 ** rng.integers(1, 3)
        u, v = random_ket(rng, m), random_ket(rng, n)
        a, b = (random_ket(rng, d * d).reshape(d, d) for d in (m, n))
        wide = random_ket(rng, m * n).reshape(m, n)
        sizes = {"m": int(m), "n": int(n)}
        parts = {"u": u, "v": v, "a": a, "b": b, "wide": wide}
        cases.append({**sizes, **{name: sent(part) for name, part in parts.items()}})
        expected.append((np.kron(u, v), a @ u, np.kron(a, b), a @ wide, wide.conj().T))
    results = javascript(
        """({m, n, u, v, a, b, wide}) => [
          tensor(u, v), apply(received(a), received(u)), kron(a, m, b, n),
          multiply(a, wide, m, m, n), dagger(wide, m, n)]""",
        cases,
    )
    for ours, theirs in zip(expected, results, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert np.max(np.abs(one.ravel() - got(other))) < 1e-12


def test_pauli_strings_and_rotations_are_qutips(javascript):
    rng = np.random.default_rng(1)
    words = ["".join(letters) for n in (1, 2, 3) for letters in product("IXYZ", repeat=n)]
    results = javascript("(word) => pauliString(word)", words)
    for word, result in zip(words, results, strict=True):
        assert furthest([(pauli_string(word).full().ravel(), got(result))]) == 0

    cases = [(rng.choice(words), float(rng.uniform(-10, 10))) for _ in range(CASES)]
    cases += [("X", 0.0), ("ZZ", 2 * pi), ("Y", 1e6)]
    results = javascript("([word, angle]) => rotation(word, angle)", cases)
    expected = [(-0.5j * angle * pauli_string(word)).expm().full().ravel() for word, angle in cases]
    assert furthest(zip(expected, map(got, results), strict=True)) < PARITY
    for name in ("RX", "RY", "RZ", "RXX", "RYY", "RZZ"):
        (result,) = javascript("([word, angle]) => rotation(word, angle)", [(name[1:], 0.7)])
        assert furthest([(gate(name, 0.7).full().ravel(), got(result))]) < PARITY


def test_random_circuits_act_on_states_as_in_qutip(javascript):
    rng = np.random.default_rng(3)
    cases, expected = [], []
    for _ in range(CASES):
        qubits = int(rng.integers(2, 5))
        circuit = ring_layers(qubits, int(rng.integers(1, 4)))
        unitary = circuit.to_qobj(rng.uniform(-4, 4, circuit.shape))
        ket = qutip.Qobj(random_ket(rng, 2**qubits), dims=[[2] * qubits, [1]])
        cases.append((sent(unitary.full()), sent(ket.full())))
        expected.append((unitary * ket).full().ravel())
    results = javascript("([u, psi]) => apply(received(u), received(psi))", cases)
    assert furthest(zip(expected, map(got, results), strict=True)) < PARITY


# States of two sides --------------------------------------------------------------------------


def cut_states():
    """Return kets of two to four qubits, each with each of its cuts."""
    rng = np.random.default_rng(4)
    return [
        (qutip.Qobj(vector, dims=[[2] * qubits, [1]]), cut)
        for qubits in (2, 3, 4)
        for _ in range(3)
        for vector in random_states(rng, qubits)
        for cut in range(1, qubits)
    ]


def test_reduced_states_entropies_and_probabilities(javascript):
    states = cut_states()
    assert len(states) > CASES
    results = javascript(
        """([psi, d]) => {
          const rho = systemState(psi, d);
          const sigma = memoryState(psi, d);
          const rest = psi.re.length / d;
          return {rho, sigma, ebits: entanglement(received(psi), d), chances: probabilities(psi, d),
            own: entropy(eigenvalues(rho, d)), other: entropy(eigenvalues(sigma, rest)),
            norm: normSquared(psi),
            values: eigenvalues(rho, d), all: densityOf(psi)};
        }""",
        [(sent(ket.full()), 2**cut) for ket, cut in states],
    )
    for (ket, cut), result in zip(states, results, strict=True):
        qubits = len(ket.dims[0])
        rho, sigma = ket.ptrace(list(range(cut))), ket.ptrace(list(range(cut, qubits)))
        ebits = entropy_of_entanglement(ket, cut)
        pairs = [
            (rho.full().ravel(), got(result["rho"])),
            (sigma.full().ravel(), got(result["sigma"])),
            (ket.proj().full().ravel(), got(result["all"])),
            (rho.diag(), result["chances"]),
            (np.linalg.eigvalsh(rho.full())[::-1], result["values"]),
            (ebits, result["ebits"]),
            (ebits, result["own"]),
            (ebits, result["other"]),
            (1, result["norm"]),
        ]
        assert furthest(pairs) < PARITY


def test_eigenvalues_and_entropy_of_mixed_states(javascript):
    rng = np.random.default_rng(5)
    states = []
    for d in (2, 4, 8):
        # The last two have coinciding or almost coinciding eigenvalues, in a random basis.
        turn = qutip.rand_unitary(d, seed=rng).full()
        for spectrum in (
            *rng.dirichlet([1] * d, 20),
            np.ones(d) / d,
            np.eye(d)[0],
            (np.ones(d) + 1e-9 * np.arange(d)) / (d + 1e-9 * d * (d - 1) / 2),
        ):
            states.append((turn * spectrum) @ turn.conj().T)
    results = javascript(
        "([rho, d]) => ({values: eigenvalues(rho, d), bits: entropy(eigenvalues(rho, d))})",
        [(sent(rho), len(rho)) for rho in states],
    )
    for rho, result in zip(states, results, strict=True):
        assert furthest([(np.linalg.eigvalsh(rho)[::-1], result["values"])]) < PARITY
        assert furthest([(von_neumann_entropy(qutip.Qobj(rho)), result["bits"])]) < PARITY


def test_bloch_vectors_and_binary_entropy(javascript):
    rng = np.random.default_rng(6)
    states = [qutip.rand_dm(2, seed=rng) for _ in range(CASES)]
    results = javascript("(rho) => bloch(rho)", [sent(rho.full()) for rho in states])
    assert furthest(zip(map(bloch_vector, states), results, strict=True)) < PARITY

    chances = [0.0, 1.0, 1e-18, 0.5, *rng.uniform(size=20).tolist()]
    results = javascript("(p) => binaryEntropy(p)", chances)
    spectra = [qutip.Qobj(np.diag([p, 1 - p])) for p in chances]
    assert furthest(zip(map(von_neumann_entropy, spectra), results, strict=True)) < PARITY


def test_entanglement_of_four_qubits_is_quick(javascript):
    """A figure draws a hundred of them in a frame of 16 ms."""
    state = sent(random_ket(np.random.default_rng(7), 16))
    timed = """(psi) => {
      const state = received(psi);
      for (let k = 0; k < 500; k++) entanglement(state, 4);
      const start = Date.now();
      for (let k = 0; k < 1000; k++) entanglement(state, 4);
      return Date.now() - start;
    }"""
    # The quickest of a few: others may use the processor too.
    milliseconds = min(javascript(timed, [state] * 5)) / 1000
    assert milliseconds < 0.15


# Two-qubit gates ------------------------------------------------------------------------------


def chamber_points(count):
    """Return random points of the Weyl chamber, and its named ones."""
    corners = pi * np.array([[0, 0, 0], [1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 2, 1 / 2, 1 / 2]])
    inside = np.random.default_rng(8).dirichlet([1] * 4, count) @ corners
    return [*NAMED_POINTS.values(), *inside.tolist()]


def test_average_power_and_perfect_entanglers(javascript):
    points = chamber_points(CASES)
    results = javascript("(c) => [averagePower(...c), isPerfectEntangler(...c)]", points)
    for point, (power, perfect) in zip(points, results, strict=True):
        assert power == pytest.approx(average_entangling_power(canonical_gate(*point)), abs=PARITY)
        assert perfect == is_perfect_entangler(canonical_gate(*point))


def test_product_power_is_what_a_search_finds(javascript):
    points = chamber_points(CASES)
    results = javascript("(c) => productPower(...c)", points)
    searched = [
        entangling_power(
            canonical_gate(*point), initial_states="product", restarts=8, random_state=0
        ).value
        for point in points
    ]
    # A search ends within 1e-9 of the top.
    assert furthest(zip(searched, results, strict=True)) < 1e-8
    assert sum(power < 0.99 for power in results) > 20


# The measured cell ----------------------------------------------------------------------------


def sent_cell(cell):
    """Return a cell as a page receives it."""
    design, weights = cell.design, cell.weights
    return {
        "systemQubits": design.system_qubits,
        "memoryQubits": design.memory_qubits,
        "encoding": design.encoding,
        "collapse": design.collapse,
        "readout": design.readout,
        "entangler": sent(cell.entangler.full()),
        "disentangler": cell.disentangler and sent(cell.disentangler.full()),
        "inputWeight": weights.get("input_weight", np.zeros(0)).tolist(),
        "inputBias": weights.get("input_bias", np.zeros(0)).tolist(),
        "readoutWeight": weights.get("readout_weight", np.zeros(0)).tolist(),
        "readoutBias": float(weights.get("readout_bias", 0.0)),
    }


def made_cell(seed=0, **options):
    design = CellDesign(**options)
    return MeasuredCell(random_weights(design, seed), design, random_state=seed)


@pytest.mark.parametrize("encoding", ["amplitude", "angle"])
def test_encodings(javascript, encoding):
    rng = np.random.default_rng(9)
    values = [0.0, 1.0, -1.0, 1e-300, 1e5, -1e5, 1e200, -1e300, *rng.normal(size=30).tolist()]
    cells = [made_cell(n, system_qubits=n, memory_qubits=1, encoding=encoding) for n in (1, 2, 3)]
    if encoding == "amplitude":
        # w x + b is zero everywhere at x = 2, and at x = 0.
        for bias in (-2.0, 0.0):
            weights = random_weights(cells[0].design, 5)
            weights["input_bias"] = bias * weights["input_weight"]
            cells.append(MeasuredCell(weights, cells[0].design))
        values.append(2.0)
    pairs = [(cell, x) for cell in cells for x in values]
    results = javascript(
        "([cell, x]) => encode(receivedCell(cell), x)", [(sent_cell(cell), x) for cell, x in pairs]
    )
    expected = [cell.encode(x).full().ravel() for cell, x in pairs]
    assert furthest(zip(expected, map(got, results), strict=True)) < PARITY


#: Every rule with every register, readout and second circuit: a whole run for each.
DESIGNS = [
    {
        "system_qubits": system,
        "memory_qubits": memory,
        "collapse": collapse,
        "readout": readout,
        "disentangler": disentangler,
        "encoding": encoding,
    }
    for (system, memory), collapse, readout, (disentangler, encoding) in product(
        REGISTERS[:5],
        ("most_likely", "sampled", "diagonal", "channel"),
        ("z", "linear"),
        (("own", "amplitude"), ("inverse", "angle"), (None, "amplitude"), ("own", "angle")),
    )
]

RUN = """({cell, series, draws}) => run(receivedCell(cell), series, draws).map((step) => ({
  output: step.output, outcome: step.outcome, chances: step.probabilities,
  encoded: step.encoded, entangled: step.entangled ?? null, measured: step.measured ?? null,
  memory: step.memory, next: step.nextMemory}))"""


def assert_step(ours, theirs):
    """Assert that two records of a step are the same."""
    assert ours.outcome == theirs["outcome"]
    pairs = [
        (ours.output, theirs["output"]),
        (ours.probabilities, theirs["chances"]),
        (ours.encoded.full().ravel(), got(theirs["encoded"])),
        (ours.memory.full().ravel(), got(theirs["memory"])),
        (ours.next_memory.full().ravel(), got(theirs["next"])),
    ]
    if theirs["measured"]:
        pairs.append((ours.entangled.full().ravel(), got(theirs["entangled"])))
        pairs.append((ours.measured.full().ravel(), got(theirs["measured"])))
    assert furthest(pairs) < PARITY


def test_whole_runs(javascript):
    rng = np.random.default_rng(10)
    steps = 5
    cases, expected = [], []
    # Twice the designs, once with one layer and once with two: more than 200 runs.
    for seed, (options, layers) in enumerate(product(DESIGNS, (1, 2))):
        cell = made_cell(seed, layers=layers, **options)
        series = rng.uniform(-2, 2, steps)
        draws = np.random.default_rng(seed).random(steps)  # what the cell will draw
        cases.append({"cell": sent_cell(cell), "series": series.tolist(), "draws": draws.tolist()})
        expected.append(cell.run(series))
    assert len(cases) >= CASES
    for ours, theirs in zip(expected, javascript(RUN, cases), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert_step(one, other)


def test_runs_onto_chosen_outcomes(javascript):
    rng = np.random.default_rng(11)
    cases, expected = [], []
    for seed in range(CASES):
        system, memory = REGISTERS[seed % len(REGISTERS)]
        cell = made_cell(seed, system_qubits=system, memory_qubits=memory)
        ket = random_ket(rng, 2**memory)
        x, outcome = float(rng.uniform(-2, 2)), int(rng.integers(2**system))
        cases.append({"cell": sent_cell(cell), "x": x, "memory": sent(ket), "outcome": outcome})
        ket = qutip.Qobj(ket, dims=[[2] * memory, [1]])
        expected.append(cell.step(x, ket, outcome).next_memory.full().ravel())
    results = javascript(
        """({cell, memory, x, outcome}) =>
          step(receivedCell(cell), received(memory), x, {outcome}).nextMemory""",
        cases,
    )
    assert furthest(zip(expected, map(got, results), strict=True)) < PARITY


def test_ties_go_to_the_lower_outcome(javascript):
    """Also where rounding would prefer the other, in one program or in both."""
    lists = [
        [0.25, 0.25, 0.25, 0.25],
        [0.1, 0.3, 0.3, 0.3],
        [0.5 - 1e-13, 0.5 + 1e-13],
        [0.5 - 1e-11, 0.5 + 1e-11],
        [0.0, 1.0],
    ]
    cell = made_cell()
    outcomes = javascript("(list) => outcomeOf('most_likely', list, 0)", lists)
    assert outcomes == [0, 1, 0, 1, 1]
    assert outcomes == [cell._outcome(np.array(chances), None) for chances in lists]

    # The weights of a run that meets ties: equal amplitudes in, and no turn at all.
    design = CellDesign(system_qubits=2, memory_qubits=1)
    weights = {name: np.zeros(shape) for name, shape in design.weight_shapes.items()}
    weights["input_bias"] = np.ones(4)
    cell = MeasuredCell(weights, design)
    (theirs,) = javascript(RUN, [{"cell": sent_cell(cell), "series": [0.3] * 4, "draws": []}])
    for one, other in zip(cell.run([0.3] * 4), theirs, strict=True):
        assert_step(one, other)


def test_draws_at_the_edges_of_an_outcome(javascript):
    cases = [([0.5, 0.5], 0.0), ([0.5, 0.5], 0.5), ([0, 1], 0.0), ([0.25] * 4, 1 - 2**-53)]
    outcomes = javascript("([list, draw]) => outcomeOf('sampled', list, draw)", cases)
    assert outcomes == [0, 1, 1, 3]


def test_an_impossible_outcome_leaves_an_empty_memory(javascript):
    """Python refuses it; a figure has to draw something, and does not offer the button."""
    (left,) = javascript("(psi) => collapsed(received(psi), 2, 1)", [sent([1, 0, 0, 0])])
    assert got(left).tolist() == [1, 0]
