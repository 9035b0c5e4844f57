"""Words that come with the data stand on a figure as they are, whatever signs are in them.

A name is drawn by every function and in every picture; what reaches the renderer is read back.
"""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text

from qrnnbook import plotting
from qrnnbook.plotting.style import LONGEST_NAME, LONGEST_TITLE, as_is, legible, legible_name
from qrnnbook.widgets import ClockExplorer, PowerClimb, ScoreExplorer, WeatherExplorer
from qrnnlib import Persistence, Series, split_in_time

#: Names of columns, units and models that are a formula, a command or a fault to some program.
NAMES = (
    "cost in $ of 100$",
    r"\$5 in $\foo{$",
    "5 % of x_1 & y#2 {~^}",
    r"$\foo$",
    r"$\frac{$",
    "$$",
    "$a_1$ and $b^2$",
    r"C:\temp\new",
    "_private",
    "a  b",
    "<b>&amp;\"'",
    "e\u0301te\u0301 \u00b0C",
)
#: What no font draws, and what is drawn in its place.
MADE_LEGIBLE = {
    "tab\tand\nline\r\nends\u2028here": "tab and line ends here",
    "nul\x00 and bell\x07": "nul\ufffd and bell\ufffd",
    "half a pair \ud800": "half a pair \ufffd",
    "turned \u202enruter\u202c back": "turned nruter back",
    "n" * 400: "n" * (LONGEST_NAME - 1) + "…",
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def drawn(figure):
    """Return all that a figure writes, as the renderer gets it: plain text, and formulas."""
    plain, formulas = [], []
    with pytest.MonkeyPatch.context() as patch:
        # Text with a rim does not go by way of the canvas's own renderer.
        for renderer in (RendererAgg, RendererBase):

            def watched(
                self,
                gc,
                x,
                y,
                s,
                prop,
                angle,
                ismath=False,
                mtext=None,
                *,
                write=renderer.draw_text,
            ):
                (formulas if ismath else plain).append(s)
                write(self, gc, x, y, s, prop, angle, ismath=ismath, mtext=mtext)

            patch.setattr(renderer, "draw_text", watched)
        figure.canvas.draw()
    return plain, formulas


def joined(lines):
    """Return lines as one text, without the spaces at which a title is broken."""
    return "".join("".join(lines).split())


DAYS = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
HIGH = (1.5, 1.4, 0.1)


def weather(name):
    series = Series(np.sin(np.arange(60.0)), DAYS, name="days", unit=name, attribution=name)
    split = split_in_time(series)
    models = {name: Persistence().fit(split.X_train, split.y_train)}
    return WeatherExplorer(series, split, models, length=7).still()


def scores(name, beside=None):
    errors = {name: [0.1, 0.2, 0.3], "other": [0.3, 0.3, 0.2]}
    options = {"measure": name, "units": {name: name}, "ours": [name]}
    return ScoreExplorer({name: errors}, beside=beside, **options).still()


def climb(name):
    return PowerClimb({f"X{name}": qutip.gates.cnot()}, ancillas=(1, 1), step=1).still()


def clock(name):
    return ClockExplorer(fits={(0.6, 0.94): {name: [1 / 60] * 60}}).still()


#: Every place of a name: what draws it, and how often it is written.
PLACES = {
    "errors": (
        lambda n: (
            plotting.errors({n: 1.0}, measure=n, unit=n, title=n, interval=n, attribution=n).figure
        ),
        6,
    ),
    "differences": (
        lambda n: (
            plotting.differences(
                {n: (1.0, 0.5, 2.0)}, measure=n, unit=n, zero=n, title=n, interval=n, attribution=n
            ).figure
        ),
        7,
    ),
    "loss_curve": (lambda n: plotting.loss_curve([[2.0, 1.0]], measure=n, title=n).figure, 2),
    "forecast": (
        lambda n: (
            plotting.forecast(
                [1.0, 2, 3], [1, 2, 3], {n: [3, 2, 1]}, n, n, index_label=n, attribution=n
            ).figure
        ),
        5,
    ),
    "state_table": (lambda n: plotting.state_table(qutip.bell_state("00"), title=n).figure, 1),
    "weyl_chamber": (lambda n: plotting.weyl_chamber({n: HIGH}, title=n).figure, 2),
    "finish": (lambda n: plotting.finish(plt.subplots()[1], n, small_print=[n]), 2),
    "weather explorer": (weather, 3),
    "score explorer": (scores, 7),
    "power climb": (climb, 1),
    "clock explorer": (clock, 1),
    "score explorer beside": (lambda n: scores(n, beside=n), 4),
}


def figure_of(place, name):
    """Return the figure; `finish` returns none, and its axes are those that are there."""
    figure = PLACES[place][0](name)
    return plt.gcf() if figure is None else figure


def place_writes(place, name):
    """Compare what a place writes of a name; return how often it does."""
    plain, formulas = drawn(figure_of(place, name))
    assert joined(plain).count(joined([legible(name)])) >= PLACES[place][1]
    # The chamber's own rulers, c1 to c3, are formulas.
    assert [text for text in formulas if not text.startswith("$c_")] == []
    plt.close("all")
    return PLACES[place][1]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", NAMES[:2])
def test_a_name_is_drawn_as_it_is(place, name):
    place_writes(place, name)


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES)
def test_every_name_is_drawn_as_it_is(place, count):
    for name in NAMES:
        count("names drawn as they are", place_writes(place, name))


def test_stages_are_drawn_as_they_are():
    """A stage's first blank is where its second line begins."""
    plain, formulas = drawn(plotting.entropy_curve(NAMES, np.zeros(len(NAMES))).figure)
    assert joined(plain).startswith(joined(NAMES))
    assert formulas == []


def test_latex_takes_no_word_for_a_command():
    assert not as_is(Text(usetex=True), "5 % of x_1").get_usetex()


@pytest.mark.parametrize("name", MADE_LEGIBLE)
def test_what_no_font_draws_is_shown_or_left_out(name):
    ax = plotting.errors({name: 1.0})
    plain, _ = drawn(ax.figure)
    assert MADE_LEGIBLE[name] in plain


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
@example("a\x1e\r")
@example("a\n\u202e")
def test_any_text_becomes_legible_once(words):
    """What is legible stays as it is; a name is one line of at most so many letters."""
    shown, name = legible(words), legible_name(words)
    assert legible(shown) == shown
    assert legible_name(name) == name
    assert len(name) <= LONGEST_NAME
    assert "\n" not in name
    # Letters of the keyboard are all there, in their order.
    assert [c for c in shown if "!" <= c <= "~"] == [c for c in words if "!" <= c <= "~"]


def test_long_words_keep_to_the_figure():
    """Neither axis nor name takes the room of the picture; a licence is never shortened."""
    words = "word " * 60
    ax = plotting.forecast(
        [1.0, 2, 3], [1, 2, 3], {words: [3, 2, 1]}, words, words * 5, attribution=words
    )
    ax.figure.canvas.draw()
    assert ax.bbox.width > 0.1 * ax.figure.bbox.width
    assert ax.bbox.height > 0.1 * ax.figure.bbox.height
    assert len(ax.get_title(loc="left")) <= LONGEST_TITLE
    assert joined([words]) in [joined([text.get_text()]) for text in ax.texts]
    label, height = ax.yaxis.label.get_window_extent(), ax.figure.bbox.height
    assert label.y0 >= -0.01 * height  # a long title is laid out after it
    assert label.y1 <= 1.01 * height
