"""The fading ribbon: change one past input, and watch two memories converge again."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import qutip
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import shown
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.reference import MeasuredCell

_DESIGN = CellDesign(1, 1, layers=1, ansatz="canonical", disentangler="inverse", collapse="channel")
#: An oscillation, high at the default `position` of the changed value.
_VALUES = (0.0, 0.5, 0.8, 0.8, 0.4, -0.1, -0.6, -0.8, -0.7, -0.3, 0.2, 0.6)


class FadingRibbon(LiveFigure):
    r"""Two copies of a cell that read the same series except for one value.

    The cell has one system qubit and one memory qubit. Its entangler is the partial SWAP
    :math:`\cos\theta + i \sin\theta\,\text{SWAP}` with :math:`\theta` = `hug`, its disentangler
    the inverse of a partial SWAP with :math:`\theta` = `break_up`. The input -1 is encoded as
    ``|0>``, the input 1 as ``|1>``. Outcomes are discarded, so each memory is a density matrix.

    Parameters
    ----------
    hug : float, default pi/3
        Angle of the entangler in radians, from 0 (identity) to pi/2 (SWAP).
    break_up : float, default pi/9
        Angle of the disentangler in radians, from 0 (identity) to pi/2 (SWAP).
    values : list of float, optional
        The series that the first copy reads: 2 to 24 inputs from -1 to 1. An oscillation of 12
        values if not given.
    position : int, default 3
        The step at which the second copy reads another value, counted from 0.
    twin : float, default -0.8
        The value that the second copy reads there, from -1 to 1.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range or not a number, or `position` lies outside the series.

    See Also
    --------
    qrnnlib.memory_distance : The same for any cell.

    Examples
    --------
    A SWAP writes the whole input into the memory, and the next SWAP overwrites it. A smaller
    angle writes less and keeps more.

    >>> import math
    >>> swap = dict(hug=math.pi / 2, break_up=0.0)
    >>> ribbon = FadingRibbon(values=[1, -1, -1], position=0, twin=-1, **swap)
    >>> ribbon.distances().round(6) + 0.0
    array([1., 0., 0.])
    >>> ribbon.hug = math.pi / 6
    >>> print(ribbon.describe().partition(". ")[2])
    Their memories are 0.25 apart right after it, at the last step 0.14.
    """

    script = "fading_ribbon.js"

    hug = Finite(np.pi / 3, min=0.0, max=np.pi / 2).tag(sync=True)
    break_up = Finite(np.pi / 9, min=0.0, max=np.pi / 2).tag(sync=True)
    values = traitlets.List(
        Finite(min=-1.0, max=1.0), default_value=list(_VALUES), minlen=2, maxlen=24
    ).tag(sync=True)
    position = traitlets.Int(3, min=0).tag(sync=True)
    twin = Finite(-0.8, min=-1.0, max=1.0).tag(sync=True)

    @property
    def cell(self) -> MeasuredCell:
        """The cell that reads the series, for use outside the figure."""
        return self._cell(self.break_up)

    def distances(self) -> NDArray[np.float64]:
        """Return the trace distance of the two memories, from step `position` on."""
        return self._distances(self.break_up)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        first, *later = _ends(self.distances())
        words = (
            f"At step {self.position + 1} one copy reads {shown(self.values[self.position])}, "
            f"the other {shown(self.twin)}. Their memories are {first} apart right after it"
            + "".join(f", at the last step {last}" for last in later)
        )
        if not self.break_up:
            return f"{words}."
        alone = " and ".join(_ends(self._distances(0)))
        return f"{words}. After the hug alone it would be {alone}."

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        steps = np.arange(1, len(self.values) + 1)
        at, apart = self.position, self.distances() / 2
        with plotting.style():
            figure, (top, bottom) = plt.subplots(
                2, 1, figsize=(6.4, 5.0), sharex=True, layout="constrained"
            )
            top.plot(steps, self.values, "o-", color=plotting.SYSTEM, linewidth=1)
            reads = [self.values[at], self.twin]
            top.plot([at + 1] * 2, reads, "D:", color=plotting.SYSTEM, markersize=9)
            top.set(ylabel="input", ylim=(-1.1, 1.1))
            top.set_title("One value is changed")
            bottom.plot([1, at + 1], [0, 0], color=plotting.MEMORY)
            bottom.fill_between(steps[at:], -apart, apart, color=plotting.MEMORY)
            if self.break_up:
                alone = self._distances(0) / 2
                for side in (alone, -alone):
                    bottom.plot(steps[at:], side, "--", color=plotting.TRUTH, linewidth=1)
            bottom.set(xlabel="step", ylabel="distance", ylim=(-0.52, 0.52))
            # The ribbon is centred on 0, so its edges lie at half the distance.
            bottom.set_yticks([-0.5, 0, 0.5], ["1", "0", "1"])
            bottom.set_title("Width: how far apart the memories are")
        return figure

    def _cell(self, break_up: float) -> MeasuredCell:
        # No local rotations and three equal couplings: a partial SWAP, up to a global phase.
        weights: dict[str, ArrayLike] = {
            "entangler": [[0, 0, *[self.hug] * 3]],
            "disentangler": [[0, 0, *[break_up] * 3]],
            "input_weight": [-1, 1],
            "input_bias": [1, 1],
        }
        return MeasuredCell(weights, _DESIGN)

    def _distances(self, break_up: float) -> NDArray[np.float64]:
        cell, other = self._cell(break_up), list(self.values)
        other[self.position] = self.twin
        both = zip(cell.run(self.values), cell.run(other), strict=True)
        apart = [qutip.tracedist(one.next_memory, two.next_memory) for one, two in both]
        return np.array(apart[self.position :])

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


def _ends(distances: NDArray[np.float64]) -> list[str]:
    """Return the first and the last distance (one, if there is only one step), as text."""
    return [shown(distances[lag]) for lag in sorted({0, len(distances) - 1})]
