"""The book as one PDF, for ``make pdf``.

Jupyter Book's LaTeX extension arranges the chapters in parts. Its document class needs packages
that the book does not use, so the class is Sphinx's. Text colours and macros of formulas are those
of the pages, a live figure appears as its static picture, and the first page gets its title back.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.texescape import escape
from sphinx_jupyterbook_latex.nodes import RootHeader

FONTS = r"""
\usepackage{unicode-math}
\setmainfont{TeX Gyre Pagella}
\setsansfont{DejaVu Sans}[Scale=MatchLowercase]
\setmonofont{DejaVu Sans Mono}[Scale=0.82]
\setmathfont{TeX Gyre Pagella Math}
% Signs that the text's font has not, taken from the formulas' font.
\usepackage{newunicodechar}
"""
SIGNS = {
    "⟩": r"\rangle",
    "⟨": r"\langle",
    "→": r"\rightarrow",
    "↑": r"\uparrow",
    "≤": r"\leq",
    "≥": r"\geq",
    "≈": r"\approx",
    "±": r"\pm",
    "×": r"\times",  # noqa: RUF001
    "−": "-",  # noqa: RUF001
    "π": r"\pi",
    "ρ": r"\rho",  # noqa: RUF001
    "ψ": r"\psi",
    "θ": r"\theta",
    "∞": r"\infty",
    "√": r"\surd",
    "⊗": r"\otimes",
    "†": r"\dagger",
    "²": "^2",
    "₁": "_1",
    "₂": "_2",
    "₃": "_3",
    "✅": r"\checkmark",
}
# The text colours of book.css, dark enough to read on white.
INKS = {"system": "0067A3", "memory": "A34A7C", "entangled": "8A5F00", "our-cell": "00775A"}
LAYOUT = r"""
\setlength{\headheight}{14pt}
\setcounter{tocdepth}{1}
\widowpenalty=10000 \clubpenalty=10000
\emergencystretch=2em
\setlength{\tymin}{4.5em} % short words of a table's narrow column are not broken
% Pictures share a page with what is said about them, rather than fill it.
\usepackage[export]{adjustbox}
\AtBeginDocument{%
  \renewcommand{\sphinxincludegraphics}[2][]{%
    \includegraphics[max width=\linewidth,max height=.42\textheight,#1]{#2}}}
% Sphinx calls the contents after the first part.
\addto\captionsenglish{\renewcommand{\contentsname}{Contents}}
\renewcommand{\topfraction}{.85}
\renewcommand{\bottomfraction}{.6}
\renewcommand{\textfraction}{.1}
\renewcommand{\floatpagefraction}{.75}
% What frames the cells of code in the class that is not used.
\newenvironment{sphinxVerbatimInput}{}{}
\newenvironment{sphinxVerbatimOutput}{}{}
"""


def macros(tex: dict[str, str | list]) -> str:
    r"""Return MathJax's macros as LaTeX definitions.

    >>> print(macros({"tr": r"\operatorname{tr}", "ket": [r"\lvert #1 \rangle", 1]}))
    \AtBeginDocument{\providecommand{\tr}{}\renewcommand{\tr}{\operatorname{tr}}}
    \AtBeginDocument{\providecommand{\ket}{}\renewcommand{\ket}[1]{\lvert #1 \rangle}}
    """
    lines = []
    for name, written in tex.items():
        body, count = written if isinstance(written, list) else (written, 0)
        arguments = f"[{count}]" if count else ""
        command = rf"\providecommand{{\{name}}}{{}}\renewcommand{{\{name}}}{arguments}{{{body}}}"
        lines.append(rf"\AtBeginDocument{{{command}}}")
    return "\n".join(lines)


def preamble(config) -> str:
    """Return the book's additions to Sphinx's preamble."""
    signs = "\n".join(
        rf"\newunicodechar{{{sign}}}{{\ensuremath{{{tex}}}}}" for sign, tex in SIGNS.items()
    )
    inks = "\n".join(
        rf"\definecolor{{qrnn-{name}}}{{HTML}}{{{ink}}}"
        rf"\expandafter\newcommand\csname DUrole{name}\endcsname[1]"
        rf"{{\textcolor{{qrnn-{name}}}{{#1}}}}"
        for name, ink in INKS.items()
    )
    return "\n".join([signs, inks, LAYOUT, macros(config.mathjax3_config["tex"]["macros"])])


def set_up_latex(app: Sphinx, config) -> None:
    """Set the class, fonts and preamble, after other extensions have set theirs."""
    config.latex_theme = "manual"
    config.latex_use_xindy = False  # makeindex comes with LaTeX and suffices for English
    config.latex_elements = {
        "papersize": "a4paper",
        "pointsize": "11pt",
        "extraclassoptions": "openany,oneside",
        "fontpkg": FONTS,
        "fncychap": "",
        "preamble": preamble(config),
        "figure_align": "htbp",
        "sphinxsetup": "verbatimwithframe=false, VerbatimColor={HTML}{F6F8FA}, "
        "InnerLinkColor={HTML}{0067A3}, OuterLinkColor={HTML}{0067A3}, "
        "TitleColor={HTML}{222222}",
    }


class FirstPage(SphinxPostTransform):
    """Give the first page, which LaTeX takes for the book itself, a heading and sections."""

    default_priority = 710  # right after Jupyter Book has replaced its headings
    formats = ("latex",)

    def run(self, **options) -> None:
        """Insert the headings as raw LaTeX."""
        if self.env.docname != self.app.config.root_doc:
            return
        title = self.document.next_node(nodes.title)
        if title is not None:
            name = escape(title.astext())
            heading = (
                rf"\chapter*{{{name}}}\addcontentsline{{toc}}{{chapter}}{{{name}}}"
                rf"\markboth{{{name}}}{{{name}}}"
            )
            # The LaTeX writer skips the title itself, wherever it stands.
            title.parent.insert(title.parent.index(title), nodes.raw("", heading, format="latex"))
        for header in list(self.document.findall(RootHeader)):
            # Its `level` is unreliable: it counts siblings as children. There is only one level.
            heading = rf"\section*{{{escape(header.astext())}}}"
            header.replace_self(nodes.raw("", heading, format="latex"))


def setup(app: Sphinx) -> dict:
    """Register the transform, and the event handler to run after Jupyter Book's."""
    app.connect("config-inited", set_up_latex, priority=900)
    app.add_post_transform(FirstPage)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
