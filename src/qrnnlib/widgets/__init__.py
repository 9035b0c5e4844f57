"""Live figures: each control moves something, with or without a kernel."""

from qrnnlib.widgets.cell_stepper import CellStepper
from qrnnlib.widgets.dance import Dance
from qrnnlib.widgets.denoising_playground import DenoisingPlayground
from qrnnlib.widgets.fading_memory import FadingMemory
from qrnnlib.widgets.gate_explorer import GateExplorer
from qrnnlib.widgets.score_explorer import ScoreExplorer
from qrnnlib.widgets.training_replay import TrainingReplay
from qrnnlib.widgets.weather_explorer import WeatherExplorer

__all__ = [
    "CellStepper",
    "Dance",
    "DenoisingPlayground",
    "FadingMemory",
    "GateExplorer",
    "ScoreExplorer",
    "TrainingReplay",
    "WeatherExplorer",
]
