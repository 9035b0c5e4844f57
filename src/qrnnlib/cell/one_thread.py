"""Linear algebra on one thread, for computations of many small products.

Threads would wait for one another longer than they compute. The number of threads is a setting of
the whole process, so the first to ask for one thread notes it and the last to finish restores it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


@cache
def _linear_algebra() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")


class _Users:
    """How many computations run now, and what was set before the first."""

    def __init__(self) -> None:
        self.lock, self.count = threading.Lock(), 0
        self.before: Any = None


_users = _Users()


@contextmanager
def one_thread() -> Iterator[None]:
    """Return a context in which NumPy's products run on the thread that asks for them.

    Examples
    --------
    >>> import numpy as np
    >>> with one_thread():
    ...     np.eye(2) @ np.eye(2)
    array([[1., 0.],
           [0., 1.]])
    """
    with _users.lock:
        if not _users.count:
            _users.before = _linear_algebra().limit(limits=1)
        _users.count += 1
    try:
        yield
    finally:
        with _users.lock:
            _users.count -= 1
            if not _users.count:
                _users.before.restore_original_limits()
