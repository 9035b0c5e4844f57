"""The QLSTM of Chen, Yoo and Fang: an LSTM whose affine maps are variational circuits.

*Taken* from arXiv:2009.01783 (and checked against code of the first author, see the tests): the
cell with six circuits of four qubits. Circuits 1 to 4 read ``v = (x, h)`` and give the forget and
input gates, the candidate and the output gate; circuits 5 and 6 read ``o * tanh(c)`` and give the
next ``h`` and the output. A circuit encodes each value by H, RY(arctan v), RZ(arctan v**2); a
layer is CNOTs from each qubit to the next and to the next but one, around the ring, then a general
rotation RZ RY RZ of each qubit; <Z> is read. A linear map of the last circuit's four numbers is
the forecast.

*Left out*: rotations that no read qubit can notice, namely the last RZ of every qubit and both
other last rotations of a qubit that is not read. They are 26 of the 144 angles for one feature.

*Adapted*: two layers in every circuit; ``h`` has ``4 - features`` components, so that
``v`` always fills the four qubits.
"""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from experiments.relatives import _registers
from qrnnlib.cell import circuits
from qrnnlib.physics import gate_set
from qrnnlib.physics.circuit import Circuit, Gate

QUBITS, LAYERS = 4, 2

#: Standard deviation of the first angles, as in the first author's code.
SPREAD = 0.01


@cache
def variational_circuit() -> Circuit:
    """Return the circuit after the encoding, its angles in the order in which the gates act."""
    gates: list[Gate] = []
    angles = 0
    for layer in range(LAYERS):
        for offset in (1, 2):
            gates += [Gate("CNOT", (q, (q + offset) % QUBITS)) for q in range(QUBITS)]
        for qubit in range(QUBITS):
            for name in ("RZ", "RY") if layer == LAYERS - 1 else ("RZ", "RY", "RZ"):
                gates.append(Gate(name, (qubit,), (angles,)))
                angles += 1
    return Circuit(QUBITS, tuple(gates), (angles,))


def readings(angles: Array) -> Array:
    """Return <Z> of each qubit after the circuit as Pauli sums of the state before it, (4, 256)."""
    matrix = circuits.unitary(variational_circuit(), angles)
    z = gate_set.pauli_string("Z")
    signs = np.array([gate_set.on_qubits(z, [q], QUBITS).full() for q in range(QUBITS)])
    return _registers.pauli_sums(_registers.before(matrix, signs), QUBITS)


def read(sums: Array, values: Array) -> Array:
    """Return the expectations of Pauli sums, (k, 256), in the state that encodes four values."""
    # The cosine and sine of arctan(v) are 1 and v over sqrt(1 + v**2).
    cos_y, cos_z = lax.rsqrt(1 + values**2), lax.rsqrt(1 + values**4)
    bloch = [jnp.ones_like(values), cos_y * cos_z, cos_y * cos_z * values**2, -cos_y * values]
    halves = _registers.product(jnp.stack(bloch, axis=-1).reshape(2, 2, 4))
    found: Array = _registers.in_product(sums, halves[0], halves[1])
    return found


class QLSTM(eqx.Module):
    """An LSTM with six variational circuits and a linear head: 123 weights for one feature.

    `gates` are the angles of circuits 1 to 4, `hidden` and `output` those of 5 and 6.
    """

    gates: Array
    hidden: Array
    output: Array
    head: eqx.nn.Linear
    features: int = eqx.field(static=True)

    def __init__(self, features: int, key: Array) -> None:
        _registers.at_most("the QLSTM", features, QUBITS - 1)
        keys = jax.random.split(key, 4)
        full = variational_circuit().n_parameters
        fewer = full - 2 * features  # the last two rotations of each qubit that is not read
        self.gates = SPREAD * jax.random.normal(keys[0], (4, full), float)
        self.hidden = SPREAD * jax.random.normal(keys[1], (fewer,), float)
        self.output = SPREAD * jax.random.normal(keys[2], (full,), float)
        self.head = eqx.nn.Linear(QUBITS, "scalar", key=keys[3])
        self.features = features

    def _circuits(self) -> tuple[Array, Array, Array]:
        """Return what circuits 1 to 4, 5 and 6 read, as Pauli sums of the encoded state."""
        # The angles that `hidden` lacks are the last ones, and change no qubit that is read.
        hidden = jnp.pad(self.hidden, (0, 2 * self.features))
        sums = jax.vmap(readings)(jnp.stack([*self.gates, hidden, self.output]))
        return sums[:4].reshape(4 * QUBITS, -1), sums[4, : QUBITS - self.features], sums[5]

    def states(self, window: Array) -> Array:
        """Return h, c and o * tanh(c) after each value, (steps, 12 - features)."""
        return self._states(window, *self._circuits()[:2])

    def _states(self, window: Array, gates: Array, hidden: Array) -> Array:
        def step(state: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], Array]:
            h, c = state
            values = read(gates, jnp.concatenate([x, h]))
            forget, enter, candidate, leave = values.reshape(4, QUBITS)
            c = jax.nn.sigmoid(forget) * c + jax.nn.sigmoid(enter) * jnp.tanh(candidate)
            shown = jax.nn.sigmoid(leave) * jnp.tanh(c)
            h = read(hidden, shown)
            return (h, c), jnp.concatenate([h, c, shown])

        empty = (jnp.zeros(QUBITS - self.features), jnp.zeros(QUBITS))
        return lax.scan(step, empty, _registers.columns(window))[1]

    def __call__(self, window: Array) -> Array:
        """Return the forecast: (steps,) or (steps, features) -> ()."""
        gates, hidden, output = self._circuits()
        shown = self._states(window, gates, hidden)[-1, -QUBITS:]
        return jnp.asarray(self.head(read(output, shown)))
