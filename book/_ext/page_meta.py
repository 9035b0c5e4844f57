"""What search engines and social networks are told of a page: its title, two sentences, a picture.

The sentences are each page's own, from its front matter (``myst: html_meta: description``).
"""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
TAGS = re.compile(r"<[^>]*>")
# Sphinx names these in its templates only.
GENERATED = {"search": "Search", "genindex": "Index"}
PICTURE = "_static/social.png"
SIZE = (1200, 630)
WORDS = (
    "Three tables of one joint state, apart, after the hug and after the break-up, "
    "with the entanglement of each in ebits."
)


def description_of(doctree: nodes.document) -> str | None:
    """Return the description in a page's front matter."""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]
    return None


def describe(app: Sphinx, page: str, template: str, context: dict, doctree) -> None:
    """Add a page's tags to its head."""
    title = html.unescape(TAGS.sub("", context.get("title") or GENERATED.get(page, page)))
    tags = []
    if doctree is None:  # made by Sphinx itself: the search, the page for lost readers
        description = f"{title}: a page of “{app.config.html_title}”."
        tags.append(("name", "description", description))
    else:
        description = description_of(doctree)
        if description is None:
            LOGGER.warning("a page needs a description in its front matter", location=page)
            return
    # Where no address is known, addresses are relative: right for a reader, of no use to a network.
    home = app.config.html_baseurl or ""
    tags += [
        ("property", "og:type", "website" if page == app.config.root_doc else "article"),
        ("property", "og:site_name", app.config.html_title),
        ("property", "og:title", title),
        ("property", "og:description", description),
        ("property", "og:image", urljoin(home, PICTURE)),
        ("property", "og:image:width", str(SIZE[0])),
        ("property", "og:image:height", str(SIZE[1])),
        ("property", "og:image:alt", WORDS),
        ("name", "twitter:card", "summary_large_image"),
    ]
    if home:
        tags.append(("property", "og:url", urljoin(home, app.builder.get_target_uri(page))))
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<meta {kind}="{name}" content="{html.escape(content)}" />'
        for kind, name, content in tags
    )


def setup(app: Sphinx) -> dict:
    """Describe every page of HTML."""
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
