"""Experiment: every model on the noisy sine and on Ontario weather, with ten seeds each."""

from typing import Any

from experiments.forecasts import row as row
from experiments.models import MODELS, Model

QUESTION = "How far do the forecasts of each model miss, with and without a leak in the scaling?"

#: Fresh draws: lower seeds were used to choose our cell's settings, or were seen in the process.
SEEDS = range(600, 610)

#: Share of the days of 2020-2023 in those of 2020-2024: 2024 is the test part.
FOUR_YEARS = 1461 / 1827

SERIES: dict[str, dict[str, Any]] = {
    "sine of 300": {
        "kind": "sine", "points": 300, "noise": 0.1, "train": 0.7, "validation": 0.1,
    },
    "sine of 100": {
        "kind": "sine", "points": 100, "noise": 0.1 * 2**0.5, "train": 0.8, "validation": 0.0,
    },
    **{
        f"Ontario {year}": {"kind": "weather", "years": [year], "train": 0.7, "validation": 0.0}
        for year in range(2020, 2025)
    },
    "Ontario 2024 from 2020-2023": {
        "kind": "weather", "years": [2020, 2021, 2022, 2023, 2024],
        "train": FOUR_YEARS, "validation": 0.0,
    },
}  # fmt: skip

#: The series in the paper's published table.
OWN_RANGE = ("sine of 300", "Ontario 2024")


def tasks() -> list[dict[str, Any]]:
    """Return all tasks; one seed is enough where nothing is random."""
    return [
        {
            "series_name": series_name,
            "series": series,
            "protocol": protocol,
            "model": name,
            "class": model.kind,
            "settings": model.settings_for(series["kind"]),
            "seed": seed,
        }
        for series_name, series in SERIES.items()
        for protocol in ("without a leak", "own range")
        if protocol == "without a leak" or series_name in OWN_RANGE
        for name, model in MODELS.items()
        if _applies(model, series, protocol)
        for seed in (SEEDS if model.random or series["kind"] == "sine" else SEEDS[:1])
    ]


def _applies(model: Model, series: dict[str, Any], protocol: str) -> bool:
    if model.kind != "Climatology":
        return True
    # A climatology needs training data from all seasons.
    return len(series.get("years", [])) > 1 and protocol == "without a leak"
