"""Old names of modules: importing one warns and returns the module under its new name.

The public names of `qrnnlib` itself have not moved.
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: New room -> old names of its modules, and their new ones where those differ.
ROOMS: dict[str, dict[str, str | None]] = {
    "qrnnlib.physics": {
        **dict.fromkeys(["ansatz", "average_power", "circuit", "entanglement", "noise"]),
        **dict.fromkeys(["operator_entanglement", "power", "power_bounds", "weyl"]),
        "operators": "gate_set",
    },
    "qrnnlib.cell": {"design": None, "engine": None, "retention": None},
    "qrnnlib.series": {"weather": None},
    "qrnnlib.learning": {
        **dict.fromkeys(["baselines", "checkpoint", "climatology", "devices", "estimators"]),
        **dict.fromkeys(["evaluation", "model_file", "paper", "run", "settings"]),
        "descent": "optimizer",
        "engine_power": "power_penalty",
        "live_weights": "effective_parameters",
        "memory": "training_memory",
        "objective": "loss",
        "starts": "initialization",
        "training": "trainer",
    },
    "qrnnlib.hardware": {"export": "openqasm"},
    "qrnnbook": dict.fromkeys(["exercises", "plotting", "recording", "widgets"]),
}
#: Old dotted name -> new dotted name.
MOVED = {
    f"qrnnlib.{old}": f"{room}.{new or old}"
    for room, names in ROOMS.items()
    for old, new in names.items()
}


class MovedModules(MetaPathFinder, Loader):
    """Find the modules of `MOVED`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a module that has moved, None for others."""
        return ModuleSpec(fullname, self) if fullname in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Replace the old module by the new one, with a warning."""
        old = module.__name__
        warnings.warn(f"{old} is now {MOVED[old]}", FutureWarning, stacklevel=2)
        # Python returns what it finds here once this is done.
        sys.modules[old] = importlib.import_module(MOVED[old])


def install() -> None:
    """Have Python ask `MovedModules` for what it does not find elsewhere."""
    sys.meta_path.append(MovedModules())


def names_of_old(package: str, *names: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a room that has the name of an old module.

    It gives the public names that the module had, with a warning.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        warnings.warn(f"{package}.{name} is now qrnnlib.{name}", FutureWarning, stacklevel=2)
        return getattr(importlib.import_module("qrnnlib"), name)

    return __getattr__
