"""Recorded training: forecasts, memory and most likely outcomes at some epochs of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.cell import engine
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.learning import inputs
from qrnnlib.learning.estimators import QuantumRNN
from qrnnlib.learning.trainer import History


@dataclass(frozen=True, eq=False)
class Recording:
    """Weights, forecasts and memory of a cell at the recorded epochs of its training.

    All of them belong to the best restart. Where a shape begins with ``recorded``, axis 0 counts
    the recorded epochs.

    Attributes
    ----------
    history : History
        The whole run; see `qrnnlib.History`.
    epochs : ndarray of int, shape (recorded,)
        The recorded rows of ``history.loss``. Row 0 is before training; steps of L-BFGS continue
        the count after the last epoch.
    weights : tuple of dict of ndarray
        The weights at each recorded epoch.
    forecasts : ndarray, shape (recorded, tests)
        Forecasts for the test windows.
    truth : ndarray, shape (tests,)
        The true values of the test windows.
    window : ndarray, shape (steps,)
        The test window along which the memory was recorded.
    memory : ndarray, shape (recorded, steps, memory_dim)
        Probabilities of the memory's basis states after each step of that window.
    outcomes : ndarray of int, shape (recorded, steps)
        The most likely outcome of each step of that window.
    system_dim : int
        Number of outcomes of a step.
    n_windows : int
        Number of windows that the cell was fitted on, those of a validation part included.
    switched : ndarray of int, shape (recorded,)
        Number of these windows in which the most likely outcome of some step changed since the
        previous recorded epoch; 0 at the first one.
    """

    history: History
    epochs: NDArray[np.int64]
    weights: tuple[Weights, ...]
    forecasts: NDArray[np.float64]
    truth: NDArray[np.float64]
    window: NDArray[np.float64]
    memory: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    system_dim: int
    n_windows: int
    switched: NDArray[np.int64]


def record_training(
    model: QuantumRNN,
    X: ArrayLike,
    y: ArrayLike,
    X_test: ArrayLike,
    y_test: ArrayLike,
    *,
    every: int = 3,
    window: int = 0,
) -> Recording:
    """Fit a cell, and record what it does during training.

    Parameters
    ----------
    model : QuantumRNN or QuantumLSTM
        The estimator to fit. Recording does not change the fit.
    X, y : array_like, shape (windows, steps) and (windows,)
        Training windows and their targets.
    X_test, y_test : array_like, shape (tests, steps) and (tests,)
        Test windows and their targets, which training does not see.
    every : int, default 3
        Number of epochs between records. The last epoch is always recorded.
    window : int, default 0
        The row of `X_test` along which the memory is recorded.

    Returns
    -------
    Recording

    Raises
    ------
    TypeError, ValueError
        If an argument is not as above; if `model` samples its outcomes, because a window then has
        no unique history; or if it has a checkpoint, because a resumed run does not show the
        epochs before it.

    Examples
    --------
    >>> from qrnnlib import QuantumLSTM, noisy_sine, split_in_time
    >>> split = split_in_time(noisy_sine(random_state=0))
    >>> model = QuantumLSTM.paper(epochs=5, random_state=0)
    >>> recording = record_training(
    ...     model, split.X_train, split.y_train, split.X_test, split.y_test, every=2
    ... )
    >>> recording.epochs, recording.forecasts.shape, recording.memory.shape
    (array([0, 2, 4, 5]), (4, 20), (4, 10, 4))
    """
    if not isinstance(model, QuantumRNN):
        raise TypeError(f"model must be a QuantumRNN or QuantumLSTM, got {type(model).__name__}")
    if model.collapse == "sampled":
        raise ValueError("model must not sample its outcomes, got collapse='sampled'")
    if model.checkpoint is not None:
        raise ValueError(f"model must have no checkpoint, got checkpoint={model.checkpoint!r}")
    every = _checks.integer("every", every)
    windows, _ = inputs.pair(X, y)
    truth = _checks.real_array("y_test", y_test, (None,))
    tests = _checks.real_array("X_test", X_test, (len(truth), windows.shape[1]))
    window = _checks.integer("window", window, minimum=0)
    if window >= len(tests):
        raise ValueError(f"window must be one of the {len(tests)} rows of X_test, got {window}")

    kept: dict[int, Any] = {}

    def callback(epoch: int, weights: Any) -> None:
        # Patience may end training at any epoch, so the newest is kept until the next one comes.
        if (epoch - 1) % every:
            kept.pop(epoch - 1, None)
        kept[epoch] = weights

    model.fit(X, y, callback=callback)
    history, design = model.history_, model.design()
    with engine.double_precision():
        weights = tuple(
            {name: np.asarray(array)[history.best_restart] for name, array in stacked.items()}
            for stacked in kept.values()
        )
    # A single batch, so that JAX compiles a single program.
    together = np.concatenate([windows, tests])
    runs = [engine.run(design, w, together, np.zeros_like(together)) for w in weights]
    branches = np.stack([most_likely(run.probabilities) for run in runs])
    changed = np.any(np.diff(branches[:, : len(windows)], axis=0), axis=2).sum(axis=1)
    followed = len(windows) + window
    return Recording(
        history=history,
        epochs=np.array(list(kept)),
        weights=weights,
        forecasts=np.stack([run.outputs[len(windows) :, -1] for run in runs]),
        truth=truth,
        window=tests[window],
        memory=np.stack([_probabilities(design, run.memories[followed]) for run in runs]),
        outcomes=branches[:, followed],
        system_dim=design.system_dim,
        n_windows=len(windows),
        switched=np.concatenate([[0], changed]),
    )


def most_likely(probabilities: ArrayLike) -> NDArray[np.int64]:
    """Return the most likely outcome along the last axis, the lower one where two are equal.

    Parameters
    ----------
    probabilities : array_like of float, shape (..., outcomes)
        Probabilities that differ by no more than 1e-12 count as equal.

    Returns
    -------
    ndarray of int, shape (...)

    Raises
    ------
    TypeError, ValueError
        If `probabilities` are not finite real numbers, or there is no outcome.

    Examples
    --------
    >>> most_likely([[0.2, 0.8], [0.5, 0.5]])
    array([1, 0])
    """
    p = _checks.real_array("probabilities", probabilities)
    if not p.ndim or not p.shape[-1]:
        raise ValueError("probabilities must hold at least one outcome, got none")
    near = p >= p.max(axis=-1, keepdims=True) - _checks.TIE_TOLERANCE
    return np.asarray(np.argmax(near, axis=-1))


def _probabilities(design: CellDesign, memories: Any) -> NDArray[np.float64]:
    """Return the basis-state probabilities of memories that are kets or density matrices."""
    if design.mixed_memory:
        return np.asarray(np.diagonal(memories, axis1=-2, axis2=-1).real)
    return np.asarray(np.abs(memories) ** 2)
