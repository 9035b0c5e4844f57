"""Checkers for the chapter *When the two differ*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj, gates, projection, qeye, rand_ket, rand_unitary, sigmax, tensor

from qrnnbook.exercises._judging import Verdict, close, differs, judge, numbers
from qrnnlib.physics.entanglement import entropy_of_entanglement
from qrnnlib.physics.weyl import canonical_gate

Array = NDArray[np.complex128]


def check_ceiling(answer: object) -> Verdict:
    """Check a function that computes the decoupling bound from the best fidelity.

    ``answer(fidelity, d)`` returns the bound in ebits, where `d` is the dimension of the smaller
    system. The reference needs no angle: cos(angle/2)^2 = (1 + fidelity)/2, since the fidelity is
    cos(angle).

    Examples
    --------
    >>> check_ceiling(lambda fidelity, d: 2 * np.log2(d) + 4 * np.log2(fidelity)).hint
    'Only half the angle stands under the cosine.'
    """

    def fault(value: Any, fidelity: float, d: int) -> str | None:
        most, cost = 2 * np.log2(d), -2 * np.log2((1 + fidelity) / 2)
        with np.errstate(divide="ignore"):
            whole = 4 * np.log2(fidelity)
        return differs(
            value,
            most - cost,
            {
                "The fidelity is the cosine of the angle, not the angle itself.": most
                + 4 * np.log2(np.cos(fidelity / 2)),
                "Only half the angle stands under the cosine.": most + whole,
                "The logarithm of a cosine is below zero, and it is added.": most + cost,
                "The cost is four logarithms of the cosine.": most - cost / 2,
                "The smaller system is sent over and back: two times its logarithm.": most / 2
                - cost,
                "The logarithms are to base e. Ebits want base 2.": (most - cost) * np.log(2),
            },
        )

    rng = np.random.default_rng(1998)
    random = [(float(rng.uniform(0.1, 0.9)), d) for d in (2, 3, 4)]
    return judge(
        answer,
        [*random, (1.0, 2), (0.0, 2)],
        fault,
        wanted="Return the bound in ebits, from the best fidelity and the smaller dimension.",
        praise="At fidelity 1 it allows a qubit two ebits; at fidelity 0 it allows none.",
    )


def check_film(answer: object) -> Verdict:
    """Check a function that finds a state which loses the ebits that a gate adds to a ket.

    ``answer(gate, ket)`` returns four amplitudes, for a symmetric 4 x 4 array and an array of four
    amplitudes. Many states are right, so the check computes the entanglement before and after the
    gate.

    Examples
    --------
    >>> check_film(lambda gate, ket: (gate @ ket).conj()).state
    'right'
    """
    rng = np.random.default_rng(2009)
    gates_and_kets = [
        (
            canonical_gate(*rng.uniform(0, np.pi / 2, 3)).full(),
            rand_ket([2, 2], seed=rng).full().ravel(),
        )
        for _ in range(8)
    ]
    # Largest gains first, because the hints speak of a gate that entangles the ket.
    gates_and_kets.sort(key=lambda case: _ebits(case[1]) - _ebits(case[0] @ case[1]))
    return judge(
        answer,
        gates_and_kets,
        _fault_of_film,
        wanted="Return the amplitudes of a state that loses as many ebits as the ket gains.",
        praise="For random gates of this kind and random kets, what one state gains the other "
        "loses. So neither power can be the larger.",
    )


def _fault_of_film(value: Any, gate: Array, ket: Array) -> str | None:
    """Return what is wrong with a state that the gate should disentangle, or None."""
    found = numbers(value, (4,), "The state")
    if not close(np.linalg.norm(found), 1):
        return "A state has length one, and neither a unitary nor conjugation changes that."
    before, after = _ebits(ket), _ebits(gate @ ket)
    if close(_ebits(found) - _ebits(gate @ found), after - before):
        return None
    if close(found, ket):
        return "This is the ket itself, which the gate entangles."
    if close(found, gate @ ket):
        return (
            "Where the ket ends is right. But the gate runs forwards, and it is the conjugated "
            "gate that leads back."
        )
    if close(found, ket.conj()):
        return "Conjugate where the ket ends, not where it starts."
    if close(gate @ found, ket):
        return (
            "The gate takes this state to the ket. You need one that is as entangled as the ket "
            "is after the gate."
        )
    return (
        f"Yours goes from {_ebits(found):.3f} to {_ebits(gate @ found):.3f} ebits. "
        f"Wanted is one that goes from {after:.3f} to {before:.3f}."
    )


def check_two_halves(answer: object) -> Verdict:
    """Check a function that builds the chapter's gate from any three unitaries of the qubit.

    ``answer(turns)`` returns a 6 x 6 array, for a list of three 2 x 2 arrays. The reference is made
    of QuTiP's tensor products, for the chapter's unitaries and for random ones.

    Examples
    --------
    >>> check_two_halves(lambda turns: None).state
    'not yet'
    """

    def fault(value: Any, turns: list[Array]) -> str | None:
        steering = sum(tensor(Qobj(turn), projection(3, k, k)) for k, turn in enumerate(turns))
        moving = _moving(1)
        truth = moving * steering
        return differs(
            value,
            truth.full(),
            {
                "The halves are in the wrong order. What acts first stands on the right.": (
                    steering * moving
                ).full(),
                "B is shifted in the wrong direction: 0 to 1 to 2 to 0.": (
                    _moving(-1) * steering
                ).full(),
                "The factors have changed places: A's index comes first, B's second.": (
                    truth.permute([1, 0]).full()
                ),
                "This is the first half. A has not steered B yet.": steering.full(),
                "This is the gate run backwards.": truth.dag().full(),
                "B is shifted whether A is in 1 or not.": (
                    tensor(qeye(2), _circle(1)) * steering
                ).full(),
            },
        )

    rng = np.random.default_rng(2010)
    random = [[rand_unitary(2, seed=rng).full() for _ in range(3)] for _ in range(2)]
    chapters = [turn.full() for turn in (qeye(2), sigmax(), gates.snot())]
    return judge(
        answer,
        [(turns,) for turns in [*random, chapters]],
        fault,
        wanted="Return the 6 x 6 matrix of both halves, first B steers A, then A steers B.",
        praise="It is the right gate for random unitaries, and with those of the chapter it is "
        "the chapter's.",
    )


def _circle(steps: int) -> Qobj:
    """Return the cyclic shift of a qutrit by a number of steps."""
    return sum(projection(3, (k + steps) % 3, k) for k in range(3))


def _moving(steps: int) -> Qobj:
    """Return the gate that shifts B if A is in |1>."""
    return tensor(projection(2, 0, 0), qeye(3)) + tensor(projection(2, 1, 1), _circle(steps))


def _ebits(ket: Array) -> float:
    """Return the entanglement of two qubits with these amplitudes, in ebits."""
    return entropy_of_entanglement(Qobj(ket, dims=[[2, 2], [1]]))
