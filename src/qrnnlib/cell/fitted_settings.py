"""Whether a model is still as it was fitted: only then do its weights mean what they meant.

A setting that is changed after fitting may leave every array its shape, and an index out of range
is no error in JAX. So what the weights belong to is noted with them, and compared before they are
used.
"""

from typing import Any

#: Name under which an estimator carries what its weights belong to.
NOTE = "_fitted_as"


def note(estimator: Any) -> None:
    """Remember the settings that the weights of `estimator`, now in place, belong to."""
    setattr(estimator, NOTE, _now(estimator))


def refuse_changed(name: str, estimator: Any) -> None:
    """Raise ValueError if a setting has changed that the weights of `estimator` belong to.

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
    if before is None:  # its weights were put there by hand
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
    """Return what weights of `estimator` would belong to, by name."""
    own: dict[str, Any] = estimator._weights_belong_to()
    steps = getattr(estimator, "n_features_in_", None)
    return own if steps is None else {**own, "the length of a window": steps}
