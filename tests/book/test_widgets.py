"""The base of the live figures and the dance, on the Python side; tests/pages has the pages."""

import base64
import inspect
import io
import json
import math
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
import traitlets
from bs4 import BeautifulSoup
from PIL import Image
from py_mini_racer import MiniRacer

from qrnnbook import widgets
from qrnnbook.widgets import Dance
from qrnnbook.widgets._figure import STATIC, Finite, LiveFigure, bundled, embedded, styled
from qrnnlib import entropy_of_entanglement

FIGURES = [getattr(widgets, name) for name in widgets.__all__]
SCRIPTS = sorted(path.name for path in STATIC.glob("*.js") if "export default" in path.read_text())
VIEW = "application/vnd.jupyter.widget-view+json"
UNMEASURED = ["input", "entangler", "disentangler", "moment"]
FURTHEST = {"input": math.pi, "entangler": math.pi, "disentangler": math.pi, "moment": 2.0}


def whole(script):
    """Return a bundle as the body of a strict function that returns the figure.

    In a strict block, as in a module, no two functions may share a name.
    """
    return f'"use strict"; {{ {bundled(script).replace("export default", "return")} }}'


def test_each_figure_has_a_script():
    assert {figure.script for figure in FIGURES} <= set(SCRIPTS)
    assert all(issubclass(figure, LiveFigure) for figure in FIGURES)
    assert all(inspect.getdoc(figure) for figure in FIGURES)


@pytest.mark.parametrize("script", SCRIPTS)
def test_bundle_is_one_module(script):
    module = bundled(script)
    assert not re.search(r"^\s*import\b|\bimport\(", module, flags=re.MULTILINE)
    assert re.findall(r"^export .*", module, flags=re.MULTILINE) == ["export default { render };"]
    for name in ("algebra.js", "drawing.js"):
        # Shared code is there once.
        exported = re.findall(r"^export function (\w+)", (STATIC / name).read_text(), flags=re.M)
        assert exported
        for function in exported:
            assert len(re.findall(rf"^function {function}\(", module, flags=re.M)) == 1, function


@pytest.mark.parametrize("script", SCRIPTS)
def test_bundle_needs_no_page_before_it_draws(script):
    """It parses, as a module would, and gives a figure, where there is no document at all."""
    context = MiniRacer()
    assert context.eval(f"typeof new Function({json.dumps(whole(script))})().render") == "function"


@pytest.mark.parametrize("script", SCRIPTS)
def test_bundle_loads_nothing(script):
    module = bundled(script)
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|importScripts|\beval\(", module)
    addresses = set(re.findall(r"https?://[^\s\"'`)]+", module))
    assert addresses <= {"http://www.w3.org/2000/svg"}  # the name of a language, not a place


def test_what_anywidget_reads():
    """Figures have the bundle and the style themselves; the base has neither."""
    for figure in FIGURES:
        assert figure._esm == bundled(figure.script)
        assert figure._css == styled()
    assert "_esm" not in LiveFigure.__dict__


def test_four_media():
    dance = Dance(entangler=1.25)
    data, metadata = dance._repr_mimebundle_()
    assert set(data) == {VIEW, "text/html", "image/png", "text/plain"}
    assert metadata == {}
    assert data[VIEW]["model_id"] == dance.model_id
    assert data["text/plain"] == dance.describe()
    assert json.loads(json.dumps(data)) == data
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as image:
        image.load()
        assert image.width > 400
        assert len(image.getcolors()) > 5
    assert repr(dance) == f"<Dance: {dance.describe()}>"


def test_page_is_sufficient_unto_itself():
    dance = Dance()
    soup = BeautifulSoup(dance.as_html(), "html.parser")
    (style,), (script,) = soup.find_all("style"), soup.find_all("script")
    assert style.string == styled()
    assert script["type"] == "module"
    assert "src" not in script.attrs
    (place,) = soup.select("[data-figure]")
    assert place["data-figure"] == "Dance"
    # Jupyter's formulas stay out: a name with two dollar signs is a name.
    assert place["class"] == ["qrnn-live", "mathjax_ignore", "tex2jax_ignore"]
    image = place.select_one("noscript img")
    assert image["alt"] == dance.describe()
    assert image["src"].startswith("data:image/png;base64,")
    assert len(dance.as_html()) < 80_000
    assert "export default" not in script.string
    # Two of them on a page are two places.
    assert f'id="qrnn-{Dance().model_id}"' not in dance.as_html()


def test_state_is_all_that_the_front_end_reads():
    dance = Dance(moment=0.5)
    read = set(re.findall(r'\bget\("(\w+)"\)', (STATIC / "dance.js").read_text()))
    assert set(dance.state()) == {*UNMEASURED, "outcome"} >= read > {"moment"}
    assert dance.state()["moment"] == 0.5
    assert json.loads(embedded(dance.state())) == dance.state()
    assert embedded(dance.state()) in dance.as_html()


@pytest.mark.parametrize("text", ["</script>", "<!-- <script>", "\u2028", "'\"\\", "é ⟩"])
def test_state_is_escaped(text):
    written = embedded({text: [text]})
    assert "<" not in written
    assert "\u2028" not in written
    assert MiniRacer().eval(f"JSON.stringify({written})") == json.dumps(
        {text: [text]}, ensure_ascii=False, separators=(",", ":")
    )


def test_state_that_json_cannot_hold():
    with pytest.raises(ValueError, match="JSON compliant"):
        embedded([math.inf])


def test_pyplot_keeps_no_picture():
    before = plt.get_fignums()
    Dance()._repr_mimebundle_()
    assert plt.get_fignums() == before


# Traits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNMEASURED)
@pytest.mark.parametrize("wrong", [-0.01, 7.0, math.nan, math.inf, "1", None])
def test_wrong_numbers_are_refused(name, wrong):
    dance = Dance()
    before = dance.state()
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait"):
        setattr(dance, name, wrong)
    with pytest.raises(traitlets.TraitError, match=f"'{name}' trait"):
        Dance(**{name: wrong})
    assert dance.state() == before


@pytest.mark.parametrize("name", UNMEASURED)
def test_ends_are_allowed(name):
    for value in (0.0, FURTHEST[name], np.float64(0.5), 1):
        assert getattr(Dance(**{name: value}), name) == value


@pytest.mark.parametrize("wrong", [-2, 2, 0.5, "0"])
def test_wrong_outcomes_are_refused(wrong):
    with pytest.raises(traitlets.TraitError, match="'outcome' trait"):
        Dance(outcome=wrong)


@pytest.mark.parametrize(("start", "impossible"), [(0.0, 1), (math.pi, 0)])
def test_impossible_outcomes_are_refused(start, impossible):
    with pytest.raises(traitlets.TraitError, match=r"'outcome' trait .* that can occur"):
        Dance(input=start, outcome=impossible)
    dance = Dance(input=start, outcome=1 - impossible)
    with pytest.raises(traitlets.TraitError, match=r"'outcome' trait .* that can occur"):
        dance.outcome = impossible


def test_every_number_of_every_figure_is_finite():
    """Traitlets' own numbers let NaN through."""
    for figure in FIGURES:
        for name, trait in figure.class_traits(sync=True).items():
            if isinstance(trait, traitlets.Float):
                assert isinstance(trait, Finite), f"{figure.__name__}.{name}"


def test_traits_go_both_ways():
    """Python hears of a change, and what a front end sends becomes a value of Python."""
    dance, heard = Dance(), []
    dance.observe(
        lambda change: heard.append((change["name"], change["new"])), [*UNMEASURED, "outcome"]
    )
    dance.entangler = 0.5
    dance.set_state({"disentangler": 0.25, "outcome": 1})  # what a message from a front end calls
    assert ("entangler", 0.5) in heard
    assert ("disentangler", 0.25) in heard
    assert (dance.disentangler, dance.outcome) == (0.25, 1)
    assert dance.get_state("disentangler") == {"disentangler": 0.25}


@pytest.mark.parametrize("name", UNMEASURED)
def test_a_change_takes_the_measurement_back(name):
    dance = Dance(outcome=1)
    assert dance.outcome == 1
    setattr(dance, name, 0.3)
    assert dance.outcome == -1


# The physics ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page():
    """Return a function: what the page computes from a state of the figure, by an expression."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("dance.js").replace("export default", "const figure ="))

        def computed(state, expression):
            call = f"const s = {json.dumps(state)}, get = (name) => s[name];"
            return json.loads(
                context.eval(f"(() => {{ {call} return JSON.stringify({expression}); }})()")
            )

        yield computed


def drawn_by(page, state):
    """Return the joint state that the page draws."""
    parts = page(state, "(({ re, im }) => [[...re], [...im]])(stateOf(get))")
    return np.array(parts[0]) + 1j * np.array(parts[1])


def test_page_and_python_draw_the_same_state(page):
    rng = np.random.default_rng(0)
    for _ in range(50):
        dance = Dance(**{name: rng.uniform(0, FURTHEST[name]) for name in UNMEASURED})
        ours = dance.ket().full().ravel()
        assert np.abs(drawn_by(page, dance.state()) - ours).max() < 1e-12
        assert np.linalg.norm(ours) == pytest.approx(1)


def test_page_draws_the_row_that_was_measured(page):
    dance = Dance(outcome=1)
    row = dance.ket().full().reshape(2, 2)[1]
    expected = np.concatenate([[0, 0], row / np.linalg.norm(row)])
    assert np.abs(drawn_by(page, dance.state()) - expected).max() < 1e-12


def test_page_and_python_say_the_same_words(page):
    rng = np.random.default_rng(1)
    for k in range(40):
        values = {name: rng.uniform(0, FURTHEST[name]) for name in UNMEASURED}
        if k % 4 == 0:
            values["moment"] = float(k % 3)
        dance = Dance(**values, outcome=[-1, -1, 0, 1][k % 4])
        assert page(dance.state(), "describe(get)") == dance.describe()


@pytest.mark.parametrize("moment", [0.0, 0.37, 1.0, 1.4, 2.0])
def test_the_state_is_what_the_gates_make(moment):
    """The same from QuTiP's gates: a rotation of the memory where the system is in |1>."""
    dance = Dance(input=1.1, entangler=2.3, disentangler=0.7, moment=moment)

    def rotated(angle):
        return (-0.5j * angle * qutip.sigmay()).expm()

    def where_one(angle):
        zero, one = (qutip.ket2dm(qutip.basis(2, k)) for k in (0, 1))
        return qutip.tensor(zero, qutip.qeye(2)) + qutip.tensor(one, rotated(angle))

    state = qutip.tensor(rotated(1.1) * qutip.basis(2, 0), qutip.basis(2, 0))
    state = where_one(2.3 * min(moment, 1)) * state
    state = where_one(-0.7 * max(moment - 1, 0)) * state
    assert (dance.ket() - state).norm() < 1e-12
    assert dance.ket().dims == [[2, 2], [1]] == state.dims


def test_words():
    assert Dance(moment=0.0).describe().startswith("Before: system and memory share 0.00 ebits.")
    equal = Dance(input=math.pi / 2, entangler=math.pi)
    assert equal.describe() == (
        "After the entangler: system and memory share 1.00 ebits. A measurement of the system "
        "gives outcome 0 with probability 0.50, outcome 1 with 0.50."
    )
    assert entropy_of_entanglement(equal.ket()) == pytest.approx(1)
    inverse = Dance(entangler=1.2, disentangler=1.2, moment=2.0)
    assert inverse.describe().startswith("After the disentangler: system and memory share 0.00")
    stages = {0.5: "Entangling:", 1.5: "Disentangling:"}
    for moment, stage in stages.items():
        assert Dance(moment=moment).describe().startswith(stage)
    # cos²(π/6) is three quarters.
    assert Dance(input=math.pi / 3, outcome=0).describe() == (
        "The measurement gave outcome 0, which had the probability 0.75. Its row, rescaled, is the "
        "memory; no entanglement is left."
    )


def test_still_picture_shows_the_state_that_was_measured(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        widgets.dance.plotting, "state_table", lambda state, *rest, **more: drawn.append(state)
    )
    for outcome in (-1, 0, 1):
        dance = Dance(outcome=outcome)
        plt.close(dance.still())
        weights = np.abs(drawn[-1].full().reshape(2, 2)) ** 2
        assert weights.sum() == pytest.approx(1)
        if outcome < 0:
            assert drawn[-1] == dance.ket()
        else:
            assert weights[outcome].sum() == pytest.approx(1)
