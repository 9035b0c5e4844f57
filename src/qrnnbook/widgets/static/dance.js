// The dance: a system qubit and a memory qubit are entangled, disentangled and measured.
import {
  apply, basis, bloch, collapsed, complex, entanglement, memoryState, probabilities, systemState, tensor,
} from "./algebra.js";
import { draggingFrom } from "./dragging.js";
import {
  axes, blochDisc, button, clamp, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, stateTable, svg,
} from "./drawing.js";
import { undo } from "./undo.js";

const UNMEASURED = ["input", "entangler", "disentangler", "moment"];
const TRAITS = [...UNMEASURED, "outcome"];

// The state --------------------------------------------------------------------------------------

/** The matrix that rotates the memory by an angle where the system is in |1>. */
function controlledRotation(angle) {
  const c = Math.cos(angle / 2);
  const s = Math.sin(angle / 2);
  return complex([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, c, -s, 0, 0, s, c]);
}

/** By how much the memory is rotated at a moment: the entangler until 1, the disentangler until 2. */
function rotatedBy(get, moment) {
  return get("entangler") * Math.min(moment, 1) - get("disentangler") * Math.max(moment - 1, 0);
}

/** The joint state at a moment, before any measurement. */
function stateAt(get, moment) {
  const angle = get("input");
  const system = complex([Math.cos(angle / 2), Math.sin(angle / 2)]);
  return apply(controlledRotation(rotatedBy(get, moment)), tensor(system, basis(2, 0)));
}

/** The joint state that is shown. */
function stateOf(get) {
  const [state, outcome] = [stateAt(get, get("moment")), get("outcome")];
  return outcome < 0 ? state : tensor(basis(2, outcome), collapsed(state, 2, outcome));
}

function stageOf(moment) {
  if (moment === 0) return "Before";
  if (moment < 1) return "Entangling";
  if (moment === 1) return "After the entangler";
  return moment < 2 ? "Disentangling" : "After the disentangler";
}

/** In words what the figure shows, as Python says it. */
function describe(get) {
  const [moment, outcome] = [get("moment"), get("outcome")];
  const state = stateAt(get, moment);
  const [zero, one] = probabilities(state, 2);
  if (outcome >= 0) {
    return `The measurement gave outcome ${outcome}, which had the probability ${shown(outcome ? one : zero)}. Its row, rescaled, is the memory; no entanglement is left.`;
  }
  return `${stageOf(moment)}: system and memory share ${shown(entanglement(state, 2))} ebits. A measurement of the system gives outcome 0 with probability ${shown(zero)}, outcome 1 with ${shown(one)}.`;
}

// The pictures -----------------------------------------------------------------------------------

/** A circle that is dragged, with more reach than it shows. */
function handle(name, mark) {
  return svg("g", { class: "qrnn-handle", "data-handle": name }, svg("circle", { r: 22, class: "qrnn-reach" }), mark);
}

function placed(element, x, y) {
  element.setAttribute("transform", `translate(${x.toFixed(3)} ${y.toFixed(3)})`);
}

/** Both arrows; the system's is dragged, and `onInput` gets the new value that is nearest to it. */
function arrowPanel(get, onInput) {
  const [y, radius] = [68, 36];
  const picture = panel(166, 158, 1.25);
  const system = blochDisc(41, y, radius, "system", "system");
  const memory = blochDisc(125, y, radius, "memory", "memory");
  const grip = handle("input", svg("circle", { r: 7, class: "qrnn-system-fill" }));
  picture.append(system.group, memory.group, grip);
  /** Where the tip is for a new value, before any measurement. */
  const tip = (input) => {
    const shrunk = Math.cos(rotatedBy(get, get("moment")) / 2);
    return [41 + radius * Math.sin(input) * shrunk, y - radius * Math.cos(input)];
  };
  const begin = () => tip(get("input"));
  draggingFrom(picture, begin, (by, [x0, y0]) => {
    const away = (input) => {
      const [x, up] = tip(input);
      return Math.hypot(x - x0 - by.x, up - y0 - by.y);
    };
    const degrees = Array.from({ length: 181 }, (_, k) => (k * Math.PI) / 180);
    onInput(degrees.reduce((best, input) => (away(input) < away(best) ? input : best)));
  });
  const draw = (state) => {
    const [x, , z] = bloch(systemState(state, 2));
    system.draw([x, 0, z]);
    memory.draw(bloch(memoryState(state, 2)));
    placed(grip, 41 + radius * x, y - radius * z);
  };
  return { picture, draw };
}

/** The entanglement along the way; its dot is dragged, and `onMoment` gets where to. */
function curvePanel(get, onMoment) {
  const chart = { left: 46, right: 256, top: 12, bottom: 140 };
  const x = scale(0, 2, chart.left, chart.right);
  const y = scale(0, 1, chart.bottom, chart.top);
  const picture = panel(264, 164, 1.2);
  const curve = svg("path", { class: "qrnn-curve qrnn-entangled-line" });
  const dot = handle("moment", svg("circle", { r: 8, class: "qrnn-entangled-fill" }));
  const xTicks = [[0.5, "entangler"], [1.5, "disentangler"]];
  const yTicks = [[0, "0"], [0.5, "½"], [1, "1"]];
  picture.append(
    axes({ ...chart, x, y, xTicks, yTicks, yLabel: "ebits" }),
    svg("path", { d: `M${x(1)} ${chart.top}V${chart.bottom}`, class: "qrnn-rule", "stroke-dasharray": "3 4" }),
    curve, dot,
  );
  draggingFrom(picture, () => get("moment"), (by, start) => {
    const moment = start + (2 * by.x) / (chart.right - chart.left);
    onMoment(clamp(Math.round(moment * 50) / 50, 0, 2));
  });
  const draw = (state) => {
    const times = Array.from({ length: 81 }, (_, k) => k / 40);
    curve.setAttribute("d", path(times.map((t) => [x(t), y(entanglement(stateAt(get, t), 2))])));
    placed(dot, x(get("moment")), y(entanglement(state, 2)));
  };
  return { picture, draw };
}

// The figure -------------------------------------------------------------------------------------

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const get = (trait) => model.get(trait);
  const put = (trait, value) => {
    model.set(trait, value);
    model.save_changes();
  };
  const table = stateTable(2, 2, 56);
  const first = panel(table.width, table.height, 1.25);
  first.append(table.group);
  const arrows = arrowPanel(get, (input) => put("input", input));
  const curve = curvePanel(get, (moment) => put("moment", moment));
  // Two side by side fit on a phone.
  first.style.flexBasis = arrows.picture.style.flexBasis = "146px";

  const measurements = [0, 1].map((k) =>
    button(`Measure: outcome ${k}`, () => put("outcome", get("outcome") === k ? -1 : k)),
  );
  // Any other change takes the measurement back: the figure shows one run of the circuit.
  for (const trait of UNMEASURED) model.on(`change:${trait}`, () => get("outcome") >= 0 && put("outcome", -1));

  const draw = () => {
    const [state, outcome] = [stateOf(get), get("outcome")];
    table.draw(state, outcome < 0 ? null : outcome);
    arrows.draw(state);
    curve.draw(state);
    const chances = probabilities(stateAt(get, get("moment")), 2);
    measurements.forEach((one, k) => {
      one.setAttribute("aria-pressed", String(outcome === k));
      one.disabled = chances[k] < 1e-9;
    });
    return describe(get);
  };

  const degrees = (angle) => `${shown((angle * 180) / Math.PI, 0)}°`;
  const angle = { min: 0, max: Math.PI, step: Math.PI / 180, format: degrees };
  const percent = (t) =>
    t <= 1 ? `${shown(100 * t, 0)} % of the entangler` : `${shown(100 * (t - 1), 0)} % of the disentangler`;
  const picture = pictureOf(first, arrows.picture, curve.picture);
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "moment", { label: "Moment", min: 0, max: 2, step: 0.02, format: percent }),
    slider(model, "input", { label: "New value", ...angle }),
    slider(model, "entangler", { label: "Entangle", ...angle }),
    slider(model, "disentangler", { label: "Disentangle", ...angle }),
  );
  const buttons = html("div", { class: "qrnn-buttons" }, ...measurements, undo(model, TRAITS), reset(model, TRAITS));
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(picture, controls, buttons, summary);
}

export default { render };
