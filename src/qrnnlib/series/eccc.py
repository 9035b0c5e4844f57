"""One station-year of daily weather, from a file or from the services that publish it.

Environment and Climate Change Canada offers the same data through two services, which differ in
their columns, terms and ways to fail. An answer that is not the complete year of the requested
station is refused, with the reason, before any of it is stored.
"""

import calendar
import datetime
import queue
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from qrnnlib._files import replace_file
from qrnnlib.series import csv_table

GEOMET_URL = "https://api.weather.gc.ca/collections/climate-daily/items"
BULK_URL = "https://climate.weather.gc.ca/climate_data/bulk_data_e.html"

#: Seconds to wait for a connection, and between two pieces of an answer.
TIME_OUT = (5, 30)

#: Seconds for a complete answer, including the look-up of the server's name.
TIME_IN_ALL = 60.0

#: Size limit of an answer in bytes; a year has about a hundred thousand.
SIZE_LIMIT = 10_000_000

#: Maximum number of redirects.
REDIRECTS = 5

#: No day on Earth was ever colder, hotter or wetter; placeholders for "no value" are far outside.
COLDEST, HOTTEST = -90.0, 60.0  # °C
WETTEST = 2000.0  # mm

#: Maximum number of characters of a flag.
LONGEST_FLAG = 2

#: In the current year, rows may end at most this many days before today.
_DAYS_LATE = 31


@dataclass(frozen=True)
class Station:
    """A weather station, with the identifiers that the two services use."""

    name: str
    climate_id: str
    station_id: int


@dataclass(frozen=True)
class Layout:
    """Table layout of one of the services, and the attribution it requires."""

    service: str
    columns: Mapping[str, str]
    #: The columns of the value and of its flag, by quantity.
    quantities: Mapping[str, tuple[str, str]]
    file_name: str
    attribution: str

    def file_of(self, station: Station, year: int) -> str:
        """Return the service's own file name for a station-year."""
        return self.file_name.format(station.climate_id, year)

    def columns_of(self, quantity: str) -> dict[str, str]:
        """Return the columns needed for one quantity, by their role."""
        value, flag = self.quantities[quantity]
        return {**self.columns, "value": value, "flag": flag}


GEOMET = Layout(
    service="MSC GeoMet, climate-daily",
    columns={"date": "LOCAL_DATE", "station": "CLIMATE_IDENTIFIER"},
    quantities={
        "mean": ("MEAN_TEMPERATURE", "MEAN_TEMPERATURE_FLAG"),
        "minimum": ("MIN_TEMPERATURE", "MIN_TEMPERATURE_FLAG"),
        "maximum": ("MAX_TEMPERATURE", "MAX_TEMPERATURE_FLAG"),
        "precipitation": ("TOTAL_PRECIPITATION", "TOTAL_PRECIPITATION_FLAG"),
    },
    file_name="geomet_climate-daily_{}_{}.csv",
    attribution="Data Source: Environment and Climate Change Canada "
    "(https://eccc-msc.github.io/open-data/licence/readme_en/)",
)
BULK = Layout(
    service="Historical Climate Data, daily",
    columns={"date": "Date/Time", "station": "Climate ID"},
    quantities={
        "mean": ("Mean Temp (°C)", "Mean Temp Flag"),
        "minimum": ("Min Temp (°C)", "Min Temp Flag"),
        "maximum": ("Max Temp (°C)", "Max Temp Flag"),
        "precipitation": ("Total Precip (mm)", "Total Precip Flag"),
    },
    file_name="en_climate_daily_ON_{}_{}_P1D.csv",
    attribution="Based on Environment and Climate Change Canada data "
    "(https://climate.weather.gc.ca/prods_servs/attachment1_e.html)",
)
LAYOUTS = (GEOMET, BULK)

#: Flags that mean an unknown amount, whatever the number beside them: missing (M); for
#: precipitation also an uncertain amount that fell (C) or may have fallen (L).
NO_AMOUNT = {"precipitation": ("M", "C", "L")}


@dataclass(frozen=True)
class StationYear:
    """Daily values of one quantity for one station and one calendar year, in °C or mm.

    `values` has one entry for each day of the year, NaN if missing; `flags` counts the values that
    the service flagged; `written` is the day on which the data were obtained.
    """

    values: NDArray[np.float64]
    flags: Mapping[str, int]
    layout: Layout
    written: datetime.date

    def is_unfinished(self, year: int) -> bool:
        """Tell whether days of `year` may have been added since the data were obtained."""
        return self.written < datetime.date(year + 1, 1, 8)


class UnavailableError(Exception):
    """No service returned the station-year; the message gives the reason for each."""


def today() -> datetime.date:
    """Return the current date of this computer."""
    return datetime.date.today()


def parse_year(
    text: str, station: Station, year: int, written: datetime.date, quantity: str = "mean"
) -> StationYear:
    """Return a station-year from text in either layout; ValueError says why it is not valid."""
    if text.lstrip().startswith("<"):
        raise ValueError("it is a web page, not CSV")
    if "error was found" in text:
        raise ValueError("the service says that an error was found")
    header = text.partition("\n")[0]
    layout = next((one for one in LAYOUTS if one.columns["station"] in header), None)
    if layout is None:
        raise ValueError(f"its first line is not a header of daily data: {header[:60]!r}")
    table = csv_table.read_columns("answer", "it", text, layout.columns_of(quantity))
    table = table.sorted_by("date")
    others = set(table.fields["station"]) - {station.climate_id}
    if others:
        raise ValueError(
            f"it must be about the station with climate ID {station.climate_id}, got {min(others)}"
        )
    index, _ = csv_table.parse_index(table, "date")
    if index.dtype != "datetime64[D]":
        raise ValueError(f"its rows must be days, got {table.fields['date'][0]!r}")
    days: NDArray[np.datetime64] = index.astype("datetime64[D]")
    position = (days - np.datetime64(f"{year}-01-01")).astype(np.int64)
    length = 366 if calendar.isleap(year) else 365
    outside = days[(position < 0) | (position >= length)]
    if outside.size:
        raise ValueError(f"it must hold days of {year} alone, got {outside[0]}")
    _refuse_missing_rows(position, year, length, written)
    marks = np.array(table.fields["flag"])
    longest = max(table.fields["flag"], key=len)
    if len(longest) > LONGEST_FLAG:
        raise ValueError(f"its flags must be a letter or two, got {longest[:60]!r}")
    unknown = np.isin(marks, NO_AMOUNT.get(quantity, ("M",)))
    measured = np.where(unknown, np.nan, csv_table.parse_values(table, "value"))
    precipitation = quantity == "precipitation"
    low, high, unit = (0.0, WETTEST, "mm") if precipitation else (COLDEST, HOTTEST, "°C")
    impossible = np.flatnonzero((measured < low) | (measured > high))
    if impossible.size:
        raise ValueError(
            f"its values of {quantity} must lie in [{low:g}, {high:g}] {unit}, "
            f"got {measured[impossible[0]]:g} on {days[impossible[0]]}"
        )
    values = np.full(length, np.nan)
    values[position] = measured
    flags = Counter(str(mark) for mark in marks[~np.isnan(measured)] if mark)
    return StationYear(values, flags, layout, written)


def read_stored(
    folder: Path, station: Station, year: int, quantity: str = "mean"
) -> StationYear | None:
    """Return a station-year from a folder, None if it has no such file, ValueError if invalid."""
    for layout in LAYOUTS:
        file = folder / layout.file_of(station, year)
        try:
            if not file.is_file():
                continue
            written = datetime.date.fromtimestamp(file.stat().st_mtime)
            text = csv_table.decode("file", "it", file.read_bytes())
            return parse_year(text, station, year, written, quantity)
        except OSError as error:  # its own message names the folder
            raise ValueError(f"{file.name} cannot be read: {error.strerror}") from None
        except ValueError as error:
            raise ValueError(f"{file.name} is not usable: {error}") from None
    return None


def download_year(
    station: Station, year: int, cache: Path, quantity: str = "mean"
) -> tuple[StationYear, bool]:
    """Download a station-year from the services, freest terms first, and store it in `cache`.

    Return the year, and whether it could be stored. It is checked before it is written.
    """
    problems = []
    for service, url in _urls(station, year).items():
        try:
            data = _get(url)
            text = csv_table.decode("answer", "it", data)
            got = parse_year(text, station, year, today(), quantity)
        except (OSError, ValueError) as error:  # OSError covers all exceptions of requests
            problems.append(f"{service}: {_reason(error)}")
        else:
            return got, _keep(cache, got.layout.file_of(station, year), data)
    raise UnavailableError("; ".join(problems))


def _refuse_missing_rows(
    position: NDArray[np.int64], year: int, length: int, written: datetime.date
) -> None:
    """Raise ValueError unless every day that must have a row has one."""
    expected = length
    if written.year <= year:
        expected = (written - datetime.date(year, 1, 1)).days - _DAYS_LATE
    expected = max(expected, int(position.max()) + 1)
    missing = np.setdiff1d(np.arange(expected), position)
    if missing.size:
        first = np.datetime64(f"{year}-01-01") + missing[0]
        raise ValueError(
            f"it must have a row for each day of {year}, got {position.size}: {missing.size} are "
            f"missing, the first is {first}"
        )


def _urls(station: Station, year: int) -> dict[str, str]:
    """Return the address of a station-year at each service."""
    geomet = {
        "CLIMATE_IDENTIFIER": station.climate_id,
        "datetime": f"{year}-01-01/{year}-12-31",
        "f": "csv",
        "limit": 10000,  # the default page of 500 rows silently truncates longer answers
    }
    bulk = {
        "format": "csv",
        "stationID": station.station_id,
        "Year": year,
        "Month": 1,
        "Day": 1,
        "timeframe": 2,
        "submit": "Download Data",
    }
    return {
        GEOMET.service: f"{GEOMET_URL}?{urlencode(geomet, safe='/')}",
        BULK.service: f"{BULK_URL}?{urlencode(bulk)}",
    }


def _get(url: str) -> bytes:
    """Return the body at a URL; an HTTP error or a broken answer is an OSError.

    The time-outs of requests apply to single waits, and not to name look-up: a server that sends
    an occasional byte could hold its client for hours. So a separate thread downloads; it is
    abandoned at the deadline, and ends when it notices that, or with the program.
    """
    answers: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
    deadline = time.monotonic() + TIME_IN_ALL

    def fetch() -> None:
        try:
            answers.put(_body(url, deadline))
        except Exception as error:  # any exception is raised in the waiting thread
            answers.put(error)

    threading.Thread(target=fetch, name="qrnnlib download", daemon=True).start()
    try:
        got = answers.get(timeout=TIME_IN_ALL)
    except queue.Empty:
        raise _too_late() from None
    if isinstance(got, Exception):
        raise got
    return got


def _body(url: str, deadline: float) -> bytes:
    """Return the body at a URL, read in pieces; raise if it is too long or too late."""
    import requests  # here, since it is slow to import

    body = bytearray()
    with requests.Session() as session:
        session.max_redirects = REDIRECTS
        # No compression: an answer might expand a thousandfold.
        session.headers["Accept-Encoding"] = "identity"
        session.hooks["response"].append(_drop_redirect)
        with session.get(url, stream=True, timeout=TIME_OUT) as answer:
            answer.raise_for_status()
            packed = answer.headers.get("Content-Encoding", "identity")
            if packed != "identity":
                raise ValueError(f"it must not be compressed, got Content-Encoding {packed[:60]!r}")
            for piece in answer.iter_content(1 << 12):
                body += piece
                if len(body) > SIZE_LIMIT:
                    raise ValueError(f"it must have at most {SIZE_LIMIT} bytes, got more")
                if time.monotonic() > deadline:
                    raise _too_late()
    return bytes(body)


def _too_late() -> TimeoutError:
    return TimeoutError(f"no complete answer within {TIME_IN_ALL:g} s")


def _drop_redirect(answer: Any, **_: Any) -> None:
    """Discard the body of a redirect; requests would read all of it, however long."""
    if answer.is_redirect:
        answer.close()


def _reason(error: Exception) -> str:
    """Return what went wrong, without the URL that requests puts into every message."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return f"the answer was refused, {_shortened(error)}"
    response = getattr(error, "response", None)
    if response is not None and response.status_code >= 400:
        return f"HTTP status {response.status_code}"
    # requests wraps the original error, which says more: refused, reset, cut short.
    first: BaseException = error
    while before := first.__cause__ or (None if first.__suppress_context__ else first.__context__):
        first = before
    named = type(error).__name__
    if first is error and not isinstance(error, TimeoutError):
        return named
    return f"{named}, {_shortened(getattr(first, 'strerror', None) or first)}"


def _shortened(text: object) -> str:
    """Shorten and escape text from the server for an error message."""
    short = textwrap.shorten(str(text), 300, placeholder=" ...")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in short)


def _keep(folder: Path, name: str, data: bytes) -> bool:
    """Write a checked file to a folder atomically, and return whether that was possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / name, data)
    except OSError:
        return False
    return True
