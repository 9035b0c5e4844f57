"""Windows of several features, from the series to the forecast, against what one feature gives.

A feature that has no weight changes nothing, features may change places with their weights, and
a feature alone is the cell of one input: whatever is done with several is held to these.
"""

from dataclasses import replace

import numpy as np
import pytest
from random_cells import close, random_weights
from sklearn.preprocessing import MinMaxScaler

from qrnnbook.widgets import CellStepper
from qrnnlib import (
    CellDesign,
    ClassicalGRU,
    ClassicalLSTM,
    MeasuredCell,
    Persistence,
    QuantumLSTM,
    QuantumRNN,
    Series,
    memory_information,
    split_in_time,
    window_ridge,
    windows,
)
from qrnnlib.cell import engine
from qrnnlib.learning import initialization
from qrnnlib.learning.classical_cells import GRUWeights, LSTMWeights
from qrnnlib.learning.initialization import filter_weights

QUICK = {"epochs": 2, "random_state": 0, "progress": False}

DESIGNS = [
    CellDesign(features=3),
    CellDesign(2, 1, collapse="channel", ansatz="canonical", readout="linear", features=2),
    CellDesign(1, 2, collapse="sampled", disentangler=None, features=4),
    CellDesign(3, 1, 1, encoding="angle", collapse="diagonal", features=2),
    CellDesign(3, 3, 1, features=2),
    CellDesign(3, 3, 1, encoding="angle", collapse="channel", features=3),
]


def drawn(design, seed=0):
    rng = np.random.default_rng(seed)
    weights = random_weights(design, seed)
    shape = (5, 4) if design.features == 1 else (5, 4, design.features)
    return weights, rng.normal(size=shape), rng.random((5, 4))


# The cell and the engine ----------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_engine_is_the_cell(design):
    weights, X, draws = drawn(design)
    got = engine.run(design, weights, X, draws)
    for b, window in enumerate(X):
        cell = MeasuredCell(weights, design)
        outcomes = None if got.outcomes[b, 0] < 0 else got.outcomes[b]
        steps = cell.run(window, outcomes)
        assert close(got.outputs[b], [step.output for step in steps])
        assert close(got.probabilities[b], [step.probabilities for step in steps])
        assert all(np.array_equal(step.x, x) for step, x in zip(steps, window, strict=True))


def test_amplitudes_are_the_sum_of_the_features_and_the_bias():
    design = CellDesign(features=3)
    weights, X, _ = drawn(design)
    x = X[0, 0]
    w = weights["input_weight"]
    wanted = x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + weights["input_bias"]
    got = MeasuredCell(weights, design).encode(x).full().ravel()
    assert close(got, wanted / np.linalg.norm(wanted))


def test_a_qubit_carries_its_feature():
    """With angle encoding the product of the cells of one qubit that read one feature each."""
    design = CellDesign(5, 1, 1, encoding="angle", features=2)
    x = np.array([0.3, -0.8])
    state = MeasuredCell(random_weights(design, 0), design).encode(x)
    one = CellDesign(1, 1, 1, encoding="angle")
    cell = MeasuredCell(random_weights(one, 0), one)
    for q in range(5):
        assert close(state.ptrace(q).full(), cell.encode(x[q % 2]).proj().full())


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[1], DESIGNS[4]], ids=str)
def test_a_feature_without_weight_changes_nothing(design):
    weights, X, draws = drawn(design)
    weights["input_weight"][1:] = 0.0
    alone = replace(design, features=1)
    single = {**weights, "input_weight": weights["input_weight"][0]}
    several = engine.run(design, weights, X, draws)
    assert close(several.outputs, engine.run(alone, single, X[:, :, 0], draws).outputs)
    moved = X + np.array([0.0] + [7.0] * (design.features - 1))
    assert close(several.outputs, engine.run(design, weights, moved, draws).outputs)


def test_features_may_change_places():
    design = CellDesign(features=3)
    weights, X, draws = drawn(design)
    order = [2, 0, 1]
    turned = {**weights, "input_weight": weights["input_weight"][order]}
    one = engine.run(design, weights, X, draws).outputs
    assert close(one, engine.run(design, turned, X[:, :, order], draws).outputs)
    assert not close(one, engine.run(design, weights, X[:, :, order], draws).outputs)


def test_one_feature_may_have_an_axis_of_its_own():
    design = CellDesign()
    weights, X, draws = drawn(design)
    bare, boxed = (engine.run(design, weights, x, draws) for x in (X, X[:, :, None]))
    np.testing.assert_array_equal(bare.outputs, boxed.outputs)
    cell = MeasuredCell(weights, design)
    assert cell.run(X[0])[-1].output == cell.run(X[0, :, None])[-1].output


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CellDesign(encoding="angle", features=3), r"^features must be at most one .* 3 "),
        (lambda: CellDesign(features=0), r"^features must be at least 1"),
        (
            lambda: engine.run(CellDesign(features=2), {}, np.zeros((3, 4)), np.zeros((3, 4))),
            r"^X must have shape \(any, any, 2\), got \(3, 4\)",
        ),
        (
            lambda: MeasuredCell(random_weights(DESIGNS[0], 0), DESIGNS[0]).step([1.0, 2.0]),
            r"^x must have shape \(3,\), got \(2,\)",
        ),
        (
            lambda: MeasuredCell(random_weights(DESIGNS[0], 0), DESIGNS[0]).run([1.0, 2.0]),
            r"^series must have shape \(any, 3\), got \(2,\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_what_shows_one_value_a_step_says_so():
    cell = MeasuredCell(random_weights(DESIGNS[0], 0), DESIGNS[0])
    with pytest.raises(ValueError, match=r"^cell must read one feature to run in a page, got 3"):
        CellStepper(cell)
    with pytest.raises(ValueError, match=r"^model must read one feature, got one that reads 3"):
        memory_information(cell, np.zeros((2, 4)), [0.0, 1.0])


# Series ---------------------------------------------------------------------------------------


def test_several_series_are_the_windows_of_each():
    rng = np.random.default_rng(0)
    level, rain = rng.normal(size=(2, 40))
    X, y = windows([level, rain], 4, 2)
    for feature, series in enumerate((level, rain)):
        np.testing.assert_array_equal(X[:, :, feature], windows(series, 4, 2)[0])
    np.testing.assert_array_equal(y, windows(level, 4, 2)[1])
    alone, _ = windows([level], 4, 2)
    np.testing.assert_array_equal(alone, X[:, :, :1])


def test_each_series_is_scaled_by_its_own_training_part():
    rng = np.random.default_rng(0)
    level, rain = rng.normal(size=40), 100 * rng.random(40)
    split = split_in_time([level, rain], 4, 0.5)
    for feature, series in enumerate((level, rain)):
        one = split_in_time(series, 4, 0.5)
        np.testing.assert_array_equal(split.X_test[:, :, feature], one.X_test)
        np.testing.assert_allclose(
            split.to_units(split.X_test[:, :, feature], feature), one.to_units(one.X_test)
        )
    np.testing.assert_array_equal(split.y_test, split_in_time(level, 4, 0.5).y_test)
    assert repr(split) == "Split(16 + 0 + 20 windows of 4 x 2 features, scaled to [-1, 1])"
    with pytest.raises(ValueError, match=r"^feature must be below the 2 series, got 2"):
        split.to_units([0.0], 2)


def test_no_window_ends_on_a_value_that_is_interpolated_in_any_series():
    values, index = np.arange(30.0), np.arange(30.0)
    target = Series(values, index, interpolated=index == 10)
    other = Series(values**2, index, name="rain", interpolated=index == 20, notes=("one day",))
    split = split_in_time([target, other], 3, 0.5, scale=None)
    got = np.concatenate([split.y_train, split.y_test]).tolist()
    # 10 was not measured; 11 and 21 would be forecast from a value that knows them.
    assert got == [t for t in range(3, 30) if t not in (10, 11, 21)]
    assert split.notes[0] == "rain: one day"
    scaled = split_in_time([target, replace(other, interpolated=index == 14)], 3, 0.5)
    assert scaled.scaler.data_max_.tolist() == [14, 13**2]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (np.arange(9.0), "got 10 and 9 points in series 0"),
        (Series(np.arange(10.0), np.arange(10.0) + 1), r"got 0\.0 and 1\.0 at position 0"),
        (
            Series(np.arange(10.0), np.arange("2024-01-01", "2024-01-11", dtype="M8[D]")),
            "indices of two kinds",
        ),
    ],
)
def test_series_on_two_indices_are_refused(second, message):
    with pytest.raises(ValueError, match=f"^series must all be on the same index, .*{message}"):
        windows([np.arange(10.0), second], 2)


def test_a_constant_feature_has_no_scale():
    with pytest.raises(ValueError, match=r"^series must vary in its training part"):
        split_in_time([np.arange(20.0), np.ones(20)], 3)


# Estimators -----------------------------------------------------------------------------------

MODELS = [
    QuantumRNN(**QUICK, lbfgs_steps=0),
    QuantumLSTM.paper(**QUICK),
    QuantumLSTM.paper("extended", **QUICK),
    ClassicalLSTM(**QUICK),
    ClassicalGRU(**QUICK),
    Persistence(),
    window_ridge(),
]


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (20, 4, 2))
    return X, 0.5 * X[:, -1, 0] + 0.3 * X[:, -2, 1]


@pytest.mark.parametrize("model", MODELS[2:], ids=lambda model: type(model).__name__)
def test_an_estimator_takes_one_feature_with_or_without_its_axis(model, sample):
    X, y = sample[0][:, :, 0], sample[1]
    bare = model.fit(X, y).predict(X)
    np.testing.assert_array_equal(model.predict(X[:, :, None]), bare)
    np.testing.assert_array_equal(model.fit(X[:, :, None], y).predict(X), bare)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_an_estimator_takes_several_features(model, sample):
    X, y = sample
    model.fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.__sklearn_tags__().input_tags.three_d_array
    if isinstance(model, Persistence):
        np.testing.assert_array_equal(model.predict(X), X[:, -1, 0])
    if isinstance(model, QuantumRNN):
        design = model.design()
        assert design.features == model.features_ == 2
        got = engine.run(design, model.weights_, X, np.zeros((20, 4))).outputs[:, -1]
        np.testing.assert_allclose(model.predict(X), got, rtol=0, atol=1e-12)
        assert close(model.record(X[3])[-1].output, got[3])
        loss, gradient = model.loss_and_gradient(X, y)
        assert loss == pytest.approx(np.mean((got - y) ** 2))
        assert {name: array.shape for name, array in gradient.items()} == design.weight_shapes
        again = type(model).from_weights(model.weights_, features=2, **model.get_params())
        np.testing.assert_array_equal(again.predict(X), model.predict(X))
        with pytest.raises(ValueError, match=r"^X must have 2 numbers in each step, .* got 1"):
            model.predict(X[:, :, 0])


def test_ridge_has_a_slope_for_each_step_of_each_feature(sample):
    X, y = sample
    model = window_ridge().fit(X, y)
    # Steps by features, as they lie in a window.
    np.testing.assert_allclose(
        model.coef_.reshape(4, 2), [[0, 0], [0, 0], [0, 0.3], [0.5, 0]], atol=1e-3
    )


@pytest.mark.parametrize(("network", "gates"), [(LSTMWeights, 4), (GRUWeights, 3)])
def test_a_classical_cell_counts_a_column_for_each_feature(network, gates, sample):
    model = {LSTMWeights: ClassicalLSTM, GRUWeights: ClassicalGRU}[network](**QUICK)
    X, y = sample
    one = model.fit(X[:, :, 0], y).n_parameters_
    assert model.fit(X, y).n_parameters_ == one + gates * model.hidden


def test_the_cell_learns_from_the_second_feature():
    """The target is the second series alone: without it there is nothing to know."""
    rng = np.random.default_rng(1)
    driver = rng.uniform(-1, 1, 200)
    target = np.concatenate([[0.0], 0.8 * driver[:-1]])
    settings = {"random_state": 0, "progress": False, "epochs": 100, "restarts": 1}
    split = split_in_time([target, driver], 3)
    model = QuantumLSTM(**settings, init="uniform", lbfgs_steps=0)
    model.fit(split.X_train, split.y_train)
    assert model.score(split.X_test, split.y_test) > 0.9


# Where training begins ------------------------------------------------------------------------


def test_each_pair_filters_a_mix_of_its_own(monkeypatch):
    """The slope at zero is that of one input, times the direction in which each pair looks."""
    monkeypatch.setattr(initialization, "JITTER", 0.0)
    design = CellDesign(2, 2, 1, ansatz="canonical", readout="linear", features=3)
    steps, small = 6, 1e-4
    for seed in range(3):
        weights = filter_weights(design, np.random.default_rng(seed))
        tilt = weights["input_weight"][:, [2, 1]]  # of pairs 0 and 1
        scale = np.linalg.norm(tilt, axis=0)
        np.testing.assert_allclose(scale, scale[0])
        X = small * np.eye(steps * 3).reshape(-1, steps, 3)
        up, down = (
            engine.run(design, weights, x, np.zeros(x.shape[:2])).outputs[:, -1] for x in (X, -X)
        )
        wanted = np.zeros((steps, 3))
        for k in range(2):
            first = design.qubits + 3 * k
            c, _, p = weights["entangler"][0, first : first + 3]
            age = np.arange(1, steps)
            past = -(np.sin(c) ** 2) * np.cos(c) ** (age - 1) * np.cos((age + 1) * p)
            response = np.concatenate([[np.cos(c) * np.cos(p)], past])
            wanted += response[::-1, None] * tilt[:, k] / scale[k]
        np.testing.assert_allclose(
            ((up - down) / (2 * small)).reshape(steps, 3), wanted, rtol=0, atol=1e-7
        )


def test_scaling_each_series_by_hand_gives_the_same():
    series = np.random.default_rng(2).normal(size=(2, 50)) * [[1.0], [50.0]]
    split = split_in_time(list(series), 5, 0.6)
    by_hand = MinMaxScaler((-1, 1)).fit(series[:, :30].T).transform(series.T)
    np.testing.assert_allclose(split.X_train[0], by_hand[:5])
