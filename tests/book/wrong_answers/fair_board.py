"""Wrong answers to the exercises of *A fair board*, and words of the hint each gets."""


def _sum(d, lags, twice=2, weigh=True, mean=True):
    d = d - d.mean() if mean else d
    n = len(d)
    total = d @ d / n
    for k in range(1, lags + 1):
        total += twice * (1 - k / (lags + 1) if weigh else 1) * (d[k:] @ d[:-k]) / n
    return total / n


def independent(first, second, lags):
    return _sum(first**2 - second**2, 0)


def once(first, second, lags):
    return _sum(first**2 - second**2, lags, twice=1)


def unweighted(first, second, lags):
    return _sum(first**2 - second**2, lags, weigh=False)


def of_a_day(first, second, lags):
    return len(first) * _sum(first**2 - second**2, lags)


def of_misses(first, second, lags):
    return _sum(first - second, lags)


def absolute(first, second, lags):
    return _sum(abs(first) - abs(second), lags)


def around_zero(first, second, lags):
    return _sum(first**2 - second**2, lags, mean=False)


WRONG = {
    "ex-board-days": {
        independent: "independent",
        once: "twice",
        unweighted: "weights are missing",
        of_a_day: "single day",
        of_misses: "misses themselves",
        absolute: "absolute",
        around_zero: "subtracted",
    },
}
