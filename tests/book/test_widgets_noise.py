"""The fading memory: its page, run in an embedded V8, against the library's noisy cell."""

import json
import re
from dataclasses import replace
from functools import reduce

import numpy as np
import pytest
import traitlets
from py_mini_racer import MiniRacer
from random_cells import random_weights

from qrnnbook.widgets import CellStepper, FadingMemory
from qrnnbook.widgets._figure import STATIC
from qrnnbook.widgets.fading_memory import KINDS, TURNS
from qrnnlib import CellDesign, MeasuredCell, Noise, memory_distance
from qrnnlib.physics import gate_set

PARITY = 1e-10

#: What the page does with a figure's state, without the drawing.
GLUE = """
function faded({ cell, window, values, one_qubit_factor, position, kind, rate }) {
  const qubits = cell.systemQubits + cell.memoryQubits;
  const circuit = receivedCircuit(cell.gates, qubits);
  const vectorOf = (x) => expectations(densityOf(encode(cell, x)), cell.systemQubits);
  const noise = { kind, rate, oneQubitFactor: one_qubit_factor };
  const [one, other] = values.map((value) => {
    const read = window.map((x, t) => vectorOf(t === position ? value : x));
    return memories(circuit, read, cell.systemQubits, cell.memoryQubits, noise);
  });
  return one.map((memory, t) => distance(memory, other[t], cell.memoryQubits));
}
"""

DESIGNS = [
    CellDesign(1, 1, layers=1, disentangler=None),
    CellDesign(2, 2, layers=1, ansatz="canonical", readout="linear"),
    CellDesign(1, 2, layers=2, disentangler="inverse", encoding="angle"),
    CellDesign(2, 1, layers=2, ansatz="canonical", encoding="angle", disentangler=None),
    CellDesign(1, 3, layers=1, collapse="diagonal"),
]


@pytest.fixture(scope="module")
def page():
    """Return a function that computes in V8 what a page shows of a state."""
    source = "\n".join((STATIC / name).read_text("utf-8") for name in ("algebra.js", "noise.js"))
    source = re.sub("^import .*\n", "", source, flags=re.MULTILINE)
    with MiniRacer() as context:
        context.eval(re.sub("^export ", "", source, flags=re.MULTILINE) + GLUE)
        yield lambda state: json.loads(
            context.eval(f"JSON.stringify(Array.from(faded({json.dumps(state)})))")
        )


def a_figure(design, seed=0, **traits):
    cell = MeasuredCell(random_weights(design, seed), design)
    window = np.random.default_rng(seed).uniform(-1, 1, 6)
    return FadingMemory(cell, window, values=(-0.7, 0.9), one_qubit_factor=0.3, **traits)


@pytest.mark.parametrize("name", TURNS)
def test_turns_are_the_gates(name):
    wanted = gate_set.gate(name)
    made = reduce(
        lambda before, turn: (
            gate_set.gate(f"R{turn[0]}", turn[1]) * before
            if f"R{turn[0]}" in gate_set.ROTATIONS
            else (-0.5j * turn[1] * gate_set.pauli_string(turn[0])).expm() * before
        ),
        TURNS[name],
        gate_set.pauli_string("I" * gate_set.gate_qubits(name)),
    )
    assert abs((wanted.dag() * made).tr()) == pytest.approx(wanted.shape[0], abs=1e-12)


def test_every_gate_has_turns():
    assert set(TURNS) == set(gate_set.FIXED_GATES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_page_fades_as_the_library(page, design, kind):
    for rate, position in ((0.0, 1), (0.04, 2), (0.05, 0)):
        figure = a_figure(design, kind=kind, rate=rate, position=position)
        wanted = figure.distances(rate)
        found = page(figure.state())
        assert np.allclose(found[position:], wanted, rtol=0, atol=PARITY)
        assert np.allclose(found[:position], 0, rtol=0, atol=PARITY)


def test_distances_are_the_engines():
    """`memory_distance` is the other way to them, in JAX."""
    design = CellDesign(2, 2, layers=1, ansatz="canonical", collapse="channel")
    noise = Noise(amplitude_damping=0.03, one_qubit_factor=0.3)
    figure = a_figure(design, kind="amplitude_damping", position=2)
    noisy = MeasuredCell(random_weights(design, 0), replace(design, noise=noise))
    wanted = memory_distance(noisy, [figure.window], figure.values, position=2)[0]
    assert np.allclose(figure.distances(0.03), wanted, rtol=0, atol=PARITY)


def test_words():
    figure = a_figure(DESIGNS[1], rate=0.02, position=1, kind="amplitude_damping")
    clean, noisy = figure.distances(0.0), figure.distances(0.02)
    assert figure.describe() == (
        "Amplitude damping, 2.00 % after each gate on two qubits. The memories differ by "
        f"{noisy[0]:.3f} right after the change and, 4 values later, by {noisy[4]:.3f}: "
        f"{100 * noisy[0] / clean[0]:.0f} % and {100 * noisy[4] / clean[4]:.0f} % of what they "
        "would without noise."
    )
    figure.position = 4
    assert "1 value later," in figure.describe()


def test_refusals():
    cell = MeasuredCell(random_weights(DESIGNS[0], 0), DESIGNS[0])
    with pytest.raises(ValueError, match="window must hold at least two values, got 1"):
        FadingMemory(cell, [0.5])
    with pytest.raises(ValueError, match="values must have shape"):
        FadingMemory(cell, [0.5, 0.5], values=(1.0,))
    with pytest.raises(ValueError, match="one_qubit_factor must lie in"):
        FadingMemory(cell, [0.5, 0.5], one_qubit_factor=2.0)
    for wrong in ({"position": 1}, {"rate": 0.06}, {"rate": np.nan}, {"kind": "rain"}):
        with pytest.raises(traitlets.TraitError):
            FadingMemory(cell, [0.5, 0.5], **wrong)
    big = CellDesign(3, 2, layers=1)
    with pytest.raises(ValueError, match="cell must have at most 4 qubits"):
        FadingMemory(MeasuredCell(random_weights(big, 0), big), [0.5, 0.5])


def test_a_noisy_cell_is_not_for_a_page():
    """A page that forgot the noise would show another cell."""
    design = CellDesign(1, 1, layers=1, noise=Noise(depolarizing=0.1))
    cell = MeasuredCell(random_weights(design, 0), design)
    for figure in (CellStepper, lambda given: FadingMemory(given, [0.5, 0.5])):
        with pytest.raises(ValueError, match=r"cell must have no noise .* Noise\(depolarizing"):
            figure(cell)
