"""The code that a number depends on, as one short string.

What counts is what the statements behind a number say to Python: not their comments, docstrings,
layout, annotations of arguments and texts of errors, nor the files they stand in, nor what
functions, classes, constants and modules are called. So moving a function to another module,
renaming it, or reading it with another version of Python leaves the fingerprint as it is. Renaming
an argument or a method changes it. What other packages do is told by their versions, which are
recorded beside the rows.
"""

import ast
import copy
import hashlib
import re
from collections.abc import Callable, Collection
from typing import Any

from experiments.definitions import Unit, chain, definitions_behind, referred, said

#: How far references are followed to tell apart two definitions that read alike.
DEPTH = 8

#: Stand in a text around a name of this repository, whose meaning counts and not its letters.
LEFT, RIGHT = "\x02", "\x03"
REFERENCE = re.compile(f"{LEFT}(.*?){RIGHT}")


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a string that changes with `function` and with the code of this repository behind it.

    Examples
    --------
    >>> len(fingerprint(fingerprint))
    16
    """
    reached = definitions_behind(function)
    texts = {unit: _text(unit) for unit in reached}
    digests = dict.fromkeys(reached, "")
    for _ in range(DEPTH):
        digests = {unit: _digest(_with_meanings(unit, texts[unit], digests)) for unit in reached}
    return _digest(*sorted(set(digests.values())))[:16]


def _text(unit: Unit) -> str:
    """Return what a statement says, without the name that it gives a function or a class."""
    node = copy.copy(unit.node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node.name = ""
    return _essence(node, referred(unit))


def _with_meanings(unit: Unit, text: str, digests: dict[Unit, str]) -> str:
    """Return a text with the digests of what its names stand for in the place of the names."""
    meanings = {
        ".".join(name): _digest(*sorted(digests[other] for other in others))
        for name, others in referred(unit).items()
    }
    return REFERENCE.sub(lambda found: meanings[found[1]], text)


def _essence(node: Any, names: Collection[tuple[str, ...]] = ()) -> str:
    """Return what a piece of a syntax tree says, the same in every version of Python.

    `ast.dump` is not: since 3.12 there are new fields, and since 3.13 it leaves out empty ones.
    The names that are given are marked where they stand.
    """
    if chain(node) in names:
        return f"{LEFT}{'.'.join(chain(node))}{RIGHT}"
    if isinstance(node, ast.Constant):
        return f"{type(node.value).__name__} {node.value!r}"
    if isinstance(node, list):
        return f"[{', '.join(_essence(part, names) for part in node)}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ", ".join(f"{name}={_essence(value, names)}" for name, value in said(node))
    return f"{type(node).__name__}({fields})"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
