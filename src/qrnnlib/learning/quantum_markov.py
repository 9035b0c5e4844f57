"""A measured cell as a model of sequences of symbols: `QuantumMarkovModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qrnnlib import _checks
from qrnnlib.cell.design import CellDesign, Weights
from qrnnlib.cell.outcome_likelihood import OutcomeLikelihood
from qrnnlib.cell.outcome_process import sample_outcomes
from qrnnlib.cell.reference import MeasuredCell
from qrnnlib.learning.sequence_model import Likelihood, SequenceModel

#: How candidates are drawn.
INITS = ("light_coupling", "uniform")

#: Spread of what a light coupling leaves nearly 0, and the strongest such coupling, in radians.
NEARLY, STRONGEST = 0.05, np.pi / 4


@dataclass(eq=False, repr=False, kw_only=True)
class QuantumMarkovModel(SequenceModel):
    """Model of sequences of symbols: the outcomes of a measured cell with a constant input.

    At each step the system is prepared in one state, entangled with the memory by canonical layers,
    and measured. The outcome is the symbol, and the memory collapses with it. Such a cell is a
    hidden quantum Markov model. It is fitted by maximum likelihood: many candidates are drawn, and
    L-BFGS improves the best of them.

    Parameters
    ----------
    system_qubits : int, default 1
        There are ``2**system_qubits`` symbols.
    memory_qubits : int, default 1
    layers : int, default 1
        Canonical layers, see `qrnnlib.canonical_layers`.
    init : {"light_coupling", "uniform"}, default "light_coupling"
        How candidates are drawn. ``"light_coupling"``: the system nearly in ``|0>``, memory qubits
        rotated by any angle, and couplings of up to half a SWAP that exchange excitations.
        ``"uniform"``: angles uniform in [-pi, pi), the system in a random real state.
    candidates, restarts, lbfgs_steps, random_state
        Defaults: 4096, 8, 200, None. `candidates` cells are drawn, and the best `restarts`
        take up to `lbfgs_steps` steps of L-BFGS. `random_state` (None, int, RandomState or
        Generator) is also the source of `sample`.

    Attributes
    ----------
    weights_ : dict of ndarray
        ``entangler``, shaped as in `qrnnlib.canonical_layers`, in radians; ``input_bias``,
        (2**system_qubits,): the system's state before normalisation; and ``input_weight``, which
        has no effect at the constant input 0.
    scores_ : ndarray, shape (restarts,)
        `score` on the training sequences after each restart, best first. A model made by
        `from_weights` has none.
    n_parameters_ : int
        Number of weights on which probabilities may depend.

    References
    ----------
    Monras, Beige, Wiesner, arXiv:1002.2337; Srinivasan, Gordon, Boots, NeurIPS 2018. The cell is
    that of Daskin, arXiv:2505.06774, with canonical layers and without a disentangler.

    Examples
    --------
    Symbols that alternate:

    >>> model = QuantumMarkovModel(candidates=64, restarts=2, random_state=0)
    >>> model = model.fit([[0, 1] * 50])
    >>> bool(model.score([[0, 1] * 50]) > -0.01)
    True
    >>> model.predict_proba([[0, 1, 0]]).round(2)
    array([[0., 1.]])
    >>> model.sample(4, random_state=0)
    array([0, 1, 0, 1])
    """

    system_qubits: int = 1
    memory_qubits: int = 1
    layers: int = 1
    init: str = "light_coupling"

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
        model._keep(model._checked_weights(weights))
        return model

    @property
    def n_parameters_(self) -> int:
        """Number of weights on which probabilities may depend."""
        return self._fitted()["entangler"].size + self._symbols() - 1

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

    def cell(self) -> MeasuredCell:
        """Return the fitted cell in QuTiP.

        Raises
        ------
        ValueError
            If a setting was changed since the weights were fitted.
        sklearn.exceptions.NotFittedError
            If there are no weights yet.
        """
        return MeasuredCell({n: array[0] for n, array in self._fitted().items()}, self.design())

    def sample(self, length: int, random_state: Any = None) -> NDArray[np.intp]:  # noqa: D102
        return sample_outcomes(self.cell(), length, random_state=self._rng(random_state))

    def _symbols(self) -> int:
        return self.design().system_dim

    def _drawn(self, candidates: int, rng: np.random.Generator) -> Weights:
        design = self.design()
        shapes = {name: (candidates, *shape) for name, shape in design.weight_shapes.items()}
        if self.init == "uniform":
            angles = rng.uniform(-np.pi, np.pi, shapes["entangler"])
            system = rng.normal(size=shapes["input_bias"])
        else:
            angles = rng.normal(0.0, NEARLY, shapes["entangler"])
            turns = angles[:, :, design.system_qubits : design.qubits]
            turns[:] = rng.uniform(-np.pi, np.pi, turns.shape)
            # Equal couplings of XX and YY exchange excitations between system and memory.
            couplings = angles[:, :, design.qubits :].reshape(*angles.shape[:2], -1, 3)
            couplings[..., :2] += rng.uniform(0.0, STRONGEST, (*couplings.shape[:3], 1))
            angles[:, :, design.qubits :] = couplings.reshape(*angles.shape[:2], -1)
            system = np.eye(1, design.system_dim) + rng.normal(0.0, NEARLY, shapes["input_bias"])
        return {
            "entangler": angles,
            "input_weight": np.zeros(shapes["input_weight"]),
            "input_bias": system,
        }

    def _likelihood(self, records: list[NDArray[np.intp]]) -> Likelihood:
        return OutcomeLikelihood(self.design(), records)

    def _weights_belong_to(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("system_qubits", "memory_qubits", "layers")}

    def _checked_weights(self, weights: Mapping[str, Any]) -> Weights:
        return self.design().check_weights(weights)

    def _check_settings(self) -> None:
        super()._check_settings()
        self.design()
        _checks.option("init", self.init, INITS)
