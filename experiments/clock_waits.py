"""Experiment: the waiting times that hidden Markov models learn from a quantum clock."""

from typing import Any

import numpy as np

from experiments.quantum_clock import CLOCKS, LENGTH, clock
from qrnnlib import HiddenMarkovModel

QUESTION = "Which waiting times do hidden Markov models learn from the ticks of a quantum clock?"

STATES, DRAWS = (4, 8), 2
#: The longest waiting time of which the probability is recorded.
LONGEST = 60


def tasks() -> list[dict[str, Any]]:
    """Return one task for each clock, number of states and draw."""
    return [
        {"cos": cos, "stays": stays, "length": LENGTH, "states": states, "seed": seed}
        for cos, stays in CLOCKS
        for states in STATES
        for seed in range(DRAWS)
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Return the probabilities of 1, 2, ... steps from a tick to the next under a fitted model."""
    seed, states = task["seed"], task["states"]
    truth = clock(task["cos"], task["stays"])
    symbols = truth.sample(task["length"], random_state=1_000 * (seed + 1))
    model = HiddenMarkovModel(states=states, lbfgs_steps=400, random_state=seed).fit([symbols])
    silent, tick = np.exp(model.weights_["transitions"]).swapaxes(0, 1)
    # The state just after a tick, in the long run: from one tick to the next.
    next_tick = np.linalg.solve(np.eye(states) - silent, tick)
    values, vectors = np.linalg.eig(next_tick.T)
    state = vectors[:, np.argmin(abs(values - 1))].real
    state = state / state.sum()
    waits = []
    for _ in range(LONGEST):
        waits.append(float(state @ tick.sum(axis=1)))
        state = state @ silent
    return {"waits": waits}
