"""One row of a scoreboard: the forecast errors for a series, protocol, model and seed."""

import warnings
from typing import Any

import numpy as np
from sklearn.preprocessing import MinMaxScaler

import qrnnlib
from qrnnlib import Series, Split, SyntheticDataWarning, split_in_time, windows

STEPS = 10

#: The models that a task can name.
MODELS = {
    "Persistence": qrnnlib.Persistence,
    "window_ridge": qrnnlib.window_ridge,
    "Climatology": qrnnlib.Climatology,
    "ClassicalLSTM": qrnnlib.ClassicalLSTM,
    "ClassicalGRU": qrnnlib.ClassicalGRU,
    "QuantumRNN": qrnnlib.QuantumRNN,
    "QuantumLSTM": qrnnlib.QuantumLSTM,
}


def series_of(given: dict[str, Any], seed: int) -> Series:
    """Return the series that a task names: a sine with noise from `seed`, or years of weather.

    Raises
    ------
    SyntheticDataWarning
        As an error, if the measured weather is not available: nothing else may be recorded.
    """
    if given["kind"] == "sine":
        return qrnnlib.noisy_sine(given["points"], given["noise"], random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error", SyntheticDataWarning)
        return qrnnlib.ontario_weather("toronto", years=given["years"])


def parts_of(series: Series, given: dict[str, Any], protocol: str) -> Split:
    """Return the parts of a series, scaled without a leak or each by its own range.

    The second is the protocol of the paper's second script. It cuts windows inside each part, and
    the scaling uses the range of the test part before the test begins, which is the leak.
    """
    train, validation = given["train"], given["validation"]
    split = split_in_time(series, STEPS, train, validation)
    if protocol == "without a leak":
        return split
    # Take the borders from the split above, so that both protocols round them alike.
    borders = np.searchsorted(
        series.index, [part[0] for part in (split.index_validation, split.index_test) if len(part)]
    )
    parts = [_own_range(part) for part in np.split(series.values, borders)]
    (X_train, y_train), (X_test, y_test) = parts[0], parts[-1]
    none = np.empty((0, STEPS)), np.empty(0)
    X_validation, y_validation = parts[1] if len(parts) == 3 else none
    indices = [np.arange(float(len(y))) for y in (y_train, y_validation, y_test)]
    return Split(
        X_train, y_train, indices[0], X_validation, y_validation, indices[1],
        X_test, y_test, indices[2], scaler=None,
    )  # fmt: skip


def _own_range(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scaled = MinMaxScaler((-1, 1)).fit_transform(values[:, None]).ravel()
    return windows(scaled, STEPS)


def row(task: dict[str, Any]) -> dict[str, Any]:
    """Fit one model once, and return its errors.

    Returns
    -------
    dict
        ``parameters``, the number of parameters that the forecast depends on; ``train_windows`` and
        ``test_windows``; ``train_mse`` and ``test_mse`` in scaled units. Unless each part has its
        own scale, also ``test_rmse`` and ``test_mae`` in the unit of the series and, for the sine,
        ``wave_mse``, the scaled mean squared distance of the test forecasts from the clean sine.
    """
    series = series_of(task["series"], task["seed"])
    split = parts_of(series, task["series"], task["protocol"])
    settings = dict(task["settings"])
    model = MODELS[task["class"]](**settings)
    if "random_state" in model.get_params():
        model.set_params(random_state=task["seed"], progress=False)
    by_date = task["class"] == "Climatology"
    X_train, X_test = (
        (split.index_train, split.index_test) if by_date else (split.X_train, split.X_test)
    )
    model.fit(X_train, split.y_train)
    forecast = model.predict(X_test)
    result = {
        "parameters": _parameters(model),
        "train_windows": len(split.y_train),
        "test_windows": len(split.y_test),
        "train_mse": float(np.mean((model.predict(X_train) - split.y_train) ** 2)),
        "test_mse": float(np.mean((forecast - split.y_test) ** 2)),
    }
    if split.scaler is not None:
        miss = split.to_units(forecast) - split.to_units(split.y_test)
        result["test_rmse"] = float(np.sqrt(np.mean(miss**2)))
        result["test_mae"] = float(np.mean(np.abs(miss)))
    if series.clean is not None and split.scaler is not None:
        clean = series.clean[np.isin(series.index, split.index_test)]
        wave = split.scaler.transform(clean[:, None]).ravel()
        result["wave_mse"] = float(np.mean((forecast - wave) ** 2))
    return result


def _parameters(model: Any) -> int:
    if hasattr(model, "n_parameters_"):
        return int(model.n_parameters_)
    return int(np.size(model.coef_) + np.size(model.intercept_))
