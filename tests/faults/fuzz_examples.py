"""Valid calls of what the examples of the docstrings are too slow for: all that is trained."""

import numpy as np
from fuzz_calls import Call
from qutip import bell_state, gates

import qrnnlib
from qrnnbook import recording, widgets
from qrnnlib.learning import effective_parameters, initialization, settings


def by_hand() -> list[Call]:
    """Return calls of functions and methods that take a model, on the smallest models there are."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6, 3))
    y = X[:, 0].copy()
    small = {"epochs": 1, "lbfgs_steps": 0, "restarts": 1, "progress": False, "random_state": 0}
    one = {"system_qubits": 1, "memory_qubits": 1}
    rnn = qrnnlib.QuantumRNN(**one, init="uniform", **small)
    lstm = qrnnlib.QuantumLSTM(**one, init="uniform", **small)
    gru = qrnnlib.ClassicalGRU(hidden=1, **small)
    design = rnn.design()
    weights = design.initial_weights(rng)
    fitted = qrnnlib.QuantumRNN.from_weights(weights, **one, random_state=0)
    cell = qrnnlib.MeasuredCell(weights, design)
    stepped = qrnnlib.CellDesign(1, 1, 1)
    looking = qrnnlib.MeasuredCell(stepped.initial_weights(rng), stepped)
    days = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
    series = qrnnlib.Series(np.sin(np.arange(60.0)), days, name="swing", unit="m")
    split = qrnnlib.split_in_time(series, steps=3)
    data = split.X_train, split.y_train
    persistence = qrnnlib.Persistence().fit(*data)
    ridge = qrnnlib.window_ridge().fit(*data)
    trained = qrnnlib.ClassicalGRU(hidden=1, **small).fit(*data)
    scores = {"sine": {"ridge": [1.0, 1.1], "quantum": [0.9, 1.2]}}
    compared = {"models": {"ridge": qrnnlib.window_ridge()}, "splits": [split, split]}
    replayed = recording.record_training(lstm, X, y, X[:2], y[:2])
    Q = qrnnlib.QuantumRNN
    faded = widgets.FadingMemory(looking, [0.1, 0.2, 0.3])
    climb = widgets.PowerClimb({"CNOT": gates.cnot()}, ancillas=(1, 1))
    playground = widgets.DenoisingPlayground(fitted, ridge, split, noise=0.1, periods=4)
    return [
        Call(Q.fit, {"X": X, "y": y, "callback": None}, rnn),
        Call(Q.fit, {"X": X, "y": y, "callback": None}, lstm),
        Call(type(gru).fit, {"X": X, "y": y}, gru),
        Call(type(gru).predict, {"X": split.X_test}, trained),
        Call(Q.predict, {"X": X}, fitted),
        Call(Q.loss_and_gradient, {"X": X, "y": y, "weights": weights}, fitted),
        Call(Q.record, {"x": X[0]}, fitted),
        Call(Q.unitary, {"part": "joint"}, fitted),
        Call(Q.paper.__func__, {"version": "conference", "**": {"epochs": 3}}, Q),
        Call(Q.from_weights.__func__, {"weights": weights, "**": dict(one)}, Q),
        Call(qrnnlib.QuantumRNN, {**rnn.get_params()}),
        Call(qrnnlib.QuantumLSTM, {**lstm.get_params()}),
        Call(qrnnlib.ClassicalGRU, {**gru.get_params()}),
        Call(qrnnlib.ClassicalLSTM, {**gru.get_params(), "hidden": 2}),
        Call(qrnnlib.Persistence, {"period": 2, "horizon": 1}),
        Call(qrnnlib.Persistence.fit, {"X": X, "y": y}, qrnnlib.Persistence()),
        Call(qrnnlib.Persistence.predict, {"X": split.X_test}, persistence),
        Call(effective_parameters.count_effective_parameters, {"design": design, "steps": 3}),
        Call(initialization.filter_weights, {"design": design, "rng": rng}),
        Call(recording.most_likely, {"probabilities": [[0.2, 0.8], [0.5, 0.5]]}),
        Call(
            recording.record_training,
            {"model": lstm, "X": X, "y": y, "X_test": X[:2], "y_test": y[:2], "every": 1}
            | {"window": 0},
        ),
        Call(settings.Settings.of.__func__, {"estimator": lstm}, settings.Settings),
        Call(settings.Settings.validation_windows, {"windows": 20}, settings.Settings.of(lstm)),
        Call(qrnnlib.compare, {**compared, "progress": False, "n_jobs": None}),
        Call(qrnnlib.interval, {"values": [1.0, 2.0, 4.0], "level": 0.9}),
        Call(qrnnlib.MeasuredCell.encode, {"x": 0.3}, cell),
        Call(
            widgets.Dance,
            {"**": {"input": 1.0, "entangler": 2.0, "disentangler": 1.0, "moment": 1.0}},
        ),
        Call(
            widgets.ClockExplorer,
            {"fits": {(0.6, 0.94): {"8 states": [1 / 60] * 60}}, "**": {"alpha": 1.0, "step": 7}},
        ),
        Call(widgets.GateExplorer, {"**": {"c1": 1.0, "c2": 0.5, "c3": 0.1}}),
        Call(
            widgets.FadingMemory,
            {"cell": looking, "window": [0.1, 0.2, 0.3], "values": (-0.5, 0.5)}
            | {"one_qubit_factor": 0.1, "**": {"position": 1, "rate": 0.02}},
        ),
        Call(widgets.FadingMemory.distances, {"rate": 0.01}, faded),
        Call(
            widgets.WrittenKept,
            {"layer": "table", "**": {"values": [0.1, 0.2, 0.3], "position": 1, "undone": 0.5}},
        ),
        Call(
            widgets.PowerClimb,
            {"gates": {"CNOT": gates.cnot()}, "cut": 1, "ancillas": (1, 1), "random_state": 0}
            | {"gate": None, "**": {"start": 2}},
        ),
        Call(widgets.PowerClimb.reached, {"direction": "entangling"}, climb),
        Call(widgets.PowerClimb.limit, {"direction": "entangling"}, climb),
        Call(widgets.StateExplorer, {"state": bell_state("00"), "**": {"cell": 1}}),
        Call(widgets.CellStepper, {"cell": looking, "series": [0.1, 0.2], "**": {"stage": 2}}),
        Call(widgets.TrainingReplay, {"recording": replayed, "clean": y[:2], "**": {"frame": 1}}),
        Call(
            widgets.DenoisingPlayground,
            {"cell": fitted, "ridge": ridge, "split": split, "noise": 0.1, "periods": 4}
            | {"seed": 0, "points": 20},
        ),
        Call(widgets.DenoisingPlayground.errors, {"against": "clean"}, playground),
        Call(
            widgets.ScoreExplorer,
            {"scores": scores, "measure": "RMSE", "units": {"sine": "m"}, "ours": None}
            | {"group": None, "beside": None, "level": 0.95},
        ),
        Call(
            widgets.WeatherExplorer,
            {"series": series, "split": split, "models": {"ridge": ridge}, "ours": None}
            | {"day": None, "length": 7},
        ),
    ]
