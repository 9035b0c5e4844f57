"""Unitaries on two sides: the input that all operator functions accept.

Side A is the system, side B the memory. A unitary may be given as a QuTiP operator, as a circuit
with its parameters, or as any object with a method ``unitary()``, such as a measured cell or a
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
    """An object that returns the unitary acting on its system and its memory."""

    def unitary(self) -> Qobj:
        """Return the unitary; its first subsystem is the whole system, so that ``cut=1`` fits."""


@dataclass(frozen=True, eq=False)
class Bipartite:
    """A unitary matrix and the dimensions of the subsystems on its two sides.

    `bipartite` makes it, once for each call of a public function, and checks the matrix; below that
    functions hand it down. One made by hand is not checked.

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

    def dims_with(self, ancillas: tuple[int, int]) -> tuple[int, int]:
        """Return the dimensions of both sides, each with its ancilla."""
        return self.dims[0] * ancillas[0], self.dims[1] * ancillas[1]

    @property
    def swapped(self) -> "Bipartite":
        """The unitary with its two inputs swapped, for sides of equal dimension."""
        d, _ = self.dims
        # U times the swap: its columns are those of U, with the indices of the inputs exchanged.
        columns = self.matrix.reshape(-1, d, d).swapaxes(1, 2)
        return Bipartite(columns.reshape(self.matrix.shape), self.sides)

    @property
    def adjoint(self) -> "Bipartite":
        """The inverse of the unitary, on the same sides."""
        return Bipartite(self.matrix.conj().T, self.sides)


#: What the operator functions accept.
Operator: TypeAlias = Qobj | Circuit | SupportsUnitary | Bipartite


def bipartite(operator: Operator, cut: int = 1, params: ArrayLike | None = None) -> Bipartite:
    """Check `operator` and return it as a unitary on two sides.

    Parameters
    ----------
    operator : Qobj, Circuit or an object with a method ``unitary()``
        A `Bipartite` is returned as it is; it has its cut already, and counts as two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.
    params : array_like, default None
        The angles of a `Circuit`, in radians; refused for anything else.

    Raises
    ------
    TypeError
        If `operator` has another type, or `cut` is not an integer.
    ValueError
        If `operator` is not square, not unitary or has fewer than two subsystems, `cut` leaves a
        side empty, or `params` is missing or superfluous.
    """
    if isinstance(operator, Circuit):
        if params is None:
            raise ValueError("params must hold the angles of a Circuit, got None")
        operator = operator.to_qobj(params)
    elif params is not None:
        raise ValueError(
            f"params must be None unless operator is a Circuit, got {type(operator).__name__}"
        )
    if isinstance(operator, Bipartite):
        _checks.cut("cut", cut, subsystems=2)
        return operator
    if isinstance(operator, SupportsUnitary):
        operator = operator.unitary()
    unitary = _checks.unitary("operator", operator, subsystems=2)
    cut = _checks.cut("cut", cut, len(unitary.dims[0]))
    # QuTiP may hold dimensions as NumPy integers, which are printed otherwise.
    sides = [int(d) for d in unitary.dims[0][:cut]], [int(d) for d in unitary.dims[0][cut:]]
    return Bipartite(unitary.full(), sides)
