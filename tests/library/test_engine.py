"""The JAX engine against the QuTiP cell, and its gradients against central differences."""

from itertools import combinations, product

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import EXACT, close, random_weights, seeds

from qrnnlib import CellDesign, Circuit, Gate, MeasuredCell, canonical_layers, ring_layers
from qrnnlib.cell import circuits, engine
from qrnnlib.cell.design import COLLAPSES, DISENTANGLERS, ENCODINGS, READOUTS
from qrnnlib.learning import trainer
from qrnnlib.physics.gate_set import FIXED_GATES, ROTATIONS

STEP = 1e-5  # of central differences

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None, max_examples=60)

# Unitaries ------------------------------------------------------------------------------------


def every_gate(qubits=4):
    """Return a circuit with every gate there is, both signs, neighbours and far apart, and its
    parameters in no order."""
    rng = np.random.default_rng(0)
    gates, parameters = [], [(i, j) for i in range(4) for j in range(3)]
    for name, sign in product([*ROTATIONS, *FIXED_GATES], [1, -1]):
        rotation = name in ROTATIONS
        wanted = len(ROTATIONS[name]) if rotation else (1 if name in "XH" else 2)
        on = tuple(int(q) for q in rng.permutation(qubits)[:wanted])
        parameter = parameters.pop() if rotation else None
        gates.append(Gate(name, on, parameter, sign if rotation else 1))
    return Circuit(qubits, tuple(gates[i] for i in rng.permutation(len(gates))), (4, 3))


#: Neighbours of which some commute and some do not.
COUPLINGS = ["RXX", "RXX", "RZZ", "RZZ", "RYY", "RXX", "RYY", "RYY", "RZZ"]


@pytest.mark.parametrize(
    "circuit",
    [
        every_gate(),
        every_gate().adjoint(),
        Circuit(2, (Gate("SWAP", (1, 0)), Gate("H", (1,))), (0,)),
        Circuit(3, (), (2,)),
        ring_layers(1, 2),
        ring_layers(2, 2) + ring_layers(2, 1, reverse_layers=True),
        canonical_layers(1, 1, 1),
        canonical_layers(2, 2, 2),
        canonical_layers(2, 2, 2).adjoint(),
        canonical_layers(3, 2, 3, reverse_layers=True),
        canonical_layers(1, 3, 2),
        Circuit(
            3, tuple(Gate(n, (i % 3, (i + 1) % 3), (i,)) for i, n in enumerate(COUPLINGS)), (9,)
        ),
    ],
    ids=[
        "every gate",
        "its adjoint",
        "fixed alone",
        "empty",
        "one qubit",
        "sum",
        "canonical 1+1",
        "canonical 2+2",
        "canonical 2+2 undone",
        "canonical 3+2",
        "canonical 1+3",
        "couplings alone",
    ],
)
def test_unitary_is_the_circuits(circuit):
    params = np.random.default_rng(1).uniform(-7, 7, circuit.shape)
    with engine.double_precision():
        matrix = np.asarray(jax.jit(lambda p: circuits.unitary(circuit, p))(params))
        states = np.random.default_rng(2).normal(size=(2**circuit.qubits, 3))
        moved = np.asarray(jax.jit(lambda p, x: circuits.apply(circuit, p, x))(params, states))
    assert close(matrix, circuit.to_qobj(params).full())
    assert close(moved, circuit.to_qobj(params).full() @ states)


def test_unitary_is_differentiable_in_every_gate():
    """The slope of |<bra|U|ket>|^2 against central differences of the QuTiP matrix."""
    circuit = every_gate()
    params = np.random.default_rng(2).uniform(-7, 7, circuit.shape)
    ket, bra = np.random.default_rng(3).normal(size=(2, 16)) / 2

    @jax.jit
    @jax.jacobian
    def slopes(p):
        by_matrix = bra @ circuits.unitary(circuit, p) @ ket
        by_gates = bra @ circuits.apply(circuit, p, ket[:, None])[:, 0]
        overlaps = jax.numpy.stack([by_matrix, by_gates])
        return (overlaps * overlaps.conj()).real

    def height(p):
        return abs(bra @ circuit.to_qobj(p).full() @ ket) ** 2

    with engine.double_precision():
        got = np.asarray(slopes(params))
    for index in np.ndindex(params.shape):
        shift = np.zeros(params.shape)
        shift[index] = STEP
        wanted = (height(params + shift) - height(params - shift)) / (2 * STEP)
        assert got[(0, *index)] == pytest.approx(wanted, abs=1e-8)
        assert got[(1, *index)] == pytest.approx(wanted, abs=1e-8)
    assert (abs(got) > 1e-3).all()


@pytest.mark.parametrize(
    ("name", "kind"), [("RY", "f"), ("CNOT", "f"), ("RX", "c"), ("RZZ", "c"), ("RYY", "c")]
)
def test_real_where_the_gate_is_real(name, kind):
    parameter = (0,) if name in ROTATIONS else None
    circuit = Circuit(
        2, (Gate(name, tuple(range(1 if parameter and len(name) == 2 else 2)), parameter),), (1,)
    )
    with engine.double_precision():
        assert circuits.unitary(circuit, np.array([0.3])).dtype.kind == kind


# The engine is the cell -----------------------------------------------------------------------

OPTIONS = (ENCODINGS, COLLAPSES, (*DISENTANGLERS, None), READOUTS)
SIZES = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 3))

#: Twelve rows of options in which every pair of values of two options occurs: collapse and
#: disentangler in full, the two options of two values by parities that differ. 3+3 is the slowest
#: and gets two rows; the other sizes get two rows each too.
COVERING = [
    CellDesign(
        *SIZES[number % 6],
        layers=1 + number % 2,
        encoding=ENCODINGS[(c + d) % 2],
        collapse=collapse,
        disentangler=disentangler,
        readout=READOUTS[(c // 2 + d) % 2],
    )
    for number, ((c, collapse), (d, disentangler)) in enumerate(
        product(enumerate(COLLAPSES), enumerate(OPTIONS[2]))
    )
]


def options_of(design):
    return (design.encoding, design.collapse, design.disentangler, design.readout)


#: Every encoding with every collapse, on layers whose coupling is their parameter.
CANONICAL = [
    CellDesign(
        *SIZES[number % 5],
        layers=1 + number % 2,
        encoding=encoding,
        collapse=collapse,
        disentangler=OPTIONS[2][number % 3],
        readout=READOUTS[number % 2],
        ansatz="canonical",
    )
    for number, (collapse, encoding) in enumerate(product(COLLAPSES, ENCODINGS))
]


def test_covering_sample_has_every_pair():
    for i, j in combinations(range(4), 2):
        seen = {(options_of(design)[i], options_of(design)[j]) for design in COVERING}
        assert seen == set(product(OPTIONS[i], OPTIONS[j]))
    seen = {(d.system_qubits, d.memory_qubits) for d in COVERING}
    assert seen == set(SIZES)


@pytest.mark.parametrize(
    "design", [*COVERING, *CANONICAL], ids=lambda d: "-".join(map(str, vars(d).values()))
)
def test_engine_is_the_cell(design):
    rng = np.random.default_rng(5)
    X, draws = rng.normal(size=(3, 4)), rng.random((3, 4))
    sampled = design.collapse == "sampled"
    # Ring layers are real; couplings and angle encoding are not.
    real = design.encoding == "amplitude" and design.ansatz == "ring"
    for seed in range(3):
        weights = random_weights(design, seed)
        got = engine.run(design, weights, X, draws)
        assert all(isinstance(array, np.ndarray) for array in got)
        assert got.outputs.dtype == got.probabilities.dtype == np.float64
        assert got.memories.dtype == (np.float64 if real else np.complex128)
        cell = MeasuredCell(weights, design)
        for row in range(len(X)):
            records = cell.run(X[row], got.outcomes[row] if sampled else None)
            assert close(got.outputs[row], [record.output for record in records])
            assert close(got.probabilities[row], [record.probabilities for record in records])
            for memory, record in zip(got.memories[row], records, strict=True):
                assert close(memory, record.next_memory.full().squeeze())
            kept = [-1 if record.outcome is None else record.outcome for record in records]
            assert list(got.outcomes[row]) == kept
        if sampled:
            # The outcome is the first whose cumulated probability exceeds the draw.
            below = got.probabilities.cumsum(axis=-1) <= draws[..., None]
            assert (got.outcomes == below.sum(axis=-1)).all()


def test_forward_is_the_last_output_of_each_window():
    design = CellDesign(1, 2, 2)
    weights = random_weights(design, 0)
    X = np.random.default_rng(0).normal(size=(3, 4))
    got = trainer.predict(engine.Forward(design), weights, X)
    assert close(got, engine.run(design, weights, X, np.zeros_like(X)).outputs[:, -1])
    assert engine.Forward(design) == engine.Forward(CellDesign(1, 2, 2))
    assert hash(engine.Forward(design)) == hash(engine.Forward(CellDesign(1, 2, 2)))


def test_a_tie_goes_to_the_lower_outcome():
    """A Bell pair whose second half weighs more by a rounding error, or by more than that."""
    design = CellDesign(1, 1, 1, disentangler=None)
    for tilt, outcome in [(0, 0), (1e-14, 0), (1e-6, 1)]:
        weights = {
            "entangler": np.zeros((1, 2)),
            "input_weight": [0, 0],
            "input_bias": [1, 1 + tilt],
        }
        got = engine.run(design, weights, np.zeros((1, 1)), np.zeros((1, 1)))
        assert got.outcomes.item() == MeasuredCell(weights, design).step(0.0).outcome == outcome


# What holds for all weights -------------------------------------------------------------------

FIXED_SHAPE = CellDesign(2, 2, 2, collapse="sampled", readout="linear")
FIXED_SHAPE_CHANNEL = CellDesign(2, 1, 1, encoding="angle", collapse="channel")


@given(seed=seeds, scale=st.sampled_from([1e-6, 1.0, 1e6]))
@unhurried
def test_memories_are_normalised_and_probabilities_sum_to_one(seed, scale):
    rng = np.random.default_rng(seed)
    X, draws = scale * rng.normal(size=(3, 4)), rng.random((3, 4))
    weights = {name: scale * a for name, a in random_weights(FIXED_SHAPE, seed).items()}
    got = engine.run(FIXED_SHAPE, weights, X, draws)
    assert close((abs(got.memories) ** 2).sum(axis=-1), 1)
    assert close(got.probabilities.sum(axis=-1), 1)
    assert got.probabilities.min() >= 0
    assert np.isin(got.outcomes, range(4)).all()
    chosen = np.take_along_axis(got.probabilities, got.outcomes[..., None], axis=-1)
    assert chosen.min() > 0  # what cannot happen is never drawn


@given(seed=seeds, scale=st.sampled_from([1e-6, 1.0, 1e6]))
@unhurried
def test_channel_keeps_a_density_matrix(seed, scale):
    X = scale * np.random.default_rng(seed).normal(size=(3, 4))
    weights = random_weights(FIXED_SHAPE_CHANNEL, seed)
    got = engine.run(FIXED_SHAPE_CHANNEL, weights, X, np.zeros_like(X))
    rho = got.memories
    assert close(np.trace(rho, axis1=-2, axis2=-1), 1)
    assert close(rho, rho.conj().swapaxes(-2, -1))
    assert np.linalg.eigvalsh(rho).min() > -EXACT
    assert close(got.probabilities.sum(axis=-1), 1)


@given(seed=seeds)
@unhurried
def test_unitaries_are_unitary(seed):
    matrix = joint(random_weights(FIXED_SHAPE, seed))
    assert matrix.dtype == np.float64
    assert close(matrix @ matrix.T, np.eye(16))


@jax.jit
def _joint(weights):
    return engine.joint_unitary(FIXED_SHAPE, weights)


def joint(weights):
    with engine.double_precision():
        return np.asarray(_joint(weights))


# Gradients ------------------------------------------------------------------------------------

GRADIENT_DESIGNS = [
    CellDesign(2, 1, 2, "amplitude", "most_likely", "own", "z"),
    CellDesign(2, 2, 1, "angle", "most_likely", "own", "linear"),
    CellDesign(2, 1, 2, "amplitude", "sampled", "inverse", "linear"),
    CellDesign(2, 1, 2, "amplitude", "diagonal", "own", "z"),
    CellDesign(1, 2, 1, "angle", "diagonal", None, "linear"),
    CellDesign(2, 1, 2, "amplitude", "channel", "own", "z"),
    CellDesign(2, 1, 1, "amplitude", "most_likely", "own", "z", "canonical"),
    CellDesign(1, 2, 2, "angle", "sampled", "inverse", "z", "canonical"),
    CellDesign(1, 1, 2, "amplitude", "channel", None, "linear", "canonical"),
    # Too large for one matrix: gate by gate, and the channel without a transfer matrix.
    CellDesign(3, 3, 1, "amplitude", "most_likely", "own", "z"),
    CellDesign(3, 3, 1, "amplitude", "channel", None, "z", "canonical"),
]


@pytest.mark.parametrize(
    "design",
    GRADIENT_DESIGNS,
    ids=lambda d: f"{d.qubits}-{d.encoding}-{d.collapse}-{d.disentangler}-{d.ansatz}",
)
def test_gradient_is_the_central_difference(design):
    """All coordinates at once: the engine is run on both sides of every one of them.

    Where an outcome differs between the two sides an edge lies between them, and there is no
    derivative to compare with. See README.md for the tolerance.
    """
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(5, 3)), rng.uniform(-1, 1, 5)
    weights = design.initial_weights(rng)

    def given_draws():
        return np.random.default_rng(8)

    loss, gradient = trainer.loss_and_gradient(engine.Forward(design), weights, X, y, given_draws())
    draws = given_draws().random(X.shape)
    here = engine.run(design, weights, X, draws)
    assert loss == pytest.approx(np.mean((here.outputs[:, -1] - y) ** 2), abs=EXACT)
    assert {k: g.shape for k, g in gradient.items()} == design.weight_shapes
    checked = total = 0
    for name, array in weights.items():
        for index in np.ndindex(array.shape):
            losses = []
            for shift in (STEP, -STEP):
                moved = {**weights, name: array.copy()}
                moved[name][index] += shift
                there = engine.run(design, moved, X, draws)
                if (there.outcomes != here.outcomes).any():
                    break
                losses.append(np.mean((there.outputs[:, -1] - y) ** 2))
            total += 1
            if len(losses) == 2:
                slope = (losses[0] - losses[1]) / (2 * STEP)
                assert abs(gradient[name][index] - slope) < 1e-6 * max(1, abs(slope))
                checked += 1
    assert checked >= 0.9 * total
    assert max(np.abs(g).max() for g in gradient.values()) > 0.05  # not a comparison of zeros


@pytest.mark.parametrize("collapse", COLLAPSES)
def test_zero_vector_has_a_value_and_a_gradient(collapse):
    """At w x + b = 0 the state is the first basis state; the gradient is that of a constant."""
    design = CellDesign(2, 1, 1, collapse=collapse)
    weights = random_weights(design, 0)
    weights["input_bias"] = -0.5 * weights["input_weight"]
    X = np.array([[0.5, 0.5, 0.5], [0.5, 0.1, 0.3]])
    loss, gradient = trainer.loss_and_gradient(
        engine.Forward(design), weights, X, np.zeros(2), np.random.default_rng(0)
    )
    assert np.isfinite(loss)
    assert all(np.isfinite(g).all() for g in gradient.values())
    cell = MeasuredCell(weights, design)
    got = engine.run(design, weights, X, np.zeros_like(X))
    records = cell.run(X[0], got.outcomes[0] if collapse == "sampled" else None)
    assert close(got.outputs[0], [record.output for record in records])


# JAX is left as it was ------------------------------------------------------------------------


def test_precision_of_jax_is_left_alone():
    """Off, as JAX comes, or on, as some users have it."""
    design = CellDesign(1, 2, 2)
    weights, X = random_weights(design, 0), np.ones((3, 4))

    def use():
        engine.run(design, weights, X, X / 2)
        return trainer.predict(engine.Forward(design), weights, X).dtype

    assert jax.config.jax_enable_x64 is False  # nothing else that runs here changed it either
    assert use() == np.float64
    assert jax.config.jax_enable_x64 is False
    assert jax.numpy.ones(1).dtype == np.float32
    with jax.enable_x64(True):
        assert use() == np.float64
        assert jax.config.jax_enable_x64 is True
        assert jax.numpy.ones(1).dtype == np.float64


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "draws", "error", "argument"),
    [
        ([0.1, 0.2], [0.1, 0.2], ValueError, "X"),
        ([[0.1, np.nan]], [[0, 0]], ValueError, "X"),
        ([["a"]], [[0]], TypeError, "X"),
        ([[0.1, 0.2]], [[0.1]], ValueError, "draws"),
        ([[0.1]], [[np.inf]], ValueError, "draws"),
    ],
)
def test_errors_name_the_argument(X, draws, error, argument):
    design = CellDesign(1, 1, 1)
    with pytest.raises(error, match=rf"^{argument} must "):
        engine.run(design, random_weights(design, 0), X, draws)


def test_weights_that_do_not_fit():
    design = CellDesign(1, 1, 1)
    wrong = random_weights(CellDesign(1, 1, 2), 0)
    with pytest.raises(ValueError, match=r"weights\['entangler'\] must have shape \(1, 2\)"):
        engine.run(design, wrong, [[0.1]], [[0.1]])
