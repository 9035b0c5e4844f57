// The fading memory: how long a change of one value is felt, with noise and without.
import { densityOf, encode } from "./algebra.js";
import { axes, choice, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg } from "./drawing.js";
import { distance, expectations, memories, receivedCircuit } from "./noise.js";

const MOVED = ["rate", "kind", "position"];
const KINDS = { depolarizing: "depolarizing", dephasing: "dephasing", amplitude_damping: "amplitude damping" };
/** How many values later the words look. */
const LATER = 4;

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

  const chart = { left: 48, right: 316, top: 44, bottom: 178 };
  const x = scale(-0.5, last + 0.5, chart.left, chart.right);
  const y = scale(0, high, chart.bottom, chart.top);
  const part = scale(0, 1, chart.bottom, chart.top);
  const width = (0.62 * (chart.right - chart.left)) / series.length;
  const every = Math.ceil(series.length / 8);
  const xTicks = series.map((_, t) => [t, String(t)]).filter(([t]) => t % every === 0);
  const bars = series.map((_, t) => svg("rect", { x: x(t) - width / 2, width, class: "qrnn-memory-fill" }));
  const hollow = series.map((_, t) => svg("rect", { x: x(t) - width / 2, width, class: "qrnn-thin qrnn-truth-line" }));
  const left = panel(324, 222, 1.12);
  left.append(
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, "Distance of the two memories"),
    svg("text", { x: chart.left + 6, y: 35 }, "□ no noise"),
    svg("text", { x: chart.left + 96, y: 35, class: "qrnn-memory-ink" }, "■ with noise"),
    axes({ ...chart, x, y, xTicks, yTicks: [0, high / 2, high].map((v) => [v, shown(v, 2)]), xLabel: "step" }),
    ...bars, ...hollow,
  );
  const curve = svg("path", { class: "qrnn-curve qrnn-memory-line" });
  const dots = series.map(() => svg("circle", { r: 4, class: "qrnn-memory-fill" }));
  const right = panel(324, 222, 1.12);
  right.append(
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, "What noise leaves of it"),
    axes({ ...chart, x, y: part, xTicks, yTicks: [0, 0.5, 1].map((v) => [v, `${100 * v} %`]), xLabel: "step" }),
    curve, ...dots,
  );

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
    const lag = Math.min(LATER, last - position);
    const then = position + lag;
    const name = KINDS[kind][0].toUpperCase() + KINDS[kind].slice(1);
    return `${name}, ${shown(100 * rate)} % after each gate on two qubits. The memories differ by ${shown(noisy[position], 3)} right after the change and, ${lag} value${lag > 1 ? "s" : ""} later, by ${shown(noisy[then], 3)}: ${percent(noisy[position], clean[position])} and ${percent(noisy[then], clean[then])} of what they would without noise.`;
  };

  const picture = pictureOf(left, right);
  const controls = html(
    "div", { class: "qrnn-controls" },
    slider(model, "rate", { label: "Noise after each two-qubit gate", min: 0, max: 0.05, step: 0.0005, format: (v) => `${shown(100 * v)} %` }),
    slider(model, "position", { label: "The value that is changed", min: 0, max: last - 1, step: 1, format: (t) => `step ${t}` }),
    choice(model, "kind", { label: "What it does", options: KINDS }),
  );
  const summary = redrawn(model, MOVED, picture, draw);
  el.append(picture, controls, html("div", { class: "qrnn-buttons" }, reset(model, MOVED)), summary);
}

export default { render };
