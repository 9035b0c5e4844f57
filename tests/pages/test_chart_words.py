"""Words in the charts of live figures, whatever the names: none lies on another, or on a bar."""

import numpy as np
import pytest

from qrnnbook.recording import Recording
from qrnnbook.widgets import ClockExplorer, ScoreExplorer, TrainingReplay, WeatherExplorer
from qrnnlib import Persistence, Series, split_in_time
from qrnnlib.learning.trainer import History

NAMES = ["quantum LSTM", "a GRU of 29 weights, trained by a recipe of its own", "cost in $ of 100$"]
DAYS = np.arange("2024-01-01", "2024-03-01", dtype="datetime64[D]")
# What lies on something else by more than a pixel: texts on texts, and on bars and marks.
COVERED = """(only) => {
  const found = [];
  for (const chart of document.querySelectorAll(only)) {
    const box = (element) => element.getBoundingClientRect();
    const texts = [...chart.querySelectorAll("text")].filter((text) => text.textContent.trim());
    const marks = [...chart.querySelectorAll("rect, circle")]
      .filter((mark) => !mark.matches(".qrnn-reach") && box(mark).width > 0);
    const meet = (one, other) =>
      Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
      Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4;
    texts.forEach((text, k) => {
      for (const other of [...texts.slice(k + 1), ...marks]) {
        if (meet(box(text), box(other))) found.push([text.textContent, other.outerHTML]);
      }
      const [inner, outer] = [box(text), box(chart)];
      if (inner.left < outer.left - 1 || inner.right > outer.right + 1) {
        found.push([text.textContent, "cut off"]);
      }
    });
  }
  return found;
}"""


@pytest.fixture
def opened(visit, tmp_path):
    """Write a figure into a page of a wide font, and give it one width after another."""

    def tab_of(figure):
        page = tmp_path / "figure.html"
        style = "body { font-family: 'DejaVu Sans', Verdana, sans-serif; margin: 16px }"
        page.write_text(
            f"<!doctype html><html lang='en'><meta charset='utf-8'><title>F</title>"
            f"<style>{style}</style><body>{figure.as_html()}",
            encoding="utf-8",
        )
        tab = visit(page.as_uri()).tab
        for width in (360, 720, 1280):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.wait_for_timeout(200)
            yield tab

    return tab_of


class Told(Persistence):
    """A model that forecasts the truth, but for so much."""

    def __init__(self, off=0.0):
        self.off = off

    def predict(self, X):
        return super().predict(X) + self.off


@pytest.mark.parametrize("winner", range(len(NAMES)))
def test_names_keep_off_the_bars(opened, winner):
    """The best one is written in bold, and is the widest then."""
    series = Series(np.arange(60.0), DAYS, name="days", unit="°C")
    split = split_in_time(series)
    models = {
        name: Told(0.1 * (k != winner)).fit(split.X_train, split.y_train)
        for k, name in enumerate(NAMES)
    }
    bars = ".qrnn-live > .qrnn-picture ~ .qrnn-picture svg"
    for tab in opened(WeatherExplorer(series, split, models, length=7)):
        assert tab.locator(bars).first.locator("rect").count() == len(NAMES)
        assert tab.evaluate(COVERED, bars) == []


@pytest.mark.parametrize("short", [True, False])
@pytest.mark.parametrize("beside", [None, "ridge"])
def test_names_keep_off_the_scores(opened, short, beside):
    names = ["quantum LSTM", "RNN"] if short else NAMES
    errors = {name: [0.1, 0.12 + 0.1 * k, 0.11] for k, name in enumerate(names)}
    scores = {"sine": {**errors, "ridge": [0.3, 0.31, 0.32]}}
    figure = ScoreExplorer(
        scores, measure="root mean squared error", units={"sine": "°C"}, beside=beside
    )
    assert [tab.evaluate(COVERED, ".qrnn-live svg") for tab in opened(figure)] == [[]] * 3


@pytest.mark.parametrize("shows", ["waits", "chances"])
def test_names_keep_off_the_ticks_of_a_clock(opened, shows):
    fits = {(0.6, 0.94): {name: [1 / 60] * 60 for name in NAMES}}
    figure = ClockExplorer(fits=fits, shows=shows)
    assert [tab.evaluate(COVERED, ".qrnn-live svg") for tab in opened(figure)] == [[]] * 3


@pytest.mark.parametrize("epochs", [1, 2, 3, 40])
def test_the_epochs_of_a_short_run_are_counted_once(opened, epochs):
    """None is written twice, or beyond the last."""
    frames = np.arange(epochs + 1)
    memory = np.full((len(frames), 4, 2), 0.5)
    recording = Recording(
        history=History(
            loss=np.linspace(0.5, 0.1, len(frames))[:, None],
            validation_loss=None,
            best_epoch=epochs,
            best_restart=0,
            epochs=epochs,
            interrupted=False,
        ),
        epochs=frames,
        weights=({},) * len(frames),
        forecasts=np.zeros((len(frames), 3)),
        truth=np.zeros(3),
        window=np.zeros(4),
        memory=memory,
        outcomes=np.zeros((len(frames), 4), dtype=int),
        system_dim=2,
        n_windows=5,
        switched=np.zeros(len(frames), dtype=int),
    )
    for tab in opened(TrainingReplay(recording)):
        labels = tab.locator(".qrnn-live svg").first.locator("g.qrnn-axes").nth(1)
        ticks = labels.locator("text.qrnn-middle").all_text_contents()
        counted = [int(tick) for tick in ticks if tick.isdigit()]
        assert counted == sorted(set(counted))
        assert counted[-1] == epochs
