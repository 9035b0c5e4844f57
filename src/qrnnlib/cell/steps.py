"""One step of the cell for each kind of memory: circuits, measurement, collapse.

A memory is a ket, a density matrix or a vector of Pauli expectations: `representation` says which.
All functions are pure and traceable; the batch is the last axis of every array.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.cell import transfer_tensor
from qrnnlib.cell.circuits import AnyArray, apply, apply_reversibly, is_real, unitary
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.encoding import normalised
from qrnnlib.cell.noisy_circuits import TransferMatrices, observed, transfer_matrices
from qrnnlib.cell.paulis import strings, z_strings

#: Up to this many qubits the circuits are applied as one matrix; beyond, gate by gate.
DENSE_QUBITS = 5

#: Beyond this many qubits the backward pass stores few states and recomputes the others.
REMEMBERED_QUBITS = 8


def joint_unitary(design: CellDesign, weights: Mapping[str, AnyArray]) -> Array:
    """Return the unitary between encoding and measurement: entangler, then disentangler."""
    matrix = unitary(design.entangler_circuit, weights["entangler"])
    if design.disentangler_circuit is None:
        return matrix
    return unitary(design.disentangler_circuit, weights["disentangler"]) @ matrix


class Measured(NamedTuple):
    """The result of a step's measurement: (outcomes, batch) and (batch,)."""

    probabilities: AnyArray
    outcome: Array


#: ``step(memory, (system, draw)) -> (next memory, Measured)``, for a batch.
Step = Callable[[Array, tuple[Array, Array]], tuple[Array, Measured]]


class Unrolled(NamedTuple):
    """A design's run along windows: inputs, initial memory and step."""

    inputs: Array  # the encoded system at each step, in the memory's representation
    empty: Array  # the memory before the first step
    step: Step


def unroll(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    systems: Array,
    after_gates: TransferMatrices | None = None,
) -> Unrolled:
    """Return the run of a cell whose system takes these amplitudes, (steps, outcomes, batch).

    `after_gates` replaces the transfer matrices of a noisy design.
    """
    circuits = (design.entangler_circuit, design.disentangler_circuit)
    real = not jnp.iscomplexobj(systems) and all(c is None or is_real(c) for c in circuits)
    if design.noise is not None and after_gates is None:
        after_gates = transfer_matrices(design.noise)
    return REPRESENTATIONS[representation(design)](design, weights, systems, real, after_gates)


def representation(design: CellDesign) -> str:
    """Return how the memory of a design is represented: a key of `REPRESENTATIONS`."""
    if design.noise is not None:
        return "noisy Pauli expectations"
    if design.collapse != "channel":
        return "ket"
    return "Pauli expectations" if transfer_tensor.exists(design) else "density matrix"


# Memories as state vectors and density matrices -------------------------------------------------


def _is_large(design: CellDesign) -> bool:
    return design.qubits > REMEMBERED_QUBITS


def _rematerialised(design: CellDesign, step: Step) -> Step:
    """Wrap a large cell's step so that the backward pass stores only its incoming memory."""
    return jax.checkpoint(step) if _is_large(design) else step


def _joint_action(design: CellDesign, weights: Mapping[str, AnyArray]) -> Callable[[Array], Array]:
    """Return the joint unitary as a function of states of system and memory, (dim, batch)."""
    if design.qubits <= DENSE_QUBITS:
        matrix = joint_unitary(design, weights)
        return lambda states: matrix @ states

    applied = apply_reversibly if _is_large(design) else apply

    def gate_by_gate(states: Array) -> Array:
        states = applied(design.entangler_circuit, weights["entangler"], states)
        if design.disentangler_circuit is not None:
            states = applied(design.disentangler_circuit, weights["disentangler"], states)
        return states

    return gate_by_gate


def _with_kets(
    design: CellDesign, weights: Mapping[str, AnyArray], systems: Array, real: bool, _: None
) -> Unrolled:
    """Return the run of a memory that is a state vector: (memory_dim, batch)."""
    empty = _first(real, design.memory_dim, systems.shape[-1])
    step = partial(_collapsed, design, _joint_action(design, weights))
    return Unrolled(systems, empty, _rematerialised(design, step))


def _first(real: bool, *shape: int) -> Array:
    """Return zeros with a 1 at index 0 of every axis but the last."""
    zeros = jnp.zeros(shape, float if real else complex)
    return zeros.at[(0,) * (len(shape) - 1)].set(1.0)


def _collapsed(
    design: CellDesign,
    joined: Callable[[Array], Array],
    memory: Array,
    given: tuple[Array, Array],
) -> tuple[Array, Measured]:
    """One step of a memory that is a state vector: (memory_dim, batch)."""
    system, draw = given
    table = (design.system_dim, design.memory_dim, -1)
    joint = joined((system[:, None] * memory).reshape(-1, draw.size)).reshape(table)
    squares = (joint * joint.conj()).real
    probabilities = squares.sum(axis=1)
    if design.collapse == "diagonal":
        after = normalised(squares.sum(axis=0), axis=0).astype(joint.dtype)
        return after, Measured(probabilities, jnp.full(draw.shape, -1))
    # Only the branch's direction matters, so the gradient treats its norm as a constant.
    known = lax.stop_gradient(probabilities)
    outcome, chosen = _chosen(design, known, draw)
    weight = jnp.where(chosen, known, 0).sum(axis=0)
    scale = jnp.where(chosen, lax.rsqrt(jnp.where(weight == 0, 1.0, weight)), 0)
    return (joint * scale[:, None]).sum(axis=0), Measured(probabilities, outcome)


def _chosen(design: CellDesign, known: Array, draw: Array) -> tuple[Array, Array]:
    """Return the outcome that is kept, (batch,), and its one-hot mask, (outcomes, batch)."""
    if design.collapse == "sampled":
        cumulative = jnp.cumsum(known, axis=0)
        outcome = jnp.argmax(draw * cumulative[-1] < cumulative, axis=0)
    else:
        likely = known >= known.max(axis=0) - _checks.TIE_TOLERANCE
        outcome = jnp.argmax(likely, axis=0)
    # A sum against a one-hot mask compiles to one loop; a gather and its gradient do not.
    return outcome, jnp.arange(design.system_dim)[:, None] == outcome


def _with_density_matrices(
    design: CellDesign, weights: Mapping[str, AnyArray], systems: Array, real: bool, _: None
) -> Unrolled:
    """Return the run of a memory that is a density matrix: (memory_dim, memory_dim, batch)."""
    empty = _first(real, design.memory_dim, design.memory_dim, systems.shape[-1])
    kraus = _kraus_operators(design, _joint_action(design, weights))
    return Unrolled(systems, empty, _rematerialised(design, partial(_averaged, design, kraus)))


def _kraus_operators(
    design: CellDesign, joined: Callable[[Array], Array]
) -> Callable[[Array], Array]:
    """Return a function from encoded inputs, (outcomes, batch), to the Kraus operators of a step.

    They act on the memory and have shape (outcomes, m, m, batch).
    """
    m = design.memory_dim

    def gate_by_gate(system: Array) -> Array:
        columns = system[:, None, None] * jnp.eye(m)[:, :, None]
        kraus = joined(columns.reshape(-1, m * system.shape[-1]))
        return kraus.reshape(design.system_dim, m, m, -1)

    if not _is_large(design):
        return gate_by_gate
    # All steps of all windows share one matrix, with fewer columns than they have together.
    matrix = joined(jnp.eye(2**design.qubits)).reshape(design.system_dim, m, design.system_dim, m)
    return lambda system: jnp.einsum("smtn,tb->smnb", matrix, system)


def _averaged(
    design: CellDesign,
    kraus_operators: Callable[[Array], Array],
    memory: Array,
    given: tuple[Array, Array],
) -> tuple[Array, Measured]:
    """One step of a memory that is a density matrix: (memory_dim, memory_dim, batch)."""
    system, draw = given
    kraus = kraus_operators(system)
    blocks = jnp.einsum("smnb,nkb,slkb->smlb", kraus, memory, kraus.conj())
    probabilities = jnp.einsum("smmb->sb", blocks).real
    return blocks.sum(axis=0), Measured(probabilities, jnp.full(draw.shape, -1))


# Memories as Pauli expectations: a small cell's exact channel, and every rule under noise --------


def _in_paulis(inputs: Array, paulis: NDArray[Any], step: Step) -> Unrolled:
    """Return the run of a memory that is a vector of expectations of these Pauli strings."""
    empty = jnp.asarray(paulis[:, 0, 0].real)[:, None]  # <0|P|0>
    return Unrolled(inputs, jnp.broadcast_to(empty, (len(empty), inputs.shape[-1])), step)


def _with_paulis(
    design: CellDesign, weights: Mapping[str, AnyArray], systems: Array, real: bool, _: None
) -> Unrolled:
    """Return the run of a memory that is a vector of Pauli expectations, without noise.

    Averaged over outcomes, a step is linear in the density matrices of memory and system. In the
    Pauli basis both are real vectors and the step is one real matrix, the cell's Pauli transfer
    matrix. Its rows give the next memory's expectations, then those of the strings of I and Z on
    the system, which determine the probabilities.
    """
    s, m = strings(design.system_qubits, real), strings(design.memory_qubits, real)
    z = z_strings(design.system_qubits)
    matrix = joint_unitary(design, weights)
    u = matrix.reshape(design.system_dim, design.memory_dim, -1)
    heisenberg = jnp.concatenate(
        [
            jnp.einsum("omx,cmn,ony->cxy", u.conj(), m, u),
            jnp.einsum("omx,zo,omy->zxy", u.conj(), z, u),
        ]
    ).reshape(-1, *(design.system_dim, design.memory_dim) * 2)
    transfer = jnp.einsum("rtnwv,awt,bvn->rab", heisenberg, s, m).real
    transfer = transfer.reshape(len(transfer), -1) / len(matrix)
    inputs = _expectations(s, systems)

    def step(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Measured]:
        system, draw = given
        joint = (system[:, None] * memory).reshape(-1, draw.size)
        expectations = transfer @ joint
        probabilities = z.T @ expectations[len(m) :] / design.system_dim
        return expectations[: len(m)], Measured(probabilities, jnp.full(draw.shape, -1))

    return _in_paulis(inputs, m, step)


def _expectations(paulis: NDArray[Any], states: Array) -> Array:
    """Return the expectations of Pauli strings: (steps, dim, batch) -> (steps, strings, batch)."""
    return jnp.einsum("atw,kwb,ktb->kab", paulis, states, states.conj()).real


def _with_noise(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    systems: Array,
    real: bool,
    after_gates: TransferMatrices,
) -> Unrolled:
    """Return the run of a memory that is a vector of Pauli expectations, of a noisy cell.

    Outcomes are the reported ones, with their probabilities and conditional memories.
    """
    s, m = strings(design.system_qubits, real), strings(design.memory_qubits, real)
    # The strings of I and Z of a register determine the probabilities of its basis states.
    to_outcomes = z_strings(design.system_qubits).T / design.system_dim
    to_diagonal = jnp.asarray(z_strings(design.memory_qubits).T / design.memory_dim)
    after_circuits = observed(design, weights, after_gates, real)

    def averaged(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Measured]:
        system, draw = given
        seen = after_circuits((system[:, None] * memory).reshape(-1, draw.size))
        after, on_system = jnp.split(seen, [len(seen) - design.system_dim])
        if design.collapse == "diagonal":
            after = _expectations(m, normalised(to_diagonal @ after, axis=0)[None])[0]
        return after, Measured(to_outcomes @ on_system, jnp.full(draw.shape, -1))

    def kept(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Measured]:
        system, draw = given
        seen = after_circuits((system[:, None] * memory).reshape(-1, draw.size))
        # For each outcome, the memory conditional on it, weighted by the outcome's probability.
        branches = jnp.tensordot(to_outcomes, seen.reshape(design.system_dim, len(m), -1), 1)
        probabilities = branches[:, 0]  # the identity's expectation, which is the trace
        known = lax.stop_gradient(probabilities)
        outcome, chosen = _chosen(design, known, draw)
        scale = jnp.where(chosen, 1 / jnp.where(chosen, known, 1.0), 0.0)
        return (branches * scale[:, None]).sum(axis=0), Measured(probabilities, outcome)

    step = averaged if design.collapse in ("diagonal", "channel") else kept
    return _in_paulis(_expectations(s, systems), m, step)


#: How a memory can be represented, and the function that unrolls a run of it.
REPRESENTATIONS: dict[str, Callable[..., Unrolled]] = {
    "ket": _with_kets,
    "density matrix": _with_density_matrices,
    "Pauli expectations": _with_paulis,
    "noisy Pauli expectations": _with_noise,
}


def as_amplitudes(design: CellDesign, memories: Array) -> Array:
    """Return memories as amplitudes or as density matrices, batch last: (steps, ..., batch)."""
    if representation(design) in ("ket", "density matrix"):
        return memories
    paulis = strings(design.memory_qubits, memories.shape[1] < 4**design.memory_qubits)
    return jnp.einsum("kcb,cmn->kmnb", memories, paulis) / design.memory_dim
