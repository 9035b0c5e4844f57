"""Detection of suspect data: placeholders for missing values, two sampling rates in one file.

Each function returns sentences for the notes of a series. Values are not changed.
"""

import numpy as np
from numpy.typing import NDArray

from qrnnlib.series.date_formats import Dates, spacing

#: A value is far outside if its distance from all others is this many times their range. With
#: tails as heavy as Student's t with three degrees of freedom, the largest value of one series in a
#: thousand is that far outside.
_FAR = 10.0

#: Maximum number of different values at either end that may be far outside together.
_STRAGGLERS = 3

#: With fewer other values than this, their range is not informative.
_FEWEST = 10

#: Lower limit of a range, as a share of the largest absolute value.
_ROUNDING = 0.05

#: 99, 999, 99.9 and so on: numbers of at least 99 that are written with nines alone.
_NINES = [(10**digits - 1) / 10**places for digits in range(2, 9) for places in range(digits - 1)]


def far_outside(values: NDArray[np.float64], index: NDArray[np.float64] | Dates) -> tuple[str, ...]:
    """List the values that probably are placeholders for missing values.

    These are values far outside all others, and numbers of nines alone (-999, 9999). Above the
    others, nines must be as far outside as any value, since a price may well be 99.99. Below them,
    half of their range or of their largest magnitude suffices, or being negative where no other
    value is.
    """
    suspects = _suspects(np.unique(values))
    if not suspects.size:
        return ()
    found = np.flatnonzero(np.isin(values, suspects))
    named = ", ".join(f"{value:.15g}" for value in suspects)
    plural, stand, them = ("", "stands", "it") if suspects.size == 1 else ("s", "stand", "them")
    return (
        f"{found.size} value{'' if found.size == 1 else 's'} far outside all others ({named}; the "
        f"first at {shown(index, found[0])}): taken as data; if the number{plural} {stand} for "
        f"'none', load_series(..., na_values=[{named}]) treats {them} as missing",
    )


def too_close(
    index: NDArray[np.float64] | Dates, step: float | None, margin: float
) -> tuple[str, ...]:
    """Report neighbours that are closer than the usual step by more than a factor of `margin`."""
    if step is None:
        return ()
    close = np.flatnonzero(spacing(index) * margin < step)
    if not close.size:
        return ()
    pair = f"{shown(index, close[0])} and {shown(index, close[0] + 1)}"
    return (
        f"{close.size} neighbour{'' if close.size == 1 else 's'} much closer than the usual step "
        f"of {in_words(index, step)} (the first: {pair}): "
        "windows there cover less time than elsewhere",
    )


def in_words(index: NDArray[np.float64] | Dates, step: float, unit: str = "day") -> str:
    """Return a step of an index as text, for dates with its unit."""
    if index.dtype.kind != "M":
        return f"{step:.0f}" if step == np.rint(step) and step < 1e16 else f"{step:.10g}"
    for smaller, fewer in (("hour", 24), ("minute", 60), ("second", 60)):
        if step < 1:
            step, unit = step * fewer, smaller
    return f"{step:g} {unit}{'' if f'{step:g}' == '1' else 's'}"


def shown(index: NDArray[np.float64] | Dates, position: int | np.intp) -> str:
    """Return one index as text: a date, or a number with 15 digits, integers exactly."""
    one = index[position]
    if index.dtype.kind == "M":
        return str(one)
    return f"{one:.0f}" if abs(one) < 1e16 and one == np.rint(one) else f"{one:.15g}"


def _suspects(different: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return those of the sorted, distinct values that are suspect."""
    nines = np.isin(np.abs(different), _NINES)
    rest = different[~nines]
    if rest.size:
        low, high = rest[0], rest[-1]
        with np.errstate(over="ignore"):
            width = max(high - low, abs(low), abs(high))
            far = max(width, _FAR * (high - low))
            below, above = low - different > width / 2, different - high > far
        nines = nines & (below | above | ((different < 0) & (low >= 0)))
        found: NDArray[np.float64] = different[nines]
        if found.size:
            return found
    for count in range(2 * _STRAGGLERS, 0, -1):
        for below in range(max(0, count - _STRAGGLERS), min(count, _STRAGGLERS) + 1):
            rest = different[below : different.size - (count - below)]
            if rest.size < _FEWEST:
                continue
            low, high = rest[0], rest[-1]
            lower, upper = different[:below], different[different.size - (count - below) :]
            with np.errstate(over="ignore"):
                far = _FAR * max(high - low, _ROUNDING * max(abs(low), abs(high)))
                if all(low - lower > far) and all(upper - high > far):
                    return np.concatenate([lower, upper])
    return different[:0]
