"""What identifies a run of training, so that a checkpoint of another run is refused."""

import dataclasses
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from qrnnlib.learning.checkpoint import digest
from qrnnlib.learning.loss import ForwardFunction, Penalty
from qrnnlib.learning.settings import Settings, TrainingSettings

#: Settings that do not affect what a run computes, and `random_state`, described separately.
NOT_IDENTITY = {"checkpoint", "checkpoint_every", "progress", "random_state"}


def named(tree: Any) -> dict[str, Any]:
    """Return the arrays of a tree by their paths in it."""
    return {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree.leaves_with_path(tree)}


def identity(
    forward: ForwardFunction,
    weights: Any,
    X: NDArray[np.float64],
    y: NDArray[np.float64],
    settings: Settings,
    penalty: Penalty,
) -> dict[str, Any]:
    """Return a description that identifies a run, under names that an error can show."""
    names = {field.name for field in dataclasses.fields(TrainingSettings)} - NOT_IDENTITY
    seed = settings.random_state
    return {
        **{name: getattr(settings, name) for name in sorted(names)},
        # None or a generator does not identify a run: the state stored in the file is used.
        "random_state": int(seed) if isinstance(seed, int | np.integer) else None,
        **_described("model", forward),
        **_described("penalty", penalty),
        **{f"weights{name}": np.shape(array) for name, array in named(weights).items()},
        "X": digest(X),
        "y": digest(y),
    }


def _described(name: str, thing: Any) -> dict[str, Any]:
    """Return a description of a model or a penalty by named plain values."""
    if dataclasses.is_dataclass(thing):
        found = {name: type(thing).__qualname__}
        for field in dataclasses.fields(thing):
            found |= _described(f"{name}.{field.name}", getattr(thing, field.name))
        return found
    if isinstance(thing, np.ndarray | jax.Array):
        return {name: digest(np.asarray(thing))}
    if isinstance(thing, np.generic):
        thing = thing.item()
    if thing is None or isinstance(thing, bool | int | float | str):
        return {name: thing}
    return {name: getattr(thing, "__qualname__", type(thing).__qualname__)}
