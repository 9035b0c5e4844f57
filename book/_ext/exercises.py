"""The book's changes to exercises and solutions, whose directives are sphinx-exercise's.

- An exercise has one of three levels, given by its class and shown in its title. The page shows its
  title and folds the rest, so that the exercises of a chapter are a list to choose from.
- The title of a solution has no link, because a link would catch the click that opens it.
- A solution stands inside ``<details>``, so that Jupyter, which shows a directive as text, folds it
  too. In the page the directive's own dropdown does that, and the ``<details>`` are removed.
- sphinx-exercise gives every body the same id. Ids must be unique in a page, so it is dropped.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

LEVELS = ("warm-up", "practice", "challenge")

logger = logging.getLogger(__name__)


def unfold(node: nodes.Element) -> None:
    """Remove ``<details>`` tags and keep their content."""
    for raw in list(node.findall(nodes.raw)):
        if raw.astext().strip().startswith(("<details", "</details")):
            raw.parent.remove(raw)


class Tidy(SphinxTransform):
    """Check the level of each exercise; turn bodies into plain containers."""

    default_priority = 11  # after sphinx-exercise has gathered content between start and end, at 10

    def apply(self) -> None:
        """Change the exercises and solutions of one chapter."""
        for node in list(self.document.findall(nodes.Admonition)):
            if is_exercise_node(node):
                levels = [level for level in LEVELS if level in node["classes"]]
                if len(levels) != 1:
                    logger.warning(
                        "the exercise %s must have one of the classes %s, got %s",
                        node["label"],
                        ", ".join(LEVELS),
                        " and ".join(levels) or "none",
                        location=node["docname"],
                    )
                node["classes"].append("dropdown")
            elif is_solution_node(node):
                unfold(node)
            else:
                continue
            for body in [child for child in node if isinstance(child, nodes.section)]:
                plain = nodes.container("", *body.children, classes=["exercise-body"])
                node.replace(body, plain)  # replace_self would pass the id on


class Titles(SphinxPostTransform):
    """Add the level to the title of an exercise; remove the link from that of a solution."""

    default_priority = 25  # sphinx-exercise writes the titles at 20 and 21

    def run(self, **kwargs) -> None:
        """Change the titles of one chapter."""
        for node in self.document.findall(nodes.Admonition):
            if is_exercise_node(node):
                for level in LEVELS:
                    if level in node["classes"]:
                        node[0] += nodes.Text(" ")
                        node[0] += nodes.inline("", level, classes=["level"])
            elif is_solution_node(node):
                words = node[0].astext().partition(" (")[0]  # without the exercise's own title
                node[0].clear()
                node[0] += nodes.Text(words)


def setup(app: Sphinx) -> dict:
    """Register both transforms."""
    app.add_transform(Tidy)
    app.add_post_transform(Titles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
