"""Initial weights: the paper's uniform angles, or a cell that already is a linear filter.

From uniform angles the most likely outcome changes with nearly every window, and so does the
memory that is kept. A cell near its vacuum state avoids this: while inputs are small, one outcome
dominates, the memory changes smoothly, and to first order the cell is a linear filter of its
window (see `filter_weights`). Which filter suits a series is decided by trial: many are drawn,
each gets its least-squares readout, and training continues from the best few. Training then only
has to learn what is not linear.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.cell.design import CellDesign, Weights, stacked
from qrnnlib.cell.engine import AnyArray, Forward, double_precision, last_probabilities
from qrnnlib.cell.steps import REMEMBERED_QUBITS

Reals = NDArray[np.float64]

INITS = ("uniform", "linear_filter")

#: Number of candidate filters that are drawn.
DRAWN = 512

#: Ranges of a filter's random parameters: the scale of its inputs (log-uniform), and each pair's
#: coupling and phase in radians (uniform). They give decay times of one to fifty steps, and periods
#: of eight steps and more.
SCALES, COUPLINGS, PHASES = (0.3, 1.0), (0.2, 1.0), (0.0, 0.8)

#: Standard deviation of the noise on all weights of a filter.
JITTER = 0.03

#: Rotation angle of the system before it is measured. Half a right angle keeps the first outcome
#: likely; under ``"channel"`` a right angle gives the largest signal.
TURN, TURN_OF_A_CHANNEL = np.pi / 4, np.pi / 2

#: Windows are padded to a multiple of this, so that sets of similar size share compiled code.
PADDING = 128


def chosen_init(design: CellDesign, init: str | None) -> str:
    """Return `init`, or if it is None, "linear_filter" where the design allows it, else "uniform".

    Raises
    ------
    ValueError
        If `init` is unknown, or ``"linear_filter"`` and the design cannot be a filter.

    Examples
    --------
    >>> chosen_init(CellDesign(ansatz="canonical", readout="linear"), None)
    'linear_filter'
    >>> chosen_init(CellDesign(ansatz="ring"), None)
    'uniform'
    """
    lacking = _lacking(design)
    if init is None:
        return "uniform" if lacking else "linear_filter"
    _checks.option("init", init, INITS)
    if init == "linear_filter" and lacking:
        raise ValueError(f"init 'linear_filter' needs {lacking}")
    return init


def _lacking(design: CellDesign) -> str:
    """Return what a design lacks to be a filter, an empty string if nothing."""
    for name, wanted in (("ansatz", "canonical"), ("encoding", "amplitude"), ("readout", "linear")):
        if getattr(design, name) != wanted:
            return f"{name} {wanted!r}, got {getattr(design, name)!r}"
    if design.disentangler is None and design.layers < 2:
        return "two layers, or a disentangler"
    return ""


def initial_weights(
    design: CellDesign,
    init: str,
    restarts: int,
    rng: np.random.Generator,
    X: Reals,
    y: Reals,
) -> Weights:
    """Return weights to start training from, with a leading axis of restarts.

    Parameters
    ----------
    design : CellDesign
    init : {"uniform", "linear_filter"}
        ``"uniform"``: `CellDesign.initial_weights`, drawn independently for each restart.
        ``"linear_filter"``: 512 draws of `filter_weights`, each with the least-squares readout for
        `X` and `y`; those of lowest error are kept.
    restarts : int
    rng : numpy.random.Generator
    X, y : ndarray, shape (windows, steps) or (windows, steps, features), and (windows,)
        Training set.

    Raises
    ------
    ValueError
        If `init` is unknown, or is ``"linear_filter"`` and the design cannot be a filter.

    Examples
    --------
    >>> design = CellDesign(ansatz="canonical", readout="linear", layers=1)
    >>> X = np.random.default_rng(0).normal(size=(30, 5))
    >>> weights = initial_weights(design, "linear_filter", 2, np.random.default_rng(0), X, X[:, -1])
    >>> weights["entangler"].shape
    (2, 1, 10)
    """
    _checks.option("init", init, INITS)
    if init == "uniform":
        return stacked([design.initial_weights(rng) for _ in range(restarts)])
    drawn = stacked([filter_weights(design, rng) for _ in range(max(DRAWN, restarts))])
    draws = rng.random(X.shape[:2])
    exact = Forward(design).by_hand(X)
    z = _expectations(design, drawn, X, draws) if exact is None else exact.expectations(drawn)
    readouts, errors = _best_readouts(z, y)
    drawn["readout_weight"], drawn["readout_bias"] = readouts[:, :-1], readouts[:, -1]
    chosen = np.argsort(errors, kind="stable")[:restarts]
    return {name: array[chosen] for name, array in drawn.items()}


def _best_readouts(z: Reals, y: Reals) -> tuple[Reals, Reals]:
    """Return each draw's readout, (draws, system qubits + 1), and its mean squared error.

    `z` holds <Z> of every system qubit at the end of each window, (draws, windows, qubits).
    """
    columns = np.concatenate([z, np.ones((*z.shape[:2], 1))], axis=2)
    rows = columns.swapaxes(1, 2)
    # A tiny ridge term keeps the system solvable where the expectations hardly vary.
    normal = rows @ columns + 1e-6 * np.eye(columns.shape[2])
    readouts = np.linalg.solve(normal, rows @ y[:, None])
    errors: Reals = np.mean(((columns @ readouts)[:, :, 0] - y) ** 2, axis=1)
    return readouts[:, :, 0], errors


def _expectations(design: CellDesign, drawn: Weights, X: Reals, draws: Reals) -> Reals:
    """Return what `_best_readouts` needs, by JAX."""
    # Padded with copies of row 0 to a length that many sets share, and compiled code with it.
    rows = np.arange(-(-len(X) // PADDING) * PADDING)
    rows[len(X) :] = 0
    with double_precision():
        return np.asarray(_compiled_expectations(design, drawn, X[rows], draws[rows]))[:, : len(X)]


@partial(jax.jit, static_argnums=0)
def _compiled_expectations(design: CellDesign, drawn: Any, X: AnyArray, draws: AnyArray) -> Array:
    def of_one(weights: Any) -> Array:
        if design.qubits <= REMEMBERED_QUBITS:
            return jnp.asarray(last_probabilities(design, weights, X, draws).T @ design.signs)
        # With a large cell, all windows at once would not fit into RAM.
        parts = [a.reshape(-1, PADDING, *a.shape[1:]) for a in (X, draws)]
        z = lax.map(lambda part: last_probabilities(design, weights, *part).T @ design.signs, parts)
        return jnp.asarray(z).reshape(len(X), -1)

    together = 8 if design.qubits <= REMEMBERED_QUBITS else 1
    return jnp.asarray(lax.map(of_one, drawn, batch_size=together))


def filter_weights(design: CellDesign, rng: np.random.Generator) -> Weights:
    r"""Return weights that make the cell a linear filter, up to small random changes.

    Each qubit of the smaller register is paired with one of the larger. The input tilts the
    system slightly out of its first basis state, by ``k x`` on each paired qubit; the first layer
    couples the pair with canonical coordinates ``(c, c, p)``, which exchange the tilt with the
    memory; a final rotation by an angle ``a`` makes the tilt visible in <Z>. To first order in
    ``x`` the pair's <Z> is ``cos a`` plus ``2 k sin a`` times

    .. math:: \cos c \cos p\, x_t
        - \sin^2 c \sum_{j \ge 1} \cos^{j-1} c\, \cos((j + 1) p)\, x_{t-j},

    an oscillation damped by a factor ``cos c`` per step. ``k`` is drawn once, ``c`` and ``p`` for
    each pair. The readout sums the pairs and is zero for zero input.

    With several features each pair filters its own mix of them: ``x`` is the inner product of the
    features with a unit vector, drawn uniformly for each pair.

    Raises
    ------
    TypeError
        If `design` or `rng` is of another kind.
    ValueError
        If the design lacks the canonical ansatz, amplitude encoding, a linear readout, or a layer
        after the first for the final rotation.

    References
    ----------
    Derived in tests/README.md.

    Examples
    --------
    >>> design = CellDesign(ansatz="canonical", readout="linear", disentangler=None)
    >>> abs(filter_weights(design, np.random.default_rng(0))["input_bias"]).round()
    array([1., 0., 0., 0.])
    """
    _checks.instance("design", design, CellDesign)
    _checks.instance("rng", rng, np.random.Generator)
    lacking = _lacking(design)
    if lacking:
        raise ValueError(f"init 'linear_filter' needs {lacking}")
    weights = {name: rng.normal(0.0, JITTER, shape) for name, shape in design.weight_shapes.items()}
    turn = TURN_OF_A_CHANNEL if design.collapse == "channel" else TURN
    pairs = min(design.system_qubits, design.memory_qubits)
    couplings, phases = rng.uniform(*COUPLINGS, pairs), rng.uniform(*PHASES, pairs)
    for k, (c, p) in enumerate(zip(couplings, phases, strict=True)):
        first = design.qubits + 3 * k
        weights["entangler"][0, first : first + 3] += c, c, p
    # The layer applied last is row 0 of the disentangler; as an adjoint, it rotates backwards.
    last, sign = (weights["entangler"][-1], -1)
    if design.disentangler is not None:
        last, sign = weights["disentangler"][0], 1 if design.disentangler == "inverse" else -1
    last[: design.system_qubits] += sign * turn
    scale = np.exp(rng.uniform(*np.log(SCALES)))
    tilted = 2 ** (design.system_qubits - 1 - np.arange(pairs))
    if design.features == 1:
        weights["input_weight"][tilted] += scale
    else:
        directions = rng.normal(size=(design.features, pairs))
        directions /= np.linalg.norm(directions, axis=0)
        weights["input_weight"][:, tilted] += scale * directions
    weights["input_bias"][0] += 1.0
    gain = 1 / (2 * scale * np.sin(turn))
    weights["readout_weight"] += gain
    weights["readout_bias"] -= design.system_qubits * gain * np.cos(turn)
    return weights
