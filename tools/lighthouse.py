"""Measure built pages with Lighthouse, offline: ``make lighthouse`` after ``make book``.

Lighthouse is a separate program (``npm install --global lighthouse``), which the book does not
need. The pages are served compressed, as by a web host. If the program is not on the path, set
``LIGHTHOUSE`` to its name. Without page names, the first page and the largest are measured.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from http import HTTPStatus
from pathlib import Path

from chromium import CHROMIUM, FLAGS

BUILD = Path(__file__).resolve().parents[1] / "_build"
LEAST = 95  # of 100, in each category
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".ttf"}
CATEGORIES = "performance,accessibility,best-practices,seo"


class Host(http.server.SimpleHTTPRequestHandler):
    """A file server that compresses files and lets browsers cache them, as web hosts do."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = path.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix in COMPRESSED:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def measure(program: str, address: str, report: Path, desktop: bool) -> dict[str, int]:
    """Measure one page; return its scores, from 0 to 100."""
    command = [program, address, "--quiet", f"--only-categories={CATEGORIES}"]
    command += ["--output=json", f"--output-path={report}"]
    command += [f"--chrome-flags={' '.join(FLAGS)}"]
    command += ["--preset=desktop"] if desktop else []
    environment = {**os.environ, "CHROME_PATH": CHROMIUM or ""}
    subprocess.run(command, env=environment, check=True, timeout=300, stdin=subprocess.DEVNULL)
    said = json.loads(report.read_text(encoding="utf-8"))
    return {name: round(100 * part["score"]) for name, part in said["categories"].items()}


def main() -> int:
    """Measure the pages; return 0 if every score is high enough, else 1."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", nargs="*", help="names of pages, such as index")
    parser.add_argument("--html", type=Path, default=BUILD / "html", help="where the pages are")
    parser.add_argument("--desktop", action="store_true", help="a desktop, not a slow phone")
    options = parser.parse_args()
    program = os.environ.get("LIGHTHOUSE") or shutil.which("lighthouse")
    if program is None or CHROMIUM is None:
        print(
            "This needs Chromium and Lighthouse: npm install --global lighthouse", file=sys.stderr
        )
        return 1
    heaviest = max(options.html.glob("*.html"), key=lambda path: path.stat().st_size).stem
    handler = functools.partial(Host, directory=str(options.html))
    reports = BUILD / "lighthouse"
    reports.mkdir(parents=True, exist_ok=True)
    enough = True
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for page in options.page or ["index", heaviest]:
            address = f"http://127.0.0.1:{server.server_address[1]}/{page}.html"
            scores = measure(program, address, reports / f"{page}.json", options.desktop)
            print(f"  {page}: " + ", ".join(f"{name} {score}" for name, score in scores.items()))
            enough &= min(scores.values()) >= LEAST
        server.shutdown()
    print(f"Reports are in _build/lighthouse; each score should be {LEAST} or more.")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
