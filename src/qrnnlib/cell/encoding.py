"""How a value enters the cell: the amplitudes of the system, batched and differentiable."""

from collections.abc import Mapping

import jax.numpy as jnp
from jax import Array, lax

from qrnnlib import _checks
from qrnnlib.cell.circuits import AnyArray
from qrnnlib.cell.design import CellDesign


def encode(design: CellDesign, weights: Mapping[str, AnyArray], x: AnyArray) -> Array:
    """Return the system's amplitudes for inputs: (steps, batch) -> (steps, outcomes, batch).

    Inputs of several features have shape (steps, features, batch).

    Raises
    ------
    ValueError
        If weights or inputs have the shape of another design.
    """
    design.check_shapes(weights, "input")
    if x.shape[1:-1] != (design.features,)[: design.features > 1]:
        wanted = "(steps, batch)" if design.features == 1 else f"(steps, {design.features}, batch)"
        raise ValueError(f"x must have shape {wanted}, got {x.shape}")
    if design.encoding == "amplitude":
        b = weights["input_bias"][:, None]
        if design.features == 1:
            vector = jnp.asarray(weights["input_weight"][:, None] * x[:, None] + b)
        else:
            vector = jnp.einsum("fs,kfb->ksb", weights["input_weight"], x) + b
        # Scaling keeps the direction; without it, squares of large amplitudes would overflow.
        largest = lax.stop_gradient(jnp.abs(vector).max(axis=1, keepdims=True))
        vector = vector / jnp.where(largest == 0, 1.0, largest)
        return normalised(vector, axis=1)
    f = jnp.tanh(x)
    # sqrt(1 - tanh^2), written so that it keeps its digits and cannot overflow at large |x|.
    sech = 2 * jnp.exp(-jnp.abs(x)) / (1 + jnp.exp(-2 * jnp.abs(x)))
    ry, rz, rx = jnp.pi * f / 2, jnp.pi * f**3 / 2, jnp.pi * sech / 2
    up, down = jnp.cos(ry) * jnp.exp(-1j * rz), jnp.sin(ry) * jnp.exp(1j * rz)
    qubit = jnp.stack(
        [
            jnp.cos(rx) * up - 1j * jnp.sin(rx) * down,
            jnp.cos(rx) * down - 1j * jnp.sin(rx) * up,
        ],
        axis=-2,
    )
    by_feature = [qubit] if design.features == 1 else list(jnp.moveaxis(qubit, 1, 0))
    state = by_feature[0]
    for q in range(1, design.system_qubits):
        qubit = by_feature[q % design.features]
        state = (state[:, :, None] * qubit[:, None]).reshape(len(x), -1, x.shape[-1])
    return state


def normalised(vectors: Array, axis: int) -> Array:
    """Return the normalised vectors, with the first basis vector in place of zero."""
    # Gradients pass through both branches of a `where`: the inner one keeps rsqrt(0) out of them.
    squares = lax.stop_gradient((vectors * vectors.conj()).real.sum(axis=axis, keepdims=True))
    zero = squares < _checks.ZERO_NORM_SQUARED
    first = jnp.eye(vectors.shape[axis], 1, dtype=vectors.dtype)
    return jnp.where(zero, first, vectors * lax.rsqrt(jnp.where(zero, 1.0, squares)))
