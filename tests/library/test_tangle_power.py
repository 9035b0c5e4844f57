"""The mean n-tangle from products: even numbers of qubits only."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import gates, qeye, rand_unitary, tensor

from qrnnlib import average_entangling_power, average_tangle_power, ring_layers
from qrnnlib.physics.gate_set import on_qubits, pauli_string

unhurried = settings(deadline=None, max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def tangles(gate, inputs):
    """Return the n-tangles after the gate, for rows of inputs."""
    outputs = inputs @ gate.full().T
    flip = pauli_string("Y" * len(gate.dims[0])).full()
    return np.abs(np.einsum("si,si->s", outputs @ flip, outputs)) ** 2


def corners(qubits):
    """Return all products of the six eigenstates of Pauli matrices, as rows.

    They average every polynomial of degree 3 in a Bloch vector; the tangle is of degree 2.
    """
    half = np.sqrt(0.5)
    six = [[1, 0], [0, 1], [half, half], [half, -half], [half, 1j * half], [half, -1j * half]]
    rows = np.ones((1, 1))
    for _ in range(qubits):
        rows = np.einsum("si,tj->stij", rows, np.array(six)).reshape(-1, 2 * rows.shape[1])
    return rows


def random_gate(qubits, seed):
    return rand_unitary([2] * qubits, seed=np.random.default_rng(seed))


@unhurried
@given(seed=seeds, qubits=st.integers(2, 4))
def test_the_corners_of_an_octahedron(seed, qubits):
    gate = random_gate(qubits, seed)
    found = tangles(gate, corners(qubits)).mean()
    assert average_tangle_power(gate) == pytest.approx(found, abs=1e-12)


@unhurried
@given(seed=seeds)
def test_two_qubits_have_twice_the_linear_entropy(seed):
    """The concurrence, whose square is the 2-tangle, squared is twice the linear entropy."""
    gate = random_gate(2, seed)
    expected = 2 * average_entangling_power(gate)
    assert average_tangle_power(gate) == pytest.approx(expected, abs=1e-12)
    assert average_tangle_power(gate.dag()) == pytest.approx(expected, abs=1e-12)


def test_odd_numbers_of_qubits_have_none():
    for qubits in (3, 5):
        assert average_tangle_power(random_gate(qubits, 0)) == 0
    # Nor has any single state.
    assert tangles(random_gate(3, 0), corners(3)).max() < 1e-24


@pytest.mark.parametrize("qubits", [2, 4, 6])
def test_the_gate_that_makes_ghz_states(qubits):
    """Branches a|0>u and b|1>Xu: the tangle is (1 - z^2) prod (1 - x^2), mean (2/3)^n."""
    gate = qeye([2] * qubits)
    for target in range(1, qubits):
        gate = on_qubits(gates.cnot(), [0, target], qubits) * gate
    assert average_tangle_power(gate) == pytest.approx((2 / 3) ** qubits, abs=1e-12)


def test_pairs_multiply_and_a_qubit_apart_leaves_nothing():
    pairs = tensor(gates.cnot(), gates.iswap())
    assert average_tangle_power(pairs) == pytest.approx((4 / 9) ** 2, abs=1e-12)
    assert average_tangle_power(tensor(random_gate(3, 1), qeye(2))) == pytest.approx(0, abs=1e-14)


@unhurried
@given(seed=seeds, order=st.permutations(range(4)))
def test_local_unitaries_and_the_order_of_qubits_do_not_matter(seed, order):
    rng = np.random.default_rng(seed)
    gate = rand_unitary([2] * 4, seed=rng)
    expected = average_tangle_power(gate)
    before, after = (tensor(*(rand_unitary(2, seed=rng) for _ in range(4))) for _ in range(2))
    assert average_tangle_power(after * gate * before) == pytest.approx(expected, abs=1e-12)
    assert average_tangle_power(gate.permute(order)) == pytest.approx(expected, abs=1e-12)
    assert 0 < expected <= (2 / 3) ** 4


def test_four_qubits_may_tell_a_gate_from_its_inverse():
    gate = ring_layers(4, 2).to_qobj(np.random.default_rng(0).uniform(0, 1, (2, 4)))
    assert abs(average_tangle_power(gate) - average_tangle_power(gate.dag())) > 1e-3
    # Products of two Pauli matrices alone cannot: see test_multipartite_power.py.
    rng = np.random.default_rng(0)
    words = (word for word in itertools.product("IXYZ", repeat=4) if word.count("I") == 2)
    h = sum(rng.normal() * pauli_string("".join(word)) for word in words)
    pairs = (0.1j * h).expm()
    forth, back = average_tangle_power(pairs), average_tangle_power(pairs.dag())
    assert forth == pytest.approx(back, abs=1e-12)
    assert forth > 1e-3


def test_what_is_accepted():
    circuit = ring_layers(4, 1)
    angles = np.full(circuit.shape, 0.3)
    by_circuit = average_tangle_power(circuit, params=angles)
    assert by_circuit == pytest.approx(average_tangle_power(circuit.to_qobj(angles)), abs=1e-14)
    with pytest.raises(ValueError, match=r"operator must act on qubits, got .* \[2, 3\]"):
        average_tangle_power(rand_unitary([2, 3], seed=0))
