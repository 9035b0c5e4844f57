"""The rendered pages, read as text: complete, accessible, and sufficient unto themselves."""

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from built import parsed

# What a browser fetches by itself, as opposed to links that a reader follows.
FETCHED = [
    ("script", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "src"),
    ("source", "srcset"),
    ("iframe", "src"),
    ("object", "data"),
    ("embed", "src"),
    ("audio", "src"),
    ("video", "src"),
]
LINKS_FETCHED = {"stylesheet", "preload", "prefetch", "preconnect", "dns-prefetch", "icon"}
LINKS_FETCHED |= {"modulepreload", "manifest", "apple-touch-icon"}
OUTSIDE = re.compile(r"^\s*(https?:)?//", flags=re.IGNORECASE)
CSS_FETCHES = re.compile(r"(?:url\(\s*['\"]?|@import\s+['\"])\s*((?:https?:)?//[^'\")\s]+)", re.I)
# Of scripts: what they load as a module, or fetch, by a full address.
JS_FETCHES = re.compile(
    r"(?:import\s*\(?|from|fetch\(|importScripts\()\s*['\"`]((?:https?:)?//\S+)"
)

#: Letters in a line of code that a page holds at a desk.
COLUMNS = 88

CHAPTERS = (
    "two-systems",
    "entangling-power",
    "when-they-differ",
    "memory-as-entanglement",
    "measured-cell",
    "quantum-memory",
    "training",
    "noisy-sine",
    "ontario-weather",
    "your-series",
    "design-by-power",
    "noise-and-hardware",
    "fair-board",
    "claims",
    "related-work",
    "results",
    "where-next",
    "many-runs",
    "how-made",
)


def test_book_has_all_chapters(html):
    pages = {path.stem for path in html.glob("*.html")}
    assert {"index", "references", *CHAPTERS} <= pages


def test_title(soup):
    assert soup.title is not None
    assert soup.title.get_text(strip=True)
    assert len(soup.select("article h1")) == 1
    assert soup.html["lang"] == "en"


def test_nothing_is_fetched_from_outside(soup):
    found = [
        element[attribute]
        for name, attribute in FETCHED
        for element in soup.find_all(name, attrs={attribute: True})
    ]
    found += [
        link["href"]
        for link in soup.find_all("link", href=True)
        if LINKS_FETCHED & {word.lower() for word in link.get("rel", [])}
    ]
    styles = [style.get_text() for style in soup.find_all("style")]
    styles += [element["style"] for element in soup.find_all(style=True)]
    scripts = [script.get_text() for script in soup.find_all("script", src=False)]
    assert [address for address in found if OUTSIDE.match(address)] == []
    assert [hit for text in styles for hit in CSS_FETCHES.findall(text)] == []
    assert [hit for text in scripts for hit in JS_FETCHES.findall(text)] == []


def test_style_sheets_fetch_nothing_from_outside(html):
    sheets = sorted(html.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        assert CSS_FETCHES.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name


def test_what_a_style_sheet_fetches_is_there(html):
    for sheet in sorted(html.rglob("*.css")):
        fetched = re.findall(r"url\(['\"]?(?!data:|#)([^)'\"]+)", sheet.read_text(encoding="utf-8"))
        assert fetched
        assert [address for address in fetched if not (sheet.parent / address).exists()] == []


def test_every_script_is_loaded_once(soup):
    sources = [script["src"] for script in soup.find_all("script", src=True)]
    assert len(sources) == len(set(sources))
    assert str(soup).count("const THEBE_JS_URL") <= 1


def test_pictures_say_what_they_show(article):
    for image in article.find_all("img"):
        assert image.get("alt", "").strip(), image.get("src")
        # Without an alt text, Sphinx writes the file's name.
        assert not image["alt"].startswith("_images/"), image["src"]


def test_figures_have_captions(article):
    for figure in article.find_all("figure"):
        caption = figure.find("figcaption")
        assert caption is not None, figure.get("id")
        assert caption.get_text(strip=True)


class Anchors(HTMLParser):
    """Everything on a page that a link can point at."""

    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        names = ("id", "name") if tag == "a" else ("id",)
        self.found |= {value for name, value in attrs if name in names}


@cache
def anchors(page):
    return Anchors(page).found


def test_links_lead_somewhere(html, page, soup):
    for link in soup.find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc or link["href"] == "#":
            continue
        target = unquote(parts.path) or f"{page}.html"
        assert (html / target).exists(), link["href"]
        fragment = unquote(parts.fragment)
        if fragment and target.endswith(".html"):
            assert fragment in anchors(html / target), link["href"]


def test_references_inside_a_page_are_resolved(article):
    """A reference that Sphinx did not resolve stays as text in a ``xref`` span without a link."""
    left = [span.get_text() for span in article.select("span.xref") if not span.find_parent("a")]
    assert left == []


def test_cells_ran_without_complaint(article):
    assert [block.get_text() for block in article.select("div.output.stderr")] == []
    assert [block.get_text() for block in article.select("div.output.traceback")] == []
    for block in article.select("div.cell_output"):
        assert "Traceback (most recent call last)" not in block.get_text()


def test_code_that_shows_fits(article):
    """No line is longer than a page holds at a desk, unless it was folded away."""
    shown = article.select(".cell:not(.tag_hide-input) .cell_input pre")
    lines = [line for code in shown for line in code.get_text().splitlines()]
    assert [line for line in lines if len(line) > COLUMNS] == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_were_executed(html, chapter):
    text = (html / f"{chapter}.html").read_text(encoding="utf-8")
    assert "cell_output" in text


def test_each_chapter_has_its_seconds():
    """How many they may be is for `make bench`: a busy machine takes longer."""
    (table,) = (
        t for t in parsed("how-made").find_all("table") if "Run Time (s)" in t.thead.get_text()
    )
    rows = [[cell.get_text(strip=True) for cell in row.find_all("td")] for row in table.tbody("tr")]
    assert set(CHAPTERS) <= {row[0] for row in rows}
    assert all(float(row[3]) > 0 for row in rows)
