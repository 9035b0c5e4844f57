"""Noise: its channels, the noisy cell, and the engine against it. See README.md."""

from dataclasses import astuple, replace

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import close, random_weights, seeds
from sklearn.base import clone

from qrnnlib import (
    CellDesign,
    Circuit,
    Gate,
    MeasuredCell,
    Noise,
    QuantumLSTM,
    QuantumRNN,
    canonical_layers,
    memory_distance,
    memory_information,
    negativity,
    von_neumann_entropy,
)
from qrnnlib.cell import engine, noisy_circuits
from qrnnlib.cell.design import COLLAPSES
from qrnnlib.learning import trainer

#: No two of its figures alike, so that one taken for another is noticed.
NOISE = Noise(0.03, 0.05, 0.07, 0.04, 0.3)
#: What engine and cell may differ by.
AGREED = 1e-10
STEP = 1e-5  # of central differences

rates = st.floats(0.0, 1.0)
noises = st.builds(Noise, rates, rates, rates, rates, rates)
unhurried = settings(deadline=None, max_examples=40)
few = settings(deadline=None, max_examples=6)

PAULIS = (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())


def superoperator(channels):
    """Return several channels, one after the other, in QuTiP's own words."""
    whole = qutip.to_super(qutip.qeye(2))
    for kraus in channels:
        whole = qutip.kraus_to_super(list(kraus)) * whole
    return whole


def bloch(rho):
    return np.array([qutip.expect(pauli, rho) for pauli in PAULIS])


def mixed(seed, qubits=1):
    return qutip.rand_dm([2] * qubits, seed=seed)


# One channel ----------------------------------------------------------------------------------


@given(noise=noises, gate_qubits=st.sampled_from([1, 2]))
@unhurried
def test_kraus_operators_are_complete(noise, gate_qubits):
    for kraus in (*noise.channels(gate_qubits), noise.readout_channel()):
        assert close(sum(k.dag() * k for k in kraus).full(), np.eye(2))


@given(noise=noises, seed=seeds)
@unhurried
def test_channels_are_those_of_the_table(noise, seed):
    """Depolarizing, dephasing, amplitude damping, in this order, on the Bloch vector."""
    p, q, g, e, factor = astuple(noise)
    rho = mixed(seed)
    x, y, z = bloch(rho)
    for gate_qubits, f in ((1, factor), (2, 1.0)):
        across = (1 - f * p) * (1 - 2 * f * q) * np.sqrt(1 - f * g)
        wanted = [across * x, across * y, (1 - f * g) * (1 - f * p) * z + f * g]
        got = superoperator(noise.channels(gate_qubits))(rho)
        assert close(bloch(got), wanted)
    got = qutip.kraus_to_super(list(noise.readout_channel()))(rho)
    assert close(bloch(got), [x, (1 - 2 * e) * y, (1 - 2 * e) * z])


def test_only_what_happens_has_operators():
    assert Noise().channels() == Noise(readout_error=0.5).channels(1) == ()
    assert NOISE.channels(1) != NOISE.channels(2)
    assert replace(NOISE, one_qubit_factor=0.0).channels(1) == ()


@given(p=rates, q=rates)
@unhurried
def test_depolarizing_twice(p, q):
    first, second, both = (Noise(depolarizing=r).channels() for r in (p, q, p + q - p * q))
    got = superoperator(first + second).full()
    assert close(got, superoperator(both).full())


@pytest.mark.parametrize(
    ("noise", "jump", "time"),
    [
        (Noise(amplitude_damping=0.3), qutip.projection(2, 0, 1), -np.log(0.7)),
        (Noise(dephasing=0.2), qutip.sigmaz(), -np.log(0.6) / 2),
    ],
    ids=["damping", "dephasing"],
)
def test_a_channel_is_time_in_a_master_equation(noise, jump, time):
    rho = mixed(3)
    options = {"atol": 1e-12, "rtol": 1e-12, "progress_bar": ""}
    wanted = qutip.mesolve(0 * rho, rho, [0, time], c_ops=[jump], options=options).states[-1]
    assert np.allclose(superoperator(noise.channels())(rho).full(), wanted.full(), atol=1e-9)


def test_confusion_is_the_readout_channel():
    noise = Noise(readout_error=0.1)
    rho = mixed(0, 3)
    read = noise.with_readout_error(rho, [0, 1])
    wanted = noise.confusion(2) @ rho.ptrace([0, 1]).diag()
    assert close(read.ptrace([0, 1]).diag(), wanted)
    assert close(read.ptrace(2).full(), rho.ptrace(2).full())
    assert noise.confusion(2)[1, 0] == pytest.approx(0.9 * 0.1)


# A circuit ------------------------------------------------------------------------------------

BELL = Circuit(2, (Gate("H", (0,)), Gate("CNOT", (0, 1))), (0,))
BOTH_ZERO = qutip.basis([2, 2], [0, 0])


def test_noise_follows_each_gate_on_its_own_qubits():
    """Against superoperators of all pairs of Kraus operators at once."""
    circuit = canonical_layers(1, 1, 1)
    angles = np.random.default_rng(0).uniform(-3, 3, circuit.shape)
    alone, paired = (qutip.to_kraus(superoperator(NOISE.channels(qubits))) for qubits in (1, 2))
    nothing = [qutip.qeye(2)]
    behind = {(0,): (alone, nothing), (1,): (nothing, alone), (0, 1): (paired, paired)}
    rho = mixed(1, 2)
    wanted = rho
    for gate, operator in zip(circuit.gates, circuit.gate_operators(angles), strict=True):
        left, right = behind[gate.qubits]
        kraus = [qutip.tensor(a, b) for a in left for b in right]
        wanted = qutip.kraus_to_super(kraus)(operator * wanted * operator.dag())
    assert close(NOISE.apply(circuit, angles, rho).full(), wanted.full())


@pytest.mark.parametrize("p", [0.0, 0.1, 0.42, 0.425, 1.0])
def test_depolarized_bell_pair_is_a_werner_state(p):
    rho = Noise(depolarizing=p, one_qubit_factor=0.0).apply(BELL, [], BOTH_ZERO)
    w = (1 - p) ** 2
    assert negativity(rho) == pytest.approx(max(0.0, (3 * w - 1) / 4), abs=1e-12)
    assert (negativity(rho) > 1e-12) == (p < 1 - 1 / np.sqrt(3))
    spectrum = np.array([(1 + 3 * w) / 4] + [(1 - w) / 4] * 3)
    spectrum = spectrum[spectrum > 1e-12]
    entropy = -(spectrum * np.log2(spectrum)).sum()
    assert von_neumann_entropy(rho) == pytest.approx(entropy, abs=1e-10)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_dephased_and_damped_bell_pairs(rate):
    dephased = Noise(dephasing=rate, one_qubit_factor=0.0).apply(BELL, [], BOTH_ZERO)
    assert negativity(dephased) == pytest.approx((1 - 2 * rate) ** 2 / 2, abs=1e-12)
    damped = Noise(amplitude_damping=rate, one_qubit_factor=0.0).apply(BELL, [], BOTH_ZERO)
    assert negativity(damped) == pytest.approx((1 - rate) ** 2 / 2, abs=1e-12)


# The cell -------------------------------------------------------------------------------------

SERIES = [0.3, -0.8, 0.5]


def cell(design, noise=None, seed=0):
    return MeasuredCell(random_weights(design, seed), replace(design, noise=noise), random_state=0)


@pytest.mark.parametrize("collapse", COLLAPSES)
@pytest.mark.parametrize("ansatz", ["ring", "canonical"])
def test_noise_of_rate_zero_is_none(collapse, ansatz):
    design = CellDesign(2, 1, 1, collapse=collapse, ansatz=ansatz, disentangler="inverse")
    for ideal, noisy in zip(
        cell(design).run(SERIES), cell(design, Noise()).run(SERIES), strict=True
    ):
        assert noisy.outcome == ideal.outcome
        assert close(noisy.output, ideal.output)
        assert close(noisy.probabilities, ideal.probabilities)
        for name in ("entangled", "disentangled", "measured", "next_memory"):
            got, wanted = getattr(noisy, name), getattr(ideal, name)
            assert got.isoper
            wanted = wanted.proj() if wanted.isket else wanted
            assert got.dims == wanted.dims
            assert close(got.full(), wanted.full())


@pytest.mark.parametrize("encoding", ["amplitude", "angle"])
def test_depolarized_to_the_end_nothing_is_read(encoding):
    design = CellDesign(2, 2, 1, encoding=encoding)
    for step in cell(design, Noise(depolarizing=1.0)).run([0.3, -0.8]):
        assert step.output == pytest.approx(0.0, abs=1e-12)
        assert close(step.probabilities, 0.25)
        assert close(step.next_memory.full(), np.eye(4) / 4)


def test_damped_to_the_end_all_is_zero():
    for step in cell(CellDesign(2, 2, 1), Noise(amplitude_damping=1.0)).run([0.3, -0.8]):
        assert step.output == pytest.approx(1.0, abs=1e-12)
        assert close(step.next_memory.diag(), [1, 0, 0, 0])


def test_dephasing_spares_a_circuit_of_permutations():
    """Without angles the ring is CNOTs alone: what is read depends on populations alone."""
    design = CellDesign(2, 2, 2, collapse="channel")
    weights = {
        name: array if name.startswith("input") else 0 * array
        for name, array in random_weights(design, 0).items()
    }
    ideal = MeasuredCell(weights, design).run(SERIES)
    noisy = MeasuredCell(weights, replace(design, noise=Noise(dephasing=0.3))).run(SERIES)
    for a, b in zip(ideal, noisy, strict=True):
        assert close(a.probabilities, b.probabilities)
        assert close(a.next_memory.diag(), b.next_memory.diag())
    assert not close(ideal[0].next_memory.full(), noisy[0].next_memory.full())


def test_readout_error_shrinks_the_output_and_leaves_the_channel():
    design = CellDesign(2, 2, 1, collapse="channel")
    e = 0.125
    ideal, noisy = cell(design).run(SERIES), cell(design, Noise(readout_error=e)).run(SERIES)
    for a, b in zip(ideal, noisy, strict=True):
        assert b.output == pytest.approx((1 - 2 * e) * a.output, abs=1e-12)
        assert close(b.probabilities, Noise(readout_error=e).confusion(2) @ a.probabilities)
        assert close(b.next_memory.full(), a.next_memory.full())


def test_the_memory_kept_is_that_of_the_reported_outcome():
    design = CellDesign(2, 1, 1)
    noise = Noise(readout_error=0.2)
    truly = [cell(design).step(0.4, outcome=t) for t in range(4)]
    likely = truly[0].probabilities
    for reported in range(4):
        got = cell(design, noise).step(0.4, outcome=reported)
        joint = noise.confusion(2)[reported] * likely
        wanted = sum(j * t.next_memory.proj() for j, t in zip(joint, truly, strict=True))
        assert got.probabilities[reported] == pytest.approx(joint.sum(), abs=1e-12)
        assert close(got.next_memory.full(), wanted.full() / joint.sum())


def test_the_outcomes_average_to_the_channel():
    design = CellDesign(2, 1, 1, collapse="sampled", ansatz="canonical")
    steps = [cell(design, NOISE).step(0.4, outcome=r) for r in range(4)]
    mean = sum(s.probabilities[r] * s.next_memory for r, s in enumerate(steps))
    average = cell(replace(design, collapse="channel"), NOISE).step(0.4)
    assert close(mean.full(), average.next_memory.full())


# The engine is the cell -----------------------------------------------------------------------


def assert_engine_is_the_cell(design, seed, steps=3):
    rng = np.random.default_rng(seed)
    X, draws = rng.normal(size=(2, steps)), rng.random((2, steps))
    weights = random_weights(design, seed)
    got = engine.run(design, weights, X, draws)
    sampled = design.collapse == "sampled"
    for row in range(len(X)):
        records = MeasuredCell(weights, design).run(X[row], got.outcomes[row] if sampled else None)
        kept = [-1 if record.outcome is None else record.outcome for record in records]
        assert list(got.outcomes[row]) == kept
        for wanted, name in (
            ([record.output for record in records], "outputs"),
            ([record.probabilities for record in records], "probabilities"),
            ([record.next_memory.full() for record in records], "memories"),
        ):
            assert np.allclose(getattr(got, name)[row], wanted, rtol=0, atol=AGREED), name
    if sampled:
        below = got.probabilities.cumsum(axis=-1) <= draws[..., None]
        assert (got.outcomes == below.sum(axis=-1)).all()


#: Every rule with every encoding and ansatz somewhere, and every disentangler.
DESIGNS = [
    CellDesign(2, 2, 2, "amplitude", "most_likely", "own", "linear", "ring"),
    CellDesign(1, 2, 1, "angle", "most_likely", "inverse", "z", "canonical"),
    CellDesign(2, 1, 2, "amplitude", "sampled", None, "z", "canonical"),
    CellDesign(2, 1, 1, "angle", "sampled", "own", "linear", "ring"),
    CellDesign(1, 1, 2, "amplitude", "diagonal", "inverse", "z", "ring"),
    CellDesign(3, 1, 1, "angle", "diagonal", "own", "linear", "canonical"),
    CellDesign(2, 2, 2, "amplitude", "channel", None, "linear", "canonical"),
    CellDesign(1, 3, 1, "angle", "channel", "inverse", "z", "ring"),
]


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: f"{d.collapse}-{d.encoding}-{d.ansatz}")
def test_engine_is_the_cell(design):
    assert_engine_is_the_cell(replace(design, noise=NOISE), seed=5)


@pytest.mark.parametrize("collapse", COLLAPSES)
@given(seed=seeds, noise=noises)
@few
def test_engine_is_the_cell_at_every_rate(collapse, seed, noise):
    """Compiled once for all rates, as they are data to the compiled code."""
    assert_engine_is_the_cell(CellDesign(1, 1, 2, collapse=collapse, noise=noise), seed)


SMALL = CellDesign(1, 1, 1, "amplitude", "sampled", "own", "linear", "canonical", NOISE)


def test_rates_share_compiled_code():
    weights, X = random_weights(SMALL, 0), np.zeros((2, 3))
    first = engine.run(SMALL, weights, X, X).outputs
    compiled = engine._run._cache_size()
    second = engine.run(replace(SMALL, noise=Noise(0.5)), weights, X, X).outputs
    assert engine._run._cache_size() == compiled
    assert not close(first, second)


@given(seed=seeds, noise=noises)
@unhurried
def test_memories_are_density_matrices(seed, noise):
    rng = np.random.default_rng(seed)
    X, draws = rng.normal(size=(3, 4)), rng.random((3, 4))
    got = engine.run(replace(SMALL, noise=noise), random_weights(SMALL, seed), X, draws)
    rho = got.memories
    assert close(np.trace(rho, axis1=-2, axis2=-1), 1)
    assert close(rho, rho.conj().swapaxes(-2, -1))
    assert np.linalg.eigvalsh(rho).min() > -1e-12
    assert close(got.probabilities.sum(axis=-1), 1)
    assert got.probabilities.min() > -1e-12


def test_large_registers(monkeypatch):
    """Gate by gate, as where a step is too large for one matrix.

    Code is compiled once for a design: no other test has this one.
    """
    monkeypatch.setattr(noisy_circuits, "LARGEST_OBSERVED", 0)
    design = CellDesign(2, 1, 1, "angle", "most_likely", None, "z", "canonical", NOISE)
    assert_engine_is_the_cell(design, seed=1)
    assert_gradient_is_the_central_difference(design)


# Gradients ------------------------------------------------------------------------------------


def assert_gradient_is_the_central_difference(design):
    """As in test_engine.py, and of `Forward`, to which the rates are constants."""
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(4, 3)), rng.uniform(-1, 1, 4)
    draws = np.random.default_rng(8).random(X.shape)
    weights = design.initial_weights(rng)
    loss, gradient = trainer.loss_and_gradient(
        engine.Forward(design), weights, X, y, np.random.default_rng(8)
    )
    here = engine.run(design, weights, X, draws)
    assert loss == pytest.approx(np.mean((here.outputs[:, -1] - y) ** 2), abs=1e-12)
    checked = total = 0
    for name, array in weights.items():
        for index in np.ndindex(array.shape):
            losses = []
            for shift in (STEP, -STEP):
                moved = {**weights, name: array.copy()}
                moved[name][index] += shift
                there = engine.run(design, moved, X, draws)
                if (there.outcomes == here.outcomes).all():
                    losses.append(np.mean((there.outputs[:, -1] - y) ** 2))
            total += 1
            if len(losses) == 2:
                slope = (losses[0] - losses[1]) / (2 * STEP)
                assert abs(gradient[name][index] - slope) < 1e-6 * max(1, abs(slope))
                checked += 1
    assert checked >= 0.9 * total
    assert max(np.abs(g).max() for g in gradient.values()) > 0.01  # not a comparison of zeros


@pytest.mark.parametrize(
    "design",
    [
        CellDesign(2, 1, 1, "amplitude", "most_likely", "own", "z"),
        CellDesign(1, 1, 1, "angle", "sampled", "inverse", "linear", "canonical"),
        CellDesign(1, 2, 1, "amplitude", "diagonal", None, "z", "canonical"),
        CellDesign(1, 1, 1, "amplitude", "channel", "own", "linear", "canonical"),
    ],
    ids=lambda d: d.collapse,
)
def test_gradient_is_the_central_difference(design):
    assert_gradient_is_the_central_difference(replace(design, noise=NOISE))


# What is left of an old input -----------------------------------------------------------------

BIT = {"entangler": [[0, 0]], "input_weight": [-1, 1], "input_bias": [1, 0]}
CNOT = CellDesign(1, 1, 1, disentangler=None, collapse="channel")


@pytest.mark.parametrize(
    ("noise", "factor"),
    [
        (Noise(depolarizing=0.2), 0.8),
        (Noise(amplitude_damping=0.3), 0.7),
        (Noise(dephasing=0.4), 1.0),
        (Noise(readout_error=0.4), 1.0),
    ],
    ids=["depolarizing", "damping", "dephasing", "readout"],
)
def test_a_noisy_bit_fades_by_a_factor(noise, factor):
    noise = replace(noise, one_qubit_factor=0.0)
    copy = MeasuredCell(BIT, replace(CNOT, noise=noise))
    got = memory_distance(copy, [[0, 0.25, 0.25]], [0, 1])
    assert close(got, [[factor, 0.8 * factor**2, 0.64 * factor**3]])


def test_a_noisy_channel_only_loses():
    design = CellDesign(1, 1, 1, collapse="sampled", ansatz="canonical", noise=NOISE)
    contexts = np.random.default_rng(0).uniform(-2, 2, (3, 5))
    for seed in range(3):
        noisy = cell(design, NOISE, seed)
        for left in (memory_distance, memory_information):
            assert (np.diff(left(noisy, contexts, [-0.7, 0.7])) <= 1e-12).all()


def test_noise_may_write_what_would_have_been_taken_back():
    """A disentangler undoes its entangler and takes all back; after a noisy one it cannot."""
    design = CellDesign(1, 1, 1, disentangler="inverse", collapse="channel", ansatz="canonical")
    weights = random_weights(design, 1)
    weights["disentangler"] = weights["entangler"]
    distance = [
        memory_distance(MeasuredCell(weights, replace(design, noise=n)), [[0.0, 0.0]], [-0.7, 0.7])
        for n in (None, Noise(depolarizing=0.1))
    ]
    assert close(distance[0], 0)
    assert distance[1][0, 0] > 0.01


# The estimators -------------------------------------------------------------------------------


def test_estimators_learn_and_forecast_under_noise():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (20, 3))
    settings = {"init": "uniform", "epochs": 20, "lbfgs_steps": 0, "restarts": 1}
    model = QuantumLSTM(
        system_qubits=1, memory_qubits=1, noise=NOISE, random_state=0, progress=False, **settings
    )
    model.fit(X, X[:, -1])
    assert model.history_.loss[-1, 0] < model.history_.loss[0, 0]
    assert model.design().noise == clone(model).noise == NOISE
    assert close(model.predict(X[:1]), model.record(X[0])[-1].output)
    quiet = QuantumLSTM.from_weights(model.weights_, **{**model.get_params(), "noise": None})
    forecast = quiet.predict(X)
    assert close(forecast[0], quiet.record(X[0])[-1].output)
    assert not close(model.predict(X), forecast)
    assert close(model.unitary().full(), quiet.unitary().full())
    assert close(model.set_params(noise=None).predict(X), forecast)


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", Noise.__dataclass_fields__)
def test_rates_are_probabilities(name):
    for value, error in ((-0.1, ValueError), (1.1, ValueError), (np.nan, ValueError)):
        with pytest.raises(error, match=rf"^{name} must "):
            Noise(**{name: value})
    with pytest.raises(TypeError, match=rf"^{name} must "):
        Noise(**{name: "0.1"})


def test_errors_name_the_argument():
    with pytest.raises(TypeError, match=r"^noise must be a Noise or None, got float"):
        CellDesign(noise=0.1)
    with pytest.raises(TypeError, match=r"^noise must "):
        QuantumRNN(noise=0.1).design()
    with pytest.raises(ValueError, match=r"^gate_qubits must be 1 or 2, got 3"):
        NOISE.channels(3)
    with pytest.raises(ValueError, match=r"^state must have dims \[2, 2\], got \[2\]"):
        NOISE.apply(BELL, [], qutip.basis(2))
    with pytest.raises(ValueError, match=r"^memory must have dims"):
        cell(CellDesign(1, 2, 1), NOISE).step(0.1, qutip.basis(2).proj())


def test_old_names_of_methods_warn():
    rho = mixed(1, 2)
    with pytest.warns(FutureWarning, match=r"^Noise\.run is now Noise\.apply$"):
        assert NOISE.run(BELL, [], rho) == NOISE.apply(BELL, [], rho)
    with pytest.warns(FutureWarning, match=r"^Noise\.as_read is now Noise\.with_readout_error$"):
        assert NOISE.as_read(rho, [1]) == NOISE.with_readout_error(rho, [1])
