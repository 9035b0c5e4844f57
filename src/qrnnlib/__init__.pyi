from .baselines import ClassicalLSTM as ClassicalLSTM
from .baselines import Persistence as Persistence
from .baselines import window_ridge as window_ridge
from .cell import CellStep as CellStep
from .cell import MeasuredCell as MeasuredCell
from .circuit import Circuit as Circuit
from .circuit import Gate as Gate
from .circuit import ring_layers as ring_layers
from .design import CellDesign as CellDesign
from .estimators import QuantumLSTM as QuantumLSTM
from .estimators import QuantumRNN as QuantumRNN
from .series import Series as Series
from .series import Split as Split
from .series import load_series as load_series
from .series import noisy_sine as noisy_sine
from .series import split_in_time as split_in_time
from .series import windows as windows
from .training import History as History
from .weather import SyntheticDataWarning as SyntheticDataWarning
from .weather import ontario_weather as ontario_weather

__version__: str
