"""Tests over days: closed forms, peers, and how often they err."""

import numpy as np
import pytest
from scipy import stats

from qrnnlib import block_bootstrap, diebold_mariano


@pytest.fixture
def misses():
    rng = np.random.default_rng(3)
    return rng.normal(size=120), 1.2 * rng.normal(size=120)


def test_without_lags_it_is_the_paired_t_test(misses):
    first, second = misses
    found = diebold_mariano(first, second, lags=0)
    peer = stats.ttest_rel(first**2, second**2)
    assert found.statistic == pytest.approx(peer.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(peer.pvalue, rel=1e-10)
    low, high = peer.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-10)


@pytest.mark.parametrize("lags", [1, 4, 9])
def test_with_lags_it_is_a_regression_on_a_constant(misses, lags):
    api = pytest.importorskip("statsmodels.api")
    first, second = misses
    d = np.abs(first) - np.abs(second)
    peer = api.OLS(d, np.ones(len(d))).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    found = diebold_mariano(first, second, lags=lags, loss="absolute")
    corrected = peer.tvalues[0] * np.sqrt((len(d) - 1) / len(d))
    assert found.statistic == pytest.approx(corrected, rel=1e-10)
    assert found.mean == pytest.approx(d.mean(), rel=1e-12)


def test_exchanging_the_forecasts_changes_the_sign(misses):
    there, back = diebold_mariano(*misses), diebold_mariano(*misses[::-1])
    assert there.statistic == -back.statistic
    assert there.p_value == back.p_value
    assert (there.low, there.high) == (-back.high, -back.low)
    difference, low, high = block_bootstrap(*misses)
    assert block_bootstrap(*misses[::-1]) == pytest.approx((-difference, -high, -low), rel=1e-12)


def test_the_unit_does_not_matter(misses):
    one, other = diebold_mariano(*misses), diebold_mariano(*(10 * m for m in misses))
    assert other.statistic == pytest.approx(one.statistic, rel=1e-12)
    assert other.mean == pytest.approx(100 * one.mean, rel=1e-12)
    assert block_bootstrap(*(10 * m for m in misses)) == pytest.approx(
        [10 * value for value in block_bootstrap(*misses)], rel=1e-12
    )


def test_runs_are_averaged_by_day(misses):
    first, second = misses
    runs = np.stack([first, 2 * first])
    mean_loss = np.sqrt((first**2 + 4 * first**2) / 2)
    assert diebold_mariano(runs, second) == pytest.approx(diebold_mariano(mean_loss, second))


def test_one_period_in_a_list_is_that_period(misses):
    first, second = misses
    assert diebold_mariano([first], [second]) == diebold_mariano(first, second)
    assert block_bootstrap([first], [second]) == block_bootstrap(first, second)


def test_pooled_periods_weigh_by_their_days(misses):
    first, second = misses
    parts = [first[:40], first[40:]], [second[:40], second[40:]]
    pooled = diebold_mariano(*parts, lags=0)
    assert pooled == pytest.approx(diebold_mariano(first, second, lags=0), rel=1e-12)
    # Across the border of two periods there is no autocovariance.
    apart = diebold_mariano(*parts, lags=3)
    assert apart.mean == pytest.approx(pooled.mean, rel=1e-12)
    assert apart.statistic != pytest.approx(diebold_mariano(first, second, lags=3).statistic)


def correlated(rng, series, days, phi):
    """Return misses whose losses differ by an autoregressive process around zero."""
    noise = rng.normal(size=(series, days + 50))
    d = np.zeros_like(noise)
    for t in range(1, days + 50):
        d[:, t] = phi * d[:, t - 1] + noise[:, t]
    return d[:, 50:]


def test_it_errs_as_often_as_it_says():
    """Over 2,000 pairs of equal forecasts, 5 % are called different, with 4.5 standard errors."""
    rng = np.random.default_rng(11)
    found = 0
    for d in correlated(rng, 2000, 150, 0.0):
        found += diebold_mariano(np.sqrt(9 + d.clip(-8)), np.full(150, 3.0), lags=0).p_value < 0.05
    assert abs(found / 2000 - 0.05) < 4.5 * np.sqrt(0.05 * 0.95 / 2000)


def test_lags_mend_what_correlated_days_break():
    rng = np.random.default_rng(12)
    called = {0: 0, 12: 0}
    for d in correlated(rng, 400, 300, 0.6):
        pair = np.sqrt(36 + d.clip(-35)), np.full(300, 6.0)
        for lags in called:
            called[lags] += diebold_mariano(*pair, lags=lags).p_value < 0.05
    assert called[0] > 80  # a fifth and more, where a twentieth was promised
    assert called[12] < 50


def test_the_bootstrap_agrees_with_the_normal_approximation():
    """For independent days the spread of the difference of two RMSEs follows from that of d."""
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=(2, 1500))
    difference, low, high = block_bootstrap(first, 1.1 * second, block=1, draws=4000)
    a, b = np.sqrt(np.mean(first**2)), np.sqrt(np.mean((1.1 * second) ** 2))
    slope = first**2 / (2 * a) - (1.1 * second) ** 2 / (2 * b)  # the delta method
    error = slope.std() / np.sqrt(1500)
    assert difference == pytest.approx(a - b, rel=1e-12)
    assert (high - low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1.0, 2, 3], [1.0, 2]), "same days"),
        (([1.0, 2], [1.0, 3]), "at least three days"),
        (([1.0, 2, 3], [np.nan, 1, 2]), "second must"),
        ((np.ones((2, 2, 2)), np.ones(3)), "first must have shape"),
        (([np.ones(3)], [np.ones(3), np.ones(3)]), "same periods"),
        (([1.0, 2, 3], [1.0, 2, 3]), "same loss on every day"),
        (([1e200, 2, 3], [1.0, 2, 3]), "losses of first"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        diebold_mariano(*arguments)


def test_settings_are_checked(misses):
    with pytest.raises(TypeError, match="both be lists"):
        diebold_mariano([misses[0]], misses[1])
    with pytest.raises(ValueError, match="lags must be below the 120 days"):
        diebold_mariano(*misses, lags=120)
    with pytest.raises(ValueError, match="loss must be"):
        diebold_mariano(*misses, loss="cubic")
    with pytest.raises(ValueError, match="level must be less than 1"):
        diebold_mariano(*misses, level=1.0)
    with pytest.raises(ValueError, match="level must be less than 1"):
        block_bootstrap(*misses, level=1.0)
    with pytest.raises(ValueError, match="block must be at most"):
        block_bootstrap(*misses, block=121)
    with pytest.raises(ValueError, match="draws must be"):
        block_bootstrap(*misses, draws=0)
