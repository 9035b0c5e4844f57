"""Eigenvalues of the memory's channel, against closed forms; tests/README.md derives them."""

import numpy as np
import pytest
import qutip

import qrnnlib
from qrnnlib import (
    CellDesign,
    MeasuredCell,
    Noise,
    QuantumRNN,
    memory_spectrum,
    outcome_maps,
    stationary_memory,
)
from qrnnlib.cell import engine

ONE = CellDesign(1, 1, 1, collapse="channel", disentangler=None, ansatz="canonical")


def coupled(*couplings, bias=(1, 0), **changes):
    """Return a cell of 1 + 1 qubits with these couplings and no rotation."""
    weights = {"entangler": [[0, 0, *couplings]], "input_weight": [0, 0], "input_bias": bias}
    design = CellDesign(1, 1, 1, **{"disentangler": None, "ansatz": "canonical", **changes})
    return MeasuredCell(weights, design)


def close(found, wanted):
    return np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("c", [0.0, 0.3, 1.2, np.pi / 2])
@pytest.mark.parametrize("collapse", ["channel", "sampled", "most_likely", "diagonal"])
def test_exchange_with_an_empty_system_is_amplitude_damping(c, collapse):
    found = memory_spectrum(coupled(c, c, 0, collapse=collapse))
    close(found, [1, np.cos(c), np.cos(c), np.cos(c) ** 2])


@pytest.mark.parametrize("c", [0.2, 0.7, 1.4])
@pytest.mark.parametrize("bias", [(1, 0), (1, 1), (0.6, -0.8)])
def test_a_partial_swap_homogenises(c, bias):
    """Along the system's Bloch vector cos^2 is left, around it a rotation and cos remain."""
    found = memory_spectrum(coupled(c, c, c, bias=bias))
    pair = np.cos(c) * np.exp(1j * c)
    close(found, [1, pair, pair.conj(), np.cos(c) ** 2])


@pytest.mark.parametrize("c", [0.2, 0.7, 1.4])
def test_a_partial_swap_with_a_random_system_is_depolarising(c):
    u = qrnnlib.canonical_gate(c, c, c).full().reshape(2, 2, 2, 2)
    kraus = [u[s, :, a] / np.sqrt(2) for s in range(2) for a in range(2)]
    close(memory_spectrum(kraus), [1, *[np.cos(c) ** 2] * 3])


@pytest.mark.parametrize("c", [0.2, 0.7, 1.4])
def test_a_conditional_flip_dephases(c):
    """(c, 0, 0) with the system in |0>: what commutes with X stays for ever."""
    close(memory_spectrum(coupled(c, 0, 0)), [1, 1, np.cos(c), np.cos(c)])


def test_without_coupling_the_memory_only_rotates():
    weights = {"entangler": [[0, 0.4, 0, 0, 0]], "input_weight": [0, 0], "input_bias": [1, 0]}
    found = memory_spectrum(MeasuredCell(weights, ONE))
    close(found[:2], [1, 1])
    close(found[2:], [np.exp(0.4j), np.exp(-0.4j)])


@pytest.mark.parametrize("noise", [None, Noise(depolarizing=0.002)])
def test_a_change_of_the_memory_fades_at_the_rate_of_the_second(noise):
    """An independent way: the engine runs two memories, and the distance shrinks in the end."""
    design = CellDesign(2, 2, 2, collapse="channel", ansatz="canonical", noise=noise)
    cell = MeasuredCell(design.initial_weights(np.random.default_rng(3)), design)
    found = memory_spectrum(cell, 0.3)
    assert abs(found[0] - 1) < 1e-9
    windows = np.full((2, 41), 0.3)
    windows[1, 0] = -0.9
    memories = engine.run(design, cell.weights, windows, np.zeros_like(windows)).memories
    distance = np.linalg.norm(memories[0] - memories[1], axis=(1, 2))
    # A complex pair makes the distance oscillate, so the rate is that of many steps.
    rate = (distance[40] / distance[20]) ** (1 / 20)
    assert rate == pytest.approx(abs(found[1]), abs=0.03)
    assert 0.5 < abs(found[1]) < 0.97  # neither rounding nor a memory that keeps everything


def test_the_first_belongs_to_the_stationary_memory():
    cell = coupled(0.5, 0.9, 0.1, bias=(0.8, 0.6), collapse="sampled")
    rho = stationary_memory(cell)
    maps = outcome_maps(cell).sum(axis=0)
    paulis = [qutip.qeye(2), qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()]
    expectations = np.array([(p * rho).tr().real for p in paulis])
    close(maps @ expectations, memory_spectrum(cell)[0].real * expectations)


def test_depolarizing_noise_shrinks_everything_but_the_first():
    quiet = memory_spectrum(coupled(0, 0, 0))
    noisy = memory_spectrum(coupled(0, 0, 0, noise=Noise(depolarizing=0.1)))
    close(quiet, np.ones(4))
    assert abs(noisy[0] - 1) < 1e-12
    assert np.all(np.abs(noisy[1:]) < 0.99)


def test_it_reads_cells_and_fitted_models_alike():
    model = QuantumRNN(system_qubits=1, memory_qubits=1, epochs=1, progress=False, random_state=0)
    model.fit(np.linspace(-1, 1, 30).reshape(10, 3), np.linspace(-1, 1, 10))
    cell = MeasuredCell(model.weights_, model.design())
    close(memory_spectrum(model, 0.2), memory_spectrum(cell, 0.2))
    assert len(memory_spectrum(model)) == 4


@pytest.mark.parametrize(
    ("memory", "error", "said"),
    [
        ("cell", TypeError, "memory"),
        ([[[1, 0], [0, 2]]], ValueError, "add up to the identity"),
        (np.ones((2, 3)), ValueError, "shape"),
    ],
)
def test_what_is_no_memory_is_refused(memory, error, said):
    with pytest.raises(error, match=said):
        memory_spectrum(memory)
