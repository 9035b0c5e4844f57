"""The layers of the figure of written and kept: what each adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qrnnbook import plotting
from qrnnbook.widgets._kept_pictures import ribbon_above, whole
from qrnnbook.widgets._numbers import kets, shown
from qrnnlib.physics.weyl import canonical_gate, is_perfect_entangler

if TYPE_CHECKING:
    from qrnnbook.widgets.written_kept import WrittenKept


#: How many steps after the change the description compares the memories again.
LATER = 6


@dataclass(frozen=True)
class Layer:
    """What a figure of written and kept has in addition, and how it is drawn without scripts.

    Attributes
    ----------
    script : str
        The figure's module with this layer.
    still : callable
        Returns its still picture.
    words : callable
        Returns what is said after the figure's own description.
    """

    script: str
    still: Callable[[WrittenKept], Figure]
    words: Callable[[WrittenKept], str] = lambda _: ""


def told_lag(figure: WrittenKept) -> int:
    """Return how many steps after the change the memories are compared again."""
    return min(LATER, min(figure.arrived, len(figure.values)) - 1 - figure.position)


def told(apart: NDArray[np.float64], lag: int) -> list[str]:
    """Return the distance right after the change and, if it is later, at the lag, as text."""
    return [shown(apart[k]) for k in sorted({0, lag})]


def _kept_rows(figure: WrittenKept) -> list[tuple[str, float]]:
    """Return the name and the probability of the row that each copy keeps."""
    kept = ((step.outcome or 0, step.probabilities) for step in figure.likely_steps())
    return [(kets(1)[outcome], float(probabilities[outcome])) for outcome, probabilities in kept]


def _table_words(figure: WrittenKept) -> str:
    if figure.arrived <= figure.position:
        return ""
    (row, p), (other, q) = _kept_rows(figure)
    return (
        f" If every step keeps the likelier outcome, step {figure.position + 1} keeps row "
        f"{row} of the joint state (probability {shown(p)}) in one copy and row "
        f"{other} ({shown(q)}) in the other; that row, scaled to length one, is the next "
        "memory."
    )


def _tables(figure: WrittenKept) -> Figure:
    picture, axes = ribbon_above(figure, 2)
    reads = (figure.values[figure.position], figure.twin)
    copies = zip(axes, ("One copy", "The other"), reads, _kept_rows(figure), strict=True)
    for (ax, who, value, (row, _)), step in zip(copies, figure.likely_steps(), strict=True):
        title = f"{who} reads {shown(value)},\nand keeps row {row}"
        plotting.state_table(
            step.measured, ax, system_qubits=1, outcome=step.outcome, key=False, title=title
        )
    return picture


def _map_words(figure: WrittenKept) -> str:
    step = figure.step_angles()
    written = ", ".join(shown(c / pi) for c in step)
    side = "among" if is_perfect_entangler(canonical_gate(*step)) else "outside"
    return (
        f" On the map of two-qubit gates the step is at ({written}) π, {side} the perfect "
        "entanglers."
    )


def _map(figure: WrittenKept) -> Figure:
    picture, (ax,) = ribbon_above(figure, 1)
    plotting.weyl_chamber({"this step": figure.step_angles()}, ax)
    return picture


def _noise_words(figure: WrittenKept) -> str:
    lag, without = told_lag(figure), ""
    if lag >= 0:
        apart = " and ".join(told(figure.distances(rate=0.0), lag))
        without = f"; without it the memories would be {apart} apart"
    return (
        " These are the shares of the gates without noise. Here each gate on two qubits is "
        f"followed by depolarizing noise of {shown(100 * figure.rate)} %{without}."
    )


LAYERS = {
    "": Layer("written_kept.js", whole),
    "table": Layer("written_kept_table.js", _tables, _table_words),
    "map": Layer("written_kept_map.js", _map, _map_words),
    "noise": Layer("written_kept_noise.js", whole, _noise_words),
}
