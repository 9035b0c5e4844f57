"""The checkpoint: a run killed at any place ends as if nothing had happened, to the last bit."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from hostile_tensors import NO_OBJECT, UNREADABLE
from safetensors.numpy import save_file
from tqdm import tqdm

from qrnnlib import ClassicalLSTM, QuantumLSTM, _files
from qrnnlib.learning import checkpoint, optimizer, trainer
from qrnnlib.learning.checkpoint import Checkpoint, Saved

RULES = {
    "system_qubits": 1,
    "memory_qubits": 1,
    "layers": 1,
    "epochs": 9,
    "restarts": 2,
    "random_state": 0,
    "progress": False,
}
WHOLE = {**RULES, "batch_size": None, "schedule": "cosine", "lbfgs_steps": 5}


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.safetensors"


def same(first, second):
    """Whether two models have the same weights and history, to the last bit."""
    histories = [
        (
            h.loss.tobytes(),
            h.best_epoch,
            h.best_restart,
            h.epochs,
            np.array(h.validation_loss).tolist(),
        )
        for h in (first.history_, second.history_)
    ]
    weights = [
        {name: array.tobytes() for name, array in model.weights_.items()}
        for model in (first, second)
    ]
    return histories[0] == histories[1] and weights[0] == weights[1]


# Killed, stopped, taken up ----------------------------------------------------------------------

KILLED = """
import json, os, signal, sys
import numpy as np
from qrnnlib import QuantumLSTM
rng = np.random.default_rng(0)
X, y = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)

def callback(row, weights):
    if row == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

rules = json.loads(sys.argv[3])
QuantumLSTM.paper(**rules, checkpoint=sys.argv[1], checkpoint_every=0).fit(X, y, callback=callback)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a POSIX kill")
@pytest.mark.parametrize(
    ("rules", "row"),
    [
        (RULES, 4),
        (WHOLE, 5),
        (WHOLE, 9),  # the last epoch: the finish has not begun
        (WHOLE, 12),  # in its midst
        ({**RULES, "collapse": "sampled", "lbfgs_steps": 3, "validation_fraction": 0.2}, 11),
    ],
    ids=str,
)
def test_a_killed_run_ends_as_if_nothing_had_happened(data, path, rules, row):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(row), json.dumps(rules)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    seen = []
    resumed = QuantumLSTM.paper(**rules, checkpoint=path).fit(
        *data, callback=lambda k, _: seen.append(k)
    )
    assert same(resumed, QuantumLSTM.paper(**rules).fit(*data))
    assert seen == list(range(row + 1, len(resumed.history_.loss)))


class StopError(Exception):
    """What a caller's own code raises."""


@pytest.mark.parametrize("rules", [RULES, WHOLE], ids=str)
@pytest.mark.parametrize("row", [0, 3])
def test_an_exception_from_watch_leaves_a_state(data, path, rules, row):
    """Saved because of the exception: a day lies between two writings here."""

    def callback(k, weights):
        if k == row:
            raise StopError

    model = QuantumLSTM.paper(**rules, checkpoint=path, checkpoint_every=86400)
    with pytest.raises(StopError):
        model.fit(*data, callback=callback)
    seen = []
    assert same(
        model.fit(*data, callback=lambda k, _: seen.append(k)),
        QuantumLSTM.paper(**rules).fit(*data),
    )
    assert seen[0] == row + 1


def test_ctrl_c_leaves_a_state(monkeypatch, data, path):
    class Interrupting(tqdm):
        done = 0

        def update(self, n=1):
            self.done += n
            if self.done == 4:
                raise KeyboardInterrupt

    model = QuantumLSTM.paper(**RULES, checkpoint=path)
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "tqdm", Interrupting)
        with pytest.warns(RuntimeWarning, match="interrupted after 4 of 9 epochs"):
            model.fit(*data)
    assert model.history_.interrupted
    assert model.history_.epochs == 4
    model.fit(*data)
    assert not model.history_.interrupted
    assert same(model, QuantumLSTM.paper(**RULES).fit(*data))


def test_patience_survives(data, path):
    """What has been waited for before the stop counts after it."""
    rules = {**RULES, "epochs": 60, "learning_rate": 0.5, "patience": 4, "validation_fraction": 0.3}
    whole = QuantumLSTM.paper(**rules).fit(*data)
    last = len(whole.history_.loss) - 1
    assert last < 60

    def callback(k, weights):
        if k == last - 2:
            raise StopError

    model = QuantumLSTM.paper(**rules, checkpoint=path)
    with pytest.raises(StopError):
        model.fit(*data, callback=callback)
    assert same(model.fit(*data), whole)


def test_without_a_seed_the_file_is_the_start(data, path):
    """Another fit would start elsewhere; the one that is taken up goes on where it was."""
    start = {}

    def stop(k, weights):
        if k == 0:
            start.update({name: np.array(array[0]) for name, array in weights.items()})
        if k == 3:
            raise StopError

    model = QuantumLSTM.paper(**{**RULES, "random_state": None}, checkpoint=path)
    with pytest.raises(StopError):
        model.fit(*data, callback=stop)
    seen = []
    model.fit(*data, callback=lambda k, _: seen.append(k))
    assert seen == list(range(4, 10))
    loss = model.loss_and_gradient(*data, start)[0]
    assert model.history_.loss[0, 0] == pytest.approx(loss, abs=1e-12)


def test_classical_cells_have_checkpoints_too(monkeypatch, data, path):
    rules = {"epochs": 4, "restarts": 2, "random_state": 0, "progress": False}
    whole = ClassicalLSTM(**rules).fit(*data)
    calls = []
    step = optimizer.batched_epoch

    def failing(*args):
        calls.append(args)
        if len(calls) == 3:
            raise StopError
        return step(*args)

    model = ClassicalLSTM(**rules, checkpoint=str(path))
    with monkeypatch.context() as patch:
        patch.setattr(optimizer, "batched_epoch", failing)
        with pytest.raises(StopError):
            model.fit(*data)
    model.fit(*data)
    np.testing.assert_array_equal(model.history_.loss, whole.history_.loss)
    np.testing.assert_array_equal(model.predict(data[0]), whole.predict(data[0]))


@pytest.mark.parametrize("rules", [RULES, WHOLE], ids=str)
def test_a_finished_run_is_read_back(monkeypatch, data, path, rules):
    """No epoch is computed, the file stays as it is."""
    whole = QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)
    content = path.read_bytes()
    for name in ("batched_epoch", "whole_epoch", "lbfgs_step"):
        monkeypatch.setattr(optimizer, name, None)
    assert same(QuantumLSTM.paper(**rules, checkpoint=path).fit(*data), whole)
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_how_to_watch_and_show_is_free(data, path):
    whole = QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    changed = {**RULES, "progress": True}
    again = QuantumLSTM.paper(**changed, checkpoint=str(path), checkpoint_every=1).fit(*data)
    assert same(again, whole)


def test_checkpoint_changes_nothing(data, path):
    for rules in (RULES, WHOLE):
        with_file = QuantumLSTM.paper(**rules, checkpoint=path, checkpoint_every=0).fit(*data)
        assert same(with_file, QuantumLSTM.paper(**rules).fit(*data))
        path.unlink()


def test_seconds_between_writings(monkeypatch, data, path):
    """By a clock that goes ten seconds for each look at it: every third epoch, and the ends."""
    clock = iter(range(0, 100000, 10))
    monkeypatch.setattr("qrnnlib.learning.run.time.monotonic", lambda: next(clock))
    rows, save = [], Checkpoint.save

    def counted(self, state):
        rows.append(state.notes["rows"])
        save(self, state)

    monkeypatch.setattr(Checkpoint, "save", counted)
    QuantumLSTM.paper(**RULES, checkpoint=path, checkpoint_every=25).fit(*data)
    assert rows == [1, 4, 7, 10]


# Other runs, other files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": 10}, "epochs is 9 there and 10 here"),
        ({"learning_rate": 0.02}, "learning_rate is 0.01 there and 0.02 here"),
        ({"batch_size": None}, "batch_size is 5 there and null here"),
        ({"restarts": 3}, "restarts is 2 there and 3 here"),
        ({"schedule": "cosine"}, 'schedule is "constant" there and "cosine" here'),
        ({"lbfgs_steps": 1}, "lbfgs_steps is 0 there and 1 here"),
        ({"validation_fraction": 0.1}, "validation_fraction is 0.0 there and 0.1 here"),
        ({"patience": 3}, "patience is null there and 3 here"),
        ({"random_state": 1}, "random_state is 0 there and 1 here"),
        ({"layers": 2}, r"model.design.layers is 1 there and 2 here"),
        ({"collapse": "channel"}, "model.design.collapse is"),
        ({"power_target": 0.1}, r"penalty.target is not set there and 0.1 here"),
    ],
    ids=str,
)
def test_a_run_with_other_settings_is_refused(data, path, changes, words):
    QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    content = path.read_bytes()
    with pytest.raises(ValueError, match=rf"^checkpoint must be the file of this run.*{words}"):
        QuantumLSTM.paper(**{**RULES, **changes}, checkpoint=path).fit(*data)
    assert path.read_bytes() == content


def test_a_run_from_elsewhere_is_refused(data, path):
    """With the same seed and shapes of weights, only the rule that drew them tells them apart."""
    settings = {**RULES, "ansatz": "canonical", "readout": "linear", "checkpoint": path}
    QuantumLSTM.paper(**settings).fit(*data)
    with pytest.raises(ValueError, match='init is "uniform" there and "linear_filter" here'):
        QuantumLSTM.paper(**settings, init="linear_filter").fit(*data)


@pytest.mark.parametrize("which", [0, 1])
def test_other_data_are_refused(data, path, which):
    QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    other = [array.copy() for array in data]
    other[which].flat[-1] = np.nextafter(other[which].flat[-1], 1)
    with pytest.raises(ValueError, match=f"of another: {'Xy'[which]} differs$"):
        QuantumLSTM.paper(**RULES, checkpoint=path).fit(*other)


def whole_file(path, data):
    QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    return path.read_bytes()


@pytest.mark.parametrize("length", [0, 4, 100, -1])
def test_a_truncated_file_is_refused(data, path, length):
    path.write_bytes(whole_file(path, data)[:length])
    content = path.read_bytes()
    with pytest.raises(ValueError, match=r"^checkpoint must be a file that qrnnlib wrote.*cannot"):
        QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda p: p.write_text("date,temperature\n" * 50), "cannot be read"),
        (lambda p: save_file({"w": np.ones(3)}, p), "the format 'unknown'"),
        (lambda p: save_file({"w": np.ones(3)}, p, {"format": "qrnnlib checkpoint 0"}), "point 0"),
        (lambda p: save_file({"w": np.ones(3)}, p, {"format": checkpoint.FORMAT}), "lacks its"),
        (lambda p: p.mkdir(), "cannot be read"),
    ],
)
def test_a_foreign_file_is_refused(data, path, write, words):
    write(path)
    content = path.read_bytes() if path.is_file() else None
    with pytest.raises(ValueError, match=rf"^checkpoint must be .*{words}.*left unchanged"):
        QuantumLSTM.paper(**RULES, checkpoint=path).fit(*data)
    assert content is None or path.read_bytes() == content


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_lies_is_refused(path, name):
    path.write_bytes(UNREADABLE[name])
    with pytest.raises(ValueError, match=r"^checkpoint must be .* cannot be read .*left unchanged"):
        Checkpoint(path, {}).load()
    assert path.read_bytes() == UNREADABLE[name]


@pytest.mark.parametrize("which", ["run", "notes"])
@pytest.mark.parametrize("text", NO_OBJECT, ids=lambda text: text[:9])
def test_a_description_that_is_none_is_refused(path, which, text):
    words = {"format": checkpoint.FORMAT, "run": "{}", "notes": "{}"}
    _files.write_arrays(path, {}, {**words, which: text})
    with pytest.raises(ValueError, match=r"^checkpoint must be .* lacks its description"):
        Checkpoint(path, {}).load()


def random_words(**changes):
    return lambda notes: {**notes, "generator": {**notes["generator"], **changes}}


PLACE, RANDOM, ARRAYS = "does not say how far", "lacks the source of randomness", "lacks arrays"


@pytest.mark.parametrize(
    ("rules", "change", "words"),
    [
        (RULES, lambda notes: {}, PLACE),
        *(
            (rules, lambda notes, c=changes: {**notes, **c}, PLACE)
            for rules, changes in [
                (RULES, {"rows": "10"}),
                (RULES, {"rows": True}),
                (RULES, {"rows": 0, "epochs": 0, "phase": "Adam"}),
                (RULES, {"rows": 11}),  # it would go on for ever
                (RULES, {"rows": 2**70}),
                (RULES, {"epochs": 10}),
                (RULES, {"epochs": -1}),
                (RULES, {"epochs": None}),
                (RULES, {"phase": "Adam"}),
                (RULES, {"phase": 1}),
                (RULES, {"phase": ["nothing"]}),
                (RULES, {"seed": 1.5}),
                (RULES, {"seed": 2**31}),
                (WHOLE, {"rows": 16}),
                (WHOLE, {"rows": 9}),
                (WHOLE, {"phase": "L-BFGS"}),
            ]
        ),
        (RULES, lambda notes: {**notes, "generator": None}, RANDOM),
        (RULES, lambda notes: {**notes, "generator": {}}, RANDOM),
        (RULES, random_words(bit_generator="MT19937"), RANDOM),
        (RULES, random_words(state={"state": "x", "inc": 1}), RANDOM),
        (RULES, random_words(state={"state": 2**300, "inc": 1}), RANDOM),
        (RULES, random_words(uinteger=-1), RANDOM),
        (WHOLE, lambda notes: {**notes, "rows": 10}, ARRAYS),
        (RULES, lambda notes: {**notes, "rows": 7, "epochs": 6}, ARRAYS),
    ],
)
def test_a_place_where_no_run_comes_is_refused(data, path, rules, change, words):
    """Whoever writes a file of this very run cannot make it hang, or fail without a reason."""
    QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)
    arrays, text = _files.read_arrays(path)
    changed = json.dumps(change(json.loads(text["notes"])))
    _files.write_arrays(path, arrays, {**text, "notes": changed})
    content = path.read_bytes()
    with pytest.raises(ValueError, match=rf"^checkpoint must be .* {words} .*left unchanged"):
        QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: {},
        lambda arrays: {name: a[:-1] for name, a in arrays.items()},
        lambda arrays: {name: a.astype(np.float32) for name, a in arrays.items()},
        lambda arrays: {**arrays, "history.loss": arrays["history.loss"][:, :1]},
        lambda arrays: {n: a for n, a in arrays.items() if n != "history.validation_loss"},
    ],
)
def test_arrays_of_another_kind_are_refused(data, path, change):
    rules = {**RULES, "validation_fraction": 0.2}
    QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)
    arrays, text = _files.read_arrays(path)
    _files.write_arrays(path, change(arrays), text)
    with pytest.raises(ValueError, match=r"^checkpoint must be .* lacks arrays of this run"):
        QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)


def test_a_folder_that_is_not_there_is_refused_before_training(data, tmp_path):
    where = tmp_path / "nowhere" / "run.safetensors"
    with pytest.raises(FileNotFoundError, match=r"^checkpoint must lie in a folder that exists"):
        QuantumLSTM.paper(**RULES, checkpoint=where).fit(*data, callback=pytest.fail)


# The file itself --------------------------------------------------------------------------------


def test_what_is_written_is_read(path):
    arrays = {
        "whole": np.arange(6, dtype=np.int32).reshape(2, 3),
        "part": np.arange(6.0).reshape(2, 3).T,
        "one": np.array(np.nextafter(1, 2)),
        "none": np.zeros((0, 3)),
        "odd": np.array([np.nan, -0.0, np.inf, 5e-324]),
    }
    notes = {"state": {"state": 2**127 - 1}, "at": None, "rate": 0.1}
    Checkpoint(path, {"a": 1}).save(Saved(arrays, notes))
    saved = Checkpoint(path, {"a": 1}).load()
    assert saved.notes == notes
    assert saved.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        assert saved.arrays[name].dtype == array.dtype
        assert saved.arrays[name].shape == array.shape
        assert saved.arrays[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_writing_that_fails_leaves_the_old_file(monkeypatch, path, where):
    file = Checkpoint(path, {})
    file.save(Saved({"w": np.zeros(3)}, {"k": 1}))
    content = path.read_bytes()

    def full(*args):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, where, full)
        with pytest.raises(OSError, match="no space left"):
            file.save(Saved({"w": np.ones(3)}, {"k": 2}))
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_what_a_killed_writing_leaves_behind_does_no_harm(path):
    file = Checkpoint(path, {})
    file.save(Saved({"w": np.zeros(3)}, {"k": 1}))
    (path.parent / f".{path.name}.half.tmp").write_bytes(path.read_bytes()[:50])
    assert file.load().notes == {"k": 1}
    file.save(Saved({"w": np.ones(3)}, {"k": 2}))
    assert file.load().notes == {"k": 2}


# A disk that is full, a name that is too long ---------------------------------------------------


def full_after(monkeypatch, writings):
    """Let the disk be full after so many writings."""
    done, synced = [], os.fsync

    def fsync(descriptor):
        done.append(descriptor)
        if len(done) > 2 * writings:  # each syncs its file, then its folder
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("writings", [0, 1, 7, 12])
@pytest.mark.parametrize("kind", [QuantumLSTM, ClassicalLSTM])
def test_a_full_disk_leaves_the_weights_in_the_model(monkeypatch, data, path, kind, writings):
    settings = {name: value for name, value in WHOLE.items() if name in kind().get_params()}
    whole = kind(**settings).fit(*data)
    model = kind(**settings, checkpoint=path, checkpoint_every=0)
    said = "checkpoint must be a file that can be written: No space .*"
    with monkeypatch.context() as patch:
        full_after(patch, writings)
        with pytest.raises(OSError, match=rf"(?m)^\[Errno 28\] {said}: '{path}'$") as error:
            model.fit(*data)
    assert error.value.filename == str(path)
    assert error.value.__notes__ == ["The best weights so far are in the model."]
    rows = writings + 1
    assert np.array_equal(model.history_.loss, whole.history_.loss[:rows])
    assert model.history_.interrupted
    targets = data[1]
    miss = np.mean((model.predict(data[0]) - targets) ** 2)
    assert miss == pytest.approx(whole.history_.loss[:rows].min(), abs=1e-12)
    assert path.exists() == (writings > 0)
    # Once there is room again, the run goes on from its last checkpoint.
    model.fit(*data)
    assert np.array_equal(model.history_.loss, whole.history_.loss)


@pytest.mark.parametrize("length", [250, 300])
def test_a_checkpoint_whose_name_is_too_long(data, path, length):
    long = path.with_name("c" * length)
    with pytest.raises(OSError, match=rf"checkpoint must be a file that can be .*long: '{long}'"):
        QuantumLSTM(**WHOLE, checkpoint=long).fit(*data)


def test_a_checkpoint_in_a_folder_that_is_a_file(data, path):
    path.write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="checkpoint must lie in a folder that exists"):
        QuantumLSTM(**WHOLE, checkpoint=path / "run").fit(*data)


def test_a_folder_that_goes_away_while_a_run_goes_on(data, path):
    folder = path.parent / "gone"
    folder.mkdir()

    def callback(row, _):
        if row == 3:
            shutil.rmtree(folder)

    model = QuantumLSTM(**WHOLE, checkpoint=folder / "run", checkpoint_every=0)
    with pytest.raises(FileNotFoundError, match="checkpoint must be a file that can be written"):
        model.fit(*data, callback=callback)
    assert len(model.history_.loss) == 5
    assert np.all(np.isfinite(model.predict(data[0])))


def test_a_full_disk_after_ctrl_c(monkeypatch, data, path):
    def callback(row, _):
        if row == 4:
            full_after(monkeypatch, 0)
            raise KeyboardInterrupt

    model = QuantumLSTM(**WHOLE, checkpoint=path)
    with (
        pytest.warns(RuntimeWarning, match="interrupted after 4 of 9 epochs"),
        pytest.raises(OSError, match="checkpoint must be a file that can be written"),
    ):
        model.fit(*data, callback=callback)
    assert len(model.history_.loss) == 5
