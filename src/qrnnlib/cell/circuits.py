"""A circuit in JAX: as one matrix, or applied to states gate by gate.

Both are pure, traceable and differentiable in the circuit's angles. The matrix is computed once
and pays off while it is small; gate by gate, time and RAM grow only with the size of the states.
`qrnnlib.cell.engine` chooses.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial, reduce
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import qutip
from jax import Array
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.physics import gate_set
from qrnnlib.physics.circuit import Circuit, Gate

#: Arrays of either library: JAX accepts NumPy's wherever it computes.
AnyArray = Array | NDArray[Any]

#: Number of neighbouring qubits whose one-qubit gates are applied to states as one matrix.
BLOCK = 4


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
        Real if every gate is real, as in the paper's ring layers, which halves the work.

    Raises
    ------
    ValueError
        If `params` has another shape.
    """
    _checks.has_shape("params", params, circuit.shape)
    factors = _factors(circuit)
    turned = _layer_matrices(tuple(f for f in factors if isinstance(f, _Layer)), params)
    matrix: Array | None = None
    for factor in factors:
        if isinstance(factor, _Coupling):
            matrix = _couple(
                factor, params, jnp.eye(2**circuit.qubits) if matrix is None else matrix
            )
        else:
            new = turned.pop(0) if isinstance(factor, _Layer) else jnp.asarray(factor)
            matrix = new if matrix is None else new @ matrix
    return jnp.eye(2**circuit.qubits) if matrix is None else matrix


def apply(circuit: Circuit, params: AnyArray, states: Array) -> Array:
    """Return states after a circuit, differentiable in its parameters and in the states.

    Parameters
    ----------
    circuit : Circuit
    params : Array, of the circuit's shape
        Angles in radians.
    states : Array, shape (2**qubits, batch)
        One state per column.

    Returns
    -------
    Array, shape (2**qubits, batch)

    Raises
    ------
    ValueError
        If `params` has another shape.
    """
    _checks.has_shape("params", params, circuit.shape)
    for operation in _operations(circuit):
        states = _apply_operation(operation, params, states)
    return states


def apply_reversibly(circuit: Circuit, params: AnyArray, states: Array) -> Array:
    """Return states after a circuit as `apply` does, storing only the last ones for the gradient.

    Ordinary reverse mode stores the states before every gate. Gates are invertible, so this
    backward pass starts from the final states and recomputes the earlier ones, one inverse gate at
    a time. It costs one more pass over the circuit. Arguments, result and errors are those of
    `apply`.
    """
    # Complex before the custom gradient, which must return the dtype of its input.
    dtype = states.dtype if is_real(circuit) else jnp.promote_types(states.dtype, complex)
    after: Array = _applied(circuit, jnp.asarray(params), states.astype(dtype))
    return after


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _applied(circuit: Circuit, params: Array, states: Array) -> Array:
    return apply(circuit, params, states)


def _applied_forward(
    circuit: Circuit, params: Array, states: Array
) -> tuple[Array, tuple[Array, Array]]:
    after = apply(circuit, params, states)
    return after, (params, after)


def _applied_backward(
    circuit: Circuit, known: tuple[Array, Array], change: Array
) -> tuple[Array, Array]:
    params, states = known
    slope = jnp.zeros_like(params)
    for operation in reversed(_operations(circuit)):
        states = _apply_operation(operation, params, states, back=True)  # recomputed, not stored
        pull = jax.vjp(partial(_apply_operation, operation), params, states)[1]
        share, change = pull(change)
        slope += share
    return slope, change


_applied.defvjp(_applied_forward, _applied_backward)


def is_real(circuit: Circuit) -> bool:
    """Return whether a circuit keeps real amplitudes real, whatever its angles."""
    matrices = (
        _matrix(gate) if gate.parameter is None else _generator(gate) for gate in circuit.gates
    )
    return not any(np.iscomplexobj(matrix) for matrix in matrices)


# Layers of one-qubit gates --------------------------------------------------------------------


class _Layer(NamedTuple):
    """Rotations of distinct qubits and the fixed gates after them, expanded in the half angles.

    The matrix is a sum over subsets of the rotations: the product of sines over the subset and
    of cosines over the rest, times a constant matrix.
    """

    gates: tuple[Gate, ...]
    constants: NDArray[Any]  # (2**gates, dim, dim)


def _layer(gates: Sequence[Gate], qubits: Sequence[int], after: NDArray[Any] | None) -> _Layer:
    """Return the layer of one-qubit gates on `qubits`, then the fixed matrix `after`."""
    rotations = tuple(gate for gate in gates if gate.parameter is not None)
    by_qubit = {gate.qubits[0]: gate for gate in gates}
    constants = np.ones((1, 1, 1))
    for qubit in qubits:
        gate = by_qubit.get(qubit)
        if gate is None:
            options = np.eye(2)[None]
        elif gate.parameter is None:
            options = _matrix(gate)[None]
        else:
            options = np.array([np.eye(2), _generator(gate)])
        shape = [a * b for a, b in zip(constants.shape, options.shape, strict=True)]
        constants = np.einsum("aij,bkl->abikjl", constants, options).reshape(shape)
    # In the order of the qubits, as the constants are, not in that of the gates.
    ordered = tuple(sorted(rotations, key=lambda gate: gate.qubits))
    return _Layer(ordered, constants if after is None else after @ constants)


def _layer_matrices(layers: tuple[_Layer, ...], params: AnyArray) -> list[Array]:
    """Return the matrices of layers; those with the same constants are computed together."""
    matrices: dict[int, Array] = {}
    waiting = list(range(len(layers)))
    while waiting:
        constants = layers[waiting[0]].constants
        alike = [i for i in waiting if np.array_equal(layers[i].constants, constants)]
        waiting = [i for i in waiting if i not in alike]
        signs = np.array([[gate.sign for gate in layers[i].gates] for i in alike], dtype=float)
        index = np.array([[gate.parameter for gate in layers[i].gates] for i in alike], dtype=int)
        weights = jnp.ones((len(alike), 1))
        if signs.size:
            half = signs * params[tuple(np.moveaxis(index, -1, 0))] / 2
            pairs = jnp.stack([jnp.cos(half), jnp.sin(half)], axis=-1)
            for number in range(signs.shape[1]):
                weights = weights[:, :, None] * pairs[:, number, None, :]
                weights = weights.reshape(len(alike), -1)
        made = (weights @ constants.reshape(len(constants), -1)).reshape(-1, *constants.shape[1:])
        matrices.update(zip(alike, made, strict=True))
    return [matrices[i] for i in range(len(layers))]


# Factors of the matrix ------------------------------------------------------------------------


class _Coupling(NamedTuple):
    """Commuting rotations of several qubits: phases in their common eigenbasis."""

    gates: tuple[Gate, ...]
    basis: NDArray[Any]
    eigenvalues: NDArray[np.float64]  # (gates, dim): those of each Pauli string


@cache
def _factors(circuit: Circuit) -> tuple[NDArray[Any] | _Layer | _Coupling, ...]:
    """Split a circuit into factors; fewer products compile and run faster."""
    runs = _runs(circuit, partial(_fits, qubits=circuit.qubits))
    factors: list[NDArray[Any] | _Layer | _Coupling] = []
    for number, run in enumerate(runs):
        if run[0].parameter is None:
            if not number or len(runs[number - 1][0].qubits) > 1:  # else part of the layer before
                factors.append(_fixed_matrix(run, circuit.qubits))
        elif len(run[0].qubits) > 1:
            factors.append(_coupling(run, {q: q for q in range(circuit.qubits)}))
        else:
            following = runs[number + 1] if number + 1 < len(runs) else run
            after = None
            if following[0].parameter is None:
                after = _fixed_matrix(following, circuit.qubits)
            factors.append(_layer(run, range(circuit.qubits), after))
    return tuple(factors)


def _runs(circuit: Circuit, fits: Callable[[Gate, list[Gate]], bool]) -> list[list[Gate]]:
    """Split a circuit into runs of consecutive gates; `fits` says whether a gate joins a run."""
    runs: list[list[Gate]] = []
    for gate in circuit.gates:
        if runs and fits(gate, runs[-1]):
            runs[-1].append(gate)
        else:
            runs.append([gate])
    return runs


def _fits(gate: Gate, run: list[Gate], qubits: int) -> bool:
    """Return whether a gate may join a run of fixed gates, a layer or a coupling."""
    if gate.parameter is None or run[0].parameter is None:
        return gate.parameter is None and run[0].parameter is None
    if len(gate.qubits) != len(run[0].qubits):
        return False
    if len(gate.qubits) == 1:
        return all(gate.qubits != other.qubits for other in run)
    new, *others = (_on_all(_generator(g), g.qubits, qubits) for g in (gate, *run))
    return all(np.array_equal(new @ other, other @ new) for other in others)


def _couple(coupling: _Coupling, params: AnyArray, matrix: Array) -> Array:
    """Return the coupling times `matrix`."""
    index = tuple(np.array([gate.parameter for gate in coupling.gates]).T)
    angles = np.array([gate.sign for gate in coupling.gates]) * params[index]
    phases = jnp.exp(-0.5j * (angles @ coupling.eigenvalues))
    basis = coupling.basis
    return jnp.asarray(basis) @ (phases[:, None] * (basis.conj().T @ matrix))


def _coupling(gates: list[Gate], places: dict[int, int]) -> _Coupling:
    """Return commuting rotations as one coupling, with qubit `q` at position ``places[q]``."""
    paulis = [
        1j * _on_all(_generator(gate), tuple(places[q] for q in gate.qubits), len(places))
        for gate in gates
    ]
    # A sum with generic weights is degenerate only where all eigenvalues agree, so its eigenvectors
    # diagonalise every string.
    weights = np.random.default_rng(0).uniform(1, 2, len(paulis))
    mixed = sum(weight * pauli for weight, pauli in zip(weights, paulis, strict=True))
    basis = _real_if_possible(np.linalg.eigh(_real_if_possible(mixed))[1])
    diagonals = [np.diag(basis.conj().T @ pauli @ basis).real.round() for pauli in paulis]
    return _Coupling(tuple(gates), basis, np.array(diagonals))


# Circuits applied to states -------------------------------------------------------------------


class _Block(NamedTuple):
    """One-qubit gates on neighbouring qubits, starting at qubit `first`."""

    first: int
    layer: _Layer


class _Pair(NamedTuple):
    """Commuting rotations of two qubits, the lower one first."""

    qubits: tuple[int, int]
    coupling: _Coupling


class _SignedPermutation(NamedTuple):
    """Fixed two-qubit gates, which permute amplitudes and change signs: ``sign * x[source]``."""

    source: NDArray[np.int64]
    sign: NDArray[np.float64]


@cache
def _operations(circuit: Circuit) -> tuple[_Block | _Pair | _SignedPermutation, ...]:
    """Split a circuit into operations that each cost a pass or two over the states."""
    operations: list[_Block | _Pair | _SignedPermutation] = []
    for run in _runs(circuit, _fits_operation):
        if len(run[0].qubits) == 1:
            for first in range(0, circuit.qubits, BLOCK):
                qubits = range(first, min(first + BLOCK, circuit.qubits))
                gates = [gate for gate in run if gate.qubits[0] in qubits]
                if gates:
                    operations.append(_Block(first, _layer(gates, qubits, None)))
        elif run[0].parameter is None:
            operations.append(_signed_permutation(run, circuit.qubits))
        else:
            low, high = sorted(run[0].qubits)
            operations.append(_Pair((low, high), _coupling(run, {low: 0, high: 1})))
    return tuple(operations)


def _fits_operation(gate: Gate, run: list[Gate]) -> bool:
    """Return whether one operation can apply a gate together with the run before it."""
    if len(gate.qubits) != len(run[0].qubits):
        return False
    if len(gate.qubits) == 1:
        return all(gate.qubits != other.qubits for other in run)
    if gate.parameter is None or run[0].parameter is None:
        return gate.parameter is None and run[0].parameter is None
    # Each generator is one Pauli letter twice, and such strings on the same two qubits commute.
    return set(gate.qubits) == set(run[0].qubits)


def _signed_permutation(gates: list[Gate], qubits: int) -> _SignedPermutation:
    """Return the source and the sign of each amplitude after the gates."""
    here = np.arange(2**qubits)
    source, sign = here, np.ones(2**qubits)
    for gate in gates:
        matrix = _matrix(gate)  # one nonzero entry in each row
        shifts = [qubits - 1 - q for q in gate.qubits]
        row = (here >> shifts[0] & 1) << 1 | here >> shifts[1] & 1
        column = np.argmax(abs(matrix), axis=1)[row]
        new = here & ~(1 << shifts[0]) & ~(1 << shifts[1])
        new |= (column >> 1) << shifts[0] | (column & 1) << shifts[1]
        source, sign = source[new], sign[new] * matrix[row, column]
    return _SignedPermutation(source, sign)


def _apply_operation(
    operation: _Block | _Pair | _SignedPermutation,
    params: AnyArray,
    states: Array,
    back: bool = False,
) -> Array:
    """Return states after an operation, or, with `back`, after its inverse."""
    if isinstance(operation, _SignedPermutation):
        if back:
            return (states * operation.sign[:, None])[np.argsort(operation.source)]
        return states[operation.source] * operation.sign[:, None]
    if isinstance(operation, _Block):
        matrix = _layer_matrices((operation.layer,), params)[0]
        matrix = matrix.conj().T if back else matrix
        parts = states.reshape(2**operation.first, len(matrix), -1)
        return jnp.einsum("ij,ajb->aib", matrix, parts).reshape(states.shape)
    matrix = _couple(operation.coupling, params, jnp.eye(4))
    matrix = (matrix.conj().T if back else matrix).reshape(2, 2, 2, 2)
    low, high = operation.qubits
    parts = states.reshape(2**low, 2, 2 ** (high - low - 1), 2, -1)
    return jnp.einsum("ijkl,akblc->aibjc", matrix, parts).reshape(states.shape)


# Matrices of single gates ---------------------------------------------------------------------


@cache
def _rotation_generator(name: str) -> NDArray[Any]:
    return _real_if_possible(-1j * gate_set.pauli_string(gate_set.ROTATIONS[name]).full())


def _generator(gate: Gate) -> NDArray[Any]:
    """Return ``-i P`` of a rotation: real for P = Y, and then so is the rotation."""
    return _rotation_generator(gate.name)


@cache
def _gate_matrix(name: str) -> NDArray[Any]:
    return _real_if_possible(gate_set.gate(name).full())


def _matrix(gate: Gate) -> NDArray[Any]:
    """Return the matrix of a fixed gate."""
    return _gate_matrix(gate.name)


def _fixed_matrix(gates: list[Gate], qubits: int) -> NDArray[Any]:
    """Return the product of fixed gates, given in the order in which they act."""
    matrices = [_on_all(_matrix(gate), gate.qubits, qubits) for gate in gates]
    return reduce(lambda product, matrix: matrix @ product, matrices)


def _on_all(matrix: NDArray[Any], targets: tuple[int, ...], qubits: int) -> NDArray[Any]:
    """Return an operator on some qubits as one on all; see `gate_set.on_qubits`."""
    operator = qutip.Qobj(matrix, dims=[[2] * len(targets)] * 2)
    return _real_if_possible(gate_set.on_qubits(operator, targets, qubits).full())


def _real_if_possible(array: NDArray[Any]) -> NDArray[Any]:
    return array if np.any(array.imag) else array.real
