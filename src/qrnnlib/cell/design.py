"""The design of a cell: sizes, rules and circuits, without values for the weights.

A `CellDesign` is immutable and hashable. The QuTiP cell, the JAX engine and the estimators all
read the same design, so they agree on circuits, rules and weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.physics.ansatz import canonical_layers, ring_layers
from qrnnlib.physics.circuit import Circuit
from qrnnlib.physics.noise import Noise

ENCODINGS = ("amplitude", "angle")
COLLAPSES = ("most_likely", "sampled", "diagonal", "channel")
DISENTANGLERS = ("own", "inverse")
READOUTS = ("z", "linear")
ANSATZE = ("ring", "canonical")

#: Parts of the unitary across system and memory: the whole, or one of its two circuits.
PARTS = ("joint", "entangler", "disentangler")

#: Settings that may change without changing what the weights mean: where and how a cell is run.
CHANGEABLE = ("collapse", "noise")

Weights = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class CellDesign:
    """Sizes and rules of a measured recurrent cell.

    Parameters
    ----------
    system_qubits, memory_qubits : int, default 2
        Register sizes. Qubits ``0 .. system_qubits - 1`` are the system, the rest the memory.
    layers : int, default 2
        Number of layers in each circuit, entangler and disentangler.
    encoding : {"amplitude", "angle"}, default "amplitude"
        How a value enters the system. ``"amplitude"``: amplitudes ``(w x + b) / |w x + b|`` with
        trainable ``w`` and ``b``; where ``w x + b`` vanishes the system starts in its first
        basis state. ``"angle"``: with ``f = tanh(x)``, on every system qubit ``RY(pi f)``,
        ``RZ(pi f**3)``, ``RX(pi sqrt(1 - f**2))``; nothing is trained.
    collapse : {"most_likely", "sampled", "diagonal", "channel"}, default "most_likely"
        What the next memory is. ``"most_likely"``: the branch of the most probable outcome (of
        equally probable ones, the lower). ``"sampled"``: the branch of an outcome drawn by Born's
        rule. ``"diagonal"``: the diagonal of the memory's reduced density matrix, used as an
        amplitude vector. ``"channel"``: the reduced density matrix itself, which averages over
        the outcomes.
    disentangler : {"own", "inverse"} or None, default "own"
        ``"own"``: the paper's second circuit, the same layers with angles of their own, the last
        row of angles applied first. ``"inverse"``: the adjoint of the entangler's circuit, with
        angles of its own. None: no second circuit (the recurrent cell without forgetting).
    readout : {"z", "linear"}, default "z"
        ``"z"``: the output is <Z> of the last system qubit. ``"linear"``: a trained linear
        map of <Z> of every system qubit.
    ansatz : {"ring", "canonical"}, default "ring"
        The layers of both circuits. ``"ring"``: the paper's, see `qrnnlib.ring_layers`.
        ``"canonical"``: layers whose parameters are the couplings of system and memory, see
        `qrnnlib.canonical_layers`.
    noise : Noise or None, default None
        The hardware's errors, see `qrnnlib.Noise`. The memory is then a density matrix under
        every rule. None: a cell without errors.
    features : int, default 1
        Number of values that enter at each step. Amplitude encoding has a ``w`` for each, with
        amplitudes proportional to ``sum_f w_f x_f + b``; with angle encoding system qubit ``q``
        carries feature ``q mod features``.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer, a rule is unknown, `noise` is not a Noise or None, or
        angle encoding has more features than system qubits.

    References
    ----------
    Daskin, arXiv:2505.06774: amplitude encoding with most-likely collapse, the same with the
    diagonal rule, and angle encoding with most-likely collapse are the paper's three cells.

    Examples
    --------
    >>> design = CellDesign()
    >>> sum(np.prod(shape) for shape in design.weight_shapes.values())
    np.int64(24)
    """

    system_qubits: int = 2
    memory_qubits: int = 2
    layers: int = 2
    encoding: str = "amplitude"
    collapse: str = "most_likely"
    disentangler: str | None = "own"
    readout: str = "z"
    ansatz: str = "ring"
    noise: Noise | None = None
    features: int = 1

    def __post_init__(self) -> None:
        for name in ("system_qubits", "memory_qubits", "layers", "features"):
            _checks.integer(name, getattr(self, name))
        _checks.option("encoding", self.encoding, ENCODINGS)
        _checks.option("collapse", self.collapse, COLLAPSES)
        if self.disentangler is not None:
            _checks.option("disentangler", self.disentangler, DISENTANGLERS)
        _checks.option("readout", self.readout, READOUTS)
        _checks.option("ansatz", self.ansatz, ANSATZE)
        if not isinstance(self.noise, Noise | None):
            raise TypeError(f"noise must be a Noise or None, got {type(self.noise).__name__}")
        if self.encoding == "angle" and self.features > self.system_qubits:
            raise ValueError(
                "features must be at most one for each system qubit with encoding 'angle', got "
                f"{self.features} for {self.system_qubits}; encoding 'amplitude' takes any number"
            )

    @property
    def qubits(self) -> int:
        """Number of qubits of system and memory together."""
        return self.system_qubits + self.memory_qubits

    @property
    def system_dim(self) -> int:
        """Number of basis states of the system, and hence of outcomes."""
        return int(2**self.system_qubits)

    @property
    def memory_dim(self) -> int:
        """Number of basis states of the memory."""
        return int(2**self.memory_qubits)

    @property
    def mixed_memory(self) -> bool:
        """Whether the memory is a density matrix rather than a state vector."""
        return self.collapse == "channel" or self.noise is not None

    @cached_property
    def entangler_circuit(self) -> Circuit:
        """The circuit that writes the input into the memory."""
        return self._layers(reverse_layers=False)

    @cached_property
    def disentangler_circuit(self) -> Circuit | None:
        """The circuit that disentangles system and memory, or None."""
        if self.disentangler is None:
            return None
        if self.disentangler == "inverse":
            return self.entangler_circuit.adjoint()
        return self._layers(reverse_layers=True)

    def _layers(self, reverse_layers: bool) -> Circuit:
        sizes = self.system_qubits, self.memory_qubits, self.layers
        return _layers(self.ansatz, *sizes, reverse_layers)

    @cached_property
    def signs(self) -> NDArray[np.float64]:
        """The eigenvalues of Z of each system qubit, shape (outcomes, system_qubits)."""
        bits = np.arange(self.system_dim)[:, None] >> np.arange(self.system_qubits)[::-1]
        return np.asarray(1 - 2 * (bits & 1), dtype=np.float64)

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the weight arrays, in a fixed order."""
        shapes: dict[str, tuple[int, ...]] = {"entangler": self.entangler_circuit.shape}
        if self.disentangler_circuit is not None:
            shapes["disentangler"] = self.disentangler_circuit.shape
        if self.encoding == "amplitude":
            shapes["input_weight"] = shapes["input_bias"] = (self.system_dim,)
            if self.features > 1:
                shapes["input_weight"] = (self.features, self.system_dim)
        if self.readout == "linear":
            shapes["readout_weight"] = (self.system_qubits,)
            shapes["readout_bias"] = ()
        return shapes

    def initial_weights(self, rng: np.random.Generator) -> Weights:
        """Return random weights to start training from.

        As in the paper's scripts, angles are uniform in [0, 1) radians, and the input map is
        initialised as a linear layer: uniform in [-1, 1) for one feature, with the bound
        1/sqrt(features) in general. A linear readout starts as <Z> of the last system qubit.

        Raises
        ------
        TypeError
            If `rng` is not a NumPy generator.

        Examples
        --------
        >>> weights = CellDesign(layers=3).initial_weights(np.random.default_rng(0))
        >>> {name: array.shape for name, array in weights.items()}["entangler"]
        (3, 4)
        """
        _checks.instance("rng", rng, np.random.Generator)
        weights: Weights = {}
        bound = self.features**-0.5
        for name, shape in self.weight_shapes.items():
            if name.startswith("input"):
                weights[name] = rng.uniform(-bound, bound, shape)
            elif name.startswith("readout"):
                weights[name] = np.zeros(shape)
            else:
                weights[name] = rng.uniform(0.0, 1.0, shape)
        if self.readout == "linear":
            weights["readout_weight"][-1] = 1.0
        return weights

    def check_weights(self, weights: Mapping[str, ArrayLike]) -> Weights:
        """Check `weights` and return them as arrays in this design's order.

        Raises
        ------
        TypeError, ValueError
            If an array is missing, superfluous, not real and finite, or of the wrong shape.

        Examples
        --------
        >>> CellDesign(encoding="angle", disentangler=None).check_weights({})
        Traceback (most recent call last):
        ...
        ValueError: weights must hold entangler; got nothing
        """
        wanted = self.weight_shapes
        if not isinstance(weights, Mapping) or set(weights) != set(wanted):
            got = ", ".join(map(str, weights)) if isinstance(weights, Mapping) else repr(weights)
            raise ValueError(f"weights must hold {', '.join(wanted)}; got {got or 'nothing'}")
        return {
            name: _checks.real_array(f"weights[{name!r}]", weights[name], shape)
            for name, shape in wanted.items()
        }

    def check_shapes(self, weights: Mapping[str, Any], kind: str) -> None:
        """Raise an error if arrays of one kind do not have this design's shapes.

        Values are not read: the arrays may be JAX tracers, for which an index out of range raises
        no error.

        Parameters
        ----------
        weights : mapping of str to array
        kind : str
            Beginning of the names of the arrays to check: ``"input"`` or ``"readout"``.

        Raises
        ------
        ValueError
            If an array is missing or has another shape.

        Examples
        --------
        >>> CellDesign().check_shapes({"input_weight": np.zeros(2)}, "input")
        Traceback (most recent call last):
        ValueError: weights['input_weight'] must have shape (4,), got (2,)
        """
        for name, shape in self.weight_shapes.items():
            if name.startswith(kind):
                if name not in weights:
                    raise ValueError(f"weights must hold {name}; got {', '.join(weights)}")
                _checks.has_shape(f"weights[{name!r}]", weights[name], shape)

    def check_windows(self, name: str, windows: ArrayLike) -> NDArray[np.float64]:
        """Check windows, and return (batch, steps) for one feature, else (batch, steps, features).

        A single feature may also come with an axis of its own.

        Raises
        ------
        TypeError, ValueError
            If the windows are not real and finite, or of another shape.

        Examples
        --------
        >>> CellDesign().check_windows("X", np.zeros((7, 10, 1))).shape
        (7, 10)
        """
        array = _checks.real_array(name, windows)
        if self.features == 1 and array.ndim != 3:
            return _checks.real_array(name, array, (None, None))
        array = _checks.real_array(name, array, (None, None, self.features))
        return array[:, :, 0] if self.features == 1 else array


@cache  # every estimator makes its design anew, with each call of `predict`
def _layers(
    ansatz: str, system_qubits: int, memory_qubits: int, layers: int, reverse_layers: bool
) -> Circuit:
    if ansatz == "ring":
        return ring_layers(system_qubits + memory_qubits, layers, reverse_layers=reverse_layers)
    return canonical_layers(system_qubits, memory_qubits, layers, reverse_layers=reverse_layers)


def stacked(weights: Sequence[Weights]) -> Weights:
    """Stack the weights of several cells of one design along a leading axis.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> stacked([CellDesign().initial_weights(rng) for _ in range(5)])["entangler"].shape
    (5, 2, 4)
    """
    return {name: np.stack([each[name] for each in weights]) for name in weights[0]}
