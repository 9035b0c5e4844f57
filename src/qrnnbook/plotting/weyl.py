"""Plot of the Weyl chamber: all two-qubit gates, up to local unitaries."""

from collections.abc import Mapping
from math import cos, pi, radians, sin
from typing import Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike, NDArray

from qrnnbook.plotting.style import (
    BASELINES,
    CELL,
    ENTANGLEMENT,
    TRUTH,
    as_is,
    drawing,
    finish,
    ink,
    legible_name,
)
from qrnnlib import _checks
from qrnnlib.physics.weyl import NAMED_POINTS

# A fixed projection onto 2D axes, instead of Matplotlib's 3D axes: the figure fits into any grid of
# axes, labels can be kept apart, and which edges lie in front is known.
_ELEVATION, _AZIMUTH = radians(19), radians(-59)

#: Projection matrix: from coordinates in units of pi to the plane of the figure.
VIEW = np.array(
    [
        [-sin(_AZIMUTH), cos(_AZIMUTH), 0],
        [-sin(_ELEVATION) * cos(_AZIMUTH), -sin(_ELEVATION) * sin(_AZIMUTH), cos(_ELEVATION)],
    ]
)

#: Axis limits, with room for the labels.
_WIDTH, _HEIGHT = (-0.22, 1.31), (-0.31, 0.62)

_Point: TypeAlias = tuple[float, float, float]
_Edges: TypeAlias = tuple[tuple[_Point, _Point], ...]

# Points in units of pi: the corners of the chamber and of the perfect entanglers.
_IDENTITY, _AGAIN, _ISWAP, _SWAP = (0, 0, 0), (1, 0, 0), (1 / 2, 1 / 2, 0), (1 / 2, 1 / 2, 1 / 2)
_CNOT, _LEFT, _RIGHT = (1 / 2, 0, 0), (1 / 4, 1 / 4, 0), (3 / 4, 1 / 4, 0)
_UPPER_LEFT, _UPPER_RIGHT = (1 / 4, 1 / 4, 1 / 4), (3 / 4, 1 / 4, 1 / 4)

#: Edges of the chamber, in front and behind.
EDGES: _Edges = ((_IDENTITY, _AGAIN), (_AGAIN, _SWAP), (_SWAP, _IDENTITY))
HIDDEN_EDGES: _Edges = ((_ISWAP, _IDENTITY), (_ISWAP, _AGAIN), (_ISWAP, _SWAP))

#: Faces of the polyhedron of perfect entanglers; only the last one is fully in view.
PERFECT_FACES = (
    (_CNOT, _RIGHT, _ISWAP, _LEFT),
    (_ISWAP, _UPPER_LEFT, _UPPER_RIGHT),
    (_ISWAP, _LEFT, _UPPER_LEFT),
    (_ISWAP, _RIGHT, _UPPER_RIGHT),
    (_CNOT, _LEFT, _UPPER_LEFT),
    (_CNOT, _RIGHT, _UPPER_RIGHT),
    (_CNOT, _UPPER_LEFT, _UPPER_RIGHT),
)

#: Position of a label relative to its point: offset in typographic points, and alignment.
_Beside: TypeAlias = tuple[float, float, Literal["left", "center", "right"]]

#: Label positions of the named gates.
BESIDE: dict[str, _Beside] = {
    "identity": (-9, -1, "right"),
    "CNOT": (0, -17, "center"),
    "iSWAP": (8, 5, "left"),
    "SWAP": (0, 9, "center"),
    "B": (8, -5, "left"),
    "sqrt(iSWAP)": (-7, 6, "right"),
    "sqrt(SWAP)": (9, 2, "left"),
    "sqrt(SWAP)^-1": (-9, 3, "right"),
}

#: Candidate label positions for the caller's points, the preferred one first.
_PLACES: tuple[_Beside, ...] = (
    (9, -4, "left"),
    (-9, -4, "right"),
    (0, 9, "center"),
    (0, -18, "center"),
    (7, 7, "left"),
    (7, -16, "left"),
    (-7, 7, "right"),
    (-7, -16, "right"),
)

#: A point outside the chamber by no more than this, in radians, counts as on its face.
_ROUNDED = 1e-6


def weyl_chamber(
    points: ArrayLike | Mapping[str, ArrayLike] | None = None,
    ax: Axes | None = None,
    *,
    title: str = "",
    perfect_entanglers: bool = True,
) -> Axes:
    r"""Draw the Weyl chamber with the named gates, and gates of your own in it.

    Every two-qubit gate is a point of the tetrahedron; gates that differ by local unitaries share
    one. The orange polyhedron holds the *perfect entanglers*, which create one ebit from a product
    state. On the base, where :math:`c_3 = 0`, the left and right halves are the same gates.

    Parameters
    ----------
    points : array_like of float, shape (n, 3), or mapping of str to shape (3,), optional
        Canonical coordinates in radians, as `qrnnlib.canonical_coordinates` returns them; none if
        not given. The points of a mapping are labelled with their keys.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    title : str, default ""
        The finding, written above the axes.
    perfect_entanglers : bool, default True
        Whether to draw the polyhedron of perfect entanglers.

    Returns
    -------
    Axes
        The axes drawn on. The marker of a named gate has the gid ``gate-`` and its name, the
        markers of `points` the gid ``points``, and each face of the perfect entanglers a gid that
        begins with ``perfect-``.

    Raises
    ------
    TypeError
        If `points` is not an array of numbers, or `ax` not an Axes.
    ValueError
        If `points` has another shape, is not finite or lies outside the chamber.

    Examples
    --------
    >>> from qutip import gates
    >>> from qrnnlib import canonical_coordinates
    >>> ax = weyl_chamber({"CS": canonical_coordinates(gates.cs_gate())}, title="Half a CNOT")
    >>> "CS" in [text.get_text() for text in ax.texts]
    True
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    places, names = _checked(points)
    with drawing(ax, (6.4, 4.6)) as ax:
        if perfect_entanglers:
            for k, face in enumerate(PERFECT_FACES):
                front = k == len(PERFECT_FACES) - 1
                shape = Polygon(_seen(face), facecolor=ENTANGLEMENT, alpha=0.3 if front else 0.12)
                shape.set(edgecolor=ENTANGLEMENT, linewidth=1.2, gid=f"perfect-{k}", zorder=1)
                ax.add_patch(shape)
        for ends in EDGES:
            ax.plot(*_seen(ends).T, color=BASELINES[1], linewidth=1.4, zorder=3)
        for ends in HIDDEN_EDGES:
            hidden = _seen(ends).T
            ax.plot(*hidden, color=BASELINES[1], linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
        halves = ["0", "π/2", "π"]
        _draw_ruler(ax, "$c_1$", (0, -0.27, 0), (1, -0.27, 0), halves, (-3, -16, "center"))
        _draw_ruler(ax, "$c_2$", (1.16, 0, 0), (1.16, 0.5, 0), halves[:2], (7, -14, "left"))
        _draw_ruler(ax, "$c_3$", (1.16, 0.5, 0), (1.16, 0.5, 0.5), halves[:2], (8, 2, "left"))
        for name, point in NAMED_POINTS.items():
            (place,) = _seen([point]) / pi
            (mark,) = ax.plot(*place, marker="o", markersize=6, color=TRUTH, zorder=5)
            mark.set_gid(f"gate-{name}")
            _write(ax, place, spelled(name), BESIDE[name], TRUTH)
        if len(places):
            (marks,) = ax.plot(*_seen(places).T, "D", color=CELL, gid="points")
            # Unnamed points may be many: draw them small, below the labels.
            marks.set(markersize=7 if names else 3.5, zorder=6 if names else 4)
            marks.set(markeredgecolor="white", markeredgewidth=0.6 if names else 0.3)
        again = _seen([_AGAIN])[0]
        ax.plot(*again, marker="o", markersize=6, color=TRUTH, markerfacecolor="white", zorder=5)
        _write(ax, again, "identity", (0, -18, "center"), TRUTH)
        ax.set(xticks=[], yticks=[], aspect="equal", xlim=_WIDTH, ylim=_HEIGHT)
        ax.spines[:].set_visible(False)
        note = "Shaded: the perfect entanglers, which make 1 ebit from nothing."
        finish(ax, title, small_print=[note] if perfect_entanglers else [])
        for name, place in zip(names, _seen(places), strict=False):
            _write_apart(ax, place, name, ink(CELL))
    return ax


def _checked(
    points: ArrayLike | Mapping[str, ArrayLike] | None,
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the points in units of pi, and their names, if any."""
    if points is None:
        return np.empty((0, 3)), []
    if isinstance(points, Mapping):
        named = {k: _checks.real_array(f"points[{k!r}]", p, (3,)) for k, p in points.items()}
        names, places = list(map(str, named)), np.array(list(named.values())).reshape(-1, 3)
    else:
        names, places = [], _checks.real_array("points", points, (None, 3))
    for c1, c2, c3 in places:
        if max(-c3, c3 - c2, c2 - c1, c1 + c2 - pi) > _ROUNDED:
            raise ValueError(
                "points must lie in the chamber, with 0 <= c3 <= c2 <= min(c1, pi - c1) in "
                f"radians, got ({c1:g}, {c2:g}, {c3:g})"
            )
    return places / pi, names


def _seen(points: ArrayLike) -> NDArray[np.float64]:
    """Return points of the chamber projected onto the figure, one per row."""
    seen: NDArray[np.float64] = np.asarray(points, dtype=np.float64) @ VIEW.T
    return seen


def _draw_ruler(
    ax: Axes, name: str, start: _Point, end: _Point, ticks: list[str], beside: _Beside
) -> None:
    """Draw the ruler of a coordinate, a little away from the chamber."""
    along = _seen(np.linspace(start, end, len(ticks)))
    ax.plot(*along.T, color="#8A8A8A", linewidth=0.8, marker="o", markersize=3)
    for place, tick in zip(along, ticks, strict=True):
        _write(ax, place, tick, beside, BASELINES[1])
    _write(ax, (along[-2] + along[-1]) / 2, name, beside, TRUTH)


def _write(
    ax: Axes, place: NDArray[np.float64], text: str, beside: _Beside, colour: str
) -> Annotation:
    """Write `text` next to a point, with a white outline that separates it from lines behind."""
    dx, dy, side = beside
    x, y = place
    written = ax.annotate(text, (x, y), xytext=(dx, dy), textcoords="offset points", ha=side)
    written.set(color=colour, zorder=7)
    written.set_path_effects([withStroke(linewidth=3, foreground="white", alpha=0.7)])
    return written


def _write_apart(ax: Axes, place: NDArray[np.float64], text: str, colour: str) -> None:
    """Write `text` next to a point, where it overlaps the fewest other texts and markers."""
    taken = [other.get_window_extent() for other in ax.texts if other.get_text()]
    for line in ax.get_lines():
        if line.get_gid():
            for x, y in ax.transData.transform(line.get_xydata()):
                taken.append(Bbox.from_extents(x - 8, y - 8, x + 8, y + 8))
    tries = [_write(ax, place, "", beside, colour) for beside in _PLACES]
    for one in tries:
        as_is(one, legible_name(text))
    best = min(tries, key=lambda t: t.get_window_extent().count_overlaps(taken))
    for other in tries:
        if other is not best:
            other.remove()


def spelled(name: str) -> str:
    """Return a gate's name with a root sign and a superscript exponent."""
    return name.replace("sqrt(", "√").replace(")", "").replace("^-1", "⁻¹")
