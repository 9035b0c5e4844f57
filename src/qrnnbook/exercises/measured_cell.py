"""Checkers for the chapter *The measured cell*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj, expect, qeye, rand_dm, rand_ket, rand_unitary, sigmaz, tensor

from qrnnbook.exercises._judging import MisfitError, Verdict, close, differs, judge, numbers

Complex = NDArray[np.complex128]
Real = NDArray[np.float64]


def check_scores(answer: object) -> Verdict:
    """Check a function that returns the mean of Z for both system qubits.

    ``answer(p)`` returns the pair of means, first qubit first, where `p` holds the probabilities of
    the outcomes 00, 01, 10 and 11. The reference is QuTiP's expectation values, for random `p`.

    Examples
    --------
    >>> check_scores(lambda p: (p[0] + p[1] - p[2] - p[3], p[0] - p[1] + p[2] - p[3])).state
    'right'
    """

    def fault(value: Any, p: Real) -> str | None:
        state = Qobj(np.diag(p), dims=[[2, 2], [2, 2]])
        questions = tensor(sigmaz(), qeye(2)), tensor(qeye(2), sigmaz())
        truth = np.array([expect(question, state) for question in questions])
        return differs(
            value,
            truth,
            {
                "The two have changed places: the first digit of an outcome belongs to the "
                "first qubit.": truth[::-1],
                "These are the probabilities of outcome 0. Outcome 0 scores +1, and outcome 1 "
                "scores -1.": (1 + truth) / 2,
                "The signs are the other way round: 0 scores +1.": -truth,
                "These are too small. The probabilities add up to 1, so nothing is left to "
                "divide by.": truth / 2,
                "These are far too small. The probabilities add up to 1, so the mean is the "
                "plain weighted sum.": truth / 4,
                "This asks whether the two digits are equal. Each qubit has a score of its "
                "own.": np.full(2, p[0] - p[1] - p[2] + p[3]),
            },
        )

    rng = np.random.default_rng(2505)
    return judge(
        answer,
        [(p,) for p in rng.dirichlet(np.ones(4), size=4)],
        fault,
        wanted="Return two numbers: the mean score of the first system qubit, then of the last.",
        praise="It is what QuTiP's expect gives for both qubits.",
    )


def check_measure(answer: object) -> Verdict:
    """Check a function that measures the system and keeps the most likely row.

    ``answer(table)`` returns the pair (p, h): the probability of each outcome, and the amplitudes
    of the next memory under the most-likely rule, up to a global phase. The reference for p is
    QuTiP's reduced state of the system.

    Examples
    --------
    >>> def measure(table):
    ...     p = (abs(table) ** 2).sum(axis=1)
    ...     return p, table[p.argmax()] / np.sqrt(p.max())
    >>> check_measure(measure).state
    'right'
    """
    rng = np.random.default_rng(2506)
    shapes = [(2, 4), (4, 2), (4, 4), (2, 2), (4, 4)]
    return judge(
        answer,
        [(rand_ket(shape, seed=rng).full().reshape(shape),) for shape in map(list, shapes)],
        _fault_of_measure,
        wanted="Return the probability of each outcome, and the row that is kept, scaled.",
        praise="The probabilities are those of QuTiP's reduced state, and the memory is the "
        "likeliest row, for random tables of several shapes.",
    )


def _fault_of_measure(value: Any, table: Complex) -> str | None:
    """Return what is wrong with the probabilities or the memory after a measurement, or None."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise MisfitError("It must be a pair: the probabilities, and the next memory.")
    rows, columns = table.shape
    if np.shape(value[0]) == (columns,) != (rows,):
        return "There are as many probabilities as columns. The system is measured: one per row."
    p = Qobj(table.reshape(-1, 1), dims=[[rows, columns], [1]]).ptrace(0).diag().real
    hint = differs(
        value[0],
        p,
        {
            "A probability is a length squared. These are lengths.": np.sqrt(p),
            "Square the size of each amplitude first, then add. Here it is the other way "
            "round.": np.abs(table.sum(axis=1)) ** 2,
            "Amplitudes are complex: take the size of each before you square it.": np.sum(
                table**2, axis=1
            ),
        },
    )
    if hint is not None:
        return hint or "The probabilities are not right yet."
    memory, winner = numbers(value[1], (columns,), "The next memory"), int(p.argmax())
    if close(memory, table[winner] / p[winner]):
        return "The row is divided by its probability; it needs the root of that."
    if not close(length := np.linalg.norm(memory), 1):
        return f"The next memory has the length {length:.3f}. A state has length one."
    # `memory` is row / |row| up to a phase exactly if |<row|memory>| = |row| (Cauchy-Schwarz).
    kept = [close(abs(np.vdot(row, memory)), np.linalg.norm(row)) for row in table]
    if kept[winner]:
        return None
    if any(kept):
        return f"Row {kept.index(True)} is kept, but row {winner} is the most likely."
    if close(np.abs(memory), np.abs(table[winner]) / np.sqrt(p[winner])):
        return "The sizes are right, the phases are not: keep the row's amplitudes as they are."
    return "The next memory is no row of the table. A measurement leaves just one."


def check_average_memory(answer: object) -> Verdict:
    r"""Check a function that applies one step of the memory channel, to a memory that may be mixed.

    ``answer(U, s, rho)`` returns the next memory as a density matrix. `U` acts on system and
    memory, system first; `s` holds the amplitudes of the encoded input, and `rho` is the memory
    before the step. The reference is QuTiP's partial trace of
    :math:`U (\ket{s}\bra{s} \otimes \rho) U^\dagger`, for random unitaries, inputs and memories.

    Examples
    --------
    >>> def average_memory(U, s, rho):
    ...     n, m = len(s), len(rho)
    ...     kept = np.einsum("ijkl,k->ijl", U.reshape(n, m, n, m), s)
    ...     return sum(K @ rho @ K.conj().T for K in kept)
    >>> check_average_memory(average_memory).state
    'right'
    """

    def fault(value: Any, U: Complex, s: Complex, rho: Complex) -> str | None:
        joint = _measured(U, s, rho)
        truth, system = joint.ptrace(1).full(), joint.ptrace(0).full()
        p = system.diagonal().real
        n, m = len(s), len(rho)
        kept = np.einsum("ijil->ijl", joint.full().reshape(n, m, n, m))
        return differs(
            value,
            truth,
            {
                "Only the likeliest outcome is in it. The channel adds up all of them.": kept[
                    p.argmax()
                ],
                "This is the memory after the likeliest outcome. The channel averages over "
                "all.": kept[p.argmax()] / p.max(),
                "All outcomes have the same weight here. Each counts with its probability.": (
                    kept / p[:, None, None]
                ).mean(axis=0),
                "The diagonal is right, but off it everything is lost.": np.diag(np.diag(truth)),
                "This is the state of the system.": system,
                "U acts the wrong way: it stands to the left of the state, its adjoint to "
                "the right.": _measured(U.conj().T, s, rho).ptrace(1).full(),
                "This is the right matrix transposed.": truth.T,
                "Is there a star missing, or one too many? It is as if U were "
                "conjugated.": _measured(U.conj(), s, rho).ptrace(1).full(),
                "Is there a star missing, or one too many? It is as if s were "
                "conjugated.": _measured(U, s.conj(), rho).ptrace(1).full(),
            },
        )

    rng = np.random.default_rng(2507)
    sizes = [(2, 2), (2, 4), (4, 2), (4, 4)]
    return judge(
        answer,
        [
            (rand_unitary(n * m, seed=rng).full(), _ket(n, rng), rand_dm(m, seed=rng).full())
            for n, m in sizes
        ],
        fault,
        wanted="Return the next memory, a density matrix of the same shape as rho.",
        praise="It is what QuTiP's ptrace leaves of the joint state, for random unitaries, values "
        "and memories of several sizes.",
    )


def _ket(size: int, rng: np.random.Generator) -> Complex:
    """Return the amplitudes of a random ket."""
    amplitudes: Complex = rand_ket(size, seed=rng).full().ravel()
    return amplitudes


def _measured(U: Complex, s: Complex, rho: Complex) -> Qobj:
    """Return the joint state just before the measurement."""
    n, m = len(s), len(rho)
    move = Qobj(U, dims=[[n, m], [n, m]])
    return move * tensor(Qobj(s).proj(), Qobj(rho)) * move.dag()
