"""The upper bounds, each against a case in which it is met or known in closed form."""

import numpy as np
import pytest
from gates import controlled, fourier, gained, parts, pool, shift
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import gates, qeye, rand_unitary, tensor
from scipy.linalg import sqrtm

from qrnnlib import (
    canonical_gate,
    disentangling_power,
    entangling_power,
    operator_schmidt_rank,
    qubit_qutrit_gate,
    schmidt_strength,
)
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.power_bounds import decoupling_bound, interaction_bound, upper_bound

unhurried = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)


def bounds(operator):
    gate = bipartite(operator)
    qubits = [interaction_bound(gate)] if gate.dims == (2, 2) else []
    return [decoupling_bound(gate), *qubits]


def test_decoupling_of_known_gates():
    assert decoupling_bound(bipartite(gates.swap())) == pytest.approx(2, abs=1e-9)
    # CNOT leaves a state of rank 2 on A and its ancilla: F = 1/sqrt2, an angle of pi/4.
    cnot = 2 + 4 * np.log2(np.cos(np.pi / 8))
    assert decoupling_bound(bipartite(gates.cnot())) == pytest.approx(cnot, abs=1e-4)
    # The identity leaves it pure: F = 1/2, an angle of pi/3.
    identity = 2 + 4 * np.log2(np.cos(np.pi / 6))
    assert decoupling_bound(bipartite(qeye([2, 2]))) == pytest.approx(identity, abs=1e-4)
    assert decoupling_bound(bipartite(qubit_qutrit_gate())) == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_decoupling_of_gates_of_any_dimension(d):
    """The identity leaves A and its ancilla pure, a sum gate in a flat state of d dimensions."""
    whole = 2 * np.log2(d)
    assert decoupling_bound(bipartite(qeye([d, d]))) == pytest.approx(
        whole + 2 * np.log2((1 + 1 / d) / 2), abs=1e-4
    )
    sums = controlled(*(np.linalg.matrix_power(shift(d), k) for k in range(d)))
    assert decoupling_bound(bipartite(sums)) == pytest.approx(
        whole + 2 * np.log2((1 + 1 / np.sqrt(d)) / 2), abs=1e-4
    )


def test_decoupling_of_the_qubit_qutrit_gate_backwards():
    """1.981311, by a search over the states of B that knows nothing of duals."""
    matrix, _ = parts(qubit_qutrit_gate().dag())
    tensor_ = matrix.reshape(2, 3, 2, 3)

    def fidelity(p):
        """Of the state of A and its ancilla with the maximally mixed one, B in a mixture."""
        tied = np.einsum("abxc,c,ebyc->axey", tensor_, p, tensor_.conj()).reshape(4, 4) / 2
        return np.trace(sqrtm(tied)).real / 2

    best = max(fidelity([p, 1 - 2 * p, p]) for p in np.linspace(0.25, 0.35, 201))
    expected = 2 + 4 * np.log2(np.cos(np.arccos(best) / 2))
    bound = decoupling_bound(bipartite(qubit_qutrit_gate().dag()))
    assert bound == pytest.approx(expected, abs=1e-5)
    assert bound == pytest.approx(1.981311, abs=1e-6)


def test_the_interaction_bound_is_met_in_the_limit_of_a_short_time():
    for c in (0.1, 0.02, 0.005):
        gate = canonical_gate(c, 0, 0)
        found = entangling_power(gate, restarts=12, random_state=0).value
        bound = interaction_bound(bipartite(gate))
        assert found < bound
        assert found == pytest.approx(bound, rel=0.2 * c**2)


def test_the_interaction_bound_grows_with_the_duration_up_to_half_a_turn():
    x = np.linspace(0.5, 1, 200_001)[1:-1]
    capacity = np.max(2 * np.sqrt(x * (1 - x)) * np.log2(x / (1 - x)))
    for c in ((0.3, 0, 0), (2.0, 0, 0), (0.7, 0.4, 0.1), (1.9, 0.4, -0.2)):
        duration = sum(min(abs(angle), np.pi - abs(angle)) for angle in c) / 2
        bound = interaction_bound(bipartite(canonical_gate(*c)))
        assert bound == pytest.approx(capacity * duration, rel=1e-8)


@unhurried
@given(seed=seeds, dims=st.sampled_from([(2, 2), (2, 3), (3, 2)]))
def test_bounds_hold_and_ignore_local_unitaries(seed, dims):
    rng = np.random.default_rng(seed)
    gate = rand_unitary(list(dims), seed=rng)
    power = entangling_power(gate, ancillas=(2, 3), restarts=6, random_state=seed)
    for bound in bounds(gate):
        assert power.value <= bound + 1e-9
    dressed = tensor(*(rand_unitary(d, seed=rng) for d in dims)) * gate
    assert bounds(dressed) == pytest.approx(bounds(gate), abs=1e-5)


@unhurried
@given(seed=seeds)
def test_one_gate_after_another_ties_no_more_than_both_apart(seed):
    rng = np.random.default_rng(seed)
    first, second = (canonical_gate(*rng.uniform(-0.4, 0.4, 3)) for _ in range(2))
    turn = tensor(rand_unitary(2, seed=rng), rand_unitary(2, seed=rng))
    power = entangling_power(second * turn * first, ancillas=(2, 2), restarts=6, random_state=0)
    apart = sum(upper_bound(bipartite(gate), (2, 2))[0] for gate in (first, second))
    assert power.value <= apart + 1e-9


def test_the_least_bound_is_named():
    assert upper_bound(bipartite(gates.cnot()), (2, 2)) == (
        1.0,
        "the log of the operator Schmidt rank",
    )
    held, source = upper_bound(bipartite(rand_unitary([3, 3], seed=0)), (1, 1))
    assert held == pytest.approx(np.log2(3))
    assert source == "the most that the sides can hold"
    none, source = upper_bound(bipartite(gates.swap()), (1, 1))
    assert none == 0
    assert source.endswith("of the gate times a swap")
    transposed, source = upper_bound(bipartite(gates.berkeley()), (4, 4))
    assert transposed == pytest.approx(1.771553, abs=1e-6)
    assert source == "partial transposes"
    with_ancillas, source = upper_bound(bipartite(qubit_qutrit_gate().dag()), (4, 4))
    assert with_ancillas == pytest.approx(1.981311, abs=1e-6)
    assert source == "decoupling"


def test_a_bound_that_is_met_is_not_sought_again(monkeypatch):
    def refuse(gate):
        raise AssertionError("the decoupling bound was computed")

    monkeypatch.setattr("qrnnlib.physics.power_bounds.decoupling_bound", refuse)
    assert upper_bound(bipartite(gates.cnot()), (2, 2), attained=1.0)[0] == 1.0
    with pytest.raises(AssertionError, match="computed"):
        upper_bound(bipartite(gates.cnot()), (2, 2), attained=0.9)


# Any gate at all ------------------------------------------------------------------------------


def primal(gate, steps=300):
    """Return the bound that the best fidelity gives, for the better side, without any dual.

    For P = p p^dagger and Q = q q^dagger the fidelity is max Re tr W p^dagger q over unitaries W
    (Uhlmann). That is linear in W, in the root of B's state and in that of the ancilla's: each in
    turn is replaced by the best one, so the fidelity never decreases.
    """
    matrix, dims = parts(gate)
    by_side = matrix.reshape(*dims, *dims).conj()
    least = np.inf
    for order in ((0, 1, 2, 3), (1, 0, 3, 2)):
        tensor_ = by_side.transpose(order)
        d_a, d_b = tensor_.shape[:2]
        if d_a > d_b:
            continue
        b, a = (np.eye(d, dtype=complex) / np.sqrt(d) for d in (d_b, d_a))
        for _ in range(steps):
            product = np.einsum("abxc,cd,xy->bday", tensor_, b.conj(), a, optimize=True)
            left, s, right = np.linalg.svd(product.reshape(d_b**2, d_a**2), full_matrices=False)
            w = (left @ right).conj().reshape(product.shape)
            b = np.einsum("abxc,xy,bday->cd", tensor_, a, w, optimize=True)
            b /= np.linalg.norm(b)
            a = np.einsum("abxc,cd,bday->xy", tensor_, b.conj(), w, optimize=True).conj()
            a /= np.linalg.norm(a)
        fidelity = min(1.0, np.sum(s) / d_a)
        least = min(least, 2 * np.log2(d_a) + 2 * np.log2((1 + fidelity) / 2))
    return least


def check_bounds(name, gate, ancillas, seed):
    """Every bound holds for every state that is found, and no dual lies below its primal.

    Returned are how far the dual lies above the primal, and the bounds above what was found, at
    the least.
    """
    margins = []
    for kind, entangling_gate in ((entangling_power, gate), (disentangling_power, gate.dag())):
        power = kind(gate, ancillas=ancillas, restarts=2, random_state=seed)
        assert np.isfinite(power.upper_bound), name
        # Not by the value, which is cut off at the bound.
        found = gained(power, gate)
        assert found <= power.upper_bound + 1e-9, name
        # These hold with any ancillas, so also for those that the Schmidt strength needs.
        dual, *others = bounds(entangling_gate)
        least = min(dual, np.log2(operator_schmidt_rank(entangling_gate)), *others)
        found = max(found, schmidt_strength(entangling_gate))
        assert found <= least + 1e-9, name
        best = primal(entangling_gate, steps=60)
        assert best <= dual + 1e-12, name
        margins.append((dual - best, least - found))
    return np.min(margins, axis=0)


def test_bounds_of_any_gate():
    """Fewer than in the long form below, and small ones."""
    for seed, (name, gate, ancillas) in enumerate(pool(14)):
        check_bounds(name, gate, ancillas, seed)


@pytest.mark.soak
def test_bounds_of_many_gates(count):
    for seed, (name, gate, ancillas) in enumerate(pool(560)):
        check_bounds(name, gate, ancillas, seed)
    count("gates whose bounds held, dual above primal, entangling and disentangling", seed + 1)


@pytest.mark.parametrize(
    "choices",
    [
        (np.eye(3), shift(3), fourier(3)),
        (np.diag(np.exp(2j * np.pi * np.arange(3) / 3)), np.eye(3)[[1, 0, 2]], np.eye(3)),
    ],
)
def test_a_nearly_singular_witness_gives_a_bound(choices):
    """Two qutrits, of which A controls what is applied to B. The inverse was not positive."""
    gate = controlled(*choices)
    bound, best = decoupling_bound(bipartite(gate)), primal(gate)
    assert best <= bound == pytest.approx(best, abs=1e-4)
    power = entangling_power(gate, restarts=4, random_state=0)
    assert gained(power, gate) <= power.upper_bound + 1e-9
