// What the gate explorer asks before it shows, and how it computes the answers.
import { shown } from "./drawing.js";
import { assistedPower, averagePower, productPower } from "./gate_powers.js";

/**
 * How far apart two gates of the chamber lie: [c1, c2, c3] and [1 - c1, c2, -c3] are one gate, so that
 * on the base the left and the right half are the same.
 */
function apart([a, b, c], [x, y, z]) {
  return Math.min(Math.hypot(a - x, b - y, c - z), Math.hypot(1 - a - x, b - y, c + z));
}

/** The gate on an edge of the chamber, of the same average power, farthest from a gate; in units of pi. */
export function farthestEqual(gate) {
  const powerAt = (point) => averagePower(...point.map((c) => c * Math.PI));
  const wanted = powerAt(gate);
  const between = (from, to, t) => from.map((c, k) => c + t * (to[k] - c));
  const corners = [[0, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [0.5, 0.5, 0.5]];
  const CUTS = 60;
  // The largest power and the smallest are touched at corners, not crossed.
  const found = corners.filter((corner) => Math.abs(powerAt(corner) - wanted) < 1e-9);
  for (const [i, from] of corners.entries()) {
    for (const to of corners.slice(i + 1)) {
      const above = (t) => powerAt(between(from, to, t)) > wanted;
      for (let k = 0; k < CUTS; k++) {
        let [low, high] = [k / CUTS, (k + 1) / CUTS];
        if (above(low) === above(high)) continue;
        for (let halving = 0; halving < 40; halving++) {
          const middle = (low + high) / 2;
          if (above(middle) === above(low)) low = middle;
          else high = middle;
        }
        found.push(between(from, to, low));
      }
    }
  }
  const distances = found.map((point) => apart(point, gate));
  const distance = Math.max(0, ...distances);
  return { point: found[distances.indexOf(distance)] ?? gate, distance };
}

/** What is asked before the answer is shown; `reveal` returns the gate to show as well. */
export const QUESTIONS = {
  "at best": {
    question: "Which gate entangles more, at best?",
    answers: { CNOT: "CNOT", SWAP: "SWAP" },
    reveal: ({ named }) => {
      const values = ["CNOT", "SWAP"].map((name) => {
        const { point } = named.find(({ label }) => label === name);
        const angles = point.map((c) => c * Math.PI);
        return { name, point, product: productPower(...angles), most: assistedPower(...angles) };
      });
      const [first, second] = [...values].sort((one, other) => other.most - one.most);
      const why = `From a product state ${first.name} creates ${shown(first.product)} ebits and ${second.name} ${shown(second.product)}. With ancillas it is ${shown(first.most)} against ${shown(second.most)}.`;
      return { right: first.name, why, point: first.point };
    },
  },
  "same average": {
    question: "Two gates of the same average power: can they lie far apart?",
    answers: { yes: "Yes", no: "No" },
    reveal: ({ now }) => {
      const { point, distance } = farthestEqual(now);
      const [here, there] = [now, point].map((units) => units.map((c) => c * Math.PI));
      const far = distance > 0.1;
      const [from, to] = [here, there].map((angles) => shown(assistedPower(...angles)));
      const place = `(${point.map((c) => shown(c)).join(", ")}) π`;
      const power = shown(averagePower(...here), 3);
      const why = far
        ? `The gate at ${place} has the average power ${power} too. At best it creates ${to} ebits, the first one ${from}.`
        : `No other gate has the average power ${power}.`;
      return { right: far ? "yes" : "no", why, point };
    },
  },
};
