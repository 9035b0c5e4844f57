"""Atomic replacement of files, and arrays with text in one safetensors file.

Reading such a file executes nothing, so it may come from an untrusted source. It either returns
arrays and text, or raises a `ValueError` that says what is wrong; the caller must check what the
text means. A fingerprint of the contents is stored with them, so that damage is noticed. It does
not protect against tampering: an attacker can recompute it.
"""

import contextlib
import glob
import hashlib
import json
import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

#: Seconds after which a temporary file counts as abandoned.
LEFT_BEHIND = 3600.0

FINGERPRINT = "sha256"

#: Size limit of a file in bytes; a model or a run of this library needs a thousandth of it.
LARGEST = 2**30


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically, replacing any previous file.

    The content is written to a temporary file beside `path`, which is then renamed. A process
    killed in between leaves a hidden temporary file, which nothing reads. A later call for the
    same `path` removes it once it is an hour old; a younger one may still be in use.

    Raises
    ------
    OSError
        If the content cannot be written; `path` is left unchanged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     replace_file(Path(folder, "numbers"), b"1 2 3")
    ...     [(file.name, file.read_bytes()) for file in Path(folder).iterdir()]
    [('numbers', b'1 2 3')]
    """
    _remove_left_behind(path)
    # In the same folder, since renaming is atomic only within one file system.
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


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], text: Mapping[str, str], name: str = "path"
) -> None:
    """Write arrays and text to `path` atomically, replacing any previous file.

    `name` is the argument name that error messages use for `path`.

    Raises
    ------
    OSError
        If the file cannot be written; `path` is left unchanged.
    ValueError
        If the content is too large to be read again.
    """
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    content = save(plain, {**text, FINGERPRINT: _fingerprint(plain, text)})
    if len(content) > LARGEST:
        raise ValueError(f"arrays must need at most {LARGEST} bytes, got {len(content)}")
    try:
        replace_file(path, content)
    except OSError as error:  # its own message names the temporary file
        why = error.strerror or error
        said = f"{name} must be a file that can be written: {why}"
        raise OSError(error.errno, said, str(path)) from error


def read_arrays(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the arrays and the text of a file.

    Raises
    ------
    ValueError
        If the file is not a safetensors file, is damaged, or holds types that NumPy lacks. A file
        without a fingerprint is read: its text will show that it is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_arrays(Path(folder, "run"), {"w": np.arange(3.0)}, {"format": "example"})
    ...     read_arrays(Path(folder, "run"))
    ({'w': array([0., 1., 2.])}, {'format': 'example'})
    """
    if not path.is_file():  # opening a pipe would block
        raise ValueError("cannot be read (it is not a file)")
    if path.stat().st_size > LARGEST:  # a sparse file can be huge without taking disk space
        raise ValueError(f"cannot be read (it has {path.stat().st_size} bytes)")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            text = dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        # The last three come from shapes beyond NumPy's limits and types that it does not know.
        raise ValueError(f"cannot be read ({error})") from error
    if text.pop(FINGERPRINT, "") not in ("", _fingerprint(arrays, text)):
        raise ValueError("cannot be read (it is damaged: it differs from what was written)")
    return arrays, text


def json_object(text: str) -> dict[str, Any]:
    """Return the object that a JSON text describes.

    Raises
    ------
    ValueError
        If the text is not JSON, is nested too deeply, or describes something else.

    Examples
    --------
    >>> json_object('{"layers": 2}'), json_object("{}")
    ({'layers': 2}, {})
    >>> json_object("[" * 100000)
    Traceback (most recent call last):
    ValueError: its description is not a JSON object: it is nested too deeply
    """
    try:
        value = json.loads(text)
        problem = f"it is of type {type(value).__name__}"
    except RecursionError:
        value, problem = None, "it is nested too deeply"
    except ValueError as error:
        value, problem = None, str(error)
    if not isinstance(value, dict):
        raise ValueError(f"its description is not a JSON object: {problem}")
    return value


def _remove_left_behind(path: Path) -> None:
    for old in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND:
                old.unlink()


def _sync_folder(folder: Path) -> None:
    """Make a renamed file survive a power failure, on systems that support it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fingerprint(arrays: Mapping[str, NDArray[Any]], text: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(text.items())).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
