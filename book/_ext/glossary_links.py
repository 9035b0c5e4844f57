"""Links from the first use of each technical term on a page to the glossary.

The chapters need no markup: a student in Jupyter reads plain text, no link can be forgotten, and a
new chapter has its links at once. Where a word is not meant as the term, write
``[word]{.no-term}``.
"""

from __future__ import annotations

from collections.abc import Iterator

from acting_text import Acting
from chapters import BOOK, chapters
from docutils import nodes
from glossary import Finder
from questions import Answer, Legend
from sphinx import addnodes
from sphinx.application import Sphinx

# Nodes that are not running text, or already links.
APART = (
    nodes.title,
    nodes.rubric,
    nodes.caption,
    nodes.literal,
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.raw,
    nodes.comment,
    nodes.reference,
    nodes.target,
    nodes.citation_reference,
    nodes.footnote_reference,
    addnodes.pending_xref,
    # Answers to a question are controls, as is text that acts.
    Legend,
    Answer,
    Acting,
)


def is_prose(text: nodes.Text) -> bool:
    """Return whether a text belongs to the running text that authors wrote."""
    node = text.parent
    while node is not None:
        if isinstance(node, APART):
            return False
        if isinstance(node, nodes.Element):
            classes = node.get("classes", ())
            if "cell_output" in classes or "cell_input" in classes or "no-term" in classes:
                return False
            if node.get("nb_element"):
                # A code cell or its output; Markdown cells have no nb_element.
                return False
        node = node.parent
    return True


def running_text(document: nodes.document) -> Iterator[nodes.Text]:
    """Yield the running text of a page in order, with adjacent text nodes joined."""
    for parent in list(document.findall(nodes.TextElement)):
        children: list[nodes.Node] = []
        for child in parent.children:
            if children and isinstance(child, nodes.Text) and isinstance(children[-1], nodes.Text):
                children[-1] = nodes.Text(children[-1].astext() + child.astext())
            else:
                children.append(child)
        if len(children) < len(parent.children):
            parent.children = []
            parent.extend(children)
    for text in list(document.findall(nodes.Text)):
        if is_prose(text):
            yield text


def link(name: str, word: str, page: str) -> addnodes.pending_xref:
    """Return the reference that ``{term}`word <name>``` would give."""
    reference = addnodes.pending_xref(
        "", refdomain="std", reftype="term", reftarget=name, refexplicit=True, refwarn=True
    )
    reference["refdoc"] = page
    reference += nodes.inline(word, word, classes=["xref", "std", "std-term"])
    return reference


def link_first_uses(app: Sphinx, document: nodes.document) -> None:
    """Link the first use of each term in a chapter."""
    page = app.env.docname
    if page not in chapters():
        return
    app.env.note_dependency(str(BOOK / "glossary.md"))
    find = Finder(page)
    linked = {
        reference["reftarget"]
        for reference in document.findall(addnodes.pending_xref)
        if reference.get("reftype") == "term"
    }
    for text in running_text(document):
        words = text.astext()
        pieces: list[nodes.Node] = []
        done = 0
        for name, start, end in find(words):
            if name in linked:
                continue
            linked.add(name)
            if start > done:
                pieces.append(nodes.Text(words[done:start]))
            pieces.append(link(name, words[start:end], page))
            done = end
        if pieces:
            if done < len(words):
                pieces.append(nodes.Text(words[done:]))
            text.parent.replace(text, pieces)


def setup(app: Sphinx) -> dict:
    """Register the event handler."""
    app.connect("doctree-read", link_first_uses)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
