"""Words of the clock explorer, formatted as the page formats them."""

from collections.abc import Mapping
from math import degrees
from typing import Any

from qrnnbook.widgets._numbers import shown


def in_degrees(angle: float) -> str:
    """Return an angle in radians as text in degrees."""
    return f"{shown(degrees(angle), 1)}°"


def in_steps(count: int) -> str:
    """Return a number of steps as text."""
    return "1 step" if count == 1 else f"{count} steps"


def listed(names: Mapping[str, Any]) -> str:
    """Return names as a list in a sentence."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
