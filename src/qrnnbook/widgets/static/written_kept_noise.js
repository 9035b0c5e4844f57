// Written and kept with its last layer: noise after every gate on two qubits.
import { densityOf, encode } from "./algebra.js";
import { shown, slider } from "./drawing.js";
import { anglesOf, leftOf } from "./gate_triangle.js";
import { LATER, told, withLayer } from "./kept_figure.js";
import { distance, expectations, memories, receivedCircuit } from "./noise.js";
import { cellOf, distances, pasts } from "./two_pasts.js";

const PAULIS = ["XX", "YY", "ZZ"];

/** The gates of a step: the entangler's three, and those of the disentangler in reverse. */
function gatesOf(angles, undone) {
  const coupling = (pauli, angle) => ({ rotations: [[pauli, -angle]], touches: [0, 1] });
  const there = PAULIS.map((pauli, k) => coupling(pauli, angles[k]));
  const back = PAULIS.map((pauli, k) => coupling(pauli, -undone * angles[k])).reverse();
  return receivedCircuit([...there, ...back], 2);
}

/** The trace distance of the two memories with noise, from the step that reads another value on. */
function noisyDistances(state, undone) {
  const angles = anglesOf(state.coupling, state.unevenness);
  const circuit = gatesOf(angles, undone);
  const noise = { kind: "depolarizing", rate: state.rate, oneQubitFactor: 0 };
  const [one, two] = pasts(state).map((series) => {
    const encoded = series.map((x) => expectations(densityOf(encode(cellOf(angles), x)), 1));
    return memories(circuit, encoded, 1, 1, noise).slice(state.position);
  });
  return one.map((memory, lag) => distance(memory, two[lag], 1));
}

function cleanDistances({ values, position, twin, coupling, unevenness, undone }) {
  return distances(values, position, twin, leftOf(anglesOf(coupling, unevenness), undone));
}

const inPercent = (rate) => `${shown(100 * rate)} %`;

/** In words what noise does, as Python says it. */
function noiseInWords(state) {
  const lag = Math.min(state.arrived, state.values.length) - 1 - state.position;
  const without = lag < 0 ? "" : `; without it the memories would be ${told(cleanDistances(state), Math.min(LATER, lag)).join(" and ")} apart`;
  return ` These are the shares of the gates without noise. Here each gate on two qubits is followed by depolarizing noise of ${inPercent(state.rate)}${without}.`;
}

const render = withLayer({
  traits: ["rate"],
  controls: (model) => [
    slider(model, "rate", { label: "Noise after each two-qubit gate", min: 0, max: 0.05, step: 0.0005, format: inPercent }),
  ],
  distances: noisyDistances,
  outline: (state) => ({ distances: cleanDistances(state), name: "without noise" }),
  words: noiseInWords,
});

export default { render };
