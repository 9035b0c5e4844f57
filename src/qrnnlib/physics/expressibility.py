r"""How much of the space of states a parametrised circuit reaches, and how entangled they are.

Both numbers are means over angles drawn uniformly from [0, 2 pi), of the states that the circuit
makes of :math:`|0 \dots 0\rangle`. See Sim, Johnson and Aspuru-Guzik, arXiv:1905.10876.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qrnnlib import _checks
from qrnnlib.physics.circuit import Circuit
from qrnnlib.physics.circuit_matrix import CircuitMatrix

#: Sets of angles that are computed at once.
_BATCH = 4096


@dataclass(frozen=True, eq=False)
class Expressibility:
    """How far the fidelities of a circuit's states are from those of Haar-random states.

    Attributes
    ----------
    divergence : float
        The Kullback-Leibler divergence in nats, at least 0; 0 for a circuit as good as random.
    bias : float
        How much too large `divergence` is on average because the sample is finite, to first order
        in 1/`pairs`: half the number of occupied bins but one, over `pairs`. It is not subtracted.
    standard_error : float
        That of `divergence`, in nats, to first order.
    histogram, haar : ndarray of float, shape (bins,)
        The share of fidelities in each bin between 0 and 1, and that of random states.
    pairs : int
        Number of pairs of states in the sample.
    """

    divergence: float
    bias: float
    standard_error: float
    histogram: NDArray[np.float64]
    haar: NDArray[np.float64]
    pairs: int

    def __repr__(self) -> str:
        return (
            f"<expressibility {self.divergence:.4f} +- {self.standard_error:.4f} nats, "
            f"including a bias of about {self.bias:.4f}>"
        )


@dataclass(frozen=True, eq=False)
class EntanglingCapability:
    """The mean entanglement of a circuit's states, by the measure of Meyer and Wallach.

    Attributes
    ----------
    mean : float
        Of Q, from 0 for product states to 1 if every qubit is maximally entangled with the others.
    standard_error : float
        That of the mean.
    samples : int
        Number of states in the sample.
    """

    mean: float
    standard_error: float
    samples: int

    def __repr__(self) -> str:
        return f"<entangling capability {self.mean:.4f} +- {self.standard_error:.4f}>"


def expressibility(
    circuit: Circuit,
    *,
    pairs: int = 5000,
    bins: int = 75,
    random_state: int | np.random.Generator | None = None,
) -> Expressibility:
    r"""Return how far a circuit's states are from random ones, by their mutual fidelities.

    The fidelities :math:`F = |\langle\psi|\phi\rangle|^2` of pairs of the circuit's states are
    sorted into bins of equal width. For Haar-random states of dimension N they have the density
    :math:`(N-1)(1-F)^{N-2}`. The result is the divergence of the first distribution from the
    second, :math:`\sum_j p_j \ln(p_j/q_j)`: a small one means an expressive circuit.

    Parameters
    ----------
    circuit : Circuit
    pairs : int, default 5000
        Number of pairs of states; each state has angles of its own. At least 2.
    bins : int, default 75
        Number of bins; the result depends on it.
    random_state : None, int or numpy.random.Generator, default None
        Source of the angles; None draws new ones each time.

    Returns
    -------
    Expressibility
        In nats. The finite sample makes it too large, by about ``(occupied bins - 1)/(2 pairs)``:
        0.0074 for the defaults and a circuit that fills all bins. Circuits whose results lie
        below that cannot be ranked.

    Raises
    ------
    TypeError
        If `circuit` is not a `Circuit`, or a count is not an integer.
    ValueError
        If `pairs` or `bins` is below 2.

    References
    ----------
    Sim, Johnson and Aspuru-Guzik, Adv. Quantum Technol. 2, 1900070 (2019), arXiv:1905.10876. The
    bias is that of Miller (1955) for the entropy of a histogram.

    Examples
    --------
    A circuit without angles makes one state: all fidelities are 1, and lie in one bin of 75.

    >>> from qrnnlib import Circuit
    >>> idle = expressibility(Circuit(1, (), (0,)), pairs=100)
    >>> bool(abs(idle.divergence - np.log(75)) < 1e-12)
    True
    """
    _checks.instance("circuit", circuit, Circuit)
    pairs = _checks.integer("pairs", pairs, 2)
    bins = _checks.integer("bins", bins, 2)
    rng = _checks.generator("random_state", random_state)
    made = CircuitMatrix(circuit)
    counts = np.zeros(bins)
    for start in range(0, pairs, _BATCH):
        number = min(_BATCH, pairs - start)
        first, second = (made.kets(_angles(rng, number, circuit)) for _ in range(2))
        fidelities = np.abs(np.einsum("si,si->s", first.conj(), second)) ** 2
        # Rounding can lift a fidelity above 1.
        counts += np.histogram(np.minimum(fidelities, 1.0), bins, (0, 1))[0]
    logs = _log_haar(bins, 2**circuit.qubits)
    occupied = counts > 0
    shares = counts[occupied] / pairs
    ratios = np.log(shares) - logs[occupied]
    divergence = float(shares @ ratios)
    spread = float(shares @ (ratios - divergence) ** 2)
    return Expressibility(
        divergence=max(0.0, divergence),
        bias=(int(occupied.sum()) - 1) / (2 * pairs),
        standard_error=math.sqrt(spread / pairs),
        histogram=counts / pairs,
        haar=np.exp(logs),
        pairs=pairs,
    )


def entangling_capability(
    circuit: Circuit,
    *,
    samples: int = 5000,
    random_state: int | np.random.Generator | None = None,
) -> EntanglingCapability:
    r"""Return how entangled a circuit's states are on average.

    The entanglement of a state of n qubits is :math:`Q = 2 - \frac{2}{n} \sum_k
    \mathrm{tr}\,\rho_k^2`, with :math:`\rho_k` the state of qubit k alone: twice the mean linear
    entropy of a qubit. The mean over the sample has no bias.

    Parameters
    ----------
    circuit : Circuit
        On at least two qubits.
    samples : int, default 5000
        Number of sets of angles; at least 2.
    random_state : None, int or numpy.random.Generator, default None
        Source of the angles; None draws new ones each time.

    Returns
    -------
    EntanglingCapability
        Dimensionless, from 0 to 1.

    Raises
    ------
    TypeError
        If `circuit` is not a `Circuit`, or `samples` is not an integer.
    ValueError
        If `circuit` has one qubit, or `samples` is below 2.

    References
    ----------
    Sim, Johnson and Aspuru-Guzik, Adv. Quantum Technol. 2, 1900070 (2019), arXiv:1905.10876; Meyer
    and Wallach, J. Math. Phys. 43, 4273 (2002), for the measure.

    Examples
    --------
    One layer of the ring on two qubits has a mean of 1/4:

    >>> from qrnnlib import ring_layers
    >>> result = entangling_capability(ring_layers(2, 1), random_state=0)
    >>> abs(result.mean - 0.25) < 3 * result.standard_error
    True
    """
    _checks.instance("circuit", circuit, Circuit)
    if circuit.qubits < 2:
        raise ValueError(f"circuit must have at least 2 qubits, got {circuit.qubits}")
    samples = _checks.integer("samples", samples, 2)
    rng = _checks.generator("random_state", random_state)
    made = CircuitMatrix(circuit)
    values = np.concatenate(
        [
            meyer_wallach(made.kets(_angles(rng, min(_BATCH, samples - start), circuit)))
            for start in range(0, samples, _BATCH)
        ]
    )
    error = float(np.std(values, ddof=1)) / math.sqrt(samples)
    return EntanglingCapability(float(np.mean(values)), error, samples)


def meyer_wallach(kets: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Return the entanglement Q of states of qubits, which are rows of amplitudes.

    Examples
    --------
    A GHZ state, a Bell pair beside a third qubit, and a product:

    >>> ghz, bell, product = np.zeros((3, 8), dtype=complex)
    >>> ghz[[0, 7]] = bell[[0, 6]] = 0.5**0.5
    >>> product[0] = 1
    >>> meyer_wallach(np.array([ghz, bell, product])).round(6) + 0.0
    array([1.      , 0.666667, 0.      ])
    """
    qubits = kets.shape[1].bit_length() - 1
    purities = np.zeros(len(kets))
    for k in range(qubits):
        zero, one = kets.reshape(len(kets), 2**k, 2, -1).swapaxes(0, 2).swapaxes(1, 2)
        zero, one = zero.reshape(len(kets), -1), one.reshape(len(kets), -1)
        populations = (np.sum(np.abs(zero) ** 2, axis=1), np.sum(np.abs(one) ** 2, axis=1))
        coherence = np.einsum("si,si->s", zero.conj(), one)
        purities += populations[0] ** 2 + populations[1] ** 2 + 2 * np.abs(coherence) ** 2
    # Rounding can lift a mean purity above 1.
    values: NDArray[np.float64] = np.maximum(0.0, 2 - 2 * purities / qubits)
    return values


def _angles(rng: np.random.Generator, sets: int, circuit: Circuit) -> NDArray[np.float64]:
    return rng.uniform(0, 2 * np.pi, (sets, circuit.n_parameters))


def _log_haar(bins: int, dim: int) -> NDArray[np.float64]:
    """Return the log of the chance that the fidelity of two random states lies in each bin.

    A fidelity exceeds F with probability (1 - F)^(dim - 1). The logs are finite even where the
    chance itself is below the smallest float.
    """
    above = np.log1p(-np.arange(bins) / bins) * (dim - 1)  # of the bins' left edges
    to_next = np.append(np.diff(above), -np.inf)  # of how much of it is above the right edge
    result: NDArray[np.float64] = above + np.log(-np.expm1(to_next))
    return result
