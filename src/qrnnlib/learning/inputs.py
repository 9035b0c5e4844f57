"""Checks of the windows passed to a regressor, with one feature or several.

Scikit-learn checks shapes and types, and records the number of steps. The checks here cover the
rest, such as an integer too large for a float, which is an OverflowError there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_X_y, validate_data

Arrays = tuple[NDArray[np.float64], NDArray[np.float64]]


def to_fit(estimator: Any, X: ArrayLike, y: ArrayLike) -> Arrays:
    """Return checked windows and targets, and record the shape of the windows on `estimator`.

    ``n_features_in_`` is scikit-learn's name for the length of the second axis, here the steps;
    ``features_`` is the number of values in a step.

    Returns
    -------
    windows : ndarray, shape (windows, steps), or (windows, steps, features) of several features
    targets : ndarray, shape (windows,)

    Raises
    ------
    TypeError, ValueError
        If the arrays do not match.
    """
    _refuse_other_kinds("X", X)
    _refuse_other_kinds("y", y)
    with _finite_numbers("X and y"):
        checked, targets = validate_data(
            estimator, X, y, dtype=np.float64, y_numeric=True, allow_nd=True
        )
        targets = targets.astype(np.float64)
    windows = _with_one_feature_bare(checked)
    estimator.features_ = windows.shape[2] if windows.ndim == 3 else 1
    return windows, targets


def to_predict(estimator: Any, X: ArrayLike) -> NDArray[np.float64]:
    """Return checked windows for a forecast, shaped as by `to_fit`.

    Raises
    ------
    TypeError, ValueError
        If they do not match the windows that the estimator was fitted on.
    """
    _refuse_other_kinds("X", X)
    with _finite_numbers("X"):
        checked = validate_data(estimator, X, dtype=np.float64, reset=False, allow_nd=True)
    windows = _with_one_feature_bare(checked)
    got = windows.shape[2] if windows.ndim == 3 else 1
    wanted = getattr(estimator, "features_", 1)
    if got != wanted:
        raise ValueError(
            f"X must have {wanted} number{'s' if wanted > 1 else ''} in each step, as in the "
            f"windows that {type(estimator).__name__} was fitted on, got {got}"
        )
    return windows


def pair(X: ArrayLike, y: ArrayLike) -> Arrays:
    """Return checked windows and targets, shaped as by `to_fit`, without recording anything.

    Raises
    ------
    TypeError, ValueError
        If the arrays do not match.
    """
    _refuse_other_kinds("X", X)
    _refuse_other_kinds("y", y)
    with _finite_numbers("X and y"):
        checked, targets = check_X_y(X, y, dtype=np.float64, y_numeric=True, allow_nd=True)
        return _with_one_feature_bare(checked), targets.astype(np.float64)


@contextmanager
def _finite_numbers(names: str) -> Iterator[None]:
    try:
        yield
    except OverflowError as error:
        raise ValueError(f"{names} must hold numbers that fit into a float: {error}") from None


def _refuse_other_kinds(name: str, values: Any) -> None:
    """Refuse values that would silently become numbers: dates, text, durations."""
    try:
        array = np.asarray(values)
    except Exception:  # scikit-learn has its own message for what is not an array
        return
    if array.dtype.kind == "c":  # scikit-learn's estimator checks require this wording
        raise ValueError(f"Complex data not supported: {name} must hold real numbers")
    kinds = {"M": "dates", "m": "durations", "U": "text", "S": "text", "V": "records"}
    got = kinds.get(array.dtype.kind)
    if array.dtype.kind == "O" and array.ndim:
        got = next((kind for each in array.flat if (kind := _other_kind(each))), None)
    if got:
        raise TypeError(f"{name} must hold numbers, got {got}")


def _other_kind(value: Any) -> str | None:
    if isinstance(value, str | bytes):
        return "text"
    if isinstance(value, date | np.datetime64):
        return "dates"
    return "durations" if isinstance(value, timedelta | np.timedelta64) else None


def _with_one_feature_bare(X: NDArray[np.float64]) -> NDArray[np.float64]:
    if X.ndim > 3:
        raise ValueError(f"X must have shape (any, any) or (any, any, any), got {X.shape}")
    if X.ndim == 3 and not X.shape[2]:
        raise ValueError(f"X must have a number in each step, got shape {X.shape}")
    return X[:, :, 0] if X.ndim == 3 and X.shape[2] == 1 else X
