"""Numbers in prose that look like results, and those that may be typed.

Results come from code, through glue. A given number (a chosen size, an exact value, a published
value) may be typed: ``book/literals.yml`` lists, for each chapter, the phrases with such numbers
and the reasons why they are not results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from chapters import BOOK, Passage, passages

UNITS = "ebits?|bits?|degrees|percent|seconds?|minutes?|hours?|ms|kB|MB|GB"
RESULT = re.compile(
    rf"""(?<![\w.])(?:
        \d+[.]\d+                       # a decimal number
        | \d+\s*%                       # a percentage
        | \d+\s(?:{UNITS})\b            # a number with a unit
    )""",
    flags=re.VERBOSE,
)

ALTERNATIVE = re.compile(r"\s*:?alt: (.+)")


def given() -> dict[str, dict[str, str]]:
    """Return for each chapter the phrases with given numbers, and the reason for each."""
    return yaml.safe_load((BOOK / "literals.yml").read_text(encoding="utf-8"))


def alternatives(page: str) -> Iterator[tuple[int, str]]:
    """Yield the text alternative of each picture of a chapter, with its line number.

    These are options of directives, where glue does not work.
    """
    lines = (BOOK / f"{page}.md").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if match := ALTERNATIVE.match(line):
            yield number, match[1].strip('"')


def typed_numbers(page: str) -> Iterator[tuple[int, str, Passage]]:
    """Yield each number in a chapter's prose that looks like a result, with its line number."""
    for passage in passages(page):
        text, starts = "", []
        for line, words in passage.lines:
            starts.append((len(text), line))
            text += words + " "
        for match in RESULT.finditer(text):
            line = max(line for start, line in starts if start <= match.start())
            yield line, match[0], passage
