"""The quantum clock that several tests use; `tests/README.md` derives its weights."""

import numpy as np


def clock_weights(cos=0.6, stays=0.94):
    """Return the weights of a one-layer cell: silence has sqrt(stays) exp(+-i arccos(cos))."""
    turn, hop = np.arccos(2 * np.sqrt(stays) * cos / (1 + stays)), np.arccos(stays)
    return {
        "entangler": [[0, 2 * turn, hop, hop, 0]],
        "input_weight": [0, 0],
        "input_bias": [1, 0],
    }
