"""Trained networks on the fair board: the same trials, the same trainer, the same validation.

Every network is tried with each of `RATES`, from a start of its own, and with each length of
window of the problem. Training uses the first four fifths of the training windows and keeps the
weights of lowest error on the last fifth; the trial of lowest error there is kept as it is.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from experiments.board.forecaster import Forecaster, cut, trained_on
from experiments.board.light_starts import light_starts
from experiments.board.problems import Problem
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.engine import Forward, double_precision
from qrnnlib.learning import trainer
from qrnnlib.learning.effective_parameters import count_effective_parameters
from qrnnlib.learning.initialization import chosen_init, initial_weights
from qrnnlib.learning.run import Run
from qrnnlib.learning.settings import Settings

Reals = NDArray[np.float64]

#: Learning rates to choose from.
RATES = (0.03, 0.01)
EPOCHS, PATIENCE = 500, 80
VALIDATION = 0.2


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of network.

    Attributes
    ----------
    forward : callable
        ``forward(weights, windows, draws) -> forecasts``, as the library's trainer takes it.
    starts : callable
        ``starts(windows, targets, rng)`` returns a set of weights for each of `RATES`, as a leading
        axis: drawn, or chosen on the windows given, which are those trained on.
    size : callable
        ``size(weights, steps)`` returns the number of weights that a forecast depends on.
    """

    forward: Callable[[Any, Any, Any], Any]
    starts: Callable[[Reals, Reals, np.random.Generator], Any]
    size: Callable[[Any, int], int]


def cell(design: CellDesign, light: bool = False) -> Kind:
    """Return a measured cell, with the library's own starts or with lighter ones."""
    init = chosen_init(design, None)

    def starts(X: Reals, y: Reals, rng: np.random.Generator) -> Any:
        if light:
            return light_starts(design, len(RATES), X, y, rng)
        return initial_weights(design, init, len(RATES), rng, X, y)

    return Kind(
        Forward(design), starts, lambda weights, steps: count_effective_parameters(design, steps)
    )


def network(module: Callable[[int, Array], Any]) -> Kind:
    """Return a network of its Equinox module, called as ``module(features, key)``."""

    def starts(X: Reals, y: Reals, rng: np.random.Generator) -> Any:
        with double_precision():
            keys = jax.random.split(jax.random.key(int(rng.integers(2**31))), len(RATES))
            return _drawn(module, keys)

    return Kind(
        _forward,
        starts,
        lambda weights, steps: sum(np.size(leaf) for leaf in jax.tree.leaves(weights)),
    )


@eqx.filter_jit
def _drawn(module: Callable[[int, Array], Any], keys: Array) -> Any:
    return jax.vmap(lambda key: module(1, key))(keys)


def _forward(weights: Any, windows: Array, draws: Array) -> Array:
    return jnp.asarray(jax.vmap(weights)(windows))


class Network(Forecaster):
    """A network with its settings and stopping point chosen inside the training part.

    Parameters
    ----------
    kind : Kind
    random_state : int

    Attributes
    ----------
    start_ : Any
        The weights that the training of the chosen trial began with.
    """

    def __init__(self, kind: Kind, random_state: int = 0) -> None:
        self.kind, self.random_state = kind, random_state

    def _fit(self, training: Problem) -> None:
        rng = np.random.default_rng(self.random_state)
        lowest = np.inf
        self.trials_ = 0
        for steps in training.windows:
            places = trained_on(training, steps)
            X, y = cut(training, steps, places), training.targets[places]
            known = len(y) - math.ceil(VALIDATION * len(y))
            starts = self.kind.starts(X[:known], y[:known], rng)
            for number, rate in enumerate(RATES):
                start = jax.tree.map(lambda leaf, n=number: np.asarray(leaf)[n : n + 1], starts)
                weights, loss = self._trained(start, X, y, rate, rng)
                self.trials_ += 1
                if loss < lowest:
                    lowest, self._steps, self.weights_ = loss, steps, weights
                    self.start_ = jax.tree.map(lambda leaf: leaf[0], start)
                    self.chosen_ = {"learning_rate": rate, "steps": steps}
        self.parameters_ = self.kind.size(self.weights_, self._steps)

    def _trained(
        self, start: Any, X: Reals, y: Reals, rate: float, rng: np.random.Generator
    ) -> Any:
        """Return the weights of lowest error on the last windows, and that error."""
        settings = Settings(
            rate,
            batch_size=None,
            epochs=EPOCHS,
            schedule="cosine",
            validation_fraction=VALIDATION,
            patience=PATIENCE,
            progress=False,
        )
        weights, history = trainer.train(Run(self.kind.forward, start, X, y, settings, rng))
        assert history.validation_loss is not None
        return weights, history.validation_loss.min()

    def forecast(self, problem: Problem, first: int) -> Reals:
        """Return forecasts of the targets from place `first` on."""
        return self._predict(self.weights_, problem, np.arange(first, len(problem.inputs)))

    def parts(self, problem: Problem, first: int) -> dict[str, Reals]:
        """Return the forecasts of the start of training, and of the linear part of its result.

        The linear part is the linear formula of the window that is closest to the fitted network
        in the training part: the least-squares fit to the network's forecasts, not to the targets.
        """
        known = trained_on(problem.until(problem.first), self._steps)
        learned = _with_constant(cut(problem, self._steps, known))
        formula = np.linalg.lstsq(learned, self._predict(self.weights_, problem, known))[0]
        places = np.arange(first, len(problem.inputs))
        return {
            "start": self._predict(self.start_, problem, places),
            "linear": _with_constant(cut(problem, self._steps, places)) @ formula,
        }

    def _predict(self, weights: Any, problem: Problem, places: NDArray[np.intp]) -> Reals:
        return trainer.predict(self.kind.forward, weights, cut(problem, self._steps, places))


def _with_constant(windows: Reals) -> Reals:
    return np.column_stack([np.ones(len(windows)), windows])
