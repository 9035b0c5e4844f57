// Written and kept with its second layer: the step and its entangler on the map of all two-qubit gates.
import { path, shown, svg } from "./drawing.js";
import { anglesOf, leftOf } from "./gate_triangle.js";
import { withLayer } from "./kept_figure.js";
import { isPerfectEntangler } from "./weyl.js";
import { chamberMap } from "./weyl_map.js";

/** The step in the chamber: its canonical coordinates in radians. */
function stepOf({ coupling, unevenness, undone }) {
  return leftOf(anglesOf(coupling, unevenness), undone);
}

const inPi = (angles) => angles.map((c) => c / Math.PI);

/** In words where the step lies, as Python says it. */
function placeInWords(state) {
  const step = stepOf(state);
  const written = inPi(step).map((c) => shown(c)).join(", ");
  const side = isPerfectEntangler(...step) ? "among" : "outside";
  return ` On the map of two-qubit gates the step is at (${written}) π, ${side} the perfect entanglers.`;
}

/** The map: a ring is the entangler, the mark what is left of it, on a straight way to the identity. */
function mapOf(model) {
  const map = chamberMap(model.get("chamber"), { held: false });
  const way = svg("path", { class: "qrnn-thin qrnn-truth-line", "stroke-dasharray": "1 4", "stroke-linecap": "round", "stroke-width": 2 });
  const ring = svg("circle", { r: 11, class: "qrnn-thin qrnn-cell-line", "stroke-width": 2 });
  map.element.append(way, ring);
  const draw = (state) => {
    const [step, entangler] = [state.undone, 0].map((undone) => inPi(stepOf({ ...state, undone })));
    map.draw(step);
    way.setAttribute("d", path([[0, 0, 0], entangler].map(map.pixels)));
    const [x, y] = map.pixels(entangler);
    ring.setAttribute("cx", x.toFixed(2));
    ring.setAttribute("cy", y.toFixed(2));
  };
  return { elements: [map.element], draw };
}

const render = withLayer({ panels: mapOf, words: placeInWords });

export default { render };
