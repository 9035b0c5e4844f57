"""The run time and RAM of each chapter: measured, stored, and shown below its title.

MyST-NB measures the seconds. The RAM is that of the processes that exist only while a chapter runs:
its kernel and the kernel's workers. Nothing is added to a notebook. Both numbers are stored with
the executed chapter in Jupyter-Cache, so they survive builds in which it does not run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import myst_nb.core.execute
from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from myst_nb.core.execute.cache import NotebookClientCache
from myst_nb.sphinx_ import NbMetadataCollector
from process_memory import peak_of_children
from sphinx.application import Sphinx
from sqlalchemy.orm import Session

KEY = "peak_memory_bytes"


class MeasuringClient(NotebookClientCache):
    """MyST-NB's client for cached notebooks, which also records the peak RAM."""

    def start_client(self) -> None:
        """Take the notebook from the cache, or run it and record its peak RAM."""
        with closed_afterwards() as get:
            with peak_of_children() as peak:
                super().start_client()
            if self.exec_metadata and self.exec_metadata["succeeded"]:
                self.keep(peak.held, get(self.nb_config.execution_cache_path))

    def keep(self, held: int | None, cache: JupyterCacheBase) -> None:
        """Store the peak RAM with the executed notebook, or read it from there."""
        kept = cache.match_cache_notebook(self.notebook)
        if held is None:  # it did not run now: use the value of its last run
            self.exec_metadata[KEY] = (kept.data or {}).get(KEY)
        else:
            self.exec_metadata[KEY] = held
            with Session(cache.db) as session:
                record = session.get(NbCacheRecord, kept.pk)
                record.data = {**(record.data or {}), KEY: held}
                session.commit()


@contextmanager
def closed_afterwards() -> Iterator[Callable[[str], JupyterCacheBase]]:
    """Yield a function that opens a cache, which MyST-NB uses too; close all databases at the end.

    Jupyter-Cache leaves this to the garbage collector, about which Python 3.13 warns.
    """
    opened = []

    def get(path: str) -> JupyterCacheBase:
        opened.append(get_cache(path))
        return opened[-1]

    with mock.patch("myst_nb.core.execute.cache.get_cache", get):
        try:
            yield get
        finally:
            for cache in opened:
                cache.db.dispose()


def recorded(app: Sphinx, page: str) -> dict[str, float]:
    """Return what is known about a page's last run: seconds, and bytes of RAM if measured."""
    data = NbMetadataCollector.get_exec_data(app.env, page) or {}
    known = {"seconds": data.get("runtime"), KEY: data.get(KEY)}
    return {name: round(value, 2) for name, value in known.items() if value is not None}


def told(run: dict[str, float]) -> str:
    """Return a sentence about a run.

    >>> told({"seconds": 41.7, "peak_memory_bytes": 912_000_000})
    'The code on this page ran in 42 seconds and took 0.9 GB of memory.'
    >>> told({"seconds": 0.4})
    'The code on this page ran in 1 second.'
    """
    seconds = max(1, round(run["seconds"]))
    time = f"{seconds} second{'s' if seconds > 1 else ''}"
    memory = f" and took {run[KEY] / 1e9:.1f} GB of memory" if KEY in run else ""
    return f"The code on this page ran in {time}{memory}."


def tell(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Insert the sentence below a chapter's title or, on the front page, at the end."""
    run = recorded(app, page)
    title = doctree.next_node(nodes.title)
    if title is not None and "seconds" in run:
        sentence = nodes.inline(text=told(run), classes=["run-record"])
        front = page == app.config.root_doc
        place = len(title.parent) if front else title.parent.index(title) + 1
        title.parent.insert(place, nodes.paragraph("", "", sentence))


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the records of all pages to ``_build/run-times.json``, for tests and terminal."""
    if exception is not None or app.builder.name != "html":
        return
    runs = {page: recorded(app, page) for page in sorted(app.env.found_docs)}
    Path(app.outdir).parent.joinpath("run-times.json").write_text(
        json.dumps({page: run for page, run in runs.items() if run}, indent=2) + "\n",
        encoding="utf-8",
    )


def setup(app: Sphinx) -> dict:
    """Replace MyST-NB's client, and register the event handlers."""
    # MyST-NB looks up its client under this name, and has no setting for it.
    myst_nb.core.execute.NotebookClientCache = MeasuringClient
    app.connect("doctree-resolved", tell)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
