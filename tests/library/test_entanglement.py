"""The states' entanglement against closed forms (derived in README.md) and independent routes."""

import dataclasses

import numpy as np
import pytest
import qutip
from hypothesis import given, settings
from hypothesis import strategies as st
from qutip import Qobj, basis, bell_state, ghz_state, ket2dm, rand_dm, rand_ket, tensor

from qrnnlib.physics.entanglement import (
    bloch_vector,
    entropy_of_entanglement,
    linear_entropy,
    mutual_information,
    negativity,
    von_neumann_entropy,
)
from qrnnlib.physics.schmidt import schmidt

EXACT = 1e-12

# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None)

seeds = st.integers(0, 2**32 - 1)
dimensions = st.lists(st.integers(2, 3), min_size=2, max_size=3)


def h2(p):
    """Return the binary entropy, in bits."""
    return sum(-q * np.log2(q) for q in (p, 1 - p) if q > 0)


def two_amplitudes(t):
    return np.cos(t) * basis([2, 2], [0, 0]) + np.sin(t) * basis([2, 2], [1, 1])


def maximally_entangled(d):
    return sum(basis([d, d], [k, k]) for k in range(d)).unit()


def rebuilt(form):
    parts = zip(form.coefficients, form.left, form.right, strict=True)
    return sum(s * tensor(left, right) for s, left, right in parts)


def random_ket_and_cut(data, seed):
    dims = data.draw(dimensions)
    return rand_ket(dims, seed=seed), data.draw(st.integers(1, len(dims) - 1))


# Closed forms -------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [0.0, 1e-9, 0.1, np.pi / 4, 1.0, np.pi / 2, 2.5])
def test_two_amplitudes(t):
    ket = two_amplitudes(t)
    expected = sorted([abs(np.cos(t)), abs(np.sin(t))], reverse=True)
    assert schmidt(ket).coefficients == pytest.approx(expected, abs=EXACT)
    assert entropy_of_entanglement(ket) == pytest.approx(h2(np.cos(t) ** 2), abs=EXACT)
    assert mutual_information(ket) == pytest.approx(2 * h2(np.cos(t) ** 2), abs=EXACT)
    assert negativity(ket) == pytest.approx(abs(np.sin(2 * t)) / 2, abs=EXACT)
    for side in (0, 1):
        alone = ket.ptrace(side)
        assert linear_entropy(alone) == pytest.approx(np.sin(2 * t) ** 2 / 2, abs=EXACT)
        assert bloch_vector(alone) == pytest.approx([0, 0, np.cos(2 * t)], abs=EXACT)


@pytest.mark.parametrize("which", ["00", "01", "10", "11"])
def test_bell_states_hold_one_ebit(which):
    ket = bell_state(which)
    assert schmidt(ket).coefficients == pytest.approx([0.5**0.5] * 2, abs=EXACT)
    assert entropy_of_entanglement(ket) == pytest.approx(1, abs=EXACT)
    assert negativity(ket) == pytest.approx(0.5, abs=EXACT)
    assert bloch_vector(ket.ptrace(0)) == pytest.approx([0, 0, 0], abs=EXACT)


@unhurried
@given(seed=seeds)
def test_a_product_holds_nothing(seed):
    rng = np.random.default_rng(seed)
    left, right = rand_ket([2, 2], seed=rng), rand_ket([3], seed=rng)
    ket = tensor(left, right)
    form = schmidt(ket, 2)
    assert form.coefficients == pytest.approx([1, 0, 0], abs=EXACT)
    assert abs(form.left[0].overlap(left)) == pytest.approx(1, abs=EXACT)
    assert abs(form.right[0].overlap(right)) == pytest.approx(1, abs=EXACT)
    for measure in (entropy_of_entanglement, mutual_information, negativity):
        assert 0 <= measure(ket, 2) < EXACT


def test_nothing_is_a_clean_zero():
    ket = basis([2, 2], [0, 1])
    for value in (
        entropy_of_entanglement(ket),
        mutual_information(ket),
        mutual_information(ket2dm(ket)),
        negativity(ket),
        von_neumann_entropy(ket2dm(ket)),
        linear_entropy(ket2dm(ket)),
    ):
        assert isinstance(value, float)
        assert str(value) == "0.0"


@pytest.mark.parametrize("d", [2, 3, 4, 5])
def test_maximally_entangled(d):
    ket = maximally_entangled(d)
    assert entropy_of_entanglement(ket) == pytest.approx(np.log2(d), abs=EXACT)
    assert mutual_information(ket) == pytest.approx(2 * np.log2(d), abs=EXACT)
    assert negativity(ket) == pytest.approx((d - 1) / 2, abs=EXACT)
    assert linear_entropy(ket.ptrace(0)) == pytest.approx(1 - 1 / d, abs=EXACT)


@pytest.mark.parametrize(("n", "cut"), [(3, 1), (3, 2), (4, 1), (4, 2), (4, 3)])
def test_ghz_holds_one_ebit_across_every_cut(n, cut):
    ket = ghz_state(n)
    assert entropy_of_entanglement(ket, cut) == pytest.approx(1, abs=EXACT)
    assert negativity(ket, cut) == pytest.approx(0.5, abs=EXACT)


def test_ghz_without_a_qubit_is_correlated_classically():
    rest = ghz_state(4).ptrace([0, 1, 2])
    assert von_neumann_entropy(rest) == pytest.approx(1, abs=EXACT)
    for cut in (1, 2):
        assert mutual_information(rest, cut) == pytest.approx(1, abs=EXACT)
        assert negativity(rest, cut) == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize("p", [0.0, 0.2, 1 / 3, 0.5, 0.9, 1.0])
def test_werner_states(p):
    rho = p * ket2dm(qutip.singlet_state()) + (1 - p) * qutip.qeye([2, 2]) / 4
    eigenvalues = np.array([(1 + 3 * p) / 4] + 3 * [(1 - p) / 4])
    entropy = -sum(e * np.log2(e) for e in eigenvalues if e > 0)
    assert negativity(rho) == pytest.approx(max(0, (3 * p - 1) / 4), abs=EXACT)
    assert von_neumann_entropy(rho) == pytest.approx(entropy, abs=EXACT)
    assert mutual_information(rho) == pytest.approx(2 - entropy, abs=EXACT)
    assert linear_entropy(rho) == pytest.approx(1 - np.sum(eigenvalues**2), abs=EXACT)


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("fidelity", [0.0, 0.25, 0.5, 0.8, 1.0])
def test_isotropic_states(d, fidelity):
    phi = ket2dm(maximally_entangled(d))
    rho = fidelity * phi + (1 - fidelity) * (qutip.qeye([d, d]) - phi) / (d**2 - 1)
    assert negativity(rho) == pytest.approx(max(0, (fidelity * d - 1) / 2), abs=EXACT)


def test_bloch_vectors_of_the_six_poles():
    up, down = basis(2, 0), basis(2, 1)
    poles = {
        (1, 0, 0): up + down,
        (-1, 0, 0): up - down,
        (0, 1, 0): up + 1j * down,
        (0, -1, 0): up - 1j * down,
        (0, 0, 1): up,
        (0, 0, -1): down,
    }
    for expected, ket in poles.items():
        assert bloch_vector(ket.unit()) == pytest.approx(expected, abs=EXACT)


# Random states: averages known exactly ------------------------------------------------------


@pytest.mark.parametrize(("a", "b"), [(2, 2), (2, 3), (4, 4)])
def test_haar_averages_of_purity_and_entropy(a, b):
    rng = np.random.default_rng(20)
    kets = [rand_ket([a, b], seed=rng) for _ in range(1500)]
    purities = [1 - linear_entropy(ket.ptrace(0)) for ket in kets]
    entropies = [entropy_of_entanglement(ket) for ket in kets]
    page = (sum(1 / k for k in range(b + 1, a * b + 1)) - (a - 1) / (2 * b)) / np.log(2)
    for sample, mean in ((purities, (a + b) / (a * b + 1)), (entropies, page)):
        error = np.std(sample, ddof=1) / len(sample) ** 0.5
        assert abs(np.mean(sample) - mean) < 4 * error


# Independent routes to the same number ------------------------------------------------------


@unhurried
@given(data=st.data(), seed=seeds)
def test_either_side_alone_has_the_entropy_of_entanglement(data, seed):
    ket, cut = random_ket_and_cut(data, seed)
    sides = list(range(cut)), list(range(cut, len(ket.dims[0])))
    expected = entropy_of_entanglement(ket, cut)
    squares = schmidt(ket, cut).coefficients ** 2
    for side in sides:
        alone = ket.ptrace(side)
        assert von_neumann_entropy(alone) == pytest.approx(expected, abs=1e-10)
        assert qutip.entropy_vn(alone, base=2) == pytest.approx(expected, abs=1e-10)
        assert linear_entropy(alone) == pytest.approx(1 - np.sum(squares**2), abs=1e-10)
        largest_first = np.linalg.eigvalsh(alone.full())[::-1][: len(squares)]
        assert largest_first == pytest.approx(squares, abs=1e-10)


@unhurried
@given(data=st.data(), seed=seeds)
def test_a_ket_and_its_density_matrix_agree(data, seed):
    ket, cut = random_ket_and_cut(data, seed)
    rho = ket2dm(ket)
    s = schmidt(ket, cut).coefficients
    assert negativity(ket, cut) == pytest.approx((s.sum() ** 2 - 1) / 2, abs=1e-10)
    assert negativity(rho, cut) == pytest.approx(negativity(ket, cut), abs=1e-10)
    twice = 2 * entropy_of_entanglement(ket, cut)
    assert mutual_information(ket, cut) == pytest.approx(twice, abs=EXACT)
    assert mutual_information(rho, cut) == pytest.approx(twice, abs=1e-9)


@unhurried
@given(seed=seeds)
def test_mixed_states_agree_with_qutip(seed):
    rho = rand_dm([2, 3], seed=seed)
    assert von_neumann_entropy(rho) == pytest.approx(qutip.entropy_vn(rho, base=2), abs=1e-10)
    assert linear_entropy(rho) == pytest.approx(qutip.entropy_linear(rho), abs=1e-10)
    mutual = qutip.entropy_mutual(rho, [0], [1], base=2)
    assert mutual_information(rho) == pytest.approx(mutual, abs=1e-10)
    assert negativity(rho) == pytest.approx(qutip.negativity(rho, 0), abs=1e-10)


@unhurried
@given(seed=seeds)
def test_bloch_vector_is_the_three_expectation_values(seed):
    rho = rand_dm(2, seed=seed)
    paulis = qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()
    assert bloch_vector(rho) == pytest.approx([qutip.expect(p, rho) for p in paulis], abs=EXACT)


# Properties ---------------------------------------------------------------------------------


@unhurried
@given(data=st.data(), seed=seeds)
def test_schmidt_form_rebuilds_the_ket(data, seed):
    ket, cut = random_ket_and_cut(data, seed)
    form = schmidt(ket, cut)
    assert np.all(np.diff(form.coefficients) <= 0)
    assert np.all(form.coefficients >= 0)
    assert np.sum(form.coefficients**2) == pytest.approx(1, abs=EXACT)
    assert rebuilt(form).dims == ket.dims
    assert np.max(np.abs((rebuilt(form) - ket).full())) < EXACT
    for kets in (form.left, form.right):
        overlaps = np.array([[u.overlap(v) for v in kets] for u in kets])
        assert overlaps == pytest.approx(np.eye(len(kets)), abs=EXACT)


@unhurried
@given(data=st.data(), seed=seeds)
def test_local_unitaries_change_nothing_across_the_cut(data, seed):
    ket, cut = random_ket_and_cut(data, seed)
    dims = ket.dims[0]
    rng = np.random.default_rng(seed)
    local = tensor(
        qutip.rand_unitary(dims[:cut], seed=rng), qutip.rand_unitary(dims[cut:], seed=rng)
    )
    turned = local @ ket
    assert schmidt(turned, cut).coefficients == pytest.approx(
        schmidt(ket, cut).coefficients, abs=1e-10
    )
    for measure in (entropy_of_entanglement, mutual_information, negativity):
        assert measure(turned, cut) == pytest.approx(measure(ket, cut), abs=1e-10)


@unhurried
@given(data=st.data(), seed=seeds)
def test_bounds(data, seed):
    ket, cut = random_ket_and_cut(data, seed)
    smaller = min(np.prod(ket.dims[0][:cut]), np.prod(ket.dims[0][cut:]))
    assert 0 <= entropy_of_entanglement(ket, cut) <= np.log2(smaller) + EXACT
    assert 0 <= negativity(ket, cut) <= (smaller - 1) / 2 + EXACT


@pytest.mark.parametrize("d", [2, 3, 4])
def test_equal_coefficients_still_rebuild_the_ket(d):
    form = schmidt(maximally_entangled(d))
    assert np.max(np.abs((rebuilt(form) - maximally_entangled(d)).full())) < 1e-14


def test_the_left_kets_lead_with_a_positive_amplitude():
    for seed in range(20):
        for left in schmidt(rand_ket([3, 3], seed=seed)).left:
            amplitudes = left.full().ravel()
            leading = amplitudes[np.argmax(abs(amplitudes) >= abs(amplitudes).max() / 2)]
            assert leading.imag == pytest.approx(0, abs=EXACT)
            assert leading.real > 0


def test_schmidt_form_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        schmidt(bell_state("00")).coefficients = None


# What is refused ----------------------------------------------------------------------------

PURE_ONLY = [schmidt, entropy_of_entanglement]
ANY_STATE = [mutual_information, negativity]
NO_CUT = [von_neumann_entropy, linear_entropy, bloch_vector]


@pytest.mark.parametrize("function", PURE_ONLY + ANY_STATE)
@pytest.mark.parametrize(("cut", "kind"), [(0, ValueError), (2, ValueError), (1.0, TypeError)])
def test_a_cut_that_is_none_is_refused(function, cut, kind):
    with pytest.raises(kind, match=r"^cut must"):
        function(bell_state("00"), cut)


@pytest.mark.parametrize("function", PURE_ONLY)
def test_only_kets_have_a_schmidt_form(function):
    with pytest.raises(TypeError, match=r"^ket must be a QuTiP ket, got array"):
        function(np.array([1, 0, 0, 0]))
    for value in (ket2dm(bell_state("00")), bell_state("00").dag()):
        with pytest.raises(ValueError, match=r"^ket must be a ket, got type"):
            function(value)
    with pytest.raises(ValueError, match=r"^ket must have at least 2 subsystems.*\[\[4\], \[1\]\]"):
        function(Qobj(bell_state("00").full()))
    with pytest.raises(ValueError, match=r"^ket must have norm 1, got norm 2"):
        function(2 * bell_state("00"))
    with pytest.raises(ValueError, match=r"^ket must have norm 1, got norm nan"):
        function(np.nan * bell_state("00"))


@pytest.mark.parametrize("function", ANY_STATE + NO_CUT)
def test_only_states_are_taken(function):
    name = "qubit_state" if function is bloch_vector else "state"
    with pytest.raises(TypeError, match=f"^{name} must be a QuTiP ket or density matrix, got 3"):
        function(3)
    two = qutip.qeye([2, 2])
    flip = qutip.sigmax() & qutip.sigmax()
    refused = {
        "norm 1": 2 * bell_state("00"),
        "trace 1": two,
        "no negative eigenvalue": (two + 3 * flip) / 4,
        "Hermitian": (two + 1j * flip) / 4,
        "finite": np.nan * two,
        "a ket or a density matrix": Qobj(np.eye(4)[:2], dims=[[2], [2, 2]]),
    }
    for wanted, value in refused.items():
        with pytest.raises(ValueError, match=f"^{name} must (be |have )?{wanted}"):
            function(value)


@pytest.mark.parametrize("function", ANY_STATE)
def test_a_state_in_one_piece_has_no_cut(function):
    with pytest.raises(ValueError, match=r"^state must have at least 2 subsystems"):
        function(qutip.maximally_mixed_dm(4))


def test_a_bloch_vector_is_for_one_qubit():
    with pytest.raises(
        ValueError, match=r"^qubit_state must be the state of one qubit, got dimension 4"
    ):
        bloch_vector(bell_state("00"))
