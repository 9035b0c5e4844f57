"""The fair board's problems, and its networks: leaks, starts, linear parts, anomalies."""

from dataclasses import replace

import numpy as np
import pytest
from experiments import fair_board
from experiments.board import networks
from experiments.board.anomalies import OnAnomalies
from experiments.board.forecaster import cut, trained_on
from experiments.board.light_starts import light_starts
from experiments.board.models import LIGHT, MODELS, SMALL
from experiments.board.networks import Network
from experiments.board.problems import Problem, delay, mackey_glass, narma, problem_of
from experiments.board.simple import WindowRidge
from scipy.integrate import solve_ivp

from qrnnlib.cell.engine import Forward

NETWORKS = [name for name, make in MODELS.items() if isinstance(make(0), Network | OnAnomalies)]


def waves(points=90, first=60, periodic=True):
    """Return a short series with a season, as a problem."""
    rng = np.random.default_rng(4)
    values = 0.5 * np.sin(0.3 * np.arange(points)) + 0.2 * rng.normal(size=points)
    return Problem(
        inputs=values,
        targets=values,
        index=np.datetime64("2001-01-01") + np.arange(points),
        counts=np.ones(points, dtype=bool),
        first=first,
        forecasts_itself=True,
        periodic=periodic,
        windows=(4, 6),
    )


@pytest.fixture
def _short(monkeypatch):
    monkeypatch.setattr(networks, "EPOCHS", 3)


# Networks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.usefixtures("_short")
def test_no_network_sees_a_later_value(name):
    given = replace(waves(), windows=(4,))
    later = given.inputs.copy()
    later[70:] = np.random.default_rng(1).uniform(-1, 1, 20)
    other = replace(given, inputs=later, targets=later)
    model, again = (MODELS[name](3).fit(one) for one in (given, other))
    assert model.chosen_ == again.chosen_
    before, after = model.forecast(given, 60), again.forecast(other, 60)
    assert before.shape == (30,)
    np.testing.assert_allclose(after[:11], before[:11], rtol=0, atol=1e-12)
    assert not np.allclose(after[11:], before[11:])
    for name_of_part, part in model.parts(given, 60).items():
        changed = again.parts(other, 60)[name_of_part]
        np.testing.assert_allclose(changed[:11], part[:11], rtol=0, atol=1e-9)


@pytest.mark.usefixtures("_short")
def test_every_network_has_as_many_trials():
    for kind in (SMALL, networks.network(lambda features, key: _Scale(key))):
        assert Network(kind).fit(waves()).trials_ == 4


class _Scale(networks.eqx.Module):
    """A network that is a formula: the last value times one weight."""

    weight: networks.Array

    def __init__(self, key):
        self.weight = networks.jax.random.normal(key)

    def __call__(self, window):
        return self.weight * window[-1]


def test_a_network_that_is_a_formula_is_fitted_and_is_its_own_linear_part():
    given = waves(400, 300)
    model = Network(networks.network(lambda features, key: _Scale(key)), 1).fit(given)
    forecast, parts = model.forecast(given, 300), model.parts(given, 300)
    np.testing.assert_allclose(parts["linear"], forecast, rtol=0, atol=1e-10)
    places = trained_on(given.until(300), 4)
    known = places[: len(places) - int(np.ceil(networks.VALIDATION * len(places)))]
    x, y = given.inputs[known - 1], given.inputs[known]
    assert model.weights_.weight == pytest.approx(x @ y / (x @ x), abs=0.15)
    np.testing.assert_allclose(
        parts["start"], model.start_.weight * given.inputs[299:-1], rtol=0, atol=1e-12
    )


def test_training_is_no_worse_than_its_start_on_the_validation_part():
    given = waves(200, 150)
    model = Network(LIGHT, 2).fit(given)
    places = trained_on(given.until(150), model.chosen_["steps"])
    last = places[-int(np.ceil(networks.VALIDATION * len(places))) :]
    errors = [
        np.mean((model._predict(weights, given, last) - given.targets[last]) ** 2)
        for weights in (model.weights_, model.start_)
    ]
    assert errors[0] <= errors[1] + 1e-12


def test_light_starts_fit_their_readout_and_come_best_first():
    given = waves(200, 150)
    places = trained_on(given.until(150), 6)
    X, y = cut(given, 6, places), given.targets[places]
    design = LIGHT.forward.design
    starts = light_starts(design, 3, X, y, np.random.default_rng(0))
    z = Forward(design).by_hand(X).expectations(starts)
    forecasts = (z @ starts["readout_weight"][:, :, None])[:, :, 0]
    residuals = y - forecasts - starts["readout_bias"][:, None]
    # At the least squares the residuals have no part along any column.
    columns = np.concatenate([z, np.ones((*z.shape[:2], 1))], axis=2)
    assert abs(residuals[:, None] @ columns).max() < 1e-3
    errors = np.mean(residuals**2, axis=1)
    assert list(errors) == sorted(errors)


def test_light_couplings_are_lighter():
    design = LIGHT.forward.design
    rng = np.random.default_rng(5)
    X = rng.normal(size=(40, 4))
    lighter = light_starts(design, 60, X, rng.normal(size=40), rng)["entangler"][:, 0]
    couplings = abs(lighter[:, design.qubits :].reshape(60, -1, 3)[:, :2, 0])
    assert (couplings < 0.2).mean() > 0.2  # below the least of the library's own starts


def test_anomalies_of_a_season_with_memory_are_what_a_regression_has_to_explain():
    days = np.datetime64("2001-01-01") + np.arange(900)
    angle = 2 * np.pi * np.arange(900) / 365.25
    rng = np.random.default_rng(8)
    x = np.zeros(900)
    for t in range(1, 900):
        x[t] = 0.7 * x[t - 1] + 0.1 * rng.normal()
    values = 0.2 - 0.6 * np.cos(angle) + x
    given = replace(waves(900, 700), inputs=values, targets=values, index=days, windows=(10,))
    misses = OnAnomalies(WindowRidge()).fit(given).forecast(given, 700) - values[700:]
    alone = WindowRidge().fit(given).forecast(given, 700) - values[700:]
    best = 0.7 * x[699:-1] - x[700:]
    rms = [np.sqrt(np.mean(m**2)) for m in (misses, alone, best)]
    assert rms[0] < rms[1]
    assert rms[0] == pytest.approx(rms[2], rel=0.06)


def test_only_the_inner_model_counts_but_for_the_season():
    given = waves(90, 60)
    model, inner = OnAnomalies(WindowRidge()).fit(given), WindowRidge().fit(given)
    assert model.parameters_ == inner.parameters_ + 3


# Problems -------------------------------------------------------------------------------------


def test_narma_obeys_its_recurrence():
    u, y = narma(200, np.random.default_rng(1))
    assert u.min() >= 0
    assert u.max() <= 0.5
    for t in range(10, 200):
        wanted = 0.3 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum()
        assert y[t] == pytest.approx(wanted + 1.5 * u[t - 10] * u[t - 1] + 0.1, abs=1e-12)


@pytest.mark.parametrize("lag", [1, 3, 10])
def test_the_delayed_target_stands_in_the_window(lag):
    given = problem_of(
        {"kind": "delay", "lag": lag, "points": 60, "train": 0.7, "windows": [12]}, 2
    )
    places = trained_on(given, 12)
    windows = cut(given, 12, places)
    # Inputs and targets have their own scales, so they are equal up to a straight line.
    slope, constant = np.polyfit(windows[:, -lag], given.targets[places], 1)
    np.testing.assert_allclose(
        slope * windows[:, -lag] + constant, given.targets[places], rtol=0, atol=1e-12
    )
    u, y = delay(50, lag, np.random.default_rng(0))
    np.testing.assert_array_equal(y[lag:], u[:-lag])


class _Start:
    """A generator whose only number is the start."""

    def __init__(self, value):
        self.value = value

    def uniform(self, low, high):
        assert low <= self.value <= high
        return self.value


def test_mackey_glass_rests_at_its_fixed_point():
    np.testing.assert_allclose(mackey_glass(5, _Start(1.0)), 1.0, rtol=0, atol=1e-12)


def test_mackey_glass_is_what_an_outside_solver_finds():
    """By the method of steps: each stretch of 17 units is an ordinary differential equation."""
    start, pieces = 1.2, []

    def before(t):
        if t <= 0:
            return start
        return pieces[min(int(t // 17), len(pieces) - 1)](t)[0]

    for k in range(19):
        then = before if k else (lambda t: start)

        def slope(t, x, then=then):
            late = then(t - 17)
            return 0.2 * late / (1 + late**10) - 0.1 * x

        begin = [before(17 * k - 1e-9)] if k else [start]
        found = solve_ivp(
            slope, (17 * k, 17 * (k + 1)), begin, rtol=1e-9, atol=1e-10, dense_output=True,
            max_step=1.0,
        )  # fmt: skip
        pieces.append(found.sol)
    ours = mackey_glass(3, _Start(start))
    theirs = [before(300 + 6 * k) for k in (1, 2, 3)]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=5e-3)


def test_the_past_alone_scales_a_problem():
    given = fair_board.PROBLEMS["sine of 300"]
    problem = problem_of(given, 3)
    assert problem.inputs[: problem.first].min() == pytest.approx(-1)
    assert problem.inputs[: problem.first].max() == pytest.approx(1)
    assert problem.until(50).first == 50
    assert len(problem.until(50).clean) == 50
    with pytest.raises(ValueError, match="read-only"):
        problem.index[0] = 5


# The board ------------------------------------------------------------------------------------


def test_all_models_are_on_the_board_and_none_twice():
    tasks = fair_board.tasks()
    assert {task["model"] for task in tasks} == set(MODELS)
    assert len({str(task) for task in tasks}) == len(tasks)
    assert {task["problem_name"] for task in tasks} == set(fair_board.PROBLEMS)
    seeds = {task["seed"] for task in tasks}
    assert min(seeds) > 704  # lower ones were seen while the models were written
