"""No result typed by hand: a number in prose comes from code through glue, or is given."""

import pytest
from chapters import BOOK, chapters, passages
from literals import RESULT, alternatives, given, typed_numbers

GIVEN = given()
EVERYWHERE = tuple(GIVEN["everywhere"])


def is_given(number: str, text: str, phrases) -> bool:
    """Whether all places of the number in a text lie within words that say it is given."""
    for phrase in phrases:
        text = text.replace(phrase, "")
    return number not in [match[0] for match in RESULT.finditer(text)]


@pytest.mark.parametrize("chapter", chapters())
def test_numbers_in_prose_are_glued_or_given(chapter):
    phrases = (*EVERYWHERE, *GIVEN.get(chapter, ()))
    typed = [
        f"{chapter}.md:{line}: {number} in '{passage.text[:80]}...'"
        for line, number, passage in typed_numbers(chapter)
        if not is_given(number, passage.text, phrases)
    ]
    assert typed == [], "glue it, or say in book/literals.yml why it is given"


@pytest.mark.parametrize("chapter", chapters())
def test_text_alternatives_hold_no_result(chapter):
    """They say what is drawn; what is found stands in the caption, from code."""
    phrases = (*EVERYWHERE, *GIVEN.get(chapter, ()))
    typed = [
        f"{chapter}.md:{line}: {number} in '{text[:80]}...'"
        for line, text in alternatives(chapter)
        for number in RESULT.findall(text)
        if not is_given(number, text, phrases)
    ]
    assert typed == [], "say what is drawn, not what comes out"


def test_every_text_alternative_is_found():
    found = [text for chapter in chapters() for _, text in alternatives(chapter)]
    figures = sum((BOOK / f"{page}.md").read_text("utf-8").count("alt: ") for page in chapters())
    assert len(found) == figures > len(chapters())
    assert all(len(text) > 20 for text in found)


@pytest.mark.parametrize("chapter", [name for name in GIVEN if name != "everywhere"])
def test_what_is_said_to_be_given_is_there(chapter):
    assert chapter in chapters()
    texts = [passage.text for passage in passages(chapter)]
    for phrase, reason in GIVEN[chapter].items():
        assert any(phrase in text for text in texts), phrase
        assert RESULT.search(phrase), f"{phrase} has no number that would need a reason"
        assert reason


@pytest.mark.parametrize(
    "text",
    ["It gains 1.94 ebits.", "an error of 0.3", "in 12 % of cases", "all 2 ebits", "30 seconds"],
)
def test_a_typed_result_is_found(text):
    assert RESULT.search(text)


@pytest.mark.parametrize(
    "text", ["two ebits", "200 draws", "Figure 3", "of 4 that are possible", "v1"]
)
def test_plain_numbers_are_let_be(text):
    assert not RESULT.search(text)
