"""The fading memory: how long a change of one value is felt, with noise and without."""

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

#: What noise may do to a qubit that a gate has touched.
KINDS = ("depolarizing", "dephasing", "amplitude_damping")

#: The largest rate that the slider has.
MOST_NOISE = 0.05

#: How many values later the words look.
LATER = 4

#: Gates without an angle as turns exp(-i angle P / 2), up to a phase of the whole: (P, angle).
TURNS = {
    "X": [("X", pi)],
    "H": [("Y", pi / 2), ("X", pi)],
    "CNOT": [("ZI", pi / 2), ("IX", pi / 2), ("ZX", -pi / 2)],
    "CZ": [("ZI", pi / 2), ("IZ", pi / 2), ("ZZ", -pi / 2)],
    "SWAP": [("XX", pi / 2), ("YY", pi / 2), ("ZZ", pi / 2)],
}


class FadingMemory(LiveFigure):
    """A change of one value, and how it fades from the memory of a cell on noisy hardware.

    Two copies of the cell read the same window, but for one value. Shown is the trace distance of
    their memories, averaged over outcomes, beside that of a cell without noise.

    Parameters
    ----------
    cell : MeasuredCell, or fitted QuantumRNN or QuantumLSTM
        Of up to four qubits and without noise of its own; its rule of collapse does not matter.
    window : array_like, shape (steps,)
        The values that both copies read; at least two.
    values : sequence of two floats
        What the one copy and the other read at the step `position`.
    one_qubit_factor : float
        What rates are multiplied by after a gate on one qubit, from 0 to 1: see `qrnnlib.Noise`.
    position : int
        The step whose value differs, counted from 0; not the last.
    kind : {"depolarizing", "dephasing", "amplitude_damping"}
        What the noise does: see `qrnnlib.Noise`.
    rate : float
        How often it does it after each gate on two qubits, from 0 to 0.05.

    Raises
    ------
    TypeError, ValueError
        If `cell`, `window`, `values` or `one_qubit_factor` is not as above.
    traitlets.TraitError
        If a trait is out of range or not a number.

    Examples
    --------
    A CNOT that turns the memory if the system is in ``|1>``:

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
        """Return the trace distance of the two memories from the step `position` on.

        Parameters
        ----------
        rate : float
            How often the noise of this `kind` strikes after a gate on two qubits.
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
        """Return in words what the figure shows now."""
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
        """Return a picture of what the figure shows now."""
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
    """Return a share as the page writes it."""
    return f"{100 * part / whole:.0f} %" if whole > 1e-9 else "nothing"


def _for_page(cell: MeasuredCell) -> dict[str, Any]:
    """Return a cell as `memories` of noise.js expects it, with its gates one by one."""
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
    """Return each gate as turns about words of Pauli letters, and the qubits that it touches."""

    def word(letters: str, qubits: tuple[int, ...]) -> str:
        on = dict(zip(qubits, letters, strict=True))
        return "".join(on.get(q, "I") for q in range(circuit.qubits))

    return [
        {
            "rotations": [
                (word(letters, gate.qubits), angle)
                for letters, angle in (
                    TURNS[gate.name]
                    if gate.slot is None
                    else [(ROTATIONS[gate.name], float(gate.sign * params[gate.slot]))]
                )
            ],
            "touches": list(gate.qubits),
        }
        for gate in circuit.gates
    ]
