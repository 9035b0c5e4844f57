"""Series, CSV files with all that can be wrong with them, windows, and the split in time."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qrnnlib.series.gaps import usual_step
from qrnnlib.series.series import Series
from qrnnlib.series.sources import load_series, noisy_sine
from qrnnlib.series.splitting import split_in_time
from qrnnlib.series.windowing import windows

DAYS = np.arange("2024-01-01", "2024-04-10", dtype="datetime64[D]")  # 100 of them
# No deadline: how long one example takes says more about the machine's load than about the code.
unhurried = settings(deadline=None)

# For made-up values, which may well lie far outside all others.
any_values = pytest.mark.filterwarnings("ignore::qrnnlib.series.sources.SuspectDataWarning")

moderate = st.floats(-50, 50)


def series_of(values, **about):
    return Series(values, DAYS[: len(values)], **about)


# Series


def test_series_keeps_its_own_read_only_copy():
    mine = np.array([1.0, 2.0])
    series = Series(mine, [0.0, 1.0])
    mine[0] = 9
    assert series.values[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 9
    with pytest.raises(dataclasses.FrozenInstanceError):
        series.unit = "m"


def test_slice_keeps_everything_that_is_known():
    series = series_of(
        np.arange(10.0),
        name="n",
        unit="m",
        source="s",
        attribution="a",
        synthetic=True,
        clean=np.arange(10.0) + 1,
        notes=("one",),
        interpolated=np.arange(10) == 4,
    )
    part = series[3:-2]
    assert len(part) == 5
    assert part.index[0] == np.datetime64("2024-01-04")
    assert (part.clean == part.values + 1).all()
    assert part.interpolated.tolist() == [False, True, False, False, False]
    for field in ("name", "unit", "source", "attribution", "synthetic", "notes", "step"):
        assert getattr(part, field) == getattr(series, field)


def test_a_slice_across_a_gap_still_knows_the_gap():
    series = Series([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 5.0])
    assert series.gaps.tolist() == [2]
    assert series[2:].gaps.tolist() == [0]  # its own median spacing would be 3


def test_repr_is_one_line_with_what_matters():
    assert repr(series_of([1.0, 2.0], name="lake", unit="m")) == (
        "Series('lake': 2 points, 2024-01-01 to 2024-01-02, m)"
    )
    assert repr(series_of([1.0], synthetic=True)).endswith("2024-01-01, synthetic)")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1.0, np.nan], [0.0, 1.0]), ValueError, "values must be finite, got nan at index 1"),
        ((["a"], [0.0]), TypeError, "values must be an array of real numbers"),
        (([], []), ValueError, "values must hold at least one value"),
        (([[1.0, 2.0]], [0.0]), ValueError, "values must have shape"),
        (([1.0, 2.0], [0.0]), ValueError, r"index must have shape \(2,\)"),
        (([1.0, 2.0], DAYS[:3]), ValueError, r"index must have shape \(2,\), got \(3,\)"),
        (([1.0, 2.0], [1.0, 1.0]), ValueError, "index must be strictly increasing, got 1.0"),
        (([1.0, 2.0], DAYS[1::-1]), ValueError, "increasing, got 2024-01-02 followed by 2024-01"),
        (([1.0], np.array(["NaT"], dtype="M8[D]")), ValueError, "index must have no missing"),
    ],
)
def test_series_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        Series(*arguments)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"clean": [1.0]}, "clean must have shape"),
        ({"interpolated": [True]}, "interpolated must be a bool array"),
        ({"interpolated": [0.0, 1.0]}, "interpolated must be a bool array"),
        ({"step": 0.0}, "step must be greater than 0"),
    ],
)
def test_series_refuses_what_does_not_fit(about, message):
    with pytest.raises(ValueError, match=message):
        series_of([1.0, 2.0], **about)


def test_series_is_cut_by_plain_slices_only():
    series = series_of([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match=r"series\.values"):
        series[0]
    with pytest.raises(ValueError, match="must have no step"):
        series[::2]
    with pytest.raises(ValueError, match="must leave a value"):
        series[3:]


# The noisy sine


def test_noisy_sine_is_the_papers():
    series = noisy_sine(points=100, noise=0.1, periods=4, random_state=1)
    assert series.index[0] == 0
    assert series.index[-1] == pytest.approx(8 * np.pi, abs=1e-12)
    np.testing.assert_array_equal(series.clean, np.sin(series.index))
    assert not series.gaps.size


def test_noise_is_gaussian_of_the_standard_deviation_asked_for():
    series = noisy_sine(points=100_000, noise=0.3, random_state=2)
    noise = series.values - series.clean
    assert noise.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 4 * 0.3 / np.sqrt(noise.size)
    assert (abs(noise) < 0.3).mean() == pytest.approx(0.6827, abs=0.006)
    assert (noisy_sine(noise=0).values == noisy_sine(noise=0).clean).all()


def test_random_state_is_a_seed_or_a_source_of_numbers():
    def values(state):
        return noisy_sine(random_state=state).values

    assert (values(3) == values(3)).all()
    assert (values(3) == values(np.random.default_rng(3))).all()
    assert (values(np.random.RandomState(3)) == values(np.random.RandomState(3))).all()
    assert (values(None) != values(None)).any()


@pytest.mark.parametrize(
    ("settings", "error", "argument"),
    [
        ({"points": 1}, ValueError, "points"),
        ({"points": 10.5}, TypeError, "points"),
        ({"noise": -0.1}, ValueError, "noise"),
        ({"noise": np.nan}, ValueError, "noise"),
        ({"periods": 0}, ValueError, "periods"),
        ({"random_state": "one"}, TypeError, "random_state"),
        ({"random_state": -1}, ValueError, "random_state"),
    ],
)
def test_noisy_sine_refuses(settings, error, argument):
    with pytest.raises(error, match=f"^{argument} must"):
        noisy_sine(**settings)


# CSV files


@pytest.fixture
def load(tmp_path):
    """Load a CSV text through a file."""

    def loaded(text, date="day", value="level", **settings):
        file = tmp_path / "lake.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_series(file, date=date, value=value, **settings)

    return loaded


def test_a_file_may_hold_made_up_values(load):
    assert load(PLAIN, synthetic=True).synthetic
    assert not load(PLAIN).synthetic
    with pytest.raises(TypeError, match=r"^synthetic must be True or False"):
        load(PLAIN, synthetic="yes")


PLAIN = "day,level\n2024-01-01,1.5\n2024-01-02,-2\n2024-01-03,3e1\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.rstrip("\n"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace("-01,", "-01T00:00:00Z,").replace("-02,", "-02 00:00,"),
        "\ufeff"
        + "".join(
            ",".join(f'"{field}"' for field in line.split(",")) + "\r\n"
            for line in PLAIN.splitlines()
        ),
        'level,"remark, if any",day\n1.5,"a ""b""\nc",2024-01-01\n-2,,2024-01-02\n30,,2024-01-03\n',
    ],
    ids=[
        "plain",
        "bom",
        "crlf",
        "no-last-newline",
        "semicolon",
        "decimal-comma",
        "blank-lines",
        "midnight",
        "quoted",
        "other-columns",
    ],
)
def test_every_dialect_reads_the_same(load, text):
    series = load(text, unit="m", name="lake level")
    assert series.values.tolist() == [1.5, -2, 30]
    assert (series.index == DAYS[:3]).all()
    assert (series.name, series.unit, series.notes, series.attribution) == (
        "lake level",
        "m",
        (),
        "",
    )
    assert "lake.csv" in series.source


@any_values
@unhurried
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_what_was_written_comes_back_exactly(tmp_path_factory, values):
    file = tmp_path_factory.getbasetemp() / "exact.csv"
    rows = [f"{day},{value!r}" for day, value in zip(DAYS, values, strict=False)]
    file.write_text("\n".join(["d,v", *rows]))
    series = load_series(file, date="d", value="v")
    assert series.values.tolist() == values
    assert series.name == "v"


def test_a_plain_number_may_be_the_index(load):
    series = load("day,level\n1700,5\n1701,11\n1703,23\n")
    assert series.index.tolist() == [1700, 1701, 1702, 1703]
    assert series.values.tolist() == [5, 11, 17, 23]
    assert series.notes == ("1 missing value (1702): interpolated linearly between the neighbours",)


def test_months_are_one_step_apart_although_their_lengths_differ(load):
    months = [str(month) for month in np.arange("2023-01", "2025-01", dtype="M8[M]")]
    series = load("day,level\n" + "".join(f"{month},1\n" for month in months))
    assert len(series) == 24
    assert not series.notes
    assert not series.gaps.size
    months.remove("2023-06")
    assert load("day,level\n" + "".join(f"{month},1\n" for month in months)).notes == (
        "1 missing value (2023-06-01): interpolated linearly between the neighbours",
    )


GAPPY = (
    "day,level\n2024-01-01,\n2024-01-02,1\n2024-01-03,2\n2024-01-05,4\n2024-01-06,\n"
    "2024-01-07,NA\n2024-01-08,10\n2024-01-09,11\n2024-01-10,nan\n2024-01-11,\n"
)


def test_gaps_are_named_and_interpolated(load):
    series = load(GAPPY)
    assert series.values.tolist() == [1, 2, 3, 4, 6, 8, 10, 11]
    assert (series.index == DAYS[1:9]).all()
    assert np.flatnonzero(series.interpolated).tolist() == [2, 4, 5]
    assert series.notes == (
        "1 missing day (2024-01-01) at the start: left out",
        "3 missing days (2024-01-04, 2024-01-06 to 2024-01-07): "
        "interpolated linearly between the neighbours",
        "2 missing days (2024-01-10 to 2024-01-11) at the end: left out",
    )
    assert not series.gaps.size


def test_gaps_are_named_and_left_out(load):
    series = load(GAPPY, gaps="omit")
    assert series.values.tolist() == [1, 2, 4, 10, 11]
    assert (series.index == DAYS[[1, 2, 4, 7, 8]]).all()
    assert "3 missing days (2024-01-04, 2024-01-06 to 2024-01-07): left out" in series.notes[1]
    assert series.gaps.tolist() == [1, 2]
    X, y = windows(series, 1)
    assert X.tolist() == [[1], [10]]
    assert y.tolist() == [2, 11]


@any_values
@unhurried
@given(present=arrays(bool, 60), blank=arrays(bool, 60), slope=st.floats(-3, 3))
def test_every_missing_day_is_accounted_for(tmp_path_factory, present, blank, slope):
    """A straight line survives interpolation, and no day vanishes without being counted."""
    present[[0, 1, -1]] = True
    blank[[0, 1, -1]] = False
    line = slope * np.arange(60)
    file = tmp_path_factory.getbasetemp() / "line.csv"
    rows = [
        f"{DAYS[i]},{'' if blank[i] else repr(float(line[i]))}" for i in np.flatnonzero(present)
    ]
    file.write_text("\n".join(["day,level", *rows]))
    missing = int((~present | blank).sum())
    step = usual_step(DAYS[:60][present])
    if step == 1 and missing > 60 - missing:
        with pytest.raises(ValueError, match=r"most values are missing|^gaps must be"):
            load_series(file, date="day", value="level")
        return
    try:
        filled = load_series(file, date="day", value="level")
    except ValueError:
        assert step != 1
        return
    if filled.step == 1:  # unless so few rows are there that days are no longer the usual step
        np.testing.assert_allclose(filled.values, line, atol=1e-9)
        assert filled.interpolated.sum() == missing
        assert sum(int(note.split()[0]) for note in filled.notes) == missing
        omitted = load_series(file, date="day", value="level", gaps="omit")
        assert len(omitted) == 60 - missing
        assert (omitted.values == filled.values[~filled.interpolated]).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "^path must be a CSV table with a header, got 'lake.csv': it is empty"),
        ("\n \n", "^path must be a CSV table with a header"),
        ("day,level\n", "^path must have rows below its header, got none in 'lake.csv'"),
        ("a,level\n2024-01-01,1\n", "^date must name one column .* got 'day'.* 'a', 'level'$"),
        ("day,a b\n2024-01-01,1\n", "^value must name one column .* got 'level'.*'day', 'a b'$"),
        ("day,level,level\n2024-01-01,1,2\n", "^value must name one column .* several"),
        (PLAIN + "2024-01-03,1\n", "^date: line 5 of 'lake.csv' must come after .* duplicate"),
        (PLAIN + "2024-01-03 00:00,1\n", "^date: line 5 .* it is a duplicate"),
        (PLAIN + "2024-01-02,1\n", "^date: line 5 .* got '2024-01-02': it is out of order"),
        (PLAIN + "2024-02-30,1\n", "^date: line 5 .* must hold a day .* column 'day', got '2024-"),
        (PLAIN + "04/01/2024,1\n", "^date: line 5 .* got '04/01/2024'"),
        (PLAIN + "2024-01-04 13:00,1\n", "^date: line 5 .* got '2024-01-04 13:00'"),
        (PLAIN + ",1\n", "^date: line 5 .* got ''"),
        ("day,level\nMonday,1\n", "^date: line 2 .* must hold a day such as .* number"),
        ("day,level\n1,1\n2024-01-01,1\n", "^date: line 3 .* must hold a number in column 'day'"),
        (PLAIN + "2024-01-04,abc\n", "^value: line 5 .* a number in column 'level', got 'abc'"),
        (PLAIN + "2024-01-04,1_000\n", "^value: line 5 .* got '1_000'"),
        (PLAIN + "2024-01-04,1e999\n", "^value: line 5 .* must hold a finite number"),
        (PLAIN + "2024-01-04,inf\n", "^value: line 5 .* got 'inf'"),
        (PLAIN + "2024-01-04\n", "^path: line 5 .* must have 2 fields like the header, got 1"),
        (PLAIN + '2024-01-04,"1\n', "^path: line 5 of 'lake.csv' must be CSV, got:"),
        (PLAIN + "9999-01-04,1\n", "^date must have no jump so long .* followed by 9999-01-04"),
        ("day,level\n2024-01-01,\n", "^value must name a column with values, got 1 blank"),
        (
            PLAIN.encode() + b"2024-01-04,\xe9\n",
            "^path must be UTF-8 text, got byte 0xe9 in line 5",
        ),
    ],
)
def test_load_series_refuses(load, text, message):
    with pytest.raises(ValueError, match=message):
        load(text)


def test_load_series_refuses_bad_arguments(load, tmp_path):
    with pytest.raises(ValueError, match=r"^path must be an existing file, got .*none\.csv"):
        load_series(tmp_path / "none.csv", date="day", value="level")
    with pytest.raises(ValueError, match=r"^path must be an existing file"):
        load_series(str(tmp_path), date="day", value="level")
    with pytest.raises(TypeError, match=r"^path must be a path, got 3"):
        load_series(3, date="day", value="level")
    with pytest.raises(TypeError, match=r"^date must be a string, got 0"):
        load(PLAIN, date=0)
    with pytest.raises(TypeError, match=r"^value must be a string, got None"):
        load(PLAIN, value=None)
    with pytest.raises(TypeError, match=r"^name must be a string"):
        load(PLAIN, name=1)
    with pytest.raises(ValueError, match=r"^gaps must be one of 'interpolate', 'omit', got 'drop'"):
        load(PLAIN, gaps="drop")


# Windows


@unhurried
@given(values=arrays(float, st.integers(2, 30), elements=moderate), data=st.data())
def test_windows_are_what_they_say(values, data):
    steps = data.draw(st.integers(1, len(values) - 1))
    X, y = windows(values, steps)
    assert X.shape == (len(values) - steps, steps)
    for i in range(len(y)):
        assert (X[i] == values[i : i + steps]).all()
        assert y[i] == values[i + steps]
    X_of_series, y_of_series = windows(series_of(values), steps)
    assert (X_of_series == X).all()
    assert (y_of_series == y).all()
    X[:] = 0  # the windows are the caller's own


@unhurried
@given(present=arrays(bool, 40), steps=st.integers(1, 6))
def test_a_window_never_spans_a_gap(present, steps):
    """Against the definition: `steps` days and the one after them that are all there."""
    there = np.flatnonzero(present)
    days = [t for t in there if t >= steps and present[t - steps : t + 1].all()]
    if len(there) <= steps or not days:
        return
    X, y = windows(Series(there.astype(float), DAYS[there], step=1.0), steps)
    assert y.tolist() == days
    assert (np.diff(np.column_stack([X, y])) == 1).all()


@pytest.mark.parametrize("horizon", [1, 2, 5])
def test_the_target_lies_a_horizon_after_the_window(horizon):
    """By hand, one window at a time; and a target is its own series, seen earlier."""
    values = np.random.default_rng(0).normal(size=30)
    X, y = windows(values, 4, horizon)
    rows = range(30 - 4 - horizon + 1)
    np.testing.assert_array_equal(X, [values[i : i + 4] for i in rows])
    np.testing.assert_array_equal(y, [values[i + 3 + horizon] for i in rows])
    np.testing.assert_array_equal(y, windows(values, 4)[1][horizon - 1 :])


@pytest.mark.parametrize("horizon", [1, 2, 3])
def test_no_gap_between_a_window_and_its_target(horizon):
    index = np.delete(np.arange(40.0), [10, 11, 25])
    X, y = windows(Series(index, index, step=1.0), 3, horizon)
    stretches = [np.arange(t - 2 - horizon, t + 1) for t in range(2 + horizon, 40)]
    whole = [s for s in stretches if not {10, 11, 25} & set(s)]
    np.testing.assert_array_equal(X, [s[:3] for s in whole])
    np.testing.assert_array_equal(y, [s[-1] for s in whole])


def test_windows_refuses():
    with pytest.raises(ValueError, match=r"^steps \+ horizon - 1 must be less than"):
        windows(np.arange(6.0), 4, 3)
    with pytest.raises(ValueError, match=r"^horizon must be at least 1"):
        windows(np.arange(6.0), 4, 0)
    with pytest.raises(ValueError, match=r"^steps must be less than .* window of 3 .* in 3 points"):
        windows([1.0, 2.0, 3.0], 3)
    with pytest.raises(ValueError, match=r"^steps must be at least 1, got 0"):
        windows([1.0, 2.0], 0)
    with pytest.raises(TypeError, match=r"^steps must be an integer, got 1\.0"):
        windows([1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match=r"^series must be finite, got nan at index 1"):
        windows([1.0, np.nan, 2.0], 1)
    with pytest.raises(ValueError, match=r"^series must have shape"):
        windows(np.ones((3, 4)), 1)
    with pytest.raises(TypeError, match=r"^series must be an array of real numbers"):
        windows("abc", 1)
    gappy = Series([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 9.0, 10.0], step=1.0)
    with pytest.raises(ValueError, match=r"^steps must leave a window without a gap"):
        windows(gappy, 2)


# The split


def test_the_papers_seventy_windows():
    series = noisy_sine(points=100, random_state=0)
    split = split_in_time(series, steps=10, train=0.8)
    assert split.X_train.shape == (70, 10)
    assert split.X_validation.shape == (0, 10)
    assert split.X_test.shape == (20, 10)
    assert (split.index_test == series.index[80:]).all()
    assert repr(split) == "Split(70 + 0 + 20 windows of 10, scaled to [-1, 1])"
    earlier = series.values[:80]
    assert split.scaler.data_min_ == earlier.min()
    assert split.scaler.data_max_ == earlier.max()


@unhurried
@given(
    values=arrays(float, 60, elements=moderate, unique=True),
    steps=st.integers(1, 8),
    low=st.floats(-5, 5),
    width=st.floats(0.1, 10),
)
def test_the_parts_cover_every_target_once_and_to_units_goes_back(values, steps, low, width):
    split = split_in_time(series_of(values), steps, 0.5, 0.2, scale=(low, low + width))
    targets = np.concatenate([split.y_train, split.y_validation, split.y_test])
    np.testing.assert_allclose(split.to_units(targets), values[steps:], atol=1e-9)
    inputs = np.concatenate([split.X_train, split.X_validation, split.X_test])
    np.testing.assert_allclose(split.to_units(inputs), windows(values, steps)[0], atol=1e-9)
    index = np.concatenate([split.index_train, split.index_validation, split.index_test])
    assert (index == DAYS[steps:60]).all()
    assert (split.index_validation == DAYS[30:42]).all()
    assert split.y_train.min() >= low - 1e-9
    assert split.y_train.max() <= low + width + 1e-9


@unhurried
@given(
    values=arrays(float, 60, elements=moderate, unique=True),
    noise=arrays(float, 60, elements=st.floats(-1e6, 1e6)),
    validation=st.sampled_from([0.0, 0.2]),
)
def test_noise_over_the_test_period_changes_nothing_before_it(values, noise, validation):
    series = series_of(values)
    begin = 36 if not validation else 48
    other = np.where(np.arange(60) < begin, values, noise)
    one = split_in_time(series, 5, 0.6, validation)
    two = split_in_time(dataclasses.replace(series, values=other), 5, 0.6, validation)
    assert_same_before_the_test(one, two)


def assert_same_before_the_test(one, two):
    for part in ("train", "validation"):
        for name in ("X", "y", "index"):
            first, second = (getattr(split, f"{name}_{part}") for split in (one, two))
            assert first.tobytes() == second.tobytes()
    for attribute in ("scale_", "min_", "data_min_", "data_max_"):
        first, second = (getattr(split.scaler, attribute) for split in (one, two))
        assert first.tobytes() == second.tobytes()


@any_values
@unhurried
@given(missing=arrays(bool, 60), values=arrays(float, 60, elements=moderate, unique=True))
def test_no_interpolated_value_carries_the_future_into_the_past(tmp_path_factory, missing, values):
    """Overwrite the test period *before* interpolation: the gap at the boundary is the trap."""
    missing[[0, 1, 2, 3, 4, 5, -6, -5, -4, -3, -2, -1]] = False
    missing[[29, 30, 35, 36]] |= True  # runs that reach across both boundaries, 30 and 36
    assume(missing.sum() <= 30)  # or there is more to fill in than was read
    splits = []
    for later in (values, values[::-1] * 1e3 + 1):
        mixed = np.where(np.arange(60) < 36, values, later)
        file = tmp_path_factory.getbasetemp() / "gappy.csv"
        rows = [
            f"{day},{'' if gone else repr(float(v))}"
            for day, gone, v in zip(DAYS[:60], missing, mixed, strict=True)
        ]
        file.write_text("\n".join(["day,level", *rows]))
        series = load_series(file, date="day", value="level")
        # Enough is left for each part: days 3-5 are whole, and so is the end.
        splits.append(split_in_time(series, 2, 0.5, 0.0))
        assert len(series) == 60
    one, two = splits
    assert one.X_train.tobytes() == two.X_train.tobytes()
    assert one.scaler.data_max_ == two.scaler.data_max_
    assert one.scaler.data_min_ == two.scaler.data_min_
    for split in splits:
        targets = np.concatenate([split.index_train, split.index_test])
        position = (targets - DAYS[0]).astype(int)
        assert not missing[position].any()  # a measured target
        assert not missing[position - 1].any()  # whose inputs do not know it
        assert len(position) + int(split.notes[-1].split()[0]) == 58


@any_values
@pytest.mark.parametrize("horizon", [1, 2, 4])
def test_a_horizon_leaks_nothing(load, horizon):
    """Change every value after the forecast is made, before any gap is closed: nothing moves.

    The forecast of position t is made after position t - horizon. Its inputs may know nothing
    later, and the model, which is fitted on targets of the training part, must be ready by then.
    """
    rng = np.random.default_rng(horizon)
    missing = rng.random(60) < 0.3
    missing[[0, 1, 29, 30, 59]] = False, False, True, True, False
    missing[[10, 11, 12, 40, 41, 42, 43, 44, 45, 46]] = False

    def split_of(values):
        rows = [
            f"{day},{'' if gone else repr(float(v))}"
            for day, gone, v in zip(DAYS[:60], missing, values, strict=True)
        ]
        return split_in_time(
            load("\n".join(["day,level", *rows])), 3, 0.5, scale=None, horizon=horizon
        )

    values = rng.normal(size=60)
    split = split_of(values)
    assert split.horizon == horizon
    position = (split.index_test - DAYS[0]).astype(int)
    assert (position - horizon >= 29).all()  # position 29 is the last of the training part
    for X, y, index in (
        (split.X_train, split.y_train, split.index_train),
        (split.X_test, split.y_test, split.index_test),
    ):
        for window, target, t in zip(X, y, (index - DAYS[0]).astype(int), strict=True):
            assert target == values[t]
            assert not missing[t]
            other = np.where(np.arange(60) <= t - horizon, values, 1e3 + values[::-1])
            again = split_of(other)
            every = np.concatenate([again.index_train, again.index_test])
            inputs = np.concatenate([again.X_train, again.X_test])
            np.testing.assert_array_equal(inputs[every == DAYS[t]][0], window)


def test_first_targets_of_a_part_wait_for_the_part_in_front():
    split = split_in_time(np.arange(100.0), 5, 0.6, 0.2, scale=None, horizon=4)
    assert split.y_train.tolist() == list(range(8, 60))
    assert split.y_validation.tolist() == list(range(63, 80))
    assert split.y_test.tolist() == list(range(83, 100))
    assert split.X_test[0].tolist() == [75, 76, 77, 78, 79]
    assert split.notes == (
        "6 windows left out: their forecast would be made before the preceding part had ended",
    )
    assert repr(split) == "Split(52 + 17 + 17 windows of 5, 4 points ahead, not scaled)"


def test_a_window_may_hold_interpolated_values_that_are_past(load):
    series = load("day,level\n" + "".join(f"{DAYS[i]},{i * i}\n" for i in range(40) if i != 10))
    split = split_in_time(series, 3, train=0.5)
    position = (split.index_train - DAYS[0]).astype(int).tolist()
    assert position == [*range(3, 10), *range(12, 20)]
    assert split.notes[-1].startswith("2 of 37 windows left out: their target or the last value")


def test_split_without_scaling_leaves_the_values():
    split = split_in_time(np.arange(20.0), 3, 0.5, scale=None)
    assert split.scaler is None
    assert split.y_test.tolist() == list(range(10, 20))
    assert split.to_units([[1.0, 2.0]]).tolist() == [[1, 2]]
    assert "not scaled" in repr(split)
    assert split_in_time(np.ones(20), 3, scale=None).y_test.tolist() == [1, 1, 1, 1]


def test_fractions_count_whole_points():
    """0.29 * 100 is 28.999... in binary, and 0.7 + 0.1 is 0.7999...; both are meant whole."""
    assert len(split_in_time(np.arange(100.0), 1, 0.29).y_test) == 71
    assert len(split_in_time(np.arange(300.0), 1, 0.7, 0.1).y_test) == 60


def test_the_split_does_not_cross_a_gap(load):
    series = load(
        "day,level\n" + "".join(f"{DAYS[i]},{i}\n" for i in range(40) if i != 10), gaps="omit"
    )
    split = split_in_time(series, 3, train=0.5, scale=None)
    rows = np.column_stack([split.X_train, split.y_train])
    assert (np.diff(rows) == 1).all()
    assert len(rows) == 19 - 3 - 3  # 19 points, three without a window at each of two starts


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"train": 0.0}, ValueError, r"^train must be greater than 0, got 0"),
        ({"train": 1.5}, ValueError, r"^train must lie in .*, got 1\.5"),
        ({"train": "most"}, TypeError, r"^train must be a real number"),
        ({"validation": -0.1}, ValueError, r"^validation must lie in"),
        ({"train": 0.8, "validation": 0.2}, ValueError, r"^train \+ validation must be less than"),
        ({"train": 1.0}, ValueError, r"^train .* to leave a test part"),
        ({"train": 0.1}, ValueError, r"^train and validation must leave .* none in the train part"),
        ({"validation": 0.001}, ValueError, "none in the validation part"),
        ({"train": 0.999}, ValueError, "none in the test part"),
        ({"steps": 100}, ValueError, r"^steps must be less than the number of points"),
        ({"steps": 0}, ValueError, r"^steps must be at least 1"),
        ({"scale": (1.0, -1.0)}, ValueError, r"^scale must be an increasing pair"),
        ({"scale": (1.0,)}, ValueError, r"^scale must have shape"),
        ({"scale": "wide"}, TypeError, r"^scale must be"),
    ],
)
def test_split_refuses(settings, error, message):
    values = np.arange(100.0)
    if settings.get("train") == 0.999:
        settings = {**settings, "train": 0.99}
        values = Series(values, np.r_[0:99, 150].astype(float))  # the last is behind a gap
    with pytest.raises(error, match=message):
        split_in_time(values, **settings)


@pytest.mark.parametrize("later", [0.0, 1e-16, 5.0])
def test_a_constant_training_part_has_no_scale(later):
    values = np.r_[np.full(80, 3.0), np.full(20, 3.0 + later)]
    with pytest.raises(ValueError, match=r"^series must vary in its training part"):
        split_in_time(values)


def test_a_training_part_too_wide_for_a_float_has_no_scale():
    values = np.tile([1e308, -1e308], 50)
    with pytest.raises(ValueError, match=r"^series must vary .* within inf"):
        split_in_time(values)


def test_predictions_go_back_only_if_they_are_numbers():
    split = split_in_time(noisy_sine(random_state=0))
    with pytest.raises(ValueError, match=r"^values must be finite"):
        split.to_units([np.nan])


def test_importing_series_is_cheap():
    """Neither JAX nor scikit-learn nor pooch is imported before it is used."""
    code = (
        "import sys; import qrnnlib.series.sources, qrnnlib.series.weather; "
        "print([m for m in ('jax', 'sklearn', 'pooch', 'requests', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
