"""Entangling powers against closed forms (derived in README.md) and independent routes."""

import numpy as np
import pytest
import qutip
from gates import gained, h2, parts
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, gates, rand_ket, rand_unitary, tensor
from scipy.optimize import minimize

from qrnnlib import (
    Circuit,
    Gate,
    MeasuredCell,
    QuantumLSTM,
    average_entangling_power,
    canonical_coordinates,
    canonical_gate,
    disentangling_power,
    entangling_power,
    entropy_of_entanglement,
    linear_entropy,
    operator_linear_entropy,
    qubit_qutrit_gate,
    ring_layers,
    schmidt_strength,
)
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.entropy_gain import from_factors, from_points, gain

EXACT = 1e-12

unhurried = settings(deadline=None, max_examples=30)
seeds = st.integers(0, 2**32 - 1)
dimension = st.integers(2, 3)

HALF = h2(np.cos(np.pi / 8) ** 2)  # product-start power of CPHASE(pi/2)

#: e_p, then the power from products and from any state without ancillas, then with (2, 2).
#: None: no closed form is known; the digits are in REFERENCE below.
TABLE = {
    "CNOT": (gates.cnot(), 2 / 9, 1, 1, 1, 1),
    "SWAP": (gates.swap(), 0, 0, 0, 2, 2),
    "iSWAP": (gates.iswap(), 2 / 9, 1, 1, 2, 2),
    "sqrt(iSWAP)": (gates.sqrtiswap(), 1 / 6, 1, 1, 2 * HALF, 1.37565201),
    "CPHASE(pi/2)": (gates.cphase(np.pi / 2), 1 / 9, HALF, 0.68782601, HALF, 0.68782601),
    "CPHASE(pi/4)": (
        gates.cphase(np.pi / 4),
        2 / 9 * np.sin(np.pi / 8) ** 2,
        h2(np.cos(np.pi / 16) ** 2),
        0.36757222,
        h2(np.cos(np.pi / 16) ** 2),
        0.36757222,
    ),
}


# The powers of known gates --------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLE)
def test_reference_values(name):
    gate, average, *powers = TABLE[name]
    assert average_entangling_power(gate) == pytest.approx(average, abs=EXACT)
    settings = [("product", 1), ("any", 1), ("product", 2), ("any", 2)]
    for (states, a), expected in zip(settings, powers, strict=True):
        up = entangling_power(gate, ancillas=(a, a), initial_states=states, random_state=0)
        # The last digit printed in the reference is the eighth.
        tolerance = 1e-9 if expected in (0, 1, 2) else 1e-8
        assert up.value == pytest.approx(expected, abs=tolerance)
        assert up.restarts_agreeing == up.restarts == 48
        assert up.is_exact == (expected in (0, 1, 2))


@pytest.mark.parametrize("angle", [0.0, 1e-3, 0.3, 1.0, 2.0, np.pi, 4.0])
def test_controlled_phase_from_products(angle):
    power = entangling_power(gates.cphase(angle), initial_states="product", random_state=0)
    assert power.value == pytest.approx(h2(np.cos(angle / 4) ** 2), abs=1e-9)
    average = average_entangling_power(gates.cphase(angle))
    assert average == pytest.approx(2 / 9 * np.sin(angle / 2) ** 2, abs=EXACT)


def test_the_qubit_qutrit_gate_entangles_more_than_it_disentangles():
    gate = qubit_qutrit_gate()
    up = entangling_power(gate, ancillas=(2, 2), random_state=0)
    down = disentangling_power(gate, ancillas=(2, 3), restarts=12, random_state=0)
    assert up.value == pytest.approx(2, abs=1e-9)
    assert up.is_exact
    assert down.value < down.upper_bound < 1.9814 < up.value
    assert down.value == pytest.approx(1.939363, abs=1e-5)  # found; see the chapter
    assert average_entangling_power(gate) == pytest.approx(average_entangling_power(gate.dag()))


def test_the_state_named_in_the_reference_gains_two_ebits():
    phi = tensor(gates.cnot() * tensor((qutip.basis(2, 0) + qutip.basis(2, 1)).unit(),
                                       qutip.basis(2, 0)))  # fmt: skip
    other = (tensor(qutip.basis(3, 0), qutip.basis(2, 0))
             + tensor(qutip.basis(3, 1), qutip.basis(2, 1))).unit()  # fmt: skip
    matrix = qubit_qutrit_gate().full().reshape(2, 3, 2, 3)
    before = tensor(phi, other)  # A, A', B, B'
    after = np.einsum("ABab,akbl->AkBl", matrix, before.full().reshape(2, 2, 3, 2))
    after = Qobj(after.reshape(-1, 1), dims=before.dims)
    assert entropy_of_entanglement(before, 2) == pytest.approx(0, abs=EXACT)
    assert entropy_of_entanglement(after, 2) == pytest.approx(2, abs=EXACT)


# The powers of any gate -----------------------------------------------------------------------


@unhurried
@given(
    seed=seeds,
    dims=st.tuples(dimension, dimension),
    ancillas=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    initial_states=st.sampled_from(["any", "product"]),
    kind=st.sampled_from([entangling_power, disentangling_power]),
)
def test_the_state_attains_the_value_and_the_bound_holds(
    seed, dims, ancillas, initial_states, kind
):
    gate = rand_unitary(list(dims), seed=seed)
    power = kind(
        gate, ancillas=ancillas, initial_states=initial_states, restarts=4, random_state=seed
    )
    assert power.state.norm() == pytest.approx(1, abs=EXACT)
    assert gained(power, gate) == pytest.approx(power.value, abs=1e-9)
    # Not by the value, which is cut off at the bound.
    assert gained(power, gate) <= power.upper_bound + 1e-9
    if initial_states == "product":
        end = power.state
        if kind is disentangling_power:
            matrix, (d_a, d_b) = parts(gate)
            amplitudes = end.full().reshape(d_a, ancillas[0], d_b, ancillas[1])
            turned = np.einsum("ABab,akbl->AkBl", matrix.reshape(*dims, *dims), amplitudes)
            end = Qobj(turned.reshape(-1, 1), dims=end.dims)
        assert entropy_of_entanglement(end, power.cut) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("ancillas", [(1, 1), (2, 2)])
def test_two_qubits_disentangle_what_they_entangle(ancillas):
    """On 100 Haar gates, to 1e-8, from starts that have nothing to do with each other."""
    for seed in range(100):
        gate = rand_unitary([2, 2], seed=seed)
        up = entangling_power(gate, ancillas=ancillas, restarts=12, random_state=seed)
        down = disentangling_power(gate, ancillas=ancillas, restarts=12, random_state=seed + 1000)
        assert up.value == pytest.approx(down.value, abs=1e-8), seed


@unhurried
@given(seed=seeds, dims=st.sampled_from([(2, 2), (2, 3), (3, 2)]))
def test_invariances(seed, dims):
    rng = np.random.default_rng(seed)
    gate = rand_unitary(list(dims), seed=rng)
    options = {"ancillas": (2, 2), "restarts": 12}
    power = entangling_power(gate, random_state=seed, **options)
    before, after = (tensor(*(rand_unitary(d, seed=rng) for d in dims)) for _ in range(2))
    dressed = np.exp(1j * rng.uniform(0, 6)) * after * gate * before
    same = entangling_power(dressed, random_state=seed + 1, **options)
    assert same.value == pytest.approx(power.value, abs=1e-7)
    # Each climb of the dual ends a little elsewhere; the bound holds wherever it ends.
    assert same.upper_bound == pytest.approx(power.upper_bound, abs=1e-5)
    backwards = disentangling_power(gate.dag(), random_state=seed + 2, **options)
    assert backwards.value == pytest.approx(power.value, abs=1e-7)
    assert average_entangling_power(dressed) == pytest.approx(
        average_entangling_power(gate), abs=EXACT
    )


@unhurried
@given(seed=seeds)
def test_order_of_the_variants(seed):
    """Free entanglement and larger ancillas only help, and the Schmidt strength is a product's."""
    gate = rand_unitary([2, 3], seed=seed)
    values = {
        (states, a): entangling_power(
            gate, ancillas=(a, a), initial_states=states, restarts=12, random_state=seed
        ).value
        for states in ("product", "any")
        for a in (1, 2, 3)
    }
    for a in (1, 2, 3):
        assert values["product", a] <= values["any", a] + 1e-7
    for states in ("product", "any"):
        assert values[states, 1] <= values[states, 2] + 1e-7
        assert values[states, 2] <= values[states, 3] + 1e-7
    assert schmidt_strength(gate) <= values["product", 3] + 1e-7


def test_no_other_optimiser_finds_more():
    """SciPy, with a gradient by differences, on a gain written with QuTiP's states."""
    for seed in range(3):
        gate = rand_unitary([2, 2], seed=seed)
        both = tensor(gate, qutip.qeye([2, 2])).permute([0, 2, 1, 3])

        def loss(x, both=both):
            ket = Qobj(x[:16] + 1j * x[16:], dims=[[2] * 4, [1]]).unit()
            return entropy_of_entanglement(ket, 2) - entropy_of_entanglement(both * ket, 2)

        rng = np.random.default_rng(seed)
        found = [-minimize(loss, rng.normal(size=32), method="L-BFGS-B").fun for _ in range(3)]
        power = entangling_power(gate, ancillas=(2, 2), random_state=seed)
        assert max(found) == pytest.approx(power.value, abs=1e-5)


# Value and gradient of the gain ---------------------------------------------------------------


def points_of_interest(dims):
    """Return random states, products, and states whose Schmidt coefficients coincide."""
    d = min(dims)
    flat = np.zeros(dims, complex)
    flat[range(d), range(d)] = 1 / np.sqrt(d)
    corner = np.zeros(dims, complex)
    corner[0, 0] = 1
    pair = np.zeros(dims, complex)
    pair[[0, 1], [0, 1]] = 1 / np.sqrt(2)
    hair = corner.copy()
    hair[1, 1] = 1e-200
    return {
        "random": rand_ket(dims[0] * dims[1], seed=0).full().reshape(dims),
        "maximally entangled": flat,
        "product": corner,
        "degenerate": pair,
        "a hair from a product": hair,
    }


@pytest.mark.parametrize("initial_states", ["any", "product"])
@pytest.mark.parametrize("name", points_of_interest((4, 4)))
@pytest.mark.parametrize("gate", [gates.cnot(), gates.swap(), qutip.qeye([2, 2])])
def test_no_start_yields_nan(gate, name, initial_states):
    state = points_of_interest((4, 4))[name].reshape(1, 16)
    function = gain(bipartite(gate), (2, 2), initial_states)
    values, slopes = from_points(function)(state)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))
    factors = np.hstack([state[:, :4] + 1e-300, state[:, :4] + 1])
    values, slopes = from_factors(function, (4, 4))(factors)
    assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(slopes))


@pytest.mark.parametrize("dims", [(2, 2), (2, 3)])
@pytest.mark.parametrize("initial_states", ["any", "product"])
def test_gradient_is_the_limit_of_differences(dims, initial_states):
    ancillas = (2, 2)
    sides = (dims[0] * 2, dims[1] * 2)
    of_states = gain(bipartite(rand_unitary(list(dims), seed=5)), ancillas, initial_states)
    any_state, length = (from_points(of_states), sides[0] * sides[1])
    functions = [(any_state, length)]
    if initial_states == "product":
        functions = [(from_factors(of_states, sides), sum(sides))]
    rng = np.random.default_rng(0)
    for function, n in functions:
        point = rng.normal(size=(1, n)) + 1j * rng.normal(size=(1, n))
        _, slope = function(point)
        for _ in range(20):
            way = rng.normal(size=(1, n)) + 1j * rng.normal(size=(1, n))
            ahead, behind = (function(point + h * way)[0][0] for h in (1e-5, -1e-5))
            along = np.sum(slope.conj() * way).real
            assert (ahead - behind) / 2e-5 == pytest.approx(along, abs=1e-7)


# The average power ----------------------------------------------------------------------------


def test_average_agrees_with_qutip_and_with_the_coordinates():
    weylchamber = pytest.importorskip("weylchamber")
    for seed in range(200):
        gate = rand_unitary([2, 2], seed=seed)
        average = average_entangling_power(gate)
        assert average == pytest.approx(qutip.entangling_power(gate), abs=1e-12)
        c1, c2, c3 = (np.cos(2 * np.pi * c) for c in weylchamber.c1c2c3(gate, ndigits=12))
        assert average == pytest.approx((3 - c1 * c2 - c2 * c3 - c3 * c1) / 18, abs=1e-9)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_average_from_operator_entropies(d):
    """Zanardi's formula for equal dimensions, by operator Schmidt decompositions."""
    matrix = np.eye(d * d).reshape(d, d, d, d).swapaxes(0, 1).reshape(d * d, d * d)
    swap = Qobj(matrix, dims=[[d, d], [d, d]])
    for seed in range(5):
        gate = rand_unitary([d, d], seed=seed)
        entropies = operator_linear_entropy(gate) + operator_linear_entropy(gate * swap)
        expected = (d / (d + 1)) ** 2 * (entropies - (1 - 1 / d**2))
        assert average_entangling_power(gate) == pytest.approx(expected, abs=EXACT)


@pytest.mark.parametrize("dims", [(2, 3), (3, 2), (2, 4), (3, 4)])
def test_average_by_monte_carlo(dims):
    gate = rand_unitary(list(dims), seed=1)
    rng = np.random.default_rng(2)
    samples = []
    for _ in range(1500):
        start = tensor(*(rand_ket(d, seed=rng) for d in dims))
        samples.append(linear_entropy((gate * start).ptrace(0)))
    error = np.std(samples) / np.sqrt(len(samples))
    assert abs(np.mean(samples) - average_entangling_power(gate)) < 5 * error
    assert error < 0.005


@pytest.mark.parametrize("dims", [(2, 2), (2, 3), (3, 4)])
def test_average_over_all_gates(dims):
    d_a, d_b = dims
    stack = np.stack([rand_unitary(d_a * d_b, seed=s).full() for s in range(1500)])
    powers = average_entangling_power(stack, dims=dims)
    error = powers.std() / np.sqrt(len(powers))
    assert abs(powers.mean() - (d_a - 1) * (d_b - 1) / (d_a * d_b + 1)) < 5 * error


def test_average_of_a_batch():
    stack = np.stack([rand_unitary(6, seed=s).full() for s in range(12)]).reshape(3, 4, 6, 6)
    powers = average_entangling_power(stack, dims=(2, 3))
    assert powers.shape == (3, 4)
    for place in np.ndindex(3, 4):
        one = Qobj(stack[place], dims=[[2, 3], [2, 3]])
        assert powers[place] == pytest.approx(average_entangling_power(one), abs=EXACT)
        assert powers[place] == pytest.approx(average_entangling_power(one.dag()), abs=EXACT)
    assert average_entangling_power(stack[0, 0], dims=(3, 2)).shape == ()
    assert average_entangling_power(np.eye(4), dims=(2, 2)) == 0


def test_average_of_larger_registers():
    """Three of four qubits against one, by grouping the subsystems by hand."""
    gate = rand_unitary([2, 2, 2, 2], seed=3)
    grouped = Qobj(gate.full(), dims=[[8, 2], [8, 2]])
    assert average_entangling_power(gate, 3) == pytest.approx(average_entangling_power(grouped))
    assert average_entangling_power(gate, 1) != pytest.approx(average_entangling_power(gate, 2))


# What an operator may be ----------------------------------------------------------------------


def test_circuits_cells_and_estimators():
    rng = np.random.default_rng(0)
    settings = QuantumLSTM.paper(system_qubits=1, memory_qubits=2)
    design = settings.design()
    weights = design.initial_weights(rng)
    cell = MeasuredCell(weights, design)
    model = QuantumLSTM.from_weights(weights, **settings.get_params())
    joint = cell.disentangler * cell.entangler
    expected = average_entangling_power(joint, cut=1)
    assert average_entangling_power(cell) == pytest.approx(expected)
    assert average_entangling_power(model) == pytest.approx(expected)
    both = ring_layers(3, 2) + ring_layers(3, 2, reverse_layers=True)
    angles = np.vstack([weights["entangler"], weights["disentangler"]])
    assert average_entangling_power(both, 1, params=angles) == pytest.approx(expected)
    options = {"restarts": 4, "random_state": 0}
    values = [
        entangling_power(joint, 1, **options).value,
        entangling_power(cell, **options).value,
        entangling_power(model, **options).value,
        entangling_power(both, 1, params=angles, **options).value,
    ]
    assert values == pytest.approx([values[0]] * 4, abs=1e-9)


def test_the_same_seed_gives_the_same_state():
    gate = rand_unitary([2, 2], seed=0)
    one, other = (entangling_power(gate, restarts=2, random_state=7) for _ in range(2))
    assert one.state == other.state
    assert one.value == other.value


@pytest.mark.parametrize("function", [entangling_power, disentangling_power])
def test_a_value_above_the_bound_is_not_cut_off(function, monkeypatch):
    """Only by as much as rounding, and tolerances on the operator, can move it."""

    def too_low(by):
        monkeypatch.setattr(
            "qrnnlib.physics.power_bounds.upper_bound", lambda *_: (1 - by, "a guess")
        )
        return function(gates.cnot(), restarts=2, random_state=0)

    assert too_low(1e-9).value == 1 - 1e-9
    with pytest.raises(ArithmeticError, match=r"gain of 1 ebits, above .* 0\.999999 .*\(a guess\)"):
        too_low(1e-6)
    with pytest.raises(ArithmeticError, match="above the proved bound of nan ebits"):
        too_low(np.nan)


def test_a_unitary_on_two_sides_is_handed_on():
    """As it is, so its cut cannot be moved; a trivial subsystem leaves a gate on two qubits."""
    gate = bipartite(rand_unitary([2, 1, 2], seed=0), 2)
    assert bipartite(gate) is gate
    whole = bipartite(qutip.Qobj(gate.matrix, dims=[[2, 2]] * 2))
    one, other = (
        entangling_power(g, ancillas=(2, 1), restarts=2, random_state=7) for g in (gate, whole)
    )
    assert (one.value, one.upper_bound) == (other.value, other.upper_bound)
    assert np.array_equal(canonical_coordinates(gate), canonical_coordinates(whole))
    with pytest.raises(ValueError, match=r"cut must lie in 1\.\.1"):
        bipartite(gate, 2)
    with pytest.raises(ValueError, match="params must be None"):
        bipartite(gate, params=[0.0])


def test_repr_says_ancillas_and_bound():
    power = entangling_power(canonical_gate(0.3, 0.2, 0.1), ancillas=(2, 1), random_state=0)
    text = repr(power)
    assert "ancillas of dimension 2 and 1" in text
    assert f"at least {power.value:.6f} and at most {power.upper_bound:.6f} ebits" in text
    assert power.bound_source in text
    assert f"{power.restarts_agreeing} of 48 starts agree" in text
    product = disentangling_power(
        gates.cnot(), initial_states="product", restarts=3, random_state=0
    )
    assert "disentangling power to product states, no ancillas:\n 1.000000 ebits" in repr(product)
    with pytest.warns(FutureWarning, match=r"^Power\.start is now Power\.initial_states$"):
        assert product.start == product.initial_states == "product"


TWICE = 2 * gates.cnot()
BELL = Circuit(2, (Gate("H", (0,)), Gate("CNOT", (0, 1))), shape=(0,))


@pytest.mark.parametrize("function", [entangling_power, disentangling_power])
@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((TWICE,), {}, ValueError, "operator must be unitary"),
        ((np.nan * gates.cnot(),), {}, ValueError, "operator must be unitary"),
        ((qutip.Qobj(np.ones((4, 2))),), {}, ValueError, "operator must be a square operator"),
        ((qutip.Qobj(gates.cnot().full()),), {}, ValueError, r"operator must have at least 2 subs"),
        ((qutip.basis([2, 2]),), {}, ValueError, "operator must be a square operator"),
        ((3,), {}, TypeError, "operator must be a QuTiP operator"),
        ((gates.cnot(), 2), {}, ValueError, r"cut must lie in 1..1"),
        ((gates.cnot(), 0), {}, ValueError, "cut must be at least 1"),
        ((gates.cnot(), 1.0), {}, TypeError, "cut must be an integer"),
        ((gates.cnot(),), {"ancillas": (0, 1)}, ValueError, "ancillas must be at least 1, got 0"),
        ((gates.cnot(),), {"ancillas": (1, 1.5)}, TypeError, "ancillas must be an integer"),
        ((gates.cnot(),), {"ancillas": 2}, TypeError, "ancillas must be two integers"),
        (
            (gates.cnot(),),
            {"initial_states": "warm"},
            ValueError,
            "initial_states must be one of 'any', 'product'",
        ),
        ((gates.cnot(),), {"restarts": 0}, ValueError, "restarts must be at least 1"),
        ((gates.cnot(),), {"params": [1.0]}, ValueError, "params must be None"),
        ((BELL,), {}, ValueError, "params must hold the angles"),
    ],
)
def test_bad_input_is_named(function, arguments, options, error, message):
    with pytest.raises(error, match=message):
        function(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((TWICE,), {}, ValueError, "operator must be unitary"),
        ((TWICE.full(),), {"dims": (2, 2)}, ValueError, "operator must be unitary"),
        ((np.stack([np.eye(4), TWICE.full()]),), {"dims": (2, 2)}, ValueError, r"at index \(1,\)"),
        ((np.eye(4),), {}, TypeError, "dims must give"),
        ((np.eye(4),), {"dims": (2, 3)}, ValueError, r"operator must have shape \(..., 6, 6\)"),
        ((np.eye(4),), {"dims": (4, 0)}, ValueError, "dims must be at least 1"),
        ((np.eye(4),), {"dims": 4}, TypeError, "dims must be two integers"),
        ((np.eye(4), 1), {"dims": (2, 2), "params": [0]}, ValueError, "params must be None"),
        ((np.array(["a"]),), {"dims": (2, 2)}, TypeError, "operator must be an array of numbers"),
        ((gates.cnot(),), {"dims": (2, 2)}, ValueError, "dims must be None unless"),
        ((qutip.Qobj(gates.cnot().full()),), {}, ValueError, "operator must have at least 2"),
        ((gates.cnot(), 2), {}, ValueError, "cut must lie in"),
    ],
)
def test_bad_input_of_the_average_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        average_entangling_power(*arguments, **options)
