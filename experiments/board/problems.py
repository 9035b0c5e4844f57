"""Forecasting problems: what a model may know, and what it has to forecast.

At every time t a model knows the inputs before t, and the index up to t itself (the date of
tomorrow is no secret). A forecast of a series has the series as its input and as its target; the
problems NARMA-10 and delay have an input of random numbers and another target.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.forecasts import parts_of, series_of
from qrnnlib import Series

Reals = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """A sequence of inputs and of targets, the first of which are for training.

    Attributes
    ----------
    inputs, targets : ndarray, shape (points,)
        Scaled so that the training part spans -1 to 1.
    index : ndarray, shape (points,)
        Dates, or numbers.
    counts : ndarray of bool, shape (points,)
        Which targets are trained on and judged: those measured, not interpolated, and known to
        follow a measured input.
    first : int
        Number of points in the training part; the test part follows.
    forecasts_itself : bool
        Whether the targets are the inputs.
    periodic : bool
        Whether the series has a season (of a year, with dates as index).
    windows : tuple of int
        Lengths of windows to choose from, shortest first.
    unit_scale : float
        Units of the targets per scaled unit.
    clean : ndarray or None
        The targets without noise, where they are known.
    """

    inputs: Reals
    targets: Reals
    index: NDArray[Any]
    counts: NDArray[np.bool_]
    first: int
    forecasts_itself: bool
    periodic: bool
    windows: tuple[int, ...]
    unit_scale: float = 1.0
    clean: Reals | None = None

    def until(self, end: int) -> "Problem":
        """Return the problem without its points from `end` on; all that is left is training."""
        cut = {name: getattr(self, name)[:end] for name in ("inputs", "targets", "index", "counts")}
        clean = None if self.clean is None else self.clean[:end]
        return Problem(
            **cut,
            first=min(self.first, end),
            forecasts_itself=self.forecasts_itself,
            periodic=self.periodic,
            windows=self.windows,
            unit_scale=self.unit_scale,
            clean=clean,
        )

    @property
    def judged(self) -> NDArray[np.intp]:
        """Return the places of the test targets."""
        places: NDArray[np.intp] = np.flatnonzero(self.counts[self.first :]) + self.first
        return places


def problem_of(given: dict[str, Any], seed: int) -> Problem:
    """Return the problem that a task names.

    Raises
    ------
    SyntheticDataWarning
        As an error, if the measured weather is not available.
    """
    if given["kind"] == "narma":
        return _driven(*narma(given["points"], np.random.default_rng(seed)), given)
    if given["kind"] == "delay":
        return _driven(*delay(given["points"], given["lag"], np.random.default_rng(seed)), given)
    if given["kind"] == "mackey-glass":
        values = mackey_glass(given["points"], np.random.default_rng(seed))
        series = Series(values, np.arange(float(len(values))), name="Mackey-Glass")
    else:
        series = series_of(given, seed)
    return _of_series(series, given)


def _of_series(series: Series, given: dict[str, Any]) -> Problem:
    # The scale and the borders are those of the library's own split, without a validation part:
    # each model takes its own from the training part.
    split = parts_of(series, {**given, "validation": 0.0}, "without a leak")
    values = split.scaler.transform(series.values[:, None]).ravel()
    clean = None
    if series.clean is not None:
        clean = split.scaler.transform(series.clean[:, None]).ravel()
    counts = np.isin(series.index, np.concatenate([split.index_train, split.index_test]))
    if series.interpolated is None:  # then no point is left out but for want of a window
        counts[:] = True
    return Problem(
        inputs=values,
        targets=values,
        index=series.index,
        counts=counts,
        first=int(np.searchsorted(series.index, split.index_test[0])),
        forecasts_itself=True,
        periodic=given["kind"] == "weather",
        windows=tuple(given["windows"]),
        unit_scale=float(1 / split.scaler.scale_[0]),
        clean=clean,
    )


def _driven(inputs: Reals, targets: Reals, given: dict[str, Any]) -> Problem:
    """Return a problem whose targets are another sequence than its inputs."""
    first = int(given["train"] * len(inputs))
    low, high = targets[:first].min(), targets[:first].max()
    bottom, top = inputs[:first].min(), inputs[:first].max()
    return Problem(
        inputs=2 * (inputs - bottom) / (top - bottom) - 1,
        targets=2 * (targets - low) / (high - low) - 1,
        index=np.arange(len(inputs), dtype=float),
        counts=np.ones(len(inputs), dtype=bool),
        first=first,
        forecasts_itself=False,
        periodic=False,
        windows=tuple(given["windows"]),
        unit_scale=float((high - low) / 2),
    )


def narma(points: int, rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Return inputs and targets of NARMA-10 (Atiya and Parlos, IEEE TNN 11, 697 (2000)).

    The inputs are uniform in [0, 0.5], and the target at t follows from the inputs before t:
    ``y[t] = 0.3 y[t-1] + 0.05 y[t-1] (y[t-1] + ... + y[t-10]) + 1.5 u[t-10] u[t-1] + 0.1``.
    The first hundred points, which depend on the start, are left out. Some draws diverge; another
    is drawn then, which is usual.
    """
    start, total = 100, points + 100
    while True:
        u = rng.uniform(0, 0.5, total)
        y = np.zeros(total)
        for t in range(10, total):
            # Clipped far above the usual range, so that a divergent draw ends without overflow.
            y[t] = min(
                0.3 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum() + 1.5 * u[t - 10] * u[t - 1]
                + 0.1, 1e3,
            )  # fmt: skip
        if y.max() < 2:
            return u[start:], y[start:]


def delay(points: int, lag: int, rng: np.random.Generator) -> tuple[Reals, Reals]:
    """Return independent inputs, uniform in [-1, 1], and as targets the input `lag` steps ago.

    With lag 1 the target is the last input that is known.
    """
    u = rng.uniform(-1, 1, points + lag)
    return u[lag:], u[:-lag]


def mackey_glass(points: int, rng: np.random.Generator) -> Reals:
    """Return the series of Mackey and Glass (Science 197, 287 (1977)) with a delay of 17.

    The delay equation ``x' = 0.2 x(t-17) / (1 + x(t-17)^10) - 0.1 x`` is solved in steps of 0.1 by
    a fourth-order Runge-Kutta method, in which the delayed term is interpolated linearly, and kept
    every 6 units of time, as in much of the literature on prediction. The start is a random
    constant plus a transient of 300 units that is left out.
    """
    step, tau, every = 0.1, 170, 60
    total = 3000 + points * every
    x = np.empty(tau + total + 1)
    x[: tau + 1] = rng.uniform(0.8, 1.3)

    def slope(now: float, then: float) -> float:
        return 0.2 * then / (1 + then**10) - 0.1 * now

    for t in range(tau, tau + total):
        before, after = x[t - tau], x[t - tau + 1]
        middle = (before + after) / 2
        k1 = slope(x[t], before)
        k2 = slope(x[t] + step / 2 * k1, middle)
        k3 = slope(x[t] + step / 2 * k2, middle)
        k4 = slope(x[t] + step * k3, after)
        x[t + 1] = x[t] + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.array(x[tau + 3000 + every :: every][:points])
