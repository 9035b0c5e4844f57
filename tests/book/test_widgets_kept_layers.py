"""The layers of written and kept: state table, gate map and noise, in Python and in the page."""

import json
from math import pi

import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.widgets import WrittenKept
from qrnnbook.widgets._figure import bundled
from qrnnlib import canonical_coordinates, memory_distance

PARITY = 1e-12
LAYERS = ("table", "map", "noise")


@pytest.fixture(scope="module")
def pages():
    """Return a function: what a layer's page returns for one of its functions and arguments."""
    contexts = {layer: MiniRacer() for layer in LAYERS}
    for layer, context in contexts.items():
        script = WrittenKept(layer=layer).script
        context.eval(bundled(script).replace("export default", "const figure ="))

    def called(layer, name, *arguments):
        call = f"JSON.stringify({name}(...{json.dumps(arguments)}))"
        return json.loads(contexts[layer].eval(call))

    yield called
    for context in contexts.values():
        context.close()


def random_figure(layer, rng):
    steps = int(rng.integers(2, 10))
    noise = {"rate": rng.uniform(0, 0.05)} if layer == "noise" else {}
    return WrittenKept(
        layer=layer,
        coupling=rng.uniform(),
        unevenness=rng.uniform(),
        undone=rng.uniform(),
        values=rng.uniform(-1, 1, steps).tolist(),
        position=int(rng.integers(steps)),
        twin=rng.uniform(-1, 1),
        **noise,
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_else_changes(layer):
    """Without noise, the figure says what it says without a layer, and then something more."""
    noise = {"rate": 0.0} if layer == "noise" else {}
    figure, plain = WrittenKept(layer=layer, undone=0.3, **noise), WrittenKept(undone=0.3)
    assert figure.describe().startswith(f"{plain.describe()} ")
    assert figure._esm == bundled(figure.script) != plain._esm
    assert "guess(" not in figure._esm
    assert "guess(" in plain._esm
    assert len(figure.as_html()) < 90_000


@pytest.mark.parametrize(
    ("layer", "name"),
    [("table", "tablesInWords"), ("map", "placeInWords"), ("noise", "noiseInWords")],
)
def test_the_page_says_the_same_words(pages, layer, name):
    rng = np.random.default_rng(0)
    figures = [random_figure(layer, rng) for _ in range(12)]
    figures += [WrittenKept(layer=layer), WrittenKept(layer=layer, arrived=2)]
    for figure in figures:
        said = pages(layer, name, figure.state())
        assert figure.describe() == figure._describe() + said


def test_the_row_that_is_kept_is_the_next_memory(pages):
    rng = np.random.default_rng(1)
    for _ in range(10):
        figure = random_figure("table", rng)
        for ours, page in zip(
            figure.likely_steps(), pages("table", "likelySteps", figure.state()), strict=True
        ):
            amplitudes = [list(page["measured"][part].values()) for part in ("re", "im")]
            table = (np.array(amplitudes[0]) + 1j * np.array(amplitudes[1])).reshape(2, 2)
            assert np.abs(table - ours.measured.full().reshape(2, 2)).max() < 1e-10
            row = table[ours.outcome]
            memory = ours.next_memory.full().ravel()
            assert abs(np.vdot(row, memory)) ** 2 == pytest.approx(np.vdot(row, row).real)
            assert np.vdot(row, row).real >= 0.5 - PARITY


def test_one_step_discarded_is_the_mean_of_its_rows():
    """From a pure memory, the ribbon's memory is the mixture of both rows of the table."""
    figure = WrittenKept(layer="table", position=0, undone=0.3)
    for read, step in zip((figure.values[0], figure.twin), figure.likely_steps(), strict=True):
        table = step.measured.full().reshape(2, 2)
        mixed = sum(np.outer(row, row.conj()) for row in table)
        assert np.allclose(figure.cell.step(read).next_memory.full(), mixed)


def test_the_place_on_the_map_is_the_gates_own():
    rng = np.random.default_rng(2)
    for _ in range(10):
        figure = random_figure("map", rng)
        found = canonical_coordinates(figure.cell.unitary())
        assert figure.step_angles() == pytest.approx(found, abs=1e-7)


@pytest.mark.parametrize(
    ("coupling", "unevenness", "place", "side"),
    [
        (0.0, 0.0, (0, 0, 0), "outside"),
        (1 / 3, 1.0, (0.5, 0, 0), "among"),
        (2 / 3, 1.0, (0.5, 0.5, 0), "among"),
        (1.0, 0.0, (0.5, 0.5, 0.5), "outside"),
        (0.5, 0.0, (0.25, 0.25, 0.25), "among"),
    ],
)
def test_named_gates_are_where_they_belong(pages, coupling, unevenness, place, side):
    figure = WrittenKept(layer="map", coupling=coupling, unevenness=unevenness)
    assert figure.step_angles() / pi == pytest.approx(place, abs=1e-7)
    said = pages("map", "placeInWords", figure.state())
    assert said in figure.describe()
    assert f"{side} the perfect entanglers" in said


def test_page_qutip_and_engine_agree_on_noise(pages):
    rng = np.random.default_rng(3)
    for _ in range(8):
        figure = random_figure("noise", rng)
        ours = figure.distances()
        page = pages("noise", "noisyDistances", figure.state(), figure.undone)
        assert np.abs(ours - page).max() < PARITY
        pair = [figure.values[figure.position], figure.twin]
        engine = memory_distance(figure.cell, [figure.values], pair, position=figure.position)
        assert np.abs(ours - engine[0]).max() < PARITY


def test_a_swap_with_noise_has_a_closed_form(pages):
    """Each arrow of the input is on two qubits after one of the six gates, else on one.

    Depolarizing noise takes a factor 1 - p for each qubit: seven in all.
    """
    p = 0.03
    inputs = {"values": [1.0, 0.5], "position": 0, "twin": -1.0}
    figure = WrittenKept(layer="noise", coupling=1.0, unevenness=0.0, rate=p, **inputs)
    assert figure.distances()[0] == pytest.approx((1 - p) ** 7, abs=PARITY)
    page = pages("noise", "noisyDistances", figure.state(), 0)
    assert page[0] == pytest.approx((1 - p) ** 7, abs=PARITY)


def test_noise_shortens_the_ribbon_of_the_book():
    figure = WrittenKept(layer="noise", undone=0.5)
    left = figure.distances() / figure.distances(rate=0.0)
    assert left[0] < 0.8
    assert np.all(np.diff(left) < 0)


def test_without_coupling_nothing_is_written_at_any_rate():
    figure = WrittenKept(layer="noise", coupling=0.0, rate=0.05)
    assert figure.distances() == pytest.approx(0, abs=PARITY)


def test_wrong_layers_and_rates_are_refused():
    with pytest.raises(ValueError, match="layer"):
        WrittenKept(layer="clock")
    with pytest.raises(traitlets.TraitError, match="rate must be 0 without layer='noise'"):
        WrittenKept(rate=0.01)
    with pytest.raises(traitlets.TraitError, match="'rate' trait"):
        WrittenKept(layer="noise", rate=0.06)
    assert WrittenKept(layer="noise").rate == 0.02


@pytest.mark.parametrize("layer", LAYERS)
def test_all_four_media(layer):
    figure = WrittenKept(layer=layer)
    data, _ = figure._repr_mimebundle_()
    assert data["text/plain"] == figure.describe()
    assert len(data["image/png"]) > 5000
