"""The style of all figures: colours with one meaning each, fonts, titles, small print."""

import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from qrnnlib import _checks

#: The system register (Okabe-Ito blue).
SYSTEM = "#0072B2"
#: The memory register (Okabe-Ito purple).
MEMORY = "#CC79A7"
#: Entanglement between the two (Okabe-Ito orange).
ENTANGLEMENT = "#E69F00"
#: The measured cell's own results (Okabe-Ito green).
CELL = "#009E73"
#: Observed data: the text colour.
TRUTH = "#222222"
#: Greys of the baselines, which differ by `DASHES` rather than by shade.
BASELINES = ("#6B6B6B", "#555555", "#767676", "#606060")
#: The baselines' dash patterns, in the same order.
DASHES = ((0, (5, 2)), (0, (1.2, 1.4)), (0, (6, 2, 1.2, 2)), (0, (3, 1.2, 1, 1.2, 1, 1.2)))

#: Markers of the cells, in order, so that several greens differ in more than colour.
CELL_MARKERS = ("o", "s", "^", "D")
#: Dash patterns of the cells, in the same order.
CELL_DASHES = ((0, ()), (0, (7, 1.5)), (0, (4, 1, 1, 1)), (0, (2, 1)))

#: Longest name, axis label and title, in characters: the axes need room too.
LONGEST_NAME, LONGEST_LABEL, LONGEST_TITLE = 40, 80, 160

#: An axis label of this many characters always fits along its axis.
_SHORT = 30

#: Bidirectional classes of characters that change the writing direction of the text after them.
_TURNS = frozenset(("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"))

#: Cuts of the figures' typeface, which the package `font_source_sans_pro` brings.
_CUTS = tuple(f"SourceSansPro-{cut}" for cut in ("Regular", "It", "Semibold", "Bold"))

_STYLE_FILE = Path(__file__).with_name("qrnn.mplstyle")


@contextmanager
def style() -> Iterator[None]:
    """Apply the book's style inside a ``with`` block, and restore the settings after it.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["font.size"]
    >>> with style():
    ...     matplotlib.rcParams["font.size"]
    13.0
    >>> matplotlib.rcParams["font.size"] == before
    True
    """
    params = mpl.rc_params_from_file(_STYLE_FILE, use_default_template=False)
    if not _add_fonts():
        params["font.family"] = ["DejaVu Sans"]  # Matplotlib's own
    with mpl.rc_context(params):
        yield
        # A notebook's backend loads with the first figure and turns interactive mode on. If that
        # were restored too, the notebook would show no later figure.
        interactive = mpl.is_interactive()
    mpl.interactive(interactive)


@cache
def _add_fonts() -> bool:
    """Tell Matplotlib of the book's typeface; return whether it is installed."""
    package = find_spec("font_source_sans_pro")
    if package is None or package.origin is None:
        return False
    for cut in _CUTS:
        font_manager.fontManager.addfont(Path(package.origin).parent / "files" / f"{cut}.ttf")
    return True


def ink(colour: str) -> str:
    """Return `colour`, darkened until text in it is legible on white.

    Markers and lines keep the colour itself; text in orange or purple would be hard to read.

    Parameters
    ----------
    colour : str
        Any Matplotlib colour.

    Returns
    -------
    str
        The colour as ``"#rrggbb"``, darkened until its contrast with white is at least 4.5 to 1,
        as the Web Content Accessibility Guidelines require of text.

    Raises
    ------
    ValueError
        If `colour` is not a Matplotlib colour.

    Examples
    --------
    >>> ink(SYSTEM) == SYSTEM.lower(), ink(ENTANGLEMENT)
    (True, '#9d6d00')
    """
    rgb = np.array(to_rgb(colour))
    while 1.05 / (_luminance(rgb) + 0.05) < 4.5:
        rgb = rgb * 0.99
    return str(to_hex(tuple(rgb)))


@contextmanager
def drawing(ax: Axes | None, size: tuple[float, float]) -> Iterator[Axes]:
    """Yield `ax`, or the axes of a new figure of `size` inches in the book's style."""
    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax must be a Matplotlib Axes or None, got {type(ax).__name__}")
    with style() if ax is None else nullcontext():
        axes = plt.subplots(figsize=size)[1] if ax is None else ax
        # Matplotlib creates tick labels when it draws, after the style has ended: store the
        # style's values in these axes.
        params: Any = mpl.rcParams
        sides: tuple[Literal["x"], Literal["y"]] = ("x", "y")
        for side in sides:
            shared = {
                key: params[f"{side}tick.{key}"] for key in ("labelsize", "labelcolor", "color")
            }
            if shared["labelcolor"] == "inherit":
                shared["labelcolor"] = shared["color"]
            axes.tick_params(side, length=params[f"{side}tick.major.size"], **shared)
            length = params[f"{side}tick.minor.size"]
            axes.tick_params(side, which="minor", length=length, **shared)
        yield axes


def finish(
    ax: Axes, title: str, *, synthetic: bool = False, small_print: Iterable[str] = ()
) -> None:
    """Add a title, the mark of synthetic data, and small print below the axes.

    Parameters
    ----------
    ax : Axes
        Axes on which everything else is already drawn. Long lines are wrapped to fit.
    title : str
        The finding.
    synthetic : bool, default False
        Whether to mark the data as synthetic.
    small_print : iterable of str, default ()
        Lines below the axes, such as the data's attribution; empty lines are left out.

    Raises
    ------
    TypeError
        If `title` is not a str, or `ax` not an Axes.

    Examples
    --------
    >>> _, ax = plt.subplots()
    >>> finish(ax, "It rains", small_print=["Source: the window"])
    >>> ax.get_title(loc="left")
    'It rains'
    >>> plt.close(ax.figure)
    """
    if not isinstance(title, str):
        raise TypeError(f"title must be text, got {type(title).__name__}")
    _checks.instance("ax", ax, Axes)
    heading = as_is(ax.set_title("", loc="left"), title, LONGEST_TITLE)
    if synthetic:
        ax.text(
            0.01,
            0.99,
            "SYNTHETIC data",
            transform=ax.transAxes,
            va="top",
            weight="bold",
            color=TRUTH,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
            zorder=10,
        )
    below = ax.annotate(
        "",
        xy=(0, 0),
        xycoords=("axes fraction", lambda renderer: _below(ax, renderer)),
        xytext=(0, -6),
        textcoords="offset points",
        va="top",
        fontsize=0.8 * float(mpl.rcParams["font.size"]),
        color=BASELINES[1],
        annotation_clip=False,
    )
    as_is(below, "\n".join(line for line in small_print if line))
    # Long text would squeeze the axes: measure the available width without it.
    below.set_in_layout(False)
    figure = ax.get_figure(root=True)
    assert figure is not None
    alone = len(figure.axes) == 1

    def room() -> float:
        return float((figure.bbox.x1 if alone else ax.bbox.x1) - ax.bbox.x0)

    across, up = ax.xaxis.label, ax.yaxis.label
    limits = {heading: LONGEST_LABEL, across: _SHORT, up: _SHORT}
    long = [text for text, most in limits.items() if len(text.get_text()) > most]
    if long:
        for text in long:
            text.set_visible(False)
        figure.draw_without_rendering()
        for text in long:
            text.set_visible(True)
            width = {heading: room(), across: ax.bbox.width, up: ax.bbox.height}[text]
            _wrap(text, width, upright=text is up)
    figure.draw_without_rendering()
    for text in (heading, below):
        _wrap(text, room())
    below.set_in_layout(True)


def as_is(text: Text, words: str, longest: int | None = None) -> Text:
    """Set `text` to a string that came with the data, made `legible`, and return it.

    Formulas are switched off: Matplotlib would read text between two dollar signs as one, and with
    ``text.usetex`` LaTeX would take a percent sign for a comment.
    """
    text.set(text=legible(words, longest), parse_math=False, usetex=False)
    return text


def legible(words: str, longest: int | None = None) -> str:
    r"""Return a string from data in drawable characters, truncated to `longest` characters.

    Control characters and lone surrogates become U+FFFD, which shows where they were. Characters
    that change the writing direction are left out, since they would affect the rest of the line.

    Examples
    --------
    >>> legible("cost in $ of 100$"), legible("a\tlong name", longest=7)
    ('cost in $ of 100$', 'a long…')
    """
    if not isinstance(words, str):
        raise TypeError(f"text on a figure must be a str, got {type(words).__name__}")
    lines = "\n".join(words.splitlines()).replace("\t", " ")
    drawn = "".join(
        "\ufffd" if c != "\n" and unicodedata.category(c) in ("Cc", "Cs") else c
        for c in lines
        if unicodedata.bidirectional(c) not in _TURNS
    ).rstrip("\n")
    return drawn if longest is None or len(drawn) <= longest else f"{drawn[: longest - 1]}…"


def legible_name(name: str) -> str:
    r"""Return a name as the label of a line or a row: on one line, and not too long.

    Examples
    --------
    >>> legible_name("air\ntemperature")
    'air temperature'
    """
    return legible(" ".join(name.splitlines()), LONGEST_NAME)


def cells_among(names: Iterable[str], ours: Collection[str] | None) -> list[str]:
    """Return the names of measured cells, in order: those in `ours`, or those with "quantum"."""
    names = list(names)
    for name in names:
        _checks.instance("the name of a model", name, str)
    if ours is None:
        return [name for name in names if "quantum" in name.lower()]
    if isinstance(ours, str):
        raise TypeError(f"ours must be a collection of names, got the single string {ours!r}")
    for name in ours:
        _checks.option("ours", name, names)
    return [name for name in names if name in ours]


def _below(ax: Axes, renderer: Any) -> Bbox:
    """Return the bounding box of the axes and the labels of its horizontal axis."""
    axis = ax.xaxis.get_tightbbox(renderer)
    return ax.bbox if axis is None else Bbox.union([ax.bbox, axis])


def _wrap(text: Text, width: float, upright: bool = False) -> None:
    """Wrap `text` so that it is at most `width` pixels wide (high, if it is `upright`)."""

    def taken() -> float:
        box = text.get_window_extent()
        return box.height if upright else box.width

    lines = text.get_text().splitlines()
    longest = max(map(len, lines), default=0)
    # Start near the answer: a line that fits holds at most about 1.5 times as many characters as
    # their average width suggests.
    likely = 10 + 1.5 * longest * width / max(taken(), 1.0)
    for characters in range(min(longest, int(likely)), 9, -1):
        if taken() <= width:
            break
        # Do not break at hyphens: a web address is then split only if it is too long for a line.
        pieces = (textwrap.wrap(line, characters, break_on_hyphens=False) for line in lines)
        text.set_text("\n".join(piece for line in pieces for piece in line))


def _luminance(rgb: Any) -> float:
    """Return the relative luminance of an sRGB colour, as WCAG 2 defines it."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ np.array([0.2126, 0.7152, 0.0722]))
