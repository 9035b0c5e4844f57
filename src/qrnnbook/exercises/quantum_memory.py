"""Checkers for the chapter *What a quantum memory is for*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import MisfitError, Verdict, close, differs, judge, numbers

Array = NDArray[np.complex128]


def check_probability(answer: object) -> Verdict:
    """Check a function that computes the probability of a record of outcomes.

    ``answer(kraus, record)`` returns a number, for an array of shape (outcomes, d, d) and a tuple
    of outcomes.

    Examples
    --------
    >>> check_probability(lambda kraus, record: 1.0).state
    'wrong'
    """

    def fault(value: Any, kraus: Array, record: tuple[int, ...]) -> str | None:
        first, mixed = np.eye(kraus.shape[1])[0], np.eye(kraus.shape[1]) / kraus.shape[1]
        forwards = _product(kraus, record)
        backwards = _product(kraus, record[::-1])
        transposed = _product(kraus.swapaxes(1, 2), record)
        memory = forwards @ first
        return differs(
            value,
            np.vdot(memory, memory).real,
            {
                "This is the length of the vector. The probability is its square.": np.linalg.norm(
                    memory
                ),
                "The first outcome acts first: its operator stands on the right.": np.linalg.norm(
                    backwards @ first
                )
                ** 2,
                "This applies the operators to the wrong side.": np.linalg.norm(transposed @ first)
                ** 2,
                "The memory starts in its first basis state, not in a mixture of all.": np.trace(
                    forwards @ mixed @ forwards.conj().T
                ).real,
                "This is the overlap with the state the memory began in.": abs(memory[0]) ** 2,
            },
        )

    rng = np.random.default_rng(2010)
    cases = [
        (_complete(rng, outcomes, dim), tuple(int(s) for s in rng.integers(0, outcomes, length)))
        for outcomes, dim, length in ((2, 2, 4), (4, 2, 3), (2, 4, 5), (2, 2, 1))
    ]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the probability of the record, from the operators and the outcomes.",
        praise="It is the squared length of what the operators leave of the first memory.",
    )


def check_hankel(answer: object) -> Verdict:
    """Check a function that builds a Hankel matrix.

    ``answer(probability, words)`` returns a square array, for a function of tuples and a list of
    tuples.

    Examples
    --------
    >>> check_hankel(lambda probability, words: np.eye(len(words))).state
    'wrong'
    """

    def fault(value: Any, probability: Any, words: list[tuple[int, ...]]) -> str | None:
        alone = np.array([probability(word) for word in words])
        table = np.array([[probability(a + b) for b in words] for a in words])
        return differs(
            value,
            table,
            {
                "The past stands first: rows are pasts and columns are futures.": table.T,
                "This is as if past and future were independent.": np.outer(alone, alone),
                "This is the chance of the future given the past. The table has that of both.": (
                    table / alone[:, None]
                ),
            },
        )

    rng = np.random.default_rng(2000)
    words = [(), (0,), (1,), (0, 1), (1, 1)]
    cases = [(_Probability(_complete(rng, 2, 2)), words) for _ in range(3)]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the table of probabilities of a past followed by a future.",
        praise="Its rank bounds the number of states of every hidden Markov model from below.",
    )


def check_lamp(answer: object) -> Verdict:
    """Check a function that returns the Kraus operators of a lamp with bulbs of two kinds.

    ``answer(q, x, y)`` returns an array of shape (2, 2, 2). Many are right, so the check computes
    what they do.

    Examples
    --------
    >>> check_lamp(lambda q, x, y: np.array([np.diag([x, y]), np.zeros((2, 2))])).state
    'wrong'
    """

    def fault(value: Any, q: float, x: float, y: float) -> str | None:
        silent, failure = numbers(value, (2, 2, 2))
        total = silent.conj().T @ silent + failure.conj().T @ failure
        if not close(total, np.eye(2)):
            return "The two outcomes must be certain together: the sum of K^dagger K is 1."
        memory, found, mixed = np.array([1.0, 0.0], complex), [], []
        for n in range(8):
            found.append(np.vdot(memory, memory).real)
            mixed.append(q * x ** (2 * n) + (1 - q) * y ** (2 * n))
            memory = silent @ memory
        if close(found, [q * x**n + (1 - q) * y**n for n in range(8)]):
            return "The kinds survive with the squares of x and y."
        if not close(found, mixed):
            kinds = [q * y ** (2 * n) + (1 - q) * x ** (2 * n) for n in range(8)]
            if close(found, kinds):
                return "The two kinds have changed places."
            return "Eight steps without failure do not have the survival that is wanted."
        if not close(failure[1], np.zeros(2)):
            return "A failure must lead back to |0>, whatever the memory was."
        return None

    rng = np.random.default_rng(2020)
    cases = [tuple(float(v) for v in rng.uniform(0.2, 0.9, 3)) for _ in range(4)]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the two Kraus operators, of no failure and of a failure.",
        praise="One qubit holds what matters of the age, at any resolution of time.",
    )


class _Probability:
    """The probability of a record of outcomes, as a function of a tuple."""

    def __init__(self, kraus: Array) -> None:
        self._kraus = kraus

    def __call__(self, record: tuple[int, ...]) -> float:
        if not isinstance(record, tuple):
            raise MisfitError("A word is a tuple.")
        return float(np.linalg.norm(_product(self._kraus, record)[:, 0]) ** 2)

    def __repr__(self) -> str:
        return "a cell"


def _product(kraus: Array, record: tuple[int, ...]) -> Array:
    """Return the product of the operators; the first outcome's acts first."""
    product: Array = np.eye(kraus.shape[1], dtype=complex)
    for outcome in record:
        product = kraus[outcome] @ product
    return product


def _complete(rng: np.random.Generator, outcomes: int, dim: int) -> Array:
    """Return random Kraus operators: the blocks of a random isometry."""
    real, imaginary = rng.normal(size=(2, outcomes * dim, dim))
    isometry, _ = np.linalg.qr(real + 1j * imaginary)
    return isometry.reshape(outcomes, dim, dim)
