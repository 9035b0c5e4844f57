"""The likelihood of records of outcomes: the engine against the QuTiP cell, and theory."""

from itertools import product

import numpy as np
import pytest

from qrnnlib import CellDesign, MeasuredCell
from qrnnlib.cell.design import stacked
from qrnnlib.cell.outcome_likelihood import OutcomeLikelihood, kraus_operators

DESIGNS = {
    "paper": CellDesign(collapse="sampled"),
    "inverse": CellDesign(2, 1, 2, collapse="sampled", disentangler="inverse"),
    "canonical": CellDesign(1, 2, 2, collapse="sampled", ansatz="canonical"),
    "clock": CellDesign(1, 1, 1, collapse="sampled", ansatz="canonical", disentangler=None),
    "linear": CellDesign(1, 1, 1, collapse="sampled", readout="linear"),
}


@pytest.fixture(params=DESIGNS)
def design(request):
    return DESIGNS[request.param]


def drawn(design, number, seed=0):
    rng = np.random.default_rng(seed)
    return [design.initial_weights(rng) for _ in range(number)]


def test_agrees_with_qutip(design):
    rng = np.random.default_rng(1)
    weights = drawn(design, 3)
    records = [rng.integers(0, design.system_dim, length) for length in (1, 2, 5, 12)]
    found = OutcomeLikelihood(design, records).log_likelihoods(stacked(weights))
    wanted = [[MeasuredCell(w, design).log_likelihood(r) for r in records] for w in weights]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-10)


def test_all_records_of_length_six_sum_to_one(design):
    length = 6 if design.system_dim == 2 else 3
    every = [np.array(r) for r in product(range(design.system_dim), repeat=length)]
    logs = OutcomeLikelihood(design, every).log_likelihoods(stacked(drawn(design, 3)))
    np.testing.assert_allclose(np.exp(logs).sum(axis=1), 1.0, rtol=0, atol=1e-12)


def test_kraus_operators_are_complete(design):
    operators = kraus_operators(design, stacked(drawn(design, 5)))
    total = np.einsum("csji,csjk->cik", operators.conj(), operators)
    np.testing.assert_allclose(total, np.tile(np.eye(design.memory_dim), (5, 1, 1)), atol=1e-12)


def test_next_probabilities_are_ratios_of_likelihoods(design):
    rng = np.random.default_rng(2)
    weights = stacked(drawn(design, 2))
    record = rng.integers(0, design.system_dim, 9)
    longer = [np.append(record, s) for s in range(design.system_dim)]
    before = OutcomeLikelihood(design, [record])
    after = OutcomeLikelihood(design, longer).log_likelihoods(weights)
    wanted = np.exp(after - before.log_likelihoods(weights))
    np.testing.assert_allclose(before.next_probabilities(weights)[:, 0], wanted, atol=1e-12)


def test_gradient_agrees_with_differences(design):
    rng = np.random.default_rng(3)
    weights = stacked(drawn(design, 2, seed=5))
    likelihood = OutcomeLikelihood(
        design, [rng.integers(0, design.system_dim, length) for length in (3, 20)]
    )
    total, gradient = likelihood.total_and_gradient(weights)
    np.testing.assert_allclose(total, likelihood.log_likelihoods(weights).sum(axis=1), rtol=1e-12)
    assert list(gradient) == list(design.weight_shapes)
    for _ in range(5):
        direction = {name: rng.normal(size=array.shape) for name, array in weights.items()}
        step = 1e-6
        ends = [
            likelihood.log_likelihoods(
                {name: weights[name] + sign * step * direction[name] for name in weights}
            ).sum(axis=1)
            for sign in (1, -1)
        ]
        slope = sum(
            (gradient[name] * direction[name]).reshape(2, -1).sum(axis=1) for name in weights
        )
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-5)


def test_ten_thousand_steps_agree_with_a_filter(design):
    rng = np.random.default_rng(4)
    weights = stacked(drawn(design, 1))
    operators = kraus_operators(design, weights)[0]
    record = rng.integers(0, design.system_dim, 10_000)
    memory, wanted = np.eye(design.memory_dim)[0], 0.0
    for symbol in record:
        memory = operators[symbol] @ memory
        norm = np.linalg.norm(memory)
        memory, wanted = memory / norm, wanted + 2 * np.log(norm)
    found = OutcomeLikelihood(design, [record]).log_likelihoods(weights)
    np.testing.assert_allclose(found, wanted, rtol=1e-11)


def test_an_impossible_record():
    """An idle cell measures what its system was prepared in, |0>: never a 1."""
    design = DESIGNS["clock"]
    weights = {"entangler": np.zeros((1, 5)), "input_weight": [0, 0], "input_bias": [1, 0]}
    assert MeasuredCell(weights, design).log_likelihood([0, 1]) == -np.inf
    many = {name: np.asarray(array, float)[None] for name, array in weights.items()}
    total, gradient = OutcomeLikelihood(design, [np.array([0, 1])]).total_and_gradient(many)
    assert total[0] < np.log(1e-30)
    assert all(np.isfinite(array).all() for array in gradient.values())


@pytest.mark.parametrize(
    ("outcomes", "error", "message"),
    [
        ([], ValueError, "outcomes must hold at least one symbol"),
        ([0, 2], ValueError, r"outcomes must lie in 0\.\.1, got 2 at index 1"),
        ([0, -1], ValueError, r"outcomes must lie in 0\.\.1, got -1"),
        ([0.5], TypeError, "outcomes must be integers"),
        ([[0, 1]], ValueError, r"outcomes must have shape \(any,\)"),
    ],
)
def test_what_is_no_record_is_refused(outcomes, error, message):
    cell = MeasuredCell(drawn(DESIGNS["clock"], 1)[0], DESIGNS["clock"])
    with pytest.raises(error, match=message):
        cell.log_likelihood(outcomes)


def test_outcomes_have_no_probability_under_another_rule():
    design = CellDesign(1, 1, 1)
    cell = MeasuredCell(drawn(design, 1)[0], design)
    with pytest.raises(ValueError, match="collapse='sampled'"):
        cell.log_likelihood([0])
