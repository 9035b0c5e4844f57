"""Arrays and text in one safetensors file: nothing in it could be executed when it is read.

A file may come from anyone. Whatever is in it, reading ends in arrays and text or in a
`ValueError` that says what is wrong; what the text means is for the caller to check. A fingerprint
of it all is written with it, so that a damaged number does not pass for another one. It is no
seal: whoever means to change a file can change it too.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from qrnnlib._durable import replace_file

FINGERPRINT = "sha256"

#: Bytes of the largest file; a model or a run of this library needs a thousandth.
LARGEST = 2**30


def write(
    path: Path, arrays: Mapping[str, NDArray[Any]], text: Mapping[str, str], name: str = "path"
) -> None:
    """Replace the file at `path` by one with these arrays and this text, at once or not at all.

    `name` is what errors call `path`.

    Raises
    ------
    OSError
        If it cannot be written; `path` is as it was.
    ValueError
        If it is too large to be read again.
    """
    plain = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    content = save(plain, {**text, FINGERPRINT: _fingerprint(plain, text)})
    if len(content) > LARGEST:
        raise ValueError(f"arrays must need at most {LARGEST} bytes, got {len(content)}")
    try:
        replace_file(path, content)
    except OSError as error:  # which names a temporary file
        why = error.strerror or error
        said = f"{name} must be a file that can be written: {why}"
        raise OSError(error.errno, said, str(path)) from error


def read(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, str]]:
    """Return the arrays and the text of a file.

    Raises
    ------
    ValueError
        If it is not a safetensors file, a damaged one, or one with types that NumPy has not.
        A file without a fingerprint is read: it is of another kind, as its text will show.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder, "run"), {"w": np.arange(3.0)}, {"format": "example"})
    ...     read(Path(folder, "run"))
    ({'w': array([0., 1., 2.])}, {'format': 'example'})
    """
    if not path.is_file():  # a pipe would be waited for
        raise ValueError("cannot be read (it is no file)")
    if path.stat().st_size > LARGEST:  # a hole in a file has a size too, but takes no disk
        raise ValueError(f"cannot be read (it has {path.stat().st_size} bytes)")
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            text = dict(file.metadata() or {})
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError) as error:
        # The last three: shapes beyond NumPy's limits, and types that it does not know.
        raise ValueError(f"cannot be read ({error})") from error
    if text.pop(FINGERPRINT, "") not in ("", _fingerprint(arrays, text)):
        raise ValueError("cannot be read (it is damaged: it differs from what was written)")
    return arrays, text


def json_object(text: str) -> dict[str, Any]:
    """Return the object that a JSON text describes.

    Raises
    ------
    ValueError
        If it is no JSON, nested too deeply, or describes something else.

    Examples
    --------
    >>> json_object('{"layers": 2}'), json_object("{}")
    ({'layers': 2}, {})
    >>> json_object("[" * 100000)
    Traceback (most recent call last):
    ValueError: its description is no JSON object: it is nested too deeply
    """
    try:
        value = json.loads(text)
        problem = f"it is of type {type(value).__name__}"
    except RecursionError:
        value, problem = None, "it is nested too deeply"
    except ValueError as error:
        value, problem = None, str(error)
    if not isinstance(value, dict):
        raise ValueError(f"its description is no JSON object: {problem}")
    return value


def _fingerprint(arrays: Mapping[str, NDArray[Any]], text: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(sorted(text.items())).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
