"""Side remarks that fold: a comment in the source begins one, the end of its section ends it.

In the source, ``<!-- fold: What is found inside -->`` stands before what is off the main line of
the chapter. Jupyter shows nothing of the comment and all of the text. In the page, the text from
there to ``<!-- fold end -->``, or to the end of the section, is folded behind that line. Paper has
it all.
"""

from __future__ import annotations

import html
import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

BEGIN = re.compile(r"\s*<!-- fold: (?P<line>.*?) -->\s*\Z", flags=re.DOTALL)
END = re.compile(r"\s*<!-- fold end -->\s*\Z")

logger = logging.getLogger(__name__)


class Fold(nodes.General, nodes.Element):
    """What is folded, behind its line."""


class Folds(SphinxPostTransform):
    """Put what follows a comment into a `Fold`."""

    default_priority = 30  # after the outputs of cells are in place
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Fold the side remarks of one page."""
        for mark in list(self.document.findall(nodes.raw)):
            found = BEGIN.match(mark.astext())
            if not found or mark.parent is None:
                continue
            parent = mark.parent
            start = parent.index(mark)
            inside = []
            for node in parent[start + 1 :]:
                if isinstance(node, nodes.raw) and END.match(node.astext()):
                    parent.remove(node)
                    break
                if isinstance(node, nodes.raw) and BEGIN.match(node.astext()):
                    break
                # What the section teaches of the library stays in sight, and a fold before a
                # page's first heading ends there.
                if "in-the-library" in node.get("classes", ()):
                    break
                if isinstance(node, nodes.section) and isinstance(parent.parent, nodes.document):
                    break
                inside.append(node)
            if not inside:
                logger.warning("a fold holds nothing: %s", found["line"], location=mark)
            fold = Fold("", line=" ".join(found["line"].split()))
            for node in inside:
                parent.remove(node)
                fold.append(node)
            parent.replace(mark, fold)


def visit(self, node: Fold) -> None:
    """Begin the fold with its line."""
    line = html.escape(node["line"])
    self.body.append(f'<details class="fold">\n<summary>{line}</summary>\n')


def depart(self, node: Fold) -> None:
    """End the fold."""
    self.body.append("</details>\n")


def setup(app: Sphinx) -> dict:
    """Register the node and the transform."""
    app.add_node(Fold, html=(visit, depart))
    app.add_post_transform(Folds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
