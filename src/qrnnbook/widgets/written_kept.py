"""Written and kept: two pasts in a ribbon, and the step that carries them in a triangle."""

from dataclasses import replace
from typing import Any

import numpy as np
import qutip
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.widgets._chamber import chamber_for_page
from qrnnbook.widgets._figure import Finite, LiveFigure, bundled
from qrnnbook.widgets._kept_layers import LAYERS, told, told_lag
from qrnnbook.widgets._numbers import shown
from qrnnlib import _checks
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.reference import CellStep, MeasuredCell
from qrnnlib.cell.retention import average_retention
from qrnnlib.physics.noise import Noise

_DESIGN = CellDesign(1, 1, layers=1, ansatz="canonical", disentangler="inverse", collapse="channel")
#: An oscillation, high at the default `position` of the changed value.
_VALUES = (0.2, 0.6, 0.8, 0.8, 0.4, -0.1, -0.6, -0.8, -0.7, -0.3, 0.2, 0.6, 0.8, 0.7, 0.3, -0.2)
#: The inputs -1 and 1 are encoded as two orthogonal kets, between the axes of the couplings: a
#: coupling along any one axis then acts on both.
_TILT = -np.pi / 8
_LOWEST = np.array([np.cos(_TILT), np.sin(_TILT)])
_HIGHEST = np.array([-np.sin(_TILT), np.cos(_TILT)])
#: The largest rate of the noise, and that of a figure with noise unless another is given.
MOST_NOISE, SOME_NOISE = 0.05, 0.02


class WrittenKept(LiveFigure):
    r"""Two memories that differ in one old value, and what a step writes, keeps and loses.

    The cell has one system qubit and one memory qubit. Its entangler is the canonical gate
    :math:`\exp\frac{i}{2}(c_1 XX + c_2 YY + c_3 ZZ)`, its disentangler undoes the part `undone` of
    all three angles. Outcomes are discarded, so each memory is a density matrix. The ribbon is as
    wide as the trace distance of the two memories. The triangle has a point for the step: the
    share of a change that it writes, keeps and loses, on average over all states.

    A figure with a layer asks no question and does not play by itself. In its still picture the
    tables or the map replace the inputs and the triangle.

    Parameters
    ----------
    layer : {"", "table", "map", "noise"}, default ""
        What is shown in addition. ``"table"``: for both copies the joint state at the changed
        value, just before the measurement, if every step keeps the likelier outcome. ``"map"``: the
        step in the Weyl chamber. ``"noise"``: depolarizing noise after each two-qubit gate, of
        which a step has six, also where angles are zero; the ribbon without noise is an outline.
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
    rate : float, optional
        Probability of depolarizing noise after a two-qubit gate, from 0 to 0.05. With the layer
        ``"noise"`` 0.02 if not given; 0 without that layer.

    Raises
    ------
    ValueError
        If `layer` is none of these.
    traitlets.TraitError
        If another value is out of range or not a number, `position` lies outside the series, or
        `rate` is above 0 without the layer ``"noise"``.

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

    Noise shortens the ribbon:

    >>> noisy = WrittenKept(layer="noise", undone=0.5, rate=0.01)
    >>> print(*noisy.distances()[:4].round(2))
    0.4 0.34 0.27 0.2
    >>> print(*noisy.distances(rate=0.0)[:4].round(2))
    0.48 0.43 0.37 0.3
    """

    script = LAYERS[""].script

    coupling = Finite(0.65, min=0.0, max=1.0).tag(sync=True)
    unevenness = Finite(0.6, min=0.0, max=1.0).tag(sync=True)
    undone = Finite(0.0, min=0.0, max=1.0).tag(sync=True)
    values = traitlets.List(
        Finite(min=-1.0, max=1.0), default_value=list(_VALUES), minlen=2, maxlen=24
    ).tag(sync=True)
    position = traitlets.Int(3, min=0).tag(sync=True)
    twin = Finite(-0.8, min=-1.0, max=1.0).tag(sync=True)
    arrived = traitlets.Int(min=1, max=24).tag(sync=True)
    rate = Finite(min=0.0, max=MOST_NOISE).tag(sync=True)

    #: Geometry of the map; empty without it.
    chamber = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, *, layer: str = "", **traits: Any) -> None:
        _checks.option("layer", layer, tuple(LAYERS))
        self.layer, self.script = layer, LAYERS[layer].script
        self._esm = bundled(self.script)
        super().__init__(**traits)

    @property
    def cell(self) -> MeasuredCell:
        """The cell that reads the series, for use outside the figure."""
        return self._cell(self.undone, self.rate)

    def distances(
        self, *, undone: float | None = None, rate: float | None = None
    ) -> NDArray[np.float64]:
        """Return the trace distance of the two memories, from step `position` on.

        Parameters
        ----------
        undone, rate : float, optional
            Part of the coupling that is undone, and rate of the noise; the figure's own if not
            given.
        """
        part = self.undone if undone is None else undone
        cell = self._cell(part, self.rate if rate is None else rate)
        both = zip(*(cell.run(read) for read in self._pasts()), strict=True)
        apart = [qutip.tracedist(one.next_memory, two.next_memory) for one, two in both]
        return np.array(apart[self.position :])

    def likely_steps(self) -> tuple[CellStep, CellStep]:
        """Return step `position` of both copies if every step keeps the likelier outcome."""
        cell = self._cell(self.undone)
        likely = MeasuredCell(cell.weights, replace(cell.design, collapse="most_likely"))
        one, two = (likely.run(read[: self.position + 1])[-1] for read in self._pasts())
        return one, two

    def step_angles(self) -> NDArray[np.float64]:
        """Return the canonical coordinates of a step, entangler and disentangler, in radians."""
        return (1 - self.undone) * self._angles()

    def shares(self, *, undone: float | None = None) -> tuple[float, float, float]:
        """Return the shares of a change that a step's gates write, keep and lose, on average.

        Parameters
        ----------
        undone : float, optional
            Part of the coupling that is undone; the figure's own if not given.
        """
        written, kept = average_retention(self._cell(self.undone if undone is None else undone))
        return written, kept, 1 - written - kept

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        return self._describe() + LAYERS[self.layer].words(self)

    def _describe(self) -> str:
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
        lag = told_lag(self)
        first, *later = told(self.distances(), lag)
        words = (
            f"At step {self.position + 1} one copy reads {shown(self.values[self.position])}, "
            f"the other {shown(self.twin)}. Right after it their memories are {first} apart"
            + "".join(f", {lag} step{'s' * (lag > 1)} later {last}" for last in later)
        )
        if not self.undone:
            return f"{words}. {step}"
        alone = " and ".join(told(self.distances(undone=0.0), lag))
        return f"{words}. With nothing undone it would be {alone}. {step}"

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        with plotting.style():
            return LAYERS[self.layer].still(self)

    def _angles(self) -> NDArray[np.float64]:
        """Return the entangler's three canonical coordinates, in radians."""
        total = 3 * self.coupling
        even, uneven = np.full(3, self.coupling), np.clip(total - np.arange(3), 0, 1)
        squares = even + self.unevenness * (uneven - even)
        angles: NDArray[np.float64] = np.arcsin(np.sqrt(np.clip(squares, 0, 1)))
        return angles

    def _cell(self, undone: float, rate: float = 0.0) -> MeasuredCell:
        angles = self._angles()
        weights: dict[str, ArrayLike] = {
            "entangler": [[0, 0, *angles]],
            "disentangler": [[0, 0, *(undone * angles)]],
            "input_weight": (_HIGHEST - _LOWEST) / 2,
            "input_bias": (_HIGHEST + _LOWEST) / 2,
        }
        # The circuits also rotate single qubits, here by 0: that takes no gate, and has no noise.
        noise = Noise(depolarizing=rate, one_qubit_factor=0.0) if rate else None
        return MeasuredCell(weights, replace(_DESIGN, noise=noise))

    def _pasts(self) -> tuple[list[float], list[float]]:
        """Return what either copy reads."""
        other = list(self.values)
        other[self.position] = self.twin
        return self.values, other

    @traitlets.default("arrived")
    def _all(self) -> int:
        return len(self.values)

    @traitlets.default("rate")
    def _some_noise(self) -> float:
        return SOME_NOISE if self.layer == "noise" else 0.0

    @traitlets.default("chamber")
    def _drawn(self) -> dict[str, Any]:
        return chamber_for_page() if self.layer == "map" else {}

    @traitlets.validate("rate")
    def _check_rate(self, proposal: Any) -> Any:
        if proposal.value and self.layer != "noise":
            raise traitlets.TraitError(
                f"rate must be 0 without layer='noise', got {proposal.value} with "
                f"layer={self.layer!r}"
            )
        return proposal.value

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
