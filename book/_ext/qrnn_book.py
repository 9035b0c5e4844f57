"""The book's own Sphinx extension: a reliable cache, no outside scripts, small pages.

It adds what Jupyter Book does not do by itself:

- Jupyter Book's cache of executed chapters depends only on the text of the cells. Here a chapter
  also runs again if what it uses has changed: see `chapter_states`.
- Unused scripts are removed from pages: Thebe's, for which the book has no button, and the widget
  state for Jupyter's manager, since a live figure on a page brings its own.
- Pictures are stored with a palette of 48 colours, which makes them much smaller, while each colour
  keeps its meaning.
- To screen readers, the list of references is a list of list items.
"""

from __future__ import annotations

import os
from pathlib import Path

from chapter_states import forget_outdated
from myst_nb.core.render import WIDGET_STATE_MIMETYPE
from PIL import Image
from sphinx.application import Sphinx

from qrnnbook.plotting._palette import with_palette

ROOT = Path(__file__).resolve().parents[2]
#: Environment variable with the name of the only chapter to execute.
ONE_CHAPTER = "QRNN_BOOK_CHAPTER"


def execute_one(app: Sphinx, config) -> None:
    """For ``make chapter``, execute only the chosen chapter."""
    chosen = os.environ.get(ONE_CHAPTER)
    if chosen:
        pages = (path.name for path in Path(app.srcdir).glob("*.md"))
        config.nb_execution_excludepatterns = [name for name in pages if name != f"{chosen}.md"]


def choose_cache(app: Sphinx, config) -> None:
    """Use the cache of executed chapters, without those whose code or data have changed."""
    config.nb_execution_cache_path = str(forget_outdated())


def tidy_scripts(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Remove duplicate scripts, Thebe's (loaded twice, they fail) and widget states."""
    seen = set()
    kept = []
    for script in context.get("script_files", []):
        attributes = getattr(script, "attributes", {})
        key = (str(script), str(attributes.get("body")))
        if attributes.get("type") == WIDGET_STATE_MIMETYPE:
            continue
        if key in seen or "thebe" in "".join(key).lower():
            continue
        seen.add(key)
        kept.append(script)
    context["script_files"] = kept
    if "css_files" in context:
        context["css_files"] = [f for f in context["css_files"] if "thebe" not in str(f).lower()]


def name_list_items(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Give references the role of list items, since Sphinx's role is not allowed in a list.

    The lines of a long signature get the role "presentation": Sphinx writes them as a description
    list without terms, and they are not a list.
    """
    if "<dl>\n<dd>" in context.get("body", ""):
        body = context["body"].replace("<dl>\n<dd>", '<dl role="presentation">\n<dd>')
        context["body"] = body.replace(
            '<dd><em class="sig-param">', '<dd role="presentation"><em class="sig-param">'
        )
    if 'class="citation-list"' in context.get("body", ""):
        context["body"] = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')


def shrink_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Store the pictures from code cells with a palette, if that is smaller."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_images").glob("*.png"):
        png = path.read_bytes()
        with Image.open(path) as image:
            if image.mode == "P":
                continue
        smaller = with_palette(png)
        if len(smaller) < len(png):
            path.write_bytes(smaller)


def setup(app: Sphinx) -> dict:
    """Register the event handlers and the script."""
    app.connect("config-inited", choose_cache)
    app.connect("config-inited", execute_one)
    # After all others, whose priority is 500, to see what they add.
    app.connect("html-page-context", tidy_scripts, priority=900)
    app.connect("html-page-context", name_list_items)
    app.add_js_file("book.js", loading_method="defer")
    app.connect("build-finished", shrink_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
