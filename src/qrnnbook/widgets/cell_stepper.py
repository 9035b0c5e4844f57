"""The cell stepper: feed values one at a time, and choose the outcomes of measurements."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import matplotlib.pyplot as plt
import qutip
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from qrnnbook import plotting
from qrnnbook.widgets._cells import cell_for_page, measured_cell
from qrnnbook.widgets._figure import Finite, LiveFigure
from qrnnbook.widgets._numbers import kets, shown
from qrnnlib import _checks
from qrnnlib.cell.reference import CellStep, MeasuredCell
from qrnnlib.physics.entanglement import entropy_of_entanglement

#: Rules that select the outcome of a measurement; "choose" leaves it to the reader.
RULES = ("choose", "most_likely", "sampled")


class CellStepper(LiveFigure):
    """A cell step by step: encode, entangle, disentangle, measure, keep one row.

    Each value fed is followed by a measurement that keeps one outcome; the measurement after the
    last value may still be pending.

    Parameters
    ----------
    cell : MeasuredCell, or fitted QuantumRNN or QuantumLSTM
        A cell of up to four qubits that collapses onto one outcome ("most_likely" or "sampled").
    series : array_like, shape (values,), optional
        Values to feed with one button, value number t at step t; none if not given.
    value : float, optional
        The slider's value, from -1 to 1; if not given, the first of `series` (clipped to that
        range), or 0.5.
    rule : {"choose", "most_likely", "sampled"}, default "choose"
        How the outcome is selected. Under "choose" the button "Measure" keeps the most likely
        outcome, unless the reader clicks another. Sampled outcomes come from the page's own
        generator and `seed`.
    fed : list of float, optional
        The values fed so far, at least one; if not given, the first of `series`, or `value`.
    outcomes : list of int, default []
        The outcome kept at each step: one for each value fed, or for all but the last.
    stage : int, optional
        How much of the last step is shown: 0 encoded, 1 after the entangler, 2 after the
        disentangler (if the cell has one), then the measurement. If not given, the last stage.
        While an outcome is missing, it stays before the measurement.
    seed : int, default 1
        Seed of the sampled outcomes.
    ask : bool, default True
        Whether the figure begins with a question to the reader.

    Raises
    ------
    TypeError, ValueError
        If `cell` or `series` is not as above.
    traitlets.TraitError
        If a trait is out of range or not finite, or an outcome has probability 0.

    Examples
    --------
    >>> from qrnnlib import CellDesign
    >>> design = CellDesign(1, 1, layers=1, disentangler=None)
    >>> weights = {"entangler": [[0, 0]], "input_weight": [0, 0], "input_bias": [0.6, 0.8]}
    >>> stepper = CellStepper(MeasuredCell(weights, design), outcomes=[1], stage=2)
    >>> stepper
    <CellStepper: Step 1: the measurement gave |1⟩, which had the probability 0.64. Its row, \
rescaled, is the next memory. The output is −0.28.>
    >>> stepper.memory == qutip.basis(2, 1)
    True
    """

    script = "cell_stepper.js"

    cell = traitlets.Dict(read_only=True).tag(sync=True)
    series = traitlets.List(Finite()).tag(sync=True)
    value = Finite(0.5, min=-1.0, max=1.0).tag(sync=True)
    rule = traitlets.Enum(RULES, "choose").tag(sync=True)
    fed = traitlets.List(Finite(), minlen=1).tag(sync=True)
    outcomes = traitlets.List(traitlets.Int(min=0)).tag(sync=True)
    stage = traitlets.Int(min=0).tag(sync=True)
    seed = traitlets.Int(1, min=0).tag(sync=True)
    ask = traitlets.Bool(True).tag(sync=True)

    def __init__(self, cell: Any, series: ArrayLike | None = None, **traits: Any) -> None:
        given = measured_cell(cell)
        if given.design.collapse not in ("most_likely", "sampled"):
            raise ValueError(
                "cell must collapse onto one outcome, 'most_likely' or 'sampled', "
                f"got collapse={given.design.collapse!r}"
            )
        # The reader selects the outcomes, so the cell's own collapse rule is replaced.
        self._stepped = MeasuredCell(given.weights, replace(given.design, collapse="most_likely"))
        values = [] if series is None else _checks.real_array("series", series, (None,)).tolist()
        if values:
            traits.setdefault("value", min(1.0, max(-1.0, values[0])))
        traits.setdefault("fed", [*values, traits.get("value", 0.5)][:1])
        traits.setdefault("stage", self.last_stage)
        super().__init__(series=values, **traits)

    @property
    def last_stage(self) -> int:
        """The number of the stage after the measurement."""
        return 2 if self._stepped.disentangler is None else 3

    @property
    def steps(self) -> tuple[CellStep, ...]:
        """The QuTiP cell's record of each step; a pending outcome is taken to be the likeliest."""
        return self._run(self.fed, self.outcomes)

    @property
    def memory(self) -> qutip.Qobj:
        """The current memory as a ket, after the last measurement."""
        last = self.steps[-1]
        return last.memory if self._waiting else last.next_memory

    def describe(self) -> str:
        """Return a text description of what the figure currently shows."""
        step, number = self.steps[-1], len(self.fed)
        names = kets(self._stepped.design.system_qubits)
        if self.stage == self.last_stage:
            outcome = self.outcomes[-1]
            return (
                f"Step {number}: the measurement gave {names[outcome]}, which had the probability "
                f"{shown(step.probabilities[outcome])}. Its row, rescaled, is the next memory. "
                f"The output is {shown(step.output)}."
            )
        if self.stage == 0:
            return (
                f"Step {number}: the value {shown(float(step.x))} is encoded in the system. "
                "System and memory are not entangled."
            )
        state = self._states(step)[self.stage]
        ebits = abs(entropy_of_entanglement(state, cut=self._stepped.design.system_qubits))
        gate = "entangler" if self.stage == 1 else "disentangler"
        after = (
            f"Step {number}: after the {gate} system and memory share {shown(float(ebits))} ebits."
        )
        if self.stage < self.last_stage - 1:
            return after
        chances = ", ".join(
            f"{name} {shown(p)}" for name, p in zip(names, step.probabilities, strict=True)
        )
        return f"{after} The outcomes have the probabilities {chances}."

    def still(self) -> Figure:
        """Return a static picture of what the figure currently shows."""
        states = self._states(self.steps[-1])[: self.stage + 1]
        titles = ["encoded", "after the entangler", "after the disentangler"][: self.last_stage]
        with plotting.style():
            figure, axes = plt.subplots(
                1,
                len(states),
                figsize=(3.6 * len(states), 4.0),
                squeeze=False,
                layout="constrained",
            )
            for ax, title, state in zip(
                axes.flat, [*titles, "after the measurement"], states, strict=False
            ):
                qubits = self._stepped.design.system_qubits
                plotting.state_table(state, ax, system_qubits=qubits, title=title, key=False)
        return figure

    @property
    def _waiting(self) -> bool:
        """Whether the measurement after the last value is still pending."""
        return len(self.outcomes) < len(self.fed)

    def _run(self, fed: Sequence[float], outcomes: Sequence[int]) -> tuple[CellStep, ...]:
        steps: list[CellStep] = []
        memory = None
        for t, x in enumerate(fed):
            steps.append(self._stepped.step(x, memory, outcomes[t] if t < len(outcomes) else None))
            memory = steps[-1].next_memory
        return tuple(steps)

    def _states(self, step: CellStep) -> list[qutip.Qobj]:
        """Return the joint state at each stage of a step."""
        qubits = self._stepped.design.system_qubits
        assert step.outcome is not None
        system = qutip.basis([2] * qubits, [int(bit) for bit in f"{step.outcome:0{qubits}b}"])
        stages = [qutip.tensor(step.encoded, step.memory), step.entangled, step.disentangled]
        after = qutip.tensor(system, step.next_memory)
        return [state for state in (*stages, after) if state is not None]

    @traitlets.default("cell")
    def _default_cell(self) -> dict[str, Any]:
        return cell_for_page(self._stepped)

    @traitlets.validate("fed", "outcomes")
    def _check_history(self, proposal: Any) -> Any:
        name = proposal.trait.name
        fed = proposal.value if name == "fed" else self.fed
        outcomes = proposal.value if name == "outcomes" else self.outcomes
        if len(outcomes) not in (len(fed), len(fed) - 1):
            raise traitlets.TraitError(
                f"{name} must give an outcome for each value fed, or for all but the last, "
                f"got {len(outcomes)} outcomes for {len(fed)} values"
            )
        try:
            self._run(fed, outcomes)
        except ValueError as error:
            raise traitlets.TraitError(f"{name} must be possible: {error}") from None
        return proposal.value

    @traitlets.validate("stage")
    def _check_stage(self, proposal: Any) -> int:
        return min(int(proposal.value), self.last_stage - self._waiting)
