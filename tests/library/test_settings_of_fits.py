"""What an estimator's settings and windows may be: every allowed one works, all else is refused."""

import datetime
import itertools
import pickle

import jax
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from qrnnlib import ClassicalGRU, ClassicalLSTM, QuantumLSTM, QuantumRNN, save_model
from qrnnlib.cell.design import ANSATZE, COLLAPSES, DISENTANGLERS, ENCODINGS, READOUTS
from qrnnlib.cell.engine import Forward, double_precision
from qrnnlib.learning.initialization import chosen_init, filter_weights
from qrnnlib.physics.noise import Noise

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (4, 3))
y = X[:, 0]
ONE = {"system_qubits": 1, "memory_qubits": 1}
SHORT = {"epochs": 1, "lbfgs_steps": 0, "restarts": 1, "progress": False}
KINDS = [QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU]


# The default start ------------------------------------------------------------------------------


@pytest.mark.parametrize(("layers", "features"), [(1, 1), (2, 2)])
def test_every_cell_can_begin_at_the_default_start(layers, features):
    """And its program can be made, which is checked without compiling it."""
    grid = itertools.product(
        ENCODINGS, COLLAPSES, READOUTS, ANSATZE, (None, *DISENTANGLERS), (None, Noise(0.01))
    )
    for encoding, collapse, readout, ansatz, disentangler, noise in grid:
        settings = {"encoding": encoding, "collapse": collapse, "readout": readout}
        kind = QuantumRNN if disentangler is None else QuantumLSTM
        model = kind(**settings, ansatz=ansatz, noise=noise, layers=layers, system_qubits=features)
        if disentangler is not None:
            model.disentangler = disentangler
        model.features_ = features
        design = model.design()
        init = chosen_init(design, model.init)
        make = {"uniform": design.initial_weights, "linear_filter": filter_weights}[init]
        weights = make(rng) if init == "uniform" else make(design, rng)
        windows = np.zeros((5, 3, features)[: 2 + (features > 1)])
        with double_precision():
            made = jax.eval_shape(Forward(design), weights, windows, np.zeros((5, 3)))
        assert made.shape == (5,)


@pytest.mark.parametrize("change", [{"layers": 1}, {"ansatz": "ring"}, {"readout": "z"}])
def test_a_cell_that_cannot_be_a_filter_begins_elsewhere(change):
    default = QuantumRNN(**ONE, **SHORT, **change, random_state=0).fit(X, y)
    uniform = QuantumRNN(**ONE, **SHORT, **change, random_state=0, init="uniform").fit(X, y)
    assert np.array_equal(default.predict(X), uniform.predict(X))
    with pytest.raises(ValueError, match=r"^init 'linear_filter' needs"):
        QuantumRNN(**ONE, **SHORT, **change, init="linear_filter").fit(X, y)


def test_the_default_start_is_a_filter_where_that_can_be():
    default = QuantumRNN(**ONE, **SHORT, random_state=0).fit(X, y)
    named = QuantumRNN(**ONE, **SHORT, random_state=0, init="linear_filter").fit(X, y)
    assert np.array_equal(default.predict(X), named.predict(X))


# Sources of randomness --------------------------------------------------------------------------


def small(kind, **changes):
    own = {"hidden": 1} if "hidden" in kind().get_params() else {**ONE, "init": "uniform"}
    return kind(**own, **SHORT, **changes)


@pytest.mark.parametrize("kind", [QuantumRNN, ClassicalGRU])
@pytest.mark.parametrize("source", [np.random.default_rng, np.random.RandomState, int])
def test_a_fit_takes_any_source_of_randomness(kind, source, tmp_path):
    first = small(kind, random_state=source(3)).fit(X, y)
    again = small(kind, random_state=source(3))
    copy = clone(again)
    assert np.array_equal(first.predict(X), again.fit(X, y).predict(X))
    assert np.array_equal(first.predict(X), copy.fit(X, y).predict(X))
    stays = source is int  # a source goes on, an integer does not
    assert np.array_equal(first.predict(X), again.fit(X, y).predict(X)) == stays
    assert np.array_equal(pickle.loads(pickle.dumps(first)).predict(X), first.predict(X))
    if not stays:
        with pytest.raises(TypeError, match="random_state must be an int or None in a file"):
            save_model(first, tmp_path / "model")


def test_a_generator_of_another_kind_writes_a_checkpoint_too(tmp_path):
    source = np.random.Generator(np.random.MT19937(0))
    model = small(QuantumRNN, random_state=source, checkpoint=tmp_path / "run")
    assert model.fit(X, y).predict(X).shape == (4,)


# Wrong kinds of settings ------------------------------------------------------------------------

WRONG = {
    "a word": "yes",
    "bytes": b"1",
    "a list": [1],
    "a dict": {"a": 1},
    "a complex number": 1j,
    "not a number": float("nan"),
    "an array": np.ones(2),
    "a date": datetime.date(2024, 1, 1),
    "an object": object(),
}
#: Settings of which a value of that kind is one of those allowed.
ALLOWED = {("checkpoint", "a word")}


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None)
@given(data=st.data())
def test_a_setting_of_a_wrong_kind_is_refused(kind, data):
    name = data.draw(st.sampled_from(sorted(kind().get_params())))
    wrong = data.draw(st.sampled_from([w for w in WRONG if (name, w) not in ALLOWED]))
    model = small(kind, random_state=0)
    if name == "power_weight":
        model.power_target = 0.1
    with pytest.raises((TypeError, ValueError), match=name):
        model.set_params(**{name: WRONG[wrong]}).fit(X, y)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [("progress", "yes"), ("progress", 1), ("progress", None), ("random_state", True),
     ("random_state", -1), ("random_state", 2**32), ("epochs", True), ("epochs", 1.0)],
)  # fmt: skip
def test_a_setting_that_only_looks_right_is_refused(kind, name, value):
    with pytest.raises((TypeError, ValueError), match=rf"^{name} must be "):
        small(kind).set_params(**{name: value}).fit(X, y)


# Windows that are no numbers --------------------------------------------------------------------

DAYS = np.arange("2024-01-01", "2024-01-13", dtype="datetime64[D]").reshape(4, 3)
OTHER = {
    "dates": DAYS,
    "dates in a table": pd.DataFrame(DAYS.astype("datetime64[ns]")),
    "dates beside numbers": pd.DataFrame({"a": y, "b": pd.to_datetime(DAYS[:, 0]), "c": y}),
    "dates of Python": DAYS.astype(object),
    "durations": DAYS - DAYS[0, 0],
    "text": X.astype(str),
    "text as objects": X.astype(str).astype(object),
    "bytes": X.astype("S"),
}


@pytest.mark.parametrize("kind", [QuantumRNN, ClassicalGRU])
@pytest.mark.parametrize("name", OTHER)
def test_what_is_no_number_is_no_window(kind, name):
    model, other = small(kind), OTHER[name]
    words = "text" if name == "bytes" else name.split()[0]
    column = np.asarray(other)[:, 1]
    with pytest.raises(TypeError, match=f"^X must hold numbers, got {words}$"):
        model.fit(other, y)
    with pytest.raises(TypeError, match=f"^y must hold numbers, got {words}$"):
        model.fit(X, column)
    with pytest.raises(TypeError, match=f"^X must hold numbers, got {words}$"):
        model.fit(X, y).predict(other)


def test_complex_windows_and_targets():
    for windows, targets in [(X * 1j, y), (X, y * 1j)]:
        with pytest.raises(ValueError, match="Complex data not supported"):
            small(ClassicalGRU).fit(windows, targets)


@pytest.mark.parametrize("convert", [lambda a: a.astype(object), lambda a: a > 0, list])
def test_numbers_in_other_clothes_are_windows(convert):
    assert small(ClassicalGRU).fit(convert(X), y).predict(convert(X)).shape == (4,)
