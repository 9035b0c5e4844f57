"""The calendar forecast: its coefficients where they are known, and what it refuses."""

import datetime

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from qrnnlib import Climatology

TRUE = np.array([9.0, -12.0, 3.0, 0.7, -0.4])


def angle(days):
    """Return the angle by the standard library's calendar."""
    number = np.array([day.timetuple().tm_yday for day in days.astype(datetime.date)])
    return 2 * np.pi * (number - 1) / 365.25


def usual(days):
    w = angle(days)
    a0, a1, b1, a2, b2 = TRUE
    return a0 + a1 * np.cos(w) + b1 * np.sin(w) + a2 * np.cos(2 * w) + b2 * np.sin(2 * w)


def days_of(first, last):
    return np.arange(first, last, dtype="datetime64[D]")


def test_known_coefficients_come_back():
    """Over a leap year, where 31 December is day 366; also in years that were not seen."""
    days = days_of("2019-03-05", "2021-06-20")
    model = Climatology().fit(days, usual(days))
    np.testing.assert_allclose(np.append(model.intercept_, model.coef_), TRUE, rtol=0, atol=1e-10)
    later = days_of("1999-01-01", "2001-01-01")
    np.testing.assert_allclose(model.predict(later), usual(later), rtol=0, atol=1e-10)
    assert model.n_parameters_ == 5


def test_it_is_least_squares():
    """With noise: the normal equations, and a rest that is orthogonal to all five waves."""
    rng = np.random.default_rng(0)
    days = days_of("2018-01-01", "2021-01-01")
    y = usual(days) + rng.normal(size=len(days))
    w = angle(days)
    A = np.column_stack([np.ones(len(w)), np.cos(w), np.sin(w), np.cos(2 * w), np.sin(2 * w)])
    model = Climatology().fit(days, y)
    np.testing.assert_allclose(
        np.append(model.intercept_, model.coef_), np.linalg.solve(A.T @ A, A.T @ y), atol=1e-10
    )
    np.testing.assert_allclose(A.T @ (y - model.predict(days)), 0, atol=1e-8)


def test_less_than_a_year_is_fitted_but_goes_astray():
    """Without noise any five days will do; with it the months that are missing are anyone's."""
    days = days_of("2020-06-01", "2020-06-06")
    model = Climatology().fit(days, usual(days))
    np.testing.assert_allclose(model.predict(days), usual(days), rtol=0, atol=1e-8)
    rng = np.random.default_rng(0)
    summer, winter = days_of("2020-06-01", "2020-09-01"), days_of("2020-12-01", "2021-03-01")
    model.fit(summer, usual(summer) + rng.normal(size=len(summer)))
    assert np.sqrt(np.mean((model.predict(summer) - usual(summer)) ** 2)) < 1
    assert np.sqrt(np.mean((model.predict(winter) - usual(winter)) ** 2)) > 10


@pytest.mark.parametrize("unit", ["datetime64[s]", "datetime64[ns]"])
def test_of_a_time_only_the_date_counts(unit):
    days = days_of("2019-01-01", "2020-01-01")
    times = days.astype(unit) + np.timedelta64(23, "h")
    y = usual(days)
    model, same = Climatology().fit(days, y), Climatology().fit(times, y)
    np.testing.assert_array_equal(model.predict(days), same.predict(times))


def test_it_is_an_estimator():
    days = days_of("2019-01-01", "2020-01-01")
    model = clone(Climatology())
    with pytest.raises(NotFittedError):
        model.predict(days)
    assert model.fit(days, usual(days)).score(days, usual(days)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("X", "y", "error", "words"),
    [
        ([0.0, 1.0], [0, 0], TypeError, r"^X must be an array of dates .* got dtype float64"),
        (["Monday"], [0], TypeError, r"^X must be an array of dates"),
        (np.array([["2020-01-01"] * 2], "M8[D]"), [0], ValueError, r"^X must have shape \(any,\)"),
        (np.array(["2020-01-01", "NaT"], "M8[D]"), [0, 0], ValueError, "NaT at index 1"),
        (days_of("2020-01-01", "2020-01-10"), [0, 0], ValueError, r"^y must have shape \(9,\)"),
        (days_of("2020-01-01", "2020-01-03"), [0, np.nan], ValueError, "^y must be finite"),
        (
            np.tile(days_of("2020-01-01", "2020-01-05"), 9),
            np.zeros(36),
            ValueError,
            "^X must hold at least 5 different days of the year, got 4",
        ),
    ],
)
def test_what_it_refuses(X, y, error, words):
    with pytest.raises(error, match=words):
        Climatology().fit(X, y)
