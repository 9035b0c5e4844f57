r"""Powers of a gate on several subsystems, across every cut between them.

A gate on n subsystems has :math:`2^{n-1} - 1` cuts. A cut is written as the subsystems on one
side, counted from 0: those of the side with fewer, or with subsystem 0 if both have as many.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from qrnnlib import _checks
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.power import Power, disentangling_power, entangling_power

Cut: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class MultipartitePower:
    """The average entangling power of a gate across each cut of its subsystems.

    Attributes
    ----------
    by_cut : mapping of tuple of int to float
        The mean linear entropy of one side, for each cut; small sides first.
    """

    by_cut: Mapping[Cut, float]

    @property
    def mean(self) -> float:
        """The mean over all cuts; it is the same for the inverse of the gate."""
        return math.fsum(self.by_cut.values()) / len(self.by_cut)

    def of_size(self, size: int) -> float:
        """Return the mean over the cuts that have `size` subsystems on one side.

        Raises
        ------
        TypeError, ValueError
            If `size` is not an integer from 1 to the number of subsystems on the smaller side of
            the most even cut.

        Examples
        --------
        >>> from qutip import gates
        >>> round(average_multipartite_power(gates.toffoli()).of_size(1), 6)
        0.185185
        """
        largest = max(map(len, self.by_cut))
        size = _checks.integer("size", size, 1, largest)
        values = [value for cut, value in self.by_cut.items() if len(cut) == size]
        return math.fsum(values) / len(values)

    def __repr__(self) -> str:
        lines = (f" {{{', '.join(map(str, cut))}}}: {v:.6f}" for cut, v in self.by_cut.items())
        return "\n".join(
            ["<average entangling power across each cut:", *lines, f" mean: {self.mean:.6f}>"]
        )


def average_multipartite_power(
    operator: Operator, *, params: ArrayLike | None = None
) -> MultipartitePower:
    r"""Return the mean entanglement across each cut, from products of random states.

    Each subsystem starts in a Haar-random state of its own. Across the cut with the subsystems S
    on one side, the mean of the linear entropy :math:`1 - \mathrm{tr}\,\rho_S^2` is

    .. math:: e_S = 1 - \prod_{i} \frac{1}{d_i (d_i + 1)}
        \sum_T \mathrm{tr}\,[(M_{ST} M_{ST}^\dagger)^2],

    where T runs over all sets of subsystems, and :math:`M_{ST}` is the matrix of the gate with a
    row for each state of S after and T before it. For two subsystems it is
    `average_entangling_power`. The mean over all cuts is the same for the gate and its inverse; a
    single cut may tell them apart. The work grows as four to the number of subsystems.

    Parameters
    ----------
    operator : Qobj, Circuit, or a fitted estimator or cell
        A unitary on at least two subsystems of any dimension.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    MultipartitePower
        Dimensionless, at least 0 and at most :math:`1 - 1/d` for a cut with a smaller side of
        dimension d.

    Raises
    ------
    TypeError
        If `operator` has another type.
    ValueError
        If `operator` is not a unitary on two or more subsystems, or `params` is missing or
        superfluous.

    References
    ----------
    Scott, Phys. Rev. A 69, 052330 (2004), for qubits and cuts of one size; Linowski,
    Rajchel-Mieldzioc and Zyczkowski, arXiv:1909.07709, for cuts of one subsystem.

    Examples
    --------
    A CNOT between the first two of three qubits entangles neither with the third:

    >>> from qutip import gates, qeye, tensor
    >>> average_multipartite_power(tensor(gates.cnot(), qeye(2)))
    <average entangling power across each cut:
     {0}: 0.222222
     {1}: 0.222222
     {2}: 0.000000
     mean: 0.148148>
    """
    gate = bipartite(operator, 1, params)
    dims = _subsystems(gate)
    n = len(dims)
    tensor = gate.matrix.reshape(dims * 2)
    ways = math.prod(d * (d + 1) for d in dims)
    by_cut = {}
    for cut in cuts(n):
        total = 0.0
        for chosen in itertools.product((True, False), repeat=n):
            rows = [*cut, *(n + i for i in range(n) if chosen[i])]
            total += _fourth_power(tensor, rows, dims)
        # Rounding can leave the result slightly below zero.
        by_cut[cut] = max(0.0, 1 - total / ways)
    return MultipartitePower(by_cut)


def power_by_cut(
    operator: Operator,
    kind: str = "entangling",
    *,
    params: ArrayLike | None = None,
    ancillas: tuple[int, int] = (1, 1),
    initial_states: str = "any",
    restarts: int = 48,
    random_state: int | np.random.Generator | None = None,
) -> dict[Cut, Power]:
    r"""Return the entangling or disentangling power of a gate across each of its cuts.

    Across a cut the gate counts as one on two systems, each made of several subsystems: the result
    is that of `entangling_power` or `disentangling_power`, whose states may be entangled within a
    side. The most over all cuts is the multipartite power of Qiu, Song and Chen; the least says
    how much entanglement some input gains across every cut at best.

    Parameters
    ----------
    operator, params, ancillas, initial_states, restarts, random_state
        As for `entangling_power`. The first ancilla belongs to the side that names the cut.
    kind : {"entangling", "disentangling"}, default "entangling"

    Returns
    -------
    dict of tuple of int to Power
        In ebits. In the states, the subsystems of the named side come first.

    Raises
    ------
    TypeError, ValueError, ArithmeticError
        As for `entangling_power`, or if `kind` is unknown.

    References
    ----------
    Qiu, Song and Chen, "Multipartite entangling power by von Neumann entropy".

    Examples
    --------
    A swap of the last two of three qubits, with an ancilla on each side:

    >>> from qutip import gates, qeye, tensor
    >>> swap = tensor(qeye(2), gates.swap())
    >>> powers = power_by_cut(swap, ancillas=(2, 2), restarts=8, random_state=0)
    >>> {cut: round(power.value, 6) for cut, power in powers.items()}
    {(0,): 0.0, (1,): 2.0, (2,): 2.0}
    """
    _checks.option("kind", kind, ("entangling", "disentangling"))
    gate = bipartite(operator, 1, params)
    rng = _checks.generator("random_state", random_state)
    power = entangling_power if kind == "entangling" else disentangling_power
    return {
        cut: power(
            across(gate, cut),
            ancillas=ancillas,
            initial_states=initial_states,
            restarts=restarts,
            random_state=rng,
        )
        for cut in cuts(len(_subsystems(gate)))
    }


def cuts(subsystems: int) -> list[Cut]:
    """Return every cut of so many subsystems once, small sides first.

    Examples
    --------
    >>> cuts(4)
    [(0,), (1,), (2,), (3,), (0, 1), (0, 2), (0, 3)]
    """
    return [
        side
        for size in range(1, subsystems // 2 + 1)
        for side in itertools.combinations(range(subsystems), size)
        if 2 * size < subsystems or 0 in side
    ]


def across(gate: Bipartite, cut: Cut) -> Bipartite:
    """Return the same gate with the subsystems of a cut on side A and all others on side B."""
    dims = _subsystems(gate)
    n = len(dims)
    other = [i for i in range(n) if i not in cut]
    order = [*cut, *other]
    tensor = gate.matrix.reshape(dims * 2).transpose([*order, *(n + i for i in order)])
    return Bipartite(
        tensor.reshape(gate.matrix.shape), ([dims[i] for i in cut], [dims[i] for i in other])
    )


def _subsystems(gate: Bipartite) -> list[int]:
    """Return the dimensions of all subsystems, those of side A first."""
    return [*gate.sides[0], *gate.sides[1]]


def _fourth_power(tensor: np.ndarray, rows: list[int], dims: list[int]) -> float:
    """Return tr[(M M^dagger)^2] for the matrix M that has the given axes as its rows."""
    columns = [i for i in range(tensor.ndim) if i not in rows]
    high = math.prod(dims[i % len(dims)] for i in rows)
    matrix = tensor.transpose([*rows, *columns]).reshape(high, -1)
    # The two products have the same trace: the smaller one is cheaper.
    gram = matrix @ matrix.conj().T if high**2 <= matrix.size else matrix.conj().T @ matrix
    return float(np.sum(np.abs(gram) ** 2))
