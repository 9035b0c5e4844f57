"""The measured cell in JAX: the same numbers as `qrnnlib.cell`, batched, differentiable, compiled.

`run_window` follows one window through the cell and is written for a single window; callers map
it over windows and restarts with `jax.vmap`. All functions here are pure and traceable; JAX's
64-bit mode is the caller's business (`double_precision`), since it is a global switch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks, operators
from qrnnlib.circuit import Circuit, Gate
from qrnnlib.design import CellDesign, Weights

#: Arrays of either library: JAX accepts NumPy's wherever it computes.
AnyArray = Array | NDArray[Any]


def double_precision() -> Any:
    """Return a context in which JAX computes in 64 bits, and that leaves no trace behind.

    Examples
    --------
    >>> with double_precision():
    ...     jnp.ones(1).dtype
    dtype('float64')
    """
    return jax.enable_x64(True)


class WindowRun(NamedTuple):
    """What the cell did along one window; the first axis of each array counts steps.

    Attributes
    ----------
    outputs : Array, shape (steps,)
    probabilities : Array, shape (steps, outcomes)
    outcomes : Array of int, shape (steps,)
        -1 where the rule keeps no outcome.
    memories : Array, shape (steps, memory_dim) or (steps, memory_dim, memory_dim)
        The memory after each step, as amplitudes or as a density matrix.
    """

    outputs: AnyArray
    probabilities: AnyArray
    outcomes: AnyArray
    memories: AnyArray


def unitary(circuit: Circuit, params: AnyArray) -> Array:
    """Return the matrix of a circuit, differentiable in its parameters.

    Parameters
    ----------
    circuit : Circuit
    params : Array, of the circuit's shape
        Angles in radians.

    Returns
    -------
    Array, shape (2**qubits, 2**qubits)
        Real where every gate is real, as in the paper's ring layers: half the work.
    """
    factors = _factors(circuit)
    turns = [f for f in factors if isinstance(f, tuple) and len(f[0].qubits) == 1]
    layers = iter(_layers(turns, circuit, params))
    matrix = jnp.eye(2**circuit.qubits)
    for factor in factors:
        if isinstance(factor, np.ndarray):
            matrix = jnp.asarray(factor) @ matrix
        elif len(factor[0].qubits) == 1:
            matrix = next(layers) @ matrix
        else:
            matrix = _couple(factor, circuit, params, matrix)
    return matrix


@cache
def _factors(circuit: Circuit) -> tuple[NDArray[Any] | tuple[Gate, ...], ...]:
    """Cut a circuit into few factors: the fewer products, the faster to compile and to run.

    A factor is a matrix (neighbouring gates without an angle, multiplied here and now), a
    layer (one-qubit rotations on distinct qubits), or a coupling (rotations of several qubits
    that commute).
    """
    factors: list[NDArray[Any] | tuple[Gate, ...]] = []
    for gate in circuit.gates:
        last = factors[-1] if factors else ()
        if gate.slot is None:
            matrix = _fixed_matrix(gate.name, gate.qubits, circuit.qubits)
            if isinstance(last, np.ndarray):
                factors[-1] = matrix @ last
            else:
                factors.append(matrix)
        elif isinstance(last, tuple) and last and _fits(gate, last, circuit.qubits):
            factors[-1] = (*last, gate)
        else:
            factors.append((gate,))
    return tuple(factors)


def _fits(gate: Gate, factor: tuple[Gate, ...], qubits: int) -> bool:
    """Whether a rotation may join a layer or a coupling."""
    if len(gate.qubits) != len(factor[0].qubits):
        return False
    if len(gate.qubits) == 1:
        return all(gate.qubits != other.qubits for other in factor)
    new, *others = (_generator(g.name, g.qubits, qubits) for g in (gate, *factor))
    return all(np.array_equal(new @ other, other @ new) for other in others)


def _layers(layers: list[tuple[Gate, ...]], circuit: Circuit, params: AnyArray) -> Array:
    """Return the matrix of every layer, all worked out together: (layers, dim, dim)."""
    shape = (len(layers), circuit.qubits)
    # A qubit that a layer leaves alone has sign 0: turned by no angle, about no axis.
    signs = np.zeros(shape)
    slots = np.zeros((*shape, len(circuit.shape)), dtype=int)
    generators = np.zeros((*shape, 2, 2), dtype=complex)
    for number, layer in enumerate(layers):
        for gate in layer:
            place = (number, gate.qubits[0])
            signs[place], slots[place] = gate.sign, gate.slot
            generators[place] = _generator(gate.name)
    half = (signs * params[tuple(np.moveaxis(slots, -1, 0))] / 2)[..., None, None]
    turns = jnp.cos(half) * jnp.eye(2) + jnp.sin(half) * _real_if_possible(generators)
    result = turns[:, 0]
    for qubit in range(1, circuit.qubits):
        pairs = result[:, :, None, :, None] * turns[:, qubit, None, :, None, :]
        result = pairs.reshape(len(layers), 2 ** (qubit + 1), 2 ** (qubit + 1))
    return result


def _couple(gates: tuple[Gate, ...], circuit: Circuit, params: AnyArray, matrix: Array) -> Array:
    """Return `matrix`, followed by commuting rotations: phases in a basis they have in common."""
    basis, eigenvalues = _common_basis(gates, circuit.qubits)
    slots = tuple(np.array([gate.slot for gate in gates]).T)
    angles = np.array([gate.sign for gate in gates]) * params[slots]
    phases = jnp.exp(-0.5j * (angles @ eigenvalues))
    return jnp.asarray(basis) @ (phases[:, None] * (basis.conj().T @ matrix))


@cache
def _common_basis(gates: tuple[Gate, ...], qubits: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return a basis in which the Pauli strings of the gates are diagonal, and their diagonals."""
    paulis = [1j * _generator(gate.name, gate.qubits, qubits) for gate in gates]
    # In a sum with generic weights no two patterns of eigenvalues +1 and -1 fall together.
    weights = np.random.default_rng(0).uniform(1, 2, len(paulis))
    mixed = sum(weight * pauli for weight, pauli in zip(weights, paulis, strict=True))
    basis = _real_if_possible(np.linalg.eigh(_real_if_possible(mixed))[1])
    diagonals = [np.diag(basis.conj().T @ pauli @ basis).real.round() for pauli in paulis]
    return basis, np.array(diagonals)


@cache
def _generator(name: str, qubits: tuple[int, ...] = (), total: int | None = None) -> NDArray[Any]:
    """Return ``-i P`` of a rotation: real for P = Y, and then so is the rotation."""
    pauli = operators.pauli_string(operators.ROTATIONS[name])
    if total is not None:
        pauli = operators.on_qubits(pauli, qubits, total)
    return _real_if_possible(-1j * pauli.full())


@cache
def _fixed_matrix(name: str, qubits: tuple[int, ...], total: int) -> np.ndarray:
    return _real_if_possible(operators.on_qubits(operators.gate(name), qubits, total).full())


def _real_if_possible(array: np.ndarray) -> np.ndarray:
    return array if np.any(array.imag) else array.real


def joint_unitary(design: CellDesign, weights: Mapping[str, AnyArray]) -> Array:
    """Return what acts between encoding and measurement: the entangler, then the disentangler."""
    matrix = unitary(design.entangler_circuit, weights["entangler"])
    if design.disentangler_circuit is None:
        return matrix
    return unitary(design.disentangler_circuit, weights["disentangler"]) @ matrix


def encode(design: CellDesign, weights: Mapping[str, AnyArray], x: Array) -> Array:
    """Return the system's amplitudes for every entry of `x`, along a new last axis."""
    if design.encoding == "amplitude":
        vector = jnp.asarray(weights["input_weight"] * x[..., None] + weights["input_bias"])
        # The direction does not depend on the scale; the squares of a large one would overflow.
        largest = lax.stop_gradient(jnp.abs(vector).max(axis=-1, keepdims=True))
        vector = vector / jnp.where(largest == 0, 1.0, largest)
        return _normalised(vector, otherwise=jnp.eye(design.system_dim)[0])
    f = jnp.tanh(x)
    sech = 2 * jnp.exp(-jnp.abs(x)) / (1 + jnp.exp(-2 * jnp.abs(x)))
    ry, rz, rx = jnp.pi * f / 2, jnp.pi * f**3 / 2, jnp.pi * sech / 2
    up, down = jnp.cos(ry) * jnp.exp(-1j * rz), jnp.sin(ry) * jnp.exp(1j * rz)
    qubit = jnp.stack(
        [
            jnp.cos(rx) * up - 1j * jnp.sin(rx) * down,
            jnp.cos(rx) * down - 1j * jnp.sin(rx) * up,
        ],
        axis=-1,
    )
    state = qubit
    for _ in range(design.system_qubits - 1):
        state = (state[..., :, None] * qubit[..., None, :]).reshape(*x.shape, -1)
    return state


def run_window(
    design: CellDesign, weights: Mapping[str, AnyArray], window: Array, draws: Array
) -> WindowRun:
    """Follow the cell along one window from an empty memory.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to Array
    window : Array, shape (steps,)
        Inputs, oldest first.
    draws : Array, shape (steps,)
        Uniform numbers in [0, 1) that decide the outcomes under `collapse="sampled"`; not read
        otherwise. Given the draws a run is a deterministic, piecewise smooth function.
    """
    table = joint_unitary(design, weights).reshape(
        design.system_dim, design.memory_dim, design.system_dim, design.memory_dim
    )
    encoded = encode(design, weights, window)
    empty = (
        jnp.zeros(design.memory_dim)
        .at[0]
        .set(1.0)
        .astype(jnp.result_type(table.dtype, encoded.dtype))
    )
    if design.collapse == "channel":
        empty = empty[:, None] * empty

    def step(memory: Array, given: tuple[Array, Array]) -> tuple[Array, WindowRun]:
        system, draw = given
        if design.collapse == "channel":
            kraus = jnp.einsum("smtn,t->smn", table, system)
            blocks = jnp.einsum("smn,nk,slk->sml", kraus, memory, kraus.conj())
            probabilities = jnp.trace(blocks, axis1=1, axis2=2).real
            outcome, after = jnp.asarray(-1), blocks.sum(axis=0)
        else:
            joint = jnp.einsum("smtn,t,n->sm", table, system, memory)
            weight = (joint * joint.conj()).real
            probabilities = weight.sum(axis=1)
            outcome, after = _collapse(design, joint, weight, probabilities, draw)
        output = _read_out(design, weights, probabilities)
        return after, WindowRun(output, probabilities, outcome, after)

    # Unrolled, it was measured to run no faster and to compile more slowly.
    return lax.scan(step, empty, (encoded, draws))[1]


def _collapse(
    design: CellDesign, joint: Array, weight: Array, probabilities: Array, draw: Array
) -> tuple[Array, Array]:
    """Return the outcome and the next memory, given the joint state as a table of amplitudes."""
    if design.collapse == "diagonal":
        diagonal = weight.sum(axis=0)
        return jnp.asarray(-1), (diagonal / jnp.sqrt(diagonal @ diagonal)).astype(joint.dtype)
    if design.collapse == "sampled":
        cumulative = jnp.cumsum(probabilities)
        outcome = jnp.argmax(draw * cumulative[-1] < cumulative)
    else:
        outcome = jnp.argmax(probabilities >= probabilities.max() - _checks.TIE_TOLERANCE)
    # A sum against a one-hot row compiles to one loop, a gather and its gradient do not.
    chosen = jnp.arange(design.system_dim) == outcome
    row = jnp.where(chosen[:, None], joint, 0).sum(axis=0)
    return outcome, _normalised(row, otherwise=jnp.eye(design.memory_dim)[0])


def _read_out(design: CellDesign, weights: Mapping[str, AnyArray], probabilities: Array) -> Array:
    if design.readout == "z":
        return probabilities @ design.signs[:, -1]
    return (probabilities @ design.signs) @ weights["readout_weight"] + weights["readout_bias"]


def _normalised(vector: Array, otherwise: Array) -> Array:
    """Return `vector` over its norm along the last axis, or `otherwise` where that is zero.

    The inner `where` keeps the zero out of the square root: its gradient there would be NaN
    even though the value is not used.
    """
    norm_squared = (vector * vector.conj()).real.sum(axis=-1, keepdims=True)
    zero = norm_squared < _checks.ZERO_NORM_SQUARED
    safe = jnp.where(zero, 1.0, norm_squared)
    return jnp.where(zero, otherwise.astype(vector.dtype), vector / jnp.sqrt(safe))


@dataclass(frozen=True)
class Forward:
    """The cell's predictions as a function of weights, windows and draws.

    Two of the same design are equal, so that compiled code is shared between models.
    """

    design: CellDesign

    def __call__(self, weights: Mapping[str, AnyArray], windows: Array, draws: Array) -> Array:
        """Return the output after each window: (batch, steps) -> (batch,)."""

        def last_output(window: Array, draw: Array) -> Array:
            return jnp.asarray(run_window(self.design, weights, window, draw).outputs[-1])

        return jax.vmap(last_output)(windows, draws)


def run(
    design: CellDesign, weights: Mapping[str, ArrayLike], X: ArrayLike, draws: ArrayLike
) -> WindowRun:
    """Follow the cell along a batch of windows, every step on record.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to array
    X : array_like, shape (batch, steps)
        Windows, oldest value first.
    draws : array_like, shape (batch, steps)
        Uniform numbers in [0, 1); decide the outcomes under `collapse="sampled"`.

    Returns
    -------
    WindowRun
        NumPy arrays, each with a leading batch axis.

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
    windows = _checks.real_array("X", X, (None, None))
    uniform = _checks.real_array("draws", draws, windows.shape)
    with double_precision():
        records = _run(design, design.check_weights(weights), windows, uniform)
    return WindowRun(*(np.asarray(array) for array in records))


@partial(jax.jit, static_argnums=0)
def _run(design: CellDesign, weights: Weights, windows: Array, draws: Array) -> WindowRun:
    return jax.vmap(lambda w, d: run_window(design, weights, w, d))(windows, draws)
