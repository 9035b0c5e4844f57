"""Where series come from, and how they become the ``X, y`` of a regression.

A `Series` says what its numbers are (unit, source, attribution) and what was done to them
(notes). Three come from here: `noisy_sine`, `load_series` (any CSV) and, from
`qrnnlib.series.weather`, Ontario temperatures. `windows` cuts a series into inputs and targets, and
`split_in_time` into training, validation and test parts without a leak between them.
"""

import os
import warnings
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from qrnnlib import _checks
from qrnnlib.series import csv_table, suspects
from qrnnlib.series.series import Series
from qrnnlib.series.windows import Split, split_in_time, windows

__all__ = [
    "Series",
    "Split",
    "SuspectDataWarning",
    "load_series",
    "noisy_sine",
    "split_in_time",
    "windows",
]

#: What is computed from a number of periods or a noise no larger than this is finite.
LARGEST = 1e300

#: What can be done with a missing value.
GAPS = ("interpolate", "omit")


class SuspectDataWarning(UserWarning):
    """Something in a file was read as it stands, but was probably not meant so.

    Examples
    --------
    >>> import warnings
    >>> from qrnnlib.series.sources import SuspectDataWarning
    >>> warnings.simplefilter("error", SuspectDataWarning)  # rather stop than read on
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
    points : int
        Number of values, equally spaced from 0 to 2 pi `periods`, both ends included.
    noise : float
        Standard deviation of the noise. The paper's conference script adds 0.1 twice: 0.1414.
    periods : float
        Periods of the sine; the paper's 0 to 8 pi is 4.
    random_state : int, Generator, RandomState or None
        Seed or source of the noise; None draws anew each time.

    Returns
    -------
    Series
        Its `clean` is the sine without noise.

    Raises
    ------
    TypeError, ValueError
        If `points` is below 2 or above ten million, `noise` negative, `periods` not positive, one
        of the two so large that the series would not be finite, or `random_state` none of the
        above.

    References
    ----------
    A. Daskin, *Quantum RNNs and LSTMs Through Entangling and Disentangling Power of Unitary
    Transformations*, arXiv:2505.06774, section on experiments.

    Examples
    --------
    >>> from qrnnlib.series.sources import noisy_sine
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
    columns is the header; lines above it are passed over with a note. Numbers may have a decimal
    comma, and their thousands set apart by a space, an apostrophe or the other sign: a column in
    which 1,5 stands has 1.234 for 1234. Where nothing in the column shows whether
    1,234 is a thousand, it is refused; between semicolons 1.234 is, and 1,234 has decimals.

    A blank value, NA, NaN or null is a missing one, and so is a row that the usual spacing of the
    dates says should be there; months, quarters and years are counted by the calendar. What is
    missing is named in the notes of the series, and at either end always left out.

    Parameters
    ----------
    path : str or path-like
        The file.
    date : str
        Header of the column of dates or of plain numbers, increasing. Dates are written year first
        (2024-01-31, 2024/1/31, 20240131, 2024-01, 202401, 2024.01, 2024Q1), with the name of the
        month in English, or as 31.01.2024. 31/01/2024 and 01/31/2024 are read where a day after
        the 12th in the column tells which it is, and a note says so. A time of day may follow
        (13:00, 13:00:05, 1:00 PM, with Z or an offset from UTC). Where every time is midnight
        the index is one of days, otherwise one of times. Codes of weeks, quarters or days
        of the year (202352, 2023.4, 2023365) are refused where they jump to the next year, and
        fiscal years (2000/01) always.
    value : str
        Header of the column of values.
    unit, name : str
        Unit of the values, and what to call the series (the value column's header if left out).
    gaps : {"interpolate", "omit"}
        Fill missing values linearly from their two neighbours, never more of them than were read;
        or leave them out; `windows` then has no window across the gap. For a series that has no
        value at weekends by nature, ``windows(series.values, steps)`` takes neighbours in the file
        as neighbours in time.
    synthetic : bool
        Say that the values in the file are made up, wherever the series is shown.
    na_values : number, str, or sequence of them
        What else stands for a missing value, such as ``(-9999, -99.9)`` or ``"---"``. Numbers are
        compared as numbers.
    encoding : str
        How the file encodes its text, by Python's name for it, such as ``"cp1252"``. A byte-order
        mark (of UTF-8 or UTF-16) in the file goes before it.

    Returns
    -------
    Series
        Values in file order; `attribution` is empty, since a file does not tell.

    Raises
    ------
    TypeError, ValueError
        If there is no such file, it cannot be read, is empty or encoded otherwise, a column is not
        there, more values are missing than were read (with ``gaps="interpolate"``), or a line is
        cut short, not a number, no date, out of order or doubled, or may be read in two ways. The
        message names the line.

    Warns
    -----
    SuspectDataWarning
        If values lie far outside all others, as numbers that stand for "none" do, or some
        neighbours are much closer than the usual step. The notes say so too.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from qrnnlib.series.sources import load_series
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
    except OSError as error:  # a name too long, no right to read it
        raise ValueError(f"path must be a file that can be read, got {error}") from None
    text = csv_table.decode("path", where, data, encoding)
    columns = csv_table.read_columns("path", where, text, {"date": date, "value": value})
    index, read_as = csv_table.parse_index(columns, "date")
    values = csv_table.parse_values(columns, "value", stand_ins)
    step = csv_table.usual_step(index)
    known = ~np.isnan(values)
    suspect = suspects.far_outside(values[known], index[known])
    suspect += suspects.too_close(index, step, csv_table.GAP_IN_STEPS)
    closed = csv_table.close_gaps(index, values, step, gaps)
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
    """Return what stands for a missing value as a list of numbers and strings."""
    single = isinstance(na_values, str) or not isinstance(na_values, Collection)
    return [
        one if isinstance(one, str) else _checks.number("na_values", one)
        for one in ([na_values] if single else na_values)
    ]


def _generator(random_state: Any) -> np.random.Generator | np.random.RandomState:
    """Return the source of random numbers that `random_state` stands for."""
    if isinstance(random_state, np.random.Generator | np.random.RandomState):
        return random_state
    if random_state is None:
        return np.random.default_rng()
    return np.random.default_rng(
        _checks.integer("random_state", random_state, minimum=0, maximum=None)
    )
