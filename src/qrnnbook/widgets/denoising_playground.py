"""The denoising playground: a noisy sine, and the forecasts of three models."""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from qrnnbook import plotting
from qrnnbook.widgets._cells import cell_for_page, measured_cell
from qrnnbook.widgets._draws import uniforms
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnlib import _checks
from qrnnlib.series.series import Series
from qrnnlib.series.splitting import Split
from qrnnlib.series.windowing import windows

Errors = dict[str, float]

#: Number of points, at even distances, at which the wave can be bent.
POINTS_TO_BEND = 10

#: How far the wave can be bent at a point, up or down.
MOST_BEND = 1.0


class DenoisingPlayground(LiveFigure):
    """A noisy wave, forecast one step ahead by a trained cell, by ridge and by persistence.

    The wave is a sine, which the reader can bend. The page draws its own noise, so the models see
    values that they were not trained on, even where `noise` and `periods` are those of the training
    series.

    Parameters
    ----------
    cell : fitted QuantumRNN or QuantumLSTM
        A cell of up to four qubits, without sampled outcomes, which would make its forecasts
        random.
    ridge : fitted linear regressor
        A model with ``coef_`` of shape (steps,) and ``intercept_``, such as
        `qrnnlib.window_ridge` after a fit.
    split : Split
        The split that both were trained on, which has the scale and the window length.
    noise : float
        Standard deviation of the noise in the training series, from 0 to 0.4; also the slider's
        first value.
    periods : float
        Number of periods in the training series, from 1 to 8; also the slider's first value.
    seed : int, default 0
        Seed of the page's own noise, from 0 to 50.
    points : int, default 100
        Number of values in the series, greater than the window length.

    Attributes
    ----------
    bends : list of float
        How far the wave is lifted above the sine at each of 10 points at even distances, from -1
        to 1; all 0 at first. Between two points the lift follows half a period of a cosine.
    point : int
        The point that the slider of the page bends, counted from 0; 5 at first.

    Raises
    ------
    TypeError, ValueError
        If a model or the split is of another type, or they do not fit together.
    sklearn.exceptions.NotFittedError
        If a model is not fitted.
    traitlets.TraitError
        If `noise`, `periods`, `seed`, `bends` or `point` is out of range or not a number.

    Examples
    --------
    >>> from qrnnlib import QuantumLSTM, noisy_sine, split_in_time, window_ridge
    >>> split = split_in_time(noisy_sine(noise=0.14, random_state=0))
    >>> cell = QuantumLSTM.paper(epochs=5, random_state=0).fit(split.X_train, split.y_train)
    >>> ridge = window_ridge().fit(split.X_train, split.y_train)
    >>> figure = DenoisingPlayground(cell, ridge, split, noise=0.14, periods=4)
    >>> sorted(figure.errors("clean"))
    ['persistence', 'quantum LSTM', 'ridge']
    """

    script = "denoising_playground.js"

    noise = Finite(0.1, min=0.0, max=0.4).tag(sync=True)
    periods = Finite(4.0, min=1.0, max=8.0).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=50).tag(sync=True)
    bends: traitlets.List[float] = traitlets.List(
        Finite(min=-MOST_BEND, max=MOST_BEND),
        default_value=[0.0] * POINTS_TO_BEND,
        minlen=POINTS_TO_BEND,
        maxlen=POINTS_TO_BEND,
    ).tag(sync=True)
    point = traitlets.Int(5, min=0, max=POINTS_TO_BEND - 1).tag(sync=True)

    points = traitlets.Int(read_only=True).tag(sync=True)
    steps = traitlets.Int(read_only=True).tag(sync=True)
    name = traitlets.Unicode(read_only=True).tag(sync=True)
    cell = traitlets.Dict(read_only=True).tag(sync=True)
    ridge = traitlets.Dict(read_only=True).tag(sync=True)
    scaler = traitlets.Dict(read_only=True).tag(sync=True)
    trained = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        cell: Any,
        ridge: Any,
        split: Split,
        *,
        noise: float,
        periods: float,
        seed: int = 0,
        points: int = 100,
    ) -> None:
        if not isinstance(split, Split):
            raise TypeError(f"split must be a Split, got {type(split).__name__}")
        steps = split.X_train.shape[1]
        points = _checks.integer("points", points, minimum=steps + 1)
        design = measured_cell(cell).design
        if not callable(getattr(cell, "predict", None)):
            raise TypeError(
                f"cell must be a fitted QuantumRNN or QuantumLSTM, got {type(cell).__name__}"
            )
        if design.collapse == "sampled":
            raise ValueError("cell must not collapse at random, got collapse='sampled'")
        _check_window("cell", cell, steps)
        if not hasattr(ridge, "predict") or not hasattr(ridge, "fit"):
            raise TypeError(f"ridge must be a fitted linear model, got {type(ridge).__name__}")
        check_is_fitted(ridge)
        if not hasattr(ridge, "coef_"):
            raise TypeError(f"ridge must be a linear model, got {type(ridge).__name__}")
        _check_window("ridge", ridge, steps)
        coefficients = _checks.real_array("ridge.coef_", ridge.coef_, (steps,))
        offset = _checks.number("ridge.intercept_", float(ridge.intercept_))
        super().__init__(noise=noise, periods=periods, seed=seed)
        self._models = {
            "quantum RNN" if design.disentangler is None else "quantum LSTM": cell,
            "ridge": ridge,
        }
        self._split = split
        factor, shift = (1.0, 0.0)
        if split.scaler is not None:
            factor, shift = float(split.scaler.scale_[0]), float(split.scaler.min_[0])
        for trait, value in {
            "points": points,
            "steps": steps,
            "name": next(iter(self._models)),
            "cell": cell_for_page(cell),
            "ridge": {"coefficients": coefficients.tolist(), "offset": offset},
            "scaler": {"factor": factor, "offset": shift},
            "trained": {"noise": self.noise, "periods": self.periods},
        }.items():
            self.set_trait(trait, value)

    def series(self) -> Series:
        """Return the series that the figure currently shows; its `clean` is the noiseless wave."""
        x = np.linspace(0, 2 * np.pi * self.periods, self.points)
        clean = np.sin(x) + _lift(self.bends, np.linspace(0, 1, self.points))
        values = clean + self.noise * _normals(self.seed, self.points)
        return Series(values, x, name="noisy sine", source="computed by the page", clean=clean)

    def forecasts(self) -> dict[str, NDArray[np.float64]]:
        """Return each model's forecasts of the values after the first window, by name."""
        values = self.series().values
        scaled = self.scaler["factor"] * values + self.scaler["offset"]
        X, _ = windows(scaled, self.steps)
        made = {name: self._split.to_units(one.predict(X)) for name, one in self._models.items()}
        return {**made, "persistence": values[self.steps - 1 : -1]}

    def errors(self, against: str) -> Errors:
        """Return each model's root mean squared error, against the clean wave or noisy values.

        Parameters
        ----------
        against : {"clean", "noisy"}

        Raises
        ------
        ValueError
            If `against` is neither.
        """
        _checks.option("against", against, ("clean", "noisy"))
        series = self.series()
        targets = series.clean if against == "clean" else series.values
        assert targets is not None  # `series` always has its clean values
        return {
            name: float(np.sqrt(np.mean((forecast - targets[self.steps :]) ** 2)))
            for name, forecast in self.forecasts().items()
        }

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        bent = ", bent," if any(self.bends) else ""
        return (
            f"A sine of {self.periods:g} periods{bent} with noise {self.noise:.2f}. Distance from "
            f"the clean wave: {_ranked(self.errors('clean'))}. Distance from the noisy values: "
            f"{_ranked(self.errors('noisy'))}. The models were trained at noise "
            f"{self.trained['noise']:.2f} and {self.trained['periods']:g} periods."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        series, errors = self.series(), self.errors("clean")
        assert series.clean is not None
        with plotting.style():
            figure, ax = plt.subplots(figsize=(6.8, 3.8), layout="constrained")
            plotting.forecast(
                series.index[self.steps :],
                series.values[self.steps :],
                self.forecasts(),
                unit="value",
                title=f"Closest to the clean wave: {min(errors, key=lambda name: errors[name])}",
                ax=ax,
                clean=series.clean[self.steps :],
                index_label="x",
            )
        return figure


def _check_window(argument: str, model: Any, steps: int) -> None:
    """Raise ValueError if a model was fitted on windows of another length."""
    fitted = getattr(model, "n_features_in_", steps)
    if fitted != steps:
        raise ValueError(
            f"{argument} must be fitted on windows of {steps} steps like those of split, got one "
            f"fitted on {fitted}"
        )


def _ranked(errors: Errors) -> str:
    """Return the models and their errors as text, from best to worst."""
    order = sorted(errors, key=lambda name: errors[name])
    return ", ".join(f"{name} {errors[name]:.3f}" for name in order)


def _lift(bends: Sequence[float], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the wave is lifted at places from 0 to 1, as the page does."""
    at = places * (len(bends) - 1)
    k = np.minimum(np.floor(at).astype(int), len(bends) - 2)
    share = (1 - np.cos(np.pi * (at - k))) / 2
    heights = np.asarray(bends)
    lifted: NDArray[np.float64] = (1 - share) * heights[k] + share * heights[k + 1]
    return lifted


def _normals(seed: int, count: int) -> NDArray[np.float64]:
    """Return the page's normal deviates: uniform numbers, then the Box-Muller transform."""
    draws = uniforms(seed)
    pairs = [(next(draws), next(draws)) for _ in range(count)]
    # log(1 - u), because u can be 0 but never 1.
    return np.array([math.sqrt(-2 * math.log(1 - u)) * math.cos(2 * math.pi * v) for u, v in pairs])
