"""The book's figures: one look, one colour for one thing, nothing global changed.

Each function draws on the `ax` it is given, in whatever style is in force, and returns it; without
one it makes its own figure in the book's style. `style` is that style for figures of your own.

Names, units and titles are drawn as they are given: no sign in them starts a formula. A very long
one is cut off, so that the axes keep their room.
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
