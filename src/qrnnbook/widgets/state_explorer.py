"""The state explorer: a joint state of two qubits, and what turning one side cannot change."""

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
from qrnnlib.physics.entanglement import bloch_vector, entropy_of_entanglement, schmidt
from qrnnlib.physics.gate_set import gate


class StateExplorer(LiveFigure):
    """Four amplitudes in; Schmidt coefficients, entanglement and both Bloch arrows out.

    The amplitudes of the table can be set one at a time, and each side can be turned alone about
    the Y axis. The coefficients stand still under such a turn.

    Parameters
    ----------
    state : Qobj, optional
        A ket of two qubits, the system first; if not given, ``0.6|00> + 0.8|11>``. It sets
        `sizes` and `phases`.
    sizes : list of float
        Sizes of the four amplitudes, each from 0 to 1, row after row. Their proportions count.
    phases : list of float
        Their phases in radians, each from -pi to pi.
    cell : int
        The amplitude that the sliders of the page set: 0 to 3, row after row.
    system_turn, memory_turn : float
        How far each side is turned, in radians, from -pi to pi.

    Raises
    ------
    TypeError, ValueError
        If `state` is no normalised ket of two qubits.
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
    >>> explorer.system_turn = 1.0                  # moves the table, not the tie
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
        """Return the joint state that is shown, after both turns."""
        amplitudes = np.array(self.sizes) * np.exp(1j * np.array(self.phases))
        state = qutip.Qobj(amplitudes, dims=[[2, 2], [1]]).unit()
        return qutip.tensor(gate("RY", self.system_turn), gate("RY", self.memory_turn)) * state

    def schmidt_coefficients(self) -> NDArray[np.float64]:
        """Return both Schmidt coefficients, the larger first."""
        return schmidt(self.ket()).coefficients

    def describe(self) -> str:
        """Return in words what the figure shows now."""
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
        """Return a picture of what the figure shows now."""
        ket = self.ket()
        with plotting.style():
            figure, axes = plt.subplot_mosaic(
                [["table", "system", "memory", "tie"]],
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
            axes["tie"].bar([0, 1], values, color=plotting.ENTANGLEMENT, width=0.55)
            for k, value in enumerate(values):
                axes["tie"].text(k, value + 0.03, f"{value:.2f}", ha="center")
            axes["tie"].set(xlim=(-0.6, 1.6), ylim=(0, 1.15), yticks=[0, 0.5, 1])
            axes["tie"].set_xticks([0, 1], ["$s_0$", "$s_1$"])
            ebits = shown(abs(entropy_of_entanglement(ket)))
            axes["tie"].set_title(f"{ebits} ebits", color=plotting.ink(plotting.ENTANGLEMENT))
        return figure


def _bloch_disc(ax: Axes, arrow: NDArray[np.float64], colour: str, name: str) -> None:
    """Draw an arrow from the side, X to the right and Z up, and its length as a ring."""
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
