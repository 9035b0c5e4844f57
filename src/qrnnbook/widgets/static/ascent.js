// The library's own search for a power, one start at a time: see qrnnlib/physics/entropy_gain.py and lbfgs.py.
//
// A state is a Float64Array: the real parts of its amplitudes, ordered A, a, B, b (each side's
// system, then its ancilla), then the imaginary parts.

/** Steps whose changes of point and slope are remembered. */
const MEMORY = 10;
/** A step must gain at least this part of what the slope promises. */
const SUFFICIENT = 1e-4;
/** Times a step is shortened before the climb has arrived. */
const SHORTENINGS = 20;
/** A climb has arrived when a step promises less than this, or ten together gain less than that. */
const PROMISE = 1e-15;
const GAIN = 1e-12;
const PATIENCE = 10;

function inner(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** a + factor * b. */
function moved(a, factor, b) {
  return a.map((x, k) => x + factor * b[k]);
}

// What is climbed --------------------------------------------------------------------------------

/** The state after a gate on A and B; `back` applies its inverse. */
function acted({ re, im, dims, ancillas }, state, back = false) {
  const [[da, db], [a, b]] = [dims, ancillas];
  const d = da * db;
  const n = state.length / 2;
  const result = new Float64Array(2 * n);
  const place = (k, i, j) => ((Math.floor(k / db) * a + i) * db + (k % db)) * b + j;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let row = 0; row < d; row++) {
        const to = place(row, i, j);
        for (let column = 0; column < d; column++) {
          const from = place(column, i, j);
          const at = back ? column * d + row : row * d + column;
          const [u, v] = [re[at], back ? -im[at] : im[at]];
          result[to] += u * state[from] - v * state[n + from];
          result[n + to] += u * state[n + from] + v * state[from];
        }
      }
    }
  }
  return result;
}

/**
 * Entanglement in ebits of a state with `rows` of side A, and the slope that it has.
 *
 * With the table W s V* the slope is -2 W (s log2 s^2) V*. The complex table [A + iB] has the
 * singular values of the real [[A, -B], [B, A]], each twice. Turns of two rows at a time make all
 * rows perpendicular; then their lengths are the singular values (Hestenes and Jacobi).
 */
function ebitsAndSlope(state, rows) {
  const n = state.length / 2;
  const columns = n / rows;
  // On the shorter side there are fewer rows to turn.
  const upright = rows <= columns;
  const [r, c] = upright ? [rows, columns] : [columns, rows];
  const place = (i, j) => (upright ? i * c + j : j * r + i);
  const table = [];
  const turns = [];
  for (let i = 0; i < 2 * r; i++) {
    const row = new Float64Array(2 * c);
    for (let j = 0; j < c; j++) {
      const at = place(i % r, j);
      row[j] = i < r ? state[at] : state[n + at];
      row[c + j] = i < r ? -state[n + at] : state[at];
    }
    table.push(row);
    turns.push(new Float64Array(2 * r));
    turns[i][i] = 1;
  }
  for (let sweep = 0, again = true; again && sweep < 40; sweep++) {
    again = false;
    for (let p = 0; p < 2 * r; p++) {
      for (let q = p + 1; q < 2 * r; q++) {
        const [x, y] = [table[p], table[q]];
        const [alpha, beta, gamma] = [inner(x, x), inner(y, y), inner(x, y)];
        if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha) * Math.sqrt(beta)) continue;
        again = true;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(zeta, 1));
        const cosine = 1 / Math.hypot(t, 1);
        for (const [one, other] of [[x, y], [turns[p], turns[q]]]) {
          for (let k = 0; k < one.length; k++) {
            const [u, v] = [one[k], other[k]];
            one[k] = cosine * (u - t * v);
            other[k] = cosine * (v + t * u);
          }
        }
      }
    }
  }
  let ebits = 0;
  const slope = new Float64Array(2 * n);
  table.forEach((row, k) => {
    const p = inner(row, row);
    const log = p > 0 ? Math.log2(p) : 0;
    ebits -= (p * log) / 2;
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < c; j++) {
        slope[place(i, j)] -= 2 * log * turns[k][i] * row[j];
        slope[n + place(i, j)] -= 2 * log * turns[k][i + r] * row[j];
      }
    }
  });
  return { ebits, slope };
}

/** What a gate adds to the entanglement of a state, as a function of a vector of any length but zero. */
export function gainOf(gate) {
  const rows = gate.dims[0] * gate.ancillas[0];
  return (point) => {
    const norm = Math.sqrt(inner(point, point));
    const state = point.map((x) => x / norm);
    const before = ebitsAndSlope(state, rows);
    const after = ebitsAndSlope(acted(gate, state), rows);
    const slope = moved(acted(gate, after.slope, true), -1, before.slope);
    const across = moved(slope, -inner(slope, state), state);
    return {
      point,
      value: after.ebits - before.ebits,
      slope: across.map((x) => x / norm),
      before: before.ebits,
      after: after.ebits,
    };
  };
}

/** The gate backwards. */
export function inverse({ re, im, dims, ancillas }) {
  const d = dims[0] * dims[1];
  const flip = (list, sign) => list.map((_, k) => sign * list[(k % d) * d + Math.floor(k / d)]);
  return { re: flip(re, 1), im: flip(im, -1), dims, ancillas };
}

// The climb --------------------------------------------------------------------------------------

/** The slope times the inverse curvature that the remembered steps, latest first, suggest. */
function uphill(slope, remembered, scale) {
  let result = slope;
  const parts = remembered.map(({ step, bend, curvature }) => {
    const part = curvature * inner(step, result);
    result = moved(result, -part, bend);
    return part;
  });
  result = result.map((x) => x * scale);
  [...remembered.keys()].reverse().forEach((i) => {
    const { step, bend, curvature } = remembered[i];
    result = moved(result, parts[i] - curvature * inner(bend, result), step);
  });
  return result;
}

/** The values of `height` at the start and after each step of L-BFGS, at most `steps` of them. */
export function climbed(height, start, steps) {
  let here = height(start);
  const path = [here];
  let remembered = [];
  let scale = 0.5 / Math.max(1, Math.sqrt(inner(here.slope, here.slope)));
  for (let k = 0; k < steps; k++) {
    let direction = uphill(here.slope, remembered, scale);
    let promise = inner(here.slope, direction);
    if (!(promise > 0)) {
      direction = here.slope;
      promise = inner(direction, direction);
    }
    const arrived = promise < PROMISE;
    let length = 1;
    let there = height(moved(here.point, 1, direction));
    for (let cut = 0; cut < SHORTENINGS && !arrived; cut++) {
      if (there.value >= here.value + SUFFICIENT * length * promise) break;
      // The top of the parabola through the value, the slope and the value at the end.
      const top = (promise * length) / (2 * (here.value + length * promise - there.value));
      length *= Number.isNaN(top) ? 0.1 : Math.min(0.5, Math.max(0.1, top));
      there = height(moved(here.point, length, direction));
    }
    if (!(there.value >= here.value)) break;
    const step = moved(there.point, -1, here.point);
    const bend = moved(here.slope, -1, there.slope);
    const [product, size] = [inner(step, bend), inner(bend, bend)];
    const curved = product > 1e-12 * size;
    if (curved) scale = product / size;
    remembered = [{ step, bend, curvature: curved ? 1 / product : 0 }, ...remembered].slice(0, MEMORY);
    here = there;
    path.push(here);
    if (arrived || path.length > PATIENCE && here.value - path[path.length - 1 - PATIENCE].value <= GAIN) break;
  }
  return path;
}
