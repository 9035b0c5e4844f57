"""Where training begins: the paper's uniform angles, or a cell that already is a filter.

From uniform angles the most likely outcome changes with nearly every window, and so does the
memory that is kept. A cell near its vacuum state does not have that trouble: one outcome is always
the likely one, the memory moves smoothly, and to first order it is a linear filter of its window,
as `filter_weights` says. Training then adds what is not linear.
"""

import numpy as np

from qrnnlib import _checks
from qrnnlib.design import CellDesign, Weights

STARTS = ("uniform", "filter")

#: Scale of the inputs in the system's amplitudes, and of the noise on all weights.
INPUT_SCALE, JITTER = 0.3, 0.03

#: Ranges of a pair's coupling and phase, in radians: memories of one to ten steps, periods of
#: eight to thirty.
COUPLINGS, PHASES = (0.3, 0.9), (0.2, 0.8)

#: Turn of the system before it is measured. Half of a right angle leaves the first outcome likely
#: throughout; where no outcome is picked, a right angle gives the largest signal.
TURN, TURN_OF_A_CHANNEL = np.pi / 4, np.pi / 2


def initial_weights(design: CellDesign, start: str, rng: np.random.Generator) -> Weights:
    """Return weights to start training from.

    Parameters
    ----------
    design : CellDesign
    start : {"uniform", "filter"}
        `CellDesign.initial_weights`, or `filter_weights`.
    rng : numpy.random.Generator

    Raises
    ------
    ValueError
        If `start` is neither, or the design cannot be a filter.
    """
    _checks.option("start", start, STARTS)
    return design.initial_weights(rng) if start == "uniform" else filter_weights(design, rng)


def filter_weights(design: CellDesign, rng: np.random.Generator) -> Weights:
    r"""Return weights with which the cell is a linear filter, but for small changes.

    Each qubit of the smaller register is paired with one of the larger. The input tilts the
    system a little out of its first state, by ``0.3 x`` on each paired qubit; the first layer
    couples the pair by the canonical coordinates ``(c, c, p)``, by which the tilt hops to the
    memory and back; a last turn by an angle ``a`` makes the tilt visible in <Z>. To first order
    in ``x`` the pair's <Z> is ``cos a`` plus ``0.6 sin a`` times

    .. math:: \cos c \cos p\, x_t
        - \sin^2 c \sum_{j \ge 1} \cos^{j-1} c\, \cos((j + 1) p)\, x_{t-j},

    a damped oscillation that forgets by a factor ``cos c`` a step. ``c`` and ``p`` are drawn for
    each pair, and the readout adds the pairs with random signs.

    Raises
    ------
    ValueError
        If the design has not the canonical ansatz, amplitude encoding and a linear readout, or
        no layer after the first in which to turn.

    References
    ----------
    Derived in tests/README.md.

    Examples
    --------
    >>> design = CellDesign(ansatz="canonical", readout="linear", disentangler=None)
    >>> filter_weights(design, np.random.default_rng(0))["input_bias"].round()
    array([1., 0., 0., 0.])
    """
    for name, wanted in (("ansatz", "canonical"), ("encoding", "amplitude"), ("readout", "linear")):
        if getattr(design, name) != wanted:
            raise ValueError(
                f"start 'filter' needs {name} {wanted!r}, got {getattr(design, name)!r}"
            )
    if design.disentangler is None and design.layers < 2:
        raise ValueError("start 'filter' needs a second layer, or a disentangler, to turn in")
    weights = {name: rng.normal(0.0, JITTER, shape) for name, shape in design.weight_shapes.items()}
    turn = TURN_OF_A_CHANNEL if design.collapse == "channel" else TURN
    pairs = min(design.system_qubits, design.memory_qubits)
    couplings, phases = rng.uniform(*COUPLINGS, pairs), rng.uniform(*PHASES, pairs)
    for k, (c, p) in enumerate(zip(couplings, phases, strict=True)):
        first = design.qubits + 3 * k
        weights["entangler"][0, first : first + 3] += c, c, p
    # The layer that is applied last is the disentangler's first row, and its adjoint turns back.
    last, sign = (weights["entangler"][-1], -1)
    if design.disentangler is not None:
        last, sign = weights["disentangler"][0], 1 if design.disentangler == "inverse" else -1
    last[: design.system_qubits] += sign * turn
    tilted = 2 ** (design.system_qubits - 1 - np.arange(pairs))
    weights["input_weight"][tilted] += INPUT_SCALE
    weights["input_bias"][0] += 1.0
    signs = rng.choice([-1.0, 1.0], design.system_qubits)
    gain = signs / (2 * INPUT_SCALE * np.sin(turn))
    weights["readout_weight"] += gain
    weights["readout_bias"] -= gain.sum() * np.cos(turn)
    return weights
