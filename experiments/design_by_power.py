"""Experiment: whether circuits chosen by entangling power, before training, forecast better."""

from functools import cache, partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from qutip import Qobj

from experiments.sweet_spot import canonical_design, errors, power, recipe, series_split
from qrnnlib import average_entangling_power, schmidt_strength
from qrnnlib.cell.design import Weights, stacked
from qrnnlib.cell.engine import Forward, double_precision, joint_unitary
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import train

QUESTION = (
    "Do circuits chosen by their entangling power, before any training, forecast better than "
    "circuits chosen at random?"
)

POINTS = 100
PILOT, TEST = range(500, 510), range(510, 530)
#: Number of circuits in a pool, of those that the pilot trains, and of those per selection rule.
POOL, TRAINED_IN_PILOT, CHOSEN = 200, 16, 4
#: The pilot's circuits, sorted by power, are divided into this number of equal groups.
GROUPS = 4

#: Selection rule -> measure, and sign: 1 for the lowest, -1 for the highest values, None for values
#: nearest to the pilot's target.
CHOICES: dict[str, tuple[str, int | None]] = {
    "low_power": ("power", 1),
    "target_power": ("power", None),
    "high_power": ("power", -1),
    "high_strength": ("strength", -1),
}


def tasks() -> list[dict[str, Any]]:
    """Return a task for each draw of the series, the pilot's draws first."""
    return [{"role": "pilot", "seed": seed, "points": POINTS} for seed in PILOT] + [
        {"role": "test", "seed": seed, "points": POINTS} for seed in TEST
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Train circuits of a pool on one draw; lists in the result have an entry per circuit."""
    if task["role"] == "pilot":
        return pilot(task["seed"], task["points"])
    seed, points = task["seed"], task["points"]
    rng = np.random.default_rng([seed, 1])  # independent of the noise of the series
    pool, measures = _pool(rng)
    target = target_power(points)
    chosen = {"random": rng.choice(POOL, CHOSEN, replace=False)}
    for name, (measure, end) in CHOICES.items():
        values = measures[measure]
        chosen[name] = np.argsort(np.abs(values - target) if end is None else end * values)[:CHOSEN]
    # A circuit that several rules select is trained once for each, always with the same result.
    trained = _trained(
        [pool[k] for places in chosen.values() for k in places], measures, chosen, seed, points
    )
    return {"target": target, **trained}


@cache
def pilot(seed: int, points: int) -> dict[str, Any]:
    """Train random circuits of a pool on one draw of the series."""
    rng = np.random.default_rng([seed, 1])  # independent of the noise of the series
    pool, measures = _pool(rng)
    places = rng.choice(POOL, TRAINED_IN_PILOT, replace=False)
    return _trained([pool[k] for k in places], measures, {"pilot": places}, seed, points)


@cache
def target_power(points: int) -> float:
    """Return the median power of the pilot's group of circuits with the lowest validation errors.

    Errors are ranked within each draw, since some draws are harder than others. Neither a test part
    nor a test draw has any influence.
    """
    rows = [pilot(seed, points)["pilot"] for seed in PILOT]
    ranks = np.concatenate([np.argsort(np.argsort(r["validation_mse"])) for r in rows])
    powers = np.concatenate([r["power"] for r in rows])
    groups = np.array_split(np.argsort(powers), GROUPS)
    best = min(groups, key=lambda group: float(ranks[group].mean()))
    return float(np.median(powers[best]))


def _pool(rng: np.random.Generator) -> tuple[list[Weights], dict[str, NDArray[np.float64]]]:
    """Return random circuits, with the average power and Schmidt strength of their joint unitaries.

    Angles and couplings are drawn as for training, but the couplings of each circuit are scaled by
    one number, uniform in [0, 1): unscaled, the powers of random circuits hardly differ. The
    Schmidt strength is a lower bound of the entangling power in ebits.
    """
    design = canonical_design("most_likely")
    pool = []
    for _ in range(POOL):
        weights = design.initial_weights(rng)
        scale = rng.uniform()
        for name in ("entangler", "disentangler"):
            weights[name][:, design.qubits :] *= scale
        pool.append(weights)
    with double_precision():
        unitaries = np.asarray(jax.vmap(partial(joint_unitary, design))(stacked(pool)))
    sides = [[design.system_dim, design.memory_dim]] * 2
    return pool, {
        "power": average_entangling_power(unitaries, dims=(design.system_dim, design.memory_dim)),
        "strength": np.array([schmidt_strength(Qobj(u, dims=sides)) for u in unitaries]),
    }


def _trained(
    starts: list[Weights],
    measures: dict[str, NDArray[np.float64]],
    chosen: dict[str, NDArray[np.int64]],
    seed: int,
    points: int,
) -> dict[str, Any]:
    """Train all circuits side by side; return the results of each, by selection rule."""
    design, split = canonical_design("most_likely"), series_split(seed, points)
    seen: list[Any] = []
    _, history = train(
        Run(
            Forward(design),
            stacked(starts),
            split.X_train,
            split.y_train,
            recipe(len(starts)),
            np.random.default_rng(seed),
        ),
        callback=lambda epoch, weights: seen.append(weights),
    )
    lowest = history.loss.argmin(axis=0)
    ended = [
        {name: np.asarray(array)[k] for name, array in seen[epoch].items()}
        for k, epoch in enumerate(lowest)
    ]
    ends = np.split(np.arange(len(starts)), np.cumsum([len(p) for p in chosen.values()])[:-1])
    found: dict[str, Any] = {}
    for (name, places), numbers in zip(chosen.items(), ends, strict=True):
        missed = [errors(design, ended[k], split) for k in numbers]
        found[name] = {
            "power": measures["power"][places].tolist(),
            "strength": measures["strength"][places].tolist(),
            "final_power": [power(design, ended[k]) for k in numbers],
            **{part: [one[part] for one in missed] for part in missed[0]},
        }
    return found
