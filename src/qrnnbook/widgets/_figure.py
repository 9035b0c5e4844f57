"""The base of live figures: widget in Jupyter, script in a page, static picture, and text.

The front end computes everything from numbers that Python passes to it. In Jupyter it is an
ordinary widget whose traits are synchronised both ways. In a rendered page a small host, which
stands in for the kernel, mounts the same module. Where neither runs, the reader gets a static
picture and a description.
"""

import base64
import html
import io
import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import anywidget
import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from qrnnbook.plotting._palette import with_palette

STATIC = Path(__file__).parent / "static"

#: Modules that every figure needs; they come before all others.
SHARED = ("algebra.js", "drawing.js")

#: CSS classes of elements that MathJax ignores, in version 3 and in version 2.
NO_FORMULAS = "mathjax_ignore tex2jax_ignore"

_IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w.-]+)";\n', flags=re.MULTILINE)
# Comments on lines of their own, which a page does not need.
_COMMENT = re.compile(r"^ *(?:/\*\*.*?\*/|//[^\n]*)\n", flags=re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ +|^\n", flags=re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class)\b)", flags=re.MULTILINE)


@cache
def bundled(script: str) -> str:
    """Return a figure's module and the modules it needs as one script without imports.

    A page opened from disk may not load modules from files, and a widget consists of one module.
    Each module is there once, after those that it imports; comments and indentation are left out.

    Examples
    --------
    >>> "import " in bundled("dance.js")
    False
    """
    texts: dict[str, str] = {}

    def add(name: str) -> None:
        text = (STATIC / name).read_text(encoding="utf-8")
        for imported in _IMPORT.findall(text):
            if imported not in texts:
                add(imported)
        texts[name] = _INDENT.sub("", _EXPORT.sub("", _IMPORT.sub("", _COMMENT.sub("", text))))

    for name in (*SHARED, script):
        add(name)
    return "\n".join(texts.values())


@cache
def styled() -> str:
    """Return the style sheet of all figures, without comments and indentation."""
    text = (STATIC / "figure.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|^\s+", "", text, flags=re.MULTILINE | re.DOTALL)


def embedded(value: Any) -> str:
    r"""Return a value as JSON that is safe inside a script element: every ``<`` is escaped.

    Examples
    --------
    >>> print(embedded({"title": "</script>"}))
    {"title": "\u003c/script>"}
    """
    text = json.dumps(value, allow_nan=False)
    # U+2028 and U+2029 end a line in older JavaScript, but json.dumps escapes them already.
    return text.replace("<", "\\u003c")


class Finite(traitlets.Float[float, Any]):
    """A trait for finite floats: `traitlets.Float` accepts NaN even between bounds."""

    def validate(self, obj: Any, value: Any) -> float:
        """Return the value, or raise a `traitlets.TraitError` that names the trait."""
        try:
            number: float = super().validate(obj, value)
        except OverflowError:  # an integer too large for a float
            number = math.inf
        if not math.isfinite(number):
            raise traitlets.TraitError(
                f"The value of the '{self.name}' trait of a {type(obj).__name__} instance should "
                f"be a finite number, not {number}"
            )
        return number


class LiveFigure(anywidget.AnyWidget):
    """Base class of all live figures.

    A subclass names its JavaScript module (`script`), declares its state as synchronised traits,
    describes what it shows (`describe`) and draws it with Matplotlib (`still`).
    """

    script: str

    def __init_subclass__(cls, **options: Any) -> None:
        # Only classes that define a figure: traitlets creates further subclasses internally.
        if "script" in cls.__dict__:
            cls._esm, cls._css = bundled(cls.script), styled()
        super().__init_subclass__(**options)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        raise NotImplementedError

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return the traits that the front end reads."""
        names = [name for name in self.traits(sync=True) if not name.startswith("_")]
        return {name: getattr(self, name) for name in names if name not in _OF_EVERY_WIDGET}

    def as_html(self) -> str:
        """Return the figure as HTML for a page without a kernel; it loads no other file."""
        return self._html_with(self._png())

    def _html_with(self, png: bytes) -> str:
        place = f"qrnn-{self.model_id}"
        picture = base64.b64encode(png).decode()
        module = bundled(self.script).replace("export default", "const figure =")
        # The only sequence that would end a script element early.
        code = f"{module}\n{(STATIC / 'host.js').read_text(encoding='utf-8')}".replace(
            "</script", "<\\/script"
        )
        # Jupyter would typeset text between two dollar signs as a formula.
        classes = f"qrnn-live {NO_FORMULAS}"
        return (
            f"<style>{styled()}</style>\n"
            f'<div class="{classes}" id="{place}" data-figure="{type(self).__name__}"><noscript>'
            f'<img src="data:image/png;base64,{picture}" alt="{html.escape(self.describe())}">'
            f"</noscript></div>\n"
            f'<script type="module">\n{code}\n'
            f'mount(figure, document.getElementById("{place}"), {embedded(self.state())});\n'
            f"</script>"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.describe()}>"

    def _png(self) -> bytes:
        drawn = io.BytesIO()
        figure = self.still()
        figure.savefig(drawn, format="png")
        # Otherwise pyplot keeps the figure, and a notebook shows it a second time.
        plt.close(figure)
        return with_palette(drawn.getvalue())

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        as_widget = super()._repr_mimebundle_(**options)
        data, metadata = as_widget or ({}, {})
        png = self._png()
        return {
            **data,
            "text/html": self._html_with(png),
            "image/png": base64.b64encode(png).decode(),
            "text/plain": self.describe(),
        }, metadata


#: Traits that every widget has, which are not part of a figure's state.
_OF_EVERY_WIDGET = frozenset(anywidget.AnyWidget.class_trait_names(sync=True))
