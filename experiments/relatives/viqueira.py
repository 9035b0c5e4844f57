"""The QRNN of Viqueira, Failde, Juane, Gomez and Mera: an exchange and a memory register.

*Taken* from arXiv:2310.20671 and the authors' QUTIMS (the classes `encodeP2`, `CZladder2p1` and
`expectZ`, whose numbers the tests reproduce): one exchange qubit for each feature, prepared by
RY(x), then three times RX, RZ (trained) and RY(x) again; an evolution of three layers, in each RX
RZ of every qubit and a ladder of CZ; a last RX of the exchange qubits, whose product of Z is read
before they are reset. The memory is a density matrix, evolved by the operator sum. The forecast
is that expectation plus a trained offset; values enter unscaled, as angles in radians.

*Left out*: sampling noise, and the parameter-shift gradients, in place of which JAX
differentiates. The authors train on the outputs of the last few steps, here on the last alone.

*Adapted*: nothing for one feature, where the sizes are those of the authors' first example. The
memory has two qubits, one if there are three features. Of the last RX RZ of a memory qubit and
the last RX of an exchange qubit none is idle, as the memory is kept.
"""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from experiments.relatives import _registers
from qrnnlib.cell import circuits
from qrnnlib.physics.circuit import Circuit, Gate

LAYERS, REPEATS = 3, 3


@cache
def evolution(exchange: int, memory: int) -> Circuit:
    """Return the evolution of both registers, its angles in the authors' order."""
    gates: list[Gate] = []
    angles = 0
    for _ in range(LAYERS):
        for qubit in range(exchange + memory):
            gates.append(Gate("RX", (qubit,), (angles,)))
            gates.append(Gate("RZ", (qubit,), (angles + 1,)))
            angles += 2
        gates += [Gate("CZ", (q, q + 1)) for q in range(exchange + memory - 1)]
    gates += [Gate("RX", (q,), (angles + q,)) for q in range(exchange)]
    return Circuit(exchange + memory, tuple(gates), (angles + exchange,))


class ViqueiraQRNN(eqx.Module):
    """The QRNN with exchange and memory: 26 weights for one feature.

    `offset` is added to the reading; `encoding` has RX and RZ of each repetition, (features,
    repetitions, 2); `angles` are those of `evolution`.
    """

    offset: Array
    encoding: Array
    angles: Array
    features: int = eqx.field(static=True)

    def __init__(self, features: int, key: Array) -> None:
        _registers.at_most("the QRNN of Viqueira et al.", features, _registers.QUBITS - 1)
        self.features = features
        keys = jax.random.split(key)
        count = evolution(features, self.memory_qubits).n_parameters
        self.offset = jnp.zeros(())
        turn = 2 * jnp.pi
        self.encoding = jax.random.uniform(keys[0], (features, REPEATS, 2), float, 0.0, turn)
        self.angles = jax.random.uniform(keys[1], (count,), float, 0.0, turn)

    @property
    def memory_qubits(self) -> int:
        """Two, or what is left of four."""
        return min(2, _registers.QUBITS - self.features)

    def _exchange(self, window: Array) -> Array:
        """Return (1, <X>, <Y>, <Z>) of each exchange qubit, (steps, features, 4)."""
        cos, sin = jnp.cos(window), jnp.sin(window)
        x, y, z = sin, jnp.zeros_like(sin), cos
        for repeat in range(REPEATS):
            cos_x, cos_z = jnp.cos(self.encoding[:, repeat]).T
            sin_x, sin_z = jnp.sin(self.encoding[:, repeat]).T
            y, z = cos_x * y - sin_x * z, sin_x * y + cos_x * z
            x, y = cos_z * x - sin_z * y, sin_z * x + cos_z * y
            x, z = cos * x + sin * z, cos * z - sin * x
        return jnp.stack([jnp.ones_like(x), x, y, z], axis=-1)

    def states(self, window: Array) -> Array:
        """Return the memory's Pauli expectations and the exchange's product of Z, by step."""
        n_e, n_m = self.features, self.memory_qubits
        unitary = circuits.unitary(evolution(n_e, n_m), self.angles)
        data = _registers.product(self._exchange(_registers.columns(window)))
        tensor = _registers.step_tensor(unitary, n_e, n_m, parity=n_e)
        return _registers.history_states(tensor, data, n_m)

    def __call__(self, window: Array) -> Array:
        """Return the forecast: (steps,) or (steps, features) -> ()."""
        return self.offset + self.states(window)[-1, -1]
