// Two-qubit gates of the Weyl chamber: how much each entangles.
import { binaryEntropy } from "./algebra.js";
import { dot, isPerfectEntangler } from "./weyl.js";

// What needs no search --------------------------------------------------------------------------

/** The average entangling power of the gate with these canonical coordinates. */
export function averagePower(c1, c2, c3) {
  const [x, y, z] = [c1, c2, c3].map((c) => Math.cos(2 * c));
  return (3 - x * y - y * z - z * x) / 18;
}

/** The phases of a canonical gate on the four Bell states, which are its eigenvectors. */
export function phases(c1, c2, c3) {
  return [c1 - c2 + c3, c1 + c2 - c3, -c1 - c2 - c3, -c1 + c2 + c3].map((sum) => sum / 2);
}

/**
 * The most a gate in the Weyl chamber creates from a product state without ancillas, in ebits.
 *
 * Short of a perfect entangler the largest concurrence is the largest |sin| of a difference of
 * the canonical gate's phases (Kraus and Cirac 2001).
 */
export function productPower(c1, c2, c3) {
  if (isPerfectEntangler(c1, c2, c3)) return 1;
  const turns = phases(c1, c2, c3);
  let concurrence = 0;
  for (const p of turns) {
    for (const q of turns) concurrence = Math.max(concurrence, Math.abs(Math.sin(p - q)));
  }
  return binaryEntropy((1 + Math.sqrt(Math.max(0, 1 - concurrence ** 2))) / 2);
}

// How much it entangles with ancillas -------------------------------------------------------------

/** Half the sums and differences that make a Fourier transform on the four Pauli letters. */
function paired([a, b, c, d]) {
  return [(a + b + c + d) / 2, (a + b - c - d) / 2, (a - b + c - d) / 2, (a - b - c + d) / 2];
}

/** Entropy in bits of four squared amplitudes, and the slope that it has along them. */
function spread(re, im) {
  let bits = 0;
  const slope = re.map((x, k) => {
    const p = x * x + im[k] * im[k];
    const log = p > 0 ? Math.log2(p) : 0;
    bits -= p * log;
    return -2 * log;
  });
  return { bits, re: re.map((x, k) => slope[k] * x), im: im.map((y, k) => slope[k] * y) };
}

/**
 * What the gate with these phases adds to a state, and the gradient of that.
 *
 * Let A share one of the four Bell states with its ancilla, and B the same one with its own: the
 * gate maps a superposition of these four products to another one. Both are in Schmidt form.
 */
function gain(turn, x) {
  const norm = Math.hypot(...x);
  const unit = x.map((value) => value / norm);
  const [re, im] = [unit.slice(0, 4), unit.slice(4)];
  const turnedRe = re.map((a, k) => a * turn.re[k] - im[k] * turn.im[k]);
  const turnedIm = im.map((b, k) => b * turn.re[k] + re[k] * turn.im[k]);
  const before = spread(paired(re), paired(im));
  const after = spread(paired(turnedRe), paired(turnedIm));
  const [upRe, upIm] = [paired(after.re), paired(after.im)];
  const [downRe, downIm] = [paired(before.re), paired(before.im)];
  const slope = [
    ...upRe.map((a, k) => a * turn.re[k] + upIm[k] * turn.im[k] - downRe[k]),
    ...upIm.map((b, k) => b * turn.re[k] - upRe[k] * turn.im[k] - downIm[k]),
  ];
  const along = slope.reduce((sum, s, k) => sum + s * unit[k], 0);
  return { value: after.bits - before.bits, slope: slope.map((s, k) => (s - along * unit[k]) / norm) };
}

/** The top that is reached from a start, by the quasi-Newton method of Broyden and others. */
function climbed(turn, start) {
  let x = start;
  let { value, slope } = gain(turn, x);
  let inverse = null;
  let idle = 0;
  for (let k = 0; k < 200 && idle < 3; k++) {
    const bold = 0.5 / Math.max(1, Math.hypot(...slope));
    let direction = inverse ? inverse.map((row) => dot(row, slope)) : slope.map((s) => bold * s);
    let promise = dot(direction, slope);
    if (!(promise > 0)) {
      inverse = null;
      direction = slope.map((s) => bold * s);
      promise = dot(direction, slope);
    }
    if (promise < 1e-15) break;
    let length = 1;
    let next = null;
    for (let cut = 0; cut < 20; cut++) {
      const there = x.map((a, i) => a + length * direction[i]);
      const result = gain(turn, there);
      if (result.value >= value + 1e-4 * length * promise) {
        next = { x: there, ...result };
        break;
      }
      length /= 3;
    }
    if (!next) break;
    const step = next.x.map((a, i) => a - x[i]);
    const bend = slope.map((s, i) => s - next.slope[i]);
    idle = next.value - value < 1e-11 ? idle + 1 : 0;
    inverse = updated(inverse, step, bend);
    ({ x, value, slope } = next);
  }
  return { value, x };
}

/** The inverse curvature after a step along which the slope bent. */
function updated(inverse, step, bend) {
  const curvature = dot(step, bend);
  const size = dot(bend, bend);
  if (curvature <= 1e-12 * size) return inverse;
  const before =
    inverse ?? step.map((_, i) => step.map((_, j) => (i === j ? curvature / size : 0)));
  const bent = before.map((row) => dot(row, bend));
  const factor = (1 + dot(bend, bent) / curvature) / curvature;
  return before.map((row, i) =>
    row.map((h, j) => h + factor * step[i] * step[j] - (bent[i] * step[j] + step[i] * bent[j]) / curvature),
  );
}

/** Where climbs start: near one of the four pairs, but with no symmetry, and always the same. */
const STARTS = Array.from({ length: 8 }, (_, k) => {
  const angles = [1, 2, 3].map((i) => 7 * Math.sin(5 * k + 3 * i + 1.3 * i * k));
  const [re, im] = [angles.map((a) => 0.1 * Math.cos(a)), angles.map((a) => 0.1 * Math.sin(a))];
  return [...paired([1, ...re]), ...paired([0, ...im])];
});

/** The most a gate of the Weyl chamber adds to any state, with ancillas (2, 2), in ebits. */
export function assistedPower(c1, c2, c3) {
  const angles = phases(c1, c2, c3);
  const turn = { re: angles.map(Math.cos), im: angles.map(Math.sin) };
  return Math.max(0, ...STARTS.map((start) => climbed(turn, start).value));
}
