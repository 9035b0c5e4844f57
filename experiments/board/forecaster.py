"""What every model of the fair board has in common."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from experiments.board.problems import Problem

Reals = NDArray[np.float64]


class Forecaster(ABC):
    """A model that is fitted to the training part, and forecasts one step ahead through the test.

    Attributes
    ----------
    parameters_ : int
        Number of numbers that were fitted.
    trials_ : int
        Number of settings or starts that were compared, all inside the training part.
    chosen_ : dict
        The settings that were chosen, as plain values.
    own_series : bool, of the class
        Whether the model applies only where the targets are the inputs.
    periodic_only : bool, of the class
        Whether the model applies only to series with a season.
    """

    own_series: ClassVar[bool] = False
    periodic_only: ClassVar[bool] = False
    parameters_: int = 0
    trials_: int = 1
    chosen_: dict[str, float | int | str]

    def fit(self, problem: Problem) -> Self:
        """Fit the model to the training part, the only one that it is given.

        Raises
        ------
        ValueError
            If the model does not apply to the problem: its targets are not its inputs, it has no
            season, or its training part is too short.
        """
        name = type(self).__name__
        if self.own_series and not problem.forecasts_itself:
            raise ValueError(
                f"{name} forecasts a series from its own past, got a problem whose targets are "
                "another sequence than its inputs"
            )
        if self.periodic_only and not problem.periodic:
            raise ValueError(f"{name} needs a series with a season, got one without")
        self.chosen_ = {}
        self._fit(problem.until(problem.first))
        return self

    @abstractmethod
    def _fit(self, training: Problem) -> None:
        """Fit the model to all points of a problem."""

    @abstractmethod
    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return forecasts of the targets from place `first` on, (points - first,).

        The forecast at t uses the inputs before t and the index up to t, and nothing else of
        `problem`; the weights are those of the fit.
        """

    def parts(self, problem: Problem, first: int) -> dict[str, Reals]:
        """Return forecasts of parts of the model by name, where it has such parts."""
        return {}


def cut(problem: Problem, steps: int, places: NDArray[np.intp]) -> Reals:
    """Return the windows of inputs before some places: (places, steps), oldest first.

    Where a window would begin before the first input, that input is repeated.
    """
    before = places[:, None] + np.arange(-steps, 0)
    windows: Reals = problem.inputs[np.maximum(before, 0)]
    return windows


def trained_on(problem: Problem, steps: int) -> NDArray[np.intp]:
    """Return the places of the targets that have a whole window before them and that count."""
    places: NDArray[np.intp] = np.flatnonzero(problem.counts)
    return places[places >= steps]
