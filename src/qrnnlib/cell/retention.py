r"""Retention: how long the memory of a measured cell depends on an old input.

An input stands at one *position* of a window. It takes one of several *values*, each equally
likely and independent of the rest of the window, its *context*. The memory is then followed step
by step. *Lag* 0 is the memory into which the input has just been written, lag k the memory k
inputs later.

Two measures say how much of a change in the input is left. `memory_distance` is the trace distance
between the memories of two values: the best measurement of the memory identifies the value with
probability :math:`(1 + \text{distance})/2` (Helstrom 1969). `memory_information` is the mutual
information in bits between value and memory, for any number of values. As the value is classical
and the memory a quantum state, this is Holevo's quantity, `holevo_information`.

The memory depends on the design's collapse rule. Under ``"channel"`` it is a density matrix. Under
``"most_likely"`` and ``"diagonal"`` it is one ket for each window. Under ``"sampled"`` it is one
ket for each history of outcomes; here the outcomes are not kept, so the memory is the mixture over
all histories, which is exactly the channel's density matrix: nothing is sampled.

For random inputs and memories, `average_retention` says how much a unitary writes and keeps.

A channel cannot increase either measure, so within one context neither grows with the lag under
``"channel"`` and ``"sampled"``. The other two rules depend on the state nonlinearly and are not
channels; under them both measures may grow.

A noisy cell is taken with its noise: its memories are density matrices under every rule.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from qutip import Qobj

from qrnnlib import _checks
from qrnnlib.cell import engine
from qrnnlib.cell.reference import design_and_weights
from qrnnlib.physics.average_power import fourth_powers
from qrnnlib.physics.bipartite import Operator, bipartite
from qrnnlib.physics.entanglement import entropy_in_bits


def memory_information(
    model: Any,
    contexts: ArrayLike,
    values: ArrayLike,
    *,
    position: int = 0,
    contexts_known: bool = True,
) -> NDArray[np.float64]:
    r"""Return the information in bits that the memory holds about one input, by lag.

    It is :math:`\chi = S(\bar\rho) - \frac1n \sum_x S(\rho_x)`, with :math:`\rho_x` the memory
    after value x, :math:`\bar\rho` the mean over the n values, and S the entropy in bits. A
    measurement of a single memory gains at most this much (Holevo 1973); in general all of it is
    accessible only by measuring many memories jointly.

    Parameters
    ----------
    model : MeasuredCell or a fitted QuantumRNN or QuantumLSTM
    contexts : array_like, shape (contexts, steps)
        Windows, oldest value first. Their value at `position` is not used.
    values : array_like, shape (values,)
        The possible values of the input at `position`, each equally likely; at least two.
    position : int, default 0
        Step of the input, counted from 0. At 0 it is written into the initial memory, later into
        one that earlier inputs have changed.
    contexts_known : bool, default True
        Whether the other inputs of the window are known when the memory is read. If True, the
        information is computed within each context. If False, the memories :math:`\rho_x` are
        first averaged over the contexts; the result is at most the mean over known contexts, and
        it may grow with the lag.

    Returns
    -------
    ndarray of float, shape (contexts, lags), or (1, lags) if contexts are not known
        Bits, between 0 and the smaller of log2 of the number of values and the cell's
        `memory_qubits`; there are ``steps - position`` lags. Averaging over contexts is left to
        the caller.

    Raises
    ------
    TypeError
        If `model` is neither a measured cell nor an estimator, an array does not hold real
        numbers, or `position` is not an integer.
    ValueError
        If an array has another shape or is not finite, there are fewer than two values or no
        context, `position` lies outside the windows, or the model reads several features.
    sklearn.exceptions.NotFittedError
        If `model` is an estimator without weights.

    References
    ----------
    Holevo, Problems of Information Transmission 9, 177 (1973); Nielsen and Chuang, section 12.1.

    Examples
    --------
    A CNOT whose inputs 0 and 1 are the basis states of the system: the value decides whether the
    memory flips, which is one bit. A known flip later does no harm and an unknown one hides the
    bit. The input 0.5, a superposition of flipping and not flipping, destroys it.

    >>> from qrnnlib import CellDesign, MeasuredCell
    >>> design = CellDesign(1, 1, 1, disentangler=None, collapse="channel")
    >>> weights = {"entangler": [[0, 0]], "input_weight": [-1, 1], "input_bias": [1, 0]}
    >>> cell = MeasuredCell(weights, design)
    >>> contexts = [[0, 0, 0.5], [0, 1, 0.5]]
    >>> memory_information(cell, contexts, [0, 1]).round(6)
    array([[1., 1., 0.],
           [1., 1., 0.]])
    >>> memory_information(cell, contexts, [0, 1], contexts_known=False).round(6)
    array([[1., 0., 0.]])
    """
    memories = _memories(model, contexts, _checks.real_array("values", values, (None,)), position)
    if not contexts_known:
        memories = memories.mean(axis=0, keepdims=True)
    information = _entropies(memories.mean(axis=1)) - _entropies(memories).mean(axis=1)
    return np.asarray(np.maximum(information, 0.0))  # rounding can leave it slightly below 0


def memory_distance(
    model: Any, contexts: ArrayLike, values: ArrayLike, *, position: int = 0
) -> NDArray[np.float64]:
    r"""Return the trace distance between the memories of two values of one input, by lag.

    It is :math:`\frac12 \lVert \rho_a - \rho_b \rVert_1`: 1 if a single measurement of the memory
    distinguishes the two values with certainty, 0 if the memory no longer depends on the value.

    Parameters
    ----------
    model : MeasuredCell or a fitted QuantumRNN or QuantumLSTM
    contexts : array_like, shape (contexts, steps)
        Windows, oldest value first. Their value at `position` is not used.
    values : array_like, shape (2,)
        The two values of the input at `position`.
    position : int, default 0
        Step of the input, counted from 0.

    Returns
    -------
    ndarray of float, shape (contexts, lags)
        Trace distances in [0, 1]; there are ``steps - position`` lags.

    Raises
    ------
    TypeError, ValueError, sklearn.exceptions.NotFittedError
        As in `memory_information`.

    References
    ----------
    Helstrom, Journal of Statistical Physics 1, 231 (1969); Nielsen and Chuang, section 9.2.

    Examples
    --------
    The CNOT of `memory_information`: each input of 0.25 flips the memory with probability 1/10 and
    so multiplies the distance by 8/10.

    >>> from qrnnlib import CellDesign, MeasuredCell
    >>> design = CellDesign(1, 1, 1, disentangler=None, collapse="channel")
    >>> weights = {"entangler": [[0, 0]], "input_weight": [-1, 1], "input_bias": [1, 0]}
    >>> cell = MeasuredCell(weights, design)
    >>> memory_distance(cell, [[0, 0.25, 0.25, 0.25]], [0, 1]).round(6)
    array([[1.   , 0.8  , 0.64 , 0.512]])
    """
    pair = _checks.real_array("values", values, (2,))
    memories = _memories(model, contexts, pair, position)
    differences = memories[:, 0] - memories[:, 1]
    return np.asarray(np.abs(np.linalg.eigvalsh(differences)).sum(axis=-1) / 2)


class AverageRetention(NamedTuple):
    """The effect of a change in a random input, or in a random memory, on the next memory.

    Attributes
    ----------
    written : float
        Share of a change in the input that the next memory shows: 0 for no coupling, 1 for SWAP.
    kept : float
        Share of a change in the memory that the next memory shows: 1 for no coupling, 0 for SWAP.
    """

    written: float
    kept: float


def average_retention(
    operator: Operator, cut: int = 1, *, params: ArrayLike | None = None
) -> AverageRetention:
    r"""Return how much of a changed input a unitary writes, and how much of a memory it keeps.

    System and memory start in Haar-random pure states and the system is traced out, as under
    ``collapse="channel"``. `written` is the mean of :math:`\lVert\rho - \rho'\rVert_2^2` between
    the memories after two random inputs to the same memory, divided by the same mean for the
    inputs themselves; `kept` is the same for two random memories with the same input. The
    distances are squared because their means then have a closed form, in two numbers,

    .. math:: P = \mathrm{tr}[(R R^\dagger)^2] / D^2, \qquad Q = \mathrm{tr}[(M M^\dagger)^2] / D^2,

    with :math:`D = d_A d_B` and R and M as in `qrnnlib.average_entangling_power`: P is 1 for no
    coupling and Q is 1 for SWAP.

    .. math::
        \text{written} &= d_A \frac{D Q - d_B P + d_B - 1}{(d_A^2 - 1)(d_B + 1)} \\
        \text{kept} &= \frac{D d_B P - D Q + d_B^2 - d_A}{(d_B^2 - 1)(d_A + 1)}

    For equal dimensions, written + kept + :math:`e_p` = 1 with :math:`e_p` the average entangling
    power, and written - kept = :math:`2 g_t - 1` with :math:`g_t` the gate typicality. A change
    held in entanglement with the discarded system is neither written nor kept.

    Parameters
    ----------
    operator : Qobj, Circuit, or a measured cell or fitted estimator
        A unitary on at least two subsystems; the leading ones are the system.
    cut : int, default 1
        Number of leading subsystems that form the system.
    params : array_like, default None
        The angles of a `Circuit`, in radians.

    Returns
    -------
    AverageRetention
        ``(written, kept)``.

    Raises
    ------
    TypeError
        If `operator` has another type, or `cut` is not an integer.
    ValueError
        If `operator` is not unitary or has a side of dimension 1, or `cut` or `params` does not
        fit it.

    References
    ----------
    Derived in ``tests/README.md``. The two numbers are those of Zanardi, Phys. Rev. A 63, 040304
    (2001), and Jonnadula et al., Phys. Rev. A 95, 040302 (2017).

    Examples
    --------
    >>> from qutip import gates
    >>> average_retention(gates.swap())
    AverageRetention(written=1.0, kept=0.0)
    >>> written, kept = average_retention(gates.cnot())
    >>> round(written * 9, 12), round(kept * 9, 12)
    (2.0, 5.0)
    """
    both = bipartite(operator, cut, params)
    a, b = both.dims
    if min(a, b) < 2:
        raise ValueError(f"operator must have at least two states on each side, got {a} and {b}")
    straight, crossed = (float(p[0]) / (a * b) ** 2 for p in fourth_powers(both.matrix, a, b))
    written = a * (a * b * crossed - b * straight + b - 1) / ((a**2 - 1) * (b + 1))
    kept = (a * b**2 * straight - a * b * crossed + b**2 - a) / ((b**2 - 1) * (a + 1))
    return AverageRetention(max(0.0, written), max(0.0, kept))  # rounding can go below 0


def holevo_information(states: Sequence[Qobj], probabilities: ArrayLike | None = None) -> float:
    r"""Return the mutual information in bits between a label and the state that it labels.

    Label x occurs with probability :math:`p_x` and is encoded in the state :math:`\rho_x`. The
    mutual information of the classical-quantum state
    :math:`\sum_x p_x |x\rangle\langle x| \otimes \rho_x` is Holevo's quantity
    :math:`\chi = S(\sum_x p_x \rho_x) - \sum_x p_x S(\rho_x)`, an upper bound on the information
    about the label that any measurement of the state gains.

    Parameters
    ----------
    states : sequence of Qobj
        Density matrices or normalised kets, all with the same dims; at least one.
    probabilities : array_like, shape (states,), default None
        Probabilities of the labels; None makes them equal.

    Returns
    -------
    float
        Bits, between 0 and the entropy of the labels.

    Raises
    ------
    TypeError
        If a state is not a Qobj, or `probabilities` is not an array of real numbers.
    ValueError
        If there is no state, one is not normalised or has other dims than the first, or
        `probabilities` has another length, a negative entry, or a sum other than 1.

    References
    ----------
    Holevo, Problems of Information Transmission 9, 177 (1973).

    Examples
    --------
    >>> from qutip import basis
    >>> zero, plus = basis(2, 0), (basis(2, 0) + basis(2, 1)).unit()
    >>> round(holevo_information([zero, plus]), 4), holevo_information([zero, zero])
    (0.6009, 0.0)
    """
    checked = [_checks.state(f"states[{number}]", state) for number, state in enumerate(states)]
    if not checked:
        raise ValueError("states must hold at least one state, got none")
    for number, state in enumerate(checked):
        if state.dims[0] != checked[0].dims[0]:
            raise ValueError(
                f"states[{number}] must have dims {checked[0].dims[0]} like the first, "
                f"got {state.dims[0]}"
            )
    count = len(checked)
    weights = np.full(count, 1 / count)
    if probabilities is not None:
        weights = _checks.real_array("probabilities", probabilities, (count,))
        if weights.min() < 0 or abs(weights.sum() - 1) > _checks.UNITARY_TOLERANCE:
            raise ValueError(
                "probabilities must not be negative and must sum to 1, "
                f"got {weights.min():g} as the smallest and {weights.sum():.12g} as the sum"
            )
    rhos = np.array([(state.proj() if state.isket else state).full() for state in checked])
    mean = np.einsum("x,xij->ij", weights, rhos)
    return max(0.0, float(_entropies(mean) - weights @ _entropies(rhos)))


def _memories(
    model: Any, contexts: ArrayLike, values: NDArray[np.float64], position: int
) -> NDArray[Any]:
    """Return memories as density matrices: (contexts, values, lags, memory_dim, memory_dim)."""
    design, weights = design_and_weights("model", model)
    if design.features > 1:
        raise ValueError(f"model must read one feature, got one that reads {design.features}")
    windows = _checks.real_array("contexts", contexts, (None, None))
    position = _checks.integer("position", position, minimum=0)
    if not len(windows):
        raise ValueError("contexts must hold at least one window, got none")
    count, steps = windows.shape
    if position >= steps:
        raise ValueError(
            f"position must be one of the {steps} steps of the contexts, counted from 0, "
            f"got {position}"
        )
    if len(values) < 2:
        raise ValueError(f"values must hold at least two values, got {len(values)}")
    if design.collapse == "sampled":
        # The mixture over all histories, each with its probability; see the module's docstring.
        design = replace(design, collapse="channel")
    batch = np.repeat(windows[:, np.newaxis], len(values), axis=1)
    batch[:, :, position] = values
    batch = batch.reshape(-1, steps)
    memories = engine.run(design, weights, batch, np.zeros_like(batch)).memories[:, position:]
    if not design.mixed_memory:
        memories = np.einsum("bti,btj->btij", memories, memories.conj())
    return np.asarray(memories).reshape(count, len(values), *memories.shape[1:])


def _entropies(rhos: NDArray[Any]) -> NDArray[np.float64]:
    """Return the von Neumann entropy in bits of every matrix: (..., dim, dim) -> (...)."""
    spectra = np.linalg.eigvalsh(rhos)
    flat = [entropy_in_bits(spectrum) for spectrum in spectra.reshape(-1, spectra.shape[-1])]
    return np.array(flat).reshape(spectra.shape[:-1])
