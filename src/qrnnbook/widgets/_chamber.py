"""The map of all two-qubit gates in the form that a page draws."""

from math import pi
from typing import Any

from qrnnbook.plotting import weyl as chamber
from qrnnlib.physics.weyl import NAMED_POINTS


def chamber_for_page() -> dict[str, Any]:
    """Return the Weyl chamber for `chamberMap` of weyl_map.js, in units of pi.

    The numbers are those of `plotting.weyl_chamber`.

    Examples
    --------
    >>> [gate["point"] for gate in chamber_for_page()["gates"] if gate["label"] == "identity"]
    [[0.0, 0.0, 0.0], [1, 0, 0]]
    """
    gates = [
        {
            "label": chamber.spelled(name),
            "point": [c / pi for c in point],
            "beside": chamber.BESIDE[name],
            "twin": False,
        }
        for name, point in NAMED_POINTS.items()
    ]
    # The identity occupies two corners; the second one gets no button.
    again = {"label": "identity", "point": [1, 0, 0], "beside": (0, -18, "center"), "twin": True}
    return {
        "view": chamber.VIEW.tolist(),
        "edges": chamber.EDGES,
        "hidden": chamber.HIDDEN_EDGES,
        "faces": [[*face, face[0]] for face in chamber.PERFECT_FACES],
        "gates": [*gates, again],
    }
