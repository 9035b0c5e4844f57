"""Theorems and proofs as sphinx-proof makes them, with ids that are unique on a page.

It names the content of every theorem ``proof-content`` and every proof ``proof``. Here the content
is named after its theorem, and a proof has no id, as nothing links to it.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform


class UniqueIds(SphinxTransform):
    """Rename or take away the ids that every theorem and every proof has."""

    default_priority = 400

    def apply(self, **kwargs) -> None:
        """Go through one page."""
        for node in self.document.findall(nodes.Element):
            if node.get("ids") == ["proof-content"]:
                # Sphinx numbers figures by the ids of sections, so that this one needs an id.
                node["ids"] = [f"{node.parent['ids'][0]}-content"]
            elif node.get("ids") == ["proof"]:
                node["ids"] = []


def setup(app: Sphinx) -> dict:
    """Register the transform."""
    app.add_transform(UniqueIds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
