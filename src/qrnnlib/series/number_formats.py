"""Numbers as people write them: which sign is the decimal one, and which only groups digits.

1.234 is a thousand or so where 1,5 stands in the same column, and 1.234 where 1.5 does. So a
whole column is asked first, and a sign that means two things in it is refused.
"""

import re
from collections.abc import Sequence

#: Groups of three digits may be set apart by these, and by the sign that is not the decimal one.
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
    """A field of a column cannot be read: which one, and why."""

    def __init__(self, row: int, reason: str = "") -> None:
        super().__init__(reason)
        self.row = row
        self.reason = reason


def decimal_sign(fields: Sequence[str], comma_unless_clear: bool) -> str:
    """Return the decimal sign of a column.

    Clear are 1,5 and 1.234,5 and 1.234.567. A column that holds nothing but whole numbers and
    some such as 1,234 or 1.234 is not. Where fields are separated by semicolons, as in countries
    with a decimal comma, that comma is a decimal one and the point may set thousands apart;
    elsewhere that point is a decimal one and the comma may set thousands apart.

    Raises
    ------
    FieldError
        If a comma and a point are both decimal signs, or the only sign may be either.
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
        raise FieldError(row, f"its decimal sign is another than in {before!r}")
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
    """Return a field as a number, None if it is not one; one too large for a float is infinite."""
    form = _NUMBER[decimal].fullmatch(field)
    if not form:
        return None
    sign, grouped, _, digits, fraction, exponent = form.groups()
    whole = re.sub(r"\D", "", grouped) if grouped else digits
    if not whole and not fraction:
        return None
    return float(f"{sign}{whole}.{fraction or ''}{exponent}")
