"""The settings of the paper's scripts (Daskin, arXiv:2505.06774)."""

from typing import Any

_CONFERENCE = {
    "layers": 2,
    "ansatz": "ring",
    "readout": "z",
    "init": "uniform",
    "restarts": 1,
    "encoding": "amplitude",
    "collapse": "most_likely",
    "schedule": "constant",
    "lbfgs_steps": 0,
    "learning_rate": 0.01,
    "batch_size": 5,
    "epochs": 150,
}

#: Settings by version; see `qrnnlib.QuantumRNN.paper`.
PAPER: dict[str, dict[str, Any]] = {
    "conference": _CONFERENCE,
    "diagonal": {**_CONFERENCE, "collapse": "diagonal"},
    "extended": {
        **_CONFERENCE,
        "encoding": "angle",
        "layers": 4,
        "learning_rate": 0.001,
        "batch_size": 10,
        "epochs": 300,
    },
}
