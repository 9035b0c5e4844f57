"""Distribution of restarts over as many devices as divide them evenly."""

from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


def spread(restarts: int, state: Any, problem: Any) -> tuple[Any, Any]:
    """Place `state` and `problem` on the devices that train them.

    Parameters
    ----------
    restarts : int
    state : pytree
        Every array has a leading axis of restarts, which is divided among the devices.
    problem : pytree
        Copied whole to every device.

    Returns
    -------
    state, problem : pytree of jax.Array
        On the largest number of devices that divides the restarts, possibly one.

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
