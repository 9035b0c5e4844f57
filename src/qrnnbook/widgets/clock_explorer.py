"""The clock explorer: a quantum memory that ticks, its waiting times, and a sample of its ticks."""

from collections.abc import Mapping
from itertools import pairwise
from math import cos, degrees, floor, pi, sin, sqrt
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.plotting.style import as_is, legible_name
from qrnnbook.widgets._clock_fits import LONGEST_WAIT, PRESETS, chances_of, checked_fits
from qrnnbook.widgets._clock_words import in_degrees, in_steps, listed
from qrnnbook.widgets._draws import uniforms
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import shown
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.outcome_process import outcome_maps
from qrnnlib.cell.reference import MeasuredCell
from qrnnlib.physics.average_power import average_entangling_power

Real = NDArray[np.float64]

#: The length of the sample, in steps.
SAMPLE = 120
#: What the picture shows.
SHOWN = {"waits": "waiting times", "chances": "chance of a tick"}
_DESIGN = CellDesign(1, 1, layers=1, ansatz="canonical", disentangler=None, collapse="sampled")
#: Below this sine of the rotation the memory counts as at rest.
_REST = 1e-9
#: Two settings that differ by less than this, in radians, are the same clock.
_SAME = 1e-6


class ClockExplorer(LiveFigure):
    r"""A quantum clock: its waiting times, beside those of classical models, and its memory.

    In every step the memory qubit is rotated by `alpha`, an exchange coupling of strength
    `coupling` lets its ``|1>`` pass to the system qubit, which is prepared in ``|0>``, and the
    system is measured. The outcome 1 is a *tick*, after which the memory is in ``|0>``; the outcome
    0 is silence. With :math:`s = \cos` `coupling`, silence has the eigenvalues
    :math:`\sqrt{s} e^{\pm i\theta}` with :math:`2\sqrt{s}\cos\theta = (1 + s)\cos` `alpha`, or
    real ones if there is no such angle.

    Parameters
    ----------
    alpha : float, default that of clock A
        Angle in radians by which the memory is rotated, from 0 to pi: from ``|0>`` to
        ``cos(alpha)|0> + sin(alpha)|1>``.
    coupling : float, default that of clock A
        Angle of the exchange coupling in radians, from pi/90 to pi/3 (2 to 60 degrees).
    fits : mapping of (float, float) to mapping of str to array_like, shape (60,), optional
        Waiting times of classical models: the pair (cos(theta), s) of a named clock -> name of the
        model -> probabilities of 1, 2, ..., 60 steps from a tick to the next one. At most four
        models for each of the clocks (0.60, 0.94), (0.80, 0.97) and (0.28, 0.97).
    wait : int, default 3
        The waiting time that is read out, 1 to 60 steps.
    step : int, default 40
        The step of the sample after which the memory is shown, 1 to 120.
    seed : int, default 1
        The number of the sample, 0 to 10**6.
    shows : {"waits", "chances"}, default "waits"
        What the picture shows: the probabilities of waiting times, or the chance of a tick after
        so many silent steps.
    show_fits : bool, default True
        Whether the classical models are drawn where they were fitted.

    Raises
    ------
    TypeError, ValueError
        If `fits` is no such mapping.
    traitlets.TraitError
        If another value is out of range or of another type.

    See Also
    --------
    qrnnlib.outcome_maps, qrnnlib.QuantumMarkovModel, qrnnlib.HiddenMarkovModel

    Examples
    --------
    >>> clock = ClockExplorer()
    >>> print(clock.describe().partition(". ")[0])
    Clock A, waiting times: rotation 53.2°, coupling 19.9° (s = 0.940)
    >>> round(clock.mean_wait(), 1), round(clock.period(), 2)
    (16.2, 3.39)
    """

    script = "clock_explorer.js"

    alpha = Finite(PRESETS["Clock A"][0], min=0.0, max=pi).tag(sync=True)
    coupling = Finite(PRESETS["Clock A"][1], min=pi / 90, max=pi / 3).tag(sync=True)
    wait = traitlets.Int(3, min=1, max=LONGEST_WAIT).tag(sync=True)
    seed = traitlets.Int(1, min=0, max=10**6).tag(sync=True)
    step = traitlets.Int(40, min=1, max=SAMPLE).tag(sync=True)
    shows = traitlets.Enum(list(SHOWN), "waits").tag(sync=True)
    show_fits = traitlets.Bool(True).tag(sync=True)

    presets = traitlets.Dict(read_only=True).tag(sync=True)
    fits = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        *,
        fits: Mapping[tuple[float, float], Mapping[str, ArrayLike]] | None = None,
        **traits: Any,
    ) -> None:
        checked = checked_fits({} if fits is None else fits)
        super().__init__(**traits)
        self.set_trait("presets", {name: list(pair) for name, pair in PRESETS.items()})
        self.set_trait("fits", checked)

    @property
    def cell(self) -> MeasuredCell:
        """The clock as a measured cell, for use outside the figure."""
        weights: dict[str, ArrayLike] = {
            "entangler": [[0.0, 2 * self.alpha, self.coupling, self.coupling, 0.0]],
            "input_weight": [0.0, 0.0],
            "input_bias": [1.0, 0.0],
        }
        return MeasuredCell(weights, _DESIGN)

    def waiting_times(self) -> Real:
        """Return the probabilities of 1, 2, ..., 60 steps from a tick to the next one."""
        silent, tick = outcome_maps(self.cell)
        memory, found = _EMPTY, []
        for _ in range(LONGEST_WAIT):
            found.append((tick @ memory)[0])
            memory = silent @ memory
        return np.array(found)

    def chances(self) -> Real:
        """Return the chances of a tick 1, 2, ..., 60 steps after the last, if none came between."""
        silent, tick = outcome_maps(self.cell)
        memory, found = _EMPTY, []
        for _ in range(LONGEST_WAIT):
            found.append((tick @ memory)[0])
            memory = silent @ memory
            memory = memory / memory[0]
        return np.array(found)

    def mean_wait(self) -> float:
        """Return the mean number of steps from a tick to the next, infinite if there is none."""
        if abs(sin(self.alpha)) < _REST:
            return float("inf")
        silent, _ = outcome_maps(self.cell)
        return float(np.linalg.solve(np.eye(4) - silent, _EMPTY)[0])

    def period(self) -> float | None:
        """Return the period of silence, pi/theta steps, or None if it has no rhythm.

        Rotations by alpha and by pi - alpha make the same ticks; theta is the one up to pi/2.
        """
        stays = cos(self.coupling)
        cosine = (1 + stays) * abs(cos(self.alpha)) / (2 * sqrt(stays))
        return pi / float(np.arccos(cosine)) if cosine < 1 else None

    def sample(self) -> tuple[NDArray[np.bool_], Real, Real]:
        """Return the sample: what is known after 0, 1, ..., 120 steps, from a memory in ``|0>``.

        Returns
        -------
        ticks : ndarray of bool, shape (121,)
            Whether the step was a tick.
        angles : ndarray of float, shape (121,)
            Angle of the memory's state ``cos(angle)|0> + sin(angle)|1>``, in radians, 0 to pi.
        chances : ndarray of float, shape (121,)
            Probability that the next step is a tick.
        """
        silent, tick = outcome_maps(self.cell)
        draws, memory = uniforms(self.seed), _EMPTY
        ticks, found, chances = [False], [0.0], [float((tick @ memory)[0])]
        for _ in range(SAMPLE):
            ticks.append(next(draws) < chances[-1])
            after = silent @ memory
            memory = _EMPTY if ticks[-1] else after / after[0]
            # RX takes |0> to -i|1>, so the real states of the page are in the plane of Y and Z.
            angle = np.arctan2(-memory[2], memory[3]) / 2
            found.append(float(angle + pi if angle < 0 else angle))
            chances.append(float((tick @ memory)[0]))
        return np.array(ticks), np.array(found), np.array(chances)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        name, stays, period = self._preset(), cos(self.coupling), self.period()
        same = f" (with the ticks of {in_degrees(pi - self.alpha)})" if self.alpha > pi / 2 else ""
        drawn = SHOWN[self.shows]
        head = f"{name}, {drawn}" if name else drawn.capitalize()
        rhythm = (
            "Silence has no rhythm: its probability decays without oscillating."
            if period is None
            else f"Silence has a rhythm with a period of π/θ = {shown(period)} steps."
        )
        wait = self.mean_wait()
        ticks = (
            f"Ticks are {shown(wait, 1)} steps apart on average. {rhythm}"
            if np.isfinite(wait)
            else "The memory stays in |0⟩, and no tick ever comes."
        )
        _, found, chances = self.sample()
        at = floor(degrees(found[self.step]) + 0.5) % 180
        power = average_entangling_power(self.cell.entangler)
        said = [
            f"{head}: rotation {in_degrees(self.alpha)}{same}, coupling "
            f"{in_degrees(self.coupling)} (s = {shown(stays, 3)}).",
            ticks,
            self._read_out(),
            f"The average entangling power of a step is {shown(power, 4)}; two qubits "
            "reach 2/9 = 0.2222 at most.",
            f"After step {self.step} of sample {self.seed} the memory is at {at}°, and the next "
            f"outcome is a tick with probability {shown(100 * chances[self.step], 1)} %.",
        ]
        return " ".join([*said, *self._fits_in_words()])

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        with plotting.style():
            figure, (top, strip, bottom) = plt.subplots(
                3, 1, figsize=(6.8, 6.6), height_ratios=[3, 0.5, 1.6], layout="constrained"
            )
            self._draw_waits(top)
            ticks, found, _ = self.sample()
            steps = np.arange(SAMPLE + 1)
            strip.vlines(steps[ticks], 0, 1, color=plotting.SYSTEM, linewidth=2)
            strip.set(xlim=(-1, SAMPLE + 1), yticks=[], xticks=[])
            strip.set_title("Ticks of a sample", color=plotting.ink(plotting.SYSTEM))
            for start, end in pairwise([0, *steps[ticks], SAMPLE + 1]):
                part = np.degrees(found[start:end])
                # Not across the angle at which |0> begins anew.
                breaks = np.flatnonzero(np.abs(np.diff(part)) > 90) + 1
                for at in np.split(np.arange(len(part)), breaks):
                    bottom.plot(start + at, part[at], ".-", color=plotting.MEMORY, linewidth=1)
            bottom.axvline(self.step, color=plotting.TRUTH, linewidth=1)
            bottom.set(xlabel="step", xlim=(-1, SAMPLE + 1), ylim=(-8, 188))
            bottom.set_yticks([0, 90, 180], ["0°", "90°", "180°"])
            bottom.set_title("Angle of the memory", color=plotting.ink(plotting.MEMORY))
        return figure

    def _draw_waits(self, ax: Axes) -> None:
        """Draw the curve of the clock, and those of the classical models that are shown."""
        are_waits, waits = self.shows == "waits", np.arange(1, LONGEST_WAIT + 1)
        found = self.waiting_times() if are_waits else self.chances()
        ax.vlines(waits, 0, found, color=plotting.CELL, linewidth=1.5, alpha=0.5)
        ax.plot(waits, found, "o", color=plotting.CELL, markersize=4, label="this clock")
        ax.vlines(self.wait, 0, found[self.wait - 1], color=plotting.TRUTH, linewidth=1.5)
        styles = zip(plotting.BASELINES, plotting.DASHES, strict=True)
        for (name, curve), (colour, dash) in zip(self._shown_fits(), styles, strict=False):
            values = np.array(curve) if are_waits else chances_of(curve)
            ax.plot(waits, values, color=colour, linestyle=dash, linewidth=1.3, label=name)
        if len(ax.lines) > 1:
            legend = ax.legend(handlelength=3)
            for text, line in zip(legend.get_texts(), ax.lines, strict=True):
                as_is(text, legible_name(str(line.get_label())))
        ax.set(xlabel="steps from a tick to the next" if are_waits else "steps since the last tick")
        ax.set(ylabel="probability", xlim=(0, LONGEST_WAIT + 1))
        # Chances stay as high as they are, and leave no room for the legend.
        most = max(found.max(), *(np.nanmax(line.get_ydata()) for line in ax.lines))
        ax.set_ylim(0, (1.05 if are_waits or len(ax.lines) == 1 else 1.7) * most or 0.1)
        plotting.finish(ax, SHOWN[self.shows].capitalize())

    def _preset(self) -> str | None:
        """Return the name of the clock that the figure is set to, if it has one."""
        for name, pair in PRESETS.items():
            if np.abs(np.subtract(pair, (self.alpha, self.coupling))).max() < _SAME:
                return name
        return None

    def _shown_fits(self) -> list[list[Any]]:
        """Return the classical models that are drawn, with their probabilities."""
        return list(self.fits.get(self._preset() or "", ())) if self.show_fits else []

    def _fits_in_words(self) -> list[str]:
        """Return what there is to say of the classical models."""
        names = [name for name, _ in self._shown_fits()]
        if names:
            return [f"Grey: classical models fitted to its ticks ({', '.join(names)})."]
        if self.fits and self._preset() not in self.fits:
            return [f"Classical models were fitted to the ticks of {listed(self.fits)} only."]
        return []

    def _read_out(self) -> str:
        """Return the probability at the wait as a sentence."""
        found = self.waiting_times() if self.shows == "waits" else self.chances()
        chance = f"{shown(100 * found[self.wait - 1], 1)} %"
        if self.shows == "waits":
            return f"{chance} of all waits are {in_steps(self.wait)} long."
        since = (
            "a tick has just come"
            if self.wait == 1
            else f"the last tick came {in_steps(self.wait - 1)} ago"
        )
        return f"If {since}, the next step is a tick with probability {chance}."


#: Expectations of I, X, Y and Z of a memory in |0>.
_EMPTY: Real = np.array([1.0, 0.0, 0.0, 1.0])
