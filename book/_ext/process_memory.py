"""How much memory programs hold: what an executed chapter took, and what a whole JupyterLab takes.

A page of memory that several processes share, such as a library's code, is divided among them
(Linux calls this the proportional set size), so that the sum over a family counts it once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psutil


def held_by(processes: list[psutil.Process]) -> int:
    """Return the bytes that these processes hold together."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            memory = process.memory_full_info()
            # Where the kernel does not divide shared pages (macOS), they are left out.
            total += getattr(memory, "pss", 0) or memory.uss
    return total


class Peak:
    """The most bytes seen so far; ``None`` as long as nothing was held."""

    held: int | None = None

    def note(self, held: int) -> None:
        """Remember `held` if it is more than was seen before."""
        if held:
            self.held = max(held, self.held or 0)


@contextlib.contextmanager
def peak_of_children(seconds: float = 0.3) -> Iterator[Peak]:
    """Watch the memory of all processes that this one starts, as often as every `seconds`."""
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
