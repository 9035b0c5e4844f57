"""The statements that a function depends on, in all modules of this repository.

Names are followed from statement to statement, through imports and attributes of modules. Lookups
by string are not followed: ``getattr(module, name)``, or an import by name.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: Package -> folder.
PACKAGES = {
    "qrnnlib": ROOT / "src" / "qrnnlib",
    "qrnnbook": ROOT / "src" / "qrnnbook",
    "experiments": ROOT / "experiments",
}

#: Fields of syntax-tree nodes that cannot change a number.
SILENT = frozenset({"ctx", "kind", "type_comment", "returns"})

Imports = dict[str, tuple[str, str]]


def definitions_behind(function: Callable[..., Any]) -> set["Unit"]:
    """Return the statements in this repository that `function` depends on, its own included.

    Examples
    --------
    >>> from qrnnlib import QuantumCell
    >>> {"qrnnlib.physics.circuit"} < {unit.module for unit in definitions_behind(QuantumCell)}
    True
    """
    return _all_behind(_find(function.__module__, function.__qualname__.partition(".")[0]))


def definitions_used_by(program: str) -> set["Unit"]:
    r"""Return the statements in this repository that a program's text depends on.

    Examples
    --------
    >>> found = definitions_used_by("from qrnnlib import windows\nwindows([1, 2, 3], 2)")
    >>> {unit.module for unit in found} <= {"qrnnlib.series.windowing", "qrnnlib._checks"}
    True
    """
    tree = ast.parse(program)
    imports = _imported(ast.walk(tree), "", package=False)
    chains = {name for node in tree.body for name in _used(node) if name[0] in imports}
    return _all_behind(unit for name in chains for unit in _followed(name, imports)[1])


def _all_behind(units: Iterable["Unit"]) -> set["Unit"]:
    """Return statements with all that they depend on."""
    found: set[Unit] = set()
    waiting = list(units)
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting += (other for others in referred(unit).values() for other in others)
            # Statements that bind no name run on import, so they affect all users of the module.
            waiting += (other for other in _units(unit.module) if not other.binds)
    return found


@dataclass(frozen=True, eq=False)
class Unit:
    """One statement of a module, the names that it binds, and those that it uses."""

    module: str
    node: ast.stmt
    binds: tuple[str, ...]
    uses: tuple[tuple[str, ...], ...]  # ("windows",) or, in a module, ("record", "rows")
    imports: tuple[tuple[str, str, str], ...]  # local imports: name, module, name in the module


@cache
def referred(unit: Unit) -> dict[tuple[str, ...], tuple["Unit", ...]]:
    """Return the statements that a statement refers to, by the names it uses for them.

    A name extends as far as it resolves to a definition, such as ("record", "rows") for a module
    `record`; attributes beyond that are left out.
    """
    inner = {name: (origin, there) for name, origin, there in unit.imports}
    found = (_resolved(unit.module, chain, inner) for chain in unit.uses)
    return {name: tuple(units) for name, units in found if units}


def _resolved(
    module: str, chain: tuple[str, ...], inner: Imports
) -> tuple[tuple[str, ...], list["Unit"]]:
    """Return the part of an attribute chain that is a name, and the statements behind it."""
    imports = {**_own_imports(module), **inner}
    if chain[0] not in imports:
        return chain[:1], [unit for unit in _units(module) if chain[0] in unit.binds]
    return _followed(chain, imports)


def _followed(chain: tuple[str, ...], imports: Imports) -> tuple[tuple[str, ...], list["Unit"]]:
    """Return the same for an attribute chain that begins with an imported name."""
    origin, there = imports[chain[0]]
    if there and not _exists(f"{origin}.{there}"):
        return chain[:1], _find(origin, there)
    target = f"{origin}.{there}" if there else origin
    length = 1
    while length < len(chain) and _exists(f"{target}.{chain[length]}"):
        target, length = f"{target}.{chain[length]}", length + 1
    if length < len(chain):
        return chain[: length + 1], _find(target, chain[length])
    return chain, list(_units(target))  # a module used as a value: all its statements


def _find(module: str, name: str) -> list[Unit]:
    """Return the statements that define a name of a module, in whichever module they are."""
    stub = _file(module).with_suffix(".pyi")
    if stub.exists():  # a lazily loading package: its stub says where each public name is defined
        wanted = _imported(ast.parse(stub.read_text(encoding="utf-8")).body, module, package=True)
        if name in wanted:
            return _find(*wanted[name])
    return _resolved(module, (name,), {})[1]


@cache
def _tree(module: str) -> tuple[ast.stmt, ...]:
    """Return a module's statements without its docstring and code for type checkers only."""
    body = _without_docstring(ast.parse(_file(module).read_text(encoding="utf-8")).body)
    return tuple(node for node in body if not _only_for_types(node))


@cache
def _own_imports(module: str) -> Imports:
    """Return the names that a module imports from this repository, and their origins."""
    return _imported(_tree(module), module, package=_is_package(module))


@cache
def _units(module: str) -> tuple[Unit, ...]:
    """Return a module's statements, except imports from this repository."""
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
    """Split an import of several names into imports of one name each."""
    if isinstance(node, ast.Import):
        return [ast.Import([alias]) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [ast.ImportFrom(node.module, [alias], node.level) for alias in node.names]
    return [node]


def _imported(nodes: Iterable[ast.AST], module: str, package: bool) -> Imports:
    """Return the imports from this repository as name -> (module, name in that module)."""
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
    """Yield the names that a statement binds in its module."""
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
    """Yield the names that a statement uses, with their attributes: a.b.c as ("a", "b", "c")."""
    name = chain(node)
    if name:
        yield name
        return
    for _, value in said(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from _used(part)


def chain(node: ast.AST) -> tuple[str, ...]:
    """Return a name with its attributes, a.b.c as ("a", "b", "c"); () for other nodes."""
    if isinstance(node, ast.Attribute):
        before = chain(node.value)
        return (*before, node.attr) if before else ()
    return (node.id,) if isinstance(node, ast.Name) else ()


def said(node: ast.AST) -> list[tuple[str, Any]]:
    """Return the fields of a node that can change a number, sorted by name."""
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = _without_docstring(node.body)
        fields["decorator_list"] = [d for d in node.decorator_list if not _only_renames(d)]
    if isinstance(node, ast.arg):
        fields.pop("annotation", None)
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):  # its text computes nothing
        fields["exc"] = node.exc.func
    if isinstance(fields.get("body"), list):  # the module that defines a name does not count
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


def _only_renames(decorator: ast.expr) -> bool:
    """Whether a decorator is one of `qrnnlib._moved`, which add old names and compute nothing."""
    return isinstance(decorator, ast.Call) and chain(decorator.func)[:1] == ("_moved",)


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
