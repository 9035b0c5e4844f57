"""Live figures: each control moves something, with or without a kernel."""

from qrnnlib.widgets.cell_stepper import CellStepper
from qrnnlib.widgets.dance import Dance
from qrnnlib.widgets.gate_explorer import GateExplorer

__all__ = ["CellStepper", "Dance", "GateExplorer"]
