"""How long and how to train: one list of settings for all estimators that are trained."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state

from qrnnlib import _checks

SCHEDULES = ("constant", "cosine")


@dataclass(eq=False, repr=False, kw_only=True)
class TrainingSettings:
    """The settings of training that all trained estimators of this library have.

    They are parameters of `qrnnlib.QuantumRNN`, `qrnnlib.QuantumLSTM`, `qrnnlib.ClassicalLSTM`
    and `qrnnlib.ClassicalGRU`, and are checked when one of these is fitted.

    Parameters
    ----------
    learning_rate : float
        Of Adam.
    batch_size : int, optional
        Windows in a batch; an incomplete last batch is used as it is. None: the whole training
        set is one batch, so that an epoch is one step of Adam.
    epochs : int
        Passes of Adam over the data.
    restarts : int
        Independent starts, trained side by side. With several devices that JAX can see, they are
        spread over as many of them as divide the restarts evenly.
    schedule : {"constant", "cosine"}
        The learning rate over the run: as given throughout, or from there to 0 along half a
        cosine over all steps of Adam.
    finish_steps : int
        Iterations of a quasi-Newton method (L-BFGS) that follow Adam, each on the whole training
        set. Every restart sets out from the best weights that it had. An iteration of which the
        line search finds nothing lower leaves the weights where they are; once no restart can go
        anywhere, the finish is over. Under `collapse="sampled"` the draws are the same in all
        iterations.
    validation_fraction : float
        Share of the windows given to ``fit``, in [0, 1), that is not trained on: the last ones in
        the order given, rounded up to whole windows. With it, the weights that are kept are those
        of the lowest mean squared error on this part, over all restarts and epochs; without it,
        those of the lowest training loss. The first windows of this part reach back into the
        values trained on; the values to forecast do not.
    patience : int, optional
        Stop Adam once no restart has had a lower validation loss than its lowest so far, for this
        many epochs in a row; without a validation part, the training loss is what is watched.
        The same holds, counted anew, for the `finish_steps`. None: never stop early.
    checkpoint : str or path-like, optional
        File in which the state of training is kept, so that a fit which was killed or interrupted
        goes on when it is fitted again with the same settings and data, and ends as if nothing
        had happened, to the last bit. A finished fit is read back at once. The file belongs to
        one fit: other settings or data are refused, and so is a file of another kind. With
        `random_state` None, the starting point that is in the file counts.
    checkpoint_every : float
        Seconds from one writing of the file to the next, at least. It is also written at the
        start, at the end and when training is interrupted. 0 writes it after each epoch.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        Seeds initial weights, batches and, under `collapse="sampled"`, the outcomes. With one of
        the latter two each fit goes on where the last one left it.
    progress : bool
        Show a progress bar once training has taken more than a second.

    Examples
    --------
    >>> TrainingSettings(epochs=400, schedule="cosine").batch_size
    5
    """

    learning_rate: float = 0.01
    batch_size: int | None = 5
    epochs: int = 150
    restarts: int = 1
    schedule: str = "constant"
    finish_steps: int = 0
    validation_fraction: float = 0.0
    patience: int | None = None
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0
    random_state: int | np.random.RandomState | np.random.Generator | None = None
    progress: bool = True


class Settings(TrainingSettings):
    """Training settings on their own, checked when they are made.

    Raises
    ------
    TypeError, ValueError
        If a setting is not as `TrainingSettings` says.

    Examples
    --------
    >>> Settings(learning_rate=0.01, batch_size=5, epochs=0)
    Traceback (most recent call last):
    ...
    ValueError: epochs must be at least 1, got 0 (int)
    """

    def __init__(
        self, learning_rate: float, batch_size: int | None, epochs: int, **others: Any
    ) -> None:
        super().__init__(
            learning_rate=learning_rate, batch_size=batch_size, epochs=epochs, **others
        )
        self.learning_rate = _checks.number("learning_rate", self.learning_rate, above=0.0)
        for name, least in [("epochs", 1), ("restarts", 1), ("finish_steps", 0)]:
            setattr(self, name, _checks.integer(name, getattr(self, name), least))
        for name in ("batch_size", "patience"):
            if getattr(self, name) is not None:
                setattr(self, name, _checks.integer(name, getattr(self, name)))
        _checks.option("schedule", self.schedule, SCHEDULES)
        fraction = _checks.number("validation_fraction", self.validation_fraction, 0.0, 1.0)
        if fraction == 1.0:
            raise ValueError("validation_fraction must be less than 1, got 1")
        self.validation_fraction = fraction
        if self.checkpoint is not None and not isinstance(self.checkpoint, str | os.PathLike):
            raise TypeError(f"checkpoint must be the path of a file, got {self.checkpoint!r}")
        self.checkpoint_every = _checks.number("checkpoint_every", self.checkpoint_every, 0.0)
        _checks.random_state("random_state", self.random_state)
        self.progress = _checks.flag("progress", self.progress)

    @staticmethod
    def seed(random_state: Any) -> int:
        """Return the seed of one fit or forecast, drawn where `random_state` is a source.

        Raises
        ------
        TypeError, ValueError
            If it is not what `TrainingSettings` takes.

        Examples
        --------
        >>> Settings.seed(0), Settings.seed(0), Settings.seed(np.random.default_rng(0))
        (209652396, 209652396, 1826701614)
        """
        source = _checks.random_state("random_state", random_state)
        if isinstance(source, np.random.Generator):
            return int(source.integers(2**31 - 1))
        return int(check_random_state(source).randint(2**31 - 1))

    @classmethod
    def of(cls, estimator: TrainingSettings) -> Self:
        """Return the settings that `estimator` carries as attributes."""
        _checks.instance("estimator", estimator, TrainingSettings)
        names = (field.name for field in fields(TrainingSettings))
        return cls(**{name: getattr(estimator, name) for name in names})

    def validation_windows(self, windows: int) -> int:
        """Return how many of so many windows are for validation.

        Raises
        ------
        ValueError
            If none would be left to train on.
        """
        windows = _checks.integer("windows", windows)
        # Of 70 windows 0.7 are 49, though 70 * 0.7 is a little more in floating point.
        count = int(np.ceil(round(windows * self.validation_fraction, 9)))
        if count >= windows:
            raise ValueError(
                "validation_fraction must leave a window to train on, "
                f"got {self.validation_fraction:g} of {windows}"
            )
        return count
