"""Pages that are there at once: what the theme loads and the book does not use is taken off them.

The theme draws a dozen icons. For these it loads a script of 1.5 MB with two thousand of them, and
beside it a font that has them as well; here only the font is kept, with the icons in use. It loads
the whole search on every page; here the page of the search has it. Scripts wait for the page.
"""

from __future__ import annotations

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.application import Sphinx

ICON_SCRIPT = re.compile(r'\s*<script defer src="[^"]*scripts/fontawesome\.js[^"]*"></script>')
SEARCH_SCRIPTS = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
# Inline scripts read the options, so that one file cannot wait.
WAITING = re.compile(r'<script (?![^>]*\bdefer\b)(?=[^>]*\bsrc=")(?![^>]*documentation_options)')
ICON = re.compile(r"\bfa-[a-z0-9-]+")
# Names, punctuation and spaces in code have its own colour, in both schemes: no need to say so.
PLAIN_CODE = re.compile(r'<span class="(?:n|p|w)">([^<]*)</span>')
# A rule for one icon: `.fa-list:before,.fa-list-squares:before{content:"\f03a"}`.
RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')
PICTURE = re.compile(r'<img(?![^>]*\bwidth=)(?=[^>]*>)[^>]*?\bsrc="(_images/[^"]+\.png)"')
# Icons in a rule's text, as themselves or by number; fonts keep them where no letter has a place.
WRITTEN = re.compile(r'[\ue000-\uf8ff]|"\\[ef][0-9a-f]{3}"')
WOFF2 = re.compile(r'url\([^)]*\.woff2\) format\("woff2"\),')


def lighten(page: str, name: str) -> str:
    """Return a page's HTML without what it has no use for.

    >>> lighten('<script src="a/searchtools.js"></script><script src="b.js"></script>', "index")
    '<script defer src="b.js"></script>'
    >>> lighten('<script src="a/searchtools.js"></script>', "search")
    '<script src="a/searchtools.js"></script>'
    >>> lighten('<span class="n">x</span><span class="o">=</span>', "index")
    'x<span class="o">=</span>'
    """
    page = PLAIN_CODE.sub(r"\1", ICON_SCRIPT.sub("", page))
    if name == "search":  # its own inline script starts the search
        return page
    return WAITING.sub("<script defer ", SEARCH_SCRIPTS.sub("", page))


def keep_icons(sheet: str, used: set[str]) -> tuple[str, set[int]]:
    r"""Return a style sheet with the rules of the used icons alone, and their characters.

    >>> keep_icons('.fa-sun:before{content:"\\f185"}.fa-cow:before{content:"\\f6c8"}', {"fa-sun"})
    ('.fa-sun:before{content:"\\f185"}', {61829})
    """
    characters = set()

    def kept(rule: re.Match[str]) -> str:
        if not used & set(ICON.findall(rule[1])):
            return ""
        characters.add(int(rule[2], 16))
        return rule[0]

    return RULE.sub(kept, sheet), characters


def number(sign: str) -> int:
    r"""Return the number of a character that a style sheet writes.

    >>> number('"\\f185"') == number("\uf185") == 0xF185
    True
    """
    return ord(sign) if len(sign) == 1 else int(sign.strip('"\\'), 16)


def size_pictures(page: str, folder: Path) -> str:
    """Write each picture's size beside it, so that text does not jump when the picture comes."""

    def sized(tag: re.Match[str]) -> str:
        with Image.open(folder / tag[1]) as image:
            return f'{tag[0]} width="{image.width}" height="{image.height}"'

    return PICTURE.sub(sized, page)


def subset_font(path: Path, characters: set[int]) -> None:
    """Keep these characters of a font."""
    font = TTFont(path)
    subsetter = subset.Subsetter(subset.Options(hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.save(path)


def lighten_all(app: Sphinx, exception: Exception | None) -> None:
    """Go over what was built."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    used = set()
    for path in out.glob("*.html"):
        text = size_pictures(lighten(path.read_text(encoding="utf-8"), path.stem), out)
        path.write_text(text, encoding="utf-8")
        used |= set(ICON.findall(text))
    static = out / "_static"
    theme = static / "styles" / "pydata-sphinx-theme.css"
    sheets = {path: path.read_text(encoding="utf-8") for path in static.rglob("*.css")}
    for path, text in sheets.items():
        if path != theme:
            used |= set(ICON.findall(text))
    sheets[theme], characters = keep_icons(sheets[theme], used)
    # Icons that rules write themselves, such as the one beside the title of a box.
    for text in sheets.values():
        characters |= {number(sign) for sign in WRITTEN.findall(text)}
    # Each font is there twice. To write WOFF2 takes one more package, for a file of a few kB.
    theme.write_text(WOFF2.sub("", sheets[theme]), encoding="utf-8")
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    for path in fonts.glob("*.ttf"):
        subset_font(path, characters)
    for path in [*fonts.glob("*.woff2"), *static.glob("scripts/fontawesome.js*")]:
        path.unlink()
    # For readers of the theme's own source.
    for path in [*static.rglob("*.js.map"), *static.rglob("*.css.map")]:
        path.unlink()


def setup(app: Sphinx) -> dict:
    """Come last."""
    app.connect("build-finished", lighten_all, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
