"""A live figure in JupyterLab with a live kernel: its traits go both ways."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
START = 90  # seconds until the server must answer
PATIENCE = 60_000  # milliseconds for a kernel that starts while the machine is busy
CELLS = (
    "from qrnnlib.widgets import Dance\nw = Dance(hug=1.0)\nw",
    "print('hug', round(w.hug, 3), 'looked', w.outcome)",
    "w.hug = 0.5\nprint('set', w.hug)",
)


def notebook():
    """Return the text of a notebook of the above cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{index}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for index, source in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process):
    """End the server that this test started, and its kernels."""
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for member in family:
        if member.is_running():
            member.kill()


@pytest.fixture
def lab(tmp_path, browser):
    """Start JupyterLab on this machine alone, with nothing of the user's; return its address."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "dance.ipynb").write_text(notebook(), encoding="utf-8")
    home = tmp_path / "home"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")
    }
    environment |= {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]),
    }
    for name in ("config", "data", "runtime", "settings", "workspaces", "ipython"):
        (home / name).mkdir(parents=True)
    port, token = free_port(), secrets.token_hex(16)
    log = tmp_path / "jupyter.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
                *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
                # Nothing is asked of the network: no news, no extension manager, no checks.
                *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            limit = time.monotonic() + START
            while not answers(f"{address}/api/status?token={token}"):
                if process.poll() is not None or time.monotonic() > limit:
                    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
                time.sleep(0.2)
            yield f"{address}/doc/tree/dance.ipynb?token={token}"
        finally:
            end(process)


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2) as reply:
            return reply.status == 200
    except OSError:
        return False


def run_cell(tab, index):
    """Run one cell and return where its output will be."""
    cell = tab.locator(".jp-Notebook .jp-CodeCell").nth(index)
    prompt = cell.locator(".jp-InputPrompt").first
    before = prompt.text_content()
    for _ in range(PATIENCE // 3000):
        cell.locator(".jp-InputArea-editor").click()
        tab.keyboard.press("Control+Enter")
        with contextlib.suppress(AssertionError):
            expect(prompt).not_to_have_text(before, timeout=3000)
            break
        # JupyterLab loses keys that are pressed before the editor or the kernel is there.
    return cell.locator(".jp-OutputArea")


@pytest.mark.skipif(
    shutil.which("jupyter-lab", path=Path(sys.executable).parent) is None,
    reason="there is no JupyterLab here",
)
def test_traits_go_both_ways(browser, lab):
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    try:
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        errors = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(lab)
        tab.locator(".jp-Notebook .jp-CodeCell").nth(2).wait_for()

        figure = run_cell(tab, 0).locator(".qrnn-live")
        picture = figure.get_by_role("img")
        picture.wait_for()
        hug = figure.get_by_label("Hug: turn of the memory")
        assert float(hug.input_value()) == pytest.approx(1.0, abs=0.01)
        first = picture.get_attribute("aria-label")

        # The reader moves; Python sees.
        hug.focus()
        tab.keyboard.press("End")
        figure.get_by_role("button", name="find |1⟩").click()
        figure.get_by_text("The system was found in 1").wait_for()
        run_cell(tab, 1).get_by_text("hug 3.142 looked 1").wait_for()

        # Python sets; the reader sees, and the look is undone in both.
        run_cell(tab, 2).get_by_text("set 0.5").wait_for()
        figure.get_by_text("After the hug: system and memory share").wait_for()
        assert float(hug.input_value()) == pytest.approx(0.5, abs=0.01)
        assert hug.get_attribute("aria-valuetext") == "29°"
        assert picture.get_attribute("aria-label") not in (first, None)
        run_cell(tab, 1).get_by_text("hug 0.5 looked -1").wait_for()
        assert errors == []
    finally:
        context.close()
