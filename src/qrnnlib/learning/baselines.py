"""Baselines for the quantum cells: persistence, and ridge regression on the window.

Both are scikit-learn regressors on the same windows as `qrnnlib.learning.estimators`. The ridge
regression is scikit-learn's own: `window_ridge` only fixes its settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import RidgeCV
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.learning import inputs


@dataclass(eq=False, repr=False, kw_only=True)
class Persistence(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Persistence: forecast the latest value a whole number of periods before the target.

    Parameters
    ----------
    period : int, default 1
        Points after which the series repeats itself, such as 7 for daily values with a weekly
        cycle. The forecast is the latest value in the window that lies a whole number of periods
        before the target. With 1 that is the last value of the window, at any horizon.
    horizon : int, default 1
        Points from the last value of the window to the target, as in `qrnnlib.split_in_time`.
        With a period of 1 it makes no difference.

    Attributes
    ----------
    n_parameters_ : int
        0: nothing is learned.

    Examples
    --------
    >>> Persistence().fit([[1, 2], [2, 3]], [3, 4]).predict([[5, 6]])
    array([6.])

    Two points ahead in a series that repeats itself exactly, with period 3:

    >>> X, y = [[1, 2, 3], [2, 3, 1]], [2, 3]
    >>> Persistence(period=3, horizon=2).fit(X, y).predict(X)
    array([2., 3.])
    """

    period: int = 1
    horizon: int = 1

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Check the arrays; there is nothing to learn.

        Raises
        ------
        TypeError, ValueError
            If `X` (windows, steps) and `y` (windows,) do not match, `period` or `horizon` is below
            1, or the windows are too short to reach back by whole periods.
        """
        windows, _ = inputs.to_fit(self, X, y)
        period = _checks.integer("period", self.period)
        horizon = _checks.integer("horizon", self.horizon)
        # Whole periods back from the target (rounded up), counted from the window's last value.
        back = -(-horizon // period) * period - horizon
        if back >= windows.shape[1]:
            raise ValueError(
                f"X must hold windows of at least {back + 1} steps to reach a period of {period} "
                f"back from {horizon} ahead, got {windows.shape[1]}"
            )
        self.n_parameters_ = 0
        self._place = -1 - back
        fitted_settings.store(self)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return one value of each window: (windows, steps[, features]) -> (windows,).

        With several features it is a value of the first, the one to forecast.

        Raises
        ------
        ValueError
            If `X` does not match the fitted windows, or a setting was changed since fitting.
        """
        check_is_fitted(self, "n_parameters_")
        fitted_settings.check_unchanged(type(self).__name__, self)
        windows = inputs.to_predict(self, X)
        return windows.reshape(*windows.shape[:2], -1)[:, self._place, 0]

    def _weights_belong_to(self) -> dict[str, Any]:
        return {name: _checks.integer(name, getattr(self, name)) for name in ("period", "horizon")}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # it learns nothing
        tags.input_tags.three_d_array = True
        return tags


class _WindowRidge(RidgeCV):  # type: ignore[misc]
    """Ridge regression on windows; several features become further columns."""

    def fit(self, X: ArrayLike, y: ArrayLike, *others: Any, **settings: Any) -> Self:
        """Fit one slope for each step and feature; the slopes of a step are adjacent."""
        super().fit(_flat(X), y, *others, **settings)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the forecast for each window: (windows, steps[, features]) -> (windows,)."""
        forecast: NDArray[np.float64] = super().predict(_flat(X))
        return forecast

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _flat(X: Any) -> Any:
    """Return 3-D windows with steps and features in one axis, anything else unchanged."""
    if np.ndim(X) != 3:
        return X
    array = np.asarray(X)
    return array.reshape(len(array), -1)


def window_ridge() -> RidgeCV:
    """Return a ridge regression on all values of the window, of one or several features.

    Its penalty is one of the nine powers of ten from 1e-4 to 1e4, chosen by leave-one-out error on
    the training windows alone.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(50, 3))
    >>> window_ridge().fit(X, X @ [0, 1, 2]).score(X, X @ [0, 1, 2]) > 0.999
    True
    """
    return _WindowRidge(alphas=np.logspace(-4, 4, 9))
