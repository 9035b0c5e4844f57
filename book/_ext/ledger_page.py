"""The ledger's page: the directive ``{ledger}`` lists every labelled equation of the book."""

from __future__ import annotations

from chapters import chapters, equation_labels
from docutils import nodes
from ledger import LEDGER, Formula, ledger
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def described(label: str, about: Formula) -> list[str]:
    """Return an entry of a definition list in MyST Markdown."""
    if about.definition:
        lines = [f": A definition: {about.definition}."]
    else:
        names = [
            f"{{library-name}}`{name}`" if name.startswith("qrnn") else f"`{name}`"
            for name in about.functions
        ]
        if about.chapter:
            names.append(f"`{about.chapter}` in the chapter")
        lines = [": Computed by " + ", ".join(names) + "."]
    files: dict[str, list[str]] = {}
    for test in about.tests:
        file, _, name = test.partition("::")
        files.setdefault(file.removeprefix("tests/"), []).append(name)
    for file, names in files.items():
        lines += ["", f"  Checked in `{file}`:", *(f"  - `{name}`" for name in names)]
    return [f"{about.what}, {{eq}}`{label}`", *lines, ""]


class Ledger(SphinxDirective):
    """Directive for all labelled equations, chapter by chapter, in their order."""

    def run(self) -> list[nodes.Node]:
        """Return the equations as nodes."""
        self.env.note_dependency(str(LEDGER))
        known = ledger()
        text = []
        for page in chapters():
            labels = [label for label in equation_labels(page) if label in known]
            if labels:
                text += [f"**{{doc}}`{page}`**", ""]
                for label in labels:
                    text += described(label, known[label])
        container = nodes.container(classes=["ledger"])
        self.state.nested_parse(text, self.content_offset, container)
        return [container]


def setup(app: Sphinx) -> dict:
    """Register the directive."""
    app.add_directive("ledger", Ledger)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
