"""A fitted model in a file, to be read another day, on another machine, by a later version.

The file is of the safetensors kind: arrays, and in words which model it is, its settings and how
its training went. Nothing in it can be executed, and nothing of it is believed before it was
checked. Later versions read the files of earlier ones; a file of a later version is refused.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

import qrnnlib
from qrnnlib import _checks, _files
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import model_json
from qrnnlib.learning.baselines import ClassicalGRU, ClassicalLSTM, GRUWeights, LSTMWeights
from qrnnlib.learning.estimators import QuantumLSTM, QuantumRNN
from qrnnlib.learning.settings import Settings

#: What can be saved.
Model = QuantumRNN | ClassicalLSTM | ClassicalGRU

FORMAT = "qrnnlib model"
#: Of the file. To be raised with any change of what it holds; test_model_file.py says what else.
VERSION = 1

MODELS = {cls.__name__: cls for cls in (QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU)}

#: Settings that came after version 1: the version they came with, and what they are without it.
ADDED: dict[str, tuple[int, Any]] = {}

#: Settings that stay behind: a path is of one machine, and a stranger's is not to be written to.
NOT_SAVED = frozenset({"checkpoint"})

#: Whole numbers that fitting leaves in a model.
FITTED = ("n_features_in_", "features_")


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file, in place of what was there.

    Kept are its settings, its weights and its history: what it needs to predict as before, to the
    last bit, and to be fitted anew. The setting `checkpoint` is not kept.

    Parameters
    ----------
    model : QuantumRNN, QuantumLSTM, ClassicalLSTM or ClassicalGRU
    path : str or path-like
        Its folder must exist. The file is replaced in one step: whoever reads it meanwhile, or
        is left with it after a crash, has the old one or the new one.

    Raises
    ------
    TypeError
        If it is another model, or a setting cannot be written: a `random_state` must be an int
        or None.
    ValueError
        If the model was changed since it was fitted, and its settings and weights do not fit.
    sklearn.exceptions.NotFittedError
        If there are no weights yet.
    FileNotFoundError
        If there is no such folder.
    OSError
        If the file cannot be written, as its name is too long or the disk is full. What was there
        is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> from qrnnlib import QuantumRNN, load_model
    >>> model = QuantumRNN.paper(epochs=2, random_state=0, progress=False)
    >>> X = np.linspace(-1, 1, 30).reshape(10, 3)
    >>> before = model.fit(X, X[:, 2]).predict(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_model(model, Path(folder, "model.safetensors"))
    ...     after = load_model(Path(folder, "model.safetensors")).predict(X)
    >>> np.array_equal(before, after)
    True
    """
    file, kind = Path(path), type(model).__name__
    if MODELS.get(kind) is not type(model):
        raise TypeError(f"model must be a {', '.join(MODELS)}, got {kind}")
    check_is_fitted(model, "weights_")
    fitted_settings.check_unchanged("model", model)
    if not file.parent.is_dir():
        raise FileNotFoundError(f"path must lie in a folder that exists, got {str(file)!r}")
    settings = model.get_params(deep=False).items()
    fitted = {name: int(getattr(model, name)) for name in FITTED if hasattr(model, name)}
    columns = getattr(model, "feature_names_in_", None)
    words: dict[str, Any] = {
        "class": kind,
        "settings": {
            n: model_json.setting_to_json(n, v) for n, v in settings if n not in NOT_SAVED
        },
        "fitted": fitted,
        "feature_names": None if columns is None else [str(name) for name in columns],
        "history": None,
    }
    arrays = {f"weights.{name}": array for name, array in _named_weights(model).items()}
    if hasattr(model, "history_"):
        words["history"], losses = model_json.history_to_json(model.history_)
        arrays |= {f"history.{name}": array for name, array in losses.items()}
    try:
        _model(VERSION, words, arrays)
    except (TypeError, ValueError) as error:  # what could not be read is not written
        raise ValueError(f"model must be as it was fitted: {error}") from error
    text = {
        "format": f"{FORMAT} {VERSION}",
        "written by": f"qrnnlib {qrnnlib.__version__}",
        "model": json.dumps(words, allow_nan=False),
    }
    _files.write_arrays(file, arrays, text)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Return the model that `save_model` wrote to a file, by this version or an earlier one.

    The file may come from anyone: nothing in it is executed, and it is refused unless all of it
    is what a file of its version must hold. What the weights are good for, it cannot say.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    QuantumRNN, QuantumLSTM, ClassicalLSTM or ClassicalGRU
        As it was saved; its `checkpoint` is None.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a file of another kind, a damaged one, one of a later version, or one whose class,
        settings, weights and history do not fit together.

    Examples
    --------
    See `save_model` for a way there and back.

    >>> load_model("nowhere.safetensors")
    Traceback (most recent call last):
    FileNotFoundError: path must be a file that exists, got 'nowhere.safetensors'
    """
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"path must be a file that exists, got {str(file)!r}")
    try:
        try:
            arrays, text = _files.read_arrays(file)
        except ValueError as error:
            raise ValueError(f"it {error}") from error
        version = _version(text)
        return _model(version, _files.json_object(text.get("model", "")), arrays)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"path must be a file that save_model wrote, got {str(file)!r}: {error}"
        ) from error


def _version(text: Mapping[str, str]) -> int:
    """Return the version of a file, if it is one that can be read here."""
    written = text.get("format", "of other tensors")
    kind, _, version = written.rpartition(" ")
    if kind != FORMAT:
        raise ValueError(f"it has the format {written!r}")
    if version not in map(str, range(1, VERSION + 1)):
        raise ValueError(
            f"it has version {version!r}, by {text.get('written by', 'nobody')!r}; this is qrnnlib "
            f"{qrnnlib.__version__}, which reads version {VERSION} and those before it"
        )
    return int(version)


def _model(version: int, words: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    """Return the model that is described; TypeError or ValueError say what does not fit."""
    model_json.exactly("parts", words, {"class", "settings", "fitted", "feature_names", "history"})
    model = MODELS[_checks.option("class", words["class"], MODELS)]()
    _set_settings(model, version, model_json.mapping("settings", words["settings"]))
    for name, number in model_json.mapping("fitted", words["fitted"]).items():
        _checks.option("fitted", name, FITTED)
        setattr(model, name, _checks.integer(name, number))
    if words["feature_names"] is not None:
        steps = getattr(model, "n_features_in_", None)
        model.feature_names_in_ = model_json.feature_names(words["feature_names"], steps)
    parts: dict[str, dict[str, NDArray[np.float64]]] = {"weights": {}, "history": {}}
    for name, array in arrays.items():
        part, _, own = name.partition(".")
        if array.dtype != np.float64:
            raise ValueError(f"its array {name!r} must be of type float64, got {array.dtype}")
        parts[_checks.option("the first word of an array's name", part, parts)][own] = array
    _set_weights(model, parts["weights"])
    if words["history"] is not None or parts["history"]:
        model.history_ = model_json.history_from_json(words["history"], parts["history"])
    return model


def _set_settings(model: Model, version: int, settings: Mapping[str, Any]) -> None:
    """Give a model the settings of a file; those that are newer than the file, as they were."""
    newer = {name: value for name, (since, value) in ADDED.items() if since > version}
    model_json.exactly(
        "settings", settings, set(model.get_params(deep=False)) - NOT_SAVED - set(newer)
    )
    for name, value in settings.items():
        setattr(model, name, model_json.setting_from_json(name, value))
    for name in set(newer) & set(model.get_params(deep=False)):
        setattr(model, name, newer[name])
    Settings.of(model)
    if model.random_state is not None:
        _checks.integer("random_state", model.random_state, 0, None)


def _named_weights(model: Model) -> dict[str, NDArray[np.float64]]:
    """Return the weights of a model, each array under its name."""
    if isinstance(model, QuantumRNN):
        return dict(model.weights_)
    return {name: np.asarray(array) for name, array in _leaves(model.weights_)}


def _set_weights(model: Model, weights: Mapping[str, NDArray[np.float64]]) -> None:
    """Give a model its weights, if they are those that its settings ask for."""
    size = sum(array.size for array in weights.values())
    if isinstance(model, QuantumRNN):
        design = model.design()
        least = design.layers * design.qubits
    else:
        least = _checks.integer("hidden", model.hidden)
    if size < least:  # before anything is made that is as large as the settings say
        raise ValueError(f"its settings need {least} weights and more, got {size}")
    if isinstance(model, QuantumRNN):
        model.weights_ = design.check_weights(weights)
        fitted_settings.store(model)
        return
    network = LSTMWeights if isinstance(model, ClassicalLSTM) else GRUWeights
    with double_precision():
        features = getattr(model, "features_", 1)
        like = jax.eval_shape(lambda: network(features, model.hidden, jax.random.key(0)))
    model_json.exactly("weights", weights, {name for name, _ in _leaves(like)})
    model.weights_ = jax.tree.unflatten(
        jax.tree.structure(like),
        [_checks.real_array(f"weights[{n!r}]", weights[n], a.shape) for n, a in _leaves(like)],
    )
    fitted_settings.store(model)


def _leaves(tree: Any) -> list[tuple[str, Any]]:
    """Return the arrays of a network, each with its place in it, such as ``cell.bias``."""
    leaves = jax.tree.leaves_with_path(tree)
    return [(jax.tree_util.keystr(path).lstrip("."), leaf) for path, leaf in leaves]
