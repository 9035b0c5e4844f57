"""A lamp with bulbs of two kinds, as a cell of two layers; tests/README.md derives its angles."""

from itertools import product

import numpy as np
import pytest

from qrnnlib import (
    CellDesign,
    HiddenMarkovModel,
    MeasuredCell,
    QuantumMarkovModel,
    hankel_rank,
    outcome_maps,
    stationary_memory,
    von_neumann_entropy,
)
from qrnnlib.cell.outcome_likelihood import kraus_operators

#: Probability of the first kind, and roots of the two survivals.
LAMPS = [(0.3, 0.9, 0.5), (0.62, 0.35, 0.7), (0.05, 0.99, 0.9), (0.5, 0.8, 0.79), (0.9, 0.02, 0.6)]


def lamp(q, x, y):
    """Return the lamp as a cell: outcome 1 is a failure."""
    c = np.arccos(np.sqrt(q * y**2 * (1 - x**2) + (1 - q) * x**2 * (1 - y**2)))
    d = np.arcsin(x * y / np.sin(c))
    overlap = np.sqrt((1 - x**2) * (1 - y**2)) / (1 - x * y)
    same = q * x + (1 - q) * y - 1j * np.sqrt(q * (1 - q)) * overlap * (x - y)
    rest = x + y - same - x * y * np.conj(same) / np.sin(c) ** 2
    rotation, right = 2 * np.arcsin(abs(same) / np.sin(c)), np.pi / 2
    a, b = np.angle(same), np.angle(rest)
    angles = [[0, rotation, c, c - right, -a - b], [right, right, d, d + right, np.pi + a - b]]
    design = CellDesign(1, 1, 2, ansatz="canonical", disentangler=None, collapse="sampled")
    weights = {"entangler": angles, "input_weight": [0, 0], "input_bias": [1, 0]}
    return MeasuredCell(weights, design)


def survival(q, x, y, steps):
    """Return the probability that a new bulb survives so many steps."""
    return q * x ** (2 * steps) + (1 - q) * y ** (2 * steps)


def binary_entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def age_entropy(q, x, y):
    """Return the entropy of the age of the bulb in use, in bits."""
    ages = survival(q, x, y, np.arange(20_000))
    shares = ages[ages > 1e-300] / ages.sum()
    return -(shares * np.log2(shares)).sum()


def renewals(record, *kinds):
    """Return the probability of a record: a product over the lifetimes that end in it."""
    probability, age = 1.0, 0
    for outcome in record:
        age += 1
        if outcome:
            probability *= survival(*kinds, age - 1) - survival(*kinds, age)
            age = 0
    return probability * survival(*kinds, age)


@pytest.mark.parametrize("kinds", LAMPS)
def test_records_are_products_of_lifetimes(kinds):
    """Every failure puts a new bulb in, whose lifetime does not depend on those before."""
    one = lamp(*kinds)
    maps = outcome_maps(one)
    for record in product((0, 1), repeat=8):
        expectations = np.array([1.0, 0, 0, 1])
        for outcome in record:
            expectations = maps[outcome] @ expectations
        assert expectations[0] == pytest.approx(renewals(record, *kinds), abs=1e-12)
    for record in ([0, 0, 1, 0, 1, 1, 0, 0, 0], [1, 0, 1, 0, 0]):
        found = np.exp(one.log_likelihood(record))
        assert found == pytest.approx(renewals(record, *kinds), abs=1e-12)


@pytest.mark.parametrize("kinds", LAMPS)
def test_long_lifetimes(kinds):
    maps, expectations = outcome_maps(lamp(*kinds)), np.array([1.0, 0, 0, 1])
    found = []
    for _ in range(200):
        found.append(expectations[0])
        expectations = maps[0] @ expectations
    np.testing.assert_allclose(found, survival(*kinds, np.arange(200)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kinds", LAMPS)
def test_kinds_are_two_states_that_overlap(kinds):
    """They are the eigenvectors of no failure; a failure resets the memory."""
    _, x, y = kinds
    one = lamp(*kinds)
    weights = {name: array[None] for name, array in one.weights.items()}
    silent, failure = kraus_operators(one.design, weights)[0]
    values, vectors = np.linalg.eig(silent)
    np.testing.assert_allclose(np.sort(abs(values)), np.sort([x, y]), atol=1e-12)
    assert abs(np.angle(values[0] / values[1])) < 1e-10  # one phase, which no outcome shows
    overlap = np.sqrt((1 - x**2) * (1 - y**2)) / (1 - x * y)
    # Eigenvectors of close eigenvalues are less accurate.
    assert abs(np.vdot(*vectors.T)) == pytest.approx(overlap, abs=1e-12 / abs(x - y) ** 2)
    np.testing.assert_allclose(failure[1], 0, atol=1e-14)


@pytest.mark.parametrize("kinds", LAMPS)
def test_a_machine_that_sees_the_kind_makes_the_same_records(kinds):
    """It has two states, and no finite number of them can be told from the past alone."""
    q, x, y = kinds
    share = np.array([q, 1 - q])
    survives = np.diag([x**2, y**2])
    failures = np.outer([1 - x**2, 1 - y**2], share)
    hidden = HiddenMarkovModel.from_probabilities(share, np.stack([survives, failures], axis=1))
    one = lamp(*kinds)
    model = QuantumMarkovModel.from_weights(one.weights, layers=2)
    records = [hidden.sample(300, random_state=seed) for seed in range(3)]
    assert model.score(records) == pytest.approx(hidden.score(records), abs=1e-9)
    assert hankel_rank(one) == 2
    # The next failure has another probability at each age, so that every age is a state.
    alive = survival(*kinds, np.arange(6))
    hazards = 1 - alive[1:] / alive[:-1]
    assert (np.diff(hazards) < 0).all()


@pytest.mark.parametrize("kinds", LAMPS)
def test_entropy_of_the_memory(kinds):
    q, x, y = kinds
    weights = np.array([q / (1 - x**2), (1 - q) / (1 - y**2)])
    share = weights[0] / weights.sum()
    apart = ((x - y) / (1 - x * y)) ** 2  # 1 - overlap^2
    larger = (1 + np.sqrt(1 - 4 * share * (1 - share) * apart**2)) / 2
    entropy = von_neumann_entropy(stationary_memory(lamp(*kinds)))
    assert entropy == pytest.approx(binary_entropy(larger), abs=1e-9)
    assert entropy < min(1, age_entropy(*kinds))


def test_finer_steps_need_no_more_quantum_memory():
    """Twice as many steps in a lifetime are one bit more of age, and no more of a qubit."""
    q, lives = 0.7, np.array([1.0, 10.0])
    quantum, classical = [], []
    for step in 2.0 ** -np.arange(3, 8):
        kinds = (q, *np.exp(-step / lives / 2))
        quantum.append(von_neumann_entropy(stationary_memory(lamp(*kinds))))
        classical.append(age_entropy(*kinds))
    np.testing.assert_allclose(np.diff(classical), 1, atol=0.02)
    share = q * lives[0] / (q * lives[0] + (1 - q) * lives[1])
    apart = (np.diff(lives)[0] / lives.sum()) ** 2
    limit = binary_entropy((1 + np.sqrt(1 - 4 * share * (1 - share) * apart**2)) / 2)
    assert np.ptp(quantum) < 0.01
    assert quantum[-1] == pytest.approx(limit, abs=1e-3)
