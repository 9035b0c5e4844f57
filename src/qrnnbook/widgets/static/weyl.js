// Where a two-qubit gate lies in the Weyl chamber.

export function dot(a, b) {
  return a.reduce((sum, x, k) => sum + x * b[k], 0);
}

/** How far from a face of the chamber, or of the perfect entanglers, still counts as on it. */
export const ON_FACE = 1e-10;

/** Whether a gate in the Weyl chamber can take some product state to a full ebit. */
export function isPerfectEntangler(c1, c2, c3) {
  const half = Math.PI / 2;
  return c1 + c2 >= half - ON_FACE && c1 - c2 <= half + ON_FACE && c2 + c3 <= half + ON_FACE;
}

/**
 * The point of the Weyl chamber that stands for the same gates as any three coordinates.
 *
 * Local unitaries shift a coordinate by pi, exchange two of them, or change the signs of two.
 */
export function folded(coordinates) {
  const nearest = coordinates.map((c) => c - Math.PI * Math.round(c / Math.PI));
  const [c1, c2, c3] = nearest.map(Math.abs).sort((x, y) => y - x);
  // A sign that is left over goes to c1, and a shift by pi makes it the chamber's other half.
  // Where c3 is zero, c1 and pi - c1 are the same gate.
  const other = nearest.reduce((sign, c) => sign * Math.sign(c), 1) < 0;
  if (!other) return [c1, c2, c3];
  return c3 > ON_FACE ? [Math.PI - c1, c2, c3] : [c1, c2, 0];
}
