"""What the models of sequences of symbols share: maximum likelihood from many candidates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.design import Weights
from qrnnlib.learning.layout import Layout
from qrnnlib.learning.settings import Settings
from qrnnlib.learning.symbol_sequences import Sequences, checked
from qrnnlib.physics import lbfgs

Real = NDArray[np.float64]

#: The best `FEW` candidates take `FIRST_STEPS` steps of L-BFGS, and the best of these all others.
FEW, FIRST_STEPS = 64, 10

#: Candidates evaluated at once.
BLOCK = 256


class Likelihood(Protocol):
    """How likely models with given weights, which have an axis of models, make sequences."""

    def log_likelihoods(self, weights: Weights) -> Real:
        """Return natural logarithms of probabilities, (models, sequences)."""

    def total_and_gradient(self, weights: Weights) -> tuple[Real, Weights]:
        """Return the log-likelihood of all sequences together, (models,), and its gradient.

        With a prior, its logarithm is added.
        """

    def next_probabilities(self, weights: Weights) -> Real:
        """Return the probability of each next symbol, (models, sequences, symbols)."""


@dataclass(eq=False, repr=False, kw_only=True)
class SequenceModel(BaseEstimator, ABC):  # type: ignore[misc]
    """A model of sequences of symbols that is fitted by maximum likelihood.

    Parameters
    ----------
    candidates : int, default 4096
        Number of models drawn.
    restarts : int, default 8
        Number of models that take up to `lbfgs_steps` steps of L-BFGS; at most `candidates`.
    lbfgs_steps : int, default 200
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default None
        Source of the candidates, and of the symbols of `sample`. None draws new ones each time.
    """

    candidates: int = 4096
    restarts: int = 8
    lbfgs_steps: int = 200
    random_state: Any = None

    def fit(self, X: Sequences, y: object = None) -> Self:
        """Fit the model to sequences of symbols.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)
            Symbols, oldest first. Each sequence begins anew. Lengths may differ.
        y : None
            Not used; it is there for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range, or `X` does not hold sequences of the model's symbols.
        """
        self._check_settings()
        records = checked("X", X, self._symbols())
        candidates, restarts, steps = self.candidates, self.restarts, self.lbfgs_steps
        rng = np.random.default_rng(Settings.seed(self.random_state))
        drawn = self._drawn(candidates, rng)
        layout = Layout.of(drawn)
        rows = layout.rows(drawn)
        likelihood = self._likelihood(records)
        unit = sum(map(len, records)) * np.log(2)

        def score_and_gradient(rows: Real) -> tuple[Real, Real]:
            total, gradient = likelihood.total_and_gradient(layout.tree(rows))
            return total / unit, layout.rows(gradient) / unit

        parts = (layout.tree(rows[first : first + BLOCK]) for first in range(0, candidates, BLOCK))
        scores = np.concatenate([likelihood.log_likelihoods(part).sum(axis=1) for part in parts])
        for kept, taken in ((max(FEW, restarts), min(FIRST_STEPS, steps)), (restarts, steps)):
            rows = rows[np.argsort(-scores, kind="stable")[:kept]]
            scores, rows = lbfgs.climb(score_and_gradient, rows, taken)
        self.scores_ = -np.sort(-scores)
        self._keep(self._as_kept(layout.tree(rows[np.argmax(scores)])))
        return self

    def score(self, X: Sequences, y: object = None) -> float:
        """Return the mean log-likelihood of a symbol in bits; 0 at best.

        Its negative is the mean number of bits for a symbol in the best code for this model.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)
        y : None

        Raises
        ------
        TypeError, ValueError
            If `X` does not hold sequences of the model's symbols, or a setting was changed since
            the weights were fitted.
        sklearn.exceptions.NotFittedError
            If there are no weights yet.
        """
        weights, records = self._fitted(), checked("X", X, self._symbols())
        logs = self._likelihood(records).log_likelihoods(weights)
        return float(logs.sum() / sum(map(len, records)) / np.log(2))

    def predict_proba(self, X: Sequences) -> Real:
        """Return the probability of each symbol to follow each sequence.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)

        Returns
        -------
        ndarray, shape (sequences, symbols)
            NaN after a sequence that the model never makes.

        Raises
        ------
        TypeError, ValueError, sklearn.exceptions.NotFittedError
            As for `score`.
        """
        weights = self._fitted()
        likelihood = self._likelihood(checked("X", X, self._symbols()))
        probabilities: Real = likelihood.next_probabilities(weights)[0]
        return probabilities

    @abstractmethod
    def sample(self, length: int, random_state: Any = None) -> NDArray[np.intp]:
        """Return a sequence of symbols drawn from the model.

        Parameters
        ----------
        length : int
        random_state : None, int, RandomState or Generator, default None
            None stands for the model's own.

        Raises
        ------
        TypeError, ValueError
            If an argument is of another kind, or a setting was changed since fitting.
        sklearn.exceptions.NotFittedError
            If there are no weights yet.
        """

    @abstractmethod
    def _symbols(self) -> int:
        """Return the number of symbols."""

    @abstractmethod
    def _drawn(self, candidates: int, rng: np.random.Generator) -> Weights:
        """Return random weights, with an axis of candidates."""

    @abstractmethod
    def _likelihood(self, records: list[NDArray[np.intp]]) -> Likelihood:
        """Return the likelihood of checked sequences."""

    @abstractmethod
    def _weights_belong_to(self) -> dict[str, Any]:
        """Return the settings that the weights belong to."""

    @abstractmethod
    def _checked_weights(self, weights: Mapping[str, Any]) -> Weights:
        """Return weights as arrays, if they match the settings."""

    def _check_settings(self) -> None:
        """Raise TypeError or ValueError if a setting is out of range."""
        candidates = _checks.integer("candidates", self.candidates)
        _checks.integer("restarts", self.restarts, maximum=candidates)
        _checks.integer("lbfgs_steps", self.lbfgs_steps, minimum=0)
        Settings.seed(self.random_state)

    def _as_kept(self, weights: Weights) -> Weights:
        """Return weights of the search in the form of `weights_`."""
        return weights

    def _keep(self, weights: Weights) -> None:
        self.weights_ = weights
        fitted_settings.store(self)

    def _fitted(self) -> Weights:
        """Return the fitted weights, with an axis of models."""
        check_is_fitted(self, "weights_")
        fitted_settings.check_unchanged("model", self)
        return {name: array[None] for name, array in self.weights_.items()}

    def _rng(self, random_state: Any) -> np.random.Generator:
        source = self.random_state if random_state is None else random_state
        return np.random.default_rng(Settings.seed(source))
