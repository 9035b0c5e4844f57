// The quantum clock: a memory qubit, rotated in each step and measured through a system qubit.
//
// Its state cos(angle)|0⟩ + sin(angle)|1⟩ is real: [a, b]. The exchange coupling lets sin²(coupling)
// of what is in |1⟩ pass to the system. Where the outcome is 1, a tick, the memory is in |0⟩ again.

/** Below this sine of the rotation the memory counts as at rest. */
const REST = 1e-9;
/** Below this share of the waits, rounding would show in what follows them. */
const HARDLY_ANY = 1e-4;

/** One step of a memory: the chance of a tick, and the memory after silence, not normalised. */
export function stepped([a, b], alpha, coupling) {
  const [c, s] = [Math.cos(alpha), Math.sin(alpha)];
  const [zero, one] = [c * a - s * b, s * a + c * b];
  return { tick: (Math.sin(coupling) * one) ** 2, silent: [zero, Math.cos(coupling) * one] };
}

function normed([a, b]) {
  const size = Math.hypot(a, b);
  return [a / size, b / size];
}

/** The probabilities of 1, 2, ... steps from a tick to the next one. */
export function waitingTimes(alpha, coupling, count) {
  let memory = [1, 0];
  return Array.from({ length: count }, () => {
    const { tick, silent } = stepped(memory, alpha, coupling);
    memory = silent;
    return tick;
  });
}

/** The chances of a tick 1, 2, ... steps after the last one, if there was none in between. */
export function silentChances(alpha, coupling, count) {
  let memory = [1, 0];
  return Array.from({ length: count }, () => {
    const { tick, silent } = stepped(memory, alpha, coupling);
    memory = normed(silent);
    return tick;
  });
}

/** The same from the probabilities of waiting times; null where hardly any wait is as long. */
export function chancesOf(waits) {
  let left = 1;
  return waits.map((probability) => {
    const chance = left > HARDLY_ANY ? probability / left : null;
    left -= probability;
    return chance;
  });
}

/** The mean number of steps from a tick to the next one; Infinity where there is none. */
export function meanWait(alpha, coupling) {
  const [sine, stays] = [Math.sin(alpha), Math.cos(coupling)];
  if (Math.abs(sine) < REST) return Infinity;
  const first = (1 - stays * Math.cos(2 * alpha)) / ((1 + stays) * sine ** 2);
  return first + (2 * stays ** 2) / Math.sin(coupling) ** 2;
}

/**
 * The number of steps in which the probability of silence oscillates once, or null if it does not.
 *
 * The eigenvalues of silence are sqrt(stays) exp(±i theta), or real. Rotations by alpha and by
 * 180° - alpha make the same ticks, and theta is the one up to 90°.
 */
export function periodOf(alpha, coupling) {
  const stays = Math.cos(coupling);
  const cosine = ((1 + stays) * Math.abs(Math.cos(alpha))) / (2 * Math.sqrt(stays));
  return cosine < 1 ? Math.PI / Math.acos(cosine) : null;
}

/** The average entangling power of the step's unitary; 2/9 is the largest of two qubits. */
export function stepPower(coupling) {
  const cosine = Math.cos(2 * coupling);
  return (3 - cosine ** 2 - 2 * cosine) / 18;
}

/** The memory's angle, from 0 to 180°, in radians. */
function angleOf([a, b]) {
  const angle = Math.atan2(b, a);
  return angle < 0 ? angle + Math.PI : angle;
}

/**
 * A sample path from |0⟩; `draw` gives uniform numbers. At k = 0, 1, ..., steps: was step k a tick, the memory's angle after it,
 * and the chance that the next step is one.
 */
export function samplePath(alpha, coupling, draw, steps) {
  let memory = [1, 0];
  const path = { ticks: [false], angles: [0], chances: [stepped(memory, alpha, coupling).tick] };
  for (let k = 1; k <= steps; k++) {
    const { tick, silent } = stepped(memory, alpha, coupling);
    const ticked = draw() < tick;
    memory = ticked ? [1, 0] : normed(silent);
    path.ticks.push(ticked);
    path.angles.push(angleOf(memory));
    path.chances.push(stepped(memory, alpha, coupling).tick);
  }
  return path;
}
