"""What the experiment on design measures: capacities of known memories, targets, circuits."""

import numpy as np
import pytest
from experiments import design_guides as guides

STEPS, BEFORE = 4050, 50


def inputs():
    return np.random.default_rng(0).uniform(-1, 1, STEPS)


def register(values, length):
    """Return the last inputs of each step: (steps, length)."""
    return np.stack([np.roll(values, lag) for lag in range(length)], axis=1)


def test_a_shift_register_recalls_what_it_holds_and_nothing_else():
    values = inputs()
    mixed = register(values, 4) @ np.random.default_rng(1).normal(size=(4, 4))
    for read in (register(values, 4), mixed):
        found = np.array(guides.memory_capacity(read, values, range(10), BEFORE))
        np.testing.assert_allclose(found[:4], 1, atol=1e-9)
        assert found[4:].max() < 0.02
        assert found.sum() == pytest.approx(4, abs=0.05)


def test_noise_leaves_its_share():
    values = inputs()
    noise = np.random.default_rng(2).uniform(-2, 2, STEPS)  # of four times the variance
    (found,) = guides.memory_capacity((values + noise)[:, None], values, range(1), BEFORE)
    assert found == pytest.approx(1 / 5, abs=0.04)


def test_a_state_that_is_constant_recalls_nothing():
    found = guides.memory_capacity(np.ones((STEPS, 2)), inputs(), range(3), BEFORE)
    assert found == pytest.approx([0, 0, 0], abs=1e-12)


@pytest.mark.parametrize("name", [n for n in guides.SERIES if n != "weather"])
def test_targets_are_those_of_the_series(name):
    task = guides.made(name, guides.DRAWS[1])
    known = task.targets[guides.STEPS - 1 :][: task.train]
    assert known.mean() == pytest.approx(0, abs=1e-9)
    assert known.std() == pytest.approx(1)
    lag = guides.SERIES[name]
    if lag is not None:
        later = task.targets[lag:]
        assert np.corrcoef(later, task.inputs[: len(later)])[0, 1] == pytest.approx(1)
    if name == "sine of 300":  # one step ahead, on a scale that the training part fixes
        assert np.corrcoef(task.targets[:-1], task.inputs[1:])[0, 1] == pytest.approx(1)
        assert np.abs(task.inputs[: task.train + guides.STEPS - 1]).max() == pytest.approx(1)


def test_narma_obeys_its_recursion():
    drive = np.random.default_rng(3).uniform(0, 0.5, 200)
    y = guides.narma(drive)
    t = 100
    wanted = 0.3 * y[t - 1] + 0.05 * y[t - 1] * y[t - 10 : t].sum()
    assert y[t] == pytest.approx(wanted + 1.5 * drive[t - 9] * drive[t] + 0.1)


def test_every_kind_is_in_every_draw_and_draws_differ():
    one, other = guides.circuits(guides.DRAWS[0]), guides.circuits(guides.DRAWS[1])
    assert len(one) == len(guides.KINDS)
    for (design, group), (same, another) in zip(one, other, strict=True):
        assert design == same
        assert len(group["entangler"]) == guides.CIRCUITS
        assert not np.allclose(group["entangler"], another["entangler"])
        if design.ansatz == "canonical":
            assert np.abs(group["entangler"][:, :, design.qubits :]).max() <= np.pi / 2


def test_fixed_circuits_are_read_as_the_definition_says():
    """<Z> and the memory's expectations of one cell, in QuTiP, after a few steps."""
    from qrnnlib import MeasuredCell
    from qrnnlib.cell.paulis import strings

    design, group = guides.circuits(guides.DRAWS[0])[3]
    weights = {name: array[0] for name, array in group.items()}
    values = np.array([0.3, -0.8, 0.5])
    cell = MeasuredCell(weights, design)
    steps = cell.run(values)
    read = guides.states(design, weights, values)
    rho = steps[-1].next_memory.full()
    wanted = [np.trace(p @ rho).real for p in strings(2, False)[1:]]
    np.testing.assert_allclose(read[-1, :15], wanted, atol=1e-10)
    np.testing.assert_allclose(read[-1, 15:], steps[-1].probabilities @ design.signs, atol=1e-10)
