"""Check README.md's table against the package registry: every pin must have a wheel in every cell.

The table is the only list of Python versions and systems. In each cell that is not refused, the
requirements files must resolve from wheels to nothing but their own pins, and the bounds in
pyproject.toml must resolve at their lowest and at their highest. Nothing is installed: uv can
resolve for any Python and system.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
#: The systems of the table -> their names in uv.
PLATFORMS = {
    "Linux on x86-64": "x86_64-manylinux_2_28",
    "Linux on ARM64": "aarch64-manylinux_2_28",
    "macOS on Apple silicon": "aarch64-apple-darwin",
    "Windows on x86-64": "x86_64-pc-windows-msvc",
}
#: Requirements on top of requirements.txt: none, for the benchmarks, or for `make soak`.
MORE = (
    (),
    ("benchmarks/requirements.txt",),
    ("tests/requirements.txt", "tools/requirements.txt"),
)
LIBRARY = ("pyproject.toml", "--extra", "test", "--extra", "live", "--extra", "cluster")


def cells(readme: str) -> dict[tuple[str, str], str]:
    """Return the table of a README: {(system, Python): tested, resolved or refused}."""
    rows = re.findall(r"^\| *(.+?) *\|$", readme.partition("| System |")[2], re.MULTILINE)
    header = re.search(r"^\| System \|(.*)\|$", readme, re.MULTILINE)
    if header is None:
        raise ValueError("README.md has no table that begins with '| System |'")
    pythons = [name.strip() for name in header[1].split("|")]
    table = {}
    for row in rows:
        system, *promises = (cell.strip() for cell in row.split("|"))
        if system in PLATFORMS:
            table.update(zip(((system, python) for python in pythons), promises, strict=True))
    return table


def pins(requirements: str) -> set[str]:
    """Return the pins of a requirements file as name==version, with normalised names."""
    found = re.findall(r"^([\w.-]+)==([\w.!+-]+)", requirements, re.MULTILINE)
    return {f"{re.sub('[-_.]+', '-', name).lower()}=={version}" for name, version in found}


def resolve(system: str, python: str, what: tuple[str, ...]) -> tuple[set[str], str]:
    """Return the pins that `what` resolves to in a cell, and uv's error message if it fails."""
    # uv takes 3.11 to mean 3.11.0.
    options = ["--python-version", python, "--python-platform", PLATFORMS[system]]
    options += ["--only-binary", ":all:", "--quiet", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [UV, "pip", "compile", *options, *what], cwd=ROOT, capture_output=True, text=True
    )
    return pins(done.stdout), done.stderr.strip() if done.returncode else ""


def wrong(cell: tuple[str, str]) -> list[str]:
    """Return messages about what does not resolve in a cell of the table."""
    system, python = cell
    found = []
    for more in MORE:
        files = ("requirements.txt", *more)
        pinned = set.union(*(pins((ROOT / file).read_text("utf-8")) for file in files))
        resolved, complaint = resolve(system, python, (*files, "--no-emit-package", "qrnnlib"))
        unpinned = ", ".join(sorted(resolved - pinned))
        if complaint or unpinned:
            found.append(f"{files[-1]}: {complaint or 'no pin of ' + unpinned}")
    for end in ("lowest-direct", "highest"):
        _, complaint = resolve(system, python, (*LIBRARY, "--resolution", end))
        if complaint:
            found.append(f"pyproject.toml, {end}: {complaint}")
    return found


def main() -> int:
    """Resolve every cell that is not refused; return 1 if one fails."""
    table = cells((ROOT / "README.md").read_text(encoding="utf-8"))
    promised = [cell for cell, promise in table.items() if promise != "refused"]
    failed = False
    with ThreadPoolExecutor(4) as pool:  # most of the time is spent waiting for the registry
        for (system, python), found in zip(promised, pool.map(wrong, promised), strict=True):
            failed = failed or bool(found)
            print(f"{system}, Python {python}: {'; '.join(found) or 'resolves'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
