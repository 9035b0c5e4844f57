r"""Formulas as MathML, made when the book is built, which browsers render natively.

The formulas of a page appear together with the text, even without scripts, and screen readers
understand MathML. MathJax reads the TeX (see ``formulas.js``) in a V8 engine without a page.

The font comes with the pages, reduced to the characters in use.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

# The book uses only a few data files of these two packages, not their code.
MATHJAX = Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5"
# Signs of formulas in the drawings of `drawings.py`.
IN_DRAWING = re.compile(r"<t(?:ext|span) [^>]*font-family: Formulas[^>]*>([^<]*)<")
FONT = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
#: MathJax scripts that read TeX, in order of dependency.
SCRIPTS = ("loader.js", "core.js", "adaptors/liteDOM.js", "input/tex.js")
# Browsers lower a script by the depth of its base plus a font constant, which TeX does not do.
# These constants bring scripts closer to TeX's positions.
SCRIPT_DROP = {"SubscriptBaselineDropMin": 0, "SubscriptShiftDown": 170}
SCRIPT_DROP |= {"SuperscriptBaselineDropMax": 400, "SpaceAfterScript": 20}
FORMULA = re.compile(r"<math\b.*?</math>", flags=re.DOTALL)
# No line break may come between a formula and the punctuation next to it.
OPENING, CLOSING = r"[(\[\u201c\u2018]*", r"[-\u2013.,;:!?%)\]\u2019\u201d]*"
TOGETHER = re.compile(f"({OPENING})({FORMULA.pattern})({CLOSING})", flags=re.DOTALL)

ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", flags=re.DOTALL)

logger = logging.getLogger(__name__)
Typeset = Callable[[str, bool], str]


@contextmanager
def typesetter(macros: dict[str, str | list]) -> Iterator[Typeset]:
    r"""Yield a function ``typeset(tex, display)`` that converts TeX to MathML.

    Raises
    ------
    ValueError
        From that function, if the TeX is invalid or browsers have no MathML element for it.

    >>> with typesetter({"tr": r"\operatorname{tr}"}) as typeset:
    ...     print(typeset(r"x \le \tr y", False))
    ...     typeset(r"\nonsense", False)
    Traceback (most recent call last):
    ...
    ValueError: Undefined control sequence \nonsense: \nonsense
    """
    with MiniRacer() as engine:
        engine.eval("var MathJax = {};")
        for path in (*(MATHJAX / name for name in SCRIPTS), Path(__file__).with_suffix(".js")):
            engine.eval(path.read_text(encoding="utf-8") + "\n;0")  # the script's value stays there
        engine.eval(f"const typeset = typesetter({json.dumps(macros)}); 0")

        @cache
        def typeset(tex: str, display: bool) -> str:
            try:
                return engine.eval(f"typeset({json.dumps(tex)}, {json.dumps(display)})")
            except JSEvalException as error:
                said = re.search(r"Error: (.*)", str(error))
                raise ValueError(f"{said[1] if said else error}: {tex}") from None

        yield typeset


def keep_together(page: str) -> str:
    """Prevent line breaks between a formula and punctuation or brackets next to it.

    >>> keep_together("<p>(<math><mi>x</mi></math>), <math><mi>y</mi></math> is</p>")
    '<p><span class="together">(<math><mi>x</mi></math>),</span> <math><mi>y</mi></math> is</p>'
    """

    def kept(found: re.Match[str]) -> str:
        alone = not found[1] and not found[3]
        return found[0] if alone else f'<span class="together">{found[0]}</span>'

    return TOGETHER.sub(kept, page)


def characters(page: str) -> set[str]:
    """Return the characters that a browser needs for the formulas of a page.

    >>> sorted(characters("<math><mi>x</mi><mi>sin</mi></math> z"))
    ['i', 'n', 's', 'x', '𝑥']
    """
    drawn = set()
    for formula in FORMULA.findall(page):
        drawn |= set(html.unescape(re.sub("<[^>]*>", "", formula)))
        # Browsers draw a single letter in <mi> as its mathematical italic.
        drawn |= {italic(letter) for letter in re.findall("<mi>(.)</mi>", formula)}
    return drawn | set(html.unescape("".join(IN_DRAWING.findall(page))))


def italic(letter: str) -> str:
    """Return the mathematical italic of a letter, or a sign that has none as it is.

    >>> italic("x"), italic("h"), italic("λ"), italic("∞")
    ('𝑥', 'ℎ', '𝜆', '∞')
    """
    name = re.sub("LATIN |GREEK |LETTER ", "", unicodedata.name(letter, ""))
    try:
        return unicodedata.lookup(
            "PLANCK CONSTANT" if letter == "h" else f"MATHEMATICAL ITALIC {name}"
        )
    except KeyError:
        return letter


def make_font(path: Path, drawn: set[str]) -> None:
    """Write the font reduced to these characters and the parts of tall roots and brackets."""
    font = TTFont(FONT)
    for constant, value in SCRIPT_DROP.items():
        getattr(font["MATH"].table.MathConstants, constant).Value = value
    missing = {sign for sign in drawn if ord(sign) not in font.getBestCmap()}
    if missing:
        raise ExtensionError(f"the font of the formulas has no {' '.join(sorted(missing))}")
    # Keep the names that state authorship and licence, as the licence requires.
    options = subset.Options(hinting=False, drop_tables=["FFTM", "DSIG"], layout_features=[])
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(drawn) + " √")
    subsetter.subset(font)
    font.flavor = path.suffix[1:]
    font.save(path)


class Formulas:
    """The math renderer that Sphinx calls while it writes pages."""

    def __init__(self) -> None:
        self.closing = ExitStack()
        self.typeset: Typeset | None = None

    def start(self, app: Sphinx) -> None:
        """Start MathJax, if the builder writes HTML."""
        if app.builder.format == "html":
            macros = app.config.mathjax3_config["tex"]["macros"]
            self.typeset = self.closing.enter_context(typesetter(macros))

    def write(self, tex: str, display: bool, node: nodes.Node) -> str:
        """Return a formula as MathML; if it is invalid, warn and return its TeX."""
        try:
            return self.typeset(tex, display)
        except ValueError as fault:
            logger.warning("%s", fault, location=node)
            return html.escape(tex)

    def inline(self, translator, node: nodes.math) -> None:
        """Write an inline formula."""
        translator.body.append(self.write(node.astext(), False, node))
        raise nodes.SkipNode

    def displayed(self, translator, node: nodes.math_block) -> None:
        """Write a displayed formula with its number."""
        body = translator.body
        body.append(translator.starttag(node, "div", CLASS="math notranslate"))
        tex = node.astext()
        if r"\\" in ENVIRONMENT.sub("", tex):  # Sphinx allows line breaks without an environment
            tex = rf"\begin{{split}}{tex}\end{{split}}"
        body.append(f'<div class="formula">{self.write(tex, True, node)}</div>')
        if node["number"]:
            body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
            translator.add_permalink_ref(node, "Link to this equation")
            body.append("</span>")
        body.append("</div>\n")
        raise nodes.SkipNode

    def finish(self, app: Sphinx, exception: Exception | None) -> None:
        """Stop MathJax, and write the font."""
        self.closing.close()  # an engine still open when Python exits can hang
        if exception is None and app.builder.name == "html":
            out = Path(app.outdir)
            pages = (path.read_text(encoding="utf-8") for path in out.glob("*.html"))
            make_font(out / "_static" / "formulas.woff", set().union(*map(characters, pages)))


def tie(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Keep the formulas of a page together with the punctuation next to them."""
    if "body" in context:
        context["body"] = keep_together(context["body"])


def setup(app: Sphinx) -> dict:
    """Register the math renderer and the event handlers."""
    formulas = Formulas()
    app.connect("builder-inited", formulas.start)
    app.add_html_math_renderer("mathml", (formulas.inline, None), (formulas.displayed, None))
    app.connect("html-page-context", tie)
    app.connect("build-finished", formulas.finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
