"""Checkers for the chapter *Does power guide design?*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import MisfitError, Verdict, close, judge, numbers
from qrnnlib.cell.retention import average_retention
from qrnnlib.physics.average_power import average_entangling_power
from qrnnlib.physics.weyl import canonical_gate

Angles = NDArray[np.float64]


def check_order(answer: object) -> Verdict:
    """Check a function that finds a gate with a given average entangling power.

    ``answer(power)`` returns three angles in radians of a canonical gate with this power. Many
    gates have it, so the check builds the gate and computes its power.

    Examples
    --------
    >>> check_order(lambda power: (np.arcsin(np.sqrt(4.5 * power)), 0, 0)).state
    'right'
    >>> check_order(lambda power: (np.arcsin(np.sqrt(4.5 * power)) / np.pi, 0, 0)).hint
    'These angles are in units of π. Radians are wanted.'
    """

    def fault(value: Any, power: float) -> str | None:
        angles = _angles(value)
        reached = _power(angles)
        if close(reached, power):
            return None
        dresses = {
            "These angles are in units of π. Radians are wanted.": angles * np.pi,
            "These angles are in degrees. Radians are wanted.": np.deg2rad(angles),
            "The cosines are of twice the angle: halve yours.": angles / 2,
            "The cosines are of twice the angle, once: yours are halved too often.": 2 * angles,
            "A root is missing: the power goes with the square of the sine.": np.arcsin(
                np.sqrt(np.abs(np.sin(angles)))
            ),
        }
        for hint, meant in dresses.items():
            if close(_power(meant), power):
                return hint
        return f"The gate with these angles has the power {reached:.4f}."

    rng = np.random.default_rng(901)
    ordered = sorted(rng.uniform(0.01, 0.2, 5).tolist())
    return judge(
        answer,
        [(power,) for power in [*ordered, 2 / 9, 0.0]],
        fault,
        wanted="Return three angles of a gate that has this average power.",
        praise="Each gate has the power that was asked for, from zero to the maximum.",
    )


def check_order_of_two(answer: object) -> Verdict:
    """Check a function that finds a gate with a given power and a given share kept.

    ``answer(power, kept)`` returns three angles of a canonical gate, in radians. Each pair in the
    cases belongs to a gate with two equal angles.

    Examples
    --------
    >>> check_order_of_two(lambda power, kept: (np.arcsin(np.sqrt(4.5 * power)), 0, 0)).hint[:36]
    'The power is right. But the gate kee'
    """

    def fault(value: Any, power: float, kept: float) -> str | None:
        angles = _angles(value)
        found = average_retention(canonical_gate(*angles))
        reached = _power(angles)
        right = close(reached, power)
        if right and close(found.kept, kept):
            return None
        if right and close(found.written, kept):
            return "It writes the share that it should keep. Combine it with a SWAP."
        if right:
            return f"The power is right. But the gate keeps {found.kept:.4f}."
        if close(found.kept, kept):
            return f"It keeps the right share. But its power is {reached:.4f}."
        twice = angles / 2
        if close(_power(twice), power) and close(
            average_retention(canonical_gate(*twice)).kept, kept
        ):
            return "The cosines are of twice the angle: halve yours."
        return f"The gate has the power {reached:.4f} and keeps {found.kept:.4f}."

    rng = np.random.default_rng(902)
    cases = []
    for c, d in [*rng.uniform(0, np.pi / 2, (8, 2)), (0.3, 0.3), (np.pi / 2, 0.0), (0.0, 0.0)]:
        gate = canonical_gate(c, d, d)
        cases.append((average_entangling_power(gate), average_retention(gate).kept))
    return judge(
        answer,
        cases,
        fault,
        wanted="Return three angles of a gate that has this power and keeps this share.",
        praise="Both numbers are right. The remaining angle leads from this gate to others with "
        "the same two numbers.",
    )


def _angles(value: Any) -> Angles:
    """Return three real angles, or raise `MisfitError`."""
    angles = numbers(value, (3,), "The angles")
    if not close(angles.imag, np.zeros(3)):
        raise MisfitError("Angles are real.")
    return angles.real


def _power(angles: Angles) -> float:
    """Return the average entangling power of the canonical gate with these angles."""
    return average_entangling_power(canonical_gate(*angles))
