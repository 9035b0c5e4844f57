"""Forecasts from a season, a mean and waves of the year, and from how far off it the past is.

With errors that are autoregressive, the season and the errors are one linear regression on waves
and past values, since a wave that is shifted in time is again a wave of the same period.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.statespace.sarimax import SARIMAX

from experiments.board.forecaster import Forecaster, Reals, cut, trained_on
from experiments.board.likelihood import aicc, corrected, filtered, measured, most_likely
from experiments.board.problems import Problem

YEAR = 365.2425

#: Most lags of a regression; all are fitted to the same targets.
LAGS = 3


def waves(dates: NDArray[Any], harmonics: int) -> Reals:
    """Return a constant and harmonics of the year: (dates, 1 + 2 harmonics)."""
    days = dates.astype("datetime64[D]").astype(np.int64)
    angles = 2 * np.pi * np.arange(1, harmonics + 1) * days[:, None] / YEAR
    return np.hstack([np.ones((len(days), 1)), np.cos(angles), np.sin(angles)])


class _Season(Forecaster):
    own_series = True
    periodic_only = True
    aicc_: float


class SeasonLags(_Season):
    """Regression by least squares on waves of the year and the last values.

    Parameters
    ----------
    harmonics : int
    lags : int
        1 to 3.
    """

    def __init__(self, harmonics: int, lags: int) -> None:
        self.harmonics, self.lags = harmonics, lags

    def _fit(self, training: Problem) -> None:
        places = trained_on(training, LAGS)
        columns, wanted = self._columns(training, places), training.targets[places]
        self._weights = np.linalg.lstsq(columns, wanted)[0]
        variance = float(np.mean((wanted - columns @ self._weights) ** 2))
        log_likelihood = -len(places) / 2 * (np.log(2 * np.pi * variance) + 1)
        self.parameters_ = self._weights.size
        self.aicc_ = corrected(log_likelihood, len(places), self.parameters_ + 1)

    def _columns(self, problem: Problem, places: NDArray[np.intp]) -> Reals:
        season = waves(problem.index[places], self.harmonics)
        return np.hstack([season, cut(problem, self.lags, places)])

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the regression's forecasts from `first` on."""
        places = np.arange(first, len(problem.inputs))
        return np.asarray(self._columns(problem, places) @ self._weights)


class SeasonOneLag(SeasonLags):
    """Four weights: a mean, one wave of the year and the last value. Nothing is chosen."""

    def __init__(self) -> None:
        super().__init__(harmonics=1, lags=1)


class SeasonArma11(_Season):
    """Waves of the year with ARMA(1,1) errors, by maximum likelihood. Nothing is chosen.

    Parameters
    ----------
    harmonics : int, default 1
    """

    def __init__(self, harmonics: int = 1) -> None:
        self.harmonics = harmonics

    def _fit(self, training: Problem) -> None:
        training = measured(training)
        season = waves(training.index, self.harmonics)
        model = SARIMAX(training.inputs, exog=season, order=(1, 0, 1), concentrate_scale=True)
        weights = np.linalg.lstsq(season, training.inputs)[0]
        rest = training.inputs - season @ weights
        kept = float(rest[1:] @ rest[:-1] / (rest @ rest))
        self._results = most_likely(model, [[*weights, kept, 0.0]])
        self.parameters_ = len(self._results.params)
        self.aicc_ = aicc(self._results, trained_on(training, LAGS), self.parameters_ + 1)

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the forecasts from `first` on."""
        season = waves(problem.index, self.harmonics)
        return filtered(self._results, problem.inputs, season)[first:]


class SeasonChosen(_Season):
    """Waves of the year and their errors, both chosen by AICc.

    It chooses among 0 to 2 harmonics, with autoregressive errors of order 1 to 3 or ARMA(1,1).
    """

    def _fit(self, training: Problem) -> None:
        models: dict[tuple[int, str], _Season] = {}
        for harmonics in range(3):
            for lags in range(1, LAGS + 1):
                models[harmonics, f"AR({lags})"] = SeasonLags(harmonics, lags)
            models[harmonics, "ARMA(1,1)"] = SeasonArma11(harmonics)
        for model in models.values():
            model.fit(training)
        chosen = min(models, key=lambda form: models[form].aicc_)
        self._model = models[chosen]
        self.chosen_ = {"harmonics": chosen[0], "errors": chosen[1]}
        self.trials_ = len(models)
        self.parameters_, self.aicc_ = self._model.parameters_, self._model.aicc_

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the forecasts of the chosen model from `first` on."""
        return self._model.forecast(problem, first)
