"""A model that forecasts what a season leaves over."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from experiments.board.forecaster import Forecaster
from experiments.board.problems import Problem

Reals = NDArray[np.float64]


class OnAnomalies(Forecaster):
    """A forecaster of the deviations from a yearly wave that is fitted to the training part.

    The wave has one harmonic. The deviations are scaled so that the largest in the training part
    is 1.

    Parameters
    ----------
    model : Forecaster
    """

    def __init__(self, model: Forecaster) -> None:
        self.model = model

    def _fit(self, training: Problem) -> None:
        known = training.counts
        waves = _waves(training)
        self._wave = np.linalg.lstsq(waves[known], training.targets[known])[0]
        self._scale = float(np.abs(training.targets - waves @ self._wave)[known].max())
        self.model.fit(self._without_season(training))
        self.parameters_ = self.model.parameters_ + len(self._wave)
        self.trials_, self.chosen_ = self.model.trials_, self.model.chosen_

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return forecasts of the targets from place `first` on."""
        return self._in_units(self.model.forecast(self._without_season(problem), first), problem)

    def parts(self, problem: Problem, first: int) -> dict[str, Reals]:
        """Return the forecasts of the model's parts, each with the season."""
        parts = self.model.parts(self._without_season(problem), first)
        return {name: self._in_units(part, problem) for name, part in parts.items()}

    def _in_units(self, deviations: Reals, problem: Problem) -> Reals:
        """Return deviations at the last places of a problem with the season added."""
        season = (_waves(problem) @ self._wave)[len(problem.targets) - len(deviations) :]
        values: Reals = season + self._scale * deviations
        return values

    def _without_season(self, problem: Problem) -> Problem:
        deviations = (problem.targets - _waves(problem) @ self._wave) / self._scale
        return replace(problem, inputs=deviations, targets=deviations, periodic=False)


def _waves(problem: Problem) -> Reals:
    """Return a constant and one yearly harmonic at the dates of a problem."""
    dates = problem.index.astype("datetime64[D]")
    angle = 2 * np.pi * (dates - dates.astype("datetime64[Y]")).astype(float) / 365.25
    return np.column_stack([np.ones(len(angle)), np.cos(angle), np.sin(angle)])
