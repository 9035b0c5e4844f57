"""Average entangling power in JAX, its upper bound, and a penalty that steers it in training.

All functions are pure and traceable, as in `qrnnlib.cell.engine`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from jax import Array

from qrnnlib import _checks
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.engine import AnyArray, joint_unitary
from qrnnlib.physics.average_power import mean_purity


def average_power(matrix: AnyArray, system_dim: int, memory_dim: int) -> Array:
    """Return the average entangling power of a unitary: the mean linear entropy it creates.

    It is the mean of ``1 - tr rho^2``, with ``rho`` the system's state after the unitary, over
    products of Haar-random pure states of system and memory. It is a polynomial in the entries of
    the matrix and their conjugates, so its gradient exists everywhere.

    Parameters
    ----------
    matrix : Array, shape (system_dim * memory_dim, system_dim * memory_dim)
        The unitary, system first; unitarity is not checked.
    system_dim, memory_dim : int
        Dimensions of system and memory.

    Returns
    -------
    Array, shape ()
        Between 0 and `largest_average_power`.

    References
    ----------
    Zanardi, Zalka and Faoro, PRA 62, 030301(R) (2000), quant-ph/0005031; for unequal dimensions
    as derived in tests/README.md.

    Examples
    --------
    >>> import numpy as np
    >>> cnot = np.eye(4)[[0, 1, 3, 2]]
    >>> round(float(9 * average_power(cnot, 2, 2)), 6)
    2.0
    """
    return 1 - jnp.asarray(mean_purity(jnp.asarray(matrix), system_dim, memory_dim))[0]


def largest_average_power(system_dim: int, memory_dim: int) -> float:
    """Return an upper bound on the average entangling power of any unitary.

    With ``d`` the smaller and ``D`` the larger dimension it is ``(1 - 1/d) D / (D + 1)``; for two
    qubits, which cannot reach that, it is 2/9, the value of a CNOT. See tests/README.md.

    Raises
    ------
    TypeError, ValueError
        If a dimension is not an integer of at least 1.

    Examples
    --------
    >>> largest_average_power(4, 4), largest_average_power(2, 4)
    (0.6, 0.4)
    """
    smaller, larger = sorted(_checks.two_integers("dimensions", (system_dim, memory_dim)))
    return 2 / 9 if larger == 2 else (smaller - 1) * larger / (smaller * (larger + 1))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PowerPenalty:
    """Penalty on the deviation of a cell's average entangling power from a target.

    A function of the weights for `qrnnlib.learning.trainer`: ``weight * (power - target)**2``, with
    the power of the joint unitary. To JAX, target and weight are data, so that all their values
    share compiled code; the design is a constant.

    Examples
    --------
    >>> import numpy as np
    >>> from qrnnlib.cell.engine import double_precision
    >>> design = CellDesign(1, 1, 1, encoding="angle", disentangler=None)
    >>> penalty = PowerPenalty(target=0.0, weight=81.0, design=design)
    >>> with double_precision():
    ...     cost = penalty({"entangler": np.zeros((1, 2))})       # of a CNOT, whose power is 2/9
    >>> round(float(cost), 6)
    4.0
    """

    target: float
    weight: float
    design: CellDesign = field(metadata={"static": True})

    def __call__(self, weights: Mapping[str, AnyArray]) -> Array:
        """Return the penalty at `weights`."""
        matrix = joint_unitary(self.design, weights)
        power = average_power(matrix, self.design.system_dim, self.design.memory_dim)
        return self.weight * (power - self.target) ** 2
