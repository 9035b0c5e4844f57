"""Operators across a cut against closed forms (derived in README.md) and independent routes."""

import dataclasses

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, gates, qeye, rand_unitary, tensor
from scipy.stats import entropy

from qrnnlib import ring_layers
from qrnnlib.physics.entanglement import entropy_of_entanglement, linear_entropy
from qrnnlib.physics.operator_entanglement import (
    gate_typicality,
    operator_linear_entropy,
    operator_schmidt,
    operator_schmidt_rank,
    schmidt_strength,
)
from qrnnlib.physics.schmidt import schmidt
from qrnnlib.physics.weyl import canonical_gate

EXACT = 1e-12

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None)

seeds = st.integers(0, 2**32 - 1)
dimensions = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3), (3, 2, 2), (2, 2, 2, 2), (4, 2)])
angles = st.floats(-7, 7)

EVERY = [
    operator_schmidt,
    operator_schmidt_rank,
    schmidt_strength,
    operator_linear_entropy,
    gate_typicality,
]


def random_operator_and_cut(data, seed):
    dims = list(data.draw(dimensions))
    return rand_unitary(dims, seed=seed), data.draw(st.integers(1, len(dims) - 1))


def local_unitary(dims, cut, rng):
    return tensor(rand_unitary(dims[:cut], seed=rng), rand_unitary(dims[cut:], seed=rng))


def swap(d):
    i, j = np.indices((d, d)).reshape(2, -1)
    matrix = np.zeros((d * d, d * d))
    matrix[j * d + i, i * d + j] = 1
    return Qobj(matrix, dims=[[d, d]] * 2)


def controlled_clock(d, e):
    """Return sum_j |j><j| (x) Z^j, which multiplies |j, k> by exp(2 pi i j k / e)."""
    j, k = np.indices((d, e))
    return Qobj(np.diag(np.exp(2j * np.pi * j * k / e).ravel()), dims=[[d, e]] * 2)


def same_up_to_zeros(probabilities, expected):
    expected = np.concatenate([expected, np.zeros(len(probabilities) - len(expected))])
    return probabilities == pytest.approx(np.sort(expected)[::-1], abs=EXACT)


def agrees(operator, expected, cut=1):
    """Hold every measure of `operator` to the probabilities `expected`, zeros left out."""
    expected = np.asarray(expected)
    assert same_up_to_zeros(operator_schmidt(operator, cut).probabilities, expected)
    assert operator_schmidt_rank(operator, cut) == np.sum(np.sqrt(expected) > 1e-10)
    assert schmidt_strength(operator, cut) == pytest.approx(entropy(expected, base=2), abs=1e-11)
    linear = 1 - np.sum(expected**2)
    assert operator_linear_entropy(operator, cut) == pytest.approx(linear, abs=EXACT)


# Closed forms -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (qeye([2, 2]), [1]),
        (gates.cnot(), [1 / 2] * 2),
        (gates.cz_gate(), [1 / 2] * 2),
        (gates.iswap(), [1 / 4] * 4),
        (gates.swap(), [1 / 4] * 4),
        (gates.sqrtswap(), [5 / 8, 1 / 8, 1 / 8, 1 / 8]),
    ],
)
def test_named_gates(gate, expected):
    agrees(gate, expected)


@pytest.mark.parametrize("t", [0.0, 1e-3, 0.5, np.pi / 2, np.pi, 4.0, 2 * np.pi])
def test_controlled_phase(t):
    agrees(gates.cphase(t), [np.cos(t / 4) ** 2, np.sin(t / 4) ** 2])


@unhurried
@given(c=st.tuples(angles, angles, angles))
def test_canonical_gates(c):
    cosines, sines = np.cos(np.array(c) / 2) ** 2, np.sin(np.array(c) / 2) ** 2
    expected = [np.prod(cosines) + np.prod(sines)]
    for k in range(3):
        flipped = np.arange(3) == k
        expected.append(
            np.prod(np.where(flipped, sines, cosines)) + np.prod(np.where(flipped, cosines, sines))
        )
    gate = canonical_gate(*c)
    assert same_up_to_zeros(operator_schmidt(gate).probabilities, expected)
    squares = np.cos(c) ** 2 @ np.roll(np.cos(c), 1) ** 2
    assert operator_linear_entropy(gate) == pytest.approx((3 - squares) / 4, abs=EXACT)
    assert gate_typicality(gate) == pytest.approx(np.sum(np.sin(c) ** 2) / 3, abs=EXACT)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_the_swap_ties_all_there_is(d):
    agrees(swap(d), [1 / d**2] * d**2)
    assert gate_typicality(swap(d)) == pytest.approx(1, abs=EXACT)


@pytest.mark.parametrize(("d", "e"), [(2, 2), (2, 3), (3, 3), (3, 5), (4, 4)])
def test_controlled_clocks(d, e):
    agrees(controlled_clock(d, e), [1 / d] * d)


@pytest.mark.parametrize("cut", [1, 2])
def test_toffoli(cut):
    agrees(gates.toffoli(), [3 / 4, 1 / 4], cut)


@unhurried
@given(data=st.data(), seed=seeds)
def test_a_product_is_one_term(data, seed):
    dims = list(data.draw(dimensions))
    cut = data.draw(st.integers(1, len(dims) - 1))
    rng = np.random.default_rng(seed)
    left, right = rand_unitary(dims[:cut], seed=rng), rand_unitary(dims[cut:], seed=rng)
    form = operator_schmidt(tensor(left, right), cut)
    agrees(tensor(left, right), [1], cut)
    # Each factor comes back up to its phase.
    assert abs((form.left[0].dag() @ left).tr()) == pytest.approx(np.prod(dims[:cut]), abs=1e-10)
    assert abs((form.right[0].dag() @ right).tr()) == pytest.approx(np.prod(dims[cut:]), abs=1e-10)


def test_nothing_is_a_clean_zero():
    for measure in (schmidt_strength, operator_linear_entropy, gate_typicality):
        assert isinstance(measure(qeye([2, 2])), float)
        assert str(measure(qeye([2, 2]))) == "0.0"


def test_rounding_leaves_no_measure_out_of_its_range():
    rng = np.random.default_rng(8)
    for d in [2, 3] * 20:
        local = local_unitary([d, d], 1, rng)
        assert 0 <= schmidt_strength(local) < EXACT
        assert 0 <= operator_linear_entropy(local) < EXACT
        assert 0 <= gate_typicality(local) < EXACT
        assert 0 <= 1 - gate_typicality(swap(d) @ local) < EXACT


def test_the_rank_counts_weak_ties_and_no_rounding():
    for t, rank in ((1e-6, 2), (1e-9, 2), (1e-11, 1)):
        assert operator_schmidt_rank(gates.cphase(t)) == rank
    rng = np.random.default_rng(3)
    gate = qeye([2, 2])
    for _ in range(300):
        gate = local_unitary([2, 2], 1, rng) @ gate
    assert operator_schmidt_rank(gate) == 1


# Gate typicality ----------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 3])
def test_typicality_is_0_for_local_and_1_for_swapped_local_unitaries(d):
    local = local_unitary([d, d], 1, np.random.default_rng(d))
    assert gate_typicality(local) == pytest.approx(0, abs=EXACT)
    assert gate_typicality(swap(d) @ local) == pytest.approx(1, abs=EXACT)


@unhurried
@given(d=st.integers(2, 3), seed=seeds)
def test_typicality_follows_its_definition_and_swapping_mirrors_it(d, seed):
    gate = rand_unitary([d, d], seed=seed)
    most = 1 - 1 / d**2
    both = operator_linear_entropy(gate), operator_linear_entropy(gate @ swap(d))
    expected = (both[0] - both[1] + most) / (2 * most)
    assert gate_typicality(gate) == pytest.approx(expected, abs=EXACT)
    for swapped in (gate @ swap(d), swap(d) @ gate):
        assert gate_typicality(swapped) == pytest.approx(1 - expected, abs=EXACT)


@pytest.mark.parametrize("dims", [[4, 2, 2], [2, 2, 4]])
def test_typicality_asks_for_equal_sides_not_equal_subsystems(dims):
    cut = 1 if dims[0] == 4 else 2
    gate = rand_unitary(16, seed=5)
    named = Qobj(gate.full(), dims=[dims] * 2)
    plain = Qobj(gate.full(), dims=[[4, 4]] * 2)
    assert gate_typicality(named, cut) == pytest.approx(gate_typicality(plain), abs=EXACT)


# An independent route: the operator as a state ----------------------------------------------


@unhurried
@given(data=st.data(), seed=seeds)
def test_an_operator_is_a_ket_of_twice_the_subsystems(data, seed):
    operator, cut = random_operator_and_cut(data, seed)
    dims = operator.dims[0]
    n = len(dims)
    # QuTiP stacks columns: the inputs come first, then the outputs.
    ket = Qobj(qutip.operator_to_vector(operator).full(), dims=[dims * 2, [1] * 2 * n]).unit()
    sides = [*range(cut), *range(n, n + cut)], [*range(cut, n), *range(n + cut, 2 * n)]
    ket = ket.permute(sides[0] + sides[1])
    form = operator_schmidt(operator, cut)
    assert form.probabilities == pytest.approx(schmidt(ket, 2 * cut).coefficients ** 2, abs=EXACT)
    strength = schmidt_strength(operator, cut)
    assert strength == pytest.approx(entropy_of_entanglement(ket, 2 * cut), abs=1e-10)
    alone = linear_entropy(ket.ptrace(list(range(2 * cut))))
    assert operator_linear_entropy(operator, cut) == pytest.approx(alone, abs=EXACT)


def test_schmidt_strength_is_made_from_ancillas():
    gate = gates.sqrtiswap()
    pair = qutip.bell_state("00")
    four = tensor(pair, pair).permute([0, 2, 1, 3])  # A, B, then the ancilla of each
    made = (tensor(gate, qeye([2, 2])) @ four).permute([0, 2, 1, 3])
    assert entropy_of_entanglement(made, 2) == pytest.approx(schmidt_strength(gate), abs=EXACT)


# Properties ---------------------------------------------------------------------------------


@unhurried
@given(data=st.data(), seed=seeds)
def test_the_form_rebuilds_the_operator(data, seed):
    operator, cut = random_operator_and_cut(data, seed)
    form = operator_schmidt(operator, cut)
    dims = operator.dims[0]
    a, b = int(np.prod(dims[:cut])), int(np.prod(dims[cut:]))
    assert len(form.probabilities) == len(form.left) == len(form.right) == min(a, b) ** 2
    assert np.all(np.diff(form.probabilities) <= 0)
    assert np.all(form.probabilities >= 0)
    assert np.sum(form.probabilities) == pytest.approx(1, abs=EXACT)
    parts = zip(form.probabilities, form.left, form.right, strict=True)
    rebuilt = sum(np.sqrt(p) * tensor(left, right) for p, left, right in parts)
    assert rebuilt.dims == operator.dims
    assert np.max(np.abs((rebuilt - operator).full())) < EXACT
    for side, d in ((form.left, a), (form.right, b)):
        products = np.array([[(x.dag() @ y).tr() for y in side] for x in side])
        assert products == pytest.approx(d * np.eye(len(side)), abs=1e-11)


@unhurried
@given(data=st.data(), seed=seeds)
def test_local_unitaries_and_the_adjoint_change_nothing(data, seed):
    operator, cut = random_operator_and_cut(data, seed)
    rng = np.random.default_rng(seed)
    dims = operator.dims[0]
    before, after = local_unitary(dims, cut, rng), local_unitary(dims, cut, rng)
    expected = operator_schmidt(operator, cut).probabilities
    for same in (after @ operator @ before, operator.dag(), np.exp(1j) * operator):
        assert operator_schmidt(same, cut).probabilities == pytest.approx(expected, abs=EXACT)
        assert schmidt_strength(same, cut) == pytest.approx(entropy(expected, base=2), abs=1e-11)


@unhurried
@given(seed=seeds)
def test_the_sides_may_be_exchanged(seed):
    operator = rand_unitary([2, 3], seed=seed)
    mirrored = operator_schmidt(operator.permute([1, 0])).probabilities
    assert mirrored == pytest.approx(operator_schmidt(operator).probabilities, abs=EXACT)


def test_the_left_operators_lead_with_a_positive_entry():
    for seed in range(10):
        for left in operator_schmidt(rand_unitary([3, 3], seed=seed)).left:
            entries = left.full().ravel()
            leading = entries[np.argmax(abs(entries) >= abs(entries).max() / 2)]
            assert leading.imag == pytest.approx(0, abs=EXACT)
            assert leading.real > 0


def test_the_form_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        operator_schmidt(gates.cnot()).left = None


# What is taken, and what is refused ---------------------------------------------------------


class Holder:
    def __init__(self, operator):
        self.operator = operator

    def unitary(self):
        return self.operator


@pytest.mark.parametrize("function", EVERY[1:])
def test_circuits_and_holders_of_unitaries_are_taken(function):
    circuit = ring_layers(4, 2)
    params = np.linspace(0.1, 0.9, circuit.n_parameters).reshape(circuit.shape)
    expected = function(circuit.to_qobj(params), 2)
    assert function(circuit, 2, params=params) == pytest.approx(expected, abs=EXACT)
    assert function(Holder(circuit.to_qobj(params)), 2) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("function", EVERY)
def test_what_is_no_unitary_on_two_sides_is_refused(function):
    with pytest.raises(TypeError, match=r"^operator must be a QuTiP operator, got array"):
        function(np.eye(4))
    with pytest.raises(ValueError, match=r"^operator must be unitary"):
        function(2 * gates.cnot())
    with pytest.raises(ValueError, match=r"^operator must be a square operator"):
        function(qutip.bell_state("00"))
    with pytest.raises(ValueError, match=r"^operator must have at least 2 subsystems"):
        function(qeye(4))
    with pytest.raises(ValueError, match=r"^cut must lie in 1\.\.1"):
        function(gates.cnot(), 2)
    with pytest.raises(TypeError, match=r"^cut must be an integer"):
        function(gates.cnot(), 1.0)
    with pytest.raises(ValueError, match=r"^params must hold the angles of a Circuit"):
        function(ring_layers(2, 1))
    with pytest.raises(ValueError, match=r"^params must be None unless operator is a Circuit"):
        function(gates.cnot(), params=[1.0])


def test_typicality_refuses_unequal_sides():
    with pytest.raises(
        ValueError,
        match=r"^operator must have two sides of the same dimension, got 2 and 4 at cut 1",
    ):
        gate_typicality(gates.toffoli())
