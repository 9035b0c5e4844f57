"""The measured cell: its QuTiP definition, and a JAX engine that gives the same numbers."""

from qrnnlib import _moved

__getattr__ = _moved.names_of_old("qrnnlib.cell", "CellStep", "MeasuredCell")
