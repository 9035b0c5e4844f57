"""Models as each version of the file wrote them, with the predictions that they must give.

``python tests/library/golden_models.py`` writes those of the present version, in the folder models.
They are committed, and never written again: later versions of the library prove on them that they
still read what was saved.
"""

import json
import warnings
from pathlib import Path

import numpy as np

from qrnnlib import (
    ClassicalGRU,
    ClassicalLSTM,
    HiddenMarkovModel,
    QuantumLSTM,
    QuantumMarkovModel,
    QuantumRNN,
    noisy_sine,
)
from qrnnlib import windows as windows_of
from qrnnlib.learning import model_file

FOLDER = Path(__file__).parent / "models"
#: Symbols for the models of sequences.
SEQUENCES = [[0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1], [1, 0, 0, 1, 0]]
BRIEF = {"candidates": 20, "restarts": 2, "lbfgs_steps": 5, "random_state": 0}
QUICK = {"epochs": 3, "restarts": 2, "random_state": 0, "progress": False}


def models():
    """Return small regressors by name; what they are matters less than that they last."""
    return {
        "quantum-lstm": QuantumLSTM(lbfgs_steps=2, validation_fraction=0.2, **QUICK),
        "quantum-rnn": QuantumRNN(power_target=0.2, init="uniform", **QUICK),
        "paper": QuantumLSTM.paper("extended", layers=2, disentangler="inverse", **QUICK),
        "sampled": QuantumRNN.paper("diagonal", collapse="sampled", **QUICK),
        "classical-lstm": ClassicalLSTM(hidden=2, **QUICK),
        "classical-gru": ClassicalGRU(hidden=2, patience=2, **QUICK),
    }


def sequence_models():
    """Return small models of sequences by name."""
    return {
        "quantum-markov": QuantumMarkovModel(layers=2, init="uniform", **BRIEF),
        "hidden-markov": HiddenMarkovModel(states=3, pseudocount=0.5, **BRIEF),
    }


def main():
    folder = FOLDER / str(model_file.VERSION)
    folder.mkdir(parents=True)  # refused if they are there
    series = noisy_sine(40, random_state=0)
    X, y = windows_of(series, 4)
    answers = {"X": X[:5].tolist(), "predictions": {}}
    for name, model in models().items():
        model_file.save_model(model.fit(X, y), folder / f"{name}.safetensors")
        answers["predictions"][name] = np.asarray(model.predict(X[:5])).tolist()
    answers["sequences"] = SEQUENCES
    for name, model in sequence_models().items():
        model_file.save_model(model.fit(SEQUENCES), folder / f"{name}.safetensors")
        answers["predictions"][name] = model.predict_proba(SEQUENCES).tolist()
    text = json.dumps(answers, indent=1) + "\n"
    (folder / "predictions.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
