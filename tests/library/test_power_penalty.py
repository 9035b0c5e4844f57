"""The average entangling power in JAX: two other ways to its value, its bound, its gradient."""

from itertools import product

import jax
import numpy as np
import pytest
import qutip
from random_cells import EXACT, random_weights

from qrnnlib import CellDesign, MeasuredCell, average_entangling_power
from qrnnlib.cell import circuits, engine
from qrnnlib.cell.design import ANSATZE
from qrnnlib.learning.power_penalty import PowerPenalty, average_power, largest_average_power
from qrnnlib.physics.ansatz import canonical_layers

STEP = 1e-5  # of central differences


def power(matrix, d_a, d_b):
    with engine.double_precision():
        return float(average_power(np.asarray(matrix), d_a, d_b))


def random_unitary(d_a, d_b, seed=0):
    return qutip.rand_unitary(d_a * d_b, seed=seed).full()


# Value ----------------------------------------------------------------------------------------


def unbiased_states(d):
    """Return the states of d + 1 bases, every two of them unbiased; d is 2 or an odd prime."""
    if d == 2:
        r = np.sqrt(0.5)
        return [[1, 0], [0, 1], [r, r], [r, -r], [r, 1j * r], [r, -1j * r]]
    j, root = np.arange(d), np.exp(2j * np.pi / d)
    others = [root ** ((r * j**2 + k * j) % d) / np.sqrt(d) for r, k in product(range(d), repeat=2)]
    return [*np.eye(d), *others]


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 2), (3, 3), (2, 5)], ids=str)
def test_it_is_the_mean_over_unbiased_bases(dims):
    """Finitely many product states have the mean of all of them: see README.md."""
    for seed in range(3):
        U = random_unitary(*dims, seed)
        purities = []
        for a, b in product(*map(unbiased_states, dims)):
            table = (U @ np.kron(a, b)).reshape(dims)
            purities.append(np.linalg.norm(table @ table.conj().T) ** 2)
        assert power(U, *dims) == pytest.approx(1 - np.mean(purities), abs=EXACT)


@pytest.mark.parametrize("dims", [(2, 2), (2, 4), (4, 2), (4, 4), (2, 8), (8, 8)], ids=str)
def test_it_is_numpys(dims):
    for seed in range(3):
        U = random_unitary(*dims, seed)
        other = average_entangling_power(qutip.Qobj(U, dims=[list(dims)] * 2))
        assert power(U, *dims) == pytest.approx(other, abs=EXACT)
        assert 0 < other < largest_average_power(*dims)
        if dims == (2, 2):
            assert other == pytest.approx(qutip.entangling_power(qutip.Qobj(U, [[2, 2]] * 2)))


# Bound ----------------------------------------------------------------------------------------


def latin_squares(add, multiply, factor):
    """Return |i>|j> -> |i + j>|i + factor j>, in a field given by its two tables."""
    d = len(add)
    matrix = np.zeros((d * d, d * d))
    for i, j in product(range(d), repeat=2):
        matrix[d * add[i][j] + add[i][multiply[factor][j]], d * i + j] = 1
    return matrix


def prism():
    """Return the graph state of a triangular prism as an operator from three qubits to three."""
    edges = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5)]
    signs = [(-1) ** sum(bits[i] * bits[j] for i, j in edges) for bits in product((0, 1), repeat=6)]
    return np.reshape(signs, (8, 8)) / np.sqrt(8)


THREE = [[(i + j) % 3 for j in range(3)] for i in range(3)]
THREE_TIMES = [[i * j % 3 for j in range(3)] for i in range(3)]
FOUR = [[i ^ j for j in range(4)] for i in range(4)]
FOUR_TIMES = [[0, 0, 0, 0], [0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2]]


@pytest.mark.parametrize(
    ("matrix", "dims", "value"),
    [
        (qutip.gates.cnot().full(), (2, 2), 2 / 9),
        (prism(), (2, 4), 2 / 5),
        (prism(), (4, 2), 2 / 5),
        (latin_squares(THREE, THREE_TIMES, 2), (3, 3), 1 / 2),
        (latin_squares(FOUR, FOUR_TIMES, 2), (4, 4), 3 / 5),
    ],
    ids=["CNOT", "prism 1+2", "prism 2+1", "squares of 3", "squares of 4"],
)
def test_bound_is_attained(matrix, dims, value):
    assert largest_average_power(*dims) == pytest.approx(value, abs=EXACT)
    assert power(matrix, *dims) == pytest.approx(value, abs=EXACT)


# Gradient -------------------------------------------------------------------------------------

COUPLING = canonical_layers(1, 1, 1)


@jax.jit
@jax.value_and_grad
def _value_and_slope(params):
    return average_power(circuits.unitary(COUPLING, params), 2, 2)


@pytest.mark.parametrize(
    "c",
    [
        (0, 0, 0),
        (np.pi / 2, 0, 0),
        (np.pi / 2, np.pi / 2, np.pi / 2),
        (np.pi / 2, np.pi / 2, 0),
        (0.3, -1.1, 2.3),
    ],
    ids=["identity", "CNOT", "SWAP", "iSWAP", "generic"],
)
def test_gradient_exists_everywhere(c):
    """The two-qubit formula and its derivative; the turns before the coupling change nothing."""
    params = np.array([[0.4, 1.2, *c]])
    with engine.double_precision():
        value, slope = _value_and_slope(params)
    cosine, sine = np.cos(2 * np.array(c)), np.sin(2 * np.array(c))
    x, y, z = cosine
    assert float(value) == pytest.approx((3 - x * y - y * z - z * x) / 18, abs=EXACT)
    wanted = sine * np.array([y + z, z + x, x + y]) / 9
    np.testing.assert_allclose(slope[0], [0, 0, *wanted], rtol=0, atol=EXACT)


@pytest.mark.parametrize("ansatz", ANSATZE)
@pytest.mark.parametrize("disentangler", ["own", None])
def test_penalty_and_its_gradient(ansatz, disentangler):
    """By the QuTiP cell's unitary, and central differences of it."""
    design = CellDesign(2, 1, 2, disentangler=disentangler, ansatz=ansatz)
    weights = random_weights(design, 0)
    penalty = PowerPenalty(0.15, 30.0, design)

    def by_hand(some):
        return 30.0 * (average_entangling_power(MeasuredCell(some, design)) - 0.15) ** 2

    with engine.double_precision():
        value, gradient = jax.jit(jax.value_and_grad(penalty))(weights)
    assert float(value) == pytest.approx(by_hand(weights), abs=EXACT)
    for name, array in weights.items():
        for index in np.ndindex(array.shape):
            shift = np.zeros(array.shape)
            shift[index] = STEP
            up, down = (by_hand({**weights, name: array + s}) for s in (shift, -shift))
            assert gradient[name][index] == pytest.approx((up - down) / (2 * STEP), abs=1e-7)
    assert np.abs(gradient["entangler"]).max() > 1e-2  # not a comparison of zeros
