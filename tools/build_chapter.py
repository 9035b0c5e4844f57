"""Run one chapter and make its page: ``make chapter NAME=training``.

The other chapters are laid out but not run, and warnings are no errors. Links and looks are as
in the book; numbers of other chapters are missing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from build_book import BUILD, LOG, ROOT, build_once, last_lines

sys.path.insert(0, str(ROOT / "book" / "_ext"))

from chapters import chapters
from qrnn_book import ONE_CHAPTER

#: Beside the built book, which stays as it is.
OUTPUT = BUILD / "chapter"


def main(name: str) -> int:
    """Build, and say which page to open."""
    if name not in chapters():
        print(f"NAME must be one of {', '.join(chapters())}, got {name!r}.", file=sys.stderr)
        return 1
    os.environ[ONE_CHAPTER] = name
    print(f"Running {name} ...", flush=True)
    status = build_once(options=("--keep-going",), output=OUTPUT)
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
