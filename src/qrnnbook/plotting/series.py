"""Plots of a time series and its forecasts."""

from collections.abc import Collection, Mapping
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from qrnnbook.plotting.style import (
    BASELINES,
    CELL,
    CELL_DASHES,
    CELL_MARKERS,
    DASHES,
    LONGEST_LABEL,
    TRUTH,
    as_is,
    cells_among,
    drawing,
    finish,
    ink,
    legible_name,
)
from qrnnlib import _checks
from qrnnlib.series import date_formats

#: Distance between two lines of text, in font sizes, at which labels do not touch.
_LINE_HEIGHT = 1.25

#: Distance of the labels from the ends of their lines, in points.
_LABEL_OFFSET = 20


def forecast(
    index: ArrayLike,
    truth: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    unit: str,
    title: str,
    ax: Axes | None = None,
    *,
    clean: ArrayLike | None = None,
    ours: Collection[str] | None = None,
    index_label: str = "",
    synthetic: bool = False,
    attribution: str = "",
) -> Axes:
    """Draw a series with the forecasts of several models, each labelled at its right end.

    The observed series is drawn in the text colour, measured cells in green (with different
    markers and dashes), baselines as grey dashes.

    Parameters
    ----------
    index : array_like of datetime64, date or float, shape (points,)
        When each value was observed.
    truth : array_like of float, shape (points,)
        The observed values, in `unit`.
    predictions : mapping of str to array_like of float, shape (points,)
        The forecast of each model for the same times, in `unit`.
    unit : str
        Unit of the values, written on the vertical axis.
    title : str
        The finding, written above the axes.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    clean : array_like of float, shape (points,), optional
        The series without its noise, if known.
    ours : collection of str, optional
        Names of the models that are measured cells; if not given, those that contain "quantum".
    index_label : str, default ""
        Label of the horizontal axis, for an index of numbers.
    synthetic : bool, default False
        Whether the values are synthetic; if so, the figure says SYNTHETIC.
    attribution : str, default ""
        Source of the data, in small print below.

    Returns
    -------
    Axes
        The axes drawn on; each series is a line whose label is its name.

    Raises
    ------
    TypeError
        If `index` is neither dates nor numbers, a series is not made of real numbers, or `ax` is
        not an Axes.
    ValueError
        If a series is not finite or differs in length from `index`, or if `ours` contains an
        unknown model.

    Examples
    --------
    >>> import numpy as np
    >>> days = np.arange("2024-10-01", "2024-10-05", dtype="datetime64[D]")
    >>> ax = forecast(
    ...     days, [9, 11, 8, 7], {"persistence": [10, 9, 11, 8]}, "°C", "Persistence lags a day"
    ... )
    >>> [line.get_label() for line in ax.get_lines()]
    ['observed', 'persistence']
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    _checks.instance("predictions", predictions, Mapping)
    times = _times(index)
    shape = times.shape
    observed = _checks.real_array("truth", truth, shape)
    forecasts = {
        name: _checks.real_array(f"predictions[{name!r}]", values, shape)
        for name, values in predictions.items()
    }
    cells = cells_among(forecasts, ours)

    with drawing(ax, (6.4, 4.0)) as ax:
        x: Any = times
        ax.plot(x, observed, color=TRUTH, linewidth=1.4, label="observed", zorder=5)
        if clean is not None:
            wave = _checks.real_array("clean", clean, shape)
            ax.plot(
                x, wave, color=TRUTH, linewidth=1.2, linestyle=(0, (1, 2)), label="clean", zorder=2
            )
        baselines = [name for name in forecasts if name not in cells]
        for k, name in enumerate(baselines):
            k %= len(DASHES)
            ax.plot(
                x,
                forecasts[name],
                color=BASELINES[k],
                linestyle=DASHES[k],
                linewidth=1.5,
                label=name,
            )
        for k, name in enumerate(cells):
            k %= len(CELL_MARKERS)
            ax.plot(
                x,
                forecasts[name],
                color=CELL,
                linestyle=CELL_DASHES[k],
                linewidth=2.2 if len(cells) == 1 else 1.8,
                marker=CELL_MARKERS[k],
                markevery=max(1, times.size // 12),
                label=name,
                zorder=4,
            )
        if np.issubdtype(times.dtype, np.datetime64):
            dates: Any = mdates  # its classes carry no types
            locator = dates.AutoDateLocator(minticks=3, maxticks=6)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        as_is(ax.xaxis.label, index_label, LONGEST_LABEL)
        as_is(ax.yaxis.label, unit, LONGEST_LABEL)
        ax.margins(x=0.01)
        if synthetic:
            # Leave room above the curves for the word SYNTHETIC.
            low, high = ax.get_ylim()
            ax.set_ylim(low, high + 0.14 * (high - low))
        finish(ax, title, synthetic=synthetic, small_print=[attribution])
        _label_right_ends(ax)
    return ax


def _label_right_ends(ax: Axes) -> None:
    """Write each line's name next to its last point, shifted where names would touch.

    The short connector from line to name repeats the line's dashes, as a legend would.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    # Positions in points are known only after layout; drawing also fixes the axis limits.
    figure.draw_without_rendering()
    ax.set(xlim=ax.get_xlim(), ylim=ax.get_ylim())
    lines = ax.get_lines()
    ends = np.array([np.asarray(line.get_xydata())[-1] for line in lines])
    heights = (ax.transData.transform(ends)[:, 1] - ax.bbox.y0) * 72 / figure.dpi
    font = float(mpl.rcParams["font.size"]) * 0.92
    places = _apart(heights, _LINE_HEIGHT * font, ax.bbox.height * 72 / figure.dpi)
    for line, end, height, place in zip(lines, ends, heights, places, strict=True):
        colour = ink(str(line.get_color()))
        name = ax.annotate(
            "",
            xy=(end[0], end[1]),
            xytext=(_LABEL_OFFSET, place - height),
            textcoords="offset points",
            va="center",
            fontsize=font,
            color=colour,
            weight="bold" if line.get_color() == CELL else "normal",
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": line.get_color(),
                "linewidth": line.get_linewidth(),
                "linestyle": line.get_linestyle(),
                "shrinkA": 0,
                "shrinkB": 3,
                "relpos": (0, 0.5),
            },
        )
        as_is(name, legible_name(str(line.get_label())))


def _apart(heights: NDArray[np.float64], gap: float, top: float) -> NDArray[np.float64]:
    """Return the least-squares closest heights that are at least `gap` apart."""
    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    # Sorted heights are `gap` apart exactly if heights - steps never decreases, so isotonic
    # regression solves the least-squares problem.
    fitted = isotonic_regression(heights[order] - steps).x
    fitted = np.clip(fitted, 0, max(0.0, top - steps[-1]))
    result = np.empty_like(heights)
    result[order] = fitted + steps
    return result


def _times(index: ArrayLike) -> NDArray[Any]:
    """Return the index as a vector of dates or of numbers."""
    read = date_formats.of("index", index)
    if read is None:
        times = _checks.as_array("index", index)
        if times.dtype == object:
            raise TypeError(f"index must be dates or numbers, got {index!r:.60}")
        times = _checks.real_array("index", times)
    else:
        times, _ = read
        if np.any(np.isnat(times)):
            raise ValueError("index must have no missing dates, got NaT")
    if times.ndim != 1 or times.size == 0:
        raise ValueError(f"index must have shape (points,), got {times.shape}")
    return times
