"""Gaps of a series: values that are missing, and rows that are absent from its index."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib.series import calendar_codes, calendar_steps, date_formats
from qrnnlib.series.suspects import in_words, shown

#: Index of a series: dates, or plain numbers.
Index = NDArray[np.datetime64] | NDArray[np.float64]


#: Neighbours further apart than this many steps have a gap between them. The margin is for months,
#: which are one step apart and 28 to 31 days long.
GAP_IN_STEPS = 1.5


def first_not_increasing(index: Index) -> int:
    """Return the first position whose index does not exceed the previous one, 0 if none."""
    ordered: NDArray[Any] = index
    behind = np.flatnonzero(ordered[1:] <= ordered[:-1])
    return int(behind[0]) + 1 if behind.size else 0


def usual_step(index: Index) -> float | None:
    """Return the lower median of the spacings of an index, in days for dates."""
    spacing = np.sort(date_formats.spacing(index))
    return float(spacing[(spacing.size - 1) // 2]) if spacing.size else None


@dataclass(frozen=True)
class Closed:
    """An index and its values after treatment of their gaps, with notes on what was done."""

    index: Index
    values: NDArray[np.float64]
    interpolated: NDArray[np.bool_]
    notes: tuple[str, ...]


def close_gaps(index: Index, values: NDArray[np.float64], step: float | None, gaps: str) -> Closed:
    """List the missing values, and interpolate them linearly or leave them out.

    A value is missing if it is NaN, or if its row is absent according to `step`. Nothing is
    extrapolated: values missing at either end are left out whatever `gaps` is.
    """
    filled = gaps == "interpolate"
    index, values = _with_absent_rows(index, values, step, filled)
    known = np.flatnonzero(~np.isnan(values))
    if not known.size:
        raise ValueError(f"value must name a column with values, got {values.size} blank ones")
    first, last = int(known[0]), int(known[-1])
    noun = "day" if index.dtype == "datetime64[D]" and step == 1 else "value"
    missing = np.isnan(values)
    inside = np.zeros_like(missing)
    inside[first : last + 1] = missing[first : last + 1]
    if filled and inside.sum() > known.size:
        raise ValueError(
            "gaps must be 'omit' where more values are missing than were read, got "
            f"{inside.sum()} missing ones between {known.size}"
        )
    done = (
        "interpolated linearly between the neighbours"
        if filled
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
    if filled:
        ticks = index.astype(np.float64)
        whole = np.where(inside, np.interp(ticks, ticks[known], values[known]), values)
        kept = slice(first, last + 1)
        return Closed(index[kept], whole[kept], inside[kept], tuple(notes))
    return Closed(index[known], values[known], np.zeros(known.size, dtype=bool), tuple(notes))


def _with_absent_rows(
    index: Index, values: NDArray[np.float64], step: float | None, filled: bool
) -> tuple[Index, NDArray[np.float64]]:
    """Insert a NaN for every row that is absent according to the spacing of the index."""
    if step is None:
        return index, values
    spacing = date_formats.spacing(index)
    after = np.flatnonzero(spacing > GAP_IN_STEPS * step)
    if index.dtype.kind == "f":
        _refuse_codes(index.astype(np.float64), step)
    calendar = calendar_steps.step(index)
    ticks = index.astype(np.float64)
    if calendar:
        ticks = index.astype("datetime64[M]").astype(np.float64)
        spacing, step = np.diff(ticks), calendar.months
    with np.errstate(over="ignore"):
        counts = np.maximum(np.rint(spacing[after] / step) - 1, 0)
    if counts.sum() > (index.size if filled else 10_000 + 10 * index.size):
        # Otherwise a mistyped year would lead to centuries of invented values.
        worst = int(after[np.argmax(counts)])
        apart = in_words(index, step, "month" if calendar else "day")
        raise ValueError(
            "date must have no jump so long that most values are missing, got "
            f"{shown(index, worst)} followed by {shown(index, worst + 1)}, where neighbours are "
            f"{apart} apart" + filled * "; gaps='omit' fills in nothing"
        )
    # Absent rows are spread evenly over their gap, since neighbours need not be exact steps apart.
    absent = [
        np.linspace(ticks[i], ticks[i + 1], int(count) + 2)[1:-1]
        for i, count in zip(after, counts, strict=True)
    ]
    if not absent:
        return index, values
    between: Any = np.concatenate(absent)
    if calendar:
        between = calendar.dates(np.rint(between).astype(np.int64))
    elif index.dtype.kind == "M":
        between = np.rint(between).astype(np.int64)
    where = np.repeat(after + 1, counts.astype(np.int64))
    inserted: Any = np.insert(index, where, between.astype(index.dtype))
    return inserted, np.insert(values, where, np.nan)


def _refuse_codes(index: NDArray[np.float64], step: float) -> None:
    """Refuse date codes that were read as plain numbers: their jumps would be filled with rows."""
    jump = calendar_codes.jump_of_a_code(index, step)
    if jump is not None:
        raise ValueError(
            "date must hold plain numbers, or dates such as 2024-01-31, 2024-01 or 2024Q1, got "
            f"{shown(index, jump)} followed by {shown(index, jump + 1)}: they jump where their "
            "leading digits change, as codes of quarters, weeks, days or hours do; write these as "
            "dates, and plain numbers without those digits"
        )


def _named(index: Index, where: NDArray[np.intp], noun: str) -> str:
    """Return the number of missing values and, as a list of runs, which they are."""
    runs = np.split(where, np.flatnonzero(np.diff(where) > 1) + 1)
    names = [
        shown(index, run[0])
        if run.size == 1
        else f"{shown(index, run[0])} to {shown(index, run[-1])}"
        for run in runs
    ]
    return f"{where.size} missing {noun}{'s' if where.size > 1 else ''} ({', '.join(names)})"
