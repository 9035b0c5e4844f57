"""Checkers for the chapter *Two systems, one state*."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj, rand_ket

from qrnnbook.exercises._judging import MisfitError, Verdict, close, differs, judge, numbers
from qrnnlib.physics.entanglement import entropy_of_entanglement

Table = NDArray[np.complex128]


def check_memory_alone(answer: object) -> Verdict:
    r"""Check a function that returns the reduced state of the memory.

    ``answer(table)`` returns :math:`\rho_M`, where `table` has a row for each basis state of the
    system and a column for each of the memory. The reference is QuTiP's partial trace, on random
    tables of several shapes.

    Examples
    --------
    >>> check_memory_alone(lambda table: table.T @ table.conj()).state
    'right'
    """

    def fault(value: Any, table: Table) -> str | None:
        rows = np.sum(np.abs(table) ** 2, axis=1, keepdims=True)
        return differs(
            value,
            _ket(table).ptrace(1).full(),
            {
                "This is the state of the system. It has a row for each row of the table; the "
                "memory's has one for each column.": table @ table.conj().T,
                "This is the right matrix transposed. Entry (j, k) is the sum of psi_ij times "
                "psi_ik conjugated: the star is on the second.": table.conj().T @ table,
                "One of the two tables must be conjugated. As it is, complex amplitudes can "
                "cancel, and the trace is not 1.": table.T @ table,
                "These are the probabilities of the outcomes. The diagonal is right; but what "
                "about measurements of X and Y?": np.diag(np.sum(np.abs(table) ** 2, axis=0)),
                "Each row is scaled to length one, which gives every row the same weight. Row i "
                "counts with its probability.": (table / rows).T @ table.conj() / len(table),
            },
        )

    return judge(
        answer,
        [(table,) for table in _tables((2, 2), (2, 2), (2, 4), (4, 2), (3, 5))],
        fault,
        wanted="Return the reduced state of the memory, a square array with a row and a column "
        "for each column of the table.",
        praise="It is what QuTiP's ptrace gives, on random tables of several shapes.",
    )


def check_ebits(answer: object) -> Verdict:
    """Check a function that returns the entanglement of two qubits, from the determinant.

    ``answer(a, b, c, d)`` returns the entanglement in ebits of the ket with the table
    ((a, b), (c, d)). The reference is the entropy from the singular values, for random tables and
    for product and Bell states.

    Examples
    --------
    >>> check_ebits(lambda a, b, c, d: 2 * abs(a * d - b * c) ** 2).hint
    'This is the linear entropy. It is zero where the ebits are, and otherwise another number.'
    """

    def fault(value: Any, a: complex, b: complex, c: complex, d: complex) -> str | None:
        truth = entropy_of_entanglement(_ket(np.array([[a, b], [c, d]])))
        squared = abs(a * d - b * c) ** 2
        larger = (1 + np.sqrt(max(0.0, 1 - 4 * squared))) / 2
        return differs(
            value,
            truth,
            {
                "The logarithm is to base e. Ebits want base 2.": truth * np.log(2),
                "Is there a plus in your determinant?": _ebits_from(abs(a * d + b * c) ** 2),
                "Under the root the determinant stands squared: 1 - 4 |det|².": _ebits_from(
                    np.sqrt(squared)
                ),
                "The determinant is complex. Take its size before you square it.": _ebits_from(
                    (a * d - b * c) ** 2
                ),
                "This is the linear entropy. It is zero where the ebits are, and otherwise "
                "another number.": 2 * squared,
                "This is one term of the sum. The other has (1 - r)/2.": -larger * np.log2(larger),
                "The sign is the other way round.": -truth,
            },
        )

    # Least entangled first: there no mistaken formula takes the root of a negative number.
    random = sorted(_tables(*[(2, 2)] * 20), key=lambda table: abs(np.linalg.det(table)))
    amplitudes = [tuple(table.ravel()) for table in random]
    half = 0.5**0.5
    special = [(0.6 * 0.6, 0.6 * 0.8, 0.8 * 0.6, 0.8 * 0.8), (half, 0, 0, half), (1, 0, 0, 0)]
    return judge(
        answer,
        [*amplitudes, *special],
        fault,
        wanted="Return the ebits of the ket with these four amplitudes, from its determinant.",
        praise="It agrees with the singular values for random kets, and at both ends: a product "
        "and a Bell state.",
    )


def check_untangle(answer: object) -> Verdict:
    """Check a function that returns two local unitaries that make a table diagonal.

    ``answer(table)`` returns the pair (A, B) of the unitaries of system and memory. Many pairs are
    right, so the check is that both are unitary and that ``A @ table @ B.T`` is diagonal without
    negative entries.

    Examples
    --------
    >>> def untangle(table):
    ...     V, _, W = np.linalg.svd(table)
    ...     return V.conj().T, W.conj()
    >>> check_untangle(untangle).state
    'right'
    """
    return judge(
        answer,
        [(table,) for table in _tables((2, 2), (2, 2), (2, 4), (4, 2))],
        _fault_of_moves,
        wanted="Return two unitary matrices, A for the system and B for the memory, such that "
        "A @ table @ B.T is diagonal, with no negative entry.",
        praise="Both matrices are unitary, and only the diagonal is left. It holds the Schmidt "
        "coefficients.",
    )


def _fault_of_moves(value: Any, table: Table) -> str | None:
    """Return what is wrong with two local unitaries, or None."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise MisfitError("It must be a pair: A for the system, B for the memory.")
    rows, columns = table.shape
    A = numbers(value[0], (rows, rows), "A")
    B = numbers(value[1], (columns, columns), "B")
    for name, move in (("A", A), ("B", B)):
        if not close(move @ move.conj().T, np.eye(len(move))):
            return f"{name} is not unitary: {name} times its adjoint is not the identity."
    if _is_diagonal(moved := A @ table @ B.T):
        if close(np.diag(moved), np.abs(np.diag(moved))):
            return None
        return "Only the diagonal is left, but it is not positive: remove each entry's phase."
    # Would the adjoint, transpose or conjugate of A or B have done it?
    dresses: dict[str, Callable[[Table], Table]] = {
        "": lambda move: move,
        "adjoint": lambda move: move.conj().T,
        "transpose": lambda move: move.T,
        "conjugate": lambda move: move.conj(),
    }
    for name_a, dress_a in dresses.items():
        for name_b, dress_b in dresses.items():
            if _is_diagonal(dress_a(A) @ table @ dress_b(B).T):
                return _advice({"A": name_a, "B": name_b})
    if rows == columns and _is_diagonal(B @ table @ A.T):
        return "The two have changed places: A acts on the system, B on the memory."
    return "Both matrices are unitary, but off the diagonal not every entry is zero."


def _advice(wanted: dict[str, str]) -> str:
    """Return the hint for unitaries that only need an adjoint, a transpose or a conjugate."""
    named = [f"{name} by its {dress}" for name, dress in wanted.items() if dress]
    return (
        f"Nearly: replace {' and '.join(named)}. A has to undo V, and B stands transposed to "
        "the right of the table, where it has to undo W."
    )


def _is_diagonal(table: Table) -> bool:
    """Return whether a table is zero off the diagonal."""
    diagonal = np.zeros_like(table)
    np.fill_diagonal(diagonal, np.diag(table))
    return close(table, diagonal)


def _tables(*shapes: tuple[int, int]) -> Iterator[Table]:
    """Yield a random table of each shape, from a fixed seed."""
    rng = np.random.default_rng(2035)
    for rows, columns in shapes:
        yield rand_ket([rows, columns], seed=rng).full().reshape(rows, columns)


def _ket(table: Table) -> Qobj:
    """Return the ket with this table of amplitudes."""
    rows, columns = table.shape
    return Qobj(table.reshape(-1, 1), dims=[[rows, columns], [1]])


def _ebits_from(squared: Any) -> Any:
    """Return the formula's result for this value of the squared determinant, or nan."""
    with np.errstate(all="ignore"):
        r = np.sqrt(1 - 4 * squared)
        p = np.array([(1 + r) / 2, (1 - r) / 2])
        return -np.sum(p * np.log2(p))
