// The fading ribbon: one past value changed, and how far apart two memories are from there on.
import { bloch, complex, run } from "./algebra.js";
import {
  axes, clamp, html, path, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart,
} from "./drawing.js";

const TRAITS = ["hug", "break_up", "position", "values", "twin"];

// Physics -----------------------------------------------------------------------------------------

/** cos(angle) + i sin(angle) SWAP: nothing at 0, a SWAP at a right angle. */
function partialSwap(angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return complex(
    [c, 0, 0, 0, 0, c, 0, 0, 0, 0, c, 0, 0, 0, 0, c],
    [s, 0, 0, 0, 0, 0, s, 0, 0, s, 0, 0, 0, 0, 0, s],
  );
}

/** One qubit of system, one of memory; -1 is encoded as |0⟩, 1 as |1⟩; nobody keeps the outcomes. */
function cellOf(hug, breakUp) {
  return {
    systemQubits: 1, memoryQubits: 1, encoding: "amplitude", collapse: "channel", readout: "z",
    entangler: partialSwap(hug), disentangler: partialSwap(-breakUp),
    inputWeight: [-1, 1], inputBias: [1, 1],
  };
}

/** The trace distance of the two memories, from the step that reads another value on. */
function distances(values, position, twin, hug, breakUp) {
  const cell = cellOf(hug, breakUp);
  const other = values.map((value, k) => (k === position ? twin : value));
  const [one, two] = [values, other].map((series) => run(cell, series).slice(position));
  return one.map((step, lag) => {
    const [a, b] = [bloch(step.nextMemory), bloch(two[lag].nextMemory)];
    // For one qubit it is half the distance of the two arrows.
    return Math.hypot(...a.map((value, axis) => value - b[axis])) / 2;
  });
}

// Words -------------------------------------------------------------------------------------------

/** In words what the figure shows, as Python says it. */
function describe(values, position, twin, apart, alone) {
  const ends = (list) => (list.length > 1 ? [list[0], list.at(-1)] : list).map((d) => shown(d));
  const [first, last] = ends(apart);
  const later = last ? `, at the last step ${last}` : "";
  const compared = alone ? ` After the hug alone it would be ${ends(alone).join(" and ")}.` : "";
  return `At step ${position + 1} one copy reads ${shown(values[position])}, the other ${shown(twin)}. Their memories are ${first} apart right after it${later}.${compared}`;
}

// Picture -----------------------------------------------------------------------------------------

const LEFT = 52;
const INPUT = { top: 14, bottom: 124 };
const RIBBON = { top: 168, bottom: 308 };
const AXIS = RIBBON.bottom + 24;
const HEIGHT = AXIS + 44;

/** A triangle that points up or down. */
function triangle(x, y, up) {
  const tip = up ? -7 : 7;
  return svg("path", { d: `M${x} ${y + tip}L${x + 6} ${y - tip}H${x - 6}Z`, class: "qrnn-system-fill" });
}

/** The two series that are read: one, but for a single value. */
function inputsOf(width, x, y, { values, position, twin }) {
  const at = x(position);
  const isUp = values[position] >= twin;
  const notes = [[values[position], "one copy", isUp], [twin, "the other", !isUp]];
  const beside = position < values.length / 2 ? [11, "start"] : [-11, "end"];
  return [
    axes({ x, y, ...INPUT, left: LEFT, right: width - 12, yTicks: [-1, 0, 1].map((v) => [v, shown(v, 0)]), yLabel: "input" }),
    svg("path", { d: path(values.map((v, k) => [x(k), y(v)])), class: "qrnn-thin qrnn-system-line", opacity: 0.5 }),
    ...values.map((v, k) => k !== position && svg("circle", { cx: x(k), cy: y(v), r: 4.5, class: "qrnn-system-fill" })),
    svg("path", { d: `M${at} ${y(values[position])}V${y(twin)}`, class: "qrnn-thin qrnn-system-line", "stroke-dasharray": "2 3" }),
    ...notes.flatMap(([value, name, up]) => [
      triangle(at, y(value), up),
      svg("text", {
        x: at + beside[0], y: y(value) + (up ? -4 : 13), "text-anchor": beside[1],
        class: "qrnn-small qrnn-system-ink", style: "paint-order: stroke; stroke: var(--paper); stroke-width: 3px",
      }, name),
    ]),
  ].filter(Boolean);
}

/** A ribbon as wide as the memories are apart, and dashed what it would be after the hug alone. */
function ribbonOf(width, x, { values, position }, apart, alone) {
  const right = width - 12;
  const y = scale(0.5, -0.5, RIBBON.top, RIBBON.bottom);
  const edge = (list, side) => list.map((d, lag) => [x(position + lag), y((side * d) / 2)]);
  const band = [...edge(apart, 1), ...edge(apart, -1).reverse()];
  const step = x(1) - x(0);
  const every = Math.ceil(34 / step);
  // Half the distance lies above the middle and half below, so the axis counts from there both ways.
  const marks = [[0.5, "1"], [0, "0"], [-0.5, "1"]];
  const label = svg("text", { class: "qrnn-middle" }, "distance");
  label.setAttribute("transform", `translate(${LEFT - 38} ${y(0)}) rotate(-90)`);
  const ticks = values.map((_, k) => [k, String(k + 1)]).filter(([k]) => k % Math.ceil(20 / step) === 0);
  return [
    svg("path", { d: `M${LEFT} ${y(0.5)}V${y(-0.5)}`, class: "qrnn-axis" }),
    ...marks.flatMap(([at, written]) => [
      svg("path", { d: `M${LEFT - 4} ${y(at)}h8`, class: "qrnn-axis" }),
      svg("text", { x: LEFT - 8, y: y(at) + 5, class: "qrnn-end" }, written),
    ]),
    label,
    axes({ x, left: LEFT, right, top: AXIS, bottom: AXIS, xTicks: ticks, xLabel: "step" }),
    svg("text", { x: LEFT + 8, y: RIBBON.top - 10, class: "qrnn-small" }, "1: told apart for sure"),
    svg("path", { d: `M${x(0)} ${y(0)}H${x(position)}`, class: "qrnn-curve qrnn-memory-line" }),
    svg("path", { d: `${path(band)}Z`, class: "qrnn-memory-fill qrnn-memory-line", "stroke-width": 1.5, "stroke-linejoin": "round" }),
    ...(alone ? [1, -1] : []).map((side) =>
      svg("path", { d: path(edge(alone, side)), class: "qrnn-thin qrnn-truth-line", "stroke-dasharray": "5 3" }),
    ),
    alone && svg("text", { x: right, y: RIBBON.top - 10, class: "qrnn-end qrnn-small" }, "dashed: hug alone"),
    ...apart.map((d, lag) =>
      lag % every === 0 &&
        svg("text", { x: x(position + lag), y: AXIS - 7, class: "qrnn-middle qrnn-small qrnn-memory-ink" }, shown(d)),
    ),
  ].filter(Boolean);
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const get = (trait) => model.get(trait);
  const seen = () => ({ values: get("values"), position: get("position"), twin: get("twin") });
  const scales = (width) => [
    scale(-0.5, get("values").length - 0.5, LEFT, width - 12),
    scale(1.2, -1.2, INPUT.top, INPUT.bottom),
  ];
  const after = (breakUp) => distances(get("values"), get("position"), get("twin"), get("hug"), breakUp);
  let [apart, alone] = [[], null];
  const large = wideChart(HEIGHT, (width) => {
    const [x, y] = scales(width);
    const at = { x: x(get("position") - 0.5), width: x(1) - x(0), y: INPUT.top - 12, height: AXIS - INPUT.top + 12 };
    return [
      svg("rect", { ...at, rx: 4, style: "fill: var(--rule)", opacity: 0.5 }),
      ...inputsOf(width, x, y, seen()),
      ...ribbonOf(width, x, seen(), apart, alone),
    ];
  });
  const picture = pictureOf(large.chart);
  const put = (position, value) => {
    model.set("values", get("values").map((old, k) => (k === position ? value : old)));
    model.save_changes();
  };
  moved(large.chart, (box, place, held) => {
    const [x, y] = scales(box.width);
    const step = x(1) - x(0);
    const k = held?.k ?? clamp(Math.round((place.x - x(0)) / step), 0, get("values").length - 1);
    const value = clamp(Math.round(20 * (1 - (2 * (place.y - y(1))) / (y(-1) - y(1)))) / 20, -1, 1);
    if (!held && (place.y > INPUT.bottom + 12 || place.x < LEFT)) return null;
    const nearTwin = Math.abs(value - get("twin")) < Math.abs(value - get("values")[k]);
    const isTwin = held?.isTwin ?? (k === get("position") && nearTwin);
    if (isTwin) {
      model.set("twin", value);
      model.save_changes();
    } else put(k, value);
    return { k, isTwin };
  });

  const draw = () => {
    apart = after(get("break_up"));
    alone = get("break_up") > 0 ? after(0) : null;
    large.redraw();
    return describe(get("values"), get("position"), get("twin"), apart, alone);
  };
  // What one copy reads at the changed step, as if it were a trait of its own.
  const one = {
    get: () => get("values")[get("position")],
    set: (_, value) => put(get("position"), value),
    save_changes() {},
    on: (_, listener) => ["change:values", "change:position"].forEach((event) => model.on(event, listener)),
  };
  const degrees = (angle) => `${shown((angle * 180) / Math.PI, 0)}°`;
  const angle = { min: 0, max: Math.PI / 2, step: Math.PI / 180, format: degrees };
  const input = { min: -1, max: 1, step: 0.05 };
  const steps = { min: 0, max: get("values").length - 1, step: 1, format: (k) => `step ${k + 1}` };
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "hug", { label: "Hug: turn towards a SWAP", ...angle }),
    slider(model, "break_up", { label: "Break-up: turn back", ...angle }),
    slider(model, "position", { label: "Changed value", ...steps }),
    slider(one, "value", { label: "One copy reads", ...input }),
    slider(model, "twin", { label: "The other reads", ...input }),
  );
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(picture, controls, html("div", { class: "qrnn-buttons" }, reset(model, TRAITS)), summary);
  new ResizeObserver(() => large.redraw()).observe(picture);
}

/**
 * Call `move` with the picture's box, a place in it and what it returned when the drag began.
 *
 * A mouse drags; a finger taps, as its drags scroll the page.
 */
function moved(element, move) {
  let held = null;
  const at = (event) => {
    const box = element.getBoundingClientRect();
    return [box, { x: event.clientX - box.left, y: event.clientY - box.top }];
  };
  element.addEventListener("pointerdown", (event) => {
    held = event.pointerType === "mouse" ? move(...at(event), null) : null;
    if (held) element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (held) move(...at(event), held);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    element.addEventListener(end, () => {
      held = null;
    });
  }
  element.addEventListener("click", (event) => {
    if (event.pointerType !== "mouse") move(...at(event), null);
  });
}

export default { render };
