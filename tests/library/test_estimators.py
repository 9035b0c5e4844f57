"""The estimators: scikit-learn's conventions, agreement with the cell, and no look ahead."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import jax
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.fixes import parse_version
from tqdm import tqdm

from qrnnlib import (
    CellDesign,
    ClassicalGRU,
    ClassicalLSTM,
    MeasuredCell,
    QuantumLSTM,
    QuantumRNN,
    average_entangling_power,
    noisy_sine,
    ontario_weather,
    split_in_time,
    window_ridge,
)
from qrnnlib.cell import fitted_settings
from qrnnlib.learning import trainer
from qrnnlib.learning.paper import PAPER

EXACT = 1e-12
ROOT = Path(__file__).resolve().parents[2]

#: The smallest cell: one program to compile for each estimator.
SMALL = {"system_qubits": 1, "memory_qubits": 1, "layers": 1}
SMALL |= {"ansatz": "ring", "readout": "z", "collapse": "most_likely"}
QUICK = {**SMALL, "epochs": 3, "random_state": 0, "progress": False}
BOTH = pytest.mark.parametrize("Model", [QuantumRNN, QuantumLSTM])


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (30, 3)), rng.uniform(-1, 1, 30)


def same_weights(first, second):
    """Tell whether two models have the same weights to the last bit."""
    return first.weights_.keys() == second.weights_.keys() and all(
        np.array_equal(array, second.weights_[name]) for name, array in first.weights_.items()
    )


# Scikit-learn's own checks --------------------------------------------------------------------

CHECKS = """
import json, sys, warnings
import qrnnlib
from sklearn.utils.estimator_checks import check_estimator
kind, settings = getattr(qrnnlib, sys.argv[1]), json.loads(sys.argv[2])
warnings.simplefilter("error")  # now: what others say when they are imported is theirs to mend
checks = check_estimator(kind(**settings), on_skip=None, on_fail=None)
print(json.dumps([(c["check_name"], c["status"], repr(c["exception"])) for c in checks]))
"""


#: The paper's cell, and one that starts as a filter: with few epochs, since each of the sizes that
#: are checked is compiled anew.
CHECKED = {
    "QuantumLSTM": PAPER["conference"],
    "QuantumRNN": {"epochs": 5, "lbfgs_steps": 0},
    "ClassicalLSTM": {},
    "ClassicalGRU": {},
    "Persistence": {},
}


@pytest.mark.parametrize("name", CHECKED)
def test_check_estimator(name, tmp_path_factory):
    """Every check passes, none is skipped or expected to fail.

    In a process of its own, since SciPy reads SCIPY_ARRAY_API when it is imported; compiled
    programs are shared between these processes.
    """
    shared = tmp_path_factory.getbasetemp().parent / "jax"
    result = subprocess.run(
        [sys.executable, "-c", CHECKS, name, json.dumps(CHECKED[name])],
        env={
            "JAX_COMPILATION_CACHE_DIR": str(shared),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            **os.environ,
            "SCIPY_ARRAY_API": "1",
        },
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert result.returncode == 0, result.stderr
    checks = json.loads(result.stdout.splitlines()[-1])
    assert [check for check in checks if check[1] != "passed"] == []
    names = {check[0] for check in checks}
    assert len(names) > 40
    # The two that are left out or fail where there is no pandas or no SCIPY_ARRAY_API.
    assert "check_regressor_data_not_an_array" in names
    if parse_version(sklearn.__version__) >= parse_version("1.9"):  # for every estimator since then
        assert "check_array_api_input" in names


@BOTH
def test_pickle(Model, windows):
    model = Model.paper(**QUICK).fit(*windows)
    again = pickle.loads(pickle.dumps(model))
    assert same_weights(model, again)
    np.testing.assert_array_equal(again.predict(windows[0]), model.predict(windows[0]))
    np.testing.assert_array_equal(again.history_.loss, model.history_.loss)


@BOTH
def test_clone_has_the_settings_and_no_weights(Model, windows):
    model = Model.paper(**QUICK).fit(*windows)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        twin.predict(windows[0])
    assert same_weights(twin.fit(*windows), model)


@BOTH
def test_pipeline(Model, windows):
    """A pipeline is the scaler, then the model."""
    X, y = windows
    pipeline = make_pipeline(MinMaxScaler((-1, 1)), Model.paper(**QUICK)).fit(10 * X, y)
    scaled = MinMaxScaler((-1, 1)).fit_transform(10 * X)
    alone = Model.paper(**QUICK).fit(scaled, y)
    assert same_weights(pipeline[-1], alone)
    np.testing.assert_array_equal(pipeline.predict(10 * X), alone.predict(scaled))


@BOTH
def test_grid_search_in_time(Model, windows):
    X, y = windows
    folds = TimeSeriesSplit(2)
    search = GridSearchCV(
        Model.paper(**QUICK),
        {"learning_rate": [1e-6, 0.1]},
        cv=folds,
        scoring="neg_mean_squared_error",
        error_score="raise",
    ).fit(X, y)
    for rate, score in zip([1e-6, 0.1], search.cv_results_["mean_test_score"], strict=True):
        model = Model.paper(**{**QUICK, "learning_rate": rate})
        by_hand = [
            -np.mean((clone(model).fit(X[train], y[train]).predict(X[test]) - y[test]) ** 2)
            for train, test in folds.split(X)
        ]
        assert score == pytest.approx(np.mean(by_hand), abs=EXACT)
    assert same_weights(search.best_estimator_, clone(search.best_estimator_).fit(X, y))


def test_cross_validation_in_time(windows):
    scores = cross_val_score(QuantumLSTM.paper(**QUICK), *windows, cv=TimeSeriesSplit(3))
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()


# Training -------------------------------------------------------------------------------------


@BOTH
def test_random_state_decides(Model, windows):
    first, again, other = (
        Model.paper(**{**QUICK, "random_state": seed}).fit(*windows) for seed in (1, 1, 2)
    )
    assert same_weights(first, again)
    assert not same_weights(first, other)
    np.testing.assert_array_equal(first.history_.loss, again.history_.loss)
    source = np.random.RandomState(1)
    drawn = [Model.paper(**{**QUICK, "random_state": source}).fit(*windows) for _ in range(2)]
    assert not same_weights(*drawn)


def test_restarts_keep_the_best(windows):
    """Three restarts end no worse than the first of them, and keep what the history names."""
    X, y = windows
    model = QuantumLSTM.paper(**{**QUICK, "restarts": 3}).fit(X, y)
    assert model.history_.loss.shape == (4, 3)
    kept = np.mean((model.predict(X) - y) ** 2)
    assert kept == pytest.approx(model.history_.loss.min(), abs=EXACT)
    assert model.weights_["entangler"].shape == (1, 2)


def test_ctrl_c_leaves_a_model(monkeypatch, windows):
    class Interrupting(tqdm):
        def update(self, n=1):
            if n:
                raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "tqdm", Interrupting)
    X, y = windows
    model = QuantumLSTM.paper(**QUICK)
    with pytest.warns(RuntimeWarning, match="interrupted after 1 of 3 epochs"):
        model.fit(X, y)
    assert model.history_.interrupted
    assert len(model.history_.loss) == 2
    kept = np.mean((model.predict(X) - y) ** 2)
    assert kept == pytest.approx(model.history_.loss.min(), abs=EXACT)


def test_learns_what_it_can(windows):
    """Targets made by a cell of the same design are learned: the loss falls by a factor of ten."""
    X, _ = windows
    design = CellDesign(**SMALL)
    teacher = QuantumLSTM.from_weights(design.initial_weights(np.random.default_rng(3)), **SMALL)
    student = QuantumLSTM.paper(**{**QUICK, "epochs": 150, "restarts": 4}).fit(
        X, teacher.predict(X)
    )
    assert student.history_.loss.min() < 0.1 * student.history_.loss[0].min()


# The power as a target ------------------------------------------------------------------------

STEERED = {**QUICK, "epochs": 250, "power_weight": 1e4}


@pytest.mark.parametrize("target", [0, 0.05, 0.12, 0.2, 2 / 9])
@pytest.mark.parametrize(
    ("Model", "ansatz"),
    [(QuantumRNN, "canonical"), (QuantumLSTM, "canonical"), (QuantumLSTM, "ring")],
)
def test_power_reaches_its_target(Model, ansatz, target, windows):
    """From no power to the most that two qubits can have."""
    X, y = windows
    model = Model.paper(**{**STEERED, "ansatz": ansatz}, power_target=target).fit(X, y)
    power = average_entangling_power(model)
    assert power == pytest.approx(target, abs=1e-3)
    loss = np.mean((model.predict(X) - y) ** 2) + 1e4 * (power - target) ** 2
    assert model.history_.loss.min() == pytest.approx(loss, abs=1e-10)
    assert model.loss_and_gradient(X, y)[0] == pytest.approx(loss, abs=1e-10)


@BOTH
def test_targets_share_one_program(Model, windows, caplog):
    """A size that no other test has, so that nothing is compiled yet."""
    rules = {**QUICK, "layers": 3, "ansatz": "canonical"}
    with jax.log_compiles(True), caplog.at_level("WARNING"):
        for target, weight in [(0.1, 1.0), (0.2, 1.0), (0, 3)]:
            Model.paper(**rules, power_target=target, power_weight=weight).fit(*windows)
    logged = [record.getMessage() for record in caplog.records]
    assert sum("Compiling jit(batched_epoch)" in message for message in logged) == 1


@BOTH
def test_without_a_target_the_power_costs_nothing(Model, windows):
    plain = Model.paper(**QUICK).fit(*windows)
    heavy = Model.paper(**QUICK, power_weight=1e6).fit(*windows)
    weightless = Model.paper(**QUICK, power_target=0.1, power_weight=0).fit(*windows)
    steered = Model.paper(**QUICK, power_target=0.1).fit(*windows)
    assert same_weights(plain, heavy)
    np.testing.assert_array_equal(plain.history_.loss, heavy.history_.loss)
    np.testing.assert_allclose(plain.history_.loss, weightless.history_.loss, rtol=0, atol=EXACT)
    if Model is QuantumLSTM:  # the QuantumRNN's one ring layer always has the power of a CNOT
        assert not same_weights(plain, steered)


def test_gradient_of_the_target(windows):
    """By central differences of the loss."""
    X, y = windows
    model = QuantumLSTM.paper(
        **{**SMALL, "ansatz": "canonical"}, power_target=0.1, power_weight=5.0
    )
    weights = random_weights(model.design())
    gradient = model.loss_and_gradient(X, y, weights)[1]
    for name, array in weights.items():
        for index in np.ndindex(array.shape):
            shift = np.zeros(array.shape)
            shift[index] = 1e-5
            up, down = (
                model.loss_and_gradient(X, y, {**weights, name: array + s})[0]
                for s in (shift, -shift)
            )
            assert gradient[name][index] == pytest.approx((up - down) / 2e-5, abs=1e-6)
    without = clone(model).set_params(power_target=None).loss_and_gradient(X, y, weights)[1]
    assert np.abs(gradient["entangler"] - without["entangler"]).max() > 1e-2


@BOTH
def test_canonical_and_steered_is_a_setting_like_any_other(Model, windows):
    settings = {**QUICK, "ansatz": "canonical", "power_target": 0.15, "power_weight": 2.0}
    model = Model.paper(**settings).fit(*windows)
    assert settings.items() <= model.get_params().items()
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert same_weights(twin.fit(*windows), model)
    assert model.weights_["entangler"].shape == (1, 5)
    again = Model.from_weights(model.weights_, **settings)
    np.testing.assert_array_equal(again.predict(windows[0]), model.predict(windows[0]))
    assert again.unitary() == model.unitary()


# Given weights --------------------------------------------------------------------------------

RULES = [
    {},
    {"encoding": "angle", "layers": 4},
    {"collapse": "diagonal", "readout": "linear"},
    {"collapse": "channel", "disentangler": "inverse"},
    {"ansatz": "canonical", "layers": 1},
    {"ansatz": "canonical", "layers": 1, "encoding": "angle", "disentangler": "inverse"},
]


def random_weights(design, seed=0):
    """Draw weights from wider ranges than training starts from, so that nothing is small."""
    rng = np.random.default_rng(seed)
    return {name: rng.uniform(-4, 4, shape) for name, shape in design.weight_shapes.items()}


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_from_weights_predicts_what_the_cell_says(rules, windows):
    X = windows[0][:4]
    design = CellDesign(**rules)
    weights = random_weights(design)
    settings = QuantumLSTM.paper(**rules).get_params()
    model = QuantumLSTM.from_weights(weights, **settings)
    cell = MeasuredCell(weights, design)
    predicted = model.predict(X)
    for window, forecast in zip(X, predicted, strict=True):
        records = model.record(window)
        by_cell = cell.run(window)
        assert forecast == pytest.approx(records[-1].output, abs=EXACT)
        assert [r.output for r in records] == [r.output for r in by_cell]
    assert np.ptp(predicted) > 1e-3


def test_recurrent_cell_is_the_one_without_a_disentangler(windows):
    design = CellDesign(**SMALL, disentangler=None)
    weights = random_weights(design)
    model = QuantumRNN.from_weights(weights, **SMALL)
    record = model.record(windows[0][0])[-1]
    assert record.disentangled is None
    assert record.output == MeasuredCell(weights, design).run(windows[0][0])[-1].output
    assert model.predict(windows[0])[0] == pytest.approx(record.output, abs=EXACT)


@BOTH
def test_unitary_is_the_trained_cells(Model, windows):
    model = Model.paper(**QUICK).fit(*windows)
    cell = MeasuredCell(model.weights_, model.design())
    assert model.unitary() == cell.unitary("joint")
    assert model.unitary("entangler") == cell.unitary("entangler")
    if Model is QuantumLSTM:
        assert model.unitary("disentangler") == cell.unitary("disentangler")
    else:
        with pytest.raises(ValueError, match=r"^part must "):
            model.unitary("disentangler")
    with pytest.raises(NotFittedError):
        Model.paper(**SMALL).unitary()


@BOTH
def test_loss_and_gradient(Model, windows):
    X, y = windows
    model = Model.paper(**QUICK).fit(X, y)
    loss, gradient = model.loss_and_gradient(X, y)
    assert loss == pytest.approx(np.mean((model.predict(X) - y) ** 2), abs=EXACT)
    assert {k: g.shape for k, g in gradient.items()} == model.design().weight_shapes
    given = random_weights(model.design())
    there, slope = Model.paper(**SMALL).loss_and_gradient(X, y, given)  # no fit is needed
    moved = Model.from_weights(given, **SMALL)
    assert there == pytest.approx(np.mean((moved.predict(X) - y) ** 2), abs=EXACT)
    step = 1e-6
    downhill = {name: given[name] - step * slope[name] for name in given}
    fall = there - Model.paper(**SMALL).loss_and_gradient(X, y, downhill)[0]
    steepness = sum(np.sum(g**2) for g in slope.values())
    assert fall == pytest.approx(step * steepness, rel=1e-3)
    with pytest.raises(NotFittedError):
        Model.paper(**SMALL).loss_and_gradient(X, y)


def test_sampled_predictions_are_drawn_from_random_state(windows):
    X, _ = windows
    rules = {**SMALL, "collapse": "sampled"}
    weights = random_weights(CellDesign(**rules))

    def predictions(random_state):
        return QuantumLSTM.from_weights(weights, **rules, random_state=random_state).predict(X)

    np.testing.assert_array_equal(predictions(1), predictions(1))
    assert not np.array_equal(predictions(1), predictions(2))
    source = np.random.RandomState(1)
    assert not np.array_equal(predictions(source), predictions(source))


# Live weights ---------------------------------------------------------------------------------


def weights_that_matter(design, steps):
    """Count the weights that, moved by one, change some output of the QuTiP cell."""
    rng = np.random.default_rng(1)
    weights, windows = random_weights(design, 1), rng.normal(size=(3, steps))

    def outputs(some):
        cell = MeasuredCell(some, design)
        return np.array([cell.run(window)[-1].output for window in windows])

    here, count = outputs(weights), 0
    for name, array in weights.items():
        for index in np.ndindex(array.shape):
            moved = {**weights, name: array.copy()}
            moved[name][index] += 1
            count += np.abs(outputs(moved) - here).max() > 1e-9
    return count


@pytest.mark.parametrize(
    ("Model", "rules", "known"),
    [
        (QuantumLSTM, {}, 24),
        (QuantumLSTM, {"encoding": "angle", "layers": 4}, 32),
        (QuantumRNN, {}, None),
        (QuantumLSTM, SMALL, None),
        (QuantumLSTM, {**SMALL, "readout": "linear", "disentangler": "inverse"}, None),
        (QuantumLSTM, {**SMALL, "ansatz": "canonical"}, None),
    ],
    ids=str,
)
def test_parameters_counted_are_those_that_matter(Model, rules, known):
    """The paper's cells, by moving each weight; and windows of one step, which reach fewer."""
    settings = Model.paper(**rules)
    design = settings.design()
    total = sum(int(np.prod(shape)) for shape in design.weight_shapes.values())
    model = Model.from_weights(random_weights(design), **settings.get_params())
    assert known is None or model.n_parameters_ == known
    for steps in (3, 1):
        model.n_features_in_ = steps
        fitted_settings.store(model)  # as if it had been fitted to such windows
        assert model.n_parameters_ == weights_that_matter(design, steps) <= total
    assert model.n_parameters_ < total


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("system_qubits", 0, ValueError),
        ("memory_qubits", 2.0, TypeError),
        ("layers", "two", TypeError),
        ("encoding", "phase", ValueError),
        ("collapse", "never", ValueError),
        ("disentangler", "other", ValueError),
        ("disentangler", None, ValueError),
        ("readout", "x", ValueError),
        ("ansatz", "star", ValueError),
        ("power_target", -0.01, ValueError),
        ("power_target", 0.23, ValueError),  # more than the 2/9 of two qubits
        ("power_target", np.nan, ValueError),
        ("power_target", "most", TypeError),
        ("power_target", True, TypeError),
        ("power_weight", -1, ValueError),
        ("power_weight", np.inf, ValueError),
        ("power_weight", None, TypeError),
        ("learning_rate", 0, ValueError),
        ("batch_size", 0, ValueError),
        ("epochs", 1.5, TypeError),
        ("restarts", 0, ValueError),
    ],
)
def test_settings_are_named_in_errors(windows, name, value, error):
    with pytest.raises(error, match=rf"^{name} must "):
        QuantumLSTM.paper(**{**QUICK, name: value}).fit(*windows)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[0.1, np.nan], [0, 0]], [0, 0], "Input X contains NaN"),
        ([[0.1, np.inf], [0, 0]], [0, 0], "Input X contains infinity"),
        ([[0.1, 0.2], [0, 0]], [0, np.nan], "Input y contains NaN"),
        ([0.1, 0.2], [0, 0], "Expected 2D array, got 1D array"),
        ([[0.1, 0.2], [0, 0]], [0, 0, 0], "inconsistent numbers of samples"),
        ([[0.1, 0.2], [0, 0]], [[0, 1], [0, 1]], "y should be a 1d array"),
        ([["a", "b"], ["c", "d"]], [0, 0], "^X must hold numbers, got text"),
    ],
)
def test_arrays_are_refused(X, y, message):
    for fit in (QuantumRNN.paper(**QUICK).fit, lambda X, y: ClassicalLSTM(epochs=1).fit(X, y)):
        with pytest.raises((TypeError, ValueError), match=message):
            fit(X, y)


@BOTH
def test_windows_of_another_length_are_refused(Model, windows):
    model = Model.paper(**QUICK).fit(*windows)
    with pytest.raises(ValueError, match=r"X has 2 features, but .* is expecting 3"):
        model.predict(windows[0][:, 1:])
    with pytest.raises(ValueError, match=r"^x must have shape"):
        model.record(windows[0])
    with pytest.raises(ValueError, match=r"^x must be finite"):
        model.record([0.1, np.nan, 0.1])


def test_weights_that_do_not_fit_are_refused():
    good = random_weights(CellDesign(**SMALL))
    with pytest.raises(ValueError, match=r"weights\['entangler'\] must have shape \(2, 2\)"):
        QuantumLSTM.from_weights(good, **{**SMALL, "layers": 2})
    with pytest.raises(ValueError, match="weights must hold"):
        QuantumRNN.from_weights(good, **SMALL)
    with pytest.raises(ValueError, match=r"weights\['input_bias'\] must be finite"):
        QuantumLSTM.from_weights({**good, "input_bias": [0, np.nan]}, **SMALL)
    with pytest.raises(ValueError, match="weights must hold"):
        QuantumLSTM.paper(**SMALL).loss_and_gradient(
            [[0.1], [0.2]], [0, 0], {"entangler": [[0, 0]]}
        )
    with pytest.raises(TypeError, match="colour"):
        QuantumLSTM.from_weights(good, colour="red")


# No look ahead --------------------------------------------------------------------------------


@pytest.fixture
def weather(monkeypatch):
    if not os.environ.get("QRNNLIB_WEATHER_DIR"):
        folder = ROOT.parent / "shared" / "weather"
        if not folder.is_dir():
            pytest.skip("no folder of weather data")
        monkeypatch.setenv("QRNNLIB_WEATHER_DIR", str(folder))
    return ontario_weather().values[:120]


@pytest.fixture
def sine():
    return noisy_sine(random_state=0).values


def learned(model):
    """Return all that a fitted model holds as one row of bytes."""
    if hasattr(model, "coef_"):
        return np.append(model.coef_, [model.intercept_, model.alpha_]).tobytes()
    return b"".join(leaf.tobytes() for leaf in jax.tree.leaves(model.weights_))


@pytest.mark.parametrize(("series", "validation"), [("sine", 0.0), ("weather", 0.1)])
def test_what_comes_later_is_not_known(request, series, validation):
    """Noise in place of all that comes after the training part leaves no trace in a model."""
    values = request.getfixturevalue(series)
    begin = round(0.7 * len(values))
    overwritten = values.copy()
    overwritten[begin:] = 1e3 * np.random.default_rng(0).normal(size=len(values) - begin)
    split, other = (
        split_in_time(v, steps=10, train=0.7, validation=validation) for v in (values, overwritten)
    )
    for name in ("data_min_", "data_max_", "scale_", "min_"):
        assert getattr(split.scaler, name).tobytes() == getattr(other.scaler, name).tobytes()
    assert split.X_train.tobytes() == other.X_train.tobytes()
    assert split.y_train.tobytes() == other.y_train.tobytes()
    assert not np.array_equal(split.y_test, other.y_test)
    quick = {"epochs": 2, "random_state": 0, "progress": False}
    for make in (
        lambda: QuantumRNN.paper(**quick),
        lambda: QuantumLSTM.paper(**quick),
        lambda: ClassicalLSTM(**quick),
        lambda: ClassicalGRU(**quick),
        window_ridge,
    ):
        model, same = (make().fit(s.X_train, s.y_train) for s in (split, other))
        assert learned(model) == learned(same)
        forecasts = [m.predict(s.X_test) for m, s in ((model, split), (same, other))]
        assert not np.array_equal(*forecasts)
