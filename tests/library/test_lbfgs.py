"""The climb from many starts, on hills whose top is known."""

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

from qrnnlib.physics.lbfgs import climb


def as_complex(x):
    return x[:, ::2] + 1j * x[:, 1::2]


def as_real(z):
    return np.stack([z.real, z.imag], axis=2).reshape(len(z), -1)


def test_every_start_reaches_the_top_of_a_stretched_hill():
    rng = np.random.default_rng(0)
    stretch, top = np.logspace(-2, 2, 12), rng.normal(size=12) + 1j * rng.normal(size=12)

    def hill(z):
        away = z - top
        return 3 - np.sum(stretch * np.abs(away) ** 2, axis=1), -2 * stretch * away

    starts = rng.normal(size=(20, 12)) + 1j * rng.normal(size=(20, 12))
    values, points = climb(hill, starts)
    assert values == pytest.approx(np.full(20, 3), abs=1e-9)
    # The flattest direction has a stretch of 0.01, so 1e-9 in height is 3e-4 away.
    assert np.max(np.abs(points - top)) < 3e-3


def test_a_curved_valley_as_scipy_does():
    starts = np.random.default_rng(1).uniform(-2, 2, (10, 6))

    def valley(z):
        x = as_real(z)
        slopes = -np.array([rosen_der(row) for row in x])
        return -np.array([rosen(row) for row in x]), as_complex(slopes)

    values, points = climb(valley, as_complex(starts))
    expected = [minimize(rosen, x, jac=rosen_der, method="L-BFGS-B", tol=1e-12) for x in starts]
    # Rosenbrock's valley has a second, lower-lying end at x_1 = -1 in six dimensions.
    ends = {round(float(result.fun), 3) for result in expected}
    assert {round(-float(value), 3) for value in values} <= ends | {0.0, 3.974}
    assert np.sum(values > -1e-9) >= 5
    best = as_real(points[values > -1e-9])
    assert best == pytest.approx(np.ones(best.shape), abs=1e-4)


def test_starts_do_not_disturb_each_other():
    def hills(z):
        return np.cos(z.real).sum(axis=1), -np.sin(z.real) + 0j

    starts = np.linspace(-3, 9, 13)[:, None] + 0j
    together, _ = climb(hills, starts)
    alone = [climb(hills, start[None])[0][0] for start in starts]
    assert together.tolist() == alone


def test_a_start_without_slope_stays():
    values, points = climb(lambda z: (np.zeros(len(z)), np.zeros_like(z)), np.ones((3, 2), complex))
    assert values.tolist() == [0, 0, 0]
    assert points.tolist() == [[1, 1]] * 3


def test_the_value_never_falls_even_where_the_function_breaks():
    def cliff(z):
        """Rise to the right, then turn into NaN."""
        x = z.real[:, 0]
        value = np.where(x < 1, x, np.nan)
        return value, np.where(x < 1, 1.0, np.nan)[:, None] + 0j

    values, points = climb(cliff, np.array([[0.0 + 0j], [-5.0 + 0j]]))
    assert np.all(np.isfinite(values))
    assert np.all(values > [0, -5])
    assert np.all(points.real < 1)
