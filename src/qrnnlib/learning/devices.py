"""Where restarts are trained: spread over as many devices as share them out evenly."""

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def spread(restarts: int, state: Any, problem: Any) -> tuple[Any, Any]:
    """Put `state` and `problem` where training goes on.

    Parameters
    ----------
    restarts : int
    state : pytree
        Every array has a leading axis of restarts; each device gets its share of them.
    problem : pytree
        Whole on every device.

    Returns
    -------
    state, problem : pytree of jax.Array
        On one device if no larger number of them divides the restarts.

    Examples
    --------
    >>> state, problem = spread(2, np.zeros((2, 3)), np.ones(4))
    >>> state.shape, problem.shape
    ((2, 3), (4,))
    """
    devices = jax.devices()
    count = max(n for n in range(1, len(devices) + 1) if restarts % n == 0)
    if count == 1:
        return state, jax.device_put(problem)
    mesh = Mesh(np.array(devices[:count]), ("restarts",))
    return (
        jax.device_put(state, NamedSharding(mesh, PartitionSpec("restarts"))),  # type: ignore[no-untyped-call]
        jax.device_put(problem, NamedSharding(mesh, PartitionSpec())),  # type: ignore[no-untyped-call]
    )
