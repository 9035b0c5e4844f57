"""Distribution of restarts over as many devices as divide them evenly."""

from functools import cached_property
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


class Devices:
    """The devices that train restarts: the largest number that divides them, possibly one.

    JAX is not asked for its devices before they are needed.

    Parameters
    ----------
    restarts : int
    problem : pytree
        What each device needs a copy of.

    Examples
    --------
    >>> devices = Devices(2, np.ones(4))
    >>> devices.divided(np.zeros((2, 3))).shape, devices.problem.shape
    ((2, 3), (4,))
    """

    def __init__(self, restarts: int, problem: Any) -> None:
        self._restarts, self._given = restarts, problem

    @cached_property
    def _mesh(self) -> Mesh | None:
        devices = jax.devices()
        count = max(n for n in range(1, len(devices) + 1) if self._restarts % n == 0)
        return None if count == 1 else Mesh(np.array(devices[:count]), ("restarts",))

    @cached_property
    def problem(self) -> Any:
        """The problem, on every device."""
        if self._mesh is None:
            return jax.device_put(self._given)
        return jax.device_put(self._given, NamedSharding(self._mesh, PartitionSpec()))  # type: ignore[no-untyped-call]

    def divided(self, tree: Any) -> Any:
        """Return a tree whose arrays have a leading axis of restarts, divided among the devices."""
        if self._mesh is None:
            return tree
        sharding = NamedSharding(self._mesh, PartitionSpec("restarts"))  # type: ignore[no-untyped-call]
        return jax.device_put(tree, sharding)
