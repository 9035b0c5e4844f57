"""Checkers for the chapter *Memory as entanglement*."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj, basis, gates, rand_dm, rand_ket, rand_unitary, tracedist

from qrnnbook.exercises._judging import Verdict, differs, judge, numbers
from qrnnlib.cell.retention import average_retention
from qrnnlib.physics.entanglement import mutual_information
from qrnnlib.physics.gate_set import pauli_string

Matrix = NDArray[np.complex128]

#: A smaller error in a share is put down to sampling random states, not to a mistake.
SAMPLED = 0.05


def check_trace_distance(answer: object) -> Verdict:
    """Check a function that returns the trace distance of two density matrices.

    ``answer(rho, sigma)`` returns the distance, for two square arrays. The reference is QuTiP's
    trace distance, for random states of several sizes, and for equal and orthogonal states.

    Examples
    --------
    >>> check_trace_distance(lambda rho, sigma: np.linalg.norm(rho - sigma) / 2).hint
    'This is half the length of the difference as a vector of entries. Use its eigenvalues.'
    """

    def fault(value: Any, rho: Matrix, sigma: Matrix) -> str | None:
        difference = rho - sigma
        truth = float(tracedist(Qobj(rho), Qobj(sigma)))
        return differs(
            value,
            truth,
            {
                "Half of it: states that can be distinguished for certain are at distance 1.": 2
                * truth,
                "The eigenvalues sum to 0, as both traces are 1. Take their sizes first.": 0.0,
                "One eigenvalue is enough for a qubit, but not for more.": np.max(
                    np.abs(np.linalg.eigvalsh(difference))
                ),
                "The entries are not eigenvalues; they change with the basis.": np.sum(
                    np.abs(difference) / 2
                ),
                "The diagonal is for one measurement. Another may tell more.": np.sum(
                    np.abs(np.diag(difference)) / 2
                ),
                "This is the root of the summed squares: the length of the difference. "
                "Sum the sizes of the eigenvalues.": np.linalg.norm(difference),
                "This is half the length of the difference as a vector of entries. Use its "
                "eigenvalues.": np.linalg.norm(difference) / 2,
            },
        )

    rng = np.random.default_rng(1969)
    random = [(rand_dm(d, seed=rng).full(), rand_dm(d, seed=rng).full()) for d in (4, 4, 3, 2, 2)]
    zero, one = (basis(2, k).proj().full() for k in (0, 1))
    return judge(
        answer,
        [*random, (zero, one), (zero, zero)],
        fault,
        wanted="Return the trace distance of two density matrices.",
        praise="It agrees with QuTiP for random states. Perpendicular states are at distance 1, "
        "equal ones at 0.",
    )


def check_bits_held(answer: object) -> Verdict:
    """Check a function that returns the Holevo information of equally likely states.

    ``answer(states)`` returns how many bits a list of equally likely density matrices holds about
    the label of the state. The reference is the mutual information of label and state, in their
    joint state.

    Examples
    --------
    >>> check_bits_held(lambda states: np.log2(len(states))).hint
    'This is how many bits the value has. The states hold less if they overlap.'
    """

    def fault(value: Any, states: list[Matrix]) -> str | None:
        count, d = len(states), len(states[0])
        blocks = np.zeros((count, d, count, d), dtype=complex)
        for label, state in enumerate(states):
            blocks[label, :, label, :] = state / count
        joint = blocks.reshape(count * d, count * d)
        truth = mutual_information(Qobj(joint, dims=[[count, d]] * 2))
        mean = _entropy(np.mean(states, axis=0))
        each = np.array([_entropy(state) for state in states])
        return differs(
            value,
            truth,
            {
                "The logarithm is to base e. Bits want base 2.": truth * np.log(2),
                "This is the uncertainty before you know the value. Subtract the uncertainty that "
                "remains.": mean,
                "This is the uncertainty that remains once you know the value.": each.mean(),
                "The other way round: the uncertainty before, minus that afterwards.": -truth,
                "Subtract the mean of the entropies, not their sum.": mean - each.sum(),
                "This is how many bits the value has. The states hold less if they overlap.": (
                    np.log2(count)
                ),
                "The average of the states has trace 1; their sum has not.": (
                    _entropy(np.sum(states, axis=0)) - each.mean()
                ),
            },
        )

    rng = np.random.default_rng(1973)
    random = [[rand_dm(d, seed=rng).full() for _ in range(n)] for d, n in ((4, 3), (2, 2), (3, 4))]
    kets = [[rand_ket(2, seed=rng).proj().full() for _ in range(3)]]
    perpendicular = [basis(4, k).proj().full() for k in range(4)]
    return judge(
        answer,
        [(states,) for states in [*random, *kets, perpendicular, perpendicular[:1] * 2]],
        fault,
        wanted="Return how many bits the states hold, each being equally likely.",
        praise="It is the mutual information, for mixed states and for kets. Four perpendicular "
        "states hold two bits, equal ones none.",
    )


def check_written_and_kept(answer: object) -> Verdict:
    """Check a function that returns the shares of a change that a unitary writes and keeps.

    ``answer(unitary)`` returns the pair (written, kept), for a two-qubit unitary as a 4 x 4 array.
    The reference is the library's closed form.

    Examples
    --------
    >>> def exchanged(unitary):
    ...     return average_retention(Qobj(unitary, dims=[[2, 2], [2, 2]]))[::-1]
    >>> check_written_and_kept(exchanged).hint[:27]
    'The two have changed places'
    """

    def fault(value: Any, unitary: Matrix) -> str | None:
        both = Qobj(unitary, dims=[[2, 2], [2, 2]])
        truth = np.array(average_retention(both))
        shares = numbers(value, (2,), "The pair")
        hint = differs(
            shares,
            truth,
            {
                "The two have changed places: first what is written, then what is kept. (Or you "
                "discarded the memory and not the system; with equal sizes it is the same.)": (
                    truth[::-1]
                ),
                "The shares are of squared lengths. You took roots.": np.sqrt(truth),
                "The partner is a ket in each case, not a blank state: take the mean of squared "
                "lengths, not the squared length of a mean.": _shares(unitary, [np.eye(2) / 2]),
                "The kets 0 and 1 are not enough. Take the eigenstates of X and Y too.": (
                    _shares(unitary, [np.diag([1, 0]), np.diag([0, 1])])
                ),
            },
        )
        if hint == "" and np.all(np.abs(shares - truth) < SAMPLED):
            return (
                "Near. A mean over random states is never exact; here six states of the partner "
                "and three changes give the exact mean."
            )
        return hint

    rng = np.random.default_rng(2017)
    random = [rand_unitary([2, 2], seed=rng).full() for _ in range(4)]
    special = [gate.full().real for gate in (gates.cnot(), gates.swap())]
    return judge(
        answer,
        [(unitary,) for unitary in [*random, *special]],
        fault,
        wanted="Return the share of a change that is written, and the share that is kept.",
        praise="It is the library's closed form, to rounding. A swap writes all and keeps nothing.",
    )


def _shares(unitary: Matrix, partners: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the shares written and kept, averaged over these states of the partner only."""
    changes = [pauli_string(letter).full() for letter in "XYZ"]

    def left(change: Matrix) -> float:
        after = (unitary @ change @ unitary.conj().T).reshape(2, 2, 2, 2)
        return float(np.sum(np.abs(np.trace(after, axis1=0, axis2=2)) ** 2)) / 2

    pairs = [(change, partner) for change in changes for partner in partners]
    written = np.mean([left(np.kron(change, partner)) for change, partner in pairs])
    kept = np.mean([left(np.kron(partner, change)) for change, partner in pairs])
    return np.array([written, kept])


def _entropy(matrix: Matrix) -> float:
    """Return the entropy in bits of the eigenvalues of a matrix."""
    p = np.linalg.eigvalsh(matrix)
    # Drop zeros, whose logarithm is infinite; they contribute nothing.
    p = p[p > 1e-12]
    return float(-np.sum(p * np.log2(p)))
