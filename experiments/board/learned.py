"""Learned forecasts: gradient boosting on the window, and ridge regression on a reservoir."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from threadpoolctl import threadpool_limits

from experiments.board.forecaster import Forecaster, Reals, cut, trained_on
from experiments.board.problems import Problem
from experiments.board.validation import Places, block_error


class Boosting(Forecaster):
    """Gradient boosting of regression trees on the longest window, half of it at each split.

    Depth and learning rate are chosen by the error over blocks of the training part, and with them
    the number of trees. A series is boosted from its last value: trees cannot extrapolate.

    Parameters
    ----------
    random_state : int
        Seed of the halves.
    """

    DEPTHS = (1, 3)
    RATES = (0.1, 0.3)
    TREES = 100

    def __init__(self, random_state: int) -> None:
        self.random_state = random_state

    def _fit(self, training: Problem) -> None:
        self._steps = training.windows[-1]
        places = trained_on(training, self._steps)
        best = np.inf
        settings = list(product(self.DEPTHS, self.RATES))
        # Sums of several threads would depend on their number, and are no faster here.
        with threadpool_limits(1):
            for depth, rate in settings:
                errors = block_error(self._squared_errors(training, depth, rate), places)
                if errors.min() < best:
                    best, trees = float(errors.min()), int(errors.argmin()) + 1
                    chosen = depth, rate, trees
            self._model = self._boosted(training, places, *chosen)
        self.trials_ = len(settings)
        self.chosen_ = dict(zip(("depth", "rate", "trees"), chosen, strict=True))
        self.parameters_ = 1 + chosen[2] * 2 ** chosen[0]  # leaves, where no branch ended early

    def _boosted(
        self, problem: Problem, places: Places, depth: int, rate: float, trees: int
    ) -> Any:
        model = HistGradientBoostingRegressor(
            max_depth=depth,
            learning_rate=rate,
            max_iter=trees,
            min_samples_leaf=10,
            max_features=0.5,
            early_stopping=False,
            random_state=self.random_state,
        )
        windows = cut(problem, self._steps, places)
        return model.fit(windows, problem.targets[places] - _start(problem, places))

    def _squared_errors(
        self, problem: Problem, depth: int, rate: float
    ) -> Callable[[Places, Places], Reals]:
        def errors(earlier: Places, block: Places) -> Reals:
            model = self._boosted(problem, earlier, depth, rate, self.TREES)
            wanted = problem.targets[block] - _start(problem, block)
            stages = model.staged_predict(cut(problem, self._steps, block))
            return np.array([(forecasts - wanted) ** 2 for forecasts in stages])

        return errors

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the boosted forecasts from `first` on."""
        places = np.arange(first, len(problem.inputs))
        with threadpool_limits(1):
            changes = self._model.predict(cut(problem, self._steps, places))
        return np.asarray(_start(problem, places) + changes)


def _start(problem: Problem, places: Places) -> Reals:
    """Return what is boosted: the last value of a series, 0 for targets of their own."""
    return cut(problem, 1, places)[:, 0] * problem.forecasts_itself


#: A reservoir: ``states(inputs, rng, **settings)`` returns its state after each input, (points, k),
#: each a function of the inputs up to its own and of the generator.
States = Callable[..., Reals]


class Reservoir(Forecaster):
    """Ridge regression on the state of a fixed recurrent system that the inputs drive.

    Its settings are chosen by the error over blocks of the training part. Every time the system is
    drawn from the same seed. As many inputs as the shortest window has are left for its start.

    Parameters
    ----------
    states : callable
        See `States`.
    settings : sequence of dict
        The settings of `states` to choose from.
    random_state : int
        Seed of the system.
    """

    #: Penalties; the leave-one-out error within a fit chooses.
    PENALTIES = np.logspace(-8, 2, 11)

    def __init__(
        self, states: States, settings: Sequence[dict[str, float]], random_state: int
    ) -> None:
        self.states, self.settings, self.random_state = states, settings, random_state

    def _fit(self, training: Problem) -> None:
        places = trained_on(training, training.windows[0])
        best = np.inf
        for settings in self.settings:
            states = self._driven(training.inputs, settings)
            error = float(block_error(self._squared_errors(training, states), places))
            if error < best:
                best, chosen = error, (settings, states)
        self.chosen_ = {**chosen[0]}
        self.trials_ = len(self.settings)
        self._readout = self._read_out(training, chosen[1], places)
        self.parameters_ = self._readout.coef_.size + 1

    def _driven(self, inputs: Reals, settings: dict[str, Any]) -> Reals:
        return self.states(inputs, np.random.default_rng(self.random_state), **settings)

    def _read_out(self, problem: Problem, states: Reals, places: Places) -> Any:
        return RidgeCV(self.PENALTIES).fit(states[places - 1], problem.targets[places])

    def _squared_errors(self, problem: Problem, states: Reals) -> Callable[[Places, Places], Reals]:
        def errors(earlier: Places, block: Places) -> Reals:
            forecasts = self._read_out(problem, states, earlier).predict(states[block - 1])
            return np.asarray((forecasts - problem.targets[block]) ** 2)

        return errors

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return the readout of the states before each place from `first` on."""
        states = self._driven(problem.inputs, self.chosen_)
        return np.asarray(self._readout.predict(states[first - 1 : -1]))
