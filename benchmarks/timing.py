"""How long something takes."""

import statistics
import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Return how many seconds one call took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_ratio(
    one: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[float, float, float]:
    """Return the median, least and most of `one` over `other`, which take turns.

    Both return seconds. A busy machine disturbs the two halves of a turn much alike.
    """
    ratios = [one() / other() for _ in range(rounds)]
    return statistics.median(ratios), min(ratios), max(ratios)
