"""Formulas of the book that no other test checks; book/ledger.yml says which equation is which."""

import ast
from collections.abc import Callable
from itertools import combinations
from math import comb

import numpy as np
import pytest
import qutip
from chapters import code_cells
from scipy.signal import lfilter

from qrnnlib import (
    CellDesign,
    Circuit,
    Gate,
    MeasuredCell,
    Noise,
    Persistence,
    average_entangling_power,
    average_retention,
    bloch_vector,
    canonical_gate,
    entropy_of_entanglement,
    memory_distance,
    negativity,
    noisy_sine,
    schmidt,
)
from qrnnlib.physics import gate_set

SEEDS = range(5)


def random_ket(seed, *dims):
    return qutip.rand_ket(list(dims), seed=seed)


def table(ket):
    return ket.full().reshape(ket.dims[0])


def chapter_function(chapter: str, name: str, **known) -> Callable:
    """Return a function that a chapter defines in one of its cells."""
    for code in code_cells(chapter):
        for node in ast.parse(code).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                exec(compile(ast.Module([node], []), chapter, "exec"), known)
                return known[name]
    raise LookupError(f"{chapter} defines no {name}")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_qubit_is_an_arrow_of_length_one(seed):
    ket = random_ket(seed, 2)
    a, b = ket.full().ravel()
    wanted = [2 * (a.conj() * b).real, 2 * (a.conj() * b).imag, abs(a) ** 2 - abs(b) ** 2]
    np.testing.assert_allclose(bloch_vector(ket), wanted, atol=1e-12)
    assert np.linalg.norm(bloch_vector(ket)) == pytest.approx(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_product_multiplies_amplitudes(seed):
    s, h = random_ket(seed, 2), random_ket(seed + 100, 4)
    joint = qutip.tensor(s, h)
    np.testing.assert_allclose(table(joint), np.outer(s.full(), h.full()), atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_without_determinant_is_a_product(seed):
    product = qutip.tensor(random_ket(seed, 2), random_ket(seed + 100, 2))
    tied = random_ket(seed, 2, 2)
    assert abs(np.linalg.det(table(product))) < 1e-12
    assert negativity(product) < 1e-12
    assert negativity(tied) == pytest.approx(abs(np.linalg.det(table(tied))))
    assert negativity(tied) > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_the_reduced_state_is_made_of_the_rows(seed):
    ket = random_ket(seed, 3, 4)
    psi = table(ket)
    np.testing.assert_allclose(ket.ptrace(1).full(), psi.T @ psi.conj(), atol=1e-12)
    np.testing.assert_allclose(ket.ptrace(0).full(), psi @ psi.conj().T, atol=1e-12)
    rows = sum(np.outer(row, row.conj()) for row in psi)
    np.testing.assert_allclose(ket.ptrace(1).full(), rows, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_move_of_the_system_is_not_seen_in_the_memory(seed):
    ket = random_ket(seed, 3, 4)
    move = qutip.tensor(qutip.rand_unitary(3, seed=seed), qutip.qeye(4))
    moved = move * ket
    np.testing.assert_allclose(moved.ptrace(1).full(), ket.ptrace(1).full(), atol=1e-12)
    assert abs((moved.ptrace(0) - ket.ptrace(0)).full()).max() > 1e-3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_density_matrix_is_its_arrow(seed):
    rho = qutip.rand_dm(2, seed=seed)
    x, y, z = bloch_vector(rho)
    wanted = np.array([[1 + z, x - 1j * y], [x + 1j * y, 1 - z]]) / 2
    np.testing.assert_allclose(rho.full(), wanted, atol=1e-12)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 7))
def test_the_entangler_of_the_front_page_rotates_the_memory(angle):
    """The circuit of the front page, on a system with equal amplitudes and an empty memory."""
    turn, back = Gate("RY", (1,), parameter=(0,)), Gate("RY", (1,), parameter=(0,), sign=-1)
    cnot = Gate("CNOT", (0, 1))
    entangler = Circuit(qubits=2, gates=(turn, cnot, back, cnot), shape=(1,))
    plus = (qutip.basis(2, 0) + qutip.basis(2, 1)).unit()
    # Turned by half the angle, undone or doubled, as the system is in |0> or in |1>.
    joint = entangler.to_qobj([angle / 2]) * qutip.tensor(plus, qutip.basis(2, 0))
    wanted = np.array([[1, 0], [np.cos(angle / 2), np.sin(angle / 2)]]) / np.sqrt(2)
    np.testing.assert_allclose(table(joint), wanted, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_local_moves_mix_rows_and_columns(seed):
    ket = random_ket(seed, 2, 3)
    a, b = qutip.rand_unitary(2, seed=seed), qutip.rand_unitary(3, seed=seed)
    moved = qutip.tensor(a, b) * ket
    np.testing.assert_allclose(table(moved), a.full() @ table(ket) @ b.full().T, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_have_the_squared_coefficients_as_eigenvalues(seed):
    ket = random_ket(seed, 2, 4)
    squares = schmidt(ket).coefficients ** 2
    np.testing.assert_allclose(ket.ptrace(0).eigenenergies()[::-1], squares, atol=1e-12)
    np.testing.assert_allclose(ket.ptrace(1).eigenenergies()[::-1][:2], squares, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_determinant_gives_both_coefficients(seed):
    ket = random_ket(seed, 2, 2)
    length = np.sqrt(1 - 4 * abs(np.linalg.det(table(ket))) ** 2)
    wanted = [(1 + length) / 2, (1 - length) / 2]
    np.testing.assert_allclose(schmidt(ket).coefficients ** 2, wanted, atol=1e-12)
    assert np.linalg.norm(bloch_vector(ket.ptrace(0))) == pytest.approx(length)


def test_the_chapters_mean_of_random_states():
    """Against states drawn by QuTiP: within four standard errors."""
    page_mean = chapter_function("two-systems", "page_mean", np=np)
    values = [entropy_of_entanglement(random_ket(seed, 2, 3)) for seed in range(400)]
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    assert abs(np.mean(values) - page_mean(2, 3)) < 4 * error
    assert page_mean(1, 5) == 0


def test_the_chapters_best_of_some_restarts():
    """Against all ways to draw k of the losses."""
    best_of = chapter_function("training", "best_of", comb=comb)
    losses = sorted([3.0, 1.0, 8.0, 2.5, 2.0])
    for k in range(1, 6):
        wanted = np.mean([min(drawn) for drawn in combinations(losses, k)])
        assert best_of(k, losses) == pytest.approx(wanted)


def stabilizer_states():
    """Return the 60 states that H, S and CNOT reach from |00>: means over them are over all states,
    for whatever is of second degree in the state and its conjugate."""
    one = {"H": gate_set.gate("H"), "S": qutip.qdiags([1, 1j])}
    moves = [qutip.tensor(gate, qutip.qeye(2)) for gate in one.values()]
    moves += [qutip.tensor(qutip.qeye(2), gate) for gate in one.values()]
    moves.append(qutip.gates.cnot())
    found = [qutip.basis([2, 2], [0, 0])]
    for state in found:
        for move in moves:
            new = move * state
            if all(abs(new.overlap(old)) < 1 - 1e-9 for old in found):
                found.append(new)
    return found


@pytest.mark.parametrize("p", [0.0, 0.01, 0.3, 1.0])
def test_the_chapters_average_infidelity(p):
    """Against the mean over a set of states that stands for all."""
    infidelity = chapter_function("noise-and-hardware", "infidelity")
    rate_of = chapter_function("noise-and-hardware", "rate_of", np=np)
    states = stabilizer_states()
    assert len(states) == 60
    cnot = Circuit(2, (Gate("CNOT", (0, 1)),), (0,))
    noise = Noise(depolarizing=p)
    overlaps = [qutip.expect(noise.apply(cnot, [], s), cnot.to_qobj([]) * s) for s in states]
    assert infidelity(p) == pytest.approx(1 - np.mean(overlaps), abs=1e-12)
    assert rate_of(infidelity(p)) == pytest.approx(p)


@pytest.mark.parametrize("theta", [0.0, 0.4, np.pi / 4, 1.2, np.pi / 2])
def test_a_partial_swap_forgets_at_its_own_rate(theta):
    design = CellDesign(
        system_qubits=1,
        memory_qubits=1,
        layers=1,
        collapse="channel",
        disentangler=None,
        ansatz="canonical",
    )
    # With input x in {0, 1}: |0> for 0 and |1> for 1. Equal couplings are a partial swap, up to a
    # phase: exp(i t/2 (XX + YY + ZZ)) = exp(-i t/2) (cos t + i sin t SWAP).
    entangler = np.zeros(design.weight_shapes["entangler"])
    entangler[0, -3:] = theta
    weights = {"entangler": entangler, "input_weight": [-1, 1], "input_bias": [1, 0]}
    cell = MeasuredCell(weights, design)
    (distance,) = memory_distance(cell, np.zeros((1, 6)), (0.0, 1.0), position=1)
    lags = np.arange(len(distance))
    wanted = np.sin(theta) ** 2 * np.cos(theta) ** (2 * lags)
    np.testing.assert_allclose(distance, wanted, atol=1e-12)


def small_cell(seed):
    design = CellDesign(system_qubits=1, memory_qubits=2, layers=2, disentangler=None)
    return MeasuredCell(design.initial_weights(np.random.default_rng(seed)), design)


@pytest.mark.parametrize("seed", SEEDS)
def test_amplitude_encoding_is_a_line_scaled_to_length_one(seed):
    cell = small_cell(seed)
    w, b = (np.asarray(cell.weights[name]) for name in ("input_weight", "input_bias"))
    for x in (-0.7, 0.0, 0.4):
        line = w * x + b
        wanted = line / np.linalg.norm(line)
        np.testing.assert_allclose(cell.encode(x).full().ravel(), wanted, atol=1e-12)


@pytest.mark.parametrize("outcome", [0, 1])
def test_a_look_picks_a_row(outcome):
    cell = small_cell(3)
    memory = cell.step(0.3).next_memory
    step = cell.step(-0.5, memory, outcome=outcome)
    product = np.kron(cell.encode(-0.5).full(), memory.full())
    rows = (cell.unitary().full() @ product).reshape(2, 4)
    weights = (abs(rows) ** 2).sum(axis=1)
    np.testing.assert_allclose(step.probabilities, weights, atol=1e-12)
    kept = rows[outcome] / np.sqrt(weights[outcome])
    np.testing.assert_allclose(step.next_memory.full().ravel(), kept, atol=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.4])
def test_a_cnot_moves_the_lower_row_to_the_other_column(angle):
    design = CellDesign(system_qubits=1, memory_qubits=1, layers=1, disentangler=None)
    c, s = np.cos(angle), np.sin(angle)
    weights = {"entangler": [[0, 0]], "input_weight": [0, 0], "input_bias": [c, s]}
    step = MeasuredCell(weights, design).step(0.0)
    apart = qutip.tensor(step.encoded, step.memory)
    np.testing.assert_allclose(table(apart), [[c, 0], [s, 0]], atol=1e-12)
    np.testing.assert_allclose(table(step.entangled), [[c, 0], [0, s]], atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_share_kept_by_a_canonical_gate(seed):
    angles = np.random.default_rng(seed).uniform(0, np.pi, 3)
    gate = canonical_gate(*angles)
    a, power = np.cos(2 * angles), average_entangling_power(gate)
    assert average_retention(gate).kept == pytest.approx((1 + a.sum() / 3 - power) / 2)


def test_no_forecast_goes_below_the_noise():
    """A forecast that misses the wave by d has the error d² + sigma²: four standard errors."""
    series = noisy_sine(points=20_000, noise=0.2, random_state=0)
    for miss in (0.0, 0.1):
        errors = (series.values - (series.clean + miss)) ** 2
        error = np.std(errors, ddof=1) / np.sqrt(len(errors))
        assert abs(errors.mean() - (miss**2 + 0.2**2)) < 4 * error


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.95])
def test_persistence_beside_the_best_forecast(share):
    rng = np.random.default_rng(0)
    series = lfilter([1.0], [1.0, -share], rng.normal(size=400_000))[1000:]
    windows, targets = series[:-1, None], series[1:]
    misses = (share * windows[:, 0], Persistence().fit(windows, targets).predict(windows)) - targets
    best, persistence = np.sqrt((misses**2).mean(axis=1))
    assert best / persistence == pytest.approx(np.sqrt((1 + share) / 2), rel=0.01)
