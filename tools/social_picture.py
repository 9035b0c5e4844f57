"""Draw the picture that social networks show with a link; run this file after a change.

It shows the example of the first page: a state before entangling, after it, and after partial
disentangling. The picture is stored in ``book/assets``, because it only changes with the first page
and need not be drawn in every build.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import qutip
import yaml
from matplotlib.patches import Rectangle
from PIL import Image

from qrnnbook import plotting
from qrnnlib import Circuit, Gate, entropy_of_entanglement

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "book" / "assets" / "social.png"
WIDTH, HEIGHT, DPI = 1200, 630, 100  # the usual size for Open Graph
LINE = "To tie two systems is to remember; to untie them is to forget."


def dance() -> list[tuple[str, qutip.Qobj]]:
    """Return the joint states of the first page and their names."""
    hug = Circuit(
        qubits=2,
        gates=(
            Gate("RY", (1,), parameter=(0,)),
            Gate("CNOT", (0, 1)),
            Gate("RY", (1,), parameter=(0,), sign=-1),
            Gate("CNOT", (0, 1)),
        ),
        shape=(1,),
    )
    system = np.cos(0.9) * qutip.basis(2, 0) + np.sin(0.9) * qutip.basis(2, 1)
    apart = qutip.tensor(system, qutip.basis(2, 0))
    tied = hug.to_qobj([0.40 * np.pi]) * apart
    loosened = hug.adjoint().to_qobj([0.25 * np.pi]) * tied
    return [("apart", apart), ("after the hug", tied), ("after the break-up", loosened)]


def draw() -> plt.Figure:
    """Draw the title, the line below it and three state tables."""
    title = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["title"]
    with plotting.style():
        figure = plt.figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, layout="none")
        figure.text(0.06, 0.86, title, fontsize=43, weight="bold", va="center")
        figure.text(0.06, 0.745, LINE, fontsize=22, va="center", color="#444444")
        for index, (name, state) in enumerate(dance()):
            ax = figure.add_axes((0.075 + 0.31 * index, 0.19, 0.235, 0.42))
            with mpl.rc_context({"font.size": 18, "xtick.labelsize": 17, "ytick.labelsize": 17}):
                plotting.state_table(state, ax, key=False)
                ebits = abs(entropy_of_entanglement(state))
                ax.set_xlabel("")
                ax.set_ylabel("")
                ax.text(0.5, 1.82, name, ha="center", fontsize=20, weight="bold")
                ax.text(0.5, 2.13, f"{ebits:.2f} ebits", ha="center", fontsize=20)
        for third, colour in enumerate((plotting.SYSTEM, plotting.ENTANGLEMENT, plotting.MEMORY)):
            bar = Rectangle((third / 3, 0), 1 / 3, 0.022, color=colour)
            figure.add_artist(bar)
    return figure


def main() -> None:
    """Draw the picture, and store it with a palette."""
    figure = draw()
    figure.savefig(TARGET, dpi=DPI)
    plt.close(figure)
    with Image.open(TARGET) as image:
        small = image.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    small.save(TARGET, optimize=True)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
