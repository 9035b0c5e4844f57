"""Plots of model errors, of differences between models, and of training losses."""

from collections.abc import Collection, Mapping, Sequence, Sized

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import ArrayLike

from qrnnbook.plotting.style import (
    BASELINES,
    CELL,
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


def errors(
    scores: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    measure: str = "test error",
    unit: str = "",
    title: str = "",
    ours: Collection[str] | None = None,
    interval: str = "",
    synthetic: bool = False,
    attribution: str = "",
) -> Axes:
    """Draw each model's error as a dot on an axis that starts at 0, the best model on top.

    Parameters
    ----------
    scores : mapping of str to float or (float, float, float)
        Each model's error in `unit`, alone or with the ends of its interval:
        ``(error, low, high)``.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    measure : str, default "test error"
        The quantity shown, for the axis label.
    unit : str, default ""
        Its unit, for the axis label.
    title : str, default ""
        The finding, written above the axes.
    ours : collection of str, optional
        Names of the models that are measured cells; if not given, those that contain "quantum".
    interval : str, default ""
        What the intervals are, in small print below.
    synthetic : bool, default False
        Whether the data are synthetic; if so, the figure says SYNTHETIC.
    attribution : str, default ""
        Source of the data, in small print below.

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        If a score is not made of real numbers, or `ax` is not an Axes.
    ValueError
        If there are no scores, if one is negative, not finite or outside its own interval, or if
        `ours` contains an unknown model.

    Examples
    --------
    >>> ax = errors({"persistence": 3.86, "quantum RNN": (3.7, 3.6, 3.9)}, unit="°C")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['quantum RNN', 'persistence']
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    _checks.instance("scores", scores, Mapping)
    if not scores:
        raise ValueError("scores must have at least one model, got none")
    triples = {}
    for name, score in scores.items():
        alone = np.ndim(score) == 0
        values = _checks.real_array(f"scores[{name!r}]", score, () if alone else (3,))
        value, low, high = [float(values)] * 3 if alone else map(float, values)
        if not 0 <= low <= value <= high:
            raise ValueError(
                f"scores[{name!r}] must be an error of at least 0, or (error, low, high) with "
                f"low <= error <= high, got {(value, low, high)}"
            )
        triples[name] = value, low, high
    cells = cells_among(triples, ours)
    names = sorted(triples, key=lambda name: triples[name][0])

    with drawing(ax, _size(names)) as ax:
        for place, name in enumerate(names):
            _row(ax, place, name, triples[name], _three_digits(triples[name][0]), name in cells)
        _name_rows(ax, names, cells)
        ax.set_ylim(len(names) - 0.4, -0.6 - 0.7 * bool(synthetic))
        ax.set_xlim(0, 1.18 * max(high for _, _, high in triples.values()) or 1.0)
        as_is(ax.xaxis.label, f"{measure} ({unit})" if unit else measure, LONGEST_LABEL)
        finish(ax, title, synthetic=synthetic, small_print=[interval, attribution])
    return ax


def differences(
    found: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    measure: str = "difference",
    unit: str = "",
    zero: str = "",
    title: str = "",
    ours: Collection[str] | None = None,
    interval: str = "",
    synthetic: bool = False,
    attribution: str = "",
) -> Axes:
    """Draw differences as dots with intervals, next to a line at zero, in the order given.

    Parameters
    ----------
    found : mapping of str to (float, float, float)
        Name of each comparison -> the difference and the ends of its interval, in `unit`.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    measure : str, default "difference"
        The quantity shown, for the axis label.
    unit : str, default ""
        Its unit, for the axis label.
    zero : str, default ""
        What a difference of zero means, written at the line.
    title, interval, attribution : str, default ""
        Title and small print, as in `errors`.
    synthetic : bool, default False
        Whether the data are synthetic, as in `errors`.
    ours : collection of str, optional
        Names of the rows that are measured cells; if not given, those that contain "quantum".

    Returns
    -------
    Axes
        The axes drawn on.

    Raises
    ------
    TypeError
        If a difference is not made of real numbers, or `ax` is not an Axes.
    ValueError
        If there are no differences, if one is not finite or outside its own interval, or if
        `ours` contains an unknown row.

    Examples
    --------
    >>> ax = differences({"ridge": (-4.0, -6.0, -2.0)}, unit="%", zero="as persistence")
    >>> [text.get_text() for text in ax.texts][:2]
    ['as persistence', '−4.0']
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    _checks.instance("found", found, Mapping)
    if not found:
        raise ValueError("found must have at least one difference, got none")
    triples = {}
    for name, triple in found.items():
        value, low, high = map(float, _checks.real_array(f"found[{name!r}]", triple, (3,)))
        if not low <= value <= high:
            raise ValueError(
                f"found[{name!r}] must be (difference, low, high) with low <= difference <= high, "
                f"got {(value, low, high)}"
            )
        triples[name] = value, low, high
    cells = cells_among(triples, ours)
    names = list(triples)

    with drawing(ax, _size(names)) as ax:
        ax.axvline(0, color=TRUTH, linewidth=1)
        said = ax.annotate("", (0, -0.62), xytext=(4, 0), textcoords="offset points")
        said.set(va="center", fontsize="small")
        as_is(said, legible_name(zero))
        for place, name in enumerate(names):
            _row(ax, place, name, triples[name], _signed(triples[name][0]), name in cells)
        _name_rows(ax, names, cells)
        ax.set_ylim(len(names) - 0.4, -0.9 - 0.7 * bool(synthetic))
        low = min(0.0, *(low for _, low, _ in triples.values()))
        high = max(0.0, *(high for _, _, high in triples.values()))
        room = (high - low) or 1.0
        ax.set_xlim(low - 0.05 * room, high + 0.2 * room)
        as_is(ax.xaxis.label, f"{measure} ({unit})" if unit else measure, LONGEST_LABEL)
        finish(ax, title, synthetic=synthetic, small_print=[interval, attribution])
    return ax


def loss_curve(
    history: ArrayLike,
    ax: Axes | None = None,
    *,
    chosen: int | None = None,
    measure: str = "training loss",
    title: str = "",
) -> Axes:
    """Draw the training loss by epoch on a log axis: restarts thin, the chosen one bold.

    Parameters
    ----------
    history : array_like of float, shape (restarts, epochs) or (epochs,)
        The loss after each epoch: ``history.loss[1:].T`` of a `qrnnlib.History`. The row of a
        restart that stopped early ends in NaN.
    ax : Axes, optional
        Axes to draw on; a new figure in the book's style if not given.
    chosen : int, optional
        Index of the restart that was kept; if not given, the one with the lowest last loss.
    measure : str, default "training loss"
        The label of the vertical axis, with a unit if the loss has one.
    title : str, default ""
        The finding, written above the axes.

    Returns
    -------
    Axes
        The axes drawn on; the chosen restart's line is labelled ``chosen``.

    Raises
    ------
    TypeError
        If `history` is not an array of numbers, `chosen` not an integer, or `ax` not an Axes.
    ValueError
        If `history` has another shape, if a loss is infinite or not above 0, if NaN stands
        anywhere but at the end of a restart, or if there is no restart `chosen`.

    Examples
    --------
    >>> ax = loss_curve([[0.5, 0.2, 0.1], [0.6, 0.5, 0.4]])
    >>> [line.get_label() for line in ax.get_lines()]
    ['restart 1', 'chosen']
    >>> import matplotlib.pyplot as plt
    >>> plt.close(ax.figure)
    """
    losses = np.atleast_2d(_checks.as_array("history", history))
    stopped = np.isnan(losses) if losses.dtype.kind == "f" else np.full(losses.shape, False)
    if stopped.any():
        # A placeholder for NaN, which passes the checks below; only real losses are drawn.
        losses = np.where(stopped, 1.0, losses)
    losses = _checks.real_array("history", losses, (None, None))
    if losses.size == 0 or stopped[:, 0].any() or np.any(stopped[:, :-1] & ~stopped[:, 1:]):
        raise ValueError("history must have a loss for each epoch, with NaN only after the last")
    if losses.min() <= 0:
        raise ValueError(f"history must be above 0 for a log axis, got {losses.min():g}")
    lengths = (~stopped).sum(axis=1)
    if chosen is None:
        chosen = int(np.argmin(losses[np.arange(len(losses)), lengths - 1]))
    chosen = _checks.integer("chosen", chosen, minimum=0)
    if chosen >= len(losses):
        raise ValueError(f"chosen must be one of the restarts 0..{len(losses) - 1}, got {chosen}")

    with drawing(ax, (6.4, 4.2)) as ax:
        # Draw the chosen restart last, so that it lies on top.
        for k in sorted(range(len(losses)), key=lambda k: k == chosen):
            ax.plot(
                np.arange(1, lengths[k] + 1),
                losses[k, : lengths[k]],
                color=CELL,
                linewidth=2.8 if k == chosen else 0.9,
                alpha=1.0 if k == chosen else 0.5,
                marker="o" if lengths[k] == 1 else "",
                label="chosen" if k == chosen else f"restart {k}",
            )
        last = losses[chosen, lengths[chosen] - 1]
        ax.annotate(
            _three_digits(last) if len(losses) == 1 else f"chosen\n{_three_digits(last)}",
            (lengths[chosen], last),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=ink(CELL),
            weight="bold",
            annotation_clip=False,
        )
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.set_xlabel("epoch")
        as_is(ax.yaxis.label, measure, LONGEST_LABEL)
        note = f"Thin: the other restarts ({len(losses) - 1})." if len(losses) > 1 else ""
        finish(ax, title, small_print=[note])
    return ax


def _size(names: Sized) -> tuple[float, float]:
    return 6.4, 1.5 + 0.42 * len(names)


def _row(
    ax: Axes, place: int, name: str, triple: tuple[float, float, float], said: str, ours: bool
) -> None:
    """Draw one dot with its interval, and the text `said` at the interval's upper end."""
    value, low, high = triple
    colour = CELL if ours else BASELINES[0]
    ax.plot((low, high), (place, place), color=colour, linewidth=2.4, alpha=0.6)
    # Filled discs for cells, open squares for the rest: colour alone would not be accessible.
    marker, face = ("o", colour) if ours else ("s", "white")
    ax.plot(
        value,
        place,
        marker=marker,
        color=colour,
        markerfacecolor=face,
        markersize=9,
        markeredgewidth=2,
        label=name,
    )
    ax.annotate(
        said,
        (high, place),
        xytext=(9, 0),
        textcoords="offset points",
        va="center",
        color=ink(colour),
        weight="bold" if ours else "normal",
        # A white box, because the line at zero may run behind the text.
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )


def _name_rows(ax: Axes, names: Sequence[str], cells: Collection[str]) -> None:
    shown = [legible_name(name) for name in names]
    ax.set_yticks(range(len(names)), shown)
    for label, name in zip(ax.get_yticklabels(), names, strict=True):
        as_is(label, legible_name(name))
        ours = name in cells
        label.set(color=ink(CELL if ours else BASELINES[0]), weight="bold" if ours else "normal")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _signed(value: float) -> str:
    """Return a number with its sign and two significant digits."""
    return f"{value:+#.2g}".rstrip(".").replace("-", "\N{MINUS SIGN}")


def _three_digits(value: float) -> str:
    """Return a number with three significant digits, trailing zeros included."""
    return f"{value:#.3g}".rstrip(".")
