"""Which chapters have to run again: a hash of all that a chapter's output depends on but its text.

Jupyter Book keeps executed chapters in a cache, and runs a chapter again if its cells have changed.
Here a chapter is also forgotten if the code of the library that it uses has changed, the recorded
results or weather files that it reads, or any pinned package.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import sys
from functools import cache
from pathlib import Path

from chapters import BOOK, code_cells, toc
from jupyter_cache import get_cache

from qrnnlib._files import replace_file

ROOT = BOOK.parent
sys.path.insert(0, str(ROOT))

from experiments.definitions import definitions_used_by  # noqa: E402

CACHE = ROOT / "_build" / ".jupyter_cache"
#: What the outputs in the cache were made from: {page: hash}.
STATES = CACHE / "states.json"
STATIC = ROOT / "src" / "qrnnbook" / "widgets" / "static"
RECORD = re.compile(r"data/results/([\w-]+)\.json")


def state(page: str) -> str:
    """Return a hash of what a chapter's output depends on besides its text."""
    program = "\n".join(code_cells(page))
    units = definitions_used_by(program)
    parts = [ast.dump(unit.node) for unit in units]
    digest = hashlib.sha256("\0".join(sorted(parts)).encode())
    files = [ROOT / "requirements.txt"]
    if any(unit.module.startswith("qrnnbook.widgets") for unit in units):
        files += STATIC.iterdir()
    if "data/results" in program:
        named = RECORD.findall(program)
        every = (ROOT / "data" / "results").glob("*.json")
        files += [path for path in every if not named or path.stem in named]
    if "weather" in program:
        folder = os.environ.get("QRNNLIB_WEATHER_DIR", "")
        digest.update(f"weather {folder}\0".encode())
        files += Path(folder).rglob("*") if folder else []
    for path in sorted(files):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + _digest(path))
    return digest.hexdigest()[:16]


def forget_outdated() -> Path:
    """Remove from the cache what was made from other sources, and return the cache's folder."""
    before = json.loads(STATES.read_text(encoding="utf-8")) if STATES.is_file() else {}
    now = {page: state(page) for part in toc().values() for page in part}
    kept = get_cache(str(CACHE))
    for record in kept.list_cache_records():
        page = Path(record.uri).stem
        if page not in now or before.get(page) != now[page]:
            kept.remove_cache(record.pk)
    CACHE.mkdir(parents=True, exist_ok=True)
    replace_file(STATES, json.dumps(now, indent=1).encode())
    return CACHE


@cache
def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
