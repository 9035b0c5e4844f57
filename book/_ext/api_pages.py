"""The library's reference pages, made from its docstrings and from ``book/api.yml``.

- The directive ``{api} topic`` inserts all entries of a topic.
- Each entry names the section that teaches it and the formulas that it computes.
- Each of those sections ends with a line that lists the entries it teaches.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import yaml
from chapters import BOOK
from docutils import nodes
from docutils.utils import unescape
from ledger import ledger
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from qrnnlib._moved import OLD_NAME

API = BOOK / "api.yml"
# Settings of autodoc and napoleon for NumPy-style docstrings; types stay plain text.
SETTINGS = {
    "autodoc_typehints": "none",
    "autodoc_member_order": "bysource",
    "autodoc_preserve_defaults": True,
    "napoleon_google_docstring": False,
    "napoleon_use_param": False,
    "napoleon_use_rtype": False,
    "napoleon_use_ivar": False,
    "napoleon_custom_sections": [("Attributes", "params_style")],
    "add_module_names": False,
    "default_role": "library-name",
    "python_maximum_signature_line_length": 60,
    "toc_object_entries_show_parents": "hide",
    "modindex_common_prefix": ["qrnnlib.", "qrnnbook."],
    "html_domain_indices": False,
    # Exceptions of other libraries, whose documentation cannot be looked up without a network.
    "nitpick_ignore": [
        ("py:exc", "sklearn.exceptions.NotFittedError"),
        ("py:exc", "traitlets.TraitError"),
    ],
}


def entries() -> dict[str, dict[str, dict[str, str]]]:
    """Read ``api.yml``: the topics, their names, and the properties of each name."""
    return yaml.safe_load(API.read_text(encoding="utf-8"))


def resolve(name: str) -> Any:
    """Return the object with a dotted name, or raise LookupError."""
    parts = name.split(".")
    for known in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:known]))
        except ModuleNotFoundError:
            continue
        for part in parts[known:]:
            if not hasattr(found, part):
                raise LookupError(f"there is no {name}: {'.'.join(parts[:known])} has no {part}")
            found = getattr(found, part)
        return found
    raise LookupError(f"there is no {name}")


def directive_of(name: str) -> list[str]:
    """Return the reStructuredText that documents a name."""
    thing = resolve(name)
    if inspect.isclass(thing):
        lines = [f".. autoclass:: {name}"]
        if issubclass(thing, Exception):
            return [f".. autoexception:: {name}"]
        if not name.startswith("qrnnbook.widgets."):  # users need only their arguments
            lines.append("   :members:")
        return lines
    if callable(thing):
        return [f".. autofunction:: {name}"]
    # A constant: its comment stands in the module that defines it, not in the one that exports it.
    package, _, short = name.rpartition(".")
    for module in (package, f"{package}.style"):
        comments = ModuleAnalyzer.for_module(module).find_attr_docs()
        if ("", short) in comments:
            text = [f"   {line}" for line in comments["", short]]
            taught = f"   {taught_line(name)}"
            return [f".. py:data:: {name}", f"   :value: {thing!r}", "", *text, taught]
    raise ExtensionError(f"api.yml: {name} has no comment that begins with '#:'")


def taught_line(name: str) -> str:
    """Return reStructuredText with links from an entry to its section and its formulas."""
    taught = {n: about["taught"] for topic in entries().values() for n, about in topic.items()}
    line = f"**Taught in** :section:`{taught[name]}`."
    labels = [label for label, about in ledger().items() if name in about.functions]
    if labels:
        line += " **Formulas:** " + ", ".join(f":formula:`{label}`" for label in labels) + "."
    return line


class Api(SphinxDirective):
    """Directive for all entries of a topic, in the order of ``api.yml``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the entries as nodes."""
        topic = self.arguments[0]
        self.env.note_dependency(str(API))
        lines = ["````{eval-rst}"]
        for name in entries()[topic]:
            lines += [*directive_of(name), ""]
        lines.append("````")
        return self.parse("\n".join(lines))

    def parse(self, text: str) -> list[nodes.Node]:
        """Parse MyST Markdown, the language of the pages."""
        container = nodes.container(classes=["api"])
        self.state.nested_parse(text.splitlines(), self.content_offset, container)
        return [container]


def add_links(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list) -> None:
    """Append links to the section and the formulas to a docstring."""
    if any(name in topic for topic in entries().values()):
        lines += ["", taught_line(name), ""]


def leave_out(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out scikit-learn's methods, old names, and values, which the class docstring has."""
    made_by_others = name.startswith("set_") and name.endswith("_request")
    old_name = (getattr(obj, "__doc__", None) or "").startswith(OLD_NAME)
    shown = callable(obj) or isinstance(obj, property)
    return True if made_by_others or old_name or not shown else None


def library_name(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Render `` `word` `` in a docstring as code, with a link if it is a name of the library."""
    word = unescape(text)
    reference = addnodes.pending_xref(
        rawtext, refdomain="", reftype="library-name", reftarget=word, refexplicit=False
    )
    reference["refdoc"] = inliner.document.settings.env.docname
    short = word.removeprefix("qrnnlib.").removeprefix("qrnnbook.")
    reference += nodes.literal(short, short)
    return [reference], []


def page_role(kind: str):
    """Return a role whose link `resolve_link` resolves."""

    def role(name, rawtext, text, lineno, inliner, options=None, content=None):
        page = inliner.document.settings.env.docname
        reference = addnodes.pending_xref(
            rawtext, refdomain="", reftype=kind, reftarget=text, refexplicit=False, refdoc=page
        )
        reference += nodes.inline(text, text)
        return [reference], []

    return role


def resolve_link(app: Sphinx, env: Any, node: Any, contnode: Any) -> nodes.Node | None:
    """Resolve a link to a section of a chapter, to a formula, or to an entry of the reference."""
    kind, target, page = node.get("reftype"), node.get("reftarget"), node.get("refdoc")
    if kind == "section":
        chapter, _, slug = target.partition("#")
        known = env.metadata.get(chapter, {}).get("myst_slugs", {})
        if slug not in known:
            raise ExtensionError(f"{page}: there is no section {target}")
        _, anchor, title = known[slug]
        uri = app.builder.get_relative_uri(page, chapter) + f"#{anchor}"
        return nodes.reference("", title, internal=True, refuri=uri)
    if kind == "formula":
        found = env.get_domain("math").resolve_xref(
            env, page, app.builder, "eq", target, node, nodes.inline()
        )
        what = ledger()[target].what
        uri = found["refuri"] if "refuri" in found else f"#{found['refid']}"
        return nodes.reference("", what, internal=True, refuri=uri)
    if kind == "library-name":
        word = target.removesuffix("()")
        known = [name for topic in entries().values() for name in topic]
        rooms = ("plotting", "widgets", "recording")
        prefixes = ("", "qrnnlib.", *(f"qrnnbook.{room}." for room in rooms))
        full = next((p + word for p in prefixes if p + word in known), None)
        if full:
            python = env.get_domain("py")
            return python.resolve_xref(env, page, app.builder, "obj", full, node, contnode)
        return contnode
    return None


def end_sections(app: Sphinx, document: nodes.document) -> None:
    """End each section that teaches names of the library with a line that lists them."""
    page = app.env.docname
    taught: dict[str, list[str]] = {}
    for topic in entries().values():
        for name, about in topic.items():
            chapter, _, slug = about["taught"].partition("#")
            if chapter == page:
                taught.setdefault(slug, []).append(name)
    if not taught:
        return
    app.env.note_dependency(str(API))
    for section in document.findall(nodes.section):
        names = taught.get(section.get("slug", ""))
        if names:
            line = nodes.paragraph(classes=["in-the-library"])
            line += nodes.inline("", "In the library: ")
            for number, name in enumerate(names):
                if number:
                    line += nodes.Text(", ")
                line += python_reference(name, page)
            parts = [k for k, child in enumerate(section) if isinstance(child, nodes.section)]
            section.insert(parts[0] if parts else len(section), line)


def python_reference(name: str, page: str) -> addnodes.pending_xref:
    """Return the reference that ``{py:obj}`short <name>``` would give."""
    reference = addnodes.pending_xref(
        "", refdomain="py", reftype="obj", reftarget=name, refexplicit=True, refdoc=page
    )
    short = name.removeprefix("qrnnlib.").removeprefix("qrnnbook.")
    reference += nodes.literal(short, short, classes=["xref", "py", "py-obj"])
    return reference


def setup(app: Sphinx) -> dict:
    """Register the directive, the roles and the event handlers."""
    app.add_directive("api", Api)
    app.add_role("library-name", library_name)
    for kind in ("section", "formula"):
        app.add_role(kind, page_role(kind))

    def configure(app: Sphinx, config: Any) -> None:
        for name, value in SETTINGS.items():
            setattr(config, name, value)

    app.connect("config-inited", configure, priority=400)
    app.connect("autodoc-process-docstring", add_links, priority=900)  # after napoleon
    app.connect("autodoc-skip-member", leave_out)
    app.connect("missing-reference", resolve_link)
    app.connect("doctree-read", end_sections)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
