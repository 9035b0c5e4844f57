"""The likelihood of records of outcomes under cells with a constant input, and its gradient.

Under ``collapse="sampled"`` the outcome ``s`` turns the memory's vector into ``K[s]`` times it,
with the Kraus operators ``K[s] = <s|U|a>`` of the unitary ``U`` of system and memory and of the
system's encoded state ``a``. A record has probability ``|K[s_n] ... K[s_1] |0>|^2``: with a
constant input, the cell is a hidden quantum Markov model (Monras, Beige, Wiesner,
arXiv:1002.2337). `MeasuredCell.log_likelihood` is the definition.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qrnnlib.cell.amplitudes import Amplitudes, amplitudes
from qrnnlib.cell.design import CellDesign
from qrnnlib.cell.joint_unitary import JointUnitary
from qrnnlib.physics.circuit_matrix import Complex, Product, Real
from qrnnlib.physics.record_products import RecordProducts
from qrnnlib.physics.small_products import small_products


class OutcomeLikelihood:
    """Records of outcomes, and how likely cells of one design produce them at input 0.

    Weights have a leading axis of cells.

    Parameters
    ----------
    design : CellDesign
        With amplitude encoding, without noise.
    records : sequence of ndarray of int
        Each of at least one outcome, all below ``design.system_dim``.

    Examples
    --------
    >>> from qrnnlib.cell.design import stacked
    >>> design = CellDesign(1, 1, 1, collapse="sampled")
    >>> weights = stacked([design.initial_weights(np.random.default_rng(s)) for s in range(3)])
    >>> every = [np.array([a, b]) for a in (0, 1) for b in (0, 1)]
    >>> np.exp(OutcomeLikelihood(design, every).log_likelihoods(weights)).sum(axis=1).round(12)
    array([1., 1., 1.])
    """

    def __init__(self, design: CellDesign, records: Sequence[NDArray[Any]]) -> None:
        self._kraus = _kraus(design)
        self._records = RecordProducts(records, design.system_dim)

    def log_likelihoods(self, weights: Mapping[str, Real]) -> Real:
        """Return the natural logarithm of each record's probability, (cells, records)."""
        with small_products():
            made = self._records.products(self._kraus(weights).operators)
            logs: Real = 2 * made.logs + np.log(_squared(made.matrix[..., 0]))
        return logs

    def next_probabilities(self, weights: Mapping[str, Real]) -> Real:
        """Return the probability of each outcome after each record, (cells, records, outcomes)."""
        with small_products():
            operators = self._kraus(weights).operators
            memory = self._records.products(operators).matrix[..., 0]
            branches = np.einsum("csij,crj->crsi", operators, memory)
            probabilities: Real = _squared(branches) / _squared(memory)[:, :, None]
        return probabilities

    def total_and_gradient(self, weights: Mapping[str, Real]) -> tuple[Real, dict[str, Real]]:
        """Return the log-likelihood of all records together, (cells,), and its gradient.

        Where a record is impossible, the total is minus infinity and the gradient 0.
        """
        with small_products():
            kraus = self._kraus(weights)
            made = self._records.products(kraus.operators)
            memory = made.matrix[..., 0]  # after each record, not normalised
            square = _squared(memory)
            total: Real = (2 * made.logs + np.log(square)).sum(axis=1)
            change = np.zeros_like(made.matrix)
            change[..., 0] = 2 * memory / square[..., None]
            change[(square == 0).any(axis=1)] = 0.0
            return total, self._kraus.gradient(kraus, self._records.gradient(made, change))


def kraus_operators(design: CellDesign, weights: Mapping[str, Real]) -> Complex:
    """Return the Kraus operators of each outcome at input 0, (cells, outcomes, dim, dim).

    Examples
    --------
    A cell that does nothing measures what was encoded, |0>:

    >>> design = CellDesign(1, 1, 1, disentangler=None)
    >>> weights = {name: np.zeros((1, *shape)) for name, shape in design.weight_shapes.items()}
    >>> abs(kraus_operators(design, weights)[0, 1]).max().round(12)
    np.float64(0.0)
    """
    return _kraus(design)(weights).operators


class _Kraus(NamedTuple):
    """Kraus operators of several cells, and what their gradient needs."""

    operators: Complex  # (cells, outcomes, memory_dim, memory_dim)
    joint: Product
    blocks: Complex  # of the joint unitary: (cells, outcomes, memory, system, memory)
    encoded: Amplitudes


class _KrausOperators:
    """The Kraus operators of a design at input 0 as a function of its weights."""

    def __init__(self, design: CellDesign) -> None:
        self._design = design
        self._unitary = JointUnitary(design)

    def __call__(self, weights: Mapping[str, Real]) -> _Kraus:
        joint = self._unitary(weights)
        dims = [self._design.system_dim, self._design.memory_dim]
        blocks = joint.matrix.reshape(-1, *dims, *dims)
        encoded = amplitudes(weights["input_bias"])
        operators = np.einsum("csiaj,ca->csij", blocks, encoded.unit)
        return _Kraus(operators, joint, blocks, encoded)

    def gradient(self, made: _Kraus, change: Complex) -> dict[str, Real]:
        """Return the gradient in all weights for that in the operators."""
        of_blocks = np.einsum("csij,ca->csiaj", change, made.encoded.unit)
        of_angles = self._unitary.gradient(made.joint, of_blocks.reshape(made.joint.matrix.shape))
        of_encoded = np.einsum("csij,csiaj->ca", change.conj(), made.blocks).real
        shapes = self._design.weight_shapes
        unused = {name: np.zeros((len(change), *shape)) for name, shape in shapes.items()}
        return unused | of_angles | {"input_bias": made.encoded.gradient(of_encoded)}


@cache
def _kraus(design: CellDesign) -> _KrausOperators:
    return _KrausOperators(design)


def _squared(vectors: NDArray[Any]) -> Real:
    """Return the squared norms along the last axis."""
    square: Real = (vectors.real**2 + vectors.imag**2).sum(axis=-1)
    return square
