"""The weights of models of every class, as named arrays and back."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import model_json
from qrnnlib.learning.classical_cells import (
    ClassicalGRU,
    ClassicalLSTM,
    GRUWeights,
    LSTMWeights,
)
from qrnnlib.learning.estimators import QuantumRNN
from qrnnlib.learning.hidden_markov import HiddenMarkovModel
from qrnnlib.learning.quantum_markov import QuantumMarkovModel
from qrnnlib.learning.sequence_model import SequenceModel

#: Models that have weights.
Model = QuantumRNN | ClassicalLSTM | ClassicalGRU | QuantumMarkovModel | HiddenMarkovModel


def named_weights(model: Model) -> dict[str, NDArray[np.float64]]:
    """Return the weights of a model by name."""
    if isinstance(model, QuantumRNN | SequenceModel):
        return dict(model.weights_)
    return {name: np.asarray(array) for name, array in _leaves(model.weights_)}


def set_weights(model: Model, weights: Mapping[str, NDArray[np.float64]]) -> None:
    """Set a model's weights, if they match its settings."""
    size, least = sum(array.size for array in weights.values()), _least_size(model)
    if size < least:  # checked before the settings make anything large
        raise ValueError(f"its settings need at least {least} weights, got {size}")
    if isinstance(model, SequenceModel):
        model._keep(model._checked_weights(weights))
        return
    if isinstance(model, QuantumRNN):
        model.weights_ = model.design().check_weights(weights)
        fitted_settings.store(model)
        return
    network = LSTMWeights if isinstance(model, ClassicalLSTM) else GRUWeights
    with double_precision():
        features = getattr(model, "features_", 1)
        # Shapes only: nothing is computed.
        like = jax.eval_shape(lambda: network(features, model.hidden, jax.random.key(0)))
    model_json.exactly("weights", weights, {name for name, _ in _leaves(like)})
    model.weights_ = jax.tree.unflatten(
        jax.tree.structure(like),
        [_checks.real_array(f"weights[{n!r}]", weights[n], a.shape) for n, a in _leaves(like)],
    )
    fitted_settings.store(model)


def _least_size(model: Model) -> int:
    """Return how many weights the settings need at least, whatever else they are."""
    if isinstance(model, QuantumRNN | QuantumMarkovModel):
        design = model.design()
        return design.layers * design.qubits
    if isinstance(model, HiddenMarkovModel):
        return _checks.integer("states", model.states) * _checks.integer("symbols", model.symbols)
    return _checks.integer("hidden", model.hidden)


def _leaves(tree: Any) -> list[tuple[str, Any]]:
    """Return the arrays of a network, each with its path, such as ``cell.bias``."""
    leaves = jax.tree.leaves_with_path(tree)
    return [(jax.tree_util.keystr(path).lstrip("."), leaf) for path, leaf in leaves]
