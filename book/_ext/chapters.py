"""Chapters as text: their order, their sections, their prose without code and formulas.

The extensions in this folder and the tests of the sources read the chapters through this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import default_slugify
from myst_parser.parsers.mdit import create_md_parser

BOOK = Path(__file__).resolve().parents[1]
BACK_MATTER = "Back matter"
EXTENSIONS = {"amsmath", "attrs_inline", "attrs_block", "colon_fence", "deflist", "dollarmath"}
# Directives whose content belongs to the prose of the page.
PROSE = {"admonition", "note", "tip", "warning", "important", "seealso", "figure", "exercise"}
PROSE |= {"solution", "dropdown", "margin", "details"}
PROSE |= {f"prf:{kind}" for kind in ("definition", "lemma", "theorem", "corollary", "proof")}
OPTIONS = re.compile(r"\A(?::[\w-]+:.*\n|\n)+")
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
LABEL = re.compile(r"^\$\$\s*\((?P<label>[\w-]+)\)\s*$", flags=re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """A passage of prose, with line numbers and the words set in bold."""

    lines: tuple[tuple[int, str], ...]
    kind: str  # paragraph, heading or caption
    bold: tuple[tuple[int, str], ...] = ()

    @property
    def text(self) -> str:
        """All lines joined."""
        return " ".join(text for _, text in self.lines)


@dataclass(frozen=True)
class Section:
    """A heading of a chapter and the text below it, including subsections."""

    slug: str
    title: str
    level: int
    passages: tuple[Passage, ...]


def toc() -> dict[str, list[str]]:
    """Return the pages of each part, in reading order; the first part is the front page."""
    contents = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    parts = {"": [contents["root"]]}
    for part in contents["parts"]:
        parts[part["caption"]] = [
            page["file"]
            for chapter in part["chapters"]
            for page in (chapter, *chapter.get("sections", ()))
        ]
    return parts


def chapters() -> list[str]:
    """Return the names of all pages outside the back matter, in reading order."""
    return [page for part, pages in toc().items() if part != BACK_MATTER for page in pages]


def equation_labels(page: str) -> list[str]:
    """Return the labels of the equations of a page, in order."""
    return LABEL.findall((BOOK / f"{page}.md").read_text(encoding="utf-8"))


@cache
def passages(page: str) -> tuple[Passage, ...]:
    """Return the prose of a page: paragraphs, list items, table cells, headings and captions.

    Blocks of code and comments are left out. Inline code, formulas, roles (glue, citations,
    references) and inline HTML are each replaced by a bullet, so that words do not run together.
    """
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    return tuple(_passages(text, 0))


def code_cells(page: str) -> list[str]:
    """Return the code of a page's cells, without their options."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```$", text, flags=re.M | re.S)
    options = re.compile(r"\A(?:---\n.*?^---\n|(?::[\w-]+:[^\n]*\n)+)", flags=re.M | re.S)
    return [options.sub("", cell).strip("\n") for cell in cells]


def sections(page: str) -> list[Section]:
    """Return the sections of a page; the first one has the title and the whole page."""
    found = passages(page)
    heads = [k for k, passage in enumerate(found) if passage.kind.startswith("h")]
    result = []
    for k in heads:
        level = int(found[k].kind[1:])
        ends = (j for j in heads if j > k and int(found[j].kind[1:]) <= level)
        inside = tuple(p for p in found[k : next(ends, len(found))])
        title = found[k].text
        result.append(Section(default_slugify(title), title, level, inside))
    return result


@cache
def _parser():
    settings = MdParserConfig(enable_extensions=EXTENSIONS)
    return create_md_parser(settings, RendererHTML)


def _passages(text: str, offset: int) -> Iterator[Passage]:
    kind = "paragraph"
    for token in _parser().parse(text):
        if token.type == "heading_open":
            kind = token.tag
        elif token.type == "heading_close":
            kind = "paragraph"
        elif token.type == "inline":
            yield _inline(token, offset, kind)
        elif token.type in ("fence", "colon_fence"):
            yield from _directive(token, offset)


def _directive(token: Token, offset: int) -> Iterator[Passage]:
    """Yield the prose of a directive: the content of a note, the caption of a figure."""
    match = re.match(r"\{([\w:-]+)\}", token.info.strip())
    if not match or token.map is None:
        return
    first = offset + token.map[0] + 1  # lines above the content
    if match[1] == "code-cell":
        lines = token.content.splitlines()
        for number, line in enumerate(lines):
            if not re.match(r"\s+caption:", line):
                continue
            indent = len(line) - len(line.lstrip())
            caption = [line.split("caption:", 1)[1].strip().strip('"|>')]
            for later in lines[number + 1 :]:
                if later.strip() and len(later) - len(later.lstrip()) <= indent:
                    break
                caption.append(later.strip())
            for passage in _passages("\n".join(caption), first + number):
                yield Passage(passage.lines, "caption", passage.bold)
    elif match[1] in PROSE:
        # Options become blank lines, so that line numbers stay right.
        content = OPTIONS.sub(lambda m: "\n" * m[0].count("\n"), token.content)
        for passage in _passages(content, first):
            inner = "caption" if match[1] == "figure" else passage.kind
            yield Passage(passage.lines, inner, passage.bold)


def _inline(token: Token, offset: int, kind: str) -> Passage:
    line = offset + (token.map[0] if token.map else 0) + 1
    lines: dict[int, str] = {}
    bold: list[tuple[int, str]] = []
    depth = 0
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            if depth:
                bold[-1] = (bold[-1][0], bold[-1][1] + " ")
            continue
        if child.type == "strong_open":
            depth += 1
            bold.append((line, ""))
        elif child.type == "strong_close":
            depth -= 1
        text = child.content if child.type == "text" else ""
        if child.type in ("math_inline", "math_single", "code_inline", "myst_role", "html_inline"):
            # A bullet replaces what is not prose. A formula that is a mere number counts as text.
            number = NUMBER.fullmatch(child.content.strip()) and child.type.startswith("math")
            text = child.content.strip() if number else "\u2022"
        lines[line] = lines.get(line, "") + text
        if depth and text:
            bold[-1] = (bold[-1][0], bold[-1][1] + text)
        if child.type in ("math_inline", "math_single", "code_inline"):
            line += child.content.count("\n")
    return Passage(tuple(lines.items()), kind, tuple(bold))
