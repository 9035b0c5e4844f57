"""One live figure, four media: a widget in Jupyter, a page without a kernel, a picture, words.

The front end computes by itself, from numbers that Python hands it. In Jupyter it is an ordinary
widget whose traits go both ways. In a rendered page the same module is mounted by a small host that
stands in for the kernel. Where neither runs there is a still picture, and a description.
"""

import base64
import html
import io
import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import matplotlib.pyplot as plt
import PIL.Image
import traitlets
from matplotlib.figure import Figure

STATIC = Path(__file__).parent / "static"

#: What every figure's module is made of; what else it imports and its own file come last.
SHARED = ("algebra.js", "drawing.js")

#: Classes of what MathJax, of version 3 and of version 2, leaves alone.
NO_FORMULAS = "mathjax_ignore tex2jax_ignore"

_IMPORT = re.compile(r'^import\s[^;]*?from\s+"\./([\w.-]+)";\n', flags=re.MULTILINE)
# Comments on lines of their own: a page need not carry them.
_COMMENT = re.compile(r"^ *(?:/\*\*.*?\*/|//[^\n]*)\n", flags=re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?=(?:const|function|class)\b)", flags=re.MULTILINE)


@cache
def bundled(script: str) -> str:
    """Return a figure's module with those it needs in front: one file that imports nothing.

    A page opened from a folder may load no module from a file, and a widget has only one.

    Examples
    --------
    >>> "import " in bundled("dance.js")
    False
    """
    imported = _IMPORT.findall((STATIC / script).read_text(encoding="utf-8"))
    names = [*SHARED, *(name for name in imported if name not in SHARED), script]
    texts = ((STATIC / name).read_text(encoding="utf-8") for name in names)
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _COMMENT.sub("", text))) for text in texts)


@cache
def styled() -> str:
    """Return the style sheet of all figures, without what only its authors read."""
    text = (STATIC / "figure.css").read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|^\s+", "", text, flags=re.MULTILINE | re.DOTALL)


def embedded(value: Any) -> str:
    r"""Return a value as JSON that is safe inside a script: no ``<`` can end it.

    Examples
    --------
    >>> print(embedded({"title": "</script>"}))
    {"title": "\u003c/script>"}
    """
    text = json.dumps(value, allow_nan=False)
    # U+2028 and U+2029 end a line in older JavaScript; json.dumps writes them as escapes already.
    return text.replace("<", "\\u003c")


class Finite(traitlets.Float[float, Any]):
    """A number between two bounds, and a number: traitlets alone lets NaN through."""

    def validate(self, obj: Any, value: Any) -> float:
        """Return the value, or raise `traitlets.TraitError` with the name of the trait."""
        try:
            number: float = super().validate(obj, value)
        except OverflowError:  # an integer that no float holds
            number = math.inf
        if not math.isfinite(number):
            raise traitlets.TraitError(
                f"The value of the '{self.name}' trait of a {type(obj).__name__} instance should "
                f"be a finite number, not {number}"
            )
        return number


class LiveFigure(anywidget.AnyWidget):
    """The base of all live figures.

    A subclass names its module (`script`), declares its state as synchronised traits, says in
    words what it shows (`describe`) and draws it once with Matplotlib (`still`).
    """

    script: ClassVar[str]

    def __init_subclass__(cls, **options: Any) -> None:
        # Only where a figure is defined: traitlets makes further subclasses behind the scenes.
        if "script" in cls.__dict__:
            cls._esm, cls._css = bundled(cls.script), styled()
        super().__init_subclass__(**options)

    def describe(self) -> str:
        """Return in words what the figure shows now."""
        raise NotImplementedError

    def still(self) -> Figure:
        """Return a picture of what the figure shows now."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return the traits that the front end reads."""
        names = [name for name in self.traits(sync=True) if not name.startswith("_")]
        return {name: getattr(self, name) for name in names if name not in _OF_EVERY_WIDGET}

    def as_html(self) -> str:
        """Return the figure for a page without a kernel; it loads nothing."""
        return self._html_with(self._png())

    def _html_with(self, png: bytes) -> str:
        place = f"qrnn-{self.model_id}"
        picture = base64.b64encode(png).decode()
        module = bundled(self.script).replace("export default", "const figure =")
        # In a script that a page holds, only this sequence would end it early.
        code = f"{module}\n{(STATIC / 'host.js').read_text(encoding='utf-8')}".replace(
            "</script", "<\\/script"
        )
        # Jupyter would set what stands between two dollar signs as a formula.
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
        drawn, small = io.BytesIO(), io.BytesIO()
        figure = self.still()
        figure.savefig(drawn, format="png")
        # Or pyplot keeps it, and a notebook shows it once more.
        plt.close(figure)
        # A drawing has few colours: as a palette it is a third of the size.
        image = PIL.Image.open(drawn).convert("RGB").quantize(32, dither=PIL.Image.Dither.NONE)
        image.save(small, format="png", optimize=True)
        return small.getvalue()

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


#: Traits of any widget, which say nothing about a figure.
_OF_EVERY_WIDGET = frozenset(anywidget.AnyWidget.class_trait_names(sync=True))
