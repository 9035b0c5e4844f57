"""The measured cell in JAX, batched, differentiable and compiled.

Its numbers are those of `qrnnlib.cell.reference`.

All windows of a batch go through the cell together, along the last axis of every array, so that
vector instructions apply; callers map over restarts. All functions here are pure and traceable.
Callers switch on JAX's 64-bit mode (`double_precision`), since it is a global setting.

Predictions depend on the directions of state vectors, not on their norms: every step is linear in
the state of the system and, after the collapse, in the memory, and the last output is a ratio. So
gradients treat norms as constants (`stop_gradient`), which shortens the backward pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.cell.circuits import AnyArray as AnyArray
from qrnnlib.cell.circuits import apply, apply_reversibly, is_real, unitary
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.jax_context import double_precision as double_precision
from qrnnlib.cell.noisy_circuits import TransferMatrices, observed, transfer_matrices
from qrnnlib.cell.paulis import strings, z_strings
from qrnnlib.physics.noise import Noise

#: Up to this many qubits the circuits are applied as one matrix; beyond, gate by gate.
DENSE_QUBITS = 5

#: Beyond this many qubits the backward pass stores few states and recomputes the others.
REMEMBERED_QUBITS = 8

#: The exact channel is one matrix on Pauli expectations if it has at most this many entries.
LARGEST_TRANSFER = 2**16


def joint_unitary(design: CellDesign, weights: Mapping[str, AnyArray]) -> Array:
    """Return the unitary between encoding and measurement: entangler, then disentangler."""
    matrix = unitary(design.entangler_circuit, weights["entangler"])
    if design.disentangler_circuit is None:
        return matrix
    return unitary(design.disentangler_circuit, weights["disentangler"]) @ matrix


def encode(design: CellDesign, weights: Mapping[str, AnyArray], x: AnyArray) -> Array:
    """Return the system's amplitudes for inputs: (steps, batch) -> (steps, outcomes, batch).

    Inputs of several features have shape (steps, features, batch).

    Raises
    ------
    ValueError
        If weights or inputs have the shape of another design.
    """
    design.check_shapes(weights, "input")
    if x.shape[1:-1] != (design.features,)[: design.features > 1]:
        wanted = "(steps, batch)" if design.features == 1 else f"(steps, {design.features}, batch)"
        raise ValueError(f"x must have shape {wanted}, got {x.shape}")
    if design.encoding == "amplitude":
        b = weights["input_bias"][:, None]
        if design.features == 1:
            vector = jnp.asarray(weights["input_weight"][:, None] * x[:, None] + b)
        else:
            vector = jnp.einsum("fs,kfb->ksb", weights["input_weight"], x) + b
        # Scaling keeps the direction; without it, squares of large amplitudes would overflow.
        largest = lax.stop_gradient(jnp.abs(vector).max(axis=1, keepdims=True))
        vector = vector / jnp.where(largest == 0, 1.0, largest)
        return _normalised(vector, axis=1)
    f = jnp.tanh(x)
    # sqrt(1 - tanh^2), written so that it keeps its digits and cannot overflow at large |x|.
    sech = 2 * jnp.exp(-jnp.abs(x)) / (1 + jnp.exp(-2 * jnp.abs(x)))
    ry, rz, rx = jnp.pi * f / 2, jnp.pi * f**3 / 2, jnp.pi * sech / 2
    up, down = jnp.cos(ry) * jnp.exp(-1j * rz), jnp.sin(ry) * jnp.exp(1j * rz)
    qubit = jnp.stack(
        [
            jnp.cos(rx) * up - 1j * jnp.sin(rx) * down,
            jnp.cos(rx) * down - 1j * jnp.sin(rx) * up,
        ],
        axis=-2,
    )
    by_feature = [qubit] if design.features == 1 else list(jnp.moveaxis(qubit, 1, 0))
    state = by_feature[0]
    for q in range(1, design.system_qubits):
        qubit = by_feature[q % design.features]
        state = (state[:, :, None] * qubit[:, None]).reshape(len(x), -1, x.shape[-1])
    return state


def _normalised(vectors: Array, axis: int) -> Array:
    """Return the normalised vectors, with the first basis vector in place of zero."""
    # Gradients pass through both branches of a `where`: the inner one keeps rsqrt(0) out of them.
    squares = lax.stop_gradient((vectors * vectors.conj()).real.sum(axis=axis, keepdims=True))
    zero = squares < _checks.ZERO_NORM_SQUARED
    first = jnp.eye(vectors.shape[axis], 1, dtype=vectors.dtype)
    return jnp.where(zero, first, vectors * lax.rsqrt(jnp.where(zero, 1.0, squares)))


# One step, for each collapse rule -------------------------------------------------------------


class Measured(NamedTuple):
    """The result of a step's measurement: (outcomes, batch) and (batch,)."""

    probabilities: AnyArray
    outcome: Array


#: ``step(memory, (system, draw)) -> (next memory, Measured)``, for a batch.
Step = Callable[[Array, tuple[Array, Array]], tuple[Array, Measured]]


class _Unrolled(NamedTuple):
    """A design's run along windows: inputs, initial memory and step."""

    inputs: Array  # the encoded system at each step
    empty: Array  # the memory before the first step
    step: Step


def _unroll(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    windows: AnyArray,
    after_gates: TransferMatrices | None = None,
) -> _Unrolled:
    """Return the run along windows, (batch, steps) or (batch, steps, features).

    `after_gates` replaces the transfer_matrices of a noisy design.
    """
    windows = windows.T if windows.ndim == 2 else windows.transpose(1, 2, 0)
    systems = encode(design, weights, windows)
    circuits = (design.entangler_circuit, design.disentangler_circuit)
    real = not jnp.iscomplexobj(systems) and all(c is None or is_real(c) for c in circuits)
    dtype = float if real else complex
    m, batch = design.memory_dim, windows.shape[-1]
    if _in_paulis(design):
        if design.noise is None:
            step, inputs, empty = _transferred(design, weights, systems, real)
        else:
            after_gates = transfer_matrices(design.noise) if after_gates is None else after_gates
            step, inputs, empty = _noisy(design, weights, after_gates, systems, real)
        return _Unrolled(inputs, jnp.broadcast_to(empty[:, None], (len(empty), batch)), step)
    joined = _joint_action(design, weights)
    if design.collapse == "channel":
        empty = jnp.zeros((m, m, batch), dtype).at[0, 0].set(1.0)
        kraus = _kraus_operators(design, joined)
        return _Unrolled(systems, empty, _rematerialised(design, partial(_averaged, design, kraus)))
    empty = jnp.zeros((m, batch), dtype).at[0].set(1.0)
    return _Unrolled(systems, empty, _rematerialised(design, partial(_collapsed, design, joined)))


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
        after = _normalised(squares.sum(axis=0), axis=0).astype(joint.dtype)
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


# Memories as Pauli expectations: the exact channel, and every rule under noise ------------------


def _in_paulis(design: CellDesign) -> bool:
    """Whether a memory is a vector of Pauli expectations."""
    if design.noise is not None:
        return True
    if design.collapse != "channel":
        return False
    entries = 4 ** (design.system_qubits + 2 * design.memory_qubits)
    return design.qubits <= DENSE_QUBITS and entries <= LARGEST_TRANSFER


def _transferred(
    design: CellDesign, weights: Mapping[str, AnyArray], systems: Array, real: bool
) -> tuple[Step, Array, Array]:
    """Return the step of a memory that is a vector of Pauli expectations, its inputs, and |0><0|.

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

    return step, inputs, jnp.asarray(m[:, 0, 0].real)  # <0|P|0>: the empty memory


def _expectations(paulis: NDArray[Any], states: Array) -> Array:
    """Return the expectations of Pauli strings: (steps, dim, batch) -> (steps, strings, batch)."""
    return jnp.einsum("atw,kwb,ktb->kab", paulis, states, states.conj()).real


def _noisy(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    after_gates: TransferMatrices,
    systems: Array,
    real: bool,
) -> tuple[Step, Array, Array]:
    """Return what `_transferred` returns, for a noisy cell.

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
            after = _expectations(m, _normalised(to_diagonal @ after, axis=0)[None])[0]
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
    return step, _expectations(s, systems), jnp.asarray(m[:, 0, 0].real)


def _as_amplitudes(design: CellDesign, memories: Array) -> Array:
    """Return memories as amplitudes or as density matrices, batch last: (steps, ..., batch)."""
    if not _in_paulis(design):
        return memories
    paulis = strings(design.memory_qubits, memories.shape[1] < 4**design.memory_qubits)
    return jnp.einsum("kcb,cmn->kmnb", memories, paulis) / design.memory_dim


# Whole windows --------------------------------------------------------------------------------


def _read_out(
    design: CellDesign, weights: Mapping[str, AnyArray], probabilities: AnyArray
) -> Array:
    """Return the outputs for probabilities: (..., outcomes, batch) -> (..., batch)."""
    design.check_shapes(weights, "readout")
    if design.readout == "z":
        return jnp.einsum("...sb,s->...b", probabilities, design.signs[:, -1])
    z = jnp.einsum("...sb,sq,q->...b", probabilities, design.signs, weights["readout_weight"])
    return z + weights["readout_bias"]


def last_probabilities(
    design: CellDesign, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
) -> AnyArray:
    """Return the outcome probabilities at the last step of each window, (outcomes, batch).

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to Array
    windows : Array, shape (batch, steps) or (batch, steps, features)
    draws : Array, shape (batch, steps)
        Uniform numbers in [0, 1) that decide the outcomes under `collapse="sampled"`. For given
        draws the result is a deterministic, piecewise smooth function of the weights.
    """
    inputs, memory, step = _unroll(design, weights, windows)
    given = (inputs, jnp.asarray(draws).T)
    before = jax.tree.map(lambda array: array[:-1], given)
    # Measured: unrolled, the loop runs no faster and compiles more slowly.
    memory, _ = lax.scan(lambda m, g: (step(m, g)[0], None), memory, before)
    _, (probabilities, _) = step(memory, jax.tree.map(lambda array: array[-1], given))
    return probabilities / probabilities.sum(axis=0)


@dataclass(frozen=True)
class Forward:
    """The cell's predictions as a function of weights, windows and draws.

    Instances of equal designs are equal, so that models share compiled code.
    """

    design: CellDesign

    def __call__(
        self, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
    ) -> Array:
        """Return the output after each window: (batch, steps[, features]) -> (batch,)."""
        probabilities = last_probabilities(self.design, weights, windows, draws)
        return _read_out(self.design, weights, probabilities)


class WindowRun(NamedTuple):
    """The record of a cell's run along a batch of windows.

    Attributes
    ----------
    outputs : ndarray, shape (batch, steps)
    probabilities : ndarray, shape (batch, steps, outcomes)
    outcomes : ndarray of int, shape (batch, steps)
        -1 where the rule keeps no outcome.
    memories : ndarray, shape (batch, steps, memory_dim) or (batch, steps, memory_dim, memory_dim)
        The memory after each step: amplitudes, or a density matrix under `collapse="channel"` or
        noise.
    """

    outputs: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    memories: NDArray[Any]


def run(
    design: CellDesign, weights: Mapping[str, ArrayLike], X: ArrayLike, draws: ArrayLike
) -> WindowRun:
    """Run the cell along a batch of windows and record every step.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to array
    X : array_like, shape (batch, steps) or (batch, steps, features)
        Windows, oldest value first.
    draws : array_like, shape (batch, steps)
        Uniform numbers in [0, 1) that decide the outcomes under `collapse="sampled"`.

    Returns
    -------
    WindowRun

    Raises
    ------
    TypeError, ValueError
        If weights or arrays do not fit.

    Examples
    --------
    >>> design = CellDesign()
    >>> weights = design.initial_weights(np.random.default_rng(0))
    >>> run(design, weights, np.zeros((7, 10)), np.zeros((7, 10))).probabilities.shape
    (7, 10, 4)
    """
    _checks.instance("design", design, CellDesign)
    windows = design.check_windows("X", X)
    uniform = _checks.real_array("draws", draws, windows.shape[:2])
    after_gates = None
    checked = design.check_weights(weights)
    if design.noise is not None:
        # The rates become data, so designs that differ only in them share compiled code.
        after_gates = transfer_matrices(design.noise)
        design = replace(design, noise=Noise())
    with double_precision():
        records = [np.asarray(a) for a in _run(design, checked, windows, uniform, after_gates)]
    return WindowRun(*(np.moveaxis(array, -1, 0) for array in records))


@partial(jax.jit, static_argnums=0)
def _run(
    design: CellDesign,
    weights: Weights,
    windows: Array,
    draws: Array,
    after_gates: TransferMatrices | None,
) -> tuple[AnyArray, ...]:
    """Return the four arrays of a `WindowRun`, batch last."""
    inputs, empty, step = _unroll(design, weights, windows, after_gates)

    def recorded(memory: Array, given: tuple[Array, Array]) -> tuple[Array, tuple[Array, Measured]]:
        after, measured = step(memory, given)
        return after, (after, measured)

    _, (memories, measured) = lax.scan(recorded, empty, (inputs, draws.T))
    outputs = _read_out(design, weights, measured.probabilities)
    return outputs, measured.probabilities, measured.outcome, _as_amplitudes(design, memories)
