"""How long something takes."""

import time
from collections.abc import Callable
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """Return how many seconds one call took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
