"""The power climb: the search for a gate's two powers, step by step from a random start."""

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qrnnbook import plotting
from qrnnbook.plotting.style import as_is, legible_name
from qrnnbook.widgets._figure import LiveFigure
from qrnnbook.widgets._numbers import shown
from qrnnlib import _checks
from qrnnlib.physics import entropy_gain
from qrnnlib.physics.bipartite import Bipartite, Operator, bipartite
from qrnnlib.physics.lbfgs import climb
from qrnnlib.physics.power import disentangling_power, entangling_power

#: Number of optimisation steps shown.
STEPS = 60
#: Number of random starts that the reader can choose from.
STARTS = 12
#: Most amplitudes of a joint state for which a page can optimise while the reader waits.
MOST_AMPLITUDES = 64
DIRECTIONS = ("entangling", "disentangling")


class Reached(NamedTuple):
    """Entanglement at the state that the search has reached.

    Attributes
    ----------
    ebits : float
        The entanglement that the gate adds to this state, or removes from it.
    before, after : float
        The entanglement before and after the gate, in ebits.
    """

    ebits: float
    before: float
    after: float


class PowerClimb(LiveFigure):
    """The search for a gate's entangling and disentangling power, step by step.

    The page runs the search of `qrnnlib.entangling_power` and `qrnnlib.disentangling_power` by
    itself, from a random start. The upper bounds come from these functions; they are shown with
    the last step.

    Parameters
    ----------
    gates : mapping of str to Qobj, or to a fitted estimator or cell
        Name -> unitary on at least two subsystems.
    cut : int, default 1
        Number of leading subsystems on side A.
    ancillas : tuple of two int, default (2, 2)
        Dimensions of the ancillas of A and of B; 1 means none.
    random_state : None, int or numpy.random.Generator, default 0
        Source of the random starts.
    gate : str, optional
        Name of the gate shown; if not given, the first of `gates`.
    start : int, default 1
        Number of the random start, from 1 to 12.
    step : int, default 60
        Number of optimisation steps taken, from 0 to 60.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type, `gates` is empty, or a joint state with both ancillas
        has more than 64 amplitudes.
    traitlets.TraitError
        If `gate` is not a name in `gates`, or a number is out of range.

    See Also
    --------
    qrnnlib.entangling_power, qrnnlib.disentangling_power

    Examples
    --------
    >>> from qutip import gates
    >>> figure = PowerClimb({"CNOT": gates.cnot()}, random_state=0)
    >>> round(figure.reached("entangling").ebits, 6), round(figure.limit("entangling"), 6)
    (1.0, 1.0)
    >>> figure.step = 0
    >>> abs(figure.reached("entangling").ebits) < 0.5
    True
    """

    script = "power_climb.js"

    gate = traitlets.Unicode().tag(sync=True)
    start = traitlets.Int(1, min=1, max=STARTS).tag(sync=True)
    step = traitlets.Int(STEPS, min=0, max=STEPS).tag(sync=True)

    gates = traitlets.Dict(read_only=True).tag(sync=True)
    starts: traitlets.List[list[float]] = traitlets.List(read_only=True).tag(sync=True)

    def __init__(
        self,
        gates: Mapping[str, Operator],
        *,
        cut: int = 1,
        ancillas: tuple[int, int] = (2, 2),
        random_state: int | np.random.Generator | None = 0,
        gate: str | None = None,
        **traits: Any,
    ) -> None:
        if not isinstance(gates, Mapping) or not gates:
            raise ValueError(f"gates must be a mapping of names to unitaries, got {gates!r:.60}")
        self._ancillas = _checks.two_integers("ancillas", ancillas)
        self._gates = {name: bipartite(operator, cut) for name, operator in gates.items()}
        most = max(map(self._amplitudes, self._gates.values()))
        if most > MOST_AMPLITUDES:
            raise ValueError(
                f"gates and ancillas must give at most {MOST_AMPLITUDES} amplitudes for a search "
                f"in a page, got {most}"
            )
        rng = np.random.default_rng(random_state)
        # Three decimals keep the page short and are random enough.
        self._starts = rng.normal(size=(STARTS, 2, most)).round(3)
        super().__init__(**traits)
        self.set_trait("gates", {name: self._for_page(name) for name in self._gates})
        self.set_trait("starts", self._starts.reshape(STARTS, -1).tolist())
        self.gate = next(iter(self._gates)) if gate is None else gate

    @traitlets.validate("gate")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in self._gates:
            raise traitlets.TraitError(
                f"The value of the 'gate' trait of a PowerClimb instance should be one of "
                f"{', '.join(map(repr, self._gates))}, but {proposal['value']!r} was specified"
            )
        return str(proposal["value"])

    def limit(self, direction: str) -> float:
        """Return the upper bound on a power with these ancillas, in ebits.

        Parameters
        ----------
        direction : {"entangling", "disentangling"}
            The power that is bounded.

        Raises
        ------
        ValueError
            If `direction` is neither.
        """
        _checks.option("direction", direction, DIRECTIONS)
        return self._limits[self.gate][DIRECTIONS.index(direction)]

    def reached(self, direction: str) -> Reached:
        """Return the entanglement reached at the current step, for a `direction` as in `limit`."""
        _checks.option("direction", direction, DIRECTIONS)
        return self._after(direction, self.step)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        said = []
        for direction, verb in zip(DIRECTIONS, ("adds", "removes"), strict=True):
            ebits, before, after = self.reached(direction)
            # The bounds would answer the page's question before the climb does.
            bound = f", of {shown(self.limit(direction), 3)} at most" if self.step == STEPS else ""
            said.append(
                f"it {verb} {shown(ebits, 3)} ebits (from {shown(before, 3)} to "
                f"{shown(after, 3)}){bound}"
            )
        return (
            f"{self.gate[:1].upper()}{self.gate[1:]}, start {self.start}, {self.step} steps: "
            f"{said[0]}; {said[1]}."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        steps = sorted({*range(0, self.step + 1, 3), self.step})
        curves = {
            direction: [self._after(direction, step).ebits for step in steps]
            for direction in DIRECTIONS
        }
        tops = [self.reached(direction).ebits for direction in DIRECTIONS]
        limits = [self.limit(direction) for direction in DIRECTIONS]
        close = (min(tops) - 0.06, max(*limits, *tops) + 0.04)
        with plotting.style():
            figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
            for ax, heights in zip(axes, ((-0.6, max(2.1, close[1])), close), strict=True):
                _draw_climbs(ax, steps, curves, limits if self.step == STEPS else None)
                ax.set(xlim=(0, STEPS + 2), ylim=heights, xlabel="step of the climb")
            axes[0].set_ylabel("ebits")
            axes[0].legend(frameon=False, loc="lower right")
            name = f"{self.gate[:1].upper()}{self.gate[1:]}"
            as_is(axes[0].set_title(""), legible_name(name))
            axes[1].set_title("The top, enlarged")
        return figure

    def _amplitudes(self, gate: Bipartite) -> int:
        return math.prod(gate.dims) * math.prod(self._ancillas)

    @cached_property
    def _limits(self) -> dict[str, tuple[float, float]]:
        options: dict[str, Any] = {
            "ancillas": self._ancillas,
            "restarts": 4,
            "random_state": 0,
        }
        found = {}
        for name, gate in self._gates.items():
            powers = (search(gate, **options) for search in (entangling_power, disentangling_power))
            up, down = (power.upper_bound for power in powers)
            found[name] = (up, down)
        return found

    def _for_page(self, name: str) -> dict[str, Any]:
        """Return a gate in the form that the page computes with."""
        gate = self._gates[name]
        return {
            "re": gate.matrix.real.ravel().tolist(),
            "im": gate.matrix.imag.ravel().tolist(),
            "dims": gate.dims,
            "ancillas": self._ancillas,
            "limits": self._limits[name],
        }

    def _after(self, direction: str, step: int) -> Reached:
        """Return what the search has reached after a number of steps."""
        gate = self._gates[self.gate]
        # K_down(U) = K_up(U^dagger).
        entangling = gate if direction == "entangling" else gate.adjoint
        sides = gate.dims_with(self._ancillas)
        real, imaginary = self._starts[self.start - 1, :, : math.prod(sides)]
        gain = entropy_gain.from_points(entropy_gain.gain(entangling, self._ancillas, "any"))
        start = (real + 1j * imaginary)[None]
        (value,), points = climb(gain, start, iterations=step)
        before = _entanglement((points / np.linalg.norm(points)).reshape(1, *sides))
        ends = before, before + float(value)
        return Reached(float(value), *(ends if direction == "entangling" else ends[::-1]))


def _entanglement(table: NDArray[np.complex128]) -> float:
    """Return the entanglement of one state, in ebits."""
    return abs(float(entropy_gain.entropies(table)[0][0]))


def _draw_climbs(
    ax: Axes, steps: list[int], curves: dict[str, list[float]], limits: list[float] | None
) -> None:
    """Draw the progress of both searches, and their upper bounds if they are given."""
    dashes = ("-", "--")
    for (name, heights), marker, dash in zip(curves.items(), "^v", dashes, strict=True):
        ax.plot(steps, heights, dash, color=plotting.ENTANGLEMENT, label=name)
        ax.plot(steps[-1], heights[-1], marker, color=plotting.ENTANGLEMENT, markersize=10)
    for limit, dash in zip(limits or (), dashes, strict=bool(limits)):
        ax.axhline(limit, color=plotting.TRUTH, linestyle=dash, linewidth=1, zorder=0)
