"""Pictures from code cells as drawings in the page: its colours, dark and light, and its fonts.

A cell's figure comes as SVG and as PNG. The SVG is written into the page, with each of the book's
colours as a variable of the style sheet, so that it follows the reader's scheme. A picture of very
many marks is smaller as PNG and stays one. Both are shown in the same scale: the labels of all
figures have one size.
"""

from __future__ import annotations

import html
import re
from itertools import count
from pathlib import Path

from docutils import nodes
from formulas import italic
from PIL import Image
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from qrnnbook import plotting

#: Pixels of the page to a point of Matplotlib: text of 13 points is 14 pixels high.
SCALE = 14 / 13
#: A drawing of more bytes than this is kept as PNG.
HEAVY = 32_000
#: Colours of the figures, and the page's names for them.
COLOURS = {
    plotting.TRUTH: "currentColor",
    "#ffffff": "var(--pst-color-background)",
    "#8a8a8a": "var(--drawing-axis)",
    "#e3e3e3": "var(--drawing-rule)",
    plotting.SYSTEM: "var(--qrnn-system)",
    plotting.MEMORY: "var(--qrnn-memory)",
    plotting.ENTANGLEMENT: "var(--qrnn-entangled)",
    plotting.CELL: "var(--qrnn-cell)",
    plotting.ink(plotting.MEMORY): "var(--qrnn-memory-ink)",
    plotting.ink(plotting.ENTANGLEMENT): "var(--qrnn-entangled-ink)",
    plotting.ink(plotting.CELL): "var(--qrnn-cell-ink)",
    **dict.fromkeys(plotting.BASELINES, "var(--drawing-grey)"),
}
_COLOURS = {colour.lower(): name for colour, name in COLOURS.items()}

COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
NUMBER = re.compile(r"-?\d+\.\d{3,}")
FAMILY = re.compile(r"font-family: (?P<names>[^;\"]*);? ?")
UPRIGHT = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
SLANTED = re.compile(r'font-style: italic; (?P<rest>[^"]*Formulas[^>]*>)(?P<letters>[^<]*)')
EMPTY = re.compile(r"<g/>|<g></g>")
REFERENCE = re.compile(r"(?:url\(#|href=\"#)([\w.-]+)")
ID = re.compile(r'\s+id="([\w.-]+)"')
SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)pt"')
VIEW = re.compile(r'viewBox="([^"]*)"')
MARKS = re.compile(r"<g(?P<clip>(?: clip-path=\"[^\"]*\")?)>(?P<marks>(?:<use [^>]*/>){2,})</g>")
STYLE = re.compile(r' style="[^"]*"')

_numbers = count(1)


def fitted(text: str, name: str, alt: str) -> str:
    """Return Matplotlib's SVG as an element for a page; `name` sets its ids apart from others'."""
    body = text[text.index("<svg ") :]
    size = SIZE.search(body)
    width = float(size[1]) * SCALE
    view = VIEW.search(body)[1]
    body = body[body.index(">") + 1 :]
    body = re.sub(
        r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL
    )
    body = COLOUR.sub(lambda found: _COLOURS.get(found[0].lower(), found[0]), body)
    # The family is the page's, but that of formulas.
    body = FAMILY.sub(
        lambda found: "font-family: Formulas, serif; " if "STIX" in found["names"] else "", body
    )
    body = SLANTED.sub(lambda found: found["rest"] + "".join(map(italic, found["letters"])), body)
    body = NUMBER.sub(_short, UPRIGHT.sub("", body))
    used = dict.fromkeys(REFERENCE.findall(body))
    ids = {old: f"{name}-{number}" for number, old in enumerate(used)}
    body = ID.sub(lambda found: f' id="{ids[found[1]]}"' if found[1] in used else "", body)
    body = REFERENCE.sub(lambda found: found[0].replace(f"#{found[1]}", f"#{ids[found[1]]}"), body)
    body = EMPTY.sub("", re.sub(r">\s+<", "><", body)).replace("xlink:href", "href")
    body = MARKS.sub(_styled_once, body)
    body = re.sub(r'(<path d=")([^"]*)"', lambda d: f'{d[1]}{" ".join(d[2].split())}"', body)
    label = f' role="img" aria-label="{html.escape(alt)}"' if alt else ' aria-hidden="true"'
    style = f"max-width: {width:.0f}px; min-width: {0.66 * width:.0f}px"
    return f'<div class="drawing"><svg viewBox="{view}" style="{style}"{label}>{body}</div>'


def _styled_once(found: re.Match[str]) -> str:
    """Return a row of marks of one style with the style in their group, not in each."""
    styles = STYLE.findall(found["marks"])
    if len(styles) != found["marks"].count("<use ") or len(set(styles)) > 1:
        return found[0]
    return f"<g{found['clip']}{styles[0]}>{STYLE.sub('', found['marks'])}</g>"


def _short(found: re.Match[str]) -> str:
    """Return a number with as many digits as can be seen; factors have none to spare."""
    number = float(found[0])
    return f"{number:.2f}".rstrip("0").rstrip(".") if abs(number) >= 1 else f"{number:.4g}"


class Lighter(SphinxPostTransform):
    """Of a picture in two forms keep the PNG if the SVG is heavy."""

    default_priority = 3  # before MyST-NB chooses between them, at 4
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Remove heavy drawings from one page."""
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") != "mime_bundle":
                continue
            kinds = {kind["mime_type"]: kind for kind in bundle.children}
            if not {"image/svg+xml", "image/png"} <= kinds.keys():
                continue
            (image,) = kinds["image/svg+xml"].findall(nodes.image)
            if self._path(image).stat().st_size > 3 * HEAVY or len(self._drawn(image)) > HEAVY:
                bundle.remove(kinds["image/svg+xml"])

    def _path(self, image: nodes.image) -> Path:
        return Path(self.env.srcdir, image["uri"].lstrip("/"))

    def _drawn(self, image: nodes.image) -> str:
        return fitted(self._path(image).read_text(encoding="utf-8"), "d", "")


class Inline(SphinxPostTransform):
    """Write the drawings into the page, and give the pictures their width."""

    default_priority = 6  # after the choice, before Sphinx collects and converts images
    formats = ("html",)

    def run(self, **kwargs) -> None:
        """Replace the images of code cells on one page."""
        for image in list(self.document.findall(nodes.image)):
            if "jupyter_execute" not in image["uri"]:
                continue
            path = Path(self.env.srcdir, image["uri"].lstrip("/"))
            if path.suffix == ".svg":
                text = fitted(
                    path.read_text(encoding="utf-8"), f"d{next(_numbers)}", image.get("alt", "")
                )
                image.replace_self(nodes.raw("", text, format="html"))
            elif path.suffix == ".png":
                with Image.open(path) as picture:
                    inches = picture.width / picture.info.get("dpi", (144, 144))[0]
                image["width"] = f"{72 * SCALE * inches:.0f}px"


def setup(app: Sphinx) -> dict:
    """Register both transforms."""
    app.add_post_transform(Lighter)
    app.add_post_transform(Inline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
