"""Conversion of a CSV table to an index and values.

`load_series` and the weather service's files share three steps: the wanted columns are found by
their header; index and values are parsed, with errors that name the line; the gaps are listed and
treated by `qrnnlib.series.gaps`.
"""

import codecs
import csv
import io
import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from qrnnlib.series import date_formats, number_formats
from qrnnlib.series.gaps import Index, first_not_increasing

_MISSING = frozenset({"", "na", "n/a", "nan", "null"})
#: Separators of the fields of a row.
_DELIMITERS = ",;\t|"
#: Number of lines in which the header is searched for.
_PREAMBLE = 100
#: First bytes of files that are not text, and what such a file is.
_NO_TEXT = {
    b"PK\x03\x04": "it is an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "it is an old Excel workbook",
    b"\x1f\x8b": "it is compressed by gzip",
    b"PAR1": "it is a Parquet file",
}


@dataclass(frozen=True)
class Columns:
    """Some columns of a table, keyed by the argument that asked for each."""

    where: str
    lines: list[int]
    header: Mapping[str, str]
    fields: Mapping[str, list[str]]
    delimiter: str
    notes: tuple[str, ...] = ()

    def at(self, argument: str, row: int) -> str:
        """Return the beginning of an error message about one field."""
        return f"{argument}: line {self.lines[row]} of {self.where}"

    def refuse(self, argument: str, row: int, wanted: str, reason: str = "") -> NoReturn:
        """Raise an error about one field."""
        raise ValueError(
            f"{self.at(argument, row)} must hold {wanted} in column {self.header[argument]!r}, "
            f"got {self.fields[argument][row]!r}{reason and ': '}{reason}"
        )

    def sorted_by(self, argument: str) -> "Columns":
        """Return the same rows, sorted (stably) by the text of one column."""
        order = sorted(range(len(self.lines)), key=self.fields[argument].__getitem__)
        return Columns(
            self.where,
            [self.lines[i] for i in order],
            self.header,
            {key: [column[i] for i in order] for key, column in self.fields.items()},
            self.delimiter,
            self.notes,
        )


def decode(argument: str, where: str, data: bytes, encoding: str = "utf-8") -> str:
    """Return `data` as text. A byte-order mark overrides `encoding`, and is dropped."""
    for beginning, what in _NO_TEXT.items():
        if data.startswith(beginning):
            raise ValueError(f"{argument} must be a text file, got {where}: {what}; save it as CSV")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        named = encoding.removesuffix("-sig").upper()
        raise ValueError(
            f"{argument} must be {named} text, got byte {data[error.start]:#04x} in "
            f"line {line} of {where}; a file saved on Windows may need the argument "
            "encoding='cp1252'"
        ) from None
    except (LookupError, ValueError):
        raise ValueError(f"encoding must be one that Python knows, got {encoding!r}") from None
    if "\0" in text:
        raise ValueError(
            f"{argument} must be text without NUL bytes, got one in line "
            f"{text.count(chr(10), 0, text.index(chr(0))) + 1} of {where}; it may need the "
            "argument encoding='utf-16-le'"
        )
    return text


def read_columns(argument: str, where: str, text: str, columns: Mapping[str, str]) -> Columns:
    """Return the wanted columns of a CSV table with a header.

    `columns` maps each argument to the header of the column it names; `argument` is the one that
    names the table itself. Blank lines are skipped, and so, with a note, are lines above the
    header.
    """
    if not text.strip():
        raise ValueError(f"{argument} must be a CSV table with a header, got {where}: it is empty")
    above, delimiter, notes = _layout(text, columns.values())
    rest = itertools.islice(io.StringIO(text, newline=""), above, None)
    reader = csv.reader(rest, delimiter=delimiter, strict=True)
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
                    f"{argument}: line {above + reader.line_num} of {where} must have "
                    f"{len(header)} fields like the header, got {len(fields)}"
                )
            else:
                lines.append(above + reader.line_num)
                rows.append(fields)
    except csv.Error as error:
        raise ValueError(
            f"{argument}: line {above + reader.line_num} of {where} must be CSV, got: {error}"
        ) from None
    for asked_by, column in columns.items():
        if header.count(column) != 1:
            problem = "several have that name" if column in header else "none has that name"
            alone = len(header) == 1
            raise ValueError(
                f"{asked_by} must name one column of {where}, got {column!r}: {problem}; "
                f"its columns are {', '.join(repr(name) for name in header)}"
                + alone
                * " (fields are separated by commas, semicolons, tabs or bars)"
            )
    if not rows:
        raise ValueError(f"{argument} must have rows below its header, got none in {where}")
    return Columns(
        where,
        lines,
        columns,
        {key: [row[header.index(column)] for row in rows] for key, column in columns.items()},
        delimiter,
        notes,
    )


def parse_index(columns: Columns, argument: str) -> tuple[Index, tuple[str, ...]]:
    """Return a strictly increasing column of dates or numbers, and notes on how it was read.

    The first row decides between dates and numbers. If every time is midnight, dates are days.
    """
    fields = columns.fields[argument]
    index: Index
    notes: tuple[str, ...] = ()
    try:
        dates = date_formats.read(fields)
    except number_formats.FieldError as error:
        columns.refuse(argument, error.row, "a day such as 2024-01-31", error.reason)
    if dates:
        index, notes = dates
    else:
        index = np.array(_numbers_of(columns, argument, fields), dtype=np.float64)
    row = first_not_increasing(index)
    if row:
        problem = "it is a duplicate" if index[row] == index[row - 1] else "it is out of order"
        if index.dtype.kind == "M" and index.dtype != "datetime64[D]":
            problem += " (clocks that are set back repeat an hour; UTC does not)"
        raise ValueError(
            f"{columns.at(argument, row)} must come after {fields[row - 1]!r} of the row before, "
            f"got {fields[row]!r}: {problem}"
        )
    return index, notes


def parse_values(
    columns: Columns, argument: str, na_values: Collection[str | float] = ()
) -> NDArray[np.float64]:
    """Return a column of numbers; blanks (also NA, NaN, null) and `na_values` become NaN."""
    missing = _MISSING | {one.strip().lower() for one in na_values if isinstance(one, str)}
    fields = ["" if field.lower() in missing else field for field in columns.fields[argument]]
    values = np.array(_numbers_of(columns, argument, fields, blank=np.nan), dtype=np.float64)
    values[np.isin(values, [one for one in na_values if not isinstance(one, str)])] = np.nan
    return values


def _numbers_of(
    columns: Columns, argument: str, fields: list[str], blank: float | None = None
) -> list[float]:
    """Return fields as numbers, blank ones as `blank`; None (for an index) makes them errors."""
    try:
        decimal = number_formats.decimal_sign(fields, columns.delimiter == ";")
    except number_formats.FieldError as error:
        columns.refuse(argument, error.row, "a number", error.reason)
    numbers = []
    for row, field in enumerate(fields):
        number = number_formats.number(field, decimal) if field else blank
        if number is None:
            may_be_day = blank is None and not row
            columns.refuse(argument, row, f"{'a day such as 2024-01-31 or ' * may_be_day}a number")
        if np.isinf(number):
            columns.refuse(argument, row, "a finite number")
        numbers.append(number)
    return numbers


def _layout(text: str, wanted: Collection[str]) -> tuple[int, str, tuple[str, ...]]:
    """Return the number of lines above the header, the delimiter, and a note on those lines.

    The header is the first line that names all wanted columns, separated by one of the delimiters.
    If there is none, it is the first line that is not blank, with the delimiter that gives more of
    the wanted columns, then more columns in all. Excel's ``sep=;`` sets the delimiter.
    """
    lines = [
        (number, line.strip("\r\n")[:10_000])
        for number, line in enumerate(io.StringIO(text, newline=""))
        if line.strip()
    ]
    declared = lines[0][1].strip(' "')
    delimiters = _DELIMITERS
    if declared[:4].lower() == "sep=" and declared[4:] in [*_DELIMITERS]:
        delimiters = declared[4:]
        del lines[0]

    def fit(line: str, delimiter: str) -> tuple[int, int]:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
        return len(set(names) & set(wanted)), len(names)

    for passed, (above, line) in enumerate(lines[:_PREAMBLE]):
        delimiter = max(delimiters, key=lambda one: fit(line, one))
        if fit(line, delimiter)[0] == len(set(wanted)):
            plural = "" if passed == 1 else "s"
            note = (f"{passed} line{plural} above the header passed over",) if passed else ()
            return above, delimiter, note
    above, line = lines[0] if lines else (1, "")
    return above, max(delimiters, key=lambda one: fit(line, one)), ()
