"""Canonical coordinates against closed forms (derived in README.md) and independent routes."""

from math import pi

import numpy as np
import pytest
import qutip
import weylchamber
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.polynomial.legendre import leggauss
from qutip import gates, qeye, rand_unitary, tensor
from scipy.linalg import expm
from scipy.optimize import minimize

from qrnnlib import ring_layers
from qrnnlib.physics.weyl import (
    FACE_TOLERANCE,
    NAMED_POINTS,
    canonical_coordinates,
    canonical_gate,
    is_perfect_entangler,
)

EXACT = 1e-12

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None)

seeds = st.integers(0, 2**32 - 1)
angles = st.floats(-10, 10)

CORNERS = np.array([[0, 0, 0], [pi, 0, 0], [pi / 2, pi / 2, 0], [pi / 2, pi / 2, pi / 2]])

#: Half of the chamber: the gates with c1 <= pi/2.
HALF = np.array([[0, 0, 0], [pi / 2, 0, 0], [pi / 2, pi / 2, 0], [pi / 2, pi / 2, pi / 2]])

# The columns are the magic basis, in which local unitaries of determinant 1 are real.
MAGIC = np.array([[1, 0, 0, 1j], [0, 1j, 1, 0], [0, 1j, -1, 0], [1, 0, 0, -1j]]) / np.sqrt(2)

QUTIP_GATES = {
    "identity": qeye([2, 2]),
    "CNOT": gates.cnot(),
    "iSWAP": gates.iswap(),
    "SWAP": gates.swap(),
    "B": gates.berkeley(),
    "sqrt(iSWAP)": gates.sqrtiswap(),
    "sqrt(SWAP)": gates.sqrtswap(),
    "sqrt(SWAP)^-1": gates.sqrtswap().dag(),
}


def dressed(gate, seed):
    """Return `gate` between random local unitaries, with a random global phase."""
    rng = np.random.default_rng(seed)
    a, b, c, d = (rand_unitary(2, seed=rng) for _ in range(4))
    return np.exp(1j * rng.uniform(0, 2 * pi)) * tensor(a, b) @ gate @ tensor(c, d)


def magic_square(gate):
    """Return m = V^T V of the gate with determinant 1, V being the gate in the magic basis."""
    matrix = MAGIC.conj().T @ gate.full() @ MAGIC
    return matrix.T @ matrix / np.sqrt(np.linalg.det(matrix))


def makhlin(gate):
    """Return the local invariants G1 (complex) and G2 (real), whatever the sign of m."""
    m = magic_square(gate)
    trace = np.trace(m)
    return np.array([trace**2 / 16, (trace**2 - np.trace(m @ m)) / 4])


def half_point(point):
    """Return the point with c1 <= pi/2 that stands for the same gate, if c3 is 0."""
    c1, c2, c3 = point
    return np.array([min(c1, pi - c1) if c3 <= FACE_TOLERANCE else c1, c2, c3])


@st.composite
def chamber_points(draw):
    """Draw a point inside the chamber, on a face, an edge or a corner, or a hair off one."""
    weights = np.array(draw(st.lists(st.integers(0, 5), min_size=4, max_size=4)), float)
    weights = weights + (weights.sum() == 0)
    inwards = np.array(draw(st.lists(st.floats(0.1, 1), min_size=4, max_size=4)))
    step = draw(st.sampled_from([0.0, 1e-15, 1e-12, 1e-11, 1e-9, 1e-8, 1e-5, 0.3]))
    return (weights / weights.sum() * (1 - step) + inwards / inwards.sum() * step) @ CORNERS


# The canonical gate -------------------------------------------------------------------------


@unhurried
@given(c=st.tuples(angles, angles, angles))
def test_the_canonical_gate_is_the_exponential(c):
    x, y, z = (p().full() for p in (qutip.sigmax, qutip.sigmay, qutip.sigmaz))
    generator = sum(angle * np.kron(p, p) for angle, p in zip(c, (x, y, z), strict=True))
    gate = canonical_gate(*c)
    assert gate.dims == [[2, 2], [2, 2]]
    assert np.max(np.abs(gate.full() - expm(0.5j * generator))) < EXACT


# Closed forms -------------------------------------------------------------------------------


def test_every_named_point_is_tested():
    assert set(NAMED_POINTS) == set(QUTIP_GATES)
    with pytest.raises(TypeError):
        NAMED_POINTS["CNOT"] = (0, 0, 0)


@pytest.mark.parametrize("name", QUTIP_GATES)
def test_named_points_are_where_qutips_gates_lie(name):
    gate, point = QUTIP_GATES[name], NAMED_POINTS[name]
    assert canonical_coordinates(gate) == pytest.approx(point, abs=EXACT)
    assert makhlin(canonical_gate(*point)) == pytest.approx(makhlin(gate), abs=EXACT)
    for seed in range(5):
        assert canonical_coordinates(dressed(gate, seed)) == pytest.approx(point, abs=EXACT)


def test_gates_that_share_a_point():
    reversed_cnot = gates.cnot().permute([1, 0])
    for gate, name in (
        (gates.cz_gate(), "CNOT"),
        (gates.cy_gate(), "CNOT"),
        (reversed_cnot, "CNOT"),
        (gates.molmer_sorensen(pi / 2), "CNOT"),
        (reversed_cnot @ gates.cnot(), "iSWAP"),
        (gates.sqrtiswap().dag(), "sqrt(iSWAP)"),
    ):
        assert canonical_coordinates(gate) == pytest.approx(NAMED_POINTS[name], abs=EXACT)


@pytest.mark.parametrize("t", [0.0, 1e-12, 1e-8, 0.3, pi / 2, pi, 5.0, 2 * pi - 1e-8])
def test_controlled_phase(t):
    expected = [min(t, 2 * pi - t) / 2, 0, 0]
    assert canonical_coordinates(gates.cphase(t)) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("alpha", [0.0, 1e-7, 0.2, 0.5, 0.8, 1.0])
def test_powers_of_the_swap(alpha):
    expected = pi * np.array([1 - alpha / 2, alpha / 2, alpha / 2]) if alpha else [0, 0, 0]
    assert canonical_coordinates(gates.swapalpha(alpha)) == pytest.approx(expected, abs=EXACT)


@settings(deadline=None, max_examples=400)
@given(point=chamber_points(), seed=seeds)
@example(point=np.array([pi - 3e-10, 2e-10, 0.9e-10]), seed=1)
@example(point=np.array([1e-14, 1e-14, 1e-14]), seed=1)
@example(point=np.array([pi / 2, pi * 2.5e-12, pi * 1.25e-12]), seed=0)
def test_a_canonical_gate_lies_where_it_says(point, seed):
    gate = dressed(canonical_gate(*point), seed)
    found = canonical_coordinates(gate)
    # Where c3 is within the tolerance of 0 but not 0, it may be given up. At c1 = pi/2 itself
    # rounding decides on which half the gate lies.
    given_up = 0 < point[2] <= FACE_TOLERANCE and point[0] > pi / 2 - EXACT
    off = 1.01 * FACE_TOLERANCE if given_up else EXACT
    assert found == pytest.approx(half_point(point), abs=off)


def test_beyond_the_tolerance_the_two_halves_are_told_apart():
    for c3, expected in ((1e-8, (2.5, 0.3, 1e-8)), (5e-11, (pi - 2.5, 0.3, 0))):
        found = canonical_coordinates(canonical_gate(2.5, 0.3, c3))
        assert found == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("c", [(2.5, 0.3, 0), (3, 0, 0), (pi, 0, 0), (pi / 2 + 0.1, 1.4, 0)])
def test_rounding_does_not_choose_the_half(c):
    for seed in range(50):
        found = canonical_coordinates(dressed(canonical_gate(*c), seed))
        assert found == pytest.approx([pi - c[0], c[1], 0], abs=EXACT)


# Symmetries ---------------------------------------------------------------------------------


@unhurried
@given(seed=seeds)
def test_coordinates_lie_in_the_chamber_and_keep_the_invariants(seed):
    gate = rand_unitary([2, 2], seed=seed)
    c1, c2, c3 = canonical_coordinates(gate)
    assert 0 <= c3 <= c2 <= min(c1, pi - c1) + 1e-15
    assert makhlin(canonical_gate(c1, c2, c3)) == pytest.approx(makhlin(gate), abs=1e-12)


@settings(deadline=None, max_examples=300)
@given(c=st.tuples(angles, angles, angles))
def test_any_three_numbers_are_folded_to_the_same_invariants(c):
    gate = canonical_gate(*c)
    c1, c2, c3 = canonical_coordinates(gate)
    assert 0 <= c3 <= c2 <= min(c1, pi - c1) + 1e-15
    assert makhlin(canonical_gate(c1, c2, c3)) == pytest.approx(makhlin(gate), abs=1e-10)


@unhurried
@given(seed=seeds)
def test_the_adjoint_lies_opposite(seed):
    gate = rand_unitary([2, 2], seed=seed)
    c1, c2, c3 = canonical_coordinates(gate)
    opposite = pytest.approx([pi - c1, c2, c3], abs=EXACT)
    assert canonical_coordinates(gate.dag()) == opposite
    assert canonical_coordinates(gate.conj()) == opposite
    assert canonical_coordinates(gate.permute([1, 0])) == pytest.approx([c1, c2, c3], abs=EXACT)


@unhurried
@given(seed=seeds)
def test_a_swap_more(seed):
    gate = rand_unitary([2, 2], seed=seed)
    c1, c2, c3 = canonical_coordinates(gate)
    side = 1 if c1 <= pi / 2 else -1
    expected = [pi / 2 + side * c3, pi / 2 - c2, abs(pi / 2 - c1)]
    assert canonical_coordinates(gates.swap() @ gate) == pytest.approx(expected, abs=1e-11)


def test_weylchamber_agrees_on_random_gates():
    rng = np.random.default_rng(4)
    for _ in range(200):
        gate = rand_unitary([2, 2], seed=rng)
        # It rounds to eight digits, in units of pi.
        theirs = pi * np.array(weylchamber.c1c2c3(gate))
        assert canonical_coordinates(gate) == pytest.approx(theirs, abs=1e-7)


# Perfect entanglers -------------------------------------------------------------------------


def hull_holds_zero(gate, tolerance=0.0):
    """Return whether 0 lies in the convex hull of the eigenvalues of m (Zhang et al. 2003)."""
    phases = np.sort(np.angle(np.linalg.eigvals(magic_square(gate))))
    gaps = np.diff(np.append(phases, phases[0] + 2 * pi))
    return gaps.max() <= pi + tolerance


@pytest.mark.parametrize("name", QUTIP_GATES)
def test_named_perfect_entanglers(name):
    expected = name not in ("identity", "SWAP")
    for seed in range(20):
        gate = dressed(QUTIP_GATES[name], seed)
        assert is_perfect_entangler(gate) is expected
        assert hull_holds_zero(gate, 1e-7) == expected


@settings(deadline=None, max_examples=300)
@given(point=chamber_points(), seed=seeds)
def test_the_polyhedron_is_the_hull_that_holds_zero(point, seed):
    gate = dressed(canonical_gate(*point), seed)
    # On a face rounding decides the hull: take the gate on either side of it for the right one.
    if hull_holds_zero(gate, 1e-7) == hull_holds_zero(gate, -1e-7):
        assert is_perfect_entangler(gate) == hull_holds_zero(gate)


@pytest.mark.parametrize(
    ("point", "inwards"),
    [
        ((0.55, pi / 2 - 0.55, 0.3), (1, 1, 0)),
        ((pi / 2 + 0.4, 0.4, 0.2), (-1, 1, 0)),
        ((pi / 2, pi / 2 - 0.6, 0.6), (0, -1, -1)),
        ((pi / 4, pi / 4, 0), (1, 1, 0)),
    ],
)
def test_faces_belong_to_the_polyhedron_and_what_lies_outside_does_not(point, inwards):
    point, inwards = np.array(point), np.array(inwards)
    for step, expected in ((1e-8, True), (0, True), (-1e-8, False)):
        gate = dressed(canonical_gate(*(point + step * inwards)), 3)
        assert is_perfect_entangler(gate) is expected


def most_concurrence(gate, rng):
    """Return the largest concurrence that `gate` makes of a product ket, found by climbing."""
    yy = np.kron(qutip.sigmay().full(), qutip.sigmay().full())
    form = gate.full().T @ yy @ gate.full()

    def loss(x):
        a, b = ([np.cos(t), np.exp(1j * f) * np.sin(t)] for t, f in (x[:2], x[2:]))
        product = np.kron(a, b)
        return -(abs(product @ form @ product) ** 2)

    return np.sqrt(max(-minimize(loss, rng.uniform(0, pi, 4)).fun for _ in range(5)))


def test_perfect_entanglers_tie_a_product_fully_and_the_others_none():
    rng = np.random.default_rng(9)
    kinds = []
    for weights in rng.dirichlet(np.ones(4), 24):
        gate = dressed(canonical_gate(*(weights @ CORNERS)), rng.integers(1000))
        kinds.append(is_perfect_entangler(gate))
        assert kinds[-1] == (most_concurrence(gate, rng) > 1 - 1e-6)
    assert 6 < sum(kinds) < 18


@pytest.fixture(scope="module")
def haar_gates():
    rng = np.random.default_rng(11)
    return [rand_unitary([2, 2], seed=rng) for _ in range(4000)]


def test_random_gates_are_perfect_where_the_hull_holds_zero(haar_gates):
    assert all(is_perfect_entangler(gate) == hull_holds_zero(gate) for gate in haar_gates)


def haar_weight(corners):
    """Integrate the density of random gates over a tetrahedron inside half of the chamber."""
    nodes, weights = leggauss(20)
    u, v, w = np.meshgrid(*[(nodes + 1) / 2] * 3, indexing="ij")
    cube = np.einsum("i,j,k->ijk", *[weights / 2] * 3)
    # The cube is folded to the tetrahedron, with the Jacobian determinant u^2 v times a constant.
    a, b, c, d = (corner[:, None, None, None] for corner in np.asarray(corners, float))
    x, y, z = np.cos(2 * (a + u * (b - a) + u * v * (c - b) + u * v * w * (d - c)))
    volume = abs(np.linalg.det(np.diff(corners, axis=0)))
    return volume * np.sum(cube * u**2 * v * (z - y) * (z - x) * (y - x))


def test_the_share_of_perfect_entanglers_among_random_gates(haar_gates):
    face, middle = [pi / 4, pi / 4, 0], [pi / 4, pi / 4, pi / 4]
    near_identity = haar_weight([HALF[0], HALF[1], face, middle])
    near_swap = haar_weight([HALF[3], HALF[2], middle, [pi / 2, pi / 4, pi / 4]])
    share = 1 - (near_identity + near_swap) / haar_weight(HALF)
    assert share == pytest.approx(8 / (3 * pi), abs=EXACT)
    found = np.mean([is_perfect_entangler(gate) for gate in haar_gates])
    assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / len(haar_gates))


# What is taken, and what is refused ---------------------------------------------------------


class Holder:
    def unitary(self):
        return gates.berkeley()


def test_circuits_and_holders_of_unitaries_are_taken():
    circuit = ring_layers(2, 2)
    params = np.array([[0.3, 1.2], [0.7, 0.4]])
    expected = canonical_coordinates(circuit.to_qobj(params))
    assert canonical_coordinates(circuit, params=params) == pytest.approx(expected, abs=EXACT)
    perfect = is_perfect_entangler(circuit.to_qobj(params))
    assert is_perfect_entangler(circuit, params=params) is perfect
    assert canonical_coordinates(Holder()) == pytest.approx(NAMED_POINTS["B"], abs=EXACT)
    assert is_perfect_entangler(Holder()) is True


@pytest.mark.parametrize("function", [canonical_coordinates, is_perfect_entangler])
def test_what_is_no_two_qubit_gate_is_refused(function):
    for operator, dims in (
        (gates.toffoli(), r"\[\[2, 2, 2\], \[2, 2, 2\]\]"),
        (qeye([2, 3]), r"\[\[2, 3\], \[2, 3\]\]"),
        (qeye([1, 4]), r"\[\[1, 4\], \[1, 4\]\]"),
    ):
        with pytest.raises(
            ValueError, match=rf"^operator must act on two qubits, with dims .*, got dims {dims}$"
        ):
            function(operator)
    with pytest.raises(ValueError, match=r"^operator must have at least 2 subsystems"):
        function(qeye(4))
    with pytest.raises(ValueError, match=r"^operator must be unitary"):
        function(2 * gates.cnot())
    with pytest.raises(TypeError, match=r"^operator must be a QuTiP operator"):
        function(np.eye(4))
    with pytest.raises(ValueError, match=r"^params must be None unless operator is a Circuit"):
        function(gates.cnot(), params=[1.0])


def test_canonical_gates_refuse_by_name():
    with pytest.raises(TypeError, match=r"^c2 must be a real number"):
        canonical_gate(0, 1j, 0)
    with pytest.raises(ValueError, match=r"^c3 must be finite"):
        canonical_gate(0, 0, np.inf)
