"""Expressibility and entangling capability, against exact limits and published numbers."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, basis, rand_ket

from qrnnlib import (
    Circuit,
    Gate,
    canonical_layers,
    entangling_capability,
    expressibility,
    linear_entropy,
    ring_layers,
)
from qrnnlib.physics.circuit_matrix import CircuitMatrix
from qrnnlib.physics.expressibility import _log_haar, meyer_wallach

unhurried = settings(deadline=None, max_examples=30)


def built(qubits, *blocks):
    """Return a circuit of blocks: a rotation of qubits of its own angles, or pairs of a gate."""
    gates, angles = [], 0
    for name, places in blocks:
        for place in places:
            turns = name.startswith("R")
            qubits_of = place if isinstance(place, tuple) else (place,)
            gates.append(Gate(name, qubits_of, (angles,) if turns else None))
            angles += turns
    return Circuit(qubits, tuple(gates), (angles,))


ALL, CHAIN = range(4), ((3, 2), (2, 1), (1, 0))
RINGS = ((3, 0), (2, 3), (1, 2), (0, 1)), ((3, 2), (0, 3), (1, 0), (2, 1))
PAIRS = (1, 0), (3, 2)
#: Circuits of Sim et al., by their number there.
CIRCUITS = {
    1: built(4, ("RX", ALL), ("RZ", ALL)),
    2: built(4, ("RX", ALL), ("RZ", ALL), ("CNOT", CHAIN)),
    9: built(4, ("H", ALL), ("CZ", CHAIN), ("RX", ALL)),
    11: built(
        *(4, ("RY", ALL), ("RZ", ALL), ("CNOT", PAIRS)),
        *(("RY", (1, 2)), ("RZ", (1, 2)), ("CNOT", ((2, 1),))),
    ),
    12: built(
        *(4, ("RY", ALL), ("RZ", ALL), ("CZ", PAIRS)),
        *(("RY", (1, 2)), ("RZ", (1, 2)), ("CZ", ((2, 1),))),
    ),
    15: built(4, ("RY", ALL), ("CNOT", RINGS[0]), ("RY", ALL), ("CNOT", RINGS[1])),
}
EQUATOR = built(1, ("H", (0,)), ("RZ", (0,)))
SPHERE = built(1, ("H", (0,)), ("RZ", (0,)), ("RX", (0,)))


def exact_capability(circuit):
    """Return the mean over all angles: Q is of degree 2 in each, so that three of each will do."""
    thirds = itertools.product(2 * np.pi / 3 * np.arange(3), repeat=circuit.n_parameters)
    return meyer_wallach(CircuitMatrix(circuit).kets(np.array(list(thirds)))).mean()


def divergence(cumulated, bins=75):
    """Return the exact divergence of one qubit's fidelities, given their distribution function."""
    shares = np.diff(cumulated(np.linspace(0, 1, bins + 1)))
    return np.sum(shares * np.log(shares * bins))


def on_equator(fidelities):
    return 2 / np.pi * np.arcsin(np.sqrt(fidelities))


def on_sphere(fidelities):
    """Of two states at random angles from an axis and at random ones around it."""
    angles = 2 * np.pi * (np.arange(400) + 0.5) / 400
    c, other = np.cos(angles)[:, None], np.cos(angles)[None, :]
    s = np.abs(np.sin(angles)[:, None] * np.sin(angles)[None, :])
    return np.array(
        [
            1 - np.mean(np.arccos(np.clip((2 * f - 1 - c * other) / s, -1, 1))) / np.pi
            for f in fidelities
        ]
    )


# Expressibility ------------------------------------------------------------------------------


@pytest.mark.parametrize("qubits", [1, 2, 5, 10])
def test_an_idle_circuit(qubits):
    """All fidelities are 1: the divergence is minus the log of the last bin's chance."""
    idle = expressibility(Circuit(qubits, (), (0,)), pairs=10)
    assert idle.divergence == pytest.approx((2**qubits - 1) * np.log(75), rel=1e-12)
    assert idle.bias == idle.standard_error == 0
    assert idle.histogram[-1] == 1


def test_the_limits_of_one_qubit():
    """The circuits of the first figure of Sim et al., which gives 0.22 and 0.02 from samples."""
    assert divergence(on_equator) == pytest.approx(0.22, abs=0.03)
    assert divergence(on_sphere) == pytest.approx(0.02, abs=0.01)
    # Without bins: the arcsine law has the entropy -ln(4/pi).
    assert divergence(on_equator, 20_000) == pytest.approx(np.log(4 / np.pi), abs=0.01)
    for circuit, law in ((EQUATOR, on_equator), (SPHERE, on_sphere)):
        found = expressibility(circuit, pairs=40_000, random_state=1)
        off = found.divergence - found.bias - divergence(law)
        assert abs(off) < 5 * found.standard_error


def test_the_bias_is_that_of_a_finite_sample():
    rng = np.random.default_rng(2)
    found = [expressibility(EQUATOR, pairs=1000, random_state=rng) for _ in range(200)]
    excess = np.array([each.divergence for each in found]) - divergence(on_equator)
    error = excess.std() / np.sqrt(len(excess))
    assert found[0].bias == 74 / 2000
    assert abs(excess.mean() - 74 / 2000) < 5 * error
    assert excess.std() == pytest.approx(np.mean([e.standard_error for e in found]), rel=0.2)


@pytest.mark.parametrize(
    ("number", "published"),
    [(1, 0.2999), (2, 0.2860), (9, 0.6773), (11, 0.1343), (12, 0.1984), (15, 0.1892)],
)
def test_published_expressibilities(number, published):
    found = expressibility(CIRCUITS[number], pairs=20_000, random_state=0)
    # The published ones come from 5000 pairs, as their own errors and bias do.
    theirs = 2 * found.standard_error
    bias = (np.count_nonzero(found.histogram) - 1) / 10_000
    assert abs(found.divergence - found.bias + bias - published) < 4 * theirs


def test_the_chances_of_random_states():
    for qubits, bins in ((1, 75), (3, 10), (8, 75)):
        logs = _log_haar(bins, 2**qubits)
        edges = np.linspace(0, 1, bins + 1)
        chances = -np.diff((1 - edges) ** (2**qubits - 1))
        assert np.exp(logs) == pytest.approx(chances, rel=1e-9, abs=1e-15)
        assert np.all(np.isfinite(logs))
        assert np.exp(logs).sum() == pytest.approx(1, abs=1e-12)


def test_more_layers_are_more_expressive():
    one, four = (
        expressibility(canonical_layers(2, 2, layers), random_state=0) for layers in (1, 4)
    )
    assert one.divergence > four.divergence + 10 * one.standard_error


# Entangling capability -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circuit", "expected"),
    [
        (CIRCUITS[1], 0),
        (CIRCUITS[9], 1),
        (ring_layers(2, 1), 1 / 4),
        (ring_layers(3, 1), exact_capability(ring_layers(3, 1))),
        (CIRCUITS[2], exact_capability(CIRCUITS[2])),
        (CIRCUITS[15], exact_capability(CIRCUITS[15])),
    ],
)
def test_capabilities(circuit, expected):
    found = entangling_capability(circuit, samples=5000, random_state=3)
    assert abs(found.mean - expected) <= 5 * found.standard_error + 1e-12
    if circuit.n_parameters <= 8:
        assert exact_capability(circuit) == pytest.approx(expected, abs=1e-12)


@unhurried
@given(seed=st.integers(0, 2**32 - 1), qubits=st.integers(2, 5))
def test_the_measure_is_twice_the_mean_linear_entropy(seed, qubits):
    ket = rand_ket([2] * qubits, seed=np.random.default_rng(seed))
    by_hand = 2 * np.mean([linear_entropy(ket.ptrace(k)) for k in range(qubits)])
    assert meyer_wallach(ket.full().T)[0] == pytest.approx(by_hand, abs=1e-12)
    assert 0 <= by_hand <= 1 + 1e-12


def test_kets_are_the_first_columns():
    circuit = canonical_layers(2, 1, 2)
    made = CircuitMatrix(circuit, ring_layers(3, 1))
    angles = np.random.default_rng(0).normal(size=(3, circuit.n_parameters + 3))
    assert np.allclose(made.kets(angles), made.product(angles).matrix[:, :, 0], atol=1e-13)
    ground = basis([2, 2, 2], [0, 0, 0])
    expected = circuit.to_qobj(angles[0, :-3].reshape(circuit.shape)) * ground
    alone = CircuitMatrix(circuit).kets(angles[:1, :-3])
    assert np.allclose(Qobj(alone.T, dims=ground.dims).full(), expected.full(), atol=1e-13)


def test_seeds_and_batches():
    circuit = ring_layers(2, 1)
    for measure, count in ((expressibility, "pairs"), (entangling_capability, "samples")):
        one, same = (measure(circuit, **{count: 5000}, random_state=4) for _ in range(2))
        assert repr(one) == repr(same)
        assert getattr(one, count) == 5000
    assert expressibility(circuit, pairs=5000).histogram.sum() == pytest.approx(1)


def test_what_is_refused():
    with pytest.raises(TypeError, match=r"circuit must be a Circuit, got"):
        expressibility(ring_layers)
    with pytest.raises(ValueError, match=r"bins must be at least 2, got 1"):
        expressibility(ring_layers(2, 1), bins=1)
    with pytest.raises(ValueError, match=r"circuit must have at least 2 qubits, got 1"):
        entangling_capability(EQUATOR)
    with pytest.raises(ValueError, match=r"samples must be at least 2, got 1"):
        entangling_capability(ring_layers(2, 1), samples=1)
