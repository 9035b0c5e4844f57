"""Experiment: the forecasting error at a fixed average entangling power, and without control."""

from functools import partial
from typing import Any

import jax
import numpy as np
from jax import Array
from numpy.typing import NDArray
from scipy.optimize import minimize

from qrnnlib import MeasuredCell, average_entangling_power, average_retention
from qrnnlib.cell.design import CellDesign, Weights, stacked
from qrnnlib.cell.engine import AnyArray, Forward, double_precision
from qrnnlib.learning.power_penalty import PowerPenalty
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import Settings, predict, train
from qrnnlib.series.sources import noisy_sine
from qrnnlib.series.splitting import Split, split_in_time

QUESTION = (
    "How does the forecasting error of a trained cell depend on the average entangling power "
    "that it is held at?"
)

#: No unitary on 2 + 2 qubits exceeds 0.6; these circuits hardly get beyond 0.59.
TARGETS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.59)
DRAWS = range(400, 410)

#: Weight of the penalty. It keeps the power within 0.01 of its target, and within 0.03 at the two
#: ends, where the gradient of the power nearly vanishes. It was chosen in a few trial runs by the
#: power reached, not by any forecasting error.
POWER_WEIGHT = 10.0
#: A start within this distance counts as being at its target power.
NEAR = 1e-3

CIRCUITS = ("entangler", "disentangler")


def tasks() -> list[dict[str, Any]]:
    """Return one task for each series, rule, power and draw; target None means no control.

    With 300 points the last value alone nearly determines the next one. With 100 points over the
    same four periods the values are three times as far apart, and the cell needs its memory more.
    """
    # The channel takes five times as long, so it gets only the shorter series, half the restarts
    # and a coarser grid.
    groups: list[tuple[str, int, int, tuple[float | None, ...]]] = [
        ("most_likely", 300, 4, (*TARGETS, None)),
        ("most_likely", 100, 4, (*TARGETS, None)),
        ("channel", 100, 2, (0.0, 0.15, 0.3, 0.45, 0.59, None)),
    ]
    return [
        {
            "points": points,
            "collapse": rule,
            "restarts": restarts,
            "target": target,
            "seed": seed,
        }
        for rule, points, restarts, targets in groups
        for target in targets
        for seed in DRAWS
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Train a cell at a fixed power; return its final power, retention and errors."""
    design = canonical_design(task["collapse"])
    split = series_split(task["seed"], task["points"])
    rng = np.random.default_rng(task["seed"])
    target = task["target"]
    starts: list[Weights] = []
    drawn = 0
    while len(starts) < task["restarts"]:
        drawn += 1
        start = design.initial_weights(rng)
        adjusted = start if target is None else at_power(design, start, target)
        if adjusted is not None:
            starts.append(adjusted)
    penalty = None if target is None else PowerPenalty(target, POWER_WEIGHT, design)
    weights, history = train(
        Run(
            Forward(design),
            stacked(starts),
            split.X_train,
            split.y_train,
            recipe(task["restarts"]),
            rng,
            penalty,
        )
    )
    joint = MeasuredCell(weights, design).unitary()
    written, kept = average_retention(joint)
    return {
        "power": average_entangling_power(joint),
        "written": written,
        "kept": kept,
        "start_power": float(np.mean([power(design, start) for start in starts])),
        # Number of starts drawn, including those that got stuck before they reached the power.
        "starts_drawn": drawn,
        "best_epoch": history.best_epoch,
        **errors(design, weights, split),
    }


def canonical_design(collapse: str) -> CellDesign:
    """Return a cell of 2 + 2 qubits with canonical circuits, whose couplings are parameters."""
    return CellDesign(2, 2, 2, collapse=collapse, readout="linear", ansatz="canonical")


def series_split(seed: int, points: int) -> Split:
    """Return a draw of the noisy sine, split into 70, 10 and 20 %."""
    series = noisy_sine(points=points, noise=0.1, random_state=seed)
    return split_in_time(series, steps=10, train=0.7, validation=0.1)


def recipe(restarts: int) -> Settings:
    """Return the training settings of all cells, which were fixed before any was trained."""
    return Settings(0.02, None, 400, restarts=restarts, schedule="cosine", progress=False)


def power(design: CellDesign, weights: Weights) -> float:
    """Return the average entangling power of the joint unitary."""
    return average_entangling_power(MeasuredCell(weights, design).unitary())


def errors(design: CellDesign, weights: Weights, split: Split) -> dict[str, float]:
    """Return the mean squared errors of all parts, in scaled units."""
    forward = Forward(design)
    parts = {
        "train_mse": (split.X_train, split.y_train),
        "validation_mse": (split.X_validation, split.y_validation),
        "test_mse": (split.X_test, split.y_test),
    }
    return {
        name: float(np.mean((predict(forward, weights, X) - y) ** 2))
        for name, (X, y) in parts.items()
    }


def at_power(design: CellDesign, start: Weights, target: float) -> Weights | None:
    """Return a start optimised to have a power, or None if the optimisation gets stuck.

    The power has local minima, one of them at 0.36. Training would get stuck in one on the way to a
    lower target, and the row would say nothing about that target.
    """
    angles = np.stack([start[name] for name in CIRCUITS])

    def miss(row: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, slope = _miss(design, row.reshape(angles.shape), target)
        return float(value), np.asarray(slope).ravel()

    with double_precision():
        found = minimize(miss, angles.ravel(), jac=True, options={"gtol": 1e-9})
    if found.fun > NEAR**2:
        return None
    return {**start, **dict(zip(CIRCUITS, found.x.reshape(angles.shape), strict=True))}


@partial(jax.jit, static_argnums=0)
def _miss(design: CellDesign, angles: AnyArray, target: float) -> tuple[Array, Array]:
    """Return the squared distance of the power from its target, and the gradient."""

    def of(both: AnyArray) -> Array:
        return PowerPenalty(target, 1.0, design)(dict(zip(CIRCUITS, both, strict=True)))

    return jax.value_and_grad(of)(angles)
