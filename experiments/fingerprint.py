"""The code that a number depends on, as one short word.

From the module that makes a row, imports are followed through this repository's own code. What
other packages do is told by their versions, which are recorded beside the rows. Comments,
docstrings and layout change no number and do not count.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Package -> folder.
PACKAGES = {"qrnnlib": ROOT / "src" / "qrnnlib", "experiments": ROOT / "experiments"}


def fingerprint(module: str) -> str:
    """Return a word that changes when code that `module` imports, or its own, changes.

    Examples
    --------
    >>> len(fingerprint("experiments.fingerprint"))
    16
    """
    digest = hashlib.sha256()
    for name in sorted(modules_behind(module)):
        digest.update(f"{name}\n{_essence(_file(name))}\n".encode())
    return digest.hexdigest()[:16]


def modules_behind(module: str) -> set[str]:
    """Return the names of the repository's modules that `module` needs, itself included.

    Examples
    --------
    >>> "qrnnlib.circuit" in modules_behind("qrnnlib.cell")
    True
    >>> "qrnnlib.cell" in modules_behind("qrnnlib.circuit")
    False
    """
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return found


@cache
def _imports(module: str) -> tuple[str, ...]:
    """Return the repository's modules that `module` imports."""
    package = module if _file(module).name == "__init__.py" else module.rpartition(".")[0]
    wanted: list[str] = []
    for node in ast.walk(ast.parse(_file(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            wanted += [alias.name for alias in node.names if _is_ours(alias.name)]
        elif isinstance(node, ast.ImportFrom):
            above = package.rsplit(".", node.level - 1)[0] if node.level else ""
            origin = ".".join(filter(None, (above, node.module)))
            if _is_ours(origin):
                wanted += [_home(origin, alias.name) for alias in node.names]
    return tuple(dict.fromkeys(wanted))


def _home(origin: str, name: str) -> str:
    """Return the module that `name` of the module or package `origin` is defined in."""
    if _exists(f"{origin}.{name}"):
        return f"{origin}.{name}"
    stub = _file(origin).with_suffix(".pyi")
    if not stub.exists():
        return origin
    # A package that loads lazily: its stub says where each public name lives.
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and any(a.name == name for a in node.names):
            return _home(f"{origin}.{node.module}", name)
    return origin


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def _exists(name: str) -> bool:
    package, _, rest = name.partition(".")
    path = PACKAGES[package].joinpath(*rest.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _file(name: str) -> Path:
    package, _, rest = name.partition(".")
    path = PACKAGES[package].joinpath(*filter(None, rest.split(".")))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _essence(file: Path) -> str:
    """Return what a file says to Python, docstrings aside."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return ast.dump(tree)
