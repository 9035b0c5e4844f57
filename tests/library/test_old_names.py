"""Old names of functions, methods, arguments and settings work, with a warning."""

import inspect

import numpy as np
import pytest
import qutip

import qrnnlib
from qrnnlib import ClassicalGRU, ClassicalLSTM, Gate, QuantumLSTM, QuantumRNN
from qrnnlib._moved import RENAMED, renamed_arguments

X = np.random.default_rng(0).uniform(-1, 1, (6, 3))
CNOT = qutip.gates.cnot()
SHORT = {"system_qubits": 1, "memory_qubits": 1, "epochs": 1, "restarts": 1, "progress": False}


@pytest.mark.parametrize("old", RENAMED)
def test_an_old_function_is_the_new_one(old):
    new = RENAMED[old]
    with pytest.warns(FutureWarning, match=f"^qrnnlib.{old} is now qrnnlib.{new}$"):
        assert getattr(qrnnlib, old) is getattr(qrnnlib, new)
    assert old not in qrnnlib.__all__
    with pytest.raises(AttributeError, match="nothing"):
        qrnnlib.nothing  # noqa: B018


@pytest.mark.parametrize("kind", [QuantumRNN, QuantumLSTM, ClassicalLSTM, ClassicalGRU])
def test_an_old_setting_sets_the_new_one(kind):
    with pytest.warns(FutureWarning, match="^finish_steps is now lbfgs_steps$") as caught:
        model = kind(finish_steps=7)
    assert caught[0].filename == __file__
    assert model.lbfgs_steps == 7
    assert not hasattr(model, "finish_steps")
    with pytest.raises(TypeError, match=r"^finish_steps is now lbfgs_steps: .* got both$"):
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
