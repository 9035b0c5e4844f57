"""The built book, for all tests in this folder."""

import os
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
IN_CI = bool(os.environ.get("CI"))
# Sphinx makes these by itself; they have no content of ours.
GENERATED = {"genindex", "search", "py-modindex"}


def built_pages() -> list[str]:
    """Names of the built pages, without those that Sphinx generates."""
    return sorted(path.stem for path in HTML.glob("*.html") if path.stem not in GENERATED)


def pytest_generate_tests(metafunc):
    """Run a test that asks for ``page`` on each page; without a book once, to say so."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", built_pages() or ["no-book"])


@pytest.fixture(autouse=True)
def _the_book_is_built():
    if not (HTML / "index.html").exists():
        message = "the book is not built: run `make book` first"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture
def html() -> Path:
    """The folder of the built pages."""
    return HTML


@pytest.fixture
def soup(page) -> BeautifulSoup:
    """One page, parsed."""
    return BeautifulSoup((HTML / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture
def article(soup):
    """The part of a page that we wrote."""
    return soup.select_one("article.bd-article")
