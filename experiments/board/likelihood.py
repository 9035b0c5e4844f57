"""Maximum likelihood for models with a state: statsmodels fits and filters, this file sees to it.

Parameters are those of the training part; the states then follow the measured values, one step
behind each forecast.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from experiments.board.problems import Problem

Reals = NDArray[np.float64]

#: Of one start: how often the search may go on from where it stopped.
CONTINUED = 5


def measured(training: Problem) -> Problem:
    """Return a training part without what follows its last target that counts.

    A value missing at its end is interpolated, and so depends on the test part.
    """
    return training.until(int(np.flatnonzero(training.counts)[-1]) + 1)


def most_likely(model: Any, starts: Iterable[ArrayLike]) -> Any:
    """Return the results of greatest likelihood of those starts from which the search converged.

    Parameters
    ----------
    model : statsmodels.tsa.statespace.mlemodel.MLEModel
    starts : iterable of array_like
        Parameters to begin from.

    Raises
    ------
    RuntimeError
        If the search converges from none of them.
    """
    converged = [results for start in starts if (results := _search(model, start)) is not None]
    if not converged:
        raise RuntimeError(
            f"the likelihood of {type(model).__name__} has no maximum from any start"
        )
    return max(converged, key=lambda results: results.llf)


def _search(model: Any, start: ArrayLike) -> Any | None:
    """Return the results from one start, or None if they still change after the last round."""
    parameters = np.asarray(start, dtype=float)
    if parameters.size == 0:
        return model.filter(parameters)
    for _ in range(CONTINUED):
        # Whether it converged is asked here, so statsmodels need not warn of it. The search may try
        # a logistic function far out, where exp overflows and the function is 0, as it should be.
        with np.errstate(over="ignore"):
            results = model.fit(
                parameters, cov_type="none", maxiter=100, disp=False, warn_convergence=False
            )
        if results.mle_retvals["converged"]:
            return results
        parameters = results.params
    return None


def aicc(results: Any, places: NDArray[np.intp], parameters: int) -> float:
    """Return Akaike's criterion with Hurvich and Tsai's correction, over some places.

    The likelihood is that of the values at the places, given all before each. Over the same
    places, models may be compared whatever they need at the start.
    """
    return corrected(float(results.llf_obs[places].sum()), len(places), parameters)


def corrected(log_likelihood: float, values: int, parameters: int) -> float:
    """Return ``-2 log L + 2 k n / (n - k - 1)`` (Hurvich and Tsai, Biometrika 76, 297 (1989))."""
    return 2 * parameters * values / (values - parameters - 1) - 2 * log_likelihood


def filtered(results: Any, values: Reals, exog: Reals | None = None) -> Reals:
    """Return the forecast of each value from those before it, with the parameters of a fit."""
    model = results.model.clone(values, exog=exog)
    return np.asarray(model.filter(results.params).fittedvalues)
