"""Export of a trained cell as a circuit, for other simulators and for hardware."""

from qrnnlib import _moved

__getattr__ = _moved.names_of_old("qrnnlib.hardware", "outputs_from_counts", "to_aer_noise_model")
