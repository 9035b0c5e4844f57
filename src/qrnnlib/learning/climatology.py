"""A forecast from the calendar alone: the usual value for the day of the year."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks
from qrnnlib.series import date_formats

#: Waves with one and with two periods a year.
HARMONICS = (1, 2)

#: Length of a year in days.
YEAR = 365.25


class Climatology(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """The usual value for the day of the year: a mean and two yearly harmonics.

    The forecast is ``a0 + a1 cos w + b1 sin w + a2 cos 2w + b2 sin 2w`` with
    ``w = 2 pi (day of the year - 1) / 365.25``; the five coefficients are fitted by least squares.

    Its input is the dates of the values to forecast, not windows. It is only as good as the part
    of the year it was trained on: with less than a whole year, nothing constrains the harmonics in
    the missing months, and their forecasts there can be far off.

    Attributes
    ----------
    coef_ : ndarray, shape (4,)
        a1, b1, a2 and b2, in the unit of the values.
    intercept_ : float
        a0.
    n_parameters_ : int
        5.

    Examples
    --------
    >>> days = np.arange("2020-01-01", "2022-01-01", dtype="datetime64[D]")
    >>> warmth = 10 - 12 * np.cos(2 * np.pi * np.arange(len(days)) / 365.25)
    >>> Climatology().fit(days, warmth).predict(days[[0, 182]]).round(1)
    array([-2., 22.])
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit the five coefficients.

        Parameters
        ----------
        X : array_like of dates, shape (n,)
            Dates of the values (datetime64, or as for the index of a `Series`); the time of day is
            ignored.
        y : array_like, shape (n,)

        Raises
        ------
        TypeError, ValueError
            If `X` does not hold dates, `y` does not match them, or there are fewer than five
            different days of the year, too few to determine the coefficients.
        """
        angle = _angle(X)
        values = _checks.real_array("y", y, angle.shape)
        days = len(np.unique(angle))
        if days < 1 + 2 * len(HARMONICS):
            raise ValueError(
                f"X must hold at least {1 + 2 * len(HARMONICS)} different days of the year, "
                f"got {days}"
            )
        solution = np.linalg.lstsq(_waves(angle), values)[0]
        self.intercept_, self.coef_ = float(solution[0]), solution[1:]
        self.n_parameters_ = len(solution)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the usual value for each date: (n,) -> (n,).

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If there are no coefficients yet.
        TypeError, ValueError
            If `X` does not hold dates.
        """
        check_is_fitted(self, "coef_")
        forecast: NDArray[np.float64] = _waves(_angle(X)) @ np.append(self.intercept_, self.coef_)
        return forecast

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        return tags


def _angle(dates: ArrayLike) -> NDArray[np.float64]:
    """Return the phase of each date within its year, in radians."""
    known = date_formats.of("X", dates)
    if known is None:
        got = _checks.as_array("X", dates).dtype
        raise TypeError(f"X must be an array of dates (datetime64), got dtype {got}")
    array, _ = known
    if array.ndim != 1:
        raise ValueError(f"X must have shape (any,), got {array.shape}")
    if np.any(np.isnat(array)):
        raise ValueError(
            f"X must hold dates only, got NaT at index {int(np.argmax(np.isnat(array)))}"
        )
    day = array.astype("datetime64[D]")
    passed = (day - day.astype("datetime64[Y]")).astype(np.int64)
    return np.asarray(2 * np.pi * passed / YEAR)


def _waves(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the design matrix: a constant and the harmonics, one column each."""
    waves = [wave(k * angle) for k in HARMONICS for wave in (np.cos, np.sin)]
    return np.column_stack([np.ones_like(angle), *waves])
