"""The validation part and patience: who sees what, which weights are kept, when training ends."""

import numpy as np
import pytest

from qrnnlib import ClassicalLSTM, QuantumLSTM
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import Settings, train

SMALL = {"system_qubits": 1, "memory_qubits": 1, "layers": 1, "progress": False, "random_state": 0}


def plane(weights, windows, draws):
    return windows @ weights["slopes"]


def settings(**changes):
    given = {"learning_rate": 0.2, "batch_size": 5, "epochs": 40, "restarts": 3, "progress": False}
    return Settings(**{**given, **changes})


def data(n, seed=0):
    """Return windows of which the last third follows another rule: validation turns early."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    y = X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=n)
    y[-(n // 3) :] = X[-(n // 3) :] @ [0.3, -1.0, 1.0]
    return X, y


def starts(restarts=3):
    return {"slopes": np.random.default_rng(1).normal(size=(restarts, 3))}


def run(X, y, callback=None, **changes):
    return train(
        Run(plane, starts(), X, y, settings(**changes), np.random.default_rng(2)), callback=callback
    )


@pytest.mark.parametrize("rules", [{}, {"batch_size": None}], ids=str)
def test_validation_targets_reach_no_gradient(rules):
    """Other targets there: the same weights in every epoch, to the last bit, other losses."""
    X, y = data(30)
    other = y.copy()
    other[20:] += np.random.default_rng(5).normal(size=10)
    paths, histories = [], []
    for targets in (y, other):
        path = []
        history = run(
            X,
            targets,
            lambda _, weights, path=path: path.append(np.array(weights["slopes"])),
            validation_fraction=1 / 3,
            **rules,
        )[1]
        paths.append(path)
        histories.append(history)
    np.testing.assert_array_equal(*paths)
    np.testing.assert_array_equal(histories[0].loss, histories[1].loss)
    assert np.all(histories[0].validation_loss != histories[1].validation_loss)


def test_validation_only_chooses_where_the_finish_begins():
    """From there on it is downhill on the rest alone: to the least squares of the rest."""
    X, y = data(30)
    last = {}
    history = run(
        X, y, lambda _, weights: last.update(weights), validation_fraction=1 / 3, lbfgs_steps=20
    )[1]
    solution = np.linalg.lstsq(X[:20], y[:20])[0]
    np.testing.assert_allclose(last["slopes"], np.tile(solution, (3, 1)), atol=1e-7)
    assert history.best_epoch <= 40  # where the validation part would rather not go


def test_the_rest_is_trained_as_if_it_were_all():
    X, y = data(30)
    with_part = run(X, y, validation_fraction=1 / 3)[1]
    alone = run(X[:20], y[:20])[1]
    np.testing.assert_array_equal(with_part.loss, alone.loss)
    assert alone.validation_loss is None
    assert with_part.validation_loss.shape == with_part.loss.shape


def test_kept_are_the_weights_of_lowest_validation_loss():
    X, y = data(30)
    best, history = run(X, y, validation_fraction=1 / 3)
    lowest = history.validation_loss.min()
    assert history.validation_loss[history.best_epoch, history.best_restart] == lowest
    assert lowest == pytest.approx(np.mean((X[20:] @ best["slopes"] - y[20:]) ** 2), abs=1e-12)
    there = history.loss[history.best_epoch, history.best_restart]
    assert there == pytest.approx(np.mean((X[:20] @ best["slopes"] - y[:20]) ** 2), abs=1e-12)
    assert there > 1.1 * history.loss.min()  # they are not those of lowest training loss


@pytest.mark.parametrize(
    ("windows", "fraction", "count"), [(10, 0.01, 1), (70, 0.7, 49), (10, 0.25, 3), (2, 0.5, 1)]
)
def test_share_is_rounded_up(windows, fraction, count):
    assert settings(validation_fraction=fraction).validation_windows(windows) == count


def test_nothing_to_train_on_is_refused():
    X, y = data(3)
    with pytest.raises(ValueError, match=r"^validation_fraction must leave .* got 0.9 of 3"):
        run(X, y, validation_fraction=0.9)


def rows_until_patience_ends(losses, patience):
    """Return how many rows there are if training ends, counted by hand."""
    lowest, waited = losses[0].copy(), 0
    for k, row in enumerate(losses[1:], start=1):
        better = row < lowest
        lowest = np.where(better, row, lowest)
        waited = 0 if better.any() else waited + 1
        if waited == patience:
            return k + 1
    return len(losses)


@pytest.mark.parametrize("fraction", [0.0, 1 / 3])
@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_ends_at_the_right_epoch(patience, fraction):
    """The rows up to there are those of a run without patience."""
    X, y = data(30)
    rules = {"validation_fraction": fraction, "learning_rate": 0.5}
    whole = run(X, y, **rules)[1]
    watched = whole.loss if fraction == 0 else whole.validation_loss
    rows = rows_until_patience_ends(watched, patience)
    assert rows < 41
    seen = []
    history = run(X, y, lambda k, _: seen.append(k), patience=patience, **rules)[1]
    assert len(history.loss) == rows
    assert history.epochs == rows - 1
    assert seen == list(range(rows))
    np.testing.assert_array_equal(history.loss, whole.loss[:rows])
    assert not history.interrupted


def test_patience_counts_anew_in_the_finish():
    X, y = data(30)
    rules = {"validation_fraction": 1 / 3, "learning_rate": 0.5, "patience": 3}
    history = run(X, y, **rules, lbfgs_steps=30)[1]
    epochs = rows_until_patience_ends(
        run(X, y, **{**rules, "patience": None})[1].validation_loss, 3
    )
    assert history.epochs == epochs - 1
    finish = history.validation_loss[history.epochs + 1 :]
    # The finish leads down on the training part, away from the validation part.
    assert 3 <= len(finish) < 30
    assert finish[-3:].min() >= history.validation_loss.min()


def test_patience_beyond_the_epochs_changes_nothing():
    X, y = data(30)
    np.testing.assert_array_equal(run(X, y)[1].loss, run(X, y, patience=100)[1].loss)


@pytest.mark.parametrize(
    "model",
    [
        QuantumLSTM.paper(**SMALL, epochs=4, restarts=2, validation_fraction=0.25),
        QuantumLSTM.paper(**SMALL, epochs=4, validation_fraction=0.25, collapse="sampled"),
        ClassicalLSTM(epochs=4, validation_fraction=0.25, progress=False, random_state=0),
    ],
    ids=str,
)
def test_estimators_have_a_validation_part(model):
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)
    model.fit(X, y)
    assert model.history_.validation_loss.shape == model.history_.loss.shape
    other = np.where(np.arange(20) < 15, y, 0.5)
    again = model.__class__(**model.get_params()).fit(X, other)
    np.testing.assert_array_equal(again.history_.loss, model.history_.loss)
    if getattr(model, "collapse", "") != "sampled":
        part = np.mean((model.predict(X[15:]) - y[15:]) ** 2)
        assert part == pytest.approx(model.history_.validation_loss.min(), abs=1e-12)
