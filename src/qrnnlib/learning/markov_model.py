"""A measured cell as a model of sequences of symbols: `QuantumMarkovModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from qrnnlib import _checks
from qrnnlib.cell import fitted_settings
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.outcome_likelihood import OutcomeLikelihood
from qrnnlib.cell.outcome_process import sample_outcomes
from qrnnlib.cell.reference import MeasuredCell
from qrnnlib.learning.layout import Layout
from qrnnlib.learning.settings import Settings
from qrnnlib.learning.symbol_sequences import Sequences, checked
from qrnnlib.physics import lbfgs

#: The best `FEW` candidates take `FIRST_STEPS` steps of L-BFGS, and the best of these all others.
FEW, FIRST_STEPS = 64, 10

#: Candidates evaluated at once.
BLOCK = 256

#: Spread of what a light coupling leaves nearly 0, and the strongest such coupling, in radians.
NEARLY, STRONGEST = 0.05, np.pi / 4

#: How candidates are drawn; the first is the default.
INITS = ("light_coupling", "uniform")


@dataclass(eq=False, repr=False, kw_only=True)
class QuantumMarkovModel(BaseEstimator):  # type: ignore[misc]
    """Model of sequences of symbols: the outcomes of a measured cell with a constant input.

    At each step the system is prepared in one state, entangled with the memory by canonical layers,
    and measured: the outcome is the symbol, and the memory collapses with it. Such a cell is a
    hidden quantum Markov model. It is fitted by maximum likelihood: many candidates are drawn,
    and L-BFGS improves the best of them.

    Parameters
    ----------
    system_qubits : int, default 1
        There are ``2**system_qubits`` symbols.
    memory_qubits : int, default 1
    layers : int, default 1
        Canonical layers, see `qrnnlib.canonical_layers`.
    init : {"light_coupling", "uniform"}, default "light_coupling"
        How candidates are drawn. ``"light_coupling"``: the system in nearly ``|0>``, the memory
        turned by any angle, couplings of up to about half a SWAP in which excitations are
        exchanged. ``"uniform"``: angles uniform in [-pi, pi), the system in a random state.
    candidates : int, default 4096
        Number of cells drawn.
    restarts : int, default 8
        Number of cells of which L-BFGS takes up to `lbfgs_steps` steps; at most `candidates`.
    lbfgs_steps : int, default 200
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default None
        Source of the candidates, and of the symbols of `sample`. None draws new ones each time.

    Attributes
    ----------
    weights_ : dict of ndarray
        ``entangler``, shaped as in `qrnnlib.canonical_layers`, in radians; ``input_bias``,
        (2**system_qubits,): the system's state before normalisation; and ``input_weight``, which
        the constant input 0 leaves without effect.
    scores_ : ndarray, shape (restarts,)
        `score` on the training sequences of each restart, best first. Weights loaded by
        `from_weights` have none.
    n_parameters_ : int
        Number of weights on which probabilities may depend.

    References
    ----------
    Monras, Beige, Wiesner, arXiv:1002.2337; Srinivasan, Gordon, Boots, NeurIPS 2018. The cell is
    that of Daskin, arXiv:2505.06774, without a disentangler and with canonical layers.

    Examples
    --------
    Symbols that alternate:

    >>> model = QuantumMarkovModel(candidates=64, restarts=2, random_state=0)
    >>> model = model.fit([[0, 1] * 50])
    >>> bool(model.score([[0, 1] * 50]) > -0.01)
    True
    >>> model.predict_proba([[0, 1, 0]]).round(2)
    array([[0., 1.]])
    """

    system_qubits: int = 1
    memory_qubits: int = 1
    layers: int = 1
    init: str = "light_coupling"
    candidates: int = 4096
    restarts: int = 8
    lbfgs_steps: int = 200
    random_state: Any = None

    def design(self) -> CellDesign:
        """Return the cell's design under the current settings.

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range.
        """
        return CellDesign(
            system_qubits=self.system_qubits,
            memory_qubits=self.memory_qubits,
            layers=self.layers,
            collapse="sampled",
            disentangler=None,
            ansatz="canonical",
        )

    @classmethod
    def from_weights(cls, weights: Mapping[str, ArrayLike], **settings: Any) -> Self:
        """Return a model that holds the given weights, without any training.

        Parameters
        ----------
        weights : mapping of str to array
            Shaped like `weights_`.
        **settings
            Settings of the model; the meaning of the weights depends on them.

        Raises
        ------
        TypeError, ValueError
            If the weights do not match the settings.

        Examples
        --------
        An idle cell measures what its system was prepared in:

        >>> weights = {"entangler": np.zeros((1, 5)), "input_weight": [0, 0], "input_bias": [0, 1]}
        >>> QuantumMarkovModel.from_weights(weights).predict_proba([[1]]).round(12)
        array([[0., 1.]])
        """
        model = cls(**settings)
        model._keep(model.design().check_weights(weights))
        return model

    def fit(self, X: Sequences, y: object = None) -> Self:
        """Fit the cell to sequences of symbols.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)
            Symbols, each in ``range(2**system_qubits)``, oldest first. Every sequence starts from
            the initial memory. Lengths may differ.
        y : None
            Not used; it is there for scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        TypeError, ValueError
            If a setting is out of range, or `X` does not hold such sequences.
        """
        design = self.design()
        records = checked("X", X, design.system_dim)
        candidates = _checks.integer("candidates", self.candidates)
        restarts = _checks.integer("restarts", self.restarts, maximum=candidates)
        steps = _checks.integer("lbfgs_steps", self.lbfgs_steps, minimum=0)
        _checks.option("init", self.init, INITS)
        rng = np.random.default_rng(Settings.seed(self.random_state))
        likelihood = OutcomeLikelihood(design, records)
        unit = sum(map(len, records)) * np.log(2)
        drawn = candidate_weights(design, self.init, candidates, rng)
        layout = Layout.of(drawn)
        rows = layout.rows(drawn)

        def score(rows: NDArray[Any]) -> NDArray[np.float64]:
            logs: NDArray[np.float64] = likelihood.log_likelihoods(layout.tree(rows))
            return logs.sum(axis=1) / unit

        def score_and_gradient(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[Any]]:
            total, gradient = likelihood.total_and_gradient(layout.tree(rows))
            return total / unit, layout.rows(gradient) / unit

        blocks = range(0, candidates, BLOCK)
        scores = np.concatenate([score(rows[first : first + BLOCK]) for first in blocks])
        for kept, taken in ((max(FEW, restarts), min(FIRST_STEPS, steps)), (restarts, steps)):
            rows = rows[np.argsort(-scores, kind="stable")[:kept]]
            scores, rows = lbfgs.climb(score_and_gradient, rows, taken)
        self.scores_ = -np.sort(-scores)
        self._keep(layout.tree(rows[np.argmax(scores)]))
        return self

    def score(self, X: Sequences, y: object = None) -> float:
        """Return the mean log-likelihood of a symbol in bits; 0 at best.

        Its negative is the number of bits that a perfect code built on this model needs for each
        symbol.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)
        y : None

        Raises
        ------
        TypeError, ValueError
            If `X` does not hold sequences of the cell's symbols, or a setting was changed since
            the weights were fitted.
        sklearn.exceptions.NotFittedError
            If there are no weights yet.
        """
        design, weights = self._cell()
        records = checked("X", X, design.system_dim)
        logs = OutcomeLikelihood(design, records).log_likelihoods(weights)
        return float(logs.sum() / sum(map(len, records)) / np.log(2))

    def predict_proba(self, X: Sequences) -> NDArray[np.float64]:
        """Return the probability of each symbol to follow each sequence.

        Parameters
        ----------
        X : sequence of sequences of int, or array_like, shape (sequences, length)

        Returns
        -------
        ndarray, shape (sequences, 2**system_qubits)
            NaN after a sequence that the model holds for impossible.

        Raises
        ------
        TypeError, ValueError, sklearn.exceptions.NotFittedError
            As for `score`.
        """
        design, weights = self._cell()
        likelihood = OutcomeLikelihood(design, checked("X", X, design.system_dim))
        probabilities: NDArray[np.float64] = likelihood.next_probabilities(weights)[0]
        return probabilities

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
        source = self.random_state if random_state is None else random_state
        rng = np.random.default_rng(Settings.seed(source))
        return sample_outcomes(self.cell(), length, random_state=rng)

    def cell(self) -> MeasuredCell:
        """Return the fitted cell in QuTiP.

        Raises
        ------
        ValueError
            If a setting was changed since the weights were fitted.
        sklearn.exceptions.NotFittedError
            If there are no weights yet.
        """
        design, weights = self._cell()
        return MeasuredCell({name: array[0] for name, array in weights.items()}, design)

    def _keep(self, weights: Weights) -> None:
        self.weights_ = weights
        design = self.design()
        self.n_parameters_ = weights["entangler"].size + design.system_dim - 1
        fitted_settings.store(self)

    def _cell(self) -> tuple[CellDesign, Weights]:
        """Return the design, and the weights with an axis of cells."""
        check_is_fitted(self, "weights_")
        fitted_settings.check_unchanged("model", self)
        return self.design(), {name: array[None] for name, array in self.weights_.items()}

    def _weights_belong_to(self) -> dict[str, Any]:
        names = ("system_qubits", "memory_qubits", "layers")
        return {name: getattr(self, name) for name in names}


def candidate_weights(
    design: CellDesign, init: str, candidates: int, rng: np.random.Generator
) -> Weights:
    """Return weights of a canonical cell drawn as `init` says, with an axis of candidates.

    Examples
    --------
    >>> design = CellDesign(1, 1, 1, ansatz="canonical", disentangler=None)
    >>> weights = candidate_weights(design, "uniform", 7, np.random.default_rng(0))
    >>> weights["entangler"].shape
    (7, 1, 5)
    """
    shapes = {name: (candidates, *shape) for name, shape in design.weight_shapes.items()}
    weights = {name: np.zeros(shape) for name, shape in shapes.items()}
    if init == "uniform":
        weights["entangler"] = rng.uniform(-np.pi, np.pi, shapes["entangler"])
        weights["input_bias"] = rng.normal(size=shapes["input_bias"])
        return weights
    weights["input_bias"] = rng.normal(0.0, NEARLY, shapes["input_bias"])
    weights["input_bias"][:, 0] += 1.0
    angles = rng.normal(0.0, NEARLY, shapes["entangler"])
    angles[:, :, design.system_qubits : design.qubits] = rng.uniform(
        -np.pi, np.pi, (candidates, design.layers, design.memory_qubits)
    )
    # Equal couplings of XX and YY exchange an excitation of the one qubit for that of the other.
    couplings = angles[:, :, design.qubits :].reshape(candidates, design.layers, -1, 3)
    couplings[..., :2] += rng.uniform(0.0, STRONGEST, (*couplings.shape[:3], 1))
    weights["entangler"] = angles
    return weights
