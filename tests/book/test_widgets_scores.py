"""The score explorer: what Python refuses, and the page's numbers and words held to Python's."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer
from scipy import stats

from qrnnbook.widgets import ScoreExplorer
from qrnnbook.widgets._figure import bundled
from qrnnlib import interval

PARITY = 1e-10
SINE, WEATHER, SINGLE = "sine of 300", "Ontario 2024", "one run each"
OURS = ["our LSTM cell, most likely", "paper's cell"]


@pytest.fixture(scope="module")
def scores():
    """Two series with seeds, on one of which some models have no seed to vary, and one without."""
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 0.02, 10)
    return {
        SINE: {
            "ridge": 0.11 + shared,
            "LSTM, 43 weights": 0.108 + shared + rng.normal(0, 0.002, 10),
            "paper's cell": 0.14 + shared + rng.normal(0, 0.004, 10),
            OURS[0]: 0.1095 + shared + rng.normal(0, 0.002, 10),
        },
        WEATHER: {
            "ridge": [2.9],
            "persistence": [3.86],
            "climatology": [4.4],
            "paper's cell": rng.normal(3.2, 0.1, 10),
            OURS[0]: rng.normal(2.88, 0.02, 10),
        },
        SINGLE: {"ridge": [12.5], "persistence": [25.0], "paper's cell": [130.0]},
    }


@pytest.fixture
def explorer(scores):
    return ScoreExplorer(scores, measure="RMSE", units={WEATHER: "°C"}, ours=OURS)


def states(figure):
    """Yield the figure in each of many states."""
    for group in figure.scores:
        for beside in ("nothing", "ridge", "climatology", OURS[0]):
            for left_out in (0, 3, 8, 9):
                figure.group, figure.beside, figure.left_out = group, beside, left_out
                yield figure


@pytest.fixture(scope="module")
def javascript():
    """Return a function that applies a function of the module to the state of a figure."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("score_explorer.js").replace("export default", "const figure ="))

        def applied(function, figure):
            state = json.dumps(figure.state(), allow_nan=False)
            return json.loads(context.eval(f"JSON.stringify(({function})({state}))"))

        yield applied


# Numbers ----------------------------------------------------------------------------------------


def test_errors_alone_have_the_interval_of_evaluation(explorer, scores):
    found = explorer.intervals()
    assert found.keys() == scores[SINE].keys()
    for name, errors in scores[SINE].items():
        assert found[name] == interval(errors)
    means = [mean for mean, _, _ in found.values()]
    assert means == sorted(means)


def test_differences_are_paired(explorer, scores):
    """By hand: the same seed, in percent of the other's mean; a t interval over the seeds."""
    explorer.beside = "ridge"
    found = explorer.intervals()
    assert "ridge" not in found
    ridge = scores[SINE]["ridge"]
    for name in found:
        change = 100 * (scores[SINE][name] - ridge) / np.mean(ridge)
        wanted = stats.t.interval(0.95, 9, np.mean(change), np.std(change, ddof=1) / np.sqrt(10))
        assert np.allclose(found[name], [np.mean(change), *wanted], rtol=0, atol=PARITY)
    # What all seeds share is gone: the difference is known better than either error.
    alone = interval(scores[SINE][OURS[0]])
    width = found[OURS[0]][2] - found[OURS[0]][1]
    assert width < (alone[2] - alone[1]) / ridge.mean() * 100 / 2


def test_a_single_run_is_compared_with_every_seed(explorer, scores):
    explorer.group, explorer.beside = WEATHER, "ridge"
    assert np.allclose(
        explorer.runs()["paper's cell"], 100 * (scores[WEATHER]["paper's cell"] - 2.9) / 2.9
    )
    mean, low, high = explorer.intervals()["persistence"]
    assert low == mean == high == pytest.approx(100 * 0.96 / 2.9)
    explorer.beside = "paper's cell"
    assert explorer.runs()["ridge"].shape == (10,)
    # Where nothing varies, as much is said about the seeds.
    explorer.group, explorer.beside = SINGLE, "ridge"
    assert explorer.runs()["persistence"].tolist() == [100.0]
    assert ", one run: " in explorer.describe()


def test_seeds_are_left_out_from_the_last(explorer, scores):
    explorer.left_out = 7
    errors = scores[SINE]["paper's cell"]
    assert explorer.runs()["paper's cell"].tolist() == errors[:3].tolist()
    explorer.beside = "ridge"
    change = (errors - scores[SINE]["ridge"])[:3] / scores[SINE]["ridge"][:3].mean()
    assert explorer.intervals()["paper's cell"] == pytest.approx(interval(100 * change))
    # On a series of single runs they stay.
    explorer.group = SINGLE
    assert all(len(runs) == 1 for runs in explorer.runs().values())


def test_level_widens_the_interval(scores):
    figure = ScoreExplorer(scores, level=0.5)
    assert figure.intervals()["ridge"] == interval(scores[SINE]["ridge"], 0.5)
    assert figure.confidence == "50 %"


def test_page_computes_the_same_rows(explorer, javascript):
    for figure in states(explorer):
        found, runs = figure.intervals(), figure.runs()
        rows = javascript("rowsOf", figure)
        assert [row["name"] for row in rows] == list(found)
        for row in rows:
            name = row["name"]
            assert np.allclose(row["runs"], runs[name], rtol=0, atol=PARITY)
            ends = [row["mean"], row["low"], row["high"]]
            assert np.allclose(ends, found[name], rtol=0, atol=PARITY)


def test_axis_holds_every_run_and_starts_at_zero(explorer, javascript):
    for figure in states(explorer):
        low, high = javascript("(state) => rangeOf(state, rowsOf(state))", figure)
        runs = np.concatenate(list(figure.runs().values()))
        assert min(0, runs.min()) >= low
        assert max(0, runs.max()) <= high
        if figure.beside not in figure.scores[figure.group]:
            assert low == 0


# Words ------------------------------------------------------------------------------------------


def test_page_says_what_python_says(explorer, javascript):
    said = {figure.describe() for figure in states(explorer)}
    assert len(said) > 20
    for figure in states(explorer):
        assert javascript("wordsOf", figure) == figure.describe()
        assert javascript("findingOf", figure) == figure._finding()


def test_words_name_the_best_first(scores):
    figure = ScoreExplorer(scores, units={WEATHER: "°C"}, ours=OURS, group=WEATHER)
    start = f"Ontario 2024, test error, mean of 10 seeds: {OURS[0]} 2.88 °C; ridge 2.90 °C; "
    assert figure.describe().startswith(start)
    assert figure.describe().endswith("; climatology 4.40 °C.")
    assert repr(figure) == f"<ScoreExplorer: {figure.describe()}>"


def test_words_count_what_is_better_and_what_clearly_is():
    models = {
        "ridge": [1.0, 1.0, 1.0],
        "clear": [0.8, 0.81, 0.79],
        "unclear": [0.5, 0.95, 1.5],
        "same each time": [0.9, 0.9, 0.9],
        "worse": [1.2, 1.3, 1.25],
    }
    sure = "of them with a 95 % interval that excludes zero."
    figure = ScoreExplorer({"made up": models}, beside="ridge")
    said = figure.describe().replace("\N{MINUS SIGN}", "-")
    assert said.startswith("made up, test error, difference from ridge (1.000) in percent of it, ")
    assert "clear -20.0 %; same each time -10.0 %; unclear -1.7 %; worse +25.0 %. " in said
    assert said.endswith(f" 3 of 4 models are better than ridge, 2 {sure}")
    # Nothing is clear after one seed.
    figure.left_out = 2
    assert ", one seed alone: " in figure.describe()
    assert figure.describe().endswith(f" 3 of 4 models are better than ridge, none {sure}")
    figure.beside, figure.left_out = "clear", 0
    assert figure.describe().endswith(". None of 4 models is better than clear.")
    # A run alone has no interval, whatever its difference.
    figure = ScoreExplorer({"made up": {"ridge": [1.0], "constant": [0.5]}}, beside="ridge")
    assert figure.describe().endswith(f" 1 of 1 models is better than ridge, none {sure}")


def test_no_rounded_difference_denies_who_is_better(javascript):
    models = {"ridge": [1.0], "hair better": [0.9999], "hair worse": [1.0001], "same": [1.0]}
    figure = ScoreExplorer({"made up": models}, beside="ridge")
    said = ": hair better just under 0 %; same 0.0 %; hair worse just over 0 %. 1 of 3 models is"
    assert said in figure.describe()
    assert javascript("wordsOf", figure) == figure.describe()


def test_no_other_model_where_the_series_has_it_not(explorer):
    explorer.group, explorer.beside = WEATHER, "climatology"
    assert "difference from climatology" in explorer.describe()
    explorer.group = SINE
    assert "difference" not in explorer.describe()
    assert explorer.runs().keys() == explorer.scores[SINE].keys()


# Pictures ---------------------------------------------------------------------------------------


def test_still_is_drawn_in_each_state(explorer):
    for beside, count in (("nothing", 5), ("ridge", 4)):
        explorer.group, explorer.beside, explorer.left_out = WEATHER, beside, 8
        figure = explorer.still()
        (ax,) = figure.axes
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names == list(explorer.intervals())
        assert len(names) == count
        assert ax.get_title(loc="left").replace("\n", " ") == explorer._finding()
        drawn = " ".join(text.get_text() for text in ax.texts)
        assert ("same as ridge" in drawn) == (beside == "ridge")
        assert "mean of the first 2 of 10 seeds" in drawn.replace("\n", " ")
        plt.close(figure)
    assert explorer._repr_mimebundle_()[0]["image/png"]


def test_page_gets_short_numbers_and_all_models(explorer, scores):
    state = explorer.state()
    assert state["digits"] == {SINE: 3, WEATHER: 2, SINGLE: 1}
    assert state["units"] == {SINE: "", WEATHER: "°C", SINGLE: ""}
    assert state["ours"] == ["paper's cell", OURS[0]]
    assert state["scores"][WEATHER]["ridge"] == [2.9]
    assert len(state["reaches"]) == 9
    assert json.loads(json.dumps(state)) == state


# What is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trait", "value"),
    [("group", "sine"), ("beside", "transformer"), ("left_out", 10), ("left_out", -1)],
)
def test_explorer_refuses_what_there_is_not(explorer, trait, value):
    with pytest.raises(traitlets.TraitError, match=f"'{trait}' trait"):
        setattr(explorer, trait, value)


def test_scores_of_an_explorer_stay(explorer):
    with pytest.raises(traitlets.TraitError, match="scores"):
        explorer.scores = {}


def test_explorer_refuses_scores_that_do_not_fit(scores):
    def one(**models):
        return {"sine": {"ridge": [0.1, 0.2], **models}}

    for wrong in ({}, [0.1], None):
        with pytest.raises(ValueError, match="scores must be a mapping of series"):
            ScoreExplorer(wrong)
    for wrong in ({}, [0.1], {"ridge": [0.1]}):
        with pytest.raises(ValueError, match=r"scores\['sine'\] must be a mapping of at least two"):
            ScoreExplorer({"sine": wrong})
    with pytest.raises(ValueError, match=r"must hold errors above 0, got 0"):
        ScoreExplorer(one(LSTM=[0.1, 0.0]))
    with pytest.raises(ValueError, match=r"must hold errors above 0, got none"):
        ScoreExplorer(one(LSTM=np.empty(0)))
    with pytest.raises(ValueError, match=r"scores\['sine'\]\['LSTM'\] must be finite"):
        ScoreExplorer(one(LSTM=[0.1, np.nan]))
    with pytest.raises(TypeError, match=r"scores\['sine'\]\['LSTM'\] must be an array of real"):
        ScoreExplorer(one(LSTM=["low", "high"]))
    with pytest.raises(ValueError, match=r"scores\['sine'\]\['LSTM'\] must have shape"):
        ScoreExplorer(one(LSTM=0.1))
    with pytest.raises(ValueError, match=r"equally many errors for each model, .* got .*'LSTM': 3"):
        ScoreExplorer(one(LSTM=[0.1, 0.2, 0.3]))
    with pytest.raises(ValueError, match="must not have a model named 'nothing'"):
        ScoreExplorer(one(nothing=[0.1, 0.2]))
    with pytest.raises(TypeError, match="measure must be text, got int"):
        ScoreExplorer(scores, measure=1)
    with pytest.raises(TypeError, match="units must be a mapping of series to text"):
        ScoreExplorer(scores, units="°C")
    with pytest.raises(ValueError, match="units must be one of 'sine of 300'"):
        ScoreExplorer(scores, units={"Ontario": "°C"})
    with pytest.raises(ValueError, match="ours must be one of"):
        ScoreExplorer(scores, ours=["transformer"])
    for level in (0.0, 1.0):
        with pytest.raises(ValueError, match="level must"):
            ScoreExplorer(scores, level=level)
