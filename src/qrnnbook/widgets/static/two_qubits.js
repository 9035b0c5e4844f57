// A joint state of two qubits by its four amplitudes: how it is changed, and what is read off it.
import {
  apply, bloch, complex, eigenvalues, entropy, kron, memoryState, normalised, rotation, systemState,
} from "./algebra.js";
import { clamp, kets, shown } from "./drawing.js";

export const TURNS = ["system_turn", "memory_turn"];
export const NAMES = kets(4);

/** The ket with these amplitudes, scaled to length one. */
export function ketOf(sizes, phases) {
  const part = (of) => sizes.map((size, k) => size * of(phases[k]));
  return normalised(complex(part(Math.cos), part(Math.sin)));
}

/** The joint state that is shown: each side rotated about Y. */
export function stateOf(get) {
  const [system, memory] = TURNS.map((trait) => rotation("Y", get(trait)));
  return apply(kron(system, 2, memory, 2), ketOf(get("sizes"), get("phases")));
}

/** Sizes and phases of the table that is shown; what is zero keeps the phase it was given. */
export function polarOf(get) {
  const state = stateOf(get);
  const sizes = Array.from(state.re, (x, k) => Math.min(1, Math.hypot(x, state.im[k])));
  if (TURNS.every((trait) => get(trait) === 0)) return { sizes, phases: get("phases") };
  const phases = sizes.map((size, k) => (size < 1e-9 ? 0 : Math.atan2(state.im[k], state.re[k])));
  return { sizes, phases };
}

/**
 * The sizes after amplitude k is set: the others keep their proportions, and the length is one.
 *
 * At the very end they are left with a trace, or their proportions would be lost.
 */
export function resized(sizes, k, size) {
  const others = Math.hypot(...sizes.filter((_, j) => j !== k));
  const room = Math.max(Math.sqrt(1 - size ** 2), 1e-6);
  return sizes.map((one, j) => {
    if (j === k) return size;
    return Math.min(1, others > 1e-12 ? (one * room) / others : room / Math.sqrt(3));
  });
}

/** An angle with its full turns taken off: from −π to π. */
export function wrapped(angle) {
  return clamp(angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI)), -Math.PI, Math.PI);
}

/**
 * Sizes and phases after amplitude k is dragged by a complex number, [real, imaginary].
 *
 * What is almost nothing becomes nothing, and a phase near a multiple of 45° becomes that.
 */
export function draggedBy({ sizes, phases }, k, [re, im]) {
  const [x, y] = [sizes[k] * Math.cos(phases[k]) + re, sizes[k] * Math.sin(phases[k]) + im];
  const size = Math.min(1, Math.hypot(x, y));
  if (size < 0.03) return { sizes: resized(sizes, k, 0), phases };
  const phase = Math.atan2(y, x);
  const round = (Math.round((4 * phase) / Math.PI) * Math.PI) / 4;
  const near = Math.abs(phase - round) < Math.PI / 36 ? round : phase;
  return { sizes: resized(sizes, k, size), phases: phases.map((one, j) => (j === k ? near : one)) };
}

/** Both Schmidt coefficients of a ket of two qubits, the larger first. */
export function schmidt({ re, im }) {
  const larger = Math.sqrt(eigenvalues(systemState({ re, im }, 2), 2)[0]);
  // Their product is the size of the determinant.
  const real = re[0] * re[3] - im[0] * im[3] - re[1] * re[2] + im[1] * im[2];
  const imaginary = re[0] * im[3] + im[0] * re[3] - re[1] * im[2] - im[1] * re[2];
  return [larger, Math.hypot(real, imaginary) / larger];
}

/** All that is read off a state. */
export function readings(state) {
  const coefficients = schmidt(state);
  return {
    coefficients,
    ebits: entropy(coefficients.map((s) => s * s)),
    system: bloch(systemState(state, 2)),
    memory: bloch(memoryState(state, 2)),
  };
}

/** In words what the figure shows, as Python says it. */
export function describe(state) {
  const { coefficients, ebits, system, memory } = readings(state);
  const [larger, smaller] = coefficients.map((s) => shown(s));
  const cells = NAMES.map((name, k) => `${name} ${shown(state.re[k] ** 2 + state.im[k] ** 2)}`);
  const [one, other] = [system, memory].map((arrow) => `(${arrow.map((x) => shown(x)).join(", ")})`);
  return `System and memory share ${shown(ebits)} ebits; the Schmidt coefficients are ${larger} and ${smaller}. The table has the probabilities ${cells.join(", ")}. Both Bloch arrows have the length ${shown(Math.hypot(...system))}: system ${one}, memory ${other}.`;
}
