"""A file is replaced whole or not at all, wherever its writer is killed."""

import contextlib
import glob
import os
import secrets
import time
from pathlib import Path

#: Seconds after which nobody can still be writing a temporary file.
LEFT_BEHIND = 3600.0


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` in the place of what `path` held before, or of nothing.

    It is written beside `path` under another name, then renamed. Whoever is killed in between
    leaves that other file, hidden and read by nobody. The next writing of `path` removes it, if
    that is an hour later: a younger one may belong to somebody who is writing.

    Raises
    ------
    OSError
        If the content cannot be written; `path` is as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace_file(Path(folder, "numbers"), b"1 2 3")
    ...     [(file.name, file.read_bytes()) for file in Path(folder).iterdir()]
    [('numbers', b'1 2 3')]
    """
    _remove_left_behind(path)
    # In the same folder, since only within a file system is replacing a single step.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _remove_left_behind(path: Path) -> None:
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND:
                old.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a new name outlast a power failure, on systems that can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
