"""Checker for the chapter *Related work*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import Verdict, differs, judge

Operators = NDArray[np.complex128]


def check_forgetting(answer: object) -> Verdict:
    """Check a function that returns the factor by which a memory forgets in one step.

    ``answer(kraus)`` returns the second largest absolute eigenvalue of the channel with the Kraus
    operators `kraus`, an array of shape (outcomes, d, d). The reference applies the channel to each
    matrix with a single entry of 1, and needs no Kronecker product.

    Examples
    --------
    >>> check_forgetting(lambda kraus: 1.0).hint
    'This is the largest. It is 1 for every channel and belongs to what is never forgotten.'
    """

    def fault(value: Any, kraus: Operators) -> str | None:
        matrix = _matrix(kraus)
        values = _by_size(np.linalg.eigvals(matrix))
        unconjugated = sum(np.kron(k, k) for k in kraus)
        return differs(
            value,
            abs(values[1]),
            {
                "This is the largest. It is 1 for every channel and belongs to what is never "
                "forgotten.": abs(values[0]),
                "This is a real part. A memory may also rotate as it forgets: take absolute "
                "values.": np.sort(values.real)[-2],
                "This is a singular value. Over many steps it is eigenvalues that count.": (
                    np.linalg.svd(matrix, compute_uv=False)[1]
                ),
                "One of the two factors of the Kronecker product must be conjugated.": abs(
                    _by_size(np.linalg.eigvals(unconjugated))[1]
                ),
                "This adds the operators themselves. The channel adds what they do to a density "
                "matrix.": abs(_by_size(np.linalg.eigvals(kraus.sum(axis=0)))[1]),
                "This is the square. The factor for a density matrix is not squared again.": (
                    abs(values[1]) ** 2
                ),
            },
        )

    rng = np.random.default_rng(2009)
    cases = [(_random_channel(rng, outcomes, d),) for outcomes, d in [(2, 2), (3, 2), (2, 3)]]
    # A swap with the system writes anew in each step: nothing old is left.
    swap = np.array([[[1, 0], [0, 0]], [[0, 1], [0, 0]]], dtype=np.complex128)
    return judge(
        answer,
        [*cases, (swap,)],
        fault,
        wanted="Return the second largest absolute eigenvalue of the memory's channel.",
        praise="It is the factor that is left, in the long run, of any difference of two memories.",
    )


def _matrix(kraus: Operators) -> Operators:
    """Return the channel as a matrix: a column for each matrix with a single entry of 1."""
    d = kraus.shape[1]
    units = np.eye(d * d).reshape(d * d, d, d)
    images = np.einsum("sij,ujk,slk->uil", kraus, units, kraus.conj())
    columns: Operators = images.reshape(d * d, d * d).T
    return columns


def _by_size(values: Any) -> Operators:
    """Return eigenvalues, the largest absolute value first."""
    ordered: Operators = values[np.argsort(-abs(values), kind="stable")]
    return ordered


def _random_channel(rng: np.random.Generator, outcomes: int, d: int) -> Operators:
    """Return Kraus operators of a random channel: the blocks of a random isometry."""
    shape = outcomes * d, d
    isometry, _ = np.linalg.qr(rng.standard_normal(shape) + 1j * rng.standard_normal(shape))
    kraus: Operators = isometry.reshape(outcomes, d, d)
    return kraus
