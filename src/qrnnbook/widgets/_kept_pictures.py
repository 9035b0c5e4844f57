"""The still pictures of written and kept: inputs, ribbon and triangle, or a layer's own panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qrnnbook import plotting

if TYPE_CHECKING:
    from qrnnbook.widgets.written_kept import WrittenKept


def whole(figure: WrittenKept) -> Figure:
    """Return inputs, ribbon and triangle as one picture."""
    picture, (top, middle, bottom) = plt.subplots(
        3, 1, figsize=(6.4, 6.6), layout="constrained", height_ratios=[2, 2.4, 3]
    )
    draw_inputs(figure, top)
    draw_ribbon(figure, middle)
    draw_triangle(figure, bottom)
    return picture


def ribbon_above(figure: WrittenKept, panels: int) -> tuple[Figure, list[Axes]]:
    """Return the ribbon as a picture, and as many empty panels in a row below it."""
    picture = plt.figure(figsize=(6.4, 4.8), layout="constrained")
    grid = picture.add_gridspec(2, panels, height_ratios=[2, 3])
    draw_ribbon(figure, picture.add_subplot(grid[0, :]))
    return picture, [picture.add_subplot(grid[1, k]) for k in range(panels)]


def draw_inputs(figure: WrittenKept, ax: Axes) -> None:
    """Draw the inputs that have come in, and both values at the changed step."""
    here = min(figure.arrived, len(figure.values))
    ax.plot(range(1, here + 1), figure.values[:here], "o-", color=plotting.SYSTEM, linewidth=1)
    if here > figure.position:
        reads = [figure.values[figure.position], figure.twin]
        ax.plot([figure.position + 1] * 2, reads, "D:", color=plotting.SYSTEM, markersize=9)
    ax.set(ylabel="input", ylim=(-1.1, 1.1), xlim=(0.5, len(figure.values) + 0.5))
    ax.set_title("One old value is changed")


def draw_ribbon(figure: WrittenKept, ax: Axes) -> None:
    """Draw the ribbon, and outlines without noise and with nothing undone."""
    at, here = figure.position, min(figure.arrived, len(figure.values))
    ax.plot([1, min(at + 1, here)], [0, 0], color=plotting.MEMORY)
    if here > at:
        steps, apart = np.arange(at + 1, here + 1), figure.distances()[: here - at] / 2
        ax.fill_between(steps, -apart, apart, color=plotting.MEMORY)
        others = [("--", figure.distances(undone=0.0))] if figure.undone else []
        others += [("-", figure.distances(rate=0.0))] if figure.rate else []
        for dash, other in others:
            for side in (0.5, -0.5):
                edge = side * other[: here - at]
                ax.plot(steps, edge, dash, color=plotting.TRUTH, linewidth=1)
    ax.set(xlabel="step", ylabel="distance", ylim=(-0.52, 0.52))
    ax.set_xlim(0.5, len(figure.values) + 0.5)
    # The ribbon is centred on 0, so its edges lie at half the distance.
    ax.set_yticks([-0.5, 0, 0.5], ["1", "0", "1"])
    ax.set_title("Width: how far apart the two memories are")


def draw_triangle(figure: WrittenKept, ax: Axes) -> None:
    """Draw the step in the triangle of written, kept and lost."""
    parts = np.linspace(0, 1, 31)
    corners = [(0.0, 0.0), (1 / 3, 2 / 9), (2 / 3, 2 / 9), (1.0, 0.0)]
    # Partial SWAPs lose the least that a coupling can.
    least = [(c, 2 / 3 * c * (1 - c)) for c in parts[::-1]]
    ax.fill(*zip(*corners, *least, strict=True), color=plotting.ENTANGLEMENT, alpha=0.25)
    ax.plot([0.13, 0, 1, 0.87], [0.26, 0, 0, 0.26], color=plotting.TRUTH, linewidth=1)
    written, _, lost = np.array([figure.shares(undone=part) for part in parts]).T
    ax.plot(written + lost / 2, lost, ":", color=plotting.TRUTH, linewidth=1)
    written, _, lost = figure.shares()
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
