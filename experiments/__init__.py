"""The experiments whose recorded results the book reads: ``make results`` runs them.

Each experiment is a module with three names:

- ``QUESTION``: what it asks, in a sentence;
- ``tasks()``: a list of dictionaries of plain values, each of which says all about one row;
- ``row(task)``: what came out, as a dictionary of numbers (or lists of them).

A row is recorded with its task, and made anew only when its task or the code behind ``row`` has
changed: see `experiments.record` and `experiments.fingerprint`.
"""

from importlib import import_module
from types import ModuleType

#: In the order they are run; each name is that of its module and of its file of results.
NAMES = ("scoreboard", "retention", "sweet_spot", "jumps", "design_by_power")


def experiment(name: str) -> ModuleType:
    """Return the module of an experiment."""
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    return import_module(f"experiments.{name}")
