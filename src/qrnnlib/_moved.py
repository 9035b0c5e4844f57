"""Old names, which work for one release, each with a `FutureWarning` that gives the new name.

Modules that moved to another room, functions, methods, and arguments. `CHANGELOG.md` lists them.
"""

import functools
import importlib
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, TypeVar

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

#: Old public name -> new public name.
RENAMED = {"memory_needed": "training_memory"}

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)


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


def with_old_names(attribute: Callable[[str], Any]) -> Callable[[str], Any]:
    """Extend the ``__getattr__`` of `qrnnlib` by the names of `RENAMED`."""

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in RENAMED:
            return attribute(name)
        new = RENAMED[name]
        warnings.warn(f"qrnnlib.{name} is now qrnnlib.{new}", FutureWarning, stacklevel=2)
        return attribute(new)

    return __getattr__


def renamed_arguments(
    values: Mapping[str, str] | None = None, /, **names: str
) -> Callable[[_Function], _Function]:
    """Let a function take old names of arguments, given as ``old="new"``.

    `values` are strings that changed with them, old ones to new ones.
    """

    def decorator(function: _Function) -> _Function:
        @functools.wraps(function)
        def wrapper(*arguments: Any, **named: Any) -> Any:
            for old in names.keys() & named.keys():
                new, value = names[old], named.pop(old)
                if new in named:
                    raise TypeError(f"{old} is now {new}: give {new} alone, got both")
                warnings.warn(f"{old} is now {new}", FutureWarning, stacklevel=2)
                named[new] = (values or {}).get(value, value) if isinstance(value, str) else value
            return function(*arguments, **named)

        return wrapper  # type: ignore[return-value]

    return decorator


def renamed_settings(
    values: Mapping[str, str] | None = None, /, **names: str
) -> Callable[[_Class], _Class]:
    """Let a class take old names of its settings, as `renamed_arguments` does for a function."""

    def decorator(cls: _Class) -> _Class:
        cls.__init__ = renamed_arguments(values, **names)(cls.__init__)  # type: ignore[misc]
        return cls

    return decorator
