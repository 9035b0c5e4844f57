"""The typefaces of the pages, reduced to the characters in use and stored with the book.

Source Serif for the text and Source Sans for menus and figures (both by Adobe, under the Open Font
License) come with two packages of the environment. Nothing is loaded from elsewhere.
"""

from __future__ import annotations

import html
import re
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

#: The name of each file in the pages, and where its font is: package and cut.
CUTS = {
    "text": ("font_source_serif_pro", "SourceSerifPro-Regular"),
    "text-italic": ("font_source_serif_pro", "SourceSerifPro-It"),
    "text-strong": ("font_source_serif_pro", "SourceSerifPro-Semibold"),
    "plain": ("font_source_sans_pro", "SourceSansPro-Regular"),
    "plain-strong": ("font_source_sans_pro", "SourceSansPro-Semibold"),
}
TAG = re.compile(r"<[^>]*>")


def reduced(package: str, cut: str, characters: set[str]) -> TTFont:
    """Return a font with those of the characters that it has, and its kerning and ligatures."""
    spec = find_spec(package)
    font = TTFont(Path(spec.origin).parent / "files" / f"{cut}.ttf")
    options = subset.Options(
        hinting=False, layout_features=["kern", "liga", "tnum", "mark", "ccmp"]
    )
    options.drop_tables += ["DSIG", "FFTM"]
    # Keep the names that state authorship and licence, as the licence requires.
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(characters))
    subsetter.subset(font)
    font.flavor = "woff"
    return font


def write_fonts(app: Sphinx, exception: Exception | None) -> None:
    """Write the fonts beside the built pages."""
    if exception is not None or app.builder.name != "html":
        return
    characters = {chr(code) for code in range(32, 127)}
    for page in Path(app.outdir).glob("*.html"):
        characters |= set(html.unescape(TAG.sub("", page.read_text(encoding="utf-8"))))
    for name, (package, cut) in CUTS.items():
        reduced(package, cut, characters).save(Path(app.outdir, "_static", f"{name}.woff"))


def setup(app: Sphinx) -> dict:
    """Register the event handler."""
    app.connect("build-finished", write_fonts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
