"""Experiment: whether entangling power retains and disentangling power forgets, in random cells."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import (
    CellDesign,
    MeasuredCell,
    average_entangling_power,
    average_retention,
    disentangling_power,
    entangling_power,
    memory_distance,
    noisy_sine,
    split_in_time,
)
from qrnnlib.cell import engine
from qrnnlib.cell.design import Weights
from qrnnlib.physics.entanglement import entropy_in_bits

QUESTION = (
    "Over random cells, does more entangling power write and keep more, and does a disentangler "
    "disentangle and forget?"
)

#: Name -> the disentangler that follows the entangler in a step.
ENDINGS: dict[str, str | None] = {"none": None, "own": "own", "inverse": "inverse"}
#: Couplings of canonical cells are uniform from 0 to the strength; pi/2 covers every gate.
STRENGTHS = (0.25, 0.5, 1.0, round(np.pi / 2, 6))
CELLS, BLOCKS = 20, 3

#: Position of the changed input, and its two values.
POSITION, VALUES = 5, (-0.8, 0.8)
#: With ancillas as large as the sides, three starts find the same value as twenty-four.
SEARCH: dict[str, Any] = {"ancillas": (4, 4), "restarts": 3, "random_state": 0}


def tasks() -> list[dict[str, Any]]:
    """Return one task for each block of cells of a kind; ring circuits have no strength."""
    kinds = [("ring", None), *(("canonical", strength) for strength in STRENGTHS)]
    return [
        {"ansatz": ansatz, "strength": strength, "seed": seed, "cells": CELLS}
        for ansatz, strength in kinds
        for seed in range(BLOCKS)
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Return lists with an entry per cell; the three variants of a cell share its angles."""
    rng = np.random.default_rng(task["seed"])
    paper = CellDesign(2, 2, 2, ansatz=task["ansatz"])
    contexts = split_in_time(noisy_sine(random_state=task["seed"]), steps=14).X_train[::4]
    found = [
        _one_cell(paper, _drawn(paper, task["strength"], rng), contexts)
        for _ in range(task["cells"])
    ]
    return {name: [one[name] for one in found] for name in found[0]}


def _drawn(design: CellDesign, strength: float | None, rng: np.random.Generator) -> Weights:
    """Return random initial weights, with the couplings scaled by a strength."""
    weights = design.initial_weights(rng)
    if strength is not None:
        for name in ("entangler", "disentangler"):
            weights[name][:, design.qubits :] *= strength
    return weights


def _one_cell(paper: CellDesign, weights: Weights, contexts: NDArray[np.float64]) -> dict[str, Any]:
    cell = MeasuredCell(weights, paper)
    entangler, disentangler = cell.unitary("entangler"), cell.unitary("disentangler")
    found: dict[str, Any] = {
        "entangler_power": average_entangling_power(entangler),
        "disentangler_power": average_entangling_power(disentangler),
        # In ebits; each is a lower bound, found by a search.
        "entangler_k_up": entangling_power(entangler, **SEARCH).value,
        "disentangler_k_down": disentangling_power(disentangler, **SEARCH).value,
    }
    for name, ending in ENDINGS.items():
        design = replace(paper, disentangler=ending)
        own = {key: weights[key] for key in design.weight_shapes}
        joint = MeasuredCell(own, design).unitary()
        channel = MeasuredCell(own, replace(design, collapse="channel"))
        distance = memory_distance(channel, contexts, VALUES, position=POSITION)
        found[f"{name}_power"] = average_entangling_power(joint)
        found[f"{name}_written"], found[f"{name}_kept"] = average_retention(joint)
        found[f"{name}_distance"] = distance.mean(axis=0)[:5].tolist()
        found[f"{name}_tied"] = _tied(design, own, contexts)
    return found


def _tied(design: CellDesign, weights: Weights, contexts: NDArray[np.float64]) -> list[float]:
    """Return the entanglement of system and memory in ebits, after the entangler and at the end.

    It is the mean over all steps of a cell that keeps the most likely outcomes, whose states are
    pure. Without a disentangler the two values are equal.
    """
    after = engine.run(design, weights, contexts, np.zeros_like(contexts)).memories
    empty = np.zeros_like(after[:, :1])
    empty[..., 0] = 1.0
    memories = np.concatenate([empty, after[:, :-1]], axis=1)
    with engine.double_precision():
        systems = np.asarray(engine.encode(design, weights, contexts.T)).transpose(2, 0, 1)
    states = np.einsum("bts,btm->btsm", systems, memories).reshape(-1, 16)
    cell = MeasuredCell(weights, design)
    tied = []
    for part in ("entangler", "joint"):
        tables = (states @ cell.unitary(part).full().T).reshape(-1, 4, 4)
        spectra = np.linalg.svd(tables, compute_uv=False) ** 2
        tied.append(float(np.mean([entropy_in_bits(spectrum) for spectrum in spectra])))
    return tied
