// Written and kept: a series comes in, two pasts flow from it, and a step is dragged in the triangle.
import { shown } from "./drawing.js";
import { anglesOf, leftOf, sharesOf } from "./gate_triangle.js";
import { guess } from "./guess.js";
import { LATER, sharesInWords, withLayer } from "./kept_figure.js";
import { distances } from "./two_pasts.js";

const HALF = 0.5;

/** What undoing half of the coupling does to the old value: the key of the answer, and why. */
function answered({ values, position, twin, coupling, unevenness }) {
  const angles = anglesOf(coupling, unevenness);
  const lag = Math.min(LATER, values.length - 1 - position);
  const both = [angles, leftOf(angles, HALF)];
  const [before, after] = both.map((one) => shown(distances(values, position, twin, one)[lag]));
  const [all, half] = both.map((one) => sharesInWords(sharesOf(one)));
  const key = before === after ? "same" : Number(after) > Number(before) ? "longer" : "shorter";
  const changed = (name, k) => {
    const more = Math.sign(Number(half[k]) - Number(all[k]));
    return `${["less", "as much", "more"][more + 1]} is ${name} (${half[k]}, not ${all[k]})`;
  };
  const less = changed("written", 0);
  return [key, `With half of it undone, the memories are ${after} apart ${lag} step${lag === 1 ? "" : "s"} later, not ${before}. ${less[0].toUpperCase()}${less.slice(1)}, ${changed("kept", 1)}.`];
}

const render = withLayer({
  opening: ({ state, put, whole }) => guess({
    question: "Undo part of the coupling. Is the old value felt longer, or shorter?",
    answers: { longer: "Longer", shorter: "Shorter", same: "The same" },
    reveal() {
      whole();
      put({ undone: HALF, arrived: state().values.length });
      return answered(state());
    },
  }),
});

export default { render };
