"""Code that all checkers share: calls of an answer on many cases, and verdicts on the results."""

import copy
import html
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

#: Largest absolute difference from the right number.
TOLERANCE = 1e-8

_OPENINGS = {"right": "Right.", "not yet": "Not answered yet.", "wrong": "Not right yet."}
# Each state has its own colour and line style, visible in the page and in Jupyter, light and dark.
_LINES = {"right": "solid #009e73", "not yet": "dotted #808080", "wrong": "dashed #e69f00"}


@dataclass(frozen=True)
class Verdict:
    """A checker's verdict on an answer; its truth value is whether the answer is right.

    Attributes
    ----------
    state : {"right", "not yet", "wrong"}
        Whether the answer is right, missing or wrong.
    says : str
        The result of the check, in a sentence or two.
    hint : str, default ""
        The likely mistake; empty if the checker does not recognise it.

    Examples
    --------
    >>> Verdict("wrong", "For 2 it gives 3.", "Look at the sign.")
    Not right yet. For 2 it gives 3. Look at the sign.
    >>> bool(Verdict("right", "It holds for all of them."))
    True
    """

    state: Literal["right", "not yet", "wrong"]
    says: str
    hint: str = ""

    def __bool__(self) -> bool:
        return self.state == "right"

    def __repr__(self) -> str:
        return " ".join(part for part in (_OPENINGS[self.state], self.says, self.hint) if part)

    def _repr_html_(self) -> str:
        words = "<br>".join(html.escape(part) for part in (self.says, self.hint) if part)
        return (
            f'<div class="verdict" style="border-left: 0.3em {_LINES[self.state]}; '
            f'padding: 0.2em 0.8em"><strong>{_OPENINGS[self.state]}</strong> {words}</div>'
        )


class MisfitError(Exception):
    """An answer has returned a value of the wrong type or shape; the message says what is wrong."""


def judge(
    answer: object,
    cases: Iterable[tuple[Any, ...]],
    fault: Callable[..., str | None],
    *,
    wanted: str,
    praise: str,
) -> Verdict:
    """Call an answer on each case in turn, and stop at the first fault.

    Parameters
    ----------
    answer : callable
        The student's function.
    cases : iterable of tuple
        The arguments of each call. Put random ones first: special cases hide mistakes.
    fault : callable
        ``fault(value, *case)`` returns None if the value is right, else a hint, or an empty string
        if it has none. It may raise `MisfitError`.
    wanted : str
        A sentence that states the task, shown until there is an answer.
    praise : str
        A sentence that says what the right answer shows.

    Returns
    -------
    Verdict
        An exception in the answer becomes a verdict too, and is not raised.

    Examples
    --------
    >>> def fault(value, x):
    ...     return differs(value, x**2, {"This doubles x.": 2 * x})
    >>> task = {"wanted": "Return the square of x.", "praise": "It squares."}
    >>> judge(lambda x: None, [(3.0,)], fault, **task)
    Not answered yet. Return the square of x.
    >>> judge(lambda x: x + x, [(3.0,)], fault, **task)
    Not right yet. For 3.0 it gives 6.0. This doubles x.
    >>> judge(lambda x: [][0], [(3.0,)], fault, **task)
    Not right yet. For 3.0 it stops with IndexError: list index out of range.
    """
    if not callable(answer):
        return Verdict("not yet", wanted)
    for case in cases:
        try:
            # An answer may warn or change its arguments; neither may have effects outside.
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                value = answer(*copy.deepcopy(case))
        except NotImplementedError:
            return Verdict("not yet", wanted)
        except Exception as error:
            said = str(error).strip().rstrip(".").partition("\n")[0]
            stop = f"{type(error).__name__}: {said}" if said else type(error).__name__
            return Verdict("wrong", f"For {_told(*case)} it stops with {stop}.")
        if value is None or value is Ellipsis:
            return Verdict("not yet", wanted)
        try:
            with np.errstate(all="ignore"):
                hint = fault(value, *case)
        except MisfitError as misfit:
            return Verdict("wrong", f"For {_told(*case)} it gives {_told(value)}.", str(misfit))
        if hint is not None:
            return Verdict("wrong", f"For {_told(*case)} it gives {_told(value)}.", hint)
    return Verdict("right", praise)


def numbers(value: Any, shape: tuple[int, ...] = (), what: str = "It") -> NDArray[np.complex128]:
    """Return a value as an array of complex numbers of this shape, or raise `MisfitError`.

    Examples
    --------
    >>> numbers([[1, 0], [0, 1]], (2, 2)).sum()
    np.complex128(2+0j)
    >>> numbers("half")
    Traceback (most recent call last):
    ...
    qrnnbook.exercises._judging.MisfitError: It must be a number.
    """
    wanted = f"{what} must be {f'an array of shape {shape}' if shape else 'a number'}"
    if isinstance(value, Qobj):
        value = value.full()
    try:
        with np.errstate(all="ignore"):
            array: NDArray[np.complex128] = np.asarray(value).astype(np.complex128)
    except Exception:  # an answer may return any object, and its conversion raise any error
        raise MisfitError(f"{wanted}.") from None
    if array.shape != shape:
        came = f"of shape {array.shape}" if array.shape else "a number"
        raise MisfitError(f"{wanted}, not {came}.")
    if not np.all(np.isfinite(array)):
        raise MisfitError(
            "There is a nan or an infinity in it: a division by 0, the logarithm of 0, or the root "
            "of a number that is below 0."
        )
    return array


def close(a: ArrayLike, b: ArrayLike) -> bool:
    """Return whether two arrays have the same shape and, up to rounding, the same numbers."""
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=0, atol=TOLERANCE))


def differs(value: Any, truth: ArrayLike, mistakes: Mapping[str, ArrayLike]) -> str | None:
    """Return None if a value equals `truth`, else the hint for the mistake that leads to it.

    `mistakes` maps each hint to the result of that mistake; if none matches, the hint is empty.
    A value that is not numeric or not of the shape of `truth` raises `MisfitError`; see `numbers`.

    Examples
    --------
    >>> differs(5, 4, {"One too many.": 5})
    'One too many.'
    >>> differs(4, 4, {}) is None
    True
    """
    array = numbers(value, np.shape(truth))
    if close(array, truth):
        return None
    return next((hint for hint, wrong in mistakes.items() if close(array, wrong)), "")


def _told(*values: Any) -> str:
    """Return values as one line of at most 160 characters."""
    with np.printoptions(precision=3, suppress=True, threshold=20):
        told = ", ".join(" ".join(_plain(value).split()) for value in values)
    return told if len(told) <= 160 else told[:157] + "..."


def _plain(value: Any) -> str:
    """Return a value as text, with few digits and without the word "array"."""
    if isinstance(value, Qobj):
        value = value.full()
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ")
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, tuple):
        return f"({', '.join(map(_plain, value))})"
    if isinstance(value, float | complex) and not isinstance(value, bool):
        with np.errstate(all="ignore"):  # near the largest float, rounding overflows
            rounded = np.round(value, 4)
        return str(rounded if np.isfinite(rounded) else value)
    return repr(value)
