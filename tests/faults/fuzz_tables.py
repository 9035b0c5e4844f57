"""The two readers of CSV tables, what must hold of whatever they read, and a fuzzer for each.

As a script it is a fuzzer guided by coverage: ``python fuzz_tables.py READER FOLDER -runs=N``.
FOLDER holds the inputs to start from; further options are libFuzzer's.
"""

import datetime
import re
import sys
import tempfile
import warnings
from pathlib import Path
from random import Random

import numpy as np

STATION = ("TORONTO INTL A", "6158731", 51459)
YEAR = 2024

#: What the readers say of a table: what it must be, or what it is instead.
REFUSALS = re.compile(r"\bmust\b|^it is a web page|^its first line|^the service says")

#: What a field, a line or its end may be, and what they must not be.
ODD_FIELDS = [
    *("", " ", "NA", "null", "nan", "inf", "1e308", "-1e308", "1e-320", "1" * 400, "0x10", "1_0"),
    *("2024-02-29", "2023-02-29", "2024-13-01", "0000-01-01", "9999-12-31", "2024-01", "20240101"),
    *("2024-01-02T00:00:00Z", "2024-01-02 00:00", "2024-01-02 12:00", "3,5", "3;5", "+.5e-3", "."),
    *(
        "2024.01",
        "2024.1",
        "31.01.2024",
        "01/02/2024",
        "13/02/2024",
        "1 Feb 2024",
        "2024Q3",
        "202401",
    ),
    *("2023365", "202352", "2023.4", "2000/01", "1-Jan-24", "1.2024", "2024-01-01 24:00"),
    *("2024-05-04T13:00+02:00", "2024050413", "1:00 PM", "-9999", "-99.9", "1.234", "1.234,5"),
    *('"1,5"', '"1,234"', "1'234", "1 234", "sep=;"),
    *('"', '""', '"a\nb"', "\0", "\x1c", "\x85", "\u2028", "\ufeff", "day", "level", "٣", "M", "E"),
]
DAYS = [f"2024-05-{day:02d}" for day in range(1, 13)]

#: Ways to write a day or a time, for strftime, that need no other row to be understood.
WAYS_OF_DAYS = [
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y%m%d.0", "%d.%m.%Y", "%Y-%m-%dT00:00"),
    *("%Y-%m-%d 00:00:00", "%Y-%m-%dT00:00:00.000Z", "%Y-%m-%d 00:00+02:00", "%Y%m%dT000000Z"),
    *("%d %b %Y", "%d-%B-%Y", "%b %d, %Y", "%Y-%m-%d 12:00 AM", "%Y%m%d00", "%Y%m%d000000"),
]
WAYS_OF_MONTHS = [
    *("%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%m/%Y", "%m.%Y", "%b %Y", "%B-%Y", "%Y-%m-01"),
]
WAYS_OF_TIMES = [
    *("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%Y%m%d%H%M"),
    *("%Y%m%dT%H%M%SZ", "%Y-%m-%d %I:%M %p", "%d %b %Y %H:%M:%S.000"),
    *("%Y-%m-%d %H:%M:%S,000 UTC", "%Y-%m-%d %H:%M+05:30"),
]
#: Those in which the order of day and month has to show: day first, and month first.
WAYS_THAT_MUST_SHOW = [("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y")]
#: Ways to write a number: the sign between thousands, and the decimal sign.
WAYS_OF_NUMBERS = [(".", ","), (",", "."), (" ", ","), ("'", "."), ("\u202f", ","), ("", ",")]


def seeds(reader: str) -> list[bytes]:
    """Return tables that a reader accepts, to start from."""
    if reader == "load_series":
        return [
            b"day,level\n" + b"".join(f"{day},{3.5}\n".encode() for day in DAYS),
            b"day;level\n1;3,0\n2;3,2\n4;NA\n5;1,5\n6;2\n8;2\n",
            b'\xef\xbb\xbf"day","level","note"\r\n1.0,1e3,x\r\n2.0,,\r\n3,-.5E-3,"a, b"\r\n',
            b"level,day\n1,2024-01\n2,2024-02\n3,2024-05\n\n,2024-06\n",
            b"sep=;\nday;level\n20240131;1.234,5\n20240229;2.000\n20240430;3,5\n",
            b"# a gauge\nday\tlevel\n31.01.2024 00:00\t-9999\n31.01.2024 01:00\t3.5\n",
        ]
    head = {
        "geomet": "LOCAL_DATE,MEAN_TEMPERATURE,MEAN_TEMPERATURE_FLAG,CLIMATE_IDENTIFIER",
        "bulk": '"Date/Time","Mean Temp (°C)","Mean Temp Flag","Climate ID"',
    }
    return [
        "".join(
            f"{line}\n"
            for line in [
                head[layout],
                *(f"{YEAR}-01-{d:02d},{d / 2},{'EM'[d % 2] * (d % 3 == 0)},6158731" for d in days),
            ]
        ).encode()
        for layout, days in (("geomet", range(1, 6)), ("bulk", range(5, 0, -1)))
    ]


def read(reader: str, data: bytes, folder: Path) -> bool:
    """Read a table; return whether it was one. Any error but the documented one comes through."""
    from qrnnlib import SuspectDataWarning, load_series, windows
    from qrnnlib.series import csv_table, eccc

    if reader == "load_series":
        file = folder / "table.csv"
        file.write_bytes(data)
        gaps = ("interpolate", "omit")[len(data) % 2]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SuspectDataWarning)
                series = load_series(file, "day", "level", gaps=gaps)
        except ValueError as error:
            return _refused(error)
        assert np.isfinite(series.values).all()
        assert np.all(series.index[1:] > series.index[:-1])
        assert not series.interpolated[[0, -1]].any()
        assert series.interpolated.sum() <= (~series.interpolated).sum()
        assert bool(series.notes) or not series.interpolated.any()
        assert "points" in repr(series)
        if len(series) > 1 and not series.gaps.size:
            assert windows(series, 1)[0].shape == (len(series) - 1, 1)
        return True
    try:
        text = csv_table.decode("file", "it", data)
        written = datetime.date(YEAR, 1, 28)
        year = eccc.parse_year(text, eccc.Station(*STATION), YEAR, written)
    except ValueError as error:
        return _refused(error)
    assert year.values.shape == (366,)
    assert not np.isinf(year.values).any()
    assert sum(year.flags.values()) <= np.isfinite(year.values).sum()
    return True


def _refused(error: ValueError) -> bool:
    """Return False for an error in the readers' words; a ValueError of Python's is no refusal."""
    if isinstance(error, UnicodeError) or not REFUSALS.search(str(error)):
        raise error
    return False


def in_memory() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for tables: each is a file, and a disk would be all that is waited for."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)


def rearranged(data: bytes, rng: Random) -> bytes:
    """Return a table with a field, a line or a column in another place, or an odd one."""
    lines = data.split(b"\n")
    place = rng.randrange(len(lines))
    fields = lines[place].split(b",")
    odd = rng.choice(ODD_FIELDS).encode()
    what = rng.choice((0, 0, 0, 1, 2, 3, 4, 5))
    if what == 0:
        fields[rng.randrange(len(fields))] = odd
    elif what == 1:
        fields.insert(rng.randrange(len(fields) + 1), odd)
    elif what == 2:
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
        return b"\n".join(lines)
    elif what == 3:
        del lines[place]
        return b"\n".join(lines)
    elif what == 4:
        rng.shuffle(lines)
        return b"\r\n".join(lines)
    else:
        return data.replace(b",", b";")
    lines[place] = b",".join(fields)
    return b"\n".join(lines)


def main() -> None:
    """Fuzz a reader, guided by what the inputs make it execute."""
    import atheris

    reader = sys.argv.pop(1)
    # Without the package's lazy stubs: what is instrumented is what the two readers are made of.
    with atheris.instrument_imports(include=["qrnnlib.series"]):
        import qrnnlib.series.eccc
        import qrnnlib.series.sources  # noqa: F401

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        rng = Random(seed)
        changed = rearranged(data, rng) if rng.random() < 0.5 else data
        if changed == data or rng.random() < 0.3:
            changed = bytes(atheris.Mutate(changed, max_size))
        return changed[:max_size]

    with in_memory() as folder:
        atheris.Setup(
            sys.argv, lambda data: int(read(reader, data, Path(folder))) * 0, custom_mutator=mutate
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
