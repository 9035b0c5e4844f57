r"""Entangling and disentangling power of a unitary.

The **entangling power** is the most entanglement that a unitary can add to a state, the
**disentangling power** the most that it can remove. Either may be maximised over all states, or
over those that are products before (entangling) or after (disentangling) the unitary. All depend
on the ancillas that each side may hold, so every result states them.
`qrnnlib.average_entangling_power` is the mean over random product states, which needs no search.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from qutip import Qobj

from qrnnlib import _checks, _moved
from qrnnlib.physics import entropy_gain, power_bounds
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.lbfgs import Rows, climb

#: Starts whose values lie this close to the best, in ebits, count as agreeing with it.
AGREEMENT = 1e-6


@dataclass(frozen=True, eq=False)
class Power:
    """An entangling or disentangling power: the largest value found, and a proved upper bound.

    Attributes
    ----------
    value : float
        The largest value found, in ebits: a lower bound, attained by `state`.
    upper_bound : float
        What no state with these ancillas can exceed, in ebits; it also bounds the power from
        product states, which may stay below it.
    bound_source : str
        The theorem that gives `upper_bound`.
    state : Qobj
        A ket that attains `value` when the unitary acts on it. Its subsystems are those of side
        A, A's ancilla, those of side B, B's ancilla; ancillas of dimension 1 are left out.
    cut : int
        Number of leading subsystems of `state` on side A.
    kind : {"entangling", "disentangling"}
    ancillas : tuple of int
        Dimensions of the ancillas of A and of B; 1 means none.
    initial_states : {"any", "product"}
        Whether all states were admitted, or only those that are products before (entangling) or
        after (disentangling) the unitary.
    restarts, restarts_agreeing : int
        Number of random starts, and of those that came within 1e-6 ebits of `value`.
    """

    value: float
    upper_bound: float
    bound_source: str
    state: Qobj
    cut: int
    kind: Literal["entangling", "disentangling"]
    ancillas: tuple[int, int]
    initial_states: str
    restarts: int
    restarts_agreeing: int

    @property
    def start(self) -> str:
        """Old name of `initial_states`."""
        warnings.warn("Power.start is now Power.initial_states", FutureWarning, stacklevel=2)
        return self.initial_states

    @property
    def is_exact(self) -> bool:
        """Whether the value meets the upper bound, to 1e-6 ebits."""
        return self.upper_bound - self.value < AGREEMENT

    def __repr__(self) -> str:
        a, b = self.ancillas
        ancillas = "no ancillas" if a == b == 1 else f"ancillas of dimension {a} and {b}"
        end = "from" if self.kind == "entangling" else "to"
        products = f" {end} product states" if self.initial_states == "product" else ""
        value = (
            f"{self.value:.6f} ebits, which is the most possible"
            if self.is_exact
            else f"at least {self.value:.6f} and at most {self.upper_bound:.6f} ebits"
        )
        return (
            f"<{self.kind} power{products}, {ancillas}:\n"
            f" {value}\n"
            f" bound: {self.bound_source}\n"
            f" {self.restarts_agreeing} of {self.restarts} starts agree>"
        )


@_moved.renamed_arguments(start="initial_states")
def entangling_power(
    operator: Operator,
    cut: int = 1,
    *,
    params: ArrayLike | None = None,
    ancillas: tuple[int, int] = (1, 1),
    initial_states: str = "any",
    restarts: int = 48,
    random_state: int | np.random.Generator | None = None,
) -> Power:
    r"""Return the most entanglement that a unitary can add to a state, in ebits.

    It is :math:`\sup_\psi E(U\psi) - E(\psi)` with E the entropy of entanglement across the cut.
    U acts on A and B; side A may hold an ancilla a, and side B an ancilla b, on which U does not
    act, and the cut is between Aa and Bb. Larger ancillas never lower the power. The search runs
    L-BFGS with the analytic gradient from many random starts, so `value` is a lower bound;
    `upper_bound` is proved.

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two subsystems of any dimension. A model stands for its joint
        unitary across system and memory.
    cut : int, default 1
        Number of leading subsystems on side A; 1 for a model.
    params : array_like, default None
        The angles of a `Circuit`, in radians.
    ancillas : tuple of two int, default (1, 1)
        Dimensions of the ancillas a and b; 1 means none.
    initial_states : {"any", "product"}, default "any"
        ``"product"``: only states without entanglement between Aa and Bb.
    restarts : int, default 48
        Number of random starts. If `restarts_agreeing` of the result is small, use more starts or
        larger ancillas, which smooth the landscape.
    random_state : None, int or numpy.random.Generator, default None
        Source of the random starts; None draws new ones each time.

    Returns
    -------
    Power

    Raises
    ------
    TypeError
        If `operator` has another type, or a count is not an integer.
    ValueError
        If `operator` is not unitary, `cut` leaves a side empty, an ancilla is below 1,
        `initial_states` is unknown, or `params` is missing or superfluous.
    ArithmeticError
        If the search exceeds the bound by more than rounding: a fault of the library, which it
        reports rather than hides.

    References
    ----------
    Linden, Smolin and Winter, Phys. Rev. Lett. 103, 030501 (2009); Nielsen et al., Phys. Rev. A
    67, 052301 (2003), for product states with ancillas.

    Examples
    --------
    Without ancillas a swap creates no entanglement. If each side starts entangled with its own
    ancilla, the swap creates two ebits:

    >>> from qutip import gates
    >>> entangling_power(gates.swap(), ancillas=(2, 2), random_state=0)
    <entangling power, ancillas of dimension 2 and 2:
     2.000000 ebits, which is the most possible
     bound: the log of the operator Schmidt rank
     48 of 48 starts agree>
    """
    gate = bipartite(operator, cut, params)
    return _power("entangling", gate, ancillas, initial_states, restarts, random_state)


@_moved.renamed_arguments(start="initial_states")
def disentangling_power(
    operator: Operator,
    cut: int = 1,
    *,
    params: ArrayLike | None = None,
    ancillas: tuple[int, int] = (1, 1),
    initial_states: str = "any",
    restarts: int = 48,
    random_state: int | np.random.Generator | None = None,
) -> Power:
    r"""Return the most entanglement that a unitary can remove from a state, in ebits.

    It is :math:`\sup_\psi E(\psi) - E(U\psi)`, the entangling power of the inverse. For two
    qubits it equals the entangling power; in general it does not.

    Parameters
    ----------
    operator, cut, params, ancillas, restarts, random_state
        As for `entangling_power`.
    initial_states : {"any", "product"}, default "any"
        ``"product"``: only states that the unitary maps to a product, so that this is the power
        of the inverse from products. (A product state itself has no entanglement to remove.)

    Returns
    -------
    Power

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        As for `entangling_power`.

    References
    ----------
    Linden, Smolin and Winter, Phys. Rev. Lett. 103, 030501 (2009).

    Examples
    --------
    >>> from qutip import gates
    >>> power = disentangling_power(gates.cnot(), random_state=0)
    >>> round(power.value, 9), power.is_exact, power.state.dims
    (1.0, True, [[2, 2], [1]])
    """
    gate = bipartite(operator, cut, params)
    return _power("disentangling", gate, ancillas, initial_states, restarts, random_state)


def _power(
    kind: Literal["entangling", "disentangling"],
    gate: Bipartite,
    ancillas: tuple[int, int],
    initial_states: str,
    restarts: int,
    random_state: int | np.random.Generator | None,
) -> Power:
    ancillas = _checks.two_integers("ancillas", ancillas)
    _checks.option("initial_states", initial_states, ("any", "product"))
    restarts = _checks.integer("restarts", restarts)
    rng = _checks.generator("random_state", random_state)
    # U disentangles what its inverse entangles, so the search always maximises entanglement.
    entangler = gate if kind == "entangling" else gate.adjoint
    sides = gate.dims_with(ancillas)
    gain = entropy_gain.gain(entangler, ancillas, initial_states)
    if initial_states == "any":
        states = entropy_gain.from_points(gain)
        points = _complex_normal(rng, (restarts, math.prod(sides)))
    else:
        states = entropy_gain.from_factors(gain, sides)
        points = _complex_normal(rng, (restarts, sum(sides)))
    # Normalised complex normal amplitudes are a Haar-random state; so is each factor of a product.
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    values, points = climb(states, points)
    best = int(np.argmax(values))
    ket = points[best]
    if initial_states == "product":
        ket = entropy_gain.product(ket[None], sides)[0]
    ket = (ket / np.linalg.norm(ket)).reshape(sides)
    if kind == "disentangling":
        # The search found an input of the inverse, which is an output of U: map it to U's input.
        ket = entropy_gain.apply(entangler, ket[None], ancillas)[0]
    value = float(values[best])
    bound, source = power_bounds.upper_bound(entangler, ancillas, value)
    # Written so that a NaN is refused too.
    if not value <= bound + power_bounds.ROUNDING:
        raise ArithmeticError(
            f"the search found a state with a gain of {value:.9g} ebits, above the proved bound of "
            f"{bound:.9g} ebits ({source}): one of the two is wrong, which is a fault of qrnnlib; "
            f"please report it with the operator, ancillas {ancillas} and {initial_states=}"
        )
    (sides_a, sides_b), (a, b) = gate.sides, ancillas
    # An ancilla of dimension 1 is none.
    left = [*sides_a, *[a] * (a > 1)]
    right = [*sides_b, *[b] * (b > 1)]
    return Power(
        value=min(max(0.0, value), bound),  # clips rounding errors only
        upper_bound=bound,
        bound_source=source,
        state=Qobj(ket.ravel(), dims=[[*left, *right], [1]]),
        cut=len(left),
        kind=kind,
        ancillas=ancillas,
        initial_states=initial_states,
        restarts=restarts,
        restarts_agreeing=int(np.sum(values > values[best] - AGREEMENT)),
    )


def _complex_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Rows:
    numbers: Rows = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return numbers
