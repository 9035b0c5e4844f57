"""A series: values in time, and what is known about them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.series import date_formats
from qrnnlib.series.gaps import GAP_IN_STEPS, Index, first_not_increasing, usual_step
from qrnnlib.series.suspects import too_close


@dataclass(frozen=True, eq=False, repr=False)
class Series:
    """Values in the order of measurement, with their index and description.

    Arrays are copied and read-only. ``series[a:b]`` is a series of those values with the same
    description; ``dataclasses.replace(series, values=...)`` replaces the values.

    Parameters
    ----------
    values : array of shape (n,)
        Finite values in units of `unit`; a column of shape (n, 1), as from a pandas.DataFrame, is
        also accepted.
    index : array of shape (n,)
        When each value was measured, strictly increasing: dates (datetime64, `datetime` objects,
        strings such as 2024-01-31, integers such as 20240131, a pandas index of dates, times or
        periods) or numbers. Dates are stored as datetime64[D], times of day in minutes or, if
        necessary, a finer unit. Times with a time zone are stored in local clock time, or in UTC
        if their offsets differ.
    name, unit, source : str
        What the values are (default "series"), their unit and their origin (default "").
    attribution : str
        Text to be shown wherever the values are shown; "" (default) if none is required.
    synthetic : bool, default False
        True if synthetic values replace measurements that were not available.
    clean : array of shape (n,), optional
        The values without noise. None (default): unknown.
    notes : tuple of str
        What was done to the values, such as filling gaps; empty by default. If `step` is None, a
        note on neighbours much closer than the usual step is added.
    step : float, optional
        Spacing of neighbouring values in units of the index (days for dates). None (default): the
        lower median of the spacings. Values more than 1.5 steps apart have a gap between them.
    interpolated : bool array of shape (n,), optional
        Which values were not measured but interpolated from both neighbours. None (default): none.

    Raises
    ------
    TypeError, ValueError
        If an array has the wrong type or shape or is not finite, or the index does not increase.

    Examples
    --------
    >>> import numpy as np
    >>> from qrnnlib import Series
    >>> series = Series([3.1, 2.7, 4.0], np.arange("2024-01-01", "2024-01-04", dtype="M8[D]"),
    ...                 name="walk to work", unit="km")
    >>> series[1:]
    Series('walk to work': 2 points, 2024-01-02 to 2024-01-03, km)
    """

    values: NDArray[np.float64]
    index: Index
    name: str = "series"
    unit: str = ""
    source: str = ""
    attribution: str = ""
    synthetic: bool = False
    clean: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()
    step: float | None = None
    interpolated: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        values = _checks.column(_checks.as_array("values", self.values))
        values = _checks.real_array("values", values, (None,))
        if not values.size:
            raise ValueError("values must hold at least one value, got none")
        index, read_as = _checked_index(self.index, values.size)
        self._keep("values", values)
        self._keep("index", index)
        if self.clean is not None:
            self._keep("clean", _checks.real_array("clean", self.clean, values.shape))
        if self.interpolated is not None:
            mask = _checks.as_array("interpolated", self.interpolated).copy()
            if mask.dtype != bool or mask.shape != values.shape:
                raise ValueError(
                    f"interpolated must be a bool array of shape {values.shape}, got "
                    f"{mask.dtype} of shape {mask.shape}"
                )
            self._keep("interpolated", mask)
        given = self.step
        step = usual_step(index) if given is None else _checks.number("step", given, above=0)
        object.__setattr__(self, "step", step)
        notes = (*self.notes, *read_as)
        if given is None:
            notes += too_close(index, step, GAP_IN_STEPS)
        object.__setattr__(self, "notes", notes)

    def _keep(self, field: str, array: NDArray[Any]) -> None:
        array.flags.writeable = False
        object.__setattr__(self, field, array)

    def __len__(self) -> int:
        return self.values.size

    def __getitem__(self, part: slice) -> "Series":
        if not isinstance(part, slice):
            raise TypeError(
                f"a Series is cut by a slice such as series[:80], got {part!r}; "
                "single values are in series.values"
            )
        if part.step not in (None, 1):
            raise ValueError(f"a slice of a Series must have no step, got {part.step!r}")
        if not self.values[part].size:
            raise ValueError(
                f"a slice of a Series must leave a value, got {part.start}:{part.stop} "
                f"of {len(self)} points"
            )
        return Series(
            self.values[part],
            self.index[part],
            self.name,
            self.unit,
            self.source,
            self.attribution,
            self.synthetic,
            None if self.clean is None else self.clean[part],
            self.notes,
            self.step,
            None if self.interpolated is None else self.interpolated[part],
        )

    def __repr__(self) -> str:
        first, last = self.index[0], self.index[-1]
        span = " to ".join(_shown(one) for one in (first, last))
        about = [f"{len(self)} points", span, self.unit, "synthetic" if self.synthetic else ""]
        return f"Series({self.name!r}: {', '.join(text for text in about if text)})"

    @property
    def gaps(self) -> NDArray[np.intp]:
        """Positions of the values followed by a gap, shape (gaps,).

        Examples
        --------
        >>> from qrnnlib import Series
        >>> Series([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 5.0]).gaps
        array([2])
        """
        if self.step is None:
            return np.zeros(0, dtype=np.intp)
        spacing = date_formats.spacing(self.index)
        after: NDArray[np.intp] = np.flatnonzero(spacing > GAP_IN_STEPS * self.step)
        return after


def _shown(one: Any) -> str:
    """Return a date as text, a number with six digits, or with all its digits if it is large."""
    if isinstance(one, np.datetime64):
        return str(one)
    return f"{one:g}" if abs(one) < 1e5 else f"{one:.17g}"


def _checked_index(index: Any, points: int) -> tuple[Index, tuple[str, ...]]:
    """Return strictly increasing dates or numbers, one per value, and notes on reading them."""
    dates = date_formats.of("index", index)
    checked: Index
    notes: tuple[str, ...] = ()
    if dates is None:
        array = _checks.column(_checks.as_array("index", index))
        if array.dtype.kind not in "fiu":
            raise TypeError(
                f"index must be an array of dates or of numbers, got dtype {array.dtype}"
            )
        checked = _checks.real_array("index", array, (points,))
    else:
        checked, notes = dates
        if checked.shape != (points,):
            raise ValueError(f"index must have shape ({points},), got {checked.shape}")
        if np.isnat(checked).any():
            raise ValueError("index must have no missing dates (NaT)")
    behind = first_not_increasing(checked)
    if behind:
        raise ValueError(
            f"index must be strictly increasing, got {checked[behind - 1]} followed by "
            f"{checked[behind]} at position {behind}"
        )
    return checked, notes
