"""Wrong answers to the exercises of *Your own series*, and words of the hint each gets."""

import numpy as np


def the_last_value(values, period, ahead):
    return np.full(ahead, values[-1])


def one_period_only(values, period, ahead):
    return values[-period:][:ahead]


def one_value_of_the_season(values, period, ahead):
    return np.full(ahead, values[-period])


def the_first_period(values, period, ahead):
    return np.resize(values[:period], ahead)


def backwards(values, period, ahead):
    return np.resize(values[-period:][::-1], ahead)


def a_step_late(values, period, ahead):
    return np.resize(values[-period - 1 : -1], ahead)


def a_step_early(values, period, ahead):
    return np.resize(np.roll(values[-period:], -1), ahead)


def a_past_that_grows(points, past, ahead):
    return [(range(o), range(o, o + ahead)) for o in range(past, points - ahead + 1, ahead)]


def a_day_in_both(points, past, ahead):
    origins = range(past, points - ahead + 1, ahead)
    return [(range(o - past + 1, o + 1), range(o, o + ahead)) for o in origins]


def a_step_at_a_time(points, past, ahead):
    origins = range(past, points - ahead + 1)
    return [(range(o - past, o), range(o, o + ahead)) for o in origins]


def without_the_last(points, past, ahead):
    origins = range(past, points - ahead, ahead)
    return [(range(o - past, o), range(o, o + ahead)) for o in origins]


def beyond_the_end(points, past, ahead):
    return [(range(o - past, o), range(o, o + ahead)) for o in range(past, points, ahead)]


def no_past_shared(points, past, ahead):
    origins = range(past, points - ahead + 1, past + ahead)
    return [(range(o - past, o), range(o, o + ahead)) for o in origins]


def all_other_days(points, past, ahead):
    return [
        (np.setdiff1d(np.arange(points), np.arange(o, o + ahead)), range(o, o + ahead))
        for o in range(past, points - ahead + 1, ahead)
    ]


def a_day_between(points, past, ahead):
    origins = range(past, points - ahead + 1, ahead)
    return [(range(o - past, o - 1), range(o, o + ahead)) for o in origins]


def dates_only(points, past, ahead):
    return list(range(past, points - ahead + 1, ahead))


def in_the_middle(x, y):
    return np.median(x)


def mean_of_the_places(x, y):
    return x.mean()


def _cuts(x):
    return (np.unique(x)[1:] + np.unique(x)[:-1]) / 2


def variances_added(x, y):
    return min(_cuts(x), key=lambda mark: y[x <= mark].var() + y[x > mark].var())


def largest_jump(x, y):
    order = np.argsort(x)
    return x[order][np.argmax(abs(np.diff(y[order])))]


def means_far_apart(x, y):
    return max(_cuts(x), key=lambda mark: abs(y[x <= mark].mean() - y[x > mark].mean()))


def in_order_of_time(x, y):
    def error(k):
        return k * y[:k].var() + (len(y) - k) * y[k:].var()

    return x[min(range(1, len(y)), key=error) - 1]


def all_on_one_side(x, y):
    return x.max()


WRONG = {
    "ex-own-season": {
        the_last_value: "persistence",
        one_period_only: "begin again",
        one_value_of_the_season: "The season goes on",
        the_first_period: "first period",
        backwards: "backwards",
        a_step_late: "step late",
        a_step_early: "step early",
    },
    "ex-own-roll": {
        a_past_that_grows: "grows",
        a_day_in_both: "leak",
        a_step_at_a_time: "forecast twice",
        without_the_last: "One more fits",
        beyond_the_end: "beyond the end",
        no_past_shared: "No origin forecasts",
        all_other_days: "not known yet",
        a_day_between: "none is left out",
        dates_only: "list of pairs",
    },
    "ex-own-mark": {
        in_the_middle: "two halves",
        mean_of_the_places: "mean of x",
        variances_added: "as many values",
        largest_jump: "largest jump",
        means_far_apart: "furthest apart",
        in_order_of_time: "Sort them",
        all_on_one_side: "one side",
    },
}
