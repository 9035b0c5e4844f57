"""Daily weather of Ontario, with a synthetic year, marked as such, if no temperatures are found.

Each station-year is searched for in the folder named by QRNNLIB_WEATHER_DIR, in the user's cache,
and at the services of Environment and Climate Change Canada, in this order. The data are not part
of this package; each series carries their attribution.
"""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.series import eccc
from qrnnlib.series.eccc import Station
from qrnnlib.series.gaps import close_gaps
from qrnnlib.series.series import Series
from qrnnlib.series.sources import GAPS

#: Environment variable for a folder of daily files.
FOLDER_VARIABLE = "QRNNLIB_WEATHER_DIR"

#: The stations that `ontario_weather` knows.
STATIONS = {
    "toronto": Station("TORONTO INTL A", climate_id="6158731", station_id=51459),
    "ottawa": Station("OTTAWA INTL A", climate_id="6106001", station_id=49568),
    "toronto-city": Station("TORONTO CITY", climate_id="6158355", station_id=31688),
}

#: Name and unit of the daily quantities, which the service calls elements.
QUANTITIES = {
    "mean": ("daily mean temperature", "°C"),
    "minimum": ("daily minimum temperature", "°C"),
    "maximum": ("daily maximum temperature", "°C"),
    "precipitation": ("daily precipitation", "mm"),
}

#: The service's flags that a value may carry.
_FLAGS = {
    "A": "A (accumulated over the days before)",
    "E": "E (estimated)",
    "F": "F (accumulated over the days before and estimated)",
    "T": "T (trace)",
}

# The synthetic year, fitted to TORONTO INTL A, 2014-2024, with w = 2 pi (day of year - 1)/365.25.
# The logarithm of the standard deviation is a wave through the fitted values of February and July.
# It also gives the fitted innovation: sqrt(6.2 * 2.7 * I0(0.43)) * sqrt(1 - 0.709^2) = 3.15, fitted
# 3.13.
_MEAN, _COS, _SIN, _COS2, _SIN2 = 9.335, -12.542, -5.467, 0.069, -0.186
_PERSISTENCE = 0.709
_SD_FEBRUARY, _SD_JULY = 6.2, 2.7
_DAY_OF_LARGEST_SD = 29  # so that mid-February and mid-July are equally far from the extremes
_LOG_SD_WAVE = 0.432


class SyntheticDataWarning(UserWarning):
    """Synthetic values replace measurements that are not available.

    Examples
    --------
    >>> import warnings
    >>> from qrnnlib import SyntheticDataWarning
    >>> warnings.simplefilter("error", SyntheticDataWarning)  # no data rather than synthetic data
    """


def ontario_weather(
    station: str = "toronto",
    years: int | Sequence[int] = 2024,
    gaps: str = "interpolate",
    quantity: str = "mean",
) -> Series:
    """Return the daily mean temperatures of an Ontario station, or another quantity.

    The daily mean is half the sum of maximum and minimum, rounded to 0.1 °C by the service. If
    file, cache and network all fail for any year, the whole series is replaced, with a warning, by
    a synthetic one of the same length and similar statistics, with the same values on every
    machine. Other quantities have no replacement: simulated separately, extremes and precipitation
    would not be consistent with the mean.

    Parameters
    ----------
    station : {"toronto", "ottawa", "toronto-city"}, default "toronto"
        Toronto Pearson airport, Ottawa airport, or downtown Toronto.
    years : int or sequence of consecutive ints, default 2024
        Calendar years. Days that are not over yet are left out, with a note.
    gaps : {"interpolate", "omit"}, default "interpolate"
        Treatment of missing days, as in `load_series`. Interpolation between two wet days never
        gives a dry one, so ``"omit"`` is safer for precipitation.
    quantity : {"mean", "minimum", "maximum", "precipitation"}, default "mean"
        Mean, minimum or maximum temperature of the day in °C, or total precipitation in mm of
        water. A trace of precipitation, less than 0.2 mm, remains 0 with the flag T, as in the
        service's data. Days with an uncertain amount (flags C and L) count as missing.

    Returns
    -------
    Series
        Indexed by day. `attribution` must be shown wherever the values are shown. `notes` list
        the missing days, count the values flagged by the service (E estimated, T trace) and
        record where data were searched for without success. A synthetic series is marked in
        `name`, `source` and `synthetic`, and its `clean` is the mean curve of the year.

    Raises
    ------
    TypeError, ValueError
        If the station or the quantity is unknown, the years are not consecutive or have not
        begun, none of their days has a value, or a file in the folder of QRNNLIB_WEATHER_DIR does
        not hold what its name says.
    FileNotFoundError
        If a quantity other than the mean temperature is not available.

    Warns
    -----
    SyntheticDataWarning
        If the series is synthetic.

    References
    ----------
    Environment and Climate Change Canada: MSC GeoMet (``climate-daily``) and Historical Climate
    Data. The synthetic year is a fit to TORONTO INTL A, 2014-2024: an annual and a semi-annual
    wave, and an AR(1) residual with coefficient 0.709, whose standard deviation varies between
    6.2 °C in February and 2.7 °C in July.

    Examples
    --------
    >>> from qrnnlib import ontario_weather
    >>> ontario_weather("toronto", years=2024)  # doctest: +SKIP
    Series('Daily mean temperature, TORONTO INTL A, 2024': 366 points, 2024-01-01 to 2024-12-31, °C)
    >>> ontario_weather("niagara")
    Traceback (most recent call last):
    ValueError: station must be one of 'toronto', 'ottawa', 'toronto-city', got 'niagara' (str)
    """
    place = STATIONS[_checks.option("station", station, STATIONS)]
    wanted = _consecutive(years)
    _checks.option("gaps", gaps, GAPS)
    what, unit = QUANTITIES[_checks.option("quantity", quantity, QUANTITIES)]
    span = str(wanted[0]) if len(wanted) == 1 else f"{wanted[0]}-{wanted[-1]}"
    notes: list[str] = []
    got = []
    for year in wanted:
        try:
            got.append(_station_year(place, year, quantity, notes))
        except eccc.UnavailableError as error:
            if quantity != "mean":
                raise FileNotFoundError(
                    f"no {what} of {place.name} for {year}, and only mean temperatures are made "
                    f"up where there are no measurements: {error}"
                ) from None
            warnings.warn(
                f"no measurements of {place.name} for {year}, so the series for {span} is "
                f"SYNTHETIC: made-up values that behave like Toronto's. {error}",
                SyntheticDataWarning,
                stacklevel=2,
            )
            notes.append(f"no measurements of {place.name} for {year}: {error}")
            return _synthetic(place, wanted, span, notes)
    values = np.concatenate([one.values for one in got])
    if np.isnan(values).all():
        raise ValueError(
            f"years must have a {what} at {place.name}, got {span}, in which "
            "every day is blank; the station may not have been open"
        )
    closed = close_gaps(_days(wanted), values, 1.0, gaps)
    flags: Counter[str] = sum((Counter(one.flags) for one in got), Counter())
    notes += closed.notes
    notes += [
        f"{count} value{'s' if count > 1 else ''} kept that the service flagged "
        f"{_FLAGS.get(flag, flag)}"
        for flag, count in sorted(flags.items())
    ]
    layouts = [layout for layout in eccc.LAYOUTS if any(one.layout is layout for one in got)]
    return Series(
        closed.values,
        closed.index,
        name=f"{what.capitalize()}, {place.name}, {span}",
        unit=unit,
        source=f"Environment and Climate Change Canada, climate ID {place.climate_id}: "
        + " and ".join(layout.service for layout in layouts),
        attribution="; ".join(layout.attribution for layout in layouts),
        notes=tuple(notes),
        step=1.0,
        interpolated=closed.interpolated,
    )


def _consecutive(years: Any) -> list[int]:
    """Return the years as a list, checked to be consecutive and to have begun."""
    if isinstance(years, str | bytes) or not isinstance(years, Sequence | np.ndarray):
        wanted = [_checks.integer("years", years, minimum=1840)]
    else:
        wanted = [_checks.integer("years", year, minimum=1840) for year in years]
    if not wanted or wanted != list(range(wanted[0], wanted[0] + len(wanted))):
        raise ValueError(f"years must be one year or consecutive ones, got {years!r}")
    if wanted[-1] > eccc.today().year:
        raise ValueError(f"years must have begun, got {wanted[-1]} in {eccc.today().year}")
    return wanted


def _cache_folder() -> Path:
    """Return the folder of this user's downloads."""
    import pooch  # here, since it is slow to import

    return Path(pooch.os_cache("qrnnlib"))


def _station_year(station: Station, year: int, quantity: str, notes: list[str]) -> eccc.StationYear:
    """Return a station-year from the first place that has it; `notes` records failed places."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        try:
            stored = eccc.read_stored(Path(named), station, year, quantity)
        except ValueError as error:
            # A user who names a folder wants its data, so an invalid file in it is an error.
            raise ValueError(f"{FOLDER_VARIABLE}: {error}") from None
        if stored is not None:
            return stored
        notes.append(f"{FOLDER_VARIABLE} has no file of {station.name} for {year}")
    cache = _cache_folder()
    try:
        cached = eccc.read_stored(cache, station, year, quantity)
    except ValueError as error:
        cached = None
        notes.append(f"ignored a file in the cache: {error}")
    if cached and not (cached.is_unfinished(year) and cached.written < eccc.today()):
        return cached
    try:
        downloaded, kept = eccc.download_year(station, year, cache, quantity)
    except eccc.UnavailableError as error:
        if cached is None:
            raise
        notes.append(f"{year} as of {cached.written}, since there is nothing newer: {error}")
        return cached
    if not kept:
        notes.append(f"{year} could not be written to the cache and will be downloaded again")
    return downloaded


def _days(years: list[int]) -> NDArray[np.datetime64]:
    """Return the days of consecutive years."""
    return np.arange(f"{years[0]}-01-01", f"{years[-1] + 1}-01-01", dtype="datetime64[D]")


def _synthetic(station: Station, years: list[int], span: str, notes: list[str]) -> Series:
    """Return synthetic temperatures, never mixed with measured ones, which look the same."""
    pairs = [_synthetic_year(station, year) for year in years]
    return Series(
        np.concatenate([values for values, _ in pairs]),
        _days(years),
        name=f"SYNTHETIC daily mean temperature in place of {station.name}, {span}",
        unit="°C",
        source="synthetic: annual wave plus AR(1) noise, fitted to TORONTO INTL A, 2014-2024",
        synthetic=True,
        clean=np.concatenate([mean for _, mean in pairs]),
        notes=tuple(notes),
        step=1.0,
    )


def _synthetic_year(station: Station, year: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return synthetic daily mean temperatures of a year, and their mean curve, in °C.

    The noise starts a year earlier, with that year's random numbers. So the values of a year do
    not depend on which other years are requested, and there is no break at its first day.
    """
    days = [_days([year - 1]).size, _days([year]).size]
    innovations = np.concatenate(
        [
            np.random.default_rng([int(station.climate_id), one]).standard_normal(size)
            for one, size in zip((year - 1, year), days, strict=True)
        ]
    )
    noise = np.zeros(innovations.size)
    for t in range(1, noise.size):
        noise[t] = _PERSISTENCE * noise[t - 1] + np.sqrt(1 - _PERSISTENCE**2) * innovations[t]
    w = 2 * np.pi * np.arange(days[1]) / 365.25
    mean = (
        _MEAN + _COS * np.cos(w) + _SIN * np.sin(w) + _COS2 * np.cos(2 * w) + _SIN2 * np.sin(2 * w)
    )
    largest = 2 * np.pi * _DAY_OF_LARGEST_SD / 365.25
    sd = np.sqrt(_SD_FEBRUARY * _SD_JULY) * np.exp(_LOG_SD_WAVE * np.cos(w - largest))
    # To 0.1 °C like real data, which also hides differences between machines in the last digits.
    return np.round(mean + sd * noise[days[0] :], 1), mean
