"""Training settings: one list for all trained estimators."""

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
    """Training settings shared by all trained estimators of this library.

    They are parameters of `qrnnlib.QuantumRNN`, `qrnnlib.QuantumLSTM`, `qrnnlib.ClassicalLSTM`
    and `qrnnlib.ClassicalGRU`, and are checked when one of these is fitted.

    Parameters
    ----------
    learning_rate : float, default 0.01
        Learning rate of Adam.
    batch_size : int, optional
        Windows in a batch, default 5; the last batch may be smaller. None: the whole training set
        is one batch, so that an epoch is one step of Adam.
    epochs : int, default 150
        Passes of Adam over the data.
    restarts : int, default 1
        Independent starts, trained in parallel. If JAX has several devices, the restarts are
        distributed over as many of them as divide the restarts evenly.
    schedule : {"constant", "cosine"}, default "constant"
        Learning rate over the run: constant, or decreasing from `learning_rate` to 0 along half a
        cosine over all steps of Adam.
    lbfgs_steps : int, default 0
        Iterations of a quasi-Newton method (L-BFGS) after Adam, each on the whole training set.
        Every restart continues from its best weights. If the line search of an iteration finds no
        lower loss, the weights stay unchanged; these steps end early once no restart can improve.
        Under `collapse="sampled"` the draws are the same in all iterations.
    validation_fraction : float, default 0.0
        Share of the windows passed to ``fit``, in [0, 1), that is not trained on: the last ones in
        the given order, rounded up to whole windows. The weights kept are those of the lowest loss
        on this part (the penalty of a `power_target` included) over all restarts and epochs;
        without it, those of the lowest training loss. The inputs of this part's first windows
        overlap the training part; the targets do not.
    patience : int, optional
        Stop Adam once no restart has lowered its best validation loss (without a validation part,
        its best training loss) for this many epochs in a row. The same applies to the
        `lbfgs_steps`, with a new count. None (default): never stop early.
    checkpoint : str or path-like, optional
        File that stores the state of training. A fit that was killed or interrupted is resumed
        when fitted again with the same settings and data, and its result is the same to the last
        bit. A finished fit is read back at once. The file belongs to one fit: other settings or
        data are refused, as is a file of another kind. Unless `random_state` is an integer, the
        starting point and the state of the generator stored in the file are used. None
        (default): no file.
    checkpoint_every : float, default 60.0
        Minimum number of seconds between two writes of the file. It is also written at the start,
        at the end and when training is interrupted. 0 writes it after each epoch.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default None
        Seed or source of initial weights, batches and, under `collapse="sampled"`, outcomes. A
        RandomState or Generator advances with each fit.
    progress : bool, default True
        Show a progress bar after the first second of training.

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
    lbfgs_steps: int = 0
    validation_fraction: float = 0.0
    patience: int | None = None
    checkpoint: str | os.PathLike[str] | None = None
    checkpoint_every: float = 60.0
    random_state: int | np.random.RandomState | np.random.Generator | None = None
    progress: bool = True


class Settings(TrainingSettings):
    """Training settings on their own, checked when created.

    Raises
    ------
    TypeError, ValueError
        If a setting is not valid, see `TrainingSettings`.

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
        for name, least in [("epochs", 1), ("restarts", 1), ("lbfgs_steps", 0)]:
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
        """Return the seed of one fit or forecast, drawn from `random_state`.

        Raises
        ------
        TypeError, ValueError
            If `random_state` is not valid, see `TrainingSettings`.

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
        """Return how many of `windows` windows form the validation part.

        Raises
        ------
        ValueError
            If no window is left to train on.
        """
        windows = _checks.integer("windows", windows)
        # Rounded first: 100 * 0.07 is slightly more than 7 in floating point.
        count = int(np.ceil(round(windows * self.validation_fraction, 9)))
        if count >= windows:
            raise ValueError(
                "validation_fraction must leave a window to train on, "
                f"got {self.validation_fraction:g} of {windows}"
            )
        return count
