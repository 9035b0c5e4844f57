"""Matrices of circuits for many sets of angles beside QuTiP, their gradients beside JAX."""

import jax
import numpy as np
import pytest

from qrnnlib import Circuit, Gate, canonical_layers, ring_layers
from qrnnlib.cell import circuits
from qrnnlib.cell.engine import double_precision
from qrnnlib.physics.circuit_matrix import CircuitMatrix

SHARED = Circuit(
    2,
    (
        Gate("RX", (0,), (0,)),
        Gate("RX", (1,), (0,), sign=-1),
        Gate("H", (1,)),
        Gate("RZZ", (1, 0), (1,)),
        Gate("RY", (0,), (0,)),
    ),
    (2,),
)
CASES = [
    (SHARED,),
    (Circuit(3, (), (2,)),),
    (Circuit(2, (Gate("SWAP", (1, 0)), Gate("H", (1,))), (0,)),),
    (ring_layers(1, 2),),
    (ring_layers(4, 2), ring_layers(4, 2, reverse_layers=True)),
    (canonical_layers(2, 2, 1), canonical_layers(2, 2, 1).adjoint()),
    (canonical_layers(1, 3, 2),),
    (ring_layers(2, 1), SHARED, canonical_layers(1, 1, 1)),
]


def drawn(case, sets=3):
    rng = np.random.default_rng(0)
    return [rng.uniform(-4, 4, (sets, *circuit.shape)) for circuit in case]


def raveled(params):
    return np.concatenate([p.reshape(len(p), -1) for p in params], axis=1)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_matrices_are_those_of_qutip(case):
    params = drawn(case)
    made = CircuitMatrix(*case).product(raveled(params)).matrix
    for k, matrix in enumerate(made):
        wanted = np.eye(len(matrix))
        for circuit, each in zip(case, params, strict=True):
            wanted = circuit.to_qobj(each[k]).full() @ wanted
        np.testing.assert_allclose(matrix, wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_gradients_are_those_of_jax(case):
    """Of a function of all entries, real and imaginary parts."""
    params, dim = drawn(case), 2 ** case[0].qubits
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(dim, dim)) + 1j * rng.normal(size=(dim, dim))

    def function(each):
        matrix = jax.numpy.eye(dim)
        for circuit, angles in zip(case, each, strict=True):
            matrix = circuits.unitary(circuit, angles) @ matrix
        return jax.numpy.sum((weight.conj() * matrix).real)

    circuit = CircuitMatrix(*case)
    made = circuit.product(raveled(params))
    change = np.broadcast_to(weight, made.matrix.shape)
    with double_precision():
        wanted = jax.vmap(jax.grad(function))([jax.numpy.asarray(p) for p in params])
        wanted = raveled([np.asarray(slope) for slope in wanted])
    np.testing.assert_allclose(circuit.gradient(made, change), wanted, rtol=0, atol=1e-12)
