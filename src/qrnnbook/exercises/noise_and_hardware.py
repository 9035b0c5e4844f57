"""Checkers for the chapter *Noise and hardware*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import Verdict, differs, judge

Counts = dict[str, int]


def check_depolarized(answer: object) -> Verdict:
    """Check a function that depolarizes one of two qubits.

    ``answer(rho, p)`` returns the density matrix of two qubits, as a 4 x 4 array, after the first
    one was replaced by a completely mixed one with probability `p`.

    Examples
    --------
    >>> check_depolarized(lambda rho, p: (1 - p) * rho + p * np.eye(4) / 4).hint
    'The second qubit is to keep its own state: only the first is replaced.'
    """

    def fault(value: Any, rho: NDArray[np.complex128], p: float) -> str | None:
        def replaced(share: float) -> NDArray[np.complex128]:
            second = np.trace(rho.reshape(2, 2, 2, 2), axis1=0, axis2=2)
            return np.asarray((1 - share) * rho + share * np.kron(np.eye(2) / 2, second))

        first = np.trace(rho.reshape(2, 2, 2, 2), axis1=1, axis2=3)
        flips = [np.kron(pauli, np.eye(2)) for pauli in _PAULIS]
        every_flip = (1 - p) * rho + p / 3 * sum(flip @ rho @ flip for flip in flips)
        mistakes = {
            "The second qubit is to keep its own state: only the first is replaced.": (1 - p) * rho
            + p * np.eye(4) / 4,
            "This replaces the second qubit.": (1 - p) * rho + p * np.kron(first, np.eye(2) / 2),
            "The completely mixed state has trace 1: a half is missing.": 2 * replaced(p)
            - (1 - p) * rho,
            "This makes X, Y or Z happen with probability p. Replaced means also: left alone, in "
            "one of four cases.": every_flip,
            "Here p is the probability that nothing happens.": replaced(1 - p),
        }
        return differs(value, replaced(p), mistakes)

    rng = np.random.default_rng(1101)
    cases = []
    for p in (0.2, 0.7, 0.0, 1.0):
        vectors = rng.normal(size=(2, 4)) + 1j * rng.normal(size=(2, 4))
        rho = sum(np.outer(v, v.conj()) for v in vectors)
        cases.append((rho / np.trace(rho), p))
    bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
    return judge(
        answer,
        [*cases, (np.outer(bell, bell).astype(complex), 0.5)],
        fault,
        wanted="Return the density matrix of both qubits after noise on the first.",
        praise="What the two shared is gone with probability p; the second alone is as before.",
    )


def check_mean_answer(answer: object) -> Verdict:
    """Check a function that computes the mean of Z of the last system qubit from counts.

    ``answer(counts, step)`` returns the mean at a step, counted from 0. The keys of `counts` are
    Qiskit's: the outcome of the last step first.

    Examples
    --------
    >>> def mean(counts, step):
    ...     scores = {key: 1 - 2 * int(key.split()[step][-1]) for key in counts}
    ...     return sum(n * scores[key] for key, n in counts.items()) / sum(counts.values())
    >>> check_mean_answer(mean).hint
    'This is another step: the last step comes first in a record.'
    """

    def fault(value: Any, counts: Counts, step: int) -> str | None:
        def mean(step: int, bit: int = -1, weighted: bool = True) -> float:
            number = np.array([n if weighted else 1 for n in counts.values()])
            scores = np.array([1 - 2 * int(key.split()[::-1][step][bit]) for key in counts])
            return float(number @ scores / number.sum())

        mistakes = {
            "This is another step: the last step comes first in a record.": mean(-1 - step),
            "This is the first system qubit: in a word it comes first.": mean(step, bit=0),
            "The sign is wrong: 0 scores +1, and 1 scores -1.": -mean(step),
            "Some records were seen more often than others: weigh them.": mean(
                step, weighted=False
            ),
            "This is the probability of a 1: a 0 scores +1, and a 1 scores -1.": (1 - mean(step))
            / 2,
            "Divide by the number of shots.": mean(step) * sum(counts.values()),
        }
        return differs(value, mean(step), mistakes)

    rng = np.random.default_rng(1102)
    cases = []
    for steps in (3, 2, 4):
        words = ["".join(map(str, bits)) for bits in rng.integers(0, 2, (9 * steps, 2))]
        keys = [" ".join(words[i::9]) for i in range(9)]
        counts = {key: int(n) for key, n in zip(keys, rng.integers(1, 90, 9), strict=True)}
        cases += [(counts, step) for step in (0, steps - 1)]
    return judge(
        answer,
        [*cases, ({"01": 1}, 0), ({"10 01": 5}, 1)],
        fault,
        wanted="Return the mean of +1 for each 0 and -1 for each 1 of the last system qubit.",
        praise="Steps, qubits and signs are all where they belong.",
    )


def check_extrapolated(answer: object) -> Verdict:
    """Check a function that extrapolates outputs at several noise rates to zero noise.

    ``answer(rates, outputs)`` returns the value at rate 0 of the polynomial of lowest degree
    through all points.

    Examples
    --------
    >>> check_extrapolated(lambda rates, outputs: np.polyfit(rates, outputs, 1)[-1]).hint
    'This is the best straight line. A curve can go through all points.'
    """

    def fault(value: Any, rates: NDArray[np.float64], outputs: NDArray[np.float64]) -> str | None:
        truth = np.polyfit(rates, outputs, len(rates) - 1)[-1]
        line = np.polyfit(rates, outputs, 1)
        mistakes = {
            "This is the best straight line. A curve can go through all points.": line[-1],
            "This is the mean of the outputs. Where does their curve meet the axis?": np.mean(
                outputs
            ),
            "This is the output with the least noise. Follow the curve to none.": outputs[
                np.argmin(rates)
            ],
            "This is the coefficient of the highest power; the constant is wanted.": np.polyfit(
                rates, outputs, len(rates) - 1
            )[0],
        }
        return differs(value, truth, mistakes)

    rng = np.random.default_rng(1103)
    cases = []
    for points in (3, 4, 2, 3):
        rates = np.cumsum(rng.uniform(0.3, 1.0, points))
        cases.append((rates, np.polyval(rng.normal(size=points), rates)))
    cases.append((np.array([2.0, 1.0, 3.0]), np.array([0.5, 0.5, 0.5])))
    return judge(
        answer,
        cases,
        fault,
        wanted="Return the value at rate 0 of the polynomial through all points.",
        praise="Every polynomial of low degree is followed back to its value without noise.",
    )


_PAULIS = (
    np.array([[0, 1], [1, 0]], complex),
    np.array([[0, -1j], [1j, 0]]),
    np.array([[1, 0], [0, -1]], complex),
)
