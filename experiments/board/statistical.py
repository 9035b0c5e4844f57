"""Exponential smoothing and ARIMA, from statsmodels, with the form that AICc prefers."""

from itertools import product

import numpy as np
from statsmodels.tsa.arima.estimators.hannan_rissanen import hannan_rissanen
from statsmodels.tsa.statespace.exponential_smoothing import ExponentialSmoothing as Smoothing
from statsmodels.tsa.statespace.sarimax import SARIMAX

from experiments.board.forecaster import Forecaster, Reals, trained_on
from experiments.board.likelihood import aicc, filtered, measured, most_likely
from experiments.board.problems import Problem

#: Of the starts of a likelihood's search.
SLOWEST = 0.98


class ExponentialSmoothing(Forecaster):
    """Exponential smoothing with additive errors, without trend, with one or with a damped one.

    The first level and trend are parameters too; AICc chooses among the three.
    """

    own_series = True

    def _fit(self, training: Problem) -> None:
        training = measured(training)
        values, places = training.inputs, trained_on(training, 1)
        starts = {
            "none": [0.5, values[0]],
            "linear": [0.5, 0.05, values[0], 0.0],
            "damped": [0.5, 0.05, 0.9, values[0], 0.0],
        }
        criteria, fits = {}, {}
        for trend, start in starts.items():
            settings = {"trend": trend != "none", "damped_trend": trend == "damped"}
            model = Smoothing(values, initialization_method="estimated", **settings)
            fits[trend] = most_likely(model, [start])
            criteria[trend] = aicc(fits[trend], places, len(start) + 1)
        trend = min(criteria, key=criteria.__getitem__)
        self._results = fits[trend]
        self.chosen_ = {"trend": trend}
        self.trials_ = len(starts)
        self.parameters_ = len(self._results.params)

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the smoothed forecasts from `first` on."""
        return filtered(self._results, problem.inputs)[first:]


class Arima(Forecaster):
    """ARIMA(p, d, q) with p up to 3, d up to 1 and q up to 2, chosen by AICc.

    All orders are fitted by the regressions of Hannan and Rissanen (Biometrika 69, 81 (1982)), made
    stationary and invertible where they are not, and the `best` of them by maximum likelihood. All
    likelihoods are those of the second and later values given the first, so that they may be
    compared whatever d is. Undifferenced, the series has a mean.

    Parameters
    ----------
    best : int, default 4
    """

    own_series = True

    def __init__(self, best: int = 4) -> None:
        self.best = best

    def _fit(self, training: Problem) -> None:
        training = measured(training)
        places = trained_on(training, 1)
        screened = []
        for d, p, q in product((0, 1), range(4), range(3)):
            self._d = d
            values, mean = self._prepared(training.inputs)
            model = SARIMAX(values, exog=mean, order=(p, 0, q), concentrate_scale=True)
            start = [] if d else [values.mean()]
            if p or q:
                found = hannan_rissanen(values, p, q, demean=not d)[0]
                start += [*_inside(found.ar_params, -1), *_inside(found.ma_params, 1)]
            criterion = aicc(model.filter(start), places - d, len(start) + 1)
            screened.append((criterion, (p, d, q), model, start))
        fits = []
        for _, order, model, start in sorted(screened, key=lambda one: one[:2]):
            try:
                results = most_likely(model, [start])
            except RuntimeError:  # no maximum: the next order takes its place
                continue
            fits.append((aicc(results, places - order[1], len(start) + 1), order, results))
            if len(fits) == self.best:
                break
        _, (p, self._d, q), self._results = min(fits, key=lambda one: one[:2])
        self.chosen_ = {"p": p, "d": self._d, "q": q}
        self.trials_ = len(screened)
        self.parameters_ = len(self._results.params)

    def _prepared(self, values: Reals) -> tuple[Reals, Reals | None]:
        """Return what is to be ARMA, and a constant for its mean if it has one."""
        return (np.diff(values), None) if self._d else (values, np.ones((len(values), 1)))

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the forecasts from `first` on."""
        expected = filtered(self._results, *self._prepared(problem.inputs))
        if self._d:
            expected = problem.inputs[:-1] + expected
        return expected[first - self._d :]


def _inside(weights: Reals, sign: int) -> Reals:
    """Return weights of a lag polynomial ``1 + sign * (w1 z + w2 z^2 + ...)`` made safely stable.

    If a wave that they describe shrinks by less than `SLOWEST` a step, or grows, all are made to
    shrink faster by one factor.
    """
    slowest = np.abs(np.roots([1, *(sign * weights)])).max(initial=0.0)
    factor = SLOWEST / max(slowest, SLOWEST)
    return np.asarray(weights * factor ** np.arange(1, len(weights) + 1))
