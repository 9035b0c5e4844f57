"""Quantum recurrent neural networks whose memory is entanglement.

The physics half (circuits, operators, entanglement, the measured cell) speaks QuTiP. The
learning half (estimators, baselines) speaks scikit-learn. The public names are listed in
``__init__.pyi`` and loaded when first used, so that importing the package costs little more
than nothing, and JAX, scikit-learn and Matplotlib only load when something needs them.
"""

import lazy_loader

from qrnnlib import _moved

__version__ = "0.1.0"
_moved.install()
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
