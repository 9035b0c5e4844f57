"""The score explorer: errors of many models on several series, and their spread over seeds."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from qrnnbook import plotting
from qrnnbook.plotting.style import cells_among
from qrnnbook.widgets._figure import LiveFigure
from qrnnlib import _checks
from qrnnlib.learning.evaluation import interval

NOTHING = "nothing"
Runs = dict[str, NDArray[np.float64]]


class ScoreExplorer(LiveFigure):
    """The errors of many models on several series, alone or relative to one model.

    Parameters
    ----------
    scores : mapping of str to mapping of str to array_like, shape (seeds,)
        Series -> model -> its errors, above 0. On one series all models have equally many errors,
        in the order of their seeds, except those with a single error, which is compared with
        every seed.
    measure : str, default "test error"
        The error measure.
    units : mapping of str to str, optional
        The unit of each series' errors; none if not given.
    ours : collection of str, optional
        Names of the models that are measured cells; if not given, those that contain "quantum".
    group : str, optional
        The series shown at first; if not given, the first of `scores`.
    beside : str, optional
        The reference model at first; if not given, none. With one, the picture shows differences,
        seed by seed, in percent of its mean error. A series without it is shown without
        comparison.
    level : float, default 0.95
        Confidence level of the intervals, in (0, 0.999].

    Attributes
    ----------
    left_out : int
        Number of seeds left out at the end, 0 at first, to see what fewer runs would have shown.
        At least one seed always counts.
    show_seeds : bool
        Whether each seed is drawn; True at first.

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type, a series has fewer than two models or models with
        different numbers of errors, an error is not above 0, or a name in `units` or `ours` is
        unknown.
    traitlets.TraitError
        If `group` is not a series, `beside` not a model, or `left_out` leaves no seed.

    Examples
    --------
    >>> figure = ScoreExplorer(
    ...     {"sine": {"ridge": [0.25], "quantum RNN": [0.21, 0.24, 0.23]}}, measure="RMSE"
    ... )
    >>> figure
    <ScoreExplorer: sine, RMSE, mean of 3 seeds: quantum RNN 0.227; ridge 0.250.>
    >>> figure.beside = "ridge"
    >>> mean, low, high = figure.intervals()["quantum RNN"]
    >>> round(mean, 1), round(low, 1), round(high, 1)
    (-9.3, -24.5, 5.8)
    """

    script = "score_explorer.js"

    group = traitlets.Unicode().tag(sync=True)
    beside = traitlets.Unicode(NOTHING).tag(sync=True)
    show_seeds = traitlets.Bool(True).tag(sync=True)
    left_out = traitlets.Int(0).tag(sync=True)

    measure = traitlets.Unicode(read_only=True).tag(sync=True)
    scores = traitlets.Dict(read_only=True).tag(sync=True)
    units = traitlets.Dict(read_only=True).tag(sync=True)
    digits = traitlets.Dict(read_only=True).tag(sync=True)
    ours: traitlets.List[str] = traitlets.List(read_only=True).tag(sync=True)
    confidence = traitlets.Unicode(read_only=True).tag(sync=True)
    reaches: traitlets.List[float] = traitlets.List(read_only=True).tag(sync=True)

    def __init__(
        self,
        scores: Mapping[str, Mapping[str, ArrayLike]],
        *,
        measure: str = "test error",
        units: Mapping[str, str] | None = None,
        ours: Collection[str] | None = None,
        group: str | None = None,
        beside: str | None = None,
        level: float = 0.95,
    ) -> None:
        self._scores = _checked(scores)
        if not isinstance(measure, str):
            raise TypeError(f"measure must be text, got {type(measure).__name__}")
        cells = cells_among(_models(self._scores), ours)
        self._level = _checks.number("level", level, maximum=0.999, above=0.0)
        self._most = max(_seeds(runs) for runs in self._scores.values())
        super().__init__()
        for trait, value in {
            "measure": measure,
            "scores": {
                name: {model: errors.tolist() for model, errors in runs.items()}
                for name, runs in self._scores.items()
            },
            "units": {**dict.fromkeys(self._scores, ""), **_units(units, self._scores)},
            "digits": {name: _digits(runs) for name, runs in self._scores.items()},
            "ours": cells,
            "confidence": f"{100 * self._level:g} %",
            # Half-widths of the intervals, in standard errors, for 2 seeds, 3, ...
            "reaches": stats.t.ppf((1 + self._level) / 2, np.arange(1, self._most)).tolist(),
        }.items():
            self.set_trait(trait, value)
        self.group = next(iter(self._scores)) if group is None else group
        self.beside = NOTHING if beside is None else beside

    @traitlets.validate("group", "beside")
    def _known(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        known = list(self._scores) if name == "group" else [NOTHING, *_models(self._scores)]
        if value not in known:
            raise traitlets.TraitError(
                f"The value of the '{name}' trait of a ScoreExplorer instance should be one of "
                f"{', '.join(map(repr, known))}, but {value!r} was specified"
            )
        return str(value)

    @traitlets.validate("left_out")
    def _leaves_some(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < self._most:
            raise traitlets.TraitError(
                f"The value of the 'left_out' trait of a ScoreExplorer instance should be between "
                f"0 and {self._most - 1}, but {proposal['value']} was specified"
            )
        return int(proposal["value"])

    def runs(self) -> Runs:
        """Return the errors or differences of the seeds that count, by model.

        Differences are in percent of the reference model's mean error, and leave that model out.
        """
        counted = {name: errors[: self._counted()] for name, errors in self._errors().items()}
        if self._other() is None:
            return counted
        other = counted.pop(self.beside)
        return {name: 100 * (errors - other) / other.mean() for name, errors in counted.items()}

    def intervals(self) -> dict[str, tuple[float, float, float]]:
        """Return each model's mean and the ends of its interval, best model first.

        The interval is that of `qrnnlib.interval`; for a single run both ends equal its value.
        """
        found = {name: interval(runs, self._level) for name, runs in self.runs().items()}
        return dict(sorted(found.items(), key=lambda item: item[1][0]))

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        other, found = self._other(), self.intervals()
        digits, unit = self.digits[self.group], self.units[self.group]
        unit = unit and f" {unit}"
        if other is None:
            means = {name: f"{mean:.{digits}f}{unit}" for name, (mean, *_) in found.items()}
            said = "; ".join(f"{name} {mean}" for name, mean in means.items())
            return f"{self.group}, {self.measure}, {self._seeds_in_words()}: {said}."
        mean = self._errors()[other][: self._counted()].mean()
        said = "; ".join(f"{name} {_percent(mean)}" for name, (mean, *_) in found.items())
        better, clear = self._better()
        sure = f", {clear} of them with a {self.confidence} interval that excludes zero"
        verdict = f"{_count(better, len(found))} better than {other}{sure if better else ''}"
        return (
            f"{self.group}, {self.measure}, difference from {other} ({mean:.{digits}f}{unit}) in "
            f"percent of it, {self._seeds_in_words()}: {said}. {verdict}."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows, without single seeds."""
        found, other = self.intervals(), self._other()
        of = f"{self.group}, {self.measure}, {self._seeds_in_words()}"
        common: dict[str, Any] = {
            "title": self._finding(),
            "ours": [name for name in found if name in self.ours],
            "interval": f"{of}; bars: {self.confidence} intervals.",
        }
        with plotting.style():
            size = (6.8, 1.7 + 0.42 * len(found))
            figure, ax = plt.subplots(figsize=size, layout="constrained")
            if other is None:
                # An error cannot be negative, so its interval is cut at 0.
                ends = {name: (at, max(0, low), high) for name, (at, low, high) in found.items()}
                unit = self.units[self.group]
                plotting.errors(ends, ax, measure=self.measure, unit=unit, **common)
            else:
                plotting.differences(found, ax, unit="%", zero=f"same as {other}", **common)
        return figure

    def _errors(self) -> Runs:
        """Return the errors on the series shown."""
        return self._scores[self.group]

    def _other(self) -> str | None:
        """Return the reference model, or None if there is none on the series shown."""
        return self.beside if self.beside in self._errors() else None

    def _counted(self) -> int:
        """Return the number of seeds that count."""
        return max(1, _seeds(self._errors()) - self.left_out)

    def _better(self) -> tuple[int, int | str]:
        """Return how many models beat the reference, and how many with intervals below 0."""
        runs = self.runs()
        better = {name: high for name, (mean, _, high) in self.intervals().items() if mean < 0}
        clear = [name for name, high in better.items() if high < 0 and len(runs[name]) > 1]
        return len(better), len(clear) or "none"

    def _finding(self) -> str:
        """Return a short title that states the finding."""
        other = self._other()
        if other is None:
            return f"Lowest {self.measure}: {next(iter(self.intervals()))}"
        better, clear = self._better()
        clearly = f", {clear} clearly" if better else ""
        return f"{_count(better, len(self._errors()) - 1)} better than {other}{clearly}"

    def _seeds_in_words(self) -> str:
        """Return a phrase that says which seeds the means are over."""
        total, counted = _seeds(self._errors()), self._counted()
        if total == 1:
            return "one run"
        if counted == total:
            return f"mean of {total} seeds"
        return f"mean of the first {counted} of {total} seeds" if counted > 1 else "one seed alone"


def _checked(scores: Any) -> dict[str, Runs]:
    """Return the errors as arrays, or raise an error that says what is wrong."""
    if not isinstance(scores, Mapping) or not scores:
        raise ValueError(f"scores must be a mapping of series to models, got {scores!r:.60}")
    checked: dict[str, Runs] = {}
    for group, models in scores.items():
        where = f"scores[{group!r}]"
        if not isinstance(models, Mapping) or len(models) < 2:
            raise ValueError(
                f"{where} must be a mapping of at least two models to errors, got {models!r:.60}"
            )
        checked[group] = {}
        for name, errors in models.items():
            if name == NOTHING:
                raise ValueError(f"{where} must not have a model named {NOTHING!r}")
            runs = _checks.real_array(f"{where}[{name!r}]", errors, (None,))
            if not runs.size or runs.min() <= 0:
                least = f"{runs.min():g}" if runs.size else "none"
                raise ValueError(f"{where}[{name!r}] must hold errors above 0, got {least}")
            checked[group][name] = runs
        lengths = {name: len(runs) for name, runs in checked[group].items() if len(runs) > 1}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"{where} must have equally many errors for each model, or one, got {lengths}"
            )
    return checked


def _units(units: Any, groups: Collection[str]) -> dict[str, str]:
    """Return the given units by series."""
    if units is None:
        return {}
    if not isinstance(units, Mapping) or not all(isinstance(u, str) for u in units.values()):
        raise TypeError(f"units must be a mapping of series to text, got {units!r:.60}")
    return {_checks.option("units", name, groups): unit for name, unit in units.items()}


def _models(scores: Mapping[str, Runs]) -> list[str]:
    """Return the models of all series, without repetition."""
    return list(dict.fromkeys(name for runs in scores.values() for name in runs))


def _seeds(runs: Runs) -> int:
    """Return the number of seeds of a series."""
    return max(map(len, runs.values()))


def _digits(runs: Runs) -> int:
    """Return the number of decimals that shows the lowest mean error with three digits."""
    lowest = min(float(errors.mean()) for errors in runs.values())
    return max(0, 2 - math.floor(math.log10(lowest)))


def _percent(value: float) -> str:
    """Return a difference with its sign (a true minus) and one decimal.

    One that rounds to 0 is put into words, because its sign decides which model is called better.
    """
    text = f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
    if text[1:] != "0.0":
        return f"{text} %"
    return f"just {'over' if value > 0 else 'under'} 0 %" if value else "0.0 %"


def _count(better: int, total: int) -> str:
    """Return the phrase "k of n models is", or "are"."""
    return f"{better or 'None'} of {total} models {'is' if better < 2 else 'are'}"
