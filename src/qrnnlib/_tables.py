"""From the text of a CSV table to an index, values, and gaps that have names.

`load_series` and the weather service's files go through the same three steps: the wanted columns
are found by their header, index and values are parsed with an error that names the line, and the
gaps (blank values as well as rows that are not there) are named, then filled or left out.
"""

import csv
import io
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What a series is ordered by: days, or plain numbers.
Index = NDArray[np.datetime64] | NDArray[np.float64]

#: Two neighbours further apart than this many steps have a gap between them. The margin is for
#: months, which are one step apart and 28 to 31 days long.
GAP_IN_STEPS = 1.5

_MISSING = frozenset({"", "na", "n/a", "nan", "null"})
_DAY = re.compile(
    r"(\d{4}-\d{2}(?:-\d{2})?)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """Some columns of a table, each under the argument that asked for it."""

    where: str
    lines: list[int]
    header: Mapping[str, str]
    fields: Mapping[str, list[str]]
    decimal_comma: bool

    def at(self, argument: str, row: int) -> str:
        """Return the beginning of an error message about one field."""
        return f"{argument}: line {self.lines[row]} of {self.where}"

    def sorted_by(self, argument: str) -> "Columns":
        """Return the same rows in the (stable) order of one column's text."""
        order = sorted(range(len(self.lines)), key=self.fields[argument].__getitem__)
        return Columns(
            self.where,
            [self.lines[i] for i in order],
            self.header,
            {key: [column[i] for i in order] for key, column in self.fields.items()},
            self.decimal_comma,
        )


def decode(argument: str, where: str, data: bytes) -> str:
    """Return `data` as text; a byte-order mark at its beginning is dropped."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{argument} must be UTF-8 text, got byte {data[error.start]:#04x} in line {line} "
            f"of {where}"
        ) from None


def read_columns(argument: str, where: str, text: str, columns: Mapping[str, str]) -> Columns:
    """Return the wanted columns of a CSV table whose first line is a header.

    `columns` maps an argument to the header of the column it names; `argument` is the one that
    named the table itself. Blank lines are passed over.
    """
    if not text.strip():
        raise ValueError(f"{argument} must be a CSV table with a header, got {where}, it is empty")
    delimiter = _delimiter(text, columns.values())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if not any(fields):
                continue
            if not header:
                header = fields
            elif len(fields) != len(header):
                raise ValueError(
                    f"{argument}: line {reader.line_num} of {where} must have {len(header)} "
                    f"fields like the header, got {len(fields)}"
                )
            else:
                lines.append(reader.line_num)
                rows.append(fields)
    except csv.Error as error:
        raise ValueError(
            f"{argument}: line {reader.line_num} of {where} must be CSV, got: {error}"
        ) from None
    for asked_by, column in columns.items():
        if header.count(column) != 1:
            problem = "it has several of that name" if column in header else "there is none"
            raise ValueError(
                f"{asked_by} must name one column of {where}, got {column!r}, {problem}; "
                f"its columns are {', '.join(repr(name) for name in header)}"
            )
    if not rows:
        raise ValueError(f"{argument} must have rows below its header, got none in {where}")
    return Columns(
        where,
        lines,
        columns,
        {key: [row[header.index(column)] for row in rows] for key, column in columns.items()},
        decimal_comma=delimiter == ";",
    )


def parse_index(columns: Columns, argument: str) -> Index:
    """Return a column of days (``2024-01-31``, ``2024-01``) or of numbers, strictly increasing.

    A time of day is accepted where it is midnight. The first row decides which of the two it is.
    """
    fields = columns.fields[argument]
    index: Index
    if _DAY.fullmatch(fields[0]) or not _is_number(fields[0], columns.decimal_comma):
        days = [_day(columns, argument, row) for row in range(len(fields))]
        index = np.array(days, dtype="datetime64[D]")
    else:
        numbers = [_number(columns, argument, row) for row in range(len(fields))]
        index = np.array(numbers, dtype=np.float64)
    row = first_not_increasing(index)
    if row:
        problem = "it is doubled" if index[row] == index[row - 1] else "it is out of order"
        raise ValueError(
            f"{columns.at(argument, row)} must come after {fields[row - 1]!r} of the row before, "
            f"got {fields[row]!r}, {problem}"
        )
    return index


def parse_values(columns: Columns, argument: str) -> NDArray[np.float64]:
    """Return a column of numbers; a blank (also NA, NaN, null) becomes NaN."""
    fields = columns.fields[argument]
    return np.array(
        [
            np.nan if field.lower() in _MISSING else _number(columns, argument, row)
            for row, field in enumerate(fields)
        ],
        dtype=np.float64,
    )


def first_not_increasing(index: Index) -> int:
    """Return the first position whose index is not above the one before, 0 if there is none."""
    with np.errstate(over="ignore"):
        behind = np.flatnonzero(np.diff(index.astype(np.float64)) <= 0)
    return int(behind[0]) + 1 if behind.size else 0


def usual_step(index: Index) -> float | None:
    """Return the median spacing of an index (the lower one of two), in days for days."""
    with np.errstate(over="ignore"):
        spacing = np.sort(np.diff(index.astype(np.float64)))
    return float(spacing[(spacing.size - 1) // 2]) if spacing.size else None


@dataclass(frozen=True)
class Closed:
    """An index and its values after their gaps were dealt with, and what was done."""

    index: Index
    values: NDArray[np.float64]
    interpolated: NDArray[np.bool_]
    notes: tuple[str, ...]


def close_gaps(index: Index, values: NDArray[np.float64], step: float | None, gaps: str) -> Closed:
    """Name every missing value, then interpolate it linearly or leave it out.

    Missing is a NaN as well as an index that `step` says should be there. Nothing is
    extrapolated: what is missing at either end is left out whatever `gaps` says.
    """
    index, values = _with_absent_rows(index, values, step)
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        raise ValueError(f"value must name a column with values, got {values.size} blank ones")
    first, last = int(known[0]), int(known[-1])
    noun = "day" if index.dtype.kind == "M" and step == 1 else "value"
    missing = np.isnan(values)
    inside = np.zeros_like(missing)
    inside[first : last + 1] = missing[first : last + 1]
    done = (
        "interpolated linearly between the neighbours"
        if gaps == "interpolate"
        else "left out; no window spans a gap"
    )
    notes = [
        f"{_named(index, where, noun)}{place}: {action}"
        for where, place, action in (
            (np.arange(first), " at the start", "left out"),
            (np.flatnonzero(inside), "", done),
            (np.arange(last + 1, values.size), " at the end", "left out"),
        )
        if where.size
    ]
    if gaps == "interpolate":
        ticks = index.astype(np.float64)
        filled = np.where(inside, np.interp(ticks, ticks[known], values[known]), values)
        kept = slice(first, last + 1)
        return Closed(index[kept], filled[kept], inside[kept], tuple(notes))
    return Closed(index[known], values[known], np.zeros(known.size, dtype=bool), tuple(notes))


def _with_absent_rows(
    index: Index, values: NDArray[np.float64], step: float | None
) -> tuple[Index, NDArray[np.float64]]:
    """Insert a NaN wherever the spacing of the index says that rows are absent."""
    if step is None:
        return index, values
    ticks = index.astype(np.float64)
    with np.errstate(over="ignore"):
        spacing = np.diff(ticks)
        after = np.flatnonzero(spacing > GAP_IN_STEPS * step)
        counts = np.rint(spacing[after] / step) - 1
    if counts.sum() > 10_000 + 10 * index.size:
        # A year typed wrong would otherwise be filled with centuries of made-up values.
        worst = int(after[np.argmax(counts)])
        raise ValueError(
            f"date must have no jump so long that most values are missing, got {index[worst]} "
            f"followed by {index[worst + 1]}, where neighbours are {step:g} apart"
        )
    absent = [
        np.linspace(ticks[i], ticks[i + 1], int(count) + 2)[1:-1]
        for i, count in zip(after, counts, strict=True)
    ]
    if not absent:
        return index, values
    between = np.concatenate(absent)
    if index.dtype.kind == "M":
        between = np.rint(between).astype(np.int64)
        if (index == _month_begun(index)).all() and step >= 28:
            # Months (or years): the missing one begins on a first, the nearest to its share.
            between = _month_begun(between.astype(index.dtype) + np.timedelta64(15, "D"))
    where = np.repeat(after + 1, counts.astype(np.int64))
    inserted: Any = np.insert(index, where, between.astype(index.dtype))
    return inserted, np.insert(values, where, np.nan)


def _month_begun(days: NDArray[Any]) -> NDArray[np.datetime64]:
    """Return the first day of the month of each day."""
    return days.astype("datetime64[M]").astype("datetime64[D]")


def _named(index: Index, where: NDArray[np.intp], noun: str) -> str:
    """Return the number of missing values and, run by run, which they are."""
    runs = np.split(where, np.flatnonzero(np.diff(where) > 1) + 1)
    names = [
        _shown(index, run[0])
        if run.size == 1
        else f"{_shown(index, run[0])} to {_shown(index, run[-1])}"
        for run in runs
    ]
    return f"{where.size} missing {noun}{'s' if where.size > 1 else ''} ({', '.join(names)})"


def _shown(index: Index, position: int | np.intp) -> str:
    """Return one index as text: a date, or a number to six figures."""
    return str(index[position]) if index.dtype.kind == "M" else f"{float(index[position]):g}"


def _delimiter(text: str, wanted: Collection[str]) -> str:
    """Return ',' or ';', whichever finds more of the wanted columns, then more columns at all."""
    header = next(line for line in text.splitlines() if line.strip())

    def fit(delimiter: str) -> tuple[int, int]:
        names = [name.strip() for name in next(csv.reader([header[:10_000]], delimiter=delimiter))]
        return len(set(names) & set(wanted)), len(names)

    return max(",;", key=fit)


def _is_number(field: str, decimal_comma: bool) -> bool:
    return _NUMBER.fullmatch(field.replace(",", ".") if decimal_comma else field) is not None


def _number(columns: Columns, argument: str, row: int) -> float:
    field = columns.fields[argument][row]
    if not _is_number(field, columns.decimal_comma):
        raise ValueError(
            f"{columns.at(argument, row)} must hold a number in column "
            f"{columns.header[argument]!r}, got {field!r}"
        )
    number = float(field.replace(",", ".") if columns.decimal_comma else field)
    if not np.isfinite(number):
        raise ValueError(f"{columns.at(argument, row)} must hold a finite number, got {field!r}")
    return number


def _day(columns: Columns, argument: str, row: int) -> np.datetime64:
    field = columns.fields[argument][row]
    match = _DAY.fullmatch(field)
    try:
        if match:
            return np.datetime64(match[1], "D")
    except ValueError:
        pass  # the right shape, but no such day (February 30)
    raise ValueError(
        f"{columns.at(argument, row)} must hold a day such as 2024-01-31 (or a number) in column "
        f"{columns.header[argument]!r}, got {field!r}"
    )
