"""Plain classical models of sequences of two symbols, to set beside a quantum memory."""

from abc import ABC, abstractmethod
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from numpy.typing import NDArray

from qrnnlib.cell.engine import double_precision
from qrnnlib.learning.layout import Layout
from qrnnlib.physics import lbfgs

Symbols = NDArray[np.intp]
Bits = NDArray[np.float64]


class _Model(ABC):
    """A model of one long sequence, with the interface of the library's models of sequences."""

    def fit(self, X: list[Symbols]) -> Self:
        """Fit the model to one sequence."""
        (symbols,) = X
        self._fit(symbols)
        return self

    def score(self, X: list[Symbols]) -> float:
        """Return the mean of log2 of the probability of a symbol, in one sequence."""
        (symbols,) = X
        return -float(self._bits(symbols).mean())

    @abstractmethod
    def _fit(self, symbols: Symbols) -> None:
        """Fit the model."""

    @abstractmethod
    def _bits(self, symbols: Symbols) -> Bits:
        """Return the bits of each symbol, minus log2 of its probability."""


class Grams(_Model):
    """The frequencies of the next symbol after the last few ones.

    How many is chosen on the last fifth of the training symbols, from 0 to `LONGEST`; every
    frequency counts half an occurrence more (Krichevsky and Trofimov 1981).
    """

    LONGEST = 12

    def _fit(self, symbols: Symbols) -> None:
        """Choose the number, then count in all symbols."""
        part = len(symbols) * 4 // 5
        scores = []
        for length in range(self.LONGEST + 1):
            self.length = length
            self._count(symbols[:part])
            scores.append(self._bits(symbols)[part:].mean())
        self.length = int(np.argmin(scores))
        self._count(symbols)
        self.states = self.n_parameters_ = 2**self.length

    def _bits(self, symbols: Symbols) -> Bits:
        bits: Bits = -np.log2(self.table[self._contexts(symbols), symbols])
        return bits

    def _count(self, symbols: Symbols) -> None:
        counts = np.full((2**self.length, 2), 0.5)
        np.add.at(counts, (self._contexts(symbols), symbols), 1.0)
        self.table = counts / counts.sum(axis=1, keepdims=True)

    def _contexts(self, symbols: Symbols) -> Symbols:
        padded = np.concatenate([np.zeros(self.length, np.intp), symbols])
        found = np.zeros(len(symbols), np.intp)
        for lag in range(self.length):
            found = 2 * found + padded[lag : lag + len(symbols)]
        return found


class Counter(_Model):
    """The frequency of a tick by the number of silent steps since the last one.

    Beyond some number all silences count as equally long. It is chosen on the last fifth of the
    training symbols, from 1 to `LONGEST`.
    """

    LONGEST = 200

    def _fit(self, symbols: Symbols) -> None:
        """Choose the longest silence told apart, then count in all symbols."""
        part = len(symbols) * 4 // 5
        scores = []
        for states in range(1, self.LONGEST + 1):
            self.states = states
            self._count(symbols[:part])
            scores.append(self._bits(symbols)[part:].mean())
        self.states = self.n_parameters_ = int(np.argmin(scores)) + 1
        self._count(symbols)

    def _bits(self, symbols: Symbols) -> Bits:
        bits: Bits = -np.log2(self.table[self._ages(symbols), symbols])
        return bits

    def _count(self, symbols: Symbols) -> None:
        counts = np.full((self.states, 2), 0.5)
        np.add.at(counts, (self._ages(symbols), symbols), 1.0)
        self.table = counts / counts.sum(axis=1, keepdims=True)

    def _ages(self, symbols: Symbols) -> Symbols:
        steps = np.arange(len(symbols))
        begun = np.maximum.accumulate(np.where(symbols == 1, steps + 1, 0))
        ages = np.minimum(steps - np.concatenate([[0], begun[:-1]]), self.states - 1)
        return np.asarray(ages, np.intp)


class SymbolGRU(_Model):
    """A gated recurrent network that forecasts the next symbol, trained by maximum likelihood.

    The symbols are cut into windows of `WINDOW`, each run from `WARM` symbols before it. As for the
    other models, the best of many candidates take steps of L-BFGS.
    """

    WINDOW, WARM = 100, 50
    CANDIDATES, FEW, FIRST_STEPS, RESTARTS, STEPS = 256, 32, 10, 8, 200
    BLOCK = 8  # networks computed together, in one compiled program

    def __init__(self, hidden: int, seed: int) -> None:
        self.hidden, self.seed = hidden, seed

    def _fit(self, symbols: Symbols) -> None:
        """Train on symbols; the first `WARM` are only run through."""
        starts = range(0, len(symbols) - self.WARM - self.WINDOW + 1, self.WINDOW)
        windows = np.stack([symbols[s : s + self.WARM + self.WINDOW] for s in starts])
        with double_precision():
            keys = jax.random.split(jax.random.key(self.seed), self.CANDIDATES)
            drawn = jax.vmap(lambda key: _network(self.hidden, key))(keys)
            layout = Layout.of(eqx.filter(drawn, eqx.is_array))
            static = eqx.filter(drawn, eqx.is_array, inverse=True)
            rows = layout.rows(eqx.filter(drawn, eqx.is_array))

            def one(row: Array) -> Array:
                network = eqx.combine(layout.tree(row), static)
                bits = jax.vmap(lambda window: _bits(network, window)[self.WARM :])(windows)
                return -jnp.mean(bits)

            program = jax.jit(jax.vmap(jax.value_and_grad(one)))

            def function(rows: Any) -> Any:
                values, gradients = [], []
                for first in range(0, len(rows), self.BLOCK):
                    block = rows[first : first + self.BLOCK]
                    filled = np.resize(block, (self.BLOCK, block.shape[1]))
                    value, gradient = program(filled)
                    values.append(np.asarray(value)[: len(block)])
                    gradients.append(np.asarray(gradient)[: len(block)])
                return np.concatenate(values), np.concatenate(gradients)

            scores = function(rows)[0]
            for kept, steps in ((self.FEW, self.FIRST_STEPS), (self.RESTARTS, self.STEPS)):
                rows = rows[np.argsort(-scores)[:kept]]
                scores, rows = lbfgs.climb(function, rows, steps)
            self.network = eqx.combine(layout.tree(rows[np.argmax(scores)]), static)
        self.n_parameters_ = rows.shape[1]

    def _bits(self, symbols: Symbols) -> Bits:
        with double_precision():
            return np.asarray(jax.jit(lambda row: _bits(self.network, row))(jnp.asarray(symbols)))


def _network(hidden: int, key: Array) -> Any:
    cell, head = jax.random.split(key)
    return eqx.nn.GRUCell(1, hidden, key=cell), eqx.nn.Linear(hidden, "scalar", key=head)


def _bits(network: Any, symbols: Array) -> Array:
    """Return the bits of each symbol, given those before it."""
    cell, head = network
    signs = 2.0 * symbols - 1.0

    def step(state: Array, sign: Array) -> tuple[Array, Array]:
        return cell(sign[None], state), jax.nn.softplus(-sign * head(state)) / jnp.log(2.0)

    return lax.scan(step, jnp.zeros(cell.hidden_size), signs)[1]
