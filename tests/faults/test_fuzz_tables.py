"""The readers of CSV tables: a table is read as it stands, or refused in words of their own.

The quick form builds tables field by field; `make soak` lets a fuzzer that is guided by coverage
mutate tables, so that what no example thought of is executed as well.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import fuzz_tables
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qrnnlib.series import number_formats

READERS = ("load_series", "parse_year")
INPUTS = 100_000
FIELDS = st.sampled_from([*fuzz_tables.ODD_FIELDS, *fuzz_tables.DAYS]) | st.text(max_size=6)


@pytest.fixture
def folder():
    with fuzz_tables.in_memory() as place:
        yield Path(place)


@st.composite
def tables(draw, reader):
    """Draw a table: one that is accepted, with fields, lines and ends of lines changed."""
    data = draw(st.sampled_from(fuzz_tables.seeds(reader)))
    for _ in range(draw(st.integers(0, 3))):
        data = fuzz_tables.rearranged(data, draw(st.randoms(use_true_random=False)))
    lines = data.split(b"\n")
    rows = draw(st.just([]) | st.lists(st.lists(FIELDS, min_size=1, max_size=4), max_size=2))
    lines += [",".join(row).encode("utf-8", "surrogatepass") for row in rows]
    return draw(st.sampled_from([b"\n", b"\r\n"])).join(lines)


def fuzz(reader, inputs, folder):
    @settings(
        max_examples=inputs,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=tables(reader) | tables(reader) | st.binary(max_size=60))
    def read_one(data):
        fuzz_tables.read(reader, data, folder)

    read_one()


@pytest.mark.parametrize("reader", READERS)
def test_seeds_are_tables(reader, folder):
    assert all(fuzz_tables.read(reader, data, folder) for data in fuzz_tables.seeds(reader))


@pytest.mark.parametrize("reader", READERS)
def test_odd_tables(reader, folder):
    fuzz(reader, 500, folder)


@pytest.mark.parametrize("reader", READERS)
def test_a_fault_in_the_readers_is_found(reader, folder, monkeypatch):
    monkeypatch.setattr(number_formats, "number", lambda field, decimal: float(field))
    with pytest.raises(ValueError, match="could not convert"):
        fuzz(reader, 500, folder)


@pytest.mark.parametrize(
    "text",
    [
        "day,level\n-1e308,1\n1e308,2\n",  # their distance is no float
        "day,level\n0,1\n5e-324,2\n1e300,3\n",  # and in units of their smallest step
        "day,level\n1,-1e308\n2,\n3,1e308\n",  # interpolated between the two
    ],
)
def test_largest_floats_warn_of_nothing(text, folder):
    fuzz_tables.read("load_series", text.encode(), folder)


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS)
def test_tables_of_a_fuzzer(reader, folder, count):
    pytest.importorskip("atheris", reason="needs tests/requirements.txt")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(fuzz_tables.seeds(reader)):
        (corpus / str(number)).write_bytes(data)
    options = [f"-runs={INPUTS}", "-max_len=2000", "-timeout=60", f"-artifact_prefix={folder}/"]
    arguments = [reader, str(corpus), *options]
    ran = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", fuzz_tables.__file__, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert ran.returncode == 0, f"{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    done = re.search(r"Done (\d+) runs", ran.stderr)
    assert int(done[1]) >= INPUTS
    covered = [int(edges) for edges in re.findall(r"cov: (\d+)", ran.stderr)]
    assert covered[-1] > covered[0]  # it is guided by what it reached
    assert len(list(corpus.iterdir())) > len(fuzz_tables.seeds(reader))
    count(f"tables tried of {reader}, guided by coverage", int(done[1]))
