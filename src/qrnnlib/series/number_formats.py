"""Written numbers: which sign is the decimal sign, and which only groups digits.

In a column that also holds 1,5 the field 1.234 means 1234; in a column with 1.5 it means 1.234. So
the sign is determined from the whole column, and a sign used in both ways is refused.
"""

import re
from collections.abc import Sequence

#: Separators of groups of three digits, besides the sign that is not the decimal one.
_SPACES = "'\u2019 \u00a0\u2009\u202f"
_NUMBER = {
    decimal: re.compile(
        rf"([+-]?)(?:([1-9]\d{{0,2}}(?:([{other}{_SPACES}])\d{{3}})(?:\3\d{{3}})*)|(\d*))"
        rf"(?:{re.escape(decimal)}(\d*))?((?:[eE][+-]?\d+)?)",
        re.ASCII,
    )
    for decimal, other in ((".", ","), (",", "."))
}
_SIGNS = re.compile(rf"[+-]?[\d.,{_SPACES}]*\d[\d.,{_SPACES}]*(?:[eE][+-]?\d+)?", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


class FieldError(ValueError):
    """A field of a column that cannot be read: its row, and the reason."""

    def __init__(self, row: int, reason: str = "") -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


def decimal_sign(fields: Sequence[str], comma_unless_clear: bool) -> str:
    """Return the decimal sign of a column.

    Fields such as 1,5 or 1.234,5 or 1.234.567 decide it. A column of integers and fields such as
    1,234 or 1.234 is unclear. Then a comma counts as decimal where semicolons separate the fields
    (`comma_unless_clear`), as in countries with a decimal comma, and a point elsewhere; the other
    sign might also group thousands, and is refused.

    Raises
    ------
    FieldError
        If comma and point are both decimal signs, or the only sign might be either.
    """
    clear: dict[str, int] = {}
    unclear: dict[str, int] = {}
    for row, field in enumerate(fields):
        if not _SIGNS.fullmatch(field):
            continue
        points, commas = field.count("."), field.count(",")
        if points and commas:
            sign = max(".,", key=field.rindex)
        elif points > 1 or commas > 1:
            sign = "," if points else "."
        elif points or commas:
            sign = "." if points else ","
            if _EITHER.fullmatch(field):
                unclear.setdefault(sign, row)
                continue
        else:
            continue
        clear.setdefault(sign, row)
    if len(clear) > 1:
        row = max(clear.values())
        before = fields[min(clear.values())]
        raise FieldError(row, f"its decimal sign differs from that in {before!r}")
    if clear:
        return next(iter(clear))
    local, other = (",", ".") if comma_unless_clear else (".", ",")
    if other not in unclear:
        return local if unclear else "."
    field = fields[unclear[other]]
    names = {",": "comma", ".": "point"}
    raise FieldError(
        unclear[other],
        f"it may be {field.replace(other, '')} or {field.replace(other, '.')}, and nothing else in "
        f"the column says which; write it without the {names[other]} or with a {names[local]}",
    )


def number(field: str, decimal: str) -> float | None:
    """Return a field as a number, None if it is not one, infinity if too large for a float."""
    form = _NUMBER[decimal].fullmatch(field)
    if not form:
        return None
    sign, grouped, _, digits, fraction, exponent = form.groups()
    whole = re.sub(r"\D", "", grouped) if grouped else digits
    if not whole and not fraction:
        return None
    return float(f"{sign}{whole}.{fraction or ''}{exponent}")
