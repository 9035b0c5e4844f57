import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import check_random_state

from qrnnlib import Persistence, compare, interval, noisy_sine, split_in_time, window_ridge
from qrnnlib.learning.evaluation import Score, Scoreboard

SPLITS = [split_in_time(noisy_sine(random_state=seed)) for seed in range(3)]


class Coin(DummyRegressor):
    """Forecast a random constant, to see which random state arrives."""

    def __init__(self, random_state=None):
        super().__init__(strategy="constant")
        self.random_state = random_state

    def fit(self, X, y):
        self.constant = check_random_state(self.random_state).uniform()
        self.n_parameters_ = 1
        return super().fit(X, y)


def test_errors_of_persistence_are_the_differences_of_neighbours() -> None:
    board = compare({"persistence": Persistence()}, SPLITS)
    score = board.scores["persistence"]
    for run, split in enumerate(SPLITS):
        values = noisy_sine(random_state=run).values
        steps = np.diff(values)[-len(split.y_test) :]
        assert_allclose(score.test_rmse[run], np.sqrt(np.mean(steps**2)))
        assert_allclose(score.test_mae[run], np.mean(np.abs(steps)))
        assert_allclose(score.predictions[run], values[-len(steps) - 1 : -1])
        # Scaling maps the training part onto an interval of length 2.
        factor = 2 / np.ptp(values[:80])
        assert_allclose(score.test_mse[run], factor**2 * np.mean(steps**2))


def test_models_are_cloned_and_seeded_by_run() -> None:
    coin = Coin()
    board = compare({"coin": coin}, SPLITS)
    expected = [check_random_state(run).uniform() for run in range(3)]
    for run, split in enumerate(SPLITS):
        forecast = board.scores["coin"].predictions[run]
        assert_allclose(forecast, split.to_units(np.full(20, expected[run])))
    assert not hasattr(coin, "constant_")


def test_threads_change_nothing() -> None:
    models = {"ridge": window_ridge(), "persistence": Persistence()}
    one, two = compare(models, SPLITS), compare(models, SPLITS, n_jobs=2)
    for name in models:
        assert np.array_equal(one.scores[name].test_mse, two.scores[name].test_mse)


def test_ridge_counts_its_slope_for_each_step_and_one_intercept() -> None:
    assert compare({"ridge": window_ridge()}, SPLITS).scores["ridge"].parameters == 11


def test_a_model_that_does_not_count_is_scored_all_the_same() -> None:
    """A tree has no weights to count; a pipeline has those of its last step."""
    models = {
        "tree": DecisionTreeRegressor(max_depth=2),
        "scaled ridge": make_pipeline(StandardScaler(), window_ridge()),
    }
    board = compare(models, SPLITS[:1])
    assert board.scores["tree"].parameters is None
    assert board.scores["scaled ridge"].parameters == 11
    assert {row[0]: row[1] for row in board.rows()}["tree"] == "?"


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_interval_holds_its_mean_in_the_middle(values: list[float]) -> None:
    mean, low, high = interval(values)
    assert_allclose(mean, np.mean(values), atol=1e-9)
    assert_allclose((low + high) / 2, mean, atol=1e-6)
    assert low <= high


def test_interval_covers_the_truth_as_often_as_it_says() -> None:
    # 2000 intervals of 90 %: the count covered is binomial with standard deviation 13.4.
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2000):
        _, low, high = interval(rng.normal(size=5), level=0.9)
        covered += low <= 0 <= high
    assert abs(covered - 1800) < 5 * 13.4


def test_the_board_is_sorted_and_escaped() -> None:
    def score(error: float) -> Score:
        return Score(1, *[np.array([error])] * 4, (np.zeros(1),), 0.0)

    board = Scoreboard({"<b>bad</b>": score(2.0), "good": score(1.0)}, "°C")
    assert board.ranking() == ["good", "<b>bad</b>"]
    page = board._repr_html_()
    assert page.startswith('<table class="mathjax_ignore tex2jax_ignore">')
    assert "<b>" not in page
    assert page.index("good") < page.index("&lt;b&gt;")
    assert "RMSE (°C)" in repr(board)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({}, SPLITS), "models must hold"),
        (({"p": Persistence()}, []), "splits must hold"),
    ],
)
def test_nothing_to_compare_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare(*arguments)


def test_no_run_has_no_interval() -> None:
    with pytest.raises(ValueError, match="values must hold"):
        interval([])
    assert interval([2.0]) == (2.0, 2.0, 2.0)


def test_runs_that_are_equal_have_no_interval_on_the_board() -> None:
    board = compare({"ridge": window_ridge()}, [SPLITS[0]] * 3)
    assert "±" not in repr(board)
    assert "±" in repr(compare({"ridge": window_ridge()}, SPLITS))
