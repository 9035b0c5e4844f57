"""Fast pages: removal of what the theme loads and the book does not use.

For a dozen icons the theme loads a script of 1.5 MB with two thousand of them, and a font with the
same icons; only the font is kept, reduced to the icons in use. The theme loads the whole search on
every page; here only the search page has it. Scripts are deferred. The style sheets are merged into
one with only the rules in use (`used_styles`). Live figures of a kind share one script on a page.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from used_styles import WORD, keep_used

ICON_SCRIPT = re.compile(r'\s*<script defer src="[^"]*scripts/fontawesome\.js[^"]*"></script>')
SEARCH_SCRIPTS = re.compile(
    r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>'
)
WAITING = re.compile(r'<script (?![^>]*\bdefer\b)(?=[^>]*\bsrc=")')
# Inline scripts read Sphinx's options, which are short: they are put into the page.
OPTIONS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')
TABS = re.compile(r'\s*<script [^>]*src="[^"]*design-tabs\.js[^"]*"></script>')
# The theme asks for the reader's colour scheme only after it has drawn the page, and then redraws.
SCHEME = re.compile(r"(document\.documentElement\.dataset)\.theme = localStorage[^;]*;")
SCHEME_AT_ONCE = (
    r"""\1.theme = \1.mode !== "auto" ? \1.mode"""
    r""" : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";"""
)
# The search fetches each page it has found, for a summary, which a page opened from disk cannot do.
NO_SUMMARIES = (
    'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
)
# Names, punctuation and spaces in code have the colour of code in both schemes: no spans needed.
PLAIN_CODE = re.compile(r'<span class="(?:n|p|w)">([^<]*)</span>')
PICTURE = re.compile(r'<img(?![^>]*\bwidth=)(?=[^>]*>)[^>]*?\bsrc="(_images/[^"]+\.png)"')
# A live figure's style, and its script: the code, and the call that draws it in its place.
FIGURE_STYLE = re.compile(r"<style>[^<]*\.qrnn-live[^<]*</style>\n?")
FIGURE_SCRIPT = re.compile(
    r'<script type="module">\n((?:(?!</script>).)*?)(mount\([^\n]*\);\n)</script>', flags=re.DOTALL
)
# Scripts load early enough at the end of a page; preloading them would only delay the styles.
EARLY = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
SHEET = re.compile(
    r'\s*<link (?=[^>]*rel="stylesheet")[^>]*href="([^"]*_static/)([^"?]*)[^"]*"[^>]*>'
)
IMPORT = re.compile(r'@import "([^"]*)";')
WOFF2 = re.compile(r'url\([^)]*\.woff2"?\) format\("woff2"\),')


def lighten(page: str, name: str, options: str = "") -> str:
    """Return a page's HTML without unused parts, and with the text of Sphinx's options inline.

    >>> lighten('<script src="a/searchtools.js"></script><script src="b.js"></script>', "index")
    '<script defer src="b.js"></script>'
    >>> lighten('<script src="a/searchtools.js"></script>', "search")
    '<script src="a/searchtools.js"></script>'
    >>> lighten('<script src="documentation_options.js?v=1"></script>', "index", "const A = 1;")
    '<script>const A = 1;</script>'
    >>> lighten('<span class="n">x</span><span class="o">=</span>', "index")
    'x<span class="o">=</span>'
    """
    page = PLAIN_CODE.sub(r"\1", EARLY.sub("", ICON_SCRIPT.sub("", page)))
    page = SCHEME.sub(SCHEME_AT_ONCE, page)
    words = [*options.split(), *([NO_SUMMARIES] if name == "search" else [])]
    page = OPTIONS.sub(lambda _: f"<script>{' '.join(words)}</script>", page)
    if "sd-tab-set" not in page:
        page = TABS.sub("", page)
    if name == "search":  # its own inline script starts the search
        return page
    return WAITING.sub("<script defer ", SEARCH_SCRIPTS.sub("", page))


def share_scripts(page: str) -> str:
    r"""Keep one style and one script for all live figures of a kind on a page.

    The script is a module, which runs when the page is complete: it can draw all of them.

    >>> one, two = (f'<script type="module">\nA\nmount(f, {k});\n</script>' for k in (1, 2))
    >>> print(share_scripts(f"{one}<p></p>{two}"))
    <script type="module">
    A
    mount(f, 1);
    mount(f, 2);
    </script><p></p>
    """
    styles: set[str] = set()
    mounts: dict[str, list[str]] = {}
    for code, mount in FIGURE_SCRIPT.findall(page):
        mounts.setdefault(code, []).append(mount)

    def once(style: re.Match[str]) -> str:
        is_new = style[0] not in styles
        styles.add(style[0])
        return style[0] if is_new else ""

    def together(script: re.Match[str]) -> str:
        calls = mounts.pop(script[1], [])
        return f'<script type="module">\n{script[1]}{"".join(calls)}</script>' if calls else ""

    return FIGURE_SCRIPT.sub(together, FIGURE_STYLE.sub(once, page))


def size_pictures(page: str, folder: Path) -> str:
    """Add each picture's size, so that text does not jump when the picture arrives."""

    def sized(tag: re.Match[str]) -> str:
        with Image.open(folder / tag[1]) as image:
            return f'{tag[0]} width="{image.width}" height="{image.height}"'

    return PICTURE.sub(sized, page)


def subset_font(path: Path, characters: set[int]) -> None:
    """Reduce a font file to these characters."""
    font = TTFont(path)
    subsetter = subset.Subsetter(subset.Options(hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.save(path)


def bundle(pages: dict[str, str], static: Path) -> tuple[dict[str, str], str]:
    """Merge the style sheets, which all pages share; return the changed pages and the new sheet."""
    linked = {tuple(name for _, name in SHEET.findall(page)) for page in pages.values()}
    if len(linked) != 1:
        raise ExtensionError(f"all pages must have the same style sheets, got {linked}")
    text = "\n".join((static / name).read_text(encoding="utf-8") for name in linked.pop())
    # The new sheet lies in `static`; the old ones lie there too, or one folder below.
    text = text.replace("../", "")
    text = IMPORT.sub(lambda found: (static / found[1]).read_text(encoding="utf-8"), text)
    if IMPORT.search(text):
        raise ExtensionError("an imported style sheet must not import another one")
    # Each font comes in two formats. Writing WOFF2 would need another package, to save a few kB.
    text = WOFF2.sub("", text)
    scripts = (path.read_text(encoding="utf-8") for path in static.rglob("*.js"))
    text = keep_used(text, set(WORD.findall("\n".join([*pages.values(), *scripts]))))
    for path in static.rglob("*.css"):
        path.unlink()
    # A hash in the name: browsers may cache the file until its text changes.
    name = f"book-{hashlib.sha256(text.encode()).hexdigest()[:8]}.css"
    (static / name).write_text(text, encoding="utf-8")
    return {stem: use_sheet(page, name) for stem, page in pages.items()}, text


def use_sheet(page: str, name: str) -> str:
    """Replace the links to style sheets by one link, in the place of the first.

    >>> links = '<link href="../_static/styles/a.css?v=1" rel="stylesheet">'
    >>> use_sheet(f'{links}<link rel="stylesheet" href="../_static/b.css">', "c.css")
    '<link rel="stylesheet" href="../_static/c.css">'
    """
    first = SHEET.search(page)
    link = f'<link rel="stylesheet" href="{first[1]}{name}">'
    return page[: first.start()] + link + SHEET.sub("", page[first.start() :])


def lighten_all(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the built pages, their style sheets and fonts."""
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    paths = {path.stem: path for path in sorted(out.glob("*.html"))}
    texts = {stem: path.read_text(encoding="utf-8") for stem, path in paths.items()}
    options = (static / "documentation_options.js").read_text(encoding="utf-8")
    light = {stem: share_scripts(lighten(text, stem, options)) for stem, text in texts.items()}
    pages = {stem: size_pictures(text, out) for stem, text in light.items()}
    for path in static.glob("scripts/fontawesome.js*"):
        path.unlink()
    pages, sheet = bundle(pages, static)
    for stem, page in pages.items():
        paths[stem].write_text(page, encoding="utf-8")
    fonts = static / "vendor" / "fontawesome" / "webfonts"
    # A rule writes an icon as the character or as its number.
    icons = {ord(sign) for sign in re.findall("[\ue000-\uf8ff]", sheet)}
    icons |= {int(code, 16) for code in re.findall(r'"\\([0-9a-f]+)"', sheet)}
    for path in fonts.glob("*.ttf"):
        subset_font(path, icons)
    # Unused font files, and source maps, which only the theme's developers need.
    for path in [*fonts.glob("*.woff2"), *static.rglob("*.js.map"), *static.rglob("*.css.map")]:
        path.unlink()


def setup(app: Sphinx) -> dict:
    """Register the event handler, with a priority that runs it last."""
    app.connect("build-finished", lighten_all, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
