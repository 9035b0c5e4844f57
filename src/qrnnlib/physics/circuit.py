"""Circuits as data: sequences of named gates on numbered qubits, whose angles are parameters.

A circuit stores names, not matrices. `qrnnlib.physics.ansatz` builds circuits; they are translated
by `Circuit.to_qobj` (QuTiP), `qrnnlib.cell.circuits` (JAX), `qrnnlib.hardware.openqasm` (OpenQASM
and Qiskit) and, in the book, into a drawing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import reduce
from math import prod

import qutip
from numpy.typing import ArrayLike
from qutip import Qobj

from qrnnlib import _checks, _moved
from qrnnlib.physics import gate_set


@_moved.renamed_settings(slot="parameter")
@dataclass(frozen=True)
class Gate:
    """One named gate on given qubits.

    Parameters
    ----------
    name : str
        A gate of `qrnnlib.physics.gate_set`.
    qubits : tuple of int
        The qubits it acts on, in the gate's own order (control first).
    parameter : tuple of int, default None
        For a rotation, the index of its angle in the array of parameters.
    sign : {1, -1}, default 1
        The angle is ``sign * params[parameter]``; -1 is the inverse rotation.

    Raises
    ------
    TypeError
        If `qubits` or `parameter` is not a tuple of integers, or `sign` is not an integer.
    ValueError
        If the name is unknown, the qubits do not fit it, or a parameter is missing or superfluous.

    Examples
    --------
    >>> Gate("RY", (0,), parameter=(1, 0))
    Gate(name='RY', qubits=(0,), parameter=(1, 0), sign=1)
    """

    name: str
    qubits: tuple[int, ...]
    parameter: tuple[int, ...] | None = None
    sign: int = 1

    def __post_init__(self) -> None:
        wanted = gate_set.gate_qubits(self.name)
        _checks.instance("qubits", self.qubits, tuple)
        for qubit in self.qubits:
            _checks.integer("qubits", qubit, minimum=0)
        if len(self.qubits) != wanted or len(set(self.qubits)) != wanted:
            raise ValueError(
                f"qubits must be {wanted} distinct qubits for {self.name}, got {self.qubits}"
            )
        if (self.parameter is None) != (self.name in gate_set.FIXED_GATES):
            kind = "None for a fixed gate" if self.parameter is not None else "given for a rotation"
            raise ValueError(f"parameter must be {kind} such as {self.name}, got {self.parameter}")
        if self.parameter is not None:
            _checks.instance("parameter", self.parameter, tuple)
            for index in self.parameter:
                _checks.integer("parameter", index, minimum=0)
        if _checks.integer("sign", self.sign, minimum=-1) not in (1, -1):
            raise ValueError(f"sign must be 1 or -1, got {self.sign}")

    @property
    def slot(self) -> tuple[int, ...] | None:
        """Old name of `parameter`."""
        warnings.warn("Gate.slot is now Gate.parameter", FutureWarning, stacklevel=2)
        return self.parameter

    def inverse(self) -> Gate:
        """Return the inverse gate.

        Examples
        --------
        >>> Gate("RY", (0,), parameter=(0, 0)).inverse().sign
        -1
        """
        # Every fixed gate of `gate_set` is its own inverse; a test checks this.
        return self if self.parameter is None else replace(self, sign=-self.sign)


@dataclass(frozen=True)
class Circuit:
    """A sequence of gates, and the shape of the parameters that they read.

    Parameters
    ----------
    qubits : int
        Size of the register. Qubit 0 is the most significant bit of the basis index.
    gates : tuple of Gate
        In the order in which they act.
    shape : tuple of int
        Shape of the array of angles (radians); its first axis counts layers.

    Raises
    ------
    TypeError
        If `gates` is not a tuple of gates, or a number is not an integer.
    ValueError
        If `qubits` is below 1, or a gate acts outside the register or reads outside `shape`.

    Examples
    --------
    A Bell pair from two gates:

    >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CNOT", (0, 1))), shape=(0,))
    >>> (bell.to_qobj([]) * qutip.ket("00")).full().real.ravel().round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """

    qubits: int
    gates: tuple[Gate, ...]
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        _checks.integer("qubits", self.qubits)
        _checks.instance("gates", self.gates, tuple)
        _checks.instance("shape", self.shape, tuple)
        for length in self.shape:
            _checks.integer("shape", length, minimum=0)
        for gate in self.gates:
            _checks.instance("gates", gate, Gate)
            if not all(0 <= q < self.qubits for q in gate.qubits):
                raise ValueError(f"gates must stay within {self.qubits} qubits, got {gate}")
            if gate.parameter is not None and not (
                len(gate.parameter) == len(self.shape)
                and all(0 <= i < n for i, n in zip(gate.parameter, self.shape, strict=True))
            ):
                raise ValueError(f"gates must read parameters of shape {self.shape}, got {gate}")

    @property
    def n_parameters(self) -> int:
        """Number of angles."""
        return prod(self.shape)

    def adjoint(self) -> Circuit:
        """Return the inverse circuit, to be used with the same parameters.

        Examples
        --------
        >>> import numpy as np
        >>> from qrnnlib import ring_layers
        >>> ring = ring_layers(3, 2)
        >>> angles = np.arange(6.0).reshape(2, 3)
        >>> both = ring.adjoint().to_qobj(angles) * ring.to_qobj(angles)
        >>> np.allclose(both.full(), np.eye(8))
        True
        """
        return replace(self, gates=tuple(gate.inverse() for gate in reversed(self.gates)))

    def __add__(self, later: Circuit) -> Circuit:
        """Return this circuit followed by `later`; the parameters are stacked along axis 0."""
        if not isinstance(later, Circuit):
            return NotImplemented
        if (self.qubits, self.shape[1:]) != (later.qubits, later.shape[1:]):
            raise ValueError(
                f"later must have {self.qubits} qubits and parameters of shape "
                f"(any, {', '.join(map(str, self.shape[1:]))}), got {later.qubits} qubits "
                f"and {later.shape}"
            )
        if not self.shape:
            raise ValueError("circuits must have parameters with an axis to be stacked along")
        offset = self.shape[0]
        shifted = (
            gate
            if gate.parameter is None
            else replace(gate, parameter=(gate.parameter[0] + offset, *gate.parameter[1:]))
            for gate in later.gates
        )
        shape = (offset + later.shape[0], *self.shape[1:])
        return Circuit(self.qubits, (*self.gates, *shifted), shape)

    def to_qobj(self, params: ArrayLike) -> Qobj:
        """Return the unitary of the circuit.

        Parameters
        ----------
        params : array_like, of this circuit's `shape`
            Angles in radians.

        Returns
        -------
        Qobj
            Unitary with dims ``[[2] * qubits, [2] * qubits]``.

        Raises
        ------
        TypeError, ValueError
            If `params` is not real, not finite, or of another shape.

        Examples
        --------
        >>> cnot = Circuit(2, (Gate("CNOT", (0, 1)),), shape=(0,))
        >>> cnot.to_qobj([]) == qutip.gates.cnot()
        True
        """
        identity = qutip.qeye([2] * self.qubits)
        # Later gates stand on the left.
        return reduce(
            lambda unitary, matrix: matrix * unitary, self.gate_operators(params), identity
        )

    def gate_operators(self, params: ArrayLike) -> list[Qobj]:
        """Return each gate as a unitary on the whole register, in the order in which they act.

        Parameters and errors are those of `to_qobj`.

        Examples
        --------
        >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CNOT", (0, 1))), shape=(0,))
        >>> [operator.dims for operator in bell.gate_operators([])]
        [[[2, 2], [2, 2]], [[2, 2], [2, 2]]]
        """
        angles = _checks.real_array("params", params, self.shape)
        return [
            gate_set.on_qubits(
                gate_set.gate(
                    gate.name,
                    None if gate.parameter is None else gate.sign * angles[gate.parameter],
                ),
                gate.qubits,
                self.qubits,
            )
            for gate in self.gates
        ]
