"""Sources of series, and the names needed to turn a series into the ``X, y`` of a regression.

A `Series` carries its description (unit, source, attribution) and a record of what was done to it
(notes). Sources are `noisy_sine`, `load_series` (any CSV file) and, in `qrnnlib.series.weather`,
Ontario temperatures. `windows` cuts a series into inputs and targets, and `split_in_time` cuts it
into training, validation and test parts without leakage between them.
"""

import os
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qrnnlib import _checks
from qrnnlib.series import csv_table, suspects
from qrnnlib.series.gaps import GAP_IN_STEPS, close_gaps, usual_step
from qrnnlib.series.series import Series
from qrnnlib.series.splitting import Split, split_in_time
from qrnnlib.series.windowing import windows

__all__ = [
    "Series",
    "Split",
    "SuspectDataWarning",
    "load_series",
    "noisy_sine",
    "split_in_time",
    "windows",
]

#: Upper limit of periods and noise, so that all results are finite.
LARGEST = 1e300

#: Treatments of missing values.
GAPS = ("interpolate", "omit")


class SuspectDataWarning(UserWarning):
    """Data in a file that were read literally, but were probably not meant so.

    Examples
    --------
    >>> import warnings
    >>> from qrnnlib import SuspectDataWarning
    >>> warnings.simplefilter("error", SuspectDataWarning)  # stop instead of reading on
    """


def noisy_sine(
    points: int = 100,
    noise: float = 0.1,
    periods: float = 4,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> Series:
    """Return a sine with Gaussian noise, the paper's first experiment.

    Parameters
    ----------
    points : int, default 100
        Number of values, equally spaced from 0 to 2 pi `periods`, both ends included.
    noise : float, default 0.1
        Standard deviation of the noise. The paper's conference script adds 0.1 twice: 0.1414.
    periods : float, default 4
        Number of periods of the sine; the paper's range of 0 to 8 pi has 4.
    random_state : int, Generator, RandomState or None
        Seed or source of the noise; None (default) gives other noise each time.

    Returns
    -------
    Series
        Its `clean` is the sine without noise.

    Raises
    ------
    TypeError, ValueError
        If `points` is below 2 or above ten million, `noise` is negative, `periods` is not
        positive, one of these two exceeds 1e300, or `random_state` has another type.

    References
    ----------
    A. Daskin, *Quantum RNNs and LSTMs Through Entangling and Disentangling Power of Unitary
    Transformations*, arXiv:2505.06774, section on experiments.

    Examples
    --------
    >>> from qrnnlib import noisy_sine
    >>> noisy_sine(points=100, noise=0.1, random_state=0)
    Series('noisy sine': 100 points, 0 to 25.1327)
    """
    points = _checks.integer("points", points, minimum=2)
    noise = _checks.number("noise", noise, minimum=0, maximum=LARGEST)
    periods = _checks.number("periods", periods, maximum=LARGEST, above=0)
    x = np.linspace(0, 2 * np.pi * periods, points)
    clean = np.sin(x)
    values = clean + noise * _generator(random_state).standard_normal(points)
    return Series(
        values,
        x,
        name="noisy sine",
        source=f"computed: sin(x) plus Gaussian noise of standard deviation {noise:g}",
        clean=clean,
    )


def load_series(
    path: str | os.PathLike[str],
    date: str,
    value: str,
    unit: str = "",
    name: str | None = None,
    gaps: str = "interpolate",
    synthetic: bool = False,
    na_values: float | str | Sequence[float | str] = (),
    encoding: str = "utf-8",
) -> Series:
    r"""Read a series from two columns of a CSV file.

    Fields are separated by commas, semicolons, tabs or bars. The first line that names both
    columns is the header; lines above it are skipped, with a note. Numbers may have a decimal
    comma, and thousands may be grouped by a space, an apostrophe or the other sign: in a column
    with 1,5 the field 1.234 means 1234. If nothing in the column shows whether 1,234 means 1234 or
    has decimals, it is refused. Where fields are separated by semicolons, 1,234 has decimals, and
    1.234 is refused.

    A value is missing if it is blank, NA, N/A, NaN or null, or if its row is absent according to
    the usual spacing of the dates; months, quarters and years follow the calendar. Missing values
    are listed in the notes of the series. At either end they are always left out.

    Parameters
    ----------
    path : str or path-like
        The file.
    date : str
        Header of the column of dates or plain numbers, increasing. Dates are written year first
        (2024-01-31, 2024/1/31, 20240131, 2024-01, 202401, 2024.01, 2024Q1), with the English name
        of the month, or as 31.01.2024. Dates such as 31/01/2024 or 01/31/2024 are accepted if a
        day after the 12th in the column shows their order, which a note records. A time of day may
        follow (13:00, 13:00:05, 1:00 PM, with Z or an offset from UTC). If every time is midnight,
        the index is one of days, otherwise one of times. Codes of weeks, quarters or days of the
        year (202352, 2023.4, 2023365) are refused if they jump to the next year, fiscal years
        (2000/01) always.
    value : str
        Header of the column of values.
    unit : str
        Unit of the values, default "".
    name : str, optional
        Name of the series. None (default): the header of the value column.
    gaps : {"interpolate", "omit"}, default "interpolate"
        Fill missing values linearly from their two neighbours, at most as many as were read; or
        leave them out, so that `windows` makes no window across the gap. For a series without
        values at weekends, ``windows(series.values, steps)`` treats neighbours in the file as
        neighbours in time.
    synthetic : bool, default False
        Mark the values of the file as synthetic, wherever the series is shown.
    na_values : number, str, or sequence of them
        Further values that mean a missing value, such as ``(-9999, -99.9)`` or ``"---"``; none by
        default. Numbers are compared as numbers.
    encoding : str, default "utf-8"
        Encoding of the file, by its Python name, such as ``"cp1252"``. A byte-order mark (of UTF-8
        or UTF-16) in the file overrides it.

    Returns
    -------
    Series
        Values in file order; `attribution` is empty, since a file does not contain it.

    Raises
    ------
    TypeError, ValueError
        If the file does not exist, cannot be read, is empty or has another encoding, a column is
        not there, more values are missing than were read (with ``gaps="interpolate"``), or a line
        is truncated, not a number, not a date, out of order, a duplicate or ambiguous. The message
        names the line.

    Warns
    -----
    SuspectDataWarning
        If values lie far outside all others, as placeholders for missing values do, or some
        neighbours are much closer than the usual step. The notes say so too.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from qrnnlib import load_series
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name, "lake.csv")
    >>> _ = file.write_text("day,level\n2024-05-01,3.0\n2024-05-02,3.2\n2024-05-04,3.6\n")
    >>> lake = load_series(file, date="day", value="level", unit="m")
    >>> lake.values
    array([3. , 3.2, 3.4, 3.6])
    >>> print(lake.notes[0])
    1 missing day (2024-05-03): interpolated linearly between the neighbours
    >>> folder.cleanup()
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be a path, got {path!r} ({type(path).__name__})")
    for argument, text in (("date", date), ("value", value), ("unit", unit), ("name", name)):
        if not isinstance(text, str) and not (argument == "name" and text is None):
            raise TypeError(f"{argument} must be a string, got {text!r} ({type(text).__name__})")
    _checks.option("gaps", gaps, GAPS)
    if not isinstance(synthetic, bool):
        raise TypeError(f"synthetic must be True or False, got {synthetic!r}")
    stand_ins = _stand_ins(na_values)
    if not isinstance(encoding, str):
        raise TypeError(f"encoding must be a string, got {encoding!r}")
    file = Path(path)
    where = repr(file.name)
    try:
        if not file.is_file():
            raise ValueError(f"path must be an existing file, got {str(path)!r}")
        data = file.read_bytes()
    except OSError as error:  # the name is too long, or permission is missing
        raise ValueError(f"path must be a file that can be read, got {error}") from None
    text = csv_table.decode("path", where, data, encoding)
    columns = csv_table.read_columns("path", where, text, {"date": date, "value": value})
    index, read_as = csv_table.parse_index(columns, "date")
    values = csv_table.parse_values(columns, "value", stand_ins)
    step = usual_step(index)
    known = ~np.isnan(values)
    suspect = suspects.far_outside(values[known], index[known])
    suspect += suspects.too_close(index, step, GAP_IN_STEPS)
    closed = close_gaps(index, values, step, gaps)
    for note in suspect:
        warnings.warn(f"{file.name}: {note}", SuspectDataWarning, stacklevel=2)
    return Series(
        closed.values,
        closed.index,
        name=value if name is None else name,
        unit=unit,
        source=f"column {value!r} of {file.name}",
        synthetic=synthetic,
        notes=columns.notes + read_as + suspect + closed.notes,
        step=step,
        interpolated=closed.interpolated,
    )


def _stand_ins(na_values: Any) -> list[float | str]:
    """Return the placeholders for missing values as a list of numbers and strings."""
    single = isinstance(na_values, str) or not isinstance(na_values, Collection)
    return [
        one if isinstance(one, str) else _checks.number("na_values", one)
        for one in ([na_values] if single else na_values)
    ]


def _generator(random_state: Any) -> np.random.Generator | np.random.RandomState:
    """Return the random generator for a `random_state`."""
    if isinstance(random_state, np.random.Generator | np.random.RandomState):
        return random_state
    if random_state is None:
        return np.random.default_rng()
    return np.random.default_rng(
        _checks.integer("random_state", random_state, minimum=0, maximum=None)
    )
