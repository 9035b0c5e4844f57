"""Local decompositions of gates without power, and witnesses of all others."""

import numpy as np
import pytest
from gates import fourier, pool
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, gates, qeye, rand_herm, rand_unitary, tensor

from qrnnlib import (
    average_entangling_power,
    entangling_power,
    entropy_of_entanglement,
    operator_schmidt,
    power_witness,
    ring_layers,
)

unhurried = settings(deadline=None, max_examples=40)
seeds = st.integers(0, 2**32 - 1)
SIDES = [([2], [2]), ([2], [3]), ([3], [3]), ([2, 2], [4]), ([3], [2, 2]), ([1], [3])]


def swapping(d, dims):
    matrix = np.eye(d * d).reshape(d, d, -1).swapaxes(0, 1).reshape(d * d, -1)
    return Qobj(matrix, dims=[dims, dims])


def holds(witness, gate):
    """Whether what the witness claims of a gate is so, by QuTiP's own products."""
    if not witness.has_power:
        assert witness.state is None
        assert witness.entropy == 0
        for part in (witness.left, witness.right):
            matrix = part.full()
            assert np.allclose(matrix.conj().T @ matrix, np.eye(len(matrix)), atol=1e-12)
        assert witness.unitary().dims == gate.dims
        return np.abs((witness.unitary() - gate).full()).max() <= 1e-10
    assert witness.left is witness.right is None
    assert entropy_of_entanglement(witness.state, witness.cut) == pytest.approx(0, abs=1e-14)
    after = entropy_of_entanglement((gate * witness.state).unit(), witness.cut)
    assert witness.entropy == pytest.approx(after, rel=1e-9, abs=1e-14)
    return witness.entropy > 0


@unhurried
@given(seed=seeds, sides=st.sampled_from(SIDES), swap=st.booleans(), phase=st.floats(-3, 3))
def test_local_gates(seed, sides, swap, phase):
    rng = np.random.default_rng(seed)
    dims = [*sides[0], *sides[1]]
    d_a, d_b = (int(np.prod(side)) for side in sides)
    parts = (rand_unitary(d, seed=rng).full() if d > 1 else np.eye(1) for d in (d_a, d_b))
    gate = Qobj(np.exp(1j * phase) * np.kron(*parts), dims=[dims, dims])
    swap = swap and d_a == d_b
    if swap:
        gate = gate * swapping(d_a, dims)
    witness = power_witness(gate, len(sides[0]))
    assert not witness.has_power
    assert witness.swap == swap
    assert holds(witness, gate)
    assert average_entangling_power(gate, len(sides[0])) == pytest.approx(0, abs=1e-12)


@unhurried
@given(seed=seeds, sides=st.sampled_from(SIDES[:-1]))
def test_random_gates(seed, sides):
    dims = [*sides[0], *sides[1]]
    gate = rand_unitary(dims, seed=np.random.default_rng(seed))
    witness = power_witness(gate, len(sides[0]))
    assert witness.has_power
    assert holds(witness, gate)
    least = min(np.prod(side) for side in sides)
    assert witness.entropy <= np.log2(least) + 1e-12


@unhurried
@given(seed=seeds, exponent=st.floats(-14, 0), swap=st.booleans(), d=st.sampled_from([2, 3]))
def test_gates_at_any_distance_from_a_local_one(seed, exponent, swap, d):
    """On either side of the tolerance the answer is right."""
    rng = np.random.default_rng(seed)
    near = (1j * 10**exponent * rand_herm([d, d], seed=rng)).expm()
    local = tensor(rand_unitary(d, seed=rng), rand_unitary(d, seed=rng))
    gate = near * local * (swapping(d, [d, d]) if swap else qeye([d, d]))
    witness = power_witness(gate)
    assert holds(witness, gate)
    assert witness.has_power or exponent < -9
    assert not witness.has_power or exponent > -11


@pytest.mark.parametrize("tolerance", [1e-12, 1e-6, 0.1])
def test_the_tolerance_is_a_distance(tolerance):
    """A controlled phase t differs from a local gate by 2 sin(t/4), in Hilbert-Schmidt norm."""
    form = operator_schmidt(gates.cphase(0.1))
    assert 2 * form.probabilities[1] ** 0.5 == pytest.approx(2 * np.sin(0.025), abs=1e-14)
    for factor in (0.99, 1.01):
        gate = gates.cphase(4 * np.arcsin(factor * tolerance / 2))
        assert power_witness(gate, tolerance=tolerance).has_power == (factor > 1)


@pytest.mark.parametrize("angle", [1e-9, 1e-6, 1e-3, 1.0])
def test_small_entropies_keep_their_digits(angle):
    """A controlled phase t takes |++> to the probabilities sin^2(t/4) and the rest."""
    p = np.sin(angle / 4) ** 2
    expected = -(p * np.log(p) + (1 - p) * np.log1p(-p)) / np.log(2)
    assert power_witness(gates.cphase(angle)).entropy == pytest.approx(expected, rel=1e-5)


def test_a_pool_of_gates_of_all_kinds():
    for name, gate, _ in pool(70, seed=2):
        assert holds(power_witness(gate), gate), name


def test_named_gates():
    for gate in (gates.cnot(), gates.cz_gate(), gates.iswap()):
        assert power_witness(gate).entropy == pytest.approx(1, abs=1e-12)
    # A swap with a part of the larger side entangles that part's partner.
    partial = tensor(gates.swap(), qeye(2))
    assert power_witness(partial, 1).entropy == pytest.approx(1, abs=1e-12)
    assert power_witness(partial, 2).swap is False
    assert not power_witness(partial, 2).has_power


def test_every_power_has_a_witness():
    """Diagonal in a basis that the witnesses do not contain, and real: still found."""
    turn = tensor(Qobj(fourier(2)), Qobj(fourier(2)))
    for gate in (gates.cphase(0.01), turn * gates.cphase(0.01) * turn.dag()):
        witness = power_witness(gate)
        assert 0 < witness.entropy <= entangling_power(gate, restarts=8, random_state=0).value


def test_what_is_accepted():
    circuit = ring_layers(3, 1)
    witness = power_witness(circuit, 2, params=np.full(circuit.shape, 0.3))
    assert witness.has_power
    assert witness.cut == 2
    with pytest.raises(ValueError, match=r"unitary\(\) needs a gate without power"):
        witness.unitary()
    with pytest.raises(ValueError, match=r"tolerance must lie in"):
        power_witness(gates.cnot(), tolerance=0)
    with pytest.raises(ValueError, match=r"operator must be unitary"):
        power_witness(2 * gates.cnot())
