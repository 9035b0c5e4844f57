"""Starts of a measured cell with lighter coupling, and so longer memory, than the library's own."""

import numpy as np
from numpy.typing import NDArray

from qrnnlib.cell.design import CellDesign, Weights, stacked
from qrnnlib.cell.engine import Forward
from qrnnlib.learning.initialization import filter_weights

Reals = NDArray[np.float64]

#: Number of candidates that are drawn.
DRAWN = 512

#: Range of the factor by which the couplings of a drawn filter are multiplied (log-uniform).
LIGHTER = (0.1, 1.0)

#: Size of the penalty on the readout, per window, in scaled units.
RIDGE = 1e-6


def light_starts(
    design: CellDesign, starts: int, X: Reals, y: Reals, rng: np.random.Generator
) -> Weights:
    """Return the best of many cells that are linear filters with light coupling.

    They are drawn as the library draws its own (`qrnnlib.learning.initialization.filter_weights`);
    then all couplings of a cell are multiplied by one random factor. Each gets its least-squares
    readout, and those of lowest error on the windows given are kept.

    Parameters
    ----------
    design : CellDesign
        With amplitude encoding, canonical layers, the exact channel and a linear readout.
    starts : int
        Number of cells to return, as a leading axis.
    X, y : ndarray, shape (windows, steps) and (windows,)
    rng : numpy.random.Generator
    """
    drawn = stacked([_lighter(design, rng) for _ in range(DRAWN)])
    exact = Forward(design).by_hand(X)
    assert exact is not None
    z = exact.expectations(drawn)
    columns = np.concatenate([z, np.ones((*z.shape[:2], 1))], axis=2)
    rows = columns.swapaxes(1, 2)
    normal = rows @ columns + RIDGE * len(y) * np.eye(columns.shape[2])
    readouts = np.linalg.solve(normal, rows @ y[:, None])
    errors = np.mean(((columns @ readouts)[:, :, 0] - y) ** 2, axis=1)
    drawn["readout_weight"], drawn["readout_bias"] = readouts[:, :-1, 0], readouts[:, -1, 0]
    best = np.argsort(errors, kind="stable")[:starts]
    return {name: array[best] for name, array in drawn.items()}


def _lighter(design: CellDesign, rng: np.random.Generator) -> Weights:
    weights = filter_weights(design, rng)
    weights["entangler"][0, design.qubits :] *= np.exp(rng.uniform(*np.log(LIGHTER)))
    return weights
