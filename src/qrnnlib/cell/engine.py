"""The measured cell in JAX, batched, differentiable and compiled.

Its numbers are those of `qrnnlib.cell.reference`.

All windows of a batch go through the cell together, along the last axis of every array, where
processors work on neighbours at once; callers map over restarts. All functions here are pure and
traceable; JAX's 64-bit mode is the caller's business (`double_precision`), since it is a global
switch.

No prediction depends on how long a state vector is, only on its direction: every step is linear
in the state of the system and, after the collapse, in the memory, and the last output is a ratio.
So lengths are taken as constants when a gradient is taken, which spares most of its way back.
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
from qrnnlib.cell.circuits import apply, apply_walking_back, is_real, unitary
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.jax_context import double_precision as double_precision
from qrnnlib.cell.noisy_circuits import Hardware, hardware, observed
from qrnnlib.cell.paulis import strings, z_strings
from qrnnlib.physics.noise import Noise

#: Up to so many qubits, system and memory are joined by one matrix; beyond, by gate after gate.
DENSE_QUBITS = 5

#: Beyond so many qubits, the gradient keeps few states and makes the others anew.
REMEMBERED_QUBITS = 8

#: The exact channel is one matrix on Pauli expectations while that has no more entries than this.
LARGEST_TRANSFER = 2**16


def joint_unitary(design: CellDesign, weights: Mapping[str, AnyArray]) -> Array:
    """Return what acts between encoding and measurement: the entangler, then the disentangler."""
    matrix = unitary(design.entangler_circuit, weights["entangler"])
    if design.disentangler_circuit is None:
        return matrix
    return unitary(design.disentangler_circuit, weights["disentangler"]) @ matrix


def encode(design: CellDesign, weights: Mapping[str, AnyArray], x: AnyArray) -> Array:
    """Return the system's amplitudes for inputs: (steps, batch) -> (steps, outcomes, batch).

    Inputs of several features are (steps, features, batch).

    Raises
    ------
    ValueError
        If weights or inputs are shaped for another design.
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
        # The direction does not depend on the scale; the squares of a large one would overflow.
        largest = lax.stop_gradient(jnp.abs(vector).max(axis=1, keepdims=True))
        vector = vector / jnp.where(largest == 0, 1.0, largest)
        return _directed(vector, axis=1)
    f = jnp.tanh(x)
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


def _directed(vectors: Array, axis: int) -> Array:
    """Return vectors of length 1, the first basis vector in place of zero."""
    squares = lax.stop_gradient((vectors * vectors.conj()).real.sum(axis=axis, keepdims=True))
    zero = squares < _checks.ZERO_NORM_SQUARED
    first = jnp.eye(vectors.shape[axis], 1, dtype=vectors.dtype)
    return jnp.where(zero, first, vectors * lax.rsqrt(jnp.where(zero, 1.0, squares)))


# One step, by the rule of collapse ------------------------------------------------------------


class Measured(NamedTuple):
    """What the measurement of a step gave: (outcomes, batch) and (batch,)."""

    probabilities: AnyArray
    outcome: Array


#: ``step(memory, (system, draw)) -> (next memory, Measured)``, for a batch.
Step = Callable[[Array, tuple[Array, Array]], tuple[Array, Measured]]


class _Walk(NamedTuple):
    """How a design goes along a window."""

    inputs: Array  # for each step, what a step needs to know of the system
    empty: Array  # the memory before the first step
    step: Step


def _walk(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    windows: AnyArray,
    device: Hardware | None = None,
) -> _Walk:
    """Return the way through windows: (batch, steps) or (batch, steps, features).

    It may be on another device than the design's own.
    """
    windows = windows.T if windows.ndim == 2 else windows.transpose(1, 2, 0)
    systems = encode(design, weights, windows)
    circuits = (design.entangler_circuit, design.disentangler_circuit)
    real = not jnp.iscomplexobj(systems) and all(c is None or is_real(c) for c in circuits)
    dtype = float if real else complex
    m, batch = design.memory_dim, windows.shape[-1]
    if _in_paulis(design):
        if design.noise is None:
            step, inputs, start = _transferred(design, weights, systems, real)
        else:
            device = hardware(design.noise) if device is None else device
            step, inputs, start = _noisy(design, weights, device, systems, real)
        return _Walk(inputs, jnp.broadcast_to(start[:, None], (len(start), batch)), step)
    joined = _joined(design, weights)
    if design.collapse == "channel":
        empty = jnp.zeros((m, m, batch), dtype).at[0, 0].set(1.0)
        kraus = _kraus_operators(design, joined)
        return _Walk(systems, empty, _frugal(design, partial(_averaged, design, kraus)))
    empty = jnp.zeros((m, batch), dtype).at[0].set(1.0)
    return _Walk(systems, empty, _frugal(design, partial(_collapsed, design, joined)))


def _is_large(design: CellDesign) -> bool:
    return design.qubits > REMEMBERED_QUBITS


def _frugal(design: CellDesign, step: Step) -> Step:
    """Return a step of which a gradient remembers no more than the memory it began with."""
    return jax.checkpoint(step) if _is_large(design) else step


def _joined(design: CellDesign, weights: Mapping[str, AnyArray]) -> Callable[[Array], Array]:
    """Return what the joint unitary does to states of system and memory: (dim, batch)."""
    if design.qubits <= DENSE_QUBITS:
        matrix = joint_unitary(design, weights)
        return lambda states: matrix @ states

    applied = apply_walking_back if _is_large(design) else apply

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
        after = _directed(squares.sum(axis=0), axis=0).astype(joint.dtype)
        return after, Measured(probabilities, jnp.full(draw.shape, -1))
    known = lax.stop_gradient(probabilities)
    outcome, chosen = _chosen(design, known, draw)
    weight = jnp.where(chosen, known, 0).sum(axis=0)
    scale = jnp.where(chosen, lax.rsqrt(jnp.where(weight == 0, 1.0, weight)), 0)
    return (joint * scale[:, None]).sum(axis=0), Measured(probabilities, outcome)


def _chosen(design: CellDesign, known: Array, draw: Array) -> tuple[Array, Array]:
    """Return the outcome that is kept, (batch,), and where it stands, (outcomes, batch)."""
    if design.collapse == "sampled":
        cumulative = jnp.cumsum(known, axis=0)
        outcome = jnp.argmax(draw * cumulative[-1] < cumulative, axis=0)
    else:
        likely = known >= known.max(axis=0) - _checks.TIE_TOLERANCE
        outcome = jnp.argmax(likely, axis=0)
    # A sum against a one-hot column compiles to one loop, a gather and its gradient do not.
    return outcome, jnp.arange(design.system_dim)[:, None] == outcome


def _kraus_operators(
    design: CellDesign, joined: Callable[[Array], Array]
) -> Callable[[Array], Array]:
    """Return what inputs do to the memory: (outcomes, batch) -> (outcomes, m, m, batch)."""
    m = design.memory_dim

    def gate_by_gate(system: Array) -> Array:
        columns = system[:, None, None] * jnp.eye(m)[:, :, None]
        kraus = joined(columns.reshape(-1, m * system.shape[-1]))
        return kraus.reshape(design.system_dim, m, m, -1)

    if not _is_large(design):
        return gate_by_gate
    # All steps of all windows share one matrix, which has fewer columns than they have together.
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
    """Return the step of a memory that is a vector of Pauli expectations, its inputs and start.

    With every outcome averaged over, a step is linear in the memory's density matrix, and in the
    system's. In Pauli strings both are real vectors, and the step is one real matrix: the Pauli
    transfer matrix of the cell. Its rows are the next memory's expectations, then those of the
    strings of Z on the system, which make the probabilities.
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

    return step, inputs, jnp.asarray(m[:, 0, 0].real)


def _expectations(paulis: NDArray[Any], states: Array) -> Array:
    """Return the expectations of Pauli strings: (steps, dim, batch) -> (steps, strings, batch)."""
    return jnp.einsum("atw,kwb,ktb->kab", paulis, states, states.conj()).real


def _noisy(
    design: CellDesign,
    weights: Mapping[str, AnyArray],
    device: Hardware,
    systems: Array,
    real: bool,
) -> tuple[Step, Array, Array]:
    """Return the step of a noisy cell's memory, a vector of Pauli expectations, as above.

    Its outcomes are those reported: so are the probabilities, and the memory left by each.
    """
    s, m = strings(design.system_qubits, real), strings(design.memory_qubits, real)
    # The strings of I and Z of a register make the probabilities of its basis states.
    to_outcomes = z_strings(design.system_qubits).T / design.system_dim
    to_diagonal = jnp.asarray(z_strings(design.memory_qubits).T / design.memory_dim)
    after_circuits = observed(design, weights, device, real)

    def averaged(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Measured]:
        system, draw = given
        seen = after_circuits((system[:, None] * memory).reshape(-1, draw.size))
        after, on_system = jnp.split(seen, [len(seen) - design.system_dim])
        if design.collapse == "diagonal":
            after = _expectations(m, _directed(to_diagonal @ after, axis=0)[None])[0]
        return after, Measured(to_outcomes @ on_system, jnp.full(draw.shape, -1))

    def kept(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Measured]:
        system, draw = given
        seen = after_circuits((system[:, None] * memory).reshape(-1, draw.size))
        # Of each outcome, the memory that goes with it, as heavy as the outcome is likely.
        branches = jnp.tensordot(to_outcomes, seen.reshape(design.system_dim, len(m), -1), 1)
        probabilities = branches[:, 0]
        known = lax.stop_gradient(probabilities)
        outcome, chosen = _chosen(design, known, draw)
        scale = jnp.where(chosen, 1 / jnp.where(chosen, known, 1.0), 0.0)
        return (branches * scale[:, None]).sum(axis=0), Measured(probabilities, outcome)

    step = averaged if design.collapse in ("diagonal", "channel") else kept
    return step, _expectations(s, systems), jnp.asarray(m[:, 0, 0].real)


def _as_amplitudes(design: CellDesign, memories: Array) -> Array:
    """Return memories as amplitudes or density matrices, batch last: (steps, ..., batch)."""
    if not _in_paulis(design):
        return memories
    paulis = strings(design.memory_qubits, memories.shape[1] < 4**design.memory_qubits)
    return jnp.einsum("kcb,cmn->kmnb", memories, paulis) / design.memory_dim


# Whole windows --------------------------------------------------------------------------------


def _read_out(
    design: CellDesign, weights: Mapping[str, AnyArray], probabilities: AnyArray
) -> Array:
    """Return the outputs: (..., outcomes, batch) -> (..., batch)."""
    design.check_shapes(weights, "readout")
    if design.readout == "z":
        return jnp.einsum("...sb,s->...b", probabilities, design.signs[:, -1])
    z = jnp.einsum("...sb,sq,q->...b", probabilities, design.signs, weights["readout_weight"])
    return z + weights["readout_bias"]


def last_probabilities(
    design: CellDesign, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
) -> AnyArray:
    """Return the outcomes' probabilities in the last step of each window: (outcomes, batch).

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to Array
    windows : Array, shape (batch, steps) or (batch, steps, features)
    draws : Array, shape (batch, steps)
        The draws are uniform numbers in [0, 1) that decide the outcomes under
        `collapse="sampled"`; given them the result is a deterministic, piecewise smooth function.
    """
    inputs, memory, step = _walk(design, weights, windows)
    given = (inputs, jnp.asarray(draws).T)
    before = jax.tree.map(lambda array: array[:-1], given)
    # Unrolled, it was measured to run no faster and to compile more slowly.
    memory, _ = lax.scan(lambda m, g: (step(m, g)[0], None), memory, before)
    _, (probabilities, _) = step(memory, jax.tree.map(lambda array: array[-1], given))
    return probabilities / probabilities.sum(axis=0)


@dataclass(frozen=True)
class Forward:
    """The cell's predictions as a function of weights, windows and draws.

    Two of the same design are equal, so that compiled code is shared between models.
    """

    design: CellDesign

    def __call__(
        self, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
    ) -> Array:
        """Return the output after each window: (batch, steps[, features]) -> (batch,)."""
        probabilities = last_probabilities(self.design, weights, windows, draws)
        return _read_out(self.design, weights, probabilities)


class WindowRun(NamedTuple):
    """What the cell did along windows.

    Attributes
    ----------
    outputs : ndarray, shape (batch, steps)
    probabilities : ndarray, shape (batch, steps, outcomes)
    outcomes : ndarray of int, shape (batch, steps)
        -1 where the rule keeps no outcome.
    memories : ndarray, shape (batch, steps, memory_dim) or (batch, steps, memory_dim, memory_dim)
        The memory after each step, as amplitudes, or as a density matrix under
        `collapse="channel"` or noise.
    """

    outputs: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    memories: NDArray[Any]


def run(
    design: CellDesign, weights: Mapping[str, ArrayLike], X: ArrayLike, draws: ArrayLike
) -> WindowRun:
    """Follow the cell along a batch of windows, every step on record.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to array
    X : array_like, shape (batch, steps) or (batch, steps, features)
        Windows, oldest value first.
    draws : array_like, shape (batch, steps)
        Uniform numbers in [0, 1); decide the outcomes under `collapse="sampled"`.

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
    device = None
    checked = design.check_weights(weights)
    if design.noise is not None:
        # Designs that differ in their rates alone share compiled code.
        device = hardware(design.noise)
        design = replace(design, noise=Noise())
    with double_precision():
        records = [np.asarray(a) for a in _run(design, checked, windows, uniform, device)]
    return WindowRun(*(np.moveaxis(array, -1, 0) for array in records))


@partial(jax.jit, static_argnums=0)
def _run(
    design: CellDesign, weights: Weights, windows: Array, draws: Array, device: Hardware | None
) -> tuple[AnyArray, ...]:
    """Return the four records, the batch last."""
    inputs, empty, step = _walk(design, weights, windows, device)

    def recorded(memory: Array, given: tuple[Array, Array]) -> tuple[Array, tuple[Array, Measured]]:
        after, measured = step(memory, given)
        return after, (after, measured)

    _, (memories, measured) = lax.scan(recorded, empty, (inputs, draws.T))
    outputs = _read_out(design, weights, measured.probabilities)
    return outputs, measured.probabilities, measured.outcome, _as_amplitudes(design, memories)
