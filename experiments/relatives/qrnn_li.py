"""The plain QRNN of Li, Wang, Han and others: a data register, and a history register that is kept.

*Taken* from arXiv:2302.03244: the recurrent block. Each value turns the qubits of a fresh data
register by RY of an angle in [0, pi], the same value on several qubits ("replicative" encoding);
an ansatz of layers acts on both registers, in each RX RZ RX of every qubit, then couplings
RZZ around the ring of all qubits; the probability of 1 of the first data qubit is the output, the
data register is measured and reset, the history register goes on to the next block. As in the
authors' simulation the history is a density matrix, exact on average over outcomes.

*Left out*: the staggered version, which has the same blocks but changes which qubits keep the
history; and the coupling inside the data register in the last layer, which nothing that is read or
kept can notice.

*Adapted*: four qubits and two layers; the linear map from probability to forecast, which the
paper fixes by the largest and the smallest value, begins there and is trained; angles of a
coupling are halved, RZZ(a) = exp(-i a ZZ / 2), where the paper has exp(i a ZZ).
"""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from experiments.relatives import _registers
from qrnnlib.cell import circuits
from qrnnlib.physics.circuit import Circuit, Gate

QUBITS, LAYERS = _registers.QUBITS, 2


@cache
def ansatz(data_qubits: int) -> Circuit:
    """Return the ansatz on data and history register, its angles in the order of the gates."""
    gates: list[Gate] = []
    for layer in range(LAYERS):
        for qubit in range(QUBITS):
            for name in ("RX", "RZ", "RX"):
                gates.append(Gate(name, (qubit,), (len(gates),)))
        for qubit in range(QUBITS):
            pair = (qubit, (qubit + 1) % QUBITS)
            if layer < LAYERS - 1 or max(pair) >= data_qubits:
                gates.append(Gate("RZZ", pair, (len(gates),)))
    return Circuit(QUBITS, tuple(gates), (len(gates),))


class LiQRNN(eqx.Module):
    """The plain QRNN with a trained linear output: 33 weights for one or two features.

    `angles` are those of `ansatz`; `output` is the offset and the slope in the probability of 1.
    """

    angles: Array
    output: Array
    features: int = eqx.field(static=True)

    def __init__(self, features: int, key: Array) -> None:
        _registers.at_most("the QRNN of Li et al.", features, QUBITS - 1)
        self.features = features
        count = ansatz(self.data_qubits).n_parameters
        self.angles = jax.random.uniform(key, (count,), float, 0.0, 2 * jnp.pi)
        self.output = jnp.array([-1.0, 2.0])

    @property
    def data_qubits(self) -> int:
        """Two, or one for each feature if there are more."""
        return max(2, self.features)

    def states(self, window: Array) -> Array:
        """Return the history's Pauli expectations and <Z> of the first data qubit, by step."""
        n_d, n_h = self.data_qubits, QUBITS - self.data_qubits
        unitary = circuits.unitary(ansatz(n_d), self.angles)
        angle = jnp.pi * (1 + _registers.columns(window)) / 2
        zero = jnp.zeros_like(angle)
        bloch = jnp.stack([zero + 1, jnp.sin(angle), zero, jnp.cos(angle)], axis=-1)
        placed = bloch[:, [qubit % self.features for qubit in range(n_d)]]
        tensor = _registers.step_tensor(unitary, n_d, n_h, parity=1)
        return _registers.history_states(tensor, _registers.product(placed), n_h)

    def __call__(self, window: Array) -> Array:
        """Return the forecast: (steps,) or (steps, features) -> ()."""
        probability = (1 - self.states(window)[-1, -1]) / 2
        return self.output[0] + self.output[1] * probability
