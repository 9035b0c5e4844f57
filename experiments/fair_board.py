"""Experiment: the strongest plain forecasts, other quantum networks and our cell, on one board."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.board.models import MODELS, RANDOM
from experiments.board.problems import Problem, problem_of
from experiments.scoreboard import FOUR_YEARS

Reals = NDArray[np.float64]

QUESTION = "How far do the forecasts of each model miss when every model is given its chance?"

#: Fresh draws: lower seeds were seen when the board was built, or belong to other experiments.
SEEDS = range(800, 810)

PROBLEMS: dict[str, dict[str, Any]] = {
    "sine of 300": {
        "kind": "sine", "points": 300, "noise": 0.1, "train": 0.8, "windows": [10, 30],
    },
    "sine of 100": {
        "kind": "sine", "points": 100, "noise": 0.1 * 2**0.5, "train": 0.8, "windows": [10, 20],
    },
    **{
        f"Ontario {year}": {"kind": "weather", "years": [year], "train": 0.7, "windows": [10, 20]}
        for year in range(2020, 2025)
    },
    "Ontario 2024 from 2020-2023": {
        "kind": "weather", "years": [2020, 2021, 2022, 2023, 2024], "train": FOUR_YEARS,
        "windows": [10, 20],
    },
    "NARMA-10": {"kind": "narma", "points": 400, "train": 0.7, "windows": [10, 20]},
    "Mackey-Glass": {"kind": "mackey-glass", "points": 400, "train": 0.7, "windows": [10, 20]},
    **{
        f"delay of {lag}": {
            "kind": "delay", "lag": lag, "points": 400, "train": 0.7, "windows": [12],
        }
        for lag in (1, 2, 4, 7, 10)
    },
}  # fmt: skip


WEATHER = ("weather",)
WAVES = ("sine", "mackey-glass")
OTHERS = (*WAVES, "narma")
NOT_DELAY = (*WEATHER, *OTHERS)
EVERYWHERE = (*NOT_DELAY, "delay")
#: The circuits of these take long to train.
FEW = ("sine of 100",)

#: Model -> the kinds of problem, or the names of problems, that it is on.
PLACES: dict[str, tuple[str, ...]] = {
    "persistence": (*WEATHER, *WAVES),
    "a year ago": ("Ontario 2024 from 2020-2023",),
    "climatology": ("Ontario 2024 from 2020-2023",),
    "ridge": EVERYWHERE,
    "ridge, window chosen": NOT_DELAY,
    "exponential smoothing": (*WEATHER, *WAVES),
    "ARIMA": (*WEATHER, *WAVES),
    "season + one lag": WEATHER,
    "season + ARMA": WEATHER,
    "season + ARMA, chosen": WEATHER,
    "sinusoid": WAVES,
    "Kalman oscillator": WAVES,
    "boosted trees": NOT_DELAY,
    "echo states": EVERYWHERE,
    "LSTM": NOT_DELAY,
    "GRU": EVERYWHERE,
    "GRU on anomalies": WEATHER,
    "our small cell": EVERYWHERE,
    "our small cell on anomalies": WEATHER,
    "our light cell": (*OTHERS, "delay"),
    "quantum reservoir": EVERYWHERE,
    "QLSTM": FEW,
    "Li's QRNN": FEW,
    "Viqueira's QRNN": FEW,
    "Bausch's RVQE": FEW,
    "our cell": NOT_DELAY,
    "our cell on anomalies": WEATHER,
}


def tasks() -> list[dict[str, Any]]:
    """Return all tasks; one seed is enough where nothing is random."""
    return [
        {"problem_name": name, "problem": problem, "model": model, "seed": seed}
        for model, places in PLACES.items()
        for name, problem in PROBLEMS.items()
        if problem["kind"] in places or name in places
        for seed in (SEEDS if model in RANDOM or problem["kind"] != "weather" else SEEDS[:1])
    ]


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Fit one model to the training part once, and return its errors in the test part.

    Returns
    -------
    dict
        ``parameters``, ``trials`` and ``chosen`` as in `experiments.board.forecaster.Forecaster`;
        ``train_points`` and ``test_points``; ``mse`` in scaled units, ``test_rmse`` in units
        of the series; for the sine ``wave_mse``, the scaled mean squared distance from the clean
        sine; for networks, the errors again for the start of training and for the linear part of
        its result, as ``start_mse``, ``linear_mse`` and so on; on weather ``losses``, the
        squared error of each judged day in squared units, to three decimals. (Without their signs,
        since differences of neighbouring days would be the data.)
    """
    problem = problem_of(task["problem"], task["seed"])
    model = MODELS[task["model"]](task["seed"]).fit(problem)
    forecasts = model.forecast(problem, problem.first)
    misses = _misses(problem, forecasts)
    result: dict[str, Any] = {
        "parameters": model.parameters_,
        "trials": model.trials_,
        "chosen": model.chosen_,
        "train_points": problem.first,
        "test_points": len(problem.judged),
        "test_rmse": float(np.sqrt(np.mean(misses**2)) * problem.unit_scale),
        **_errors(problem, forecasts),
    }
    for name, part in model.parts(problem, problem.first).items():
        result |= {f"{name}_{key}": value for key, value in _errors(problem, part).items()}
    if problem.periodic:
        result["losses"] = np.round((misses * problem.unit_scale) ** 2, 3).tolist()
    return result


def _misses(problem: Problem, forecasts: Reals) -> Reals:
    misses: Reals = (forecasts - problem.targets[problem.first :])[problem.judged - problem.first]
    return misses


def _errors(problem: Problem, forecasts: Reals) -> dict[str, float]:
    errors = {"mse": float(np.mean(_misses(problem, forecasts) ** 2))}
    if problem.clean is not None:
        away = (forecasts - problem.clean[problem.first :])[problem.judged - problem.first]
        errors["wave_mse"] = float(np.mean(away**2))
    return errors
