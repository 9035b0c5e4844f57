"""The engine's run time: with many restarts, against bare matrix products, and by qubits.

1. The paper's sine epoch (70 windows of 10, batches of 5) and one gradient on the whole training
   set, with 64 simultaneous restarts and with one.
2. The whole-set gradient of 64 restarts against the matrix products that it needs at least, of the
   same shapes and number: for each of 10 steps a 16 x 16 matrix times 70 columns and, in the
   backward pass, its transpose times 70 columns and a 16 x 70 times a 70 x 16 matrix for the
   gradient of the matrix itself.
3. A gradient of 5 windows of 10 for 4 to 12 qubits, half of them memory; and the size at which
   applying gates to states becomes faster than building one matrix.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import qrnnlib
from benchmarks.timing import median_ratio, seconds
from qrnnlib.cell import steps
from qrnnlib.cell.engine import Forward, double_precision
from qrnnlib.learning import trainer
from qrnnlib.learning.run import Run

RESTARTS, STEPS, WINDOWS = 64, 10, 70
EPOCHS = 20
ROUNDS = 15
QUBITS = range(4, 13)
TARGETS = {"restarts": 8.0, "products": 4.0, "growth": 2.5}  # at most


def starts(design: qrnnlib.CellDesign, restarts: int) -> dict[str, np.ndarray]:
    """Return initial weights with a leading axis of restarts."""
    each = [design.initial_weights(np.random.default_rng(seed)) for seed in range(restarts)]
    return {name: np.stack([weights[name] for weights in each]) for name in each[0]}


def epochs_of(design: qrnnlib.CellDesign, restarts: int, batch_size: int | None) -> float:
    """Return the seconds per epoch, without the start-up time of training."""
    series = qrnnlib.noisy_sine(points=100, noise=0.1 * np.sqrt(2), random_state=0)
    X, y = qrnnlib.windows(series.values[:80], steps=STEPS)
    weights = starts(design, restarts)

    def train(epochs: int) -> None:
        settings = trainer.Settings(0.01, batch_size, epochs, restarts=restarts, progress=False)
        trainer.train(Run(Forward(design), weights, X, y, settings, np.random.default_rng(0)))

    return (seconds(lambda: train(1 + EPOCHS)) - seconds(lambda: train(1))) / EPOCHS


def gradient_of(design: qrnnlib.CellDesign, restarts: int, windows: int) -> Any:
    """Return a function of no arguments that computes the gradients of all restarts once."""
    rng = np.random.default_rng(0)
    X, y = (
        jnp.asarray(rng.uniform(-1, 1, (windows, STEPS))),
        jnp.asarray(rng.uniform(-1, 1, windows)),
    )
    weights = jax.tree.map(jnp.asarray, starts(design, restarts))

    def loss(w: Any) -> jax.Array:
        return jnp.mean((Forward(design)(w, X, jnp.zeros_like(X)) - y) ** 2)

    compiled = jax.jit(jax.vmap(jax.grad(loss)))
    return lambda: jax.block_until_ready(compiled(weights))


def products() -> Any:
    """Return a function that computes the bare matrix products of that gradient once."""
    rng = np.random.default_rng(0)
    matrix = jnp.asarray(rng.normal(size=(RESTARTS, 16, 16)) / 4)
    columns = jnp.asarray(rng.normal(size=(RESTARTS, 16, WINDOWS)))

    @jax.jit
    def compiled(matrix: jax.Array, columns: jax.Array) -> tuple[jax.Array, jax.Array]:
        last, before = lax.scan(lambda c, _: (matrix @ c, c), columns, None, length=STEPS)

        def back(carry: tuple[jax.Array, jax.Array], c: jax.Array) -> tuple[Any, None]:
            slope, total = carry
            total = total + slope @ jnp.swapaxes(c, 1, 2)
            return (jnp.swapaxes(matrix, 1, 2) @ slope, total), None

        return lax.scan(back, (last, jnp.zeros_like(matrix)), before, reverse=True)[0]

    return lambda: jax.block_until_ready(compiled(matrix, columns))


def verdict(key: str, value: float) -> str:
    """Return text that says whether a ratio meets its target."""
    return f"target: at most {TARGETS[key]:g}, {'met' if value <= TARGETS[key] else 'MISSED'}"


def report_restarts() -> None:
    print(f"\n{RESTARTS} restarts / one restart")
    design = qrnnlib.CellDesign()
    for name, size in (("an epoch in batches of 5", 5), ("an epoch as a whole", None)):
        for restarts in (1, RESTARTS):
            epochs_of(design, restarts, size)  # compiles
        ratio, low, high = median_ratio(
            lambda size=size: epochs_of(design, RESTARTS, size),
            lambda size=size: epochs_of(design, 1, size),
            ROUNDS,
        )
        print(f"  {name:28} {ratio:7.1f} ({low:.1f} to {high:.1f})   {verdict('restarts', ratio)}")


def report_products() -> None:
    print(f"\nGradient of {RESTARTS} restarts, {WINDOWS} windows of {STEPS} / its matrix products")
    with double_precision():
        whole, bare = gradient_of(qrnnlib.CellDesign(), RESTARTS, WINDOWS), products()
        whole(), bare()
        ratio, low, high = median_ratio(lambda: seconds(whole), lambda: seconds(bare), 4 * ROUNDS)
    print(f"  {'':28} {ratio:7.1f} ({low:.1f} to {high:.1f})   {verdict('products', ratio)}")


def report_growth() -> None:
    print("\nA gradient of 5 windows by the number of qubits, in times that of 4")
    kept = steps.DENSE_QUBITS
    for ansatz in ("ring", "canonical"):
        for way, limit in (("one matrix", 6), ("gates on states", 0), ("as it is", kept)):
            steps.DENSE_QUBITS = limit
            sizes = [n for n in QUBITS if way != "one matrix" or n <= limit]
            with double_precision():
                times = [least(gradient_of(design_of(n, ansatz), 1, 5)) for n in sizes]
            if way == "one matrix":
                unit = times[0]
            line = " ".join(f"{n}:{t / unit:.3g}" for n, t in zip(sizes, times, strict=True))
            print(f"  {ansatz:10} {way:16} {line}")
        steps.DENSE_QUBITS = kept
        rate = (times[-1] / times[0]) ** (1 / (len(times) - 1))
        print(f"  {ansatz:10} growth a qubit, on average {rate:.2f}   {verdict('growth', rate)}")


def design_of(qubits: int, ansatz: str) -> qrnnlib.CellDesign:
    return qrnnlib.CellDesign(qubits - qubits // 2, qubits // 2, ansatz=ansatz)


def least(function: Any) -> float:
    """Return the least of several run times, the one least disturbed by other processes."""
    function()
    return min(seconds(function) for _ in range(ROUNDS))


def main() -> bool:
    """Print the three comparisons; return True, as they compare times but no results."""
    print("How the engine's time grows (paper's cell, 2 + 2 qubits unless said otherwise)")
    report_restarts()
    report_products()
    report_growth()
    return True


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
