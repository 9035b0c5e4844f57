"""The gate explorer: its Python side, and what its module computes, run in an embedded V8."""

import base64
import io
import json
import re
from math import pi

import numpy as np
import PIL.Image
import pytest
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.plotting import weyl as chamber
from qrnnbook.widgets import GateExplorer
from qrnnbook.widgets._figure import bundled
from qrnnlib import (
    average_entangling_power,
    canonical_coordinates,
    canonical_gate,
    entangling_power,
)
from qrnnlib.physics.weyl import NAMED_POINTS

CORNERS = pi * np.array([[0, 0, 0], [1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 2, 1 / 2, 1 / 2]])
POINTS = {name: np.array(point) for name, point in NAMED_POINTS.items()}
CNOT = {"c1": pi / 2, "c2": 0.0, "c3": 0.0}
SWAP = {"c1": pi / 2, "c2": pi / 2, "c3": pi / 2}
#: CPHASE(pi/2), with c1 and c2 exchanged and c1 shifted by pi: outside the chamber.
CPHASE = {"c1": pi, "c2": pi / 4, "c3": 0.0}


@pytest.fixture(scope="module")
def javascript():
    """Return a function that applies a function of the figure's module to many cases."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("gate_explorer.js").replace("export default", "const figure ="))

        def over(function, cases):
            values = json.dumps(np.asarray(cases).tolist())
            return json.loads(context.eval(f"JSON.stringify({values}.map({function}))"))

        yield over


# The page's algebra ---------------------------------------------------------------------------


def test_any_triple_is_folded_into_the_chamber_as_in_python(javascript):
    rng = np.random.default_rng(0)
    eighths = [(a, b, c) for a in range(9) for b in range(9) for c in range(9)]
    points = [*rng.uniform(0, pi, (200, 3)), *rng.uniform(-9, 9, (50, 3))]
    points += [np.array(triple) * pi / 8 for triple in eighths]
    folded = np.array(javascript("folded", points))
    expected = np.array([canonical_coordinates(canonical_gate(*point)) for point in points])
    assert np.abs(folded - expected).max() < 1e-10


def test_assisted_power_is_what_a_search_over_all_states_finds(javascript):
    rng = np.random.default_rng(1)
    # Spread out, and near edges and corners, where climbs are steep.
    points = [*rng.dirichlet([1] * 4, 120) @ CORNERS, *rng.dirichlet([0.2] * 4, 80) @ CORNERS]
    points += list(NAMED_POINTS.values())
    climbed = np.array(javascript("(c) => assistedPower(...c)", points))
    searched = [
        entangling_power(canonical_gate(*point), ancillas=(2, 2), restarts=10, random_state=0).value
        for point in points
    ]
    assert np.abs(climbed - searched).max() < 1e-6


def test_assisted_power_in_closed_form(javascript):
    points = [NAMED_POINTS[name] for name in ("identity", "CNOT", "iSWAP", "SWAP")]
    assert javascript("(c) => assistedPower(...c)", points) == pytest.approx([0, 1, 2, 2], abs=1e-9)


def test_assisted_power_does_not_flicker(javascript):
    """Neighbours have neighbouring values: no climb is lost on the way."""
    between = np.linspace(0, 1, 400)[:, None]
    for start, end in (
        (CORNERS[0], CORNERS[3]),
        (CORNERS[1], CORNERS[2]),
        (CORNERS[0], CORNERS[1]),
    ):
        values = javascript("(c) => assistedPower(...c)", start + between * (end - start))
        assert np.abs(np.diff(values)).max() < 2 * 0.006 * pi


def test_a_place_in_the_picture_is_a_point_of_the_chamber(javascript):
    """The way back from the picture: as deep as before, or as deep as the chamber goes there."""
    rng = np.random.default_rng(2)
    across, up = chamber.VIEW
    sight = np.cross(across, up)
    points = rng.dirichlet([1] * 4, 100) @ CORNERS / pi
    flat = [(p @ across) * across + (p @ up) * up for p in points]
    stretches = javascript(f"(p) => stretchInside(p, {sight.tolist()})", flat)
    for point, (first, last) in zip(points, stretches, strict=True):
        assert first <= point @ sight <= last
        for depth in (first, last):
            c1, c2, c3 = point + (depth - point @ sight) * sight
            assert max(-c3, c3 - c2, c2 - c1, c1 + c2 - 1) == pytest.approx(0, abs=1e-12)
    outside = [5 * across, -5 * across, 5 * up, -5 * up]
    assert javascript(f"(p) => stretchInside(p, {sight.tolist()})", outside) == [None] * 4


@pytest.mark.parametrize("power", [0.02, 0.08, 0.15, 0.2])
def test_the_farthest_gate_of_equal_average_power(javascript, power):
    """It has that power, lies in the chamber, and no sampled gate of that power lies farther."""
    rng = np.random.default_rng(4)
    points = rng.dirichlet([1] * 4, 40_000) @ CORNERS
    doubled = np.cos(2 * points)
    average = (3 - sum(doubled[:, i] * doubled[:, i - 1] for i in range(3))) / 18
    gate = points[np.abs(average - power).argmin()]
    (found,) = javascript("farthestEqual", [gate / pi])
    there = pi * np.array(found["point"])
    powers = [average_entangling_power(canonical_gate(*point)) for point in (gate, there)]
    assert powers[0] == pytest.approx(powers[1], abs=1e-9)
    assert max(-there[2], there[2] - there[1], there[1] - there[0]) < 1e-9
    assert there[0] + there[1] < pi + 1e-9
    alike = points[np.abs(average - power) < 5e-4]
    # On the base of the chamber the left and the right half are the same gates.
    mirrored = np.array([pi, 0, 0]) + alike * [-1, 1, -1]
    distances = [np.linalg.norm(near - gate, axis=1) for near in (alike, mirrored)]
    assert np.minimum(*distances).max() < pi * found["distance"] + 0.02


def test_questions_are_answered_by_numbers(javascript):
    named = [{"label": name, "point": (point / pi).tolist()} for name, point in POINTS.items()]
    (best,) = javascript(
        f'(now) => QUESTIONS["at best"].reveal({{ named: {json.dumps(named)}, now }})', [[0, 0, 0]]
    )
    assert best["right"] == "SWAP"
    assert best["point"] == [0.5, 0.5, 0.5]
    assert best["why"] == (
        "From a product state SWAP creates 0.00 ebits and CNOT 1.00. With ancillas it is 2.00 "
        "against 1.00."
    )
    half, corner = javascript(
        '(now) => QUESTIONS["same average"].reveal({ now })', [[0.2, 0.1, 0.0], [0.5, 0.0, 0.0]]
    )
    assert half["right"] == corner["right"] == "yes"
    # All gates between CNOT and iSWAP have the largest average power.
    assert corner["point"] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)
    assert "average power 0.222 too" in corner["why"]


# The widget -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["c1", "c2", "c3"])
@pytest.mark.parametrize("value", [-0.1, 3.2, float("nan"), float("inf"), "half", None])
def test_a_wrong_coordinate_is_refused_by_name(name, value):
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait of a GateExplorer"):
        GateExplorer(**{name: value})
    explorer = GateExplorer()
    before = explorer.state()
    with pytest.raises(traitlets.TraitError, match=name):
        setattr(explorer, name, value)
    assert explorer.state() == before


def test_the_picture_is_not_to_be_set():
    with pytest.raises(traitlets.TraitError, match="chamber"):
        GateExplorer().chamber = {}


def test_the_front_end_gets_the_numbers_of_the_still_picture():
    state = GateExplorer(**CNOT).state()
    assert set(state) == {"c1", "c2", "c3", "asks", "chamber"}
    drawn = json.loads(json.dumps(state["chamber"]))
    assert drawn["view"] == chamber.VIEW.tolist()
    assert np.allclose(drawn["edges"], chamber.EDGES)
    named = {gate["label"]: gate["point"] for gate in drawn["gates"] if not gate["twin"]}
    assert np.allclose(list(named.values()), np.array(list(NAMED_POINTS.values())) / pi)
    assert "√SWAP⁻¹" in named


def test_coordinates_go_both_ways():
    explorer = GateExplorer()
    explorer.c1 = 1.0
    explorer.set_state({"c2": 0.5, "c3": 0.2})  # what a drag in the front end sends
    assert explorer.state()["c1"] == 1.0
    assert explorer.point() == pytest.approx([1.0, 0.5, 0.2], abs=1e-12)


@pytest.mark.parametrize(
    ("coordinates", "powers", "words"),
    [
        (CNOT, (2 / 9, 1, 1), "at (0.50, 0.00, 0.00) π, CNOT, is a perfect entangler"),
        ({"c1": pi / 2, "c2": pi / 2, "c3": pi / 2}, (0, 0, 2), "SWAP, is not a perfect entangler"),
        # Outside the chamber: CPHASE(pi/2), with c1 and c2 exchanged and c1 shifted by pi.
        (
            {"c1": pi, "c2": pi / 4, "c3": 0.0},
            (1 / 9, 0.60087604, 0.68782601),
            "(0.25, 0.00, 0.00)",
        ),
    ],
)
def test_powers_and_words(coordinates, powers, words):
    explorer = GateExplorer(**coordinates)
    assert explorer.powers() == pytest.approx(powers, abs=1e-7)
    assert words in explorer.describe()
    assert f"up to {powers[2]:.2f} from any state with ancillas (2, 2)" in explorer.describe()
    assert repr(explorer) == f"<GateExplorer: {explorer.describe()}>"


#: Outside the perfect entanglers, by more and by less than what is printed; the last lies inside.
ALMOST = [(pi * (1 / 2 - d), 0.0, 0.0) for d in (0.02, 4e-3, 1e-3, 1e-6, 2e-9)] + [
    (pi * (0.25 + 2e-3), pi * 0.25, 0.0)
]


@pytest.mark.parametrize("point", ALMOST)
def test_no_rounded_number_denies_the_verdict(point):
    """A gate that is not a perfect entangler has neither a full ebit nor a perfect one's place."""
    words = GateExplorer(**dict(zip(CNOT, point, strict=True))).describe()
    perfect = sum(point) >= pi / 2
    assert ("not a perfect entangler" in words) != perfect
    ebits = re.search("creates up to (.*) from a product state", words)[1]
    assert (ebits == "1.00 ebits") == perfect
    place = re.search(r"(at|near) \((.*), (.*), 0.00\) π", words)
    there = float(place[2]) + float(place[3]) >= 0.5
    assert place[1] == ("at" if there == perfect else "near")
    assert "CNOT" not in words


def test_the_page_says_the_same_words(javascript):
    points = [*NAMED_POINTS.values(), *np.random.default_rng(3).dirichlet([1] * 4, 20) @ CORNERS]
    points += ALMOST
    explorers = [GateExplorer(**dict(zip(CNOT, point, strict=True))) for point in points]
    names = [chamber.spelled(name) for name in NAMED_POINTS] + [None] * len(points)
    words = javascript(
        f"""(c, k) => describe(c, {json.dumps(names)}[k],
          READINGS.map((reading) => reading.of(...c)), isPerfectEntangler(...c))""",
        points,
    )
    assert words == [explorer.describe() for explorer in explorers]


def test_all_four_media():
    explorer = GateExplorer(**CNOT)
    data, _ = explorer._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert data["text/plain"] == explorer.describe()
    picture = PIL.Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert min(picture.size) > 300
    page = data["text/html"]
    assert "CNOT, is a perfect entangler" in re.search('alt="([^"]*)"', page)[1]
    # One script, closed once; nothing is loaded.
    assert page.count("<script") == page.count("</script") == 1
    assert not re.search(
        r"^import\s|\bsrc=\"(?!data:)|https?://(?!www\.w3\.org)", page, re.MULTILINE
    )
    state = json.loads(re.findall(r"mount\(figure, .*?\), (\{.*\})\);", page)[0])
    assert state["c1"] == pi / 2
