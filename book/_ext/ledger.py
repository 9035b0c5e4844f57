"""The ledger of formulas as data: ``book/ledger.yml``, with an entry for each equation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import yaml
from chapters import BOOK

LEDGER = BOOK / "ledger.yml"
KEYS = {"what", "functions", "chapter", "tests", "definition"}


@dataclass(frozen=True)
class Formula:
    """The entry of a labelled equation.

    `functions` are dotted names in this or another library, `chapter` is a function that the
    equation's own chapter defines, `tests` are node ids without parameters, and `definition` says
    why an equation has no function.
    """

    what: str
    functions: tuple[str, ...] = ()
    chapter: str | None = None
    tests: tuple[str, ...] = ()
    definition: str | None = None


@cache
def ledger() -> dict[str, Formula]:
    """Return the entries of the ledger by label."""
    found = yaml.safe_load(LEDGER.read_text(encoding="utf-8"))
    for label, about in found.items():
        if unknown := set(about) - KEYS:
            raise ValueError(f"ledger.yml: {label} has the keys {unknown}, but may have {KEYS}")
    return {
        label: Formula(
            what=about["what"],
            functions=tuple(about.get("functions", ())),
            chapter=about.get("chapter"),
            tests=tuple(about.get("tests", ())),
            definition=about.get("definition"),
        )
        for label, about in found.items()
    }
