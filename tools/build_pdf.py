"""Make a PDF of the book with XeLaTeX (``make pdf``), or print what to install for it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time

from build_book import BUILD, LOG, ROOT, build, last_lines

PROGRAMS = ("latexmk", "xelatex", "rsvg-convert")
PACKAGES = (
    "latexmk texlive-xetex texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended "
    "fonts-texgyre fonts-texgyre-math fonts-dejavu-core librsvg2-bin"
)
INSTALL = f"On Debian and Ubuntu: sudo apt install --no-install-recommends {PACKAGES}"
LATEX = BUILD / "latex"
TARGET = BUILD / "book.pdf"
LIMIT = 900  # seconds
MISSING = re.compile(r"^! .*(?:File `[^']+' not found|font \".*\" cannot be found)", re.MULTILINE)


def typeset() -> str | None:
    """Run LaTeX as often as needed; return an error message, or None."""
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "book.tex"]
    with (BUILD / "latex.log").open("w", encoding="utf-8") as log:
        try:
            status = subprocess.run(
                command, cwd=LATEX, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=LIMIT
            ).returncode
        except subprocess.TimeoutExpired:
            return f"LaTeX did not end within {LIMIT} s."
    if status == 0:
        return None
    book_log = LATEX / "book.log"
    said = book_log.read_text(encoding="utf-8", errors="replace") if book_log.exists() else ""
    missing = MISSING.search(said)
    if missing:
        return f"{missing[0].lstrip('! ')}\n{INSTALL}"
    errors = [line for line in said.splitlines() if line.startswith(("! ", "l."))]
    return "\n".join(errors[:6]) or last_lines(BUILD / "latex.log", 20)


def main() -> int:
    """Execute the chapters that are not in the cache, write LaTeX, and typeset it."""
    absent = [program for program in PROGRAMS if shutil.which(program) is None]
    if absent:
        print(f"The PDF needs {', '.join(absent)}, not found here.\n{INSTALL}", file=sys.stderr)
        return 1
    start = time.monotonic()
    print("Writing the book as LaTeX ...", flush=True)
    if not build("latex"):
        return 1
    print("Typesetting (a minute or two) ...", flush=True)
    fault = typeset()
    if fault:
        print(f"The PDF was not made: {fault}", file=sys.stderr)
        print(f"The full output is in {LOG.parent.relative_to(ROOT)}/latex.log.", file=sys.stderr)
        return 1
    shutil.copyfile(LATEX / "book.pdf", TARGET)
    print(f"The PDF is made ({time.monotonic() - start:.0f} s): {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped.")
