"""What the relatives share: observables as Pauli sums, and a history register that is read.

A circuit acts on a data register, prepared anew for each value, and on a history register, which
is kept. Averaged over the outcomes of measuring the data register, a step is linear in the
expectations of Pauli strings on either register: the coefficients are those of the observables
after the step, taken back through the circuit (the Heisenberg picture). All numbers are real.
"""

from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib.cell.paulis import strings

#: Qubits of data and history together: density matrices are at most 16 by 16.
QUBITS = 4


def pauli_sums(operators: Array, qubits: int) -> Array:
    """Return Hermitian operators as sums of Pauli strings: (k, dim, dim) -> (k, 4**qubits).

    The expectation of operator ``k`` is ``result[k] @ s`` in a state with expectations ``s``.
    """
    single = strings(1, False)
    sums = operators.reshape(-1, *[2] * (2 * qubits))
    for left in range(qubits, 0, -1):
        # tr(O P) over one qubit: its row is axis 1, its column `left` axes further on.
        sums = jnp.tensordot(sums, single, axes=((1, 1 + left), (2, 1)))
    coefficients: Array = sums.reshape(len(operators), -1).real / 2**qubits
    return coefficients


def before(unitary: Array, observables: NDArray[np.complex128]) -> Array:
    """Return observables (k, dim, dim), measured after a unitary, as observables before it."""
    earlier: Array = unitary.conj().T @ (observables @ unitary)
    return earlier


def step_tensor(unitary: Array, data_qubits: int, history_qubits: int, parity: int) -> Array:
    """Return the step of a history register as a real tensor, (4**history + 1, 4**(all qubits)).

    The unitary acts on the data register, whose qubits come first, and on the history register.
    The first rows are the Pauli strings of the history after the step, the last one is the
    product of Z over the first `parity` data qubits.
    """
    on_history = [np.kron(np.eye(2**data_qubits), p) for p in strings(history_qubits, False)]
    z = np.diag([1.0, -1.0])
    signs = reduce(np.kron, [z] * parity)
    read = np.kron(signs, np.eye(2 ** (data_qubits + history_qubits - parity)))
    return pauli_sums(before(unitary, np.array([*on_history, read])), data_qubits + history_qubits)


@jax.checkpoint
def in_product(sums: Array, first: Array, second: Array) -> Array:
    """Return expectations of Pauli sums in a product state of two registers.

    Recomputing the intermediate products in the backward pass is faster than storing them.
    """
    return jnp.einsum("kab,a,b->k", sums.reshape(-1, len(first), len(second)), first, second)


def history_states(tensor: Array, data: Array, history_qubits: int) -> Array:
    """Return the history's expectations and the reading after each step, (steps, 4**history + 1).

    `tensor` is that of `step_tensor`, `data` has the expectations of the data register for each
    value, (steps, 4**data). The history begins in its first basis state.
    """
    first = jnp.asarray(strings(history_qubits, False)[:, 0, 0].real)

    def step(history: Array, expectations: Array) -> tuple[Array, Array]:
        after = in_product(tensor, expectations, history)
        return after[:-1], after

    return lax.scan(step, first, data)[1]


def product(bloch: Array) -> Array:
    """Return the expectations of a product state: (..., qubits, 4) -> (..., 4**qubits).

    Each qubit is given by (1, <X>, <Y>, <Z>).
    """
    found = bloch[..., 0, :]
    for qubit in range(1, bloch.shape[-2]):
        pairs = found[..., :, None] * bloch[..., qubit, None, :]
        found = pairs.reshape(*pairs.shape[:-2], -1)
    return found


def columns(window: Array) -> Array:
    """Return a window with an axis of features: (steps,) or (steps, features)."""
    return window[:, None] if window.ndim == 1 else window


def at_most(name: str, features: int, most: int) -> None:
    """Refuse more features than a relative has room for."""
    if not 1 <= features <= most:
        raise ValueError(f"features must be in 1..{most} for {name}, got {features}")
