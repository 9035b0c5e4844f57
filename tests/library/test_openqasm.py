"""The cell as a dynamic circuit: read back by Qiskit's own importer, and run on Qiskit Aer.

Aer knows nothing of this library. Its density matrices must agree with the QuTiP cell's to
rounding, and its shots to within their own scatter.
"""

import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import openqasm3
import pytest
import qiskit.qasm3
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2
from random_cells import close, random_weights, seeds
from scipy.stats import chisquare

from qrnnlib import (
    CellDesign,
    MeasuredCell,
    Noise,
    QuantumLSTM,
    outputs_from_counts,
    to_aer_noise_model,
    to_openqasm3,
    to_qiskit,
)
from qrnnlib.cell.design import ANSATZE, DISENTANGLERS, ENCODINGS, READOUTS
from qrnnlib.hardware import dynamic_circuit, openqasm
from qrnnlib.hardware.dynamic_circuit import STANDARD_NAMES
from qrnnlib.physics import gate_set

#: A mean of shots may be off by this many of its standard errors.
STANDARD_ERRORS = 5
#: A test of sampled histories fails at a p-value below this.
SMALLEST_P = 1e-6

unhurried = settings(deadline=None, max_examples=40)


def random_design(rng, **rules):
    """Draw a cell of at most five qubits."""

    def pick(options):
        return options[rng.integers(len(options))]

    system = int(rng.integers(1, 4))
    drawn = {
        "system_qubits": system,
        "memory_qubits": int(rng.integers(1, min(3, 5 - system) + 1)),
        "layers": int(rng.integers(1, 3)),
        "encoding": pick(ENCODINGS),
        "ansatz": pick(ANSATZE),
        "disentangler": pick([*DISENTANGLERS, None]),
        "readout": pick(READOUTS),
        "collapse": "channel",
    }
    return CellDesign(**{**drawn, **rules})


def random_run(seed, steps=None, **rules):
    """Draw a cell and a window."""
    rng = np.random.default_rng(seed)
    design = random_design(rng, **rules)
    steps = int(rng.integers(2, 6)) if steps is None else steps
    x = rng.uniform(-2, 2, steps if design.features == 1 else (steps, design.features))
    return MeasuredCell(random_weights(design, seed), design, random_state=seed), x


def with_rule(cell, collapse):
    """Return the same weights under another rule."""
    return MeasuredCell(cell.weights, replace(cell.design, collapse=collapse))


# What Aer says --------------------------------------------------------------------------------


def run_on_aer(circuit, shots, seed, **options):
    """Return the counts of a circuit as {outcomes of all steps: how often}, first step first."""
    # From one shot to the next Aer counts its seed up: neighbouring seeds share all but one.
    simulator = AerSimulator(
        method="statevector", max_parallel_threads=1, seed_simulator=1_000_003 * seed, **options
    )
    counts = simulator.run(circuit, shots=shots).result().get_counts()
    return {
        tuple(int(word, 2) for word in key.split()[::-1]): n for key, n in counts.items()
    }, counts


def exact_probabilities(circuit, **options):
    """Return the probabilities of the outcomes of every step, without a single random number.

    Measuring, forgetting the result and resetting is resetting: so the measurements are replaced
    by a look at the density matrix.
    """
    system = circuit.qregs[0]
    watched = circuit.copy_empty_like()
    steps = 0
    for instruction in circuit.data:
        if instruction.operation.name != "measure":
            watched.append(instruction)
        elif instruction.qubits[0] == system[0]:
            watched.save_probabilities(system[::-1], label=str(steps))  # ours is Qiskit's reversed
            steps += 1
    simulator = AerSimulator(method="density_matrix", max_parallel_threads=1, **options)
    data = simulator.run(watched, shots=1).result().data()
    return np.array([data[str(t)] for t in range(steps)])


def steps_of(circuit):
    """Return the unitary part of every step of a circuit, as our matrices."""
    system = circuit.qregs[0]
    parts = []
    for instruction in circuit.data:
        if instruction.operation.name == "reset" and instruction.qubits[0] == system[0]:
            parts.append(circuit.copy_empty_like())
        if instruction.operation.name not in ("reset", "measure"):
            parts[-1].append(instruction)
    for part in parts:
        part.remove_final_measurements()
    return [Operator(part.reverse_bits()).data for part in parts]


# The circuit itself ---------------------------------------------------------------------------


@unhurried
@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(
            st.floats(-1, 1).map(lambda a: a if abs(a) > 1e-9 else 0.0),
            min_size=2**n,
            max_size=2**n,
        ).filter(any)
    )
)
def test_amplitudes_are_prepared_with_their_signs(amplitudes):
    vector = np.array(amplitudes) / np.linalg.norm(amplitudes)
    circuit, angles = dynamic_circuit._amplitudes(vector)
    assert close(circuit.to_qobj(angles).full()[:, 0], vector)
    names = [gate.name for gate in circuit.gates]
    assert names.count("RY") == len(vector) - 1
    assert names.count("CNOT") == len(names) - names.count("RY") == len(vector) - 2


@pytest.mark.parametrize("encoding", ENCODINGS)
@unhurried
@given(seed=seeds, x=st.floats(-40, 40))
def test_encoding_is_the_cells(encoding, seed, x):
    cell, _ = random_run(seed, encoding=encoding)
    circuit, angles = dynamic_circuit._encoding(cell, np.array([x]))
    assert close(circuit.to_qobj(angles).full()[:, [0]], cell.encode(x).full())


@pytest.mark.parametrize("name", [*gate_set.ROTATIONS, *gate_set.FIXED_GATES])
def test_every_gate_means_the_same_in_both_languages(name):
    angle = 0.7 if name in gate_set.ROTATIONS else None
    qubits = gate_set.gate_qubits(name)
    written = "" if angle is None else f"({angle})"
    text = "\n".join(
        [
            'OPENQASM 3.0;\ninclude "stdgates.inc";',
            openqasm._DEFINITIONS.get(name, ""),
            f"qubit[{qubits}] q;",
            f"{STANDARD_NAMES[name]}{written} {', '.join(f'q[{i}]' for i in range(qubits))};",
        ]
    )
    ours = Operator(gate_set.gate(name, angle).full())
    assert ours.equiv(Operator(qiskit.qasm3.loads(text).reverse_bits()))
    circuit = qiskit.QuantumCircuit(qubits)
    arguments = [] if angle is None else [angle]
    getattr(circuit, STANDARD_NAMES[name])(*arguments, *range(qubits))
    assert ours.equiv(Operator(circuit.reverse_bits()))


def same_circuit(seed, **rules):
    """Compare the two forms of one random model with each other and with the cell."""
    cell, x = random_run(seed, **rules)
    parsed = qiskit.qasm3.loads(to_openqasm3(cell, x))
    built = to_qiskit(cell, x)
    assert (parsed.qregs, parsed.cregs) == (built.qregs, built.cregs)
    for one, other in zip(parsed.data, built.data, strict=True):
        assert (one.qubits, one.clbits) == (other.qubits, other.clbits)
        assert one.operation.name == other.operation.name
        assert one.operation.params == other.operation.params  # to the last digit
    joint = cell.unitary().full()
    memory = np.eye(cell.design.memory_dim)
    for value, text, circuit in zip(x, steps_of(parsed), steps_of(built), strict=True):
        assert close(text, circuit)
        # The system starts as |0...0>, which are the first columns.
        wanted = joint @ np.kron(cell.encode(value).full(), memory)
        assert close(circuit[:, : cell.design.memory_dim], wanted)


@pytest.mark.parametrize("seed", range(12))
def test_the_text_is_the_circuit_and_the_circuit_the_cell(seed):
    same_circuit(seed)


def with_include(text):
    """Qiskit's reader knows no gate by itself."""
    return text.replace(";", ';include "stdgates.inc";', 1)


def without_include(seed, **rules):
    """Compare a program without the include with the circuit; return how many steps were."""
    cell, x = random_run(seed, **rules)
    n, steps = cell.design.system_qubits, len(x)
    parsed = qiskit.qasm3.loads(with_include(to_openqasm3(cell, x, include=False)))
    assert [(register.name, register.size) for register in parsed.cregs] == [
        ("outcomes", n * steps)
    ]
    for one, other in zip(steps_of(parsed), steps_of(to_qiskit(cell, x)), strict=True):
        assert Operator(one).equiv(Operator(other))  # but for a phase, which no outcome shows
    measured = [
        (parsed.find_bit(each.qubits[0]).index, parsed.find_bit(each.clbits[0]).index)
        for each in parsed.data
        if each.operation.name == "measure"
    ]
    wanted = [(q, n * (steps - 1 - t) + q) for t in range(steps) for q in range(n)]
    assert measured == wanted
    return steps


@pytest.mark.parametrize("seed", range(8))
def test_a_program_without_the_include_is_the_circuit(seed):
    without_include(seed)


@pytest.mark.parametrize("ansatz", ANSATZE)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_without_the_include_there_is_only_what_other_readers_know(ansatz, encoding):
    """Braket 1.41 and PennyLane 0.45 know these by themselves; both lack the library."""
    cell, x = random_run(1, ansatz=ansatz, encoding=encoding, system_qubits=2)
    text = to_openqasm3(cell, x, include=False)
    statements = openqasm3.parse(text).statements
    kinds = {type(one).__name__ for one in statements}
    declarations = {"QubitDeclaration", "ClassicalDeclaration"}
    assert kinds <= {*declarations, "QuantumReset", "QuantumGate", "QuantumMeasurementStatement"}
    gates = {one.name.name for one in statements if isinstance(one, openqasm3.ast.QuantumGate)}
    assert gates <= {"rx", "ry", "rz", "x", "h", "cz", "swap"}
    # One register of bits, and no qubit measured by itself.
    assert text.count("bit[") == 3
    assert text.count(" = measure system;") == text.count("measure ") == len(x)


def test_include_is_yes_or_no():
    cell, x = random_run(1)
    with pytest.raises(TypeError, match="include must be a bool, got 'no'"):
        to_openqasm3(cell, x, include="no")


def foreign_run():
    """A cell that reaches every kind of gate, a window, and its program for other readers."""
    rules = {"ansatz": "canonical", "encoding": "amplitude", "disentangler": "inverse"}
    cell, x = random_run(5, system_qubits=2, memory_qubits=2, steps=3, **rules)
    return cell, x, to_openqasm3(cell, x, include=False)


def test_brakets_simulator_runs_it():
    """Where it is installed: its records are what the outputs are made of."""
    braket = pytest.importorskip("braket.default_simulator", reason="Braket is not installed")
    from braket.ir.openqasm import Program

    cell, x, text = foreign_run()
    shots = 2000
    found = braket.StateVectorSimulator().run(Program(source=text), shots=shots)
    counts = Counter("".join(record) for record in found.measurements)
    assert max(off_by(cell, x, counts, shots)) < 1


def test_pennylane_reads_it():
    """Where it is installed: gate by gate it is the circuit."""
    pennylane = pytest.importorskip("pennylane", reason="PennyLane is not installed")
    cell, x, text = foreign_run()
    with pennylane.tape.QuantumTape() as tape:
        pennylane.from_qasm3(text)()
    design = cell.design
    wires = [f"system[{q}]" for q in range(design.system_qubits)]
    wires += [f"memory[{q}]" for q in range(design.memory_qubits)]
    steps, measured = [], []
    for operation in tape.operations:
        if not hasattr(operation, "reset"):
            steps[-1] = pennylane.matrix(operation, wire_order=wires) @ steps[-1]
        elif operation.reset and operation.wires[0] == wires[0]:
            steps.append(np.eye(2**design.qubits))
        elif not operation.reset:
            measured.append(operation.wires[0])
    for one, other in zip(steps, steps_of(to_qiskit(cell, x)), strict=True):
        assert Operator(one).equiv(Operator(other))
    assert measured == len(x) * wires[: design.system_qubits]


def test_angles_are_read_back_to_the_last_digit():
    angles = [[5e-324, -1.7976931348623157e308], [1 / 3, -2e-17], [-0.0, 12345678.9]]
    cell = MeasuredCell(
        {"entangler": angles},
        CellDesign(1, 1, layers=3, encoding="angle", disentangler=None),
    )
    circuit = qiskit.qasm3.loads(to_openqasm3(cell, [0.1]))
    turns = [gate.operation.params for gate in circuit.data if gate.operation.name == "ry"]
    assert turns[1:] == [[angle] for row in angles for angle in row]


def test_an_estimator_is_its_cell():
    design = CellDesign()
    cell, x = random_run(3, system_qubits=2, memory_qubits=2, layers=2)
    weights = random_weights(design, 3)
    cell = MeasuredCell(weights, design)
    settings_of_it = QuantumLSTM.paper("conference").get_params()
    model = QuantumLSTM.from_weights(weights, **settings_of_it)
    assert to_openqasm3(model, x) == to_openqasm3(cell, x)
    assert to_qiskit(model, x) == to_qiskit(cell, x)


# Against the cell -----------------------------------------------------------------------------


def exact_channel(seed, **rules):
    """Compare Aer's density matrices with the cell's under the channel rule."""
    cell, x = random_run(seed, **rules)
    wanted = np.array([step.probabilities for step in cell.run(x)])
    assert np.allclose(exact_probabilities(to_qiskit(cell, x)), wanted, rtol=0, atol=1e-10)
    return wanted.size


@pytest.mark.parametrize("seed", range(20))
def test_exact_probabilities_are_the_channels(seed):
    exact_channel(seed)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_several_features_are_encoded_as_in_the_cell(encoding):
    rules = {"system_qubits": 3, "memory_qubits": 1, "features": 2, "encoding": encoding}
    exact_channel(0, **rules)
    same_circuit(0, **rules)


def allowed(variance, spread, shots):
    """Return how far a mean of independent shots may be off.

    Bernstein's inequality: beyond this with probability below 2 exp(-25/2), however few shots
    there are and however lopsided their outcomes (see README.md).
    """
    return STANDARD_ERRORS * np.sqrt(variance / shots) + STANDARD_ERRORS**2 / 3 * spread / shots


def outcome_values(cell):
    """Return what the readout makes of each outcome."""
    if cell.design.readout == "z":
        return cell.design.signs[:, -1]
    return cell.design.signs @ cell.weights["readout_weight"] + cell.weights["readout_bias"]


def off_by(cell, x, counts, shots):
    """Return by how much of what is allowed the mean output of each step is off."""
    steps = cell.run(x)
    outputs, _ = outputs_from_counts(cell, counts)
    values = outcome_values(cell)
    spread = values.max() - values.min()
    variance = np.array([step.probabilities @ (values - step.output) ** 2 for step in steps])
    wanted = np.array([step.output for step in steps])
    return abs(outputs - wanted) / allowed(variance, spread, shots)


def shots_agree(seed, shots):
    """Compare sampled mean outputs with the channel's; return how many shots were compared."""
    cell, x = random_run(seed)
    _, counts = run_on_aer(to_qiskit(cell, x), shots, seed)
    assert max(off_by(cell, x, counts, shots)) < 1
    return shots * len(x)


@pytest.mark.parametrize("seed", range(20))
def test_mean_outputs_of_shots_are_the_channels(seed, count):
    count("outcomes of shots compared with the channel", shots_agree(seed, shots=2000))


@pytest.mark.parametrize("seed", range(4))
def test_counts_of_qiskits_sampler_give_the_same(seed):
    """Of all registers at once, in one record without blanks, and of each by itself."""
    cell, x = random_run(seed, steps=3)
    circuit = to_qiskit(cell, x)
    data = SamplerV2(seed=seed).run([circuit], shots=300).result()[0]
    joined = data.join_data().get_counts()
    assert not any(" " in record for record in joined)
    outputs, errors = outputs_from_counts(cell, joined)
    n = cell.design.system_qubits
    apart = {
        " ".join(record[at : at + n] for at in range(0, n * len(x), n)): number
        for record, number in joined.items()
    }
    for one, other in zip(outputs_from_counts(cell, apart), (outputs, errors), strict=True):
        assert one.tolist() == other.tolist()
    for t in range(len(x)):
        alone = data.data[f"step_{t}"].get_counts()
        (output,), (error,) = outputs_from_counts(cell, alone)
        assert (output, error) == pytest.approx((outputs[t], errors[t]))


def exact_histories(cell, x):
    """Return the probability of every history, from the cell's own steps."""
    branches = {(): (1.0, None)}
    for value in x:
        longer = {}
        for history, (probability, memory) in branches.items():
            for outcome, chance in enumerate(cell.step(value, memory).probabilities):
                if chance > 1e-12:
                    after = cell.step(value, memory, outcome).next_memory
                    longer[*history, outcome] = (probability * chance, after)
        branches = longer
    return {history: probability for history, (probability, _) in branches.items()}


def p_value(exact, seen, shots):
    """Return the p-value of Pearson's test; rare histories are counted as one."""
    common = [history for history, probability in exact.items() if probability * shots >= 10]
    expected = [exact[history] * shots for history in common]
    observed = [seen.get(history, 0) for history in common]
    rest = shots - sum(expected)
    if rest >= 10:
        expected.append(rest)
        observed.append(shots - sum(observed))
    else:  # too rare for a class of their own: to the largest
        largest = int(np.argmax(expected))
        expected[largest] += rest
        observed[largest] += shots - sum(observed)
    return chisquare(observed, expected).pvalue if len(expected) > 1 else 1.0


def histories_agree(seed, shots, noise=None):
    """Compare sampled histories with their exact probabilities; return how many were compared."""
    rules = {"system_qubits": 1 + seed % 2, "collapse": "sampled", "noise": noise}
    cell, x = random_run(seed, steps=3, **rules)
    options = {} if noise is None else {"noise_model": to_aer_noise_model(noise)}
    seen, _ = run_on_aer(to_qiskit(cell, x), shots, seed, **options)
    exact = exact_histories(cell, x)
    assert sum(exact.values()) == pytest.approx(1)
    assert p_value(exact, seen, shots) > SMALLEST_P
    return shots


@pytest.mark.parametrize("seed", range(8))
def test_histories_have_the_cells_probabilities(seed, count):
    count("histories of shots compared with the sampled rule", histories_agree(seed, shots=4000))


@pytest.mark.parametrize("seed", range(4))
def test_most_likely_is_what_the_kept_shots_do(seed):
    """Of the shots that went with the most probable outcomes, as the module's notes say."""
    shots = 4000
    cell, x = random_run(seed, steps=4, system_qubits=1, collapse="most_likely")
    seen, _ = run_on_aer(to_qiskit(cell, x), shots, seed)
    values = outcome_values(cell)
    spread = values.max() - values.min()
    kept = seen
    for t, step in enumerate(cell.run(x)):
        number = sum(kept.values())
        mean = sum(n * values[history[t]] for history, n in kept.items()) / number
        variance = step.probabilities @ (values - step.output) ** 2
        assert abs(mean - step.output) < allowed(variance, spread, number)
        kept = {history: n for history, n in kept.items() if history[t] == step.outcome}
        share = step.probabilities[step.outcome]
        assert abs(sum(kept.values()) / number - share) < allowed(share * (1 - share), 1, number)


# With noise -----------------------------------------------------------------------------------


def random_noise(seed):
    """Draw rates of which every second is zero on average."""
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0, 0.3, 4) * rng.integers(0, 2, 4)
    return Noise(*rates, one_qubit_factor=rng.uniform())


def noisy_agree(seed, shots):
    """Compare a noisy cell with Aer under its own noise model, exactly and by shots."""
    noise = random_noise(seed)
    cell, x = random_run(seed, steps=3, noise=noise)
    circuit, model = to_qiskit(cell, x), to_aer_noise_model(noise)
    # Aer looks at the qubits and errs only in what it writes down, so the look is ours to blur.
    wanted = np.array([step.probabilities for step in cell.run(x)])
    blur = noise.confusion(cell.design.system_qubits)
    assert np.allclose(exact_probabilities(circuit, noise_model=model) @ blur, wanted, atol=1e-10)
    _, counts = run_on_aer(circuit, shots, seed, noise_model=model)
    assert max(off_by(cell, x, counts, shots)) < 1
    return shots * len(x)


@pytest.mark.parametrize("seed", range(12))
def test_noise_is_aers(seed, count):
    count("outcomes of noisy shots compared with the noisy cell", noisy_agree(seed, shots=500))


@pytest.mark.parametrize("seed", range(4))
def test_noisy_histories_have_the_cells_probabilities(seed, count):
    """A kept outcome is the reported one: the memory that goes with it is a mixture."""
    noise = Noise(0.1, 0.05, 0.1, readout_error=0.2)
    number = histories_agree(seed, shots=1000, noise=noise)
    count("noisy histories compared with the sampled rule", number)


def test_a_wrong_rate_of_noise_is_noticed():
    """Each rate counts: another one's place, or half as much, and the two no longer agree."""
    cell, x = random_run(0, system_qubits=2, memory_qubits=2, encoding="angle", layers=1)
    rates = {"depolarizing": 0.1, "dephasing": 0.2, "amplitude_damping": 0.3, "readout_error": 0.1}
    rates["one_qubit_factor"] = 0.5
    noisy = MeasuredCell(cell.weights, replace(cell.design, noise=Noise(**rates)))
    wanted = np.array([step.probabilities for step in noisy.run(x)])

    def off(**changed):
        noise = Noise(**{**rates, **changed})
        found = exact_probabilities(to_qiskit(cell, x), noise_model=to_aer_noise_model(noise))
        return abs(found @ noise.confusion(2) - wanted).max()

    assert off() < 1e-10
    for name, rate in rates.items():
        assert off(**{name: rate / 2}) > 1e-4, name
    assert off(dephasing=0.3, amplitude_damping=0.2) > 1e-3


def test_only_noise_makes_a_noise_model(monkeypatch):
    with pytest.raises(TypeError, match=r"noise must be a Noise, got float"):
        to_aer_noise_model(0.1)
    monkeypatch.setitem(sys.modules, "qiskit_aer", None)
    with pytest.raises(ImportError, match=r"pip install 'qrnnlib\[hardware\]'"):
        to_aer_noise_model(Noise())


# The comparisons can fail ---------------------------------------------------------------------


def without_first_of(circuit, name, number, skip=0):
    """Return the circuit without some of its instructions of one name."""
    at = [i for i, each in enumerate(circuit.data) if each.operation.name == name]
    less = circuit.copy()
    for i in sorted(at[skip : skip + number], reverse=True):
        del less.data[i]
    return less


def faulty_circuits(cell, x):
    """Return circuits with one fault each."""
    circuit = to_qiskit(cell, x)
    n_s, n_m = cell.design.system_qubits, cell.design.memory_qubits
    bits_reversed, memory_lost = circuit.copy_empty_like(), circuit.copy_empty_like()
    resets = 0
    for each in circuit.data:
        clbits = each.clbits
        if clbits:
            register = circuit.find_bit(clbits[0]).registers[0][0]
            clbits = [register[n_s - 1 - list(register).index(clbits[0])]]
        bits_reversed.append(each.operation, each.qubits, clbits)
        memory_lost.append(each)
        resets += each.operation.name == "reset"
        if resets == n_m + 2 * n_s and each.operation.name == "reset":
            memory_lost.reset(circuit.qregs[1])  # before step 1
    # Most significant last: what a reader of basis states in Qiskit's order would build.
    qubits_reversed = circuit.copy_empty_like()
    for each in circuit.data:
        on = [circuit.qubits[n_s + n_m - 1 - circuit.find_bit(q).index] for q in each.qubits]
        keep = each.operation.name in ("reset", "measure")
        qubits_reversed.append(each.operation, each.qubits if keep else on, each.clbits)
    return {
        "qubits in Qiskit's order": qubits_reversed,
        "bits the wrong way round": bits_reversed,
        "no reset of the system": without_first_of(circuit, "reset", n_s, skip=n_m + n_s),
        "memory lost": memory_lost,
    }


@pytest.mark.parametrize(
    "fault",
    [
        "qubits in Qiskit's order",
        "bits the wrong way round",
        "no reset of the system",
        "memory lost",
    ],
)
def test_a_fault_is_noticed_by_every_comparison(fault):
    rules = {"system_qubits": 2, "memory_qubits": 2, "layers": 1, "encoding": "angle"}
    rules |= {"ansatz": "canonical", "disentangler": None, "readout": "linear"}
    cell, x = random_run(0, steps=3, **rules)
    faulty = faulty_circuits(cell, x)[fault]
    shots = 4000
    seen, counts = run_on_aer(faulty, shots, seed=0)
    assert max(off_by(cell, x, counts, shots)) > 1
    assert p_value(exact_histories(with_rule(cell, "sampled"), x), seen, shots) < SMALLEST_P
    if fault != "bits the wrong way round":  # it has no bits
        wanted = np.array([step.probabilities for step in cell.run(x)])
        assert not np.allclose(exact_probabilities(faulty), wanted, rtol=0, atol=1e-3)


# Words ----------------------------------------------------------------------------------------


def test_steps_are_named_and_numbered():
    cell, _ = random_run(0, system_qubits=2, memory_qubits=1)
    text = to_openqasm3(cell, [0.25, -1.5])
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("bit")] == [
        "bit[2] step_0;",
        "bit[2] step_1;",
    ]
    assert [line for line in lines if line.startswith("// step")] == [
        "// step 0: x = 0.25",
        "// step 1: x = -1.5",
    ]
    at = [lines.index(f"// {part}") for part in ("encode", "entangle", "measure")]
    assert all(a < b for a, b in pairwise(at))
    assert lines[-2:] == ["step_1[1] = measure system[0];", "step_1[0] = measure system[1];"]


@pytest.mark.parametrize("write", [to_openqasm3, to_qiskit])
def test_what_is_no_circuit_is_refused(write):
    cell, x = random_run(0)
    with pytest.raises(ValueError, match=r"by measurement to be exported, got .*'diagonal'"):
        write(with_rule(cell, "diagonal"), x)
    with pytest.raises(TypeError, match="model must be a MeasuredCell or a fitted"):
        write(cell.weights, x)
    with pytest.raises(ValueError, match="x must hold at least one value, got none"):
        write(cell, [])
    with pytest.raises(ValueError, match="x must be finite, got nan at index 1"):
        write(cell, [0.0, np.nan])
    with pytest.raises(ValueError, match="x must have shape"):
        write(cell, [x])


def test_without_qiskit_there_is_a_sentence_and_there_is_text(monkeypatch):
    monkeypatch.setitem(sys.modules, "qiskit", None)
    cell, x = random_run(0)
    with pytest.raises(ImportError, match=r"pip install 'qrnnlib\[hardware\]'"):
        to_qiskit(cell, x)
    assert to_openqasm3(cell, x).startswith("OPENQASM 3.0;")


def test_outputs_of_a_linear_readout():
    design = CellDesign(readout="linear")
    weights = random_weights(design, 0)
    weights |= {"readout_weight": [0.5, 2.0], "readout_bias": 1.0}
    outputs, errors = outputs_from_counts(MeasuredCell(weights, design), {"10": 3, "01": 1})
    # 10: -0.5 + 2 + 1; 01: 0.5 - 2 + 1
    assert outputs == pytest.approx([(3 * 2.5 - 0.5) / 4])
    assert errors == pytest.approx([np.sqrt((3 * 0.75**2 + 2.25**2) / 4 / 4)])


@pytest.mark.parametrize(
    "counts",
    [
        {},
        {"00": 0},
        {"0": 3},
        {"00 00": 1, "00": 2},
        {"0a": 1},
        {"": 1},
        {"0 0 0": 1},
        "00",
        {"00": 0.5},
        {"000": 1},
        {"0000": 1, "00": 1},
        {"00 0000": 1},
        {0: 1},
        {"0x2": 1},
    ],
)
def test_counts_of_another_circuit_are_refused(counts):
    with pytest.raises((TypeError, ValueError), match="counts must"):
        outputs_from_counts(MeasuredCell(random_weights(CellDesign(), 0)), counts)


# Long forms -----------------------------------------------------------------------------------


@pytest.mark.soak
def test_many_circuits_at_length(count):
    for seed in range(100, 400):
        same_circuit(seed)
        count("steps of programs without the include", without_include(seed))
        count("circuits equal in text, in Qiskit and in the cell")
        count("exact probabilities compared with Aer", exact_channel(seed))


@pytest.mark.soak
def test_many_shots_at_length(count):
    for seed in range(100, 200):
        count("outcomes of shots compared with the channel", shots_agree(seed, shots=20_000))


@pytest.mark.soak
def test_many_histories_at_length(count):
    for seed in range(100, 150):
        count("histories of shots compared with the sampled rule", histories_agree(seed, 50_000))


@pytest.mark.soak
def test_much_noise_at_length(count):
    for seed in range(100, 180):
        number = noisy_agree(seed, shots=2000)
        count("outcomes of noisy shots compared with the noisy cell", number)
        number = histories_agree(seed, 5000, noise=random_noise(seed))
        count("noisy histories compared with the sampled rule", number)
