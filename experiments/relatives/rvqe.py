"""The recurrent cell of Bausch (RVQE), built of quantum neurons.

*Taken* from arXiv:2006.14619 and the author's code: the neuron. It turns one qubit of the
workspace by an angle that depends on all others: for the basis state ``s`` of these, the angle
``a(s)`` is a sum of trained weights over the empty set, the single qubits and the pairs that are 1
in ``s``, plus pi/2. Its nonlinearity comes from ancillas, amplitude amplified to 0: the qubit is
rotated by ``2 arctan(tan(a/2)**(2**order))``, with a weight that depends on ``s``. The
cell is one layer of neurons on every workspace qubit, then stages of RY of every qubit and
another layer of neurons; an output neuron writes to a qubit that is measured. Amplitudes
are real and, as in the author's own fast code, the ancillas are not simulated.

*Adapted* to real numbers: in the original the input is a word of bits on qubits that only control
the neurons, so that a bit enters an angle as a factor 0 or 1. Here the factor is the value, mapped
from [-1, 1] to [0, 1]: at both ends it is the original cell with an input bit, in between
the controlling rotations are replaced by rotations whose angle is proportional to the value. The
forecast is an offset plus a slope times the probability of measuring 1; both are trained.

*Left out*: outputs at earlier steps. The original measures the output qubit at each step (and, in
training, postselects it on the target); here the output neuron acts after the last value only.

*Small*: three workspace qubits, one stage, neurons of the author's default order 2 and degree 2.
"""

from functools import cache
from itertools import combinations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from experiments.relatives import _registers

WORKSPACE, STAGES = 3, 1

#: Ancillas of a neuron, and the largest number of its inputs that share a weight.
ORDER, DEGREE = 2, 2

#: Added to every angle, as in the author's code.
BIAS = np.pi / 2

#: Standard deviation of the first weights. The author's 0.01 leaves all starts nearly equal.
SPREAD = 0.3


@cache
def _subsets(qubits: int, features: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return which weights count for a basis state, and which values each is multiplied by.

    A weight belongs to a subset of the qubits and features, of at most `DEGREE` of them. The first
    array, (2**qubits, subsets), is 1 where all qubits of the subset are 1 in the basis state; the
    second one, (subsets, features), tells which features are in it.
    """
    inputs = range(qubits + features)
    chosen = [set(found) for size in range(DEGREE + 1) for found in combinations(inputs, size)]
    words = np.array(list(np.ndindex(*[2] * qubits)))
    ones = [[all(word[q] for q in subset if q < qubits) for subset in chosen] for word in words]
    features_in = [[qubits + f in subset for f in range(features)] for subset in chosen]
    return np.array(ones, float), np.array(features_in, bool).reshape(len(chosen), features)


def powers(weights: Array, values: Array, qubits: int) -> tuple[Array, Array]:
    """Return cos and sin of a neuron's half angle, each to the power 2**order.

    Parameters
    ----------
    weights : Array, shape (subsets,)
        See `_subsets`; the first is the neuron's own bias.
    values : Array, shape (features,)
        Inputs in [0, 1].
    qubits : int
        Number of controlling qubits.

    Returns
    -------
    tuple of two Arrays, shape (2, ..., 2)
        For each basis state of the controlling qubits.
    """
    ones, features_in = _subsets(qubits, len(values))
    factors = jnp.where(features_in, values, 1.0).prod(axis=1)
    half = ((ones @ (weights * factors) + BIAS) / 2).reshape([2] * qubits)
    return jnp.cos(half) ** 2**ORDER, jnp.sin(half) ** 2**ORDER


def turned(state: Array, qubit: int, cos: Array, sin: Array) -> Array:
    """Return a state (2, ..., 2) after turning a qubit as the others, which index cos, say."""
    zero, one = jnp.moveaxis(state, qubit, 0)
    new = jnp.stack([cos * zero - sin * one, cos * one + sin * zero], axis=qubit)
    return new * lax.rsqrt((new**2).sum())


class RVQE(eqx.Module):
    """Bausch's cell with real inputs and a real output: 54 weights for one feature.

    `first`, (qubits, subsets), and `later`, (stages, qubits, subsets), are the neurons; `rotations`
    are the RY of each stage; `last` is the output neuron; `output` is offset and slope.
    """

    first: Array
    later: Array
    rotations: Array
    last: Array
    output: Array

    def __init__(self, features: int, key: Array) -> None:
        keys = jax.random.split(key, 4)
        subsets = len(_subsets(WORKSPACE - 1, features)[1])
        read = len(_subsets(WORKSPACE, 0)[1])
        shape = (STAGES, WORKSPACE, subsets)
        self.first = SPREAD * jax.random.normal(keys[0], shape[1:], float)
        self.later = SPREAD * jax.random.normal(keys[1], shape, float)
        self.rotations = SPREAD * jax.random.normal(keys[2], shape[:2], float)
        self.last = SPREAD * jax.random.normal(keys[3], (read,), float)
        self.output = jnp.array([-1.0, 2.0])

    def states(self, window: Array) -> Array:
        """Return the amplitudes of the workspace after each value, (steps, 8)."""

        def neurons(state: Array, weights: Array, x: Array) -> Array:
            for qubit in range(WORKSPACE):
                state = turned(state, qubit, *powers(weights[qubit], x, WORKSPACE - 1))
            return state

        def step(state: Array, x: Array) -> tuple[Array, Array]:
            state = neurons(state, self.first, x)
            for angles, weights in zip(self.rotations, self.later, strict=True):
                for qubit in range(WORKSPACE):
                    half = angles[qubit] / 2
                    state = turned(state, qubit, jnp.cos(half), jnp.sin(half))
                state = neurons(state, weights, x)
            return state, state.ravel()

        empty = jnp.zeros([2] * WORKSPACE).at[(0,) * WORKSPACE].set(1.0)
        return lax.scan(step, empty, (1 + _registers.columns(window)) / 2)[1]

    def __call__(self, window: Array) -> Array:
        """Return the forecast: (steps,) or (steps, features) -> ()."""
        state = self.states(window)[-1].reshape([2] * WORKSPACE)
        cos, sin = powers(self.last, jnp.zeros(0), WORKSPACE)
        one, zero = ((sin * state) ** 2).sum(), ((cos * state) ** 2).sum()
        return self.output[0] + self.output[1] * one / (zero + one)
