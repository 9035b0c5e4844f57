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

#: How the docstring of an old name begins; the reference leaves these out.
OLD_NAME = "Old name of"

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


def names_of_old(
    module: str, *names: str, otherwise: Callable[[str], Any] | None = None, **renamed: str
) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module: public names that it once had, with a warning.

    `names` are found in `qrnnlib`; ``old="new"`` is found there or, if not public, in `module`.
    All other names are left to `otherwise`, the module's own ``__getattr__``.
    """
    wanted = {name: name for name in names} | renamed

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in wanted:
            if otherwise is not None:
                return otherwise(name)
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        package = importlib.import_module("qrnnlib")
        home = package if wanted[name] in package.__all__ else importlib.import_module(module)
        new = f"{home.__name__}.{wanted[name]}"
        warnings.warn(f"{module}.{name} is now {new}", FutureWarning, stacklevel=2)
        return getattr(home, wanted[name])

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
            # A user's subclass may have a setting of its own with such a name.
            own = getattr(arguments[0], "__dataclass_fields__", {}) if arguments else {}
            for old in [name for name in names if name in named and name not in own]:
                if names[old] in named:
                    raise TypeError(
                        f"{old} is now {names[old]}: give {names[old]} alone, got both "
                        "(dataclasses.replace takes new names only)"
                    )
                _warn(old, names[old])
                named[names[old]] = _renamed_value(values, named.pop(old))
            return function(*arguments, **named)

        return wrapper  # type: ignore[return-value]

    return decorator


def renamed_settings(
    values: Mapping[str, str] | None = None, /, **names: str
) -> Callable[[_Class], _Class]:
    """Let a class take old names of its settings, as `renamed_arguments` does for a function.

    They also work as attributes, and pickles of the time before are read under the new names.
    """

    def decorator(cls: Any) -> Any:
        cls.__init__ = renamed_arguments(values, **names)(cls.__init__)
        for old, new in names.items():
            if not hasattr(cls, old):
                setattr(cls, old, _old_attribute(values, old, new))
        inherited = getattr(cls, "__setstate__", None)

        def __setstate__(self: Any, state: dict[str, Any]) -> None:  # noqa: N807
            for old in names.keys() & state.keys():
                _warn(old, names[old])
                state[names[old]] = _renamed_value(values, state.pop(old))
            if inherited is None:
                self.__dict__.update(state)
            else:
                inherited(self, state)

        cls.__setstate__ = __setstate__
        return cls

    return decorator


def _old_attribute(values: Mapping[str, str] | None, old: str, new: str) -> property:
    def get(self: Any) -> Any:
        _warn(old, new)
        return getattr(self, new)

    def set_(self: Any, value: Any) -> None:
        _warn(old, new)
        setattr(self, new, _renamed_value(values, value))

    return property(get, set_, doc=f"{OLD_NAME} `{new}`.")


def _renamed_value(values: Mapping[str, str] | None, value: Any) -> Any:
    return (values or {}).get(value, value) if isinstance(value, str) else value


def _warn(old: str, new: str) -> None:
    """Warn at the line that calls the function which calls this one."""
    warnings.warn(f"{old} is now {new}", FutureWarning, stacklevel=3)
