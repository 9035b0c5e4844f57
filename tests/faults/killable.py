"""What test_kill.py kills: ``python tests/faults/killable.py`` runs jobs, a process for each.

Importing takes seconds, so it is done once, in a process that does nothing else; for each line of
its input it forks, and the child does the job. Where the line says so, the child is killed with
SIGKILL, so many seconds after it has done so many steps. A line of output says how it ended.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import requests
from experiments import record

from qrnnlib import QuantumLSTM, _files, ontario_weather
from qrnnlib.learning import trainer
from qrnnlib.series import eccc, weather


class Steps:
    """A file that has a byte for each step done, which the one who kills can read."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def done(self, *_):
        os.write(self.file, b".")


def slow_disk(seconds):
    """Make writing take long, so that more kills fall into it."""
    sync = os.fsync

    def slowly(descriptor):
        time.sleep(seconds)
        sync(descriptor)

    os.fsync = slowly


# Jobs -------------------------------------------------------------------------------------------


def fit(steps, path, rules):
    rng = np.random.default_rng(0)
    X, y = rng.uniform(-1, 1, (20, 3)), rng.uniform(-1, 1, 20)
    model = QuantumLSTM.paper(**rules, checkpoint=path, checkpoint_every=0)
    return model.fit(X, y, callback=steps.done)


def results(steps, folder, rows, jobs):
    """Make a small experiment's rows as `make results` does; a step is a row that was begun."""
    record.FOLDER = Path(folder)
    record.fingerprint = lambda module: "as it is"
    log = os.readlink(f"/proc/self/fd/{steps.file}") if jobs > 1 else None

    def row(task):
        (Steps(log) if log else steps).done()
        return {"numbers": np.random.default_rng(task["seed"]).normal(size=20).tolist()}

    slow_disk(0.002)
    experiment = SimpleNamespace(
        __name__="experiments.small",
        QUESTION="Is a row ever lost?",
        tasks=lambda: [{"seed": seed} for seed in range(rows)],
        row=row,
    )
    record.run(experiment, jobs=jobs, progress=False)


def download(steps, address, cache, years):
    weather._cache_folder = lambda: Path(cache)
    eccc.GEOMET_URL = f"{address}/geomet"
    slow_disk(0.005)
    for year in years:
        assert not ontario_weather(years=year).synthetic
        steps.done()


def write(steps, path, content, fatal):
    """Replace a file, and die at the step of it that is called `fatal`: (name, call)."""
    name, number = fatal
    true, calls = getattr(os, name), []

    def call(*arguments):
        calls.append(arguments)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return true(*arguments)

    setattr(os, name, call)
    _files.replace_file(Path(path), content.encode())


JOBS = {"fit": fit, "results": results, "download": download, "write": write}


def main():
    assert len(os.listdir("/proc/self/task")) == 1, "only a process of one thread may fork"
    assert trainer  # imported here, not in each child
    assert requests
    for line in sys.stdin:
        job = json.loads(line)
        steps, kill = job.pop("steps"), job.pop("kill")
        steps = Path(steps)
        steps.write_bytes(b"")
        child = os.fork()
        if not child:
            os.setpgid(0, 0)
            JOBS[job.pop("job")](Steps(steps), **job)
            os._exit(0)
        status = wait(child, steps, *kill) if kill else os.waitpid(child, 0)[1]
        answer = {"code": os.waitstatus_to_exitcode(status), "steps": steps.stat().st_size}
        print(json.dumps({**answer, "process": child}), flush=True)


def wait(child, steps, number, seconds):
    """Kill a child `seconds` after it has done a number of steps, unless it has ended by then."""
    while steps.stat().st_size < number:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status
        time.sleep(0.0005)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)  # if it has ended, it is still there until it is waited for
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    main()
