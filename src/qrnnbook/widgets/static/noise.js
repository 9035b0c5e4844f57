// Noisy circuits on vectors of Pauli expectations: what a density matrix is told by.
//
// The vector of n qubits has an entry for each word of n letters, in base 4 with I, X, Y, Z as digits
// and qubit 0 first. Every gate comes as rotations exp(-i angle P / 2), P a word: a rotation turns
// each pair of words that P exchanges. Noise shrinks entries, or feeds one from another.
import { eigenvalues, multiply, pauliString, zeros } from "./algebra.js";

const LETTERS = "IXYZ";

/** The letter that a word has on a qubit, as a digit. */
function digit(word, qubit, qubits) {
  return (word >> (2 * (qubits - 1 - qubit))) & 3;
}

/** The word with a number, in letters. */
function letters(word, qubits) {
  return Array.from({ length: qubits }, (_, q) => LETTERS[digit(word, q, qubits)]).join("");
}

/** The expectations of all words in a state of n qubits, given by its density matrix. */
export function expectations(rho, qubits) {
  const d = 2 ** qubits;
  return Float64Array.from({ length: 4 ** qubits }, (_, word) => {
    const product = multiply(pauliString(letters(word, qubits)), rho, d, d, d);
    let trace = 0;
    for (let i = 0; i < d; i++) trace += product.re[i * d + i];
    return trace;
  });
}

/** The operator that has these expectations. */
export function operatorOf(vector, qubits) {
  const d = 2 ** qubits;
  const result = zeros(d * d);
  vector.forEach((value, word) => {
    if (value === 0) return;
    const matrix = pauliString(letters(word, qubits));
    for (let k = 0; k < d * d; k++) {
      result.re[k] += (value * matrix.re[k]) / d;
      result.im[k] += (value * matrix.im[k]) / d;
    }
  });
  return result;
}

/**
 * Which words a rotation exchanges: lists of pairs [from, to], where the turn by a small angle adds
 * to `to` what is at `from` and takes from `from` what is at `to`.
 */
function exchanged(pauli, qubits) {
  let own = 0;
  for (const letter of pauli) own = 4 * own + LETTERS.indexOf(letter);
  const from = [];
  const to = [];
  for (let word = 0; word < 4 ** qubits; word++) {
    // P Q is i^power times the word of the digits' exclusive or; -i P Q is real if power is odd.
    let power = 0;
    for (let q = 0; q < qubits; q++) {
      const [a, b] = [digit(own, q, qubits), digit(word, q, qubits)];
      if (a && b && a !== b) power += (b - a + 3) % 3 === 1 ? 1 : -1;
    }
    if (power === 1) {
      from.push(word);
      to.push(word ^ own);
    }
  }
  return { from: Int32Array.from(from), to: Int32Array.from(to) };
}

/** A circuit as Python sends it: {rotations: [[word, angle], ...], touches: [qubits]} for each gate. */
export function receivedCircuit(gates, qubits) {
  return gates.map(({ rotations, touches }) => ({
    touches,
    turns: rotations.map(([pauli, angle]) => ({
      ...exchanged(pauli, qubits), cos: Math.cos(angle), sin: Math.sin(angle),
    })),
  }));
}

/** What the vector keeps of X and Y, of Z, and what Z gets from I, on a qubit: one channel's numbers. */
function channel(kind, rate) {
  if (kind === "depolarizing") return { across: 1 - rate, along: 1 - rate, fed: 0 };
  if (kind === "dephasing") return { across: 1 - 2 * rate, along: 1, fed: 0 };
  return { across: Math.sqrt(1 - rate), along: 1 - rate, fed: rate };
}

function addNoise(vector, qubit, qubits, { across, along, fed }) {
  const place = 2 * (qubits - 1 - qubit);
  for (let word = 0; word < vector.length; word++) {
    const letter = (word >> place) & 3;
    if (letter === 1 || letter === 2) vector[word] *= across;
    else if (letter === 3) vector[word] = along * vector[word] + fed * vector[word ^ (3 << place)];
  }
}

/**
 * The vector after a circuit whose gates are followed by noise on the qubits that they touch.
 *
 * `noise` is {kind, rate, oneQubitFactor}; the rate is that after a gate on two qubits.
 */
export function noisy(circuit, vector, qubits, { kind, rate, oneQubitFactor }) {
  const result = Float64Array.from(vector);
  const after = [channel(kind, oneQubitFactor * rate), channel(kind, rate)];
  for (const { turns, touches } of circuit) {
    for (const { from, to, cos, sin } of turns) {
      for (let k = 0; k < from.length; k++) {
        const [a, b] = [result[from[k]], result[to[k]]];
        result[from[k]] = cos * a - sin * b;
        result[to[k]] = sin * a + cos * b;
      }
    }
    if (rate > 0) for (const qubit of touches) addNoise(result, qubit, qubits, after[touches.length - 1]);
  }
  return result;
}

/** The memory after each value, averaged over outcomes: `encoded` has the system's vectors. */
export function memories(circuit, encoded, systemQubits, memoryQubits, noise) {
  const qubits = systemQubits + memoryQubits;
  const size = 4 ** memoryQubits;
  let memory = new Float64Array(size);
  // |0...0>: every word of I and Z has the expectation 1.
  for (let word = 0; word < size; word++) {
    let only = true;
    for (let q = 0; q < memoryQubits; q++) only &&= [0, 3].includes(digit(word, q, memoryQubits));
    memory[word] = only ? 1 : 0;
  }
  return encoded.map((system) => {
    const joint = new Float64Array(4 ** qubits);
    system.forEach((value, s) => memory.forEach((other, m) => { joint[s * size + m] = value * other; }));
    // Words with I on the whole system are the first ones.
    memory = noisy(circuit, joint, qubits, noise).slice(0, size);
    return memory;
  });
}

/** The trace distance of two states, from their vectors. */
export function distance(one, other, qubits) {
  const difference = one.map((value, word) => value - other[word]);
  const all = eigenvalues(operatorOf(difference, qubits), 2 ** qubits);
  return all.reduce((sum, value) => sum + Math.abs(value), 0) / 2;
}
