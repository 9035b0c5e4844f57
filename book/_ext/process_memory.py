"""RAM used by processes: by an executed chapter, or by a whole JupyterLab.

A page of RAM that several processes share, such as a library's code, is divided among them (Linux
calls this the proportional set size), so that the sum over a family of processes counts it once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psutil


def held_by(processes: list[psutil.Process]) -> int:
    """Return the total RAM of these processes in bytes."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            memory = process.memory_full_info()
            # Where the operating system does not divide shared pages (macOS), they do not count.
            total += getattr(memory, "pss", 0) or memory.uss
    return total


class Peak:
    """The maximum footprint so far in bytes; ``None`` as long as there was none."""

    held: int | None = None

    def note(self, held: int) -> None:
        """Update the maximum with `held`."""
        if held:
            self.held = max(held, self.held or 0)


@contextlib.contextmanager
def peak_of_children(seconds: float = 0.3) -> Iterator[Peak]:
    """Record the peak RAM of all processes that this one starts, sampled every `seconds`."""
    peak, over = Peak(), threading.Event()
    here = psutil.Process()
    before = set(here.children(recursive=True))

    def watch() -> None:
        while not over.wait(seconds):
            peak.note(held_by([p for p in here.children(recursive=True) if p not in before]))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()
