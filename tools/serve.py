"""Serve the built book to this machine only: ``make serve``, with PORT=... for another port."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1] / "_build" / "html"
PORT = 8000


class Handler(http.server.SimpleHTTPRequestHandler):
    """A file handler that answers with the book's own 404 page."""

    def send_head(self) -> BytesIO | None:
        """Answer 404 to an address that cannot be a file name, such as one with a null byte."""
        try:
            return super().send_head()
        except ValueError:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None

    def list_directory(self, path: str) -> None:
        """Answer 404, since the host of the published pages does not list folders either."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer 404 with ``404.html``, as the host of the published pages does."""
        lost = BOOK / "404.html"
        if code != 404 or not lost.exists():
            super().send_error(code, message, explain)
            return
        body = lost.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def port(text: str) -> int:
    """Return the port number, or exit with an error message."""
    if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535:
        return int(text)
    sys.exit(f"PORT must be a whole number from 1 to 65535, got {text!r}: as in PORT=8123.")


def main() -> None:
    """Serve until Ctrl-C."""
    number = port(sys.argv[1]) if len(sys.argv) > 1 else PORT
    if not (BOOK / "index.html").exists():
        built = subprocess.run([sys.executable, Path(__file__).with_name("build_book.py")])
        if built.returncode != 0:
            sys.exit(built.returncode)
    handler = functools.partial(Handler, directory=str(BOOK))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", number), handler)
    except OSError as error:
        sys.exit(
            f"Port {number} cannot be used ({error.strerror}): choose another, as in PORT=8123."
        )
    with server:
        print(f"The book is at http://127.0.0.1:{number}/ (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
