"""The built book and a browser, for all tests in this folder."""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built import HTML, built_pages, pages_with, parsed
from chromium import CHROMIUM, FLAGS
from playwright.sync_api import sync_playwright
from visits import VIEWS, Kept, Visit

FOLDER = Path(__file__).resolve().parent
IN_CI = bool(os.environ.get("CI"))
#: Tests that ask for one of these run on the pages with this mark only.
MARKS = {
    "live_page": "data-figure=",
    "player_page": '"Pause"',
    "question_page": 'class="question-kind"',
    "exercise_page": 'class="level"',
}


def pytest_generate_tests(metafunc):
    """Run a test that asks for ``page`` on each page; without a book once, to say so.

    One that asks for a page of some kind, see `MARKS`, runs on those pages only.
    """
    for name, mark in MARKS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, pages_with(mark) or ["no-such-page"], scope="session")
            return
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", built_pages() or ["no-book"], scope="session")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs the built book, and have all tests of one page follow each other.

    What is of no page comes last: several processes share out the last tests one by one.
    """
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
    yield  # pytest puts them in an order of its own
    places = [place for place, item in enumerate(items) if FOLDER in item.path.parents]
    ours = sorted((items[place] for place in places), key=page_of)
    for place, item in zip(places, ours, strict=True):
        items[place] = item


def page_of(item) -> tuple[bool, str]:
    """Whether a test is of no page, and of which it is."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    page = next((given[name] for name in ("page", *MARKS) if name in given), "")
    return not page, page


def pytest_runtest_makereport(item, call):
    """Let no test come upon what a failed one has left."""
    kept = getattr(item, "funcargs", {}).get("kept")
    if kept and call.excinfo:
        kept.close()


@pytest.fixture(scope="session", autouse=True)
def html() -> Path:
    """The folder of the built pages, without which there is nothing to test."""
    if not (HTML / "index.html").exists():
        message = "the book is not built: run `make book` first"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return HTML


@pytest.fixture
def soup(page) -> BeautifulSoup:
    """One page, parsed."""
    return parsed(page)


@pytest.fixture
def article(soup):
    """The part of a page that we wrote."""
    return soup.select_one("article.bd-article")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """The ordinary file server, without a line on each request."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def browser():
    """Chromium, headless."""
    if CHROMIUM is None:
        message = "there is no Chromium here, so the pages were not tried in a browser"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server():
    """Serve the built pages on a free port of this machine."""
    handler = functools.partial(QuietHandler, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=["file", "server"])
def base(request, html):
    """Where the pages are opened from."""
    if request.param == "file":
        return html.as_uri()
    return request.getfixturevalue("server")


@pytest.fixture
def visit(browser):
    """Open an address in one of the `VIEWS`; all are closed after the test."""
    contexts = []

    def opened(address, view="desktop", script=None, **options):
        context = browser.new_context(**VIEWS[view], **options)
        contexts.append(context)
        if script:
            context.add_init_script(script)
        opened = Visit(context.new_page())
        opened.go(address, view)
        return opened

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def kept(browser, html, server):
    """Open a page of the book, or give it as an earlier test has left it: see `Kept`."""
    pages = Kept(browser, {"file": html.as_uri(), "server": server})
    yield pages
    pages.close()
