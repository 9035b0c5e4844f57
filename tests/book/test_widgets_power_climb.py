"""The power climb: its Python side, and its search in an embedded V8, against the library's own."""

import json
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import qutip
import traitlets
from py_mini_racer import MiniRacer

from qrnnbook.widgets import PowerClimb
from qrnnbook.widgets._figure import bundled
from qrnnlib import (
    disentangling_power,
    entangling_power,
    entropy_of_entanglement,
    qubit_qutrit_gate,
)
from qrnnlib.physics import entropy_gain
from qrnnlib.physics.bipartite import bipartite
from qrnnlib.physics.lbfgs import climb

GATES = {
    "qubit and qutrit": qubit_qutrit_gate(),
    "backwards": qubit_qutrit_gate().dag(),
    "two qubits": qutip.rand_unitary([2, 2], seed=1),
    "qutrit and qubit": qutip.rand_unitary([3, 2], seed=2),
}


@pytest.fixture(scope="module")
def javascript():
    """Return a function that applies a function of the figure's module to many cases."""
    # Left to the interpreter's exit, closing can hang.
    with MiniRacer() as context:
        context.eval(bundled("power_climb.js").replace("export default", "const figure ="))
        context.eval("function plain(x) { return ArrayBuffer.isView(x) ? Array.from(x) : x; }")

        def over(function, cases):
            mapped = f"{json.dumps(cases)}.map({function})"
            return json.loads(
                context.eval(f"JSON.stringify({mapped}, (key, value) => plain(value))")
            )

        yield over


@pytest.fixture(scope="module")
def figure():
    return PowerClimb(GATES, random_state=5)


def sent(array):
    """Return complex numbers as the page has them: real parts, then imaginary ones."""
    flat = np.asarray(array).ravel()
    return [*flat.real.tolist(), *flat.imag.tolist()]


def got(numbers):
    """Return what the page has as complex numbers."""
    real, imaginary = np.reshape(numbers, (2, -1))
    return real + 1j * imaginary


# The page's search ------------------------------------------------------------------------------


@pytest.mark.parametrize("sides", [(2, 2), (4, 6), (6, 4), (4, 4), (1, 3)])
def test_entanglement_and_its_slope(javascript, sides):
    """Of random states, and where Schmidt coefficients coincide or vanish."""
    rng = np.random.default_rng(0)
    tables = [rng.normal(size=sides) + 1j * rng.normal(size=sides) for _ in range(20)]
    u, _, v = np.linalg.svd(tables[0], full_matrices=False)
    tables += [u @ v, np.outer(u[:, 0], v[0]), u[:, :2] @ v[:2] if min(sides) > 1 else u @ v]
    tables = [table / np.linalg.norm(table) for table in tables]
    found = javascript(
        f"(t) => ebitsAndSlope(Float64Array.from(t), {sides[0]})", [sent(table) for table in tables]
    )
    for table, result in zip(tables, found, strict=True):
        (ebits,), (slope,) = entropy_gain.entropies(table[None])
        assert result["ebits"] == pytest.approx(ebits, abs=1e-12)
        # Along what is zero the slope is the log of rounding, times that zero.
        assert np.abs(got(result["slope"]) - slope.ravel()).max() < 1e-12


@pytest.mark.parametrize("ancillas", [(1, 1), (2, 2), (1, 2)])
@pytest.mark.parametrize("name", GATES)
def test_each_step_is_the_librarys(javascript, name, ancillas):
    gate = bipartite(GATES[name])
    gain = entropy_gain.from_points(entropy_gain.gain(gate, ancillas, "any"))
    page = {
        "re": gate.matrix.real.ravel().tolist(),
        "im": gate.matrix.imag.ravel().tolist(),
        "dims": gate.dims,
        "ancillas": ancillas,
    }
    rng = np.random.default_rng(1)
    n = gate.matrix.shape[0] * ancillas[0] * ancillas[1]
    starts = rng.normal(size=(3, n)) + 1j * rng.normal(size=(3, n))
    paths = javascript(
        f"(s) => climbed(gainOf({json.dumps(page)}), Float64Array.from(s), 60)"
        ".map(({ value }) => value)",
        [sent(start) for start in starts],
    )
    for start, path in zip(starts, paths, strict=True):
        for k in (0, 1, 2, 3, 5, 8, 13, 21, 34, 60):
            (value,), _ = climb(gain, start[None], iterations=k)
            # Rounding grows along a climb.
            assert path[min(k, len(path) - 1)] == pytest.approx(value, abs=1e-11 if k < 9 else 1e-7)
        assert all(lower <= higher for lower, higher in pairwise(path))


def test_the_inverse_gate(javascript):
    gate = bipartite(GATES["qutrit and qubit"])
    page = {
        "re": gate.matrix.real.ravel().tolist(),
        "im": gate.matrix.imag.ravel().tolist(),
        "dims": gate.dims,
        "ancillas": (2, 1),
    }
    rng = np.random.default_rng(2)
    state = rng.normal(size=12) + 1j * rng.normal(size=12)
    (there, back, other) = javascript(
        f"""(call) => {{
          const gate = {json.dumps(page)};
          const state = Float64Array.from({json.dumps(sent(state))});
          return {{ there: acted(gate, state), back: acted(gate, acted(gate, state), true),
            other: acted(inverse(gate), acted(gate, state)) }}[call];
        }}""",
        ["there", "back", "other"],
    )
    moved = entropy_gain.apply(gate, state.reshape(1, 6, 2), (2, 1))
    assert np.abs(got(there) - moved.ravel()).max() < 1e-12
    assert np.abs(got(back) - state).max() < 1e-12
    assert np.abs(got(other) - state).max() < 1e-12


def test_page_says_the_same_words(javascript, figure):
    state = figure.state()
    cases, expected = [], []
    for name in GATES:
        for start, step in ((1, 60), (2, 0), (12, 7)):
            figure.gate, figure.start, figure.step = name, start, step
            cases.append([name, start, step])
            expected.append(figure.describe())
    said = javascript(
        f"""([name, start, step]) => {{
          const {{ gates, starts }} = {json.dumps(state)};
          const numbers = starts[start - 1];
          const reached = DIRECTIONS.map((_, k) => climbOf(gates[name], k, numbers)[step]);
          return describe(name, start, step, reached, gates[name].limits);
        }}""",
        cases,
    )
    assert said == expected


# The widget -------------------------------------------------------------------------------------


def test_a_climb_begins_at_its_start(figure):
    """Entanglement before and after the gate, from QuTiP: of the start itself, and backwards."""
    figure.gate, figure.start, figure.step = "qubit and qutrit", 3, 0
    numbers = np.reshape(figure.starts[2], (2, -1))
    ket = qutip.Qobj(numbers[0] + 1j * numbers[1], dims=[[2, 2, 3, 2], [1]]).unit()
    gate = qutip.tensor(qubit_qutrit_gate(), qutip.qeye([2, 2])).permute([0, 2, 1, 3])
    ebits, before, after = figure.reached("entangling")
    assert before == pytest.approx(entropy_of_entanglement(ket, cut=2))
    assert after == pytest.approx(entropy_of_entanglement(gate * ket, cut=2))
    assert ebits == pytest.approx(after - before)
    ebits, before, after = figure.reached("disentangling")
    assert after == pytest.approx(entropy_of_entanglement(ket, cut=2))
    assert before == pytest.approx(entropy_of_entanglement(gate.dag() * ket, cut=2))
    assert ebits == pytest.approx(before - after)


@pytest.mark.parametrize("name", GATES)
def test_the_tops_are_the_powers_and_the_limits_hold(figure, name):
    figure.gate, figure.start, figure.step = name, 1, 60
    options = {"ancillas": (2, 2), "restarts": 8, "random_state": 0}
    for direction, power in (
        ("entangling", entangling_power(GATES[name], **options)),
        ("disentangling", disentangling_power(GATES[name], **options)),
    ):
        assert figure.limit(direction) == pytest.approx(power.upper_bound, abs=1e-9)
        assert figure.reached(direction).ebits == pytest.approx(power.value, abs=1e-4)
        assert figure.reached(direction).ebits <= figure.limit(direction) + 1e-12


def test_backwards_the_two_change_places(figure):
    figure.start, figure.step = 2, 20
    figure.gate = "qubit and qutrit"
    added, removed = (figure.reached(direction) for direction in ("entangling", "disentangling"))
    limits = figure.limit("entangling"), figure.limit("disentangling")
    figure.gate = "backwards"
    assert figure.reached("disentangling").ebits == pytest.approx(added.ebits)
    assert figure.reached("entangling").ebits == pytest.approx(removed.ebits)
    assert (figure.limit("disentangling"), figure.limit("entangling")) == pytest.approx(limits)
    # Before and after change places as well.
    assert figure.reached("entangling").before == pytest.approx(removed.after)


def test_closed_forms():
    """CNOT, SWAP: one ebit and two, both ways."""
    figure = PowerClimb({"CNOT": qutip.gates.cnot(), "SWAP": qutip.gates.swap()})
    for name, ebits in (("CNOT", 1), ("SWAP", 2)):
        figure.gate = name
        for direction in ("entangling", "disentangling"):
            assert figure.limit(direction) == pytest.approx(ebits)
            assert figure.reached(direction).ebits == pytest.approx(ebits, abs=1e-6)


def test_words_and_state(figure):
    figure.gate, figure.start, figure.step = "qubit and qutrit", 1, 60
    assert figure.describe().startswith("Qubit and qutrit, start 1, 60 steps: it adds 2.000 ebits")
    assert "of 2.000 at most; it removes" in figure.describe()
    figure.step = 59  # the bounds would answer the page's question
    assert "at most" not in figure.describe()
    assert set(figure.state()) == {"gate", "start", "step", "gates", "starts"}
    assert list(json.loads(json.dumps(figure.state()))["gates"]) == list(GATES)
    assert np.shape(figure.starts) == (12, 48)
    again = PowerClimb(GATES, random_state=5)
    assert again.starts == figure.starts
    assert PowerClimb(GATES, random_state=6).starts != figure.starts


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"gates": {}}, ValueError, "gates must be a mapping"),
        ({"gates": [qutip.gates.cnot()]}, ValueError, "gates must be a mapping"),
        ({"gates": {"a": qutip.basis(2, 0)}}, ValueError, "operator must be"),
        ({"ancillas": (2,)}, TypeError, "ancillas must be two integers"),
        ({"ancillas": (5, 4)}, ValueError, "at most 64 amplitudes for a search in a page, got 80"),
        ({"gate": "SWAP"}, traitlets.TraitError, "'gate' trait of a PowerClimb"),
        ({"start": 13}, traitlets.TraitError, "start"),
        ({"step": 61}, traitlets.TraitError, "step"),
    ],
)
def test_what_is_wrong_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        PowerClimb(**{"gates": {"CNOT": qutip.gates.cnot()}, **arguments})


def test_a_direction_has_a_name(figure):
    for method in (figure.limit, figure.reached):
        with pytest.raises(
            ValueError, match="direction must be one of 'entangling', 'disentangling'"
        ):
            method("up")


@pytest.mark.parametrize("step", [9, 60])
def test_the_picture_has_both_climbs_and_at_the_end_their_limits(figure, step):
    figure.gate, figure.start, figure.step = "qubit and qutrit", 1, step
    picture = figure.still()
    for ax in picture.axes:
        up, up_mark, down, down_mark, *limits = ax.get_lines()
        for direction, line, mark in (
            ("entangling", up, up_mark),
            ("disentangling", down, down_mark),
        ):
            assert list(line.get_xdata()) == list(range(0, step + 1, 3))
            assert line.get_ydata()[-1] == pytest.approx(figure.reached(direction).ebits)
            assert mark.get_ydata()[0] == line.get_ydata()[-1]
        wanted = [figure.limit(direction) for direction in ("entangling", "disentangling")]
        heights = [limit.get_ydata()[0] for limit in limits]
        assert heights == pytest.approx(wanted if step == 60 else [])
    plt.close(picture)


@pytest.mark.parametrize(
    ("ends", "limits", "answer", "why"),
    [
        ((2.0, 1.9), (2.0, 1.95), "less", "A proof shows that it removes 1.950 at most."),
        ((1.9, 2.0), (1.95, 2.0), "more", "A proof shows that it creates 1.950 at most."),
        ((1.5, 1.5 + 1e-5), (1.8, 1.8), "as much", "create 1.500 ebits and remove 1.500."),
        ((1.5, 1.4), (1.8, 1.8), "less", "remove 1.400. No proof excludes a better state."),
        ((1.4, 1.5), (1.8, 1.8), "more", "remove 1.500. No proof excludes a better state."),
    ],
)
def test_the_answer_names_a_proof_only_where_there_is_one(javascript, ends, limits, answer, why):
    (found,) = javascript("([ends, limits]) => answerOf(ends, limits)", [[ends, limits]])
    assert found[0] == answer
    assert found[1].endswith(why)


def test_the_chapters_gate_removes_less_and_two_qubits_as_much(javascript, figure):
    """What the page answers, from the library's powers and bounds."""
    for name, answer in (("qubit and qutrit", "less"), ("two qubits", "as much")):
        figure.gate, ends = name, []
        for search in (entangling_power, disentangling_power):
            ends.append(search(GATES[name], ancillas=(2, 2), restarts=12, random_state=0).value)
        limits = [figure.limit(direction) for direction in ("entangling", "disentangling")]
        (found,) = javascript("([ends, limits]) => answerOf(ends, limits)", [[ends, limits]])
        assert found[0] == answer
