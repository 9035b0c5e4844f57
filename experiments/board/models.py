"""The models of the fair board by name, and the problems to which each applies."""

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx

from experiments.board import oscillator, season, simple, statistical
from experiments.board.anomalies import OnAnomalies
from experiments.board.forecaster import Forecaster
from experiments.board.learned import Boosting, Reservoir
from experiments.board.networks import Kind, Network, cell, network
from experiments.relatives.qlstm import QLSTM
from experiments.relatives.qrnn_li import LiQRNN
from experiments.relatives.quantum_reservoir import echo_states, reservoir_states
from experiments.relatives.rvqe import RVQE
from experiments.relatives.viqueira import ViqueiraQRNN
from qrnnlib.cell.design import CellDesign
from qrnnlib.learning.classical_cells import GRUWeights, LSTMWeights


@dataclass(frozen=True)
class Entry:
    """A model of the board.

    Attributes
    ----------
    make : callable
        Returns the model, for a seed.
    random : bool
        Whether two fits to the same data differ.
    where : tuple of str
        Kinds of problem, of ``"sine"``, ``"weather"``, ``"narma"``, ``"delay"``,
        ``"mackey-glass"``, or names of problems of `experiments.fair_board`.
    several_years : bool, default False
        Whether weather must have more than one year of training.
    """

    make: Callable[[int], Forecaster]
    random: bool
    where: tuple[str, ...]
    several_years: bool = False


WEATHER = ("weather",)
WAVES = ("sine", "mackey-glass")
SERIES = (*WEATHER, *WAVES)
OTHERS = (*WAVES, "narma")
EVERYWHERE = (*WEATHER, *OTHERS, "delay")


def _plain(
    kind: Callable[[], Forecaster], where: tuple[str, ...], several_years: bool = False
) -> Entry:
    """Return a model without any chance in it."""
    return Entry(lambda seed: kind(), False, where, several_years)


def _network(kind: Kind, where: tuple[str, ...] = EVERYWHERE) -> Entry:
    return Entry(lambda seed: Network(kind, seed), True, where)


def _relative(module: type[eqx.Module]) -> Entry:
    """Return a network of another author, on three problems: its circuits take long to train."""
    where = ("sine of 100", "Ontario 2024", "NARMA-10")
    return Entry(lambda seed: Network(network(module), seed), True, where)


def _on_anomalies(kind: Kind) -> Entry:
    return Entry(lambda seed: OnAnomalies(Network(kind, seed)), True, WEATHER)


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

MODELS: dict[str, Entry] = {
    # Plain
    "persistence": _plain(simple.Persistence, SERIES),
    "a year ago": _plain(simple.SeasonalNaive, WEATHER, several_years=True),
    "climatology": _plain(simple.Climatology, WEATHER, several_years=True),
    "ridge": _plain(simple.WindowRidge, EVERYWHERE),
    "ridge, window chosen": _plain(simple.ChosenRidge, (*WEATHER, *OTHERS)),
    "exponential smoothing": _plain(statistical.ExponentialSmoothing, SERIES),
    "ARIMA": _plain(statistical.Arima, SERIES),
    "season + one lag": _plain(season.SeasonOneLag, WEATHER),
    "season + ARMA": _plain(season.SeasonArma11, WEATHER),
    "season + ARMA, chosen": _plain(season.SeasonChosen, WEATHER),
    "sinusoid": _plain(oscillator.Sinusoid, WAVES),
    "Kalman oscillator": _plain(oscillator.KalmanOscillator, WAVES),
    "boosted trees": Entry(Boosting, True, (*WEATHER, *OTHERS)),
    "echo states": Entry(lambda seed: Reservoir(echo_states, ECHOES, seed), True, EVERYWHERE),
    # Networks
    "LSTM": _network(LSTM, (*WEATHER, *OTHERS)),
    "GRU": _network(GRU),
    "GRU on anomalies": _on_anomalies(GRU),
    # Ours
    "our cell": _network(OURS, (*WEATHER, *OTHERS)),
    "our cell on anomalies": _on_anomalies(OURS),
    "our light cell": _network(LIGHT, (*OTHERS, "delay")),
    "our light cell on anomalies": _on_anomalies(LIGHT),
    "our small cell": _network(SMALL),
    "our small cell on anomalies": _on_anomalies(SMALL),
    # Relatives
    "QLSTM": _relative(QLSTM),
    "Li's QRNN": _relative(LiQRNN),
    "Viqueira's QRNN": _relative(ViqueiraQRNN),
    "Bausch's RVQE": _relative(RVQE),
    "quantum reservoir": Entry(
        lambda seed: Reservoir(reservoir_states, SPINS, seed), True, EVERYWHERE
    ),
}
