"""The RAM that training needs, and refusal of training that cannot fit, before it starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from qrnnlib import _checks, _moved
from qrnnlib.cell import exact_channel
from qrnnlib.cell.design import CellDesign, stacked
from qrnnlib.cell.engine import Forward, double_precision
from qrnnlib.learning import objective, optimizer
from qrnnlib.learning.layout import Layout
from qrnnlib.learning.loss import CHUNK, Problem, padded
from qrnnlib.learning.optimizer import Rate
from qrnnlib.learning.settings import Settings, TrainingSettings

__getattr__ = _moved.names_of_old(__name__, memory_needed="training_memory")

#: Requests whose generous estimate stays below this fraction of free RAM skip the compiler's own
#: estimate.
CLEARLY_ENOUGH = 0.25

#: Bytes per number.
REAL, COMPLEX = 8, 16


def training_memory(model: Any, windows: int, steps: int, features: int = 1) -> int:
    """Return how many bytes of RAM an epoch of training needs, without training.

    JAX's compiler reports it for the program of an epoch, which training then uses. Where nothing
    is compiled (the exact channel of up to five qubits, on the whole set), it is counted. It does
    not include Python and its libraries (0.7 GB), nor `lbfgs_steps` after batches: their gradients
    need as much as an epoch without batches.

    Parameters
    ----------
    model : QuantumRNN or QuantumLSTM
        Model with the settings for training; it need not be fitted.
    windows, steps, features : int
        Size of the training set, ``X.shape``; `features` is 1 by default.

    Raises
    ------
    TypeError, ValueError
        If a setting or a size is out of range.

    Notes
    -----
    A gradient needs the states along the window, whose size doubles with every qubit. Up to 5
    qubits the circuits are one matrix, and the states of every step are stored; up to 8, those
    after every gate. Beyond, only the memory before each step is stored: the gradient runs the
    step again and inverts its gates one by one. Under ``"channel"``
    the memory is a density matrix, and a step is an operator for each outcome; with more than 8
    qubits these are taken from the matrix of the circuits, ``4**qubits`` numbers of 16 bytes.
    Losses are evaluated on 128 windows at a time, whatever the size of a batch.

    For `QuantumLSTM` with one layer in each circuit, canonical ansatz, 10 steps, batches of 32 and
    one restart, in MB, with the measured rise of a process's peak in brackets:

    ====== =========== ===========
    qubits most_likely channel
    ====== =========== ===========
    3+3            3.6 37 (33)
    4+4        17 (16) 328 (317)
    5+5        9.4 (4) 475 (499)
    6+6        41 (42) 7269 (7684)
    ====== =========== ===========

    With all states stored, 6 + 6 qubits would need 387 MB under ``"most_likely"``. Full-batch
    training (`batch_size` None) needs 9750 MB under ``"channel"``.

    Examples
    --------
    >>> from qrnnlib import QuantumLSTM
    >>> small = training_memory(QuantumLSTM(epochs=1), windows=100, steps=10)
    >>> 1e5 < small < 1e8
    True
    """
    if not isinstance(model, TrainingSettings) or not hasattr(model, "design"):
        raise TypeError(f"model must be a QuantumRNN or QuantumLSTM, got {type(model).__name__}")
    sizes = {"windows": windows, "steps": steps, "features": features}
    windows, steps, features = (_checks.integer(name, size) for name, size in sizes.items())
    design = replace(model.design(), features=features)
    shape = (windows, steps) if features == 1 else (windows, steps, features)
    return _of_an_epoch(design, Settings.of(model), shape)


def refuse_impossible(design: CellDesign, settings: Settings, shape: tuple[int, ...]) -> None:
    """Raise MemoryError if training on windows of this shape needs more RAM than is available.

    On devices other than the CPU nothing is checked: they have RAM of their own, and JAX raises an
    error when it does not suffice.
    """
    available = available_memory()
    if available is None or jax.default_backend() != "cpu":
        return
    least, most = _bounds(design, settings, shape)
    if most <= CLEARLY_ENOUGH * available:
        return
    precision, needed = "at least", least
    if least <= available:
        precision, needed = "about", _of_an_epoch(design, settings, shape)
    if needed > available:
        raise MemoryError(
            f"training needs {precision} {needed / 1e9:.3g} GB of RAM and {available / 1e9:.3g} GB "
            f"are available: lower system_qubits or memory_qubits (now {design.system_qubits} + "
            f"{design.memory_qubits}), restarts (now {settings.restarts}) or batch_size (now "
            f"{settings.batch_size}, at best {CHUNK})"
        )


def available_memory() -> int | None:
    """Return the free RAM of the machine or of this container in bytes, None if unknown.

    Examples
    --------
    >>> free = available_memory()
    >>> free is None or free > 0
    True
    """
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        machine = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):  # not Linux
        return None
    free = 1024 * machine
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return free if limit == "max" else min(free, max(0, int(limit) - used))


def _bounds(design: CellDesign, settings: Settings, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return a lower bound and a generous estimate of the RAM for training, in bytes.

    The bound is one joint state, or the Kraus operators, for each restart and each window that is
    evaluated at once. The estimate has one for each gate of each step, and ten more per step.
    """
    together = max(CHUNK, settings.batch_size or CHUNK)
    state = COMPLEX * 2**design.qubits
    if design.noise is not None:
        # At least half of all expectations of Pauli strings.
        state = REAL * 4**design.qubits // 2
    elif design.collapse == "channel":
        state *= design.memory_dim
    state *= together * settings.restarts
    circuits = (design.entangler_circuit, design.disentangler_circuit)
    gates = sum(len(circuit.gates) for circuit in circuits if circuit is not None)
    return state, state * shape[1] * (gates + 10)


def _of_an_epoch(design: CellDesign, settings: Settings, shape: tuple[int, ...]) -> int:
    """Return the compiler's figure for the program of an epoch, in bytes."""
    later = settings.validation_windows(shape[0])
    size, batch = shape[0] - later, settings.batch_size
    forward = Forward(design)
    if batch is None and forward.by_hand(np.zeros((0, *shape[1:]))) is not None:
        return exact_channel.memory(design, settings.restarts, (size, *shape[1:]))
    rng = np.random.default_rng(0)
    with double_precision():
        weights = stacked([design.initial_weights(rng)] * settings.restarts)
        layout = Layout.of(weights)
        state = optimizer.initial_state(layout.rows(weights), batch is None)
        data = padded(np.zeros((size, *shape[1:])), np.zeros(size))
        validation = padded(np.zeros((later, *shape[1:])), np.zeros(later)) if later else None
        problem = Problem(forward, layout, None, data, validation, 0)
        if batch is None:
            lowered = objective.squared_errors.lower(problem, state.rows, 1)
        else:
            rate = Rate(settings.learning_rate, 0.0, 0.0)
            order = np.zeros((-(-len(data.targets) // batch), batch), dtype=np.int64)
            lowered = optimizer.batched_epoch.lower(problem, rate, state, order, 1, 1)
        program: Any = lowered.compile().memory_analysis()
    return int(
        program.temp_size_in_bytes
        + program.argument_size_in_bytes
        + program.output_size_in_bytes
        - program.alias_size_in_bytes
    )
