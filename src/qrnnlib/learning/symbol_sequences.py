"""Sequences of symbols, checked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks

#: Sequences of integers from 0 on, of any lengths.
Sequences = ArrayLike | Sequence[ArrayLike]


def checked(name: str, value: Any, kinds: int) -> list[NDArray[np.intp]]:
    """Return sequences of symbols in range(kinds) as a list of arrays.

    Examples
    --------
    >>> [sequence.tolist() for sequence in checked("X", [[0, 1], [1]], 2)]
    [[0, 1], [1]]
    >>> checked("X", [[0, 1], [2]], 2)
    Traceback (most recent call last):
    ValueError: X[1] must lie in 0..1, got 2 at index 0 (1 such in all)
    """
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str):
        raise TypeError(f"{name} must be a sequence of sequences of symbols, got {value!r:.60}")
    if not len(value):
        raise ValueError(f"{name} must hold at least one sequence, got none")
    if np.ndim(value[0]) == 0:
        raise ValueError(
            f"{name} must be a sequence of sequences of symbols, got a single one: "
            f"put it into a list, [{name}]"
        )
    return [_checks.symbols(f"{name}[{i}]", each, kinds) for i, each in enumerate(value)]
