"""Adam: one step for all restarts, on the host or in a compiled program."""

from typing import Any, NamedTuple

import numpy as np

#: Decay of the averages of gradients and of their squares, and what keeps the step finite.
MEAN, SQUARE, EPSILON = 0.9, 0.999, 1e-8


class Adam(NamedTuple):
    """State of Adam: steps done, (restarts, 1), and averages, (restarts, numbers)."""

    steps: Any
    mean: Any
    square: Any


def begin(rows: Any) -> Adam:
    """Return the state before the first step."""
    return Adam(np.zeros((len(rows), 1), np.int32), np.zeros(rows.shape), np.zeros(rows.shape))


def step(rows: Any, gradient: Any, before: Adam, rate: Any) -> tuple[Any, Adam]:
    """Return rows of weights after a step of Adam, and its next state; NumPy's or JAX's arrays.

    References
    ----------
    Kingma and Ba, arXiv:1412.6980, algorithm 1.

    Examples
    --------
    The first step has the length of the learning rate, whatever the gradient:

    >>> rows = np.zeros((1, 2))
    >>> step(rows, np.array([[0.3, -2.0]]), begin(rows), 0.1)[0].round(6).tolist()
    [[-0.1, 0.1]]
    """
    xp = gradient.__array_namespace__()
    steps = before.steps + 1
    mean = (1 - MEAN) * gradient + MEAN * before.mean
    square = (1 - SQUARE) * gradient**2 + SQUARE * before.square
    size = xp.sqrt(square / (1 - SQUARE**steps)) + EPSILON
    return rows - rate * (mean / (1 - MEAN**steps) / size), Adam(steps, mean, square)
