"""The spread of the entangling power, in closed form and by other ways to the same number."""

import itertools

import numpy as np
import pytest
from gates import fourier, parts
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, gates, qeye, rand_unitary, tensor

from qrnnlib import (
    average_entangling_power,
    canonical_gate,
    entangling_power_deviation,
    ring_layers,
)
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.power_deviation import entropy_moments

unhurried = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)
small_dims = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3), (2, 4)])
CNOT = 2 * np.sqrt(11) / 45


def haar_kets(rng, count, d):
    kets = rng.normal(size=(count, d)) + 1j * rng.normal(size=(count, d))
    return kets / np.linalg.norm(kets, axis=1, keepdims=True)


def linear_entropies(operator, left, right):
    """Return 1 - tr rho_A^2 after the gate, for rows of `left` and `right`."""
    matrix, (d_a, d_b) = parts(operator)
    inputs = np.einsum("si,sj->sij", left, right).reshape(len(left), -1)
    outputs = (inputs @ matrix.T).reshape(-1, d_a, d_b)
    reduced = outputs @ outputs.conj().swapaxes(1, 2)
    return 1 - np.sum(np.abs(reduced) ** 2, axis=(1, 2))


def swap(d):
    return Qobj(np.eye(d * d).reshape(d, d, d * d).swapaxes(0, 1).reshape(d * d, -1), [[d, d]] * 2)


# Closed values -------------------------------------------------------------------------------


def test_cnot_and_its_relatives():
    assert entangling_power_deviation(gates.cnot()) == pytest.approx(CNOT, abs=1e-14)
    # iSWAP is a CZ and a swap, up to local unitaries.
    assert entangling_power_deviation(gates.iswap()) == pytest.approx(CNOT, abs=1e-14)


@pytest.mark.parametrize("angle", [1e-4, 0.3, 1.0, 2.5, np.pi])
def test_controlled_phases(angle):
    """Every input gains sin^2(t/2) times what CNOT gives it."""
    deviation = entangling_power_deviation(gates.cphase(angle))
    assert deviation == pytest.approx(np.sin(angle / 2) ** 2 * CNOT, rel=1e-7)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_gates_without_power(d):
    for gate in (qeye([d, d]), swap(d)):
        assert entangling_power_deviation(gate) == pytest.approx(0, abs=1e-15)
        local = tensor(rand_unitary(d, seed=1), rand_unitary(d, seed=2))
        assert entangling_power_deviation(local * gate) == pytest.approx(0, abs=1e-14)


def test_a_side_of_dimension_one_has_nothing_to_be_entangled():
    assert entangling_power_deviation(rand_unitary([1, 3], seed=0)) == 0


def test_equal_means_need_not_have_equal_spreads():
    cnot, b = gates.cnot(), gates.berkeley()
    assert average_entangling_power(cnot) == pytest.approx(average_entangling_power(b), abs=1e-12)
    assert entangling_power_deviation(b) < entangling_power_deviation(cnot) - 0.01


# Other ways to the same number ---------------------------------------------------------------


@unhurried
@given(seed=seeds)
def test_qubits_by_the_corners_of_an_icosahedron(seed):
    """They average every polynomial of degree 5 in a Bloch vector; the square is of degree 4."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [
        np.roll([0, s, t * golden], k) for s in (1, -1) for t in (1, -1) for k in range(3)
    ] / np.sqrt(1 + golden**2)
    polar, azimuth = np.arccos(corners[:, 2]), np.arctan2(corners[:, 1], corners[:, 0])
    kets = np.stack([np.cos(polar / 2), np.exp(1j * azimuth) * np.sin(polar / 2)], axis=1)
    gate = rand_unitary([2, 2], seed=np.random.default_rng(seed))
    values = linear_entropies(gate, np.repeat(kets, 12, axis=0), np.tile(kets, (12, 1)))
    assert entropy_moments(bipartite(gate)) == pytest.approx(
        (values.mean(), np.mean(values**2)), abs=1e-13
    )
    assert entangling_power_deviation(gate) == pytest.approx(values.std(), abs=1e-10)


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 2)])
def test_all_permutations_of_four_copies(dims):
    """The sum over 24 permutations of A and 24 of B, before anything is simplified."""
    d_a, d_b = dims
    gate = rand_unitary([d_a, d_b], seed=5)
    size = (d_a * d_b) ** 4
    axes = np.arange(size).reshape([d_a, d_b] * 4)

    def permuted(of_a, of_b):
        """Return where each basis state of four copies goes."""
        order = [copy * 2 + side for p in range(4) for side, copy in ((0, of_a[p]), (1, of_b[p]))]
        return axes.transpose(order).ravel()

    orders = list(itertools.permutations(range(4)))
    symmetric = np.zeros((size, size))
    for of_a, of_b in itertools.product(orders, orders):
        symmetric[np.arange(size), permuted(of_a, of_b)] += 1
    symmetric /= np.trace(symmetric)  # the mean of four copies of both factors
    matrix = gate.full()
    twice = np.kron(matrix, matrix)
    four = np.kron(twice, twice)
    swapped = (four @ symmetric @ four.conj().T)[permuted((1, 0, 3, 2), range(4))]
    purity_squared = np.trace(swapped).real
    mean, square = entropy_moments(bipartite(gate))
    assert 1 - 2 * mean + square == pytest.approx(purity_squared, abs=1e-12)


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 3), (4, 2), (4, 4)])
def test_random_product_states(dims):
    rng = np.random.default_rng(sum(dims))
    gate = rand_unitary(list(dims), seed=rng)
    values = linear_entropies(gate, *(haar_kets(rng, 50_000, d) for d in dims))
    for power, expected in zip((1, 2), entropy_moments(bipartite(gate)), strict=True):
        error = np.std(values**power) / np.sqrt(len(values))
        assert abs(np.mean(values**power) - expected) < 5 * error
    assert average_entangling_power(gate) == pytest.approx(
        entropy_moments(bipartite(gate))[0], abs=1e-12
    )


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 3)])
def test_the_mean_over_random_gates(dims):
    """A random gate makes a random state of every product: the variance of a purity is known."""
    m, n = dims
    purity = (m + n) / (m * n + 1)
    variance = 2 * (m**2 - 1) * (n**2 - 1) / ((m * n + 1) ** 2 * (m * n + 2) * (m * n + 3))
    rng = np.random.default_rng(7)
    squares = [
        entropy_moments(bipartite(rand_unitary(list(dims), seed=rng)))[1] for _ in range(400)
    ]
    error = np.std(squares) / np.sqrt(len(squares))
    assert abs(np.mean(squares) - variance - (1 - purity) ** 2) < 5 * error


# Invariances and bounds ----------------------------------------------------------------------


@unhurried
@given(seed=seeds, dims=small_dims)
def test_local_unitaries_and_the_order_of_the_sides_do_not_matter(seed, dims):
    rng = np.random.default_rng(seed)
    gate = rand_unitary(list(dims), seed=rng)
    expected = entangling_power_deviation(gate)
    before, after = (tensor(*(rand_unitary(d, seed=rng) for d in dims)) for _ in range(2))
    assert entangling_power_deviation(after * gate * before) == pytest.approx(expected, abs=1e-10)
    assert entangling_power_deviation(gate.permute([1, 0])) == pytest.approx(expected, abs=1e-10)
    if dims[0] == dims[1]:
        swapped = swap(dims[0]) * gate
        assert entangling_power_deviation(swapped) == pytest.approx(expected, abs=1e-10)


@unhurried
@given(seed=seeds, dims=small_dims)
def test_the_spread_is_at_most_that_of_two_extremes(seed, dims):
    """Of all distributions between 0 and a largest value, one on these two spreads most."""
    rng = np.random.default_rng(seed)
    gate = rand_unitary(list(dims), seed=rng)
    mean = average_entangling_power(gate)
    bound = np.sqrt(mean * (1 - 1 / min(dims) - mean))
    assert 0 < entangling_power_deviation(gate) <= bound


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (2, 5), (3, 3), (3, 4), (5, 3)])
def test_the_inverse_has_the_same_spread_if_a_side_has_three_dimensions_or_fewer(dims):
    gate = rand_unitary(list(dims), seed=3)
    assert entangling_power_deviation(gate.dag()) == pytest.approx(
        entangling_power_deviation(gate), abs=1e-10
    )


def test_the_inverse_may_have_another_spread_if_both_sides_have_four_dimensions():
    gate = rand_unitary([4, 4], seed=1)
    forth, back = (entangling_power_deviation(g) for g in (gate, gate.dag()))
    assert average_entangling_power(gate.dag()) == pytest.approx(
        average_entangling_power(gate), abs=1e-12
    )
    assert abs(forth - back) > 3e-5
    # Not by rounding: the conjugate, which permutes nothing, has the same spread.
    assert entangling_power_deviation(gate.conj()) == pytest.approx(forth, abs=1e-12)


def test_what_is_accepted():
    circuit = ring_layers(3, 1)
    angles = np.full(circuit.shape, 0.3)
    by_circuit = entangling_power_deviation(circuit, 2, params=angles)
    assert by_circuit == pytest.approx(entangling_power_deviation(circuit.to_qobj(angles), 2))
    with pytest.raises(ValueError, match=r"operator must be unitary"):
        entangling_power_deviation(2 * gates.cnot())
    with pytest.raises(ValueError, match=r"cut must lie in 1..1"):
        entangling_power_deviation(gates.cnot(), 2)
    with pytest.raises(ValueError, match=r"params must hold the angles"):
        entangling_power_deviation(circuit)
    # Any canonical gate and any Fourier matrix will do.
    assert entangling_power_deviation(canonical_gate(0.1, 0.2, 0.3)) > 0
    assert entangling_power_deviation(Qobj(fourier(6), [[2, 3]] * 2)) > 0
