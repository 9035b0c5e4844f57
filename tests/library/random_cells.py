"""What the tests of the cell and of the engine share: random weights, and what counts as equal."""

import numpy as np
from hypothesis import strategies as st

EXACT = 1e-12

seeds = st.integers(0, 2**32 - 1)


def close(a, b):
    return np.allclose(a, b, rtol=0, atol=EXACT)


def random_weights(design, seed):
    """Draw weights from wider ranges than training starts from, so that nothing is small."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(-4, 4, shape) for name, shape in design.weight_shapes.items()}
