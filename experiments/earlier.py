"""Rows made again by the code that recorded them: on this machine, to compare with today's code.

Another processor rounds otherwise, and training carries a last digit far. So rows that differ from
a record need not mean that the code has changed what it computes; what the earlier code makes of
the same tasks on the same machine tells.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from experiments.definitions import ROOT

#: Run in the earlier checkout, with the name of an experiment; tasks and answer in two files.
SCRIPT = """
import json, sys
from pathlib import Path
from joblib import Parallel, delayed
from experiments import experiment
from experiments.fingerprint import fingerprint
name, code, jobs, asked, answer = sys.argv[1:]
row = experiment(name).row
if fingerprint(row) == code:
    tasks = json.loads(Path(asked).read_text("utf-8"))
    made = Parallel(n_jobs=int(jobs))(delayed(row)(task) for task in tasks)
    Path(answer).write_text(json.dumps(made), "utf-8")
"""


def results(
    path: Path, name: str, code: str, tasks: list[dict[str, Any]], jobs: int
) -> list[dict[str, Any]] | None:
    """Return what the code behind a record makes of some tasks here.

    Parameters
    ----------
    path : Path
        The record. Its code is that of the commit that changed it last.
    name : str
        The experiment's.
    code : str
        The record's fingerprint.
    tasks : list of dict
    jobs : int
        Processes.

    Returns
    -------
    list of dict, or None
        None if that commit is not to be had (no git, or not its history), if the record was
        changed since, or if the code of the commit has another fingerprint.
    """
    commit = _git("log", "-1", "--format=%H", "--", str(path)).decode().strip()
    if not commit or _git("status", "--porcelain", "--", str(path)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        then = Path(folder)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as files:
            files.extractall(then, filter="data")
        asked, answer = then / "tasks.json", then / "results.json"
        asked.write_text(json.dumps(tasks), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-c", SCRIPT, name, code, str(jobs), str(asked), str(answer)],
            cwd=then,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(then / "src"), str(then)])},
        )
        if not answer.exists():
            return None
        made: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))
        return made


def _git(*words: str) -> bytes:
    """Return what git answers; nothing if there is no git, or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True)
    except OSError:
        return b""
    return done.stdout if done.returncode == 0 else b""
