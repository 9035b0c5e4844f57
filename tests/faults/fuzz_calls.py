"""What is public, how its own examples call it, and what is wrong with a call.

`recorded` runs the examples of the docstrings and writes down with which arguments they call each
public function, class and method. `complaint` makes a call and says what it did that its docstring
does not allow for.
"""

import copy
import doctest
import importlib
import inspect
import io
import pkgutil
import re
import signal
import sys
import warnings
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import yaml

import qrnnbook
import qrnnlib

ROOT = Path(__file__).resolve().parents[2]
#: Modules whose functions are not all on the pages of the reference, but may well be called.
MORE_MODULES = (
    *("qrnnlib.physics.gate_set", "qrnnlib.physics.circuit", "qrnnlib.cell.design"),
    *("qrnnlib.learning.settings", "qrnnlib.learning.initialization", "qrnnbook.recording"),
)
#: What the library makes of its own results: it takes what it is given, and says so.
UNCHECKED = {
    *("AverageRetention", "CellStep", "History", "Power", "Recording", "Score", "Scoreboard"),
    *("OperatorSchmidtForm", "SchmidtForm", "Split", "SuspectDataWarning"),
    *("EntanglingCapability", "Expressibility", "ForecastDifference"),
    *("MultipartitePower", "PowerWitness"),
    *("SyntheticDataWarning", "WindowRun"),
    *(
        "qrnnlib.learning.initialization.chosen_init",
        "qrnnlib.learning.initialization.initial_weights",
        "stacked",
        "set_state",
        # Old names, which only warn and call the new ones.
        *("qrnnlib.Noise.as_read", "qrnnlib.Noise.run"),
        *("qrnnlib.QuantumRNN.trace", "qrnnlib.QuantumLSTM.trace"),
    ),
}
#: Modules whose examples train: too slow to be run for their calls, which `fuzz_examples` has.
TRAINING = {
    *("baselines", "checkpoint", "circuits", "effective_parameters", "estimators", "evaluation"),
    *("initialization", "loss", "optimizer", "recording", "run", "trainer", "widgets"),
}
#: Seconds of processor time after which a call hangs.
PATIENCE = 60.0


@dataclass
class Call:
    """A function with its arguments by name, and the object that a method is called on.

    The arguments named ``*`` and ``**`` are those of a function that takes any.
    """

    function: Any
    arguments: dict[str, Any]
    owner: Any = None

    def __call__(self) -> Any:
        named = dict(self.arguments)
        placed = list(named.pop("*", ()))
        if self.owner is not None:
            placed.insert(0, self.owner)
        named.update(named.pop("**", {}))
        return self.function(*placed, **named)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={_shown(value)}" for name, value in self.arguments.items())
        owner = "" if self.owner is None else f" of {_shown(self.owner)}"
        return f"{self.function.__qualname__}({given}){owner}"


def _shown(value: Any) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # Python shows no integers of thousands of digits
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    return text if len(text) <= 300 else f"{text[:297]}..."


def targets() -> dict[str, Any]:
    """Return what is public and takes an argument, by dotted name: functions, classes, methods."""
    pages = yaml.safe_load((ROOT / "book" / "api.yml").read_text(encoding="utf-8"))
    names = {name for page in pages.values() for name in page}
    names |= {f"qrnnlib.{name}" for name in qrnnlib.__all__ if name != "__version__"}
    modules = list(MORE_MODULES)
    exercises = importlib.import_module("qrnnbook.exercises").__path__
    modules += [info.name for info in pkgutil.iter_modules(exercises, "qrnnbook.exercises.")]
    for module in modules:
        loaded = importlib.import_module(module)
        names |= {
            f"{module}.{name}"
            for name, value in vars(loaded).items()
            if getattr(value, "__module__", "") == module and f".{name}"[1] != "_"
        }
    found: dict[str, Any] = {}
    # Short names first: what the package exports is not taken again from its module.
    for name in sorted(names, key=lambda name: (name.count("."), name)):
        module, _, attribute = name.rpartition(".")
        value = getattr(importlib.import_module(module), attribute)
        if not callable(value) or module.rpartition(".")[2].startswith("_"):
            continue
        if not UNCHECKED & {name, attribute} and value not in found.values():
            found[name] = value
        for method, function in inspect.getmembers_static(value) if inspect.isclass(value) else ():
            function = getattr(function, "__func__", function)  # of a class method
            ours = getattr(function, "__module__", None) or ""
            if (
                method[0] != "_"
                and not UNCHECKED & {method, f"{name}.{method}"}
                and inspect.isfunction(function)
                and ours.startswith("qrnn")
            ):
                found.setdefault(f"{name}.{method}", function)
    unique = {function: name for name, function in reversed(found.items())}
    return {
        name: function
        for name, function in found.items()
        if unique[function] == name and inspect.signature(function).parameters.keys() - {"self"}
    }


def recorded(wanted: dict[str, Any]) -> dict[str, list[Call]]:
    """Run the examples of the library and return their calls of what is wanted, by its name."""
    by_code = {}
    for name, value in wanted.items():
        function = inspect.unwrap(value.__init__ if inspect.isclass(value) else value)
        by_code[function.__code__] = name
    calls: dict[str, list[Call]] = defaultdict(list)

    def note(frame: Any, event: str, _: Any) -> None:
        name = by_code.get(frame.f_code) if event == "call" else None
        if name is None:
            return
        caller = frame.f_back
        if caller.f_code.co_filename == qrnnlib._moved.__file__:  # it takes old names as well
            caller = caller.f_back
        # What the library calls by itself is no example.
        if not caller.f_code.co_filename.startswith("<doctest"):
            return
        names, star, stars, values = inspect.getargvalues(frame)
        owner = values[names.pop(0)] if names[:1] in (["self"], ["cls"]) else None
        given = {key: copy.deepcopy(values[key]) for key in names}
        if star:
            given["*"] = copy.deepcopy(values[star])
        if stars:
            given["**"] = copy.deepcopy(values[stars])
        whole = inspect.isclass(wanted[name])
        calls[name].append(Call(wanted[name], given, None if whole else copy.deepcopy(owner)))

    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(verbose=False)
    packages = (qrnnlib, qrnnbook)
    for info in chain(*(pkgutil.walk_packages(p.__path__, f"{p.__name__}.") for p in packages)):
        if TRAINING & {*info.name.split(".")}:
            continue
        for test in finder.find(importlib.import_module(info.name), info.name):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                sys.setprofile(note)
                try:
                    runner.run(test, out=io.StringIO().write)
                finally:
                    sys.setprofile(None)
    plt.close("all")
    return dict(calls)


class Hang(BaseException):
    """A call took too long. No library catches it by mistake."""


def complaint(call: Call, documented: str) -> str | None:
    """Make a call, and return what it did that it must not, None if it behaved.

    It may return finite numbers, or raise TypeError, ValueError or an error that the text
    `documented` names. It may not warn of anything at run time, nor run for ever.
    """

    def stop(*_: Any) -> None:
        raise Hang(f"it ran for {PATIENCE:g} s")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)
            answer = call()
            repr(answer)
        if isinstance(answer, float | np.ndarray) and np.asarray(answer).dtype.kind in "fc":
            return None if np.all(np.isfinite(answer)) else f"it returned {_shown(answer)}"
    except (Exception, Hang) as error:
        return None if _allowed(error, documented) else f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        plt.close("all")
    return None


def _allowed(error: BaseException, documented: str) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is not None and trace.tb_frame.f_code.co_name == "__array__":
        return True  # an argument's own error
    if isinstance(error, UnicodeError | np.linalg.LinAlgError):
        return False  # kinds of ValueError that say nothing about an argument
    if isinstance(error, TypeError | ValueError):
        return True
    # An error that is named, but no RuntimeWarning that says "Ctrl-C ended training early".
    named = re.search(rf"\b{type(error).__name__}\b", documented) is not None
    return named and not isinstance(error, Warning)
