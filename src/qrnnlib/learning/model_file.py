"""Files of fitted models, which later versions can read on any machine.

Each is a safetensors file: arrays, and as text the class of the model, its settings and the history
of its training. Reading it executes nothing, and all of it is checked before use. Later versions
read the files of earlier ones; a file of a later version is refused.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

import qrnnlib
from qrnnlib import _checks, _files
from qrnnlib.cell import fitted_settings
from qrnnlib.learning import model_json
from qrnnlib.learning.classical_cells import (
    ClassicalGRU,
    ClassicalLSTM,
)
from qrnnlib.learning.estimators import QuantumLSTM, QuantumRNN
from qrnnlib.learning.hidden_markov import HiddenMarkovModel
from qrnnlib.learning.model_weights import Model, named_weights, set_weights
from qrnnlib.learning.quantum_markov import QuantumMarkovModel
from qrnnlib.learning.sequence_model import SequenceModel
from qrnnlib.learning.settings import Settings

#: Arrays of one part of a file, by name.
Arrays = dict[str, NDArray[np.float64]]

FORMAT = "qrnnlib model"
#: Version of the format. Raise it with any change of the contents; test_model_file.py says what
#: else to do.
VERSION = 3

#: Models that can be saved, by name.
MODELS: dict[str, type[Model]] = {
    cls.__name__: cls
    for cls in (
        QuantumRNN,
        QuantumLSTM,
        ClassicalLSTM,
        ClassicalGRU,
        QuantumMarkovModel,
        HiddenMarkovModel,
    )
}

#: Models added after version 1, and the version that added them.
ADDED_MODELS = {"QuantumMarkovModel": 3, "HiddenMarkovModel": 3}

#: Settings added after version 1: the version that added them, and their value in older files.
ADDED: dict[str, tuple[int, Any]] = {}

#: Settings renamed after version 1: the version that renamed them, their name in older files, and
#: what some of their values are called there.
RENAMED: dict[str, tuple[int, str, dict[Any, Any]]] = {
    "init": (2, "start", {"filter": "linear_filter"}),
    "lbfgs_steps": (2, "finish_steps", {}),
}

#: Settings that are not saved: a path belongs to one machine, and a path from an untrusted file
#: must not be written to.
NOT_SAVED = frozenset({"checkpoint"})

#: Integers that fitting stores in a model.
FITTED = ("n_features_in_", "features_")


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a fitted model to a file, replacing any previous one.

    The file holds settings, weights and history (for a model of sequences of symbols, the scores of
    its restarts). A loaded model predicts exactly as before, to the last bit, and can be fitted
    again. The setting `checkpoint` is not saved.

    Parameters
    ----------
    model : QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU, QuantumMarkovModel or \
HiddenMarkovModel
    path : str or path-like
        Its folder must exist. The file is replaced atomically: another process, or a crash, sees
        either the old file or the new one.

    Raises
    ------
    TypeError
        If `model` is of another class, or a setting cannot be saved: `random_state` must be an int
        or None.
    ValueError
        If the model was changed after fitting, so that its settings and weights do not match.
    sklearn.exceptions.NotFittedError
        If there are no weights yet.
    FileNotFoundError
        If the folder does not exist.
    OSError
        If the file cannot be written, for example because its name is too long or the disk is
        full. A previous file is left unchanged.

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
    contents: dict[str, Any] = {
        "class": kind,
        "settings": {
            n: model_json.setting_to_json(n, v) for n, v in settings if n not in NOT_SAVED
        },
        "fitted": fitted,
        "feature_names": None if columns is None else [str(name) for name in columns],
        "history": None,
    }
    arrays = {f"weights.{name}": array for name, array in named_weights(model).items()}
    if hasattr(model, "history_"):
        contents["history"], losses = model_json.history_to_json(model.history_)
        arrays |= {f"history.{name}": array for name, array in losses.items()}
    if hasattr(model, "scores_"):
        arrays["fitted.scores_"] = model.scores_
    try:
        _model(VERSION, contents, arrays)
    except (TypeError, ValueError) as error:  # only write what can be read again
        raise ValueError(f"model must be as it was fitted: {error}") from error
    text = {
        "format": f"{FORMAT} {VERSION}",
        "written by": f"qrnnlib {qrnnlib.__version__}",
        "model": json.dumps(contents, allow_nan=False),
    }
    _files.write_arrays(file, arrays, text)


def load_model(path: str | os.PathLike[str]) -> Model:
    """Return a model that `save_model` of this version or an earlier one wrote to a file.

    The file may come from an untrusted source: nothing in it is executed, and it is refused unless
    all its contents are valid for its version. Whether the weights are any good is not checked.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU, QuantumMarkovModel or HiddenMarkovModel
        As it was saved; its `checkpoint`, if it has this setting, is None.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file is of another kind, damaged or of a later version, or if its class, settings,
        weights and history do not match.

    Examples
    --------
    See `save_model` for saving and loading.

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
    """Return the version of a file, if this version of the library can read it."""
    written = text.get("format", "unknown")
    kind, _, version = written.rpartition(" ")
    if kind != FORMAT:
        raise ValueError(f"it has the format {written!r}")
    if version not in map(str, range(1, VERSION + 1)):
        raise ValueError(
            f"it has version {version!r}, written by {text.get('written by', 'unknown')!r}; this "
            f"is qrnnlib {qrnnlib.__version__}, which reads version {VERSION} and earlier ones"
        )
    return int(version)


def _model(version: int, contents: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    """Return the model described; TypeError or ValueError say what is invalid."""
    model_json.exactly(
        "parts", contents, {"class", "settings", "fitted", "feature_names", "history"}
    )
    known = [name for name in MODELS if ADDED_MODELS.get(name, 1) <= version]
    model = MODELS[_checks.option("class", contents["class"], known)]()
    _set_settings(model, version, model_json.mapping("settings", contents["settings"]))
    parts: dict[str, Arrays] = {"weights": {}, "history": {}, "fitted": {}}
    for name, array in arrays.items():
        part, _, own = name.partition(".")
        if array.dtype != np.float64:
            raise ValueError(f"its array {name!r} must be of type float64, got {array.dtype}")
        parts[_checks.option("the prefix of an array's name", part, parts)][own] = array
    set_rest = _set_scores if isinstance(model, SequenceModel) else _set_training
    set_rest(model, contents, parts)
    set_weights(model, parts["weights"])  # whose shapes may depend on the rest
    return model


def _set_training(model: Any, contents: Mapping[str, Any], parts: Mapping[str, Arrays]) -> None:
    """Set what fitting stores in a regressor, beside weights."""
    for name, number in model_json.mapping("fitted", contents["fitted"]).items():
        _checks.option("fitted", name, FITTED)
        setattr(model, name, _checks.integer(name, number))
    if contents["feature_names"] is not None:
        steps = getattr(model, "n_features_in_", None)
        model.feature_names_in_ = model_json.feature_names(contents["feature_names"], steps)
    model_json.exactly("fitted arrays", parts["fitted"], set())
    if contents["history"] is not None or parts["history"]:
        model.history_ = model_json.history_from_json(contents["history"], parts["history"])


def _set_scores(model: Any, contents: Mapping[str, Any], parts: Mapping[str, Arrays]) -> None:
    """Set what fitting stores in a model of sequences, beside weights: the scores of restarts."""
    model_json.exactly("fitted", model_json.mapping("fitted", contents["fitted"]), set())
    for name in ("feature_names", "history"):
        if contents[name] is not None:
            raise ValueError(f"{name} of a model of sequences must be null")
    model_json.exactly("losses", parts["history"], set())
    if parts["fitted"]:
        model_json.exactly("fitted arrays", parts["fitted"], {"scores_"})
        model.scores_ = model_json.scores(parts["fitted"]["scores_"])


def _set_settings(model: Model, version: int, settings: Mapping[str, Any]) -> None:
    """Set a model's settings from a file, and those newer than the file to their old values."""
    newer = {name: value for name, (since, value) in ADDED.items() if since > version}
    names = set(model.get_params(deep=False)) - NOT_SAVED - set(newer)
    older = {
        old: (name, values)
        for name, (since, old, values) in RENAMED.items()
        if since > version and name in names
    }
    model_json.exactly(
        "settings", settings, names - {name for name, _ in older.values()} | {*older}
    )
    for name, value in settings.items():
        new, values = older.get(name, (name, {}))
        given = model_json.setting_from_json(name, value)
        setattr(model, new, values.get(given, given))
    for name in set(newer) & set(model.get_params(deep=False)):
        setattr(model, name, newer[name])
    if isinstance(model, SequenceModel):
        model._check_settings()
    else:
        Settings.of(model)
    if model.random_state is not None:
        _checks.integer("random_state", model.random_state, 0, None)
