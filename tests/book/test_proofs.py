"""The steps of the proof of the decoupling bound, each with random states and gates."""

import numpy as np
import pytest
import qutip

from qrnnlib import entropy_of_entanglement, von_neumann_entropy

SEEDS = range(5)
A, ANCILLA_A, B, ANCILLA_B = range(4)
DIMS = [2, 2, 3, 2]


def before_and_after(seed):
    """Return a random ket of A, a, B, b, and the same after a random gate on A and B."""
    ket = qutip.rand_ket(DIMS, seed=seed)
    gate = qutip.rand_unitary([DIMS[A], DIMS[B]], seed=seed + 100)
    ancillas = qutip.qeye([DIMS[ANCILLA_A], DIMS[ANCILLA_B]])
    return ket, qutip.tensor(gate, ancillas).permute([0, 2, 1, 3]) * ket


def entropy(ket, *places):
    return von_neumann_entropy(ket.ptrace(places))


def terms(before, after):
    """Return S(A|Bb) before the gate and S(A|a) after it."""
    first = entropy(before, A, B, ANCILLA_B) - entropy(before, B, ANCILLA_B)
    return first, entropy(after, A, ANCILLA_A) - entropy(after, ANCILLA_A)


def pairs(before, after):
    """Return both reduced states, each with the state in which A is mixed and independent."""
    mixed = qutip.qeye(DIMS[A]) / DIMS[A]
    return (
        (before.ptrace([A, B, ANCILLA_B]), qutip.tensor(mixed, before.ptrace([B, ANCILLA_B]))),
        (after.ptrace([A, ANCILLA_A]), qutip.tensor(mixed, after.ptrace(ANCILLA_A))),
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gain_is_two_conditional_entropies(seed):
    before, after = before_and_after(seed)
    gain = entropy_of_entanglement(after, cut=2) - entropy_of_entanglement(before, cut=2)
    assert sum(terms(before, after)) == pytest.approx(gain, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_falls_short_by_a_relative_entropy(seed):
    states = before_and_after(seed)
    for term, (state, apart) in zip(terms(*states), pairs(*states), strict=True):
        missing = qutip.entropy_relative(state, apart, base=2)
        assert np.log2(DIMS[A]) - term == pytest.approx(missing, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_fidelities_limit_the_gain(seed):
    states = before_and_after(seed)
    first, second = (qutip.fidelity(*pair) for pair in pairs(*states))
    gain = entropy_of_entanglement(states[1], cut=2) - entropy_of_entanglement(states[0], cut=2)
    limit = 2 * np.log2(DIMS[A]) + 2 * np.log2(first) + 2 * np.log2(second)
    assert gain < limit + 1e-9
    # Neither is 1 for a random state, so that the limit says more than twice log d.
    assert max(first, second) < 1 - 1e-6
