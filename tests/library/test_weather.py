"""Ontario weather: both layouts, every way a download can fail, and the synthetic year."""

import datetime
import http.server
import os
import socketserver
import threading
from pathlib import Path

import numpy as np
import pytest

from qrnnlib.series import eccc, weather
from qrnnlib.series.splitting import split_in_time
from qrnnlib.series.weather import STATIONS, SyntheticDataWarning, ontario_weather
from qrnnlib.series.windowing import windows

TORONTO = STATIONS["toronto"]
REAL = Path(
    os.environ.get(weather.FOLDER_VARIABLE)
    or Path(__file__).resolve().parents[3] / "shared" / "weather"
).resolve()
needs_real_data = pytest.mark.skipif(
    not (REAL / "en_climate_daily_ON_6158731_2024_P1D.csv").is_file(),
    reason="The folder of real weather files is not at hand; QRNNLIB_WEATHER_DIR may name it.",
)

# Made-up files in the two layouts of the service


def days_of(year):
    return np.arange(f"{year}-01-01", f"{year + 1}-01-01", dtype="datetime64[D]")


def made_up(year):
    """Return a temperature for each day of a year, by date, as the service writes them."""
    return {str(day): f"{(7 * i) % 50 - 25 + i / 1000:.1f}" for i, day in enumerate(days_of(year))}


def bulk(temperatures, station=TORONTO, flags=None, newline="\n"):
    """Return a table as the bulk service lays it out: byte-order mark, everything quoted."""
    header = ["Station Name", "Climate ID", "Date/Time", "Year", "Max Temp (°C)"]
    header += ["Mean Temp (°C)", "Mean Temp Flag"]
    rows = [header] + [
        [station.name, station.climate_id, day, day[:4], "30.0", value, (flags or {}).get(day, "")]
        for day, value in temperatures.items()
    ]
    lines = [",".join(f'"{field}"' for field in row) + newline for row in rows]
    return ("\ufeff" + "".join(lines)).encode()


def geomet(temperatures, station=TORONTO, flags=None):
    """Return a table as GeoMet lays it out: no mark, nothing quoted, days with a midnight."""
    header = "x,STATION_NAME,CLIMATE_IDENTIFIER,LOCAL_DATE,MEAN_TEMPERATURE,MEAN_TEMPERATURE_FLAG"
    rows = [
        f"-79.6,{station.name},{station.climate_id},{day} 00:00:00,{value},"
        f"{(flags or {}).get(day, '')}"
        for day, value in temperatures.items()
    ]
    return "".join(line + "\r\n" for line in [header, *rows]).encode()


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    """Point everything at an empty cache and at a port where nobody listens."""
    for variable in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv(weather.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(weather, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(eccc, "GEOMET_URL", "http://127.0.0.1:9/geomet")
    monkeypatch.setattr(eccc, "BULK_URL", "http://127.0.0.1:9/bulk")
    monkeypatch.setattr(eccc, "TIME_OUT", (1, 1))
    monkeypatch.setattr(eccc, "today", lambda: datetime.date(2025, 6, 9))


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """Put files into a folder that QRNNLIB_WEATHER_DIR names."""
    place = tmp_path / "mine"
    place.mkdir()
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(place))

    def put(layout, year, data, written=None, station=TORONTO):
        file = place / layout.file_of(station, year)
        file.write_bytes(data)
        date(file, written or datetime.date(year + 1, 6, 1))

    return put


def date(file, day):
    """Make a file look as if it was written on a day."""
    noon = datetime.datetime(day.year, day.month, day.day, 12).timestamp()
    os.utime(file, (noon, noon))


class Service(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A local stand-in for both services: the path's first word picks the answer."""

    daemon_threads = False  # so that closing the server waits for them

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.answers = {}
        self.asked = []


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        word = self.path.partition("?")[0].strip("/")
        answer = self.server.answers[word]
        status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def service(monkeypatch):
    """Run the stand-in; `answers` holds what "geomet", "bulk" and "error" answer."""
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(eccc, "GEOMET_URL", f"{base}/geomet")
        monkeypatch.setattr(eccc, "BULK_URL", f"{base}/bulk")
        server.answers = {
            "geomet": geomet(made_up(2024)),
            "bulk": bulk(made_up(2024)),
            "error": b"<html>Sorry, an error occurred</html>",
        }
        yield server
        server.shutdown()
        thread.join()


def cached(tmp_path):
    """Return everything that lies in the cache, half-written files included."""
    return sorted(file.name for file in (tmp_path / "cache").glob("*"))


# Files


@pytest.mark.parametrize("layout", ["bulk", "bulk-crlf", "geomet", "geomet-shuffled"])
def test_both_layouts_read_the_same(folder, layout):
    temperatures = made_up(2024)
    if layout == "geomet-shuffled":  # nothing promises an order
        rows = list(temperatures.items())
        data = geomet(dict(np.random.default_rng(0).permutation(rows).tolist()))
    elif layout == "geomet":
        data = geomet(temperatures)
    else:
        data = bulk(temperatures, newline="\r\n" if layout == "bulk-crlf" else "\n")
    expected = eccc.BULK if layout.startswith("bulk") else eccc.GEOMET
    folder(expected, 2024, data)
    series = ontario_weather()
    assert series.values.tolist() == [float(value) for value in temperatures.values()]
    assert (series.index == days_of(2024)).all()
    assert series.unit == "°C"
    assert series.attribution == expected.attribution
    assert expected.service in series.source
    assert series.notes == ()
    assert not series.synthetic
    assert repr(series) == (
        "Series('Daily mean temperature, TORONTO INTL A, 2024': 366 points, "
        "2024-01-01 to 2024-12-31, °C)"
    )


def test_each_service_gets_the_words_its_licence_asks_for():
    assert eccc.GEOMET.attribution.startswith("Data Source: Environment and Climate Change Canada")
    assert "eccc-msc.github.io/open-data/licence" in eccc.GEOMET.attribution
    assert eccc.BULK.attribution.startswith("Based on Environment and Climate Change Canada data")


def test_flags_and_gaps_are_named(folder):
    temperatures = made_up(2023)
    flags = {"2023-03-01": "M", "2023-05-01": "E", "2023-05-02": "E", "2023-07-01": "T"}
    temperatures["2023-03-01"] = temperatures["2023-09-09"] = ""
    folder(eccc.BULK, 2023, bulk(temperatures, flags=flags))
    series = ontario_weather(years=2023)
    assert len(series) == 365
    assert series.notes == (
        "2 missing days (2023-03-01, 2023-09-09): interpolated linearly between the neighbours",
        "2 values kept that the service flagged E (estimated)",
        "1 value kept that the service flagged T (trace)",
    )
    omitted = ontario_weather(years=2023, gaps="omit")
    assert len(omitted) == 363
    assert (omitted.values == series.values[~series.interpolated]).all()
    assert len(windows(omitted, 10)[1]) == 363 - 3 * 10


def test_a_value_flagged_missing_is_missing(folder):
    folder(eccc.BULK, 2024, bulk(made_up(2024), flags={"2024-05-05": "M"}))
    assert "1 missing day (2024-05-05)" in ontario_weather().notes[0]


def test_years_are_joined_and_a_gap_may_lie_across_new_year(folder):
    first, second = made_up(2022), made_up(2023)
    first["2022-12-31"] = second["2023-01-01"] = ""
    first["2022-12-30"], second["2023-01-02"] = "0.0", "3.0"
    folder(eccc.BULK, 2022, bulk(first))
    folder(eccc.GEOMET, 2023, geomet(second))
    series = ontario_weather(years=range(2022, 2024))
    assert len(series) == 730
    np.testing.assert_allclose(series.values[363:367], [0, 1, 2, 3], atol=1e-12)
    assert series.notes[0].startswith("2 missing days (2022-12-31 to 2023-01-01)")
    assert series.attribution == f"{eccc.GEOMET.attribution}; {eccc.BULK.attribution}"
    assert "2022-2023" in series.name
    assert (ontario_weather(years=np.array([2022, 2023])).values == series.values).all()


@pytest.mark.parametrize("layout", ["bulk", "geomet"])
def test_days_still_to_come_are_a_gap_at_the_end(folder, layout):
    """The bulk service has blank rows without a flag for them, GeoMet has no rows."""
    temperatures = made_up(2025)
    future = [day for day in temperatures if day >= "2025-06-09"]
    if layout == "bulk":
        data = bulk(temperatures | dict.fromkeys(future, ""))
    else:
        data = geomet({day: t for day, t in temperatures.items() if day not in future})
    folder(getattr(eccc, layout.upper()), 2025, data, written=datetime.date(2025, 6, 9))
    series = ontario_weather(years=2025)
    assert series.index[-1] == np.datetime64("2025-06-08")
    assert series.notes == ("206 missing days (2025-06-09 to 2025-12-31) at the end: left out",)


def test_a_station_that_was_not_open(folder):
    blank = dict.fromkeys(made_up(2024), "")
    folder(eccc.BULK, 2024, bulk(blank))
    with pytest.raises(ValueError, match=r"^years must have a daily mean .* got 2024"):
        ontario_weather()


def test_a_bad_file_in_the_named_folder_is_not_passed_over(folder):
    folder(eccc.BULK, 2024, bulk(made_up(2024), station=STATIONS["ottawa"]))
    with pytest.raises(
        ValueError,
        match=r"^QRNNLIB_WEATHER_DIR: en_climate\S+ is not usable: .* "
        "climate ID 6158731, got 6106001",
    ):
        ontario_weather()


def test_a_file_that_the_named_folder_lacks_is_looked_for_elsewhere(folder, service, tmp_path):
    folder(eccc.BULK, 2020, bulk(made_up(2020)))
    series = ontario_weather()
    assert series.notes == ("QRNNLIB_WEATHER_DIR has no file of TORONTO INTL A for 2024",)
    assert not series.synthetic
    assert cached(tmp_path) == ["geomet_climate-daily_6158731_2024.csv"]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"station": "niagara"}, ValueError, r"^station must be one of 'toronto', 'ottawa', 'tor"),
        ({"station": 3}, ValueError, r"^station must be one of"),
        ({"years": "2024"}, TypeError, r"^years must be an integer"),
        ({"years": 2024.0}, TypeError, r"^years must be an integer"),
        ({"years": []}, ValueError, r"^years must be one year or consecutive ones, got \[\]"),
        ({"years": [2020, 2022]}, ValueError, r"^years must be .* consecutive"),
        ({"years": [2021, 2020]}, ValueError, r"^years must be .* consecutive"),
        ({"years": 2026}, ValueError, r"^years must have begun, got 2026 in 2025"),
        ({"years": 24}, ValueError, r"^years must be at least 1840"),
        ({"gaps": "drop"}, ValueError, r"^gaps must be one of"),
    ],
)
def test_ontario_weather_refuses(settings, error, message):
    with pytest.raises(error, match=message):
        ontario_weather(**settings)


# Downloads


def test_download_asks_geomet_once_and_keeps_the_answer(service, tmp_path):
    series = ontario_weather()
    assert service.asked == [
        "/geomet?CLIMATE_IDENTIFIER=6158731&datetime=2024-01-01/2024-12-31&f=csv&limit=10000"
    ]
    assert cached(tmp_path) == ["geomet_climate-daily_6158731_2024.csv"]
    assert (tmp_path / "cache" / cached(tmp_path)[0]).read_bytes() == service.answers["geomet"]
    again = ontario_weather()
    assert len(service.asked) == 1
    assert (again.values == series.values).all()
    assert series.attribution == eccc.GEOMET.attribution


def without(temperatures, *days):
    return {day: t for day, t in temperatures.items() if day not in days}


YEAR = made_up(2024)
WHOLE = geomet(YEAR)
REFUSED = {
    "error page": (500, b"<html>Internal error</html>", {}),
    "not found": (404, b"", {}),
    "empty": b"",
    "redirect to /error": (302, b"", {"Location": "/error"}),
    "html": b"\n<!DOCTYPE html><html><body>down for maintenance</body></html>",
    "error in words": b"Warning: an error was found in the request",
    "other table": b"a,b\n1,2\n",
    "header only": geomet({}),
    "cut in transit": (200, WHOLE[:9000], {"Content-Length": str(len(WHOLE))}),
    "cut within a row": WHOLE[: WHOLE.rindex(b"-79.6") + 20],
    "cut after a row": geomet(dict(list(YEAR.items())[:300])),
    "row missing": geomet(without(YEAR, "2024-02-29")),
    "row doubled": WHOLE + WHOLE.splitlines(keepends=True)[-1],
    "wrong station": geomet(YEAR, station=STATIONS["ottawa"]),
    "one row of another station": geomet(without(YEAR, "2024-12-31"))
    + geomet({"2024-12-31": "1.0"}, STATIONS["ottawa"]).splitlines(keepends=True)[1],
    "wrong year": geomet(made_up(2023)),
    "numbers for days": WHOLE.replace(b"2024-", b"").replace(b" 00:00:00", b""),
    "no number": WHOLE.replace(b"00:00:00,-25.0,", b"00:00:00,warm,"),
    "not UTF-8": WHOLE.replace(b"TORONTO", b"TORONT\xd4"),
}
REASON = {
    "error page": "HTTP status 500",
    "not found": "HTTP status 404",
    "empty": "the answer was refused",
    "redirect to /error": "web page",
    "html": "web page",
    "error in words": "an error was found",
    "other table": "not a header of daily data: 'a,b",
    "header only": "must have rows",
    "cut in transit": "Error",
    "cut within a row": "must have 6 fields",
    "cut after a row": "66 are missing, the first is 2024-10-27",
    "row missing": "1 are missing, the first is 2024-02-29",
    "row doubled": "it is a duplicate",
    "wrong station": "climate ID 6158731, got 6106001",
    "one row of another station": "climate ID 6158731, got 6106001",
    "wrong year": "days of 2024 alone, got 2023-01-01",
    "numbers for days": "must hold a day",
    "no number": "must hold a number",
    "not UTF-8": "must be UTF-8",
}


@pytest.mark.parametrize("answer", REFUSED)
def test_a_bad_answer_is_refused_and_the_other_service_asked(service, tmp_path, answer):
    service.answers["geomet"] = REFUSED[answer]
    series = ontario_weather()
    assert series.attribution == eccc.BULK.attribution
    assert cached(tmp_path) == ["en_climate_daily_ON_6158731_2024_P1D.csv"]
    assert service.asked[-1] == (
        "/bulk?format=csv&stationID=51459&Year=2024&Month=1&Day=1&timeframe=2&submit=Download+Data"
    )


@pytest.mark.parametrize("answer", REFUSED)
def test_two_bad_answers_leave_the_cache_clean_and_say_why(service, tmp_path, answer):
    service.answers["geomet"] = service.answers["bulk"] = REFUSED[answer]
    with pytest.warns(SyntheticDataWarning) as caught:
        series = ontario_weather()
    message = str(caught[0].message)
    assert message.count(REASON[answer]) == 2, message
    assert caught[0].filename == __file__  # the line that asked for the data
    assert series.synthetic
    assert cached(tmp_path) == []


def test_the_service_may_hang(service, monkeypatch, tmp_path):
    held = threading.Event()
    send = Answers.do_GET

    def hang(handler):
        held.wait(5)
        send(handler)

    monkeypatch.setattr(Answers, "do_GET", hang)
    monkeypatch.setattr(Answers, "handle_one_request", quiet(Answers.handle_one_request))
    monkeypatch.setattr(eccc, "TIME_OUT", (0.2, 0.2))
    with pytest.warns(SyntheticDataWarning, match="ReadTimeout"):
        ontario_weather()
    held.set()
    assert cached(tmp_path) == []


def quiet(handle):
    """Let a handler end silently when its client has gone."""

    def handled(handler):
        try:
            handle(handler)
        except OSError:
            handler.close_connection = True

    return handled


def test_a_disk_that_fails_leaves_nothing_half_written(service, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    series = ontario_weather()
    assert cached(tmp_path) == []
    assert not series.synthetic
    assert series.notes == ("2024 could not be written to the cache and will be downloaded again",)


def test_a_cache_that_cannot_be_made_is_done_without(service, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert "could not be written" in ontario_weather().notes[0]


def test_a_broken_file_in_the_cache_is_replaced(service, tmp_path):
    file = tmp_path / "cache" / "geomet_climate-daily_6158731_2024.csv"
    file.parent.mkdir()
    file.write_bytes(WHOLE[:1000])
    series = ontario_weather()
    assert len(series) == 366
    assert series.notes[0].startswith("ignored a file in the cache: geomet_climate-daily")
    assert file.read_bytes() == WHOLE


def test_a_running_year_is_got_again_when_a_day_has_passed(service, tmp_path, monkeypatch):
    year = made_up(2025)
    service.answers["geomet"] = geomet({d: t for d, t in year.items() if d < "2025-06-01"})
    assert ontario_weather(years=2025).index[-1] == np.datetime64("2025-05-31")
    file = tmp_path / "cache" / cached(tmp_path)[0]
    date(file, datetime.date(2025, 6, 9))
    ontario_weather(years=2025)
    assert len(service.asked) == 1
    date(file, datetime.date(2025, 6, 2))
    service.answers["geomet"] = geomet({d: t for d, t in year.items() if d < "2025-06-09"})
    assert ontario_weather(years=2025).index[-1] == np.datetime64("2025-06-08")
    assert len(service.asked) == 2
    date(file, datetime.date(2025, 6, 8))
    service.answers = dict.fromkeys(service.answers, b"")
    stale = ontario_weather(years=2025)
    assert stale.index[-1] == np.datetime64("2025-06-08")
    assert stale.notes[0].startswith("2025 as of 2025-06-08, since there is nothing newer")


def test_a_running_year_that_ends_long_ago_is_cut_short(service):
    year = made_up(2025)
    service.answers["geomet"] = geomet({d: t for d, t in year.items() if d < "2025-03-01"})
    service.answers["bulk"] = bulk({d: t if d < "2025-06-09" else "" for d, t in year.items()})
    series = ontario_weather(years=2025)
    assert series.index[-1] == np.datetime64("2025-06-08")
    assert series.attribution == eccc.BULK.attribution


# No network: the synthetic year


def test_without_network_the_series_is_synthetic_and_says_so(tmp_path):
    with pytest.warns(SyntheticDataWarning, match="SYNTHETIC.*ConnectionError"):
        series = ontario_weather()
    assert series.synthetic
    assert "SYNTHETIC" in series.name
    assert "synthetic" in series.source
    assert repr(series).endswith(", synthetic)")
    assert series.attribution == ""
    assert series.unit == "°C"
    assert "no measurements of TORONTO INTL A for 2024" in series.notes[-1]
    assert (series.index == days_of(2024)).all()
    assert cached(tmp_path) == []
    assert split_in_time(series).X_train.shape == (282, 10)


def test_measured_and_made_up_years_are_never_mixed(folder):
    folder(eccc.BULK, 2023, bulk(made_up(2023)))
    with pytest.warns(SyntheticDataWarning, match="for 2024, so the series for 2023-2024"):
        series = ontario_weather(years=[2023, 2024])
    assert (series.values[:365] == weather._synthetic_year(TORONTO, 2023)[0]).all()


def test_the_synthetic_year_is_the_same_everywhere_and_with_any_other_years():
    with pytest.warns(SyntheticDataWarning):
        one = ontario_weather()
    with pytest.warns(SyntheticDataWarning):
        three = ontario_weather(years=[2023, 2024, 2025])
    assert (three.values[365 : 365 + 366] == one.values).all()
    assert one.values[:4].tolist() == [-2.3, -2.2, -4.3, -1.7]
    assert (one.values == np.round(one.values, 1)).all()
    with pytest.warns(SyntheticDataWarning):
        ottawa = ontario_weather("ottawa")
    assert (ottawa.values != one.values).any()


@pytest.fixture(scope="module")
def centuries():
    """Return residuals and days of the year of 400 synthetic years."""
    pairs = [weather._synthetic_year(TORONTO, year) for year in range(1850, 2250)]
    residuals = np.concatenate([values - mean for values, mean in pairs])
    day = np.concatenate([np.arange(len(values)) for values, _ in pairs])
    return residuals, day


def test_mean_curve_of_the_synthetic_year(centuries):
    residuals, _ = centuries
    # The variance of the mean of an AR(1) is (1 + phi)/(1 - phi) times that of a white one.
    error = residuals.std() * np.sqrt((1 + 0.709) / (1 - 0.709) / residuals.size)
    assert abs(residuals.mean()) < 4 * error
    mean = weather._synthetic_year(TORONTO, 2024)[1]
    w = 2 * np.pi * np.arange(366) / 365.25
    waves = [np.ones(366), np.cos(w), np.sin(w), np.cos(2 * w), np.sin(2 * w)]
    fitted = np.linalg.lstsq(np.array(waves).T, mean, rcond=None)[0]
    np.testing.assert_allclose(fitted, [9.335, -12.542, -5.467, 0.069, -0.186], atol=1e-12)
    assert -5 < mean.min() < -4
    assert mean[:45].min() == mean.min()
    assert 22 < mean.max() < 24


def test_spread_of_the_synthetic_year(centuries):
    residuals, day = centuries
    february = residuals[(day >= 31) & (day < 59)].std()
    july = residuals[(day >= 181) & (day < 212)].std()
    assert february == pytest.approx(6.2, rel=0.03)
    assert july == pytest.approx(2.7, rel=0.03)
    assert residuals.std() == pytest.approx(3.13 / np.sqrt(1 - 0.709**2), rel=0.02)


def test_persistence_of_the_synthetic_year(centuries):
    residuals, _ = centuries
    coefficient = (residuals[1:] @ residuals[:-1]) / (residuals[:-1] @ residuals[:-1])
    # Rounding to 0.1 and the spread's slow wave move it by less than the sampling error allowed.
    assert coefficient == pytest.approx(0.709, abs=5 * np.sqrt((1 - 0.709**2) / residuals.size))


def test_the_turn_of_the_synthetic_year_is_like_any_other_night():
    turns = []
    for year in range(1850, 2250):
        before, clean_before = weather._synthetic_year(TORONTO, year)
        after, clean_after = weather._synthetic_year(TORONTO, year + 1)
        turns.append((before[-1] - clean_before[-1], after[0] - clean_after[0]))
    assert np.corrcoef(np.array(turns).T)[0, 1] == pytest.approx(0.709, abs=4 * 0.5 / 20)


# The real files, where they are at hand

MISSING = {2020: 0, 2021: 8, 2022: 9, 2023: 1, 2024: 1}


@needs_real_data
@pytest.mark.parametrize("year", MISSING)
def test_real_years_have_the_known_missing_days(monkeypatch, year):
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(REAL))
    series = ontario_weather(years=year)
    assert len(series) == len(days_of(year))
    assert series.interpolated.sum() == MISSING[year]
    assert len(ontario_weather(years=year, gaps="omit")) == len(series) - MISSING[year]
    named = {2023: "(2023-09-12)", 2024: "(2024-08-29)"}
    assert (named.get(year, "") in series.notes[0]) if MISSING[year] else not series.notes
    assert "Based on Environment and Climate Change Canada data" in series.attribution


@needs_real_data
def test_real_years_join(monkeypatch):
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(REAL))
    series = ontario_weather(years=range(2020, 2025))
    assert len(series) == 366 + 3 * 365 + 366
    assert series.interpolated.sum() == 19
    assert not series.gaps.size


@needs_real_data
def test_persistence_in_2024_has_the_error_of_the_reference(monkeypatch):
    """RMSE 3.07 and MAE 2.30 degrees between measured days of the year."""
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(REAL))
    X, y = windows(ontario_weather(years=2024, gaps="omit"), 1)
    error = y - X[:, 0]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(3.07, abs=0.005)
    assert np.mean(abs(error)) == pytest.approx(2.30, abs=0.005)


@needs_real_data
@pytest.mark.parametrize(("year", "reference"), [(2024, 3.86), (2020, 3.67)])
def test_persistence_on_the_last_fifth_has_the_error_of_the_reference(monkeypatch, year, reference):
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(REAL))
    split = split_in_time(ontario_weather(years=year), 10, train=0.7, validation=0.1)
    error = split.to_units(split.y_test) - split.to_units(split.X_test[:, -1])
    assert np.sqrt(np.mean(error**2)) == pytest.approx(reference, abs=0.005)


@needs_real_data
def test_real_samples_of_every_format(monkeypatch):
    formats = REAL / "formats"
    if not formats.is_dir():
        pytest.skip("The folder of real weather files has no samples of other formats.")
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(formats))
    ottawa = ontario_weather("ottawa", 2016)  # CRLF
    assert len(ottawa) == 366
    assert ottawa.notes == ()
    city = ontario_weather("toronto-city", 2019)  # GeoMet
    assert city.attribution == eccc.GEOMET.attribution
    assert city.notes[0].startswith("3 missing days (2019-04-15, 2019-08-22, 2019-12-24)")
    running = ontario_weather("toronto", 2025)  # days to come are blank
    assert running.index[-1] == np.datetime64("2025-06-08")
    assert running.notes[-1].startswith("206 missing days (2025-06-09 to 2025-12-31) at the end")


# Other quantities -----------------------------------------------------------------------------


def with_extremes(layout, values, flags=None, quantity="precipitation"):
    """Return a file of 2024 in which each quantity has values of its own."""
    columns = layout.columns_of(quantity)
    header = [layout.columns["station"], layout.columns["date"]]
    for other in layout.quantities.values():
        header += other
    rows = []
    for day in days_of(2024):
        row = dict.fromkeys(header, "")
        row |= {layout.columns["station"]: TORONTO.climate_id, layout.columns["date"]: str(day)}
        for value, _ in layout.quantities.values():
            row[value] = "-99"
        row[columns["value"]] = values[str(day)]
        row[columns["flag"]] = (flags or {}).get(str(day), "")
        rows.append(",".join(row.values()))
    return "\n".join([",".join(header), *rows]).encode()


@pytest.mark.parametrize("layout", eccc.LAYOUTS, ids=lambda layout: layout.service)
@pytest.mark.parametrize("quantity", weather.QUANTITIES)
def test_each_quantity_is_its_own_column(folder, layout, quantity):
    values = made_up(2024)
    if quantity == "precipitation":  # no amount is negative
        values = {day: value.removeprefix("-") for day, value in values.items()}
    folder(layout, 2024, with_extremes(layout, values, quantity=quantity))
    series = ontario_weather(quantity=quantity)
    np.testing.assert_array_equal(series.values, [float(v) for v in values.values()])
    assert series.unit == ("mm" if quantity == "precipitation" else "°C")
    words = {"precipitation": "precipitation"}.get(quantity, f"{quantity} temperature")
    assert series.name == f"Daily {words}, TORONTO INTL A, 2024"


def test_a_trace_is_nothing_and_an_uncertain_amount_is_missing(folder):
    values = dict.fromkeys(made_up(2024), "1.5")
    values |= {"2024-03-01": "0.0", "2024-03-05": "0.0", "2024-03-06": "0.0", "2024-03-08": ""}
    flags = {"2024-03-01": "T", "2024-03-05": "C", "2024-03-06": "L", "2024-03-08": "M"}
    folder(eccc.BULK, 2024, with_extremes(eccc.BULK, values, flags))
    series = ontario_weather(quantity="precipitation", gaps="omit")
    assert len(series) == 366 - 3
    assert series.values[series.index == np.datetime64("2024-03-01")] == 0
    assert "1 value kept that the service flagged T (trace)" in series.notes
    assert "3 missing days (2024-03-05 to 2024-03-06, 2024-03-08)" in series.notes[0]


def test_no_other_quantity_is_made_up():
    with pytest.raises(FileNotFoundError, match=r"^no daily precipitation of TORONTO .* only mean"):
        ontario_weather(quantity="precipitation")
    with pytest.raises(ValueError, match=r"^quantity must be one of 'mean', 'minimum'"):
        ontario_weather(quantity="snow")


@needs_real_data
def test_a_mean_is_between_minimum_and_maximum(monkeypatch):
    """Half their sum, rounded to 0.1 °C: three columns that have to agree."""
    monkeypatch.setenv(weather.FOLDER_VARIABLE, str(REAL))
    mean, low, high = (
        ontario_weather(years=2024, quantity=q, gaps="omit") for q in ("mean", "minimum", "maximum")
    )
    np.testing.assert_array_equal(low.index, high.index)
    assert (low.values < high.values).all()
    same = np.isin(mean.index, low.index)
    np.testing.assert_allclose(mean.values[same], (low.values + high.values) / 2, atol=0.051)
    split = split_in_time([mean, low, high], 10)
    assert split.X_train.shape[2] == 3
