"""The fading ribbon: its Python side, and what its module computes, run in an embedded V8."""

import json
from math import cos, pi, sin

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.widgets import FadingRibbon
from qrnnbook.widgets._figure import bundled
from qrnnlib import memory_distance

PARITY = 1e-12


def random_ribbon(rng):
    steps = int(rng.integers(2, 13))
    return FadingRibbon(
        hug=rng.uniform(0, pi / 2),
        break_up=rng.uniform(0, pi / 2),
        values=rng.uniform(-1, 1, steps).tolist(),
        position=int(rng.integers(steps)),
        twin=rng.uniform(-1, 1),
    )


@pytest.fixture(scope="module")
def page():
    """Return a function: what the page's own function of that name returns, for some arguments."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("fading_ribbon.js").replace("export default", "const figure ="))

        def called(name, *arguments):
            return json.loads(context.eval(f"JSON.stringify({name}(...{json.dumps(arguments)}))"))

        yield called


def of_page(page, ribbon, break_up=None):
    state = ribbon.state()
    turned = state["break_up"] if break_up is None else break_up
    names = ("values", "position", "twin", "hug")
    return page("distances", *[state[name] for name in names], turned)


# The physics ------------------------------------------------------------------------------------


def test_page_qutip_and_engine_find_the_same(page):
    rng = np.random.default_rng(0)
    for _ in range(20):
        ribbon = random_ribbon(rng)
        ours = ribbon.distances()
        pair = [ribbon.values[ribbon.position], ribbon.twin]
        engine = memory_distance(ribbon.cell, [ribbon.values], pair, position=ribbon.position)
        assert np.abs(ours - engine[0]).max() < PARITY
        assert np.abs(ours - of_page(page, ribbon)).max() < PARITY
        # A map that is the same for both brings no two states further apart.
        assert np.diff(ours).max(initial=0) < PARITY


@pytest.mark.parametrize(("hug", "break_up"), [(0.3, 0.0), (1.2, 0.4), (0.2, 1.0), (pi / 2, 0.0)])
def test_among_basis_states_it_is_the_closed_form(page, hug, break_up):
    """The chapter's formula for a partial swap, by the angle that is left."""
    left = hug - break_up
    ribbon = FadingRibbon(
        hug=hug, break_up=break_up, values=[-1, -1, 1, -1, -1, -1], position=2, twin=-1
    )
    expected = [sin(left) ** 2 * cos(left) ** (2 * lag) for lag in range(4)]
    assert ribbon.distances() == pytest.approx(expected, abs=PARITY)
    assert of_page(page, ribbon) == pytest.approx(expected, abs=PARITY)


def test_only_what_the_break_up_leaves_of_the_hug_counts():
    ribbon = FadingRibbon(hug=0.9, break_up=0.5)
    ahead = ribbon.distances()
    ribbon.hug, ribbon.break_up = 1.1, 0.7
    assert ribbon.distances() == pytest.approx(ahead, abs=PARITY)
    ribbon.break_up = ribbon.hug
    assert ribbon.distances() == pytest.approx(0, abs=PARITY)


def test_a_break_up_may_keep_longer_what_it_writes_less():
    """What the page says of the figure as it is drawn first."""
    ribbon = FadingRibbon()
    with_it = ribbon.distances()
    ribbon.break_up = 0.0
    alone = ribbon.distances()
    assert with_it[0] < 0.7 * alone[0]
    assert with_it[4] > 4 * alone[4]


# The widget -------------------------------------------------------------------------------------


def test_the_page_says_the_same_words(page):
    rng = np.random.default_rng(1)
    ribbons = [FadingRibbon(), *(random_ribbon(rng) for _ in range(20))]
    ribbons += [FadingRibbon(break_up=0.0), FadingRibbon(position=11, twin=-0.001)]
    for ribbon in ribbons:
        alone = of_page(page, ribbon, 0) if ribbon.break_up else None
        arguments = ribbon.values, ribbon.position, ribbon.twin, of_page(page, ribbon), alone
        assert page("describe", *arguments) == ribbon.describe()
    assert ribbons[0].describe() == (
        "At step 4 one copy reads 0.80, the other \N{MINUS SIGN}0.80. Their memories are "
        "0.47 apart right after it, at the last step 0.05. "
        "After the hug alone it would be 0.74 and 0.00."
    )
    # At the last step there is no later one; and there is no minus zero.
    assert "the other 0.00. Their memories" in ribbons[-1].describe()
    assert "right after it. After the hug alone" in ribbons[-1].describe()


@pytest.mark.parametrize("name", ["hug", "break_up", "twin"])
@pytest.mark.parametrize("wrong", [-1.1, 1.6, float("nan"), "half", None])
def test_wrong_numbers_are_refused_by_name(name, wrong):
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait of a FadingRibbon"):
        FadingRibbon(**{name: wrong})


@pytest.mark.parametrize("wrong", [[0.1], [0.0] * 25, [0.0, 1.01], [0.0, float("inf")], ["a", "b"]])
def test_wrong_series_are_refused(wrong):
    with pytest.raises(traitlets.TraitError, match=r"values|trait of a"):
        FadingRibbon(values=wrong, position=0)


def test_the_changed_value_is_one_of_the_series():
    with pytest.raises(traitlets.TraitError, match="one of the 2 steps, counted from 0, got 2"):
        FadingRibbon(values=[0.1, 0.2], position=2)
    ribbon = FadingRibbon(position=5)
    with pytest.raises(traitlets.TraitError, match="one of the 4 steps, counted from 0, got 5"):
        ribbon.values = [0.0] * 4
    assert len(ribbon.values) == 12
    with pytest.raises(traitlets.TraitError, match="position"):
        ribbon.position = -1


def test_it_is_told_what_the_front_end_does():
    ribbon = FadingRibbon()
    ribbon.set_state({"position": 0, "twin": 0.5, "hug": 1.0})
    assert (ribbon.position, ribbon.twin, ribbon.hug) == (0, 0.5, 1.0)
    assert len(ribbon.distances()) == 12
    assert set(ribbon.state()) == {"hug", "break_up", "values", "position", "twin"}


def test_all_four_media():
    ribbon = FadingRibbon(break_up=0.0)
    data, _ = ribbon._repr_mimebundle_()
    assert data["text/plain"] == ribbon.describe()
    assert len(data["image/png"]) > 5000
    assert ribbon.describe() in data["text/html"]


def test_the_pictures_axis_reads_the_distance():
    """Half the ribbon lies above 0 and half below, and either edge is at the distance."""
    swap = FadingRibbon(hug=pi / 2, break_up=0.0, values=[1, -1, -1], position=0, twin=-1)
    figure = swap.still()
    bottom = figure.axes[1]
    figure.draw_without_rendering()
    named = {tick.get_position()[1]: tick.get_text() for tick in bottom.get_yticklabels()}
    (band,) = bottom.collections
    edges = band.get_paths()[0].get_extents()
    plt.close(figure)
    assert named[edges.y0] == named[edges.y1] == "1"
    assert named[(edges.y0 + edges.y1) / 2] == "0"
