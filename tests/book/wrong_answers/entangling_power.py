"""Wrong answers to the exercises of *Entangling and disentangling power*, and their hints."""

import numpy as np
from qutip import Qobj, rand_ket

from qrnnlib import disentangling_power, entangling_power, entropy_of_entanglement

PLUS = np.full(2, 0.5**0.5)


def after_alone(gate, ket):
    return entropy_of_entanglement(gate * ket)


def before_alone(gate, ket):
    return entropy_of_entanglement(ket)


def before_less_after(gate, ket):
    return entropy_of_entanglement(ket) - entropy_of_entanglement(gate * ket)


def without_sign(gate, ket):
    return abs(entropy_of_entanglement(gate * ket) - entropy_of_entanglement(ket))


def never_below_zero(gate, ket):
    return max(0, entropy_of_entanglement(gate * ket) - entropy_of_entanglement(ket))


def run_backwards(gate, ket):
    return entropy_of_entanglement(gate.dag() * ket) - entropy_of_entanglement(ket)


def in_nats(gate, ket):
    return np.log(2) * (entropy_of_entanglement(gate * ket) - entropy_of_entanglement(ket))


def _table(gate):
    return gate.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)


def of_the_matrix(gate):
    return np.linalg.svd(gate, compute_uv=False) ** 2 / 4


def sum_is_four(gate):
    return np.linalg.svd(_table(gate), compute_uv=False) ** 2


def roots(gate):
    return np.linalg.svd(_table(gate), compute_uv=False) / 2


def singular_values(gate):
    return np.linalg.svd(_table(gate), compute_uv=False)


def sides_crossed(gate):
    table = gate.reshape(2, 2, 2, 2).transpose(0, 3, 1, 2).reshape(4, 4)
    return np.linalg.svd(table, compute_uv=False) ** 2 / 4


def operators_not_weights(gate):
    return np.linalg.svd(_table(gate))[0]


def basis_states_only(gate):
    kets = np.eye(2)
    return max(((a, b) for a in kets for b in kets), key=lambda pair: _tangled(gate, *pair))


def always_plus_and_zero(gate):
    return PLUS, np.eye(2)[0]


def for_the_sides_exchanged(gate):
    kets = [*np.eye(2), PLUS]
    return max(((b, a) for a in kets for b in kets), key=lambda pair: _tangled(gate, *pair[::-1]))


def two_not_scaled(gate):
    return [1, 1], [1, 0]


def the_joint_ket(gate):
    return np.kron(PLUS, PLUS)


def _tangled(gate, a, b):
    return abs(np.linalg.det((gate @ np.kron(a, b)).reshape(2, 2)))


def _state(power):
    return power.state.full().ravel()


def _gate(matrix):
    return Qobj(matrix, dims=[[2, 2], [2, 2]])


def not_scaled(gate):
    return 2 * _state(entangling_power(_gate(gate), restarts=8, random_state=1))


def best_product(gate):
    return _state(
        entangling_power(_gate(gate), initial_states="product", restarts=8, random_state=1)
    )


def where_it_ends(gate):
    return gate @ _state(entangling_power(_gate(gate), restarts=8, random_state=1))


def disentangled_most(gate):
    return _state(disentangling_power(_gate(gate), restarts=8, random_state=1))


def any_state(gate):
    return rand_ket([2, 2], seed=1).full().ravel()


WRONG = {
    "ex-power-gain": {
        after_alone: "entanglement after the gate",
        before_alone: "entanglement before the gate",
        before_less_after: "other way round",
        without_sign: "below zero",
        never_below_zero: "stop at zero",
        run_backwards: "backwards",
        in_nats: "base 2",
    },
    "ex-power-weights": {
        of_the_matrix: "as it stands",
        sum_is_four: "have to sum to 1. How long",
        roots: "has their roots",
        singular_values: "squares, and have to sum",
        sides_crossed: "leaves on the other",
        operators_not_weights: "array of shape (4,)",
    },
    "ex-power-witness": {
        basis_states_only: "Try their sums",
        always_plus_and_zero: "this product a product",
        for_the_sides_exchanged: "ket of A comes first",
        two_not_scaled: "length one",
        the_joint_ket: "shape (2, 2)",
    },
    "ex-power-start": {
        not_scaled: "length one",
        best_product: "most from a product",
        where_it_ends: "best state's image",
        disentangled_most: "other way",
        any_state: "from more starts",
    },
}
