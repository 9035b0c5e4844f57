"""kill -9 at any moment: nothing is lost but the step in the making, no half file is ever read."""

import http.server
import json
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from experiments import record
from test_weather import TORONTO, geomet, made_up

from qrnnlib import QuantumLSTM, _files
from qrnnlib.series import eccc

KILLABLE = Path(__file__).with_name("killable.py")
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="forks, and looks into /proc"
)


class Warm:
    """A process that has imported everything, and runs jobs in children that may be killed."""

    def __init__(self, folder):
        self.steps = folder / "steps"
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore:os.fork", KILLABLE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
                "OPENBLAS_NUM_THREADS": "1",  # so that there is one thread to fork
                "NO_PROXY": "*",
            },
        )

    def run(self, job, kill=None, **arguments):
        """Run a job; `kill` is after how many steps, and how many seconds more. Return its end."""
        words = {"job": job, "kill": kill, "steps": str(self.steps), **arguments}
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        end = json.loads(self.process.stdout.readline())
        assert end["code"] in ((0, -signal.SIGKILL) if kill else (0,)), end
        end["killed"] = end["code"] != 0
        return end


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    process = Warm(tmp_path_factory.mktemp("warm"))
    yield process
    process.process.stdin.close()
    process.process.stdout.close()
    assert process.process.wait(60) == 0


# A writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fatal", "left", "remains"),
    [
        (("fsync", 1), "old", 1),  # written, but not to the disk
        (("replace", 1), "old", 1),  # on the disk, under another name
        (("open", 1), "new", 0),  # in its place, and the folder's own entry not on the disk yet
        (("fsync", 2), "new", 0),
        (("close", 1), "new", 0),
    ],
    ids=str,
)
def test_a_writing_that_dies_at_any_step_leaves_the_old_or_the_new(
    warm, tmp_path, fatal, left, remains
):
    path = tmp_path / "file"
    path.write_text("old" * 10_000)
    assert warm.run("write", (10**9, 0), path=str(path), content="new" * 10_000, fatal=fatal)[
        "killed"
    ]
    assert path.read_text() == left * 10_000
    assert len(leftovers(tmp_path)) == remains
    warm.run("write", path=str(path), content="next", fatal=("fsync", 9))
    assert path.read_text() == "next"


def leftovers(folder):
    """Return the temporary files that killed writings left."""
    return sorted(file for file in folder.iterdir() if re.fullmatch(r"\..*\.tmp", file.name))


def test_what_killed_writings_left_is_removed_an_hour_later(tmp_path):
    """Only theirs: another file's, or one that somebody may be writing at present, stays."""
    names = [".a[1].0123.tmp", ".a[1].4567.tmp", ".a1.0123.tmp", ".b.0123.tmp", "a[1].0123.tmp"]
    for name in names:
        (tmp_path / name).write_text("half")
        if "4567" not in name:
            long_ago = time.time() - _files.LEFT_BEHIND - 60
            os.utime(tmp_path / name, (long_ago, long_ago))
    _files.replace_file(tmp_path / "a[1]", b"whole")
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*names[1:], "a[1]"])


def test_a_file_is_readable_by_whom_the_user_lets(tmp_path):
    before = os.umask(0o027)
    try:
        _files.replace_file(tmp_path / "file", b"content")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


# A fit ------------------------------------------------------------------------------------------

RULES = {
    "system_qubits": 1,
    "memory_qubits": 1,
    "layers": 1,
    "epochs": 40,
    "restarts": 2,
    "random_state": 0,
    "progress": False,
    "batch_size": None,
    "schedule": "cosine",
    "lbfgs_steps": 20,
}
BATCHES = {**RULES, "batch_size": 5, "collapse": "sampled", "validation_fraction": 0.2}


def check_fit(warm, path, rules, kills, rng):
    """Kill one fit again and again until it ends; compare it with one that nobody disturbed."""
    steps = rules["epochs"] + rules["lbfgs_steps"] + 1
    survived = rows = 0
    while survived < kills:
        # So that the kills spread over the run: the next at a random one of the rows to come.
        ahead = rng.uniform(0, 2) * (steps - rows) / (kills - survived + 1)
        kill = (int(ahead), rng.uniform(0, 0.02))
        end = warm.run("fit", kill, path=str(path), rules=rules)
        if not end["killed"]:
            break
        survived += 1
        if path.exists():
            notes = json.loads(_files.read_arrays(path)[1]["notes"])
            assert notes["rows"] >= rows + end["steps"]  # a row is seen after it was saved
            rows = notes["rows"]
        assert rows >= end["steps"]
    rng = np.random.default_rng(0)
    data = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)
    resumed = QuantumLSTM.paper(**rules, checkpoint=path).fit(*data)
    whole = QuantumLSTM.paper(**rules).fit(*data)
    assert resumed.history_.loss.tobytes() == whole.history_.loss.tobytes()
    for name, array in whole.weights_.items():
        assert resumed.weights_[name].tobytes() == array.tobytes()
    return survived


def test_a_fit_that_is_killed_ends_as_if_nothing_had_happened(warm, tmp_path):
    kills = check_fit(warm, tmp_path / "run", RULES, 2, np.random.default_rng(0))
    assert kills == 2


@pytest.mark.soak
def test_fits_that_are_killed_end_as_if_nothing_had_happened(warm, tmp_path, count):
    rng, survived = np.random.default_rng(1), 0
    while survived < 50:
        rules = (RULES, BATCHES)[survived % 2]
        path = tmp_path / f"run-{survived}"
        kills = check_fit(warm, path, rules, min(9, 50 - survived), rng)
        survived += kills
        assert kills
    count("kills of a fit survived", survived)
    count("half-written checkpoints left aside", len(leftovers(tmp_path)))


# Results ----------------------------------------------------------------------------------------

ROWS = 60
#: Seconds that joblib's workers wait for more to do.
WORKERS_WAIT = 300


def rows_of(folder):
    """Return the rows that are recorded; none if nothing was written yet."""
    file = folder / "small.json"
    return json.loads(file.read_text())["rows"] if file.exists() else []


def check_results(warm, folder, kills, rng, jobs=1):
    """Kill the making of results again and again; no row that was made is made again.

    Return how many kills it took, and the process groups that were killed.
    """
    folder.mkdir()
    made, groups = 0, []
    while len(groups) < kills:
        before = len(rows_of(folder))
        ahead = rng.uniform(0, 2) * (ROWS - before) / (kills - len(groups) + 1)
        kill = (int(ahead), rng.uniform(0, 0.01))
        end = warm.run("results", kill, folder=str(folder), rows=ROWS, jobs=jobs)
        made += end["steps"]
        rows = rows_of(folder)
        if jobs == 1:  # all that were begun are there, but the one in the making
            assert before + end["steps"] - 1 <= len(rows) <= before + end["steps"]
        assert len(rows) >= before
        if not end["killed"]:
            break
        groups.append(end["process"])
    made += warm.run("results", folder=str(folder), rows=ROWS, jobs=jobs)["steps"]
    rows = rows_of(folder)
    assert [row["task"] for row in rows] == [{"seed": seed} for seed in range(ROWS)]
    for row in rows:
        numbers = np.random.default_rng(row["task"]["seed"]).normal(size=20).tolist()
        assert row["result"] == {"numbers": numbers}
    if jobs == 1:
        assert ROWS <= made <= ROWS + len(groups)
    return groups


def alive(groups):
    """Return the processes of some groups that have not ended."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = file.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it has ended meanwhile
            continue
        if int(group) in groups and state not in "ZX":
            yield file.parent.name


def test_results_that_are_killed_lose_the_row_in_the_making_only(warm, tmp_path):
    assert len(check_results(warm, tmp_path / "results", 6, np.random.default_rng(0))) >= 4


@pytest.mark.soak
def test_results_that_are_killed_lose_the_row_in_the_making_only_for_long(warm, tmp_path, count):
    rng, survived, left = np.random.default_rng(1), 0, 0
    while survived < 50:
        folder = tmp_path / f"results-{survived}"
        survived += len(check_results(warm, folder, min(10, 50 - survived), rng))
        left += len(leftovers(folder))
    count("kills of the making of results survived", survived)
    count("half-written results left aside", left)


@pytest.mark.soak
def test_results_of_two_processes_that_are_killed_are_whole(warm, tmp_path, count):
    """The workers outlive the one who was killed: they finish, nobody listens, they go."""
    rng, groups = np.random.default_rng(2), []
    while len(groups) < 10:
        folder = tmp_path / f"results-{len(groups)}"
        groups += check_results(warm, folder, min(5, 10 - len(groups)), rng, jobs=2)
    ended = time.monotonic() + WORKERS_WAIT + 120
    while any(alive(groups)):
        assert time.monotonic() < ended
        time.sleep(1)
    count("kills of the making of results in two processes survived", len(groups))


def test_a_row_is_written_before_the_next_is_begun(tmp_path, monkeypatch):
    """What was there before stays until there is something new."""
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    monkeypatch.setattr(record, "fingerprint", lambda module: "as it is")
    seen = []

    class Small:
        __name__ = "experiments.small"
        QUESTION = "?"

        def tasks(self):
            return [{"seed": seed} for seed in range(5)]

        @staticmethod
        def row(task):
            seen.append(len(rows_of(tmp_path)))
            return {"seen": len(seen)}

    record.run(Small(), jobs=1, progress=False)
    monkeypatch.setattr(record, "fingerprint", lambda function: "otherwise")
    record.run(Small(), jobs=1, progress=False)  # its sample, one row, comes out otherwise
    assert seen == [0, 1, 2, 3, 4, 5, 1, 2, 3, 4]


# A download -------------------------------------------------------------------------------------

YEARS = list(range(1990, 2020))


class Slow(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The weather service on a slow line; it notes which years it was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SlowAnswers)
        self.bodies = {year: geomet(made_up(year)) for year in YEARS}
        self.asked = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class SlowAnswers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        year = int(re.search(r"datetime=(\d{4})", unquote(self.path))[1])
        self.server.asked.append(year)
        body = self.server.bodies[year]
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            for begin in range(0, len(body), 4000):
                self.wfile.write(body[begin : begin + 4000])
                time.sleep(0.001)
        except OSError:  # the client was killed
            self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    with Slow() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def check_downloads(warm, service, cache, kills, rng):
    """Kill downloads again and again; what is in the cache is whole, and is not got again."""
    names = {eccc.GEOMET.file_of(TORONTO, year): year for year in YEARS}
    survived = 0
    task = {"address": service.address, "cache": str(cache), "years": YEARS}
    while survived < kills:
        have = set(kept(cache))
        ahead = len(have) + rng.uniform(0, 2) * (len(YEARS) - len(have)) / (kills - survived + 1)
        service.asked.clear()
        end = warm.run("download", (int(ahead), rng.uniform(0, 0.05)), **task)
        assert not {names[name] for name in have} & set(service.asked)
        assert len(kept(cache)) >= max(len(have), end["steps"])
        for name in kept(cache):
            assert (cache / name).read_bytes() == service.bodies[names[name]]
        if not end["killed"]:
            break
        survived += 1
    warm.run("download", **task)
    assert set(kept(cache)) == set(names)
    return survived


def kept(cache):
    """Return the files in the cache that a reader may come upon."""
    if not cache.exists():
        return []
    return [file.name for file in cache.iterdir() if file not in leftovers(cache)]


def test_downloads_that_are_killed_leave_nothing_or_the_whole_year(warm, service, tmp_path):
    kills = check_downloads(warm, service, tmp_path / "cache", 6, np.random.default_rng(0))
    assert kills >= 4


@pytest.mark.soak
def test_downloads_that_are_killed_leave_nothing_or_the_whole_year_for_long(
    warm, service, tmp_path, count
):
    rng, survived, left = np.random.default_rng(1), 0, 0
    while survived < 50:
        cache = tmp_path / f"cache-{survived}"
        survived += check_downloads(warm, service, cache, min(10, 50 - survived), rng)
        left += len(leftovers(cache))
    count("kills of a download survived", survived)
    count("half-written years left aside", left)
