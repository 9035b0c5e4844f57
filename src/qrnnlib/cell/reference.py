"""The measured recurrent cell in QuTiP, one readable step at a time.

This is the definition that everything else is tested against. `qrnnlib.cell.engine` is the fast
version; here the state at each stage of a step can be inspected.

One step: encode the input in the system, **entangle** (write), **disentangle** (release), read
out, measure the system, collapse; the memory's state after the collapse enters the next step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import qutip
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.design import PARTS, CellDesign, Weights
from qrnnlib.physics import gate_set


@dataclass(frozen=True, eq=False)
class CellStep:
    """The record of one step of the cell.

    States are kets, or density matrices if the memory is one (`collapse="channel"`, or a design
    with noise). Their dims have one entry for each qubit, system first.

    Attributes
    ----------
    x : float, or ndarray of shape (features,)
        The input.
    encoded : Qobj
        State of the system after encoding.
    memory : Qobj
        State of the memory before the step.
    entangled : Qobj
        Joint state after the entangler.
    disentangled : Qobj or None
        Joint state after the disentangler; None in a cell without one.
    probabilities : ndarray, shape (2**system_qubits,)
        Born probabilities of the outcomes of measuring the system; with readout errors, those of
        the reported outcomes.
    outcome : int or None
        The outcome kept; None if the rule keeps none (diagonal, channel).
    output : float
        The readout's value for these probabilities.
    next_memory : Qobj
        State of the memory after the collapse.
    """

    x: float | NDArray[np.float64]
    encoded: Qobj
    memory: Qobj
    entangled: Qobj
    disentangled: Qobj | None
    probabilities: NDArray[np.float64]
    outcome: int | None
    output: float
    next_memory: Qobj

    @property
    def measured(self) -> Qobj:
        """The joint state before the measurement."""
        return self.entangled if self.disentangled is None else self.disentangled


class MeasuredCell:
    """A recurrent cell whose memory is the quantum state left by measuring the system.

    Parameters
    ----------
    weights : mapping of str to array
        ``entangler`` and ``disentangler`` in radians, of shape (layers, qubits) for ring layers
        and as in `qrnnlib.canonical_layers` for canonical ones; for amplitude encoding
        ``input_weight`` and ``input_bias`` of shape (2**system_qubits,), with several features
        ``input_weight`` of shape (features, 2**system_qubits); for the linear readout
        ``readout_weight`` (system_qubits,) and ``readout_bias`` (). With
        ``disentangler="own"`` the rows of ``disentangler`` are in the paper's order: its row 0 is
        applied last.
    design : CellDesign, default None
        Sizes and rules; None stands for ``CellDesign()``, the paper's conference cell.
    random_state : None, int or numpy.random.Generator, default None
        Source of the outcomes under `collapse="sampled"`; None draws new ones each time.

    Raises
    ------
    TypeError, ValueError
        If the weights do not fit the design, or `design` or `random_state` has another type.

    References
    ----------
    Daskin, arXiv:2505.06774, the cell of the quantum LSTM.

    Examples
    --------
    >>> design = CellDesign(system_qubits=1, memory_qubits=1, layers=1)
    >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(1)), design)
    >>> step = cell.step(0.5)
    >>> step.measured.dims, float(round(step.probabilities.sum(), 12))
    ([[2, 2], [1]], 1.0)
    """

    def __init__(
        self,
        weights: Mapping[str, ArrayLike],
        design: CellDesign | None = None,
        random_state: int | np.random.Generator | None = None,
    ) -> None:
        self.design = CellDesign() if design is None else design
        _checks.instance("design", self.design, CellDesign)
        self.weights = self.design.check_weights(weights)
        self.random = _checks.generator("random_state", random_state)
        #: The two unitaries across system and memory.
        self.entangler = self.design.entangler_circuit.to_qobj(self.weights["entangler"])
        release = self.design.disentangler_circuit
        self.disentangler = (
            None if release is None else release.to_qobj(self.weights["disentangler"])
        )

    def unitary(self, part: str = "joint") -> Qobj:
        """Return the unitary on system and memory between encoding and measurement.

        For a noisy cell it is the unitary of the gates without noise. System and memory are one
        subsystem each, so that ``cut=1`` of the operator functions is the cut between them.

        Parameters
        ----------
        part : {"joint", "entangler", "disentangler"}, default "joint"
            ``"joint"``: the entangler, then the disentangler if there is one.

        Returns
        -------
        Qobj
            Unitary with dims ``[[2**system_qubits, 2**memory_qubits]] * 2``.

        Raises
        ------
        ValueError
            If `part` is unknown, or the disentangler of a cell without one.

        Examples
        --------
        >>> design = CellDesign(system_qubits=1)
        >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
        >>> cell.unitary().dims == [[2, 4], [2, 4]]
        True
        """
        _checks.option("part", part, PARTS)
        chosen = self.entangler
        if self.disentangler is not None and part != "entangler":
            chosen = self.disentangler if part == "disentangler" else self.disentangler * chosen
        elif part == "disentangler":
            raise ValueError(
                "part must be 'joint' or 'entangler' in a cell with disentangler=None, "
                f"got {part!r}"
            )
        return Qobj(chosen.full(), dims=[[self.design.system_dim, self.design.memory_dim]] * 2)

    def initial_memory(self) -> Qobj:
        """Return the memory before the first step, with every qubit in ``|0>``."""
        empty = qutip.basis([2] * self.design.memory_qubits)
        return empty.proj() if self.design.mixed_memory else empty

    def encode(self, x: ArrayLike) -> Qobj:
        """Return the state of the system that encodes the input `x`.

        Parameters
        ----------
        x : float, or array_like of shape (features,)

        Returns
        -------
        Qobj
            A ket of the system's qubits.

        Raises
        ------
        TypeError, ValueError
            If `x` is not a finite real number, or not one for each feature.

        Examples
        --------
        >>> weights = {"entangler": [[0, 0]], "disentangler": [[0, 0]]}
        >>> cell = MeasuredCell(weights, CellDesign(1, 1, 1, encoding="angle"))
        >>> cell.encode(0) == -1j * qutip.basis(2, 1)    # RX(pi) on |0>
        True
        """
        numbers = self._numbers(x)
        qubits = self.design.system_qubits
        if self.design.encoding == "amplitude":
            by_feature = self.weights["input_weight"].reshape(self.design.features, -1)
            with np.errstate(over="ignore"):
                vector = numbers @ by_feature + self.weights["input_bias"]
            largest = abs(vector).max()
            if not np.isfinite(largest):
                raise ValueError(f"x must be small enough for w x + b to be finite, got {x!r}")
            if largest == 0:
                return qutip.basis([2] * qubits)
            vector /= largest  # or the squares of large amplitudes would overflow
            return Qobj(vector / np.linalg.norm(vector), dims=[[2] * qubits, [1]])
        turned = []
        for number in numbers:
            f = np.tanh(number)
            # sqrt(1 - tanh^2) is sech; computed directly it keeps its digits at large |x|.
            sech = 2 * np.exp(-abs(number)) / (1 + np.exp(-2 * abs(number)))
            turn = (
                gate_set.gate("RX", np.pi * sech)
                * gate_set.gate("RZ", np.pi * f**3)
                * gate_set.gate("RY", np.pi * f)
            )
            turned.append(turn * qutip.basis(2))
        return qutip.tensor([turned[q % len(turned)] for q in range(qubits)])

    def step(
        self, x: ArrayLike, memory: Qobj | None = None, outcome: int | None = None
    ) -> CellStep:
        """Run one step with one input value, or one value for each feature.

        Parameters
        ----------
        x : float, or array_like of shape (features,)
            The input.
        memory : Qobj, default None
            State of the memory (a ket, or a density matrix under `collapse="channel"` or
            noise); None stands for `initial_memory()`.
        outcome : int, default None
            Outcome to collapse onto, instead of the one that the rule chooses.

        Returns
        -------
        CellStep

        Raises
        ------
        TypeError, ValueError
            If `x` is not finite, `memory` is not a state of the memory, or `outcome` is
            impossible or has no meaning under the cell's rule.

        Examples
        --------
        >>> weights = {"entangler": [[0, 0]], "disentangler": [[0, 0]]}
        >>> cell = MeasuredCell(weights, CellDesign(1, 1, 1, encoding="angle"))
        >>> step = cell.step(0)
        >>> step.outcome, round(step.output, 12)
        (1, -1.0)
        """
        encoded = self.encode(x)
        memory = self._checked_memory(memory)
        encoded_state = encoded.proj() if memory.isoper else encoded
        entangled = self._apply("entangler", qutip.tensor(encoded_state, memory))
        disentangled = None if self.disentangler is None else self._apply("disentangler", entangled)
        reported = self._with_readout_error(entangled if disentangled is None else disentangled)
        system = reported.ptrace(list(range(self.design.system_qubits)))
        probabilities = np.clip(system.diag().real, 0.0, 1.0)
        outcome = self._outcome(probabilities, outcome)
        return CellStep(
            x=float(self._numbers(x)[0]) if self.design.features == 1 else self._numbers(x),
            encoded=encoded,
            memory=memory,
            entangled=entangled,
            disentangled=disentangled,
            probabilities=probabilities,
            outcome=outcome,
            output=self._read_out(system),
            next_memory=self._collapse(reported, outcome),
        )

    def run(self, series: ArrayLike, outcomes: Sequence[int] | None = None) -> tuple[CellStep, ...]:
        """Run the cell along a series, starting from the initial memory.

        Parameters
        ----------
        series : array_like, shape (steps,) or (steps, features)
            The inputs, oldest first; at least one.
        outcomes : sequence of int, default None
            Outcome to collapse onto at each step, instead of the one that the rule chooses.

        Returns
        -------
        tuple of CellStep
            One record for each step; the cell's prediction is the `output` of the last one.

        Raises
        ------
        TypeError, ValueError
            If the series is empty or does not consist of finite numbers, or `outcomes` does not
            have one entry for each step.

        Examples
        --------
        >>> design = CellDesign()
        >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
        >>> steps = cell.run([0.1, 0.2, 0.3])
        >>> len(steps), steps[1].memory == steps[0].next_memory
        (3, True)
        """
        values = _checks.real_array("series", series)
        bare = self.design.features == 1 and values.ndim < 2
        shape = (None,) if bare else (None, self.design.features)
        values = _checks.real_array("series", values, shape)
        if not values.size:
            raise ValueError("series must hold at least one value, got none")
        if outcomes is not None:
            outcomes = list(outcomes)
        if outcomes is not None and len(outcomes) != len(values):
            raise ValueError(
                f"outcomes must have one entry for each of the {len(values)} values, "
                f"got {len(outcomes)}"
            )
        steps: list[CellStep] = []
        memory = self.initial_memory()
        for t, x in enumerate(values):
            steps.append(self.step(x, memory, None if outcomes is None else outcomes[t]))
            memory = steps[-1].next_memory
        return tuple(steps)

    def log_likelihood(self, outcomes: Sequence[int], x: ArrayLike = 0.0) -> float:
        """Return the natural logarithm of the probability of a record of outcomes.

        Parameters
        ----------
        outcomes : sequence of int
            Outcomes of successive measurements, each in ``range(2**system_qubits)``, from the
            initial memory on; at least one.
        x : float, or array_like of shape (features,), default 0.0
            The input of each step.

        Returns
        -------
        float
            Minus infinity for an impossible record.

        Raises
        ------
        TypeError, ValueError
            If the design's `collapse` is not ``"sampled"``, `outcomes` is not such a sequence, or
            `x` is not an input.

        References
        ----------
        Monras, Beige, Wiesner, arXiv:1002.2337, hidden quantum Markov models.

        Examples
        --------
        >>> design = CellDesign(1, 1, 1, collapse="sampled")
        >>> cell = MeasuredCell(design.initial_weights(np.random.default_rng(0)), design)
        >>> records = [(0, 0), (0, 1), (1, 0), (1, 1)]
        >>> sum(np.exp(cell.log_likelihood(record)) for record in records).round(12)
        np.float64(1.0)
        """
        if self.design.collapse != "sampled":
            raise ValueError(
                "log_likelihood needs collapse='sampled', under which outcomes are random, "
                f"got {self.design.collapse!r}"
            )
        total, memory = 0.0, self.initial_memory()
        for outcome in _checks.symbols("outcomes", outcomes, self.design.system_dim):
            probability = self.step(x, memory).probabilities[outcome]
            if probability < _checks.ZERO_NORM_SQUARED:
                return -np.inf
            total += float(np.log(probability))
            memory = self.step(x, memory, int(outcome)).next_memory
        return total

    def _numbers(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return one input as an array, with one number for each feature."""
        if self.design.features == 1 and not isinstance(x, np.ndarray | list | tuple):
            return np.array([_checks.number("x", x)])
        return _checks.real_array("x", x, (self.design.features,))

    def _checked_memory(self, memory: Any) -> Qobj:
        if memory is None:
            return self.initial_memory()
        dims = [2] * self.design.memory_qubits
        memory = _checks.state("memory", memory)
        if memory.dims[0] != dims:
            raise ValueError(f"memory must have dims {dims}, got {memory.dims[0]}")
        if memory.isoper and not self.design.mixed_memory:
            raise ValueError(
                f"memory must be a ket under collapse={self.design.collapse!r}, "
                "got a density matrix"
            )
        return memory.proj() if memory.isket and self.design.mixed_memory else memory

    def _apply(self, part: str, state: Qobj) -> Qobj:
        """Return the joint state after one of the two circuits, on the design's hardware."""
        noise = self.design.noise
        if noise is not None:
            return noise.apply(getattr(self.design, f"{part}_circuit"), self.weights[part], state)
        unitary = getattr(self, part)
        return unitary * state if state.isket else unitary * state * unitary.dag()

    def _with_readout_error(self, state: Qobj) -> Qobj:
        """Return the joint state with the readout errors of the system applied."""
        noise = self.design.noise
        if noise is None:
            return state
        return noise.with_readout_error(state, range(self.design.system_qubits))

    def _outcome(self, probabilities: NDArray[np.float64], wanted: int | None) -> int | None:
        if self.design.collapse in ("diagonal", "channel"):
            if wanted is not None:
                raise ValueError(
                    f"outcome must be None under collapse={self.design.collapse!r}, "
                    f"which keeps no outcome, got {wanted}"
                )
            return None
        if wanted is not None:
            wanted = _checks.integer("outcome", wanted, minimum=0)
            if wanted >= len(probabilities):
                raise ValueError(f"outcome must be below {len(probabilities)}, got {wanted}")
            if probabilities[wanted] < _checks.ZERO_NORM_SQUARED:
                raise ValueError(f"outcome must be possible, got {wanted} of probability 0")
            return wanted
        if self.design.collapse == "sampled":
            cumulative = np.cumsum(probabilities)
            return int(np.argmax(self.random.random() * cumulative[-1] < cumulative))
        return int(np.argmax(probabilities >= probabilities.max() - _checks.TIE_TOLERANCE))

    def _read_out(self, system: Qobj) -> float:
        qubits = self.design.system_qubits
        z = [
            qutip.expect(gate_set.on_qubits(qutip.sigmaz(), [q], qubits), system)
            for q in range(qubits)
        ]
        if self.design.readout == "z":
            return float(z[-1])
        return float(self.weights["readout_weight"] @ z + self.weights["readout_bias"])

    def _collapse(self, measured: Qobj, outcome: int | None) -> Qobj:
        design = self.design
        dims = [2] * design.memory_qubits
        if outcome is not None and measured.isket:
            # As a matrix with a row for each outcome and a column for each basis state of the
            # memory, the joint state collapses to one row.
            row = measured.full().reshape(design.system_dim, design.memory_dim)[outcome]
            return Qobj(row / np.linalg.norm(row), dims=[dims, [1]])
        if outcome is not None:
            # As a matrix of blocks, one for each pair of outcomes, it collapses to a diagonal one.
            blocks = measured.full().reshape([design.system_dim, design.memory_dim] * 2)
            block = blocks[outcome, :, outcome]
            return Qobj(block / np.trace(block).real, dims=[dims, dims])
        reduced = measured.ptrace(list(range(design.system_qubits, design.qubits)))
        if design.collapse == "channel":
            return reduced
        diagonal = reduced.diag().real
        ket = Qobj(diagonal / np.linalg.norm(diagonal), dims=[dims, [1]])
        return ket.proj() if design.mixed_memory else ket


def design_and_weights(name: str, model: Any) -> tuple[CellDesign, Weights]:
    """Return the design and the weights of a measured cell or of a fitted estimator.

    Raises
    ------
    TypeError
        If `model` is neither.
    ValueError
        If it is an estimator whose settings, other than `collapse` and `noise`, have changed
        since it was fitted.
    sklearn.exceptions.NotFittedError
        If it is an estimator without weights.
    """
    if isinstance(model, MeasuredCell):
        return model.design, model.weights
    # Estimators are recognised by their attributes, as importing their classes would load JAX.
    design = getattr(model, "design", None)
    if not callable(design):
        raise TypeError(
            f"{name} must be a MeasuredCell or a fitted QuantumRNN or QuantumLSTM, "
            f"got {type(model).__name__}"
        )
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(model, "weights_")
    fitted_settings.check_unchanged(name, model)
    made: CellDesign = design()
    return made, made.check_weights(model.weights_)
