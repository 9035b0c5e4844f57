"""Run one chapter and build its page: ``make chapter NAME=training``.

The other chapters are built but not run, and warnings are not errors. Links and styles are as in
the book; numbers from other chapters are missing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from build_book import BUILD, LOG, ROOT, build_once, last_lines

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from chapters import chapters
from qrnn_book import ONE_CHAPTER

#: Outside the folder of the built book, which stays unchanged.
OUTPUT = BUILD / "chapter"


def main(name: str) -> int:
    """Build the chapter, print which page to open, and return the exit status."""
    if name not in chapters():
        print(f"NAME must be one of {', '.join(chapters())}, got {name!r}.", file=sys.stderr)
        return 1
    os.environ[ONE_CHAPTER] = name
    print(f"Running {name} ...", flush=True)
    status = build_once(options=("--keep-going", "-qq"), output=OUTPUT)
    report = OUTPUT / "_build" / "html" / "reports" / f"{name}.err.log"
    if status or report.exists():
        print(last_lines(report if report.exists() else LOG, 40), file=sys.stderr)
        return 1
    page = Path("_build", "chapter", "_build", "html", f"{name}.html")
    print(f"Open {page}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
