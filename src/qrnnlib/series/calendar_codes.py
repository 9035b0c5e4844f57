"""Numbers that are codes of months, weeks or days, and numbers that only look like them."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Range of leading digits that may be a year.
_YEARS = (1600, 2200)
_POINTED = re.compile(
    r"(?P<before>\d{4})\.(?P<later>\d{1,2})|(?P<month>\d{1,2})\.(?P<year>\d{4})", re.ASCII
)
_TWO_YEARS = re.compile(r"(?:1[6-9]|2[01])(?P<year>\d\d)[-/]?(?P<later>\d\d)", re.ASCII)
#: Possible spacings of the rows of a monthly table, in months.
_STEPS = (1, 2, 3, 4, 6)
#: A jump has more steps than this: codes of quarters jump by seven (2023.4, 2024.1), others more.
_JUMP = 5


def are_fiscal_years(fields: Sequence[str]) -> bool:
    """Tell whether all fields name a year and the next (2000/01, 2001/02), rather than a month."""
    found = [_TWO_YEARS.fullmatch(field) for field in fields]
    return len(fields) > 1 and all(
        one is not None and int(one["later"]) == (int(one["year"]) + 1) % 100 for one in found
    )


def may_be_months(fields: Sequence[str]) -> bool:
    """Tell whether numbers with a point (2024.01, 1.2024) may be months; True for other fields.

    They are months if they do not increase as numbers, or have a leading zero (01.2024). Otherwise
    their spacing must be that of a monthly table, and a one-digit month (2024.1) rules it out.
    """
    found = [_POINTED.fullmatch(field) for field in fields]
    pairs = [(one["before"] or one["year"], one["later"] or one["month"]) for one in found if one]
    if len(pairs) < len(fields):
        return True
    if not all(_YEARS[0] <= int(year) < _YEARS[1] for year, _ in pairs):
        return False
    increasing = np.all(np.diff(np.array(fields, dtype=np.float64)) > 0)
    if not increasing or any(field.startswith("0") for field in fields):
        return True
    year_first = fields[0].index(".") == 4
    if year_first and any(len(month) == 1 for _, month in pairs):
        return False
    apart = np.diff([12 * int(year) + int(month) for year, month in pairs])
    if not apart.size:
        return True
    usual = int(np.sort(apart)[(apart.size - 1) // 2])  # the lower median
    return usual in (*_STEPS, *[12] * year_first) and not (apart % usual).any()


def jump_of_a_code(index: NDArray[np.float64], step: float) -> int | None:
    """Return the position before the first jump typical of date codes, None if there is none.

    Codes jump wherever their leading digits change, and start again there: 2023365, 2024001 (days);
    202352, 202401 (weeks); 2023.4, 2024.1 (quarters); 2024010124, 2024010201 (hours).
    """
    if index.size < 3 or index[0] < _YEARS[0]:
        return None
    unit = 10.0 ** (np.floor(np.log10(index[0])) - 3)  # of the fourth digit: a year, if it is one
    if index[0] < _YEARS[0] * unit or index[-1] >= _YEARS[1] * unit:
        return None
    while unit > _JUMP * step:
        leading = np.floor(index / unit + 1e-9)  # the margin is for rounding
        changes = np.flatnonzero(np.diff(leading))
        if 0 < changes.size < index.size / 2:
            after = index[changes + 1]
            jumps = np.all(after - index[changes] > _JUMP * step)
            if jumps and np.mean(after - unit * leading[changes + 1] < 1.5 * step) >= 0.5:
                return int(changes[0])
        unit /= 10
    return None
