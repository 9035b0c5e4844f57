"""Vectors as amplitudes of the system, for many cells at once, and the gradient, in NumPy."""

from typing import NamedTuple

import numpy as np

from qrnnlib import _checks
from qrnnlib.physics.circuit_matrix import Real


class Amplitudes(NamedTuple):
    """Unit vectors, (..., system_dim), and the norms they had, (..., 1), infinite for 0."""

    unit: Real
    lengths: Real

    def gradient(self, change: Real) -> Real:
        """Return the gradient in the vectors for that in the amplitudes."""
        along = (change * self.unit).sum(axis=-1, keepdims=True)
        gradient: Real = (change - along * self.unit) / self.lengths
        return gradient


def amplitudes(vectors: Real) -> Amplitudes:
    """Return vectors along the last axis, divided by their norms; 0 becomes ``|0>``.

    Examples
    --------
    >>> amplitudes(np.array([[3.0, 4.0], [0.0, 0.0]])).unit.tolist()
    [[0.6, 0.8], [1.0, 0.0]]
    """
    # Scaling keeps the direction; without it, squares of large amplitudes would overflow.
    largest = abs(vectors).max(axis=-1, keepdims=True)
    scaled = vectors / np.where(largest == 0, 1.0, largest)
    norms = np.sqrt((scaled**2).sum(axis=-1, keepdims=True))
    zero = norms**2 < _checks.ZERO_NORM_SQUARED
    first = np.eye(1, vectors.shape[-1])
    unit = np.where(zero, first, scaled / np.where(zero, 1.0, norms))
    return Amplitudes(unit, np.where(zero, np.inf, norms * largest))
