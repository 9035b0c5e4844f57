"""The built book and a browser, for all tests in this folder."""

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from chromium import CHROMIUM, FLAGS
from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parent
HTML = Path(__file__).resolve().parents[2] / "_build" / "html"
IN_CI = bool(os.environ.get("CI"))
# A phone in the dark and a desktop in the light, and the two the other way round.
VIEWS = {
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone-light": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "desktop-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
# Ends what moves: transitions of colours, what fades in. What moves for ever goes on.
AT_REST = """() => {
  for (const moving of document.getAnimations()) {
    if (moving.effect.getComputedTiming().endTime !== Infinity) moving.finish();
  }
}"""
# The theme sees to the stops of the Tab key a moment after a page has got another width.
STOPS_AT_WIDE_PARTS = """() => [...document.querySelectorAll(
  "pre, .pst-scrollable-table-container",
)].every((part) => part.scrollWidth <= part.clientWidth || part.tabIndex === 0)"""
# Sphinx makes these by itself; they have no content of ours.
GENERATED = {"genindex", "search", "py-modindex", "404"}


def built_pages() -> list[str]:
    """Names of the built pages, without those that Sphinx generates."""
    return sorted(path.stem for path in HTML.glob("*.html") if path.stem not in GENERATED)


def pages_with(mark: str) -> list[str]:
    """Names of the built pages in whose text a mark stands."""
    return [page for page in built_pages() if mark in (HTML / f"{page}.html").read_text("utf-8")]


#: Tests that ask for one of these run on the pages with this mark only.
MARKS = {
    "live_page": "data-figure=",
    "player_page": '"Pause"',
    "question_page": 'class="question-kind"',
    "exercise_page": 'class="level"',
}


def pytest_generate_tests(metafunc):
    """Run a test that asks for ``page`` on each page; without a book once, to say so.

    One that asks for a page of some kind, see `MARKS`, runs on those pages only. The scope has
    all tests of one page follow each other.
    """
    for name, mark in MARKS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, pages_with(mark) or ["no-such-page"], scope="session")
            return
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", built_pages() or ["no-book"], scope="session")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs the built book: these tests alone, of all that are collected."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def html() -> Path:
    """The folder of the built pages, without which there is nothing to test."""
    if not (HTML / "index.html").exists():
        message = "the book is not built: run `make book` first"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)
    return HTML


@functools.lru_cache(maxsize=2)
def parsed(page: str) -> BeautifulSoup:
    """Parse a page: half a second, which all tests of a page share, since none changes it."""
    return BeautifulSoup((HTML / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


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


@dataclass
class Visit:
    """A page that is open, all that it complained of, and all it asked for."""

    tab: Page
    errors: list[str]
    requests: list[str]

    def as_(self, *views: str) -> Iterator[str]:
        """Give the page one of the `VIEWS` after another, without loading it again."""
        for view in views:
            scheme = VIEWS[view]["color_scheme"]
            self.tab.set_viewport_size(VIEWS[view]["viewport"])
            self.tab.emulate_media(color_scheme=scheme)
            self.tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
            self.tab.wait_for_function(STOPS_AT_WIDE_PARTS)
            yield view


@pytest.fixture
def visit(browser):
    """Open an address in one of the `VIEWS`; all are closed after the test."""
    contexts = []

    def opened(address, view="desktop", script=None, **options):
        context = browser.new_context(**VIEWS[view], **options)
        contexts.append(context)
        tab = context.new_page()
        if script:
            tab.add_init_script(script)
        errors, requests = [], []
        tab.on(
            "console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None
        )
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("requestfailed", lambda asked: errors.append(f"failed: {asked.url}"))
        tab.on("response", lambda got: errors.append(got.url) if got.status >= 400 else None)
        tab.on("request", lambda asked: requests.append(asked.url))
        tab.goto(address, wait_until="load")
        return Visit(tab, errors, requests)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe():
    """Give a function: what axe finds on a page, or in parts of it, as lines of text."""
    program = Axe().axe_script

    def found(tab, *parts, impacts=None):
        # Colours that change do so at once, and what unfolds is there: nothing else is waited for.
        tab.evaluate(AT_REST)
        if not tab.evaluate("() => 'axe' in window"):
            tab.evaluate(program)
        broken = tab.evaluate(
            """(parts) => axe.run(parts.length ? { include: parts } : document,
              { resultTypes: ["violations"] }).then((said) => said.violations)""",
            [[part] for part in parts],
        )
        return [
            f"{fault['id']} ({fault['impact']}): {node['target']} {node['html'][:200]}"
            for fault in broken
            if impacts is None or fault["impact"] in impacts
            for node in fault["nodes"]
        ]

    return found
