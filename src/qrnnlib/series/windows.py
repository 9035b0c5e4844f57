"""Windows over a series, and a split in time in which the training part knows no later value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.series import date_formats
from qrnnlib.series.csv_table import Index
from qrnnlib.series.series import Series
from qrnnlib.series.suspects import far_outside, shown

#: scikit-learn's scaler takes a smaller range for none at all and leaves it as it is.
_CONSTANT = 10 * np.finfo(np.float64).eps

#: One series, or several on one index, of which the first is forecast.
OneOrMore = Series | ArrayLike | Sequence[Series | ArrayLike]


def windows(
    series: OneOrMore, steps: int, horizon: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return every window of a series and the value to forecast from it.

    Parameters
    ----------
    series : Series or array of shape (points,), or a list of them
        Neighbours in an array are taken as neighbours in time. Of a Series, windows that would
        span a gap are left out; a pandas object with dates as its index is taken as a Series. Of
        a list, all on the same index, the first is the one to forecast, and a window holds the
        values of all. A column of shape (points, 1) is one series.
    steps : int
        Length of a window.
    horizon : int
        How far ahead the forecast looks: the target lies so many points after the last value of
        the window. 1 is the next value.

    Returns
    -------
    X : array of shape (n, steps), or (n, steps, features) of a list of series
        The windows, ``n = points - steps - horizon + 1`` where there is no gap.
    y : array of shape (n,)
        The value to forecast from each.

    Raises
    ------
    TypeError, ValueError
        If `steps` or `horizon` is below 1, the stretch from a window to its target is longer than
        the series (or than any stretch without a gap), a value is not finite, or the series of a
        list are not on the same index.

    Examples
    --------
    >>> from qrnnlib.series.windows import windows
    >>> X, y = windows([1.0, 2.0, 3.0, 4.0], steps=2)
    >>> X
    array([[1., 2.],
           [2., 3.]])
    >>> y
    array([3., 4.])

    Two points ahead:

    >>> windows([1.0, 2.0, 3.0, 4.0], steps=2, horizon=2)
    (array([[1., 2.]]), array([4.]))

    Two series, of which the first is forecast:

    >>> X, y = windows([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]], steps=2)
    >>> X.shape, X[0].tolist(), y
    ((1, 2, 2), [[1.0, 10.0], [2.0, 20.0]], array([3.]))
    """
    several = _as_series(series)
    steps = _checks.integer("steps", steps)
    horizon = _checks.integer("horizon", horizon)
    targets = _targets(several[0], steps, horizon)
    values = np.column_stack([one.values for one in several])
    X, y = _cut(values, targets, steps, horizon)
    return X if _is_list(series) else X[:, :, 0], y


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Windows of a series in a training, a validation and a test part, scaled.

    Made by `split_in_time`. For each part there are ``X_...`` of shape (windows, steps), or
    (windows, steps, features) of several series, ``y_...`` and ``index_...`` of shape (windows,):
    the inputs, the targets, and when the targets were measured. Inputs and targets are scaled;
    `to_units` takes them back.

    Parameters
    ----------
    X_train, y_train, index_train, X_validation, y_validation, index_validation, X_test, y_test, \
index_test : arrays
        The three parts. The validation part has no windows unless one was asked for.
    scaler : sklearn.preprocessing.MinMaxScaler or None
        Fitted on the values of the training part alone, a column for each series; None where
        nothing is scaled.
    unit : str
        Unit of the targets before scaling.
    notes : tuple of str
        The notes of the series (of an array: which values lie far outside all others), and how
        many windows were left out.
    horizon : int
        How many points after the last value of a window its target lies.

    Examples
    --------
    >>> from qrnnlib.series.sources import noisy_sine
    >>> from qrnnlib.series.windows import split_in_time
    >>> split = split_in_time(noisy_sine(random_state=0))
    >>> split.X_train.shape, split.y_test.shape
    ((70, 10), (20,))
    """

    X_train: NDArray[np.float64]
    y_train: NDArray[np.float64]
    index_train: Index
    X_validation: NDArray[np.float64]
    y_validation: NDArray[np.float64]
    index_validation: Index
    X_test: NDArray[np.float64]
    y_test: NDArray[np.float64]
    index_test: Index
    scaler: Any
    unit: str = ""
    notes: tuple[str, ...] = ()
    horizon: int = 1

    def to_units(self, values: ArrayLike, feature: int = 0) -> NDArray[np.float64]:
        """Return scaled values (inputs, targets or predictions, of any shape) in their unit.

        Parameters
        ----------
        values : array_like
        feature : int
            Which of several series they are of, as in the last axis of the inputs; 0 is the one
            that is forecast.

        Raises
        ------
        TypeError, ValueError
            If `values` are not finite real numbers, or there is no such series.

        Examples
        --------
        >>> from qrnnlib.series.windows import split_in_time
        >>> split = split_in_time(range(20), steps=3, train=0.5)
        >>> split.y_test[:2], split.to_units(split.y_test[:2])
        (array([1.22222222, 1.44444444]), array([10., 11.]))
        """
        scaled = _checks.real_array("values", values)
        if self.scaler is None:
            return scaled
        feature = _checks.integer("feature", feature, minimum=0)
        if feature >= self.scaler.n_features_in_:
            raise ValueError(
                f"feature must be below the {self.scaler.n_features_in_} series, got {feature}"
            )
        with np.errstate(over="ignore"):
            restored = (scaled - self.scaler.min_[feature]) / self.scaler.scale_[feature]
        return _checks.real_array("values in the unit of the series", restored)

    def __repr__(self) -> str:
        counts = f"{len(self.y_train)} + {len(self.y_validation)} + {len(self.y_test)}"
        low, high = (0, 0) if self.scaler is None else self.scaler.feature_range
        scaling = "not scaled" if self.scaler is None else f"scaled to [{low:g}, {high:g}]"
        ahead = "" if self.horizon == 1 else f"{self.horizon} points ahead, "
        size = str(self.X_train.shape[1])
        if self.X_train.ndim == 3:
            size += f" x {self.X_train.shape[2]} features"
        return f"Split({counts} windows of {size}, {ahead}{scaling})"


def split_in_time(
    series: OneOrMore,
    steps: int = 10,
    train: float = 0.8,
    validation: float = 0.0,
    scale: tuple[float, float] | None = (-1.0, 1.0),
    horizon: int = 1,
) -> Split:
    """Cut a series into an earlier part to train on and later ones to be judged by.

    A window belongs to the part that its *target* falls in. The first windows of the test part
    therefore look back into the training part: when a forecast is made, the past is known. (The
    paper makes windows inside each part, which leaves out the first `steps` targets.)

    Nothing in the training part depends on a later value: the scaler is fitted on the training
    part alone, and a window is left out when its target was interpolated, which nobody measured,
    or when its own last value was, since that value was interpolated from one that comes after
    the window. What is left predicts a measurement from what was known when the forecast was
    made, `horizon` points earlier.

    A forecast of a later part is also made by a model, and the model must have been known too.
    Looking further ahead than one point, the first targets of the validation and of the test
    part, ``horizon - 1`` of each, would be forecast before the part in front had ended. Their
    windows are left out.

    Of several series the first is the one to forecast. Each is scaled by its own training part,
    and none may be interpolated at the end of a window.

    Parameters
    ----------
    series : Series or array of shape (points,), or a list of them
        As for `windows`.
    steps : int
        Length of a window.
    train, validation : float
        Fractions of the points (rounded down to whole points) in the training part and in the
        validation part that follows it, 0 for none; the rest is the test part.
    scale : (float, float) or None
        The range that the training part is scaled to; later values may fall outside it.
        None leaves the values as they are.
    horizon : int
        How far ahead the forecast looks, in points; 1 is the next value.

    Returns
    -------
    Split

    Raises
    ------
    TypeError, ValueError
        If the fractions leave a part without windows, `scale` is not an increasing pair, the
        training part is constant (so that it has no scale), or as for `windows`.

    Examples
    --------
    >>> from qrnnlib.series.sources import noisy_sine
    >>> from qrnnlib.series.windows import split_in_time
    >>> split_in_time(noisy_sine(points=300, random_state=0), train=0.7, validation=0.1)
    Split(200 + 30 + 60 windows of 10, scaled to [-1, 1])
    >>> split_in_time(noisy_sine(points=300, random_state=0), train=0.7, horizon=7)
    Split(194 + 0 + 84 windows of 10, 7 points ahead, scaled to [-1, 1])
    """
    several = _as_series(series)
    first = several[0]
    steps = _checks.integer("steps", steps)
    horizon = _checks.integer("horizon", horizon)
    train = _checks.number("train", train, maximum=1, above=0)
    validation = _checks.number("validation", validation, minimum=0, maximum=1)
    if train + validation >= 1:
        raise ValueError(
            f"train + validation must be less than 1 to leave a test part, got {train:g} + "
            f"{validation:g}"
        )
    possible = _targets(first, steps, horizon)
    measured = np.column_stack([_measured(one) for one in several])
    known = measured[possible - horizon].all(axis=1)
    targets = possible[measured[possible, 0] & known]
    notes = first.notes
    for one in several[1:]:
        notes += tuple(f"{one.name}: {note}" for note in one.notes)
    if targets.size < possible.size:
        notes += (
            f"{possible.size - targets.size} of {possible.size} windows left out: their target "
            "or the last value of the window was interpolated",
        )
    ends = [_whole(train, len(first)), _whole(train + validation, len(first))]
    parts = np.split(targets, np.searchsorted(targets, ends))
    early = 0
    for number, end in enumerate(ends, start=1):
        in_time = parts[number] >= end + horizon - 1
        early += int(np.sum(~in_time))
        parts[number] = parts[number][in_time]
    if early:
        notes += (
            f"{early} windows left out: their forecast would be made before the part in front "
            "had ended",
        )
    wanted = (("train", train), ("validation", validation), ("test", 1.0))
    for (part, fraction), inside in zip(wanted, parts, strict=True):
        if fraction and not inside.size:
            raise ValueError(
                f"train and validation must leave windows of {steps} steps in every part, got "
                f"none in the {part} part with train={train:g} and validation={validation:g} of "
                f"{len(first)} points"
            )
    values = np.column_stack([one.values for one in several])
    scaler = None
    if scale is not None:
        # What was interpolated is not fitted to; a scaler passes over NaN.
        earlier = np.where(measured, values, np.nan)[: ends[0]]
        scaler = _fitted_scaler(earlier, scale)
        with np.errstate(over="ignore"):
            values = scaler.transform(values)
        values = _checks.real_array("scaled values", values)
    arrays: dict[str, Any] = {}
    for (part, _), inside in zip(wanted, parts, strict=True):
        arrays[f"X_{part}"], arrays[f"y_{part}"] = _cut(values, inside, steps, horizon)
        if not _is_list(series):
            arrays[f"X_{part}"] = arrays[f"X_{part}"][:, :, 0]
        arrays[f"index_{part}"] = first.index[inside]
    return Split(**arrays, scaler=scaler, unit=first.unit, notes=notes, horizon=horizon)


def _is_list(series: OneOrMore) -> bool:
    """Tell several series from one: a list or tuple of series, or of rows of numbers."""
    return isinstance(series, list | tuple) and any(
        isinstance(one, Series) or np.ndim(one) for one in series
    )


def _as_series(series: Any) -> list[Series]:
    """Return one or several series on one index; values of an array are neighbours in time."""
    several = [
        one if isinstance(one, Series) else _of_array(one)
        for one in (series if _is_list(series) else [series])
    ]
    first, *others = several
    for number, other in enumerate(others, start=1):
        if len(first) != len(other):
            problem = f"{len(first)} and {len(other)} points"
        elif (first.index.dtype, first.step) != (other.index.dtype, other.step):
            problem = "indices of two kinds"
        elif not np.array_equal(first.index, other.index):
            where = int(np.argmax(first.index != other.index))
            problem = f"{first.index[where]} and {other.index[where]} at position {where}"
        else:
            continue
        raise ValueError(
            "series must all be on the same index, got "
            f"{problem} in series 0 ({first.name!r}) and {number} ({other.name!r})"
        )
    return several


def _of_array(values: Any) -> Series:
    """Return an array as a series: its rows are neighbours.

    So they are in a pandas object whose index holds dates, business days for example; the dates
    are kept, and a note says where they jump.
    """
    array = _checks.column(_checks.as_array("series", values))
    if array.ndim == 2:
        raise ValueError(
            f"series must have shape (any,), got {array.shape}; several series are handed over as "
            "a list, one for each column"
        )
    array = _checks.real_array("series", array, (None,))
    index: Any = np.arange(array.size, dtype=np.float64)
    if hasattr(values, "iloc") and date_formats.of("index of series", values.index):
        index = values.index
    one = Series(array, index)
    notes = one.notes + far_outside(array, one.index)
    if not one.gaps.size:
        return replace(one, notes=notes)
    notes += (
        f"neighbours are rows, also across {one.gaps.size} jumps of the index (the first after "
        f"{shown(one.index, one.gaps[0])}); Series(values, index) has gaps there",
    )
    return replace(one, notes=notes, step=float(date_formats.spacing(one.index).max()))


def _measured(series: Series) -> NDArray[np.bool_]:
    """Return which values were measured, and not interpolated."""
    if series.interpolated is None:
        return np.ones(len(series), dtype=bool)
    return ~series.interpolated


def _targets(series: Series, steps: int, horizon: int) -> NDArray[np.intp]:
    """Return the positions to forecast: no gap between them and the beginning of their window."""
    points = len(series)
    reach = steps + horizon - 1
    ahead = "the value after it" if horizon == 1 else f"the value {horizon} points after it"
    if reach >= points:
        name = "steps" if horizon == 1 else "steps + horizon - 1"
        raise ValueError(
            f"{name} must be less than the number of points in series, got a window of {steps} "
            f"and {ahead} in {points} points"
        )
    targets: NDArray[np.intp] = np.arange(reach, points)
    gaps = series.gaps
    # The gap after position g is spanned by target t when t - reach <= g < t.
    spanned = np.searchsorted(gaps, targets) - np.searchsorted(gaps, targets - reach)
    targets = targets[spanned == 0]
    if not targets.size:
        raise ValueError(
            f"steps must leave a window without a gap in series, got a window of {steps} and "
            f"{ahead} in {points} points with {gaps.size} gaps; an array of the values alone is "
            "one without gaps"
        )
    return targets


def _cut(
    values: NDArray[np.float64], targets: NDArray[np.intp], steps: int, horizon: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the windows that end `horizon` before each target, and the targets.

    Values are (points, features), the first feature is the one to forecast.
    """
    return values[targets[:, None] + np.arange(1 - steps, 1) - horizon], values[targets, 0]


def _whole(fraction: float, points: int) -> int:
    """Return the whole points in a fraction: 0.29 of 100 is 29, whatever rounding says."""
    return int(np.floor(fraction * points + 1e-9))


def _fitted_scaler(values: NDArray[np.float64], scale: Any) -> Any:
    """Return a scaler that takes the range of each column of `values` to `scale`."""
    from sklearn.preprocessing import MinMaxScaler  # here, since it is slow to import

    low, high = _checks.real_array("scale", scale, (2,))
    if not low < high:
        raise ValueError(f"scale must be an increasing pair, got ({low:g}, {high:g})")
    for column in values.T:
        known = column[~np.isnan(column)]
        with np.errstate(over="ignore"):
            extent = float(np.ptp(known)) if known.size else 0.0
        if not _CONSTANT <= extent < np.inf:
            problem = f"all {known.size} of them within {extent:g} of each other"
            raise ValueError(
                f"series must vary in its training part to be scaled, got {problem}; "
                "scale=None leaves it as it is"
            )
    with np.errstate(over="ignore", invalid="ignore"):
        scaler = MinMaxScaler(feature_range=(float(low), float(high))).fit(values)
    if not np.isfinite([scaler.scale_, scaler.min_]).all():
        raise ValueError(
            f"scale must not stretch a range of {extent:g} beyond what is finite, got "
            f"({low:g}, {high:g})"
        )
    return scaler
