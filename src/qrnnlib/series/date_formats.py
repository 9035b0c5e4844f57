"""Dates as they are written in tables, and as arrays hold them."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.series import calendar_codes
from qrnnlib.series.number_formats import FieldError

Dates = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time in local clock time, and the clock's offset from UTC in minutes."""

    clock: np.datetime64
    timed: bool = True
    offset: int | None = None


_CLOCK = (
    r"(?:(?:T|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d+))?)?"
    r"\s?(?P<half>[AaPp][Mm])?\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
#: For dates in digits alone, years are limited to a range that plain numbers rarely resemble.
_DIGITS = r"(?P<year>(?:1[6-9]|2[01])\d\d)(?P<month>\d\d)"
_NAME = r"(?P<name>[A-Za-z]{3,9})\.?"
_WAYS = [
    re.compile(way, re.ASCII)
    for way in (
        rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?:(?P=mark)(?P<day>\d{{1,2}}){_CLOCK})?",
        rf"{_DIGITS}(?:(?P<day>\d\d))?(?:\.0*)?",
        rf"{_DIGITS}(?P<day>\d\d){_CLOCK}",
        rf"{_DIGITS}(?P<day>\d\d)T?(?P<hour>\d\d)(?:(?P<minute>\d\d)(?P<second>\d\d)?)?(?P<zone>Z)?",
        r"(?P<year>\d{4})[- ]?Q(?P<quarter>[1-4])",
        r"(?P<month>\d{1,2})[-/.](?P<year>(?:1[6-9]|2[01])\d\d)",
        rf"(?:(?P<day>\d{{1,2}})[-/. ]+)?{_NAME}[-/, ]+(?P<year>\d{{4}}){_CLOCK}",
        rf"{_NAME} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}){_CLOCK}",
    )
]
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<later>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}){_CLOCK}",
    re.ASCII,
)
_FOUR = "its year must have four digits"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT_NAMES = "|".join(name[:3] for name in _MONTHS)
_SHORT_YEAR = re.compile(
    r"(?:\d{1,2}[-/.]\d{1,2}[-/.]"
    rf"|(?!.*\d{{4}})(?:\d{{1,2}}[-/. ]+)?(?:{_SHORT_NAMES})[a-z]*[-/., ]+'?)\d{{2}}(?:\D.*)?",
    re.ASCII | re.IGNORECASE,
)
#: Fields that may be a plain number as well as a date.
_PLAIN = re.compile(r"\d+\.?\d*", re.ASCII)
#: If at least this share of a column of digits is dates, the other fields are mistakes.
_MOSTLY = 0.5


def read(fields: Sequence[str]) -> tuple[Dates, tuple[str, ...]] | None:
    """Return a column of dates and notes on how they were read; None if the first is not a date.

    Digits alone (20240131, 202401, 2024.01) are dates if all fields are, and if those with a point
    have the spacing of months.

    Raises
    ------
    FieldError
        If a later field is not a date, day and month cannot be told apart, or months may be years.
    """
    plain = all(_PLAIN.fullmatch(field) for field in fields)
    if plain and not calendar_codes.may_be_months(fields):
        return None
    if calendar_codes.are_fiscal_years(fields):
        raise FieldError(
            0,
            "its last digits are the next year's, as in every row; write "
            f"{fields[0][:4]} if it is a fiscal year, and a day as well if it is a month",
        )
    if not _match(fields[0]):
        if _SHORT_YEAR.fullmatch(fields[0]):
            raise FieldError(0, _FOUR)
        return None
    found = {}
    failed = {}
    told_apart = any(_is_ambiguous(field) for field in fields)
    for order in ("day/month/year", "month/day/year") if told_apart else ("day/month/year",):
        moments = []
        for row, field in enumerate(fields):
            try:
                moments.append(_moment(field, order))
            except ValueError as error:
                failed[order] = FieldError(row, str(error))
                break
        else:
            found[order] = _joined(moments)
    if not found:
        worst = max(failed.values(), key=lambda one: one.row)
        if plain and not _is_slip(fields):
            return None
        raise worst
    dates, notes = next(iter(found.values()))
    if failed:
        proof = fields[next(iter(failed.values())).row]
        notes += (f"dates read as {next(iter(found))}, since {proof} can be nothing else",)
    if len(found) > 1:
        differ = np.flatnonzero(dates != found["month/day/year"][0])
        if differ.size:
            raise FieldError(
                int(differ[0]),
                "day and month cannot be told apart in this column; write the year first",
            )
    return dates, notes


def of(name: str, value: Any) -> tuple[Dates, tuple[str, ...]] | None:
    """Return an array, list or pandas index of dates as `read` does, None if it holds no dates.

    Days are datetime64[D]; times of day have the coarsest unit that represents them. A period
    becomes its start. Times of one zone are kept in local clock time, without the zone. Integers
    (20240131) are read like the same digits in a table.
    """
    array = _checks.column(_checks.as_array(name, value))
    if array.dtype.kind == "M":
        return _settled(array), ()
    if array.ndim != 1 or not array.size or array.dtype.kind not in "OUTiu":
        return None
    if array.dtype.kind in "iu":
        if not _match(str(array[0])):
            return None
        array = array.astype(str)
    objects = array.tolist()
    try:
        if all(isinstance(one, str) for one in objects):
            return read([one.strip() for one in objects])
        if not _is_date(objects[0]):
            return None
        for row, one in enumerate(objects):
            if not _is_date(one):
                raise FieldError(row)
        return _joined([_of_object(one) for one in objects])
    except FieldError as error:
        raise ValueError(
            f"{name} must hold dates such as 2024-01-31, got {str(objects[error.row])!r:.60} at "
            f"position {error.row}{error.reason and ': '}{error.reason}"
        ) from None


def spacing(index: NDArray[Any]) -> NDArray[np.float64]:
    """Return the spacings of an index, in days for dates."""
    with np.errstate(over="ignore"):
        apart = np.diff(index)
    return apart / np.timedelta64(1, "D") if index.dtype.kind == "M" else apart


def _match(field: str) -> re.Match[str] | None:
    for way in (*_WAYS, _YEAR_LAST):
        if found := way.fullmatch(field):
            return found
    return None


def _is_ambiguous(field: str) -> bool:
    found = _YEAR_LAST.fullmatch(field)
    return found is not None and found["mark"] != "."  # month.day.year is not in use


def _is_slip(fields: Sequence[str]) -> bool:
    """Tell whether a column of digits, all of one length, holds dates with a few mistakes."""
    days = 0
    for field in fields:
        if len(field) != len(fields[0]) or not field.isdigit():
            return False
        try:
            _moment(field, "")
        except ValueError:
            continue
        days += 1
    return days >= _MOSTLY * len(fields)


def _moment(field: str, order: str) -> Moment:
    """Return the date or time in a field, in any of the known formats."""
    found = _match(field)
    if not found:
        raise ValueError(_FOUR if _SHORT_YEAR.fullmatch(field) else "")
    part = {"month": "1", "day": "1", "hour": "0", "minute": "00", "second": "00"}
    part |= {key: text for key, text in found.groupdict().items() if text}
    if "first" in part:
        day_first = order == "day/month/year" or part["mark"] == "."
        part["day"], part["month"] = (part["first"], part["later"])[:: 1 if day_first else -1]
    month = int(part["month"])
    if "quarter" in part:
        month = 3 * int(part["quarter"]) - 2
    if "name" in part:
        month = _month_called(part["name"])
    if part.get("part", "").strip("0"):
        raise ValueError("its seconds must be whole ones")
    hour = int(part["hour"])
    if "half" in part:
        if not 1 <= hour <= 12:
            raise ValueError("there is no such time")
        hour = hour % 12 + (12 if part["half"].lower() == "pm" else 0)
    if hour > 23:
        raise ValueError("the hours of a day are 00 to 23")
    try:
        clock = np.datetime64(
            f"{part['year']}-{month:02d}-{int(part['day']):02d}"
            f"T{hour:02d}:{part['minute']}:{part['second']}",
            "s",
        )
    except ValueError:
        raise ValueError("there is no such day or time") from None
    timed = bool(found.groupdict().get("hour"))
    zone = part.get("zone")
    if zone is None:
        return Moment(clock, timed)
    if zone in ("Z", "UTC", "GMT"):
        return Moment(clock, timed, 0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = 60 * int(digits[:2]) + int(digits[2:])
    return Moment(clock, timed, -minutes if zone[0] == "-" else minutes)


def _month_called(name: str) -> int:
    for number, full in enumerate(_MONTHS, start=1):
        if name.lower() in (full, full[:3]) or (number == 9 and name.lower() == "sept"):
            return number
    raise ValueError("months must have English names")


def _joined(moments: Sequence[Moment]) -> tuple[Dates, tuple[str, ...]]:
    """Return dates, or times on one clock, and a note if they were converted."""
    clock = _settled(np.array([one.clock for one in moments]))
    if clock.dtype == "datetime64[D]":
        return clock, ()
    for row, one in enumerate(moments):
        if one.timed != moments[0].timed:
            raise FieldError(row, "either every row must have a time of day or none")
        if (one.offset is None) != (moments[0].offset is None):
            raise FieldError(row, "either every time must have an offset from UTC or none")
    if len({one.offset for one in moments}) == 1:
        return clock, ()
    shift = np.array([one.offset for one in moments], dtype="timedelta64[m]")
    return _settled(clock - shift), ("times are in UTC, since their offsets from it differ",)


def _settled(array: NDArray[Any]) -> Dates:
    """Return dates in days, or in the coarsest unit that represents their times of day."""
    known = array[~np.isnat(array)]
    for unit in ("D", "m", "s", "ms", "us"):
        coarse: Dates = known.astype(f"datetime64[{unit}]")
        if (coarse == known).all():
            return array.astype(coarse.dtype)
    return array


def _is_date(one: Any) -> bool:
    """Tell whether `one` is a date, a time or a pandas period."""
    return isinstance(one, datetime.date | np.datetime64) or hasattr(one, "start_time")


def _of_object(one: Any) -> Moment:
    """Return a date, a time or the start of a period, in local clock time."""
    one = getattr(one, "start_time", one)
    if one != one:  # pandas.NaT, like NaN, differs from itself
        return Moment(np.datetime64("NaT", "us"))
    if not isinstance(one, datetime.datetime):
        return Moment(np.datetime64(one, "us"), timed=not isinstance(one, datetime.date))
    offset = one.utcoffset()
    minutes = None if offset is None else round(offset.total_seconds() / 60)
    return Moment(np.datetime64(one.replace(tzinfo=None), "us"), offset=minutes)
