"""The simplest forecasts: past values, the usual value of the day, ridge regression on a window."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import qrnnlib
from experiments.board.forecaster import Forecaster, Reals, cut, trained_on
from experiments.board.problems import Problem
from experiments.board.validation import Places, block_error


class Persistence(Forecaster):
    """Forecast the last value."""

    own_series = True

    def _fit(self, training: Problem) -> None:
        """Learn nothing."""

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the value before each place from `first` on."""
        return cut(problem, 1, np.arange(first, len(problem.inputs)))[:, 0]


class SeasonalNaive(Forecaster):
    """Forecast the value a year (365 days) before, or the latest before that where it is missing.

    The training part must be longer than a year.
    """

    own_series = True
    periodic_only = True

    def _fit(self, training: Problem) -> None:
        if training.index[0] > _a_year_before(training.index[-1:])[0]:
            raise ValueError(
                "SeasonalNaive needs a training part of more than a year, got one from "
                f"{training.index[0]} to {training.index[-1]}"
            )

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the value a year before each place from `first` on."""
        wanted = _a_year_before(problem.index[first:])
        places = np.searchsorted(problem.index, wanted, side="right") - 1
        return np.asarray(problem.inputs[places])


def _a_year_before(dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    return np.asarray(dates - np.timedelta64(365, "D"))


class Climatology(Forecaster):
    """Forecast the usual value of the day: `qrnnlib.Climatology`, two harmonics of the year."""

    own_series = True
    periodic_only = True

    def _fit(self, training: Problem) -> None:
        places = trained_on(training, 0)
        self._usual = qrnnlib.Climatology().fit(training.index[places], training.targets[places])
        self.parameters_ = self._usual.n_parameters_

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the usual values of the dates from `first` on."""
        return self._usual.predict(problem.index[first:])


class WindowRidge(Forecaster):
    """Ridge regression on the last ten inputs: `qrnnlib.window_ridge`."""

    steps = 10

    def _fit(self, training: Problem) -> None:
        self._ridge = _ridge(training, self.steps, trained_on(training, self.steps))
        self.parameters_ = self._ridge.coef_.size + 1

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the regression's forecasts from `first` on."""
        places = np.arange(first, len(problem.inputs))
        return np.asarray(self._ridge.predict(cut(problem, self.steps, places)))


class ChosenRidge(WindowRidge):
    """Ridge regression on a window whose length is chosen inside the training part.

    The lengths are those of the problem, and 20, 30 and 50, as far as they take at most half of
    the training part. All are compared on the same targets.
    """

    def _fit(self, training: Problem) -> None:
        lengths = sorted({*training.windows, 20, 30, 50})
        lengths = [n for n in lengths if 2 * n <= training.first] or lengths[:1]
        places = trained_on(training, lengths[-1])
        errors = [float(block_error(_squared_errors(training, n), places)) for n in lengths]
        self.steps = lengths[int(np.argmin(errors))]
        self.chosen_ = {"window": self.steps}
        self.trials_ = len(lengths)
        super()._fit(training)


def _ridge(problem: Problem, steps: int, places: Places) -> Any:
    return qrnnlib.window_ridge().fit(cut(problem, steps, places), problem.targets[places])


def _squared_errors(problem: Problem, steps: int) -> Callable[[Places, Places], Reals]:
    def errors(earlier: Places, block: Places) -> Reals:
        forecasts = _ridge(problem, steps, earlier).predict(cut(problem, steps, block))
        return np.asarray((forecasts - problem.targets[block]) ** 2)

    return errors
