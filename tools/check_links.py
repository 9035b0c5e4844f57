"""Check all external links of the book: ``make links``.

Broken links are reported but are not an error: pages come and go, and some refuse programs. Links
inside the book are tested elsewhere (tests/pages).
"""

from __future__ import annotations

import json
import sys

from build_book import BUILD, LOG, ROOT, build_once


def main() -> int:
    """Run Sphinx's link check and print the broken links."""
    BUILD.mkdir(exist_ok=True)
    print("Asking other people's pages ...", flush=True)
    # Ignore the exit status, which is 1 if a link is broken.
    build_once("linkcheck", options=("--keep-going",))
    # Jupyter Book writes the results into the folder of the pages: move them out.
    said, answers = BUILD / "html" / "output.json", BUILD / "links.json"
    (BUILD / "html" / "output.txt").unlink(missing_ok=True)
    if said.exists():
        said.replace(answers)
    else:
        print(f"The links were not checked; see {LOG.relative_to(ROOT)}.", file=sys.stderr)
        return 1
    links = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    outside = {link["uri"]: link for link in links if link["uri"].startswith("http")}
    broken = [link for link in outside.values() if link["status"] in ("broken", "timeout")]
    if outside and len(broken) == len(outside):
        print("No address answers at all: there seems to be no network here.")
        return 0
    for link in broken:
        print(f"  {link['filename']}:{link['lineno']}: {link['uri']}: {link['info']}")
    print(f"{len(outside) - len(broken)} of {len(outside)} addresses answer.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
