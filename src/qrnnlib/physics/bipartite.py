"""Whatever can be read as a unitary on two sides: how the operator functions take their input.

Side A is the system, side B the memory. A unitary may come as a QuTiP operator, as a circuit with
its parameters, or as anything that has a method ``unitary()``, such as a measured cell or a
fitted estimator.
"""

import math
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.physics.circuit import Circuit


@runtime_checkable
class SupportsUnitary(Protocol):
    """Anything that can say which unitary acts on its system and its memory."""

    def unitary(self) -> Qobj:
        """Return the unitary; its leading subsystem is the system."""


#: What the operator functions accept.
Operator: TypeAlias = Qobj | Circuit | SupportsUnitary


@dataclass(frozen=True, eq=False)
class Bipartite:
    """A unitary matrix and the dimensions of the subsystems of its two sides.

    Examples
    --------
    >>> from qutip import gates
    >>> both = bipartite(gates.toffoli(), cut=1)
    >>> both.dims, both.sides
    ((2, 4), ([2], [2, 2]))
    """

    matrix: NDArray[np.complex128]
    sides: tuple[list[int], list[int]]

    @property
    def dims(self) -> tuple[int, int]:
        """Dimensions of side A and of side B."""
        return math.prod(self.sides[0]), math.prod(self.sides[1])

    @property
    def swapped(self) -> "Bipartite":
        """The unitary with its two inputs swapped; for sides of the same dimension."""
        d, _ = self.dims
        columns = self.matrix.reshape(-1, d, d).swapaxes(1, 2)
        return Bipartite(columns.reshape(self.matrix.shape), self.sides)

    def unitary(self) -> Qobj:
        """Return the unitary on two subsystems, the sides."""
        return Qobj(self.matrix, dims=[list(self.dims)] * 2)

    @property
    def adjoint(self) -> "Bipartite":
        """The inverse of the unitary, on the same sides."""
        return Bipartite(self.matrix.conj().T, self.sides)


def bipartite(operator: Operator, cut: int = 1, params: ArrayLike | None = None) -> Bipartite:
    """Return `operator` as a unitary on two sides, or say what is wrong with it.

    Parameters
    ----------
    operator : Qobj, Circuit or an object with a method ``unitary()``
    cut : int
        How many leading subsystems lie on side A.
    params : array_like, optional
        The angles of a `Circuit`; refused for anything else.

    Raises
    ------
    TypeError
        If `operator` is none of these, or `cut` no integer.
    ValueError
        If `operator` is not unitary, not square or of fewer than two subsystems, `cut` leaves a
        side empty, or `params` is missing or too much.
    """
    if isinstance(operator, Circuit):
        if params is None:
            raise ValueError("params must hold the angles of a Circuit, got None")
        operator = operator.to_qobj(params)
    elif params is not None:
        raise ValueError(
            f"params must be None unless operator is a Circuit, got {type(operator).__name__}"
        )
    elif not isinstance(operator, Qobj) and isinstance(operator, SupportsUnitary):
        operator = operator.unitary()
    unitary = _checks.unitary("operator", operator, subsystems=2)
    cut = _checks.cut("cut", cut, len(unitary.dims[0]))
    sides = [int(d) for d in unitary.dims[0][:cut]], [int(d) for d in unitary.dims[0][cut:]]
    return Bipartite(unitary.full(), sides)
