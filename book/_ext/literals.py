"""Numbers in prose that look like results, and those of them that are given.

A result comes from code through glue. A number that is given (a size that was chosen, an exact
value, a value that somebody else published) may be typed: ``book/literals.yml`` lists, for each
chapter, the words it stands in and why it is no result.
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
    """Read what is given: for each chapter, words and the reason why they hold no result."""
    return yaml.safe_load((BOOK / "literals.yml").read_text(encoding="utf-8"))


def alternatives(page: str) -> Iterator[tuple[int, str]]:
    """Yield the text alternative of each picture of a chapter, with its line.

    It is an option of a directive, which can hold no glue.
    """
    lines = (BOOK / f"{page}.md").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if match := ALTERNATIVE.match(line):
            yield number, match[1].strip('"')


def typed_numbers(page: str) -> Iterator[tuple[int, str, Passage]]:
    """Yield each number in the prose of a chapter that looks like a result, with its line."""
    for passage in passages(page):
        text, starts = "", []
        for line, words in passage.lines:
            starts.append((len(text), line))
            text += words + " "
        for match in RESULT.finditer(text):
            line = max(line for start, line in starts if start <= match.start())
            yield line, match[0], passage
