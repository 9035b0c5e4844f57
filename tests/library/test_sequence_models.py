"""Models of sequences of symbols: `QuantumMarkovModel` and `HiddenMarkovModel`."""

from itertools import product

import numpy as np
import pytest
from quantum_clock import clock_weights
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from qrnnlib import HiddenMarkovModel, MeasuredCell, QuantumMarkovModel

EVERY = [list(record) for record in product((0, 1), repeat=6)]


def clock():
    return QuantumMarkovModel.from_weights(clock_weights())


def hidden(states=3, symbols=2, seed=0):
    rng = np.random.default_rng(seed)
    transitions = rng.dirichlet(np.ones(symbols * states), states)
    return HiddenMarkovModel.from_probabilities(
        rng.dirichlet(np.ones(states)), transitions.reshape(states, symbols, states)
    )


MODELS = {"quantum": clock, "hidden": hidden}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def probability(model, record):
    return 2 ** (model.score([record]) * len(record))


# What every model must do -----------------------------------------------------------------------


def test_probabilities_of_all_records_sum_to_one(model):
    assert sum(probability(model, record) for record in EVERY) == pytest.approx(1, abs=1e-12)


def test_next_symbol_has_the_ratio_of_probabilities(model):
    record = [0, 1, 0, 0, 1]
    wanted = [probability(model, [*record, s]) / probability(model, record) for s in (0, 1)]
    np.testing.assert_allclose(model.predict_proba([record, [0]])[0], wanted, atol=1e-12)


def test_samples_follow_the_probabilities(model):
    """Each of the records of three symbols, in one long sample cut into pieces of its own."""
    pieces = np.array([model.sample(3, random_state=seed) for seed in range(1500)])
    for record in product((0, 1), repeat=3):
        wanted = probability(model, list(record))
        found = (pieces == record).all(axis=1).mean()
        assert found == pytest.approx(wanted, abs=5 * np.sqrt(wanted * (1 - wanted) / 1500) + 1e-9)


def test_score_is_the_mean_over_symbols_of_all_sequences(model):
    one, other = [0, 0, 1], [0]
    both = (3 * model.score([one]) + model.score([other])) / 4
    assert model.score([one, other]) == pytest.approx(both, abs=1e-12)


@pytest.mark.parametrize("kind", [QuantumMarkovModel, HiddenMarkovModel])
def test_fits_are_reproducible_and_follow_scikit_learn(kind):
    record = clock().sample(400, random_state=1)
    settings = {"candidates": 80, "restarts": 2, "lbfgs_steps": 10, "random_state": 3}
    once, again = kind(**settings).fit([record]), clone(kind(**settings)).fit([record])
    assert once.get_params()["restarts"] == 2
    assert once.score([record]) == again.score([record]) == pytest.approx(once.scores_[0])
    assert len(once.scores_) == 2
    assert (np.diff(once.scores_) <= 0).all()
    # Every step of L-BFGS leads upwards, so a fit is no worse than its best candidate.
    few = kind(**{**settings, "lbfgs_steps": 0}).fit([record])
    assert few.scores_[0] <= once.scores_[0]


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], ValueError, "X must hold at least one sequence, got none"),
        ([[]], ValueError, r"X\[0\] must hold at least one symbol, got none"),
        ([[0, 1], [0, 2]], ValueError, r"X\[1\] must lie in 0\.\.1, got 2 at index 1"),
        ([[0, -1]], ValueError, r"X\[0\] must lie in 0\.\.1, got -1"),
        ([[0.0, 1.0]], TypeError, r"X\[0\] must be integers"),
        ([0, 1, 0], ValueError, r"put it into a list, \[X\]"),
        ("0110", TypeError, "X must be a sequence of sequences of symbols"),
    ],
)
def test_what_are_no_sequences_is_refused(model, X, error, message):
    for use in (model.fit, model.score, model.predict_proba):
        with pytest.raises(error, match=message):
            use(X)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("candidates", 0, "candidates must be at least 1"),
        ("restarts", 9000, "restarts must be at most 4096"),
        ("lbfgs_steps", -1, "lbfgs_steps must be at least 0"),
        ("random_state", -1, "random_state must be at least 0"),
    ],
)
def test_settings_out_of_range_are_refused(model, setting, value, message):
    with pytest.raises(ValueError, match=message):
        model.set_params(**{setting: value}).fit([[0, 1]])


@pytest.mark.parametrize(
    ("model", "setting"),
    [(clock(), {"memory_qubits": 2}), (clock(), {"layers": 2}), (hidden(), {"states": 4})],
)
def test_weights_belong_to_their_settings(model, setting):
    with pytest.raises(ValueError, match="model must be as it was fitted"):
        model.set_params(**setting).score([[0, 1]])


@pytest.mark.parametrize("kind", [QuantumMarkovModel, HiddenMarkovModel])
def test_without_a_fit_there_is_nothing(kind):
    for use in (lambda m: m.score([[0]]), lambda m: m.predict_proba([[0]]), lambda m: m.sample(3)):
        with pytest.raises(NotFittedError):
            use(kind())


# The quantum model ------------------------------------------------------------------------------


def test_cell_of_the_model_is_the_definition():
    model, record = clock(), [0, 0, 1, 0, 0, 0]
    cell = model.cell()
    assert isinstance(cell, MeasuredCell)
    wanted = cell.log_likelihood(record) / len(record) / np.log(2)
    assert model.score([record]) == pytest.approx(wanted, abs=1e-10)


def test_at_its_own_angles_nothing_is_missing():
    """The clock as a renewal process: its probability is a product over waiting times."""
    model = clock()
    record = model.sample(5000, random_state=0)
    silent = [1.0]  # the probability of n silent steps
    memory, (turn, stays) = np.array([1.0, 0.0]), (np.arccos(2 * np.sqrt(0.94) * 0.6 / 1.94), 0.94)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    for _ in range(5000):
        memory = np.array([1.0, stays]) * (rotation @ memory)
        silent.append(float(memory @ memory))
    waits = np.diff(np.flatnonzero(np.concatenate([[1], record])))
    bits = -np.log2([silent[n - 1] - silent[n] for n in waits]).sum()
    bits -= np.log2(silent[len(record) - int(waits.sum())])
    assert -model.score([record]) == pytest.approx(bits / len(record), abs=1e-9)


@pytest.mark.parametrize("init", ["light_coupling", "uniform"])
def test_a_clock_is_learned_from_its_ticks(init):
    """To within a few times what 6 weights cost on 4,000 symbols, 6/(2 ln 2 4000) bits."""
    truth = clock()
    model = QuantumMarkovModel(init=init, candidates=1024, restarts=4, random_state=0)
    model.fit([truth.sample(4000, random_state=1)])
    fresh = [truth.sample(20_000, random_state=2)]
    assert truth.score(fresh) - model.score(fresh) < 0.004
    assert model.n_parameters_ == 6


def test_two_qubits_of_each_kind_have_four_symbols():
    model = QuantumMarkovModel(
        system_qubits=2, memory_qubits=2, layers=2, candidates=8, restarts=2, lbfgs_steps=3
    )
    model.set_params(random_state=0).fit([[0, 3, 1, 2, 2]])
    assert model.predict_proba([[3, 0]]).sum() == pytest.approx(1, abs=1e-12)
    assert model.sample(50, random_state=0).max() <= 3


def test_unknown_init_is_refused():
    with pytest.raises(ValueError, match="init must be one of"):
        QuantumMarkovModel(init="gentle").fit([[0, 1]])


# The classical model ----------------------------------------------------------------------------


def test_forward_probabilities_are_sums_over_paths():
    model = hidden(states=3)
    start = np.exp(model.weights_["start"])
    transitions = np.exp(model.weights_["transitions"])
    record = [0, 1, 1, 0]
    total = 0.0
    for path in product(range(3), repeat=5):
        steps = [transitions[path[k], s, path[k + 1]] for k, s in enumerate(record)]
        total += start[path[0]] * np.prod(steps)
    assert probability(model, record) == pytest.approx(total, abs=1e-14)


def test_gradient_agrees_with_differences():
    rng = np.random.default_rng(0)
    model = hidden(states=3, symbols=3).set_params(pseudocount=0.0)
    weights = {
        "start": rng.normal(size=(2, 3)),
        "transitions": rng.normal(size=(2, 3, 3, 3)),
    }
    likelihood = model._likelihood([rng.integers(0, 3, length) for length in (1, 4, 30)])
    _, gradient = likelihood.total_and_gradient(weights)
    for _ in range(5):
        direction = {name: rng.normal(size=array.shape) for name, array in weights.items()}
        ends = [
            likelihood.log_likelihoods(
                {name: weights[name] + step * direction[name] for name in weights}
            ).sum(axis=1)
            for step in (1e-6, -1e-6)
        ]
        slope = sum((gradient[n] * direction[n]).reshape(2, -1).sum(axis=1) for n in weights)
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2e-6, rtol=1e-6, atol=1e-6)


def test_candidates_are_probabilities_and_half_are_clocks():
    model = HiddenMarkovModel(states=4, symbols=3)
    drawn = model._drawn(10, np.random.default_rng(0))
    clocks = np.exp(drawn["transitions"][5:])
    sums = clocks.sum(axis=(2, 3))
    np.testing.assert_allclose(sums, sums[0, 0])  # the same from every state
    # After any symbol but 0 a clock is most likely in its first state.
    assert (clocks[:, :, 1:].argmax(axis=3) == 0).all()


def test_a_pseudocount_is_what_it_says():
    """One state: the frequencies with so many more counts of each symbol."""
    record = [0] * 7 + [1]
    model = HiddenMarkovModel(states=1, pseudocount=0.5, candidates=64, restarts=2, random_state=0)
    frequencies = model.fit([record]).predict_proba([[0]])[0]
    np.testing.assert_allclose(frequencies, [7.5 / 9, 1.5 / 9], atol=1e-6)
    with pytest.raises(ValueError, match="pseudocount must lie in"):
        model.set_params(pseudocount=-1.0).fit([record])


@pytest.mark.parametrize(
    ("start", "transitions", "message"),
    [
        ([0.5, 0.4], np.full((2, 2, 2), 0.25), "start must be probabilities that sum to 1"),
        ([1.5, -0.5], np.full((2, 2, 2), 0.25), "start must be probabilities"),
        ([1.0], [[[0.5], [0.6]]], "transitions must be probabilities that sum to 1"),
        ([1.0], np.ones((2, 2, 2)), r"transitions must have shape \(1, any, 1\)"),
    ],
)
def test_what_are_no_probabilities_is_refused(start, transitions, message):
    with pytest.raises(ValueError, match=message):
        HiddenMarkovModel.from_probabilities(start, transitions)
