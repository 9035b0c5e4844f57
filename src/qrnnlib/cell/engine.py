"""The measured cell in JAX, batched, differentiable and compiled.

Its numbers are those of `qrnnlib.cell.reference`.

All windows of a batch go through the cell together, along the last axis of every array, so that
vector instructions apply; callers map over restarts. All functions here are pure and traceable.
Callers switch on JAX's 64-bit mode (`double_precision`), since it is a global setting.

Predictions depend on the directions of state vectors, not on their norms: every step is linear in
the state of the system and, after the collapse, in the memory, and the last output is a ratio. So
gradients treat norms as constants (`stop_gradient`), which shortens the backward pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.cell import transfer_tensor
from qrnnlib.cell.circuits import AnyArray as AnyArray
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.encoding import encode as encode
from qrnnlib.cell.exact_channel import ExactChannel
from qrnnlib.cell.jax_context import double_precision as double_precision
from qrnnlib.cell.noisy_circuits import TransferMatrices, transfer_matrices
from qrnnlib.cell.steps import Measured, as_amplitudes, unroll
from qrnnlib.cell.steps import joint_unitary as joint_unitary
from qrnnlib.physics.noise import Noise


def _encoded(design: CellDesign, weights: Mapping[str, AnyArray], windows: AnyArray) -> Array:
    """Return the system's amplitudes: (batch, steps[, features]) -> (steps, outcomes, batch)."""
    return encode(design, weights, windows.T if windows.ndim == 2 else windows.transpose(1, 2, 0))


def _read_out(
    design: CellDesign, weights: Mapping[str, AnyArray], probabilities: AnyArray
) -> Array:
    """Return the outputs for probabilities: (..., outcomes, batch) -> (..., batch)."""
    design.check_shapes(weights, "readout")
    if design.readout == "z":
        return jnp.einsum("...sb,s->...b", probabilities, design.signs[:, -1])
    z = jnp.einsum("...sb,sq,q->...b", probabilities, design.signs, weights["readout_weight"])
    return z + weights["readout_bias"]


def last_probabilities(
    design: CellDesign, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
) -> AnyArray:
    """Return the outcome probabilities at the last step of each window, (outcomes, batch).

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to Array
    windows : Array, shape (batch, steps) or (batch, steps, features)
    draws : Array, shape (batch, steps)
        Uniform numbers in [0, 1) that decide the outcomes under `collapse="sampled"`. For given
        draws the result is a deterministic, piecewise smooth function of the weights.
    """
    inputs, memory, step = unroll(design, weights, _encoded(design, weights, windows))
    given = (inputs, jnp.asarray(draws).T)
    before = jax.tree.map(lambda array: array[:-1], given)
    # Measured: unrolled, the loop runs no faster and compiles more slowly.
    memory, _ = lax.scan(lambda m, g: (step(m, g)[0], None), memory, before)
    _, (probabilities, _) = step(memory, jax.tree.map(lambda array: array[-1], given))
    return probabilities / probabilities.sum(axis=0)


@dataclass(frozen=True)
class Forward:
    """The cell's predictions as a function of weights, windows and draws.

    Instances of equal designs are equal, so that models share compiled code.
    """

    design: CellDesign

    def __call__(
        self, weights: Mapping[str, AnyArray], windows: AnyArray, draws: AnyArray
    ) -> Array:
        """Return the output after each window: (batch, steps[, features]) -> (batch,)."""
        probabilities = last_probabilities(self.design, weights, windows, draws)
        return _read_out(self.design, weights, probabilities)

    def by_hand(self, windows: NDArray[np.float64]) -> ExactChannel | None:
        """Return the same model on given windows without JAX, None where there is none."""
        if self.design.encoding == "amplitude" and transfer_tensor.exists(self.design):
            return ExactChannel(self.design, windows)
        return None


class WindowRun(NamedTuple):
    """The record of a cell's run along a batch of windows.

    Attributes
    ----------
    outputs : ndarray, shape (batch, steps)
    probabilities : ndarray, shape (batch, steps, outcomes)
    outcomes : ndarray of int, shape (batch, steps)
        -1 where the rule keeps no outcome.
    memories : ndarray, shape (batch, steps, memory_dim) or (batch, steps, memory_dim, memory_dim)
        The memory after each step: amplitudes, or a density matrix under `collapse="channel"` or
        noise.
    """

    outputs: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.int64]
    memories: NDArray[Any]


def run(
    design: CellDesign, weights: Mapping[str, ArrayLike], X: ArrayLike, draws: ArrayLike
) -> WindowRun:
    """Run the cell along a batch of windows and record every step.

    Parameters
    ----------
    design : CellDesign
    weights : mapping of str to array
    X : array_like, shape (batch, steps) or (batch, steps, features)
        Windows, oldest value first.
    draws : array_like, shape (batch, steps)
        Uniform numbers in [0, 1) that decide the outcomes under `collapse="sampled"`.

    Returns
    -------
    WindowRun

    Raises
    ------
    TypeError, ValueError
        If weights or arrays do not fit.

    Examples
    --------
    >>> design = CellDesign()
    >>> weights = design.initial_weights(np.random.default_rng(0))
    >>> run(design, weights, np.zeros((7, 10)), np.zeros((7, 10))).probabilities.shape
    (7, 10, 4)
    """
    _checks.instance("design", design, CellDesign)
    windows = design.check_windows("X", X)
    uniform = _checks.real_array("draws", draws, windows.shape[:2])
    after_gates = None
    checked = design.check_weights(weights)
    if design.noise is not None:
        # The rates become data, so designs that differ only in them share compiled code.
        after_gates = transfer_matrices(design.noise)
        design = replace(design, noise=Noise())
    with double_precision():
        records = [np.asarray(a) for a in _run(design, checked, windows, uniform, after_gates)]
    return WindowRun(*(np.moveaxis(array, -1, 0) for array in records))


@partial(jax.jit, static_argnums=0)
def _run(
    design: CellDesign,
    weights: Weights,
    windows: Array,
    draws: Array,
    after_gates: TransferMatrices | None,
) -> tuple[AnyArray, ...]:
    """Return the four arrays of a `WindowRun`, batch last."""
    systems = _encoded(design, weights, windows)
    inputs, empty, step = unroll(design, weights, systems, after_gates)

    def recorded(memory: Array, given: tuple[Array, Array]) -> tuple[Array, tuple[Array, Measured]]:
        after, measured = step(memory, given)
        return after, (after, measured)

    _, (memories, measured) = lax.scan(recorded, empty, (inputs, draws.T))
    outputs = _read_out(design, weights, measured.probabilities)
    return outputs, measured.probabilities, measured.outcome, as_amplitudes(design, memories)
