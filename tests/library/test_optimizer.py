"""The quasi-Newton finish: where it must arrive, and what it must not do at an edge."""

import jax
import numpy as np
import pytest

from qrnnlib import CellDesign, QuantumLSTM, noisy_sine, split_in_time
from qrnnlib.cell.engine import Forward
from qrnnlib.learning.run import Run
from qrnnlib.learning.trainer import Settings, train


def plane(weights, windows, draws):
    return windows @ weights["slopes"] + weights["offset"]


def settings(**changes):
    given = {"learning_rate": 0.05, "batch_size": 5, "epochs": 2, "progress": False}
    return Settings(**{**given, **changes})


@pytest.mark.parametrize("batch_size", [5, None])
@pytest.mark.parametrize("n", [20, 300])
def test_finish_arrives_at_least_squares(n, batch_size):
    """Every restart, each from elsewhere: the normal equations' solution."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    y = X @ [1.0, -2.0, 0.5] + 0.3 + 0.1 * rng.normal(size=n)
    A = np.column_stack([X, np.ones(n)])
    solution = np.linalg.lstsq(A, y)[0]
    starts = {"slopes": rng.normal(size=(4, 3)), "offset": rng.normal(size=4)}
    last = {}
    best, history = train(
        Run(plane, starts, X, y, settings(batch_size=batch_size, restarts=4, lbfgs_steps=25), rng),
        callback=lambda _, weights: last.update(weights),
    )
    assert history.epochs == 2
    assert 3 < len(history.loss) <= 28
    np.testing.assert_allclose(
        history.loss[-1], np.mean((A @ solution - y) ** 2), rtol=0, atol=1e-14
    )
    # At the bottom the loss is about 0.01 and flat: rounding hides what weights as near as
    # sqrt(0.01 * 2e-16) = 1e-9 change.
    found = np.append(best["slopes"], best["offset"])
    np.testing.assert_allclose(found, solution, rtol=0, atol=1e-8)
    found = np.column_stack([last["slopes"], last["offset"]])
    np.testing.assert_allclose(found, np.tile(solution, (4, 1)), rtol=0, atol=1e-7)


def cliff(weights, windows, draws):
    """Return a model whose loss on zeros falls towards w = 1, where a higher plateau begins."""
    w = weights["w"]
    return windows[:, 0] * jax.numpy.where(w < 1, 10.0, w) + 0 * jax.numpy.sqrt(w)


def test_finish_stops_at_an_edge_and_at_nothing_else():
    """No loss at the start, no loss beyond, a cliff in the way: the others go on, none rises."""
    X, y = np.ones((10, 1)), np.zeros(10)
    start = {"w": np.array([-1.0, 1.5, 4.0])}
    watched = []
    best, history = train(
        Run(
            cliff,
            start,
            X,
            y,
            settings(learning_rate=1e-3, restarts=3, lbfgs_steps=100),
            np.random.default_rng(0),
        ),
        callback=lambda k, weights: watched.append(np.array(weights["w"])),
    )
    assert np.isnan(history.loss[:, 0]).all()
    finish = history.loss[history.epochs :, 1:]
    assert np.all(np.diff(finish, axis=0) <= 0)
    assert np.all(finish[-1] < finish[0])
    assert history.loss.min(where=~np.isnan(history.loss), initial=np.inf) >= 1
    assert finish[-1] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert float(best["w"]) ** 2 == pytest.approx(finish.min(), abs=1e-12)
    assert len(history.loss) < 103  # nobody can go on: the rest is not waited for
    assert len(watched) == len(history.loss)
    np.testing.assert_allclose(np.array(watched)[:, 1:] ** 2, history.loss[:, 1:], atol=1e-12)


SMALL = {"system_qubits": 1, "memory_qubits": 1, "layers": 1, "progress": False, "random_state": 0}


@pytest.fixture(scope="module")
def windows():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (30, 3)), rng.uniform(-1, 1, 30)


@pytest.mark.parametrize(
    "rules", [{}, {"batch_size": None}, {"learning_rate": 0.5}, {"collapse": "sampled"}], ids=str
)
def test_finish_never_ends_worse(windows, rules):
    """Each restart from its own best so far, downhill from there; Adam's part is untouched."""
    rules = {**SMALL, "epochs": 12, "restarts": 4, **rules}
    plain = QuantumLSTM.paper(**rules).fit(*windows).history_
    model = QuantumLSTM.paper(**rules, lbfgs_steps=15).fit(*windows)
    history = model.history_
    assert history.epochs == plain.epochs == 12
    np.testing.assert_array_equal(history.loss[:13], plain.loss)
    assert history.loss.min() < plain.loss.min()
    finish = history.loss[13:]
    # Under sampling only if all iterations see the same draws.
    assert np.all(np.diff(finish, axis=0) <= 0)
    if model.collapse != "sampled":
        assert np.all(finish[0] <= plain.loss.min(axis=0) + 1e-12)
        kept = model.loss_and_gradient(*windows)[0]
        assert kept == pytest.approx(history.loss.min(), abs=1e-12)
    assert history.loss[history.best_epoch, history.best_restart] == history.loss.min()


def test_finish_sets_out_from_the_best(windows):
    """With steps that overshoot, the last epoch is not where the finish begins."""
    rules = {**SMALL, "epochs": 12, "restarts": 3, "learning_rate": 0.5}
    seen = {}
    model = QuantumLSTM.paper(**rules, lbfgs_steps=1)
    model.fit(*windows, callback=lambda k, weights: seen.update({k: weights}))
    loss = model.history_.loss
    lowest = loss[:13].argmin(axis=0)
    assert np.any(lowest < 12)
    for r, k in enumerate(lowest):
        step = np.concatenate([np.ravel(seen[13][n][r] - seen[k][n][r]) for n in seen[k]])
        there = {name: np.array(array[r]) for name, array in seen[k].items()}
        gradient = model.loss_and_gradient(*windows, there)[1]
        slope = np.concatenate([np.ravel(gradient[name]) for name in seen[k]])
        # The first iteration goes straight down the gradient, if it goes at all.
        if np.any(step):
            cosine = -step @ slope / np.linalg.norm(step) / np.linalg.norm(slope)
            assert cosine == pytest.approx(1.0, abs=1e-9)


def test_finish_of_a_design_is_compiled_once(windows, caplog):
    """A size that no other test has, so that nothing is compiled yet."""
    rules = {**SMALL, "layers": 3, "epochs": 1}
    assert QuantumLSTM.paper(**rules).design() != CellDesign()
    with jax.log_compiles(True), caplog.at_level("WARNING"):
        for steps in (2, 5):
            QuantumLSTM.paper(**rules, lbfgs_steps=steps).fit(*windows)
    logged = [record.getMessage() for record in caplog.records]
    assert sum("Compiling jit(squared_errors)" in message for message in logged) == 1


@pytest.fixture(scope="module")
def sine():
    series = noisy_sine(points=100, noise=0.1 * np.sqrt(2), random_state=0)
    split = split_in_time(series, steps=10, train=0.8)
    return split.X_train, split.y_train


@pytest.mark.parametrize("collapse", ["most_likely", "diagonal", "channel"])
def test_a_finish_never_ends_higher_than_it_began(sine, collapse):
    """Under the most likely rule the loss jumps: 8 starts, each with edges of its own."""
    model = QuantumLSTM.paper(
        collapse=collapse, batch_size=None, epochs=20, restarts=8, lbfgs_steps=30,
        random_state=1, progress=False,
    ).fit(*sine)  # fmt: skip
    loss = model.history_.loss
    before, finish = loss[:21], loss[21:]
    assert np.all(finish[0] <= before.min(axis=0) + 1e-14)
    assert np.all(np.diff(finish, axis=0) <= 0)
    kept, _ = model.loss_and_gradient(*sine)
    assert kept == pytest.approx(loss.min(), abs=1e-12)


def test_a_finish_at_an_edge_does_not_depend_on_rounding(sine):
    """As in the chapter *Training*, whose table shows the loss to four decimals."""
    model = QuantumLSTM.paper(random_state=0, progress=False).fit(*sine)
    rng = np.random.default_rng(0)
    nearly = {
        name: array + 1e-14 * rng.normal(size=(6, *array.shape))
        for name, array in model.weights_.items()
    }
    given = Settings(1e-300, None, 1, restarts=6, lbfgs_steps=150, progress=False)
    _, history = train(Run(Forward(model.design()), nearly, *sine, given, rng))
    assert np.all(history.loss[-1] < model.history_.loss.min() - 1e-3)
    assert np.ptp(history.loss[-1]) < 1e-5
