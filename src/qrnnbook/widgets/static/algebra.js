// State-vector algebra for up to four qubits: the numbers behind every live figure.
//
// A vector or a matrix is {re, im}, two Float64Arrays; a matrix is stored row after row. A joint
// state of system and memory is a vector whose index is `row * memoryDim + column`: read as a
// table it has a row for each state of the system and a column for each state of the memory.
// The definitions are those of the Python library, and tests hold the two to each other.

/** Outcomes whose probabilities are closer than this are tied; the lower one wins. */
export const TIE = 1e-12;

/** A squared norm below this is zero: there is no direction left. */
const ZERO = 1e-30;

export function zeros(length) {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

export function basis(length, index) {
  const vector = zeros(length);
  vector.re[index] = 1;
  return vector;
}

/** Wrap plain numbers; the imaginary part may be left out. */
export function complex(re, im) {
  return { re: Float64Array.from(re), im: im ? Float64Array.from(im) : new Float64Array(re.length) };
}

/** What Python sends for a matrix or a vector: two lists of numbers. */
export function received(parts) {
  return complex(parts.re, parts.im);
}

export function tensor(left, right) {
  const n = right.re.length;
  const result = zeros(left.re.length * n);
  for (let i = 0; i < left.re.length; i++) {
    for (let j = 0; j < n; j++) {
      result.re[i * n + j] = left.re[i] * right.re[j] - left.im[i] * right.im[j];
      result.im[i * n + j] = left.re[i] * right.im[j] + left.im[i] * right.re[j];
    }
  }
  return result;
}

export function apply(matrix, vector) {
  const n = vector.re.length;
  const result = zeros(n);
  for (let i = 0; i < n; i++) {
    let re = 0;
    let im = 0;
    for (let j = 0, k = i * n; j < n; j++, k++) {
      re += matrix.re[k] * vector.re[j] - matrix.im[k] * vector.im[j];
      im += matrix.re[k] * vector.im[j] + matrix.im[k] * vector.re[j];
    }
    result.re[i] = re;
    result.im[i] = im;
  }
  return result;
}

/** The matrix product; `rows` and `columns` are those of the result, `inner` is summed over. */
export function multiply(left, right, rows, inner, columns) {
  const result = zeros(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const re = left.re[i * inner + k];
      const im = left.im[i * inner + k];
      for (let j = 0; j < columns; j++) {
        result.re[i * columns + j] += re * right.re[k * columns + j] - im * right.im[k * columns + j];
        result.im[i * columns + j] += re * right.im[k * columns + j] + im * right.re[k * columns + j];
      }
    }
  }
  return result;
}

export function dagger(matrix, rows, columns) {
  const result = zeros(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      result.re[j * rows + i] = matrix.re[i * columns + j];
      result.im[j * rows + i] = -matrix.im[i * columns + j];
    }
  }
  return result;
}

export function normSquared(vector) {
  let sum = 0;
  for (let i = 0; i < vector.re.length; i++) sum += vector.re[i] ** 2 + vector.im[i] ** 2;
  return sum;
}

export function scaled(vector, factor) {
  return { re: vector.re.map((x) => x * factor), im: vector.im.map((x) => x * factor) };
}

export function normalised(vector) {
  return scaled(vector, 1 / Math.sqrt(normSquared(vector)));
}

// Gates -----------------------------------------------------------------------------------------

const PAULI = {
  I: complex([1, 0, 0, 1]),
  X: complex([0, 1, 1, 0]),
  Y: complex([0, 0, 0, 0], [0, -1, 1, 0]),
  Z: complex([1, 0, 0, -1]),
};

/** The Kronecker product of two square matrices of dimensions m and n. */
export function kron(left, m, right, n) {
  const d = m * n;
  const result = zeros(d * d);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < n; k++) {
        for (let l = 0; l < n; l++) {
          const at = (i * n + k) * d + j * n + l;
          const a = i * m + j;
          const b = k * n + l;
          result.re[at] = left.re[a] * right.re[b] - left.im[a] * right.im[b];
          result.im[at] = left.re[a] * right.im[b] + left.im[a] * right.re[b];
        }
      }
    }
  }
  return result;
}

/** The operator of a word of Pauli letters, one for each qubit. */
export function pauliString(letters) {
  let matrix = complex([1]);
  let d = 1;
  for (const letter of letters) {
    matrix = kron(matrix, d, PAULI[letter], 2);
    d *= 2;
  }
  return matrix;
}

/** exp(-i angle P / 2) for a word P of Pauli letters. */
export function rotation(letters, angle) {
  const d = 2 ** letters.length;
  const pauli = pauliString(letters);
  const c = Math.cos(angle / 2);
  const s = Math.sin(angle / 2);
  const result = zeros(d * d);
  for (let k = 0; k < d * d; k++) {
    // -i s (x + i y) = s y - i s x
    result.re[k] = s * pauli.im[k];
    result.im[k] = -s * pauli.re[k];
  }
  for (let i = 0; i < d; i++) result.re[i * d + i] += c;
  return result;
}

// States of two sides ---------------------------------------------------------------------------

/** The probability of each outcome of measuring the system: the row sums of the table. */
export function probabilities(state, systemDim) {
  const columns = state.re.length / systemDim;
  const result = new Float64Array(systemDim);
  for (let i = 0; i < state.re.length; i++) {
    result[Math.floor(i / columns)] += state.re[i] ** 2 + state.im[i] ** 2;
  }
  return result;
}

/** The reduced state of the system: table times its adjoint. */
export function systemState(state, systemDim) {
  const columns = state.re.length / systemDim;
  return multiply(state, dagger(state, systemDim, columns), systemDim, columns, systemDim);
}

/** The reduced state of the memory: transposed table times its conjugate. */
export function memoryState(state, systemDim) {
  const d = state.re.length / systemDim;
  const conjugate = { re: state.re, im: state.im.map((x) => -x) };
  return multiply(dagger(conjugate, systemDim, d), conjugate, d, systemDim, d);
}

/** Entropy in bits of a list of probabilities; 0 log 0 is 0. */
export function entropy(list) {
  let sum = 0;
  for (const p of list) if (p > 0) sum -= p * Math.log2(p);
  return Math.max(0, sum);
}

/** The binary entropy in bits. */
export function binaryEntropy(p) {
  return entropy([p, 1 - p]);
}

/**
 * Eigenvalues of a Hermitian matrix, largest first, by Jacobi's rotations.
 *
 * The complex matrix A + iB has the eigenvalues of the real [[A, -B], [B, A]], each twice.
 */
export function eigenvalues(matrix, d) {
  const n = 2 * d;
  const a = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const re = (matrix.re[i * d + j] + matrix.re[j * d + i]) / 2;
      const im = (matrix.im[i * d + j] - matrix.im[j * d + i]) / 2;
      a[i][j] = a[i + d][j + d] = re;
      a[i][j + d] = -im;
      a[i + d][j] = im;
    }
  }
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p][q] ** 2;
    if (off < 1e-32) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p][q] === 0) continue;
        const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k][p];
          const y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = a[p][k];
          const y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
      }
    }
  }
  const all = a.map((row, i) => row[i]).sort((x, y) => y - x);
  return all.filter((_, i) => i % 2 === 0);
}

/** How tied system and memory are, in ebits. */
export function entanglement(state, systemDim) {
  const memoryDim = state.re.length / systemDim;
  const smaller =
    systemDim <= memoryDim ? systemState(state, systemDim) : memoryState(state, systemDim);
  return entropy(eigenvalues(smaller, Math.min(systemDim, memoryDim)));
}

/** The Bloch vector of one qubit, from its density matrix. */
export function bloch(rho) {
  return [2 * rho.re[1], 2 * rho.im[2], rho.re[0] - rho.re[3]];
}

export function densityOf(vector) {
  const d = vector.re.length;
  return multiply(vector, dagger(vector, d, 1), d, 1, d);
}

// The measured cell -----------------------------------------------------------------------------

/**
 * The state of the system that carries the value x.
 *
 * `cell` is what Python sends: {systemQubits, memoryQubits, encoding, collapse, readout, entangler,
 * disentangler (or null), inputWeight, inputBias, readoutWeight, readoutBias}.
 */
export function encode(cell, x) {
  const d = 2 ** cell.systemQubits;
  if (cell.encoding === "amplitude") {
    const vector = zeros(d);
    let largest = 0;
    for (let i = 0; i < d; i++) {
      vector.re[i] = cell.inputWeight[i] * x + cell.inputBias[i];
      largest = Math.max(largest, Math.abs(vector.re[i]));
    }
    return largest === 0 ? basis(d, 0) : normalised(scaled(vector, 1 / largest));
  }
  const f = Math.tanh(x);
  const sech = (2 * Math.exp(-Math.abs(x))) / (1 + Math.exp(-2 * Math.abs(x)));
  let qubit = basis(2, 0);
  for (const [letter, angle] of [["Y", Math.PI * f], ["Z", Math.PI * f ** 3], ["X", Math.PI * sech]]) {
    qubit = apply(rotation(letter, angle), qubit);
  }
  let state = qubit;
  for (let q = 1; q < cell.systemQubits; q++) state = tensor(state, qubit);
  return state;
}

/** The memory before the first value: every qubit in |0>; a density matrix under "channel". */
export function emptyMemory(cell) {
  const empty = basis(2 ** cell.memoryQubits, 0);
  return cell.collapse === "channel" ? densityOf(empty) : empty;
}

/** The outcome that a rule keeps, given its probabilities and a number drawn from [0, 1). */
export function outcomeOf(rule, list, draw) {
  if (rule === "sampled") {
    const total = list.reduce((sum, p) => sum + p, 0);
    let sum = 0;
    for (let i = 0; i < list.length; i++) {
      sum += list[i];
      if (draw * total < sum) return i;
    }
    return list.length - 1;
  }
  const most = Math.max(...list);
  return list.findIndex((p) => p >= most - TIE);
}

/** The memory that outcome leaves: the row of the table, rescaled. */
export function collapsed(state, systemDim, outcome) {
  const columns = state.re.length / systemDim;
  const row = {
    re: state.re.slice(outcome * columns, (outcome + 1) * columns),
    im: state.im.slice(outcome * columns, (outcome + 1) * columns),
  };
  return normSquared(row) < ZERO ? basis(columns, 0) : normalised(row);
}

/** The output that a cell reads from the outcome probabilities. */
export function readOut(cell, list) {
  const n = cell.systemQubits;
  const z = new Float64Array(n);
  list.forEach((p, i) => {
    for (let q = 0; q < n; q++) z[q] += (i >> (n - 1 - q)) & 1 ? -p : p;
  });
  if (cell.readout === "z") return z[n - 1];
  return z.reduce((sum, value, q) => sum + value * cell.readoutWeight[q], cell.readoutBias);
}

/**
 * One step: encode, entangle, disentangle, read out, collapse; every stage on record.
 *
 * `choice` may name the outcome to collapse onto, or hold the draw of a sampled one.
 */
export function step(cell, memory, x, choice = {}) {
  const systemDim = 2 ** cell.systemQubits;
  const encoded = encode(cell, x);
  if (cell.collapse === "channel") return channelStep(cell, memory, x, encoded);
  const apart = tensor(encoded, memory);
  const entangled = apply(cell.entangler, apart);
  const measured = cell.disentangler ? apply(cell.disentangler, entangled) : entangled;
  const list = probabilities(measured, systemDim);
  const record = { x, encoded, memory, apart, entangled, measured, probabilities: list };
  record.output = readOut(cell, list);
  if (cell.collapse === "diagonal" && choice.outcome === undefined) {
    const rho = memoryState(measured, systemDim);
    const d = 2 ** cell.memoryQubits;
    const diagonal = zeros(d);
    for (let i = 0; i < d; i++) diagonal.re[i] = rho.re[i * d + i];
    return { ...record, outcome: null, nextMemory: normalised(diagonal) };
  }
  const outcome = choice.outcome ?? outcomeOf(cell.collapse, list, choice.draw ?? 0);
  return { ...record, outcome, nextMemory: collapsed(measured, systemDim, outcome) };
}

/** A step of the average over outcomes, for a memory that is a density matrix. */
function channelStep(cell, memory, x, encoded) {
  const systemDim = 2 ** cell.systemQubits;
  const d = 2 ** cell.memoryQubits;
  const n = systemDim * d;
  let joint = kron(densityOf(encoded), systemDim, memory, d);
  for (const unitary of [cell.entangler, cell.disentangler]) {
    if (unitary) joint = multiply(multiply(unitary, joint, n, n, n), dagger(unitary, n, n), n, n, n);
  }
  const list = new Float64Array(systemDim);
  const nextMemory = zeros(d * d);
  for (let s = 0; s < systemDim; s++) {
    for (let i = 0; i < d; i++) {
      list[s] += joint.re[(s * d + i) * n + s * d + i];
      for (let j = 0; j < d; j++) {
        nextMemory.re[i * d + j] += joint.re[(s * d + i) * n + s * d + j];
        nextMemory.im[i * d + j] += joint.im[(s * d + i) * n + s * d + j];
      }
    }
  }
  const output = readOut(cell, list);
  return { x, encoded, memory, probabilities: list, output, outcome: null, nextMemory };
}

/** Follow a cell along a series from an empty memory. */
export function run(cell, series, draws = []) {
  let memory = emptyMemory(cell);
  return Array.from(series, (x, t) => {
    const record = step(cell, memory, x, { draw: draws[t] });
    memory = record.nextMemory;
    return record;
  });
}

/** A cell as Python sends it, with its matrices unwrapped. */
export function receivedCell(parts) {
  return {
    ...parts,
    entangler: received(parts.entangler),
    disentangler: parts.disentangler ? received(parts.disentangler) : null,
  };
}
