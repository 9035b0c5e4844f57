"""Rows computed again, on this machine, by the code that recorded them, for comparison.

Another processor rounds differently, and training amplifies a last digit. So rows that differ from
a record do not prove that the code computes something else. The results of the earlier code for the
same tasks on the same machine settle it.
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

#: Script for the earlier checkout; it reads the tasks from one file and writes rows to another.
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
    """Return the results of some tasks by the code behind a record, on this machine.

    Parameters
    ----------
    path : Path
        The record. Its code is that of the commit that changed it last.
    name : str
        Name of the experiment.
    code : str
        Fingerprint in the record.
    tasks : list of dict
        The tasks to compute.
    jobs : int
        Number of processes.

    Returns
    -------
    list of dict, or None
        None if that commit is not available (no git, or no history), if the record has uncommitted
        changes, or if the code of the commit has another fingerprint.
    """
    commit = _git("log", "-1", "--format=%H", "--", str(path)).decode().strip()
    if not commit or _git("status", "--porcelain", "--", str(path)):
        return None
    with tempfile.TemporaryDirectory() as folder:
        then = Path(folder)
        with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as files:
            # Python 3.11.2 has no filter yet, and the archive is our own repository's.
            options: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            files.extractall(then, **options)
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
    """Return git's output; empty if git fails, or if there is no git or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True)
    except OSError:
        return b""
    return done.stdout if done.returncode == 0 else b""
