"""The statements that a function reaches, in whichever of this repository's modules they stand.

Names are followed from statement to statement, through imports and attributes of modules. Not
followed is what is found by a string: ``getattr(module, name)``, or an import by name.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Package -> folder.
PACKAGES = {"qrnnlib": ROOT / "src" / "qrnnlib", "experiments": ROOT / "experiments"}

#: Fields of a syntax tree that change no number.
SILENT = frozenset({"ctx", "kind", "type_comment", "returns"})

Imports = dict[str, tuple[str, str]]


def definitions_behind(function: Callable[..., Any]) -> set["Unit"]:
    """Return the statements that `function` reaches in this repository's modules, its own included.

    Examples
    --------
    >>> from qrnnlib import QuantumCell
    >>> {"qrnnlib.circuit"} < {unit.module for unit in definitions_behind(QuantumCell)}
    True
    """
    found: set[Unit] = set()
    waiting = list(_find(function.__module__, function.__qualname__.partition(".")[0]))
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting += (other for _, other in referred(unit))
            # What a module does when it is imported happens to all who use it.
            waiting += (other for other in _units(unit.module) if not other.binds)
    return found


@dataclass(frozen=True, eq=False)
class Unit:
    """One statement of a module, the names it gives a meaning, and those it uses."""

    module: str
    node: ast.stmt
    binds: tuple[str, ...]
    uses: tuple[tuple[str, ...], ...]  # ("windows",) or, of a module, ("record", "rows")
    imports: tuple[tuple[str, str, str], ...]  # of its own, inside: name, module, name there


@cache
def referred(unit: Unit) -> tuple[tuple[str, Unit], ...]:
    """Return the statements that a statement refers to, each with the name it has there."""
    inner = {name: (origin, there) for name, origin, there in unit.imports}
    return tuple(
        (".".join(chain), found)
        for chain in unit.uses
        for found in _resolved(unit.module, chain, inner)
    )


def _resolved(module: str, chain: tuple[str, ...], inner: Imports) -> Iterator[Unit]:
    """Yield the statements behind a name, or an attribute of a name, that `module` uses."""
    name, *rest = chain
    own = {**_own_imports(module), **inner}
    if name not in own:
        yield from (unit for unit in _units(module) if name in unit.binds)
        return
    origin, there = own[name]
    if there and not _exists(f"{origin}.{there}"):
        yield from _find(origin, there)
        return
    target = f"{origin}.{there}" if there else origin
    if rest and _exists(f"{target}.{rest[0]}"):
        yield from _resolved(module, (name, *rest[1:]), {name: (f"{target}.{rest[0]}", "")})
    elif rest:
        yield from _find(target, rest[0])
    else:  # a module as a value: all that is in it
        yield from _units(target)


def _find(module: str, name: str) -> Iterator[Unit]:
    """Yield the statements that give a module's name its meaning, wherever they stand."""
    stub = _file(module).with_suffix(".pyi")
    if stub.exists():  # a package that loads lazily: its stub tells where each public name lives
        wanted = _imported(ast.parse(stub.read_text(encoding="utf-8")).body, module, package=True)
        if name in wanted:
            yield from _find(*wanted[name])
            return
    yield from _resolved(module, (name,), {})


@cache
def _tree(module: str) -> tuple[ast.stmt, ...]:
    """Return the statements of a module that run: no docstring, nothing for type checkers."""
    body = _without_docstring(ast.parse(_file(module).read_text(encoding="utf-8")).body)
    return tuple(node for node in body if not _only_for_types(node))


@cache
def _own_imports(module: str) -> Imports:
    """Return the names that a module imports from this repository, and where from."""
    return _imported(_tree(module), module, package=_is_package(module))


@cache
def _units(module: str) -> tuple[Unit, ...]:
    """Return a module's statements, but for its imports from this repository."""
    package = _is_package(module)
    units = []
    for node in _tree(module):
        for part in _one_by_one(node):
            if not _imported([part], module, package):
                nested = _imported(ast.walk(part), module, package)
                units.append(
                    Unit(
                        module,
                        part,
                        tuple(_bound(part)),
                        tuple(dict.fromkeys(_used(part))),
                        tuple((name, *origin) for name, origin in nested.items()),
                    )
                )
    return tuple(units)


def _one_by_one(node: ast.stmt) -> list[ast.stmt]:
    """Return an import of several names as imports of one each."""
    if isinstance(node, ast.Import):
        return [ast.Import([alias]) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    return [node]


def _imported(nodes: Iterable[ast.AST], module: str, package: bool) -> Imports:
    """Return what these statements import from this repository: name -> (module, name there)."""
    found: Imports = {}
    above = module if package else module.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name):
                    short = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or short] = (short, "")
        elif isinstance(node, ast.ImportFrom):
            base = above.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(filter(None, (base, node.module)))
            if _is_ours(origin):
                found |= {alias.asname or alias.name: (origin, alias.name) for alias in node.names}
    return found


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module gives a meaning."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [part for target in targets for part in ast.walk(target)]
        if not any(isinstance(part, ast.Attribute | ast.Subscript) for part in names):
            yield from (part.id for part in names if isinstance(part, ast.Name))


def _used(node: ast.AST) -> Iterator[tuple[str, ...]]:
    """Yield the names that a statement uses, with their attributes: a.b.c as a tuple."""
    chain: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        chain.insert(0, inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        yield (inner.id, *chain)
        return
    for _, value in said(inner):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _used(part)


def said(node: ast.AST) -> list[tuple[str, Any]]:
    """Return the fields of a node that say something, by name."""
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = _without_docstring(node.body)
    if isinstance(node, ast.arg):
        fields.pop("annotation", None)
    if isinstance(fields.get("body"), list):  # where a definition comes from does not count
        fields["body"] = [
            part
            for part in fields["body"]
            if not (
                isinstance(part, ast.ImportFrom) and (part.level or _is_ours(part.module or ""))
            )
        ]
    return sorted(
        (name, value)
        for name, value in fields.items()
        if name not in SILENT and value is not None and value != []
    )


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    match body:
        case [ast.Expr(ast.Constant(str())), *rest]:
            return rest
    return body


def _only_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def _is_package(module: str) -> bool:
    return _file(module).name == "__init__.py"


def _exists(name: str) -> bool:
    package, _, rest = name.partition(".")
    path = PACKAGES[package].joinpath(*filter(None, rest.split(".")))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _file(name: str) -> Path:
    package, _, rest = name.partition(".")
    path = PACKAGES[package].joinpath(*filter(None, rest.split(".")))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
