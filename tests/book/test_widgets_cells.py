"""The cell stepper, the training replay and its recording, on the Python side and in a V8."""

import base64
import itertools
import json
import re

import numpy as np
import pytest
import qutip
import traitlets
from py_mini_racer import MiniRacer
from random_cells import random_weights
from sklearn.exceptions import NotFittedError

from qrnnbook.recording import most_likely, record_training
from qrnnbook.widgets import CellStepper, TrainingReplay
from qrnnbook.widgets._cells import cell_for_page
from qrnnbook.widgets._figure import STATIC, bundled, embedded
from qrnnlib import (
    CellDesign,
    MeasuredCell,
    QuantumLSTM,
    QuantumRNN,
    entropy_of_entanglement,
    noisy_sine,
    split_in_time,
)

PARITY = 1e-10
WINDOW = [0.3, -0.7, 1.2, 0.0, -0.1, 0.9]
DESIGNS = [
    CellDesign(),
    CellDesign(1, 1, layers=1, disentangler=None),
    CellDesign(1, 2, encoding="angle", collapse="channel"),
    CellDesign(2, 1, readout="linear", collapse="diagonal"),
    CellDesign(1, 3, ansatz="canonical", disentangler="inverse", readout="linear"),
]


def made_cell(design=DESIGNS[0], seed=0):
    return MeasuredCell(random_weights(design, seed), design)


@pytest.fixture(scope="module")
def split():
    return split_in_time(noisy_sine(random_state=0))


@pytest.fixture(scope="module")
def small(split):
    """A short training on few windows: the model, what was recorded, and the windows."""
    data = (split.X_train[:12], split.y_train[:12], split.X_test, split.y_test)
    model = QuantumLSTM.paper(
        epochs=7, learning_rate=0.1, restarts=2, random_state=3, progress=False
    )
    return model, record_training(model, *data, every=3, window=2), data


# A cell for a page ------------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_page_runs_the_same_cell(design):
    cell = made_cell(design)
    context = MiniRacer()
    source = (STATIC / "algebra.js").read_text(encoding="utf-8")
    context.eval(re.sub("^export ", "", source, flags=re.MULTILINE))
    # As it reaches a page: as JSON.
    steps = json.loads(
        context.eval(
            f"""JSON.stringify(run(receivedCell({embedded(cell_for_page(cell))}), {WINDOW})
            .map((step) => ({{output: step.output, outcome: step.outcome,
              chances: Array.from(step.probabilities),
              re: Array.from(step.nextMemory.re), im: Array.from(step.nextMemory.im)}})))"""
        )
    )
    for ours, theirs in zip(cell.run(WINDOW), steps, strict=True):
        assert ours.outcome == theirs["outcome"]
        assert abs(ours.output - theirs["output"]) < PARITY
        assert np.abs(ours.probabilities - theirs["chances"]).max() < PARITY
        memory = np.array(theirs["re"]) + 1j * np.array(theirs["im"])
        assert np.abs(ours.next_memory.full().ravel() - memory).max() < PARITY


def test_page_cell_of_an_estimator(split):
    model = QuantumRNN.paper(epochs=2, random_state=0, progress=False).fit(
        split.X_train, split.y_train
    )
    expected = cell_for_page(MeasuredCell(model.weights_, model.design()))
    assert cell_for_page(model) == expected
    assert expected["disentangler"] is None
    assert json.loads(json.dumps(expected)) == expected


def test_page_cell_refuses():
    with pytest.raises(TypeError, match=r"cell must be a MeasuredCell or a fitted .* got dict"):
        cell_for_page({})
    with pytest.raises(NotFittedError):
        cell_for_page(QuantumLSTM.paper())
    with pytest.raises(ValueError, match="cell must have at most 4 qubits to run in a page, got 5"):
        cell_for_page(made_cell(CellDesign(2, 3)))
    spoilt = made_cell()
    spoilt.entangler = 2 * spoilt.entangler
    with pytest.raises(ValueError, match=r"cell\.entangler must be unitary"):
        cell_for_page(spoilt)


# The stepper ------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[1]], ids=repr)
def test_stepper_follows_the_cell(design):
    cell = made_cell(design)
    last = design.system_dim - 1
    expected = cell.run([0.2, -0.4], [last, 0])
    stepper = CellStepper(cell, fed=[0.2, -0.4], outcomes=[last])
    # The second value is not measured yet, so the memory is the one before it.
    assert (stepper.memory - expected[1].memory).norm() < PARITY
    assert stepper.stage == stepper.last_stage - 1
    stepper.outcomes = [last, 0]
    assert (stepper.memory - expected[1].next_memory).norm() < PARITY
    assert [step.outcome for step in stepper.steps] == [last, 0]
    assert stepper.state()["cell"] == cell_for_page(cell)


def test_stepper_says_what_it_shows():
    cell = made_cell()
    stepper = CellStepper(cell, fed=[0.2], outcomes=[2], stage=0)
    step = cell.step(0.2, outcome=2)
    assert stepper.describe() == (
        "Step 1: the value 0.20 is encoded in the system. System and memory are not entangled."
    )
    for stage, state in [(1, step.entangled), (2, step.disentangled)]:
        stepper.stage = stage
        gate = ("entangler", "disentangler")[stage - 1]
        assert stepper.describe().startswith(f"Step 1: after the {gate} system and memory share")
        assert f"share {entropy_of_entanglement(state, cut=2):.2f} ebits." in stepper.describe()
    chances = ", ".join(
        f"|{name}⟩ {p:.2f}"
        for name, p in zip(("00", "01", "10", "11"), step.probabilities, strict=True)
    )
    assert stepper.describe().endswith(f"The outcomes have the probabilities {chances}.")
    stepper.stage = 3
    assert (
        f"the measurement gave |10⟩, which had the probability {step.probabilities[2]:.2f}"
        in repr(stepper)
    )


@pytest.fixture(scope="module")
def stepper_page():
    """Return a function: what the stepper's module computes from a state of the figure."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("cell_stepper.js").replace("export default", "const figure ="))

        def computed(state, expression):
            call = (
                f"const s = {embedded(state)};"
                "const cell = { ...receivedCell(s.cell), collapse: 'most_likely' };"
                "const record = replayed(cell, s.fed, s.outcomes).at(-1);"
            )
            return json.loads(
                context.eval(f"(() => {{ {call} return JSON.stringify({expression}); }})()")
            )

        yield computed


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[1], DESIGNS[4]], ids=repr)
def test_page_says_what_the_stepper_says(design, stepper_page):
    for stage in range(4):
        stepper = CellStepper(made_cell(design), fed=[0.2, -0.4], outcomes=[1, 0], stage=stage)
        said = stepper_page(stepper.state(), "describe(cell, record, s.fed.length, s.stage)")
        assert said == stepper.describe()


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[1], DESIGNS[4]], ids=repr)
def test_a_dragged_disc_leads_back_to_its_value(design, stepper_page):
    """The encoded amplitudes of a value, and that value again; in QuTiP and on the page."""
    cell = made_cell(design)
    for x in (-0.9, -0.35, 0.0, 0.61):
        stepper = CellStepper(cell, fed=[0.3, x], outcomes=[0])
        step = stepper.steps[-1]
        amplitudes = qutip.tensor(step.encoded, step.memory).full().ravel()
        k = int(np.abs(amplitudes).argmax())
        where = [float(amplitudes[k].real), float(amplitudes[k].imag)]
        found = stepper_page(stepper.state(), f"valueNear(cell, record.memory, {k}, {where})")
        again = cell.step(found, step.memory)
        moved = qutip.tensor(again.encoded, again.memory).full().ravel()
        # Another value may have the same amplitude there; none is nearer.
        assert abs(moved[k] - amplitudes[k]) < 1e-10


def test_whether_the_next_memory_depends_on_the_outcome(stepper_page):
    design = CellDesign(1, 1, layers=1, ansatz="canonical", disentangler=None)
    weights = {"input_weight": [0, 0], "input_bias": [0.6, 0.8]}

    def asked(cell):
        return stepper_page(CellStepper(cell).state(), "dependence(cell, record)")

    # No coupling: rows that are proportional leave one memory, whatever the outcome.
    apart = MeasuredCell({"entangler": [[0, 0, 0, 0, 0]], **weights}, design)
    words = "The memories after |0⟩ and after |1⟩ overlap by 1.00; equal ones by 1."
    assert asked(apart) == ["no", words]
    # In QuTiP the same overlap, of rows that are not proportional.
    coupled = MeasuredCell({"entangler": [[0.4, 0.0, 1.2, 0.4, 0.0]], **weights}, design)
    after = [coupled.step(0.5, outcome=k).next_memory for k in (0, 1)]
    overlap = abs(after[0].overlap(after[1])) ** 2
    assert overlap < 0.9
    answer, words = asked(coupled)
    assert answer == "yes"
    assert f"overlap by {overlap:.2f};" in words
    # A certain outcome leaves nothing to depend on.
    certain = {"entangler": [[0, 0, 0, 0, 0]], "input_weight": [0, 0], "input_bias": [1, 0]}
    assert asked(MeasuredCell(certain, design)) == ["no", "Only the outcome |0⟩ can occur."]


def test_stepper_takes_a_series():
    stepper = CellStepper(made_cell(), series=np.array([1.5, -0.5]))
    assert stepper.fed == [1.5]
    assert stepper.value == 1.0  # as far as the slider goes
    assert stepper.series == [1.5, -0.5]
    assert CellStepper(made_cell(), value=-0.25).fed == [-0.25]


def test_stepper_refuses():
    cell = made_cell()
    with pytest.raises(ValueError, match="series must be finite, got nan at index 1"):
        CellStepper(cell, series=[0.0, np.nan])
    with pytest.raises(ValueError, match=r"series must have shape \(any,\)"):
        CellStepper(cell, series=[[0.0]])
    with pytest.raises(ValueError, match="cell must collapse onto one outcome"):
        CellStepper(made_cell(DESIGNS[2]))
    with pytest.raises(TypeError, match="cell must be a MeasuredCell"):
        CellStepper(None)
    stepper = CellStepper(cell, fed=[0.2])
    wrong = {
        "series": [0.0, float("nan")],
        "value": 1.5,
        "rule": "likely",
        "stage": -1,
        "seed": -1,
        "fed": [0.1, 0.2, 0.3],
        "outcomes": [4],
    }
    before = stepper.state()
    for name, value in wrong.items():
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(stepper, name, value)
    for fed in ([], [float("inf")], ["a"]):
        with pytest.raises(traitlets.TraitError, match="fed"):
            stepper.fed = fed
    with pytest.raises(traitlets.TraitError, match="cell"):
        stepper.cell = {}
    assert stepper.state() == before


def test_stepper_refuses_what_cannot_happen():
    design = CellDesign(1, 1, layers=1, disentangler=None)
    certain = {"entangler": [[0, 0]], "input_weight": [0, 0], "input_bias": [1, 0]}
    stepper = CellStepper(MeasuredCell(certain, design))
    with pytest.raises(traitlets.TraitError, match=r"outcomes must be possible.*probability 0"):
        stepper.outcomes = [1]
    assert stepper.outcomes == []


def test_stepper_takes_a_step_of_the_page():
    """The front end sends what belongs together in one message."""
    stepper = CellStepper(made_cell(), fed=[0.2])
    stepper.set_state({"fed": [0.2, 0.5], "outcomes": [1, 3], "stage": 3})
    assert (stepper.fed, stepper.outcomes, stepper.stage) == ([0.2, 0.5], [1, 3], 3)
    stepper.set_state({"fed": [0.2], "outcomes": [], "stage": 2})
    assert stepper.memory == qutip.basis([2, 2])


# The recording ----------------------------------------------------------------------------------


def test_recording_changes_nothing(small):
    recorded, recording, (X, y, *_) = small
    plain = QuantumLSTM.paper(**recorded.get_params()).fit(X, y)
    assert recording.history is recorded.history_
    assert np.array_equal(recording.history.loss, plain.history_.loss)
    for name, array in plain.weights_.items():
        assert np.array_equal(recorded.weights_[name], array)


def test_recording_has_the_weights_of_its_epochs(small):
    model, recording, (X, y, X_test, _) = small
    assert recording.epochs.tolist() == [0, 3, 6, 7]
    restart = recording.history.best_restart
    for k, epoch in enumerate(recording.epochs):
        there = QuantumLSTM.from_weights(recording.weights[k], **QuantumLSTM.paper().get_params())
        loss, _ = there.loss_and_gradient(X, y)
        assert loss == pytest.approx(recording.history.loss[epoch, restart], abs=1e-12)
        assert np.allclose(there.predict(X_test), recording.forecasts[k], rtol=0, atol=1e-12)
    every = record_training(QuantumLSTM.paper(**model.get_params()), *small[2], every=1)
    best = every.weights[every.history.best_epoch]
    for name, array in model.weights_.items():
        assert np.array_equal(best[name], array)


def test_recorded_window_is_the_cells(small):
    _, recording, (_, _, X_test, _) = small
    assert np.array_equal(recording.window, X_test[2])
    for k, weights in enumerate(recording.weights):
        steps = MeasuredCell(weights).run(recording.window)
        memory = [np.abs(step.next_memory.full().ravel()) ** 2 for step in steps]
        assert np.abs(np.array(memory) - recording.memory[k]).max() < PARITY
        assert [step.outcome for step in steps] == recording.outcomes[k].tolist()
        assert abs(steps[-1].output - recording.forecasts[k, 2]) < PARITY


def test_switched_branches_by_the_cell(small):
    """Window by window in QuTiP, where the recording asks the engine for all at once."""
    _, recording, (X, *_) = small
    branches = [
        [tuple(step.outcome for step in MeasuredCell(weights).run(window)) for window in X]
        for weights in recording.weights
    ]
    counts = [0] + [
        sum(a != b for a, b in zip(before, after, strict=True))
        for before, after in itertools.pairwise(branches)
    ]
    assert recording.switched.tolist() == counts
    assert max(counts) > 0
    assert recording.n_windows == len(X)


@pytest.mark.parametrize("collapse", ["channel", "diagonal"])
def test_recording_without_outcomes(split, collapse):
    model = QuantumRNN.paper(collapse=collapse, epochs=2, random_state=0, progress=False)
    data = (split.X_train[:5], split.y_train[:5], split.X_test[:3], split.y_test[:3])
    recording = record_training(model, *data, every=1)
    assert np.allclose(recording.memory.sum(axis=2), 1.0)
    steps = MeasuredCell(recording.weights[-1], model.design()).run(split.X_test[0])
    assert [int(most_likely(step.probabilities)) for step in steps] == list(recording.outcomes[-1])


def test_recording_refuses(split):
    data = {"X": split.X_train, "y": split.y_train, "X_test": split.X_test, "y_test": split.y_test}
    with pytest.raises(TypeError, match="model must be a QuantumRNN or QuantumLSTM, got str"):
        record_training("lstm", **data)
    with pytest.raises(ValueError, match="model must not sample"):
        record_training(QuantumRNN.paper(collapse="sampled"), **data)
    with pytest.raises(ValueError, match="every must be at least 1"):
        record_training(QuantumRNN.paper(), **data, every=0)
    with pytest.raises(ValueError, match="window must be one of the 20 rows of X_test, got 20"):
        record_training(QuantumRNN.paper(), **data, window=20)
    with pytest.raises(ValueError, match=r"X_test must have shape \(20, 10\)"):
        record_training(QuantumRNN.paper(), **{**data, "X_test": split.X_test[:5]})


# The replay -------------------------------------------------------------------------------------


def test_replay_says_what_it_shows(small):
    _, recording, _ = small
    replay = TrainingReplay(recording, frame=2)
    assert replay.epoch == 6
    loss = recording.history.loss[6, recording.history.best_restart]
    miss = np.sqrt(np.mean((recording.forecasts[2] - recording.truth) ** 2))
    assert replay.describe() == (
        f"Epoch 6 of 7: the training loss is {loss:.3f}; the 20 test forecasts miss by "
        f"{miss:.3f} (root mean square). Since epoch 3 the most likely outcome of some step has "
        f"switched in {recording.switched[2]} of 12 training windows."
    )
    replay.frame = 0
    assert "Since" not in replay.describe()


def test_replay_sends_what_was_recorded(small):
    _, recording, _ = small
    run = TrainingReplay(recording, clean=recording.truth).state()["run"]
    assert run["outcomes"] == recording.outcomes.tolist()
    assert run["switched"] == recording.switched.tolist()
    assert run["loss"][-1] == round(recording.history.loss[-1, recording.history.best_restart], 5)
    for name in ("forecasts", "memory", "window", "truth"):
        assert np.abs(np.array(run[name]) - getattr(recording, name)).max() <= 0.5001e-4
    assert run["clean"] == run["truth"]
    assert TrainingReplay(recording).state()["run"]["clean"] == []


def test_replay_refuses(small):
    _, recording, _ = small
    with pytest.raises(TypeError, match="recording must be what record_training returns, got dict"):
        TrainingReplay({})
    with pytest.raises(ValueError, match=r"clean must have shape \(20,\)"):
        TrainingReplay(recording, clean=[1.0])
    replay = TrainingReplay(recording)
    for frame in (-1, 4):
        with pytest.raises(traitlets.TraitError, match="frame"):
            replay.frame = frame
    with pytest.raises(traitlets.TraitError, match="run"):
        replay.run = {}


def test_four_media(small):
    _, recording, _ = small
    for figure in (CellStepper(made_cell(), outcomes=[0]), TrainingReplay(recording, frame=1)):
        data, _ = figure._repr_mimebundle_()
        assert data["text/plain"] == figure.describe()
        assert embedded(figure.state()) in data["text/html"]
        assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
        assert "application/vnd.jupyter.widget-view+json" in data
        # Two on a page leave room for the rest of it.
        assert len(data["text/html"]) < 110_000
