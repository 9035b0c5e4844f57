"""The fading memory: how long a change of one input persists, with and without noise."""

from collections.abc import Sequence
from dataclasses import replace
from math import pi
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from qrnnbook import plotting
from qrnnbook.widgets._cells import measured_cell
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnlib import _checks
from qrnnlib.cell.reference import MeasuredCell
from qrnnlib.physics.circuit import Circuit
from qrnnlib.physics.gate_set import ROTATIONS
from qrnnlib.physics.noise import Noise

#: Noise channels that act on the qubits of a gate.
KINDS = ("depolarizing", "dephasing", "amplitude_damping")

#: The largest rate of the slider.
MOST_NOISE = 0.05

#: Number of steps after the change at which the description compares the memories again.
LATER = 4

#: Gates without an angle as rotations exp(-i angle P / 2), up to a global phase: (P, angle).
TURNS = {
    "X": [("X", pi)],
    "H": [("Y", pi / 2), ("X", pi)],
    "CNOT": [("ZI", pi / 2), ("IX", pi / 2), ("ZX", -pi / 2)],
    "CZ": [("ZI", pi / 2), ("IZ", pi / 2), ("ZZ", -pi / 2)],
    "SWAP": [("XX", pi / 2), ("YY", pi / 2), ("ZZ", pi / 2)],
}


class FadingMemory(LiveFigure):
    """A change of one input, and how it fades from the memory of a cell on noisy hardware.

    Two copies of the cell read the same window, except for one value. The figure shows the trace
    distance of their memories, averaged over outcomes, with noise and without.

    Parameters
    ----------
    cell : MeasuredCell, or fitted QuantumRNN or QuantumLSTM
        A cell of up to four qubits, without noise. Its collapse rule is ignored.
    window : array_like, shape (steps,)
        The values that both copies read; at least two.
    values : sequence of two floats, default (-0.8, 0.8)
        The values that the two copies read at step `position`.
    one_qubit_factor : float, default 0.1
        Factor on the rate after one-qubit gates, from 0 to 1; see `qrnnlib.Noise`.
    position : int, default 0
        The step at which the values differ, counted from 0; not the last step.
    kind : {"depolarizing", "dephasing", "amplitude_damping"}, default "depolarizing"
        The noise channel; see `qrnnlib.Noise`.
    rate : float, default 0.01
        Probability of the noise after each two-qubit gate, from 0 to 0.05.

    Raises
    ------
    TypeError, ValueError
        If `cell`, `window`, `values` or `one_qubit_factor` is not as above.
    traitlets.TraitError
        If a trait is out of range or not a number.

    Examples
    --------
    A CNOT that flips the memory if the system is in ``|1>``:

    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, layers=1, disentangler=None)
    >>> weights = {"entangler": [[0, 0]], "input_weight": [-1, 1], "input_bias": [1, 1]}
    >>> cell = MeasuredCell(weights, design)
    >>> figure = FadingMemory(cell, [0.5, 0.5, 0.5], values=(-1.0, 1.0), rate=0.05)
    >>> figure.distances(0.0).round(3), figure.distances(0.05).round(3)
    (array([1.  , 0.8 , 0.64]), array([0.941, 0.708, 0.532]))
    """

    script = "fading_memory.js"

    cell = traitlets.Dict(read_only=True).tag(sync=True)
    window: traitlets.List[float] = traitlets.List(read_only=True).tag(sync=True)
    values: traitlets.List[float] = traitlets.List(read_only=True).tag(sync=True)
    one_qubit_factor = Finite(0.1, min=0.0, max=1.0, read_only=True).tag(sync=True)
    position = traitlets.Int(0, min=0).tag(sync=True)
    kind = traitlets.Enum(KINDS, "depolarizing").tag(sync=True)
    rate = Finite(0.01, min=0.0, max=MOST_NOISE).tag(sync=True)

    def __init__(
        self,
        cell: Any,
        window: ArrayLike,
        values: Sequence[float] = (-0.8, 0.8),
        one_qubit_factor: float = 0.1,
        **traits: Any,
    ) -> None:
        given = measured_cell(cell)
        read = _checks.real_array("window", window, (None,))
        if len(read) < 2:
            raise ValueError(f"window must hold at least two values, got {len(read)}")
        two = _checks.real_array("values", values, (2,))
        factor = _checks.number("one_qubit_factor", one_qubit_factor, 0.0, 1.0)
        self._cell = MeasuredCell(given.weights, replace(given.design, collapse="channel"))
        self._last = len(read) - 1
        super().__init__()
        for trait, value in {
            "cell": _for_page(self._cell),
            "window": read.tolist(),
            "values": two.tolist(),
            "one_qubit_factor": factor,
        }.items():
            self.set_trait(trait, value)
        for trait, value in traits.items():
            setattr(self, trait, value)

    @traitlets.validate("position")
    def _before_the_end(self, proposal: Any) -> int:
        if not 0 <= proposal["value"] < self._last:
            raise traitlets.TraitError(
                f"The value of the 'position' trait of a FadingMemory instance should be between 0 "
                f"and {self._last - 1}, but {proposal['value']} was specified"
            )
        return int(proposal["value"])

    def distances(self, rate: float) -> NDArray[np.float64]:
        """Return the trace distance of the two memories, from step `position` on.

        Parameters
        ----------
        rate : float
            Probability of noise of this `kind` after a two-qubit gate.
        """
        noise = Noise(**{self.kind: rate}, one_qubit_factor=self.one_qubit_factor)
        design = replace(self._cell.design, noise=noise if rate else None)
        cell = MeasuredCell(self._cell.weights, design)
        memory = None
        for value in self.window[: self.position]:
            memory = cell.step(value, memory).next_memory
        copies: list[Any] = [memory, memory]
        found = []
        for read in [self.values, *([x, x] for x in self.window[self.position + 1 :])]:
            copies = [cell.step(x, copy).next_memory for x, copy in zip(read, copies, strict=True)]
            difference = (copies[0] - copies[1]).full()
            found.append(np.abs(np.linalg.eigvalsh(difference)).sum() / 2)
        return np.array(found)

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        clean, noisy = self.distances(0.0), self.distances(self.rate)
        lag = min(LATER, self._last - self.position)
        now, then = (_share(noisy[k], clean[k]) for k in (0, lag))
        return (
            f"{self.kind.replace('_', ' ').capitalize()}, {100 * self.rate:.2f} % after each gate "
            f"on two qubits. The memories differ by {noisy[0]:.3f} right after the change and, "
            f"{lag} value{'s' if lag > 1 else ''} later, by {noisy[lag]:.3f}: {now} and {then} of "
            "what they would without noise."
        )

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        clean, noisy = self.distances(0.0), self.distances(self.rate)
        steps = np.arange(self.position, self._last + 1)
        with plotting.style():
            figure, ax = plt.subplots(figsize=(6.6, 3.2), layout="constrained")
            ax.plot(steps, clean, "o--", color=plotting.BASELINES[0], mfc="white", label="no noise")
            label = f"{self.kind.replace('_', ' ')}, {100 * self.rate:.2f} %"
            ax.plot(steps, noisy, "o-", color=plotting.MEMORY, label=label)
            ax.set(xlabel="step", ylabel="distance of\nthe two memories", ylim=(0, None))
            ax.set_xlim(-0.4, self._last + 0.4)
            ax.legend(frameon=False)
        return figure


def _share(part: float, whole: float) -> str:
    """Return a share in percent, formatted as the page formats it."""
    return f"{100 * part / whole:.0f} %" if whole > 1e-9 else "nothing"


def _for_page(cell: MeasuredCell) -> dict[str, Any]:
    """Return a cell in the form that `memories` of noise.js expects, with its list of gates."""
    design, weights = cell.design, cell.weights
    gates = _turns(design.entangler_circuit, weights["entangler"])
    if design.disentangler_circuit is not None:
        gates += _turns(design.disentangler_circuit, weights["disentangler"])
    return {
        "systemQubits": design.system_qubits,
        "memoryQubits": design.memory_qubits,
        "encoding": design.encoding,
        "inputWeight": weights["input_weight"].tolist() if "input_weight" in weights else [],
        "inputBias": weights["input_bias"].tolist() if "input_bias" in weights else [],
        "gates": gates,
    }


def _turns(circuit: Circuit, params: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Return each gate as rotations about Pauli strings, and the qubits it acts on."""

    def word(letters: str, qubits: tuple[int, ...]) -> str:
        on = dict(zip(qubits, letters, strict=True))
        return "".join(on.get(q, "I") for q in range(circuit.qubits))

    return [
        {
            "rotations": [
                (word(letters, gate.qubits), angle)
                for letters, angle in (
                    TURNS[gate.name]
                    if gate.parameter is None
                    else [(ROTATIONS[gate.name], float(gate.sign * params[gate.parameter]))]
                )
            ],
            "touches": list(gate.qubits),
        }
        for gate in circuit.gates
    ]
