"""The book's figures: one style, one meaning per colour, no global settings changed.

Each function draws on the `ax` it is given, in the style in force, and returns it; without one it
makes a new figure in the book's style. Use `style` to draw your own figures in that style.

Names, units and titles are drawn as given: no character in them starts a formula. Very long ones
are truncated, so that they leave room for the axes.
"""

from qrnnbook.plotting.scores import differences, errors, loss_curve
from qrnnbook.plotting.series import forecast
from qrnnbook.plotting.states import entropy_curve, state_table
from qrnnbook.plotting.style import (
    BASELINES,
    CELL,
    DASHES,
    ENTANGLEMENT,
    MEMORY,
    SYSTEM,
    TRUTH,
    finish,
    ink,
    style,
)
from qrnnbook.plotting.weyl import weyl_chamber

__all__ = [
    "BASELINES",
    "CELL",
    "DASHES",
    "ENTANGLEMENT",
    "MEMORY",
    "SYSTEM",
    "TRUTH",
    "differences",
    "entropy_curve",
    "errors",
    "finish",
    "forecast",
    "ink",
    "loss_curve",
    "state_table",
    "style",
    "weyl_chamber",
]
