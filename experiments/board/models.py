"""The models of the fair board by name, and the problems to which each applies."""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.board.anomalies import OnAnomalies
from experiments.board.forecaster import Forecaster
from experiments.board.networks import Kind, Network, cell, network
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
        ``"mackey-glass"``.
    several_years : bool, default False
        Whether weather must have more than one year of training.
    """

    make: Callable[[int], Forecaster]
    random: bool
    where: tuple[str, ...]
    several_years: bool = False


WEATHER = ("weather",)
OTHERS = ("sine", "narma", "mackey-glass")
EVERYWHERE = (*WEATHER, *OTHERS, "delay")


def _network(kind: Kind, where: tuple[str, ...] = EVERYWHERE) -> Entry:
    return Entry(lambda seed: Network(kind, seed), True, where)


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

MODELS: dict[str, Entry] = {
    "LSTM": _network(LSTM, (*WEATHER, *OTHERS)),
    "GRU": _network(GRU),
    "GRU on anomalies": _on_anomalies(GRU),
    "our cell": _network(OURS, (*WEATHER, *OTHERS)),
    "our cell on anomalies": _on_anomalies(OURS),
    "our light cell": _network(LIGHT, (*OTHERS, "delay")),
    "our light cell on anomalies": _on_anomalies(LIGHT),
    "our small cell": _network(SMALL),
    "our small cell on anomalies": _on_anomalies(SMALL),
}
