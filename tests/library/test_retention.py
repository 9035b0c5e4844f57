"""Retention: closed forms, the QuTiP cell, and what no channel can do. See README.md."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from random_cells import EXACT, close, random_weights, seeds
from scipy.special import entr
from sklearn.exceptions import NotFittedError

from qrnnlib import (
    CellDesign,
    MeasuredCell,
    QuantumLSTM,
    QuantumRNN,
    average_entangling_power,
    average_retention,
    gate_typicality,
    holevo_information,
    memory_distance,
    memory_information,
    ring_layers,
    von_neumann_entropy,
)
from qrnnlib.cell.design import COLLAPSES, ENCODINGS

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None, max_examples=40)

#: Inputs 0 and 1 are the basis states of the system, and p(x) is the weight of the second.
BIT = {"input_weight": [-1, 1], "input_bias": [1, 0]}
CNOT = CellDesign(1, 1, 1, disentangler=None, collapse="channel")
COPY = MeasuredCell({"entangler": [[0, 0]], **BIT}, CNOT)

SMALL = CellDesign(1, 1, 1, collapse="channel")
PAPER = CellDesign(2, 2, 1, collapse="channel")


def h2(p):
    """Return the binary entropy in bits."""
    return (entr(p) + entr(1 - np.asarray(p))) / np.log(2)


def flips(x):
    """Return how likely the CNOT is to flip the memory when it reads `x`."""
    x = np.asarray(x, float)
    return x**2 / (x**2 + (1 - x) ** 2)


def cells(seed, design, **changes):
    design = replace(design, **changes)
    return MeasuredCell(random_weights(design, seed), design)


def some_windows(seed, count=3, steps=5):
    return np.random.default_rng(seed).uniform(-2, 2, (count, steps))


# Closed forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [[0, 1], [0.2, 0.7], [-0.5, 0.1, 0.6, 2.0]])
def test_cnot_by_hand(values):
    """The memory is a bit that each input flips with a probability of its own."""
    contexts = some_windows(0)
    later = np.cumprod(1 - 2 * flips(contexts[:, 1:]), axis=1)
    factor = np.concatenate([np.ones((3, 1)), later], axis=1)
    biases = factor[..., None] * (1 - 2 * flips(values))
    chi = h2((1 - biases.mean(axis=-1)) / 2) - h2((1 - biases) / 2).mean(axis=-1)
    assert close(memory_information(COPY, contexts, values), chi)
    pair = [values[0], values[-1]]
    apart = abs(factor) * abs(np.subtract(*flips(pair)))
    assert close(memory_distance(COPY, contexts, pair), apart)


def test_cnot_with_a_memory_in_use():
    """What was written before the position multiplies the bias as what comes after it does."""
    contexts = some_windows(1, steps=4)
    before = np.prod(1 - 2 * flips(contexts[:, :2]), axis=1)
    apart = np.abs(before) * abs(np.subtract(*flips([0.3, 0.9])))
    assert close(memory_distance(COPY, contexts, [0.3, 0.9], position=2)[:, 0], apart)


def test_most_likely_cnot_is_a_parity_that_never_fades():
    cell = MeasuredCell(COPY.weights, replace(CNOT, collapse="most_likely"))
    contexts = some_windows(2, steps=12)
    # Below 1/2 the memory is left alone, above it is flipped: one bit, which stays.
    assert close(memory_information(cell, contexts, [0.1, 0.8]), 1)
    assert close(memory_distance(cell, contexts, [0.1, 0.8]), 1)
    # Values that win on the same side are not told apart at all.
    assert close(memory_information(cell, contexts, [0.6, 0.9]), 0)
    assert close(memory_distance(cell, contexts, [0.6, 0.9]), 0)
    # Of four values one flips: the bit is 1 in a quarter of the cases.
    assert close(memory_information(cell, contexts, [0.1, 0.2, 0.3, 0.8]), h2(0.25))


#: RY(pi/2) and RY(-pi/2) on both sides of a CNOT exchange its control and its target.
QUARTER = np.pi / 2
SWAP_ANGLES = [[0, 0], [-QUARTER, QUARTER], [QUARTER, -QUARTER]]


@pytest.mark.parametrize("collapse", ["most_likely", "sampled", "channel"])
def test_swap_holds_the_last_input_and_nothing_before(collapse):
    design = CellDesign(1, 1, 3, disentangler=None, collapse=collapse)
    cell = MeasuredCell({"entangler": SWAP_ANGLES, **BIT}, design)
    swap = cell.unitary() * qutip.gates.swap()
    locals_ = swap.full().reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
    assert np.linalg.matrix_rank(locals_, tol=EXACT) == 1  # SWAP up to a gate on each side

    contexts, values = some_windows(3), [0.3, 0.9]
    a, b = (np.array([1 - x, x]) / np.hypot(1 - x, x) for x in values)
    overlap = abs(a @ b)
    chi = memory_information(cell, contexts, values)
    apart = memory_distance(cell, contexts, values)
    assert close(chi[:, 0], h2((1 + overlap) / 2))
    assert close(apart[:, 0], np.sqrt(1 - overlap**2))
    assert close(chi[:, 1:], 0)
    assert close(apart[:, 1:], 0)
    assert close(memory_information(cell, contexts, [0, 1])[:, 0], 1)


@pytest.mark.parametrize("collapse", COLLAPSES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_nothing_is_written_if_the_disentangler_undoes_the_entangler(collapse, encoding):
    design = CellDesign(2, 2, 2, encoding, collapse, disentangler="inverse")
    weights = random_weights(design, 0)
    weights["disentangler"] = weights["entangler"]
    cell = MeasuredCell(weights, design)
    assert close(memory_information(cell, some_windows(4), [-1, 0, 1]), 0)
    assert close(memory_distance(cell, some_windows(4), [-1, 1]), 0)


def test_holevo_of_two_kets():
    """Of two kets with overlap c the mean has the eigenvalues (1 +- c)/2."""
    for c in (0.0, 0.3, 0.99, 1.0):
        kets = [qutip.basis(2, 0), c * qutip.basis(2, 0) + np.sqrt(1 - c**2) * qutip.basis(2, 1)]
        assert holevo_information(kets) == pytest.approx(h2((1 + c) / 2), abs=EXACT)


def test_holevo_of_a_classical_label():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(4))
    orthogonal = [qutip.basis([2, 2], [i // 2, i % 2]).proj() for i in range(4)]
    assert holevo_information(orthogonal, p) == pytest.approx(-p @ np.log2(p), abs=EXACT)
    assert holevo_information(orthogonal[:1]) == 0
    assert holevo_information([orthogonal[2]] * 3) == 0


# The QuTiP cell -------------------------------------------------------------------------------


def qutip_memories(cell, window):
    """Return the memory after each step as density matrices, with `sampled` over all histories."""
    if cell.design.collapse != "sampled":
        return [
            qutip.ket2dm(m) if m.isket else m for m in (s.next_memory for s in cell.run(window))
        ]
    mixtures = [0] * len(window)
    for outcomes in product(range(cell.design.system_dim), repeat=len(window)):
        records = cell.run(window, outcomes)
        chances = np.cumprod([r.probabilities[r.outcome] for r in records])
        for t, record in enumerate(records):
            # Each history of t + 1 outcomes has been met once for each of its continuations.
            share = cell.design.system_dim ** (len(window) - t - 1)
            mixtures[t] += record.next_memory.proj() * chances[t] / share
    return mixtures


@pytest.mark.parametrize("collapse", COLLAPSES)
@pytest.mark.parametrize(
    "design", [CellDesign(1, 2, 2), CellDesign(1, 1, 1, "angle", disentangler="inverse")]
)
def test_same_as_the_qutip_cell(design, collapse):
    cell = cells(5, design, collapse=collapse)
    contexts, values, position = some_windows(6, 2, 4), [-0.7, 0.2, 1.5], 1
    lags = contexts.shape[1] - position
    rhos = []
    for context in contexts:
        rhos.append([])
        for x in values:
            window = context.copy()
            window[position] = x
            rhos[-1].append(qutip_memories(cell, window)[position:])

    def chi(states):
        mean = sum(states) / len(states)
        return von_neumann_entropy(mean) - np.mean([von_neumann_entropy(s) for s in states])

    known = [[chi([one[lag] for one in of]) for lag in range(lags)] for of in rhos]
    got = memory_information(cell, contexts, values, position=position)
    np.testing.assert_allclose(got, known, rtol=0, atol=1e-10)
    blurred = [
        chi([(rhos[0][x][lag] + rhos[1][x][lag]) / 2 for x in range(3)]) for lag in range(lags)
    ]
    got = memory_information(cell, contexts, values, position=position, contexts_known=False)
    np.testing.assert_allclose(got, [blurred], rtol=0, atol=1e-10)
    apart = [
        [abs((of[0][lag] - of[2][lag]).eigenenergies()).sum() / 2 for lag in range(lags)]
        for of in rhos
    ]
    got = memory_distance(cell, contexts, [values[0], values[2]], position=position)
    np.testing.assert_allclose(got, apart, rtol=0, atol=1e-10)


def test_holevo_information_is_what_memory_information_works_out():
    cell = cells(7, PAPER)
    window = some_windows(8, 1, 1)
    states = [cell.run([x])[-1].next_memory for x in (-1.0, 0.4, 0.9)]
    assert close(memory_information(cell, window, [-1.0, 0.4, 0.9]), holevo_information(states))


def test_sampled_is_the_channel():
    sampled, channel = (cells(9, PAPER, collapse=c) for c in ("sampled", "channel"))
    for function, values in [(memory_information, [-1, 0, 1]), (memory_distance, [-1, 1])]:
        args = some_windows(10), values
        assert np.array_equal(function(sampled, *args), function(channel, *args))


@pytest.mark.parametrize("Model", [QuantumRNN, QuantumLSTM])
def test_estimator_is_its_cell(Model):
    settings_ = {"system_qubits": 1, "memory_qubits": 1, "layers": 1, "collapse": "channel"}
    settings_ |= {"ansatz": "ring", "readout": "z"}
    design = Model(**settings_).design()
    weights = random_weights(design, 11)
    model, cell = Model.from_weights(weights, **settings_), MeasuredCell(weights, design)
    for function, values in [(memory_information, [-1, 0, 1]), (memory_distance, [-1, 1])]:
        args = some_windows(12), values
        assert np.array_equal(function(model, *args), function(cell, *args))


# What holds for all cells ---------------------------------------------------------------------


@given(seed=seeds, position=st.integers(0, 2), count=st.integers(2, 6))
@unhurried
def test_information_is_bounded_and_a_channel_never_adds_to_it(seed, position, count):
    cell = cells(seed, PAPER)
    contexts = some_windows(seed)
    values = np.random.default_rng(seed).uniform(-2, 2, count)
    chi = memory_information(cell, contexts, values, position=position)
    assert chi.shape == (3, 5 - position)
    assert chi.min() >= 0
    assert chi.max() <= min(np.log2(count), 2) + EXACT
    assert np.diff(chi, axis=1).max(initial=0.0) <= EXACT
    unknown = memory_information(cell, contexts, values, position=position, contexts_known=False)
    assert unknown.shape == (1, 5 - position)
    assert (unknown <= chi.mean(axis=0) + EXACT).all()
    shuffled = memory_information(cell, contexts, values[::-1], position=position)
    assert close(shuffled, chi)


@given(seed=seeds, position=st.integers(0, 2))
@unhurried
def test_distance_and_information_agree_on_two_values(seed, position):
    cell = cells(seed, SMALL, encoding=ENCODINGS[seed % 2])
    contexts = some_windows(seed)
    values = np.random.default_rng(seed).uniform(-2, 2, 2)
    apart = memory_distance(cell, contexts, values, position=position)
    chi = memory_information(cell, contexts, values, position=position)
    assert apart.min() >= 0
    assert apart.max() <= 1 + EXACT
    assert np.diff(apart, axis=1).max(initial=0.0) <= EXACT
    assert (chi <= apart + EXACT).all()
    assert (chi >= 1 - h2((1 - np.minimum(apart, 1)) / 2) - EXACT).all()


@given(seed=seeds)
@unhurried
def test_turning_every_memory_alike_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    states = [qutip.rand_dm(4, seed=rng) for _ in range(3)]
    turn = qutip.rand_unitary(4, seed=rng)
    p = rng.dirichlet(np.ones(3))
    turned = [turn * state * turn.dag() for state in states]
    assert close(holevo_information(turned, p), holevo_information(states, p))


@given(seed=seeds)
@unhurried
def test_most_likely_and_diagonal_keep_to_the_bounds(seed):
    for collapse in ("most_likely", "diagonal"):
        cell = cells(seed, PAPER, collapse=collapse)
        chi = memory_information(cell, some_windows(seed), [-1, -0.3, 0.4, 1])
        apart = memory_distance(cell, some_windows(seed), [-1, 1])
        assert chi.min() >= 0
        assert chi.max() <= 2 + EXACT
        assert apart.min() >= 0
        assert apart.max() <= 1 + EXACT


@pytest.mark.parametrize("collapse", ["most_likely", "diagonal"])
def test_rules_that_are_no_channels_may_add(collapse):
    grown = [
        np.diff(
            memory_information(cells(seed, PAPER, collapse=collapse), some_windows(seed), [0, 1])
        )
        for seed in range(10)
    ]
    assert np.max(grown) > 0.05


def test_unknown_contexts_may_add_too():
    """An input before the position blurs the memory, and one after it can sharpen it again.

    Of two contexts the second flips the bit both before and after the value is written.
    """
    chi = memory_information(COPY, [[0, 0, 0], [1, 0, 1]], [0, 1], position=1, contexts_known=False)
    assert close(chi, [[0, 1]])


@given(x=st.floats(-3, 3))
@unhurried
def test_equal_values_tell_nothing(x):
    assert close(memory_information(cells(1, SMALL), some_windows(1), [x, x]), 0)
    assert close(memory_distance(cells(1, SMALL), some_windows(1), [x, x]), 0)


def test_the_value_of_the_context_at_the_position_is_not_read():
    cell, contexts = cells(2, SMALL), some_windows(2)
    others = contexts.copy()
    others[:, 1] += 1
    first, second = (
        memory_information(cell, windows, [0, 1], position=1) for windows in (contexts, others)
    )
    assert np.array_equal(first, second)


# Written and kept -----------------------------------------------------------------------------


def bases(dim):
    """Return mutually unbiased bases of a qubit or a qutrit: over their kets, the mean of any
    polynomial of degree (2, 2) is the mean over all kets."""
    if dim == 2:
        return np.array([[1, 0], [0, 1], *([np.sqrt(0.5), 1j**k * np.sqrt(0.5)] for k in range(4))])
    j, w = np.arange(3), np.exp(2j * np.pi / 3)
    turned = [w ** (k * j + t * j**2) / np.sqrt(3) for t in range(3) for k in range(3)]
    return np.array([*np.eye(3), *turned])


def spread(rhos, axis):
    """Return the mean of the squared distance of two independent entries along an axis."""
    return 2 * np.mean(np.sum(abs(rhos - rhos.mean(axis=axis, keepdims=True)) ** 2, axis=(-2, -1)))


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 2), (3, 3)])
def test_written_and_kept_are_the_means_they_claim_to_be(dims):
    a, b = dims
    for seed in range(3):
        unitary = qutip.rand_unitary([a, b], seed=seed)
        inputs, memories = bases(a), bases(b)
        tensor = unitary.full().reshape(a, b, a, b)
        joint = np.einsum("smtn,xt,yn->xysm", tensor, inputs, memories)
        after = np.einsum("xysm,xysn->xymn", joint, joint.conj())
        got = average_retention(unitary)
        # Two random kets are sqrt(2 (1 - 1/d)) apart in the mean square.
        assert got.written == pytest.approx(spread(after, 0) / (2 - 2 / a), abs=EXACT)
        assert got.kept == pytest.approx(spread(after, 1) / (2 - 2 / b), abs=EXACT)


def test_written_and_kept_of_named_gates():
    for dim in (2, 3, 4):
        local = qutip.tensor(qutip.rand_unitary(dim, seed=1), qutip.rand_unitary(dim, seed=2))
        assert close(average_retention(local), (0, 1))
        swap = qutip.Qobj(
            np.eye(dim**2).reshape([dim] * 4).transpose(1, 0, 2, 3).reshape([dim**2] * 2),
            dims=local.dims,
        )
        assert close(average_retention(swap * local), (1, 0))
    assert close(average_retention(qutip.gates.cnot()), (2 / 9, 5 / 9))
    assert close(average_retention(qutip.gates.iswap()), (5 / 9, 2 / 9))
    # cos t + i sin t SWAP
    for t in (0.3, 1.0):
        partial = np.cos(t) * qutip.qeye([2, 2]) + 1j * np.sin(t) * qutip.gates.swap()
        lost = np.sin(2 * t) ** 2 / 6
        wanted = [(1 - lost - np.cos(2 * t)) / 2, (1 - lost + np.cos(2 * t)) / 2]
        assert close(average_retention(partial), wanted)


@given(seed=seeds, dim=st.integers(2, 4))
@unhurried
def test_what_is_neither_written_nor_kept_is_the_entangling_power(seed, dim):
    unitary = qutip.rand_unitary([dim, dim], seed=seed)
    written, kept = average_retention(unitary)
    assert close(written + kept + average_entangling_power(unitary), 1)
    assert close(written - kept, 2 * gate_typicality(unitary) - 1)
    assert close(average_retention(unitary.dag()), (written, kept))


@given(seed=seeds, a=st.integers(2, 4), b=st.integers(2, 4))
@unhurried
def test_unequal_sides_share_the_budget_with_weights(seed, a, b):
    unitary = qutip.rand_unitary([a, b], seed=seed)
    written, kept = average_retention(unitary)
    left = (a - 1) * (b + 1) * written + (b - 1) * (a + 1) * kept
    whole = (b - 1) * (a + 1)
    assert close(left + (a * b - 1) * average_entangling_power(unitary), whole)


def test_haar_mean_of_what_is_kept():
    """The rate at which a scrambling cell forgets; 500 draws, four standard errors."""
    a, b = 2, 3
    kept = [average_retention(qutip.rand_unitary([a, b], seed=s)).kept for s in range(500)]
    wanted = a * (b**2 - 1) / ((a * b) ** 2 - 1)
    assert abs(np.mean(kept) - wanted) < 4 * np.std(kept) / np.sqrt(500)


def test_average_retention_reads_what_the_operator_functions_read():
    cell = cells(3, PAPER)
    wanted = average_retention(cell.unitary())
    assert average_retention(cell) == wanted
    circuit = ring_layers(4, 2)
    angles = np.random.default_rng(0).uniform(0, 6, (2, 4))
    assert average_retention(circuit, 2, params=angles) == average_retention(
        circuit.to_qobj(angles), cut=2
    )


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [memory_information, memory_distance])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": 3}, TypeError, "model must be a MeasuredCell"),
        ({"model": CNOT}, TypeError, "model must be a MeasuredCell"),
        ({"model": QuantumRNN.paper()}, NotFittedError, "QuantumRNN instance is not fitted"),
        ({"contexts": [1.0, 2.0]}, ValueError, "contexts must have shape"),
        ({"contexts": np.ones((0, 3))}, ValueError, "contexts must hold at least one window"),
        ({"contexts": [[0.1, np.nan]]}, ValueError, "contexts must be finite"),
        ({"contexts": [["a", "b"]]}, TypeError, "contexts must be an array of real numbers"),
        ({"values": [[0, 1]]}, ValueError, "values must have shape"),
        ({"values": [0, np.inf]}, ValueError, "values must be finite"),
        ({"position": 1.0}, TypeError, "position must be an integer"),
        ({"position": -1}, ValueError, "position must be at least 0"),
        ({"position": 5}, ValueError, "position must be one of the 5 steps"),
    ],
)
def test_errors_name_the_argument(function, change, error, message):
    arguments = {"model": COPY, "contexts": some_windows(0), "values": [0, 1], "position": 0}
    arguments |= change
    with pytest.raises(error, match=f"^(This )?{message}"):
        function(
            arguments["model"],
            arguments["contexts"],
            arguments["values"],
            position=arguments["position"],
        )


def test_how_many_values_there_must_be():
    with pytest.raises(ValueError, match=r"^values must have shape \(2,\)"):
        memory_distance(COPY, some_windows(0), [0, 1, 2])
    with pytest.raises(ValueError, match=r"^values must hold at least two values, got 1"):
        memory_information(COPY, some_windows(0), [0])


@pytest.mark.parametrize(
    ("operator", "changes", "error", "message"),
    [
        (3, {}, TypeError, "operator must be"),
        (2 * qutip.gates.cnot(), {}, ValueError, "operator must be unitary"),
        (qutip.gates.cnot(), {"cut": 2}, ValueError, "cut must lie in"),
        (qutip.gates.cnot(), {"params": [1]}, ValueError, "params must be None"),
        (qutip.qeye([1, 4]), {}, ValueError, "operator must have at least two states on each side"),
    ],
)
def test_errors_of_average_retention(operator, changes, error, message):
    with pytest.raises(error, match=f"^{message}"):
        average_retention(operator, **changes)


@pytest.mark.parametrize(
    ("states", "probabilities", "error", "message"),
    [
        ([], None, ValueError, "states must hold at least one state"),
        ([3], None, TypeError, r"states\[0\] must be a QuTiP ket"),
        ([qutip.basis(2, 0), qutip.basis(3, 0)], None, ValueError, r"states\[1\] must have dims"),
        ([qutip.basis(2, 0) * 2], None, ValueError, r"states\[0\] must have norm 1"),
        ([qutip.basis(2, 0)], [0.5, 0.5], ValueError, "probabilities must have shape"),
        ([qutip.basis(2, 0)] * 2, [0.5, 0.4], ValueError, "probabilities must not be negative"),
        ([qutip.basis(2, 0)] * 2, [1.5, -0.5], ValueError, "probabilities must not be negative"),
        ([qutip.basis(2, 0)], ["a"], TypeError, "probabilities must be an array of real"),
    ],
)
def test_errors_of_holevo_information(states, probabilities, error, message):
    with pytest.raises(error, match=f"^{message}"):
        holevo_information(states, probabilities)
