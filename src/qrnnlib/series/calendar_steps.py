"""Steps of months, quarters and years, which differ in length."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib.series.date_formats import Dates


@dataclass(frozen=True, slots=True)
class CalendarStep:
    """A step of whole months between dates on one day of the month, at one time of day.

    A `day` of 31 stands for the last day of any month.
    """

    months: int
    day: int
    time: np.timedelta64

    def dates(self, months: NDArray[np.int64]) -> Dates:
        """Return the date in each of the given months, counted from 1970-01."""
        begun = months.astype("datetime64[M]")
        first = begun.astype("datetime64[D]")
        _, length = _in_month(first, begun)
        days = first + (np.minimum(self.day, length) - 1).astype("timedelta64[D]")
        dates: Dates = days + self.time
        return dates


def step(index: NDArray[Any]) -> CalendarStep | None:
    """Return the usual step of dates that all lie on one day of the month, at one time of day.

    Return None for other dates, and if two dates lie in the same month.
    """
    if index.dtype.kind != "M" or index.size < 2:
        return None
    days, months = index.astype("datetime64[D]"), index.astype("datetime64[M]")
    times = index - days
    day, length = _in_month(days, months)
    on = 31 if (day == length).all() else int(day.max())
    apart = np.sort(np.diff(months.astype(np.int64)))
    if apart[0] < 1 or (day != np.minimum(on, length)).any() or (times != times[0]).any():
        return None
    return CalendarStep(int(apart[(apart.size - 1) // 2]), on, times[0])


def _in_month(days: Dates, months: Dates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the day of the month for each date, and the number of days in that month."""
    first = months.astype("datetime64[D]")
    after = (months + np.timedelta64(1, "M")).astype("datetime64[D]")
    return (days - first).astype(np.int64) + 1, (after - first).astype(np.int64)
