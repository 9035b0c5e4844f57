r"""The process of outcomes of a measured memory with a constant input.

Under ``collapse="sampled"`` each outcome of a cell applies a linear map to the memory's
expectations of Pauli strings, and the probability of a record of outcomes is a product of such maps
between two vectors. That is an *observable operator model* (Jaeger, Neural Computation 12, 1371
(2000)). A hidden Markov model is one too, with a dimension for each state: what makes the same
process classically needs at least as many states as `hankel_rank`.

The functions take a `MeasuredCell` or, for any other measured memory, the Kraus operators of its
outcomes; it starts with every qubit in ``|0>``.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.cell.paulis import strings
from qrnnlib.cell.reference import MeasuredCell

Real = NDArray[np.float64]

#: A measured cell, or Kraus operators of shape (outcomes, dim, dim).
Memory = MeasuredCell | ArrayLike


def outcome_maps(memory: Memory, x: ArrayLike = 0.0) -> Real:
    """Return what each outcome does to the memory's expectations of Pauli strings.

    With expectations ``r`` before a step, outcome ``s`` has probability ``(maps[s] @ r)[0]``, and
    the expectations after it are ``maps[s] @ r`` divided by that. A cell's noise and readout errors
    are included.

    Parameters
    ----------
    memory : MeasuredCell, or array_like of complex, shape (outcomes, 2**qubits, 2**qubits)
        A cell with ``collapse="sampled"``, or the Kraus operators of the outcomes.
    x : float, or array_like of shape (features,), default 0.0
        The input of each step of a cell.

    Returns
    -------
    ndarray, shape (outcomes, 4**qubits, 4**qubits)
        For the qubits of the memory, with the strings in the order II, IX, IY, IZ, XI, ..., ZZ.

    Raises
    ------
    TypeError, ValueError
        If `memory` is neither; if it is a cell with another rule, or `x` is not an input of it; or
        if the products ``K^dagger K`` of the operators do not add up to the identity.

    Examples
    --------
    A memory that is measured, and keeps the outcome:

    >>> outcome_maps([[[1, 0], [0, 0]], [[0, 0], [0, 1]]])[1]
    array([[ 0.5,  0. ,  0. , -0.5],
           [ 0. ,  0. ,  0. ,  0. ],
           [ 0. ,  0. ,  0. ,  0. ],
           [-0.5,  0. ,  0. ,  0.5]])
    """
    if not isinstance(memory, MeasuredCell):
        operators = _kraus(memory)
        basis = strings(_qubits(operators), False)
        after = np.einsum("sij,qjk,slk->sqil", operators, basis, operators.conj())
        kept: Real = np.einsum("pij,sqji->spq", basis, after).real / operators.shape[1]
        return kept
    design = memory.design
    if design.collapse != "sampled":
        raise ValueError(
            "memory must be a cell with collapse='sampled', so that outcomes are random, "
            f"got {design.collapse!r}"
        )
    average = MeasuredCell(memory.weights, replace(design, collapse="channel"))
    basis = strings(design.memory_qubits, False)
    found = []
    dims = [[2] * design.memory_qubits] * 2
    # A string is no state, but its sum with the identity is.
    for state in (basis[0], *(basis[0] + string for string in basis[1:])):
        joint = average.step(x, Qobj(state / design.memory_dim, dims=dims)).measured
        if design.noise is not None:
            joint = design.noise.with_readout_error(joint, range(design.system_qubits))
        blocks = joint.full().reshape([design.system_dim, design.memory_dim] * 2)
        found.append(np.einsum("pij,sjsi->sp", basis, blocks).real)
    maps = np.stack(found, axis=2)
    maps[:, :, 1:] -= maps[:, :, :1]
    return maps


def hankel_rank(memory: Memory, x: ArrayLike = 0.0, *, tolerance: float = 1e-8) -> int:
    """Return the least dimension of any model of a process of outcomes.

    The Hankel matrix of a process has a row for each past and a column for each future; its entry
    is the probability of the one followed by the other. A hidden Markov model of the process has
    at least as many states as the rank of this matrix, and may need more, even infinitely many.
    The rank is at most ``4**qubits``.

    Parameters
    ----------
    memory, x
        As for `outcome_maps`.
    tolerance : float, default 1e-8
        Singular values up to this count as rounding; the largest are of the order of 1.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        As for `outcome_maps`; or if `tolerance` does not lie between 0 and 1.

    References
    ----------
    Jaeger, Neural Computation 12, 1371 (2000), section 5.

    Examples
    --------
    A memory that is measured in one basis, rotated, and measured again has forgotten all but the
    outcome:

    >>> rotated = np.array([[0.6, -0.8], [0.8, 0.6]])
    >>> hankel_rank([np.outer(rotated[:, 0], [1, 0]), np.outer(rotated[:, 1], [0, 1])])
    2
    """
    tolerance = _checks.number("tolerance", tolerance, 0.0, 1.0, above=0.0)
    maps = outcome_maps(memory, x)
    reached = _span(maps, _first(maps), tolerance)
    told = _span(maps.swapaxes(1, 2), np.eye(maps.shape[1])[0], tolerance)
    return int((np.linalg.svd(told.T @ reached, compute_uv=False) > tolerance).sum())


def stationary_memory(memory: Memory, x: ArrayLike = 0.0) -> Qobj:
    """Return the memory's state after very many steps, for an observer who ignores the outcomes.

    Its entropy is the number of qubits for each copy in which many copies of the memory can be
    stored.

    Parameters
    ----------
    memory, x
        As for `outcome_maps`.

    Returns
    -------
    Qobj
        A density matrix, with dims of one entry for each qubit.

    Raises
    ------
    TypeError, ValueError
        As for `outcome_maps`; or if there is more than one such state.

    Examples
    --------
    >>> half = np.sqrt(0.5)
    >>> stationary_memory([[[half, 0], [half, 0]], [[0, half], [0, -half]]]).diag().real.round(12)
    array([0.5, 0.5])
    """
    maps = outcome_maps(memory, x)
    qubits = round(np.log2(maps.shape[1]) / 2)
    # The first row is that of the identity, whose expectation stays 1.
    equations = (maps.sum(axis=0) - np.eye(maps.shape[1]))[1:]
    if np.linalg.svd(equations[:, 1:], compute_uv=False)[-1] < _checks.UNITARY_TOLERANCE:
        raise ValueError("memory must forget how it began, got one with several stationary states")
    rest = np.linalg.solve(equations[:, 1:], -equations[:, 0])
    matrix = np.tensordot(np.array([1.0, *rest]), strings(qubits, False), 1) / 2**qubits
    return Qobj(matrix, dims=[[2] * qubits] * 2)


def sample_outcomes(
    memory: Memory,
    length: int,
    x: ArrayLike = 0.0,
    *,
    random_state: int | np.random.Generator | None = None,
) -> NDArray[np.intp]:
    """Return outcomes of successive steps, drawn by Born's rule.

    Parameters
    ----------
    memory, x
        As for `outcome_maps`.
    length : int
        Number of steps, at least 1.
    random_state : None, int or numpy.random.Generator, default None
        None draws new outcomes each time.

    Returns
    -------
    ndarray of int, shape (length,)

    Raises
    ------
    TypeError, ValueError
        As for `outcome_maps`; or if another argument is of another kind.

    Examples
    --------
    >>> sample_outcomes([[[0, 0], [1, 0]], [[0, 1], [0, 0]]], 5)    # a flip in every step
    array([0, 1, 0, 1, 0])
    """
    length = _checks.integer("length", length)
    rng = _checks.generator("random_state", random_state)
    maps = outcome_maps(memory, x)
    expectations = _first(maps)
    outcomes = np.empty(length, np.intp)
    for step, chance in enumerate(rng.random(length)):
        after = maps @ expectations
        cumulative = np.cumsum(after[:, 0])
        outcome = int(np.argmax(chance * cumulative[-1] < cumulative))
        outcomes[step] = outcome
        expectations = after[outcome] / after[outcome, 0]
    return outcomes


def _first(maps: Real) -> Real:
    """Return the expectations of a memory with every qubit in ``|0>``."""
    found: Real = strings(round(np.log2(maps.shape[1]) / 2), False)[:, 0, 0].real
    return found


def _kraus(value: Any) -> NDArray[np.complex128]:
    """Return Kraus operators as an array, if they are a complete set on qubits."""
    array = _checks.as_array("memory", value)
    if array.dtype.kind not in "fiuc":
        raise TypeError(
            f"memory must be a MeasuredCell or Kraus operators, got {type(value).__name__}"
        )
    if array.ndim != 3 or array.shape[1] != array.shape[2]:
        raise ValueError(
            f"memory must be Kraus operators of shape (outcomes, dim, dim), got {array.shape}"
        )
    dim = array.shape[1]
    if dim < 2 or dim & (dim - 1):
        raise ValueError(f"memory must consist of qubits, of dimension 2, 4, ..., got {dim}")
    total = np.einsum("sji,sjk->ik", array.conj(), array)
    miss = abs(total - np.eye(dim)).max()
    if not miss <= _checks.UNITARY_TOLERANCE:
        raise ValueError(
            "memory must be Kraus operators whose products K^dagger K add up to the identity, "
            f"got a sum that is {miss:.3g} off"
        )
    return array.astype(np.complex128)


def _qubits(operators: NDArray[np.complex128]) -> int:
    return int(operators.shape[1]).bit_length() - 1


def _span(maps: Real, vector: Real, tolerance: float) -> Real:
    """Return an orthonormal basis of the space that maps reach from a vector, in columns."""
    basis = vector[:, None] / np.linalg.norm(vector)
    new = basis
    while new.shape[1] and basis.shape[1] < len(vector):
        images = np.concatenate(list(maps @ new), axis=1)
        for _ in range(2):  # once is not enough near rounding
            images = images - basis @ (basis.T @ images)
        left, lengths, _ = np.linalg.svd(images, full_matrices=False)
        new = left[:, lengths > tolerance]
        basis = np.concatenate([basis, new], axis=1)
    return basis
