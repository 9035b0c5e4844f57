"""The upper bounds, each against a case in which it is met or known in closed form."""

import numpy as np
import pytest
from gates import parts
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import gates, qeye, rand_unitary, tensor
from scipy.linalg import sqrtm

from qrnnlib import canonical_gate, entangling_power, qubit_qutrit_gate
from qrnnlib._bipartite import bipartite
from qrnnlib.power_bounds import decoupling_bound, interaction_bound, upper_bound

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
    with_ancillas, source = upper_bound(bipartite(qubit_qutrit_gate().dag()), (4, 4))
    assert with_ancillas == pytest.approx(1.981311, abs=1e-6)
    assert source == "decoupling"


def test_a_bound_that_is_met_is_not_sought_again(monkeypatch):
    def refuse(gate):
        raise AssertionError("the decoupling bound was computed")

    monkeypatch.setattr("qrnnlib.power_bounds.decoupling_bound", refuse)
    assert upper_bound(bipartite(gates.cnot()), (2, 2), attained=1.0)[0] == 1.0
    with pytest.raises(AssertionError, match="computed"):
        upper_bound(bipartite(gates.cnot()), (2, 2), attained=0.9)
