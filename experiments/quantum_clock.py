"""Experiment: learning the ticks of a quantum clock, with a quantum memory and with classical ones.

A clock is a cell of one system and one memory qubit. In every step the memory is rotated, its
excitation can pass to the system by an exchange coupling, and the system is measured: 1 is a tick.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.symbol_models import Counter, Grams, SymbolGRU
from qrnnlib import HiddenMarkovModel, QuantumMarkovModel

QUESTION = (
    "How many bits a symbol above the truth do models need that are trained on the ticks of a "
    "quantum clock, against their numbers of states and weights?"
)

#: The cosine of half the angle by which the rhythm advances in a step, and how much of the
#: memory's excitation stays in it.
CLOCKS = ((0.60, 0.94), (0.80, 0.97), (0.28, 0.97))
DRAWS = 10
LENGTH = 9_000
#: Fresh symbols for the test: sequences, and their length.
FRESH, FRESH_LENGTH = 20, 5_000

STATES = (1, 2, 4, 8, 16)
HIDDEN = (2, 4)
MODELS = (
    "cell",
    "cell, uniform starts",
    *(f"HMM {states}" for states in STATES),
    "n-grams",
    "counter",
    *(f"GRU {hidden}" for hidden in HIDDEN),
)


def tasks() -> list[dict[str, Any]]:
    """Return one task for each clock, draw and model."""
    return [
        {"cos": cos, "stays": stays, "model": model, "seed": seed}
        for cos, stays in CLOCKS
        for model in MODELS
        for seed in range(DRAWS)
    ]


def clock(cos: float, stays: float) -> QuantumMarkovModel:
    """Return the clock with eigenvalues ``sqrt(stays) * exp(+-i * arccos(cos))`` of silence."""
    turn = np.arccos(2 * np.sqrt(stays) * cos / (1 + stays))
    hop = np.arccos(stays)
    weights = {
        "entangler": [[0.0, 2 * turn, hop, hop, 0.0]],
        "input_weight": [0.0, 0.0],
        "input_bias": [1.0, 0.0],
    }
    return QuantumMarkovModel.from_weights(weights)


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Return bits a symbol on the training and on fresh symbols, those of the truth subtracted."""
    truth, seed = clock(task["cos"], task["stays"]), task["seed"]
    symbols = truth.sample(LENGTH, random_state=seed)
    fresh = [truth.sample(FRESH_LENGTH, random_state=1_000 * (seed + 1) + k) for k in range(FRESH)]
    model = fitted(task["model"], symbols, seed)
    excess = np.array([bits(model, each) - bits(truth, each) for each in fresh])
    return {
        "excess": excess.mean(),
        "error": excess.std(ddof=1) / np.sqrt(FRESH),
        "training_excess": bits(model, symbols) - bits(truth, symbols),
        "truth": float(np.mean([bits(truth, each) for each in fresh])),
        "states": getattr(model, "states", None),
        "weights": getattr(model, "n_parameters_", None) or model.weights,
    }


def fitted(name: str, symbols: NDArray[np.intp], seed: int) -> Any:
    """Return the model of that name, fitted to the symbols."""
    kind, _, size = name.partition(" ")
    if kind == "HMM":
        return HiddenMarkovModel(states=int(size), lbfgs_steps=400, random_state=seed).fit(
            [symbols]
        )
    if kind == "GRU":
        return SymbolGRU(int(size), seed).fit(symbols)
    if kind == "n-grams":
        return Grams().fit(symbols)
    if kind == "counter":
        return Counter().fit(symbols)
    init = "uniform" if size else "light_coupling"
    return QuantumMarkovModel(init=init, random_state=seed).fit([symbols])


def bits(model: Any, symbols: NDArray[np.intp]) -> float:
    """Return the mean bits of a symbol under a model."""
    if hasattr(model, "bits"):
        return float(model.bits(symbols).mean())
    return float(-model.score([symbols]))
