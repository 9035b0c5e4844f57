"""One run of training: its epochs, its steps of L-BFGS, its progress and its checkpoint."""

import dataclasses
import time
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from qrnnlib.learning import optimizer
from qrnnlib.learning.checkpoint import Checkpoint, Saved
from qrnnlib.learning.devices import Devices
from qrnnlib.learning.layout import Layout
from qrnnlib.learning.loss import ForwardFunction, Penalty, Problem, padded
from qrnnlib.learning.objective import Evaluation, Objective
from qrnnlib.learning.optimizer import Losses, Rate, State
from qrnnlib.learning.run_identity import identity, named
from qrnnlib.learning.settings import Settings


class Phase(Enum):
    """What a run does next."""

    ADAM = "Adam"
    LBFGS = "L-BFGS"
    NOTHING = "nothing"


class Point(NamedTuple):
    """Progress of a run: everything that the rest of it depends on.

    Attributes
    ----------
    state : State
    rows : int
        Rows of the history: one before training, one for each epoch and each step of L-BFGS done.
    epochs : int
        Epochs of Adam done.
    phase : Phase
    generator : mapping
        State of the random generator.
    """

    state: State
    rows: int
    epochs: int
    phase: Phase
    generator: Mapping[str, Any]


class Run:
    """A run of training that can be stopped after any epoch and resumed from its file.

    Parameters
    ----------
    forward : callable
        The model; see `qrnnlib.learning.loss`.
    weights : pytree of arrays
        Initial weights; every array has a leading axis of restarts.
    X : ndarray, shape (windows, steps) or (windows, steps, features)
    y : ndarray, shape (windows,)
    settings : Settings
        See `qrnnlib.TrainingSettings`; of `random_state`, a checkpoint notes an integer.
    rng : numpy.random.Generator
        Shuffles the windows for each epoch, and seeds the draws of models that sample.
    penalty : callable and pytree, optional
        Added to the mean squared error of every batch and of the whole set. Called with the
        weights of one restart. Default None.
    init : str, default ""
        Label of the kind of `weights`, by which a checkpoint recognises its run: drawn weights
        themselves can differ between machines.

    Attributes
    ----------
    settings : Settings
    point : Point
        Replaced as a whole, so that it is consistent whenever Ctrl-C interrupts.

    Raises
    ------
    FileNotFoundError, ValueError
        If the validation part leaves nothing to train on, or the checkpoint cannot be used.
    """

    def __init__(
        self,
        forward: ForwardFunction,
        weights: Any,
        X: NDArray[np.float64],
        y: NDArray[np.float64],
        settings: Settings,
        rng: np.random.Generator,
        penalty: Penalty = None,
        init: str = "",
    ) -> None:
        self.settings, self._rng = settings, rng
        later = settings.validation_windows(len(y))
        self._size = len(y) - later
        self.layout = Layout.of(weights)
        problem = Problem(
            forward,
            self.layout,
            penalty,
            padded(X[: self._size], y[: self._size]),
            padded(X[self._size :], y[self._size :]) if later else None,
            int(rng.integers(2**31)),
        )
        self._rows: list[Losses] = []
        #: Lowest loss of each restart before every row; needed only with patience.
        self._lowest = [np.full(settings.restarts, np.inf)]
        self._file: Checkpoint | None = None
        self._saved_at = -np.inf
        state = optimizer.initial_state(self.layout.rows(weights), settings.batch_size is None)
        self.point = Point(state, 0, 0, Phase.ADAM, self._generator())
        if settings.checkpoint is not None:
            described = identity(forward, weights, X, y, settings, penalty)
            self._file = Checkpoint(settings.checkpoint, described | {"init": init})
            problem = self._taken_up(problem)
        self._saved: Point | None = self.point
        self._problem, self._devices = problem, Devices(settings.restarts, problem)
        self._objective = Objective(problem, self._devices)

    def weights(self) -> Any:
        """Return a copy of the current weights of all restarts."""
        return self.layout.tree(np.array(self.point.state.rows))

    def advance(self) -> None:
        """Run the next epoch or step of L-BFGS; the first call only evaluates the start."""
        state, row, epochs, phase, _ = self.point
        state, losses = self._epoch(state, row) if phase is Phase.ADAM else self._lbfgs(state, row)
        self._rows[row:] = [losses]  # also drops a row left by a call that Ctrl-C interrupted
        # JAX runs asynchronously. Waiting for the results of two epochs ago keeps its queue short,
        # so that Ctrl-C acts soon.
        if row >= 2:
            np.asarray(self._rows[row - 2].training)
        if self.settings.patience is not None:
            self._note_lowest(row)
        if phase is Phase.ADAM:
            epochs = row
        phase = self._phase_after(phase, state, row, epochs)
        self.point = Point(state, row + 1, epochs, phase, self._generator())
        if phase is Phase.NOTHING:
            np.asarray(state.best_loss)

    def _phase_after(self, phase: Phase, state: State, row: int, epochs: int) -> Phase:
        """Return the phase that follows a row."""
        steps = self.settings.lbfgs_steps
        if phase is Phase.ADAM:
            if row < self.settings.epochs and not self._stalled(row, 0):
                return phase
            return Phase.LBFGS if steps else Phase.NOTHING
        at_rest = state.optimizer.stopped.all()
        over = row == epochs + steps or at_rest or self._stalled(row, epochs)
        return Phase.NOTHING if over else phase

    def save_if_due(self) -> None:
        """Write the checkpoint if `checkpoint_every` seconds have passed since the last one."""
        if time.monotonic() - self._saved_at >= self.settings.checkpoint_every:
            self.save()

    def losses(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Return the training and validation losses so far, each of shape (rows, restarts).

        Before the first row there is one row of infinities.
        """
        unknown = np.full(self.settings.restarts, np.inf)
        none_yet = [Losses(unknown, None if self._problem.validation is None else unknown)]
        training, validation = zip(*self._rows[: self.point.rows] or none_yet, strict=True)
        return _stacked(training), None if validation[0] is None else _stacked(validation)

    def progress(self) -> str:
        """Return the progress of the run as text."""
        epochs, settings = self.point.epochs, self.settings
        steps = max(0, self.point.rows - 1 - epochs)
        of_lbfgs = f" and {steps} of {settings.lbfgs_steps} steps of L-BFGS"
        return f"{epochs} of {settings.epochs} epochs{of_lbfgs if settings.lbfgs_steps else ''}"

    def save(self) -> None:
        """Write the checkpoint, if the run has one and it is not up to date.

        Raises
        ------
        OSError, ValueError
            If it cannot be written.
        """
        if self._file is None or self._saved is self.point:
            return
        point = self.point
        arrays = named(point.state)
        training, validation = self.losses()
        arrays["history.loss"] = np.asarray(training)
        if validation is not None:
            arrays["history.validation_loss"] = np.asarray(validation)
        notes = {
            "rows": point.rows,
            "epochs": point.epochs,
            "phase": point.phase.value,
            "seed": int(self._problem.seed),
            "generator": point.generator,
        }
        self._file.save(Saved(arrays, notes))
        self._saved, self._saved_at = point, time.monotonic()

    def _taken_up(self, problem: Problem) -> Problem:
        """Continue from the file, if there is one; return the problem with the file's seed."""
        assert self._file is not None
        saved = self._file.load()
        if saved is None:
            return problem
        arrays, notes = saved
        if not _possible(notes, self.settings):
            raise self._file.refusal("does not say how far the run is")
        problem = dataclasses.replace(problem, seed=notes["seed"])
        like: Any = self.point.state
        if notes["rows"] > notes["epochs"] + 1:  # after the first step of L-BFGS
            unknown = Evaluation(like.best_loss, like.rows)
            like = optimizer.begin_lbfgs(like, unknown)
        wanted = named(like)
        columns = ["history.loss"]
        if problem.validation is not None:
            columns.append("history.validation_loss")
        losses = np.broadcast_to(0.0, (notes["rows"], self.settings.restarts))
        for name, leaf in {**wanted, **dict.fromkeys(columns, losses)}.items():
            got = arrays.get(name)
            if got is None or got.shape != leaf.shape or got.dtype != leaf.dtype:
                raise self._file.refusal("lacks arrays of this run")
        try:
            self._rng.bit_generator.state = notes["generator"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise self._file.refusal("lacks the source of randomness of this run") from error
        state = jax.tree.unflatten(jax.tree.structure(like), [arrays[name] for name in wanted])
        for number, row in enumerate(zip(*(arrays[name] for name in columns), strict=True)):
            self._rows.append(Losses(row[0], row[1] if len(row) == 2 else None))
            self._note_lowest(number)
        self.point = Point(
            state, notes["rows"], notes["epochs"], Phase(notes["phase"]), notes["generator"]
        )
        return problem

    def _epoch(self, state: State, row: int) -> tuple[State, Losses]:
        problem, settings = self._problem, self.settings
        size = settings.batch_size
        batches = 1 if size is None else -(-self._size // size)
        total = settings.epochs * batches
        arc = (row - 1) / settings.epochs, 1 / total
        rate = Rate(settings.learning_rate, *(arc if settings.schedule == "cosine" else (0.0, 0.0)))
        batches = batches if row else 0
        if size is None:
            return optimizer.whole_epoch(self._objective, rate, state, batches, row)
        if not isinstance(state.rows, jax.Array):
            state = self._devices.divided(state)
        order = _shuffled(self._rng, self._size, size, len(problem.data.targets))
        after = optimizer.batched_epoch(self._devices.problem, rate, state, order, batches, row)
        return State(*after[0]), Losses(*after[1])

    def _lbfgs(self, state: State, row: int) -> tuple[State, Losses]:
        # Fixed draws, so that the loss is one function for all line searches.
        draw = self.settings.epochs + 1
        if row == self.point.epochs + 1:
            state = jax.tree.map(np.asarray, state)
            state = optimizer.begin_lbfgs(state, self._objective(state.best_rows, draw))
        return optimizer.lbfgs_step(self._objective, state, draw)

    def _stalled(self, row: int, begin: int) -> bool:
        """Whether no restart has reached a new low for `patience` rows, counted from `begin`."""
        patience = self.settings.patience
        return (
            patience is not None
            and row - begin >= patience
            and np.array_equal(self._lowest[row + 1], self._lowest[row + 1 - patience])
        )

    def _note_lowest(self, row: int) -> None:
        training, validation = self._rows[row]
        loss = np.asarray(training if validation is None else validation)
        self._lowest[row + 1 :] = [np.fmin(self._lowest[row], loss)]  # fmin ignores NaN

    def _generator(self) -> Mapping[str, Any]:
        return {} if self.settings.checkpoint is None else self._rng.bit_generator.state


def _possible(notes: Mapping[str, Any], settings: Settings) -> bool:
    """Whether notes describe a point that a run with these settings can reach."""
    counts: list[Any] = [notes.get(name) for name in ("rows", "epochs", "seed")]
    if not all(type(count) is int and 0 <= count < 2**31 for count in counts):
        return False
    rows, epochs, _ = counts
    # Row 0 precedes the epochs. A phase that is not over has at least one step left.
    possible = {
        Phase.ADAM.value: rows == epochs + 1 <= settings.epochs,
        Phase.LBFGS.value: epochs <= settings.epochs and 1 <= rows - epochs <= settings.lbfgs_steps,
        Phase.NOTHING.value: epochs <= settings.epochs
        and 1 <= rows - epochs <= settings.lbfgs_steps + 1,
    }
    return bool(possible.get(str(notes.get("phase"))))


def _shuffled(
    rng: np.random.Generator, rows: int, batch_size: int, padded_rows: int
) -> NDArray[np.int64]:
    """Return a random order of the rows, cut into batches: (batches, batch_size)."""
    order = np.zeros(-(-padded_rows // batch_size) * batch_size, dtype=np.int64)
    order[:rows] = rng.permutation(rows)
    return order.reshape(-1, batch_size)


def _stacked(rows: Any) -> NDArray[np.float64]:
    return np.stack([np.asarray(row) for row in rows])
