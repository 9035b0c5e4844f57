"""What holds for every test, the examples in docstrings too."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _no_figure_is_left_open():
    """Fail the test that leaves a figure open, and not another one that counts them."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    left = pyplot.get_fignums() if pyplot else []
    if left:
        pyplot.close("all")
    assert left == []
