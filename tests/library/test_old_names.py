"""Old names of functions, methods, arguments and settings work, with a warning."""

import copy
import importlib
import inspect
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
import qutip
from sklearn.base import clone

import qrnnlib
from qrnnlib import ClassicalGRU, ClassicalLSTM, Gate, QuantumLSTM, QuantumRNN
from qrnnlib._moved import renamed_arguments

X = np.random.default_rng(0).uniform(-1, 1, (6, 3))
CNOT = qutip.gates.cnot()
SHORT = {"system_qubits": 1, "memory_qubits": 1, "epochs": 1, "restarts": 1, "progress": False}


def test_an_old_function_is_the_new_one():
    with pytest.warns(
        FutureWarning, match="^qrnnlib.memory_needed is now qrnnlib.training_memory$"
    ):
        assert qrnnlib.memory_needed is qrnnlib.training_memory
    assert "memory_needed" not in qrnnlib.__all__
    with pytest.raises(AttributeError, match="nothing"):
        qrnnlib.nothing  # noqa: B018


@pytest.mark.parametrize("kind", [QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU])
def test_an_old_setting_sets_the_new_one(kind):
    with pytest.warns(FutureWarning, match="^finish_steps is now lbfgs_steps$") as caught:
        model = kind(finish_steps=7)
    assert caught[0].filename == __file__
    assert model.lbfgs_steps == 7
    with pytest.warns(FutureWarning, match="^finish_steps is now lbfgs_steps$") as caught:
        assert model.finish_steps == 7
    assert caught[0].filename == __file__
    with pytest.warns(FutureWarning, match="^finish_steps is now lbfgs_steps$"):
        model.finish_steps = 8
    assert model.lbfgs_steps == 8
    with pytest.raises(TypeError, match=r"^finish_steps is now lbfgs_steps: .* got both"):
        kind(finish_steps=7, lbfgs_steps=7)
    assert "finish_steps" not in kind().get_params()
    assert "lbfgs_steps" in inspect.signature(kind).parameters
    with pytest.raises(TypeError, match="nothing"):
        kind(nothing=1)


@pytest.mark.parametrize(
    ("old", "new"), [("filter", "linear_filter"), ("uniform", "uniform"), (None, None)]
)
@pytest.mark.parametrize("kind", [QuantumRNN, QuantumLSTM])
def test_an_old_start_is_an_init(kind, old, new):
    with pytest.warns(FutureWarning, match="^start is now init$"):
        assert kind(start=old).init == new
    with pytest.warns(FutureWarning, match="^start is now init$"):
        assert kind.paper(start=old).init == new


@pytest.mark.parametrize("kind", [QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU])
def test_a_pickle_with_old_names_is_read_under_the_new_ones(kind):
    model = kind(lbfgs_steps=7, random_state=3)
    old = model.__getstate__()
    old["finish_steps"] = old.pop("lbfgs_steps")
    if "init" in old:
        old["start"] = "filter"
        del old["init"]
    again = kind.__new__(kind)
    with pytest.warns(FutureWarning, match="^(finish_steps|start) is now (lbfgs_steps|init)$"):
        again.__setstate__(old)
    assert (again.lbfgs_steps, again.random_state) == (7, 3)
    assert getattr(again, "init", "linear_filter") == "linear_filter"
    assert not {"finish_steps", "start"} & vars(again).keys()
    for copied in (pickle.loads(pickle.dumps(model)), clone(model), copy.deepcopy(model)):
        assert copied.get_params() == model.get_params()
    gate = Gate("RY", (0,), parameter=(0, 0))
    assert pickle.loads(pickle.dumps(gate)) == gate
    again = Gate.__new__(Gate)
    with pytest.warns(FutureWarning, match="^slot is now parameter$"):
        again.__setstate__({"name": "RY", "qubits": (0,), "slot": (0, 0), "sign": 1})
    assert again == gate


def test_a_subclass_may_have_a_setting_with_an_old_name():
    @dataclass(eq=False, repr=False, kw_only=True)
    class Own(QuantumRNN):
        start: int = 3

    assert Own(start=5).start == 5
    assert Own.paper(start=5).get_params()["start"] == 5


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("memory", "memory_needed", "training_memory"),
        ("live_weights", "count_live_weights", "count_effective_parameters"),
    ],
)
def test_an_old_name_in_an_old_module_is_found(module, old, new):
    with pytest.warns(FutureWarning):
        found = getattr(importlib.import_module(f"qrnnlib.{module}"), old)
    assert found.__name__ == new


def test_watch_and_trace_still_work():
    seen = []
    model = QuantumRNN(**SHORT, lbfgs_steps=0, init="uniform", random_state=0)
    with pytest.warns(FutureWarning, match="^watch is now callback$"):
        model.fit(X, X[:, 2], watch=lambda epoch, weights: seen.append(epoch))
    assert seen == [0, 1]
    with pytest.warns(FutureWarning, match="^trace is now record$"):
        old = model.trace(X[0])
    assert [step.output for step in old] == [step.output for step in model.record(X[0])]


def test_old_arguments_of_powers_and_circuits_still_work():
    with pytest.warns(FutureWarning, match="^start is now initial_states$"):
        old = qrnnlib.entangling_power(CNOT, start="product", restarts=1, random_state=0)
    assert old.initial_states == "product"
    with pytest.warns(FutureWarning, match="^start is now initial_states$"):
        qrnnlib.disentangling_power(CNOT, start="any", restarts=1, random_state=0)
    for layers, sizes in ((qrnnlib.ring_layers, (2, 2)), (qrnnlib.canonical_layers, (1, 1, 2))):
        with pytest.warns(FutureWarning, match="^last_first is now reverse_layers$"):
            assert layers(*sizes, last_first=True) == layers(*sizes, reverse_layers=True)
    with pytest.warns(FutureWarning, match="^slot is now parameter$"):
        assert Gate("RY", (0,), slot=(0, 0)) == Gate("RY", (0,), parameter=(0, 0))


def test_an_old_argument_keeps_the_function_as_it_is():
    @renamed_arguments(old="new")
    def function(first, *, new=None):
        """Say what it does."""
        return first, new

    assert function(1) == (1, None)
    assert function.__doc__ == "Say what it does."
    assert list(inspect.signature(function).parameters) == ["first", "new"]
    with pytest.warns(FutureWarning, match="^old is now new$"):
        assert function(1, old=3) == (1, 3)
