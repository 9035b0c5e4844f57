"""What the fuzzers found: an example of each, and what is said of it now."""

import time
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
from fuzz_inputs import RECURSIVE
from matplotlib.text import Text
from traitlets import TraitError

import qrnnlib
from qrnnbook import plotting, recording, widgets
from qrnnbook.exercises import claims, when_they_differ
from qrnnlib.cell import engine
from qrnnlib.learning import effective_parameters, initialization, power_penalty
from qrnnlib.learning.settings import Settings
from qrnnlib.physics import gate_set


class NoArray:
    def __array__(self, *args, **kwargs):
        raise AttributeError("I am no array")


def cell(**changes):
    design = qrnnlib.CellDesign(1, 1, 1, **changes)
    weights = {name: np.full(shape, 0.3) for name, shape in design.weight_shapes.items()}
    return qrnnlib.MeasuredCell(weights, design)


def scaled(scale, values):
    split = qrnnlib.split_in_time(np.arange(20.0), steps=3, scale=scale)
    return split.to_units(values)


def compared(models=None, splits=None, **options):
    split = qrnnlib.split_in_time(np.arange(20.0), steps=3)
    models = {"ridge": qrnnlib.window_ridge()} if models is None else models
    return qrnnlib.compare(models, [split] if splits is None else splits, **options)


BELL = qutip.bell_state("00")
CIRCUIT = qrnnlib.Circuit(2, (qrnnlib.Gate("CNOT", (0, 1)),), ())
DESIGN = qrnnlib.CellDesign()
NOISE = qrnnlib.Noise(readout_error=0.1)
HUGE = 10**400
REFUSED = {
    # An integer that no float holds was an OverflowError.
    "angle": (lambda: qrnnlib.canonical_gate(HUGE, 0, 0), ValueError, "c1 must be finite"),
    "window": (
        lambda: qrnnlib.Persistence().fit([[1], [2]], [1, 2]).predict([[HUGE]]),
        ValueError,
        "X must hold numbers that fit",
    ),
    "targets": (lambda: qrnnlib.Persistence().fit([[1], [2]], [1, HUGE]), ValueError, "X and y"),
    # A count that no machine can meet ran for ever, or out of memory.
    "points": (lambda: qrnnlib.noisy_sine(points=10**12), ValueError, "points must be at most"),
    "qubits": (lambda: qrnnlib.ring_layers(10**12, 1), ValueError, "qubits must be at most"),
    "threads": (lambda: compared(n_jobs=np.inf), TypeError, "n_jobs must be an integer"),
    # NumPy warned of what was refused a line later, or of nothing that was.
    "ket": (lambda: qrnnlib.schmidt(BELL * 1e200), ValueError, "ket must have norm 1"),
    "state": (
        lambda: qrnnlib.linear_entropy(qutip.Qobj(np.diag([1e308, 1e308]))),
        ValueError,
        "state must be finite",
    ),
    "unitary": (
        lambda: qrnnlib.average_entangling_power(np.full((4, 4), np.inf), dims=(2, 2)),
        ValueError,
        "operator must be unitary",
    ),
    "long floats": (
        lambda: qrnnlib.windows(np.array([1, 2, 1e300], dtype="g") ** 2, 1),
        ValueError,
        "series must be finite",
    ),
    "periods": (lambda: qrnnlib.noisy_sine(periods=1e308), ValueError, "periods must lie in"),
    "input": (
        lambda: qrnnlib.MeasuredCell(
            {**cell().weights, "input_weight": [10.0, 10.0]}, cell().design
        ).encode(1e308),
        ValueError,
        "x must be small enough",
    ),
    "scale": (lambda: scaled((-1e308, 1e308), 0.0), ValueError, "scale must not stretch"),
    "units": (lambda: scaled((0.0, 1e-5), [1e308]), ValueError, "must be finite"),
    "runs": (lambda: qrnnlib.interval([1e308, -1e308]), ValueError, "values must be small enough"),
    # The interval of all levels has no ends.
    "level": (lambda: qrnnlib.interval([1.0, 2.0], level=1), ValueError, "level must be less"),
    # Something else in the place of an object of this library was an AttributeError.
    "gates": (lambda: qrnnlib.Circuit(2, (1,), ()), TypeError, "gates must be a Gate"),
    "parameter": (
        lambda: qrnnlib.Gate("RY", (0,), parameter=[0, 0]),
        TypeError,
        "parameter must be a tuple",
    ),
    "operator": (lambda: gate_set.on_qubits(3, [0], 1), TypeError, "operator must be a Qobj"),
    "generator": (lambda: DESIGN.initial_weights(None), TypeError, "rng must be a Generator"),
    "design": (lambda: qrnnlib.MeasuredCell({}, "own"), TypeError, "design must be a CellDesign"),
    "filter": (
        lambda: initialization.filter_weights(None, np.random.default_rng(0)),
        TypeError,
        "design must be a CellDesign",
    ),
    "run": (lambda: engine.run(None, {}, [[0.0]], [[0.0]]), TypeError, "design must be"),
    "live weights": (
        lambda: effective_parameters.count_effective_parameters(0, 3),
        TypeError,
        "design must be",
    ),
    "circuit": (lambda: NOISE.apply(None, [], BELL), TypeError, "circuit must be a Circuit"),
    "read": (lambda: NOISE.with_readout_error(None, [0]), TypeError, "state must be a QuTiP"),
    "measured": (
        lambda: NOISE.with_readout_error(BELL, None),
        TypeError,
        "qubits must be a Sequence",
    ),
    "unread": (lambda: NOISE.with_readout_error(BELL, [2]), ValueError, "qubits must be at most 1"),
    "dimensions": (
        lambda: power_penalty.largest_average_power("4", 4),
        TypeError,
        "dimensions must be an integer",
    ),
    "settings": (lambda: Settings.of({}), TypeError, "estimator must be a TrainingSettings"),
    "models": (lambda: compared(models=["ridge"]), TypeError, "models must be a Mapping"),
    "estimator": (lambda: compared(models={"a": {}}), TypeError, "models must be estimators"),
    "splits": (lambda: compared(splits=["a"]), TypeError, "splits must be a Split"),
    "scores": (lambda: plotting.errors([1.0]), TypeError, "scores must be a Mapping"),
    "found": (lambda: plotting.differences(".."), TypeError, "found must be a Mapping"),
    "names": (lambda: plotting.errors({0: 1.0}), TypeError, "name of a model must be a str"),
    "forecasts": (
        lambda: plotting.forecast([1], [1], 0.0, "m", "flat"),
        TypeError,
        "predictions must be",
    ),
    "axes": (lambda: plotting.finish((), "It rains"), TypeError, "ax must be a Axes"),
    # A circuit without layers has none to stack: an IndexError.
    "stacked": (lambda: CIRCUIT + CIRCUIT, ValueError, "circuits must have parameters"),
    # A name longer than a file system allows: an OSError.
    "path": (lambda: qrnnlib.load_series("a" * 5000, "day", "y"), ValueError, "path must be"),
    # What NumPy cannot make an array of passed its error on, whatever it was.
    "index": (lambda: qrnnlib.Series([1.0], NoArray()), TypeError, "index must be an array"),
    # The traits of a figure were left to a float that cannot be.
    "trait": (
        lambda: widgets.Dance(entangler=HUGE),
        TraitError,
        "'entangler' .* finite number, not inf",
    ),
    "dates": (
        lambda: qrnnlib.Climatology().fit(NoArray(), [1.0]),
        TypeError,
        "X must be an array",
    ),
    "outcome": (lambda: recording.most_likely([[np.nan]]), ValueError, "probabilities must be"),
    # NumPy follows a list that holds itself until the process dies.
    "seed": (
        lambda: qrnnlib.MeasuredCell(cell().weights, cell().design, random_state=RECURSIVE),
        TypeError,
        "random_state must be an integer",
    ),
}


@pytest.mark.parametrize("found", REFUSED)
def test_what_was_found_is_refused(found):
    call, error, message = REFUSED[found]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize(
    "value",
    [HUGE, 1e308, np.longdouble("1e4000"), NoArray()],
    ids=["integer", "float", "long float", "object"],
)
@pytest.mark.parametrize("check", [claims.check_met_by_chance, when_they_differ.check_film])
def test_every_answer_gets_a_verdict(check, value):
    verdict = check(lambda *case: value)
    assert verdict.state == "wrong"
    assert repr(verdict)


def test_a_long_note_is_broken_into_lines_at_once():
    """It took minutes: lines were tried from the longest on, letter by letter."""
    figure, ax = plt.subplots()
    before = time.process_time()
    plotting.finish(ax, "", synthetic=False, small_print=["a" * 3000])
    assert time.process_time() - before < 20
    (note,) = [text for text in figure.findobj(Text) if "aaa" in text.get_text()]
    assert note.get_window_extent().width <= figure.bbox.width
    plt.close(figure)


def test_a_model_with_a_large_seed_is_kept(tmp_path):
    model = qrnnlib.ClassicalGRU(hidden=1, epochs=1, random_state=2**32 - 1, progress=False)
    X = np.linspace(0, 1, 6).reshape(3, 2)
    qrnnlib.save_model(model.fit(X, [0.0, 0.1, 0.2]), tmp_path / "model")
    again = qrnnlib.load_model(tmp_path / "model")
    assert again.random_state == 2**32 - 1
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


def test_numbers_at_the_edge_are_read():
    assert qrnnlib.interval([1e300], level=0.9) == (1e300, 1e300, 1e300)
    assert qrnnlib.Series([1.0, 2.0], [-1e308, 1e308]).gaps.size == 0
    assert compared(n_jobs=2).ranking() == ["ridge"]
    assert cell().run([0.1], outcomes={1: "names"})[0].outcome == 1  # was a KeyError
    assert qrnnlib.noisy_sine(random_state=10**30).values.size == 100
    plt.close(plotting.state_table(BELL, key=True).figure)
