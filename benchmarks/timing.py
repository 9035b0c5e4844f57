"""Measurement of run times."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Return the duration of one call in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_ratio(
    one: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Return the median, minimum and maximum of the ratio `one` / `other`, called in turn.

    Both return seconds. Other load on the machine disturbs both calls of a turn about equally.
    """
    ratios = [one() / other() for _ in range(rounds)]
    return statistics.median(ratios), min(ratios), max(ratios)
