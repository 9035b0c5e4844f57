"""The training replay: loss, forecasts, memory and branches, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.widgets._figure import LiveFigure
from qrnnlib import _checks

if TYPE_CHECKING:  # this import loads JAX, which showing a recording does not need
    from qrnnbook.recording import Recording


class TrainingReplay(LiveFigure):
    """A recorded training run with a slider for its epochs.

    Parameters
    ----------
    recording : qrnnbook.recording.Recording
        A return value of `qrnnbook.recording.record_training`.
    clean : array_like, shape (tests,), optional
        The test values without their noise, if known.
    frame : int, default 0
        Index of the recorded epoch that is shown.

    Raises
    ------
    TypeError, ValueError
        If `recording` or `clean` is not as above.
    traitlets.TraitError
        If `frame` is out of range.

    Examples
    --------
    >>> from qrnnlib import QuantumLSTM, noisy_sine, split_in_time
    >>> from qrnnbook.recording import record_training
    >>> split = split_in_time(noisy_sine(random_state=0))
    >>> recording = record_training(
    ...     QuantumLSTM.paper(epochs=5, random_state=0),
    ...     split.X_train, split.y_train, split.X_test, split.y_test,
    ... )
    >>> replay = TrainingReplay(recording, frame=1)
    >>> replay.epoch, replay.describe()[:34]
    (3, 'Epoch 3 of 5: the training loss is')
    """

    script = "training_replay.js"

    run = traitlets.Dict(read_only=True).tag(sync=True)
    frame = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, recording: Recording, clean: ArrayLike | None = None, **traits: Any) -> None:
        if not hasattr(recording, "forecasts"):
            raise TypeError(
                f"recording must be what record_training returns, got {type(recording).__name__}"
            )
        self._recording = recording
        self._clean = (
            np.empty(0)
            if clean is None
            else _checks.real_array("clean", clean, recording.truth.shape)
        )
        super().__init__(**traits)

    @property
    def epoch(self) -> int:
        """The epoch shown."""
        return int(self._recording.epochs[self.frame])

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        recording, k = self._recording, self.frame
        loss = recording.history.loss[self.epoch, recording.history.best_restart]
        miss = np.sqrt(np.mean((recording.forecasts[k] - recording.truth) ** 2))
        words = (
            f"Epoch {self.epoch} of {recording.epochs[-1]}: the training loss is {loss:.3f}; the "
            f"{len(recording.truth)} test forecasts miss by {miss:.3f} (root mean square)."
        )
        if k == 0:
            return words
        return words + (
            f" Since epoch {recording.epochs[k - 1]} the most likely outcome of some step has "
            f"switched in {recording.switched[k]} of {recording.n_windows} training windows."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        recording = self._recording
        loss = recording.history.loss[:, recording.history.best_restart]
        with plotting.style():
            figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 3.4), layout="constrained")
            left.semilogy(loss, color=plotting.CELL)
            left.plot(self.epoch, loss[self.epoch], "o", color=plotting.CELL, markersize=9)
            left.set(xlabel="epoch", ylabel="training loss")
            right.plot(recording.truth, "o", color=plotting.TRUTH, label="measured")
            right.plot(recording.forecasts[self.frame], "s-", color=plotting.CELL, label="forecast")
            right.set(xlabel="test value", title=f"After epoch {self.epoch}")
            right.legend(frameon=False)
        return figure

    @traitlets.default("run")
    def _default_run(self) -> dict[str, Any]:
        """Return the numbers that the page draws, to four decimals: finer than it can show."""
        recording = self._recording
        history = recording.history

        def short(array: NDArray[np.float64]) -> Any:
            return np.round(array, 4).tolist()

        return {
            "epochs": recording.epochs.tolist(),
            "loss": np.round(history.loss[:, history.best_restart], 5).tolist(),
            "bestEpoch": history.best_epoch,
            "forecasts": short(recording.forecasts),
            "truth": short(recording.truth),
            "clean": short(self._clean),
            "window": short(recording.window),
            "memory": short(recording.memory),
            "outcomes": recording.outcomes.tolist(),
            "systemDim": recording.system_dim,
            "windows": recording.n_windows,
            "switched": recording.switched.tolist(),
        }

    @traitlets.validate("frame")
    def _check_frame(self, proposal: Any) -> int:
        last = len(self._recording.epochs) - 1
        if proposal.value > last:
            raise traitlets.TraitError(f"frame must lie in 0..{last}, got {proposal.value}")
        return int(proposal.value)
