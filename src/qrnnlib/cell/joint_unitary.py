"""The unitary of system and memory for many cells at once, and its gradient, in NumPy."""

import math
from collections.abc import Mapping
from itertools import accumulate

import numpy as np

from qrnnlib.cell.design import CellDesign
from qrnnlib.physics.circuit_matrix import CircuitMatrix, Complex, Product, Real


class JointUnitary:
    """A design's entangler, then its disentangler, as a function of the weights.

    Examples
    --------
    >>> unitary = JointUnitary(CellDesign(disentangler=None))
    >>> unitary({"entangler": np.zeros((5, 2, 4))}).matrix.shape
    (5, 16, 16)
    """

    def __init__(self, design: CellDesign) -> None:
        self._shapes = {
            name: shape
            for name, shape in design.weight_shapes.items()
            if name in ("entangler", "disentangler")
        }
        sizes = [math.prod(shape) for shape in self._shapes.values()]
        self._columns = {
            name: slice(end - size, end)
            for name, end, size in zip(self._shapes, accumulate(sizes), sizes, strict=True)
        }
        circuits = (design.entangler_circuit, design.disentangler_circuit)
        self._circuits = CircuitMatrix(*(circuit for circuit in circuits if circuit is not None))

    def __call__(self, weights: Mapping[str, Real]) -> Product:
        """Return the unitaries of several cells, whose weights have a leading axis of cells."""
        angles = [weights[name].reshape(len(weights[name]), -1) for name in self._shapes]
        return self._circuits.product(np.concatenate(angles, axis=1))

    def gradient(self, made: Product, change: Complex) -> dict[str, Real]:
        """Return the gradient in the angles; `change` as for `CircuitMatrix.gradient`."""
        slopes = self._circuits.gradient(made, change)
        return {
            name: slopes[:, columns].reshape(len(slopes), *self._shapes[name])
            for name, columns in self._columns.items()
        }
