"""Products of matrices along records of symbols, and their gradient, in NumPy.

A record ``s_1 ... s_n`` stands for the product ``A[s_n] ... A[s_1]``. The probability of a record
is such a product between two vectors, for a measured cell as for a hidden Markov model. Neighbours
are multiplied, then neighbouring pairs, and so on, so that 10,000 symbols take 14 rounds; and in
each round a pair is multiplied once, however often it occurs.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrices = NDArray[Any]  # real or complex, (..., dim, dim)
Reals = NDArray[np.float64]


class _Round(NamedTuple):
    """The distinct pairs of blocks that one round multiplies."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]


class Products(NamedTuple):
    """Products along each record for several sets of matrices, and what their gradient needs.

    The product of set ``i`` along record ``r`` is ``exp(logs[i, r]) * matrix[i, r]``.
    """

    matrix: Matrices  # (sets, records, dim, dim), with a largest entry of modulus 1
    logs: Reals  # (sets, records)
    blocks: list[Matrices]  # of each round, (blocks, sets, dim, dim), scaled
    scales: list[Reals]  # by which they were divided, (blocks, sets, 1, 1)


class RecordProducts:
    """Records of symbols, prepared for products of one matrix for each symbol.

    Parameters
    ----------
    records : sequence of ndarray of int
        At least one, each of at least one symbol in ``range(symbols)``.
    symbols : int

    Examples
    --------
    >>> records = RecordProducts([np.array([0, 1, 1]), np.array([1])], symbols=2)
    >>> matrices = np.array([[[[0.0, 1.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]]])
    >>> made = records.products(matrices)
    >>> (np.exp(made.logs)[:, :, None, None] * made.matrix).round(12).tolist()
    [[[[0.0, 4.0], [1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]]]
    """

    def __init__(self, records: Sequence[NDArray[Any]], symbols: int) -> None:
        length = 1 << (max(map(len, records)) - 1).bit_length()
        # Short records are filled up with one more symbol, which stands for the identity.
        blocks = np.full((len(records), length), symbols, np.intp)
        for row, record in zip(blocks, records, strict=True):
            row[: len(record)] = record
        self._rounds: list[_Round] = []
        while blocks.shape[1] > 1:
            kinds = int(blocks.max()) + 1
            codes = blocks[:, 0::2] * kinds + blocks[:, 1::2]
            pairs, place = np.unique(codes, return_inverse=True)
            self._rounds.append(_Round(pairs // kinds, pairs % kinds))
            blocks = place.reshape(codes.shape)
        self._ends = blocks[:, 0]

    def products(self, matrices: Matrices) -> Products:
        """Return the products for several sets of matrices, (sets, symbols, dim, dim)."""
        sets, _, dim, _ = matrices.shape
        identity = np.broadcast_to(np.eye(dim), (1, sets, dim, dim))
        made = np.concatenate([matrices.swapaxes(0, 1), identity])
        logs: Any = 0.0
        blocks, scales = [], []
        for each in (None, *self._rounds):
            if each is not None:
                made = made[each.second] @ made[each.first]
                logs = logs[each.second] + logs[each.first]
            scale = np.abs(made).max(axis=(2, 3), keepdims=True)
            # A product of 0 stays 0, and its logarithm finite.
            scale = np.where(scale == 0, 1.0, scale)
            made = made / scale
            logs = logs + np.log(scale[:, :, 0, 0])
            blocks.append(made)
            scales.append(scale)
        ends = self._ends
        return Products(made[ends].swapaxes(0, 1), logs[ends].T, blocks, scales)

    def gradient(self, made: Products, change: Matrices) -> Matrices:
        """Return the gradient in the matrices, (sets, symbols, dim, dim), of a real function.

        Parameters
        ----------
        made : Products
        change : ndarray, shape (sets, records, dim, dim)
            The function's derivative in ``made.matrix`` at constant ``made.logs``: it changes by
            ``Re sum(conj(change) * dM)``. Constant scales are right for every function of the
            products themselves, since these do not depend on how they are scaled.
        """
        total = _summed(self._ends, change.swapaxes(0, 1), len(made.blocks[-1]))
        earlier = zip(self._rounds, made.blocks[:-1], made.scales[1:], strict=True)
        for each, before, scale in reversed(list(earlier)):
            total = total / scale
            first, second = before[each.first], before[each.second]
            of_first = _adjoint(second) @ total
            of_second = total @ _adjoint(first)
            total = _summed(each.first, of_first, len(before))
            total = total + _summed(each.second, of_second, len(before))
        result: Matrices = (total / made.scales[0])[:-1].swapaxes(0, 1)
        return result


def _adjoint(matrices: Matrices) -> Matrices:
    return matrices.conj().swapaxes(-1, -2)


def _summed(place: NDArray[np.intp], terms: Matrices, places: int) -> Matrices:
    """Return the sums of the terms with the same place, (places, ...)."""
    ones = np.ones(len(place))
    which = sparse.csr_array((ones, (place, np.arange(len(place)))), (places, len(place)))
    result: Matrices = (which @ terms.reshape(len(terms), -1)).reshape(places, *terms.shape[1:])
    return result
