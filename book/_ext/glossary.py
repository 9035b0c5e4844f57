"""The glossary as data: its terms, their forms, and the sections that explain them.

``book/glossary.md`` is the only source. Its lines that begin with two dots belong to the term below
them: ``forms:`` (beyond the plural in -s, which is implied), ``from:`` (the first chapter in which
the word is used as the term) and ``except:`` (phrases in which it is not).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chapters import BOOK, chapters

EXPLAINED = re.compile(r"Explained in \[\]\((?P<page>[\w-]+)\.md#(?P<slug>[\w-]+)\)\.")


@dataclass(frozen=True)
class Term:
    """An entry of the glossary."""

    name: str
    definition: str
    forms: tuple[str, ...]
    since: str | None = None
    exceptions: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The term without the remark in brackets that distinguishes it from an ordinary word."""
        return self.name.split(" (")[0]

    @property
    def explained(self) -> tuple[str, str]:
        """The page and the section that explain the term."""
        match = EXPLAINED.search(self.definition)
        if match is None:
            wanted = "Explained in [](page.md#section)."
            raise ValueError(f"glossary: {self.name!r} must end with {wanted!r}")
        return match["page"], match["slug"]


def terms() -> list[Term]:
    """Read the glossary."""
    text = (BOOK / "glossary.md").read_text(encoding="utf-8")
    block = text.split("```{glossary}\n", 1)[1].split("\n```", 1)[0]
    result = []
    about: dict[str, tuple[str, ...]] = {}
    for paragraph in block.split("\n\n"):
        lines = paragraph.strip("\n").splitlines()
        while lines and lines[0].startswith(".. "):
            key, _, value = lines.pop(0)[3:].partition(":")
            if key not in ("forms", "from", "except"):
                raise ValueError(f"glossary: two dots need forms, from or except, got {key!r}")
            about[key] = tuple(part.strip() for part in value.split(","))
        if not lines or lines[0].startswith(":"):
            continue
        name = lines[0]
        # A word that needs a remark in brackets is too common to be linked everywhere.
        own = () if "(" in name else (name, f"{name}s")
        definition = " ".join(line.strip() for line in lines[1:])
        since = about.get("from", (None,))[0]
        result.append(
            Term(name, definition, own + about.get("forms", ()), since, about.get("except", ()))
        )
        about = {}
    return result


class Finder:
    """A search for terms in the text of one page; of terms that begin together the longest wins."""

    def __init__(self, page: str):
        order = chapters()
        self._names: dict[str, str | None] = {}
        for term in terms():
            if term.since and page in order and order.index(page) < order.index(term.since):
                continue
            self._names.update({form.lower(): term.name for form in term.forms})
            self._names.update({phrase.lower(): None for phrase in term.exceptions})
        longest_first = sorted(self._names, key=len, reverse=True)
        # Allow for Sphinx's typographic apostrophes and for line breaks inside terms.
        words = "|".join(re.escape(form) for form in longest_first)
        words = words.replace(r"\ ", r"\s+").replace("'", "['\u2019]")
        self._pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w])", flags=re.IGNORECASE)

    def __call__(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield the name of each term in the text, with the start and end of its match."""
        for match in self._pattern.finditer(text):
            plain = re.sub(r"\s+", " ", match[0]).replace("\u2019", "'").lower()
            name = self._names[plain]
            if name:
                yield name, match.start(), match.end()
