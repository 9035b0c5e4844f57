"""Pages that are open in a browser: for one test, or kept for all tests of the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A phone in the dark and a desktop in the light, and the two the other way round.
VIEWS = {
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone-light": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "desktop-dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
# How a page is opened first: each place, width and scheme once.
FIRST = {("file", True): "phone", ("server", True): "desktop", ("file", False): "desktop"}
# The theme sees to the stops of the Tab key a moment after a page has got another width. (What is
# folded has the width that it had when something asked for it.)
STOPS_AT_WIDE_PARTS = """() => [...document.querySelectorAll(
  "pre, .pst-scrollable-table-container",
)].every((part) => part.scrollWidth <= part.clientWidth || part.tabIndex === 0
  || !part.checkVisibility())"""
# In a page before its own scripts.
HELPERS = Path(__file__).with_name("live_figures.js").read_text(encoding="utf-8")


class Visit:
    """A tab with a page, all that it complained of, and all it asked for."""

    def __init__(self, tab):
        self.tab = tab
        self.address = self.view = None
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.touched: set[str] = set()

        def complain(text, holds=True):
            if holds:
                self.errors.append(text)

        tab.on("console", lambda said: complain(said.text, said.type in ("error", "warning")))
        tab.on("pageerror", lambda error: complain(str(error)))
        tab.on("requestfailed", lambda asked: complain(f"failed: {asked.url}"))
        tab.on("response", lambda got: complain(got.url, got.status >= 400))
        tab.on("request", lambda asked: self.requests.append(asked.url))

    def go(self, address: str, view: str) -> None:
        """Load a page, or load it again."""
        self.address, self.view = address, view
        for noted in (self.errors, self.requests, self.touched):
            noted.clear()
        self.dress(view)
        self.tab.goto(address, wait_until="load")

    def dress(self, view: str) -> None:
        """Have the browser be one of the `VIEWS`."""
        self.tab.set_viewport_size(VIEWS[view]["viewport"])
        self.tab.emulate_media(color_scheme=VIEWS[view]["color_scheme"])

    def show(self, view: str) -> None:
        """Give the page one of the `VIEWS`, without loading it again."""
        self.dress(view)
        scheme = VIEWS[view]["color_scheme"]
        self.tab.wait_for_selector(f"html[data-theme={scheme}]", state="attached")
        self.tab.wait_for_function(STOPS_AT_WIDE_PARTS)
        self.view = view

    def as_(self, *views: str) -> Iterator[str]:
        """Give the page one view after another."""
        for view in views:
            self.show(view)
            yield view

    @contextmanager
    def on_paper(self):
        """Show the page as on paper, and as on a screen afterwards."""
        self.tab.emulate_media(media="print")
        yield
        self.tab.emulate_media(media="null")


class Kept:
    """Tabs that stay open for the tests of one page: one for each way of opening it.

    Going on to the next page in the same tab takes a third of the time that a new context takes.

    A test names the part of the page that it changes. If it has to find this part as it is at
    first, or the whole page, the page is loaded again where an earlier test has changed that.
    """

    def __init__(self, browser, places):
        self.browser = browser
        self.places = places
        self.visits = {}

    def __call__(self, page, place="file", view="desktop", *, part=None, fresh=False, scripts=True):
        way = place, scripts
        address = f"{self.places[place]}/{page}.html"
        if way not in self.visits:
            self.visits[way] = Visit(self.tab(*way))
        visit = self.visits[way]
        spent = part in visit.touched if part else visit.touched
        if visit.address != address or (fresh and spent):
            visit.go(address, FIRST[way])
        if part:
            visit.touched.add(part)
        if visit.view != view:
            visit.show(view)
        return visit

    def tab(self, place, scripts):
        """Open a tab for pages that are opened in one way."""
        context = self.browser.new_context(java_script_enabled=scripts)
        if scripts:
            context.add_init_script(HELPERS)
        return context.new_page()

    def close(self):
        """Close all, so that each page is loaded again."""
        for visit in self.visits.values():
            visit.tab.context.close()
        self.visits.clear()
