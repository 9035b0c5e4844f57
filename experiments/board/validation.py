"""Choice of settings inside the training part, by forecasts from before each block of it.

Only later blocks are forecast, from all that precedes them, as the test part is forecast from the
training part. What a fit chooses within itself in closed form, such as the penalty of a ridge
regression by its leave-one-out errors, is part of the fit and does not count as a trial.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import TimeSeriesSplit

Places = NDArray[np.intp]

BLOCKS = 4


def blocks(places: Places) -> Iterator[tuple[Places, Places]]:
    """Yield places to fit to and the block to forecast: together, the blocks are the last half."""
    rolling = TimeSeriesSplit(BLOCKS, test_size=len(places) // (2 * BLOCKS))
    for earlier, block in rolling.split(places):
        yield places[earlier], places[block]


def block_error(
    squared_errors: Callable[[Places, Places], NDArray[np.float64]], places: Places
) -> NDArray[np.float64]:
    """Return the mean squared error over all blocks.

    Parameters
    ----------
    squared_errors : callable
        Given places to fit to and places to forecast, returns squared errors (..., forecasts).
    places : ndarray of int
        Those of the targets in the training part, in order.
    """
    errors = [squared_errors(earlier, block) for earlier, block in blocks(places)]
    return np.asarray(np.concatenate(errors, axis=-1).mean(axis=-1))
