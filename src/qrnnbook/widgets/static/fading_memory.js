// The fading memory: how long a change of one value is felt, with noise and without.
import { densityOf, encode } from "./algebra.js";
import { dragging } from "./dragging.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import {
  axes, choice, clamp, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg,
} from "./drawing.js";
import { distance, expectations, memories, receivedCircuit } from "./noise.js";

const TRAITS = ["rate", "kind", "position"];
const KINDS = { depolarizing: "depolarizing", dephasing: "dephasing", amplitude_damping: "amplitude damping" };
/** How many values after the change the memories are compared again. */
const LATER = 4;
const RATE = { min: 0, max: 0.05, step: 0.0005 };
/** The noise that answers the question. */
const NOISY = 0.02;

function percent(part, whole) {
  return whole > 1e-9 ? `${shown((100 * part) / whole, 0)} %` : "nothing";
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const cell = model.get("cell");
  const series = model.get("window");
  const oneQubitFactor = model.get("one_qubit_factor");
  const { systemQubits, memoryQubits } = cell;
  const circuit = receivedCircuit(cell.gates, systemQubits + memoryQubits);
  const vectorOf = (x) => expectations(densityOf(encode(cell, x)), systemQubits);
  const encoded = series.map(vectorOf);
  const changed = model.get("values").map(vectorOf);
  const last = series.length - 1;

  /** How far apart the two memories are, step by step; 0 before the change. */
  const distances = (kind, rate, position) => {
    const [one, other] = changed.map((value) => {
      const read = encoded.map((vector, t) => (t === position ? value : vector));
      return memories(circuit, read, systemQubits, memoryQubits, { kind, rate, oneQubitFactor });
    });
    return one.map((memory, t) => (t < position ? 0 : distance(memory, other[t], memoryQubits)));
  };
  // Without noise the kind does not matter: once for each place of the change is enough.
  const known = new Map();
  const without = (position) => {
    if (!known.has(position)) known.set(position, distances("depolarizing", 0, position));
    return known.get(position);
  };
  const most = Math.max(...series.slice(0, last).map((_, position) => Math.max(...without(position))));
  const high = Math.max(0.1, Math.ceil(10 * most) / 10);

  const chart = { left: 48, right: 316, top: 94, bottom: 176 };
  const input = { top: 26, bottom: 66 };
  const x = scale(-0.5, last + 0.5, chart.left, chart.right);
  const y = scale(0, high, chart.bottom, chart.top);
  const values = [...series, ...model.get("values")];
  const height = scale(Math.min(...values, -1), Math.max(...values, 1), input.bottom, input.top);
  const width = (0.62 * (chart.right - chart.left)) / series.length;
  const every = Math.ceil(series.length / 8);
  const xTicks = series.map((_, t) => [t, String(t)]).filter(([t]) => t % every === 0);
  const inputs = series.map((value, t) => svg("circle", { cx: x(t), cy: height(value), r: 3.5, class: "qrnn-system-fill" }));
  const bars = series.map((_, t) => svg("rect", { x: x(t) - width / 2, width, class: "qrnn-memory-fill" }));
  const hollow = series.map((_, t) => svg("rect", { x: x(t) - width / 2, width, class: "qrnn-thin qrnn-truth-line" }));
  // The changed value: what either run reads there, drawn at 0 and put in its place.
  const two = model.get("values").map((value) => height(value));
  const change = svg(
    "g", { class: "qrnn-handle", "data-handle": "position" },
    svg("rect", { x: -22, y: input.top - 12, width: 44, height: chart.bottom - input.top + 12, class: "qrnn-reach" }),
    svg("path", { d: `M0 ${two[0]}V${two[1]}`, class: "qrnn-thin qrnn-system-line" }),
    ...two.map((cy) => svg("circle", { cx: 0, cy, r: 6, class: "qrnn-system-line", "stroke-width": 2, style: "fill: var(--paper)" })),
  );
  const left = panel(324, 216, 1.12);
  left.append(
    svg("text", { x: 6, y: 15, class: "qrnn-system-ink" }, "Input: one value is changed"),
    ...inputs, ...bars, ...hollow,
    svg("text", { x: 6, y: 86, class: "qrnn-strong" }, "Distance of memories"),
    svg("text", { x: 258, y: 86, class: "qrnn-small qrnn-end" }, "□ clean"),
    svg("text", { x: 316, y: 86, class: "qrnn-small qrnn-end qrnn-memory-ink" }, "■ noisy"),
    axes({ ...chart, x, y, xTicks, yTicks: [0, high / 2, high].map((v) => [v, shown(v, 2)]), xLabel: "step" }),
    change,
  );
  const lower = { ...chart, top: 30, bottom: 146 };
  const part = scale(0, 1, lower.bottom, lower.top);
  const curve = svg("path", { class: "qrnn-curve qrnn-memory-line" });
  const dots = series.map(() => svg("circle", { r: 4, class: "qrnn-memory-fill" }));
  const grip = [
    svg("circle", { r: 24, class: "qrnn-reach" }),
    svg("circle", { r: 7, class: "qrnn-memory-line", "stroke-width": 2.5, style: "fill: var(--paper)" }),
  ];
  const right = panel(324, 186, 1.12);
  right.append(
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, "What noise leaves of it"),
    axes({ ...lower, x, y: part, xTicks, yTicks: [0, 0.5, 1].map((v) => [v, `${100 * v} %`]), xLabel: "step" }),
    curve, ...dots,
    svg("g", { class: "qrnn-handle", "data-handle": "share" }, ...grip),
  );

  const set = (trait, value) => {
    model.set(trait, value);
    model.save_changes();
  };
  /** The step at which the words compare the memories again. */
  const later = (position) => Math.min(position + LATER, last);
  /** The rate of noise that leaves a share of the distance at that step: more noise leaves less. */
  const rateFor = (share) => {
    const [kind, position] = [model.get("kind"), model.get("position")];
    const step = later(position);
    const clean = without(position)[step];
    if (clean < 1e-9) return model.get("rate");
    let [low, high] = [0, Math.round(RATE.max / RATE.step)];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (distances(kind, middle * RATE.step, position)[step] / clean > share) low = middle + 1;
      else high = middle;
    }
    return low * RATE.step;
  };
  dragging(left, (place) => set("position", clamp(Math.round(scale(x(0), x(last), 0, last)(place.x)), 0, last - 1)));
  dragging(right, (place) => set("rate", rateFor(scale(part(0), part(1), 0, 1)(place.y))));

  const draw = () => {
    const [kind, rate, position] = [model.get("kind"), model.get("rate"), model.get("position")];
    const clean = without(position);
    const noisy = distances(kind, rate, position);
    const points = [];
    series.forEach((_, t) => {
      for (const [rect, value] of [[hollow[t], clean[t]], [bars[t], noisy[t]]]) {
        rect.setAttribute("y", y(value).toFixed(2));
        rect.setAttribute("height", Math.max(0, chart.bottom - y(value)).toFixed(2));
      }
      const felt = t >= position && clean[t] > 1e-9;
      const at = [x(t), part(felt ? Math.min(1, noisy[t] / clean[t]) : 0)];
      if (felt) points.push(at);
      dots[t].style.display = felt ? "" : "none";
      dots[t].setAttribute("cx", at[0].toFixed(2));
      dots[t].setAttribute("cy", at[1].toFixed(2));
    });
    curve.setAttribute("d", path(points));
    change.setAttribute("transform", `translate(${x(position)} 0)`);
    inputs.forEach((dot, t) => (dot.style.display = t === position ? "none" : ""));
    const then = later(position);
    const lag = then - position;
    for (const circle of grip) {
      circle.setAttribute("cx", x(then));
      circle.setAttribute("cy", part(clean[then] > 1e-9 ? Math.min(1, noisy[then] / clean[then]) : 0));
    }
    const name = KINDS[kind][0].toUpperCase() + KINDS[kind].slice(1);
    return `${name}, ${shown(100 * rate)} % after each gate on two qubits. The memories differ by ${shown(noisy[position], 3)} right after the change and, ${lag} value${lag > 1 ? "s" : ""} later, by ${shown(noisy[then], 3)}: ${percent(noisy[position], clean[position])} and ${percent(noisy[then], clean[then])} of what they would without noise.`;
  };

  const picture = pictureOf(left, right);
  picture.style.alignItems = "flex-end";
  const question = guess({
    question: "Noise after each gate: does it shrink all bars alike, or later ones more?",
    answers: { alike: "All alike", later: "Later more" },
    reveal() {
      set("rate", NOISY);
      const position = model.get("position");
      const [clean, noisy] = [without(position), distances(model.get("kind"), NOISY, position)];
      const then = later(position);
      const [first, second] = [position, then].map((t) => percent(noisy[t], clean[t]));
      const fades = noisy[then] / clean[then] < noisy[position] / clean[position] - 0.01;
      const why = fades ? "an older change has been through more noisy gates" : "here they shrink alike";
      return [fades ? "later" : "alike", `At ${shown(100 * NOISY, 0)} % noise ${first} is left at the change and ${second} after ${then - position} more steps: ${why}.`];
    },
  });
  const controls = html(
    "div", { class: "qrnn-controls" },
    slider(model, "rate", { label: "Noise after each two-qubit gate", ...RATE, format: (v) => `${shown(100 * v)} %` }),
    slider(model, "position", { label: "The value that is changed", min: 0, max: last - 1, step: 1, format: (t) => `step ${t}` }),
    choice(model, "kind", { label: "Kind of noise", options: KINDS }),
  );
  const buttons = html("div", { class: "qrnn-buttons" }, undo(model, TRAITS), reset(model, TRAITS, question.forget));
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(question.element, picture, controls, buttons, summary);
}

export default { render };
