"""A JupyterLab without the user's settings, for the test of live figures and for the rehearsal."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

START = 90  # seconds until the server must answer


@dataclass
class Lab:
    """A running server: its address, its access token, its process."""

    address: str
    token: str
    process: subprocess.Popen


def environment(home: Path) -> dict[str, str]:
    """Return environment variables with which Jupyter keeps all its files below `home`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    places = {
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for folder in places.values():
        (home / folder).mkdir(parents=True, exist_ok=True)
    kept |= {name: str(home / folder) for name, folder in places.items()}
    return kept | {"HOME": str(home), "JUPYTER_PREFER_ENV_PATH": "1"}


@contextlib.contextmanager
def jupyterlab(
    folder: Path, log: Path, environment: dict[str, str], python: str | Path = sys.executable
) -> Iterator[Lab]:
    """Serve `folder` on this machine only until the block ends, then stop every kernel."""
    port, token = free_port(), secrets.token_hex(16)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(str(python), "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
                # No network access: no news, no extension manager, no checks for updates.
                *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--LabApp.expose_app_in_browser=True",
            ],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            lab = Lab(f"http://127.0.0.1:{port}", token, process)
            limit = time.monotonic() + START
            while not answers(f"{lab.address}/api/status?token={token}"):
                if process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError(
                        f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-2000:]}"
                    )
                time.sleep(0.2)
            yield lab
        finally:
            end(process)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address: str) -> bool:
    """Return whether an address answers with status 200."""
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


def end(process: subprocess.Popen) -> None:
    """Stop a server that was started here, and its kernels."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
