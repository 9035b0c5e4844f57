"""Windows over a series, and a split in time in which the training part knows no later value."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _checks
from ._series import Series
from ._tables import Index

#: scikit-learn's scaler takes a smaller range for none at all and leaves it as it is.
_CONSTANT = 10 * np.finfo(np.float64).eps


def windows(
    series: Series | ArrayLike, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return every window of a series and the value after it.

    Parameters
    ----------
    series : Series or array of shape (points,)
        Neighbours in an array are taken as neighbours in time. Of a Series, windows that would
        span a gap are left out.
    steps : int
        Length of a window.

    Returns
    -------
    X : array of shape (n, steps)
        The windows, ``n = points - steps`` where there is no gap.
    y : array of shape (n,)
        The value that follows each.

    Raises
    ------
    TypeError, ValueError
        If `steps` is below 1, a window and the value after it are longer than the series (or
        than any stretch without a gap), or a value is not finite.

    Examples
    --------
    >>> from qrnnlib.series import windows
    >>> X, y = windows([1.0, 2.0, 3.0, 4.0], steps=2)
    >>> X
    array([[1., 2.],
           [2., 3.]])
    >>> y
    array([3., 4.])
    """
    series = _as_series(series)
    steps = _checks.integer("steps", steps)
    targets = _targets(series, steps)
    return _cut(series.values, targets, steps)


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Windows of a series in a training, a validation and a test part, scaled.

    Made by `split_in_time`. For each part there are ``X_...`` of shape (windows, steps), ``y_...``
    and ``index_...`` of shape (windows,): the inputs, the targets, and when the targets were
    measured. Inputs and targets are scaled; `to_units` takes them back.

    Parameters
    ----------
    X_train, y_train, index_train, X_validation, y_validation, index_validation, X_test, y_test, \
index_test : arrays
        The three parts. The validation part has no windows unless one was asked for.
    scaler : sklearn.preprocessing.MinMaxScaler or None
        Fitted on the values of the training part alone; None where nothing is scaled.
    unit : str
        Unit of the values before scaling.
    notes : tuple of str
        The notes of the series, and how many windows were left out.

    Examples
    --------
    >>> from qrnnlib.series import noisy_sine, split_in_time
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

    def to_units(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return scaled values (inputs, targets or predictions, of any shape) in `unit`.

        Raises
        ------
        TypeError, ValueError
            If `values` are not finite real numbers.

        Examples
        --------
        >>> from qrnnlib.series import split_in_time
        >>> split = split_in_time(range(20), steps=3, train=0.5)
        >>> split.y_test[:2], split.to_units(split.y_test[:2])
        (array([1.22222222, 1.44444444]), array([10., 11.]))
        """
        scaled = _checks.real_array("values", values)
        if self.scaler is None:
            return scaled
        if not scaled.size:
            return scaled
        with np.errstate(over="ignore"):
            restored = self.scaler.inverse_transform(scaled.reshape(-1, 1)).reshape(scaled.shape)
        return _checks.real_array("values in the unit of the series", restored)

    def __repr__(self) -> str:
        counts = f"{len(self.y_train)} + {len(self.y_validation)} + {len(self.y_test)}"
        low, high = (0, 0) if self.scaler is None else self.scaler.feature_range
        scaling = "not scaled" if self.scaler is None else f"scaled to [{low:g}, {high:g}]"
        return f"Split({counts} windows of {self.X_train.shape[1]}, {scaling})"


def split_in_time(
    series: Series | ArrayLike,
    steps: int = 10,
    train: float = 0.8,
    validation: float = 0.0,
    scale: tuple[float, float] | None = (-1.0, 1.0),
) -> Split:
    """Cut a series into an earlier part to train on and later ones to be judged by.

    A window belongs to the part that its *target* falls in. The first windows of the test part
    therefore look back into the training part: when a forecast is made, the past is known. (The
    paper makes windows inside each part, which leaves out the first `steps` targets.)

    Nothing in the training part depends on a later value: the scaler is fitted on the training
    part alone, and a window is left out when its target was interpolated, which nobody measured,
    or when the value before its target was, since that value was interpolated *from* the target.
    What is left predicts a measurement from what was known before it.

    Parameters
    ----------
    series : Series or array of shape (points,)
        As for `windows`.
    steps : int
        Length of a window.
    train, validation : float
        Fractions of the points (rounded down to whole points) in the training part and in the
        validation part that follows it, 0 for none; the rest is the test part.
    scale : (float, float) or None
        The range that the training part is scaled to; later values may fall outside it.
        None leaves the values as they are.

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
    >>> from qrnnlib.series import noisy_sine, split_in_time
    >>> split_in_time(noisy_sine(points=300, random_state=0), train=0.7, validation=0.1)
    Split(200 + 30 + 60 windows of 10, scaled to [-1, 1])
    """
    series = _as_series(series)
    steps = _checks.integer("steps", steps)
    train = _checks.number("train", train, maximum=1, above=0)
    validation = _checks.number("validation", validation, minimum=0, maximum=1)
    if train + validation >= 1:
        raise ValueError(
            f"train + validation must be less than 1 to leave a test part, got {train:g} + "
            f"{validation:g}"
        )
    possible = _targets(series, steps)
    measured = np.ones(len(series), dtype=bool)
    if series.interpolated is not None:
        measured = ~series.interpolated
    targets = possible[measured[possible] & measured[possible - 1]]
    notes = series.notes
    if targets.size < possible.size:
        notes += (
            f"{possible.size - targets.size} of {possible.size} windows left out: their target "
            "or the value before it was interpolated",
        )
    ends = [_whole(train, len(series)), _whole(train + validation, len(series))]
    parts = np.split(targets, np.searchsorted(targets, ends))
    wanted = (("train", train), ("validation", validation), ("test", 1.0))
    for (part, fraction), inside in zip(wanted, parts, strict=True):
        if fraction and not inside.size:
            raise ValueError(
                f"train and validation must leave windows of {steps} steps in every part, got "
                f"none in the {part} part with train={train:g} and validation={validation:g} of "
                f"{len(series)} points"
            )
    earlier = series.values[: ends[0]][measured[: ends[0]]]
    scaler = None if scale is None else _fitted_scaler(earlier, scale)
    values = series.values
    if scaler is not None:
        with np.errstate(over="ignore"):
            values = scaler.transform(values.reshape(-1, 1)).ravel()
        values = _checks.real_array("scaled values", values)
    arrays: dict[str, Any] = {}
    for (part, _), inside in zip(wanted, parts, strict=True):
        arrays[f"X_{part}"], arrays[f"y_{part}"] = _cut(values, inside, steps)
        arrays[f"index_{part}"] = series.index[inside]
    return Split(**arrays, scaler=scaler, unit=series.unit, notes=notes)


def _as_series(series: Series | ArrayLike) -> Series:
    """Return an array as a series whose values are neighbours in time."""
    if isinstance(series, Series):
        return series
    values = _checks.real_array("series", series, (None,))
    return Series(values, np.arange(values.size, dtype=np.float64))


def _targets(series: Series, steps: int) -> NDArray[np.intp]:
    """Return the positions whose window of `steps` values before them has no gap."""
    points = len(series)
    if steps >= points:
        raise ValueError(
            f"steps must be less than the number of points in series, got a window of {steps} "
            f"and the value after it in {points} points"
        )
    targets: NDArray[np.intp] = np.arange(steps, points)
    gaps = series.gaps
    # The gap after position g is spanned by target t when t - steps <= g < t.
    spanned = np.searchsorted(gaps, targets) - np.searchsorted(gaps, targets - steps)
    targets = targets[spanned == 0]
    if not targets.size:
        raise ValueError(
            f"steps must leave a window without a gap in series, got a window of {steps} and the "
            f"value after it in {points} points with {gaps.size} gaps"
        )
    return targets


def _cut(
    values: NDArray[np.float64], targets: NDArray[np.intp], steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the windows before each target, and the targets."""
    return values[targets[:, None] + np.arange(-steps, 0)], values[targets]


def _whole(fraction: float, points: int) -> int:
    """Return the whole points in a fraction: 0.29 of 100 is 29, whatever rounding says."""
    return int(np.floor(fraction * points + 1e-9))


def _fitted_scaler(values: NDArray[np.float64], scale: Any) -> Any:
    """Return a scaler that takes the range of `values` to `scale`."""
    from sklearn.preprocessing import MinMaxScaler  # here, since it is slow to import

    low, high = _checks.real_array("scale", scale, (2,))
    if not low < high:
        raise ValueError(f"scale must be an increasing pair, got ({low:g}, {high:g})")
    with np.errstate(over="ignore"):
        extent = float(np.ptp(values))
    if not _CONSTANT <= extent < np.inf:
        problem = f"all {values.size} of them within {extent:g} of each other"
        raise ValueError(
            f"series must vary in its training part to be scaled, got {problem}; "
            "scale=None leaves it as it is"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        scaler = MinMaxScaler(feature_range=(float(low), float(high))).fit(values.reshape(-1, 1))
    if not np.isfinite([scaler.scale_, scaler.min_]).all():
        raise ValueError(
            f"scale must not stretch a range of {extent:g} beyond what is finite, got "
            f"({low:g}, {high:g})"
        )
    return scaler
