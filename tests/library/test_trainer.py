"""The trainer against Adam in plain NumPy, and what it does when something goes wrong."""

import logging
from dataclasses import dataclass

import jax
import numpy as np
import optax
import pytest
from tqdm import tqdm

from qrnnlib import CellDesign
from qrnnlib.cell import engine
from qrnnlib.learning import trainer
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import Settings, train

RATE = 0.05


def settings(**changes):
    given = {"learning_rate": RATE, "batch_size": 5, "epochs": 4, "restarts": 1, "progress": False}
    return Settings(**{**given, **changes})


def plane(weights, windows, draws):
    """Return the simplest model with two arrays of weights."""
    return windows @ weights["slopes"] + weights["offset"]


def steep(weights, windows, draws):
    """Return a model that has no value at all where the weight is negative."""
    return windows[:, 0] * jax.numpy.sqrt(weights["w"])


def data(n, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, X @ [1.0, -2.0, 0.5] + 0.3 + 0.1 * rng.normal(size=n)


def starts(restarts, seed=1):
    rng = np.random.default_rng(seed)
    return {"slopes": rng.normal(size=(restarts, 3)), "offset": rng.normal(size=restarts)}


class Recorder(np.random.Generator):
    """A source of randomness that remembers the orders it was asked for."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(seed))
        self.orders = []

    def permutation(self, *args, **kwargs):
        self.orders.append(super().permutation(*args, **kwargs))
        return self.orders[-1]


def mean_squared_error(slopes, offset, X, y):
    return np.mean((X @ slopes + offset - y) ** 2)


@jax.tree_util.register_dataclass
@dataclass
class Pull:
    """A penalty that draws the slopes towards a value."""

    strength: float
    towards: float

    def __call__(self, weights):
        return self.strength * jax.numpy.sum((weights["slopes"] - self.towards) ** 2)


NO_PULL = Pull(0.0, 0.0)


def constant(step):
    return RATE


def numpy_adam(slopes, offset, X, y, orders, batch_size, pull=NO_PULL, rate=constant):
    """Return the loss before and after each epoch, and the weights: Kingma and Ba, algorithm 1."""
    theta = np.array([*slopes, offset])
    first = second = np.zeros(4)
    steps, path = 0, [theta]
    A = np.column_stack([X, np.ones(len(X))])
    for order in orders:
        for begin in range(0, len(order), batch_size):
            rows = order[begin : begin + batch_size]
            gradient = 2 / len(rows) * A[rows].T @ (A[rows] @ theta - y[rows])
            gradient[:3] += 2 * pull.strength * (theta[:3] - pull.towards)
            steps += 1
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            unbiased = first / (1 - 0.9**steps), second / (1 - 0.999**steps)
            theta = theta - rate(steps - 1) * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)
        path.append(theta)
    losses = [
        mean_squared_error(theta[:3], theta[3], X, y)
        + pull.strength * np.sum((theta[:3] - pull.towards) ** 2)
        for theta in path
    ]
    return np.array(losses), path


# Adam, batches, padding -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "batch_size"), [(16, 5), (17, 5), (127, 10), (128, 16), (129, 10), (130, 200), (3, 1)]
)
def test_epoch_by_epoch_it_is_adam(n, batch_size):
    """Around the sizes that data are padded to; with and without an incomplete last batch."""
    X, y = data(n)
    start, rng, epochs = starts(2), Recorder(3), 6
    best, history = train(
        Run(plane, start, X, y, settings(batch_size=batch_size, epochs=epochs, restarts=2), rng)
    )
    orders = rng.orders[-epochs:]
    assert all(sorted(order) == list(range(n)) for order in orders)
    assert n < 4 or not np.array_equal(orders[0], orders[1])
    assert history.loss.shape == (epochs + 1, 2)
    for restart in range(2):
        losses, path = numpy_adam(
            start["slopes"][restart], start["offset"][restart], X, y, orders, batch_size
        )
        np.testing.assert_allclose(history.loss[:, restart], losses, rtol=0, atol=1e-10)
        if restart == history.best_restart:
            kept = path[history.best_epoch]
            np.testing.assert_allclose(best["slopes"], kept[:3], rtol=0, atol=1e-10)
            np.testing.assert_allclose(best["offset"], kept[3], rtol=0, atol=1e-10)


@pytest.mark.parametrize("n", [3, 127, 128, 129, 300])
@pytest.mark.parametrize("pull", [None, Pull(0.7, -1.5)])
def test_the_whole_set_as_one_batch(n, pull):
    """Adam with the gradient of the whole set, over several chunks of it; nothing is shuffled."""
    X, y = data(n)
    start, rng, epochs, watched = starts(2), Recorder(3), 6, []
    best, history = train(
        Run(plane, start, X, y, settings(batch_size=None, epochs=epochs, restarts=2), rng, pull),
        callback=lambda epoch, weights: watched.append((epoch, weights)),
    )
    assert rng.orders == []
    assert [epoch for epoch, _ in watched] == list(range(epochs + 1))
    for restart in range(2):
        losses, path = numpy_adam(
            start["slopes"][restart],
            start["offset"][restart],
            X,
            y,
            [np.arange(n)] * epochs,
            n,
            pull or NO_PULL,
        )
        np.testing.assert_allclose(history.loss[:, restart], losses, rtol=0, atol=1e-10)
        for (_, weights), theta in zip(watched, path, strict=True):
            np.testing.assert_allclose(weights["slopes"][restart], theta[:3], rtol=0, atol=1e-10)
        if restart == history.best_restart:
            kept = path[history.best_epoch]
            np.testing.assert_allclose(best["slopes"], kept[:3], rtol=0, atol=1e-10)


@pytest.mark.parametrize("batch_size", [5, None])
def test_cosine_leads_the_rate_down_to_zero(batch_size):
    """Against Optax's own schedule, step by step; the last step has almost no length."""
    X, y = data(17)
    start, rng, epochs = starts(2), Recorder(3), 6
    steps = epochs * (4 if batch_size else 1)
    cosine = optax.cosine_decay_schedule(RATE, steps)
    given = settings(batch_size=batch_size, epochs=epochs, restarts=2, schedule="cosine")
    history = train(Run(plane, start, X, y, given, rng))[1]
    orders = rng.orders[-epochs:] or [np.arange(17)] * epochs
    with engine.double_precision():
        rates = [float(cosine(float(step))) for step in range(steps + 1)]
    assert rates[0] == RATE
    assert rates[-1] == pytest.approx(0.0, abs=100 * np.finfo(float).eps * RATE)
    for restart in range(2):
        losses, _ = numpy_adam(
            start["slopes"][restart],
            start["offset"][restart],
            X,
            y,
            orders,
            batch_size or 17,
            rate=rates.__getitem__,
        )
        np.testing.assert_allclose(history.loss[:, restart], losses, rtol=0, atol=1e-10)


def test_predictions_and_gradients_do_not_see_the_padding():
    weights = {name: array[0] for name, array in starts(1).items()}
    A = [*weights["slopes"], weights["offset"]]
    for n in (1, 16, 17, 128, 129):
        X, y = data(n)
        wanted = np.column_stack([X, np.ones(n)])
        np.testing.assert_allclose(trainer.predict(plane, weights, X), wanted @ A, atol=1e-12)
        loss, gradient = trainer.loss_and_gradient(plane, weights, X, y)
        slope = 2 / n * wanted.T @ (wanted @ A - y)
        assert loss == pytest.approx(np.mean((wanted @ A - y) ** 2), abs=1e-12)
        np.testing.assert_allclose(gradient["slopes"], slope[:3], atol=1e-12)
        np.testing.assert_allclose(gradient["offset"], slope[3], atol=1e-12)


# A penalty ------------------------------------------------------------------------------------


def test_penalty_is_part_of_the_loss():
    """Adam with the gradient of both; each restart pays for its own weights."""
    X, y = data(17)
    start, rng, pull = starts(2), Recorder(3), Pull(0.7, -1.5)
    best, history = train(Run(plane, start, X, y, settings(epochs=5, restarts=2), rng, pull))
    for restart in range(2):
        losses, path = numpy_adam(
            start["slopes"][restart], start["offset"][restart], X, y, rng.orders[-5:], 5, pull
        )
        np.testing.assert_allclose(history.loss[:, restart], losses, rtol=0, atol=1e-10)
        if restart == history.best_restart:
            np.testing.assert_allclose(best["slopes"], path[history.best_epoch][:3], atol=1e-10)
    loss, gradient = trainer.loss_and_gradient(plane, best, X, y, penalty=pull)
    assert loss == pytest.approx(history.loss.min(), abs=1e-12)
    without, slope = trainer.loss_and_gradient(plane, best, X, y)
    away = best["slopes"] - pull.towards
    assert loss - without == pytest.approx(0.7 * np.sum(away**2), abs=1e-12)
    np.testing.assert_allclose(gradient["slopes"] - slope["slopes"], 1.4 * away, atol=1e-12)
    np.testing.assert_allclose(gradient["offset"], slope["offset"], atol=1e-12)


def compilations(caplog, name="batched_epoch"):
    return sum(f"Compiling jit({name})" in record.getMessage() for record in caplog.records)


def test_one_program_serves_every_epoch_rate_and_strength(caplog):
    """None and a penalty are two programs; with a model that no other test has compiled."""

    def model(weights, windows, draws):
        return plane(weights, windows, draws)

    X, y = data(20)
    losses = []
    with jax.log_compiles(True), caplog.at_level(logging.WARNING):
        for penalty, rate, count in [
            (None, 0.01, 1),
            (None, 0.02, 1),
            (Pull(0.1, 0.0), 0.01, 2),
            (Pull(0.2, 0.0), 0.01, 2),
            (Pull(0.2, 1.0), 0.02, 2),
        ]:
            given = settings(learning_rate=rate)
            rng = np.random.default_rng(0)
            losses.append(train(Run(model, starts(1), X, y, given, rng, penalty))[1].loss[-1, 0])
            assert compilations(caplog) == count
    assert len(set(losses)) == 5


@pytest.mark.parametrize("batch_size", [5, None])
def test_one_program_serves_every_schedule_and_size(caplog, batch_size):
    def model(weights, windows, draws):
        return plane(weights, windows, draws)

    with jax.log_compiles(True), caplog.at_level(logging.WARNING):
        for n, rules in [
            (20, {}),
            (200, {"schedule": "cosine"}),
            (50, {"patience": 2}),
            (50, {"lbfgs_steps": 3, "patience": 2}),
            (60, {"lbfgs_steps": 2}),
        ]:
            X, y = data(n)
            given = settings(batch_size=batch_size, **rules)
            train(Run(model, starts(1), X, y, given, np.random.default_rng(0)))
    assert compilations(caplog, "batched_epoch") == (batch_size is not None)
    assert compilations(caplog, "squared_errors") == 1


# What is kept ---------------------------------------------------------------------------------


def test_best_weights_are_those_of_the_lowest_loss():
    """With a learning rate that overshoots, the best epoch is not the last."""
    X, y = data(20)
    best, history = train(
        Run(
            plane,
            starts(3),
            X,
            y,
            settings(learning_rate=1.5, epochs=30, restarts=3),
            np.random.default_rng(0),
        )
    )
    lowest = history.loss.min()
    assert history.loss[history.best_epoch, history.best_restart] == lowest
    assert history.best_epoch < 30
    assert mean_squared_error(best["slopes"], best["offset"], X, y) == pytest.approx(
        lowest, abs=1e-12
    )
    assert not history.interrupted


@pytest.mark.parametrize("batch_size", [5, None])
def test_what_is_kept_is_a_copy_of_its_epoch(batch_size):
    """To the last bit what a run has that ends at this epoch, whatever came later."""
    X, y = data(20)
    seen = {}

    def run(epochs, callback=None):
        given = settings(learning_rate=1.5, batch_size=batch_size, epochs=epochs, restarts=3)
        return train(
            Run(plane, starts(3), X, y, given, np.random.default_rng(0)), callback=callback
        )

    best, history = run(
        30, lambda k, w: seen.update({k: {name: np.array(a) for name, a in w.items()}})
    )
    k, r = history.best_epoch, history.best_restart
    assert 0 < k < 30
    shorter, same = run(k)
    assert (same.best_epoch, same.best_restart) == (k, r)
    assert same.loss[k, r] == history.loss[k, r]
    for name in best:
        np.testing.assert_array_equal(best[name], seen[k][name][r])
        np.testing.assert_array_equal(best[name], shorter[name])
        assert not np.array_equal(best[name], seen[30][name][r])


def test_the_start_may_be_the_best():
    """At the least-squares solution every step is a step away."""
    X, y = data(20)
    solution = np.linalg.lstsq(np.column_stack([X, np.ones(20)]), y)[0]
    start = {"slopes": solution[None, :3], "offset": solution[3:]}
    best, history = train(Run(plane, start, X, y, settings(), np.random.default_rng(0)))
    assert (history.best_epoch, history.best_restart) == (0, 0)
    np.testing.assert_array_equal(best["slopes"], solution[:3])
    assert best["offset"] == solution[3]


CELL = CellDesign(1, 1, 1)
CELL_SETTINGS = {"batch_size": 4, "epochs": 5}


def test_a_restart_is_a_run_of_its_own():
    """Restarts share batches, nothing else: each equals a run alone from the same start."""
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-1, 1, (10, 3)), rng.uniform(-1, 1, 10)
    weights = [CELL.initial_weights(rng) for _ in range(3)]
    stacked = {name: np.stack([one[name] for one in weights]) for name in weights[0]}

    def run(start, restarts):
        return train(
            Run(
                engine.Forward(CELL),
                start,
                X,
                y,
                settings(**CELL_SETTINGS, restarts=restarts),
                np.random.default_rng(5),
            )
        )

    best, history = run(stacked, 3)
    for r, one in enumerate(weights):
        alone, lone = run({name: array[None] for name, array in one.items()}, 1)
        np.testing.assert_allclose(history.loss[:, r], lone.loss[:, 0], rtol=0, atol=1e-12)
        if r == history.best_restart:
            assert lone.best_epoch == history.best_epoch
            for name in best:
                np.testing.assert_allclose(best[name], alone[name], rtol=0, atol=1e-12)
    assert np.ptp(history.loss[-1]) > 1e-3  # three starts, three runs


def test_a_restart_that_diverges_does_no_harm():
    """One restart has no loss from the start, one loses it on the way, one is sound."""
    X = np.linspace(0.5, 1, 10)[:, None]
    y = np.zeros(10)  # towards sqrt(w) = 0, and then past it
    start = {"w": np.array([-1.0, 0.3, 4.0])}
    best, history = train(
        Run(steep, start, X, y, settings(learning_rate=0.1, restarts=3), np.random.default_rng(0))
    )
    assert np.isnan(history.loss[:, 0]).all()
    assert np.isnan(history.loss[-1, 1])
    assert np.isfinite(history.loss[0, 1])
    assert np.isfinite(history.loss[:, 2]).all()
    lowest = np.nanmin(history.loss)
    assert history.loss[history.best_epoch, history.best_restart] == lowest
    assert np.mean((X[:, 0] * np.sqrt(best["w"])) ** 2) == pytest.approx(lowest, abs=1e-12)


def test_each_learning_rate_has_its_own_result():
    """Compiled code is shared between learning rates; what it computes is not."""
    X, y = data(20)
    losses = [
        train(Run(plane, starts(1), X, y, settings(learning_rate=rate), np.random.default_rng(0)))[
            1
        ].loss
        for rate in (0.01, 0.02)
    ]
    assert losses[0][0] == losses[1][0]
    assert losses[0][-1] > losses[1][-1]


# Ctrl-C ---------------------------------------------------------------------------------------


def press_ctrl_c_after(monkeypatch, epochs):
    """Let the progress bar raise KeyboardInterrupt when it is told of this many epochs."""

    class Interrupting(tqdm):
        done = 0

        def update(self, n=1):
            self.done += n
            if n and self.done == epochs:
                raise KeyboardInterrupt
            return super().update(n)

    monkeypatch.setattr(trainer, "tqdm", Interrupting)


@pytest.mark.parametrize("k", [1, 3])
def test_ctrl_c_keeps_the_best_so_far(monkeypatch, k):
    X, y = data(20)
    whole = train(Run(plane, starts(2), X, y, settings(restarts=2), np.random.default_rng(0)))[1]
    press_ctrl_c_after(monkeypatch, k)
    with pytest.warns(RuntimeWarning, match=rf"interrupted after {k} of 4 epochs"):
        best, history = train(
            Run(plane, starts(2), X, y, settings(restarts=2), np.random.default_rng(0))
        )
    assert history.interrupted
    assert not whole.interrupted
    np.testing.assert_array_equal(history.loss, whole.loss[: k + 1])
    assert mean_squared_error(best["slopes"], best["offset"], X, y) == pytest.approx(
        history.loss.min(), abs=1e-12
    )


def test_after_ctrl_c_jax_is_as_it_was(monkeypatch):
    before = jax.config.jax_enable_x64
    press_ctrl_c_after(monkeypatch, 1)
    X, y = data(20)
    with pytest.warns(RuntimeWarning, match="interrupted"):
        train(Run(plane, starts(2), X, y, settings(restarts=2), np.random.default_rng(0)))
    assert jax.config.jax_enable_x64 == before


@pytest.mark.parametrize("progress", [True, False])
def test_progress_bar_is_there_if_asked_for(monkeypatch, progress):
    bars = []

    class Watched(tqdm):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            bars.append((self.disable, self.total))

    monkeypatch.setattr(trainer, "tqdm", Watched)
    X, y = data(20)
    train(Run(plane, starts(1), X, y, settings(progress=progress), np.random.default_rng(0)))
    assert [disable for disable, _ in bars] == [not progress]
    assert not progress or bars[0][1] == 4


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("learning_rate", 0.0, ValueError),
        ("learning_rate", -0.1, ValueError),
        ("learning_rate", np.nan, ValueError),
        ("learning_rate", "fast", TypeError),
        ("batch_size", 0, ValueError),
        ("batch_size", 5.0, TypeError),
        ("epochs", 0, ValueError),
        ("epochs", 1.5, TypeError),
        ("epochs", True, TypeError),
        ("restarts", 0, ValueError),
        ("restarts", None, TypeError),
        ("schedule", "linear", ValueError),
        ("lbfgs_steps", -1, ValueError),
        ("lbfgs_steps", None, TypeError),
        ("validation_fraction", -0.1, ValueError),
        ("validation_fraction", 1, ValueError),
        ("validation_fraction", None, TypeError),
        ("patience", 0, ValueError),
        ("patience", 2.5, TypeError),
        ("checkpoint", 7, TypeError),
        ("checkpoint_every", -1, ValueError),
        ("checkpoint_every", None, TypeError),
    ],
)
def test_errors_name_the_setting(name, value, error):
    with pytest.raises(error, match=rf"^{name} must "):
        settings(**{name: value})
