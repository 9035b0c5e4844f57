"""The entanglement that a unitary adds to states: value and gradient, for a batch of states.

A state is a row of amplitudes ordered A, a, B, b: each side's system, then its ancilla. The cut
is between Aa and Bb; as a matrix, a state has a row for each basis state of Aa.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from qrnnlib.physics.bipartite import Bipartite
from qrnnlib.physics.lbfgs import BatchFunction, Reals, Rows


def gain(gate: Bipartite, ancillas: tuple[int, int], initial_states: str) -> BatchFunction:
    r"""Return the gain :math:`E(U\psi) - E(\psi)` as a function of normalised states.

    Each input row is a state :math:`\psi`, ordered A, a, B, b. With
    :math:`\psi = W s V^\dagger` across the cut, the gradient of E is
    :math:`-2 W (s \log_2 s^2) V^\dagger`, up to a part along :math:`\psi`. It does not divide by
    differences of singular values, so degenerate ones are harmless; 0 log 0 is 0.

    With `initial_states="product"` the term :math:`E(\psi) = 0` is omitted.
    """
    sides, back = gate.dims_with(ancillas), gate.adjoint

    def function(states: Rows) -> tuple[Reals, Rows]:
        before = states.reshape(-1, *sides)
        after = apply(gate, before, ancillas)
        if initial_states == "product":
            values, slopes = entropies(after)
            return values, apply(back, slopes, ancillas).reshape(len(states), -1)
        # One batch of decompositions for both.
        values, slopes = entropies(np.concatenate([after, before]))
        slope = apply(back, slopes[: len(states)], ancillas) - slopes[len(states) :]
        return values[: len(states)] - values[len(states) :], slope.reshape(len(states), -1)

    return function


def apply(
    gate: Bipartite, states: NDArray[np.complex128], ancillas: tuple[int, int]
) -> NDArray[np.complex128]:
    """Return states, as matrices (states, A a, B b), after applying the gate to A and B."""
    (d_a, d_b), (a, b) = gate.dims, ancillas
    # With the ancillas last, the gate acts on columns: one matrix product instead of a larger gate.
    columns = states.reshape(-1, d_a, a, d_b, b).swapaxes(2, 3).reshape(-1, d_a * d_b, a * b)
    turned = (gate.matrix @ columns).reshape(-1, d_a, d_b, a, b).swapaxes(2, 3)
    return turned.reshape(states.shape)


def entropies(matrices: NDArray[np.complex128]) -> tuple[Reals, NDArray[np.complex128]]:
    """Return the entropy of entanglement in ebits, and its gradient, of states as matrices."""
    left, s, right = np.linalg.svd(matrices, full_matrices=False)
    # 2 log s rather than log s^2: the square of a tiny s would underflow to zero.
    logs = 2 * xlogy(s, s) / math.log(2)
    return -np.sum(s * logs, axis=1), -2 * (left * logs[:, None, :]) @ right


def from_points(of_states: BatchFunction) -> BatchFunction:
    """Return a function of states as one of nonzero vectors, which it normalises."""

    def function(points: Rows) -> tuple[Reals, Rows]:
        norms = np.linalg.norm(points, axis=1, keepdims=True)
        states = points / norms
        values, slopes = of_states(states)
        # The chain rule of x / |x|.
        return values, _across(states, slopes) / norms

    return function


def from_factors(of_states: BatchFunction, sides: tuple[int, int]) -> BatchFunction:
    """Return a function of states as one of product states, each row holding the two factors."""

    def function(points: Rows) -> tuple[Reals, Rows]:
        left, right = points[:, : sides[0]], points[:, sides[0] :]
        norms = [np.linalg.norm(factor, axis=1, keepdims=True) for factor in (left, right)]
        left, right = left / norms[0], right / norms[1]
        values, slopes = of_states(product(np.hstack([left, right]), sides))
        slopes = slopes.reshape(-1, *sides)
        # The product rule: the gradient for one factor is the whole one contracted with the other.
        for_left = np.einsum("sij,sj->si", slopes, right.conj())
        for_right = np.einsum("sij,si->sj", slopes, left.conj())
        slope = [_across(left, for_left) / norms[0], _across(right, for_right) / norms[1]]
        return values, np.hstack(slope)

    return function


def product(points: Rows, sides: tuple[int, int]) -> Rows:
    """Return the product state of each row's two factors, which stand one after the other."""
    left, right = points[:, : sides[0]], points[:, sides[0] :]
    return (left[:, :, None] * right[:, None, :]).reshape(len(points), -1)


def _across(states: Rows, slopes: Rows) -> Rows:
    """Return the gradients without their part along the states, which only changes the norm."""
    along = np.einsum("sn,sn->s", states.conj(), slopes).real
    across: Rows = slopes - along[:, None] * states
    return across
