"""Whatever a public function is given, it answers or says what is wrong with it.

The quick form tries a few hundred inputs, the same ones in each run; `make soak` tries many more,
and others each time. Hypothesis shrinks what it finds to the simplest change of an example.
"""

from collections import defaultdict

import fuzz_calls
import matplotlib.pyplot as plt
import numpy as np
import pytest
from fuzz_calls import Call, complaint
from fuzz_examples import by_hand
from fuzz_inputs import mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qrnnlib.series import eccc

TARGETS = fuzz_calls.targets()
#: Inputs tried of a function, and of one whose valid inputs are compiled or searched for.
QUICK, QUICK_SLOW = 12, 3
SOAK, SOAK_SLOW = 200, 20
#: Substrings of the names of slow functions.
SLOW = (
    ".fit",
    "record_training",
    "count_live",
    "tangling_power",
    "power_by_cut",
    "rains_bound",
    "widgets",
    "compare",
    "exercises",
)


@pytest.fixture(scope="session")
def calls():
    """Valid calls of every public function, by its name."""
    found = defaultdict(list, fuzz_calls.recorded(TARGETS))
    names = {function: name for name, function in TARGETS.items()}
    for call in by_hand():
        found[names[call.function]].append(call)
    return found


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """Keep what is tried from the network and from the files of this repository."""

    def unreachable(_):
        raise OSError("there is no network")

    monkeypatch.setattr(eccc, "_get", unreachable)
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


def documented(name):
    """Return what the docstrings say of a function, or of a method and its class."""
    owner = TARGETS.get(name.rpartition(".")[0])
    return f"{TARGETS[name].__doc__} {owner.__doc__ if owner else ''}"


def fuzz(name, examples, inputs, **how):
    """Try so many inputs of a function, each a valid call with a change."""
    text = documented(name)

    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **how,
    )
    @given(rng=st.randoms(use_true_random=False), number=st.integers(0, len(examples) - 1))
    def try_one(rng, number):
        call = mutated(examples[number], rng)
        wrong = complaint(call, text)
        assert wrong is None, f"{call}: {wrong}"

    try_one()


def test_every_public_function_has_a_valid_call(calls):
    assert {name for name in TARGETS if not calls[name]} == set()
    for name, examples in calls.items():
        for call in examples[:2]:
            wrong = complaint(call, documented(name))
            assert wrong is None, f"{call}: {wrong}"


@pytest.mark.parametrize("name", TARGETS)
def test_odd_inputs(name, calls):
    slow = any(part in name for part in SLOW)
    fuzz(name, calls[name], QUICK_SLOW if slow else QUICK, derandomize=True)


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_many_odd_inputs(name, calls, count):
    inputs = SOAK_SLOW if any(part in name for part in SLOW) else SOAK
    fuzz(name, calls[name], inputs)
    count("inputs tried of public functions", inputs)


def test_a_fault_is_found():
    """What a function may not do is told apart from what it may."""
    faults = {
        "KeyError": lambda x: {}[x],
        "AttributeError": lambda x: x.nothing,
        "RuntimeWarning": lambda x: np.float64(x) * 1e308 * 10,
        "returned nan": lambda x: float("nan"),
        "LinAlgError": lambda x: np.linalg.inv(np.zeros((2, 2))),
    }
    for says, function in faults.items():
        assert says in complaint(Call(function, {"x": 1}), "")
    assert complaint(Call(lambda x: {}[x], {"x": 1}), "KeyError\n    If there is none.") is None
    assert complaint(Call(lambda x: int(x), {"x": "a"}), "") is None


def test_a_call_that_hangs_is_found(monkeypatch):
    monkeypatch.setattr(fuzz_calls, "PATIENCE", 0.2)
    assert "Hang" in complaint(Call(lambda x: [None for _ in iter(int, x)], {"x": 1}), "")
