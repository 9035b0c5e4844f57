"""The quantum reservoir of Fujii and Nakajima, and its classical twin, an echo state network.

*Taken* from arXiv:1602.08159: qubits with the Hamiltonian ``sum J_ij X_i X_j + h sum Z_i``, all
pairs coupled at random; each value s in [0, 1] replaces the first qubit by the pure state
``sqrt(1 - s)|0> + sqrt(s)|1>``, the whole evolves for an interval, and <Z> of every qubit
is read at several times within it ("virtual nodes"). Nothing is trained but a linear readout.

*Left out*: the linear readout, which is fitted elsewhere; and the noise of a finite ensemble.

*Adapted*: values in [-1, 1] are mapped to [0, 1] and clipped there. The strengths are our choice:
couplings uniform in [-1, 1] times `coupling`, and by default as strong a field.

The twin has as many readings and the same bounded inputs, and follows Jaeger (GMD Report 148,
2001): ``r <- tanh(W r + w x + b)`` with fixed random weights, W scaled to a spectral radius.
"""

import numpy as np
from numpy.typing import NDArray

from qrnnlib.physics import gate_set

Numbers = NDArray[np.float64]


def hamiltonian(rng: np.random.Generator, qubits: int, coupling: float, field: float) -> Numbers:
    """Return a random transverse-field Ising Hamiltonian, (2**qubits, 2**qubits)."""
    z, x = gate_set.pauli_string("Z"), gate_set.pauli_string("XX")
    total = sum(field * gate_set.on_qubits(z, [q], qubits) for q in range(qubits))
    for first in range(qubits):
        for second in range(first + 1, qubits):
            strength = coupling * rng.uniform(-1.0, 1.0)
            total += strength * gate_set.on_qubits(x, [first, second], qubits)
    found: Numbers = total.full().real
    return found


def reservoir_states(
    inputs: Numbers,
    rng: np.random.Generator,
    *,
    qubits: int = 5,
    nodes: int = 10,
    interval: float = 1.0,
    coupling: float = 1.0,
    field: float = 1.0,
) -> Numbers:
    """Return the readings of a random quantum reservoir after each value.

    Parameters
    ----------
    inputs : ndarray, shape (n,)
        Values in [-1, 1]; what is outside is clipped.
    rng : numpy.random.Generator
        Draws the couplings.
    qubits : int, default 5
    nodes : int, default 10
        Number of equally spaced times at which every qubit is read between two values.
    interval : float, default 1
        Time between two values, in units of 1 / energy.
    coupling, field : float, default 1
        Largest coupling of two qubits, and the field h.

    Returns
    -------
    ndarray, shape (n, nodes * qubits)
        <Z> of each qubit, those of one time together. The reservoir begins in ``|0...0>``; the
        first rows still remember it.

    Raises
    ------
    ValueError
        If `inputs` has another number of axes.

    References
    ----------
    Fujii and Nakajima, Phys. Rev. Applied 8, 024030 (2017), arXiv:1602.08159.

    Examples
    --------
    >>> reservoir_states(np.zeros(3), np.random.default_rng(0)).shape
    (3, 50)
    """
    values = (1 + np.clip(_sequence(inputs), -1.0, 1.0)) / 2
    energies, basis = np.linalg.eigh(hamiltonian(rng, qubits, coupling, field))
    bohr = np.subtract.outer(energies, energies)
    phases = np.exp(-1j * np.multiply.outer(interval * np.arange(1, nodes + 1) / nodes, bohr))
    z = [gate_set.on_qubits(gate_set.pauli_string("Z"), [q], qubits) for q in range(qubits)]
    # tr(Z rho) with both in the basis of energies, where time is a phase.
    read = np.array([basis.T @ operator.full().real @ basis for operator in z])
    readers = (phases[:, None] * read.transpose(0, 2, 1)).reshape(nodes * qubits, -1)
    half = 2 ** (qubits - 1)
    rest = np.zeros((half, half), complex)
    rest[0, 0] = 1.0
    states = np.empty((len(values), nodes * qubits))
    for row, s in zip(states, values, strict=True):
        amplitudes = np.sqrt([1 - s, s])
        rho = basis.T @ np.kron(np.outer(amplitudes, amplitudes), rest) @ basis
        row[:] = (readers @ rho.ravel()).real
        rho = basis @ (phases[-1] * rho) @ basis.T
        rest = rho[:half, :half] + rho[half:, half:]  # the first qubit traced out
    return states


def echo_states(
    inputs: Numbers,
    rng: np.random.Generator,
    *,
    units: int = 50,
    radius: float = 0.9,
    scale: float = 0.3,
) -> Numbers:
    """Return the states of a random echo state network after each value.

    Parameters
    ----------
    inputs : ndarray, shape (n,)
        Values; clipped to [-1, 1], as in `reservoir_states`.
    rng : numpy.random.Generator
        Draws the weights, all uniform.
    units : int, default 50
        As many as `reservoir_states` has readings.
    radius : float, default 0.9
        Largest absolute eigenvalue of the recurrent weights.
    scale : float, default 0.3
        Largest absolute weight of the input, and of the bias.

    Returns
    -------
    ndarray, shape (n, units)

    Raises
    ------
    ValueError
        If `inputs` has another number of axes.

    References
    ----------
    Jaeger, GMD Report 148 (2001).

    Examples
    --------
    >>> echo_states(np.zeros(3), np.random.default_rng(0)).shape
    (3, 50)
    """
    values = np.clip(_sequence(inputs), -1.0, 1.0)
    recurrent = rng.uniform(-1.0, 1.0, (units, units))
    recurrent *= radius / abs(np.linalg.eigvals(recurrent)).max()
    weights, bias = rng.uniform(-scale, scale, (2, units))
    state = np.zeros(units)
    states = np.empty((len(values), units))
    for row, x in zip(states, values, strict=True):
        row[:] = state = np.tanh(recurrent @ state + weights * x + bias)
    return states


def _sequence(inputs: Numbers) -> Numbers:
    """Return inputs as an array with one axis, or refuse them."""
    values = np.asarray(inputs, float)
    if values.ndim != 1:
        raise ValueError(f"inputs must have shape (n,), got {values.shape}")
    return values
