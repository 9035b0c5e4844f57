"""Live figures: each control moves something, with or without a kernel."""

try:
    import anywidget as _anywidget  # noqa: F401
except ImportError as missing:
    raise ImportError(
        "qrnnlib.widgets needs anywidget, which is not installed: pip install 'qrnnlib[live]'"
    ) from missing

from qrnnlib.widgets.cell_stepper import CellStepper
from qrnnlib.widgets.dance import Dance
from qrnnlib.widgets.denoising_playground import DenoisingPlayground
from qrnnlib.widgets.fading_memory import FadingMemory
from qrnnlib.widgets.fading_ribbon import FadingRibbon
from qrnnlib.widgets.gate_explorer import GateExplorer
from qrnnlib.widgets.power_climb import PowerClimb
from qrnnlib.widgets.score_explorer import ScoreExplorer
from qrnnlib.widgets.state_explorer import StateExplorer
from qrnnlib.widgets.training_replay import TrainingReplay
from qrnnlib.widgets.weather_explorer import WeatherExplorer

__all__ = [
    "CellStepper",
    "Dance",
    "DenoisingPlayground",
    "FadingMemory",
    "FadingRibbon",
    "GateExplorer",
    "PowerClimb",
    "ScoreExplorer",
    "StateExplorer",
    "TrainingReplay",
    "WeatherExplorer",
]
