"""The figures, read back from their artists: what is drawn where, and what is said about it."""

import datetime
import itertools
import subprocess
import sys
from collections import Counter

import matplotlib as mpl
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
from matplotlib.colors import to_rgb
from numpy.testing import assert_allclose

from qrnnbook import plotting
from qrnnlib.physics.weyl import NAMED_POINTS, canonical_coordinates

DAYS = np.arange("2024-10-01", "2024-12-10", dtype="datetime64[D]")
RNG = np.random.default_rng(7)
OBSERVED = 10 - 0.1 * np.arange(DAYS.size) + RNG.normal(0, 2, DAYS.size)
SHIFTED = np.r_[OBSERVED[0], OBSERVED[:-1]]
FORECASTS = {
    "persistence": SHIFTED,
    "ridge": 0.7 * SHIFTED,
    "classical LSTM": 0.69 * SHIFTED,
    "quantum RNN": 0.71 * SHIFTED,
    "quantum LSTM": 0.7 * SHIFTED + 0.01,
}


@pytest.fixture(autouse=True)
def _headless_and_closed():
    backend = mpl.get_backend()
    plt.close("all")  # what others left open is not counted
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(backend)


def artists(ax, prefix):
    return {a.get_gid(): a for a in ax.get_children() if (a.get_gid() or "").startswith(prefix)}


def texts(ax):
    return [t.get_text() for t in ax.texts]


def pixels(ax):
    canvas = ax.figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()


def draw_forecast(**settings):
    return plotting.forecast(DAYS, OBSERVED, FORECASTS, "°C", "All are late", **settings)


FIGURES = {
    "state_table": lambda ax=None: plotting.state_table(
        qutip.rand_ket([2] * 4, seed=1), ax, row_probabilities=True, outcome=1, title="A row"
    ),
    "entropy_curve": lambda ax=None: plotting.entropy_curve(
        ["encode", "entangle", "measure"], [0, 1.2, 0], ax, title="Up and down", most=2
    ),
    "forecast": lambda ax=None: draw_forecast(ax=ax, synthetic=True, attribution="ECCC " * 20),
    "errors": lambda ax=None: plotting.errors(
        {"ridge": 0.2, "quantum RNN": (0.1, 0.05, 0.3)}, ax, synthetic=True, interval="95 %"
    ),
    "differences": lambda ax=None: plotting.differences(
        {"ridge": (0.2, -0.1, 0.5), "quantum RNN": (-0.1, -0.2, 0.1)},
        ax,
        zero="the same",
        synthetic=True,
        interval="95 %",
    ),
    "loss_curve": lambda ax=None: plotting.loss_curve([[0.3, 0.2], [0.3, 0.1]], ax, title="Down"),
    "weyl_chamber": lambda ax=None: plotting.weyl_chamber(
        {"near iSWAP": (1.5, 1.4, 0.1), "another": (1.4, 1.4, 0)}, ax, title="A map of gates"
    ),
}
every_figure = pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)


# What holds for every figure ----------------------------------------------------------------


@every_figure
def test_nothing_global_changes(draw):
    before = dict(mpl.rcParams)
    pixels(draw())
    assert dict(mpl.rcParams) == before


@every_figure
def test_drawing_twice_gives_the_same_pixels(draw):
    assert np.array_equal(pixels(draw()), pixels(draw()))


@every_figure
def test_given_axes_are_drawn_on_and_returned(draw):
    figure, ax = plt.subplots()
    assert draw(ax) is ax
    assert plt.get_fignums() == [figure.number]
    with pytest.raises(TypeError, match=r"^ax must be a Matplotlib Axes or None, got Figure"):
        draw(figure)


@every_figure
def test_type_is_large_enough_for_a_phone(draw):
    ax = draw()
    pixels(ax)
    shown = [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels(), ax.xaxis.label]
    assert min(t.get_fontsize() for t in shown if t.get_text()) >= 10
    assert ax.figure.get_figwidth() <= 6.5


@every_figure
def test_nothing_is_cut_off(draw):
    ax = draw()
    pixels(ax)
    figure = ax.figure.bbox
    for text in [*ax.texts, ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label]:
        if text.get_text():
            box = text.get_window_extent()
            assert box.x0 >= 0, text
            assert box.y0 >= 0, text
            assert box.x1 <= figure.x1 + 1, text
            assert box.y1 <= figure.y1 + 1, text


@every_figure
def test_no_two_texts_overlap(draw):
    ax = draw()
    pixels(ax)
    shown = [t for t in [*ax.texts, ax._left_title] if t.get_text()]
    # A text's own box without its leader line: the first two lines' class knows only both.
    boxes = [mpl.text.Text.get_window_extent(t) for t in shown]
    for (one, box), (other, box2) in itertools.combinations(zip(shown, boxes, strict=True), 2):
        assert not box.overlaps(box2), (one.get_text(), other.get_text())


def test_long_titles_are_broken_to_fit():
    title = "A finding that takes a good many words to say, because it needs all its conditions"
    ax = plotting.loss_curve([0.3, 0.2], title=title)
    pixels(ax)
    heading = ax.get_title(loc="left")
    assert heading.replace("\n", " ") == title
    assert "\n" in heading
    assert ax._left_title.get_window_extent().x1 <= ax.figure.bbox.x1


# Style --------------------------------------------------------------------------------------


def test_style_holds_inside_the_block_even_when_it_fails():
    before = mpl.rcParams["axes.spines.top"], mpl.rcParams["font.size"]

    def fail():
        with plotting.style():
            assert (mpl.rcParams["axes.spines.top"], mpl.rcParams["font.size"]) == (False, 13)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert (mpl.rcParams["axes.spines.top"], mpl.rcParams["font.size"]) == before


def test_importing_changes_no_setting_and_picks_no_backend():
    code = (
        "import matplotlib as m; b = {k: m.rcParams._get(k) for k in m.rcParams}; "
        "import qrnnbook.plotting; a = {k: m.rcParams._get(k) for k in m.rcParams}; "
        "assert a == b, [k for k in a if a[k] != b[k]]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(
    "colour", [plotting.SYSTEM, plotting.MEMORY, plotting.ENTANGLEMENT, plotting.CELL]
)
def test_words_have_the_contrast_that_text_needs(colour):
    rgb = np.array(to_rgb(plotting.ink(colour)))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 4.45


def test_colours_are_the_books():
    assert plotting.SYSTEM == "#0072B2"
    assert plotting.MEMORY == "#CC79A7"
    assert plotting.ENTANGLEMENT == "#E69F00"
    assert plotting.CELL == "#009E73"


# The state table ----------------------------------------------------------------------------


def test_disc_areas_are_probabilities_and_hands_are_phases():
    ket = qutip.rand_ket([2] * 4, seed=5)
    ax = plotting.state_table(ket)
    amplitudes = ket.full().reshape(4, 4)
    discs, hands = artists(ax, "disc-"), artists(ax, "hand-")
    for i, j in itertools.product(range(4), range(4)):
        disc = discs[f"disc-{i}-{j}"]
        assert disc.center == (j, i)
        assert disc.radius**2 / 0.44**2 == pytest.approx(abs(amplitudes[i, j]) ** 2, abs=1e-14)
        (x0, x1), (y0, y1) = hands[f"hand-{i}-{j}"].get_data()
        assert (x0, y0) == (j, i)
        # Rows run downwards: up is towards smaller y.
        phase = np.angle((x1 - x0) - 1j * (y1 - y0))
        assert np.exp(1j * phase) == pytest.approx(amplitudes[i, j] / abs(amplitudes[i, j]))
    assert ax.yaxis_inverted()
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("where", [(0, 0), (1, 2)])
def test_a_certain_cell_fits_and_the_others_are_empty(where):
    ax = plotting.state_table(qutip.basis([2, 3], list(where)))
    radii = {gid: disc.radius for gid, disc in artists(ax, "disc-").items()}
    assert len(radii) == 6
    full = radii.pop("disc-{}-{}".format(*where))
    assert 0.4 < full < 0.5
    assert set(radii.values()) == {0}
    assert list(artists(ax, "hand-")) == ["hand-{}-{}".format(*where)]


def test_row_sums_are_the_outcome_probabilities():
    ket = qutip.rand_ket([2, 2, 3], seed=2)
    ax = plotting.state_table(ket, system_qubits=2, row_probabilities=True, outcome=2)
    expected = ket.ptrace([0, 1]).diag()
    bars = artists(ax, "row-")
    assert_allclose([bars[f"row-{i}"].get_width() for i in range(4)], expected)
    for probability in expected:
        assert f"{probability:.2f}" in texts(ax)
    assert artists(ax, "outcome")["outcome"].get_y() == 1.5
    weights = [label.get_fontweight() for label in ax.get_yticklabels()]
    assert [weight == "bold" for weight in weights] == [False, False, True, False]


@pytest.mark.parametrize(
    ("dims", "cut", "rows", "columns"),
    [
        ([2, 2], None, ["|0⟩", "|1⟩"], ["|0⟩", "|1⟩"]),
        ([2, 2, 2], None, ["|0⟩", "|1⟩"], ["|00⟩", "|01⟩", "|10⟩", "|11⟩"]),
        ([2, 2, 2], 2, ["|00⟩", "|01⟩", "|10⟩", "|11⟩"], ["|0⟩", "|1⟩"]),
        ([2, 3], 1, ["|0⟩", "|1⟩"], ["|0⟩", "|1⟩", "|2⟩"]),
    ],
)
def test_labels_name_the_basis_states(dims, cut, rows, columns):
    ax = plotting.state_table(qutip.rand_ket(dims, seed=1), system_qubits=cut)
    assert [label.get_text() for label in ax.get_yticklabels()] == rows
    assert [label.get_text() for label in ax.get_xticklabels()] == columns
    assert {label.get_color() for label in ax.get_yticklabels()} == {plotting.ink(plotting.SYSTEM)}
    assert {label.get_color() for label in ax.get_xticklabels()} == {plotting.ink(plotting.MEMORY)}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("system", "memory")


def test_a_density_matrix_shows_its_diagonal_and_says_so():
    rho = qutip.rand_dm([2, 2], seed=3)
    ax = plotting.state_table(rho, key=False)
    areas = [artists(ax, "disc-")[f"disc-{i}-{j}"].radius ** 2 for i in (0, 1) for j in (0, 1)]
    assert_allclose(np.array(areas) / 0.44**2, rho.diag())
    assert not artists(ax, "hand-")
    assert any("coherences are not shown" in text.replace("\n", " ") for text in texts(ax))


def test_state_table_refuses_by_name():
    bell = qutip.bell_state("00")
    with pytest.raises(TypeError, match=r"^state must"):
        plotting.state_table(np.ones(4) / 2)
    with pytest.raises(ValueError, match=r"^state must have at least 2 subsystems"):
        plotting.state_table(qutip.basis(4, 0))
    with pytest.raises(ValueError, match=r"^state must have norm 1"):
        plotting.state_table(2 * bell)
    with pytest.raises(ValueError, match=r"^system_qubits must lie in 1\.\.1"):
        plotting.state_table(bell, system_qubits=2)
    with pytest.raises(ValueError, match=r"^outcome must be one of the rows 0\.\.1, got 2"):
        plotting.state_table(bell, outcome=2)
    with pytest.raises(TypeError, match=r"^outcome must be an integer"):
        plotting.state_table(bell, outcome="01")
    assert not plt.get_fignums()


# Entanglement along a step ------------------------------------------------------------------


def test_entropy_curve_draws_the_values():
    ax = plotting.entropy_curve(["start", "entangle", "disentangle"], [0, 0.9, 0.25], most=1)
    line = ax.get_lines()[0]
    assert_allclose(line.get_ydata(), [0, 0.9, 0.25])
    assert line.get_color() == plotting.ENTANGLEMENT
    assert {"0.00", "0.90", "0.25", "most possible"} <= set(texts(ax))
    assert ax.get_ylim()[0] == 0
    assert "ebits" in ax.get_ylabel()


def test_entropy_curve_refuses_by_name():
    with pytest.raises(TypeError, match=r"^stages must be a sequence of texts"):
        plotting.entropy_curve("entangle", [1, 2, 3])
    with pytest.raises(ValueError, match=r"^stages must have at least one"):
        plotting.entropy_curve([], np.zeros(0))
    with pytest.raises(ValueError, match=r"^values must have shape \(2,\), got \(1,\)"):
        plotting.entropy_curve(["a", "b"], [1.0])
    with pytest.raises(ValueError, match=r"^values must be finite"):
        plotting.entropy_curve(["a"], [np.nan])
    with pytest.raises(ValueError, match=r"^values must not be negative"):
        plotting.entropy_curve(["a"], [-0.1])
    with pytest.raises(ValueError, match=r"^values must not exceed most = 1"):
        plotting.entropy_curve(["a"], [1.1], most=1)


# Forecasts ----------------------------------------------------------------------------------


def test_forecast_colours_and_dashes_mean_one_thing_each():
    ax = draw_forecast(clean=OBSERVED * 0)
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert set(lines) == {"observed", "clean", *FORECASTS}
    assert_allclose(lines["ridge"].get_ydata(), FORECASTS["ridge"])
    assert lines["observed"].get_color() == lines["clean"].get_color() == plotting.TRUTH
    cells = [lines["quantum RNN"], lines["quantum LSTM"]]
    assert {line.get_color() for line in cells} == {plotting.CELL}
    assert len({line.get_marker() for line in cells}) == 2
    baselines = [lines[name] for name in ("persistence", "ridge", "classical LSTM")]
    for line in baselines:
        red, green, blue = to_rgb(line.get_color())
        assert red == green == blue
    assert len({str(line._unscaled_dash_pattern) for line in baselines}) == 3
    assert set(texts(ax)) >= set(lines)
    assert ax.get_ylabel() == "°C"


def test_ours_can_be_named():
    ax = draw_forecast(ours=["ridge"])
    colours = {line.get_label(): line.get_color() for line in ax.get_lines()}
    assert [name for name in FORECASTS if colours[name] == plotting.CELL] == ["ridge"]


@pytest.mark.parametrize("ends", [[1.0] * 6, [0.0, 0.0, 0.01, 5.0, 5.0, 5.0], [0, 1, 2, 3, 4, 5]])
def test_labels_stay_apart_in_order_and_inside(ends):
    steps = np.linspace(0, 1, 20)
    models = {f"model {k}": end * steps for k, end in enumerate(ends)}
    ax = plotting.forecast(np.arange(20), 6 * steps, models, "value", "")
    pixels(ax)
    labels = {t.get_text(): t for t in ax.texts if t.get_text()}
    middles = {n: np.mean(mpl.text.Text.get_window_extent(t).intervaly) for n, t in labels.items()}
    gap = min(t.get_fontsize() for t in labels.values()) * ax.figure.dpi / 72
    assert np.diff(sorted(middles.values())).min() >= gap
    assert min(middles.values()) >= ax.bbox.y0 - 2
    assert max(middles.values()) <= ax.bbox.y1 + 2
    by_height = [middles[f"model {k}"] for k in range(6)]
    assert by_height == sorted(by_height)


def test_synthetic_data_and_attribution_are_on_the_figure():
    ax = draw_forecast(synthetic=True, attribution="Data Source: ECCC")
    assert any("SYNTHETIC" in text for text in texts(ax))
    assert "Data Source: ECCC" in texts(ax)
    assert not any("SYNTHETIC" in text for text in texts(draw_forecast()))
    ax = plotting.errors({"a": 1.0}, synthetic=True, attribution="Data Source: ECCC")
    assert any("SYNTHETIC" in text for text in texts(ax))
    assert "Data Source: ECCC" in texts(ax)


def test_dates_of_any_kind_and_numbers_are_taken():
    one = [datetime.date(2024, 10, day) for day in (1, 2, 3)]
    other = np.array(one, dtype="datetime64[D]")
    drawn = [
        plotting.forecast(index, [1, 2, 3], {}, "°C", "").get_lines()[0].get_xdata(orig=False)
        for index in (one, other)
    ]
    assert_allclose(*drawn)
    ax = plotting.forecast([0, 1, 2], [1, 2, 3], {}, "value", "", index_label="step")
    assert ax.get_xlabel() == "step"


def test_forecast_takes_the_dates_that_a_series_takes():
    """Of times with a zone the clock's reading is drawn, without a warning of NumPy's."""
    days = np.arange("2024-01-01", "2024-01-04", dtype="M8[D]")
    aware = [datetime.datetime(2024, 1, day, tzinfo=datetime.UTC) for day in (1, 2, 3)]
    for index in (list(map(str, days)), aware):
        ax = plotting.forecast(index, [1.0, 2.0, 3.0], {}, "°C", "")
        drawn = ax.get_lines()[0].get_xdata(orig=True)
        assert_allclose(mdates.date2num(drawn), mdates.date2num(days))


def test_forecast_refuses_by_name():
    with pytest.raises(ValueError, match=r"^truth must have shape \(70,\), got \(69,\)"):
        plotting.forecast(DAYS, OBSERVED[1:], {}, "°C", "")
    with pytest.raises(ValueError, match=r"^predictions\['ridge'\] must have shape"):
        plotting.forecast(DAYS, OBSERVED, {"ridge": OBSERVED[1:]}, "°C", "")
    with pytest.raises(ValueError, match=r"^truth must be finite, got nan at index 0"):
        plotting.forecast([1, 2], [np.nan, 1], {}, "°C", "")
    with pytest.raises(ValueError, match=r"^clean must have shape"):
        draw_forecast(clean=[1.0])
    with pytest.raises(TypeError, match=r"^index must be dates or numbers"):
        plotting.forecast([object()] * 2, [1, 2], {}, "°C", "")
    with pytest.raises(TypeError, match=r"^index must be"):
        plotting.forecast(["a", "b"], [1, 2], {}, "°C", "")
    with pytest.raises(ValueError, match=r"^index must have no missing dates"):
        plotting.forecast(np.array(["2024-01-01", "NaT"], "datetime64[D]"), [1, 2], {}, "°C", "")
    with pytest.raises(ValueError, match=r"^index must have shape \(points,\)"):
        plotting.forecast([], [], {}, "°C", "")
    with pytest.raises(ValueError, match=r"^ours must be one of"):
        draw_forecast(ours=["transformer"])
    with pytest.raises(TypeError, match=r"^ours must be a collection of names"):
        draw_forecast(ours="ridge")
    with pytest.raises(TypeError, match=r"^title must be text"):
        plotting.forecast([1, 2], [1, 2], {}, "°C", 3)


# Scores -------------------------------------------------------------------------------------


def test_errors_are_sorted_dots_on_one_axis_from_zero():
    scores = {"persistence": 3.86, "quantum RNN": (3.7, 3.6, 3.9), "ridge": (3.67, 3.5, 3.8)}
    ax = plotting.errors(scores, unit="°C", measure="test RMSE")
    order = ["ridge", "quantum RNN", "persistence"]
    assert [label.get_text() for label in ax.get_yticklabels()] == order
    assert ax.yaxis_inverted()
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert [lines[name].get_xdata()[0] for name in order] == [3.67, 3.7, 3.86]
    assert lines["quantum RNN"].get_color() == plotting.CELL
    assert lines["quantum RNN"].get_marker() != lines["ridge"].get_marker()
    assert {"3.67", "3.70", "3.86"} <= set(texts(ax))
    intervals = [tuple(line.get_xdata()) for line in ax.get_lines() if len(line.get_xdata()) == 2]
    assert intervals == [(3.5, 3.8), (3.6, 3.9), (3.86, 3.86)]
    assert ax.get_xlim()[0] == 0
    assert ax.get_xlabel() == "test RMSE (°C)"


def test_errors_refuses_by_name():
    with pytest.raises(ValueError, match=r"^scores must have at least one model"):
        plotting.errors({})
    for score in (-1.0, (2.0, 2.1, 3.0), (2.0, 1.0, 1.9)):
        with pytest.raises(ValueError, match=r"^scores\['a'\] must be an error of at least 0"):
            plotting.errors({"a": score})
    with pytest.raises(ValueError, match=r"^scores\['a'\] must be finite"):
        plotting.errors({"a": np.nan})
    with pytest.raises(ValueError, match=r"^scores\['a'\] must have shape \(3,\), got \(2,\)"):
        plotting.errors({"a": (1.0, 2.0)})


def test_differences_keep_their_order_beside_a_line_at_zero():
    found = {"ridge": (3.0, -1.0, 7.0), "quantum RNN": (-12.0, -15.0, -9.0)}
    ax = plotting.differences(found, measure="difference", unit="%", zero="no difference")
    assert [label.get_text() for label in ax.get_yticklabels()] == list(found)
    assert ax.yaxis_inverted()
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert [lines[name].get_xdata()[0] for name in found] == [3.0, -12.0]
    assert lines["quantum RNN"].get_color() == plotting.CELL
    assert {"+3.0", "\N{MINUS SIGN}12", "no difference"} <= set(texts(ax))
    pairs = [tuple(line.get_xdata()) for line in ax.get_lines() if len(line.get_xdata()) == 2]
    assert pairs == [(0, 0), (-1.0, 7.0), (-15.0, -9.0)]
    low, high = ax.get_xlim()
    assert low < -15 < 7 < high
    assert ax.get_xlabel() == "difference (%)"


def test_differences_refuses_by_name():
    with pytest.raises(ValueError, match=r"^found must have at least one difference"):
        plotting.differences({})
    with pytest.raises(ValueError, match=r"^found\['a'\] must be \(difference, low, high\)"):
        plotting.differences({"a": (0.0, 0.1, 0.2)})
    with pytest.raises(ValueError, match=r"^found\['a'\] must have shape \(3,\), got \(\)"):
        plotting.differences({"a": 1.0})
    with pytest.raises(ValueError, match=r"^ours must be"):
        plotting.differences({"a": (0.0, 0.0, 0.0)}, ours=["b"])


def test_loss_curve_shows_all_restarts_and_the_chosen_one_bold():
    history = [[0.5, 0.3, 0.1], [0.5, 0.05, np.nan], [0.6, 0.4, 0.2]]
    ax = plotting.loss_curve(history)
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert list(lines) == ["restart 0", "restart 2", "chosen"]
    assert_allclose(lines["chosen"].get_ydata(), [0.5, 0.05])
    assert_allclose(lines["restart 0"].get_xdata(), [1, 2, 3])
    assert lines["chosen"].get_linewidth() > 2 * lines["restart 0"].get_linewidth()
    assert ax.get_yscale() == "log"
    chosen = plotting.loss_curve(history, chosen=2).get_lines()[-1]
    assert_allclose(chosen.get_ydata(), history[2])


def test_loss_curve_takes_one_restart():
    ax = plotting.loss_curve([0.5, 0.3])
    assert [line.get_label() for line in ax.get_lines()] == ["chosen"]


def test_loss_curve_refuses_by_name():
    for history in ([[np.nan, 1.0]], [[1.0, np.nan, 1.0]], [[]]):
        with pytest.raises(ValueError, match=r"^history must have a loss for each epoch"):
            plotting.loss_curve(history)
    with pytest.raises(ValueError, match=r"^history must be above 0"):
        plotting.loss_curve([0.1, 0.0])
    with pytest.raises(ValueError, match=r"^history must be finite"):
        plotting.loss_curve([0.1, np.inf])
    with pytest.raises(ValueError, match=r"^history must have shape \(any, any\)"):
        plotting.loss_curve(np.ones((2, 2, 2)))
    with pytest.raises(TypeError, match=r"^history must be an array of real numbers"):
        plotting.loss_curve(["a"])
    with pytest.raises(ValueError, match=r"^chosen must be one of the restarts 0\.\.1, got 2"):
        plotting.loss_curve([[0.1], [0.2]], chosen=2)


# The Weyl chamber ---------------------------------------------------------------------------


def chamber_places(ax):
    """Return the marks of the named gates by name, and how to see a point where they are."""
    places = {gid[5:]: line.get_xydata()[0] for gid, line in artists(ax, "gate-").items()}
    # A projection is linear: three gates on the three axes' span tell where all others lie.
    basis = np.array([NAMED_POINTS[name] for name in ("CNOT", "iSWAP", "SWAP")])
    view = np.linalg.solve(basis, [places[name] for name in ("CNOT", "iSWAP", "SWAP")])
    return places, lambda points: np.asarray(points) @ view


def test_the_chamber_shows_every_named_gate_in_its_place():
    ax = plotting.weyl_chamber()
    places, seen = chamber_places(ax)
    assert set(places) == set(NAMED_POINTS)
    for name, place in places.items():
        assert_allclose(place, seen(NAMED_POINTS[name]), atol=1e-12)
    assert {"CNOT", "SWAP", "√iSWAP", "√SWAP", "√SWAP⁻¹", "$c_1$", "π/2", "π"} <= set(texts(ax))
    assert texts(ax).count("identity") == 2
    assert ax.get_aspect() == 1
    pixels(ax)
    for name, place in places.items():
        label = name.replace("sqrt(", "√").replace(")", "").replace("^-1", "⁻¹")
        boxes = [mpl.text.Text.get_window_extent(t) for t in ax.texts if t.get_text() == label]
        x, y = ax.transData.transform(place)
        gaps = [max(b.x0 - x, x - b.x1, b.y0 - y, y - b.y1) for b in boxes]
        assert 0 < min(gaps) < 0.2 * ax.figure.dpi, name


def test_the_perfect_entanglers_are_shaded_and_said_to_be():
    ax = plotting.weyl_chamber()
    _, seen = chamber_places(ax)
    corners = [NAMED_POINTS[n] for n in ("CNOT", "iSWAP", "sqrt(iSWAP)", "sqrt(SWAP)")]
    corners += [NAMED_POINTS["sqrt(SWAP)^-1"], (3 * np.pi / 4, np.pi / 4, 0)]
    expected = {tuple(np.round(corner, 9)) for corner in seen(corners)}
    faces = artists(ax, "perfect-")
    outlines = [[tuple(np.round(c, 9)) for c in face.get_xy()] for face in faces.values()]
    assert set().union(*outlines) == expected
    # A closed surface: six triangles and one quadrangle, and each edge is where two faces meet.
    assert sorted(len(outline) - 1 for outline in outlines) == [3] * 6 + [4]
    edges = Counter(frozenset(pair) for outline in outlines for pair in itertools.pairwise(outline))
    assert set(edges.values()) == {2}
    assert len(edges) == 11
    assert {face.get_facecolor()[:3] for face in faces.values()} == {to_rgb(plotting.ENTANGLEMENT)}
    assert any("perfect entanglers" in text for text in texts(ax))
    ax = plotting.weyl_chamber(perfect_entanglers=False)
    assert not artists(ax, "perfect-")
    assert not any("perfect entanglers" in text for text in texts(ax))


def test_points_are_drawn_where_they_lie_and_named():
    points = {"a": (1.0, 0.5, 0.2), "b": (2.5, 0.3, 0.1)}
    for given in (points, list(points.values())):
        ax = plotting.weyl_chamber(given)
        _, seen = chamber_places(ax)
        marks = artists(ax, "points")["points"]
        assert_allclose(marks.get_xydata(), seen(list(points.values())), atol=1e-12)
        assert marks.get_color() == plotting.CELL
        assert marks.get_marker() != artists(ax, "gate-CNOT")["gate-CNOT"].get_marker()
        assert ({"a", "b"} <= set(texts(ax))) == (given is points)
    for nothing in (None, {}, np.empty((0, 3))):
        assert not artists(plotting.weyl_chamber(nothing), "points")


def test_coordinates_of_gates_are_always_taken():
    rng = np.random.default_rng(5)
    found = [canonical_coordinates(qutip.rand_unitary([2, 2], seed=rng)) for _ in range(20)]
    for gate in (qutip.gates.cnot(), qutip.gates.swap(), qutip.gates.sqrtswap()):
        found.append(canonical_coordinates(gate))
    ax = plotting.weyl_chamber(found)
    assert len(artists(ax, "points")["points"].get_xydata()) == 23


def test_weyl_chamber_refuses_by_name():
    for point in ((0.2, 0.3, 0), (2.5, 0.7, 0), (1, 0.3, 0.4), (1, 0.3, -0.1)):
        with pytest.raises(ValueError, match=r"^points must lie in the chamber, .* got \("):
            plotting.weyl_chamber([(1, 0.5, 0.2), point])
    with pytest.raises(ValueError, match=r"^points must have shape \(any, 3\), got \(3,\)"):
        plotting.weyl_chamber([1, 0.5, 0.2])
    with pytest.raises(ValueError, match=r"^points\['a'\] must have shape \(3,\), got \(2,\)"):
        plotting.weyl_chamber({"a": (1, 0.5)})
    with pytest.raises(ValueError, match=r"^points must be finite"):
        plotting.weyl_chamber([[np.nan, 0, 0]])
    with pytest.raises(TypeError, match=r"^points must be an array of real numbers"):
        plotting.weyl_chamber("CNOT")
    assert not plt.get_fignums()


def test_a_backend_that_loads_inside_the_style_stays_interactive() -> None:
    # Jupyter's inline backend does just this; undoing it hides every later figure of a notebook.
    before = mpl.is_interactive()
    try:
        mpl.interactive(False)
        with plotting.style():
            mpl.interactive(True)
        assert mpl.is_interactive()
    finally:
        mpl.interactive(before)
