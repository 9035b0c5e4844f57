"""A split in time, in which training uses no later value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.series.gaps import Index
from qrnnlib.series.series import Series
from qrnnlib.series.windowing import OneOrMore, as_series, cut, is_list, targets_of

#: scikit-learn's scaler treats a smaller range as zero and does not scale it.
_CONSTANT = 10 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Scaled windows of a series in a training, a validation and a test part.

    Created by `split_in_time`. Each part has ``X_...`` of shape (windows, steps), or (windows,
    steps, features) for several series, and ``y_...`` and ``index_...`` of shape (windows,): the
    inputs, the targets, and when the targets were measured. Inputs and targets are scaled;
    `to_units` converts them back.

    Parameters
    ----------
    X_train, y_train, index_train, X_validation, y_validation, index_validation, X_test, y_test, \
index_test : arrays
        The three parts. The validation part is empty unless one was requested.
    scaler : sklearn.preprocessing.MinMaxScaler or None
        Fitted on the values of the training part alone, with a column for each series; None
        without scaling.
    unit : str, default ""
        Unit of the targets before scaling.
    notes : tuple of str
        The notes of the series (for an array: which values lie far outside all others), and how
        many windows were left out; empty by default.
    horizon : int, default 1
        Number of points from the last value of a window to its target.

    Examples
    --------
    >>> from qrnnlib import noisy_sine, split_in_time
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
        """Return scaled values (inputs, targets or predictions, of any shape) in their own unit.

        Parameters
        ----------
        values : array_like
        feature : int, default 0
            Number of the series that the values belong to, as in the last axis of the inputs; 0 is
            the one that is forecast.

        Raises
        ------
        TypeError, ValueError
            If `values` are not finite real numbers, or there is no such series.

        Examples
        --------
        >>> from qrnnlib import split_in_time
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
    """Split a series into an earlier part for training and later parts for evaluation.

    A window belongs to the part that contains its *target*. The first windows of the test part
    therefore reach back into the training part: when a forecast is made, the past is known. (The
    paper makes windows inside each part, which leaves out the first `steps` targets.)

    Nothing in the training part depends on a later value. The scaler is fitted on the training
    part alone. A window is left out if its target was interpolated, and thus not measured, or if
    its own last value was, since that depends on a value after the window. Every window that is
    left predicts a measurement from what was known when the forecast was made, `horizon` points
    earlier.

    The model, too, must exist when the forecast is made. With a horizon of more than one point,
    the first ``horizon - 1`` targets of the validation part and of the test part would be forecast
    before the preceding part had ended. Their windows are left out.

    With several series the first is forecast. Each is scaled by its own training part, and none
    may be interpolated at the end of a window.

    Parameters
    ----------
    series : Series or array of shape (points,), or a list of them
        As for `windows`.
    steps : int, default 10
        Length of a window.
    train, validation : float, default 0.8 and 0.0
        Fractions of the points (rounded down to whole points) in the training part and in the
        validation part that follows it, 0 for none; the rest is the test part.
    scale : (float, float) or None, default (-1.0, 1.0)
        Range to which the training part is scaled; later values may fall outside it. None: no
        scaling.
    horizon : int, default 1
        Number of points from the last value of a window to its target; 1 is the next value.

    Returns
    -------
    Split

    Raises
    ------
    TypeError, ValueError
        If the fractions leave a part without windows, `scale` is not an increasing pair, or the
        training part is constant and so cannot be scaled; and as for `windows`.

    Examples
    --------
    >>> from qrnnlib import noisy_sine, split_in_time
    >>> split_in_time(noisy_sine(points=300, random_state=0), train=0.7, validation=0.1)
    Split(200 + 30 + 60 windows of 10, scaled to [-1, 1])
    >>> split_in_time(noisy_sine(points=300, random_state=0), train=0.7, horizon=7)
    Split(194 + 0 + 84 windows of 10, 7 points ahead, scaled to [-1, 1])
    """
    several = as_series(series)
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
    possible = targets_of(first, steps, horizon)
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
            f"{early} windows left out: their forecast would be made before the preceding part "
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
        # The scaler ignores NaN, so it is not fitted to interpolated values.
        earlier = np.where(measured, values, np.nan)[: ends[0]]
        scaler = _fitted_scaler(earlier, scale)
        with np.errstate(over="ignore"):
            values = scaler.transform(values)
        values = _checks.real_array("scaled values", values)
    arrays: dict[str, Any] = {}
    for (part, _), inside in zip(wanted, parts, strict=True):
        arrays[f"X_{part}"], arrays[f"y_{part}"] = cut(values, inside, steps, horizon)
        if not is_list(series):
            arrays[f"X_{part}"] = arrays[f"X_{part}"][:, :, 0]
        arrays[f"index_{part}"] = first.index[inside]
    return Split(**arrays, scaler=scaler, unit=first.unit, notes=notes, horizon=horizon)


def _measured(series: Series) -> NDArray[np.bool_]:
    """Return which values were measured, not interpolated."""
    if series.interpolated is None:
        return np.ones(len(series), dtype=bool)
    return ~series.interpolated


def _whole(fraction: float, points: int) -> int:
    """Return a fraction of the points, rounded down: 0.29 of 100 is 29 despite rounding errors."""
    return int(np.floor(fraction * points + 1e-9))


def _fitted_scaler(values: NDArray[np.float64], scale: Any) -> Any:
    """Return a scaler that maps the range of each column of `values` to `scale`."""
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
