"""Products along records against plain loops, and their gradient against differences."""

import numpy as np
import pytest

from qrnnlib.physics.record_products import RecordProducts


def drawn(rng, sets, symbols, dim):
    return rng.normal(size=(sets, symbols, dim, dim)) + 1j * rng.normal(
        size=(sets, symbols, dim, dim)
    )


@pytest.mark.parametrize("symbols", [1, 2, 3])
def test_products_are_those_of_a_loop(symbols):
    rng = np.random.default_rng(symbols)
    matrices = drawn(rng, 4, symbols, 3)
    records = [rng.integers(0, symbols, length) for length in (1, 2, 3, 7, 8, 9, 40)]
    made = RecordProducts(records, symbols).products(matrices)
    for number, record in enumerate(records):
        for each in range(4):
            wanted = np.eye(3)
            for symbol in record:
                wanted = matrices[each, symbol] @ wanted
            found = np.exp(made.logs[each, number]) * made.matrix[each, number]
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12 * abs(wanted).max())


def test_long_records_neither_vanish_nor_overflow():
    """The trace of a product of 20,000 numbers is the sum of their logarithms."""
    rng = np.random.default_rng(0)
    numbers = np.array([[1e-200, 3.0], [2.0, 1e150]]).reshape(2, 2, 1, 1)
    record = rng.integers(0, 2, 20_000)
    made = RecordProducts([record], 2).products(numbers)
    wanted = np.log(numbers[:, :, 0, 0])[:, record].sum(axis=1)
    np.testing.assert_allclose(made.logs[:, 0], wanted, rtol=1e-12)
    np.testing.assert_allclose(made.matrix, 1.0, rtol=1e-12)


def test_a_product_of_zero_stays_zero():
    matrices = np.array([[[[0.0, 1.0], [0.0, 0.0]]]])
    made = RecordProducts([np.zeros(5, int)], 1).products(matrices)
    assert not made.matrix.any()
    assert np.isfinite(made.logs).all()


@pytest.mark.parametrize("length", [1, 2, 5, 16, 33])
def test_gradient_of_a_logarithm(length):
    """Of log |w M v|^2: unlike M itself, it does not depend on how M is scaled."""
    rng = np.random.default_rng(length)
    matrices = drawn(rng, 2, 3, 2)
    records = RecordProducts([rng.integers(0, 2, length), rng.integers(0, 2, 3)], 3)
    w, v = drawn(rng, 1, 2, 2)[0, :, 0]

    def value(matrices):
        made = records.products(matrices)
        amplitude = np.einsum("i,srij,j->sr", w.conj(), made.matrix, v)
        return made, amplitude, (2 * made.logs + np.log(abs(amplitude) ** 2)).sum(axis=1)

    made, amplitude, _ = value(matrices)
    change = 2 * np.einsum("i,j,sr->srij", w, v.conj(), amplitude / abs(amplitude) ** 2)
    gradient = records.gradient(made, change)
    assert not gradient[:, 2].any()  # a symbol that does not occur
    for _ in range(5):
        direction = drawn(rng, 2, 3, 2)
        step = 1e-6
        _, _, above = value(matrices + step * direction)
        _, _, below = value(matrices - step * direction)
        slope = (gradient.conj() * direction).sum(axis=(1, 2, 3)).real
        np.testing.assert_allclose(slope, (above - below) / (2 * step), rtol=1e-6, atol=1e-7)
