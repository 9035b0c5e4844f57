"""Checkers for the chapter *Denoising a noisy sine*."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qrnnbook.exercises._judging import MisfitError, Verdict, differs, judge
from qrnnlib.series.windowing import windows

Values = NDArray[np.float64]


def check_cut(answer: object) -> Verdict:
    """Check a function that cuts a series into windows and targets.

    ``answer(values, steps)`` returns the pair (X, y): the windows of `steps` values, one per row
    with the oldest value first, and the value that follows each window. The reference is
    `qrnnlib.windows`, on random values.

    Examples
    --------
    >>> def cut(values, steps):
    ...     X = [values[k : k + steps] for k in range(len(values) - steps)]
    ...     return X, values[steps:]
    >>> check_cut(cut).state
    'right'
    """
    rng = np.random.default_rng(601)
    cases = [(rng.normal(size=points), steps) for points, steps in ((9, 3), (12, 5), (4, 1))]
    return judge(
        answer,
        cases,
        _fault_of_windows,
        wanted="Return a pair: an array with a window in each row, and the value after each.",
        praise="Each window is followed by its target, and no value is left over.",
    )


def _fault_of_windows(value: Any, values: Values, steps: int) -> str | None:
    """Return what is wrong with windows and targets, or None."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise MisfitError("It must be a pair: the windows, and their targets.")
    X, y = windows(values, steps)
    try:
        rows, *_ = np.shape(value[0])
    except ValueError:  # a number, or rows of unequal length
        rows = -1
    if rows == len(X) + 1:
        return "The last of these windows ends with the series: no value comes after it."
    if rows == len(X) - 1:
        return "A window is missing. The last target is the last value of the series."
    if rows == len(values) // steps and rows != len(X):
        return "These windows do not overlap. Move on by one value, not by a whole window."
    hint = differs(
        value[0], X, {"The windows run backwards. The oldest value comes first.": X[:, ::-1]}
    )
    if hint is not None:
        return hint or "The windows are not stretches of the series, each one value further on."
    return differs(
        value[1],
        y,
        {
            "The target is the last value of its own window: a forecast would have seen it.": X[
                :, -1
            ],
            "These are the first values of the windows, not those after them.": X[:, 0],
        },
    )


def check_scaled(answer: object) -> Verdict:
    """Check a function that scales a series by the range of its training part.

    ``answer(values, train)`` returns all values, scaled so that the first `train` of them range
    from -1 to 1.

    Examples
    --------
    >>> check_scaled(lambda values, train: 2 * (values - values.min()) / np.ptp(values) - 1).hint
    'This is the range of the whole series. It knows the largest value of the test part.'
    """

    def fault(value: Any, values: Values, train: int) -> str | None:
        early, late = values[:train], values[train:]
        truth = 2 * (values - early.min()) / np.ptp(early) - 1
        whole = 2 * (values - values.min()) / np.ptp(values) - 1
        parts = [2 * (part - part.min()) / np.ptp(part) - 1 for part in (early, late)]
        return differs(
            value,
            truth,
            {
                "This is the range of the whole series. It knows the largest value of the test "
                "part.": whole,
                "Each part has a scale of its own here. The test part's is not known before the "
                "test is over.": np.concatenate(parts),
                "The scale is right, but values beyond -1 and 1 are cut off. Those are what the "
                "test is about: leave them.": np.clip(truth, -1, 1),
                "This reaches from 0 to 1.": (truth + 1) / 2,
                "This reaches from 0 to 2. Move it down by one.": truth + 1,
                "This is mean 0 and deviation 1. Here smallest and largest value are to be -1 "
                "and 1.": (values - early.mean()) / early.std(),
            },
        )

    rng = np.random.default_rng(602)
    # The series drifts, so that no other range agrees with that of the training part.
    cases = [
        (rng.normal(size=points) + np.arange(points) / train, train)
        for points, train in ((10, 7), (12, 8), (30, 20))
    ]
    return judge(
        answer,
        cases,
        fault,
        wanted="Return all values, scaled so that the first `train` reach from -1 to 1.",
        praise="The training part fills the range, and the test part sticks out where it must.",
    )


def check_best_weights(answer: object) -> Verdict:
    """Check a function that returns the best linear forecast of a noisy sine.

    ``answer(steps, delta, noise)`` returns the weights of the window's values, the oldest first.
    `delta` is the angle from one point to the next, `noise` the standard deviation. The reference
    is least squares over windows at eight phases of the wave, which give the exact mean over all
    phases.

    Examples
    --------
    >>> def best_weights(steps, delta, noise):
    ...     age = np.arange(steps, 0, -1)
    ...     alike = np.cos(delta * (age[:, None] - age)) / 2
    ...     return np.linalg.solve(alike + noise**2 * np.eye(steps), np.cos(delta * age) / 2)
    >>> check_best_weights(best_weights).state
    'right'
    """

    def fault(value: Any, steps: int, delta: float, noise: float) -> str | None:
        truth = _least_squares(steps, delta, noise)
        without = np.zeros(steps)
        without[-2:] = -1, 2 * np.cos(delta)
        clean = np.linalg.pinv(_waves(steps, delta)[:, :-1]) @ _waves(steps, delta)[:, -1]
        return differs(
            value,
            truth,
            {
                "These are the right weights backwards: the first belongs to the oldest "
                "value.": truth[::-1],
                "The noise enters with its variance, the square of its deviation.": _least_squares(
                    steps, delta, np.sqrt(noise)
                ),
                "The mean of a squared sine is one half. Here the wave counts twice, or the "
                "noise half.": _least_squares(steps, delta, noise / np.sqrt(2)),
                "These estimate the newest value of the wave. The next one is a step "
                "further.": _least_squares(steps, delta, noise, ahead=0),
                "This is exact for a wave without noise, and lets all the noise through.": without,
                "This is persistence, which hands on all the noise of the last value.": np.eye(
                    steps
                )[-1],
                "These weights know nothing of the noise: its variance belongs on the "
                "diagonal.": clean,
            },
        )

    rng = np.random.default_rng(603)
    cases = [
        (steps, float(rng.uniform(0.2, 0.9)), float(rng.uniform(0.1, 0.6)))
        for steps in (4, 10, 3, 2)
    ]
    return judge(
        answer,
        [*cases, (10, 8 * np.pi / 99, 0.1 * np.sqrt(2))],
        fault,
        wanted="Return an array of weights, one for each value of the window, the oldest first.",
        praise="No other weights miss the next value by less, on average over all phases.",
    )


def _waves(steps: int, delta: float, ahead: int = 1) -> Values:
    """Return a window of the wave and the value to forecast, for each of eight phases."""
    phases = 2 * np.pi * np.arange(8) / 8
    places = np.append(np.arange(steps), steps - 1 + ahead)
    return np.sin(phases[:, None] + delta * places)


def _least_squares(steps: int, delta: float, noise: float, ahead: int = 1) -> Values:
    """Return the weights of lowest expected error; noise acts as a ridge penalty on them."""
    waves = _waves(steps, delta, ahead)
    rows = np.vstack([waves[:, :-1] / np.sqrt(len(waves)), noise * np.eye(steps)])
    wanted = np.append(waves[:, -1] / np.sqrt(len(waves)), np.zeros(steps))
    solution: Values = np.linalg.lstsq(rows, wanted)[0]
    return solution
