"""The models of other authors: against their papers, their code, and a second way to each number.

`qutip` computes every circuit anew here, from matrix exponentials, on the whole register and with
the ancillas that the modules leave out. Where numbers of the authors' own code are given, a
comment says which code and how they were made.
"""

from functools import reduce
from itertools import combinations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import qutip
from experiments.relatives import quantum_reservoir
from experiments.relatives.qlstm import QLSTM
from experiments.relatives.qrnn_li import LiQRNN, ansatz
from experiments.relatives.rvqe import BIAS, ORDER, RVQE, WORKSPACE, powers, turned
from experiments.relatives.viqueira import ViqueiraQRNN
from jax.flatten_util import ravel_pytree

from qrnnlib.cell.engine import double_precision
from qrnnlib.learning import classical_cells, trainer
from qrnnlib.learning.classical_cells import ClassicalGRU
from qrnnlib.learning.run import Run
from qrnnlib.learning.settings import Settings

KINDS = [QLSTM, LiQRNN, ViqueiraQRNN, RVQE]
WINDOW = np.array([0.3, -0.8, 0.55, -0.1])
TWO = np.stack([WINDOW, np.array([-0.4, 0.2, 0.9, 0.6])], axis=1)


@pytest.fixture(autouse=True)
def _double():
    with double_precision():
        yield


def model(kind, features=1, seed=0):
    """Return a model with weights far from any special value."""
    rng = np.random.default_rng(seed)
    shapes = jax.eval_shape(lambda key: kind(features, key), jax.random.key(seed))
    return jax.tree.map(lambda leaf: jnp.asarray(rng.normal(size=leaf.shape)), shapes)


# Compiled once for each kind and shape, as the weights are arguments.
forecast = jax.jit(lambda weights, window: weights(window))
states_of = jax.jit(lambda weights, window: weights.states(window))


# What all of them promise -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "weights"), [(QLSTM, 123), (LiQRNN, 33), (ViqueiraQRNN, 26), (RVQE, 54)]
)
def test_number_of_weights(kind, weights):
    """26 is `Nparams` of the authors' first example in QUTIMS; 123 = 6 * 24 + 5 - 26."""
    assert sum(leaf.size for leaf in jax.tree.leaves(model(kind))) == weights


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("window", [WINDOW, TWO], ids=["one feature", "two features"])
def test_gradient_is_right_and_no_weight_is_idle(kind, window):
    weights = model(kind, window.ndim)
    flat, restore = ravel_pytree(weights)
    step = 1e-5 * np.eye(len(flat))
    rows = jnp.concatenate([flat[None], flat + step, flat - step])
    both = jax.jit(jax.vmap(jax.value_and_grad(lambda row: restore(row)(window))))
    values, slopes = both(rows)
    assert (values.shape, values.dtype) == ((len(rows),), float)
    wanted = (values[1 : len(flat) + 1] - values[len(flat) + 1 :]) / 2e-5
    np.testing.assert_allclose(slopes[0], wanted, atol=1e-8)
    assert abs(slopes[0]).min() > 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_value_changes_no_earlier_state(kind):
    weights = model(kind)
    before = np.asarray(states_of(weights, WINDOW))
    for step in range(len(WINDOW)):
        window = WINDOW + 0.2 * (np.arange(len(WINDOW)) == step)
        after = np.asarray(states_of(weights, window))
        np.testing.assert_array_equal(after[:step], before[:step])
        assert (abs(after[step:] - before[step:]).max(axis=1) > 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
def test_one_feature_may_have_an_axis(kind):
    once, again = (states_of(model(kind), window) for window in (WINDOW, WINDOW[:, None]))
    np.testing.assert_allclose(once, again, atol=1e-15)


@pytest.mark.parametrize("kind", [QLSTM, LiQRNN, ViqueiraQRNN])
def test_more_features_than_there_is_room_for_are_refused(kind):
    with pytest.raises(ValueError, match=r"features must be in 1\.\.3 for .*, got 4"):
        kind(4, jax.random.key(0))


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_trains_it(kind):
    """On the next value of a wave, from the starts that the model draws."""
    wave = np.sin(0.7 * np.arange(30))
    windows = np.lib.stride_tricks.sliding_window_view(wave[:-1], 4)
    holder = ClassicalGRU(
        epochs=12, batch_size=None, restarts=2, learning_rate=0.05, progress=False
    )
    holder.features_ = 1
    keys = jax.random.split(jax.random.key(1), 2)
    starts = jax.jit(jax.vmap(lambda key: kind(1, key)))(keys)
    settings = Settings.of(holder)
    rng = np.random.default_rng(0)
    trainer.fit(holder, Run(classical_cells._forward, starts, windows, wave[4:], settings, rng))
    best = np.min(holder.history_.loss)
    assert best < 0.8 * np.max(holder.history_.loss[0])


# Circuits, in QuTiP -------------------------------------------------------------------------------

PAULI = {"X": qutip.sigmax(), "Y": qutip.sigmay(), "Z": qutip.sigmaz()}
ZERO, ONE = qutip.fock_dm(2, 0), qutip.fock_dm(2, 1)


def on(operators, qubits):
    """Return a product of one-qubit operators, given as {qubit: operator}."""
    return qutip.tensor([operators.get(q, qutip.qeye(2)) for q in range(qubits)])


def rotation(letter, angle, qubit, qubits):
    return (-0.5j * float(angle) * on({qubit: PAULI[letter]}, qubits)).expm()


def controlled(operator, controls, target, qubits):
    """Return a one-qubit operator on `target` where all controls are 1."""
    change = on({**dict.fromkeys(controls, ONE), target: operator - 1}, qubits)
    return on({}, qubits) + change


def coupling(angle, pair, qubits):
    return (-0.5j * float(angle) * on(dict.fromkeys(pair, PAULI["Z"]), qubits)).expm()


def chain(operators):
    """Return the product of operators given in the order in which they act."""
    return reduce(lambda product, operator: operator * product, operators)


def z_of(state, qubit):
    return qutip.expect(PAULI["Z"], state.ptrace(qubit))


def strings_of(state):
    """Return the expectations of every Pauli string, in the order of IXYZ."""
    letters = [qutip.qeye(2), *PAULI.values()]
    words = np.ndindex(*[4] * len(state.dims[0]))
    return [qutip.expect(qutip.tensor([letters[i] for i in word]), state) for word in words]


# The QLSTM ----------------------------------------------------------------------------------------


def four_numbers(angles, values):
    """Return <Z> after the paper's circuit with angles (2, 4, 3), computed on kets."""
    gates = []
    for q, v in enumerate(values):
        gates += [on({q: qutip.gates.snot()}, 4)]
        gates += [rotation("Y", np.arctan(v), q, 4), rotation("Z", np.arctan(v**2), q, 4)]
    for layer in angles:
        for offset in (1, 2):
            gates += [controlled(PAULI["X"], [q], (q + offset) % 4, 4) for q in range(4)]
        for q, three in enumerate(layer):
            gates += [rotation(name, a, q, 4) for name, a in zip("ZYZ", three, strict=True)]
    ket = chain([qutip.basis([2] * 4, [0] * 4), *gates])
    return np.array([z_of(ket, q) for q in range(4)])


#: From angles (circuit, layer, qubit, rotation) and a head, drawn as below, after the values
#: 0.3, -0.8 and 0.55: h, c and o tanh(c), and at the end the output.
CHEN_STATES = [
    [
        *(
            -1.358973660684050e-01,
            4.249705542603904e-02,
            -6.618307302934279e-02,
            -3.778884946989172e-04,
        ),
        *(
            8.638815666178763e-03,
            1.413179719248243e-01,
            1.736037500785260e-01,
            -1.844142546185792e-04,
        ),
        *(4.834268101217384e-03, 7.061186725806581e-02, 9.882129704781137e-02),
    ],
    [
        *(
            -1.418187925098602e-01,
            4.045206722675926e-02,
            -6.675286905788780e-02,
            1.381606464264431e-01,
        ),
        *(
            1.817335118927994e-02,
            1.546470819004037e-01,
            2.066183218407404e-01,
            5.366609100962685e-02,
        ),
        *(1.024010081976334e-02, 7.442943449989535e-02, 1.124032691889429e-01),
    ],
    [
        *(
            -1.639738196647629e-01,
            5.048407264608945e-02,
            -6.942152704617743e-02,
            2.509999423836524e-02,
        ),
        *(
            5.823636425095301e-02,
            1.919678822907935e-01,
            2.749463380842787e-01,
            1.227142643176176e-02,
        ),
        *(3.289228465473153e-02, 9.316468503556204e-02, 1.515736864067748e-01),
    ],
]
CHEN_OUTPUT = -0.3558635352729662


def chen():
    """Return the weights behind the numbers above: the authors' array, and a model with them."""
    rng = np.random.default_rng(2009_01783)
    angles, head = rng.normal(size=(6, 2, 4, 3)), rng.normal(size=5)
    flat = np.array([[*a[0].ravel(), *a[1, :, :2].ravel()] for a in angles])
    made = model(QLSTM)
    parts = (flat[:4], flat[4, :-2], flat[5], head[None, :4], head[4:])
    parts = [jnp.asarray(part) for part in parts]
    leaves, structure = jax.tree.flatten(made)
    parts = [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
    return angles, jax.tree.unflatten(structure, parts)


def test_qlstm_agrees_with_code_of_its_first_author():
    """To 1e-10 with the class VQCVariationalLoadingFlexNoisy of ycchen1989/FederatedQLSTM.

    Its circuit was run in PennyLane with two layers, within the cell of its `lstm_base_class`.
    """
    _, weights = chen()
    np.testing.assert_allclose(states_of(weights, WINDOW)[:3], CHEN_STATES, atol=1e-10)
    assert forecast(weights, WINDOW[:3]) == pytest.approx(CHEN_OUTPUT, abs=1e-10)


def test_qlstm_in_qutip():
    """Also that the rotations left out change nothing: here they are there."""
    angles, weights = chen()
    h, c = np.zeros(3), np.zeros(4)
    rows = []
    for x in WINDOW[:2]:
        v = np.array([x, *h])
        forget, enter, candidate, leave = (four_numbers(a, v) for a in angles[:4])
        sigmoid = [1 / (1 + np.exp(-numbers)) for numbers in (forget, enter, leave)]
        c = sigmoid[0] * c + sigmoid[1] * np.tanh(candidate)
        shown = sigmoid[2] * np.tanh(c)
        h = four_numbers(angles[4], shown)[:3]
        rows.append([*h, *c, *shown])
    np.testing.assert_allclose(states_of(weights, WINDOW)[:2], rows, atol=1e-10)
    last = four_numbers(angles[5], CHEN_STATES[2][-4:])
    output = np.asarray(weights.head.weight) @ last + np.asarray(weights.head.bias)
    assert output.item() == pytest.approx(CHEN_OUTPUT, abs=1e-10)


# The QRNN of Li and others ------------------------------------------------------------------------


@pytest.mark.parametrize("window", [WINDOW, TWO], ids=["one feature", "two features"])
def test_li_qrnn_in_qutip(window):
    weights = model(LiQRNN, window.ndim)
    angles = iter(np.asarray(weights.angles))
    gates = []
    for layer in range(2):
        gates += [rotation(a, next(angles), q, 4) for q in range(4) for a in ("X", "Z", "X")]
        pairs = [(0, 1), (1, 2), (2, 3), (3, 0)]
        gates += [coupling(next(angles), pair, 4) for pair in pairs[layer:]]
    assert next(angles, None) is None
    history, rows = qutip.tensor(ZERO, ZERO), []
    for x in window:
        values = np.broadcast_to(x, 2)
        turns = [rotation("Y", np.pi * (1 + v) / 2, q, 4) for q, v in enumerate(values)]
        unitary = chain(turns + gates)
        rho = unitary * qutip.tensor(ZERO, ZERO, history) * unitary.dag()
        history = rho.ptrace([2, 3])
        rows.append([*strings_of(history), z_of(rho, 0)])
    found = states_of(weights, window)
    np.testing.assert_allclose(found, rows, atol=1e-10)
    probability = qutip.expect(ONE, rho.ptrace(0))
    wanted = weights.output[0] + weights.output[1] * probability
    assert forecast(weights, window) == pytest.approx(float(wanted), abs=1e-10)


def test_li_qrnn_keeps_a_history_only_by_coupling():
    """The paper's two registers are joined by RZZ alone: without it the past is forgotten."""
    weights = model(LiQRNN)
    free = [gate.name == "RZZ" for gate in ansatz(2).gates]
    alone = jnp.where(jnp.array(free), 0.0, weights.angles)
    other = WINDOW * [1, -1, 1, 1]
    uncoupled = eqx.tree_at(lambda w: w.angles, weights, alone)
    last, changed = (float(states_of(uncoupled, window)[-1, -1]) for window in (WINDOW, other))
    assert last == pytest.approx(changed, abs=1e-12)
    last, changed = (float(states_of(weights, window)[-1, -1]) for window in (WINDOW, other))
    assert abs(last - changed) > 1e-6


# The QRNN of Viqueira and others ------------------------------------------------------------------

#: What the authors' `emulator` (jdani98/qutims, run with numpy) returns, plus an offset of 0.1, for
#: 25 angles from 0.3 to 6 and the window 0.7 sin(0.4 k), k = 0 .. 7.
VIQUEIRA_OUTPUTS = [
    0.8090201208780888,
    0.48618125134637435,
    0.3984855228903693,
    0.4531437273437523,
    0.44977080158374905,
    0.4536296885966944,
    0.42567810793360816,
    0.5591352621623857,
]
#: What it returns for two features and 38 angles from 0.1 to 6.1.
VIQUEIRA_TWO = [0.2213062652322927, 0.21862325423708764, -0.4653708452702274, 0.21102388635874628]
VIQUEIRA_WINDOW = np.array([[0.1, -0.4], [0.7, 0.2], [-0.9, 0.5], [0.3, -0.2]])


def viqueira(features, numbers):
    """Return the model with an offset and angles in the authors' order."""
    leaves, structure = jax.tree.flatten(model(ViqueiraQRNN, features))
    ends = np.cumsum([leaf.size for leaf in leaves])[:-1]
    parts = np.split(np.asarray(numbers), ends)
    parts = [
        jnp.asarray(part.reshape(leaf.shape)) for part, leaf in zip(parts, leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, parts)


def test_viqueira_qrnn_agrees_with_its_authors_code():
    """To 1e-10 with their density matrix emulation, classes encodeP2, CZladder2p1 and expectZ."""
    window = 0.7 * np.sin(0.4 * np.arange(8))
    one = viqueira(1, [0.1, *np.linspace(0.3, 6.0, 25)])
    found = states_of(one, window)[:, -1]
    np.testing.assert_allclose(found + 0.1, VIQUEIRA_OUTPUTS, atol=1e-10)
    assert forecast(one, window) == pytest.approx(VIQUEIRA_OUTPUTS[-1], abs=1e-10)
    two = viqueira(2, [0.0, *np.linspace(0.1, 6.1, 38)])
    found = states_of(two, VIQUEIRA_WINDOW)[:, -1]
    np.testing.assert_allclose(found, VIQUEIRA_TWO, atol=1e-10)


def test_viqueira_qrnn_in_qutip():
    weights = model(ViqueiraQRNN, 2)
    angles = iter(np.asarray(weights.angles))
    gates = []
    for _ in range(3):
        gates += [rotation(a, next(angles), q, 4) for q in range(4) for a in "XZ"]
        gates += [controlled(PAULI["Z"], [q], q + 1, 4) for q in range(3)]
    gates += [rotation("X", next(angles), q, 4) for q in range(2)]
    assert next(angles, None) is None
    memory, rows = qutip.tensor(ZERO, ZERO), []
    for values in TWO:
        turns = []
        for q, x in enumerate(values):
            turns.append(rotation("Y", x, q, 4))
            for a, b in np.asarray(weights.encoding)[q]:
                turns += [rotation("X", a, q, 4), rotation("Z", b, q, 4), rotation("Y", x, q, 4)]
        unitary = chain(turns + gates)
        rho = unitary * qutip.tensor(ZERO, ZERO, memory) * unitary.dag()
        memory = rho.ptrace([2, 3])
        both = qutip.expect(qutip.tensor(PAULI["Z"], PAULI["Z"]), rho.ptrace([0, 1]))
        rows.append([*strings_of(memory), both])
    found = states_of(weights, TWO)
    np.testing.assert_allclose(found, rows, atol=1e-10)
    assert forecast(weights, TWO) == pytest.approx(both + float(weights.offset), abs=1e-10)


# Bausch's cell ------------------------------------------------------------------------------------

FLIP = rotation("Y", np.pi, 0, 1)  # -iY


def selected(ket, qubit):
    """Return a ket after finding a qubit in 0."""
    return (on({qubit: ZERO}, len(ket.dims[0])) * ket).unit()


def neuron(ket, weights, out, sources, ancillas):
    """Return a ket after a quantum neuron with all its ancillas, postselected as in the paper."""
    qubits = len(ket.dims[0])
    subsets = [s for size in range(3) for s in combinations(sources, size)]
    angles = [weight + BIAS * (not s) for weight, s in zip(weights, subsets, strict=True)]
    turns = [
        controlled(rotation("Y", angle, 0, 1), subset, ancillas[0], qubits)
        for angle, subset in zip(angles, subsets, strict=True)
    ]
    lanes = [*ancillas, out]

    def amplified(ket, order, back):
        gates = [controlled(FLIP, [lanes[order]], lanes[order + 1], qubits)]
        gates = [gate.dag() for gate in gates] if back else gates
        if order == 0:
            ket = chain([ket, *turns, *gates, *(turn.dag() for turn in reversed(turns))])
        else:
            ket = amplified(ket, order - 1, False)
            ket = chain([ket, *gates])
            ket = amplified(ket, order - 1, True)
        return selected(ket, ancillas[order])

    return amplified(ket, len(ancillas) - 1, False)


@pytest.mark.parametrize("half", [0.2, 0.7, 0.9, 1.3])
def test_neuron_turns_by_the_closed_form(half):
    """|0> becomes cos f |0> + sin f |1> with f = arctan(tan(half)**(2**order)), as in the paper."""
    weights = jnp.array([2 * half - BIAS])
    state = turned(jnp.array([1.0, 0.0]), 0, *powers(weights, jnp.zeros(0), 0))
    angle = np.arctan(np.tan(half) ** (2**ORDER))
    np.testing.assert_allclose(state, [np.cos(angle), np.sin(angle)], atol=1e-12)


def test_neuron_is_the_circuit_with_its_ancillas():
    rng = np.random.default_rng(5)
    amplitudes, weights = rng.normal(size=8), rng.normal(size=4)
    amplitudes /= np.linalg.norm(amplitudes)
    ket = qutip.tensor(qutip.Qobj(amplitudes, dims=[[2] * 3, [1] * 3]), qutip.basis([2, 2], [0, 0]))
    wanted = neuron(ket, weights, 1, [0, 2], [3, 4]).full().ravel()
    found = turned(jnp.asarray(amplitudes.reshape(2, 2, 2)), 1, *powers(weights, jnp.zeros(0), 2))
    np.testing.assert_allclose(wanted[::4], found.ravel(), atol=1e-10)
    assert np.linalg.norm(wanted[::4]) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("bits", [(0, 1), (1, 1), (1, 0)])
def test_rvqe_with_bits_is_the_original_cell(bits):
    """With its input qubit, number 3, flipped by X, and with ancillas 4 and 5, in QuTiP."""
    weights = jax.tree.map(np.asarray, model(RVQE))
    ket = qutip.basis([2] * 6, [0] * 6)
    rows = []

    def layer(ket, neurons):
        for out in range(WORKSPACE):
            sources = [q for q in range(WORKSPACE + 1) if q != out]
            ket = neuron(ket, neurons[out], out, sources, [4, 5])
        return ket

    for bit in bits:
        flip = on({3: PAULI["X"]} if bit else {}, 6)
        ket = layer(flip * ket, weights.first)
        turns = [rotation("Y", angle, q, 6) for q, angle in enumerate(weights.rotations[0])]
        ket = flip * layer(chain([ket, *turns]), weights.later[0])
        rows.append(ket.full().real.ravel()[::8])
    found = model(RVQE)
    window = 2.0 * np.array(bits) - 1
    np.testing.assert_allclose(states_of(found, window), rows, atol=1e-10)
    ket = neuron(ket, weights.last, 3, [0, 1, 2], [4, 5])
    wanted = weights.output @ [1, qutip.expect(ONE, ket.ptrace(3))]
    assert forecast(found, window) == pytest.approx(wanted, abs=1e-10)


# The reservoirs -----------------------------------------------------------------------------------


def inputs(n=12, seed=3):
    return np.random.default_rng(seed).uniform(-1, 1, n)


RESERVOIRS = [quantum_reservoir.reservoir_states, quantum_reservoir.echo_states]


@pytest.mark.parametrize("states", RESERVOIRS)
def test_reservoirs_are_causal_and_repeat(states):
    values = inputs()
    once = states(values, np.random.default_rng(1))
    np.testing.assert_array_equal(once, states(values, np.random.default_rng(1)))
    assert once.shape == (12, 50)
    assert abs(once).max() <= 1
    changed = states(np.where(np.arange(12) == 7, 0.0, values), np.random.default_rng(1))
    np.testing.assert_array_equal(changed[:7], once[:7])
    assert abs(changed[7:] - once[7:]).max(axis=1).min() > 1e-9
    assert abs(states(values, np.random.default_rng(2)) - once).max() > 1e-3


@pytest.mark.parametrize("states", RESERVOIRS)
def test_memory_of_reservoirs_fades(states):
    """The echo state property: two pasts are forgotten, exponentially in the end."""
    ends = inputs(300)
    one, other = (
        states(np.array([*start, *ends]), np.random.default_rng(0))
        for start in ([1.0, 1.0, -1.0], [-1.0, 0.5, 1.0])
    )
    distance = abs(one - other).max(axis=1)[3:]
    assert distance[0] > 0.01
    assert distance[60] < 0.05 * distance[0]
    assert distance[-1] < 1e-6


@pytest.mark.parametrize("states", RESERVOIRS)
def test_reservoirs_refuse_a_table(states):
    with pytest.raises(ValueError, match=r"inputs must have shape \(n,\), got \(3, 2\)"):
        states(np.zeros((3, 2)), np.random.default_rng(0))


def test_quantum_reservoir_in_qutip():
    """The reset as a partial trace, and evolution by matrix exponentials."""
    settings = {"qubits": 3, "nodes": 2, "interval": 1.4, "coupling": 0.8, "field": 0.6}
    rng = np.random.default_rng(4)
    couplings = {pair: 0.8 * rng.uniform(-1, 1) for pair in combinations(range(3), 2)}
    energy = sum(0.6 * on({q: PAULI["Z"]}, 3) for q in range(3))
    energy += sum(j * on(dict.fromkeys(pair, PAULI["X"]), 3) for pair, j in couplings.items())
    half = (-0.7j * energy).expm()
    rho, rows = qutip.tensor(ZERO, ZERO, ZERO), []
    for x in inputs(5):
        s = (1 + x) / 2
        fresh = np.sqrt(1 - s) * qutip.basis(2, 0) + np.sqrt(s) * qutip.basis(2, 1)
        rho = qutip.tensor(fresh.proj(), rho.ptrace([1, 2]))
        row = []
        for _ in range(2):
            rho = half * rho * half.dag()
            row += [z_of(rho, q) for q in range(3)]
        rows.append(row)
    found = quantum_reservoir.reservoir_states(inputs(5), np.random.default_rng(4), **settings)
    np.testing.assert_allclose(found, rows, atol=1e-10)


def test_quantum_reservoir_without_couplings_shows_its_input():
    """Z then commutes with the energy: the first qubit shows 1 - 2s, the others stay at 1."""
    values = inputs()
    rng = np.random.default_rng(0)
    found = quantum_reservoir.reservoir_states(values, rng, coupling=0.0).reshape(12, 10, 5)
    np.testing.assert_allclose(found[:, :, 0], -np.repeat(values[:, None], 10, 1), atol=1e-12)
    np.testing.assert_allclose(found[:, :, 1:], 1, atol=1e-12)


def test_quantum_reservoir_clips_what_is_outside():
    given, clipped = np.array([2.0, -3.0, 0.5]), np.array([1.0, -1.0, 0.5])
    for states in RESERVOIRS:
        np.testing.assert_array_equal(
            states(given, np.random.default_rng(0)), states(clipped, np.random.default_rng(0))
        )


def test_echo_state_network_has_its_spectral_radius():
    """Near 0, where tanh is linear, a pulse fades by the radius at each step, on average."""
    pulse = np.array([1.0, *np.zeros(60)])
    found = [
        quantum_reservoir.echo_states(x, np.random.default_rng(6), scale=1e-9, radius=0.8)
        for x in (pulse, 0 * pulse)
    ]
    sizes = np.linalg.norm(found[0] - found[1], axis=1)
    assert (sizes[60] / sizes[10]) ** (1 / 50) == pytest.approx(0.8, abs=0.02)
