"""Plots of quantum states: the state table, and entanglement along the stages of a step."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike
from qutip import Qobj

from qrnnbook.plotting.style import (
    BASELINES,
    ENTANGLEMENT,
    MEMORY,
    SYSTEM,
    TRUTH,
    as_is,
    drawing,
    finish,
    ink,
    legible,
)
from qrnnlib import _checks

#: Radius of the disc for probability 1, in table cells.
FULL_RADIUS = 0.44

#: How far the hand that shows the phase reaches beyond its disc, in table cells.
_HAND_OVERHANG = 0.05

#: The shortest hand, in table cells, so that the phase of a small disc stays visible.
_SHORTEST_HAND = 0.14

#: Amplitudes of lower probability get no hand: their phase is rounding error.
_NO_PHASE_BELOW = 1e-12

_DISC = "#C3CAD1"


def state_table(
    state: Qobj,
    ax: Axes | None = None,
    *,
    system_qubits: int | None = None,
    title: str = "",
    row_probabilities: bool = False,
    outcome: int | None = None,
    key: bool = True,
) -> Axes:
    r"""Draw the joint state of system and memory as its matrix of amplitudes.

    Rows are basis states of the system, columns those of the memory. In each cell the *area* of
    the disc is the probability :math:`|\psi_{ij}|^2`, and the hand shows the phase: 0 to the
    right, :math:`\pi/2` up. A product state has proportional rows; measuring the system selects a
    row.

    Parameters
    ----------
    state : Qobj
        A normalised ket of two or more subsystems, the system first. For a density matrix the
        discs show the diagonal, without hands, and a note says that coherences are not shown.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    system_qubits : int, optional
        Number of leading subsystems (qubits, in the book) that form the system; if not given,
        half of them, rounded down.
    title : str, default ""
        The finding, written above the axes.
    row_probabilities : bool, default False
        Whether to show each row's sum, the probability of that outcome, to the right.
    outcome : int, optional
        Index of the row to highlight as the measured outcome; none if not given.
    key : bool, default True
        Whether to explain discs and hands below the table.

    Returns
    -------
    Axes
        The axes drawn on. The disc of row i and column j has the gid ``disc-i-j``, its hand
        ``hand-i-j``, the bar of row i ``row-i``.

    Raises
    ------
    TypeError
        If `state` is not a Qobj, `system_qubits` or `outcome` not an integer, or `ax` not an Axes.
    ValueError
        If `state` is not a normalised state of two or more subsystems, `system_qubits` leaves
        system or memory empty, or there is no row `outcome`.

    Examples
    --------
    >>> from qutip import bell_state
    >>> ax = state_table(bell_state("00"), row_probabilities=True, title="Both or neither")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['|0⟩', '|1⟩']
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    state = _checks.state("state", state, subsystems=2)
    dims = state.dims[0]
    if system_qubits is None:
        system_qubits = len(dims) // 2
    cut = _checks.cut("system_qubits", system_qubits, len(dims))
    rows, columns = math.prod(dims[:cut]), math.prod(dims[cut:])
    if outcome is not None:
        outcome = _checks.integer("outcome", outcome, minimum=0)
        if outcome >= rows:
            raise ValueError(f"outcome must be one of the rows 0..{rows - 1}, got {outcome}")

    amplitudes = state.full().reshape(rows, columns) if state.isket else None
    diagonal = np.abs(state.full().ravel()) ** 2 if state.isket else state.diag().real
    probabilities = np.maximum(diagonal.reshape(rows, columns), 0.0)
    extra = 1.7 if row_probabilities else 0.0
    cell = min(1.0, 5.3 / (columns + extra))
    size = (max(4.4, 1.1 + cell * (columns + extra)), 1.3 + 0.3 * bool(key) + cell * rows)

    with drawing(ax, size) as ax:
        _draw_grid(ax, dims[:cut], dims[cut:], extra)
        for i, j in itertools.product(range(rows), range(columns)):
            faint = outcome is not None and i != outcome
            radius = FULL_RADIUS * math.sqrt(probabilities[i, j])
            disc = Circle((j, i), radius, facecolor=_DISC, edgecolor=BASELINES[0], linewidth=1)
            disc.set(gid=f"disc-{i}-{j}", alpha=0.4 if faint else 1.0)
            ax.add_patch(disc)
            if amplitudes is None or probabilities[i, j] < _NO_PHASE_BELOW:
                continue
            length = max(radius + _HAND_OVERHANG, _SHORTEST_HAND)
            direction = amplitudes[i, j] / abs(amplitudes[i, j])
            # The y axis points down, so +i, drawn upwards, is towards smaller y.
            tip = j + length * direction.real, i - length * direction.imag
            (hand,) = ax.plot((j, tip[0]), (i, tip[1]), color=TRUTH, linewidth=2)
            hand.set(gid=f"hand-{i}-{j}", alpha=0.3 if faint else 1.0)
        if row_probabilities:
            _draw_row_sums(ax, probabilities.sum(axis=1), columns, outcome)
        if outcome is not None:
            band = Rectangle((-0.5, outcome - 0.5), columns, 1, color=SYSTEM, alpha=0.16, zorder=0)
            band.set(gid="outcome", linewidth=0)
            ax.add_patch(band)
            ax.get_yticklabels()[outcome].set_fontweight("bold")
        notes = []
        if key:
            notes.append(
                "Disc area: probability." + (" Hand: phase, → 0, ↑ π/2." if state.isket else "")
            )
        if not state.isket:
            notes.append("Diagonal of a density matrix: coherences are not shown.")
        finish(ax, title, small_print=notes)
    return ax


def entropy_curve(
    stages: Sequence[str],
    values: ArrayLike,
    ax: Axes | None = None,
    *,
    title: str = "",
    most: float | None = None,
) -> Axes:
    """Draw the entanglement between system and memory along the stages of a step.

    Parameters
    ----------
    stages : sequence of str
        Name of each stage, in order.
    values : array_like of float, shape (stages,)
        The entropy of entanglement after each stage, in ebits.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    title : str, default ""
        The finding, written above the axes.
    most : float, optional
        The largest entanglement that the registers allow, in ebits, drawn as a line; no line if
        not given.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        If `stages` is not a sequence of str, `values` not an array of numbers, or `ax` not an
        Axes.
    ValueError
        If `values` does not have one value per stage, or if a value is negative, not finite or
        more than `most`.

    Examples
    --------
    >>> ax = entropy_curve(["encode", "entangle", "disentangle"], [0.0, 0.8, 0.1], most=1)
    >>> ax.get_ylabel()
    'entanglement (ebits)'
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    if isinstance(stages, str) or not all(isinstance(stage, str) for stage in stages):
        raise TypeError(f"stages must be a sequence of texts, got {stages!r}")
    heights = _checks.real_array("values", values, (len(stages),))
    if heights.size == 0:
        raise ValueError("stages must have at least one stage, got none")
    if heights.min() < 0:
        raise ValueError(f"values must not be negative, got {heights.min():g}")
    if most is not None:
        most = _checks.number("most", most, above=0.0)
        if heights.max() > most + _checks.UNITARY_TOLERANCE:
            raise ValueError(f"values must not exceed most = {most:g}, got {heights.max():g}")

    with drawing(ax, (6.4, 3.4)) as ax:
        places = np.arange(heights.size)
        (curve,) = ax.plot(places, heights, color=ENTANGLEMENT, marker="o")
        curve.set(markersize=9, linewidth=2.6, clip_on=False)
        for place, height in zip(places, heights, strict=True):
            # Keep the number off the curve: to the left before a rise, to the right after a fall.
            rises = place + 1 < heights.size and heights[place + 1] > height
            fell = place > 0 and heights[place - 1] > height
            side = int(fell) - int(rises)
            ax.annotate(
                f"{height:.2f}",
                (place, height),
                xytext=(4 * side, 9),
                textcoords="offset points",
                ha={-1: "right", 0: "center", 1: "left"}[side],
                color=ink(ENTANGLEMENT),
                weight="bold",
            )
        if most is not None:
            ax.axhline(most, color=BASELINES[0], linewidth=1, linestyle=(0, (5, 3)), zorder=0)
            ax.annotate(
                "most possible",
                (1, most),
                xycoords=("axes fraction", "data"),
                xytext=(0, -4),
                textcoords="offset points",
                ha="right",
                va="top",
                color=BASELINES[0],
            )
        names = [legible(stage.replace(" ", "\n", 1)) for stage in stages]
        ax.set_xticks(places, names)
        for label, name in zip(ax.get_xticklabels(), names, strict=True):
            as_is(label, name)
        ax.set_xlim(-0.6, heights.size - 0.4)
        ax.set_ylim(0, 1.22 * max(1.0, heights.max(), most or 0.0))
        ax.set_ylabel("entanglement (ebits)")
        finish(ax, title)
    return ax


def _draw_grid(ax: Axes, system: list[int], memory: list[int], extra: float) -> None:
    """Draw the empty table: thin rules, and labels of rows and columns."""
    rows, columns = math.prod(system), math.prod(memory)
    for y in range(rows + 1):
        ax.plot((-0.5, columns - 0.5), (y - 0.5, y - 0.5), color="#E3E3E3", linewidth=1, zorder=0)
    for x in range(columns + 1):
        ax.plot((x - 0.5, x - 0.5), (-0.5, rows - 0.5), color="#E3E3E3", linewidth=1, zorder=0)
    ax.set(xlim=(-0.55, columns - 0.45 + extra), ylim=(rows - 0.45, -0.55), aspect="equal")
    ax.set_anchor("W")
    ax.spines[:].set_visible(False)
    ax.xaxis.set_ticks_position("top")
    ax.xaxis.set_label_position("top")
    ax.set_xticks(range(columns), _kets(memory))
    ax.set_yticks(range(rows), _kets(system))
    ax.tick_params(axis="x", length=0, labelcolor=ink(MEMORY))
    ax.tick_params(axis="y", length=0, labelcolor=ink(SYSTEM))
    middle = ((columns - 1) / 2 + 0.55) / (columns + 0.1 + extra)
    ax.set_xlabel("memory", color=ink(MEMORY), x=middle, weight="bold")
    ax.set_ylabel("system", color=ink(SYSTEM), weight="bold")


def _draw_row_sums(
    ax: Axes, sums: Sequence[float] | ArrayLike, columns: int, outcome: int | None
) -> None:
    """Draw each outcome's probability as a bar to the right of its row."""
    for i, total in enumerate(np.asarray(sums)):
        bar = Rectangle((columns - 0.3, i - 0.16), total, 0.32, color=SYSTEM, linewidth=0)
        bar.set(gid=f"row-{i}", alpha=0.4 if outcome not in (None, i) else 1.0)
        ax.add_patch(bar)
        ax.annotate(
            f"{total:.2f}",
            (columns - 0.3 + total, i),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=ink(SYSTEM),
            weight="bold" if i == outcome else "normal",
        )
    ax.annotate(
        "probability",
        (columns - 0.3, -0.5),
        xytext=(0, 4),
        textcoords="offset points",
        color=ink(SYSTEM),
    )


def _kets(dims: list[int]) -> list[str]:
    """Return labels of the basis states, such as |01⟩."""
    between = "" if max(dims) <= 10 else ","
    digits = itertools.product(*(range(d) for d in dims))
    return [f"|{between.join(str(k) for k in state)}⟩" for state in digits]
