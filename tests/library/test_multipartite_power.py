"""Powers across every cut of several subsystems."""

import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, gates, qeye, rand_unitary, tensor

from qrnnlib import (
    average_entangling_power,
    average_multipartite_power,
    entangling_power,
    power_by_cut,
    ring_layers,
)
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.gate_set import on_qubits, pauli_string
from qrnnlib.physics.multipartite_power import across, cuts

unhurried = settings(deadline=None, max_examples=20)
seeds = st.integers(0, 2**32 - 1)


def cnot(control, target, qubits=3):
    return on_qubits(gates.cnot(), [control, target], qubits)


def ghz_maker(qubits):
    """Return the gate that takes |+0...0> to a GHZ state."""
    gate = qeye([2] * qubits)
    for target in range(1, qubits):
        gate = cnot(0, target, qubits) * gate
    return gate


def linear_entropies(gate, inputs, cut):
    """Return 1 - tr rho^2 of the side `cut` after the gate, for rows of inputs."""
    both = across(bipartite(gate, 1), cut)
    dims = gate.dims[0]
    order = [*cut, *(i for i in range(len(dims)) if i not in cut)]
    rows = inputs.reshape(-1, *dims).transpose(0, *(1 + i for i in order))
    outputs = (rows.reshape(len(inputs), -1) @ both.matrix.T).reshape(-1, *both.dims)
    reduced = outputs @ outputs.conj().swapaxes(1, 2)
    return 1 - np.sum(np.abs(reduced) ** 2, axis=(1, 2))


def products(*factors):
    """Return the products of rows of kets."""
    rows = factors[0]
    for kets in factors[1:]:
        rows = np.einsum("si,sj->sij", rows, kets).reshape(len(kets), -1)
    return rows


# Closed values -------------------------------------------------------------------------------


@pytest.mark.parametrize("qubits", [2, 3, 4, 5])
def test_the_gate_that_makes_ghz_states(qubits):
    """Across a cut with k targets on the other side: (1 - 3^-k)/3."""
    power = average_multipartite_power(ghz_maker(qubits))
    assert len(power.by_cut) == 2 ** (qubits - 1) - 1
    for cut, value in power.by_cut.items():
        targets = qubits - len(cut) if 0 in cut else len(cut)
        assert value == pytest.approx((1 - 3.0**-targets) / 3, abs=1e-12)
    assert power.mean == pytest.approx(np.mean(list(power.by_cut.values())), abs=1e-14)


def test_three_qubits():
    power = average_multipartite_power(ghz_maker(3))
    assert power.mean == pytest.approx(20 / 81, abs=1e-12)
    assert power.of_size(1) == pytest.approx(20 / 81, abs=1e-12)


def test_a_gate_within_one_side():
    gate = tensor(gates.cnot(), qeye(2), qeye(2))
    power = average_multipartite_power(gate)
    for cut, value in power.by_cut.items():
        between = (0 in cut) != (1 in cut)
        assert value == pytest.approx(2 / 9 if between else 0, abs=1e-12)
    assert power.of_size(1) == pytest.approx(1 / 9, abs=1e-12)
    assert power.of_size(2) == pytest.approx(4 / 27, abs=1e-12)


@unhurried
@given(seed=seeds, dims=st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3), (4, 2)]))
def test_two_subsystems(seed, dims):
    gate = rand_unitary(list(dims), seed=np.random.default_rng(seed))
    power = average_multipartite_power(gate)
    assert power.mean == power.by_cut[0,] == power.of_size(1)
    assert power.mean == pytest.approx(average_entangling_power(gate), abs=1e-12)


# Other ways to the same number ---------------------------------------------------------------


@unhurried
@given(seed=seeds)
def test_three_qubits_by_the_corners_of_an_octahedron(seed):
    """They average every polynomial of degree 3 in a Bloch vector; the purity is of degree 2."""
    half = np.sqrt(0.5)
    kets = [[1, 0], [0, 1], [half, half], [half, -half], [half, 1j * half], [half, -1j * half]]
    inputs = [np.kron(np.kron(a, b), c) for a, b, c in itertools.product(kets, repeat=3)]
    gate = rand_unitary([2, 2, 2], seed=np.random.default_rng(seed))
    for cut, value in average_multipartite_power(gate).by_cut.items():
        by_hand = linear_entropies(gate, np.array(inputs), cut).mean()
        assert value == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("dims", [(2, 3, 2), (3, 2, 2), (2, 2, 2, 2)])
def test_random_product_states(dims):
    rng = np.random.default_rng(len(dims))
    gate = rand_unitary(list(dims), seed=rng)
    factors = [rng.normal(size=(20_000, d)) + 1j * rng.normal(size=(20_000, d)) for d in dims]
    inputs = products(*(f / np.linalg.norm(f, axis=1, keepdims=True) for f in factors))
    for cut, value in average_multipartite_power(gate).by_cut.items():
        found = linear_entropies(gate, inputs, cut)
        assert abs(found.mean() - value) < 5 * found.std() / np.sqrt(len(found))


def test_the_mean_over_random_gates():
    rng = np.random.default_rng(3)
    powers = [average_multipartite_power(rand_unitary([2, 3, 2], seed=rng)) for _ in range(200)]
    for cut in powers[0].by_cut:
        d = np.prod([(2, 3, 2)[i] for i in cut])
        values = [power.by_cut[cut] for power in powers]
        expected = 1 - (d + 12 / d) / 13
        assert abs(np.mean(values) - expected) < 5 * np.std(values) / np.sqrt(200)


# Invariances and bounds ----------------------------------------------------------------------


@unhurried
@given(seed=seeds, order=st.permutations(range(3)))
def test_local_unitaries_and_the_order_of_subsystems_do_not_matter(seed, order):
    rng = np.random.default_rng(seed)
    dims = [2, 3, 2]
    gate = rand_unitary(dims, seed=rng)
    power = average_multipartite_power(gate)
    before, after = (tensor(*(rand_unitary(d, seed=rng) for d in dims)) for _ in range(2))
    dressed = average_multipartite_power(after * gate * before)
    permuted = average_multipartite_power(gate.permute(order))
    for cut, value in power.by_cut.items():
        assert dressed.by_cut[cut] == pytest.approx(value, abs=1e-10)
        assert permuted.by_cut[(order.index(cut[0]),)] == pytest.approx(value, abs=1e-10)
        d = dims[cut[0]]
        assert 0 < value <= 1 - 1 / d


@unhurried
@given(seed=seeds, qubits=st.sampled_from([3, 4]))
def test_the_mean_over_all_cuts_is_that_of_the_inverse(seed, qubits):
    gate = rand_unitary([2] * qubits, seed=np.random.default_rng(seed))
    forth, back = (average_multipartite_power(g) for g in (gate, gate.dag()))
    assert forth.mean == pytest.approx(back.mean, abs=1e-12)


def test_one_cut_may_tell_a_gate_from_its_inverse():
    """Qubit 2 depends on both others if the CNOT that it is the target of comes last."""
    gate = cnot(1, 2) * cnot(0, 1)
    forth, back = (average_multipartite_power(g).by_cut for g in (gate, gate.dag()))
    for entry, value in ((forth[0,], 2 / 9), (forth[2,], 8 / 27), (back[0,], 8 / 27)):
        assert entry == pytest.approx(value, abs=1e-12)
    assert back[2,] == pytest.approx(2 / 9, abs=1e-12)


@pytest.mark.parametrize("targets", [1, 2, 3, 4])
def test_a_chain_of_cnots_across_its_first_qubit(targets):
    """Forwards one CNOT crosses the cut; backwards qubit 0 controls an X on each of the others."""
    gate = qeye([2] * (targets + 1))
    for q in range(targets):
        gate = cnot(q, q + 1, targets + 1) * gate
    forth, back = (average_multipartite_power(g).by_cut[0,] for g in (gate, gate.dag()))
    assert forth == pytest.approx(2 / 9, abs=1e-12)
    assert back == pytest.approx((1 - 3.0**-targets) / 3, abs=1e-12)


def interaction(qubits, weights, seed):
    """Return exp(iH) for an H of random products of so many Pauli matrices as `weights` says."""
    rng = np.random.default_rng(seed)
    terms = [
        rng.normal() * pauli_string("".join(word))
        for word in itertools.product("IXYZ", repeat=qubits)
        if qubits - word.count("I") in weights
    ]
    h = sum(terms)
    return (1j / np.linalg.norm(h.full(), 2) * h).expm()


@pytest.mark.parametrize(("qubits", "weights"), [(3, {2}), (4, {2}), (4, {2, 4})])
def test_products_of_an_even_number_of_paulis_do_not_tell_the_direction(qubits, weights):
    """Conjugation and Y on each qubit turn exp(iH) into its inverse."""
    gate = interaction(qubits, weights, 0)
    forth, back = (average_multipartite_power(g).by_cut for g in (gate, gate.dag()))
    assert list(forth.values()) == pytest.approx(list(back.values()), abs=1e-12)


@pytest.mark.parametrize(("qubits", "weights"), [(3, {1, 2}), (4, {1, 2}), (4, {3})])
def test_an_odd_number_of_paulis_may_tell_the_direction(qubits, weights):
    gate = interaction(qubits, weights, 0)
    forth, back = (average_multipartite_power(g).by_cut for g in (gate, gate.dag()))
    assert max(abs(forth[cut] - back[cut]) for cut in forth) > 1e-4


# The powers themselves -----------------------------------------------------------------------


def test_powers_of_named_gates():
    """Toffoli and Fredkin gates: 1 and 2 ebits (Qiu, Song and Chen)."""
    toffoli = power_by_cut(gates.toffoli(), restarts=12, random_state=0)
    assert [p.value for p in toffoli.values()] == pytest.approx([1, 1, 1], abs=1e-7)
    fredkin = power_by_cut(gates.fredkin(), ancillas=(2, 2), restarts=12, random_state=0)
    assert {cut: p.value for cut, p in fredkin.items()} == pytest.approx(
        {(0,): 1, (1,): 2, (2,): 2}, abs=1e-6
    )
    assert all(p.is_exact for p in fredkin.values())


def test_a_gate_within_one_side_has_no_power_across_it():
    powers = power_by_cut(tensor(gates.iswap(), qeye(2)), "disentangling", restarts=4)
    assert [p.value for p in powers.values()] == pytest.approx([1, 1, 0], abs=1e-7)
    assert all(p.kind == "disentangling" for p in powers.values())
    assert all(p.value <= p.upper_bound for p in powers.values())


def test_two_subsystems_have_the_power_of_their_only_cut():
    gate = gates.cphase(1.0)
    (power,) = power_by_cut(gate, restarts=8, random_state=0).values()
    expected = entangling_power(gate, restarts=8, random_state=0)
    assert power.value == pytest.approx(expected.value, abs=1e-9)


def test_cuts_are_complete_and_across_keeps_the_gate():
    for n in range(2, 7):
        sides = {frozenset(c) for c in cuts(n)}
        assert len(cuts(n)) == len(sides) == 2 ** (n - 1) - 1
        assert not any(frozenset(range(n)) - side in sides for side in sides)
    gate = rand_unitary([2, 3, 2], seed=0)
    both = across(bipartite(gate, 1), (1,))
    assert both.sides == ([3], [2, 2])
    back = Qobj(both.matrix, [[3, 2, 2]] * 2).permute([1, 0, 2])
    assert np.allclose(back.full(), gate.full())


def test_a_result_can_be_pickled():
    power = average_multipartite_power(gates.toffoli())
    assert pickle.loads(pickle.dumps(power)).by_cut == power.by_cut


def test_what_is_accepted():
    circuit = ring_layers(3, 1)
    angles = np.full(circuit.shape, 0.3)
    by_circuit = average_multipartite_power(circuit, params=angles)
    assert by_circuit.mean == pytest.approx(
        average_multipartite_power(circuit.to_qobj(angles)).mean
    )
    with pytest.raises(ValueError, match=r"kind must be one of 'entangling', 'disentangling'"):
        power_by_cut(gates.cnot(), "both")
    with pytest.raises(ValueError, match=r"operator must have at least 2 subsystems"):
        average_multipartite_power(qeye(4))
    with pytest.raises(ValueError, match=r"size must be at most 1"):
        by_circuit.of_size(2)
