"""The exact channel of a small cell in NumPy: forecasts, and gradients by hand.

Compiling a program takes seconds, and a small cell's gradient milliseconds, so nothing is compiled
here. What windows share is computed once: the channel of a value serves every window that holds it.
Numbers and gradients are those of `qrnnlib.cell.engine`.
"""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qrnnlib.cell.amplitudes import Amplitudes, amplitudes
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.transfer_tensor import TransferTensor
from qrnnlib.physics.circuit_matrix import Real
from qrnnlib.physics.small_products import small_products

#: Numbers of windows and of cells computed together. Arrays of this size stay in the cache.
BLOCK, CELLS = 128, 8


class ExactChannel:
    """Cells of one design on given windows: forecasts, and the loss with its gradient.

    Weights have a leading axis of cells.

    Parameters
    ----------
    design : CellDesign
        With amplitude encoding and a transfer tensor (`qrnnlib.cell.transfer_tensor.exists`).
    windows : ndarray, shape (windows, steps) or (windows, steps, features)

    Examples
    --------
    >>> from qrnnlib.cell.design import stacked
    >>> design = CellDesign(collapse="channel")
    >>> weights = stacked([design.initial_weights(np.random.default_rng(s)) for s in range(3)])
    >>> ExactChannel(design, np.zeros((7, 10))).forecasts(weights).shape
    (3, 7)
    """

    def __init__(self, design: CellDesign, windows: Real) -> None:
        self._design = design
        self._tensor = _tensor(design)
        self._blocks = _blocks(windows)

    def expectations(self, weights: Mapping[str, Real]) -> Real:
        """Return <Z> of every system qubit at the end of each window, (cells, windows, qubits)."""
        with small_products():
            return np.concatenate([self._expectations(part) for part in _parts(weights)])

    def forecasts(self, weights: Mapping[str, Real]) -> Real:
        """Return the outputs after each window, (cells, windows)."""
        return _read_out(self._design, weights, self.expectations(weights))

    def loss_and_gradient(
        self, weights: Mapping[str, Real], targets: Real
    ) -> tuple[Real, dict[str, Real]]:
        """Return the mean squared error of each cell, (cells,), and its gradient.

        Parameters
        ----------
        weights : mapping of str to ndarray
        targets : ndarray, shape (windows,)
        """
        with small_products():
            found = [self._loss_and_gradient(part, targets) for part in _parts(weights)]
        losses, gradients = zip(*found, strict=True)
        return np.concatenate(losses), {
            name: np.concatenate([gradient[name] for gradient in gradients]) for name in weights
        }

    def _expectations(self, weights: Mapping[str, Real]) -> Real:
        tensor = self._tensor(weights).tensor
        return np.concatenate(
            [self._unroll(tensor, self._encode(weights, b.values), b).z for b in self._blocks],
            axis=1,
        )

    def _loss_and_gradient(
        self, weights: Mapping[str, Real], targets: Real
    ) -> tuple[Real, dict[str, Real]]:
        design = self._design
        made = self._tensor(weights)
        cells, kinds = made.tensor.shape[:2]
        flat = made.tensor.reshape(cells, kinds, -1)
        loss, of_tensor = np.zeros(cells), np.zeros(flat.shape)
        total: dict[str, Any] = {name: np.zeros(weights[name].shape) for name in weights}
        first = 0
        for block in self._blocks:
            inputs = self._encode(weights, block.values)
            run = self._unroll(made.tensor, inputs, block)
            miss = _read_out(design, weights, run.z) - targets[first : first + len(block.which)]
            first += len(block.which)
            loss += (miss**2).sum(axis=1) / len(targets)
            slope = 2 * miss / len(targets)
            if design.readout == "linear":
                total["readout_weight"] += (slope[:, None] @ run.z)[:, 0]
                total["readout_bias"] += slope.sum(axis=1)
                of_z = slope[:, :, None] * weights["readout_weight"][:, None]
            else:
                of_z = slope[:, :, None] * np.eye(design.system_qubits)[-1]
            of_maps = _unroll_gradient(run, block, of_z).reshape(cells, len(block.values), -1)
            of_tensor += inputs.expectations.swapaxes(1, 2) @ of_maps
            of_inputs = of_maps @ flat.swapaxes(1, 2)
            for name, part in self._encode_gradient(block.values, inputs, of_inputs).items():
                total[name] += part
        of_angles = self._tensor.gradient(made, of_tensor.reshape(made.tensor.shape))
        return loss, total | of_angles

    def _encode(self, weights: Mapping[str, Real], values: Real) -> "_Encoded":
        w = weights["input_weight"].reshape(-1, self._design.features, self._design.system_dim)
        vectors = values @ w + weights["input_bias"][:, None]
        made = amplitudes(vectors)
        squares = made.unit[:, :, :, None] * made.unit[:, :, None, :]
        expectations = squares.reshape(*squares.shape[:2], -1) @ self._tensor.system.T
        return _Encoded(made, expectations)

    def _encode_gradient(self, values: Real, made: "_Encoded", change: Real) -> dict[str, Real]:
        """Return the gradient in the input map for that in the expectations, (cells, values, A)."""
        unit = made.amplitudes.unit
        forms = (change @ self._tensor.system).reshape(*unit.shape, -1)
        slopes = made.amplitudes.gradient(2 * (forms @ unit[..., None])[..., 0])
        weight = values.T @ slopes
        shape = (len(change), *self._design.weight_shapes["input_weight"])
        return {"input_weight": weight.reshape(shape), "input_bias": slopes.sum(axis=1)}

    def _unroll(self, tensor: Real, inputs: "_Encoded", block: "_Block") -> "_Unrolled":
        cells, kinds, rows, b = tensor.shape
        maps = (inputs.expectations @ tensor.reshape(cells, kinds, -1)).reshape(cells, -1, rows, b)
        memories = np.zeros((cells, len(block.values), block.steps, b))
        memory: Real = np.broadcast_to(self._tensor.empty, (cells, len(block.which), b))
        for step in range(block.steps):
            at = _at(block, step)
            memories[:, at, step] = memory
            through = maps[:, at, :b] if step < block.steps - 1 else maps[:, at, b:]
            memory = (through @ memory[..., None])[..., 0]
        return _Unrolled(memory, maps, memories)


def memory(design: CellDesign, cells: int, shape: tuple[int, ...]) -> int:
    """Return about how many bytes a gradient needs, for windows of which no two share a value.

    Parameters
    ----------
    design : CellDesign
    cells : int
    shape : tuple of int
        Of the windows.
    """
    cells, block = min(cells, CELLS), min(shape[0], BLOCK)
    values, memory = block * shape[1], design.memory_dim**2
    maps = values * (memory + design.system_qubits) * memory
    along = values * shape[1] * memory  # memories before each step, and their gradients
    return 8 * (math.prod(shape) + cells * (3 * maps + 2 * along))


def _parts(weights: Mapping[str, Real]) -> Iterator[Weights]:
    cells = len(weights["entangler"])
    for first in range(0, cells, CELLS):
        yield {name: array[first : first + CELLS] for name, array in weights.items()}


def _read_out(design: CellDesign, weights: Mapping[str, Real], z: Real) -> Real:
    if design.readout == "z":
        return z[:, :, -1]
    answer: Real = (z @ weights["readout_weight"][:, :, None])[:, :, 0]
    return answer + weights["readout_bias"][:, None]


@cache
def _tensor(design: CellDesign) -> TransferTensor:
    return TransferTensor(design)


# Windows that share values ----------------------------------------------------------------------


class _Block(NamedTuple):
    """Windows as the values in which they lie: window ``w`` at step ``t`` is ``which[w] + t``."""

    values: Real  # (values, features)
    steps: int
    which: NDArray[np.intp]


def _blocks(windows: Real) -> list[_Block]:
    """Split windows, (windows, steps[, features]), into blocks in which successive ones overlap."""
    X = windows[:, :, None] if windows.ndim == 2 else windows
    steps = X.shape[1]
    follows = np.zeros(len(X), dtype=bool)
    follows[1:] = (X[1:, :-1] == X[:-1, 1:]).all(axis=(1, 2))
    follows[::BLOCK] = False
    # A window that follows adds one value, any other all of its own.
    begins = np.cumsum(np.where(follows, 1, steps)) - steps
    blocks = []
    for first in range(0, len(X), BLOCK):
        part = slice(first, first + BLOCK)
        which = begins[part] - begins[first]
        values = np.empty((which[-1] + steps, X.shape[2]))
        values[which[:, None] + np.arange(steps)] = X[part]
        blocks.append(_Block(values, steps, which))
    return blocks


class _Encoded(NamedTuple):
    """Values as amplitudes of the system, and their expectations."""

    amplitudes: Amplitudes  # (cells, values, system_dim)
    expectations: Real  # (cells, values, A)


class _Unrolled(NamedTuple):
    """A run along windows: <Z> at the end, and what its gradient needs."""

    z: Real  # (cells, windows, system qubits)
    maps: Real  # (cells, values, rows, B)
    memories: Real  # (cells, values, steps, B): what is in the memory when a value comes in


def _at(block: _Block, step: int) -> Any:
    """Return the index of all windows' values at a step: where possible a slice, which is fast."""
    first, last = block.which[0] + step, block.which[-1] + step
    return slice(first, last + 1) if last - first < len(block.which) else block.which + step


def _unroll_gradient(made: _Unrolled, block: _Block, change: Real) -> Real:
    """Return the gradient in the maps for that in <Z>, (cells, windows, system qubits)."""
    b = made.memories.shape[3]
    slopes = np.empty_like(made.maps)
    at = _at(block, block.steps - 1)
    after = np.zeros_like(made.memories)  # the gradient in the memory after each step
    slopes[:, :, b:] = 0.0
    slopes[:, at, b:] = change[..., None] * made.memories[:, at, -1][:, :, None]
    change = (change[:, :, None] @ made.maps[:, at, b:])[:, :, 0]
    for step in reversed(range(block.steps - 1)):
        at = _at(block, step)
        after[:, at, step] = change
        change = (change[:, :, None] @ made.maps[:, at, :b])[:, :, 0]
    # One product for each value sums over the steps at which windows hold it.
    np.matmul(after.swapaxes(2, 3), made.memories, out=slopes[:, :, :b])
    return slopes
