"""The built book as it lies there: its pages, and each of them parsed."""

from functools import lru_cache
from pathlib import Path

from bs4 import BeautifulSoup

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
# Sphinx makes these by itself; they have no content of ours.
GENERATED = {"genindex", "search", "py-modindex", "404"}


def built_pages() -> list[str]:
    """Names of the built pages, without those that Sphinx generates."""
    return sorted(path.stem for path in HTML.glob("*.html") if path.stem not in GENERATED)


def pages_with(mark: str) -> list[str]:
    """Names of the built pages in whose text a mark stands."""
    return [page for page in built_pages() if mark in (HTML / f"{page}.html").read_text("utf-8")]


@lru_cache(maxsize=2)
def parsed(page: str) -> BeautifulSoup:
    """Parse a page: half a second, which all tests of a page share, since none changes it."""
    return BeautifulSoup((HTML / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
