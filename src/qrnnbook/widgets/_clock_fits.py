"""The clocks of the clock explorer that have names, and the classical models fitted to them."""

from collections.abc import Mapping
from math import pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnlib import _checks

#: Clock -> pairs of a model and its probabilities. In JavaScript, keys like "8" would come first.
Curves = dict[str, list[list[Any]]]

#: The longest waiting time in the picture, in steps.
LONGEST_WAIT = 60
#: The clocks whose fits are recorded: cos(theta) and s, as in the eigenvalues of silence,
#: sqrt(s) exp(+-i theta).
CLOCKS = {"Clock A": (0.60, 0.94), "Clock B": (0.80, 0.97), "Clock C": (0.28, 0.97)}
#: A small rotation and a strong coupling, for which these eigenvalues are real.
NO_RHYTHM = (pi / 12, pi / 3)
#: Models of one clock in the picture: each has a dash of its own.
MOST_FITS = len(plotting.DASHES)
#: Below this share of the waits, rounding would show in what follows them.
_HARDLY_ANY = 1e-4


def angles(cosine: float, stays: float) -> tuple[float, float]:
    """Return the rotation and the coupling of a clock, in radians.

    Examples
    --------
    >>> [round(angle, 3) for angle in angles(0.60, 0.94)]
    [0.928, 0.348]
    """
    rotation = float(np.arccos(2 * sqrt(stays) * cosine / (1 + stays)))
    return rotation, float(np.arccos(stays))


#: Name -> rotation and coupling, in the order of the page's buttons.
PRESETS = {**{name: angles(*pair) for name, pair in CLOCKS.items()}, "No rhythm": NO_RHYTHM}


def checked_fits(fits: Any) -> Curves:
    """Return the curves by the name of their clock, or raise an error that says what is wrong."""
    if not isinstance(fits, Mapping):
        raise TypeError(f"fits must be a mapping of clocks to models, got {type(fits).__name__}")
    names = {pair: name for name, pair in CLOCKS.items()}
    checked: Curves = {}
    for pair, curves in fits.items():
        if pair not in names:
            known = ", ".join(map(str, names))
            raise ValueError(
                f"fits must have clocks (cos(theta), s) among {known}, got {pair!r:.60}"
            )
        where = f"fits[{pair}]"
        if not isinstance(curves, Mapping) or not 1 <= len(curves) <= MOST_FITS:
            raise ValueError(
                f"{where} must be a mapping of 1 to {MOST_FITS} models to probabilities, "
                f"got {curves!r:.60}"
            )
        checked[names[pair]] = []
        for name, curve in curves.items():
            _checks.instance(f"the name of a model in {where}", name, str)
            array = _checks.real_array(f"{where}[{name!r}]", curve, (LONGEST_WAIT,))
            if array.min() < 0 or array.sum() > 1 + 1e-9:
                raise ValueError(
                    f"{where}[{name!r}] must be probabilities that sum to at most 1, got a least "
                    f"one of {array.min():g} and the sum {array.sum():g}"
                )
            # Seven decimals are more than a picture shows, and keep the page light.
            checked[names[pair]].append([name, array.round(7).tolist()])
    return {name: checked[name] for name in CLOCKS if name in checked}


def chances_of(waits: ArrayLike) -> NDArray[np.float64]:
    """Return the chances of a tick from the probabilities of waiting times, NaN in the far tail."""
    probabilities = np.asarray(waits, dtype=float)
    left = 1 - np.concatenate([[0.0], probabilities.cumsum()[:-1]])
    return np.where(left > _HARDLY_ANY, probabilities / np.where(left > 0, left, 1.0), np.nan)
