"""Windows and targets as scikit-learn's estimators take them, with every refusal a ValueError.

Scikit-learn checks shapes and kinds, and remembers the number of steps; here is what it lets
through: a whole number too large for a float is an OverflowError there.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_X_y, validate_data


def windows_and_targets(
    model: Any, X: ArrayLike, y: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what `model` is to be fitted on; without a model, nothing is remembered.

    Raises
    ------
    TypeError, ValueError
        If the arrays are not of finite real numbers, or do not fit to each other.
    """
    try:
        if model is None:
            windows, targets = check_X_y(X, y, dtype=np.float64, y_numeric=True)
        else:
            windows, targets = validate_data(model, X, y, dtype=np.float64, y_numeric=True)
        return windows, targets.astype(np.float64)
    except OverflowError as error:
        raise ValueError(f"X and y must hold numbers that fit into a float: {error}") from None


def windows_alone(model: Any, X: ArrayLike) -> NDArray[np.float64]:
    """Return windows of as many steps as `model` was fitted on.

    Raises
    ------
    TypeError, ValueError
        If they have another number of steps, or are not of finite real numbers.
    """
    try:
        windows: NDArray[np.float64] = validate_data(model, X, dtype=np.float64, reset=False)
    except OverflowError as error:
        raise ValueError(f"X must hold numbers that fit into a float: {error}") from None
    return windows
