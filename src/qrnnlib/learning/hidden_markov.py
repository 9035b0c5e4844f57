"""The classical counterpart of `QuantumMarkovModel`: hidden Markov models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax

from qrnnlib import _checks
from qrnnlib.cell.design import Weights
from qrnnlib.learning.sequence_model import Likelihood, SequenceModel
from qrnnlib.physics.record_products import Products, RecordProducts
from qrnnlib.physics.small_products import small_products

Real = NDArray[np.float64]

#: Probability that a clock gives to every symbol with all next states that it does not go to.
ELSEWHERE = 0.02


@dataclass(eq=False, repr=False, kw_only=True)
class HiddenMarkovModel(SequenceModel):
    """Hidden Markov model whose transitions emit the symbols, fitted by maximum likelihood.

    From each state, one probability is learned for every pair of a symbol and a next state. (With
    symbols emitted by states instead, a model needs more states for the same process.) Candidates,
    restarts and L-BFGS are those of `QuantumMarkovModel`. Half of the candidates are random; the
    others are clocks, which advance from state to state at each symbol 0, and begin anew at others.

    Parameters
    ----------
    states : int, default 2
    symbols : int, default 2
    pseudocount : float, default 0.0
        Number of times that each transition counts as seen before training: the fit is the most
        likely one under a symmetric Dirichlet prior. Above 0, no symbol becomes impossible.
    candidates, restarts, lbfgs_steps, random_state
        As for `QuantumMarkovModel`. Defaults: 4096, 8, 200, None.

    Attributes
    ----------
    weights_ : dict of ndarray
        Logarithms of probabilities: ``start``, (states,), and ``transitions``,
        (states, symbols, states): from a state, a symbol and the next state.
    scores_ : ndarray, shape (restarts,)
        `score` on the training sequences after each restart, best first.
    n_parameters_ : int
        Number of free probabilities.

    References
    ----------
    Rabiner, Proc. IEEE 77, 257 (1989). The gradient is that of the forward probabilities.

    Examples
    --------
    >>> model = HiddenMarkovModel(candidates=64, restarts=2, random_state=0).fit([[0, 1] * 50])
    >>> bool(model.score([[0, 1] * 50]) > -0.01), model.n_parameters_
    (True, 7)
    >>> model.sample(4, random_state=0)
    array([0, 1, 0, 1])
    """

    states: int = 2
    symbols: int = 2
    pseudocount: float = 0.0

    @classmethod
    def from_probabilities(cls, start: ArrayLike, transitions: ArrayLike, **settings: Any) -> Self:
        """Return a model with given probabilities.

        Parameters
        ----------
        start : array_like, shape (states,)
        transitions : array_like, shape (states, symbols, states)
            From a state, the probability of a symbol together with a next state.
        **settings
            Other settings than `states` and `symbols`, which follow from the arrays.

        Raises
        ------
        TypeError, ValueError
            If these are not probabilities, or their shapes do not match.

        Examples
        --------
        >>> HiddenMarkovModel.from_probabilities([1], [[[0.25], [0.75]]]).predict_proba([[1]])
        array([[0.25, 0.75]])
        """
        first = _checks.real_array("start", start, (None,))
        states = len(first)
        step = _checks.real_array("transitions", transitions, (states, None, states))
        _check_sums("start", first)
        _check_sums("transitions", step)
        model = cls(states=states, symbols=step.shape[1], **settings)
        with np.errstate(divide="ignore"):
            model._keep(_normalised({"start": np.log(first), "transitions": np.log(step)}))
        return model

    @property
    def n_parameters_(self) -> int:
        """Number of free probabilities."""
        weights = self._fitted()
        return weights["start"].size - 1 + weights["transitions"].size - self.states

    def sample(self, length: int, random_state: Any = None) -> NDArray[np.intp]:  # noqa: D102
        length = _checks.integer("length", length)
        rng = self._rng(random_state)
        weights = self._fitted()
        cumulative = np.exp(weights["transitions"][0]).reshape(self.states, -1).cumsum(axis=1)
        state = int(rng.choice(self.states, p=np.exp(weights["start"][0])))
        drawn = np.empty(length, np.intp)
        for step, chance in enumerate(rng.random(length)):
            row = cumulative[state]
            drawn[step], state = divmod(int(np.argmax(chance * row[-1] < row)), self.states)
        return drawn

    def _symbols(self) -> int:
        return _checks.integer("symbols", self.symbols)

    def _drawn(self, candidates: int, rng: np.random.Generator) -> Weights:
        states, symbols = self.states, self.symbols
        # From nearly even to nearly certain probabilities.
        spread = rng.uniform(0.0, 4.0, (candidates, 1, 1, 1))
        transitions = spread * rng.normal(size=(candidates, states, symbols, states))
        transitions[candidates // 2 :] = np.log(
            _clocks(candidates - candidates // 2, states, symbols, rng)
        )
        return {"start": np.zeros((candidates, states)), "transitions": transitions}

    def _likelihood(self, records: list[NDArray[np.intp]]) -> Likelihood:
        return _ForwardLikelihood(RecordProducts(records, self.symbols), self.pseudocount)

    def _weights_belong_to(self) -> dict[str, Any]:
        return {"states": self.states, "symbols": self.symbols}

    def _checked_weights(self, weights: Mapping[str, Any]) -> Weights:
        states, symbols = _checks.integer("states", self.states), self._symbols()
        shapes = {"start": (states,), "transitions": (states, symbols, states)}
        if set(weights) != set(shapes):
            raise ValueError(
                f"weights must hold {', '.join(shapes)}; got {', '.join(weights) or 'nothing'}"
            )
        for name, shape in shapes.items():
            with np.errstate(over="ignore"):
                probabilities = np.exp(weights[name])  # the logarithm of 0 is minus infinity
            name = f"the exponential of weights[{name!r}]"
            _check_sums(name, _checks.real_array(name, probabilities, shape))
        return {name: weights[name] for name in shapes}

    def _check_settings(self) -> None:
        super()._check_settings()
        _checks.integer("states", self.states)
        _checks.integer("symbols", self.symbols)
        _checks.number("pseudocount", self.pseudocount, 0.0)

    def _as_kept(self, weights: Weights) -> Weights:
        return _normalised(weights)


def _check_sums(name: str, probabilities: Real) -> None:
    """Raise ValueError unless they are probabilities, of states or from each state."""
    axes = tuple(range(1, probabilities.ndim)) or None
    sums = np.atleast_1d(probabilities.sum(axis=axes))
    least = probabilities.min(initial=0.0)
    if least < 0 or not np.allclose(sums, 1.0, rtol=0, atol=1e-9):
        raise ValueError(
            f"{name} must be probabilities that sum to 1, "
            f"got sums {sums.tolist()} and a least one of {least:g}"
        )


def _clocks(number: int, states: int, symbols: int, rng: np.random.Generator) -> Real:
    """Return transitions of clocks, (number, states, symbols, states).

    At symbol 0 a clock advances from each state to the next, and from the last into a loop of
    random length; now and then it stays, or skips a state. At any other symbol it begins anew.
    """
    found = np.full((number, states, symbols, states), ELSEWHERE / states)
    loop = rng.integers(0, states, (number, 1))  # where the loop begins
    follows = np.arange(1, states + 1) + np.zeros((number, 1), int)
    skips = follows + 1
    follows = np.where(follows < states, follows, loop)
    skips = np.where(skips < states, skips, np.minimum(loop + skips - states, states - 1))
    ends = rng.uniform(0.0, 1.0, (number, states)) * 10 ** rng.uniform(-2.0, 0.0, (number, 1))
    stay, skip = rng.uniform(0.0, 0.4, (2, number, 1)) * rng.integers(0, 2, (2, number, 1))
    each, model = np.arange(states), np.arange(number)[:, None]
    found[model, each, 0, each] += (1 - ends) * stay
    found[model, each, 0, skips] += (1 - ends) * skip
    found[model, each, 0, follows] += (1 - ends) * (1 - stay - skip)
    found[:, :, 1:, 0] += ends[:, :, None] / max(1, symbols - 1)
    return found


class _ForwardLikelihood:
    """The likelihood of records as a function of unnormalised logarithms of probabilities."""

    def __init__(self, records: RecordProducts, pseudocount: float) -> None:
        self._records, self._pseudocount = records, pseudocount

    def log_likelihoods(self, weights: Weights) -> Real:
        with small_products():
            forward, made = self._forward(_normalised(weights))
            logs: Real = made.logs + np.log(forward.sum(axis=2))
        return logs

    def next_probabilities(self, weights: Weights) -> Real:
        with small_products():
            logs = _normalised(weights)
            forward, _ = self._forward(logs)
            emitted = np.exp(logs["transitions"]).sum(axis=3)
            next_symbol: Real = forward @ emitted / forward.sum(axis=2, keepdims=True)
        return next_symbol

    def total_and_gradient(self, weights: Weights) -> tuple[Real, Weights]:
        with small_products():
            logs = _normalised(weights)
            forward, made = self._forward(logs)
            sums = forward.sum(axis=2)
            total: Real = (made.logs + np.log(sums)).sum(axis=1)
            start = np.exp(logs["start"])
            of_product = start[:, None, None, :] / sums[:, :, None, None]
            of_product = np.broadcast_to(of_product, made.matrix.shape)
            of_operators = self._records.gradient(made, of_product)
            of_start = (made.matrix.sum(axis=2) / sums[:, :, None]).sum(axis=1)
            gradients = {
                "start": of_start,
                "transitions": of_operators.transpose(0, 3, 1, 2),
            }
            if self._pseudocount:
                transitions = logs["transitions"]
                total = total + self._pseudocount * transitions.sum(axis=(1, 2, 3))
                gradients["transitions"] += self._pseudocount * np.exp(-transitions)
            return total, {name: _softmax_gradient(logs[name], gradients[name]) for name in logs}

    def _forward(self, logs: Weights) -> tuple[Real, Products]:
        """Return the scaled probabilities of records and states at their ends, and products."""
        # The state of a model is a column: operator[symbol][next, present].
        operators = np.exp(logs["transitions"]).transpose(0, 2, 3, 1)
        made = self._records.products(np.ascontiguousarray(operators))
        forward: Real = (made.matrix @ np.exp(logs["start"])[:, None, :, None])[..., 0]
        return forward, made


def _normalised(weights: Weights) -> Weights:
    """Return logarithms of probabilities that sum to 1: over states, or symbols and next states."""
    start, transitions = weights["start"], weights["transitions"]
    rows = transitions.reshape(*transitions.shape[:-2], -1)
    return {
        "start": log_softmax(start, axis=-1),
        "transitions": log_softmax(rows, axis=-1).reshape(transitions.shape),
    }


def _softmax_gradient(logs: Real, change: Real) -> Real:
    """Return the gradient in unnormalised logarithms for that in the probabilities."""
    probabilities = np.exp(logs)
    slopes = probabilities * change
    axes = -1 if logs.ndim == 2 else (-2, -1)
    gradient: Real = slopes - probabilities * slopes.sum(axis=axes, keepdims=True)
    return gradient
