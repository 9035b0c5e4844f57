r"""Noise of the hardware that a cell runs on, as Kraus operators.

Three channels act on each qubit of a gate after it, and one on each measured qubit:

==================  ===================================================  ==========================
channel             what it does to a qubit                              Bloch vector (x, y, z)
==================  ===================================================  ==========================
depolarizing p      :math:`(1 - p)\rho + p\,I/2`                         all times 1 - p
dephasing q         :math:`(1 - q)\rho + q\,Z\rho Z`                     x and y times 1 - 2q
amplitude damping   from ``|1>`` to ``|0>`` with probability g           z to (1 - g) z + g,
g                                                                        x and y times sqrt(1 - g)
readout error e     :math:`(1 - e)\rho + e\,X\rho X` before measurement  y and z times 1 - 2e
==================  ===================================================  ==========================

Each is a completely positive, trace-preserving map: a sum of :math:`K\rho K^\dagger` over its
*Kraus operators*, with :math:`\sum K^\dagger K = I`.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, reduce
from math import sqrt

import numpy as np
import qutip
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.physics import gate_set
from qrnnlib.physics.circuit import Circuit

#: The Kraus operators of one channel.
Kraus = tuple[Qobj, ...]


@dataclass(frozen=True)
class Noise:
    r"""Error rates of the hardware, after each gate and at readout.

    After every gate, each qubit that the gate acts on goes through depolarizing, dephasing and
    amplitude damping, in this order. Of these, only depolarizing and amplitude damping do not
    commute. A gate is one `Gate` of the cell's two circuits; a canonical coupling counts as three
    gates, as it takes three two-qubit gates on hardware too.

    Three things are free of noise: preparing the input (amplitude encoding specifies no gates),
    resetting the system, and idle qubits (a circuit does not say how long a gate takes). Real
    hardware with the same rates therefore does worse.

    Parameters
    ----------
    depolarizing : float, default 0.0
        Probability p, in [0, 1], that the qubit is replaced by a maximally mixed one.
    dephasing : float, default 0.0
        Probability, in [0, 1], of a Z. At 0.5 no coherence is left.
    amplitude_damping : float, default 0.0
        Probability, in [0, 1], that ``|1>`` decays to ``|0>``.
    readout_error : float, default 0.0
        Probability, in [0, 1], that a measured bit is reported flipped, independently for each
        bit. The cell keeps the *reported* outcome, and its memory is then a mixture over the true
        ones.
    one_qubit_factor : float, default 1.0
        Factor on the first three rates after a one-qubit gate, in [0, 1]. At 1 all gates are
        alike; on many devices a one-qubit gate errs ten times less often: 0.1.

    Raises
    ------
    TypeError, ValueError
        If a rate or `one_qubit_factor` is not a number in [0, 1].

    References
    ----------
    Nielsen and Chuang, sections 8.2 and 8.3. Their depolarizing probability p is ours; their p of
    a phase flip is the probability that *nothing* happens, so ours is 1 - p.

    Examples
    --------
    Noise after the CNOT reduces the entanglement of a Bell pair:

    >>> from qrnnlib import Circuit, Gate, negativity
    >>> bell = Circuit(2, (Gate("H", (0,)), Gate("CNOT", (0, 1))), shape=(0,))
    >>> both_zero = qutip.basis([2, 2], [0, 0])
    >>> for p in (0.0, 0.1, 0.4):
    ...     noise = Noise(depolarizing=p, one_qubit_factor=0.0)
    ...     print(round(negativity(noise.apply(bell, [], both_zero)), 4))
    0.5
    0.3575
    0.02
    """

    depolarizing: float = 0.0
    dephasing: float = 0.0
    amplitude_damping: float = 0.0
    readout_error: float = 0.0
    one_qubit_factor: float = 1.0

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            _checks.number(name, getattr(self, name), minimum=0.0, maximum=1.0)

    def channels(self, gate_qubits: int = 2) -> tuple[Kraus, ...]:
        r"""Return the Kraus operators of each channel that a qubit goes through after a gate.

        With p the probability of each channel, they are

        * depolarizing: :math:`\sqrt{1 - 3p/4}\,I`, :math:`\sqrt{p/4}\,X`, :math:`\sqrt{p/4}\,Y`,
          :math:`\sqrt{p/4}\,Z`;
        * dephasing: :math:`\sqrt{1 - p}\,I`, :math:`\sqrt{p}\,Z`;
        * amplitude damping: :math:`|0\rangle\langle 0| + \sqrt{1 - p}\,|1\rangle\langle 1|`,
          :math:`\sqrt{p}\,|0\rangle\langle 1|`.

        Parameters
        ----------
        gate_qubits : {1, 2}, default 2
            Number of qubits on which the gate acts.

        Returns
        -------
        tuple of tuple of Qobj
            Operators on one qubit, for each channel in the order in which they act. Channels of
            probability 0 are left out.

        Raises
        ------
        TypeError, ValueError
            If `gate_qubits` is neither 1 nor 2.

        Examples
        --------
        >>> [len(kraus) for kraus in Noise(depolarizing=0.01, amplitude_damping=0.02).channels()]
        [4, 2]
        """
        if _checks.integer("gate_qubits", gate_qubits) > 2:
            raise ValueError(f"gate_qubits must be 1 or 2, got {gate_qubits}")
        factor = self.one_qubit_factor if gate_qubits == 1 else 1.0
        p, q, g = (factor * rate for rate in self._rates)
        # The depolarizing operators follow from I/2 = (rho + X rho X + Y rho Y + Z rho Z) / 4.
        one, x, y, z = qutip.qeye(2), qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()
        found: list[Kraus] = []
        if p:
            found.append((sqrt(1 - 0.75 * p) * one, *(sqrt(p / 4) * pauli for pauli in (x, y, z))))
        if q:
            found.append((sqrt(1 - q) * one, sqrt(q) * z))
        if g:
            found.append((qutip.qdiags([1, sqrt(1 - g)]), sqrt(g) * qutip.projection(2, 0, 1)))
        return tuple(found)

    def readout_channel(self) -> Kraus:
        r"""Return the readout error as Kraus operators: :math:`\sqrt{1 - e}\,I, \sqrt{e}\,X`.

        A misread qubit is equivalent to a flipped one that is read correctly: the system is reset
        after the measurement, so the two cannot be distinguished.

        Examples
        --------
        >>> Noise(readout_error=0.25).readout_channel()[1].full().real
        array([[0. , 0.5],
               [0.5, 0. ]])
        """
        e = self.readout_error
        return (sqrt(1 - e) * qutip.qeye(2), sqrt(e) * qutip.sigmax())

    def confusion(self, qubits: int) -> NDArray[np.float64]:
        """Return the probability of each reported outcome, given the true one.

        Parameters
        ----------
        qubits : int
            Number of measured qubits.

        Returns
        -------
        ndarray, shape (2**qubits, 2**qubits)
            Row: reported; column: true. Symmetric; every row and column sums to 1.

        Examples
        --------
        >>> Noise(readout_error=0.125).confusion(1)
        array([[0.875, 0.125],
               [0.125, 0.875]])
        """
        e = self.readout_error
        one = np.array([[1 - e, e], [e, 1 - e]])
        # Bits err independently.
        return reduce(np.kron, [one] * _checks.integer("qubits", qubits))

    def apply(self, circuit: Circuit, params: ArrayLike, state: Qobj) -> Qobj:
        """Return the state after a circuit with this noise after each gate.

        Parameters
        ----------
        circuit : Circuit
        params : array_like, of the circuit's `shape`
            Angles in radians.
        state : Qobj
            A ket or a density matrix of the circuit's qubits.

        Returns
        -------
        Qobj
            A density matrix.

        Raises
        ------
        TypeError, ValueError
            If `circuit` is not a Circuit, `params` does not fit it, or `state` is not a state of
            its qubits.

        Examples
        --------
        >>> from qrnnlib import Gate
        >>> flip = Circuit(1, (Gate("X", (0,)),), shape=(0,))
        >>> Noise(amplitude_damping=0.25).apply(flip, [], qutip.basis(2)).diag().real
        array([0.25, 0.75])
        """
        _checks.instance("circuit", circuit, Circuit)
        state = _checks.state("state", state)
        if state.dims[0] != [2] * circuit.qubits:
            raise ValueError(f"state must have dims {[2] * circuit.qubits}, got {state.dims[0]}")
        rho = state.proj() if state.isket else state
        for gate, operator in zip(circuit.gates, circuit.gate_operators(params), strict=True):
            rho = operator * rho * operator.dag()
            for qubit in gate.qubits:
                for kraus in _placed_channels(self, len(gate.qubits), qubit, circuit.qubits):
                    rho = through(kraus, rho)
        return rho

    def with_readout_error(self, state: Qobj, qubits: Sequence[int]) -> Qobj:
        """Return the state whose faultless measurement gives the reported outcomes of `state`.

        Parameters
        ----------
        state : Qobj
            A ket or a density matrix of several qubits.
        qubits : sequence of int
            The measured ones.

        Returns
        -------
        Qobj
            A density matrix.

        Raises
        ------
        TypeError, ValueError
            If `state` is not a state of qubits, or `qubits` is not a sequence of some of them.

        Examples
        --------
        >>> up = qutip.basis([2, 2], [0, 0])
        >>> Noise(readout_error=0.125).with_readout_error(up, [0]).diag().real
        array([0.875, 0.   , 0.125, 0.   ])
        """
        state = _checks.state("state", state)
        register = len(state.dims[0])
        if state.dims[0] != [2] * register:
            raise ValueError(f"state must be one of qubits, got dims {state.dims[0]}")
        _checks.instance("qubits", qubits, Sequence)
        rho = state.proj() if state.isket else state
        for qubit in qubits:
            _checks.integer("qubits", qubit, minimum=0, maximum=register - 1)
            rho = through(_placed(self.readout_channel(), qubit, register), rho)
        return rho

    def run(self, circuit: Circuit, params: ArrayLike, state: Qobj) -> Qobj:
        """Old name of `apply`."""
        warnings.warn("Noise.run is now Noise.apply", FutureWarning, stacklevel=2)
        return self.apply(circuit, params, state)

    def as_read(self, state: Qobj, qubits: Sequence[int]) -> Qobj:
        """Old name of `with_readout_error`."""
        warnings.warn("Noise.as_read is now Noise.with_readout_error", FutureWarning, stacklevel=2)
        return self.with_readout_error(state, qubits)

    @property
    def _rates(self) -> tuple[float, float, float]:
        return self.depolarizing, self.dephasing, self.amplitude_damping


def through(kraus: Kraus, rho: Qobj) -> Qobj:
    """Return a density matrix after a channel."""
    # QuTiP takes the 0 with which sum() begins.
    return sum(k * rho * k.dag() for k in kraus)


def _placed(kraus: Kraus, qubit: int, qubits: int) -> Kraus:
    """Return a one-qubit channel on one qubit of a register."""
    return tuple(gate_set.on_qubits(k, [qubit], qubits) for k in kraus)


@cache
def _placed_channels(noise: Noise, gate_qubits: int, qubit: int, qubits: int) -> tuple[Kraus, ...]:
    """Return `Noise.channels` on one qubit of a register; cached, as the same few recur."""
    return tuple(_placed(kraus, qubit, qubits) for kraus in noise.channels(gate_qubits))
