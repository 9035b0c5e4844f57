"""A context for many small matrix products."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController


@contextmanager
def small_products() -> Iterator[None]:
    """Return a context in which products use one thread and overflow without a warning.

    Threads would wait for one another longer than they compute. A diverging run is discarded, but
    is not a warning.
    """
    with _linear_algebra().limit(limits=1), np.errstate(all="ignore"):
        yield


@cache
def _linear_algebra() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")
