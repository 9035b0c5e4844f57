"""Inputs that nobody meant: junk of any kind, valid values with a change, calls with either.

All of it is drawn from a `random.Random`, which Hypothesis may stand behind.
"""

import copy
import inspect
import types
import warnings
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import qutip
from fuzz_calls import Call
from sklearn.base import BaseEstimator


class _Odd:
    """An object that is not what it says: what NumPy makes of it is up to the fuzzer."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


NUMBERS = [
    *(-1, 0, 1, 2, 3, 5, -(2**63), 2**63, 2**64, 10**30, 10**400, -(10**400), 10**5000),
    *(0.0, -0.0, 0.5, 1.0, -1.5, 1e-320, 1e-12, 1e150, 1e308, -1e308),
    *(float("nan"), float("inf"), float("-inf"), 1j, complex("nan"), 1e308 + 1e308j),
    *(Decimal("NaN"), Decimal("1e999"), Fraction(1, 3)),
    *(np.int8(-3), np.uint64(2**64 - 1), np.float16(65504), np.float32("nan"), np.bool_(True)),
    *(np.longdouble("1e4000"), np.clongdouble(1), np.timedelta64(3, "D")),
    *(np.datetime64("NaT", "D"), np.float64(2.0), np.int64(2), np.datetime64("2024-01-31", "ns")),
]
TEXTS = [
    *("", " ", "\0", "a" * 5000, "ä", "\ud800", "\u202e", "nan", "1", "own", "joint", "linear"),
    *("X", "RY", "CNOT", "<b>", "{}", "%s", "/", "..", "$x_$", "2024-01-31", "\n", np.str_("2")),
    *(b"", b"\xff"),
]
RECURSIVE: list[Any] = []
RECURSIVE.append(RECURSIVE)
OBJECTS = [
    *(None, True, False, Ellipsis, NotImplemented, object, object(), len, lambda *given: given),
    *(set(), {1, 2}, frozenset(), bytearray(b"ab"), range(3), iter([1, 2]), slice(2), RECURSIVE),
    *(_Odd("text"), _Odd(np.array(["text"])), _Odd(AttributeError("no array"))),
    *(_Odd(np.zeros((2, 0, 3))), date(2024, 1, 31)),
    *(np.ma.masked_array([1.0, 2.0], [True, False]), np.random.RandomState(0), Path("/")),
    types.SimpleNamespace(unitary=lambda: 3, design=lambda: 3, weights_=None),
]
DTYPES = ["f8", "f4", "f2", "i8", "u1", "c16", "?", "O", "U3", "S3", "M8[D]", "m8[s]", "i4,f8", "g"]
SPECIAL = [np.nan, np.inf, -np.inf, 1e308, -1e308, 1e200, 5e-324, -0.0]


def junk(rng: Random) -> Any:
    """Return something that no argument asks for, of any kind."""
    kind = rng.randrange(7)
    if kind == 0:
        return rng.choice(OBJECTS)
    if kind == 1:
        return rng.choice(NUMBERS)
    if kind == 2:
        return rng.choice(TEXTS)
    if kind == 3:
        items = [junk(rng) for _ in range(rng.randrange(4))]
        return items if rng.random() < 0.5 else tuple(items)
    if kind == 4:
        return array_of(rng)
    if kind == 5:
        return state_of(rng)
    return {rng.choice([*TEXTS, 0, None]): junk(rng) for _ in range(rng.randrange(3))}


def array_of(rng: Random) -> Any:
    """Return an array of any kind and shape."""
    shape = tuple(rng.choice([0, 1, 2, 3, 4, 6]) for _ in range(rng.randrange(4)))
    array = np.arange(float(np.prod(shape))).reshape(shape)
    for _ in range(rng.randrange(3) if array.size else 0):
        array.flat[rng.randrange(array.size)] = rng.choice(SPECIAL)
    with np.errstate(all="ignore"):
        return array.astype(rng.choice(DTYPES))


def state_of(rng: Random) -> qutip.Qobj:
    """Return a QuTiP object: a state, an operator, or one that cannot be."""
    dims = [rng.choice([1, 2, 2, 3]) for _ in range(rng.randrange(1, 4))]
    size = int(np.prod(dims))
    ket = np.array([complex(rng.uniform(-1, 1), rng.uniform(-1, 1)) for _ in range(size)])
    ket[0] += 2.0  # so that there is a norm to divide by
    ket /= np.linalg.norm(ket)
    rest = np.eye(size, dtype=complex)
    rest[0, -1] += rng.choice([*SPECIAL, 1e-11, 1.0, 1j])
    kind = rng.randrange(7)
    if kind == 0:
        return qutip.Qobj(ket, dims=[dims, [1]])
    if kind == 1:
        ket[rng.randrange(size)] = rng.choice(SPECIAL)
        return qutip.Qobj(ket, dims=[dims, [1]])
    if kind == 2:
        return qutip.Qobj(np.outer(ket, ket.conj()), dims=[dims, dims])
    if kind == 3:
        return qutip.Qobj(rest, dims=[dims, dims])
    if kind == 4:
        unitary = np.linalg.qr(np.outer(ket, ket) + np.eye(size))[0]
        return qutip.Qobj(unitary, dims=[dims, dims])
    if kind == 5:
        return qutip.Qobj(ket, dims=[dims, [1]]).dag()
    return qutip.to_super(qutip.qeye(max(2, size)))


def changed(value: Any, rng: Random) -> Any:
    """Return a valid value with a change."""
    options: list[Any] = [lambda: junk(rng)]
    if isinstance(value, np.ndarray):
        at = rng.randrange(value.size) if value.size else 0
        options += [
            lambda: value[..., None],
            lambda: value[None],
            lambda: value[: rng.randrange(len(value) + 1)],
            lambda: value.T if value.ndim > 1 else value[::-1],
            lambda: value.tolist(),
            lambda: value.astype(rng.choice(DTYPES)),
            lambda: value * rng.choice([0, -1, 1e-300, 1e300, 1e150]),
            lambda: _with(value.astype(value.dtype), at, rng.choice(SPECIAL)),
        ]
    elif isinstance(value, int | float | np.number) and not isinstance(value, bool):
        options += [
            *(lambda: -value, lambda: 0 * value, lambda: value + 1, lambda: value - 1),
            *(lambda: float(value), lambda: str(value), lambda: [value], lambda: value + 0.5),
            *(lambda: np.asarray(value), lambda: np.float32(value), lambda: complex(value)),
            *(lambda: 1e-9 * value, lambda: rng.choice(NUMBERS), lambda: rng.choice(NUMBERS)),
        ]
    elif isinstance(value, str):
        options += [
            *(lambda: value.upper(), lambda: value + " ", lambda: value[:-1], lambda: value * 2),
            *(lambda: value.encode(), lambda: rng.choice(TEXTS), lambda: list(value)),
        ]
    elif isinstance(value, qutip.Qobj):
        options += [
            *(lambda: value * 2, lambda: value * (1 + 1e-11), lambda: value * np.nan),
            *(lambda: value * 1e200, lambda: value.dag(), lambda: value.full()),
            *(lambda: qutip.tensor(value, value), lambda: qutip.Qobj(value.full())),
            *(lambda: value * 1j, lambda: state_of(rng), lambda: state_of(rng)),
        ]
    elif isinstance(value, list | tuple) and value:
        at = rng.randrange(len(value))
        items = list(value)
        options += [
            lambda: [*items, junk(rng)],
            lambda: items[:at] + items[at + 1 :],
            lambda: items[::-1],
            lambda: _with(items, at, changed(items[at], rng)),
            lambda: tuple(_with(items, at, changed(items[at], rng))),
            lambda: tuple(_with(items, at, junk(rng))),
        ]
    elif inspect.isfunction(value):  # an answer to an exercise; one change, as in a real mistake
        seed = rng.randrange(2**32)
        options += [
            lambda: lambda *given: changed(value(*given), Random(seed)),
            lambda: lambda *given: changed(value(*given), Random(seed)),
            lambda: lambda *given: junk(Random(seed)),
            lambda: lambda *given: value(*(changed(one, Random(seed)) for one in given)),
        ]
    elif isinstance(value, Mapping) and value:
        key = rng.choice(list(value))
        options += [
            lambda: {name: item for name, item in value.items() if name != key},
            lambda: {**value, key: changed(value[key], rng)},
            lambda: {**value, key: junk(rng)},
            lambda: {**value, rng.choice([*TEXTS, 0]): junk(rng)},
        ]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return rng.choice(options)()
        except Exception:  # not every value can be changed in every way
            return junk(rng)


def _with(items: Any, place: int, item: Any) -> Any:
    """Return items of which one is replaced."""
    flat = items.flat if isinstance(items, np.ndarray) else items
    flat[place] = item
    return items


def mutated(call: Call, rng: Random) -> Call:
    """Return a call with something else in the place of one argument, seldom of two.

    The settings of an estimator count as arguments of its methods.
    """
    arguments, owner, settings = copy.deepcopy(call.arguments), call.owner, {}
    if isinstance(owner, BaseEstimator):
        owner = copy.deepcopy(owner)
        settings = {f".{name}": value for name, value in owner.get_params().items()}
    names = [*arguments, *settings]
    for _ in range(1 + (rng.random() < 0.2) if names else 0):
        name = rng.choice(names)
        old = settings[name] if name in settings else arguments[name]
        new = changed(old, rng) if rng.random() < 0.6 else junk(rng)
        if name in settings:
            owner.set_params(**{name[1:]: new})
        elif name == "*":
            arguments[name] = (*old, new)[rng.randrange(2) :]
        elif name == "**":
            key = rng.choice([*old, rng.choice([text for text in TEXTS if isinstance(text, str)])])
            arguments[name] = {**old, key: changed(old.get(key), rng)}
        else:
            arguments[name] = new
    return Call(call.function, arguments, owner)
