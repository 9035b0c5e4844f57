"""Argument checks that all public functions share, and their tolerances.

Each helper takes the *name of the argument* first, and raises an error that names the argument,
what was expected and what was received. `TypeError` means a value of the wrong kind, `ValueError`
one of the right kind that is not acceptable.
"""

import json
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

#: Largest deviation of any entry of ``U U^dagger`` from the identity, or of a norm from 1.
UNITARY_TOLERANCE = 1e-10

#: Two outcome probabilities closer than this count as equal, and the lower outcome wins. Without
#: this margin, rounding would decide differently in QuTiP, in JAX and in a web page.
TIE_TOLERANCE = 1e-12

#: A squared norm below this counts as zero: such a vector cannot be normalised.
ZERO_NORM_SQUARED = 1e-30

#: Upper limit of every count: beyond it, a typing error would exhaust RAM or run for years.
LARGEST_COUNT = 10_000_000


def instance(name: str, value: Any, kind: type) -> None:
    """Raise TypeError unless `value` is an instance of `kind`."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, got {_shown(value)}")


def integer(name: str, value: Any, minimum: int = 1, maximum: int | None = LARGEST_COUNT) -> int:
    """Return `value` as an int in [`minimum`, `maximum`]."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {_shown(value)}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {_shown(value)}")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {_shown(value)}")
    return int(value)


def two_integers(name: str, value: Any, minimum: int = 1) -> tuple[int, int]:
    """Return `value` as a pair of ints, each at least `minimum`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise TypeError(f"{name} must be two integers, got {_shown(value)}")
    return integer(name, value[0], minimum), integer(name, value[1], minimum)


def generator(name: str, value: Any) -> np.random.Generator:
    """Return a random generator for None, an integer seed or a generator."""
    if isinstance(value, np.random.Generator):
        return value
    # Only None and integers are passed on: NumPy would recurse endlessly into a nested list.
    return np.random.default_rng(None if value is None else integer(name, value, 0, None))


def flag(name: str, value: Any) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {_shown(value)}")
    return bool(value)


def random_state(name: str, value: Any) -> Any:
    """Return `value` if it can seed a fit: None, an integer, a RandomState or a Generator."""
    if value is None or isinstance(value, np.random.RandomState | np.random.Generator):
        return value
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(
            f"{name} must be None, an integer, a RandomState or a Generator, got {_shown(value)}"
        )
    return integer(name, value, 0, 2**32 - 1)


def number(
    name: str,
    value: Any,
    minimum: float = -np.inf,
    maximum: float = np.inf,
    *,
    above: float | None = None,
) -> float:
    """Return `value` as a finite float in [minimum, maximum], or strictly above `above`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name} must be a real number, got {_shown(value)}")
    if isinstance(value, np.complexfloating):
        raise TypeError(f"{name} must be a real number, got {_shown(value)}")
    try:
        with np.errstate(over="ignore"):
            result = float(value)
    except OverflowError:  # an integer of more than 308 digits
        result = np.inf
    if not np.isfinite(result):
        raise ValueError(f"{name} must be finite, got {result}")
    if above is not None and not result > above:
        raise ValueError(f"{name} must be greater than {above:g}, got {result:g}")
    if not minimum <= result <= maximum:
        raise ValueError(f"{name} must lie in [{minimum:g}, {maximum:g}], got {result:g}")
    return result


def option(name: str, value: Any, options: Collection[str]) -> str:
    """Return `value` if it is one of `options`."""
    if not isinstance(value, str) or value not in options:
        wanted = ", ".join(repr(o) for o in options)
        raise ValueError(f"{name} must be one of {wanted}, got {_shown(value)}")
    return value


def real_array(
    name: str, value: ArrayLike, shape: tuple[int | None, ...] | None = None
) -> NDArray[np.float64]:
    """Return `value` as a finite float array; `shape` may leave axes open with None."""
    array = as_array(name, value)
    if array.dtype == object or array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be an array of real numbers, got {_shown(value)}")
    if shape is not None:
        matches = array.ndim == len(shape) and all(
            wanted is None or wanted == got for wanted, got in zip(shape, array.shape, strict=True)
        )
        if not matches:
            raise ValueError(
                f"{name} must have shape {_shown_shape(shape)}, got {_shown_shape(array.shape)}"
            )
    with np.errstate(over="ignore"):  # a longdouble may exceed the range of float64
        array = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        where = tuple(int(i) for i in np.unravel_index(bad[0], array.shape))
        raise ValueError(
            f"{name} must be finite, got {array.flat[bad[0]]} at index "
            f"{where[0] if array.ndim == 1 else where} ({bad.size} such in all)"
        )
    return array


def symbols(name: str, value: Any, kinds: int) -> NDArray[np.intp]:
    """Return a sequence of at least one symbol, integers in range(kinds), as an array."""
    array = as_array(name, value)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{name} must be integers, got {_shown(value)}")
    if array.ndim != 1:
        raise ValueError(f"{name} must have shape (any,), got {_shown_shape(array.shape)}")
    if not array.size:
        raise ValueError(f"{name} must hold at least one symbol, got none")
    bad = np.flatnonzero((array < 0) | (array >= kinds))
    if bad.size:
        raise ValueError(
            f"{name} must lie in 0..{kinds - 1}, got {array[bad[0]]} at index {bad[0]} "
            f"({bad.size} such in all)"
        )
    return array.astype(np.intp)


def has_shape(name: str, array: Any, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless `array`, of NumPy or of JAX, has the given shape."""
    if np.shape(array) != shape:
        raise ValueError(
            f"{name} must have shape {_shown_shape(shape)}, got {_shown_shape(np.shape(array))}"
        )


def ket(name: str, value: Any, subsystems: int = 1) -> Qobj:
    """Return `value` if it is a normalised ket of at least `subsystems` subsystems."""
    if not isinstance(value, Qobj):
        raise TypeError(f"{name} must be a QuTiP ket, got {_shown(value)}")
    if not value.isket:
        raise ValueError(
            f"{name} must be a ket, got type {value.type!r} with dims {_shown_dims(value)}"
        )
    _enough_subsystems(name, value, subsystems)
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(value.full()))
    # Not "> UNITARY_TOLERANCE": a NaN must be refused too.
    if not abs(norm - 1) <= UNITARY_TOLERANCE:
        raise ValueError(f"{name} must have norm 1, got norm {norm:.12g}")
    return value


def state(name: str, value: Any, subsystems: int = 1) -> Qobj:
    """Return `value` if it is a normalised ket or a density matrix."""
    if not isinstance(value, Qobj):
        raise TypeError(f"{name} must be a QuTiP ket or density matrix, got {_shown(value)}")
    if value.isket:
        return ket(name, value, subsystems)
    if not value.isoper or value.dims[0] != value.dims[1]:
        raise ValueError(
            f"{name} must be a ket or a density matrix, "
            f"got type {value.type!r} with dims {_shown_dims(value)}"
        )
    _enough_subsystems(name, value, subsystems)
    matrix = value.full()
    if not np.all(np.abs(matrix) < 1e100):
        raise ValueError(f"{name} must be finite, got NaN or infinity in its matrix")
    if not np.allclose(matrix, matrix.conj().T, rtol=0, atol=UNITARY_TOLERANCE):
        raise ValueError(f"{name} must be Hermitian to be a density matrix, got one that is not")
    trace = float(np.trace(matrix).real)
    if abs(trace - 1) > UNITARY_TOLERANCE:
        raise ValueError(f"{name} must have trace 1, got trace {trace:.12g}")
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest < -UNITARY_TOLERANCE:
        raise ValueError(f"{name} must have no negative eigenvalue, got {lowest:.6g}")
    return value


def unitary(name: str, value: Any, subsystems: int = 1) -> Qobj:
    """Return `value` if it is a unitary operator on at least `subsystems` subsystems."""
    if not isinstance(value, Qobj):
        raise TypeError(f"{name} must be a QuTiP operator, got {_shown(value)}")
    if not value.isoper or value.dims[0] != value.dims[1]:
        raise ValueError(
            f"{name} must be a square operator, "
            f"got type {value.type!r} with dims {_shown_dims(value)}"
        )
    if len(value.dims[0]) < subsystems:
        raise ValueError(
            f"{name} must have at least {subsystems} subsystems, as in dims [[2, 2], [2, 2]], "
            f"got dims {_shown_dims(value)}"
        )
    unitary_matrices(name, value.full(), value.shape[0])
    return value


def unitary_matrices(name: str, value: Any, dimension: int) -> NDArray[np.complex128]:
    """Return `value` as an array of unitary matrices of the given dimension."""
    array = as_array(name, value)
    if array.dtype.kind not in "fiuc":
        raise TypeError(f"{name} must be an array of numbers, got {_shown(value)}")
    if array.ndim < 2 or array.shape[-2:] != (dimension, dimension):
        raise ValueError(
            f"{name} must have shape (..., {dimension}, {dimension}), "
            f"got {_shown_shape(array.shape)}"
        )
    with np.errstate(all="ignore"):  # results that are not finite are refused below
        array = array.astype(np.complex128)
        miss = np.abs(array @ array.conj().swapaxes(-1, -2) - np.eye(dimension)).max(axis=(-2, -1))
    bad = np.argwhere(~(miss <= UNITARY_TOLERANCE))  # so that a NaN is refused too
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        raise ValueError(
            f"{name} must be unitary, got one whose product with its adjoint is "
            f"{miss[where]:.3g} off the identity{f' at index {where}' if where else ''}"
        )
    return array


def cut(name: str, value: Any, subsystems: int) -> int:
    """Return `value` if it splits `subsystems` subsystems into two non-empty sides."""
    result = integer(name, value)
    if result >= subsystems:
        raise ValueError(
            f"{name} must lie in 1..{subsystems - 1}, so that both sides of the "
            f"{subsystems} subsystems have one, got {result}"
        )
    return result


def _enough_subsystems(name: str, value: Qobj, subsystems: int) -> None:
    """Raise ValueError if the dims of `value` list fewer than `subsystems` subsystems."""
    if len(value.dims[0]) < subsystems:
        raise ValueError(
            f"{name} must have at least {subsystems} subsystems, as in dims [[2, 2], [1]], "
            f"got dims {_shown_dims(value)}"
        )


def column(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of shape (n, 1) with shape (n,), any other array unchanged."""
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def as_array(name: str, value: Any) -> NDArray[Any]:
    """Return `value` as an array, if NumPy can convert it."""
    try:
        return np.asarray(value)
    except ValueError:  # rows of different lengths
        raise ValueError(f"{name} must be a rectangular array, got {_shown(value)}") from None
    except Exception as error:  # an object's own conversion may raise anything
        raise TypeError(f"{name} must be an array, got {_shown(value)}") from error


def _shown(value: Any) -> str:
    """Return a short description of an unacceptable value."""
    try:
        text = repr(value)
    except Exception:  # from the object's own repr, or Python's for an int of thousands of digits
        text = "a value that cannot be displayed"
    if isinstance(value, np.ndarray):
        text = f"array of dtype {value.dtype} and shape {_shown_shape(value.shape)}"
    elif len(text) > 60:
        text = text[:57] + "..."
    return f"{text} ({type(value).__name__})"


def _shown_dims(value: Qobj) -> str:
    """Return the dims of a Qobj as text; QuTiP may leave NumPy integers in them."""
    return json.dumps(value.dims, default=int)


def _shown_shape(shape: tuple[int | None, ...]) -> str:
    """Return a shape as text, with `any` for an open axis."""
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
