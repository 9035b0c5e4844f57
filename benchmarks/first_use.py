"""What people feel: the first fit of a process, the second, and one forecast.

Each fit runs in a process of its own, with the default settings and nothing cached, and the models
take turns: our default cell, the paper's cell, a classical LSTM. Importing the library is not
counted. The fit with a cache is that of a process that finds JAX's cache of an earlier one
(JAX_COMPILATION_CACHE_DIR).
"""

import json
import os
import subprocess
import sys
import tempfile
from statistics import median

import numpy as np

import qrnnlib
from benchmarks.timing import median_ratio, seconds
from qrnnlib.cell.engine import Forward

MODELS = {
    "ours": "QuantumLSTM(random_state=0, progress=False)",
    "paper": "QuantumLSTM.paper(random_state=0, progress=False)",
    "LSTM": "ClassicalLSTM(random_state=0, progress=False)",
}
PROGRAM = """
import json, time
from qrnnlib import ClassicalLSTM, QuantumLSTM, noisy_sine, split_in_time
split = split_in_time(noisy_sine(random_state=0))
times = []
for _ in range(2):
    start = time.perf_counter()
    {model}.fit(split.X_train, split.y_train)
    times.append(time.perf_counter() - start)
print(json.dumps(times))
"""
TURNS, CALLS = 3, 300
TARGETS = {
    "our first fit / the LSTM's first": 1.0,
    "our second fit / the LSTM's second": 3.0,
    "paper's first fit with a cache / without": 0.2,
    "predict of one window / its bare call": 3.0,
}  # at most


def fits(model: str, cache: str = "") -> tuple[float, float]:
    """Return the seconds of the first and of the second fit in a new process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    if cache:
        environment["JAX_COMPILATION_CACHE_DIR"] = cache
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(model=MODELS[model])],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    first, second = json.loads(said.splitlines()[-1])
    return first, second


def forecast() -> tuple[float, float, float]:
    """Return how many times its bare call a forecast of one window takes: median, range."""
    split = qrnnlib.split_in_time(qrnnlib.noisy_sine(random_state=0))
    model = qrnnlib.QuantumLSTM(epochs=1, lbfgs_steps=0, random_state=0, progress=False)
    model.fit(split.X_train, split.y_train)
    window = split.X_test[:1]
    bare = Forward(model.design()).by_hand(window)
    assert bare is not None
    weights = {name: array[None] for name, array in model.weights_.items()}
    return median_ratio(
        lambda: seconds(lambda: model.predict(window)),
        lambda: seconds(lambda: bare.forecasts(weights)),
        CALLS,
    )


def main() -> bool:
    """Print times and ratios; return True, as they compare times but no results."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else np.nan
    print(f"First use: {TURNS} turns, {os.cpu_count()} processors, load {load:.1f} at the start")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in MODELS}
    with tempfile.TemporaryDirectory() as cache:
        cached = []
        for _ in range(TURNS):
            for name in MODELS:
                times[name].append(fits(name))
            cached.append(fits("paper", cache))
        cached = cached[1:]  # the first one fills the cache
    for name, found in times.items():
        first, second = (median(turn[k] for turn in found) for k in (0, 1))
        print(f"  {name:6} first fit {first:7.2f} s   second {second:7.2f} s")
    ratios = {
        "our first fit / the LSTM's first": [
            a[0] / b[0] for a, b in zip(times["ours"], times["LSTM"], strict=True)
        ],
        "our second fit / the LSTM's second": [
            a[1] / b[1] for a, b in zip(times["ours"], times["LSTM"], strict=True)
        ],
        "paper's first fit with a cache / without": [
            a[0] / b[0] for a, b in zip(cached, times["paper"][1:], strict=True)
        ],
        "predict of one window / its bare call": list(forecast()),
    }
    print("\nRatio, with its range")
    for name, found in ratios.items():
        verdict = "met" if median(found) <= TARGETS[name] else "MISSED"
        print(
            f"  {name:42} {median(found):6.2f} ({min(found):.2f} to {max(found):.2f})"
            f"   target: at most {TARGETS[name]:g}, {verdict}"
        )
    return True


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
