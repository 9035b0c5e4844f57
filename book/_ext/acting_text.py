"""Text that acts: a phrase that sets controls of the live figure above it.

``{try}`take it to 0 <undone=0>` `` becomes a button in the sentence. Between the angle brackets
stand names of the figure's traits, each with its value as JSON: ``<gate="CNOT" undone=0.5>``. On
paper, and in Jupyter, the phrase is text.
"""

from __future__ import annotations

import html
import json
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

PHRASE = re.compile(r"(?P<text>.+?)\s*<(?P<settings>[^<>]+)>\Z", flags=re.DOTALL)
SETTING = re.compile(r"\s*(?P<name>[a-z_]\w*)=")


class Acting(nodes.Inline, nodes.TextElement):
    """A phrase with the settings that it makes."""


def settings(text: str) -> dict:
    """Return names with their values.

    >>> settings('undone=0.5 gate="a b" outcome=-1')
    {'undone': 0.5, 'gate': 'a b', 'outcome': -1}
    """
    found = {}
    rest = text.strip()
    while rest:
        name = SETTING.match(rest)
        if not name:
            raise ValueError(
                f"settings must be written as name=value with values in JSON, got {text}"
            )
        rest = rest[name.end() :]
        value, end = json.JSONDecoder().raw_decode(rest)
        found[name["name"]] = value
        rest = rest[end:].strip()
    return found


class Try(SphinxRole):
    """The role `try`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the phrase, or a message that says what is wrong with it."""
        phrase = PHRASE.match(self.text)
        try:
            if not phrase:
                raise ValueError(
                    f"a phrase must end with its settings: text <name=value>, got {self.text}"
                )
            node = Acting("", phrase["text"], settings=settings(phrase["settings"]))
        except ValueError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [nodes.Text(self.text)], [message]
        return [node], []


def visit(self, node: Acting) -> None:
    """Begin the button; `assets/book.js` finds the figure and sets it."""
    what = html.escape(json.dumps(node["settings"]))
    self.body.append(f'<button type="button" class="try" data-settings="{what}">')


def depart(self, node: Acting) -> None:
    """End the button."""
    self.body.append("</button>")


def plain(self, node: Acting) -> None:
    """Add nothing around the text."""


def setup(app: Sphinx) -> dict:
    """Register the role and the node."""
    app.add_node(Acting, html=(visit, depart), latex=(plain, plain), text=(plain, plain))
    app.add_role("try", Try())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
