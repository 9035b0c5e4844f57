"""Experiment: learning the ticks of a quantum clock, with a quantum memory and with classical ones.

A clock is a cell of one system and one memory qubit. In every step the memory is rotated, its
excitation can pass to the system by an exchange coupling, and the system is measured: 1 is a tick.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

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

#: Name -> the model, for a seed of its own.
MODELS: dict[str, Callable[[int], Any]] = {
    "cell": lambda seed: QuantumMarkovModel(random_state=seed),
    "cell, uniform starts": lambda seed: QuantumMarkovModel(init="uniform", random_state=seed),
    "HMM 1": lambda seed: _hidden(1, seed),
    "HMM 2": lambda seed: _hidden(2, seed),
    "HMM 4": lambda seed: _hidden(4, seed),
    "HMM 8": lambda seed: _hidden(8, seed),
    "HMM 16": lambda seed: _hidden(16, seed),
    "HMM 4, smoothed": lambda seed: _hidden(4, seed, prior=1.0),
    "HMM 8, smoothed": lambda seed: _hidden(8, seed, prior=1.0),
    "HMM 16, smoothed": lambda seed: _hidden(16, seed, prior=1.0),
    "n-grams": lambda seed: Grams(),
    "counter": lambda seed: Counter(),
    "GRU": lambda seed: SymbolGRU(2, seed),
}


def tasks() -> list[dict[str, Any]]:
    """Return one task for each clock, draw and model."""
    return [
        {"cos": cos, "stays": stays, "length": LENGTH, "model": model, "seed": seed}
        for cos, stays in CLOCKS
        for model in MODELS
        for seed in range(DRAWS)
    ]


def clock(cos: float, stays: float) -> QuantumMarkovModel:
    """Return the clock with eigenvalues ``sqrt(stays) * exp(+-i * arccos(cos))`` of silence."""
    turn = np.arccos(2 * np.sqrt(stays) * cos / (1 + stays))
    hop = np.arccos(stays)
    weights: dict[str, Any] = {
        "entangler": [[0.0, 2 * turn, hop, hop, 0.0]],
        "input_weight": [0.0, 0.0],
        "input_bias": [1.0, 0.0],
    }
    return QuantumMarkovModel.from_weights(weights)


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Return bits a symbol above the truth, on the training symbols and on fresh ones."""
    truth, seed = clock(task["cos"], task["stays"]), task["seed"]
    draws = (1_000 * (seed + 1) + k for k in range(FRESH + 1))
    symbols = truth.sample(task["length"], random_state=next(draws))
    fresh = [truth.sample(FRESH_LENGTH, random_state=draw) for draw in draws]
    model = MODELS[task["model"]](seed).fit([symbols])
    misses = np.array([truth.score([each]) - model.score([each]) for each in fresh])
    # A model may hold a fresh sequence for impossible: then it is left out, in the model's favour.
    excess = misses[np.isfinite(misses)]
    left_out = len(misses) - len(excess)
    return {
        "excess": float(excess.mean()),
        "error": float(excess.std(ddof=1) / np.sqrt(len(excess))),
        "training_excess": truth.score([symbols]) - model.score([symbols]),
        "truth": -float(np.mean([truth.score([each]) for each in fresh])),
        "states": getattr(model, "states", None),
        "weights": model.n_parameters_,
        **({"impossible": left_out} if left_out else {}),
    }


def _hidden(states: int, seed: int, prior: float = 0.0) -> HiddenMarkovModel:
    """Return a model of two symbols, with a prior of so many observations for each state."""
    return HiddenMarkovModel(
        states=states, pseudocount=prior / (2 * states), lbfgs_steps=400, random_state=seed
    )
