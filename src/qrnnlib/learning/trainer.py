"""Training of any differentiable model: parallel restarts, progress bar, Ctrl-C, resuming.

The trainer does not depend on cells. It takes a model as defined in `qrnnlib.learning.loss`, and
weights whose arrays all have a leading axis of restarts; the steps of
`qrnnlib.learning.optimizer` train all restarts together.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from qrnnlib.cell import fitted_settings
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning.loss import loss_and_gradient as loss_and_gradient
from qrnnlib.learning.loss import predict as predict
from qrnnlib.learning.run import Phase, Run
from qrnnlib.learning.settings import Settings as Settings

#: ``callback(epoch, weights)``, called before training, after each epoch and after each step
#: of L-BFGS, with the weights of all restarts.
Callback = Callable[[int, Any], None] | None


@dataclass(frozen=True, eq=False)
class History:
    """Losses in the course of training.

    Row 0 is before training, row k after epoch k of Adam; the rows after row ``epochs`` are those
    after each of the `lbfgs_steps`.

    Attributes
    ----------
    loss : ndarray, shape (rows, restarts)
        Training loss on the whole training set: the mean squared error, plus the penalty if there
        is one.
    best_epoch, best_restart : int
        Row and column of the weights kept: those of the lowest `validation_loss`, or of the lowest
        `loss` without a validation part.
    interrupted : bool
        True if training ended early, by Ctrl-C or because the checkpoint could not be written.
    epochs : int
        Epochs of Adam completed; fewer than requested if patience or Ctrl-C ended them.
    validation_loss : ndarray or None
        Loss on the validation part, shaped like `loss`; None if there is none.
    """

    loss: NDArray[np.float64]
    best_epoch: int
    best_restart: int
    interrupted: bool
    epochs: int
    validation_loss: NDArray[np.float64] | None = None


def train(run: Run, callback: Callback = None) -> tuple[Any, History]:
    """Bring a run to its end, and return the weights of lowest loss of all restarts and epochs.

    Parameters
    ----------
    run : Run
        New, or resumed from its checkpoint.
    callback : callable, optional
        Called as ``callback(epoch, weights)`` before training (epoch 0), after each epoch and
        after each step of L-BFGS, with the row number and a copy of the weights of all restarts.
        A resumed run calls it from there on.
        Default None.

    Returns
    -------
    weights : pytree of NumPy arrays, without the axis of restarts
    history : History

    Raises
    ------
    OSError
        If the checkpoint cannot be written.

    Warns
    -----
    RuntimeWarning
        If Ctrl-C ended training early; the best weights so far are returned.

    Examples
    --------
    A straight line, as a model of windows of one value:

    >>> def line(weights, windows, draws):
    ...     return weights["slope"] * windows[:, 0]
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> settings = Settings(0.05, batch_size=5, epochs=60, restarts=3, progress=False)
    >>> rng = np.random.default_rng(0)
    >>> best, history = train(Run(line, {"slope": np.zeros(3)}, X, 2 * X[:, 0], settings, rng))
    >>> round(float(best["slope"]), 2), history.loss.shape
    (2.0, (61, 3))
    """
    best, history, unsaved = _train(run, callback)
    if unsaved is not None:
        raise unsaved
    return best, history


def fit(estimator: Any, run: Run, callback: Callback = None) -> None:
    """Train as `train` does, and set ``weights_`` and ``history_`` of `estimator`.

    They are also set if Ctrl-C or a checkpoint that cannot be written ends training.

    Raises
    ------
    OSError
        As by `train`.
    """
    estimator.weights_, estimator.history_, unsaved = _train(run, callback)
    fitted_settings.store(estimator)
    if unsaved is not None:
        unsaved.add_note("The best weights so far are in the model.")
        raise unsaved


def _train(run: Run, callback: Callback) -> tuple[Any, History, Exception | None]:
    """Return the results of `train`, and the error if the checkpoint could not be written."""
    interrupted = False
    unsaved: Exception | None = None
    with double_precision():
        with tqdm(
            total=run.settings.epochs + run.settings.lbfgs_steps,
            initial=max(0, run.point.rows - 1),
            unit="epoch",
            disable=not run.settings.progress,
            delay=1.0,
            leave=False,
        ) as bar:
            try:
                while run.point.phase is not Phase.NOTHING:
                    row = run.point.rows
                    run.advance()
                    unsaved = _failure(run.save_if_due)
                    if unsaved is not None:
                        break
                    if callback is not None:
                        callback(row, run.weights())
                    if bar.update(row > 0):
                        bar.set_postfix(loss=f"{np.min(run.point.state.best_loss):.3g}")
            except KeyboardInterrupt:
                interrupted = True
                warnings.warn(
                    f"training was interrupted after {run.progress()}; "
                    "the best weights so far are kept",
                    RuntimeWarning,
                    stacklevel=3,
                )
            finally:
                unsaved = unsaved or _failure(run.save)
        state = run.point.state
        loss, validation_loss = run.losses()
        kept_by = loss if validation_loss is None else validation_loss
        best_restart = int(np.argmin(state.best_loss))
        best_epoch = int(np.argmin(np.nan_to_num(kept_by[:, best_restart], nan=np.inf)))
        best = jax.tree.map(np.array, run.layout.tree(np.asarray(state.best_rows)[best_restart]))
    interrupted = interrupted or run.point.phase is not Phase.NOTHING
    history = History(
        loss, best_epoch, best_restart, interrupted, run.point.epochs, validation_loss
    )
    return best, history, unsaved


def _failure(save: Callable[[], None]) -> Exception | None:
    """Write a checkpoint, and return the error if it could not be written."""
    try:
        save()
    except (OSError, ValueError) as error:
        return error
    return None
