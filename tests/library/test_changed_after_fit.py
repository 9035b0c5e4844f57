"""A setting that is changed after a fit is refused, unless the weights mean the same with it."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qrnnbook.widgets import CellStepper
from qrnnlib import (
    CellDesign,
    ClassicalGRU,
    ClassicalLSTM,
    MeasuredCell,
    Persistence,
    QuantumLSTM,
    QuantumRNN,
    average_retention,
    load_model,
    memory_distance,
    memory_spectrum,
    outputs_from_counts,
    save_model,
    to_openqasm3,
)
from qrnnlib.cell.circuits import apply, unitary
from qrnnlib.cell.engine import Forward, double_precision, encode, joint_unitary
from qrnnlib.physics.noise import Noise

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (5, 3))
y = X[:, 0]
SMALL = {"system_qubits": 1, "memory_qubits": 1, "ansatz": "ring", "random_state": 0}
SHORT = {"epochs": 1, "lbfgs_steps": 0, "restarts": 1, "progress": False, "init": "uniform"}

#: Every way from the weights of a fitted cell to numbers or files, by name.
PATHS = {
    "predict": lambda m: m.predict(X),
    "score": lambda m: m.score(X, y),
    "loss_and_gradient": lambda m: m.loss_and_gradient(X, y),
    "record": lambda m: m.record(X[0]),
    "unitary": lambda m: m.unitary(),
    "n_parameters_": lambda m: m.n_parameters_,
    "save_model": lambda m: save_model(m, Path("never-written")),
    "to_openqasm3": lambda m: to_openqasm3(m, X[0]),
    "outputs_from_counts": lambda m: outputs_from_counts(m, {"0 0": 3}),
    "memory_distance": lambda m: memory_distance(m, X[:1], [0, 1]),
    "average_retention": lambda m: average_retention(m),
    "memory_spectrum": lambda m: memory_spectrum(m),
    "CellStepper": lambda m: CellStepper(m),
}

#: Other values of each setting of the cell, also such as leave every array its shape.
OTHERS = {
    "system_qubits": [2],
    "memory_qubits": [2],
    "layers": [1, 3],
    "encoding": ["angle"],
    "readout": ["linear"],
    "ansatz": ["canonical"],
    "disentangler": ["inverse"],
}


@pytest.fixture(scope="module")
def fitted():
    return QuantumLSTM(**SMALL, **SHORT, readout="z", layers=2, collapse="most_likely").fit(X, y)


def changed(model, **change):
    return pickle.loads(pickle.dumps(model)).set_params(**change)


@pytest.mark.parametrize("way", PATHS)
@pytest.mark.parametrize("name", OTHERS)
def test_no_way_from_weights_to_numbers_takes_a_changed_setting(fitted, name, way):
    for value in OTHERS[name]:
        model = changed(fitted, **{name: value})
        with pytest.raises(ValueError, match=rf"must be as it was fitted: {name} was .* and is"):
            PATHS[way](model)
        model.set_params(**{name: getattr(fitted, name)})
        if way != "save_model":
            PATHS[way](model)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={name: st.sampled_from(values) for name, values in OTHERS.items()}
        | {"collapse": st.sampled_from(["channel", "diagonal"]), "epochs": st.integers(1, 9)},
    )
)
def test_any_change_after_a_fit_is_refused_or_changes_nothing_but_how_the_cell_is_run(
    fitted, change
):
    model = changed(fitted, **change)
    if set(change) & set(OTHERS):
        with pytest.raises(ValueError, match="must be as it was fitted"):
            model.predict(X)
        return
    design = CellDesign(1, 1, 2, collapse=model.collapse)
    cell = MeasuredCell(fitted.weights_, design)
    outputs = [cell.run(window)[-1].output for window in X]
    assert np.allclose(model.predict(X), outputs, atol=1e-9)


def test_noise_and_collapse_stay_changeable(fitted):
    noisy = changed(fitted, noise=Noise(depolarizing=0.1), collapse="channel")
    assert not np.allclose(noisy.predict(X), fitted.predict(X))


def test_a_refit_makes_a_changed_model_whole(fitted):
    model = changed(fitted, layers=1).fit(X, y)
    assert model.weights_["entangler"].shape == (1, 2)
    assert model.predict(X).shape == (5,)


def test_what_was_read_or_given_is_watched_too(fitted, tmp_path):
    save_model(fitted, tmp_path / "model")
    for model in (
        load_model(tmp_path / "model"),
        QuantumLSTM.from_weights(fitted.weights_, **SMALL, layers=2, readout="z"),
    ):
        assert model.predict(X).shape == (5,)
        with pytest.raises(ValueError, match="disentangler was 'own' and is now 'inverse'"):
            model.set_params(disentangler="inverse").predict(X)


def test_a_refit_that_fails_leaves_no_model_for_other_windows():
    """Angle encoding has no array whose shape would tell."""
    model = QuantumRNN(**SMALL, **SHORT, encoding="angle", readout="z")
    model.set_params(system_qubits=2).fit(np.stack([X, X], axis=2), y)
    with pytest.raises(ValueError, match="init must be one of"):
        model.set_params(init="best").fit(X, y)
    with pytest.raises(ValueError, match="as it was fitted: features was 2 and is now 1"):
        model.predict(X)


def test_weights_put_there_by_hand_must_have_the_shapes(fitted):
    model = changed(fitted)
    model.weights_ = {**model.weights_, "entangler": np.zeros((1, 2))}
    for way, call in PATHS.items():
        with pytest.raises(ValueError, match=r"weights\['entangler'\] must have shape \(2, 2\)"):
            call(model)
        assert way


@pytest.mark.parametrize("kind", [ClassicalLSTM, ClassicalGRU])
def test_hidden_units_of_a_fitted_network(kind):
    model = kind(hidden=1, epochs=1, progress=False, random_state=0).fit(X, y)
    assert model.n_parameters_ == {ClassicalLSTM: 18, ClassicalGRU: 12}[kind]
    model.set_params(hidden=2)
    for call in (lambda: model.predict(X), lambda: save_model(model, Path("never-written"))):
        with pytest.raises(ValueError, match="as it was fitted: hidden was 1 and is now 2"):
            call()


def test_period_and_horizon_of_a_fitted_persistence():
    model = Persistence(period=2).fit(X, y)
    with pytest.raises(ValueError, match="as it was fitted: period was 2 and is now 1"):
        model.set_params(period=1).predict(X)


@pytest.mark.parametrize("layers", [1, 3])
def test_engine_reads_no_angle_of_another_design(layers):
    """JAX takes the last row for one that is not there."""
    design = CellDesign(1, 1, 2)
    weights = CellDesign(1, 1, layers).initial_weights(np.random.default_rng(0))
    circuit, params = design.entangler_circuit, weights["entangler"]
    with double_precision():
        for call in (
            lambda: joint_unitary(design, weights),
            lambda: Forward(design)(weights, X, X),
            lambda: unitary(circuit, params),
            lambda: apply(circuit, params, np.eye(4)),
        ):
            with pytest.raises(ValueError, match=r"params must have shape \(2, 2\), got"):
                call()


def test_engine_encodes_no_inputs_of_another_design():
    weights = CellDesign(2, 1).initial_weights(np.random.default_rng(0))
    design = CellDesign(1, 1)
    with double_precision():
        with pytest.raises(ValueError, match=r"weights\['input_weight'\] must have shape \(2,\)"):
            encode(design, weights, X)
        two = CellDesign(2, 1, encoding="angle", features=2)
        with pytest.raises(ValueError, match=r"x must have shape \(steps, 2, batch\)"):
            encode(two, {}, np.zeros((3, 3, 5)))
