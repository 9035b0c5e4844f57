"""Create the virtual environment and install a requirements file into it.

Make calls this through the script ``environment`` when the stamp is older than its dependencies.
The stamp is written last, so that an unfinished environment is never taken for a finished one. Any
error becomes one sentence on standard error; pip's own output is in install.log.
"""

from __future__ import annotations

import locale
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from supported import LOWEST, TOO_NEW

SECONDS_PER_DOT = 5
#: Patterns in pip's output, and the cause of failure that each indicates.
CAUSES = (
    ("no space left", "the disk is full"),
    (
        "connection|timed out|timeout|name resolution|unreachable|SSLError|ProxyError"
        "|from versions: none",
        "no package registry could be reached, so check the network and pip's settings",
    ),
    (
        "No matching distribution|requires a different Python",
        f"a pinned package is not available for Python {sys.version.split()[0]}",
    ),
)


def fail(sentence: str) -> NoReturn:
    """Exit with one sentence on standard error."""
    sys.exit(f"qrnn-book: {sentence}")


def works(python: Path) -> bool:
    """Return whether the Python of an environment starts, is supported and has pip."""
    code = f"import pip, sys; sys.exit(not {LOWEST} <= sys.version_info[:2] < {TOO_NEW})"
    try:
        return subprocess.run([python, "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def make(python: str, venv: Path, inside: Path) -> list[str]:
    """Create an empty environment; return the command that runs pip for it."""
    try:
        if venv.is_dir() and not venv.is_symlink():
            shutil.rmtree(venv)
        venv.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"the folder {venv} cannot be recreated here ({error.strerror}).")
    create = [python, "-m", "venv"]
    made = subprocess.run([*create, venv], capture_output=True, text=True, errors="replace")
    if made.returncode == 0:
        return [str(inside), "-m", "pip"]
    # Debian's Python lacks ensurepip unless python3-venv is installed; use its own pip instead.
    pip = [python, "-m", "pip"]
    commands = ([*pip, "--version"], [*create, "--clear", "--without-pip", venv])
    if all(subprocess.run(command, capture_output=True).returncode == 0 for command in commands):
        return [*pip, "--python", str(inside)]
    shutil.rmtree(venv, ignore_errors=True)
    lines = [line.strip() for line in (made.stdout + made.stderr).splitlines() if line.strip()]
    fail(
        f"'{python}' cannot create a virtual environment, as its venv or its pip module is "
        "missing (on Debian and Ubuntu: apt install python3-venv); "
        f"its message: {lines[-1] if lines else 'none'}"
    )


def pip_settings(folder: Path) -> dict[str, str]:
    """Return the environment variables to add when pip runs."""
    settings = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}
    try:
        str(folder.resolve()).encode(locale.getencoding())
    except UnicodeEncodeError:
        # An editable install writes the folder's name in the locale's encoding, which cannot
        # express it.
        settings["LC_ALL"] = "C.UTF-8"
    return settings


def make_legible(venv: Path) -> None:
    """Let an editable install name its folder relative to its own, if not in ASCII.

    Python before 3.13 reads such a file in the locale's encoding, and does not start if it cannot.
    """
    for file in venv.glob("**/site-packages/__editable__*.pth"):
        lines = file.read_text(encoding="utf-8").splitlines()
        if not all(line.isascii() for line in lines):
            relative = [os.path.relpath(line, file.parent.resolve()) for line in lines]
            file.write_text("\n".join(relative) + "\n", encoding="utf-8")


def install(command: list[str], log: Path) -> int:
    """Run pip with its output in the log, print a dot every few seconds; return its exit status."""
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, **pip_settings(log.parent)}
        )
        try:
            while True:
                try:
                    return pip.wait(SECONDS_PER_DOT)
                except subprocess.TimeoutExpired:
                    print(".", end="", flush=True)
        finally:
            pip.terminate()
            pip.wait()


def cause(said: str) -> str:
    """Return a short reason for pip's failure, from its output."""
    for pattern, words in CAUSES:
        if re.search(pattern, said, re.IGNORECASE):
            return words
    errors = re.findall(r"^ *error.*", said, re.IGNORECASE | re.MULTILINE)
    return errors[0].strip() if errors else "pip gave no reason"


def main(python: str, venv: Path, requirements: str, stamp: Path) -> None:
    """Create the environment if it does not exist, install, and write the stamp."""
    inside = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    # Exists while pip changes the environment, and holds the stamps of earlier installations, so
    # that an interrupted installation does not count as finished.
    unfinished = venv / ".unfinished"
    log = venv / "install.log"
    if unfinished.exists() or not works(inside):
        pip = make(python, venv, inside)
        packages = ["pip"] if "--python" in pip else []
    else:
        pip, packages = [str(inside), "-m", "pip"], []
    print(
        f"Installing {requirements} into {venv} (the first time takes a minute or two) ",
        end="",
        flush=True,
    )
    try:
        stamp.unlink(missing_ok=True)
        unfinished.mkdir()
        for other in venv.glob(".installed*"):
            other.rename(unfinished / other.name)
        status = install([*pip, "install", *packages, "-r", requirements], log)
        said = log.read_text(encoding="utf-8", errors="replace")
        # If pip did not even begin to install, the environment is unchanged.
        if status == 0 or "\nInstalling collected packages" not in "\n" + said:
            for other in unfinished.iterdir():
                other.rename(venv / other.name)
            unfinished.rmdir()
        if status == 0:
            make_legible(venv)
            stamp.touch()
    except OSError as error:
        print()
        fail(f"the folder {venv} cannot be written to ({error.strerror}).")
    if status != 0:
        print()
        fail(f"installing {requirements} failed: {cause(said)} (pip's own output is in {log}).")
    print(" done.")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    try:
        main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    except KeyboardInterrupt:
        sys.exit(130)
