"""A guard against settings that change after fitting, when the weights no longer apply.

Such a change may leave the shape of every array as it is, and JAX raises no error for an index
out of range. So the settings that the weights belong to are noted when the model is fitted, and
compared before the weights are used.
"""

from typing import Any

#: Attribute under which an estimator stores the settings that its weights belong to.
NOTE = "_fitted_as"


def note(estimator: Any) -> None:
    """Store the current settings of `estimator` as those that its weights belong to."""
    setattr(estimator, NOTE, _now(estimator))


def refuse_changed(name: str, estimator: Any) -> None:
    """Raise ValueError if the settings that the weights of `estimator` belong to have changed.

    Examples
    --------
    >>> from qrnnlib import QuantumLSTM
    >>> weights = {"entangler": [[0, 0]], "disentangler": [[0, 0]]}
    >>> settings = {"system_qubits": 1, "memory_qubits": 1, "encoding": "angle", "ansatz": "ring"}
    >>> model = QuantumLSTM.from_weights(weights, **settings, readout="z")
    >>> refuse_changed("model", model.set_params(disentangler="inverse"))
    Traceback (most recent call last):
    ValueError: model must be as it was fitted: disentangler was 'own' and is now 'inverse'; \
fit it again, or set that back
    """
    before = getattr(estimator, NOTE, None)
    if before is None:  # its weights were set by hand
        return
    now = _now(estimator)
    changed = [
        f"{part} was {before.get(part)!r} and is now {now.get(part)!r}"
        for part in {**before, **now}
        if before.get(part) != now.get(part)
    ]
    if changed:
        raise ValueError(
            f"{name} must be as it was fitted: {', '.join(changed)}; fit it again, or set that back"
        )


def _now(estimator: Any) -> dict[str, Any]:
    """Return the settings that weights of `estimator` depend on, by name."""
    own: dict[str, Any] = estimator._weights_belong_to()
    steps = getattr(estimator, "n_features_in_", None)
    return own if steps is None else {**own, "the length of a window": steps}
