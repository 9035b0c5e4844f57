"""What a page is outside the book: found, shared, printed, missed; and what it says of itself."""

import functools
import http.server
import re
import threading
from urllib.parse import urlsplit

import pytest
import serve
from fontTools.ttLib import TTFont
from PIL import Image


@pytest.fixture
def meta(soup):
    """What a page's head says, by name or property."""
    tags = soup.head.find_all("meta", content=True)
    return {tag.get("name") or tag.get("property"): tag["content"] for tag in tags}


def test_search_engines_get_a_title_and_a_description(soup, meta):
    assert "Quantum memory, entangled" in soup.title.get_text()
    assert 60 <= len(meta["description"]) <= 200
    assert len(soup.head.find_all("meta", attrs={"name": "description"})) == 1


def test_no_two_pages_say_the_same_of_themselves(html):
    said = {}
    for path in html.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for tag in re.findall(r"<title>.*?</title>|<meta [^>]*name=\"description\"[^>]*>", text):
            said.setdefault(tag, []).append(path.name)
    assert said
    assert {tag: pages for tag, pages in said.items() if len(pages) > 1} == {}


def test_social_networks_get_a_picture(html, meta):
    assert meta["og:title"]
    assert meta["og:description"] == meta["description"]
    assert meta["twitter:card"] == "summary_large_image"
    picture = html / "_static" / meta["og:image"].rpartition("/_static/")[2].rpartition("/")[2]
    with Image.open(picture) as image:
        assert image.size == (int(meta["og:image:width"]), int(meta["og:image:height"]))
    assert picture.stat().st_size < 300_000
    assert len(meta["og:image:alt"]) > 40


def test_page_has_an_icon(html, soup):
    (icon,) = soup.head.find_all("link", rel="icon")
    assert (html / icon["href"]).exists()


def test_search_finds_other_forms(visit, html):
    """Wherever the pages are; that it works in each place is tested with other words."""
    tab = visit(f"{html.as_uri()}/search.html?q=ebits").tab
    assert_found(tab)


def test_search_field_leads_to_the_search(visit, base):
    """Typed on a page, as a reader does."""
    tab = visit(f"{base}/index.html").tab
    tab.keyboard.press("Control+k")
    field = tab.locator("input[type=search]:visible").first
    field.fill("ebit")
    field.press("Enter")
    tab.wait_for_url("**/search.html?q=ebit")
    assert_found(tab)


def assert_found(tab):
    first = tab.locator("#search-results ul.search li a").first
    first.wait_for(timeout=60_000)
    assert re.match(r"[\w-]+\.html", first.get_attribute("href"))
    assert tab.locator("#search-results ul.search > li").count() >= 3


def test_printed_page_is_the_text_alone(visit, html):
    tab = visit(f"{html.as_uri()}/two-systems.html").tab
    tab.emulate_media(media="print")
    for part in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer"):
        assert not tab.locator(part).first.is_visible(), part
    # The theme has a title of its own for print.
    assert tab.locator("h1:visible").count() == 1
    assert tab.locator("article p:visible").count() > 20


@pytest.mark.parametrize("place", ["file", "server"])
def test_icons_are_drawn(kept, page, place):
    tab = kept(page, place).tab
    loaded = tab.evaluate(
        """async () => { await document.fonts.ready;
        return [...document.fonts].filter((f) => f.family.includes("Awesome"))
          .map((f) => [f.weight, f.status]); }"""
    )
    assert ["900", "loaded"] in loaded
    missing = tab.evaluate(
        """() => [...document.querySelectorAll("i[class*='fa-']")].filter((icon) => {
          const shown = getComputedStyle(icon, "::before").content;
          return icon.checkVisibility() && (shown === "none" || shown === "normal");
        }).map((icon) => icon.className)"""
    )
    assert missing == []


def test_fonts_have_every_icon_that_is_written(html):
    """Whatever character a style sheet writes is in the font that is left of two thousand icons."""
    static = html / "_static"
    written = set()
    for sheet in static.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        written |= {int(code, 16) for code in re.findall(r'"\\([ef][0-9a-f]{3})"', text)}
        written |= {ord(sign) for sign in re.findall("[\ue000-\uf8ff]", text)}
    kept = set()
    for path in static.rglob("fa-*.ttf"):
        characters = TTFont(path).getBestCmap()
        assert characters, path.name  # a browser complains of a font without any
        kept |= set(characters)
    assert len(written) > 20
    assert written <= kept
    assert len(kept) < 200


@pytest.fixture(scope="module")
def host():
    """Serve the pages as `make serve` does, with a page for what is not there."""
    handler = functools.partial(serve.Handler, directory=str(serve.BOOK))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("address", ["gone.html", "a/b/c/gone.html"])
def test_lost_readers_are_told_and_led_back(visit, host, html, address):
    """At any depth; from the root of a host, which is where a book without an address is."""
    lost = (html / "404.html").read_text(encoding="utf-8")
    prefix = re.search(r'href="(/[^"]*)_static/', lost)[1]
    if prefix != "/":
        pytest.skip(f"this book is published under {prefix}")
    opened = visit(f"{host}/{address}")
    tab = opened.tab
    assert tab.locator("article h1").text_content() == "Page not found"
    assert {urlsplit(error).path for error in opened.errors if "http" in error} <= {f"/{address}"}
    assert tab.evaluate("() => document.styleSheets[0].cssRules.length") > 300
    tab.locator(".bd-sidebar-primary a", has_text="Two systems, one state").click()
    assert tab.locator("article h1").text_content().startswith("Two systems, one state")
