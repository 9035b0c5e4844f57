"""Effective number of weights of a cell: those that its prediction depends on.

Models are compared by their number of weights, and a cell may have some that affect no prediction.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks, _moved
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.engine import Forward
from qrnnlib.learning import trainer

__getattr__ = _moved.names_of_old(__name__, count_live_weights="count_effective_parameters")


@cache
def count_effective_parameters(design: CellDesign, steps: int) -> int:
    """Return how many weights of a cell influence its prediction.

    A weight counts if a small change of it changes some prediction, at generic weights and on
    generic windows of `steps` steps.

    Raises
    ------
    TypeError, ValueError
        If `design` is not a CellDesign, or `steps` is not an integer of at least 1.

    Examples
    --------
    >>> count_effective_parameters(CellDesign(), 10)
    24
    """
    _checks.instance("design", design, CellDesign)
    steps = _checks.integer("steps", steps)
    rng = np.random.default_rng(0)
    shape = (128, steps) if design.features == 1 else (128, steps, design.features)
    X = rng.uniform(-1, 1, shape)
    weights = design.initial_weights(rng)
    if design.readout == "linear":  # it starts on one qubit alone, which is not generic
        weights["readout_weight"] = rng.uniform(0.5, 1.0, design.system_qubits)
    forward = Forward(design)

    def predictions() -> NDArray[np.float64]:
        # Differences, not a gradient: what `predict` needs is compiled already. The seed is
        # fixed, so that all predictions use the same draws.
        return trainer.predict(forward, weights, X, np.random.default_rng(1))

    reference = predictions()
    live = 0
    for array in weights.values():
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + 1e-3
            live += bool(np.any(np.abs(predictions() - reference) > 1e-9))
            array[place] = kept
    return live
