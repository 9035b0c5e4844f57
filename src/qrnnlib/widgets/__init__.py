"""Live figures: each control moves something, with or without a kernel."""

from qrnnlib.widgets.dance import Dance

__all__ = ["Dance"]
