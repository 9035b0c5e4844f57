"""A short string that identifies the code behind a number.

It depends on what the statements behind a number mean to Python: not on their comments, docstrings,
layout, annotations of arguments, error texts and old names (`qrnnlib._moved`), nor on the files
they are in, nor on the names of functions, classes, constants and modules. So moving a function to
another module, renaming it, or reading it with another version of Python leaves the fingerprint
unchanged. Renaming an argument or a method changes it. Other packages are identified by their
versions, which are recorded with the rows.
"""

import ast
import copy
import hashlib
import re
from collections.abc import Callable, Collection
from typing import Any

from experiments.definitions import Unit, chain, definitions_behind, referred, said

#: How far references are followed to distinguish two definitions with the same text.
DEPTH = 8

#: Mark a name of this repository in a text: its meaning counts, not its letters.
LEFT, RIGHT = "\x02", "\x03"
REFERENCE = re.compile(f"{LEFT}(.*?){RIGHT}")


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a string that changes with `function` and with the code in this repository behind it.

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
    """Return a statement as text, without the name of the function or class that it defines."""
    node = copy.copy(unit.node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        node.name = ""
    return _essence(node, referred(unit))


def _with_meanings(unit: Unit, text: str, digests: dict[Unit, str]) -> str:
    """Return a text with its marked names replaced by digests of their definitions."""
    meanings = {
        ".".join(name): _digest(*sorted(digests[other] for other in others))
        for name, others in referred(unit).items()
    }
    return REFERENCE.sub(lambda found: meanings[found[1]], text)


def _essence(node: Any, names: Collection[tuple[str, ...]] = ()) -> str:
    """Return part of a syntax tree as text that is the same in every version of Python.

    `ast.dump` is not: there are new fields since 3.12, and empty ones are left out since 3.13. The
    given names are marked wherever they occur.
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
