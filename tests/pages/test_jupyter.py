"""A live figure in JupyterLab with a live kernel: its traits go both ways."""

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from lab import environment, jupyterlab
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60_000  # milliseconds for a kernel that starts while the machine is busy
CELLS = (
    "from qrnnbook.widgets import Dance\nw = Dance(entangler=1.0)\nw",
    "print('angle', round(w.entangler, 3), 'outcome', w.outcome)",
    "w.entangler = 0.5\nprint('set', w.entangler)",
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


@pytest.fixture
def lab(tmp_path, browser):
    """Start JupyterLab on this machine alone, with nothing of the user's; return its address."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "dance.ipynb").write_text(notebook(), encoding="utf-8")
    path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    surroundings = environment(tmp_path / "home") | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": path}
    with jupyterlab(folder, tmp_path / "jupyter.log", surroundings) as started:
        yield f"{started.address}/doc/tree/dance.ipynb?token={started.token}"


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
        angle = figure.get_by_label("Entangle", exact=True)
        assert float(angle.input_value()) == pytest.approx(1.0, abs=0.01)
        first = picture.get_attribute("aria-label")

        # The reader moves; Python sees.
        angle.focus()
        tab.keyboard.press("End")
        figure.get_by_role("button", name="Measure: outcome 1").click()
        figure.get_by_text("The measurement gave outcome 1").first.wait_for()
        run_cell(tab, 1).get_by_text("angle 3.142 outcome 1").wait_for()

        # Python sets; the reader sees, and the measurement is taken back in both.
        run_cell(tab, 2).get_by_text("set 0.5").wait_for()
        figure.get_by_text("After the entangler: system and memory share").first.wait_for()
        assert float(angle.input_value()) == pytest.approx(0.5, abs=0.01)
        assert angle.get_attribute("aria-valuetext") == "29°"
        assert picture.get_attribute("aria-label") not in (first, None)
        run_cell(tab, 1).get_by_text("angle 0.5 outcome -1").wait_for()
        assert errors == []
    finally:
        context.close()
