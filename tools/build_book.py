"""Execute every chapter, build the book, and print which file to open.

``make book`` calls this. The full output goes to ``_build/build.log``, its important lines to the
terminal. A build that hangs (which happened once in fifty) is stopped and tried once more; chapters
that it executed come from the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"
LOG = BUILD / "build.log"
#: In the folder of the pages, so that it is deleted with them.
BUILT_FROM = BUILD / "html" / ".built-from"
SOURCES = ("book", "src", "data", "tools", "_config.yml", "requirements.txt", "CITATION.cff")
#: Longest time without output, in seconds; on a slow machine a chapter takes two minutes.
LIMIT = 600
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
COMMAND = [str(JUPYTER_BOOK), "build", "book", "--config", "_config.yml", "--path-output"]
STRICT = ["-W", "-n", "--keep-going"]  # warnings fail the build, after all have been printed
SHOWN = re.compile(r"Execut(ing|ed) notebook|Using cached|WARNING|ERROR|rror:|Traceback|problems")
# Remarks that appear at every start of a kernel.
HIDDEN = re.compile(r"Kernel is running over TCP without encryption|Executing notebook using")
#: Settings of the kernels: pictures for the page (book/_ext/drawings.py) and for the PDF.
KERNELS = 'c.InlineBackend.figure_formats = {"svg", "png"}\n'
MATPLOTLIB = "svg.fonttype: none\nsvg.hashsalt: qrnn-book\n"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def end_tree(process: subprocess.Popen[Any]) -> None:
    """Kill a build and the kernels it started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()


def environment() -> dict[str, str]:
    """Return the environment in which chapters run, and the book is built."""
    profile = BUILD / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNELS, encoding="utf-8")
    (profile / "matplotlibrc").write_text(MATPLOTLIB, encoding="utf-8")
    return {
        "JAX_PLATFORMS": "cpu",  # the same numbers everywhere, no messages about GPUs
        **os.environ,
        "IPYTHONDIR": str(profile.parent),
        "MATPLOTLIBRC": str(profile),
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }


def run_chapters() -> None:
    """Run several chapters at a time into the cache; what fails is run again by the build."""
    program = [sys.executable, str(ROOT / "tools" / "run_chapters.py")]
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(program, env=environment(), **quiet) as process:
        try:
            process.wait()
        except KeyboardInterrupt:
            end_tree(process)
            raise


def build_once(
    builder: str = "html", options: Sequence[str] = STRICT, output: Path = ROOT
) -> int | None:
    """Build into ``OUTPUT/_build/BUILDER``; return the exit status, or None if the build hung."""
    BUILD.mkdir(exist_ok=True)
    # Always rebuild all pages, from executed chapters in the cache: otherwise an unchanged page
    # would not repeat its warnings, and a deleted page would stay.
    for made in (builder, ".doctrees"):
        shutil.rmtree(output / BUILD.name / made, ignore_errors=True)
    late = threading.Event()
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [*COMMAND, str(output), "--builder", builder, *options],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):

        def stop() -> None:
            late.set()
            end_tree(process)

        timer = threading.Timer(LIMIT, stop)
        timer.start()
        try:
            for coloured in process.stdout or ():
                timer.cancel()
                timer = threading.Timer(LIMIT, stop)
                timer.start()
                line = COLOURS.sub("", coloured)
                log.write(line)
                if SHOWN.search(line) and not HIDDEN.search(line):
                    print(" ", line.rstrip().replace(f"{ROOT}{os.sep}", ""), flush=True)
            status = process.wait()
        except KeyboardInterrupt:
            end_tree(process)
            raise
        finally:
            timer.cancel()
    return None if late.is_set() else status


def last_lines(path: Path, count: int) -> str:
    """Return the last `count` lines of a log, without colours."""
    return "\n".join(COLOURS.sub("", path.read_text(encoding="utf-8")).splitlines()[-count:])


def build(builder: str = "html") -> bool:
    """Build, again if the first build hangs; print errors, and return whether it succeeded."""
    run_chapters()
    status = build_once(builder)
    if status is None:
        print(f"The build printed nothing for {LIMIT} s. Trying once more.", flush=True)
        status = build_once(builder)
    if status is None:
        print(f"The build hung twice; its output is in {LOG.relative_to(ROOT)}.", file=sys.stderr)
    elif status:
        for report in sorted(BUILD.glob(f"{builder}/reports/*.err.log")):
            print(f"\n{report.stem}:\n{last_lines(report, 20)}", file=sys.stderr)
        if "WARNING" not in LOG.read_text(encoding="utf-8"):
            print(last_lines(LOG, 40), file=sys.stderr)  # not an error in a page: print the log
        name = LOG.relative_to(ROOT)
        print(
            f"The book was not built without errors: see above, or all of {name}.", file=sys.stderr
        )
    return status == 0


def sources() -> str:
    """Return a hash of everything that the built pages depend on."""
    digest = hashlib.sha256()
    weather = os.environ.get("QRNNLIB_WEATHER_DIR", "")
    for name in (*SOURCES, *filter(None, [weather])):
        root = ROOT / name  # a weather folder's absolute path replaces ROOT
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def main() -> int:
    """Build the book, unless it is up to date."""
    start = time.monotonic()
    state = sources()
    if BUILT_FROM.is_file() and BUILT_FROM.read_text(encoding="utf-8") == state:
        print("The book is built, and nothing has changed since. Open _build/html/index.html")
        return 0
    print("Building the book ...", flush=True)
    if not build():
        return 1
    BUILT_FROM.write_text(state, encoding="utf-8")
    print(f"The book is built ({time.monotonic() - start:.0f} s). Open _build/html/index.html")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
