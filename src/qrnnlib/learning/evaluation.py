"""Fair comparison of models: the same windows, several runs each, all results in one table."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from tqdm.auto import tqdm

from qrnnlib import _checks
from qrnnlib.series.splitting import Split


def interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Return the mean over runs and its confidence interval from Student's t distribution.

    Parameters
    ----------
    values : array_like, shape (runs,)
    level : float, default 0.95
        Confidence level, in (0, 1).

    Returns
    -------
    mean, low, high : float
        With a single run there is no interval: low and high equal the mean.

    Raises
    ------
    TypeError, ValueError
        If `values` is empty, not finite or too large to be squared, or `level` is out of range.

    Examples
    --------
    >>> mean, low, high = interval([1.0, 2.0, 3.0])
    >>> mean, round(low, 3), round(high, 3)
    (2.0, -0.484, 4.484)
    """
    runs = _checks.real_array("values", values, (None,))
    level = confidence_level(level)
    if not runs.size:
        raise ValueError("values must hold at least one run, got none")
    with np.errstate(over="ignore"):
        mean = float(runs.mean())
        if runs.size == 1:
            return mean, mean, mean
        reach = float(stats.sem(runs) * stats.t.ppf((1 + level) / 2, runs.size - 1))
    if not np.isfinite(mean - reach) or not np.isfinite(mean + reach):
        raise ValueError("values must be small enough for their squares to be finite")
    return mean, mean - reach, mean + reach


def confidence_level(level: float) -> float:
    """Return a confidence level, or refuse one that is not in (0, 1)."""
    level = _checks.number("level", level, maximum=1.0, above=0.0)
    if level == 1:
        raise ValueError("level must be less than 1, got 1")
    return level


@dataclass(frozen=True, eq=False)
class Score:
    """Results of one model, with one entry for each run.

    Attributes
    ----------
    parameters : int or None
        Number of weights the prediction depends on; None for a model that does not report it,
        such as a forest.
    train_mse, test_mse : ndarray, shape (runs,)
        Mean squared error in scaled units.
    test_rmse, test_mae : ndarray, shape (runs,)
        Root mean squared and mean absolute error in the series' own unit.
    predictions : tuple of ndarray
        Forecasts of each run's test part, in the series' own unit.
    seconds : float
        Time for all runs, including compilation.
    """

    parameters: int | None
    train_mse: NDArray[np.float64]
    test_mse: NDArray[np.float64]
    test_rmse: NDArray[np.float64]
    test_mae: NDArray[np.float64]
    predictions: tuple[NDArray[np.float64], ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Scoreboard:
    """Scores by model name, displayed as a table with the best test error first.

    Attributes
    ----------
    scores : dict of str to Score
    unit : str
        Unit of the last two columns of the table.
    """

    scores: dict[str, Score]
    unit: str

    def ranking(self) -> list[str]:
        """Return the names of the models, lowest mean test error first."""
        return sorted(self.scores, key=lambda name: float(self.scores[name].test_rmse.mean()))

    def rows(self) -> list[tuple[str, ...]]:
        """Return the table as rows of text, the column heads first."""
        unit = f" ({self.unit})" if self.unit else ""
        head = ("model", "parameters", "train MSE", "test MSE", f"RMSE{unit}", f"MAE{unit}")
        body = [
            (
                name,
                "?" if score.parameters is None else str(score.parameters),
                f"{score.train_mse.mean():.4f}",
                _with_interval(score.test_mse, 4),
                _with_interval(score.test_rmse, 3),
                f"{score.test_mae.mean():.3f}",
            )
            for name, score in ((name, self.scores[name]) for name in self.ranking())
        ]
        return [head, *body]

    def __repr__(self) -> str:
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )

    def _repr_html_(self) -> str:
        head, *body = ([html.escape(cell) for cell in row] for row in self.rows())
        # Jupyter would typeset text between two dollar signs in a name as a formula.
        table = '<table class="mathjax_ignore tex2jax_ignore">'
        lines = [table, "<thead><tr>", *(f'<th scope="col">{cell}</th>' for cell in head)]
        lines += ["</tr></thead>", "<tbody>"]
        for name, *cells in body:
            lines += [
                f'<tr><th scope="row">{name}</th>',
                *(f"<td>{c}</td>" for c in cells),
                "</tr>",
            ]
        return "".join([*lines, "</tbody></table>"])


def compare(
    models: Mapping[str, Any],
    splits: Sequence[Split],
    progress: bool = True,
    n_jobs: int | None = None,
) -> Scoreboard:
    """Fit every model on the training part of every split, and score it on the test part.

    Parameters
    ----------
    models : mapping of str to estimator
        Scikit-learn regressors. Clones of them are fitted; where a model has a ``random_state``,
        it is set to the number of the run. The steps of a Pipeline are not seeded.
    splits : sequence of Split
        One for each run. Newly drawn series show the spread over noise; the same split several
        times shows the spread over starting weights alone.
    progress : bool, default True
        Show a progress bar over models and runs after the first second.
    n_jobs : int, optional
        Number of threads, each fitting one model at a time; -1 for one thread per processor, None
        (default) for joblib's own default, which is one. On two processors, two threads saved a
        sixth of the time of the book's comparisons.

    Returns
    -------
    Scoreboard

    Raises
    ------
    TypeError
        If `models` is not a mapping to estimators, `splits` is not a sequence of splits, or
        `n_jobs` is not an integer.
    ValueError
        If there is no model, no split, or a split without a test part, or if `n_jobs` is out of
        range.

    Examples
    --------
    >>> from qrnnlib import Persistence, noisy_sine, split_in_time, window_ridge
    >>> splits = [split_in_time(noisy_sine(random_state=r)) for r in range(3)]
    >>> board = compare({"persistence": Persistence(), "ridge": window_ridge()}, splits)
    >>> board.ranking()
    ['ridge', 'persistence']
    """
    _checks.instance("models", models, Mapping)
    _checks.instance("splits", splits, Sequence)
    if not models:
        raise ValueError("models must hold at least one model, got none")
    if not splits:
        raise ValueError("splits must hold at least one split, got none")
    for number, split in enumerate(splits):
        _checks.instance("splits", split, Split)
        if not len(split.y_test):
            raise ValueError(f"splits must each have a test part, got none in split {number}")
    for name, model in models.items():
        if isinstance(model, type) or not hasattr(model, "get_params"):
            raise TypeError(f"models must be estimators, got {type(model).__name__} for {name!r}")
    threads = None
    if n_jobs is not None:
        threads = min(_checks.integer("n_jobs", n_jobs, minimum=-1), len(models))
        if not threads:
            raise ValueError("n_jobs must be a number of threads, or -1, got 0")
    with tqdm(
        total=len(models) * len(splits), unit="fit", disable=not progress, delay=1.0, leave=False
    ) as bar:
        jobs = (delayed(_score)(model, splits, bar) for model in models.values())
        scores = Parallel(n_jobs=threads, prefer="threads")(jobs)
    return Scoreboard(dict(zip(models, scores, strict=True)), splits[0].unit)


def _score(model: Any, splits: Sequence[Split], bar: Any) -> Score:
    start = perf_counter()
    errors: list[tuple[float, ...]] = []
    predictions = []
    for run, split in enumerate(splits):
        fitted = clone(model)
        if "random_state" in fitted.get_params():
            fitted.set_params(random_state=run)
        fitted.fit(split.X_train, split.y_train)
        forecast = fitted.predict(split.X_test)
        predictions.append(split.to_units(forecast))
        miss = predictions[-1] - split.to_units(split.y_test)
        errors.append(
            (
                float(np.mean((fitted.predict(split.X_train) - split.y_train) ** 2)),
                float(np.mean((forecast - split.y_test) ** 2)),
                float(np.sqrt(np.mean(miss**2))),
                float(np.mean(np.abs(miss))),
            )
        )
        bar.update()
    train, test, rmse, mae = np.array(errors).T
    seconds = perf_counter() - start
    return Score(_parameters(fitted), train, test, rmse, mae, tuple(predictions), seconds)


def _parameters(fitted: Any) -> int | None:
    """Return how many weights a fitted model has, None if it does not report them."""
    if isinstance(fitted, Pipeline):
        fitted = fitted[-1]
    if hasattr(fitted, "n_parameters_"):
        return int(fitted.n_parameters_)
    if hasattr(fitted, "coef_") and hasattr(fitted, "intercept_"):  # a linear model
        return int(np.size(fitted.coef_) + np.size(fitted.intercept_))
    return None


def _with_interval(values: NDArray[np.float64], digits: int) -> str:
    mean, _, high = interval(values)
    if values.std() <= 1e-12 * abs(mean):  # runs that differ only by rounding
        return f"{mean:.{digits}f}"
    return f"{mean:.{digits}f} ± {high - mean:.{digits}f}"
