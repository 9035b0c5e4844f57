"""The bound from partial transposes, against closed forms and found values."""

import numpy as np
import pytest
from gates import controlled, pool, shift
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import gates, qeye, rand_unitary, tensor

from qrnnlib import (
    canonical_gate,
    disentangling_power,
    entangling_power,
    operator_schmidt,
    qubit_qutrit_gate,
    rains_bound,
    schmidt_strength,
)
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.rains_bound import _choi, _smooth_bound, certified

unhurried = settings(deadline=None, max_examples=15)
seeds = st.integers(0, 2**32 - 1)
dims_of = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)])


def closed_form(gate):
    """Return the bound of S = J, from the operator Schmidt form."""
    form = operator_schmidt(gate)
    roots = np.sqrt(form.probabilities)
    sides = [
        sum(p * (part.dag() * part).full() for p, part in zip(roots, side, strict=False))
        for side in (form.left, form.right)
    ]
    return sum(np.log2(np.linalg.eigvalsh(side)[-1]) for side in sides)


@unhurried
@given(seed=seeds, dims=dims_of)
def test_the_closed_form(seed, dims):
    gate = rand_unitary(list(dims), seed=np.random.default_rng(seed))
    assert rains_bound(gate, iterations=0) == pytest.approx(closed_form(gate), abs=1e-9)


@unhurried
@given(c=st.tuples(*[st.floats(-2, 2)] * 3))
def test_two_qubits(c):
    """2 log of the sum of the roots of the Schmidt probabilities."""
    gate = canonical_gate(*c)
    roots = np.sqrt(operator_schmidt(gate).probabilities)
    assert rains_bound(gate, iterations=0) == pytest.approx(2 * np.log2(roots.sum()), abs=1e-7)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_bounds_that_are_met(d):
    assert rains_bound(qeye([d, d]), iterations=0) == pytest.approx(0, abs=1e-9)
    sums = controlled(*(np.linalg.matrix_power(shift(d), k) for k in range(d)))
    assert rains_bound(sums, iterations=0) == pytest.approx(np.log2(d), abs=1e-9)
    assert rains_bound(gates.swap()) == pytest.approx(2, abs=1e-9)


@unhurried
@given(seed=seeds, dims=st.sampled_from([(2, 2), (2, 3), (3, 2)]))
def test_the_bound_is_above_what_is_found_and_ignores_local_unitaries(seed, dims):
    rng = np.random.default_rng(seed)
    gate = rand_unitary(list(dims), seed=rng)
    bound = rains_bound(gate, iterations=0)
    better = rains_bound(gate, iterations=5)
    found = entangling_power(gate, ancillas=(2, 3), restarts=6, random_state=seed)
    assert schmidt_strength(gate) - 1e-9 <= found.value + 1e-6
    assert found.value <= better + 1e-9
    assert better <= bound
    before, after = (tensor(*(rand_unitary(d, seed=rng) for d in dims)) for _ in range(2))
    assert rains_bound(after * gate * before, iterations=0) == pytest.approx(bound, abs=1e-9)


def test_a_pool_of_gates_of_all_kinds():
    for name, gate, ancillas in pool(40, seed=4):
        found = entangling_power(gate, ancillas=ancillas, restarts=4, random_state=0).value
        assert found <= rains_bound(gate, iterations=0) + 1e-7, name


@unhurried
@given(seed=seeds, scale=st.floats(0, 2))
def test_any_certificate_is_a_bound(seed, scale):
    """However bad the search, what it ends with is one."""
    rng = np.random.default_rng(seed)
    gate = rand_unitary([2, 2], seed=rng)
    root = scale * (rng.normal(size=(16, 3)) + 1j * rng.normal(size=(16, 3)))
    found = entangling_power(gate, ancillas=(2, 2), restarts=4, random_state=seed).value
    assert found <= certified(bipartite(gate), root) + 1e-9


def test_the_qubit_qutrit_gate():
    """Its inverse creates at most 1.9636 ebits. The programme's optimum is 1.962500."""
    gate = qubit_qutrit_gate()
    bound = rains_bound(gate.dag())
    assert 1.962499 < bound < 1.9636
    found = disentangling_power(gate, ancillas=(2, 3), restarts=12, random_state=0).value
    assert found < bound < entangling_power(gate, ancillas=(2, 2), random_state=0).value


def test_the_gradient():
    gate = bipartite(rand_unitary([2, 3], seed=3))
    rng = np.random.default_rng(0)
    point, step = (
        0.3 * (rng.normal(size=(1, 36 * 4)) + 1j * rng.normal(size=(1, 36 * 4))) for _ in range(2)
    )
    function = _smooth_bound(gate, _choi(gate), 0.1, 16)
    _, slope = function(point)
    h = 1e-5
    change = (function(point + h * step)[0] - function(point - h * step)[0]) / (2 * h)
    assert change[0] == pytest.approx(np.sum(slope.conj() * step).real, rel=1e-6)


def test_what_is_accepted():
    with pytest.raises(ValueError, match=r"iterations must be at least 0, got -1"):
        rains_bound(gates.cnot(), iterations=-1)
    with pytest.raises(ValueError, match=r"operator must be unitary"):
        rains_bound(2 * gates.cnot())
    assert rains_bound(gates.toffoli(), 2, iterations=0) == pytest.approx(
        rains_bound(gates.toffoli(), 1, iterations=0), abs=1e-9
    )
