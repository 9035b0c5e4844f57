"""List the technical terms that each chapter uses before the section that explains them.

``python tools/first_uses.py [chapter ...]`` prints a line for each: where the term is first used,
and where it is explained. On the page each has a link to the glossary, so none is an error; but a
chapter with a long list demands much of its reader.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

from chapters import chapters, passages, sections  # noqa: E402
from glossary import Finder, terms  # noqa: E402


def first_uses(page: str) -> dict[str, int]:
    """Return the line on which the prose of a chapter first uses each term."""
    find = Finder(page)
    lines: dict[str, int] = {}
    for passage in passages(page):
        if passage.kind != "paragraph":
            continue
        text, starts = "", []
        for line, words in passage.lines:
            starts.append((len(text), line))
            text += words + " "
        for name, start, _ in find(text):
            lines.setdefault(name, max(line for begin, line in starts if begin <= start))
    return lines


def place_of(page: str, slug: str, order: list[str]) -> tuple[int, int]:
    """Return the position of a section: page number (back matter last) and line."""
    section = next(section for section in sections(page) if section.slug == slug)
    where = order.index(page) if page in order else len(order)
    return where, section.passages[0].lines[0][0]


def main(asked: list[str]) -> int:
    """Print the list, and return the exit status."""
    order = chapters()
    if unknown := set(asked) - set(order):
        print(f"no such chapter: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    explained = {term.name: term.explained for term in terms()}
    for page in asked or order:
        uses = first_uses(page)
        early = []
        for name, line in sorted(uses.items(), key=lambda use: use[1]):
            where, slug = explained[name]
            place = place_of(where, slug, order)
            if (order.index(page), line) < place:
                early.append(f"  {line:5}  {name}: explained in {where}.md, line {place[1]}")
        print(f"{page}.md: {len(uses)} terms, {len(early)} of them before they are explained")
        print("\n".join(early), end="\n" if early else "")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
