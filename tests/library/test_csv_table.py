"""Tables as people write them: dates, numbers and layouts; what is not meant is said or refused."""

import re
import warnings

import fuzz_tables
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_weather import REAL, needs_real_data

from qrnnlib import Climatology, Series, SuspectDataWarning, load_series, split_in_time, windows
from qrnnlib.series.suspects import far_outside

EXAMPLES = 20
DAYS = np.arange("2023-12-20", "2024-03-10", dtype="datetime64[D]")
any_values = pytest.mark.filterwarnings("ignore::qrnnlib.series.sources.SuspectDataWarning")


def read(folder, dates, values=None, mark=",", **options):
    """Load a table of a column of dates and one of values, all of them as they are written."""
    values = range(len(dates)) if values is None else values
    rows = [f"{date}{mark}{value}" for date, value in zip(dates, values, strict=True)]
    return read_text(folder, "\n".join([f"day{mark}level", *rows]), **options)


def read_text(folder, text, **options):
    file = folder / "table.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_series(file, "day", "level", **options)


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.getbasetemp()


# Dates


def written(times, way):
    return [time.strftime(way) for time in times.astype("datetime64[s]").tolist()]


def check_every_way(ways, times, folder):
    """Write the same dates in every way, and read them again."""
    for way in ways:
        series = read(folder, written(times, way), mark=";", gaps="omit")
        np.testing.assert_array_equal(series.index, times, err_msg=way)
        assert series.index.dtype == times.dtype
        assert series.interpolated.sum() == 0
    return len(ways)


def check_dates(examples, folder):
    """Return how many columns of dates were written and read."""
    columns = 0
    first = st.dates(np.datetime64("1600-01-01").item(), np.datetime64("2198-01-01").item())

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None)
    @given(first, st.integers(1, 100), st.integers(1, 7), st.integers(1, 40))
    def dates(start, points, step, minutes):
        nonlocal columns
        days = np.datetime64(start) + step * np.arange(points)
        columns += check_every_way(fuzz_tables.WAYS_OF_DAYS, days, folder)
        months = np.datetime64(start, "M") + np.arange(points)
        months = months[months < np.datetime64("2200-01")].astype("datetime64[D]")
        columns += check_every_way(fuzz_tables.WAYS_OF_MONTHS, months, folder)
        times = np.datetime64(start, "m") + 15 * minutes * np.arange(1, points + 1)
        if (times != times.astype("datetime64[D]")).any():
            columns += check_every_way(fuzz_tables.WAYS_OF_TIMES, times, folder)
        for pair in fuzz_tables.WAYS_THAT_MUST_SHOW:
            for way in pair:
                check_shown_order(days, way, pair, folder)

    dates()
    return columns


def check_shown_order(days, way, pair, folder):
    """The order of day and month is read where one row shows it, and else not guessed."""
    day, month = (days.astype("M8[D]") - days.astype("M8[M]")).astype(int) + 1, days.astype("M8[M]")
    month = month.astype(int) % 12 + 1
    if (day > 12).any():
        series = read(folder, written(days, way), gaps="omit")
        np.testing.assert_array_equal(series.index, days)
        assert sum("can be nothing else" in note for note in series.notes) == 1
    elif (day != month).any():
        with pytest.raises(ValueError, match="day and month cannot be told apart"):
            read(folder, written(days, way))


def test_a_date_is_the_same_however_it_is_written(folder):
    assert check_dates(EXAMPLES, folder) > 20 * EXAMPLES


@pytest.mark.soak
def test_many_dates_are_the_same_however_they_are_written(folder, count):
    count("columns of dates written in every way and read", check_dates(100 * EXAMPLES, folder))


def test_days_in_eight_digits_are_no_numbers(folder):
    series = read(folder, ["20240130", "20240131", "20240201"])
    assert len(series) == 3
    assert series.notes == ()
    assert series.step == 1


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        (["1", "2", "3"], 1, 3),
        (["1999", "2000", "2001"], 1999, 2001),
        (["1700.5", "1701.5", "1702.5"], 1700.5, 1702.5),
        (["1990.04", "1990.13", "1990.21"], 1990.04, 1990.21),
        (["20240098", "20240099", "20240100"], 20240098, 20240100),
        (["202412", "202413", "202414"], 202412, 202414),
        (["1706659200", "1706745600", "1706832000"], 1706659200, 1706832000),
        (["1.1700", "1.1800", "1.1900"], 1.17, 1.19),
        (["1500.05", "1501.05", "1502.05"], 1500.05, 1502.05),
        (["5.2000", "5.2001", "5.2002"], 5.2, 5.2002),
        (["1000.01", "1000.02", "1000.03"], 1000.01, 1000.03),
        (["2000.01", "2003.06", "2007.11"], 2000.01, 2007.11),
        (["123435", "123536", "123637"], 123435, 123637),
    ],
)
def test_plain_numbers_stay_numbers(dates, first, last, folder):
    series = read(folder, dates)
    assert series.index.dtype == np.float64
    assert (series.index[0], series.index[-1], len(series)) == (first, last, 3)


@pytest.mark.parametrize(
    ("dates", "last"),
    [
        (["2023.11", "2023.12", "2024.01"], "2024-01-01"),
        (["2023.04", "2023.07", "2023.10"], "2023-10-01"),
        (["2021.12", "2022.12", "2023.12"], "2023-12-01"),
        (["2024.9", "2024.10", "2024.11"], "2024-11-01"),
        (["1.2024", "2.2024", "3.2024"], "2024-03-01"),
        (["2000/12", "2001/01", "2001/02"], "2001-02-01"),
        (["2000/01", "2000/02", "2000/03"], "2000-03-01"),
        (["11.2023", "12.2023", "1.2024"], "2024-01-01"),
        (["05.2022", "05.2023", "05.2024"], "2024-05-01"),
    ],
)
def test_months_have_the_steps_of_months(dates, last, folder):
    series = read(folder, dates)
    assert len(series) == 3
    assert series.index[-1] == np.datetime64(last)


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        (["20240130", "20240131", "20240231"], "line 4 .* got '20240231': there is no such day"),
        (["2000/01", "2001/02", "2002/03"], "line 2 .* write 2000 if it is a fiscal year"),
        (["1998-99", "1999-00", "2000-01"], "line 2 .* write 1998 if it is a fiscal year"),
        (["201011", "201112"], "line 2 .* write 2010 if it is a fiscal year, and a day"),
        ([f"{202401 + row}" for row in range(13)], "line 14 .* got '202413': there is no such day"),
        ([f"{2024010101 + row}" for row in range(24)], "line 25 .* got '2024010124': the hours of"),
        (["202401310000", "202402290000", "202402300000"], "line 4 .* got '202402300000'"),
        (["2024-01-31", "2024-02-30"], "line 3 .* got '2024-02-30': there is no such day"),
        (["01/02/24", "02/02/24"], "line 2 .* its year must have four digits"),
        (["31/01/2024", "01/31/2024"], "line 3 .* got '01/31/2024': there is no such day"),
        (["2024-01-31", "1. Feb."], r"line 3 .* must hold a day such as .* got '1\. Feb\.'"),
        (["1 Mai 2024"], "line 2 .* months must have English names"),
        (["2024-01-31", "2024-01-31 13:00"], "line . .* every row must have a time of day or none"),
        (["2024-01-31 12:00Z", "2024-01-31 13:00"], "line . .* every time must have an offset"),
        (["2024-01-31 24:00", "2024-02-01 01:00"], "line . .* hours of a day are 00 to 23"),
        (["2024-01-01 23:60"], "line 2 .* there is no such day or time"),
        (["1-Jan-24", "2-Jan-24"], "line 2 .* its year must have four digits"),
        (["Jan-24"], "line 2 .* its year must have four digits"),
        (["1 January '24 13:00"], "line 2 .* its year must have four digits"),
        (["2024-01-31", "1. sept. 24"], "line 3 .* its year must have four digits"),
        (["Jan 12 2024 then"], "line 2 .* must hold a day such as 2024-01-31 or a number"),
        (["2024-01-31 13:00 PM"], "line . .* there is no such time"),
        (["2024-01-31 13:00:00.5"], "line . .* seconds must be whole"),
        (
            ["2024-10-27 02:00", "2024-10-27 02:00"],
            "line . .* it is a duplicate .clocks that are set back",
        ),
    ],
)
def test_other_dates_are_refused(dates, message, folder):
    with pytest.raises(ValueError, match=f"^date: {message}"):
        read(folder, dates)


def test_hours_are_kept(folder):
    hours = np.arange("2024-03-01T00", "2024-03-08T00", dtype="datetime64[h]")
    rows = [str(hour).replace("T", " ") + ":00" for hour in hours if str(hour) != "2024-03-02T05"]
    series = read(folder, rows)
    np.testing.assert_array_equal(series.index, hours)
    assert series.step == pytest.approx(1 / 24)
    assert series.notes == (
        "1 missing value (2024-03-02T05:00): interpolated linearly between the neighbours",
    )
    assert repr(series).endswith("168 points, 2024-03-01T00:00 to 2024-03-07T23:00)")
    assert Series(series.values, series.index).index.dtype == "datetime64[m]"
    split = split_in_time(series, steps=24, train=0.5)
    assert split.index_test[0] == np.datetime64("2024-03-04T12:00")
    assert not series.gaps.size
    assert read(folder, rows, gaps="omit").gaps.tolist() == [28]


def test_offsets_that_differ_end_in_utc(folder):
    rows = ["2024-10-27T01:30+02:00", "2024-10-27T02:30+02:00", "2024-10-27T02:30+01:00"]
    series = read(folder, rows)
    utc = np.arange("2024-10-26T23:30", "2024-10-27T02:30", 60, dtype="datetime64[m]")
    np.testing.assert_array_equal(series.index, utc)
    assert series.notes == ("times are in UTC, since their offsets from it differ",)
    assert read(folder, rows[:2]).index[0] == np.datetime64("2024-10-27T01:30")


def codes(first, last, way, parts):
    """Return codes of each year's (or day's) parts, numbered from 1."""
    return [way.format(one, part) for one in range(first, last) for part in range(1, parts + 1)]


CODES = {
    "day of the year": codes(2023, 2025, "{}{:03d}", 365),
    "week": codes(2021, 2024, "{}{:02d}", 52),
    "week after a point": codes(2021, 2024, "{}.{:02d}", 52),
    "quarter after a point": codes(2023, 2025, "{}.{}", 4),
    "three years of quarters": codes(2023, 2026, "{}.{}", 4),
    "quarter": codes(2023, 2025, "{}{}", 4),
    "half": codes(2021, 2025, "{}{}", 2),
    "hours from 1": codes(20240101, 20240106, "{}{:02d}", 24),
    "month 2024.1": [f"{float(one)}" for one in codes(2023, 2025, "{}.{:02d}", 12)],
    "day after a point": [
        str(day).replace("-", ".", 1).replace("-", "")
        for day in np.arange("2023-12-20", "2024-02-10", dtype="M8[D]")
    ],
}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("gaps", ["interpolate", "omit"])
def test_codes_of_dates_are_no_plain_numbers(code, gaps, folder):
    gone = [one for row, one in enumerate(CODES[code]) if row != 1 or len(CODES[code]) < 20]
    for dates in (CODES[code], gone):
        with pytest.raises(ValueError, match=r"^date.* must hold .* such as 2024-01-31"):
            read(folder, dates, gaps=gaps)


@pytest.mark.parametrize("start", [1990, 19900, 19901, 199950, 1706659200, 2023.5])
def test_a_row_missing_of_plain_numbers_is_no_code(start, folder):
    for rows in (12, 40):
        for gone in range(1, rows - 3):
            dates = [f"{start + row}" for row in range(rows) if row not in (gone, gone + 1)]
            assert read(folder, dates).interpolated.sum() == 2


# Gaps


def month_ends(dates):
    return (np.array(dates, "M8[M]") + 1).astype("M8[D]") - 1


@pytest.mark.parametrize(
    "dates",
    [
        np.arange("2023-01", "2025-01", dtype="M8[M]").astype("M8[D]"),
        month_ends(np.arange("2023-01", "2025-01", dtype="M8[M]")),
        np.arange("2023-01", "2025-01", dtype="M8[M]").astype("M8[D]") + 14,
        month_ends(np.arange("2019-03", "2025-01", 3, dtype="M8[M]")),
        np.arange("2019-01", "2025-01", 3, dtype="M8[M]").astype("M8[D]"),
        month_ends(np.arange("2008-12", "2025-01", 12, dtype="M8[M]")),
        month_ends(np.arange("2008-02", "2025-01", 12, dtype="M8[M]")),
        np.arange("2008", "2025", dtype="M8[Y]").astype("M8[D]"),
        np.arange("2024-02-20", "2024-03-10", dtype="M8[D]"),
        np.arange("2023-12-29", "2024-12-30", 7, dtype="M8[D]"),
    ],
    ids=[
        *("month", "month-end", "mid-month", "quarter-end", "quarter", "year-end", "leap-day"),
        *("year", "day", "week"),
    ],
)
@pytest.mark.parametrize("time", [(0, "D"), (13 * 60, "m"), (86399, "s")], ids=str)
def test_what_is_missing_is_the_next_of_its_calendar(dates, time, folder):
    """Leave out any one, or any two, of regular dates: they are named, and come back."""
    dates = dates + np.timedelta64(*time)
    for gone in range(1, len(dates) - 1):
        for width in (1, 2)[: len(dates) - 1 - gone]:
            rest = np.delete(dates, range(gone, gone + width))
            series = read(folder, rest)
            np.testing.assert_array_equal(series.index, dates)
            (note,) = series.notes
            names = " to ".join(str(day) for day in dates[gone : gone + width])
            assert f"({names})" in note


def test_a_missing_month_end_is_one(folder):
    series = read(folder, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-05-31"])
    assert series.notes == (
        "1 missing value (2024-04-30): interpolated linearly between the neighbours",
    )


@any_values
@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.integers(0, 3000), min_size=2, max_size=30, unique=True).map(sorted),
    st.sampled_from(["{}", "{}.5", "day", "hour"]),
    st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_never_more_is_filled_in_than_was_read(tmp_path_factory, places, way, blank):
    dates = [way.format(place) for place in places]
    if way in ("day", "hour"):
        dates = np.datetime64("2020-01-01T00", way[0].upper() if way == "day" else "h") + places
        dates = [str(date) + ":00" * (way == "hour") for date in dates]
    values = ["" if empty else "1" for empty in blank[: len(dates)]]
    if not any(values):
        return
    try:
        series = read(tmp_path_factory.getbasetemp(), dates, values)
    except ValueError:
        series = read(tmp_path_factory.getbasetemp(), dates, values, gaps="omit")
        with pytest.raises(ValueError, match=r"gaps='omit'|^gaps must be 'omit'"):
            read(tmp_path_factory.getbasetemp(), dates, values)
    assert series.interpolated.sum() <= values.count("1")
    assert (~series.interpolated).sum() == values.count("1")


def test_names_of_large_numbers_are_whole(folder):
    series = read(folder, ["12345678", "12345679", "12345681"])
    assert "(12345680)" in series.notes[0]
    assert "12345678 to 12345681" in repr(series)
    assert "(0.1234568)" in read(folder, ["0.1234566", "0.1234567", "0.1234569"]).notes[0]


def test_neighbours_much_closer_than_usual_are_named(folder):
    weeks = np.datetime64("2024-01-01") + 7 * np.arange(20)
    dates = np.append(weeks, weeks[-1] + np.arange(1, 5))
    with pytest.warns(SuspectDataWarning, match=r"^table\.csv: 4 neighbours much closer"):
        series = read(folder, dates)
    assert series.notes == (
        "4 neighbours much closer than the usual step of 7 days (the first: 2024-05-13 and "
        "2024-05-14): windows there cover less time than elsewhere",
    )
    assert Series(np.arange(24.0), dates).notes == series.notes
    assert Series(np.arange(24.0), dates)[1:].notes == series.notes


def test_a_step_has_a_unit_in_words(folder):
    for dates, words in (
        (["2024-01-01 00:00", "2024-01-01 01:00", "2024-02-01 00:00"], "1 hour"),
        (["2024-01-01 00:00", "2024-01-01 00:15", "2024-02-01 00:00"], "15 minutes"),
        (["2024-01-01", "2024-01-02", "2024-02-01"], "1 day"),
        (["2024-01", "2024-02", "2034-02"], "1 month"),
        (["2024Q1", "2024Q2", "2034Q2"], "3 months"),
        (["100000000", "112345678", "900000000"], "12345678"),
        (["2024.2", "2024.21", "2034.22"], "0.01"),
    ):
        with pytest.raises(ValueError, match=f" where neighbours are {words} apart; gaps='omit'"):
            read(folder, dates)


# Numbers


def grouped(value, between, decimal):
    text = f"{value:,.2f}" if between else f"{value:.2f}"
    return text.translate(str.maketrans({",": between, ".": decimal}))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_a_number_is_the_same_however_it_is_written(tmp_path_factory, cents):
    for between, decimal in fuzz_tables.WAYS_OF_NUMBERS:
        values = [f'"{grouped(one / 100, between, decimal)}"' for one in cents]
        for mark in ",;\t":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SuspectDataWarning)
                series = read(tmp_path_factory.getbasetemp(), range(len(cents)), values, mark)
            assert series.values.tolist() == [one / 100 for one in cents]


@pytest.mark.parametrize(
    ("values", "mark", "wanted"),
    [
        (["1,5", "1.234", "2"], ";", [1.5, 1234, 2]),
        (["1.234", "1,5", "2"], ";", [1234, 1.5, 2]),
        (["1,5", "1.234", "2"], "\t", [1.5, 1234, 2]),
        (["1.5", '"1,234"', "2"], ",", [1.5, 1234, 2]),
        (["1.234", "2.345"], "\t", [1.234, 2.345]),
        (["1.234", "2.345", "0.5"], ";", [1.234, 2.345, 0.5]),
        (["1.234", "2.345", "987.6"], ";", [1.234, 2.345, 987.6]),
        (["1,234", "2,345"], ";", [1.234, 2.345]),
        (["0,123", "2,345"], "|", [0.123, 2.345]),
        (["1.234.567", "2.345"], ";", [1234567, 2345]),
        (["1'234.5", "2"], ",", [1234.5, 2]),
        (["1 234,5e3", "2"], ";", [1234500, 2]),
    ],
)
def test_one_column_has_one_decimal_sign(values, mark, wanted, folder):
    assert read(folder, range(len(values)), values, mark).values.tolist() == wanted


@pytest.mark.parametrize(
    ("values", "mark", "message"),
    [
        (["1,5", "1.5"], ";", "line 3 .* got '1.5': its decimal sign differs from that in '1,5'"),
        (["1.5", "1,5"], ";", "line 3 .* got '1,5': its decimal sign differs from that in '1.5'"),
        (["1,5", "12.34.567"], ";", "line 3 .* got '12.34.567'"),
        (["1,5", "0.123"], ";", "line 3 .* got '0.123': its decimal sign"),
        (["1,5", "1.234 567"], ";", "line 3 .* got '1.234 567'"),
        (["2", "1,234"], "\t", "line 3 .* got '1,234': it may be 1234 or 1.234"),
        (["2", '"1,234"'], ",", "line 3 .* got '1,234': it may be 1234 or 1.234"),
        (["1.234", "987", "1.050"], ";", "line 2 .* got '1.234': it may .* with a c"),
        (["987", "-12.345"], ";", "line 3 .* got '-12.345': it may be -12345 or -12.345"),
        (["1.234", "1,234"], ";", "line 2 .* got '1.234': it may be 1234 or 1.234"),
        (["2", "1,23,456"], "\t", "line 3 .* got '1,23,456'"),
    ],
)
def test_two_decimal_signs_are_refused(values, mark, message, folder):
    with pytest.raises(ValueError, match=f"^value: {message}"):
        read(folder, range(len(values)), values, mark)


# Numbers that stand for "none"


@pytest.mark.parametrize("none", [-9999.0, -999.0, -99.9, 9999.0, -8888.0, 1e20, -32768.0])
@pytest.mark.parametrize("often", [1, 20])
def test_numbers_for_none_are_noted_or_taken_out(none, often, folder):
    values = np.round(10 * np.sin(np.arange(100) / 7) + 5, 2)
    values[7 : 7 + often] = none
    with pytest.warns(
        SuspectDataWarning, match=re.escape(f" far outside all others ({none:.15g}; ")
    ):
        series = read(folder, range(100), values)
    assert (series.values == values).all()
    assert "far outside all others" in split_in_time(values).notes[0]
    cleaned = read(folder, range(100), values, na_values=none)
    assert cleaned.interpolated.sum() == often
    assert cleaned.values.min() >= -5
    assert cleaned.notes[0].startswith(f"{often} missing value")


def test_several_numbers_and_words_may_stand_for_none(folder):
    values = ["1", "-999.00", "2", "---", "3", "-99.9", "4"]
    for none in ((-999, -99.9, "---"), ["---", -99.9, -999.0]):
        assert read(folder, range(7), values, na_values=none).values.tolist() == [
            *(1, 1.5, 2, 2.5, 3, 3.5, 4)
        ]
    with pytest.raises(ValueError, match="got '---'"):
        read(folder, range(7), values, na_values=(-999, -99.9))
    with pytest.raises(TypeError, match=r"^na_values must be a real number, got None"):
        read(folder, range(7), values, na_values=[None])


ORDINARY = {
    "normal": lambda rng, n: rng.normal(size=n),
    "Student's t, 3 degrees of freedom": lambda rng, n: rng.standard_t(3, n),
    "lognormal": lambda rng, n: rng.lognormal(0, 1, n),
    "exponential": lambda rng, n: rng.exponential(size=n),
    "Pareto, third power": lambda rng, n: rng.pareto(3, n),
    "counts": lambda rng, n: rng.poisson(2, n).astype(float),
    "rain": lambda rng, n: np.round(rng.exponential(8, n) * (rng.random(n) < 0.2), 1),
    "rounded constant": lambda rng, n: np.round(5 + 0.03 * rng.normal(size=n), 1),
    "uptime": lambda rng, n: np.round(100 - 0.05 * rng.exponential(size=n), 2),
    "random walk": lambda rng, n: np.cumsum(rng.normal(size=n)),
    "growth": lambda rng, n: np.exp(0.05 * np.arange(n)),
    "one event": lambda rng, n: (np.arange(n) == n // 2).astype(float),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_values_raise_no_alarm(kind):
    """Of a thousand series with tails as heavy as these, a few at the most."""
    rng = np.random.default_rng(0)
    alarms = 0
    for run in range(1000):
        values = ORDINARY[kind](rng, (30, 100, 365)[run % 3])
        alarms += bool(far_outside(values, np.arange(values.size, dtype=float)))
    assert alarms <= 5


@pytest.mark.parametrize(
    ("values", "nines"),
    [(np.arange(9.99, 50, 1), 99.99), (np.arange(5.0, 42), 99), (np.arange(0.0, 450, 7), 999)],
)
def test_a_price_may_be_written_with_nines(values, nines):
    values = np.append(values, nines)
    index = np.arange(values.size, dtype=float)
    assert far_outside(values, index) == ()
    assert "99999" in far_outside(np.append(values, 99999), np.append(index, -1))[0]
    assert "(-99;" in far_outside(np.append(values, -99), np.append(index, -1))[0]


@needs_real_data
@pytest.mark.filterwarnings("error::qrnnlib.series.sources.SuspectDataWarning")
def test_real_weather_raises_no_alarm():
    columns = ("Mean Temp", "Min Temp", "Max Temp")
    for file in sorted(REAL.glob("en_climate*P1D.csv")):
        for column in (*(f"{name} (°C)" for name in columns), "Total Precip (mm)"):
            assert load_series(file, "Date/Time", column, gaps="omit").step == 1


# Layouts

PLAIN = "day,level\n2024-01-30,1.5\n2024-01-31,2\n2024-02-01,-3\n"


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (PLAIN.replace(",", "\t"), {}),
        (PLAIN.replace(",", "|"), {}),
        ("sep=;\n" + PLAIN.replace(",", ";"), {}),
        ('"sep=,"\r\n' + PLAIN, {}),
        ("sep=\t\n" + PLAIN.replace(",", "\t"), {}),
        (PLAIN.encode("utf-16"), {}),
        (PLAIN.encode("utf-16-le"), {"encoding": "utf-16-le"}),
        (PLAIN.encode("utf-8-sig"), {"encoding": "cp1252"}),
        (
            ("note;" + PLAIN.replace(",", ";").replace("\n2", "\né;2")).encode("cp1252"),
            {"encoding": "cp1252"},
        ),
    ],
)
def test_layouts_read_the_same(data, options, folder):
    series = read_text(folder, data, **options)
    assert series.values.tolist() == [1.5, 2, -3]
    assert series.index[0] == np.datetime64("2024-01-30")
    assert series.notes == ()


@pytest.mark.parametrize("above", ["Station 5; level in m\n", '# "a\n#\n\n', "a,b\n1,2\n"])
def test_lines_above_the_header_are_passed_over(above, folder):
    series = read_text(folder, above + PLAIN)
    lines = len(above.split()) and len([line for line in above.splitlines() if line])
    assert series.values.tolist() == [1.5, 2, -3]
    assert series.notes == (f"{lines} line{'s' * (lines > 1)} above the header passed over",)
    wrong = above.count("\n") + 5
    with pytest.raises(ValueError, match=f"^value: line {wrong} .* got 'x'"):
        read_text(folder, above + PLAIN + "2024-02-02,x\n")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("day,é\n".encode("cp1252"), "UTF-8 text, got byte 0xe9 in line 1 .* encoding='cp1252'"),
        (PLAIN.encode("utf-16-le"), "without NUL bytes, got one in line 1 .* encoding='utf-16-le'"),
        (b"PK\x03\x04 ...", "a text file, .* an Excel workbook or a ZIP archive; save it as CSV"),
        (b"\x1f\x8b ...", "a text file, .* compressed by gzip"),
        (PLAIN.replace(",", " "), "its columns are 'day level' .*separated by commas, semicolons"),
        (PLAIN.replace(",", ":"), "its columns are 'day:level' .*separated by commas, semicolons"),
        ("sep=;\n", "name one column .* none has that name"),
    ],
)
def test_other_layouts_are_refused_with_the_cure(data, message, folder):
    with pytest.raises(ValueError, match=f"^(path|date) must .*{message}"):
        read_text(folder, data)


def test_an_encoding_is_one_of_pythons(folder):
    with pytest.raises(ValueError, match=r"^encoding must be one that Python knows, got 'ansi7'"):
        read_text(folder, PLAIN, encoding="ansi7")
    for odd in ("rot13", "idna", "undefined", "a\0b"):
        with pytest.raises(ValueError, match=r"^(encoding|path|date) must "):
            read_text(folder, b"\xff.." + PLAIN.encode(), encoding=odd)
    with pytest.raises(TypeError, match=r"^encoding must be a string, got 8"):
        read_text(folder, PLAIN, encoding=8)


# What other libraries hold

VALUES = np.arange(20.0) ** 2
INDEX = pd.date_range("2024-01-30", periods=20)


@pytest.mark.parametrize(
    "index",
    [
        INDEX,
        INDEX.tz_localize("Europe/Berlin"),
        INDEX.tz_localize("UTC").tz_convert("America/Toronto").tz_localize(None).normalize(),
        INDEX.to_period("D"),
        INDEX.strftime("%d.%m.%Y"),
        INDEX.strftime("%Y%m%d").astype(int),
        [int(time.strftime("%Y%m%d")) for time in INDEX],
        INDEX.astype(object),
        [time.date() for time in INDEX],
        [time.to_pydatetime() for time in INDEX],
        list(INDEX.strftime("%Y-%m-%d")),
        INDEX.to_numpy()[:, None],
        pd.DataFrame({"day": INDEX}),
        pd.Series(INDEX),
    ],
)
def test_an_index_of_days_is_one(index):
    series = Series(VALUES, index)
    assert series.index.dtype == "datetime64[D]"
    assert (np.diff(series.index).astype(int) == 1).all()
    assert series.index[0] in (np.datetime64("2024-01-30"), np.datetime64("2024-01-29"))
    assert series.notes == ()


def test_integers_are_dates_as_in_a_table(folder):
    months = np.arange("2023-11", "2024-03", dtype="M8[M]")
    written = np.array([str(month).replace("-", "") for month in months])
    integers = written.astype(int)
    assert read(folder, written).index.tolist() == Series(range(4), integers).index.tolist()
    np.testing.assert_array_equal(Series(range(4), integers).index, months)
    slip = np.array([20240130, 20240131, 20240132])
    with pytest.raises(ValueError, match=r"^index must hold dates .* '20240132' at position 2: th"):
        Series(range(3), slip)
    for numbers in (slip + 3, slip - 20000000, [1999, 2000, 2001], slip * 1.0, [-20240131, 0, 1]):
        assert Series(range(3), numbers).index.tolist() == list(numbers)
    gone = INDEX.delete([8])
    split = split_in_time(pd.Series(np.delete(VALUES, 8), gone.strftime("%Y%m%d").astype(int)), 3)
    np.testing.assert_array_equal(split.index_test, gone[-len(split.y_test) :])


def test_periods_begin_where_they_begin():
    months = pd.period_range("2023-12", periods=20, freq="M")
    assert Series(VALUES, months).index[2] == np.datetime64("2024-02-01")
    hours = pd.period_range("2023-12-31T22", periods=20, freq="h")
    assert Series(VALUES, hours).index[3] == np.datetime64("2024-01-01T01:00")


def test_an_hourly_index_is_never_cut_to_days():
    hours = pd.date_range("2024-03-30T12:00", periods=20, freq="h", tz="Europe/Berlin")
    series = Series(VALUES, hours)
    assert (np.diff(series.index).astype(int) == 60).all()
    assert series.notes == ("times are in UTC, since their offsets from it differ",)
    assert Series(VALUES[:5], hours[:5]).index[0] == np.datetime64("2024-03-30T12:00")
    assert Series([1.0], np.array(["2024-01-01T12:00:01"], "M8[ns]")).index.dtype == "M8[s]"
    fine = np.datetime64("2024-01-01T00:00:00.000000001")
    assert Series([1.0], [fine]).index[0] == fine


@pytest.mark.parametrize(
    ("index", "error", "message"),
    [
        (["a", "b"], TypeError, "an array of dates or of numbers, got dtype <U1"),
        (pd.timedelta_range("1h", periods=2), TypeError, "an array of dates or of numbers"),
        (["01/02/2024", "02/02/2024"], ValueError, "position 0: day and month cannot be told"),
        (["2024-01-31", "then"], ValueError, "got 'then' at position 1"),
        ([INDEX[0], 3], ValueError, "got '3' at position 1"),
        ([INDEX[0].date(), INDEX[1] + pd.Timedelta("1h")], ValueError, "time of day or none"),
        ([INDEX[0], pd.Timestamp("2024-02-01T05", tz="UTC")], ValueError, "an offset from UTC or"),
        ([INDEX[0], pd.NaT], ValueError, "no missing dates"),
        (pd.PeriodIndex(["2024-01", "NaT"], freq="M"), ValueError, "no missing dates"),
    ],
)
def test_other_indexes_are_refused(index, error, message):
    with pytest.raises(error, match=f"^index must .*{message}"):
        Series([1.0, 2.0], index)


def test_a_pandas_series_keeps_its_dates():
    wanted = Series(VALUES, INDEX)
    for given_series in (pd.Series(VALUES, INDEX), pd.DataFrame({"level": VALUES}, INDEX)):
        np.testing.assert_array_equal(windows(given_series, 3)[0], windows(VALUES, 3)[0])
        split = split_in_time(given_series, 3, 0.7)
        np.testing.assert_array_equal(split.index_test, split_in_time(wanted, 3, 0.7).index_test)
        assert split.notes == ()
    with pytest.raises(ValueError, match=r"^index must be strictly increasing"):
        windows(pd.Series(VALUES, INDEX[::-1]), 3)


def test_rows_of_pandas_are_neighbours_on_business_days_too():
    days = pd.bdate_range("2024-01-01", periods=20)
    given_series = pd.Series(VALUES, days)
    np.testing.assert_array_equal(windows(given_series, 6)[0], windows(VALUES, 6)[0])
    split = split_in_time(given_series, 6, 0.7)
    assert len(split.y_train) + len(split.y_test) == 20 - 6
    assert split.index_test[-1] == np.datetime64("2024-01-26")
    (note,) = split.notes
    assert note.startswith("rows are neighbours, also across 3 jumps of the index (the first")
    assert Series(VALUES, days).gaps.size == 3


@pytest.mark.parametrize(
    "column",
    [
        VALUES[:, None],
        pd.Series(VALUES),
        pd.DataFrame({"level": VALUES}),
        pd.Series(VALUES, list("abcdefghijklmnopqrst")),
    ],
)
def test_a_column_is_a_series(column):
    np.testing.assert_array_equal(windows(column, 3)[0], windows(VALUES, 3)[0])
    np.testing.assert_array_equal(Series(column, INDEX).values, VALUES)
    both = windows([column, VALUES], 3)[0]
    assert both.shape == (17, 3, 2)
    assert Climatology().fit(INDEX, VALUES).predict(pd.DataFrame(INDEX)).shape == (20,)


def test_several_columns_are_handed_over_as_a_list():
    with pytest.raises(
        ValueError, match=r"^series must have shape \(any,\), got \(20, 2\); .* list"
    ):
        windows(pd.DataFrame({"a": VALUES, "b": VALUES}), 3)
