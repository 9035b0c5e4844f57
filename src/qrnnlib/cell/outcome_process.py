r"""The process of outcomes that a measured cell with a constant input makes.

Under ``collapse="sampled"`` each outcome applies a linear map to the memory's expectations of Pauli
strings, and the probability of a record of outcomes is a product of such maps between two vectors.
That is an *observable operator model* (Jaeger, Neural Computation 12, 1371 (2000)). A hidden Markov
model is one too, with a dimension for each state: what makes the same process classically needs at
least as many states as `hankel_rank`.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.cell.paulis import strings
from qrnnlib.cell.reference import MeasuredCell

Real = NDArray[np.float64]


def outcome_maps(cell: MeasuredCell, x: ArrayLike = 0.0) -> Real:
    """Return what each outcome does to the memory's expectations of Pauli strings.

    With expectations ``r`` before a step, outcome ``s`` has probability ``(maps[s] @ r)[0]``, and
    the expectations after it are ``maps[s] @ r`` divided by that. Noise and readout errors are
    included.

    Parameters
    ----------
    cell : MeasuredCell
        With ``collapse="sampled"``.
    x : float, or array_like of shape (features,), default 0.0
        The input of each step.

    Returns
    -------
    ndarray, shape (2**system_qubits, 4**memory_qubits, 4**memory_qubits)
        With the strings in the order II, IX, IY, IZ, XI, ..., ZZ.

    Raises
    ------
    TypeError, ValueError
        If `cell` is not a measured cell with this rule, or `x` is not an input of it.

    Examples
    --------
    Some outcome is certain, whatever the memory:

    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, 1, collapse="sampled")
    >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
    >>> abs(outcome_maps(cell).sum(axis=0)[0].round(12))
    array([1., 0., 0., 0.])
    """
    check_sampled("cell", cell)
    design = cell.design
    average = MeasuredCell(cell.weights, replace(design, collapse="channel"))
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


def hankel_rank(cell: MeasuredCell, x: ArrayLike = 0.0, *, tolerance: float = 1e-8) -> int:
    """Return the least number of states of any classical model of a cell's outcomes, at least.

    The Hankel matrix of a process has a row for each past and a column for each future, and the
    probability of both in succession as its entry. Its rank is at most the number of states of any
    hidden Markov model of the process, and at most ``4**memory_qubits``. A classical model may
    need more states than this, even infinitely many.

    Parameters
    ----------
    cell : MeasuredCell
        With ``collapse="sampled"``. The process starts in `MeasuredCell.initial_memory`.
    x : float, or array_like of shape (features,), default 0.0
        The input of each step.
    tolerance : float, default 1e-8
        Directions of memory shorter than this, beside longest ones of 1, count as rounding.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        As for `outcome_maps`; or if `tolerance` does not lie between 0 and 1.

    References
    ----------
    Jaeger, Neural Computation 12, 1371 (2000). The rank bounds the states of a hidden Markov model
    since its matrix factors through them.

    Examples
    --------
    A cell without coupling tosses the same coin at each step:

    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, 1, ansatz="canonical", disentangler=None, collapse="sampled")
    >>> weights = {"entangler": [[1, 1, 0, 0, 0]], "input_weight": [0, 0], "input_bias": [1, 0]}
    >>> hankel_rank(MeasuredCell(weights, design))
    1
    """
    tolerance = _checks.number("tolerance", tolerance, 0.0, 1.0, above=0.0)
    maps = outcome_maps(cell, x)
    start = _initial_expectations(cell)
    reached = _span(maps, start, tolerance)
    told = _span(maps.swapaxes(1, 2), np.eye(len(start))[0], tolerance)
    return int((np.linalg.svd(told.T @ reached, compute_uv=False) > tolerance).sum())


def sample_outcomes(
    cell: MeasuredCell,
    length: int,
    x: ArrayLike = 0.0,
    *,
    random_state: int | np.random.Generator | None = None,
) -> NDArray[np.intp]:
    """Return outcomes of successive steps of a cell, drawn by Born's rule.

    Parameters
    ----------
    cell : MeasuredCell
        With ``collapse="sampled"``. It starts in `MeasuredCell.initial_memory`.
    length : int
        Number of steps, at least 1.
    x : float, or array_like of shape (features,), default 0.0
        The input of each step.
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
    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, 1, collapse="sampled")
    >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
    >>> sample_outcomes(cell, 5, random_state=0).shape
    (5,)
    """
    length = _checks.integer("length", length)
    rng = _checks.generator("random_state", random_state)
    maps = outcome_maps(cell, x)
    memory = _initial_expectations(cell)
    outcomes = np.empty(length, np.intp)
    for step, chance in enumerate(rng.random(length)):
        after = maps @ memory
        cumulative = np.cumsum(after[:, 0])
        outcome = int(np.argmax(chance * cumulative[-1] < cumulative))
        outcomes[step] = outcome
        memory = after[outcome] / after[outcome, 0]
    return outcomes


def _initial_expectations(cell: MeasuredCell) -> Real:
    memory = cell.initial_memory()
    memory = memory.proj() if memory.isket else memory
    found: Real = np.einsum(
        "pij,ji->p", strings(cell.design.memory_qubits, False), memory.full()
    ).real
    return found


def check_sampled(name: str, cell: MeasuredCell) -> None:
    """Raise an error unless `cell` is a measured cell whose outcomes are sampled."""
    _checks.instance(name, cell, MeasuredCell)
    if cell.design.collapse != "sampled":
        raise ValueError(
            f"{name} must have collapse='sampled', so that outcomes are random, "
            f"got {cell.design.collapse!r}"
        )


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
