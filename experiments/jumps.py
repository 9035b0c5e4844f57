"""Experiment: how the collapse changes the loss, in epochs with and without switched outcomes."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib import QuantumLSTM, noisy_sine, split_in_time
from qrnnlib.cell import engine
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.series.splitting import Split

QUESTION = (
    "Does the loss jump, and out of plateaus, when training switches which outcomes are the most "
    "likely?"
)

#: Training settings. In "whole", one batch and small steps leave no random changes of the loss.
RECIPES: dict[str, dict[str, Any]] = {
    "whole": {"batch_size": None, "learning_rate": 0.005, "epochs": 500},
    "paper": {},
}
DRAWS, STARTS = range(700, 705), 4
#: Numbers of epochs by which switches are shifted against the loss: large enough to separate them,
#: small enough to stay in the same stage of training.
SHIFTS = (*range(-20, -1), *range(2, 21))
#: A loss lower by more than this fraction than at the last improvement is an improvement; more than
#: this number of epochs without one are a plateau.
FRACTION, PLATEAU = 0.01, 10


def tasks() -> list[dict[str, Any]]:
    """Return one task for each recipe and draw of the series."""
    return [
        {"recipe": recipe, "seed": seed, "starts": STARTS} for recipe in RECIPES for seed in DRAWS
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Train the paper's cell and the channel from the same starts; one list entry per start."""
    split = split_in_time(noisy_sine(random_state=task["seed"]))
    runs = {
        rule: _trained(split, collapse=rule, restarts=task["starts"], random_state=task["seed"],
                       **RECIPES[task["recipe"]])
        for rule in ("most_likely", "channel")
    }  # fmt: skip
    model, weights = runs["most_likely"]
    loss = model.history_.loss.T
    switches = [_switches(model.design(), start, split) for start in weights]
    answers = [
        _answers(curve, windows, effect)
        for curve, (windows, effect) in zip(loss, switches, strict=True)
    ]
    return {
        **{name: [answer[name] for answer in answers] for name in answers[0]},
        **{f"{rule}_loss": _rounded(runs[rule][0].history_.loss.T, 5) for rule in runs},
        **{f"{rule}_test_mse": _test_errors(*runs[rule], split) for rule in runs},
        # From one epoch to the next: the number of windows that switched and, for the epochs with
        # such windows, the effect on the loss.
        "windows": len(split.y_train),
        "switched": [windows.tolist() for windows, _ in switches],
        "effect": _rounded([effect[windows > 0] for windows, effect in switches], 3),
    }


def _trained(split: Split, **settings: Any) -> tuple[QuantumLSTM, list[Weights]]:
    """Return a fitted model and, for each start, its weights after every epoch."""
    seen: list[Any] = []
    model = QuantumLSTM.paper(**settings, progress=False)
    model.fit(split.X_train, split.y_train, callback=lambda epoch, weights: seen.append(weights))
    starts = range(settings["restarts"])
    return model, [
        {name: np.stack([np.asarray(w[name])[start] for w in seen]) for name in seen[0]}
        for start in starts
    ]


def _switches(
    design: CellDesign, weights: Weights, split: Split
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each epoch, the number of windows that switched and the effect on the loss.

    The change of the loss has two parts: the effect of the new weights with the outcomes of the
    epoch before, and then the effect of the changed outcomes. The second is returned; it is due to
    the collapse alone. The last outcome of a window does not affect its forecast and is ignored.
    """
    X, y = split.X_train, split.y_train
    count = len(weights["entangler"])
    epochs = [{name: array[k] for name, array in weights.items()} for k in range(count)]
    outcomes = np.stack([engine.run(design, w, X, np.zeros_like(X)).outcomes for w in epochs])
    windows = np.any(np.diff(outcomes, axis=0)[:, :, :-1], axis=2).sum(axis=1)
    later = {name: array[1:] for name, array in weights.items()}
    with engine.double_precision():
        old, new = (
            np.mean((np.asarray(_forecasts(design, later, X, kept)) - y) ** 2, axis=1)
            for kept in (outcomes[:-1], outcomes[1:])
        )
    return windows, np.where(windows > 0, new - old, 0.0)


@partial(jax.jit, static_argnums=0)
@partial(jax.vmap, in_axes=(None, 0, None, 0))
def _forecasts(design: CellDesign, weights: Any, X: Array, outcomes: Array) -> Array:
    """Return the forecast of each window, with collapses onto the given outcomes."""
    joint = engine.joint_unitary(design, weights)
    table = (design.system_dim, design.memory_dim, len(X))

    def step(memory: Array, given: tuple[Array, Array]) -> tuple[Array, Array]:
        system, outcome = given
        states = (joint @ (system[:, None] * memory).reshape(-1, len(X))).reshape(table)
        branch = jnp.take_along_axis(states, outcome[None, None], axis=0)[0]
        # With outcomes of other weights a branch can be empty: no division by 0.
        length = jnp.sqrt((branch * branch.conj()).real.sum(axis=0))
        return branch / jnp.maximum(length, 1e-12), (states * states.conj()).real.sum(axis=1)

    empty = jnp.zeros((design.memory_dim, len(X)), joint.dtype).at[0].set(1.0)
    inputs = engine.encode(design, weights, X.T)
    _, probabilities = lax.scan(step, empty, (inputs, outcomes.T))
    return jnp.asarray(design.signs[:, -1]) @ probabilities[-1]


def _answers(
    loss: NDArray[np.float64], windows: NDArray[np.int64], effect: NDArray[np.float64]
) -> dict[str, float | int | None]:
    """Return the statistics of one start; changes are those of the loss's logarithm."""
    change, switch = np.diff(np.log(loss)), windows > 0
    by_collapse = np.log(loss[1:] / (loss[1:] - effect))
    by_switch = by_collapse[switch]
    ends = _plateau_ends(loss)
    inside = np.zeros(len(change), dtype=bool)
    for first, last in ends:
        inside[first:last] = True
    with_switch = [bool(switch[last]) for _, last in ends]
    # A jump is due to the collapse if the switch causes more than half of the drop. It lasts if the
    # loss stays below the plateau's minimum for as long as a plateau.
    jumped = [
        bool(by_collapse[last] < change[last] / 2 and loss[last + 1 :][:PLATEAU].max() < stuck)
        for (first, last) in ends
        for stuck in [loss[first : last + 1].min()]
    ]
    return {
        "switch_epochs": int(switch.sum()),
        "change_with": _mean(change[switch]),
        "change_without": _mean(change[~switch]),
        "size_with": _mean(np.abs(change[switch])),
        "size_without": _mean(np.abs(change[~switch])),
        # Control: the changes in epochs shifted against those with a switch.
        "change_shifted": _mean(np.array([x for s in SHIFTS for x in _shifted(change, switch, s)])),
        "by_switch": _mean(by_switch),
        "by_switch_lowered": int(np.sum(by_switch < 0)),
        "by_switch_largest_drop": float(-by_switch.min(initial=0.0)),
        "by_switch_largest_rise": float(by_switch.max(initial=0.0)),
        "plateaus": len(ends),
        "plateaus_ended_with_switch": sum(with_switch),
        # The expected number if switches had no influence.
        "plateaus_expected": float(len(ends) * switch[inside].mean()) if ends else 0.0,
        "plateaus_left_by_jump": sum(jumped),
    }


def _plateau_ends(loss: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return each plateau as the indices of its first change of the loss and of its last."""
    ends, level, since = [], loss[0], 0
    for epoch in range(1, len(loss)):
        if loss[epoch] < level * (1 - FRACTION):
            if epoch - since > PLATEAU:
                ends.append((since, epoch - 1))
            level, since = loss[epoch], epoch
    return ends


def _shifted(change: NDArray[np.float64], switch: Any, shift: int) -> NDArray[np.float64]:
    places = np.flatnonzero(switch) + shift
    found: NDArray[np.float64] = change[places[(places >= 0) & (places < len(change))]]
    return found


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _test_errors(model: QuantumLSTM, weights: list[Weights], split: Split) -> list[float]:
    """Return each start's test error at its epoch of lowest training loss."""
    design, X = model.design(), split.X_test
    errors = []
    for start, best in zip(weights, model.history_.loss.argmin(axis=0), strict=True):
        kept = {name: array[best] for name, array in start.items()}
        outputs = engine.run(design, kept, X, np.zeros_like(X)).outputs[:, -1]
        errors.append(float(np.mean((outputs - split.y_test) ** 2)))
    return errors


def _rounded(lists: Any, digits: int) -> list[list[float]]:
    """Return numbers rounded to `digits` significant digits, to keep the file small."""
    return [[float(f"{x:.{digits}g}") for x in one] for one in lists]
