"""Modules under the names that they had before: importing one warns and gives the new one.

The public names of `qrnnlib` itself have not moved.
"""

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

#: Old name -> new name, of modules that the book or the reference has ever imported from.
MOVED = {
    "qrnnlib.engine": "qrnnlib.cell.engine",
    "qrnnlib.engine_power": "qrnnlib.learning.power_penalty",
    "qrnnlib.exercises": "qrnnbook.exercises",
    "qrnnlib.live_weights": "qrnnlib.learning.effective_parameters",
    "qrnnlib.plotting": "qrnnbook.plotting",
    "qrnnlib.recording": "qrnnbook.recording",
    "qrnnlib.starts": "qrnnlib.learning.initialization",
    "qrnnlib.widgets": "qrnnbook.widgets",
}


class MovedModules(MetaPathFinder, Loader):
    """Find the modules of `MOVED`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a module that has moved, None for others."""
        return ModuleSpec(fullname, self) if fullname in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        """Let the old name stand for the new module."""
        old = module.__name__
        warnings.warn(f"{old} is now {MOVED[old]}", FutureWarning, stacklevel=2)
        # Python returns what it finds here once this is done.
        sys.modules[old] = importlib.import_module(MOVED[old])


def install() -> None:
    """Have Python ask `MovedModules` for what it does not find elsewhere."""
    sys.meta_path.append(MovedModules())
