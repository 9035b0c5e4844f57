"""The two figures of series: what Python refuses, and the page's numbers held to the library's."""

import json
import warnings
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer
from random_cells import random_weights
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from qrnnbook.widgets import DenoisingPlayground, WeatherExplorer
from qrnnbook.widgets._figure import bundled
from qrnnlib import (
    MeasuredCell,
    Persistence,
    QuantumLSTM,
    QuantumRNN,
    Series,
    SyntheticDataWarning,
    compare,
    noisy_sine,
    ontario_weather,
    split_in_time,
    window_ridge,
)
from qrnnlib.cell import fitted_settings

PARITY = 1e-10

NOISE = 0.1 * np.sqrt(2)


def fitted(model, split):
    return model.fit(split.X_train, split.y_train)


def page(figure):
    """Return a function that evaluates JavaScript beside a figure's module and its state."""
    context = MiniRacer()
    module = bundled(type(figure).script).replace("export default", "const figure =")
    context.eval(f"{module}\nconst state = {json.dumps(figure.state(), allow_nan=False)};")

    def evaluated(script):
        return json.loads(context.eval(f"JSON.stringify({script})"))

    return evaluated


# The denoising playground -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def sine():
    return split_in_time(noisy_sine(noise=NOISE, random_state=0), steps=10, train=0.8)


@pytest.fixture(scope="module")
def ridge(sine):
    return fitted(window_ridge(), sine)


def cell_of(kind=QuantumLSTM, seed=0, **settings):
    """Return an estimator with random weights, which saves the training."""
    model = kind.paper(**settings)
    return kind.from_weights(random_weights(model.design(), seed), **model.get_params())


CELLS = {
    "most likely": cell_of(),
    "no disentangler": cell_of(QuantumRNN, 1),
    "diagonal": cell_of(seed=2, collapse="diagonal"),
    "channel": cell_of(seed=3, collapse="channel"),
    "angle": cell_of(seed=4, encoding="angle", layers=4),
    "linear": cell_of(QuantumRNN, 5, readout="linear"),
}


@pytest.fixture(scope="module")
def cell():
    return CELLS["most likely"]


@pytest.fixture
def playground(cell, ridge, sine):
    return DenoisingPlayground(cell, ridge, sine, noise=NOISE, periods=4)


SERIES = "noisySine(state).values"
PARTS = "{ ...state, cell: joined(state.cell) }"


@pytest.mark.parametrize(("noise", "periods", "seed"), [(NOISE, 4, 0), (0.4, 1.25, 50), (0, 8, 7)])
def test_page_draws_the_series_that_python_knows(playground, noise, periods, seed):
    playground.set_trait("noise", noise)
    playground.set_trait("periods", periods)
    playground.set_trait("seed", seed)
    made = page(playground)("noisySine(state)")
    series = playground.series()
    assert np.max(np.abs(made["values"] - series.values)) < PARITY
    assert np.max(np.abs(made["clean"] - series.clean)) < PARITY


def test_a_bent_wave_is_the_same_in_page_and_python(playground):
    """A bend lifts its point by its height, leaves the other points, and falls off as a cosine."""
    straight = playground.series().clean
    playground.bends = [0, 0, 0.5, 0, 0, -1, 0, 0, 0, 1]
    made = page(playground)("noisySine(state)")
    series = playground.series()
    assert np.max(np.abs(made["values"] - series.values)) < PARITY
    assert np.max(np.abs(made["clean"] - series.clean)) < PARITY
    lift = series.clean - straight  # 100 values: every 11th is at a point
    assert np.allclose(lift[::11], playground.bends, rtol=0, atol=PARITY)
    rise = (1 - np.cos(np.pi * np.arange(12) / 11)) / 2
    assert np.allclose(lift[11:23], 0.5 * rise, rtol=0, atol=PARITY)
    assert "4 periods, bent, with noise" in playground.describe()


def test_the_question_is_answered_over_many_draws(playground):
    """The page counts the draws in which the cell is nearer; here they are counted one by one."""
    playground.noise, playground.periods, playground.bends = 0.3, 2, [0.5] * 10
    found = page(playground)(f"drawsCompared({PARTS}, state)")
    trained = playground.trained
    playground.noise, playground.periods = trained["noise"], trained["periods"]
    playground.bends = found["flat"]
    ahead = {}
    for seed in range(15):
        playground.seed = seed
        errors = playground.errors("clean")
        ahead[seed] = errors[playground.name] - errors["ridge"]
    assert found["draws"] == 15
    assert found["nearer"] == sum(by < 0 for by in ahead.values())
    assert sum(by < ahead[found["typical"]] for by in ahead.values()) == 7
    assert found["flat"] == [0] * 10


def test_noise_of_the_page_is_normal_and_new_with_each_seed(playground):
    playground.noise = 0.4
    draws = []
    for seed in range(51):
        playground.seed = seed
        series = playground.series()
        draws.append((series.values - series.clean) / 0.4)
    draws = np.array(draws)
    assert abs(draws.mean()) < 0.05
    assert abs(draws.std() - 1) < 0.05
    assert abs((draws**4).mean() - 3) < 0.4
    assert np.abs(np.corrcoef(draws) - np.eye(51)).max() < 0.5


@pytest.mark.parametrize("name", CELLS)
def test_page_forecasts_what_the_estimators_predict(name, ridge, sine):
    model = CELLS[name]
    figure = DenoisingPlayground(model, ridge, sine, noise=0.2, periods=5, seed=3)
    made = page(figure)(f"forecastsOf({PARTS}, {SERIES})")
    values = figure.series().values
    scaled = sine.scaler.transform(values.reshape(-1, 1)).ravel()
    X = np.lib.stride_tricks.sliding_window_view(scaled, 10)[:-1]
    for key, estimator in ((figure.name, model), ("ridge", ridge)):
        wanted = sine.to_units(estimator.predict(X))
        assert np.max(np.abs(np.array(made[key]) - wanted)) < PARITY
        assert np.max(np.abs(figure.forecasts()[key] - wanted)) < PARITY
    assert np.max(np.abs(np.array(made["persistence"]) - values[9:-1])) < PARITY


def test_errors_of_the_page_are_those_of_evaluation(playground):
    """`compare` fits anew, so only what needs no fit can be asked for."""
    series = playground.series()
    split = split_in_time(series, steps=10, train=0.8)
    board = compare({"persistence": Persistence()}, [split], progress=False)
    evaluated = page(playground)
    made = f"forecastsOf({PARTS}, {SERIES})"
    late = f"Object.fromEntries(Object.entries({made}).map(([name, y]) => [name, y.slice(-20)]))"
    errors = evaluated(f"errorsOf({late}, {SERIES})")
    assert abs(errors["persistence"] - board.scores["persistence"].test_rmse[0]) < PARITY
    for target, against in (("clean", "clean"), ("values", "noisy")):
        errors = evaluated(f"errorsOf({made}, noisySine(state).{target})")
        for name, error in playground.errors(against).items():
            assert abs(errors[name] - error) < PARITY


def test_split_without_a_scale(cell, ridge):
    split = split_in_time(noisy_sine(noise=NOISE, random_state=0), scale=None)
    figure = DenoisingPlayground(cell, ridge, split, noise=NOISE, periods=4)
    assert figure.scaler == {"factor": 1.0, "offset": 0.0}
    made = page(figure)(f"forecastsOf({PARTS}, {SERIES})")["ridge"]
    assert np.max(np.abs(made - figure.forecasts()["ridge"])) < PARITY


def test_playground_says_what_it_shows(playground):
    errors = playground.errors("clean")
    first = min(errors, key=errors.get)
    assert f"clean wave: {first} {errors[first]:.3f}" in playground.describe()
    assert "trained at noise 0.14 and 4 periods" in playground.describe()
    bundle = playground._repr_mimebundle_()[0]
    assert set(bundle) >= {"text/html", "image/png", "text/plain"}


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("noise", 0.5),
        ("noise", np.nan),
        ("periods", 0.0),
        ("seed", 51),
        ("bends", [0.0] * 9),
        ("bends", [0.0] * 9 + [1.5]),
        ("point", 10),
    ],
)
def test_playground_refuses_values_out_of_range(playground, trait, value):
    with pytest.raises(traitlets.TraitError, match=trait):
        playground.set_trait(trait, value)


def test_trained_models_of_a_playground_stay(playground):
    with pytest.raises(traitlets.TraitError, match="cell"):
        playground.cell = {}


def test_playground_refuses_models_that_do_not_fit(cell, ridge, sine):
    def made(cell=cell, ridge=ridge, split=sine, **options):
        return DenoisingPlayground(cell, ridge, split, **{"noise": 0.1, "periods": 4, **options})

    shorter = split_in_time(noisy_sine(noise=NOISE, random_state=0), steps=5)
    for_five = cell_of()
    for_five.n_features_in_ = 5
    fitted_settings.store(for_five)
    with pytest.raises(TypeError, match="cell must be"):
        made(cell=ridge)
    with pytest.raises(TypeError, match="cell must be"):
        made(cell=MeasuredCell(cell.weights_, cell.design()))
    with pytest.raises(NotFittedError):
        made(cell=QuantumLSTM.paper())
    with pytest.raises(ValueError, match="cell must not collapse at random"):
        made(cell=cell_of(collapse="sampled"))
    with pytest.raises(ValueError, match="cell must have at most 4 qubits"):
        made(cell=cell_of(memory_qubits=3))
    with pytest.raises(ValueError, match="cell must be fitted on windows of 10 steps"):
        made(cell=for_five)
    with pytest.raises(ValueError, match="ridge must be fitted on windows of 10 steps"):
        made(ridge=fitted(window_ridge(), shorter))
    with pytest.raises(NotFittedError):
        made(ridge=window_ridge())
    with pytest.raises(TypeError, match="ridge must be"):
        made(ridge="ridge")
    with pytest.raises(TypeError, match="ridge must be"):
        made(ridge=fitted(KNeighborsRegressor(), sine))
    with pytest.raises(TypeError, match="split must be"):
        made(split=sine.X_train)
    with pytest.raises(ValueError, match="points must be at least 11"):
        made(points=10)


# The weather explorer ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year():
    """A year as the library makes it up, with four days that nobody measured."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore", SyntheticDataWarning)
        patch.setattr("qrnnlib.series.eccc.read_stored", lambda *_: None)

        def unavailable(*_):
            from qrnnlib.series.eccc import UnavailableError

            raise UnavailableError("no network in this test")

        patch.setattr("qrnnlib.series.eccc.download_year", unavailable)
        made = ontario_weather("toronto", years=2024)
    interpolated = np.zeros(len(made), dtype=bool)
    interpolated[[50, 51, 200, 300]] = True
    return replace(made, interpolated=interpolated)


@pytest.fixture(scope="module")
def weeks(year):
    return split_in_time(year, steps=10, train=0.7)


@pytest.fixture(scope="module")
def models(weeks):
    return {
        "persistence": fitted(Persistence(), weeks),
        "ridge": fitted(window_ridge(), weeks),
        "quantum LSTM": cell_of(seed=6),
    }


@pytest.fixture
def explorer(year, weeks, models):
    return WeatherExplorer(year, weeks, models)


def test_page_knows_the_forecasts_of_the_estimators(explorer, year, weeks, models):
    at = np.searchsorted(year.index, weeks.index_test)
    for name, model in models.items():
        wanted = weeks.to_units(model.predict(weeks.X_test))
        made = np.array(explorer.forecasts[name], dtype=float)
        assert np.max(np.abs(made[at] - wanted)) < PARITY
    assert explorer.first_forecast == 10
    assert explorer.test_from == at[0] == 256


def test_days_that_nobody_measured_are_not_shown(explorer, year):
    missing = [k for k, value in enumerate(explorer.truth) if value is None]
    assert missing == np.flatnonzero(year.interpolated).tolist()
    forecast = explorer.forecasts["ridge"]
    assert [k for k, y in enumerate(forecast) if y is None] == [
        *range(10),
        50,
        51,
        52,
        200,
        201,
        300,
        301,
    ]


def test_error_over_the_test_part_is_that_of_evaluation(explorer, weeks, models):
    explorer.length = len(explorer.truth) - explorer.test_from
    explorer.day = len(explorer.truth) - 1
    plain = {name: models[name] for name in ("persistence", "ridge")}
    board = compare(plain, [weeks], progress=False)
    first = "firstShown(state.day, state.length)"
    running = page(explorer)(f"runningErrors(state.forecasts, state.truth, {first}, state.day)")
    assert running.keys() == models.keys() == explorer.errors().keys()
    for name, score in board.scores.items():
        assert abs(running[name][-1] - score.test_rmse[0]) < PARITY
        assert abs(explorer.errors()[name] - score.test_rmse[0]) < PARITY


@pytest.mark.parametrize(("day", "length"), [(10, 7), (55, 20), (365, 366), (316, 60)])
def test_running_errors_end_on_the_error_of_the_days_shown(explorer, day, length):
    explorer.length, explorer.day = length, day
    evaluated = page(explorer)
    first = evaluated("firstShown(state.day, state.length)")
    running = evaluated(f"runningErrors(state.forecasts, state.truth, {first}, state.day)")
    assert len(running["ridge"]) == len(explorer.dates()) == min(day + 1, length)
    for name, error in explorer.errors().items():
        assert abs(running[name][-1] - error) < PARITY


@pytest.mark.parametrize(
    ("handle", "at", "wanted"),
    [
        ("window", 20, (79, 60)),  # all of it goes along, its length stays
        ("window", -50, (59, 60)),
        ("window", 900, (365, 60)),
        ("start", 90, (99, 10)),
        ("start", 98, (99, 7)),  # at least a week
        ("start", -3, (99, 100)),
        ("end", 119, (119, 80)),
        ("end", 30, (46, 7)),
        ("end", 400, (365, 326)),
    ],
)
def test_the_window_is_where_it_is_dragged(explorer, handle, at, wanted):
    """From day 99 and 60 days: what is dragged to a day, and what Python takes of it."""
    state = {"day": 99, "length": 60, "first": 10, "last": 365}
    found = page(explorer)(f"windowAt({handle!r}, {at}, {json.dumps(state)})")
    assert (found["day"], found["length"]) == wanted
    explorer.day, explorer.length = wanted
    assert len(explorer.dates()) == wanted[1]


def test_dates_in_words(explorer):
    evaluated = page(explorer)
    assert evaluated("dateInWords('2023-12-31', 60)") == "29 February 2024"
    explorer.length, explorer.day = 60, 30
    assert "1 to 31 January 2024" in explorer.describe()
    explorer.day = 365
    assert "2 November to 31 December 2024" in explorer.describe()


def words_on(picture):
    """Return the texts in a picture, which is closed."""
    plt.close(picture)
    return [text.get_text() for text in picture.axes[0].texts]


def test_synthetic_data_say_so(explorer):
    assert explorer.synthetic
    assert explorer.credit.startswith("SYNTHETIC data, not measurements")
    assert explorer.describe().startswith("Synthetic data. SYNTHETIC daily mean temperature")
    assert "SYNTHETIC data" in words_on(explorer.still())


def test_attribution_is_shown(year, weeks, models):
    measured = replace(year, synthetic=False, attribution="Data Source: ECCC (https://eccc.ca/)")
    figure = WeatherExplorer(measured, weeks, models)
    assert figure.credit == measured.attribution
    assert any("Data Source: ECCC" in text for text in words_on(figure.still()))
    own = replace(year, synthetic=False, source="my own thermometer")
    assert WeatherExplorer(own, weeks, models).credit == "Source: my own thermometer"


def test_years_beside_a_gap(models, year):
    """Gaps that were left out: where a window spans one, nothing is forecast, and that is said."""
    keep = np.ones(len(year), dtype=bool)
    keep[100:110] = False
    broken = Series(year.values[keep], year.index[keep], name="broken", step=1.0)
    split = split_in_time(broken, steps=10, train=0.7)
    figure = WeatherExplorer(broken, split, models, day=115, length=7)
    assert figure.errors() == {}
    assert figure.describe().endswith("Nothing is forecast.")
    assert figure._repr_mimebundle_()[0]["image/png"]
    running = page(figure)("runningErrors(state.forecasts, state.truth, 109, 115)")
    assert running["ridge"] == [None] * 7
    assert figure.first_day == "2024-01-01"
    assert len(figure.truth) == 366


def test_explorer_refuses_days_out_of_range(explorer):
    for trait, value in (("day", 9), ("day", 366), ("length", 6), ("length", 367)):
        with pytest.raises(traitlets.TraitError, match=trait):
            explorer.set_trait(trait, value)
    with pytest.raises(traitlets.TraitError, match="truth"):
        explorer.truth = []


class Wild(Persistence):
    """Forecasts what no page could show."""

    def predict(self, X):
        return np.full(len(X), np.nan)


def test_explorer_refuses_what_does_not_fit(year, weeks, models):
    with pytest.raises(TypeError, match="series must be a Series"):
        WeatherExplorer(year.values, weeks, models)
    with pytest.raises(ValueError, match="series must be indexed by days"):
        WeatherExplorer(Series(year.values, np.arange(366.0)), weeks, models)
    with pytest.raises(ValueError, match="values must be finite"):
        WeatherExplorer(replace(year, values=np.full(366, np.nan)), weeks, models)
    with pytest.raises(TypeError, match="split must be a Split"):
        WeatherExplorer(year, weeks.X_test, models)
    for other in (year[:300], year[20:], replace(year, values=year.values + 1)):
        with pytest.raises(ValueError, match="split must be cut from the series"):
            WeatherExplorer(other, weeks, models)
    with pytest.raises(ValueError, match="split must be cut from the series"):
        WeatherExplorer(year, split_in_time(noisy_sine()), models)
    with pytest.raises(ValueError, match="models must be"):
        WeatherExplorer(year, weeks, {})
    with pytest.raises(TypeError, match=r"models\['ridge'\] must be a fitted regressor"):
        WeatherExplorer(year, weeks, {"ridge": "ridge"})
    with pytest.raises(NotFittedError):
        WeatherExplorer(year, weeks, {"ridge": window_ridge()})
    other = split_in_time(year, steps=5)
    with pytest.raises(ValueError, match=r"models\['ridge'\] must be fitted on windows of 10"):
        WeatherExplorer(year, weeks, {"ridge": fitted(window_ridge(), other)})
    with pytest.raises(ValueError, match=r"models\['wild'\].predict\(X\) must be finite"):
        WeatherExplorer(year, weeks, {"wild": fitted(Wild(), weeks)})
    with pytest.raises(ValueError, match="ours must be one of"):
        WeatherExplorer(year, weeks, models, ours=["transformer"])


def test_pipelines_are_models_too(year, weeks):
    pipeline = fitted(make_pipeline(window_ridge()), weeks)
    assert WeatherExplorer(year, weeks, {"linear": pipeline}, ours=["linear"]).ours == ["linear"]
