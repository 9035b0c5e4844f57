"""A file that stores the state of a long computation, so that it can be resumed.

It is a safetensors file: arrays and text, nothing executable. The text identifies the run and
records its progress. A new state replaces the old one atomically, so a process killed while
writing leaves the old file intact.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _files

#: Files of another version are refused.
FORMAT = "qrnnlib checkpoint 3"


class Saved(NamedTuple):
    """Contents of a checkpoint: named arrays, and notes in JSON types."""

    arrays: Mapping[str, NDArray[Any]]
    notes: Mapping[str, Any]


class Checkpoint:
    """A file that belongs to one run.

    Parameters
    ----------
    path : str or path-like
        The file need not exist, but its folder must.
    run : mapping
        Description of the run in JSON types. A file whose description differs is refused.

    Raises
    ------
    FileNotFoundError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Checkpoint(Path(folder, "run.safetensors"), {"epochs": 5})
    ...     before = file.load()
    ...     file.save(Saved({"weights": np.arange(3.0)}, {"epoch": 2}))
    ...     after = file.load()
    >>> before, after.arrays["weights"], after.notes
    (None, array([0., 1., 2.]), {'epoch': 2})
    """

    def __init__(self, path: str | os.PathLike[str], run: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.run = json.loads(json.dumps(run))
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"checkpoint must lie in a folder that exists, got {str(self.path)!r}"
            )

    def load(self) -> Saved | None:
        """Return the contents of the file, or None if there is no file.

        Raises
        ------
        ValueError
            If the file is of another kind, is damaged, or belongs to another run.
        OSError
            If the system cannot tell whether the file exists, e.g. because its name is too long.
        """
        try:
            if not self.path.exists():
                return None
        except OSError as error:
            said = f"checkpoint must be a file that can be read: {error.strerror}"
            raise OSError(error.errno, said, str(self.path)) from error
        try:
            arrays, text = _files.read_arrays(self.path)
        except ValueError as error:
            raise self.refusal(str(error)) from error
        if text.get("format") != FORMAT:
            raise self.refusal(
                f"has the format {text.get('format', 'unknown')!r}, not {FORMAT!r} (let a fit end "
                "with the version of qrnnlib that began it),"
            )
        try:
            run = _files.json_object(text["run"])
            notes = _files.json_object(text["notes"])
            differences = "; ".join(_differences(run, self.run))
        except (KeyError, ValueError, RecursionError) as error:
            raise self.refusal("lacks its description") from error
        if differences:
            raise ValueError(
                f"checkpoint must be the file of this run, got {str(self.path)!r} of another: "
                f"{differences}"
            )
        return Saved(arrays, notes)

    def save(self, state: Saved) -> None:
        """Write `state` to the file atomically, replacing its previous contents.

        Raises
        ------
        OSError
            If the file cannot be written; it is left unchanged.
        """
        text = {"format": FORMAT, "run": json.dumps(self.run), "notes": json.dumps(state.notes)}
        _files.write_arrays(self.path, state.arrays, text, "checkpoint")

    def refusal(self, what: str) -> ValueError:
        """Return the error for a file that cannot be used; `what` is its predicate."""
        return ValueError(
            f"checkpoint must be a file that qrnnlib wrote, or a new one; {str(self.path)!r} "
            f"{what} and is left unchanged"
        )


def digest(array: NDArray[Any]) -> str:
    """Return a fingerprint of an array's dtype, shape and contents.

    Examples
    --------
    >>> digest(np.zeros(3)) == digest(np.zeros(3)), digest(np.zeros(3)) == digest(np.zeros((3, 1)))
    (True, False)
    """
    head = f"{array.dtype.str} {array.shape} ".encode()
    return "sha256 " + hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def _differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return the differences between two descriptions, without values that are long."""
    found = []
    for name in {**here, **there}:
        values = [json.dumps(side[name]) if name in side else "not set" for side in (there, here)]
        if values[0] != values[1]:
            short = max(map(len, values)) <= 40
            found.append(
                f"{name} is {values[0]} there and {values[1]} here" if short else f"{name} differs"
            )
    return found
