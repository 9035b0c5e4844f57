"""Do what Binder does with this project, and then what a student does: ``make rehearse``.

A copy of the project gets a new environment from ``.binder``, and JupyterLab starts in it. Each
chapter is opened at the address of its launch button and run from top to bottom, and one of its
live figures is operated. A chapter fails if it does not open as a notebook, ends in an error or
takes more than a minute. If JupyterLab and its kernels use more RAM than Binder allows, everything
is killed at once, as Binder would do. ``--python`` uses an existing environment instead of a new
one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from chromium import CHROMIUM, FLAGS
from lab import Lab, environment, jupyterlab
from playwright.sync_api import Error, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))
from chapters import toc  # noqa: E402

PLACE = ROOT / "_build" / "rehearsal"
MEMORY = 2 * 1024**3  # bytes of RAM for all of JupyterLab; Binder's usual limit
SECONDS = 60  # for a chapter, from the first cell to the last
PATIENCE = 300  # seconds after which a chapter is abandoned
LEFT_OUT = (".git", ".venv", "_build", ".cache", "__pycache__", "*.egg-info", ".*_cache")

# JavaScript run in the page, where `jupyterapp` is JupyterLab itself.
OPENED = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady === true"
RUN = """() => { window.through = false;
  window.jupyterapp.commands.execute("notebook:run-all-cells")
    .finally(() => { window.through = true; }); }"""
# The result of each code cell: whether it ran, its errors, and whether it shows a live figure.
CELLS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.map((cell) => ({
  ran: cell.cell_type !== "code" || !cell.source.length || cell.execution_count !== null,
  errors: (cell.outputs ?? []).filter((o) => o.output_type === "error").map((o) => o.evalue),
  live: (cell.outputs ?? []).some(
    (o) => o.data && "application/vnd.jupyter.widget-view+json" in o.data),
}))"""
SCROLL = "(cell) => window.jupyterapp.shell.currentWidget.content.scrollToItem(cell, 'center')"


class FaultError(Exception):
    """A failure that a student would meet."""


def chapters() -> list[str]:
    """Return the pages that have code, in the order of the book."""
    text = {
        page: (ROOT / "book" / f"{page}.md").read_text(encoding="utf-8")
        for pages in toc().values()
        for page in pages
    }
    return [page for page in text if "{code-cell}" in text[page]]


def held_by(processes: list[psutil.Process]) -> int:
    """Return the RAM of these processes in bytes.

    A page that several of them share, such as a library's code, is divided among them (Linux calls
    this the proportional set size), so that it counts once.
    """
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            memory = process.memory_full_info()
            # Where the operating system does not divide shared pages (macOS), they do not count.
            total += getattr(memory, "pss", 0) or memory.uss
    return total


def prepare(python: str | None) -> tuple[Path, Path, dict[str, str]]:
    """Copy the project and create its environment; return the copy, its Python, its variables."""
    shutil.rmtree(PLACE, ignore_errors=True)
    copy = PLACE / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    if python is None:
        make = ["sh", "tools/environment", sys.executable, "venv", ".binder/requirements.txt"]
        subprocess.run([*make, "venv/.installed"], cwd=copy, check=True)
        installed = copy / "venv" / "bin" / "python"
    else:
        installed = Path(python).absolute()
    variables = environment(PLACE / "home")
    variables["PATH"] = f"{installed.parent}{os.pathsep}{variables['PATH']}"
    variables.pop("JAX_COMPILATION_CACHE_DIR", None)  # start without compiled programs
    if python is not None:
        variables["PYTHONPATH"] = str(copy / "src")  # the copy's library, not the one installed
    subprocess.run(["sh", ".binder/postBuild"], cwd=copy, env=variables, check=True)
    return copy, installed, variables


class Guard:
    """A monitor of JupyterLab's RAM, kernels included, which kills them at the limit."""

    def __init__(self, lab: Lab) -> None:
        self.lab = psutil.Process(lab.process.pid)
        self.peak = 0  # bytes
        self.processor = 0.0  # CPU seconds of the kernels
        self.over = False

    def watch(self, stop: threading.Event) -> None:
        """Measure five times a second, until `stop` is set."""
        while not stop.wait(0.2):
            with contextlib.suppress(psutil.NoSuchProcess):
                family = [self.lab, *self.lab.children(recursive=True)]
                held = held_by(family)
                self.peak = max(self.peak, held)
                spent = [member.cpu_times() for member in family[1:]]
                self.processor = max(self.processor, sum(t.user + t.system for t in spent))
                if held > MEMORY:
                    self.over = True
                    for member in reversed(family):
                        with contextlib.suppress(psutil.NoSuchProcess):
                            member.kill()
                    return

    @contextlib.contextmanager
    def on_duty(self) -> Iterator[None]:
        """Monitor in a thread until the block ends."""
        stop = threading.Event()
        watcher = threading.Thread(target=self.watch, args=(stop,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            stop.set()
            watcher.join()


def move_figure(tab: Page, cell: int) -> str:
    """Operate the first live figure as a reader would; return the name of the control used."""
    tab.evaluate(SCROLL, cell)
    figure = tab.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .qrnn-live").first
    figure.scroll_into_view_if_needed()
    words = figure.get_by_role("img").first
    before = words.get_attribute("aria-label") or ""
    for slider in figure.locator("input[type=range]:not([disabled]):visible").all():
        for key in ("End", "Home"):
            slider.focus()
            slider.press(key)
            with contextlib.suppress(AssertionError):
                expect(words).not_to_have_attribute("aria-label", before, timeout=2000)
                return (
                    slider.evaluate("(e) => e.labels?.[0]?.textContent ?? e.ariaLabel") or "slider"
                )
    for button in figure.locator("button:not([disabled]):visible").all():
        button.click()
        with contextlib.suppress(AssertionError):
            expect(words).not_to_have_attribute("aria-label", before, timeout=2000)
            return button.text_content() or "button"
    raise FaultError("its live figure responds to no slider or button")


def rehearse_chapter(tab: Page, lab: Lab, guard: Guard, chapter: str) -> dict[str, str | float]:
    """Open a chapter, run it, operate a figure; return the entries of the report."""
    tab.goto(f"{lab.address}/lab/tree/book/{chapter}.md?reset&token={lab.token}")
    try:
        tab.wait_for_function(OPENED, timeout=90_000)
    except Error:
        raise FaultError("it does not open as a notebook with a kernel") from None
    start = time.monotonic()
    tab.evaluate(RUN)
    while not tab.evaluate("window.through"):
        if guard.over or time.monotonic() - start > PATIENCE:
            raise FaultError(f"it had not finished after {time.monotonic() - start:.0f} s")
        time.sleep(0.2)
    seconds = time.monotonic() - start
    cells = tab.evaluate(CELLS)
    errors = [error for cell in cells for error in cell["errors"]]
    if errors:
        raise FaultError(f"a cell ends in an error: {errors[0]}")
    if not all(cell["ran"] for cell in cells):
        raise FaultError("not every cell ran")
    if seconds > SECONDS:
        raise FaultError(f"it takes {seconds:.0f} s")
    live = [index for index, cell in enumerate(cells) if cell["live"]]
    return {"seconds": round(seconds, 1), "moved": move_figure(tab, live[0]) if live else ""}


def rehearse(only: list[str], python: str | None) -> int:
    """Rehearse the chapters and write ``_build/rehearsal/report.json``; return the exit status."""
    copy, installed, variables = prepare(python)
    report, faults = {}, 0
    with (
        jupyterlab(copy, PLACE / "jupyter.log", variables, installed) as lab,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
    ):
        for chapter in only or chapters():
            guard = Guard(lab)
            tab = browser.new_page(viewport={"width": 1280, "height": 1000})
            tab.set_default_timeout(PATIENCE * 1000)
            with guard.on_duty():
                try:
                    told = rehearse_chapter(tab, lab, guard, chapter)
                except (FaultError, Error) as fault:
                    told = {"fault": str(fault).splitlines()[0]}
            if guard.over:
                told = {"fault": f"JupyterLab and its kernels hold more than {MEMORY / 1e9:.2f} GB"}
            told["peak_memory_bytes"] = guard.peak
            told["processor_seconds"] = round(guard.processor, 1)
            report[chapter] = told
            said = told.get("fault") or f"{told['seconds']} s; moved: {told['moved'] or 'nothing'}"
            said += f"; {guard.processor:.0f} s of a processor"
            print(f"  {chapter}: {said}; {told['peak_memory_bytes'] / 1e9:.2f} GB", flush=True)
            faults += "fault" in told
            if guard.over:
                break
            # One chapter at a time: shut this kernel down before the next chapter.
            with contextlib.suppress(Error):
                tab.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
            tab.close()
    (PLACE / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(
        f"{len(report) - faults} of {len(report)} chapters went well."
        if faults
        else "All went well."
    )
    return 1 if faults else 0


def main() -> int:
    """Parse the command line and rehearse; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapter", nargs="*", help="which chapters; all by default")
    parser.add_argument("--python", help="use this environment's Python instead of a new one")
    options = parser.parse_args()
    if CHROMIUM is None:
        print("A rehearsal needs Chromium (on Debian: sudo apt install chromium).", file=sys.stderr)
        return 1
    return rehearse(options.chapter, options.python)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
