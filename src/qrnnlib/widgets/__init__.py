"""Live figures: each control moves something, with or without a kernel."""

from qrnnlib.widgets.cell_stepper import CellStepper
from qrnnlib.widgets.dance import Dance
from qrnnlib.widgets.gate_explorer import GateExplorer
from qrnnlib.widgets.training_replay import TrainingReplay

__all__ = ["CellStepper", "Dance", "GateExplorer", "TrainingReplay"]
