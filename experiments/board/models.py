"""The models of the fair board by name; each is made with a seed."""

from collections.abc import Callable

import equinox as eqx

from experiments.board import oscillator, season, simple, statistical
from experiments.board.anomalies import OnAnomalies
from experiments.board.forecaster import Forecaster
from experiments.board.learned import Boosting, Reservoir, States
from experiments.board.networks import Kind, Network, cell, network
from experiments.relatives.qlstm import QLSTM
from experiments.relatives.qrnn_li import LiQRNN
from experiments.relatives.quantum_reservoir import echo_states, reservoir_states
from experiments.relatives.rvqe import RVQE
from experiments.relatives.viqueira import ViqueiraQRNN
from qrnnlib.cell.design import CellDesign
from qrnnlib.learning.classical_cells import GRUWeights, LSTMWeights

Make = Callable[[int], Forecaster]


def _plain(kind: Callable[[], Forecaster]) -> Make:
    """Return a model without any chance in it."""
    return lambda seed: kind()


def _reservoir(states: States, settings: list[dict[str, float]]) -> Make:
    return lambda seed: Reservoir(states, settings, seed)


def _network(kind: Kind) -> Make:
    return lambda seed: Network(kind, seed)


def _on_anomalies(kind: Kind) -> Make:
    return lambda seed: OnAnomalies(Network(kind, seed))


def _relative(module: type[eqx.Module]) -> Make:
    return _network(network(module))


def _cell(qubits: int, light: bool) -> Kind:
    """Return the library's default cell of so many qubits in each register, without noise."""
    design = CellDesign(
        system_qubits=qubits, memory_qubits=qubits, layers=1, encoding="amplitude",
        collapse="channel", disentangler="own", readout="linear", ansatz="canonical",
    )  # fmt: skip
    return cell(design, light)


OURS = _cell(2, light=False)
LIGHT = _cell(2, light=True)
SMALL = _cell(1, light=True)
LSTM = network(lambda features, key: LSTMWeights(features, 4, key))
GRU = network(lambda features, key: GRUWeights(features, 2, key))

#: Settings of the reservoirs to choose from: four each, as the networks have four trials.
ECHOES = [{"radius": r, "scale": s} for r in (0.8, 0.95) for s in (0.1, 0.5)]
SPINS = [{"interval": t, "coupling": c} for t in (0.5, 2.0) for c in (0.3, 1.0)]

PLAIN: dict[str, Make] = {
    "persistence": _plain(simple.Persistence),
    "a year ago": _plain(simple.SeasonalNaive),
    "climatology": _plain(simple.Climatology),
    "ridge": _plain(simple.WindowRidge),
    "ridge, window chosen": _plain(simple.ChosenRidge),
    "exponential smoothing": _plain(statistical.ExponentialSmoothing),
    "ARIMA": _plain(statistical.Arima),
    "season + one lag": _plain(season.SeasonOneLag),
    "season + ARMA": _plain(season.SeasonArma11),
    "season + ARMA, chosen": _plain(season.SeasonChosen),
    "sinusoid": _plain(oscillator.Sinusoid),
    "Kalman oscillator": _plain(oscillator.KalmanOscillator),
}

#: Models with chance in them.
RANDOM: dict[str, Make] = {
    "boosted trees": Boosting,
    "echo states": _reservoir(echo_states, ECHOES),
    # Networks
    "LSTM": _network(LSTM),
    "GRU": _network(GRU),
    "GRU on anomalies": _on_anomalies(GRU),
    # Ours
    "our cell": _network(OURS),
    "our cell on anomalies": _on_anomalies(OURS),
    "our light cell": _network(LIGHT),
    "our small cell": _network(SMALL),
    "our small cell on anomalies": _on_anomalies(SMALL),
    # Relatives
    "quantum reservoir": _reservoir(reservoir_states, SPINS),
    "QLSTM": _relative(QLSTM),
    "Li's QRNN": _relative(LiQRNN),
    "Viqueira's QRNN": _relative(ViqueiraQRNN),
    "Bausch's RVQE": _relative(RVQE),
}

MODELS: dict[str, Make] = {**PLAIN, **RANDOM}
