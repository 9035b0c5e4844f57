"""Processes of outcomes: maps, ranks, stationary memories and samples."""

from itertools import product

import numpy as np
import pytest
from quantum_clock import clock_weights
from scipy import stats

from qrnnlib import (
    CellDesign,
    MeasuredCell,
    Noise,
    hankel_rank,
    outcome_maps,
    sample_outcomes,
    stationary_memory,
    von_neumann_entropy,
)
from qrnnlib.cell import outcome_process
from qrnnlib.cell.outcome_likelihood import kraus_operators

ONE = {"collapse": "sampled", "disentangler": None, "ansatz": "canonical"}


def cell(design, seed=0):
    return MeasuredCell(design.initial_weights(np.random.default_rng(seed)), design)


def clock(cos, stays):
    return MeasuredCell(clock_weights(cos, stays), CellDesign(1, 1, 1, **ONE))


def coin(flips, sign=1):
    """Return the perturbed coin as a cell, see tests/README.md."""
    angles = [0, sign * np.pi / 2, np.pi / 2, np.pi / 2, np.arccos(1 - 2 * flips)]
    weights = {"entangler": [angles], "input_weight": [0, 0], "input_bias": [1, 1]}
    return MeasuredCell(weights, CellDesign(1, 1, 1, **ONE))


def first(maps):
    """Return the expectations of an empty memory of one or two qubits."""
    one = np.array([1.0, 0, 0, 1])
    return one if maps.shape[1] == 4 else np.kron(one, one)


@pytest.mark.parametrize("noise", [None, Noise(depolarizing=0.05, readout_error=0.1)])
@pytest.mark.parametrize("qubits", [1, 2])
def test_maps_multiply_to_the_likelihood(noise, qubits):
    design = CellDesign(qubits, qubits, 1, collapse="sampled", noise=noise)
    one = cell(design)
    maps = outcome_maps(one, 0.3)
    rng = np.random.default_rng(0)
    for length in (1, 2, 6):
        record = rng.integers(0, design.system_dim, length)
        expectations = first(maps)
        for outcome in record:
            expectations = maps[outcome] @ expectations
        wanted = one.log_likelihood(record, 0.3)
        assert np.log(expectations[0]) == pytest.approx(wanted, abs=1e-10)


def test_kraus_operators_and_their_cell_have_the_same_maps():
    design = CellDesign(1, 2, 1, **ONE)
    one = cell(design)
    weights = {name: array[None] for name, array in one.weights.items()}
    operators = kraus_operators(design, weights)[0]
    np.testing.assert_allclose(outcome_maps(operators), outcome_maps(one), atol=1e-12)


@pytest.mark.parametrize(
    ("design", "rank"),
    [
        (CellDesign(2, 2, 2, ansatz="canonical", collapse="sampled"), 16),
        (CellDesign(2, 2, 2, collapse="sampled"), 10),  # of real matrices: the even strings
        (CellDesign(1, 1, 1, ansatz="canonical", collapse="sampled"), 4),
        (CellDesign(1, 1, 1, collapse="sampled"), 3),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_hankel_rank_of_random_cells(design, rank, seed):
    assert hankel_rank(cell(design, seed)) == rank


def test_hankel_rank_is_that_of_the_matrix():
    """Of the matrix itself, from the probabilities of all pasts and futures of up to four steps."""
    one = clock(0.6, 0.94)
    words = [word for length in range(5) for word in product((0, 1), repeat=length)]
    matrix = [
        [np.exp(one.log_likelihood(past + future)) if past + future else 1.0 for future in words]
        for past in words
    ]
    sizes = np.linalg.svd(matrix, compute_uv=False)
    assert (sizes > 1e-10).sum() == hankel_rank(one) == 3


def test_noise_lets_the_rhythm_fade():
    one = clock(0.6, 0.94)
    noisy = MeasuredCell(one.weights, CellDesign(1, 1, 1, **ONE, noise=Noise(depolarizing=0.02)))
    assert hankel_rank(noisy) == 3
    silent = np.linalg.eigvals(outcome_maps(noisy)[0])
    # The rhythm dies out faster than silence itself, as it does not without noise.
    rhythm, silence = abs(silent[abs(silent.imag) > 1e-9]).max(), abs(silent).max()
    assert rhythm < silence - 1e-3


# The quantum clock: see tests/README.md ---------------------------------------------------------


@pytest.mark.parametrize(("cos", "stays"), [(0.6, 0.94), (0.8, 0.97), (0.28, 0.97)])
def test_silence_has_a_rhythm(cos, stays):
    """The probability of n silent steps is stays^n (A + B cos(2 n theta + phi)), B not 0."""
    maps = outcome_maps(clock(cos, stays))
    silent, expectations = [], first(maps)
    for _ in range(40):
        silent.append(expectations[0])
        expectations = maps[0] @ expectations
    n, theta = np.arange(40), np.arccos(cos)
    waves = np.stack([np.ones(40), np.cos(2 * n * theta), np.sin(2 * n * theta)], axis=1)
    wanted = np.array(silent) / stays**n
    weights, *_ = np.linalg.lstsq(waves, wanted)
    np.testing.assert_allclose(waves @ weights, wanted, atol=1e-10)
    assert np.hypot(*weights[1:]) > 0.01
    poles = np.linalg.eigvals(maps[0])
    turning = stays * np.exp(2j * theta * np.array([-1, 0, 1]))
    for pole in turning:
        assert abs(poles - pole).min() < 1e-10


def test_kraus_operators_of_the_clock():
    """diag(1, s) and the hop to the system, each after a real rotation, up to a phase of |1>."""
    one, (turn, stays) = clock(0.6, 0.94), (np.arccos(2 * np.sqrt(0.94) * 0.6 / 1.94), 0.94)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    silent = np.diag([1.0, stays]) @ rotation
    tick = np.sqrt(1 - stays**2) * np.array([[0, 1], [0, 0]]) @ rotation
    maps, wanted = outcome_maps(one), outcome_maps([silent, tick])
    # The phase of |1> rotates the memory about its z axis.
    phase = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
    found = phase @ maps @ phase.T
    opposite = phase.T @ maps @ phase
    assert min(abs(found - wanted).max(), abs(opposite - wanted).max()) < 1e-12


def test_a_tick_resets_the_clock():
    one = clock(0.6, 0.94)
    for record in ([1], [0, 0, 1], [1, 0, 1]):
        steps = one.run([0.0] * len(record), outcomes=record)
        assert abs(steps[-1].next_memory.full()[0, 0]) == pytest.approx(1.0, abs=1e-12)


# The perturbed coin -----------------------------------------------------------------------------


@pytest.mark.parametrize("flips", [0.03, 0.2, 0.45])
def test_perturbed_coin(flips):
    """It flips with this probability, and its memory has the entropy of Gu and others (2012)."""
    one = coin(flips)
    operators = kraus_operators(one.design, {k: v[None] for k, v in one.weights.items()})[0]
    for side, operator in enumerate(operators):
        memory = operator[:, np.argmax(abs(operator).max(axis=0))]
        memory = memory / np.linalg.norm(memory)
        after = np.sum(abs(operators @ memory) ** 2, axis=1)
        assert after[1 - side] == pytest.approx(flips, abs=1e-12)
    entropy = von_neumann_entropy(stationary_memory(one))
    share = (1 + 2 * np.sqrt(flips * (1 - flips))) / 2
    wanted = -share * np.log2(share) - (1 - share) * np.log2(1 - share)
    assert entropy == pytest.approx(wanted, abs=1e-9)
    assert entropy < 1
    assert hankel_rank(one) == 2


# Samples ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [None, Noise(amplitude_damping=0.1)])
def test_samples_follow_the_likelihood(noise, monkeypatch):
    """Chi-square over all records of four steps; fails by chance once in ten thousand."""
    one = cell(CellDesign(1, 1, 2, collapse="sampled", noise=noise), 3)
    every = list(product((0, 1), repeat=4))
    wanted = np.array([np.exp(one.log_likelihood(record)) for record in every])
    assert wanted.sum() == pytest.approx(1, abs=1e-12)
    maps = outcome_maps(one)  # once, not for each of many short samples
    monkeypatch.setattr(outcome_process, "outcome_maps", lambda memory, x: maps)
    rng = np.random.default_rng(0)
    samples = [tuple(sample_outcomes(one, 4, random_state=rng)) for _ in range(4000)]
    counts = [samples.count(record) for record in every]
    assert stats.chisquare(counts, wanted * len(samples)).pvalue > 1e-4


def test_long_samples_have_the_probabilities_of_pairs():
    """The pairs of a long sample, against the stationary memory's own."""
    one = clock(0.6, 0.94)
    outcomes = sample_outcomes(one, 40_000, random_state=1)
    maps = outcome_maps(one)
    rho = stationary_memory(one).full()
    paulis = [np.eye(2), [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]
    expectations = np.array([np.trace(np.array(p) @ rho).real for p in paulis])
    for pair in product((0, 1), repeat=2):
        wanted = (maps[pair[1]] @ maps[pair[0]] @ expectations)[0]
        found = np.mean((outcomes[:-1] == pair[0]) & (outcomes[1:] == pair[1]))
        assert found == pytest.approx(wanted, abs=6 * np.sqrt(wanted / 40_000))


def test_samples_are_reproducible():
    one = clock(0.6, 0.94)
    first_time = sample_outcomes(one, 50, random_state=7)
    assert (first_time == sample_outcomes(one, 50, random_state=7)).all()
    assert (first_time != sample_outcomes(one, 50, random_state=8)).any()


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("memory", "error", "message"),
    [
        ("a cell", TypeError, "memory must be a MeasuredCell or Kraus operators, got str"),
        (np.ones((2, 2, 3)), ValueError, r"shape \(outcomes, dim, dim\), got \(2, 2, 3\)"),
        (np.ones((2, 2)), ValueError, r"got \(2, 2\)"),
        (np.eye(3)[None], ValueError, "memory must consist of qubits"),
        (1.1 * np.eye(2)[None], ValueError, "add up to the identity"),
        (0.5 * np.eye(2)[None], ValueError, "add up to the identity"),
        (np.full((1, 2, 2), np.nan), ValueError, "add up to the identity"),
        (cell(CellDesign(1, 1, 1)), ValueError, "collapse='sampled'"),
    ],
)
def test_what_is_no_memory_is_refused(memory, error, message):
    with pytest.raises(error, match=message):
        outcome_maps(memory)


def test_a_memory_that_never_forgets_has_no_stationary_state():
    with pytest.raises(ValueError, match="several stationary states"):
        stationary_memory(np.eye(2)[None])
