"""Quantum recurrent neural networks whose memory is entanglement.

The physics half (circuits, operators, entanglement, the measured cell) uses QuTiP's objects. The
learning half (estimators, baselines) follows scikit-learn's interface. ``__init__.pyi`` lists the
public names. Each is loaded on first use, so importing the package is almost free, and JAX,
scikit-learn and Matplotlib are loaded only when needed.
"""

import lazy_loader

from qrnnlib import _moved

__version__ = "0.1.0"
_moved.install()
_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__getattr__ = _moved.names_of_old(__name__, otherwise=_attribute, memory_needed="training_memory")
