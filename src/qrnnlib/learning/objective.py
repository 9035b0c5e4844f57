"""Losses and gradients of all restarts on the whole training set, as NumPy arrays."""

from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from qrnnlib.learning.devices import Devices
from qrnnlib.learning.loss import ByHand, Data, Problem, by_hand

Reals = NDArray[np.float64]


class Evaluation(NamedTuple):
    """Training losses, (restarts,), and their gradients, (restarts, numbers)."""

    loss: Reals
    gradient: Reals


class Objective:
    """What training minimises, for optimizers that run on the host.

    What the model computes by hand is not compiled.

    Parameters
    ----------
    problem : Problem
    devices : Devices
        Those that train the restarts.
    """

    def __init__(self, problem: Problem, devices: Devices) -> None:
        self._problem, self._devices = problem, devices
        self._training = _exact(problem, problem.data)
        self._validation = _exact(problem, problem.validation) if problem.validation else None

    def __call__(self, rows: Reals, epoch: int) -> Evaluation:
        """Return the losses at rows of weights and their gradients."""
        layout = self._problem.layout
        if self._training is not None:
            targets = _data(self._problem.data)[1]
            loss, tree = self._training.loss_and_gradient(layout.tree(rows), targets)
            gradient = layout.rows(tree)
        else:
            loss, gradient = self._on_devices(squared_errors, rows, epoch)
        if self._problem.penalty is not None:
            price, slope = self._on_devices(_prices, rows, epoch)
            loss, gradient = loss + price, gradient + slope
        return Evaluation(loss, gradient)

    def validation(self, rows: Reals, epoch: int) -> Reals | None:
        """Return the losses on the validation part, if there is one."""
        later = self._problem.validation
        if later is None:
            return None
        if self._validation is None:
            compiled: Reals = self._on_devices(_validation_losses, rows, epoch)
            return compiled
        forecasts = self._validation.forecasts(self._problem.layout.tree(rows))
        loss: Reals = np.mean((forecasts - _data(later)[1]) ** 2, axis=1)
        if self._problem.penalty is not None:
            loss = loss + self._on_devices(_prices, rows, epoch)[0]
        return loss

    def _on_devices(self, program: Any, rows: Reals, epoch: int) -> Any:
        rows = self._devices.divided(rows)
        return jax.tree.map(np.asarray, program(self._devices.problem, rows, epoch))


def _data(padded: Data) -> tuple[Reals, Reals]:
    """Return windows and targets without the padding."""
    return np.asarray(padded.windows[: padded.size]), np.asarray(padded.targets[: padded.size])


def _exact(problem: Problem, data: Data) -> ByHand | None:
    return by_hand(problem.forward, _data(data)[0])


@jax.jit
def squared_errors(problem: Problem, rows: Any, epoch: int) -> Any:
    """Return the mean squared errors on the training set, and their gradients."""
    key = problem.key(epoch)
    return jax.vmap(lambda row: problem.squared_error(row, key))(rows)


@jax.jit
def _prices(problem: Problem, rows: Any, epoch: int) -> Any:
    return jax.vmap(problem.price)(rows)


@jax.jit
def _validation_losses(problem: Problem, rows: Any, epoch: int) -> Any:
    key = problem.key(epoch)
    return jax.vmap(lambda row: problem.validation_loss(row, key))(rows)
