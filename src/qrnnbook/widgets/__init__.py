"""Interactive figures that work with or without a kernel."""

try:
    import anywidget as _anywidget  # noqa: F401
except ImportError as missing:
    raise ImportError(
        "qrnnbook.widgets needs anywidget, which is not installed: pip install 'qrnnlib[live]'"
    ) from missing

from qrnnbook.widgets.cell_stepper import CellStepper
from qrnnbook.widgets.clock_explorer import ClockExplorer
from qrnnbook.widgets.dance import Dance
from qrnnbook.widgets.denoising_playground import DenoisingPlayground
from qrnnbook.widgets.fading_memory import FadingMemory
from qrnnbook.widgets.gate_explorer import GateExplorer
from qrnnbook.widgets.power_climb import PowerClimb
from qrnnbook.widgets.score_explorer import ScoreExplorer
from qrnnbook.widgets.state_explorer import StateExplorer
from qrnnbook.widgets.training_replay import TrainingReplay
from qrnnbook.widgets.weather_explorer import WeatherExplorer
from qrnnbook.widgets.written_kept import WrittenKept

__all__ = [
    "CellStepper",
    "ClockExplorer",
    "Dance",
    "DenoisingPlayground",
    "FadingMemory",
    "GateExplorer",
    "PowerClimb",
    "ScoreExplorer",
    "StateExplorer",
    "TrainingReplay",
    "WeatherExplorer",
    "WrittenKept",
]
