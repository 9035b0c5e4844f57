"""The state explorer: a joint state of two qubits, and what local rotations leave unchanged."""

from math import pi
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import qutip
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import NDArray

from qrnnbook import plotting
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import kets, shown
from qrnnlib import _checks
from qrnnlib.physics.entanglement import bloch_vector, entropy_of_entanglement
from qrnnlib.physics.gate_set import gate
from qrnnlib.physics.schmidt import schmidt


class StateExplorer(LiveFigure):
    """A two-qubit state with its Schmidt coefficients, entanglement and Bloch vectors.

    The reader drags the discs of the table, which are its amplitudes, and the arrows, which rotates
    each qubit about the Y axis. Such local rotations leave the Schmidt coefficients unchanged.

    Parameters
    ----------
    state : Qobj, optional
        A normalised ket of two qubits, the system first, which sets `sizes` and `phases`; if not
        given, ``0.6|00> + 0.8|11>``.
    sizes : list of float, optional
        Absolute values of the four amplitudes, row by row, each from 0 to 1; normalised before
        use.
    phases : list of float, optional
        Their phases in radians, each from -pi to pi.
    cell : int, default 0
        The amplitude that the page's sliders set: 0 to 3, row by row.
    system_turn, memory_turn : float, default 0.0
        Rotation angles of system and memory in radians, from -pi to pi.

    Raises
    ------
    TypeError, ValueError
        If `state` is not a normalised ket of two qubits.
    traitlets.TraitError
        If a trait is out of range, not finite, or all sizes are zero.

    See Also
    --------
    qrnnlib.schmidt, qrnnlib.entropy_of_entanglement, qrnnbook.plotting.state_table

    Examples
    --------
    >>> explorer = StateExplorer(qutip.bell_state("00"))
    >>> explorer.schmidt_coefficients().round(4)
    array([0.7071, 0.7071])
    >>> explorer.system_turn = 1.0                  # changes the table, not the entanglement
    >>> explorer.schmidt_coefficients().round(4)
    array([0.7071, 0.7071])
    >>> explorer.describe()[:39]
    'System and memory share 1.00 ebits; the'
    """

    script = "state_explorer.js"

    sizes = traitlets.List(Finite(min=0.0, max=1.0), [0.6, 0.0, 0.0, 0.8], minlen=4, maxlen=4).tag(
        sync=True
    )
    phases = traitlets.List(Finite(min=-pi, max=pi), [0.0] * 4, minlen=4, maxlen=4).tag(sync=True)
    cell = traitlets.Int(0, min=0, max=3).tag(sync=True)
    system_turn = Finite(0.0, min=-pi, max=pi).tag(sync=True)
    memory_turn = Finite(0.0, min=-pi, max=pi).tag(sync=True)

    def __init__(self, state: qutip.Qobj | None = None, **traits: Any) -> None:
        if state is not None:
            if _checks.ket("state", state, subsystems=2).dims[0] != [2, 2]:
                raise ValueError(f"state must be a ket of two qubits, got dims {state.dims}")
            amplitudes = state.full().ravel()
            traits = {
                "sizes": np.clip(np.abs(amplitudes), 0, 1).tolist(),
                "phases": np.angle(amplitudes).tolist(),
                **traits,
            }
        super().__init__(**traits)

    @traitlets.validate("sizes")
    def _not_all_zero(self, proposal: Any) -> list[float]:
        if not any(proposal["value"]):
            raise traitlets.TraitError(
                "The 'sizes' trait of a StateExplorer instance should have one above 0, but "
                f"{proposal['value']} was specified"
            )
        return list(proposal["value"])

    def ket(self) -> qutip.Qobj:
        """Return the joint state shown, after both local rotations."""
        amplitudes = np.array(self.sizes) * np.exp(1j * np.array(self.phases))
        state = qutip.Qobj(amplitudes, dims=[[2, 2], [1]]).unit()
        return qutip.tensor(gate("RY", self.system_turn), gate("RY", self.memory_turn)) * state

    def schmidt_coefficients(self) -> NDArray[np.float64]:
        """Return both Schmidt coefficients, the larger first."""
        return schmidt(self.ket()).coefficients

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        ket = self.ket()
        ebits = abs(entropy_of_entanglement(ket))
        larger, smaller = self.schmidt_coefficients()
        chances = np.abs(ket.full().ravel()) ** 2
        cells = ", ".join(f"{name} {shown(p)}" for name, p in zip(kets(2), chances, strict=True))
        arrows = [bloch_vector(ket.ptrace(side)) for side in (0, 1)]
        system, memory = (f"({', '.join(shown(x) for x in arrow)})" for arrow in arrows)
        return (
            f"System and memory share {shown(ebits)} ebits; the Schmidt coefficients are "
            f"{shown(larger)} and {shown(smaller)}. The table has the probabilities {cells}. "
            f"Both Bloch arrows have the length {shown(float(np.linalg.norm(arrows[0])))}: "
            f"system {system}, memory {memory}."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        ket = self.ket()
        with plotting.style():
            figure, axes = plt.subplot_mosaic(
                [["table", "system", "memory", "bars"]],
                figsize=(9.6, 3.4),
                width_ratios=[1.5, 1, 1, 1],
                layout="constrained",
            )
            plotting.state_table(ket, axes["table"], key=False)
            for side, (name, colour) in enumerate(
                {"system": plotting.SYSTEM, "memory": plotting.MEMORY}.items()
            ):
                _bloch_disc(axes[name], bloch_vector(ket.ptrace(side)), colour, f"{name} alone")
            values = self.schmidt_coefficients()
            axes["bars"].bar([0, 1], values, color=plotting.ENTANGLEMENT, width=0.55)
            for k, value in enumerate(values):
                axes["bars"].text(k, value + 0.03, f"{value:.2f}", ha="center")
            axes["bars"].set(xlim=(-0.6, 1.6), ylim=(0, 1.15), yticks=[0, 0.5, 1])
            axes["bars"].set_xticks([0, 1], ["$s_0$", "$s_1$"])
            ebits = shown(abs(entropy_of_entanglement(ket)))
            axes["bars"].set_title(f"{ebits} ebits", color=plotting.ink(plotting.ENTANGLEMENT))
        return figure


def _bloch_disc(ax: Axes, arrow: NDArray[np.float64], colour: str, name: str) -> None:
    """Draw a Bloch vector in the XZ plane, X to the right and Z up, and its length as a ring."""
    ax.add_patch(Circle((0, 0), 1, facecolor="none", edgecolor="#B0B0B0", linewidth=1.2))
    ring = {"facecolor": "none", "edgecolor": plotting.ink(colour), "linestyle": (0, (2, 2))}
    ax.add_patch(Circle((0, 0), float(np.linalg.norm(arrow)), **ring))
    ax.plot([0, arrow[0]], [0, arrow[2]], color=colour, linewidth=3, solid_capstyle="round")
    ax.plot(arrow[0], arrow[2], "o", color=colour, markersize=7)
    for z, label in ((1.2, "|0⟩"), (-1.2, "|1⟩")):
        ax.text(0, z, label, ha="center", va="center")
    ax.set(xlim=(-1.15, 1.15), ylim=(-1.4, 1.4), aspect="equal", xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.set_title(name, color=plotting.ink(colour), loc="center")
