"""The glossary and the chapters: every term is there, explained where it says, and linked."""

import re

import pytest
from bs4 import BeautifulSoup
from chapters import chapters, passages, sections
from glossary import Finder, terms

TERMS = {term.name: term for term in terms()}
# Words that are bold for another reason than that a term is introduced.
CONTROLS = {
    "moment",
    "measure: outcome 0",
    "measure: outcome 1",
    "disentangle",
    "look",
    "next of the series",
    "play",
    "noise",
}
CONTROLS |= {"frequency", "draw of the noise", "last day", "start again"}
CONTROLS |= {"product", "tied", "singlet", "four equal", "one minus", "new value"}
CONTROLS |= {"new start", "the same, backwards", "break up"}
CONTROLS |= {"swap", "partial swap", "values so far"}
CONTROLS |= {"measure", "partly entangled"}
EMPHASIS = {
    "you choose the outcome",
    "each by its own minimum and maximum",
    "to forecast",
    "to find out what the cell can do at all",
    "with the live figure",
    "uniformly",
    "finish",  # names of settings, explained on the spot
    "restarts",
    "write",  # the four jobs of a memory, plain words
    "keep",
    "release",
    "read",
    "the true inverse with the angles of the entangler",
    "the entangler alone",
    "the paper's disentangler",
    "the true inverse with angles of its own",
}


def words(text):
    """The text with single spaces and plain apostrophes."""
    return re.sub(r"\s+", " ", text).replace("\u2019", "'")


@pytest.mark.parametrize("name", TERMS)
def test_a_term_is_explained_where_the_glossary_says(name):
    term = TERMS[name]
    page, slug = term.explained
    section = next((s for s in sections(page) if s.slug == slug), None)
    assert section is not None, f"{page} has no section {slug}"
    forms = "|".join(re.escape(form) for form in term.forms or (term.word,))
    text = " ".join(passage.text for passage in section.passages)
    assert re.search(rf"(?<!\w)(?:{forms})(?!\w)", text, flags=re.IGNORECASE), (
        f"{page}#{slug} does not use the word"
    )


def test_no_form_belongs_to_two_terms():
    forms = [form.lower() for term in TERMS.values() for form in set(term.forms)]
    assert sorted(forms) == sorted(set(forms))


def test_definitions_are_short():
    for term in TERMS.values():
        sentences = term.definition.split(" Explained in")[0]
        assert 1 <= len(re.findall(r"[.)](?:\s|$)", sentences)) <= 3, term.name


@pytest.mark.parametrize("chapter", chapters())
def test_every_word_that_is_introduced_is_in_the_glossary(chapter):
    """What a chapter sets in bold, it introduces; a name of a control or a lead-in aside."""
    known = {form.lower() for term in TERMS.values() for form in (*term.forms, term.word)}
    missing = [
        (line, word)
        for passage in passages(chapter)
        for line, word in passage.bold
        if not word.rstrip().endswith((".", ":", "\u2022"))
        and word.lower() not in known | CONTROLS | EMPHASIS
    ]
    assert missing == []


def running_text(article):
    """Yield the texts of a built page with the link each stands in, in reading order."""
    apart = ["h1", "h2", "h3", "h4", "code", "pre", "figcaption", "caption", "math"]
    for element in article.select(
        ".cell, .math, .admonition-title, .headerlink, style, script, .in-the-library, "
        ".citation, legend, .question-answer, button.try"
    ):
        element.decompose()
    for text in article.find_all(string=True):
        if text.find_parent(apart):
            continue
        yield text, text.find_parent("a")


@pytest.fixture(scope="session")
def anchors(html):
    """The anchor of each term's entry."""
    glossary = BeautifulSoup((html / "glossary.html").read_text("utf-8"), "html.parser")
    return {words(entry.find(string=True)): entry["id"] for entry in glossary.select("dt[id]")}


@pytest.mark.parametrize("chapter", chapters())
def test_the_first_use_of_a_term_is_a_link(html, anchors, chapter):
    """On the built page: no term is used before a link has led to its entry."""
    soup = BeautifulSoup((html / f"{chapter}.html").read_text("utf-8"), "html.parser")
    find = Finder(chapter)
    assert set(anchors) == set(TERMS)
    linked: dict[str, str] = {}
    unlinked = []
    for text, link in running_text(soup.select_one("article.bd-article")):
        if link is not None:
            if link.find(class_="std-term"):
                name = link["href"].removeprefix("glossary.html#")
                linked[name] = words(text)
            continue
        for name, start, end in find(str(text)):
            if anchors[name] not in linked:
                unlinked.append((name, words(text[max(0, start - 30) : end + 30])))
    assert unlinked == []
    assert linked
