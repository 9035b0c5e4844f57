"""What is drawn in the figures of training, series, noise and scores is dragged: mouse and finger.

The figures are made here, each with numbers of its own, and written into a page.
"""

import numpy as np
import pytest
from random_cells import random_weights

from qrnnbook.recording import Recording
from qrnnbook.widgets import (
    DenoisingPlayground,
    FadingMemory,
    ScoreExplorer,
    TrainingReplay,
    WeatherExplorer,
)
from qrnnlib import (
    CellDesign,
    MeasuredCell,
    Persistence,
    QuantumLSTM,
    Series,
    noisy_sine,
    split_in_time,
    window_ridge,
)
from qrnnlib.learning.trainer import History

HANDS = {"mouse": ("desktop", {}), "finger": ("phone", {"has_touch": True})}


def replay():
    """A run of 40 epochs, every second of them recorded; its loss falls but at epoch 30."""
    epochs = np.arange(0, 41, 2)
    loss = np.linspace(0.5, 0.1, 41)
    loss[30] += 0.05
    n = len(epochs)
    recording = Recording(
        history=History(
            loss=loss[:, None],
            validation_loss=None,
            best_epoch=40,
            best_restart=0,
            epochs=40,
            interrupted=False,
        ),
        epochs=epochs,
        weights=({},) * n,
        forecasts=np.linspace(0, 1, n)[:, None] * np.ones(3),
        truth=np.zeros(3),
        window=np.zeros(4),
        memory=np.full((n, 4, 2), 0.5),
        outcomes=np.zeros((n, 4), dtype=int),
        system_dim=2,
        n_windows=5,
        switched=np.zeros(n, dtype=int),
    )
    return TrainingReplay(recording)


def playground():
    split = split_in_time(noisy_sine(noise=0.14, random_state=0))
    model = QuantumLSTM.paper()
    weights = random_weights(model.design(), 0)
    cell = QuantumLSTM.from_weights(weights, **model.get_params())
    ridge = window_ridge().fit(split.X_train, split.y_train)
    return DenoisingPlayground(cell, ridge, split, noise=0.14, periods=4)


def explorer():
    days = np.arange("2024-01-01", "2024-07-01", dtype="datetime64[D]")
    series = Series(np.sin(np.arange(len(days)) / 5.0), days, name="swing", unit="m")
    split = split_in_time(series)
    models = {
        "persistence": Persistence().fit(split.X_train, split.y_train),
        "ridge": window_ridge().fit(split.X_train, split.y_train),
    }
    return WeatherExplorer(series, split, models, day=119, length=40)


def memory():
    design = CellDesign(2, 2, layers=1)
    cell = MeasuredCell(random_weights(design, 0), design)
    return FadingMemory(cell, np.linspace(-0.9, 0.9, 10), position=1, rate=0.0)


@pytest.fixture
def opened(visit, tmp_path):
    """Return a function that opens a figure, and gives the tab and a way to drag in it."""

    def tab_of(figure, hand):
        view, options = HANDS[hand]
        page = tmp_path / "figure.html"
        page.write_text(
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>F</title>"
            "<meta name='viewport' content='width=device-width'>"
            f"<style>body {{ margin: 16px }}</style><body>{figure.as_html()}",
            encoding="utf-8",
        )
        tab = visit(page.as_uri(), view, **options).tab
        return tab, by_mouse(tab) if hand == "mouse" else by_finger(tab)

    return tab_of


def by_mouse(tab):
    def drag(x, y, right, down):
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + right, y + down, steps=5)
        tab.mouse.up()
        tab.mouse.move(x, y + 60)  # no longer held
        tab.wait_for_timeout(100)

    return drag


def by_finger(tab):
    """Drag by touch events of the browser itself, which scroll the page unless a handle is held."""
    client = tab.context.new_cdp_session(tab)

    def send(kind, *points):
        touches = [{"x": x, "y": y} for x, y in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(x, y, right, down):
        send("touchStart", (x, y))
        for part in (0.2, 0.4, 0.6, 0.8, 1):
            send("touchMove", (x + part * right, y + part * down))
        send("touchEnd")
        tab.wait_for_timeout(100)

    return drag


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def handle(tab, name):
    return tab.locator(f".qrnn-handle[data-handle='{name}']")


def slider(tab, name):
    return tab.get_by_role("slider", name=name)


def settings(tab, name):
    return float(slider(tab, name).input_value())


@pytest.mark.parametrize("hand", HANDS)
def test_the_epoch_is_dragged_along_the_loss(opened, hand):
    tab, drag = opened(replay(), hand)
    dot = handle(tab, "epoch").locator("circle").nth(1)
    start = middle(dot)
    # Twice as far is twice as many epochs, and the dot is below the pointer, on a recorded epoch.
    drag(*start, 60, 10)
    once, (x, _) = settings(tab, "Epoch"), middle(dot)
    step = (x - start[0]) / once
    assert abs(x - start[0] - 60) <= step / 2 + 1
    drag(*middle(dot), 60, -20)
    assert settings(tab, "Epoch") == pytest.approx(2 * once, abs=1)
    drag(*middle(dot), 2000 if hand == "mouse" else 250, 0)
    assert settings(tab, "Epoch") == 20
    tab.get_by_role("button", name="Undo").click()
    tab.wait_for_timeout(100)
    assert settings(tab, "Epoch") < 20


def test_the_loss_is_guessed_and_then_seen(opened):
    """The loss of the run rises once, in epoch 30, which is record 15."""
    tab, _ = opened(replay(), "mouse")
    tab.get_by_role("button", name="Yes").click()
    verdict = tab.locator(".qrnn-verdict")
    assert verdict.text_content() == (
        "No. It rises in 1 of 40: from 0.210 in epoch 29 it is back at 0.250 in epoch 30, where "
        "the dot is now."
    )
    assert settings(tab, "Epoch") == 15
    tab.get_by_role("button", name="Reset").click()
    assert verdict.text_content() == ""


@pytest.mark.parametrize("hand", HANDS)
def test_the_window_is_dragged_along_the_series(opened, hand):
    tab, drag = opened(explorer(), hand)
    window, start = (handle(tab, name) for name in ("window", "start"))
    (x, y), width = middle(window), window.bounding_box()["width"]
    # Held beside its middle, it comes along from there: it does not jump.
    drag(x + 5, y, -40, 0)
    assert settings(tab, "Days shown") == 40
    per_day = (width - 2) / 40
    assert settings(tab, "Last day") == pytest.approx(119 - 40 / per_day, abs=1.01)
    assert middle(window)[0] == pytest.approx(x - 40, abs=per_day + 1)
    last = settings(tab, "Last day")
    drag(middle(start)[0] - 4, y, -30, 0)
    assert settings(tab, "Last day") == last
    assert settings(tab, "Days shown") == pytest.approx(40 + 30 / per_day, abs=1.01)
    # Far over either end it stops there.
    drag(*middle(window), 330 if hand == "finger" else 900, 0)
    assert settings(tab, "Last day") == 181


@pytest.mark.parametrize("hand", HANDS)
def test_points_of_the_wave_are_dragged(opened, hand):
    tab, drag = opened(playground(), hand)
    words = tab.locator("[role=img]").first.get_attribute("aria-label")
    (x, y), (_, other) = middle(handle(tab, 3)), middle(handle(tab, 4))
    drag(x, y, 3, 30)
    assert middle(handle(tab, 3)) == (pytest.approx(x, abs=0.5), pytest.approx(y + 30, abs=3))
    assert middle(handle(tab, 4))[1] == pytest.approx(other, abs=0.5)

    def lower():
        """How much lower the point is than its neighbour, whatever has scrolled."""
        return middle(handle(tab, 3))[1] - middle(handle(tab, 4))[1]

    assert slider(tab, "Point of the wave").input_value() == "3"
    assert settings(tab, "Bend the wave there by") < -0.3
    assert tab.locator("[role=img]").first.get_attribute("aria-label") != words
    # The keys do the same, to the same point.
    slider(tab, "Bend the wave there by").focus()
    tab.keyboard.press("Home")
    tab.wait_for_timeout(100)
    assert lower() > y - other + 40
    tab.get_by_role("button", name="Reset").click()
    tab.wait_for_timeout(100)
    assert lower() == pytest.approx(y - other, abs=0.5)


@pytest.mark.parametrize("hand", HANDS)
def test_the_change_and_the_noise_are_dragged(opened, hand):
    tab, drag = opened(memory(), hand)
    change = handle(tab, "position")
    x, y = middle(change)
    right = tab.locator(".qrnn-picture svg").nth(0).bounding_box()["width"] * 268 / 324 / 10
    drag(x, y, 3 * right, 15)
    assert settings(tab, "The value that is changed") == 4
    assert middle(change)[0] == pytest.approx(x + 3 * right, abs=1)
    grip = handle(tab, "share").locator("circle").nth(1)
    x, y = middle(grip)
    assert settings(tab, "Noise after each two-qubit gate") == 0
    drag(x, y, 0, 40)
    # Noise is set so that as much is left as the finger shows.
    assert settings(tab, "Noise after each two-qubit gate") > 0
    assert middle(grip) == (pytest.approx(x, abs=0.5), pytest.approx(y + 40, abs=5))


def test_a_row_is_clicked_to_compare_with_it(opened):
    scores = {"sine": {"ridge": [0.2, 0.21], "cell": [0.1, 0.12], "LSTM": [0.3, 0.31]}}
    tab, _ = opened(ScoreExplorer(scores), "mouse")
    tab.locator(".qrnn-clickable").nth(1).click()  # the second best
    tab.wait_for_timeout(100)
    assert tab.get_by_label("Compare with").input_value() == "ridge"
    assert "difference from ridge" in tab.locator("[role=img]").get_attribute("aria-label")
    tab.get_by_role("button", name="Undo").click()
    tab.wait_for_timeout(100)
    assert tab.get_by_label("Compare with").input_value() == "nothing"
