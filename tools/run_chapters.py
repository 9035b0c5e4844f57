"""Run the chapters that have changed, several at a time, into the cache that the build reads.

The build itself runs one chapter after the other. What fails here is left to it: it runs such a
chapter again, and reports the error.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from build_book import ROOT
from jupyter_cache import get_cache
from jupyter_cache.executors.basic import ExecutionWorkerLocalSerial, ProcessData

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from chapter_states import forget_outdated
from chapters import toc

#: Compares times, so nothing else may run beside it: left to the build.
ALONE = {"many-runs"}
MYST = {"type": "plugin", "name": "myst_nb_md"}  # how the build reads a chapter
SECONDS = 300  # at most for a cell, as in _config.yml
MOST = 4  # at a time: each needs up to a gigabyte


def run(work: ProcessData) -> tuple[str, int, float]:
    """Run one chapter; return its name, 0 if it is in the cache now, and the seconds taken."""
    start = time.monotonic()
    quiet = logging.getLogger("chapters")
    quiet.setLevel(logging.CRITICAL)
    status, uri = ExecutionWorkerLocalSerial(quiet)(work)
    return Path(uri).stem, status, time.monotonic() - start


def run_all(paths: list[Path], folder: Path) -> None:
    """Run the chapters that are not in the cache in this folder, and print which did."""
    cache = get_cache(str(folder))
    for path in paths:
        if "{code-cell}" in path.read_text(encoding="utf-8"):
            cache.add_nb_to_project(str(path), read_data=MYST)
    work = [
        ProcessData(record.pk, record.uri, cache, SECONDS, False)
        for record in cache.list_unexecuted()
    ]
    jobs = min(MOST, os.cpu_count() or 1)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, max(1, len(work))), spawn) as pool:
        for done in as_completed([pool.submit(run, each) for each in work]):
            name, status, seconds = done.result()
            print(f"  {name}: {'failed' if status else 'ran'} in {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    pages = [page for part in toc().values() for page in part if page not in ALONE]
    run_all([ROOT / "book" / f"{page}.md" for page in pages], forget_outdated())
