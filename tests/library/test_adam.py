"""Adam beside Optax, on the host and in a compiled program; rows of weights and back."""

import jax
import numpy as np
import optax

from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import adam
from qrnnlib.learning.layout import Layout


def test_steps_are_those_of_optax():
    """Thirty steps with gradients of all sizes, and rates that change."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3, 5))
    gradients = rng.normal(size=(30, 3, 5)) * 10.0 ** rng.integers(-9, 9, (30, 1, 5))
    rates = rng.uniform(0.001, 0.1, 30)
    ours, compiled, state = rows, rows, adam.begin(rows)
    with double_precision():
        theirs, memory = jax.numpy.asarray(rows), optax.adam(0.0).init(rows)
        other = jax.tree.map(jax.numpy.asarray, state)
        for gradient, rate in zip(gradients, rates, strict=True):
            ours, state = adam.step(ours, gradient, state, rate)
            compiled, other = jax.jit(adam.step)(compiled, gradient, other, rate)
            change, memory = optax.adam(rate).update(gradient, memory)
            theirs = theirs + change
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=0, atol=1e-13)
        np.testing.assert_allclose(ours, np.asarray(compiled), rtol=0, atol=1e-13)
    assert isinstance(ours, np.ndarray)


def test_rows_are_the_weights_and_back():
    rng = np.random.default_rng(0)
    weights = {
        "b": rng.normal(size=(3,)),
        "a": rng.normal(size=(3, 2, 2)),
        "none": np.zeros((3, 0)),
    }
    layout = Layout.of(weights)
    assert layout == Layout.of(jax.tree.map(np.ones_like, weights))
    assert hash(layout) == hash(Layout.of(weights))
    rows = layout.rows(weights)
    assert rows.shape == (3, 5)
    for name, array in layout.tree(rows).items():
        np.testing.assert_array_equal(array, weights[name])
    for name, array in layout.tree(rows[1]).items():
        np.testing.assert_array_equal(array, weights[name][1])
