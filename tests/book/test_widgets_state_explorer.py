"""The state explorer: its Python side, and what its module computes, run in an embedded V8."""

import json
from math import pi, sqrt

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.widgets import StateExplorer
from qrnnbook.widgets._figure import bundled
from qrnnlib import bloch_vector, entropy_of_entanglement, schmidt

PARITY = 1e-12
TRAITS = {"sizes", "phases", "cell", "system_turn", "memory_turn"}


@pytest.fixture(scope="module")
def javascript():
    """Return a function that applies a function of the figure's module to many cases."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("state_explorer.js").replace("export default", "const figure ="))
        context.eval(
            "function plain(x) { return ArrayBuffer.isView(x) ? Array.from(x) : x; }"
            "function reader(state) { return (name) => state[name]; }"
        )

        def over(function, cases):
            mapped = f"{json.dumps(cases)}.map({function})"
            return json.loads(
                context.eval(f"JSON.stringify({mapped}, (key, value) => plain(value))")
            )

        yield over


def explorers():
    """Return figures of many states: random, fully entangled or not at all, rotated and not."""
    rng = np.random.default_rng(0)
    found = [StateExplorer()]
    for kind in range(60):
        ket = qutip.rand_ket([2, 2], seed=rng)
        if kind % 4 == 1:
            ket = qutip.tensor(*(qutip.rand_ket(2, seed=rng) for _ in range(2)))
        if kind % 4 == 2:
            ket = qutip.tensor(qutip.rand_unitary(2, seed=rng), qutip.qeye(2)) * qutip.bell_state()
        turns = rng.uniform(-pi, pi, 2) if kind % 3 else (0.0, 0.0)
        system_turn, memory_turn = (float(turn) for turn in turns)
        found.append(StateExplorer(ket, system_turn=system_turn, memory_turn=memory_turn))
    return found


def amplitudes(parts):
    """Return a state of the page as an array."""
    return np.array(parts["re"]) + 1j * np.array(parts["im"])


# What the page computes -------------------------------------------------------------------------


def test_page_and_python_show_the_same_state(javascript):
    figures = explorers()
    theirs = javascript("(s) => stateOf(reader(s))", [figure.state() for figure in figures])
    for figure, parts in zip(figures, theirs, strict=True):
        assert np.abs(amplitudes(parts) - figure.ket().full().ravel()).max() < PARITY


def test_page_reads_off_what_qutip_does(javascript):
    figures = explorers()
    states = [figure.state() for figure in figures]
    found = javascript("(s) => readings(stateOf(reader(s)))", states)
    for figure, reading in zip(figures, found, strict=True):
        ket = figure.ket()
        assert np.abs(reading["coefficients"] - schmidt(ket).coefficients).max() < PARITY
        # Near a product the entropy is steep.
        assert abs(reading["ebits"] - entropy_of_entanglement(ket)) < 1e-10
        for side, name in enumerate(("system", "memory")):
            assert np.abs(reading[name] - bloch_vector(ket.ptrace(side))).max() < PARITY


def test_page_says_the_same_words(javascript):
    figures = explorers()
    states = [figure.state() for figure in figures]
    said = javascript("(s) => describe(stateOf(reader(s)))", states)
    assert said == [figure.describe() for figure in figures]


def test_a_rotation_changes_the_table_and_not_the_coefficients(javascript):
    """The theorem that the figure is for, on the page as in Python."""
    figure = StateExplorer(qutip.rand_ket([2, 2], seed=3))
    before = figure.schmidt_coefficients()
    arrows = [np.linalg.norm(bloch_vector(figure.ket().ptrace(side))) for side in (0, 1)]
    tables = []
    for system_turn, memory_turn in ((0.0, 0.0), (1.0, 0.0), (1.0, -2.5), (pi, pi)):
        figure.system_turn, figure.memory_turn = system_turn, memory_turn
        assert np.abs(figure.schmidt_coefficients() - before).max() < PARITY
        lengths = [np.linalg.norm(bloch_vector(figure.ket().ptrace(side))) for side in (0, 1)]
        assert lengths == pytest.approx(arrows)
        tables.append(figure.state())
    found = javascript("(s) => readings(stateOf(reader(s))).coefficients", tables)
    assert np.abs(np.array(found) - before).max() < PARITY
    chances = np.abs([StateExplorer(**table).ket().full().ravel() for table in tables[:3]]) ** 2
    assert np.abs(chances[1:] - chances[0]).max(axis=1).min() > 0.05


def test_a_slider_goes_on_from_what_is_shown(javascript):
    """Sizes and phases as the sliders show them make the table that is shown, rotated or not."""
    figures = explorers()
    polar = javascript("(s) => polarOf(reader(s))", [figure.state() for figure in figures])
    for figure, parts in zip(figures, polar, strict=True):
        again = StateExplorer(**parts)
        assert abs(again.ket().overlap(figure.ket())) == pytest.approx(1, abs=PARITY)
        assert np.abs((again.ket() - figure.ket()).full()).max() < PARITY


@pytest.mark.parametrize("cell", range(4))
@pytest.mark.parametrize("size", [0.0, 0.3, 1.0])
def test_a_size_is_set_and_the_others_keep_their_proportions(javascript, cell, size):
    start = np.array([0.1, 0.5, 0.7, sqrt(0.25)])
    (sizes,) = javascript(f"(s) => resized(s, {cell}, {size})", [start.tolist()])
    sizes = np.array(sizes)
    assert sizes[cell] == size
    assert np.sum(sizes**2) == pytest.approx(1, abs=1e-11)
    others = np.arange(4) != cell
    assert sizes[others] / sizes[others].max() == pytest.approx(start[others] / start[others].max())
    StateExplorer(sizes=sizes.tolist())  # which would refuse what is out of range
    # There and back again, also from the end.
    normal = start / np.linalg.norm(start)
    (back,) = javascript(f"(s) => resized(s, {cell}, {normal[cell]})", [sizes.tolist()])
    assert back == pytest.approx(normal)


def test_a_lone_amplitude_shares_with_all_others(javascript):
    (sizes,) = javascript("(s) => resized(s, 1, 0.6)", [[0, 1, 0, 0]])
    assert sizes == pytest.approx([0.8 / sqrt(3), 0.6, 0.8 / sqrt(3), 0.8 / sqrt(3)])
    (sizes,) = javascript("(s) => resized(s, 1, 0)", [[0, 1, 0, 0]])
    assert sizes == pytest.approx([1 / sqrt(3), 0, 1 / sqrt(3), 1 / sqrt(3)])


@pytest.mark.parametrize("cell", range(4))
def test_a_drag_adds_a_complex_number(javascript, cell):
    """What is dragged is the amplitude; the others are scaled, and keep phase and proportion."""
    rng = np.random.default_rng(cell)
    for _ in range(20):
        ket = qutip.rand_ket([2, 2], seed=rng).full().ravel()
        by = complex(*rng.uniform(-0.3, 0.3, 2))
        wanted = ket[cell] + by
        near = abs(np.angle(wanted) * 4 / pi - round(np.angle(wanted) * 4 / pi)) * pi / 4
        if near < pi / 30 or not 0.05 < abs(wanted) < 1:
            continue  # there it snaps, which the next test is about
        start = {"sizes": np.abs(ket).tolist(), "phases": np.angle(ket).tolist()}
        (parts,) = javascript(f"(s) => draggedBy(s, {cell}, [{by.real}, {by.imag}])", [start])
        new = StateExplorer(**parts).ket().full().ravel()
        assert abs(new[cell] - wanted) < PARITY
        others = np.arange(4) != cell
        scale = np.sqrt((1 - abs(wanted) ** 2) / (1 - abs(ket[cell]) ** 2))
        assert np.abs(new[others] - scale * ket[others]).max() < PARITY


def test_a_drag_snaps_to_nothing_and_to_round_phases(javascript):
    start = {"sizes": [0.6, 0, 0, 0.8], "phases": [0.0] * 4}
    (gone,) = javascript("(s) => draggedBy(s, 0, [-0.59, 0.02])", [start])
    assert gone["sizes"] == pytest.approx([0, 0, 0, 1])
    (across,) = javascript("(s) => draggedBy(s, 0, [-1.1, 0.02])", [start])
    assert across["phases"][0] == pi
    (up,) = javascript("(s) => draggedBy(s, 1, [-0.01, 0.5])", [start])
    assert up["phases"] == [0, pi / 2, 0, 0]
    # Never further than certainty.
    (most,) = javascript("(s) => draggedBy(s, 3, [3, 0])", [start])
    assert StateExplorer(**most).ket().full()[3, 0] == pytest.approx(1)


@pytest.mark.parametrize("turns", [-3, -1, 0, 2])
def test_an_angle_without_its_full_turns(javascript, turns):
    angles = np.linspace(-3.1, 3.1, 9)
    found = javascript("(a) => wrapped(a)", (angles + 2 * pi * turns).tolist())
    assert found == pytest.approx(angles)
    assert np.abs(javascript("(a) => wrapped(a)", [pi, -pi, 3 * pi])).max() <= pi


def test_the_buttons_are_what_they_are_called(javascript):
    presets = {
        one["name"]: StateExplorer(sizes=one["sizes"], phases=one["phases"])
        for one in javascript("(k) => PRESETS[k]", list(range(6)))
    }
    ebits = {name: entropy_of_entanglement(figure.ket()) for name, figure in presets.items()}
    assert ebits.pop("Partly entangled") == pytest.approx(
        entropy_of_entanglement(StateExplorer().ket())
    )
    assert ebits == pytest.approx(
        {"Product": 0, "Bell state": 1, "Singlet": 1, "Four equal": 0, "One minus": 1}, abs=1e-9
    )
    assert (presets["Bell state"].ket() - qutip.bell_state("00")).norm() < PARITY
    assert (presets["Singlet"].ket() - qutip.singlet_state()).norm() < PARITY
    # The same chances, and the same chances of each side of "Product" and "Partly entangled".
    four, minus = (np.abs(presets[name].ket().full()) ** 2 for name in ("Four equal", "One minus"))
    assert four == pytest.approx(minus)
    for side in (0, 1):
        names = ("Product", "Partly entangled")
        chances = [presets[name].ket().ptrace(side).diag() for name in names]
        assert chances[0] == pytest.approx(chances[1])


def test_rotated_together(javascript):
    """What the exercise of that name says: two of the buttons' states stay, and no other does."""
    kept = {
        one["name"]
        for one in javascript("(k) => PRESETS[k]", list(range(6)))
        for state in [{key: one[key] for key in ("sizes", "phases")}]
        for rotated in [StateExplorer(**state, system_turn=0.7, memory_turn=0.7).ket()]
        if abs(rotated.overlap(StateExplorer(**state).ket())) > 1 - 1e-9
    }
    assert kept == {"Singlet", "Bell state"}


# The widget -------------------------------------------------------------------------------------


def test_the_first_state_and_its_words():
    figure = StateExplorer()
    assert figure.ket() == qutip.Qobj([0.6, 0, 0, 0.8], dims=[[2, 2], [1]])
    assert figure.schmidt_coefficients() == pytest.approx([0.8, 0.6])
    assert set(figure.state()) == TRAITS
    assert figure.describe() == (
        "System and memory share 0.94 ebits; the Schmidt coefficients are 0.80 and 0.60. The "
        "table has the probabilities |00⟩ 0.36, |01⟩ 0.00, |10⟩ 0.00, |11⟩ 0.64. Both Bloch "
        "arrows have the length 0.28: system (0.00, 0.00, \N{MINUS SIGN}0.28), memory (0.00, 0.00, "
        "\N{MINUS SIGN}0.28)."
    )


def test_a_ket_comes_in_and_is_shown():
    for seed in range(5):
        ket = qutip.rand_ket([2, 2], seed=seed)
        assert (StateExplorer(ket).ket() - ket).norm() < PARITY


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ([[1, 0], [0, 1]], TypeError, "state must be a QuTiP ket"),
        (qutip.basis(4, 0), ValueError, "state must have at least 2 subsystems"),
        (qutip.basis([2, 3], [0, 0]), ValueError, "state must be a ket of two qubits, got dims"),
        (2 * qutip.bell_state(), ValueError, "state must have norm 1"),
        (qutip.ket2dm(qutip.bell_state()), ValueError, "state must be a ket"),
    ],
)
def test_a_wrong_state_is_refused(wrong, error, words):
    with pytest.raises(error, match=words):
        StateExplorer(wrong)


@pytest.mark.parametrize(
    ("trait", "wrong"),
    [
        ("sizes", [0.0, 0.0, 0.0, 0.0]),
        ("sizes", [0.5, 0.5, 0.5]),
        ("sizes", [0.5, 0.5, 0.5, 1.1]),
        ("sizes", [0.5, 0.5, 0.5, float("nan")]),
        ("phases", [0.0, 0.0, 0.0, 4.0]),
        ("cell", 4),
        ("system_turn", 3.2),
        ("memory_turn", float("nan")),
    ],
)
def test_a_wrong_trait_is_refused_by_name(trait, wrong):
    figure = StateExplorer()
    before = figure.state()
    with pytest.raises(traitlets.TraitError, match=trait):
        setattr(figure, trait, wrong)
    with pytest.raises(traitlets.TraitError, match=trait):
        StateExplorer(**{trait: wrong})
    assert figure.state() == before


def test_the_picture_shows_the_rotated_state(monkeypatch):
    figure = StateExplorer(qutip.rand_ket([2, 2], seed=1), memory_turn=0.4)
    drawn = []
    monkeypatch.setattr(
        "qrnnbook.widgets.state_explorer.plotting.state_table",
        lambda state, *rest, **more: drawn.append(state),
    )
    picture = figure.still()
    plt.close(picture)
    assert drawn == [figure.ket()]
    heights = [bar.get_height() for bar in picture.axes[-1].patches]
    assert heights == pytest.approx(figure.schmidt_coefficients())
