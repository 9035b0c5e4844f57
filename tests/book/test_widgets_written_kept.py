"""Written and kept: its Python side, and what its modules compute, run in an embedded V8."""

import json
from math import asin, cos, pi, sin, sqrt

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.widgets import WrittenKept
from qrnnbook.widgets._figure import bundled
from qrnnlib import average_entangling_power, average_retention, canonical_gate, memory_distance

PARITY = 1e-12
#: A coupling and an unevenness for each corner of what two-qubit gates reach.
CORNERS = {
    "none": (0.0, 0.0),
    "CNOT": (1 / 3, 1.0),
    "iSWAP": (2 / 3, 1.0),
    "SWAP": (1.0, 0.0),
}


def random_figure(rng):
    steps = int(rng.integers(2, 13))
    return WrittenKept(
        coupling=rng.uniform(),
        unevenness=rng.uniform(),
        undone=rng.uniform(),
        values=rng.uniform(-1, 1, steps).tolist(),
        position=int(rng.integers(steps)),
        twin=rng.uniform(-1, 1),
        arrived=int(rng.integers(1, steps + 1)),
    )


@pytest.fixture(scope="module")
def page():
    """Return a function: what the page's own function of that name returns, for some arguments."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("written_kept.js").replace("export default", "const figure ="))

        def called(name, *arguments):
            return json.loads(context.eval(f"JSON.stringify({name}(...{json.dumps(arguments)}))"))

        yield called


def angles_of(page, figure, undone=None):
    """Return the page's angles of a step, by default with the figure's own part undone."""
    part = figure.undone if undone is None else undone
    return page("leftOf", page("anglesOf", figure.coupling, figure.unevenness), part)


def distances_of(page, figure, undone=None):
    angles = angles_of(page, figure, undone)
    return page("distances", figure.values, figure.position, figure.twin, angles)


def shares_of(page, figure):
    found = page("sharesOf", angles_of(page, figure))
    return [found[name] for name in ("written", "kept", "lost")]


# The physics ------------------------------------------------------------------------------------


def test_page_qutip_and_engine_find_the_same(page):
    rng = np.random.default_rng(0)
    for _ in range(15):
        figure = random_figure(rng)
        ours = figure.distances()
        pair = [figure.values[figure.position], figure.twin]
        engine = memory_distance(figure.cell, [figure.values], pair, position=figure.position)
        assert np.abs(ours - engine[0]).max() < PARITY
        assert np.abs(ours - distances_of(page, figure)).max() < PARITY
        # A map that is the same for both brings no two states further apart.
        assert np.diff(ours).max(initial=0) < PARITY


def test_the_shares_are_those_of_the_library(page):
    rng = np.random.default_rng(1)
    for _ in range(15):
        figure = random_figure(rng)
        written, kept, lost = figure.shares()
        assert shares_of(page, figure) == pytest.approx([written, kept, lost], abs=PARITY)
        # What is lost is the average entangling power, which is computed in another way.
        assert lost == pytest.approx(average_entangling_power(figure.cell), abs=PARITY)


@pytest.mark.parametrize("name", CORNERS)
def test_the_corners_are_the_gates_they_are_called(page, name):
    gate = {
        "none": qutip.tensor(qutip.qeye(2), qutip.qeye(2)),
        "CNOT": qutip.gates.cnot(),
        "iSWAP": qutip.gates.iswap(),
        "SWAP": qutip.gates.swap(),
    }[name]
    coupling, unevenness = CORNERS[name]
    figure = WrittenKept(coupling=coupling, unevenness=unevenness)
    assert figure.shares()[:2] == pytest.approx(tuple(average_retention(gate)), abs=PARITY)
    across = figure.shares()[0] + figure.shares()[2] / 2
    assert across == pytest.approx(coupling, abs=PARITY)


def test_a_partial_swap_has_a_closed_form(page):
    """All inputs alike but one: a change along their arrow shrinks by cos², across it by cos.

    The first memory is at an angle of pi/4 to the arrows of the inputs 1 and -1.
    """
    for theta in (0.3, 0.8, 1.2):
        s, c = sin(theta), cos(theta)
        figure = WrittenKept(coupling=s**2, unevenness=0.0, values=[1.0] * 5, position=0, twin=-1.0)
        along, across = s**2, s * c * sin(pi / 4)
        expected = [
            sqrt((along * c ** (2 * lag)) ** 2 + (across * c**lag) ** 2) for lag in range(5)
        ]
        assert figure.distances() == pytest.approx(expected, abs=PARITY)
        assert distances_of(page, figure) == pytest.approx(expected, abs=PARITY)


def test_undoing_a_part_leaves_the_rest_of_the_angles(page):
    """The couplings commute: what is left of a partial SWAP is a weaker partial SWAP."""
    strong = WrittenKept(coupling=sin(1.2) ** 2, unevenness=0.0, undone=0.75)
    weak = WrittenKept(coupling=sin(0.3) ** 2, unevenness=0.0)
    assert strong.distances() == pytest.approx(weak.distances(), abs=PARITY)
    assert strong.shares() == pytest.approx(weak.shares(), abs=PARITY)
    strong.undone = 1.0
    assert strong.distances() == pytest.approx(0, abs=PARITY)
    assert strong.shares() == pytest.approx((0, 1, 0), abs=PARITY)


def test_a_place_in_the_triangle_finds_its_step(page):
    """Back from a place: the step stands there, or as far up or down as any of its coupling."""
    rng = np.random.default_rng(2)
    for _ in range(60):
        coupling, unevenness = rng.uniform(size=2)
        shares = page("sharesOf", page("anglesOf", coupling, unevenness))
        found = page("stepAt", shares["written"] + shares["lost"] / 2, shares["lost"])
        assert found == pytest.approx([coupling, unevenness], abs=1e-6)
    assert page("stepAt", 0.5, 0.9) == pytest.approx([0.5, 1.0])
    assert page("stepAt", 0.5, 0.0) == pytest.approx([0.5, 0.0])
    assert page("stepAt", -0.3, 0.1)[0] == 0
    assert page("stepAt", 1.3, 0.1)[0] == 1


def test_no_two_qubit_gate_is_outside_the_shaded_part(page):
    rng = np.random.default_rng(3)
    for _ in range(200):
        angles = rng.uniform(0, pi / 2, 3)
        written, kept = average_retention(canonical_gate(*angles))
        lost = 1 - written - kept
        coupling = written + lost / 2
        least, most = page("lossesAt", coupling)
        assert least - PARITY <= lost <= most + PARITY
        assert coupling == pytest.approx(np.mean(np.sin(angles) ** 2), abs=PARITY)
        # Partial SWAPs lose the least.
        assert least == pytest.approx(2 / 3 * coupling * (1 - coupling), abs=PARITY)


def test_the_nearest_part_undone_is_on_the_way(page):
    frame = "triangleIn(0, 600, 0, 120)"
    angles = [asin(sqrt(0.8))] * 3
    call = f"nearestUndone({frame}, {json.dumps(angles)}, {{x: 0, y: 120}})"
    with MiniRacer() as context:
        context.eval(bundled("written_kept.js").replace("export default", "const figure ="))
        assert context.eval(call) == 1
        at = json.loads(
            context.eval(f"JSON.stringify({frame}.place(sharesOf(leftOf({angles}, 0.4))))")
        )
        place = {"x": at[0], "y": at[1]}
        assert context.eval(f"nearestUndone({frame}, {angles}, {json.dumps(place)})") == 0.4


# The question -----------------------------------------------------------------------------------


def test_the_answer_is_what_the_cell_does(page):
    """The figure's own answer against QuTiP's, for the default and for random steps."""
    rng = np.random.default_rng(4)
    seen = set()
    figures = [WrittenKept(), WrittenKept(coupling=0.02), WrittenKept(coupling=0.0)]
    for figure in [*figures, *(random_figure(rng) for _ in range(10))]:
        lag = min(6, len(figure.values) - 1 - figure.position)
        figure.undone = 0.0
        before = round(figure.distances()[lag], 2)
        figure.undone = 0.5
        after = round(figure.distances()[lag], 2)
        key, why = page("answered", figure.state())
        expected = "same" if after == before else "longer" if after > before else "shorter"
        assert key == expected
        assert f"{after:.2f} apart {lag} step" in why
        seen.add(key)
    assert seen == {"longer", "shorter", "same"}


def test_at_first_it_is_longer_by_far(page):
    """What the book says of the figure as it is drawn first."""
    figure = WrittenKept()
    before, shares = figure.distances(), figure.shares()
    figure.undone = 0.5
    after, left = figure.distances(), figure.shares()
    assert after[0] < 0.7 * before[0]
    assert after[6] > 10 * before[6]
    assert left[0] < shares[0]
    assert left[1] > shares[1]
    key, why = page("answered", figure.state())
    assert key == "longer"
    assert "Less is written" in why
    assert "more is kept" in why


# The widget -------------------------------------------------------------------------------------


def test_the_page_says_the_same_words(page):
    rng = np.random.default_rng(5)
    figures = [WrittenKept(), *(random_figure(rng) for _ in range(20))]
    figures += [WrittenKept(undone=0.5, position=15), WrittenKept(arrived=2, twin=-0.001)]
    for figure in figures:
        alone = distances_of(page, figure, 0) if figure.undone else None
        shares = page("sharesOf", angles_of(page, figure))
        said = page("describe", figure.state(), distances_of(page, figure), alone, shares)
        assert said == figure.describe()
    assert figures[0].describe() == (
        "At step 4 one copy reads 0.80, the other \N{MINUS SIGN}0.80. Right after it their "
        "memories are 0.74 apart, 6 steps later 0.01. "
        "On average a step writes 0.56 of a change, keeps 0.26 and loses 0.18."
    )
    assert "apart. With nothing undone it would be" in figures[-2].describe()
    assert figures[-1].describe().startswith("2 of 16 values have come in. Both copies have")


@pytest.mark.parametrize("name", ["coupling", "unevenness", "undone", "twin"])
@pytest.mark.parametrize("wrong", [-1.1, 1.6, float("nan"), "half", None])
def test_wrong_numbers_are_refused_by_name(name, wrong):
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait of a WrittenKept"):
        WrittenKept(**{name: wrong})


@pytest.mark.parametrize("wrong", [[0.1], [0.0] * 25, [0.0, 1.01], [0.0, float("inf")], ["a", "b"]])
def test_wrong_series_are_refused(wrong):
    with pytest.raises(traitlets.TraitError, match=r"values|trait of a"):
        WrittenKept(values=wrong, position=0)


def test_the_changed_value_is_one_of_the_series():
    with pytest.raises(traitlets.TraitError, match="one of the 2 steps, counted from 0, got 2"):
        WrittenKept(values=[0.1, 0.2], position=2)
    figure = WrittenKept(position=5)
    with pytest.raises(traitlets.TraitError, match="one of the 4 steps, counted from 0, got 5"):
        figure.values = [0.0] * 4
    assert len(figure.values) == 16
    with pytest.raises(traitlets.TraitError, match="position"):
        figure.position = -1


def test_all_values_have_come_in_unless_told_otherwise():
    assert WrittenKept().arrived == 16
    assert WrittenKept(values=[0.1, 0.2], position=0).arrived == 2
    with pytest.raises(traitlets.TraitError, match="arrived"):
        WrittenKept(arrived=0)


def test_it_is_told_what_the_front_end_does():
    figure = WrittenKept()
    figure.set_state({"position": 0, "twin": 0.5, "coupling": 1.0})
    assert (figure.position, figure.twin, figure.coupling) == (0, 0.5, 1.0)
    assert len(figure.distances()) == 16
    names = {"coupling", "unevenness", "undone", "values", "position", "twin", "arrived"}
    assert set(figure.state()) == names | {"rate", "chamber"}
    assert (figure.rate, figure.chamber) == (0.0, {})


def test_all_four_media():
    figure = WrittenKept(undone=0.5)
    data, _ = figure._repr_mimebundle_()
    assert data["text/plain"] == figure.describe()
    assert len(data["image/png"]) > 5000
    assert figure.describe() in data["text/html"]


def test_the_pictures_axis_reads_the_distance():
    """Half the ribbon lies above 0 and half below, and either edge is at the distance."""
    swap = WrittenKept(coupling=1.0, values=[1, -1, -1], position=0, twin=-1)
    figure = swap.still()
    ribbon = figure.axes[1]
    figure.draw_without_rendering()
    named = {tick.get_position()[1]: tick.get_text() for tick in ribbon.get_yticklabels()}
    (band,) = ribbon.collections
    edges = band.get_paths()[0].get_extents()
    plt.close(figure)
    assert named[edges.y0] == named[edges.y1] == "1"
    assert named[(edges.y0 + edges.y1) / 2] == "0"
