"""The code that a number depends on, as one short string.

What counts is what the statements behind a number say to Python: not their comments, docstrings,
layout and annotations of arguments, nor the files they stand in. So moving a function to another
module, or reading it with another version of Python, leaves the fingerprint as it is. Renaming a
function changes it. What other packages do is told by their versions, which are recorded beside
the rows.
"""

import ast
import hashlib
from collections.abc import Callable
from typing import Any

from experiments.definitions import definitions_behind, referred, said

#: How far references are followed to tell apart two definitions that read alike.
DEPTH = 8


def fingerprint(function: Callable[..., Any]) -> str:
    """Return a string that changes with `function` and with the code of this repository behind it.

    Examples
    --------
    >>> len(fingerprint(fingerprint))
    16
    """
    reached = definitions_behind(function)
    texts = {unit: _essence(unit.node) for unit in reached}
    digests = {unit: _digest(text) for unit, text in texts.items()}
    for _ in range(DEPTH):
        digests = {
            unit: _digest(text, *sorted(f"{name} {digests[to]}" for name, to in referred(unit)))
            for unit, text in texts.items()
        }
    return _digest(*sorted(set(digests.values())))[:16]


def _essence(node: Any) -> str:
    """Return what a piece of a syntax tree says, the same in every version of Python.

    `ast.dump` is not: since 3.12 there are new fields, and since 3.13 it leaves out empty ones.
    """
    if isinstance(node, ast.Constant):
        return f"{type(node.value).__name__} {node.value!r}"
    if isinstance(node, list):
        return f"[{', '.join(map(_essence, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ", ".join(f"{name}={_essence(value)}" for name, value in said(node))
    return f"{type(node).__name__}({fields})"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
