"""Whether one forecast misses less than another: tests over the days, not over the seeds.

Ten seeds say how much a result depends on where training began. Whether a model would also win on
other days is another question: its answer lies in how the difference of the two losses varies from
day to day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from qrnnlib import _checks
from qrnnlib.learning.evaluation import confidence_level

Reals = NDArray[np.float64]

LOSSES: dict[str, Callable[[Reals], Reals]] = {"squared": np.square, "absolute": np.abs}


class ForecastDifference(NamedTuple):
    """How much more one forecast misses than another.

    Attributes
    ----------
    mean, low, high : float
        Mean over days of the first loss minus the second, and its confidence interval.
    statistic : float
        The mean in standard errors, corrected for small samples; negative if the first misses
        less.
    p_value : float
        Probability of a statistic at least as far from zero if both forecasts are equally good.
    days : int
        Number of days.
    """

    mean: float
    low: float
    high: float
    statistic: float
    p_value: float
    days: int


def diebold_mariano(
    first: Any,
    second: Any,
    *,
    lags: int | None = None,
    loss: str = "squared",
    level: float = 0.95,
) -> ForecastDifference:
    r"""Return how much more the first forecast misses than the second, with a test over days.

    The test of Diebold and Mariano takes the difference :math:`d_t` of the two losses on each day
    and asks whether its mean is zero, with the variance of the mean from the autocovariances
    :math:`\gamma_k` of :math:`d_t`,

    .. math:: \frac{1}{n} \Big(\gamma_0 + 2 \sum_{k=1}^{L} \big(1 - \tfrac{k}{L+1}\big)
        \gamma_k \Big),

    and Student's t distribution with the correction for one step ahead of Harvey, Leybourne and
    Newbold, a factor :math:`\sqrt{(n - 1)/n}`. Without autocovariances, ``lags=0``, it is the
    paired t test.

    Parameters
    ----------
    first, second : array_like of shape (days,) or (runs, days), or a list of such arrays
        Forecast minus measurement, for the same days. The losses of several runs, such as seeds,
        are averaged on each day; the numbers of runs may differ. A *list* of NumPy arrays holds
        separate periods, such as test parts of different years: they are pooled, and no
        autocovariance crosses from one to the next.
    lags : int, optional
        L, the number of autocovariances. None (default): the cube root of the number of days of
        each period, rounded down. It must be smaller than the number of days.
    loss : {"squared", "absolute"}, default "squared"
    level : float, default 0.95
        Confidence level of the interval, in (0, 1).

    Returns
    -------
    ForecastDifference

    Raises
    ------
    TypeError, ValueError
        If the arrays do not match, are not finite or have fewer than three days, the losses differ
        by the same amount on every day, or an option is unknown or out of range.

    References
    ----------
    Diebold and Mariano, J. Bus. Econ. Stat. 13, 253 (1995); Harvey, Leybourne and Newbold, Int. J.
    Forecasting 13, 281 (1997); Newey and West, Econometrica 55, 703 (1987).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> weather = rng.normal(size=200)
    >>> found = diebold_mariano(weather, 1.3 * weather + 0.1 * rng.normal(size=200))
    >>> found.mean < 0, found.p_value < 0.01
    (True, True)
    """
    level = confidence_level(level)
    periods = _loss_differences(first, second, loss)
    days = sum(len(d) for d in periods)
    mean = float(np.concatenate(periods).mean())
    # The mean over all days is a weighted mean of independent means of periods.
    variance = 0.0
    for d in periods:
        variance += len(d) * _long_run_variance(d - mean, lags) / days**2
    if not variance > 0:
        raise ValueError("first and second must not differ by the same loss on every day")
    error = float(np.sqrt(variance * days / (days - 1)))
    reach = error * float(stats.t.ppf((1 + level) / 2, days - 1))
    statistic = mean / error
    p_value = 2 * float(stats.t.sf(abs(statistic), days - 1))
    return ForecastDifference(mean, mean - reach, mean + reach, statistic, p_value, days)


def block_bootstrap(
    first: Any,
    second: Any,
    *,
    block: int | None = None,
    draws: int = 2000,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[float, float, float]:
    """Return the difference of two root mean squared errors, with an interval over days.

    Days are drawn again with replacement, in blocks of consecutive days (the last and the first
    day of a period count as consecutive) and the same for both forecasts.

    Parameters
    ----------
    first, second
        As for `diebold_mariano`.
    block : int, optional
        Days in a block. None (default): the cube root of the number of days of each period,
        rounded up.
    draws : int, default 2000
    level : float, default 0.95
        Confidence level, in (0, 1).
    random_state : int, default 0

    Returns
    -------
    difference, low, high : float
        Root mean squared error of the first minus that of the second, in their unit, and the
        quantiles of the draws.

    Raises
    ------
    TypeError, ValueError
        If the arrays do not match, or a setting is out of range.

    References
    ----------
    Politis and Romano, in *Exploring the Limits of Bootstrap*, Wiley, 263 (1992).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> weather = rng.normal(size=200)
    >>> difference, low, high = block_bootstrap(weather, 1.3 * weather)
    >>> low < difference < high < 0
    True
    """
    level = confidence_level(level)
    draws = _checks.integer("draws", draws)
    if block is not None:
        block = _checks.integer("block", block)
    rng = np.random.default_rng(_checks.integer("random_state", random_state, minimum=0))
    losses = [
        np.stack([_loss(name, "squared", part) for name, part in pair.items()])
        for pair in _periods(first, second)
    ]
    days = sum(part.shape[1] for part in losses)
    sums = np.zeros((draws, 2))
    for part in losses:
        n = part.shape[1]
        length = block if block is not None else int(np.ceil(n ** (1 / 3)))
        if length > n:
            raise ValueError(f"block must be at most the {n} days of a period, got {block}")
        begins = rng.integers(n, size=(draws, -(-n // length)))
        places = ((begins[:, :, None] + np.arange(length)) % n).reshape(draws, -1)[:, :n]
        sums += part[:, places].sum(axis=2).T
    roots = np.sqrt(sums / days)
    low, high = np.quantile(roots[:, 0] - roots[:, 1], [(1 - level) / 2, (1 + level) / 2])
    whole = np.sqrt(sum(part.sum(axis=1) for part in losses) / days)
    return float(whole[0] - whole[1]), float(low), float(high)


def _loss_differences(first: Any, second: Any, loss: str) -> list[Reals]:
    """Return the first loss minus the second on each day, for each period."""
    return [
        _loss("first", loss, pair["first"]) - _loss("second", loss, pair["second"])
        for pair in _periods(first, second)
    ]


def _periods(first: Any, second: Any) -> list[dict[str, Reals]]:
    """Return the misses of both forecasts in each period, (runs, days)."""
    if _several(first) != _several(second):
        raise TypeError("first and second must both be lists of arrays, or both be arrays")
    if not _several(first):
        first, second = [first], [second]
    if len(first) != len(second):
        raise ValueError(
            f"first and second must have the same periods, got {len(first)} and {len(second)}"
        )
    pairs = []
    for one, other in zip(first, second, strict=True):
        pair = {name: _misses(name, part) for name, part in (("first", one), ("second", other))}
        days = [part.shape[1] for part in pair.values()]
        if days[0] != days[1]:
            raise ValueError(f"first and second must have the same days, got {days[0]}, {days[1]}")
        if days[0] < 3:
            raise ValueError(f"first and second must have at least three days, got {days[0]}")
        pairs.append(pair)
    return pairs


def _several(misses: Any) -> bool:
    return (
        isinstance(misses, Sequence)
        and len(misses) > 0
        and all(isinstance(part, np.ndarray) for part in misses)
    )


def _misses(name: str, part: ArrayLike) -> Reals:
    array = _checks.real_array(name, part)
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"{name} must have shape (days,) or (runs, days), got {array.shape}")
    return np.atleast_2d(array)


def _loss(name: str, loss: str, misses: Reals) -> Reals:
    """Return the mean loss over runs on each day."""
    _checks.option("loss", loss, tuple(LOSSES))
    with np.errstate(over="ignore"):
        mean: Reals = LOSSES[loss](misses).mean(axis=0)
    return _checks.real_array(f"the losses of {name}", mean)


def _long_run_variance(deviations: Reals, lags: int | None) -> float:
    """Return the sum of autocovariances with Bartlett's weights."""
    n = len(deviations)
    longest = int(n ** (1 / 3)) if lags is None else _checks.integer("lags", lags, minimum=0)
    if longest >= n:
        raise ValueError(f"lags must be below the {n} days of a period, got {lags}")
    total = float(deviations @ deviations) / n
    for k in range(1, longest + 1):
        weight = 1 - k / (longest + 1)
        total += 2 * weight * float(deviations[k:] @ deviations[:-k]) / n
    return total
