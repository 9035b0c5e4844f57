"""Who takes part in the scoreboard, and with which settings."""

from dataclasses import dataclass, field
from typing import Any

#: The paper's conference recipe: Adam in batches of five; 150 epochs of its sine, 100 of weather.
CONFERENCE = {"learning_rate": 0.01, "batch_size": 5}
CONFERENCE_EPOCHS = {"sine": 150, "weather": 100}
#: Its extended recipe.
EXTENDED = {"learning_rate": 0.001, "batch_size": 10, "epochs": 300}


@dataclass(frozen=True)
class Model:
    """A model of `experiments.forecasts.MODELS`, with settings.

    Attributes
    ----------
    kind : str
    settings : dict
    epochs : dict
        By kind of series, where they differ.
    random : bool
        Whether two fits to the same data differ.
    """

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)
    random: bool = True

    def settings_for(self, series: str) -> dict[str, Any]:
        """Return the settings for "sine" or "weather"."""
        return {**self.settings, **({"epochs": self.epochs[series]} if self.epochs else {})}


def _conference(kind: str, **settings: Any) -> Model:
    return Model(kind, {**CONFERENCE, **settings}, CONFERENCE_EPOCHS)


MODELS: dict[str, Model] = {
    "persistence": Model("Persistence", random=False),
    "climatology": Model("Climatology", random=False),
    "ridge": Model("window_ridge", random=False),
    "LSTM": _conference("ClassicalLSTM"),
    "LSTM, 43 weights": _conference("ClassicalLSTM", hidden=2),
    "GRU": _conference("ClassicalGRU"),
    "GRU, 29 weights": _conference("ClassicalGRU", hidden=2),
    "paper's cell": _conference("QuantumLSTM"),
    "paper's cell, diagonal": _conference("QuantumLSTM", collapse="diagonal"),
    "paper's cell, angle": Model("QuantumLSTM", {**EXTENDED, "encoding": "angle", "layers": 4}),
}
