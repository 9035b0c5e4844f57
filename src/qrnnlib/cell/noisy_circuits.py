"""Noisy circuits in JAX, on vectors of Pauli expectations.

Their numbers are those of `qrnnlib.physics.noise`.

A density matrix of n qubits is determined by its real expectations of the 4^n Pauli strings, and
a gate followed by noise is a real matrix on them, its *Pauli transfer matrix*. All functions are
pure, traceable and differentiable in the angles, as in `qrnnlib.cell.circuits`.
"""

from collections.abc import Callable, Mapping
from functools import cache, reduce
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from qrnnlib.cell.circuits import AnyArray
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.paulis import labels, strings
from qrnnlib.physics import gate_set
from qrnnlib.physics.circuit import Gate
from qrnnlib.physics.noise import Kraus, Noise

#: A noisy step is one matrix if that has at most this many entries; otherwise gate by gate.
LARGEST_OBSERVED = 2**18


class TransferMatrices(NamedTuple):
    """Transfer matrices of noise channels: data to JAX, so that all rates share compiled code."""

    after_one: AnyArray  # (4, 4): on the qubit of a one-qubit gate
    after_two: AnyArray  # (4, 4): on each qubit of a two-qubit gate
    kept_by_readout: AnyArray  # (4,): factor on each Pauli of a measured qubit


def transfer_matrices(noise: Noise) -> TransferMatrices:
    """Return noise in the form in which the engine uses it.

    Examples
    --------
    >>> transfer_matrices(Noise(depolarizing=0.5)).after_two.diagonal()
    array([1. , 0.5, 0.5, 0.5])
    """
    after_one, after_two = (
        reduce(lambda before, kraus: _transfer(kraus) @ before, noise.channels(k), np.eye(4))
        for k in (1, 2)
    )
    return TransferMatrices(after_one, after_two, _transfer(noise.readout_channel()).diagonal())


def observed(
    design: CellDesign, weights: Mapping[str, AnyArray], after_gates: TransferMatrices, real: bool
) -> Callable[[Array], Array]:
    """Return the noisy circuits with readout errors, as a function on expectations.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to Array
    after_gates : TransferMatrices
    real : bool
        Whether system and memory are given only by strings with an even number of Y; the others
        vanish on real density matrices.

    Returns
    -------
    callable
        It maps expectations before the circuits, of every product of a string on the system and
        one on the memory, (strings, batch), to those of `_observables` after them, (strings,
        batch).
    """
    before, after = _before(design, real), _observables(design, real)
    kept_by_readout = [jnp.asarray(after_gates.kept_by_readout)] * design.system_qubits
    kept = reduce(jnp.kron, kept_by_readout)[after // 4**design.memory_qubits]
    groups, matrices = _groups(design), _matrices(design, weights, after_gates)
    if len(before) * len(after) <= LARGEST_OBSERVED:
        # In the Heisenberg picture, as there are fewer observables than strings.
        rows = jnp.eye(4**design.qubits)[:, after] * kept
        for group, matrix in reversed(list(zip(groups, matrices, strict=True))):
            rows = _apply_group(matrix.T, group.qubits, rows)
        transfer = rows[before].T
        return lambda states: transfer @ states

    @jax.checkpoint  # otherwise the backward pass would store the states between all gates
    def gate_by_gate(states: Array) -> Array:
        whole = jnp.zeros((4**design.qubits, states.shape[1])).at[before].set(states)
        for group, matrix in zip(groups, matrices, strict=True):
            whole = _apply_group(matrix, group.qubits, whole)
        return whole[after] * kept[:, None]

    return gate_by_gate


def _indices(names: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the index of each string among all strings of its length."""
    return np.array([reduce(lambda k, letter: 4 * k + "IXYZ".index(letter), n, 0) for n in names])


def _before(design: CellDesign, real: bool) -> NDArray[np.int64]:
    """Return the indices of the joint strings at the start of a step, the memory's innermost."""
    system, memory = (
        _indices(labels(q, real)) for q in (design.system_qubits, design.memory_qubits)
    )
    return np.asarray(4**design.memory_qubits * system[:, None] + memory).ravel()


def _observables(design: CellDesign, real: bool) -> NDArray[np.int64]:
    """Return the indices of the joint strings that a collapse rule needs.

    If an outcome is kept: each string of I and Z on the system with each string on the memory.
    Otherwise: the strings on the memory alone (only I and Z if the diagonal suffices), then those
    of I and Z on the system alone.
    """
    system = 4**design.memory_qubits * _indices(labels(design.system_qubits, letters="IZ"))
    if design.collapse == "diagonal":
        memory = _indices(labels(design.memory_qubits, letters="IZ"))
    else:
        memory = _indices(labels(design.memory_qubits, real))
    if design.collapse in ("diagonal", "channel"):
        return np.concatenate([memory, system])
    return np.asarray(system[:, None] + memory).ravel()


# Groups of gates on two qubits ----------------------------------------------------------------


class _Group(NamedTuple):
    """Successive gates within the same two qubits, the lower qubit first."""

    qubits: tuple[int, int]
    gates: list[tuple[int | None, Gate]]  # each with the index of its angle


@cache
def _groups(design: CellDesign) -> tuple[_Group, ...]:
    """Split the circuits into few groups: one-qubit gates join a two-qubit gate."""
    groups: list[_Group] = []
    last: dict[int, _Group] = {}  # the latest group on each qubit
    waiting: dict[int, list[tuple[int | None, Gate]]] = {q: [] for q in range(design.qubits)}
    for number, gate in _gates(design):
        if len(gate.qubits) == 1:
            (qubit,) = gate.qubits
            place = last[qubit].gates if qubit in last else waiting[qubit]
            place.append((number, gate))
            continue
        low, high = sorted(gate.qubits)
        group = last.get(low)
        if group is None or group is not last.get(high):
            group = _Group((low, high), waiting.pop(low, []) + waiting.pop(high, []))
            groups.append(group)
            last[low] = last[high] = group
        group.gates.append((number, gate))
    for qubit, gates in waiting.items():
        if gates:  # a qubit without two-qubit gates
            other = qubit - 1 if qubit else 1
            groups.append(_Group((min(qubit, other), max(qubit, other)), gates))
    return tuple(groups)


def _gates(design: CellDesign) -> list[tuple[int | None, Gate]]:
    """Return the gates of both circuits, each with the index of its angle among all angles."""
    found: list[tuple[int | None, Gate]] = []
    offset = 0
    for circuit in (design.entangler_circuit, design.disentangler_circuit):
        if circuit is not None:
            for gate in circuit.gates:
                index = gate.parameter
                number = None if index is None else int(np.ravel_multi_index(index, circuit.shape))
                found.append((None if number is None else offset + number, gate))
            offset += circuit.n_parameters
    return found


class _Table(NamedTuple):
    """Every gate on its group's two qubits, as coefficients of 1, cosine and sine of its angle.

    Groups with fewer gates are padded with identities.
    """

    numbers: NDArray[np.int64]  # (groups, gates): indices of angles
    signs: NDArray[np.float64]  # (groups, gates)
    constants: NDArray[np.float64]  # (groups, gates, 3, 16, 16)
    #: (groups, gates): qubits acted on: 0 none, 1 second, 2 first, 3 both
    touched: NDArray[np.int64]


@cache
def _table(design: CellDesign) -> _Table:
    groups = _groups(design)
    longest = max((len(group.gates) for group in groups), default=0)
    numbers = np.zeros((len(groups), longest), dtype=int)
    signs = np.zeros((len(groups), longest))
    constants = np.zeros((len(groups), longest, 3, 16, 16))
    constants[:, :, 0] = np.eye(16)
    touched = np.zeros((len(groups), longest), dtype=int)
    for i, group in enumerate(groups):
        for j, (number, gate) in enumerate(group.gates):
            numbers[i, j], signs[i, j] = number or 0, gate.sign
            places = tuple(group.qubits.index(q) for q in gate.qubits)
            constants[i, j] = _gate(gate.name, places)
            touched[i, j] = sum(2 - place for place in places)
    return _Table(numbers, signs, constants, touched)


def _matrices(
    design: CellDesign, weights: Mapping[str, AnyArray], after_gates: TransferMatrices
) -> Array:
    """Return the transfer matrix of every group of gates with its noise: (groups, 16, 16)."""
    numbers, signs, constants, touched = _table(design)
    names = ("entangler", "disentangler")
    angles = jnp.concatenate([jnp.ravel(weights[name]) for name in names if name in weights])
    turned = signs * angles[numbers]
    parts = jnp.stack([jnp.ones_like(turned), jnp.cos(turned), jnp.sin(turned)], axis=-1)
    one, two, idle = (
        jnp.asarray(after_gates.after_one),
        jnp.asarray(after_gates.after_two),
        jnp.eye(4),
    )
    pairs = ((idle, idle), (idle, one), (one, idle), (two, two))
    noise = jnp.stack([jnp.kron(first, second) for first, second in pairs])[touched]
    gates = noise @ jnp.einsum("mgp,mgpij->mgij", parts, constants)
    matrices = gates[:, 0]
    for later in range(1, gates.shape[1]):
        matrices = gates[:, later] @ matrices
    return matrices


def _apply_group(matrix: Array, qubits: tuple[int, int], vectors: Array) -> Array:
    """Return Pauli vectors, (4**n, batch), after a transfer matrix on two qubits."""
    low, high = qubits
    parts = vectors.reshape(4**low, 4, 4 ** (high - low - 1), 4, -1)
    applied = jnp.einsum("ijkl,akblc->aibjc", matrix.reshape(4, 4, 4, 4), parts)
    return applied.reshape(vectors.shape)


# Transfer matrices ----------------------------------------------------------------------------


@cache
def _gate(name: str, places: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a gate as coefficients of 1, cosine and sine of its angle: (3, 16, 16)."""
    if name not in gate_set.ROTATIONS:
        fixed = _unitary_transfer(name, None, places)
        return np.array([fixed, np.zeros((16, 16)), np.zeros((16, 16))])
    # R(t) = a + b cos t + c sin t, so three angles determine it.
    zero, right, straight = (_unitary_transfer(name, a, places) for a in (0, np.pi / 2, np.pi))
    constant, cosine = (zero + straight) / 2, (zero - straight) / 2
    return np.array([constant, cosine, right - constant])


def _unitary_transfer(
    name: str, angle: float | None, places: tuple[int, ...]
) -> NDArray[np.float64]:
    return _transfer((gate_set.on_qubits(gate_set.gate(name, angle), places, 2),))


def _transfer(kraus: Kraus) -> NDArray[np.float64]:
    """Return a channel's Pauli transfer matrix: the sum over K of tr(P_i K P_j K^dagger) / 2^n."""
    qubits = len(kraus[0].dims[0])
    paulis = strings(qubits, False)
    matrices = np.array([k.full() for k in kraus])
    after = np.einsum("kij,bjl,kml->bim", matrices, paulis, matrices.conj(), optimize=True)
    transfer = np.einsum("aij,bji->ab", paulis, after, optimize=True).real
    return np.asarray(transfer / 2**qubits)
