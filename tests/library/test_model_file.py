"""Models in files: read as they were written, by later versions too; anything else is refused."""

import copy
import dataclasses
import errno
import json
import os
import pickle
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from golden_models import FOLDER as GOLDEN
from hostile_tensors import NO_OBJECT, UNREADABLE, laid_out
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file
from sklearn.exceptions import NotFittedError

import qrnnlib
from qrnnlib import (
    HiddenMarkovModel,
    History,
    Persistence,
    QuantumLSTM,
    QuantumMarkovModel,
    QuantumRNN,
    _files,
    load_model,
    save_model,
)
from qrnnlib.cell import fitted_settings
from qrnnlib.learning import model_file, model_json, model_weights
from qrnnlib.learning.checkpoint import Checkpoint, Saved
from qrnnlib.learning.sequence_model import SequenceModel

VERSIONS = sorted(int(folder.name) for folder in GOLDEN.iterdir())
FILES = sorted(GOLDEN.glob("*/*.safetensors"))
OURS = GOLDEN / str(model_file.VERSION) / "quantum-lstm.safetensors"
MARKOV = {
    name: GOLDEN / str(model_file.VERSION) / f"{name}-markov.safetensors"
    for name in ("quantum", "hidden")
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def contents(file=OURS):
    """Return what a file holds: arrays, the words of its model, the rest of its text."""
    arrays, text = _files.read_arrays(file)
    return arrays, json.loads(text.pop("model")), text


def rewritten(path, arrays, words, text):
    """Write a file with a true fingerprint, as whoever means it would."""
    _files.write_arrays(path, arrays, {**text, "model": json.dumps(words)})
    return path


def identity(model):
    """Return all that a model is, to the last bit."""
    history = getattr(model, "history_", None)
    params = model.get_params(deep=False)
    return {
        "class": type(model),
        "settings": {name: (type(value), repr(value)) for name, value in params.items()},
        "weights": {
            n: (a.shape, a.tobytes()) for n, a in model_weights.named_weights(model).items()
        },
        "history": history
        and {
            field.name: value.tobytes() if isinstance(value, np.ndarray) else value
            for field in dataclasses.fields(history)
            for value in [getattr(history, field.name)]
        },
        "fitted": {n: getattr(model, n, None) for n in model_file.FITTED},
        "names": list(getattr(model, "feature_names_in_", [])),
        "scores": getattr(model, "scores_", np.array([])).tobytes(),
    }


# Files of every version -------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_a_version_wrote_predicts_as_it_did_then(file):
    """If this fails, files that people have are read wrong: never write them anew."""
    then = json.loads((file.parent / "predictions.json").read_text(encoding="utf-8"))
    model = load_model(file)
    sequences = hasattr(model, "predict_proba")
    now = model.predict_proba(then["sequences"]) if sequences else model.predict(then["X"])
    np.testing.assert_allclose(now, then["predictions"][file.stem], rtol=1e-9, atol=1e-9)
    assert len(model.scores_ if sequences else model.history_.loss[0]) == 2
    assert getattr(model, "checkpoint", None) is None


def test_every_version_has_its_files():
    """If this fails after VERSION was raised: python tests/library/golden_models.py"""
    assert list(range(1, model_file.VERSION + 1)) == VERSIONS
    assert len(FILES) >= 6 * len(VERSIONS)
    newest = [load_model(file) for file in FILES if file.parent.name == str(VERSIONS[-1])]
    assert {type(model) for model in newest} == set(model_file.MODELS.values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_what_a_file_holds_changes_with_its_version_only(file, path):
    """If this fails: raise VERSION, and say in ADDED what older files mean by not saying it."""
    save_model(load_model(file), path)
    (arrays, words, text), (old_arrays, old_words, old_text) = contents(path), contents(file)
    assert arrays.keys() == old_arrays.keys()
    assert all(arrays[name].tobytes() == old_arrays[name].tobytes() for name in arrays)
    if int(file.parent.name) == model_file.VERSION:
        assert words == old_words
        assert text["format"] == old_text["format"]


# There and back ---------------------------------------------------------------------------------

numbers = st.floats(allow_nan=False, allow_infinity=False)
losses = st.floats()
counts = st.integers(1, 10**6)


@st.composite
def quantum_models(draw):
    cls = draw(st.sampled_from([QuantumRNN, QuantumLSTM]))
    rules = {
        "system_qubits": draw(st.integers(1, 2)),
        "memory_qubits": draw(st.integers(1, 3)),
        "layers": draw(st.integers(1, 3)),
        "encoding": draw(st.sampled_from(["amplitude", "angle"])),
        "collapse": draw(st.sampled_from(["most_likely", "sampled", "diagonal", "channel"])),
        "readout": draw(st.sampled_from(["z", "linear"])),
        "ansatz": draw(st.sampled_from(["ring", "canonical"])),
        "power_target": draw(st.none() | numbers),
        "power_weight": draw(numbers),
        "init": draw(st.sampled_from(["uniform", "linear_filter"])),
    }
    if cls is QuantumLSTM:
        rules["disentangler"] = draw(st.sampled_from(["own", "inverse"]))
    model = cls(**rules, **draw(training_settings()))
    values = iter(draw(st.lists(numbers, min_size=200, max_size=200)))
    model.weights_ = {
        name: np.array([next(values) for _ in range(int(np.prod(shape)))]).reshape(shape)
        for name, shape in model.design().weight_shapes.items()
    }
    return model


@st.composite
def classical_models(draw):
    file = draw(st.sampled_from([f for f in FILES if "classical" in f.stem]))
    model = load_model(file).set_params(**draw(training_settings()))
    values = draw(st.lists(numbers, min_size=1, max_size=5))
    weights = model_weights.named_weights(model)
    for array in weights.values():
        array[...] = np.resize(values, array.shape)
    model_weights.set_weights(model, weights)
    del model.history_, model.n_features_in_
    fitted_settings.store(model)
    return model


@st.composite
def sequence_models(draw):
    search = {
        "candidates": draw(st.integers(10, 10**6)),
        "restarts": draw(st.integers(1, 10)),
        "lbfgs_steps": draw(st.integers(0, 100)),
        "random_state": draw(st.none() | st.integers(0, 2**32 - 1)),
    }
    if draw(st.booleans()):
        sizes = ("system_qubits", "memory_qubits", "layers")
        model = QuantumMarkovModel(
            **{size: draw(st.integers(1, 2)) for size in sizes},
            init=draw(st.sampled_from(["light_coupling", "uniform"])),
            **search,
        )
        values = iter(draw(st.lists(numbers, min_size=60, max_size=60)))
        shapes = model.design().weight_shapes
        model = type(model).from_weights(
            {
                n: np.reshape([next(values) for _ in range(np.prod(s))], s)
                for n, s in shapes.items()
            },
            **model.get_params(),
        )
    else:
        states, symbols = draw(st.integers(1, 3)), draw(st.integers(1, 3))
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        # Some are 0, so that their logarithms are minus infinity.
        some = rng.dirichlet(np.full(states * symbols, 0.3), states) * rng.integers(0, 2)
        some[:, 0] += 1 - some.sum(axis=1)
        model = HiddenMarkovModel.from_probabilities(
            rng.dirichlet(np.ones(states)),
            some.reshape(states, symbols, states),
            pseudocount=draw(st.floats(0, 1e300)),
            **search,
        )
    if draw(st.booleans()):
        model.scores_ = -np.sort(draw(st.lists(st.floats(0, 1e300), min_size=1, max_size=5)))
    return model


def training_settings():
    return st.fixed_dictionaries(
        {
            "learning_rate": st.floats(1e-300, 1e300),
            "batch_size": st.none() | counts,
            "epochs": counts,
            "restarts": counts,
            "schedule": st.sampled_from(["constant", "cosine"]),
            "lbfgs_steps": st.integers(0, 100),
            "validation_fraction": st.floats(0, 1, exclude_max=True),
            "patience": st.none() | counts,
            "checkpoint_every": st.floats(0, 1e300),
            "random_state": st.none() | st.integers(0, 2**32 - 1),
            "progress": st.booleans(),
        }
    )


@st.composite
def histories(draw):
    shape = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    table = st.lists(losses, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1])
    loss, validation = (np.array(draw(table)).reshape(shape) for _ in range(2))
    return History(
        loss=loss,
        best_epoch=draw(st.integers(0, shape[0] - 1)),
        best_restart=draw(st.integers(0, shape[1] - 1)),
        interrupted=draw(st.booleans()),
        epochs=draw(st.integers(0, shape[0] - 1)),
        validation_loss=draw(st.sampled_from([None, validation])),
    )


@st.composite
def saved_models(draw):
    model = draw(quantum_models() | classical_models() | sequence_models())
    if isinstance(model, SequenceModel):
        return model
    if draw(st.booleans()):
        model.n_features_in_ = draw(st.integers(1, 5))
        if draw(st.booleans()):
            names = st.lists(
                st.text(), min_size=model.n_features_in_, max_size=model.n_features_in_
            )
            model.feature_names_in_ = np.array(draw(names), dtype=object)
        fitted_settings.store(model)
    if draw(st.booleans()):
        model.history_ = draw(histories())
    return model


def check_there_and_back(folder, model):
    file = folder / "model.safetensors"
    save_model(model, file)
    assert identity(load_model(file)) == identity(model)


@given(saved_models())
@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
def test_there_and_back_to_the_last_bit(tmp_path_factory, model):
    check_there_and_back(tmp_path_factory.getbasetemp(), model)


@pytest.mark.soak
def test_there_and_back_to_the_last_bit_for_long(tmp_path_factory, count):
    @given(saved_models())
    @settings(max_examples=1500, deadline=None, suppress_health_check=[*HealthCheck], database=None)
    def long(model):
        check_there_and_back(tmp_path_factory.getbasetemp(), model)
        count("models saved and read, the same to the last bit")

    long()


def test_a_model_that_was_read_goes_on_as_the_one_that_was_written(path):
    """Predictions, gradients and another fit; drawn outcomes too, since the seed is kept."""
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)
    rules = {"epochs": 2, "random_state": 3, "collapse": "sampled", "progress": False}
    model = QuantumLSTM.paper(system_qubits=1, memory_qubits=1, layers=1, **rules).fit(X, y)
    save_model(model, str(path))
    again = load_model(str(path))
    assert identity(again) == identity(model)
    assert again.predict(X).tobytes() == model.predict(X).tobytes()
    assert again.n_parameters_ == model.n_parameters_
    with pytest.raises(ValueError, match="4 features, but QuantumLSTM is expecting 3"):
        again.predict(np.zeros((1, 4)))
    assert identity(again.fit(X, y)) == identity(model)


@pytest.mark.parametrize("name", MARKOV)
def test_a_model_of_sequences_goes_on_as_the_one_that_was_written(path, name):
    kind = {"quantum": QuantumMarkovModel, "hidden": HiddenMarkovModel}[name]
    record = np.random.default_rng(0).integers(0, 2, (2, 30))
    model = kind(candidates=20, restarts=3, lbfgs_steps=5, random_state=4).fit(record)
    save_model(model, path)
    again = load_model(path)
    assert identity(again) == identity(model)
    assert again.n_parameters_ == model.n_parameters_
    assert again.score(record) == model.score(record)
    assert again.predict_proba(record).tobytes() == model.predict_proba(record).tobytes()
    assert (again.sample(50) == model.sample(50)).all()
    size = "memory_qubits" if name == "quantum" else "states"
    with pytest.raises(ValueError, match=f"{size} was . and is now 3"):
        load_model(path).set_params(**{size: 3}).score(record)
    assert identity(again.fit(record)) == identity(model)


def test_what_cannot_happen_is_saved(path):
    """Its logarithm is minus infinity, which JSON has not."""
    model = HiddenMarkovModel.from_probabilities([1, 0], [[[0, 1], [0, 0]], [[0, 0], [1, 0]]])
    save_model(model, path)
    assert identity(load_model(path)) == identity(model)
    np.testing.assert_array_equal(load_model(path).predict_proba([[0, 1]]), [[1, 0]])


def test_a_checkpoint_stays_behind(path, tmp_path):
    """A stranger's file names no place on this machine that fitting would write to."""
    model = load_model(OURS).set_params(checkpoint=tmp_path / "run.safetensors")
    save_model(model, path)
    assert str(tmp_path).encode() not in path.read_bytes()
    assert load_model(path).checkpoint is None


def test_numbers_of_numpy_are_numbers(path):
    model = load_model(OURS).set_params(random_state=np.int64(7), learning_rate=np.float64(0.1))
    save_model(model, path)
    again = load_model(path)
    assert (type(again.random_state), again.random_state) == (int, 7)
    assert (type(again.learning_rate), again.learning_rate) == (float, 0.1)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A setting that is made of numbers."""

    first: float = 0.0
    second: float = 1.0

    def __post_init__(self):
        if self.first > self.second:
            raise ValueError("first must be at most second")


def test_a_setting_may_be_made_of_numbers(monkeypatch):
    monkeypatch.setitem(model_json.OBJECTS, "Pair", Pair)
    pair = Pair(0.1, np.nextafter(0.3, 1))
    said = json.loads(json.dumps(model_json.setting_to_json("noise", pair)))
    assert model_json.setting_from_json("noise", said) == pair
    for wrong, words in [
        ({"Pair": {"first": 1.0}}, "missing second"),
        ({"Pair": {"first": 0.0, "second": 1.0, "third": 2}}, "unknown third"),
        ({"Pair": {"first": [], "second": 1.0}}, "first must be a number"),
        ({"Pair": {"first": float("nan"), "second": 1.0}}, "first must be finite"),
        ({"Pair": {"first": 2.0, "second": 1.0}}, "first must be at most second"),
        ({"Pair": 3}, "must be a JSON object"),
        ({"Evil": {}}, "noise must be one of 'Noise', 'Pair'"),
        ({"Pair": {}, "Other": {}}, "unknown Other"),
        ({}, "noise must be one of 'Noise', 'Pair'"),
    ]:
        with pytest.raises((TypeError, ValueError), match=words):
            model_json.setting_from_json("noise", wrong)


def test_a_setting_that_came_later_is_what_it_was_before(monkeypatch, path):
    """As if `power_weight` had come with version 4: older files lack it, newer ones may not."""
    arrays, words, text = contents()
    del words["settings"]["power_weight"]
    rewritten(path, arrays, words, text)
    with pytest.raises(ValueError, match="missing power_weight"):
        load_model(path)
    monkeypatch.setattr(model_file, "VERSION", 4)
    monkeypatch.setattr(model_file, "ADDED", {"power_weight": (4, 0.25)})
    assert load_model(path).power_weight == 0.25
    with pytest.raises(ValueError, match="unknown power_weight"):
        load_model(OURS)
    rewritten(path, arrays, words, {**text, "format": "qrnnlib model 4"})
    with pytest.raises(ValueError, match="missing power_weight"):
        load_model(path)
    save_model(load_model(rewritten(path, arrays, words, text)), path)
    assert contents(path)[1]["settings"]["power_weight"] == 0.25


def test_settings_with_another_name_in_version_1_are_read_under_the_new_one(path):
    """`finish_steps` and `start` were renamed, and one value of `start` with it."""
    file = GOLDEN / "1" / "quantum-lstm.safetensors"
    arrays, words, text = contents(file)
    assert load_model(file).lbfgs_steps == words["settings"]["finish_steps"] == 2
    assert load_model(GOLDEN / "1" / "quantum-rnn.safetensors").init == "uniform"
    words["settings"]["start"] = "filter"
    assert load_model(rewritten(path, arrays, words, text)).init == "linear_filter"
    # Neither version knows the names of the other.
    words["settings"]["init"] = words["settings"].pop("start")
    rewritten(path, arrays, words, text)
    with pytest.raises(ValueError, match="got unknown init and missing start"):
        load_model(path)
    rewritten(path, *contents(file)[:2], {**text, "format": "qrnnlib model 2"})
    with pytest.raises(ValueError, match="unknown finish_steps, start and missing init, lbfgs_st"):
        load_model(path)


# What cannot be saved ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        pytest.param(
            {"random_state": np.random.RandomState(0)},
            TypeError,
            "random_state must be an int or N",
            id="a generator",
        ),
        ({"power_target": np.nan}, ValueError, "power_target must be finite"),
        (
            {"init": ["linear_filter"]},
            TypeError,
            "init must be a number, a string or None in a file",
        ),
        ({"random_state": -1}, ValueError, "model must be as .* random_state must be at least 0"),
        ({"layers": 2}, ValueError, "model must be as it was fitted: layers was 1 and is now 2"),
        (
            {"layers": 10**6},
            ValueError,
            "model must be as it was fitted: layers was 1 and is now 1000",
        ),
        (
            {"memory_qubits": 10**6},
            ValueError,
            "model must be as it was fitted: memory_qubits was 2 and",
        ),
        ({"epochs": 0}, ValueError, "model must be as it was fitted: epochs must be at least 1"),
        ({"collapse": "none"}, ValueError, "collapse must be one of"),
    ],
    ids=str,
)
def test_a_model_that_does_not_fit_is_not_saved(path, change, error, words):
    model = load_model(OURS).set_params(**change)
    with pytest.raises(error, match=words):
        save_model(model, path)
    assert list(path.parent.iterdir()) == []


def test_weights_that_are_no_numbers_are_not_saved(path):
    model = load_model(OURS)
    model.weights_["entangler"][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"weights\['entangler'\] must be finite"):
        save_model(model, path)


class Own(QuantumLSTM):
    """A class that no other machine has."""


def test_other_models_are_refused(path):
    for model in (Persistence(), Own(), None, QuantumLSTM):
        with pytest.raises(TypeError, match=r"^model must be a QuantumRNN, QuantumLSTM, Classi"):
            save_model(model, path)
    for cls in model_file.MODELS.values():
        with pytest.raises(NotFittedError):
            save_model(cls(), path)


def test_places_that_are_not_there(path):
    with pytest.raises(FileNotFoundError, match=r"^path must lie in a folder that exists, got"):
        save_model(load_model(OURS), path.parent / "nowhere" / "model")
    with pytest.raises(FileNotFoundError, match=r"^path must be a file that exists, got '/.*/mode"):
        load_model(path)


def test_a_failed_writing_leaves_the_old_model(monkeypatch, path):
    path.write_bytes(OURS.read_bytes())

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=r"can be written: No space left"):
            save_model(load_model(FILES[0]), path)
    assert path.read_bytes() == OURS.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_name_that_leaves_no_room_for_a_temporary_one(path):
    """A file system may allow it, with 255 bytes, but not what is added while it is written."""
    long = path.with_name("m" * 250)
    with pytest.raises(OSError, match=rf"can be written: .*too long: '{long}'$"):
        save_model(load_model(OURS), long)
    assert list(path.parent.iterdir()) == []


# Files that are not what they should be ---------------------------------------------------------


def refusal(path):
    """Return why a file is refused: in one sentence, which names it."""
    with pytest.raises(ValueError, match=r"^path must be a file that save_model wrote, got") as got:
        load_model(path)
    assert type(got.value) is ValueError
    assert repr(str(path)) in str(got.value)
    return str(got.value).partition(f"{str(path)!r}: ")[2]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_lies_is_refused(path, name):
    path.write_bytes(UNREADABLE[name])
    assert refusal(path).startswith("it cannot be read (")


@pytest.mark.parametrize("text", NO_OBJECT, ids=lambda text: text[:9])
def test_a_description_that_is_none_is_refused(path, text):
    arrays, _, other = contents()
    _files.write_arrays(path, arrays, {**other, "model": text})
    assert refusal(path).startswith("its description is not a JSON object: ")


def test_files_of_another_kind_are_refused(path):
    Checkpoint(path, {}).save(Saved({"w": np.zeros(3)}, {}))
    assert refusal(path) == "it has the format 'qrnnlib checkpoint 3'"
    save_file({"w": np.zeros(3)}, path)
    assert refusal(path) == "it has the format 'unknown'"
    for version in ("0", "4", "1.0", "-1", "", "one", "१"):
        arrays, words, text = contents()
        rewritten(path, arrays, words, {**text, "format": f"qrnnlib model {version}"})
        assert refusal(path) == (
            f"it has version {version!r}, written by 'qrnnlib {qrnnlib.__version__}'; this is "
            f"qrnnlib {qrnnlib.__version__}, which reads version 3 and earlier ones"
        )


def test_a_model_is_no_checkpoint(path):
    path.write_bytes(OURS.read_bytes())
    with pytest.raises(ValueError, match=r"^checkpoint must .* has the format 'qrnnlib model 3'"):
        Checkpoint(path, {}).load()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_what_is_no_file_is_refused_at_once(path):
    """A pipe would be waited for, a device has no end, a hole takes no disk but much memory."""
    os.mkfifo(path)
    assert refusal(path) == "it cannot be read (it is not a file)"
    assert refusal(Path("/dev/zero")) == "it cannot be read (it is not a file)"
    assert refusal(path.parent) == "it cannot be read (it is not a file)"
    hole = path.with_name("hole")
    size = 2**33
    header = {"weights.entangler": {"dtype": "F64", "shape": [size // 8]}}
    header["weights.entangler"]["data_offsets"] = [0, size]
    hole.write_bytes(laid_out(header))
    os.truncate(hole, hole.stat().st_size + size)
    assert re.fullmatch(r"it cannot be read \(it has 8\d* bytes\)", refusal(hole))


def changed(words, place, value):
    """Return a deep copy in which one place, such as ``settings.epochs``, has another value."""
    result = copy.deepcopy(words)
    *above, last = place.split(".")
    inner = result
    for name in above:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("class", ..., "its parts must be those of its version, got missing class"),
        ("class", "os.system", "class must be one of 'QuantumRNN', 'QuantumLSTM', 'Classi"),
        ("class", "Persistence", "class must be one of"),
        ("class", ["QuantumRNN"], "class must be one of"),
        ("class", "QuantumRNN", "its settings must be those of its version, got unknown disentan"),
        ("class", "ClassicalGRU", "its settings must be those of its version, got unknown"),
        ("comment", "x", "its parts must be those of its version, got unknown comment"),
        ("settings", [], "settings must be a JSON object, got list"),
        ("settings.layers", ..., "its settings must be those of its version, got missing layers"),
        ("settings.colour", 1, "its settings must be those of its version, got unknown colour"),
        ("settings.weights_", 1, "got unknown weights_"),
        ("settings.__class__", "x", "got unknown __class__"),
        ("settings.predict", "x", "got unknown predict"),
        ("settings.checkpoint", "/tmp/x", "got unknown checkpoint"),
        ("settings.layers", "2", "layers must be an integer, got '2'"),
        ("settings.layers", 0, "layers must be at least 1"),
        ("settings.layers", 2, r"weights\['entangler'\] must have shape \(2, 10\), got \(1, 10\)"),
        ("settings.layers", 10**7, "its settings need at least 40000000 weights, got "),
        ("settings.system_qubits", 10**6, "its settings need at least 1000002 weights, got "),
        ("settings.ansatz", "ring", r"weights\['entangler'\] must have shape \(1, 4\)"),
        ("settings.encoding", "angle", "weights must hold entangler, disentangler, readout"),
        ("settings.collapse", {"a": 1}, "collapse must be one of 'Noise', got 'a'"),
        ("settings.init", [1], "init must be a number, a string or None in a file, got list"),
        ("settings.power_weight", float("nan"), "power_weight must be finite, got nan"),
        ("settings.epochs", -1, "epochs must be at least 1, got -1"),
        ("settings.epochs", True, "epochs must be an integer, got True"),
        ("settings.learning_rate", None, "learning_rate must be a real number, got None"),
        ("settings.random_state", "0", "random_state must be None, an integer, .* got '0'"),
        ("settings.random_state", [0], "random_state must be an int or None in a file, got list"),
        ("fitted.n_features_in_", 0, "n_features_in_ must be at least 1"),
        ("fitted.n_features_in_", "4", "n_features_in_ must be an integer"),
        ("fitted.coef_", 4, "fitted must be one of 'n_features_in_', 'features_', got 'coef_'"),
        ("fitted", 4, "fitted must be a JSON object, got int"),
        ("feature_names", "abcd", "feature_names must be a list of str"),
        ("feature_names", ["a"], "feature_names must hold 4 names, one per step, got 1"),
        ("history", None, "history must be a JSON object, got NoneType"),
        ("history.best_epoch", ..., "its history must be those of its version, got missing best"),
        ("history.best_epoch", 6, "best_epoch must be less than 6, got 6"),
        ("history.best_restart", 2, "best_restart must be less than 2, got 2"),
        ("history.epochs", -1, "epochs must be at least 0, got -1"),
        ("history.interrupted", 0, "interrupted must be true or false, got 0"),
    ],
    ids=str,
)
def test_words_that_do_not_fit_are_refused(path, place, value, words):
    arrays, described, text = contents()
    rewritten(path, arrays, changed(described, place, value), text)
    assert re.match(words, refusal(path)) or re.search(words, refusal(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weights.entangler": ...}, "weights must hold entangler, disentangler,"),
        ({"weights.more": np.zeros(2)}, "weights must hold entangler, disentangler,"),
        ({"weights.entangler": np.zeros((1, 9))}, "must have shape (1, 10), got (1, 9)"),
        ({"weights.entangler": np.zeros(10)}, "must have shape (1, 10), got (10,)"),
        ({"weights.entangler": np.full((1, 10), np.nan)}, "must be finite, got nan at index"),
        ({"weights.entangler": np.full((1, 10), np.inf)}, "must be finite, got inf at index"),
        ({"weights.entangler": np.zeros((1, 10), np.float32)}, "must be of type float64, got flo"),
        ({"weights.entangler": np.zeros((1, 10), np.int64)}, "must be of type float64, got int64"),
        ({"weights.../../x": np.zeros(2)}, "weights must hold entangler"),
        ({"../../../../tmp/x": np.zeros(2)}, "the prefix of an array's name must be one of"),
        ({"": np.zeros(2)}, "the prefix of an array's name must be one of"),
        ({"history.loss": ...}, "its losses must be those of its version, got missing loss"),
        ({"history.gain": np.zeros((6, 2))}, "got unknown gain"),
        ({"history.loss": np.zeros(6)}, "a row for each epoch, a column for each restart"),
        ({"history.loss": np.zeros((5, 2))}, "a row for each epoch, a column for each restart"),
        (
            {"history.loss": np.zeros((0, 2)), "history.validation_loss": np.zeros((0, 2))},
            "best_epoch must be less than 0",
        ),
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_are_refused(path, change, words):
    arrays, described, text = contents()
    mixed = {name: array for name, array in {**arrays, **change}.items() if array is not ...}
    rewritten(path, mixed, described, text)
    assert words in refusal(path)


def test_weights_of_a_network_that_do_not_fit_are_refused(path):
    arrays, described, text = contents(GOLDEN / "1" / "classical-gru.safetensors")
    for hidden, words in [
        (10**7, "its settings need at least 10000000 weights"),
        (3, "must have shape"),
        (0, "hidden must be at least 1"),
        ("2", "hidden must be an integer"),
    ]:
        rewritten(path, arrays, changed(described, "settings.hidden", hidden), text)
        assert words in refusal(path)
    rewritten(path, {**arrays, "weights.cell.extra": np.zeros(2)}, described, text)
    assert "its weights must be those of its version, got unknown cell.extra" in refusal(path)
    del arrays["weights.cell.bias"]
    rewritten(path, arrays, described, text)
    assert "got missing cell.bias" in refusal(path)


SEVERAL = np.log(np.full((3, 2, 3), 1 / 6))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("quantum", {"weights.entangler": ...}, "weights must hold entangler, input_weight, inp"),
        ("quantum", {"weights.more": np.zeros(2)}, "weights must hold entangler, input_weight, i"),
        ("quantum", {"weights.entangler": np.zeros((2, 6))}, "must have shape (2, 5), got (2, 6)"),
        ("quantum", {"weights.input_bias": np.array([1, np.nan])}, "must be finite, got nan at"),
        ("hidden", {"weights.start": ...}, "weights must hold start, transitions; got transitions"),
        ("hidden", {"weights.end": np.zeros(3)}, "weights must hold start, transitions; got"),
        ("hidden", {"weights.start": np.log([0.5, 0.5])}, "must have shape (3,), got (2,)"),
        (
            "hidden",
            {"weights.transitions": SEVERAL[:, :1]},
            "must have shape (3, 2, 3), got (3, 1,",
        ),
        ("hidden", {"weights.transitions": SEVERAL + 1e-8}, "must be probabilities that sum to 1"),
        ("hidden", {"weights.start": np.zeros(3)}, "must be probabilities that sum to 1, got sums"),
        ("hidden", {"weights.start": np.array([np.nan, 0, 0])}, "must be finite, got nan at inde"),
        ("hidden", {"weights.start": np.array([np.inf, 0, 0])}, "must be finite, got inf at inde"),
        ("hidden", {"weights.start": np.array([1e9, 0, 0])}, "must be finite, got inf at index 0"),
        ("hidden", {"weights.start": np.zeros(3, np.float32)}, "must be of type float64, got floa"),
        ("hidden", {"fitted.scores_": np.zeros((1, 2))}, "scores_ must be numbers in one row, be"),
        ("hidden", {"fitted.scores_": np.zeros(0)}, "scores_ must be numbers in one row, best f"),
        ("hidden", {"fitted.scores_": np.array([-2.0, -1.0])}, "scores_ must be numbers in one r"),
        ("hidden", {"fitted.scores_": np.array([np.nan])}, "scores_ must be numbers in one row, "),
        ("quantum", {"fitted.coef_": np.zeros(2)}, "got unknown coef_"),
        ("quantum", {"history.loss": np.zeros((2, 2))}, "got unknown loss"),
    ],
    ids=str,
)
def test_arrays_of_a_model_of_sequences_that_do_not_fit_are_refused(path, name, change, words):
    arrays, described, text = contents(MARKOV[name])
    mixed = {key: array for key, array in {**arrays, **change}.items() if array is not ...}
    rewritten(path, mixed, described, text)
    assert words in refusal(path)


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("quantum", "class", "HiddenMarkovModel", "got unknown init, layers, memory_qubits, syst"),
        ("quantum", "class", "SequenceModel", "class must be one of"),
        ("quantum", "settings.layers", 3, "must have shape (3, 5), got (2, 5)"),
        ("quantum", "settings.layers", 10**7, "its settings need at least 20000000 weights, got "),
        ("quantum", "settings.memory_qubits", 10**6, "its settings need at least 2000002 weights"),
        ("quantum", "settings.init", "zeros", "init must be one of 'light_coupling', 'uniform'"),
        ("quantum", "settings.candidates", 0, "candidates must be at least 1, got 0"),
        ("quantum", "settings.restarts", 21, "restarts must be at most 20, got 21"),
        ("quantum", "settings.lbfgs_steps", -1, "lbfgs_steps must be at least 0, got -1"),
        ("quantum", "settings.random_state", -1, "random_state must be"),
        ("quantum", "settings.checkpoint", "/tmp/x", "got unknown checkpoint"),
        ("hidden", "settings.states", 10**7, "its settings need at least 20000000 weights, got "),
        ("hidden", "settings.states", 2, "must have shape (2,), got (3,)"),
        ("hidden", "settings.symbols", 0, "symbols must be at least 1, got 0"),
        ("hidden", "settings.symbols", "2", "symbols must be an integer, got '2'"),
        ("hidden", "settings.pseudocount", -0.5, "pseudocount must lie in [0, inf], got -0.5"),
        ("hidden", "settings.pseudocount", float("inf"), "pseudocount must be finite, got inf"),
        ("hidden", "fitted.n_features_in_", 4, "its fitted must be those of its version, got unk"),
        ("hidden", "fitted", [], "fitted must be a JSON object, got list"),
        ("hidden", "feature_names", ["a"], "feature_names of a model of sequences must be null"),
        ("hidden", "history", {}, "history of a model of sequences must be null"),
    ],
    ids=str,
)
def test_words_of_a_model_of_sequences_that_do_not_fit_are_refused(path, name, place, value, words):
    arrays, described, text = contents(MARKOV[name])
    rewritten(path, arrays, changed(described, place, value), text)
    assert words in refusal(path)


def test_a_regressor_has_no_scores(path):
    arrays, described, text = contents()
    rewritten(path, {**arrays, "fitted.scores_": np.zeros(1)}, described, text)
    assert "its fitted arrays must be those of its version, got unknown scores_" in refusal(path)


@pytest.mark.parametrize("name", MARKOV)
def test_versions_before_models_of_sequences_hold_none(path, name):
    arrays, described, text = contents(MARKOV[name])
    rewritten(path, arrays, described, {**text, "format": "qrnnlib model 2"})
    assert "class must be one of 'QuantumRNN', 'QuantumLSTM', 'ClassicalLSTM'" in refusal(path)


# Damage, and strangers --------------------------------------------------------------------------


def read_or_refused(path):
    """Return the model in a file, or None if the file is refused in the words for that."""
    try:
        return load_model(path)
    except ValueError as error:
        words = str(error)
    assert words.startswith("path must be a file that save_model wrote, got")
    return None


def check_damage(path, content, whole):
    """A damaged file is refused, or it reads as the whole one does (a blank within its header)."""
    path.write_bytes(content)
    model = read_or_refused(path)
    assert model is None or identity(model) == whole
    return model is None


def test_damage_is_seen(path):
    """Cut anywhere, or with another byte anywhere; a number may not pass for another number."""
    content = OURS.read_bytes()
    whole = identity(load_model(OURS))
    rng = np.random.default_rng(0)
    for place in rng.choice(len(content), 150, replace=False):
        flipped = bytearray(content)
        flipped[place] ^= int(rng.integers(1, 256))
        check_damage(path, bytes(flipped), whole)
    for place in rng.choice(len(content), 50, replace=False):
        assert check_damage(path, content[:place], whole)
    flipped = bytearray(content)
    flipped[-1] ^= 1  # within a number
    path.write_bytes(flipped)
    assert refusal(path) == "it cannot be read (it is damaged: it differs from what was written)"


@pytest.mark.soak
def test_all_damage_is_seen(path, count):
    rng = np.random.default_rng(0)
    for file in FILES:
        content, whole = file.read_bytes(), identity(load_model(file))
        for place in range(len(content)):
            assert check_damage(path, content[:place], whole)
            flipped = bytearray(content)
            flipped[place] ^= 1 << int(rng.integers(8))
            check_damage(path, bytes(flipped), whole)
        count("model files cut short", len(content))
        count("model files with a bit flipped", len(content))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def places_of(words, above=()):
    for name, value in words.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from places_of(value, (*above, name))


@st.composite
def strange_words(draw):
    """The words of a true file, in which one to three places hold something else."""
    arrays, true, text = contents(draw(st.sampled_from(FILES)))
    words = copy.deepcopy(true)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(list(places_of(words))))
        inner = words
        for name in above:
            inner = inner[name]
        likely = st.sampled_from([0, -1, 10**12, 2**63, 1e308, "", "own", True, None, {}, []])
        inner[last] = draw(likely | json_values)
        if draw(st.integers(0, 4)) == 0:
            inner[draw(st.text(max_size=3))] = inner.pop(last)
    return arrays, words, text


def check_strange(folder, content):
    path = folder / "strange.safetensors"
    rewritten(path, *content)
    model = read_or_refused(path)
    if model is not None:  # it was something that a model may be: then it can be saved as well
        check_there_and_back(folder, model)


@given(strange_words())
@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
def test_strange_words_end_in_a_sentence(tmp_path_factory, content):
    check_strange(tmp_path_factory.getbasetemp(), content)


@pytest.mark.soak
def test_strange_words_end_in_a_sentence_for_long(tmp_path_factory, count):
    @given(strange_words())
    @settings(max_examples=4000, deadline=None, suppress_health_check=[*HealthCheck])
    def long(content):
        check_strange(tmp_path_factory.getbasetemp(), content)
        count("model files with strange words")

    long()


#: What Python tells of whoever runs code, starts a program or opens a file to write.
SUSPECT = {"exec", "compile", "import", "marshal.loads", "pickle.find_class", "ctypes.dlopen"}
SUSPECT |= {"os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen"}
SUSPECT |= {"socket.connect", "os.remove", "os.rename", "os.mkdir", "os.symlink", "shutil.rmtree"}
watched = []


def listen(event, arguments):
    if watched and (event in SUSPECT or (event == "open" and "w" in str(arguments[1]))):
        watched[-1].append((event, arguments))


sys.addaudithook(listen)  # which cannot be taken away again; it only listens while asked to


@contextmanager
def what_python_does():
    watched.append([])
    try:
        yield watched[-1]
    finally:
        watched.pop()


def test_the_listener_hears(tmp_path):
    with what_python_does() as heard:
        eval("1 + 1")
        (tmp_path / "file").write_text("")
        pickle.loads(pickle.dumps(np.float64(1)))
    assert {"exec", "open", "pickle.find_class"} <= {event for event, _ in heard}


@pytest.mark.parametrize("name", [*UNREADABLE, "a true model"])
def test_a_strangers_file_runs_nothing_and_writes_nothing(path, name):
    content = UNREADABLE.get(name) or OURS.read_bytes()
    path.write_bytes(content)
    load_model(OURS)  # imports are over
    with what_python_does() as heard:
        try:
            load_model(path)
        except ValueError:
            assert name in UNREADABLE
    assert heard == []
    assert [file.name for file in path.parent.iterdir()] == [path.name]
