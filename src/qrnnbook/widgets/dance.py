"""The dance: entangle, disentangle and measure two qubits."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import qutip
import traitlets
from matplotlib.figure import Figure

from qrnnbook import plotting
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import shown
from qrnnlib.physics.entanglement import entropy_of_entanglement


class Dance(LiveFigure):
    """A system qubit and a memory qubit that are entangled, disentangled and measured.

    The system starts in ``cos(input/2)|0> + sin(input/2)|1>``, the memory in ``|0>``. The
    entangler is a controlled RY(`entangler`) of the memory, with the system as control; the
    disentangler is a controlled RY(-`disentangler`). The popular picture has two dancers who hug,
    break up, and are caught by a snapshot: hence the name.

    Parameters
    ----------
    input : float, default 1.8
        Angle of the input in radians, from 0 to pi.
    entangler : float, default 2.5
        Angle of the entangler in radians, from 0 to pi.
    disentangler : float, default 1.6
        Angle of the disentangler in radians, from 0 to pi.
    moment : float, default 1.0
        From 0 (before) through 1 (after the entangler) to 2 (after the disentangler).
    outcome : int, default -1
        The outcome, 0 or 1, if the system was measured; else -1.

    Raises
    ------
    traitlets.TraitError
        If a value is out of range or not a number, or the outcome has probability 0.

    Examples
    --------
    >>> import math
    >>> Dance(input=math.pi / 2, entangler=math.pi, moment=1.0)
    <Dance: After the entangler: system and memory share 1.00 ebits. A measurement of the system \
gives outcome 0 with probability 0.50, outcome 1 with 0.50.>
    """

    script = "dance.js"

    input = Finite(1.8, min=0.0, max=np.pi).tag(sync=True)
    entangler = Finite(2.5, min=0.0, max=np.pi).tag(sync=True)
    disentangler = Finite(1.6, min=0.0, max=np.pi).tag(sync=True)
    moment = Finite(1.0, min=0.0, max=2.0).tag(sync=True)
    outcome = traitlets.Int(-1, min=-1, max=1).tag(sync=True)

    def __init__(self, **values: Any) -> None:
        self._from_page = False
        super().__init__(**values)
        # As in the front end, a changed angle or moment takes the measurement back. Initial values
        # do not, so the observer is added after they are set.
        self.observe(self._changed, ["input", "entangler", "disentangler", "moment"])

    def _changed(self, change: Any) -> None:
        if not self._from_page:
            self.outcome = -1

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Accept the front end's state, which takes a measurement back by itself."""
        self._from_page = True
        try:
            super().set_state(sync_data)
        finally:
            self._from_page = False

    @traitlets.validate("outcome")
    def _possible(self, proposal: Any) -> int:
        outcome: int = proposal["value"]
        if outcome >= 0 and self._chance(outcome) < 1e-9:
            raise traitlets.TraitError(
                f"The value of the 'outcome' trait should be an outcome that can occur; {outcome} "
                f"has probability 0 at the present input of {self.input}"
            )
        return outcome

    def _chance(self, outcome: int) -> float:
        return float(np.sin(self.input / 2) ** 2 if outcome else np.cos(self.input / 2) ** 2)

    def ket(self) -> qutip.Qobj:
        """Return the joint state at the present moment, before any measurement."""
        rotated = self.entangler * min(self.moment, 1.0) - self.disentangler * max(
            self.moment - 1.0, 0.0
        )
        zero, one = np.cos(self.input / 2), np.sin(self.input / 2)
        amplitudes = [zero, 0.0, one * np.cos(rotated / 2), one * np.sin(rotated / 2)]
        return qutip.Qobj(amplitudes, dims=[[2, 2], [1]])

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        zero, one = (shown(self._chance(outcome)) for outcome in (0, 1))
        if self.outcome >= 0:
            return (
                f"The measurement gave outcome {self.outcome}, which had the probability "
                f"{(zero, one)[self.outcome]}. Its row, rescaled, is the memory; no entanglement "
                "is left."
            )
        ebits = shown(abs(entropy_of_entanglement(self.ket())))
        return (
            f"{self._stage()}: system and memory share {ebits} ebits. A measurement of the system "
            f"gives outcome 0 with probability {zero}, outcome 1 with {one}."
        )

    def _stage(self) -> str:
        """Return what happens at the present moment, in words."""
        if self.moment in (0.0, 1.0, 2.0):
            names = ("Before", "After the entangler", "After the disentangler")
            return names[int(self.moment)]
        return "Entangling" if self.moment < 1.0 else "Disentangling"

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        state = self.ket()
        if self.outcome >= 0:
            projector = qutip.ket2dm(qutip.basis(2, self.outcome))
            state = (qutip.tensor(projector, qutip.qeye(2)) @ state).unit()
        title = f"{self._stage()}: {shown(abs(entropy_of_entanglement(state)))} ebits"
        if self.outcome >= 0:
            title = f"Measured: outcome {self.outcome}"
        with plotting.style():
            figure, ax = plt.subplots(figsize=(4.4, 4.0), layout="constrained")
            plotting.state_table(state, ax, title=title)
        return figure
