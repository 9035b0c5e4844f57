"""Experiment: which number of a circuit, known before training, predicts the error of its cell."""

from functools import cache, partial
from typing import Any, NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray
from qutip import Qobj
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import MinMaxScaler

from experiments.forecasts import series_of
from qrnnlib import (
    CellDesign,
    average_entangling_power,
    average_retention,
    memory_spectrum,
    schmidt_strength,
)
from qrnnlib.cell.design import Weights, stacked
from qrnnlib.cell.engine import Forward, double_precision, encode, joint_unitary, run
from qrnnlib.cell.exact_channel import ExactChannel
from qrnnlib.cell.paulis import strings
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import Settings, train

QUESTION = (
    "Which number of a circuit, known before any training, best predicts the test error of its "
    "cell?"
)

#: Draws of circuits and of series; in the i-th, the weather is that of the i-th year.
DRAWS, YEARS = range(920, 925), range(2020, 2025)

#: Couplings of canonical cells are uniform from 0 to the strength; pi/2 covers every gate.
STRENGTHS = (0.25, 0.5, 1.0, round(np.pi / 2, 6))
#: Kind of circuit -> ansatz, layers, strength; and the number of circuits of a kind in a draw.
KINDS: dict[str, tuple[str, int, float | None]] = {
    **{f"ring, {n}": ("ring", n, None) for n in (1, 2)},
    **{f"canonical, {n}, {s:.2f}": ("canonical", n, s) for n in (1, 2) for s in STRENGTHS},
}
CIRCUITS = 4

#: Name -> the lag of the input that is asked for, or None for a series of its own.
SERIES: dict[str, int | None] = {
    **{f"delay {lag}": lag for lag in (1, 3, 5)},
    **dict.fromkeys(("NARMA-10", "sine of 300", "weather")),
}
LENGTH, STEPS, TRAIN = 300, 12, 0.7

#: Steps of random input whose states are fitted, and as many that judge; steps before; lags.
FITTED, BEFORE, LAGS = 1000, 50, 21

#: The same for every circuit, fixed before any was trained.
PENALTIES = 10.0 ** np.arange(-9, 2)
RECIPE: dict[str, Any] = {"schedule": "cosine", "progress": False}
RATE, EPOCHS = 0.05, 60


class Task(NamedTuple):
    """Inputs of successive steps, and what is to be forecast after each."""

    inputs: NDArray[np.float64]  # about -1 to 1
    targets: NDArray[np.float64]  # of mean 0 and variance 1 in the training part
    train: int  # number of training windows, which come first


def tasks() -> list[dict[str, Any]]:
    """Return a task for the numbers of each draw's circuits, and one for each of its series."""
    numbers = [{"role": "numbers", "seed": seed} for seed in DRAWS]
    return numbers + [
        {"role": "errors", "series": name, "seed": seed} for name in SERIES for seed in DRAWS
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers or the errors of a draw's circuits, each a list in the order of `KINDS`.

    The numbers include that of a circuit's kind; circuits of one kind have one coupling strength.
    """
    groups = circuits(task["seed"])
    if task["role"] == "errors":
        given = made(task["series"], task["seed"])
        return _joined([errors(design, group, given) for design, group in groups])
    inputs = np.random.default_rng([task["seed"], 2]).uniform(-1, 1, BEFORE + 2 * FITTED)
    parts = [numbers(design, group, inputs) for design, group in groups]
    return {"kind": np.repeat(np.arange(len(KINDS)), CIRCUITS).tolist(), **_joined(parts)}


def circuits(seed: int) -> list[tuple[CellDesign, Weights]]:
    """Return the circuits of a draw, those of a kind stacked."""
    rng = np.random.default_rng([seed, 1])
    found = []
    for ansatz, layers, strength in KINDS.values():
        design = CellDesign(2, 2, layers, collapse="channel", readout="linear", ansatz=ansatz)
        group = stacked([design.initial_weights(rng) for _ in range(CIRCUITS)])
        if strength is not None:
            for name in ("entangler", "disentangler"):
                group[name][:, :, design.qubits :] *= strength
        found.append((design, group))
    return found


# Numbers known before training ------------------------------------------------------------------


def numbers(
    design: CellDesign, group: Weights, inputs: NDArray[np.float64]
) -> dict[str, list[Any]]:
    """Return what is known of the circuits of a kind before training, an entry for each."""
    with double_precision():
        unitaries = np.asarray(jax.vmap(partial(joint_unitary, design))(group))
        empty = jax.vmap(lambda each: encode(design, each, np.zeros((1, 1))))(group)
        systems = np.asarray(empty)[:, 0, :, 0]
    sides = design.system_dim, design.memory_dim
    operators = [Qobj(unitary, dims=[[*sides]] * 2) for unitary in unitaries]
    kraus = np.einsum("ksmtn,kt->ksmn", unitaries.reshape(-1, *sides, *sides), systems)
    shares = [average_retention(operator) for operator in operators]
    read = [states(design, each, inputs) for each in _each(group)]
    lags = range(LAGS)
    return {
        "power": average_entangling_power(unitaries, dims=sides).tolist(),
        "strength": [schmidt_strength(operator) for operator in operators],
        "written": [share.written for share in shares],
        "kept": [share.kept for share in shares],
        "lambda_2": [float(abs(memory_spectrum(operators)[1])) for operators in kraus],
        # By lag, and the same where only <Z> of the system is read.
        "capacity": [memory_capacity(one, inputs, lags, BEFORE) for one in read],
        "z_capacity": [memory_capacity(one[:, -2:], inputs, lags, BEFORE) for one in read],
    }


def states(
    design: CellDesign, weights: Weights, inputs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the memory's Pauli expectations and <Z> of the system after each input of a series."""
    found = run(design, weights, inputs[np.newaxis], np.zeros((1, len(inputs))))
    paulis = strings(design.memory_qubits, False)[1:]  # without the identity, which is constant
    memory = np.einsum("pij,tji->tp", paulis, found.memories[0]).real
    return np.hstack([memory, found.probabilities[0] @ design.signs])


def memory_capacity(
    read: NDArray[np.float64], inputs: NDArray[np.float64], lags: range, before: int
) -> list[float]:
    """Return how well a linear readout of the state recalls each earlier input, from 0 to 1.

    It is the squared correlation of the input with the least-squares readout, which is fitted on
    the first half of the steps and judged on the second; `before` steps are left out. Summed over
    all lags it is at most the number of readouts (Jaeger, GMD report 152 (2001); Dambre et al.,
    Scientific Reports 2, 514 (2012)), up to what chance adds.
    """
    steps = np.arange(before, len(inputs))
    half = len(steps) // 2
    design = np.column_stack([read[steps], np.ones(len(steps))])
    wanted = np.column_stack([inputs[steps - lag] for lag in lags])
    readout = np.linalg.lstsq(design[:half], wanted[:half], rcond=1e-10)[0]
    recalled, true = design[half:] @ readout, wanted[half:]
    recalled, true = recalled - recalled.mean(axis=0), true - true.mean(axis=0)
    power = (recalled**2).sum(axis=0) * (true**2).sum(axis=0)
    shared = (recalled * true).sum(axis=0) ** 2
    return [float(s / p) if p > 0 else 0.0 for s, p in zip(shared, power, strict=True)]


# Errors -----------------------------------------------------------------------------------------


@cache
def made(name: str, seed: int) -> Task:
    """Return a draw of a series; nothing of the test part is used to scale it."""
    rng = np.random.default_rng([seed, 3])
    lag = SERIES[name]
    if name in ("sine of 300", "weather"):
        year = YEARS[seed - DRAWS[0]]
        given = {"kind": name.split()[0], "points": 300, "noise": 0.1, "years": [year]}
        values = np.asarray(series_of(given, seed).values, dtype=np.float64)
        inputs, targets = values[:-1], values[1:]
    elif lag is not None:
        inputs = rng.uniform(-1, 1, LENGTH + STEPS)
        targets = np.roll(inputs, lag)  # the first ones, from the end, are in no window
    else:
        drive = rng.uniform(0, 0.5, LENGTH + STEPS + 50)
        inputs, targets = (4 * drive - 1)[50:], narma(drive)[50:]
    train = int(TRAIN * (len(inputs) - STEPS + 1))
    known = train + STEPS - 1
    if name in ("sine of 300", "weather"):
        scaler = MinMaxScaler((-1, 1)).fit(inputs[:known, np.newaxis])
        inputs = scaler.transform(inputs[:, np.newaxis])[:, 0]
    seen = targets[STEPS - 1 : known]
    return Task(inputs, (targets - seen.mean()) / seen.std(), train)


def narma(drive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the tenth-order series of Atiya and Parlos (2000): the answer to each drive."""
    y = np.zeros(len(drive) + 1)
    for t in range(9, len(drive)):
        y[t + 1] = (
            0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * drive[t - 9] * drive[t] + 0.1
        )
    return y[1:]


def errors(design: CellDesign, group: Weights, task: Task) -> dict[str, list[float]]:
    """Return mean squared test errors as shares of the variance, an entry for each circuit.

    "all" reads every Pauli expectation of the memory and <Z> of the system, along the whole series;
    "z" reads <Z> of the system at the end of each window; "trained" begins there.
    """
    X = np.lib.stride_tricks.sliding_window_view(task.inputs, STEPS).copy()
    y = task.targets[STEPS - 1 :]
    cut = task.train
    read = [states(design, each, task.inputs)[STEPS - 1 :] for each in _each(group)]
    ends = ExactChannel(design, X).expectations(group)
    start = {name: array.copy() for name, array in group.items()}
    found: dict[str, list[float]] = {"all": [], "z": []}
    for k, (many, few) in enumerate(zip(read, ends, strict=True)):
        for name, features in (("all", many), ("z", few)):
            ridge = RidgeCV(alphas=PENALTIES).fit(features[:cut], y[:cut])
            found[name].append(_missed(ridge.predict(features[cut:]), y[cut:]))
        start["readout_weight"][k], start["readout_bias"][k] = ridge.coef_, ridge.intercept_
    settings = Settings(RATE, None, EPOCHS, restarts=len(read), **RECIPE)
    last: list[Weights] = [start]
    train(
        Run(Forward(design), start, X[:cut], y[:cut], settings, np.random.default_rng(0)),
        callback=lambda epoch, weights: last.__setitem__(0, weights),
    )
    outputs = ExactChannel(design, X[cut:]).forecasts(last[0])
    return {**found, "trained": [_missed(each, y[cut:]) for each in outputs]}


def _missed(outputs: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    return float(np.mean((outputs - wanted) ** 2) / wanted.var())


def _joined(parts: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    return {name: [value for part in parts for value in part[name]] for name in parts[0]}


def _each(group: Weights) -> list[Weights]:
    """Return the weights of each circuit of a group."""
    count = len(next(iter(group.values())))
    return [{name: array[k] for name, array in group.items()} for k in range(count)]
