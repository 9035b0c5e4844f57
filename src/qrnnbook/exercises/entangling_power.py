"""Checkers for the chapter *Entangling and disentangling power*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from qutip import Qobj, basis, bell_state, entropy_vn, gates, rand_ket, rand_unitary, tensor

from qrnnbook.exercises._judging import Verdict, close, differs, judge, numbers
from qrnnlib.physics import power
from qrnnlib.physics.entanglement import entropy_of_entanglement
from qrnnlib.physics.gate_set import pauli_string
from qrnnlib.physics.weyl import canonical_gate

Matrix = NDArray[np.complex128]

#: A state whose gain is within this distance of the power, in ebits, counts as the best.
NEARLY = 1e-3

#: Rounding leaves a smaller determinant of a product than this.
ENTANGLED = 1e-9


def check_gain(answer: object) -> Verdict:
    """Check a function that returns how much a gate adds to the entanglement of a ket.

    ``answer(gate, ket)`` returns the gain in ebits, for QuTiP objects. The reference is QuTiP's
    entropy of the reduced states, for random gates and kets.

    Examples
    --------
    >>> check_gain(lambda gate, ket: entropy_of_entanglement(gate * ket)).hint
    'This is the entanglement after the gate. What was there before is no gain.'
    """

    def fault(value: Any, gate: Qobj, ket: Qobj) -> str | None:
        before, after, backwards = (_ebits(k) for k in (ket, gate * ket, gate.dag() * ket))
        truth = after - before
        return differs(
            value,
            truth,
            {
                "This is the entanglement after the gate. What was there before is no gain.": after,
                "This is the entanglement before the gate, which does not depend on it.": before,
                "The gate disentangles here, so what it adds is below zero.": max(truth, -truth),
                "A gate may also disentangle. Do not stop at zero.": max(truth, 0.0),
                "The other way round: this is what the gate removes.": -truth,
                "This is what the gate adds when it is run backwards.": backwards - before,
                "The entropy is to base e. Ebits want base 2.": truth * np.log(2),
            },
        )

    rng = np.random.default_rng(2009)
    random = [
        (rand_unitary([2, 2], seed=rng), rand_ket([2, 2], seed=rng)) for _ in range(8)
    ]  # largest gain first: there a wrong sign cannot be confused with another mistake
    random.sort(key=lambda case: _ebits(case[1]) - _ebits(case[0] * case[1]))
    special = [
        (gates.cnot(), tensor((basis(2, 0) + basis(2, 1)).unit(), basis(2, 0))),
        (gates.cnot(), bell_state("00")),
        (gates.swap(), bell_state("00")),
    ]
    return judge(
        answer,
        [*random, *special],
        fault,
        wanted="Return what the gate adds to the entanglement of the ket, in ebits.",
        praise="It holds for random gates and kets. A CNOT adds one ebit to one state and removes "
        "one from another, and a swap adds none.",
    )


def check_operator_weights(answer: object) -> Verdict:
    """Check a function that returns the weights of a gate's operator Schmidt decomposition.

    ``answer(gate)`` returns the four weights in any order, for a two-qubit gate as a 4 x 4 array.
    The reference is the gate's expansion in products of Pauli matrices.

    Examples
    --------
    >>> check_operator_weights(lambda gate: np.linalg.svd(gate)[1] ** 2 / 4).hint[:52]
    'These come from the gate as it stands. In a unitary '
    """

    def fault(value: Any, gate: Matrix) -> str | None:
        weights = np.sort(numbers(value, (4,)))
        # Pauli matrices are orthogonal and of equal norm, so the singular values of the
        # coefficients are the gate's operator Schmidt coefficients.
        truth = np.sort(np.linalg.svd(_in_paulis(gate), compute_uv=False) ** 2)
        crossed = np.sort(np.linalg.svd(_in_paulis(gate @ gates.swap().full()), compute_uv=False))
        return differs(
            weights,
            truth,
            {
                "These come from the gate as it stands. In a unitary all singular values are 1; "
                "first sort its entries into a table of A against B.": np.full(4, 0.25),
                "The weights have to sum to 1. How long is the table, seen as one vector?": 4
                * truth,
                "The weights are the squares: the gate's sum has their roots.": np.sqrt(truth),
                "The weights are squares, and have to sum to 1.": np.sqrt(4 * truth),
                "In your table a row holds what enters on one side and leaves on the other. A row "
                "is for A alone: what enters at A and what leaves at A.": crossed**2,
            },
        )

    rng = np.random.default_rng(2003)
    random = [rand_unitary([2, 2], seed=rng).full() for _ in range(4)]
    special = [gates.cnot().full(), gates.swap().full(), np.eye(4, dtype=complex)]
    return judge(
        answer,
        [(gate,) for gate in [*random, *special]],
        fault,
        wanted="Return the four weights of the gate's operator Schmidt form, which sum to 1.",
        praise="For random gates it agrees with an expansion in Pauli matrices. CNOT has two equal "
        "weights, a swap four, and doing nothing has one.",
    )


def check_entangled_product(answer: object) -> Verdict:
    """Check a function that returns a product of two kets which a gate entangles.

    ``answer(gate)`` returns a ket of A and a ket of B, for a two-qubit gate as a 4 x 4 array. Many
    are right, so the check applies the gate and asks whether the output is a product: it is if the
    determinant of its amplitudes vanishes.

    Examples
    --------
    >>> check_entangled_product(lambda gate: ([1, 0], [0, 1])).hint
    'This gate leaves every product of basis states a product. Try their sums.'
    """
    rng = np.random.default_rng(1959)
    dressed = [
        tensor(*(rand_unitary(2, seed=rng) for _ in range(2))) * gates.cphase(angle)
        for angle in (1.0, 0.003)
    ]
    special = [gates.cnot(), gates.cphase(0.003), gates.cnot().permute([1, 0]), gates.iswap()]
    cases = [rand_unitary([2, 2], seed=rng), *dressed, *special]
    return judge(
        answer,
        [(gate.full(),) for gate in cases],
        _fault_of_product,
        wanted="Return a ket of A and a ket of B whose product the gate entangles.",
        praise="Each gate entangles your product, even one that hardly differs from a local gate.",
    )


def _fault_of_product(value: Any, gate: Matrix) -> str | None:
    """Return what is wrong with two kets that the gate should entangle, or None."""
    if isinstance(value, list | tuple):
        value = [ket.full().ravel() if isinstance(ket, Qobj) else ket for ket in value]
    kets = numbers(value, (2, 2), "The pair of kets")
    if not close(np.linalg.norm(kets, axis=1), np.ones(2)):
        return "A ket has length one; divide by the length."
    if _determinant(gate @ np.kron(*kets)) > ENTANGLED:
        return None
    if _determinant(gate @ np.kron(*kets[::-1])) > ENTANGLED:
        return "With A and B exchanged it would be right: the ket of A comes first."
    if np.all(np.min(np.abs(kets), axis=1) < ENTANGLED):
        return "This gate leaves every product of basis states a product. Try their sums."
    return "The gate leaves this product a product."


def _determinant(ket: Matrix) -> float:
    """Return the size of the determinant of a ket's table, 0 for a product."""
    return abs(complex(np.linalg.det(ket.reshape(2, 2))))


def check_best_start(answer: object) -> Verdict:
    """Check a function that returns a state to which a two-qubit gate adds most entanglement.

    ``answer(gate)`` returns the four amplitudes of a ket, for a 4 x 4 array. Many states are
    optimal, so the check compares the gain of the state with the gate's entangling power.

    Examples
    --------
    >>> check_best_start(lambda gate: [1.0, 0, 0, 1]).hint
    'A state has length one; divide by the length.'
    """
    rng = np.random.default_rng(2010)
    cases = []
    for angles in ((0.9, 0.0, 0.0), (0.8, 0.4, 0.2), (0.3, 0.1, 0.0)):
        before, after = (
            tensor(rand_unitary(2, seed=rng), rand_unitary(2, seed=rng)) for _ in range(2)
        )
        cases.append(((after * canonical_gate(*angles) * before).full(),))
    return judge(
        answer,
        cases,
        _fault_of_start,
        wanted="Return the four amplitudes of a state to which the gate adds as much as it can.",
        praise=f"For gates strong and weak your state gains all that the library's search finds, "
        f"to {NEARLY:g} ebits. So you have found the power yourself.",
    )


def _fault_of_start(value: Any, gate: Matrix) -> str | None:
    """Return what is wrong with an initial state, or None."""
    if isinstance(value, Qobj):
        value = value.full()
    if isinstance(value, np.ndarray) and value.shape == (4, 1):
        value = value.ravel()
    amplitudes = numbers(value, (4,), "The ket")
    if not close(np.linalg.norm(amplitudes), 1):
        return "A state has length one; divide by the length."
    unitary = Qobj(gate, dims=[[2, 2], [2, 2]])
    ket = Qobj(amplitudes, dims=[[2, 2], [1]])
    before = entropy_of_entanglement(ket)
    gain = entropy_of_entanglement(unitary * ket) - before
    gained_earlier = before - entropy_of_entanglement(unitary.dag() * ket)
    most = power.entangling_power(unitary, restarts=12, random_state=0).value
    if gain > most - NEARLY:
        return None
    if gained_earlier > most - NEARLY:
        return "This is the best state's image. Apply the inverse gate to get the state itself."
    if -gain > most - NEARLY:
        return "From this state the gate removes the most. Climb the other way."
    if before < 1e-6:
        alone = power.entangling_power(
            unitary, initial_states="product", restarts=12, random_state=0
        ).value
        if gain > alone - NEARLY:
            return (
                f"It gains {gain:.3f} ebits: the most from a product. A slightly entangled state "
                f"can gain {most:.3f}."
            )
    return f"It gains {gain:.3f} ebits of {most:.3f}. Climb further, or from more starts."


def _ebits(ket: Qobj) -> float:
    """Return the entanglement of two qubits in ebits, from QuTiP's entropy of the first alone."""
    return float(entropy_vn(ket.ptrace(0), 2))


def _in_paulis(gate: Matrix) -> Matrix:
    """Return a gate's Pauli coefficients: rows for Pauli matrices of A, columns for those of B."""
    return np.array(
        [[np.trace(pauli_string(a + b).full() @ gate) / 4 for b in "IXYZ"] for a in "IXYZ"]
    )
