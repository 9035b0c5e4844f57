"""The weights of all restarts as rows of one matrix, and back."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layout:
    """How a row is divided into the arrays of a tree of weights.

    Rows may be NumPy's or JAX's, and have any leading axes. Layouts of equal trees are equal.
    """

    structure: Any
    shapes: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, weights: Any) -> "Layout":
        """Return the layout of weights whose arrays have a leading axis of restarts."""
        leaves, structure = jax.tree.flatten(weights)
        return cls(structure, tuple(np.shape(leaf)[1:] for leaf in leaves))

    def rows(self, weights: Any) -> NDArray[np.float64]:
        """Return the weights as rows, (restarts, numbers), in 64 bits.

        Examples
        --------
        >>> weights = {"w": np.ones((3, 2, 2)), "b": np.zeros(3)}
        >>> Layout.of(weights).rows(weights).shape
        (3, 5)
        """
        leaves = [np.asarray(leaf, dtype=np.float64) for leaf in jax.tree.leaves(weights)]
        return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)

    @cached_property
    def _columns(self) -> list[slice]:
        sizes = [math.prod(shape) for shape in self.shapes]
        return [slice(end - size, end) for end, size in zip(accumulate(sizes), sizes, strict=True)]

    def tree(self, rows: Any) -> Any:
        """Return the weights of a row, or of rows."""
        leaves = [
            rows[..., columns].reshape((*rows.shape[:-1], *shape))
            for columns, shape in zip(self._columns, self.shapes, strict=True)
        ]
        return jax.tree.unflatten(self.structure, leaves)
