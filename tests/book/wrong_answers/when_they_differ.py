"""Wrong answers to the exercises of *When the two differ*, and words of the hint each gets."""

import numpy as np


def fidelity_is_the_angle(fidelity, d):
    return 2 * np.log2(d) + 4 * np.log2(np.cos(fidelity / 2))


def whole_angle(fidelity, d):
    return 2 * np.log2(d) + 4 * np.log2(fidelity)


def taken_off_twice(fidelity, d):
    return 2 * np.log2(d) - 4 * np.log2(np.cos(np.arccos(fidelity) / 2))


def half_the_cost(fidelity, d):
    return 2 * np.log2(d) + 2 * np.log2(np.cos(np.arccos(fidelity) / 2))


def one_way(fidelity, d):
    return np.log2(d) + 4 * np.log2(np.cos(np.arccos(fidelity) / 2))


def natural_logarithm(fidelity, d):
    return 2 * np.log(d) + 4 * np.log(np.cos(np.arccos(fidelity) / 2))


def the_ket(gate, ket):
    return ket


def the_end(gate, ket):
    return gate @ ket


def the_start_conjugated(gate, ket):
    return ket.conj()


def backwards(gate, ket):
    return gate.conj() @ ket


def twice(gate, ket):
    return (gate @ gate @ ket).conj()


def the_sum(gate, ket):
    return gate @ ket + ket.conj()


def _circle(steps):
    return np.roll(np.eye(3), steps, axis=0)


def _place(k):
    return np.diag(np.eye(3)[k])


def _steering(turns):
    return sum(np.kron(turn, _place(k)) for k, turn in enumerate(turns))


def _moving(steps):
    return np.kron(np.diag([1, 0]), np.eye(3)) + np.kron(np.diag([0, 1]), _circle(steps))


def halves_exchanged(turns):
    return _steering(turns) @ _moving(1)


def moved_back(turns):
    return _moving(-1) @ _steering(turns)


def places_exchanged(turns):
    steering = sum(np.kron(_place(k), turn) for k, turn in enumerate(turns))
    moving = np.kron(np.eye(3), np.diag([1, 0])) + np.kron(_circle(1), np.diag([0, 1]))
    return moving @ steering


def first_half(turns):
    return _steering(turns)


def undone(turns):
    return (_moving(1) @ _steering(turns)).conj().T


def always_moved(turns):
    return np.kron(np.eye(2), _circle(1)) @ _steering(turns)


def blocks_in_a_row(turns):
    return np.hstack(turns)


WRONG = {
    "ex-differ-ceiling": {
        fidelity_is_the_angle: "not the angle itself",
        whole_angle: "half the angle",
        taken_off_twice: "below zero",
        half_the_cost: "four logarithms",
        one_way: "over and back",
        natural_logarithm: "base 2",
    },
    "ex-differ-film": {
        the_ket: "ket itself",
        the_end: "conjugated gate",
        the_start_conjugated: "not where it starts",
        backwards: "takes this state to the ket",
        twice: "Wanted is one",
        the_sum: "length one",
    },
    "ex-differ-halves": {
        halves_exchanged: "wrong order",
        moved_back: "wrong direction",
        places_exchanged: "changed places",
        first_half: "first half",
        undone: "run backwards",
        always_moved: "whether A is in 1",
        blocks_in_a_row: "(6, 6)",
    },
}
