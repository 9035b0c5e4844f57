"""Forecasts of a wave: a sinusoid that is fitted once, and one that a Kalman filter follows."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from statsmodels.tsa.statespace.structural import UnobservedComponents

from experiments.board.forecaster import Forecaster, Reals, trained_on
from experiments.board.likelihood import filtered, measured, most_likely
from experiments.board.problems import Problem


class Sinusoid(Forecaster):
    """A mean and one sinusoid, fitted to the training part by least squares and continued."""

    own_series = True

    def _fit(self, training: Problem) -> None:
        places = trained_on(training, 0)
        values = training.targets[places]
        self._frequency = best_frequencies(places, values, 1)[0]
        self._weights = np.linalg.lstsq(_sinusoid(places, self._frequency), values)[0]
        self.parameters_ = 4

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the sinusoid from `first` on."""
        places = np.arange(first, len(problem.inputs))
        return np.asarray(_sinusoid(places, self._frequency) @ self._weights)


def _sinusoid(places: NDArray[np.intp], frequency: float) -> Reals:
    """Return a constant and two waves: (places, 3)."""
    angles = 2 * np.pi * frequency * places
    return np.column_stack([np.ones(len(places)), np.cos(angles), np.sin(angles)])


def best_frequencies(places: NDArray[np.intp], values: Reals, number: int) -> list[float]:
    """Return the frequencies (1 / step) of the sinusoids with a mean that fit best, best first.

    They lie between one period in all and half a period a step, at least 1 / length apart.
    """

    def misfit(frequency: float) -> float:
        columns = _sinusoid(places, frequency)
        rest = values - columns @ np.linalg.lstsq(columns, values)[0]
        return float(rest @ rest)

    length = int(places[-1] - places[0]) + 1
    finer = 4
    grid = np.arange(finer, finer * length // 2) / (finer * length)
    misfits = np.array([misfit(frequency) for frequency in grid])
    found: list[float] = []
    for frequency in grid[np.argsort(misfits)]:
        if all(abs(frequency - other) >= 1 / length for other in found):
            around = frequency + np.array([-1, 1]) / (finer * length)
            refined = minimize_scalar(
                misfit, bounds=around, method="bounded", options={"xatol": 1e-6 / length}
            )
            found.append(float(refined.x))
        if len(found) == number:
            break
    return found


class KalmanOscillator(Forecaster):
    """A stochastic oscillator with observation noise about a constant, followed by a Kalman filter.

    The state of the oscillator turns by a fixed angle a step and is disturbed (Harvey, Forecasting,
    Structural Time Series Models and the Kalman Filter (1989), section 2.3). Angle and variances
    have maximum likelihood in the training part, of four starts: the two best frequencies of a
    sinusoid, each with small and with large disturbances.

    The state does not shrink. If it may, short training parts often make it shrink undisturbed: the
    filter then ceases to listen, and its forecasts die away while the wave goes on.
    """

    own_series = True

    def _fit(self, training: Problem) -> None:
        training = measured(training)
        values, places = training.inputs, trained_on(training, 0)
        model = UnobservedComponents(
            values,
            level=True,
            irregular=True,
            cycle=True,
            stochastic_cycle=True,
            cycle_period_bounds=(2, 2 * len(values)),
        )
        variance = values.var()
        starts = [
            [0.1 * variance, disturbed * variance, 2 * np.pi * frequency]
            for frequency in best_frequencies(places, training.targets[places], 2)
            for disturbed in (1e-3, 1e-1)
        ]
        self._results = most_likely(model, starts)
        self.trials_ = len(starts)
        # Only the ratio of the two variances matters to a forecast.
        self.parameters_ = len(self._results.params) - 1

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the filter's forecasts from `first` on."""
        return filtered(self._results, problem.inputs)[first:]
