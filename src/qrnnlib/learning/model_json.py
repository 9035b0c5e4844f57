"""The text of a model file: settings, history and names, converted to JSON and back.

The input may be any JSON. Invalid input raises a `TypeError` or `ValueError` that says what was
expected.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.learning.trainer import History
from qrnnlib.physics.noise import Noise

#: Classes of settings that consist of numbers: frozen dataclasses, by name.
OBJECTS: dict[str, type[Any]] = {"Noise": Noise}

#: The integers of a history.
COUNTS = ("best_epoch", "best_restart", "epochs")


def setting_to_json(name: str, value: Any) -> Any:
    """Return a setting in JSON types."""
    kind = type(value).__name__
    if OBJECTS.get(kind) is type(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        return {kind: {part: setting_to_json(part, one) for part, one in parts.items()}}
    return _scalar(name, value.item() if isinstance(value, np.generic) else value)


def setting_from_json(name: str, value: Any) -> Any:
    """Return a setting from JSON; the model's class checks its meaning."""
    if not isinstance(value, dict):
        return _scalar(name, value)
    kind = _checks.option(name, next(iter(value), None), OBJECTS)
    exactly(name, value, {kind})
    parts = mapping(name, value[kind])
    exactly(name, parts, {field.name for field in fields(OBJECTS[kind])})
    return OBJECTS[kind](**{part: _scalar(part, one) for part, one in parts.items()})


def _scalar(name: str, value: Any) -> Any:
    if isinstance(value, float):
        return _checks.number(name, value)
    if value is not None and not isinstance(value, bool | int | str):
        wanted = "an int or None" if name == "random_state" else "a number, a string or None"
        raise TypeError(f"{name} must be {wanted} in a file, got {type(value).__name__}")
    return value


def feature_names(names: Any, steps: int | None) -> NDArray[Any]:
    """Return the names of a window's steps, for a model fitted on the columns of a table."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise TypeError("feature_names must be a list of str")
    if len(names) != steps:
        raise ValueError(f"feature_names must hold {steps} names, one per step, got {len(names)}")
    return np.array(names, dtype=object)


def history_to_json(history: History) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """Return a history as values in JSON types, and its arrays."""
    values: dict[str, Any] = {name: int(getattr(history, name)) for name in COUNTS}
    arrays = {"loss": history.loss}
    if history.validation_loss is not None:
        arrays["validation_loss"] = history.validation_loss
    return values | {"interrupted": bool(history.interrupted)}, arrays


def history_from_json(values: Any, arrays: Mapping[str, NDArray[np.float64]]) -> History:
    """Return the history described; NaN and infinity are valid losses."""
    numbers = mapping("history", values)
    exactly("history", numbers, {*COUNTS, "interrupted"})
    exactly("losses", arrays, {"loss"} | ({"validation_loss"} & set(arrays)))
    shape = arrays["loss"].shape
    if len(shape) != 2 or any(array.shape != shape for array in arrays.values()):
        raise ValueError("its losses must have a row for each epoch, a column for each restart")
    for name in COUNTS:
        limit = shape[name == "best_restart"]
        if _checks.integer(name, numbers[name], 0) >= limit:
            raise ValueError(f"{name} must be less than {limit}, got {numbers[name]}")
    if not isinstance(numbers["interrupted"], bool):
        raise TypeError(f"interrupted must be true or false, got {numbers['interrupted']!r}")
    return History(validation_loss=arrays.get("validation_loss"), loss=arrays["loss"], **numbers)


def scores(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of restarts, best first; minus infinity is a valid one."""
    valid = array.ndim == 1 and array.size > 0 and not np.isnan(array).any()
    if not (valid and (array[1:] <= array[:-1]).all()):
        raise ValueError("scores_ must be numbers in one row, best first")
    return array


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return `value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise TypeError(f"{name} must be a JSON object, got {type(value).__name__}")
    return value


def exactly(what: str, got: Mapping[str, Any], wanted: set[str]) -> None:
    """Raise ValueError unless the keys of `got` are exactly `wanted`."""
    faults = [
        f"{fault} {', '.join(sorted(names)[:5])}"
        for fault, names in [("unknown", set(got) - wanted), ("missing", wanted - set(got))]
        if names
    ]
    if faults:
        raise ValueError(f"its {what} must be those of its version, got {' and '.join(faults)}")
