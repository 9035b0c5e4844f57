r"""Two-qubit gates up to local unitaries: canonical coordinates and the Weyl chamber.

Every two-qubit gate is a *canonical gate* :math:`\exp\frac{i}{2}(c_1 XX + c_2 YY + c_3 ZZ)` with
local unitaries before and after it. Gates with the same *canonical coordinates* c1, c2, c3 have
the same entangling and disentangling power; the coordinates fill a tetrahedron, the Weyl chamber.

Coordinates are in radians, with :math:`0 \le c_3 \le c_2 \le \min(c_1, \pi - c_1)`. They are those
of Zhang, Vala, Sastry and Whaley, Phys. Rev. A 67, 042313 (2003), and pi times those of the
weylchamber package.
"""

from collections.abc import Mapping
from math import pi
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.gate_set import gate, pauli_string

#: A point this close to a face of the chamber, or of the perfect entanglers, counts as on it. An
#: operator accepted as unitary may be off by as much.
FACE_TOLERANCE = _checks.UNITARY_TOLERANCE

#: Canonical coordinates of named gates, in radians. CZ has those of CNOT, and DCNOT (a CNOT
#: followed by one with control and target exchanged) those of iSWAP. sqrt(SWAP) is QuTiP's, which
#: takes the singlet to i times itself; many papers use this name for its inverse.
NAMED_POINTS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "identity": (0.0, 0.0, 0.0),
        "CNOT": (pi / 2, 0.0, 0.0),
        "iSWAP": (pi / 2, pi / 2, 0.0),
        "SWAP": (pi / 2, pi / 2, pi / 2),
        "B": (pi / 2, pi / 4, 0.0),
        "sqrt(iSWAP)": (pi / 4, pi / 4, 0.0),
        "sqrt(SWAP)": (3 * pi / 4, pi / 4, pi / 4),
        "sqrt(SWAP)^-1": (pi / 4, pi / 4, pi / 4),
    }
)

_YY = pauli_string("YY").full()


def canonical_gate(c1: float, c2: float, c3: float) -> Qobj:
    r"""Return the canonical gate :math:`\exp\frac{i}{2}(c_1 XX + c_2 YY + c_3 ZZ)`.

    Parameters
    ----------
    c1, c2, c3 : float
        Canonical coordinates in radians; they need not lie in the Weyl chamber.

    Returns
    -------
    Qobj
        Unitary on two qubits.

    Raises
    ------
    TypeError
        If a coordinate is not a real number.
    ValueError
        If a coordinate is not finite.

    Examples
    --------
    >>> from math import pi
    >>> canonical_gate(pi, 0, 0).full().imag.round(12) + 0.0    # i XX
    array([[0., 0., 0., 1.],
           [0., 0., 1., 0.],
           [0., 1., 0., 0.],
           [1., 0., 0., 0.]])
    """
    angles = [_checks.number(name, c) for name, c in (("c1", c1), ("c2", c2), ("c3", c3))]
    # XX, YY and ZZ commute, so the exponential of their sum is a product of rotations; these have
    # the opposite sign convention.
    xx, yy, zz = (gate(name, -c) for name, c in zip(("RXX", "RYY", "RZZ"), angles, strict=True))
    return xx @ yy @ zz


def canonical_coordinates(
    operator: Operator, *, params: ArrayLike | None = None
) -> NDArray[np.float64]:
    r"""Return the canonical coordinates of a two-qubit gate, in the Weyl chamber.

    The spectrum of :math:`U (Y \otimes Y) U^T (Y \otimes Y)` is that of the canonical gate's
    square, up to a phase, because :math:`k (Y \otimes Y) k^T` is a multiple of :math:`Y \otimes Y`
    for every local unitary k. Three of its four phases give the coordinates up to symmetries, by
    which they are then folded into the chamber. See Childs, Haselgrove and Nielsen, Phys. Rev. A
    68, 052311 (2003).

    Parameters
    ----------
    operator : Qobj, Circuit or an object with a method ``unitary()``
        A unitary on two qubits; its global phase does not matter.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    ndarray of float, shape (3,)
        The coordinates c1, c2, c3 in radians, with 0 <= c3 <= c2 <= min(c1, pi - c1), accurate to
        rounding. At c3 = 0, (c1, c2, 0) and (pi - c1, c2, 0) are the same gate; if c3 is 0 within
        `FACE_TOLERANCE`, the point with c1 <= pi/2 is returned.

    Raises
    ------
    TypeError
        If `operator` has another type.
    ValueError
        If `operator` is not a unitary on two qubits, or `params` is missing or superfluous.

    Examples
    --------
    >>> from qutip import gates
    >>> (canonical_coordinates(gates.berkeley()) / np.pi).round(12) + 0.0
    array([0.5 , 0.25, 0.  ])
    """
    return chamber_point(bipartite(operator, params=params))


def chamber_point(both: Bipartite) -> NDArray[np.float64]:
    """Return `canonical_coordinates` of a gate that is already on two sides."""
    if both.dims != (2, 2):
        dims = both.sides[0] + both.sides[1]
        raise ValueError(
            f"operator must act on two qubits, with dims [[2, 2], [2, 2]], got dims {[dims] * 2}"
        )
    matrix = both.matrix
    # U has the phase det(U)^(1/4), so this square has det(U)^(1/2). Either root will do: the other
    # one shifts each coordinate by pi.
    squared = matrix @ _YY @ matrix.T @ _YY / np.sqrt(np.linalg.det(matrix))
    # The matrix is unitary, hence normal: by the Bauer-Fike theorem an error in it changes its
    # eigenvalues by no more, even degenerate ones. (Eigenvectors would not be as stable.)
    h1, h2, h3, _ = np.angle(np.linalg.eigvals(squared)) / 2
    # Half phases such as (c1 - c2 + c3) / 2 and (c1 + c2 - c3) / 2 add up to coordinates.
    return _folded(np.array([h1 + h3, h2 + h3, h1 + h2]))


def is_perfect_entangler(operator: Operator, *, params: ArrayLike | None = None) -> bool:
    r"""Return whether a two-qubit gate takes some product state to a maximally entangled one.

    In the Weyl chamber these gates fill the polyhedron :math:`c_1 + c_2 \ge \pi/2`,
    :math:`c_1 - c_2 \le \pi/2`, :math:`c_2 + c_3 \le \pi/2`. Its faces belong to it, and a gate
    within `FACE_TOLERANCE`, 1e-10, of one counts as on it. See Zhang, Vala, Sastry and Whaley,
    Phys. Rev. A 67, 042313 (2003).

    Parameters
    ----------
    operator, params
        A unitary on two qubits, and the angles if it is a `Circuit`; see `canonical_coordinates`.

    Returns
    -------
    bool
        Whether the gate can create one ebit from a product state.

    Raises
    ------
    TypeError, ValueError
        As for `canonical_coordinates`.

    Examples
    --------
    >>> from qutip import gates
    >>> [is_perfect_entangler(g()) for g in (gates.cnot, gates.sqrtswap, gates.swap)]
    [True, True, False]
    """
    c1, c2, c3 = canonical_coordinates(operator, params=params)
    return bool(max(pi / 2 - c1 - c2, c1 - c2 - pi / 2, c2 + c3 - pi / 2) <= FACE_TOLERANCE)


def _folded(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the point of the chamber that is locally equivalent to `coordinates`.

    Three operations keep the class: shifting a coordinate by pi (XX, YY and ZZ are local),
    exchanging two coordinates, and changing the signs of two.
    """
    nearest = coordinates - pi * np.round(coordinates / pi)
    c1, c2, c3 = np.sort(np.abs(nearest))[::-1]
    if np.prod(np.sign(nearest)) < 0:
        # An odd sign remains. Put on c1 and shifted by pi, it gives the chamber's other half.
        c1, c3 = (pi - c1, c3) if c3 > FACE_TOLERANCE else (c1, 0.0)
    return np.array([c1, c2, c3])
