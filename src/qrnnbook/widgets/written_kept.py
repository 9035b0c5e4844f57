"""Written and kept: two pasts in a ribbon, and the step that carries them in a triangle."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import qutip
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import shown
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.reference import MeasuredCell
from qrnnlib.cell.retention import average_retention

_DESIGN = CellDesign(1, 1, layers=1, ansatz="canonical", disentangler="inverse", collapse="channel")
#: An oscillation, high at the default `position` of the changed value.
_VALUES = (0.2, 0.6, 0.8, 0.8, 0.4, -0.1, -0.6, -0.8, -0.7, -0.3, 0.2, 0.6, 0.8, 0.7, 0.3, -0.2)
#: The inputs -1 and 1 are encoded as two orthogonal kets, between the axes of the couplings: a
#: coupling along any one axis then acts on both.
_TILT = -np.pi / 8
_LOWEST = np.array([np.cos(_TILT), np.sin(_TILT)])
_HIGHEST = np.array([-np.sin(_TILT), np.cos(_TILT)])
#: How many steps after the change the distance is told.
LATER = 6


class WrittenKept(LiveFigure):
    r"""Two memories that differ in one old value, and what a step writes, keeps and loses.

    The cell has one system qubit and one memory qubit. Its entangler is the canonical gate
    :math:`\exp\frac{i}{2}(c_1 XX + c_2 YY + c_3 ZZ)`, its disentangler undoes the part `undone` of
    all three angles. Outcomes are discarded, so each memory is a density matrix. The ribbon is as
    wide as the trace distance of the two memories. The triangle has a point for the step: the
    share of a change that it writes, keeps and loses, on average over all states.

    Parameters
    ----------
    coupling : float, default 0.65
        Mean of :math:`\sin^2 c_k`, from 0 (no coupling) to 1 (SWAP).
    unevenness : float, default 0.6
        From 0 (three equal angles, a partial SWAP) to 1 (as unequal as `coupling` allows: a CNOT at
        1/3, an iSWAP at 2/3).
    undone : float, default 0.0
        The part of the coupling that the disentangler undoes, from 0 to 1.
    values : list of float, optional
        The series that the first copy reads: 2 to 24 inputs from -1 to 1. An oscillation of 16
        values if not given.
    position : int, default 3
        The step at which the second copy reads another value, counted from 0.
    twin : float, default -0.8
        The value that the second copy reads there, from -1 to 1.
    arrived : int, optional
        How many values have come in, 1 to 24. All of them if not given.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range or not a number, or `position` lies outside the series.

    See Also
    --------
    qrnnlib.memory_distance : The distance for any cell.
    qrnnlib.average_retention : The shares written and kept, for any unitary.

    Examples
    --------
    A SWAP writes the whole input into the memory, and the next SWAP overwrites it. If part of it
    is undone, less is written and more kept.

    >>> swap = WrittenKept(coupling=1.0, values=[1, -1, -1], position=0, twin=-1)
    >>> swap.distances().round(6) + 0.0
    array([1., 0., 0.])
    >>> swap.undone = 0.7
    >>> print(*swap.distances().round(2))
    0.35 0.3 0.26
    >>> print(*np.round(swap.shares(), 2))
    0.15 0.74 0.11
    """

    script = "written_kept.js"

    coupling = Finite(0.65, min=0.0, max=1.0).tag(sync=True)
    unevenness = Finite(0.6, min=0.0, max=1.0).tag(sync=True)
    undone = Finite(0.0, min=0.0, max=1.0).tag(sync=True)
    values = traitlets.List(
        Finite(min=-1.0, max=1.0), default_value=list(_VALUES), minlen=2, maxlen=24
    ).tag(sync=True)
    position = traitlets.Int(3, min=0).tag(sync=True)
    twin = Finite(-0.8, min=-1.0, max=1.0).tag(sync=True)
    arrived = traitlets.Int(min=1, max=24).tag(sync=True)

    @property
    def cell(self) -> MeasuredCell:
        """The cell that reads the series, for use outside the figure."""
        return self._cell(self.undone)

    def distances(self) -> NDArray[np.float64]:
        """Return the trace distance of the two memories, from step `position` on."""
        return self._distances(self.undone)

    def shares(self) -> tuple[float, float, float]:
        """Return the shares of a change that a step writes, keeps and loses, on average."""
        return self._shares(self.undone)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        total = len(self.values)
        here = min(self.arrived, total)
        shares = [shown(share) for share in self.shares()[:2]]
        # The three are shown with a sum of exactly 1.
        shares.append(shown(1 - sum(map(float, shares))))
        step = "On average a step writes {} of a change, keeps {} and loses {}.".format(*shares)
        if here <= self.position:
            return (
                f"{here} of {total} values have come in. Both copies have read the same, so their "
                f"memories are equal. {step}"
            )
        lag = min(LATER, here - 1 - self.position)
        first, *later = self._told(self.undone, lag)
        words = (
            f"At step {self.position + 1} one copy reads {shown(self.values[self.position])}, "
            f"the other {shown(self.twin)}. Right after it their memories are {first} apart"
            + "".join(f", {lag} step{'s' * (lag > 1)} later {last}" for last in later)
        )
        if not self.undone:
            return f"{words}. {step}"
        alone = " and ".join(self._told(0, lag))
        return f"{words}. With nothing undone it would be {alone}. {step}"

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        with plotting.style():
            figure, (top, middle, bottom) = plt.subplots(
                3, 1, figsize=(6.4, 6.6), layout="constrained", height_ratios=[2, 2.4, 3]
            )
            self._draw_inputs(top)
            self._draw_ribbon(middle)
            self._draw_triangle(bottom)
        return figure

    def _draw_inputs(self, ax: Axes) -> None:
        here = min(self.arrived, len(self.values))
        ax.plot(range(1, here + 1), self.values[:here], "o-", color=plotting.SYSTEM, linewidth=1)
        if here > self.position:
            reads = [self.values[self.position], self.twin]
            ax.plot([self.position + 1] * 2, reads, "D:", color=plotting.SYSTEM, markersize=9)
        ax.set(ylabel="input", ylim=(-1.1, 1.1), xlim=(0.5, len(self.values) + 0.5))
        ax.set_title("One old value is changed")

    def _draw_ribbon(self, ax: Axes) -> None:
        at, here = self.position, min(self.arrived, len(self.values))
        ax.plot([1, min(at + 1, here)], [0, 0], color=plotting.MEMORY)
        if here > at:
            steps, apart = np.arange(at + 1, here + 1), self.distances()[: here - at] / 2
            ax.fill_between(steps, -apart, apart, color=plotting.MEMORY)
            if self.undone:
                alone = self._distances(0)[: here - at] / 2
                for side in (alone, -alone):
                    ax.plot(steps, side, "--", color=plotting.TRUTH, linewidth=1)
        ax.set(xlabel="step", ylabel="distance", ylim=(-0.52, 0.52))
        ax.set_xlim(0.5, len(self.values) + 0.5)
        # The ribbon is centred on 0, so its edges lie at half the distance.
        ax.set_yticks([-0.5, 0, 0.5], ["1", "0", "1"])
        ax.set_title("Width: how far apart the two memories are")

    def _draw_triangle(self, ax: Axes) -> None:
        parts = np.linspace(0, 1, 31)
        corners = [(0.0, 0.0), (1 / 3, 2 / 9), (2 / 3, 2 / 9), (1.0, 0.0)]
        # Partial SWAPs lose the least that a coupling can.
        least = [(c, 2 / 3 * c * (1 - c)) for c in parts[::-1]]
        ax.fill(*zip(*corners, *least, strict=True), color=plotting.ENTANGLEMENT, alpha=0.25)
        ax.plot([0.13, 0, 1, 0.87], [0.26, 0, 0, 0.26], color=plotting.TRUTH, linewidth=1)
        written, _, lost = np.array([self._shares(part) for part in parts]).T
        ax.plot(written + lost / 2, lost, ":", color=plotting.TRUTH, linewidth=1)
        written, _, lost = self.shares()
        ax.plot(written + lost / 2, lost, "o", color=plotting.CELL, markersize=10)
        names = ("no coupling:\nall is kept", "CNOT", "iSWAP", "SWAP:\nall is written")
        for name, (x, y) in zip(names, corners, strict=True):
            place = (0, 5) if y else (0, -5)
            ax.annotate(
                name,
                (x, y),
                place,
                textcoords="offset points",
                ha="center",
                va="bottom" if y else "top",
                annotation_clip=False,
            )
        ax.set(xlim=(-0.05, 1.05), ylim=(0, 0.27), xticks=[], ylabel="lost")
        ax.set_title("What a step does with a change, on average")

    def _angles(self) -> NDArray[np.float64]:
        """Return the entangler's three canonical coordinates, in radians."""
        total = 3 * self.coupling
        even, uneven = np.full(3, self.coupling), np.clip(total - np.arange(3), 0, 1)
        squares = even + self.unevenness * (uneven - even)
        angles: NDArray[np.float64] = np.arcsin(np.sqrt(np.clip(squares, 0, 1)))
        return angles

    def _cell(self, undone: float) -> MeasuredCell:
        angles = self._angles()
        weights: dict[str, ArrayLike] = {
            "entangler": [[0, 0, *angles]],
            "disentangler": [[0, 0, *(undone * angles)]],
            "input_weight": (_HIGHEST - _LOWEST) / 2,
            "input_bias": (_HIGHEST + _LOWEST) / 2,
        }
        return MeasuredCell(weights, _DESIGN)

    def _shares(self, undone: float) -> tuple[float, float, float]:
        written, kept = average_retention(self._cell(undone))
        return written, kept, 1 - written - kept

    def _distances(self, undone: float) -> NDArray[np.float64]:
        cell, other = self._cell(undone), list(self.values)
        other[self.position] = self.twin
        both = zip(cell.run(self.values), cell.run(other), strict=True)
        apart = [qutip.tracedist(one.next_memory, two.next_memory) for one, two in both]
        return np.array(apart[self.position :])

    def _told(self, undone: float, lag: int) -> list[str]:
        """Return the distance right after the change and, if it is later, at the lag, as text."""
        apart = self._distances(undone)
        return [shown(apart[k]) for k in sorted({0, lag})]

    @traitlets.default("arrived")
    def _all(self) -> int:
        return len(self.values)

    @traitlets.validate("values", "position")
    def _check_position(self, proposal: Any) -> Any:
        name = proposal.trait.name
        values = proposal.value if name == "values" else self.values
        position = proposal.value if name == "position" else self.position
        if position >= len(values):
            raise traitlets.TraitError(
                f"position must be one of the {len(values)} steps, counted from 0, got {position}"
            )
        return proposal.value
