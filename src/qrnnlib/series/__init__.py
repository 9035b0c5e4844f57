"""Series from files, services and formulas, and the windows cut from them."""

from qrnnlib import _moved

__getattr__ = _moved.names_of_old(
    "qrnnlib.series",
    *("Series", "Split", "SuspectDataWarning", "load_series", "noisy_sine", "split_in_time"),
    "windows",
)
