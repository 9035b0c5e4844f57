"""The rendered pages in a real browser: opened as files and from a server, phone and desktop."""

import functools
import http.server
import os
import re
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A phone in the dark and a desktop in the light.
VIEWS = {
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
}
# MathJax is through when its promise is; where a page has no mathematics there is none.
TYPESET = "() => !window.MathJax?.startup?.promise || window.MathJax.startup.promise.then(() => 1)"
# The first elements that reach over the right edge, to name the culprit.
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("article *")]
    .filter((e) => e.getBoundingClientRect().right > width + 1)
    .slice(0, 5).map((e) => e.tagName + "." + e.className);
}"""
SCROLL_WIDTH = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """The ordinary file server, without a line on each request."""

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        message = "there is no Chromium here, so the pages were not tried in a browser"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server():
    """Serve the built pages on a free port of this machine."""
    folder = Path(__file__).resolve().parents[2] / "_build" / "html"
    handler = functools.partial(QuietHandler, directory=str(folder))
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
def opened(browser, base, page, request):
    """Open a page in one view; return it with all that it complained of and all it asked for."""
    context = browser.new_context(**VIEWS[request.param])
    tab = context.new_page()
    errors, requests = [], []
    tab.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("requestfailed", lambda asked: errors.append(f"failed: {asked.url}"))
    tab.on("response", lambda got: errors.append(got.url) if got.status >= 400 else None)
    tab.on("request", lambda asked: requests.append(asked.url))
    tab.goto(f"{base}/{page}.html", wait_until="load")
    tab.evaluate(TYPESET)
    yield tab, errors, requests
    context.close()


@pytest.mark.parametrize("opened", VIEWS, indirect=True)
def test_page_opens_clean(opened, base, soup):
    tab, errors, requests = opened
    assert errors == []
    outside = [url for url in requests if not url.startswith((base, "data:", "blob:"))]
    assert outside == []

    assert tab.evaluate(TOO_WIDE) == []
    assert tab.evaluate(SCROLL_WIDTH) <= 0

    written = len(soup.select("article .math"))
    typeset = tab.locator("article .math mjx-container").count()
    assert typeset >= written
    assert tab.locator("article mjx-merror, article .MathJax_Error").count() == 0


def test_keyboard_reaches_the_text(browser, html):
    """The first stop of the Tab key is the way past the navigation."""
    context = browser.new_context(**VIEWS["desktop"])
    tab = context.new_page()
    tab.goto(f"{html.as_uri()}/index.html", wait_until="load")
    tab.keyboard.press("Tab")
    assert re.search("main content", tab.evaluate("() => document.activeElement.textContent"))
    context.close()
