"""The gate explorer: a map of all two-qubit gates, and their entangling powers."""

from functools import lru_cache
from math import pi
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure

from qrnnbook import plotting
from qrnnbook.plotting.weyl import spelled
from qrnnbook.widgets._chamber import chamber_for_page
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnlib.physics.average_power import average_entangling_power
from qrnnlib.physics.power import entangling_power
from qrnnlib.physics.weyl import (
    FACE_TOLERANCE,
    NAMED_POINTS,
    canonical_coordinates,
    canonical_gate,
    is_perfect_entangler,
)


class Powers(NamedTuple):
    """Three entangling powers of a two-qubit gate.

    Attributes
    ----------
    average : float
        Average entangling power: mean linear entropy over random product inputs, at most 2/9.
    product : float
        Product-start entangling power without ancillas, in ebits; at most 1.
    assisted : float
        Entangling power from any state with ancillas (2, 2), as found by a search, in ebits; at
        most 2.
    """

    average: float
    product: float
    assisted: float


@lru_cache(maxsize=256)
def _powers(c1: float, c2: float, c3: float) -> Powers:
    gate = canonical_gate(c1, c2, c3)
    product = entangling_power(gate, initial_states="product", restarts=8, random_state=0)
    assisted = entangling_power(gate, ancillas=(2, 2), restarts=8, random_state=0)
    return Powers(average_entangling_power(gate), product.value, assisted.value)


class GateExplorer(LiveFigure):
    """A gate that the reader drags through the Weyl chamber, and three of its powers.

    The reader drags the gate in the picture, sets each of its three coordinates with a slider, or
    selects a named gate with a button. Any triple of coordinates is a gate; a triple outside the
    chamber is shown at the locally equivalent point inside.

    Parameters
    ----------
    c1, c2, c3 : float, default 0.40 pi, 0.20 pi, 0.15 pi
        Canonical coordinates in radians, each from 0 to pi.
    asks : {"at best", "same average"}, default "at best"
        The question that the page asks first: whether CNOT or SWAP creates more entanglement, or
        whether gates of one average power can lie far apart.

    Raises
    ------
    traitlets.TraitError
        If a coordinate is out of range or not a number, or `asks` is another question.

    See Also
    --------
    qrnnlib.canonical_coordinates, qrnnlib.entangling_power, qrnnbook.plotting.weyl_chamber

    Examples
    --------
    >>> import math
    >>> explorer = GateExplorer(c1=math.pi / 2, c2=0.0, c3=0.0)
    >>> explorer.powers().assisted
    1.0
    >>> explorer.describe()[:62]
    'The gate at (0.50, 0.00, 0.00) π, CNOT, is a perfect entangler'
    >>> explorer.c3 = math.pi                     # a local rotation of each qubit
    >>> (explorer.point() / math.pi).round(12) + 0.0
    array([0.5, 0. , 0. ])
    """

    script = "gate_explorer.js"

    c1 = Finite(0.40 * pi, min=0.0, max=pi).tag(sync=True)
    c2 = Finite(0.20 * pi, min=0.0, max=pi).tag(sync=True)
    c3 = Finite(0.15 * pi, min=0.0, max=pi).tag(sync=True)

    asks = traitlets.Enum(["at best", "same average"], "at best").tag(sync=True)

    #: Geometry of the picture, in units of pi: the same numbers as in `plotting.weyl_chamber`.
    chamber = traitlets.Dict(read_only=True).tag(sync=True)

    @traitlets.default("chamber")
    def _drawn(self) -> dict[str, Any]:
        return chamber_for_page()

    def point(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the gate's canonical coordinates inside the chamber, in radians."""
        return canonical_coordinates(canonical_gate(self.c1, self.c2, self.c3))

    def powers(self) -> Powers:
        """Return the three powers of the gate."""
        return _powers(*self.point().tolist())

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        place, powers = self.point(), self.powers()
        # Half the face tolerance: then the verdict on perfect entanglers is the named gate's too.
        names = [
            name
            for name, point in NAMED_POINTS.items()
            if np.abs(place - point).max() < FACE_TOLERANCE / 2
        ]
        rounded = [f"{abs(c) / pi:.2f}" for c in place]
        perfect = self._is_perfect()
        there = canonical_gate(*(pi * float(c) for c in rounded))
        # If rounded coordinates would reverse the verdict, say "near" instead of "at".
        where = "at" if is_perfect_entangler(there) == perfect else "near"
        return (
            f"The gate {where} ({', '.join(rounded)}) π"
            f"{f', {spelled(names[0])},' if names else ''} is "
            f"{'a' if perfect else 'not a'} perfect entangler. It creates up to {self._product()} "
            f"from a product state, up to {powers.assisted:.2f} from any state with ancillas "
            f"(2, 2); its average power is {powers.average:.3f}."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        ebits = f"Up to {self._product()} from a product state"
        with plotting.style():
            figure, ax = plt.subplots(figsize=(6.4, 4.6))
            plotting.weyl_chamber({"this gate": self.point()}, ax, title=ebits)
        return figure

    def _is_perfect(self) -> bool:
        return is_perfect_entangler(canonical_gate(*self.point()))

    def _product(self) -> str:
        """Return the product power as text; only a perfect entangler is shown with a full ebit."""
        ebits = f"{self.powers().product:.2f}"
        return (
            "just under 1 ebit" if ebits == "1.00" and not self._is_perfect() else f"{ebits} ebits"
        )
