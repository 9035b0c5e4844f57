"""The weather explorer: any part of a daily series, with forecasts and their errors."""

from collections.abc import Collection, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import NDArray

from qrnnbook import plotting
from qrnnbook.plotting.style import cells_among
from qrnnbook.widgets._figure import LiveFigure
from qrnnlib import _checks
from qrnnlib.series.series import Series
from qrnnlib.series.splitting import Split

#: The smallest number of days shown.
_SHORTEST = 7


class WeatherExplorer(LiveFigure):
    """Part of a daily series, the forecasts of several models, and their errors.

    The attribution of the series, or the note that it is synthetic, always stands below the
    picture.

    Parameters
    ----------
    series : Series
        A series indexed by days. Interpolated values are not shown, since they were not measured.
    split : Split
        The split that the models were trained on, cut from this series.
    models : mapping of str to fitted regressor
        One to four models by name, fitted on windows of the split's length.
    ours : collection of str, optional
        Names of the models that are measured cells; if not given, those that contain "quantum".
    day : int, optional
        The last day shown, counted from the first day of the series; if not given, the
        `length`-th day after the training part, or the last day if the series ends earlier.
    length : int, default 60
        Number of days shown, at least 7; fewer at the beginning of the series.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type, `split` was cut from another series, a model was fitted
        on other windows or forecasts values that are not numbers, or `ours` contains an unknown
        model.
    traitlets.TraitError
        If `day` or `length` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from qrnnlib import Persistence, Series, split_in_time
    >>> days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    >>> series = Series(np.sin(np.arange(60.0)), days, name="swing", unit="m")
    >>> split = split_in_time(series)
    >>> persistence = Persistence().fit(split.X_train, split.y_train)
    >>> WeatherExplorer(series, split, {"persistence": persistence}, length=7)
    <WeatherExplorer: swing, 18 to 24 February 2024. Error: persistence 0.71 m.>
    """

    script = "weather_explorer.js"

    day = traitlets.Int(0).tag(sync=True)
    length = traitlets.Int(60).tag(sync=True)

    title = traitlets.Unicode(read_only=True).tag(sync=True)
    unit = traitlets.Unicode(read_only=True).tag(sync=True)
    credit = traitlets.Unicode(read_only=True).tag(sync=True)
    synthetic = traitlets.Bool(read_only=True).tag(sync=True)
    first_day = traitlets.Unicode(read_only=True).tag(sync=True)
    first_forecast = traitlets.Int(read_only=True).tag(sync=True)
    test_from = traitlets.Int(read_only=True).tag(sync=True)
    truth: traitlets.List[float | None] = traitlets.List(read_only=True).tag(sync=True)
    forecasts = traitlets.Dict(read_only=True).tag(sync=True)
    ours: traitlets.List[str] = traitlets.List(read_only=True).tag(sync=True)

    def __init__(
        self,
        series: Series,
        split: Split,
        models: Mapping[str, Any],
        *,
        ours: Collection[str] | None = None,
        day: int | None = None,
        length: int = 60,
    ) -> None:
        places = _places(series, split)
        if not isinstance(models, Mapping) or not 1 <= len(models) <= len(plotting.DASHES):
            raise ValueError(
                f"models must be a mapping of one to {len(plotting.DASHES)} names to fitted "
                f"models, got {models!r:.60}"
            )
        days = (series.index - series.index[0]).astype(int)
        measured = np.ones(len(series), dtype=bool)
        if series.interpolated is not None:
            measured = ~series.interpolated
        self._series = series
        self._truth = np.full(days[-1] + 1, np.nan)
        self._truth[days[measured]] = series.values[measured]
        self._forecasts = {}
        for name, model in models.items():
            self._forecasts[name] = np.full(len(self._truth), np.nan)
            self._forecasts[name][places] = _forecast(name, model, split)
        cells = cells_among(models, ours)
        super().__init__()
        later = [*split.index_validation, *split.index_test][0]
        for trait, value in {
            "title": series.name,
            "unit": series.unit,
            "credit": _credit(series),
            "synthetic": series.synthetic,
            "first_day": str(series.index[0]),
            "first_forecast": int(places[0]),
            "test_from": int((later - series.index[0]).astype(int)),
            "truth": _for_page(self._truth),
            "forecasts": {name: _for_page(made) for name, made in self._forecasts.items()},
            "ours": cells,
        }.items():
            self.set_trait(trait, value)
        self.length = length
        self.day = min(self.test_from + length, len(self._truth)) - 1 if day is None else day

    @traitlets.validate("day", "length")
    def _in_range(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        lowest = self.first_forecast if name == "day" else _SHORTEST
        highest = len(self._truth) - (name == "day")
        if not lowest <= value <= highest:
            raise traitlets.TraitError(
                f"The value of the '{name}' trait of a WeatherExplorer instance should be between "
                f"{lowest} and {highest}, but {value} was specified"
            )
        return int(value)

    def dates(self) -> NDArray[np.datetime64]:
        """Return the days shown."""
        shown: NDArray[np.datetime64] = self._series.index[0] + np.arange(len(self._truth))
        return shown[self._shown()]

    def errors(self) -> dict[str, float]:
        """Return each model's root mean squared error over the days shown, in the series' unit.

        The result is empty if none of these days has both a measurement and forecasts.
        """
        shown, known = self._shown(), self._known()
        return {
            name: float(np.sqrt(np.mean((made[shown] - self._truth[shown])[known] ** 2)))
            for name, made in self._forecasts.items()
            if known.any()
        }

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        unit = f" {self.unit}" if self.unit else ""
        errors = self.errors()
        order = sorted(errors, key=lambda name: errors[name])
        said = ", ".join(f"{name} {errors[name]:.2f}{unit}" for name in order)
        kind = "Synthetic data. " if self.synthetic else ""
        verdict = f"Error: {said}" if said else "Nothing is forecast"
        return f"{kind}{self.title}, {_span(self.dates())}. {verdict}."

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        shown, known = self._shown(), self._known()
        errors = self.errors()
        with plotting.style():
            figure, ax = plt.subplots(figsize=(6.8, 4.0), layout="constrained")
            if not errors:
                plotting.finish(ax, "Nothing is forecast", small_print=[self.credit])
                return figure
            plotting.forecast(
                self.dates()[known],
                self._truth[shown][known],
                {name: made[shown][known] for name, made in self._forecasts.items()},
                unit=self.unit,
                title=f"Lowest error: {min(errors, key=lambda name: errors[name])}",
                ax=ax,
                ours=self.ours,
                synthetic=self.synthetic,
                attribution=self.credit,
            )
        return figure

    def _shown(self) -> slice:
        """Return the days shown, counted from the first day, as a slice."""
        return slice(max(0, self.day - self.length + 1), self.day + 1)

    def _known(self) -> NDArray[np.bool_]:
        """Return a mask of the days shown that have a measurement and all forecasts."""
        known = [self._truth, *self._forecasts.values()]
        missing = np.isnan([values[self._shown()] for values in known])
        present: NDArray[np.bool_] = ~np.any(missing, axis=0)
        return present


def _places(series: Any, split: Any) -> NDArray[np.intp]:
    """Return the day, counted from the first of the series, of every target of the split."""
    if not isinstance(series, Series):
        raise TypeError(f"series must be a Series, got {type(series).__name__}")
    if series.index.dtype != "datetime64[D]":
        raise ValueError(f"series must be indexed by days, got {series!r}")
    if not isinstance(split, Split):
        raise TypeError(f"split must be a Split, got {type(split).__name__}")
    targets = np.concatenate([split.index_train, split.index_validation, split.index_test])
    values = np.concatenate([split.y_train, split.y_validation, split.y_test])
    dated = targets.dtype.kind == "M" and np.isin(targets, series.index).all()
    if not dated or not np.allclose(
        split.to_units(values), series.values[np.searchsorted(series.index, targets)]
    ):
        raise ValueError(f"split must be cut from the series given, got {split!r} and {series!r}")
    places: NDArray[np.intp] = (targets - series.index[0]).astype(np.intp)
    return places


def _forecast(name: str, model: Any, split: Split) -> NDArray[np.float64]:
    """Return a model's forecasts of all targets of the split, in the series' unit."""
    if not callable(getattr(model, "predict", None)):
        raise TypeError(f"models[{name!r}] must be a fitted regressor, got {type(model).__name__}")
    X = np.concatenate([split.X_train, split.X_validation, split.X_test])
    steps = getattr(model, "n_features_in_", X.shape[1])
    if steps != X.shape[1]:
        raise ValueError(
            f"models[{name!r}] must be fitted on windows of {X.shape[1]} steps like those of "
            f"split, got one fitted on {steps}"
        )
    made = _checks.real_array(f"models[{name!r}].predict(X)", model.predict(X), (len(X),))
    return split.to_units(made)


def _credit(series: Series) -> str:
    """Return the credit line that must accompany the series."""
    if series.synthetic:
        return f"SYNTHETIC data, not measurements. Source: {series.source}"
    return series.attribution or f"Source: {series.source or series.name}"


def _for_page(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers for JSON, which has no NaN: None instead."""
    return [None if np.isnan(value) else float(value) for value in values]


def _span(dates: NDArray[np.datetime64]) -> str:
    """Return the first and the last of the dates as text."""
    first, last = dates[0].astype(object), dates[-1].astype(object)
    end = f"{last.day} {last:%B} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {end}"
    start = f"{first.day} {first:%B}" + (f" {first.year}" if first.year != last.year else "")
    return f"{start} to {end}"
