"""The experiments whose recorded results the book reads: ``make results`` runs them.

Each experiment is a module with three names:

- ``QUESTION``: the question that it asks, in one sentence;
- ``tasks()``: a list of dictionaries of plain values, each of which fully specifies one row;
- ``row(task)``: the result, as a dictionary of numbers (or lists of them).

The models of the fair board are in `experiments.board`, quantum networks by other authors in
`experiments.relatives`.

A row is recorded with its task, and computed again only when its task or the code behind ``row``
has changed: see `experiments.record` and `experiments.fingerprint`.
"""

from importlib import import_module
from types import ModuleType

#: The experiments in the order of running; each name is that of its module and its result file.
NAMES = (
    *("scoreboard", "retention", "sweet_spot", "jumps", "design_by_power"),
    *("quantum_clock", "clock_waits", "fair_board", "design_guides"),
)


def experiment(name: str) -> ModuleType:
    """Return the module of an experiment; an unknown name raises ValueError."""
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    return import_module(f"experiments.{name}")
