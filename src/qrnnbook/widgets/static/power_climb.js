// The power climb: how much a gate entangles, and disentangles, step by step from a random start.
import { climbed, gainOf, inverse } from "./ascent.js";
import { dragging } from "./dragging.js";
import {
  axes, button, choice, clamp, html, path, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart,
} from "./drawing.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";

const TRAITS = ["gate", "start", "step"];
const STEPS = 60;
/** Climbs from earlier starts that stay in the picture. */
const EARLIER = 5;
/** How long a step stays while the climb is played, in milliseconds. */
const BEAT = 70;

/** The two directions: what the gate does, its mark, the dash of its line. */
const DIRECTIONS = [
  { name: "entangling", verb: "adds", mark: "M0 -8L7 5H-7Z", line: {} },
  { name: "disentangling", verb: "removes", mark: "M0 8L7 -5H-7Z", line: { "stroke-dasharray": "5 3" } },
];

// The climbs -------------------------------------------------------------------------------------

/** A climb of a gate in a direction, from a start: ebits, and the entanglement before and after the gate. */
function climbOf(gate, direction, numbers) {
  const entangling = direction === 0 ? gate : inverse(gate);
  const n = gate.dims[0] * gate.dims[1] * gate.ancillas[0] * gate.ancillas[1];
  const half = numbers.length / 2;
  const start = Float64Array.from([...numbers.slice(0, n), ...numbers.slice(half, half + n)]);
  const steps = climbed(gainOf(entangling), start, STEPS).map(({ value, before, after }) =>
    // The state before the inverse gate is the state after the gate itself.
    direction === 0 ? { ebits: value, before, after } : { ebits: value, before: after, after: before },
  );
  // A climb that has arrived stays.
  return Array.from({ length: STEPS + 1 }, (_, k) => steps[Math.min(k, steps.length - 1)]);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** In words what the figure shows, as Python says it; the bounds come with the last step. */
function describe(name, start, step, reached, limits) {
  const said = DIRECTIONS.map(({ verb }, k) => {
    const { ebits, before, after } = reached[k];
    const bound = step === STEPS ? `, of ${shown(limits[k], 3)} at most` : "";
    return `it ${verb} ${shown(ebits, 3)} ebits (from ${shown(before, 3)} to ${shown(after, 3)})${bound}`;
  });
  return `${capital(name)}, start ${start}, ${step} steps: ${said.join("; ")}.`;
}

/** Whether a gate removes as much as it creates, from the ends of all climbs and the bounds, and why. */
function answerOf([added, removed], limits) {
  const [up, down, most, least] = [added, removed, limits[0], limits[1]].map((ebits) => shown(ebits, 3));
  if (limits[1] < added - 1e-6) return ["less", `It can create ${up} ebits. A proof shows that it removes ${least} at most.`];
  if (limits[0] < removed - 1e-6) return ["more", `It can remove ${down} ebits. A proof shows that it creates ${most} at most.`];
  const why = `The best climbs create ${up} ebits and remove ${down}.`;
  if (Math.abs(added - removed) < 1e-3) return ["as much", why];
  return [removed < added ? "less" : "more", `${why} No proof excludes a better state.`];
}

// The pictures -----------------------------------------------------------------------------------

/** Round heights in a range of ebits. */
function ticks(low, high) {
  const gap = [0.02, 0.05, 0.1, 0.2, 0.5, 1].find((one) => (high - low) / one < 6);
  const first = Math.ceil(low / gap - 1e-9);
  const count = Math.floor(high / gap + 1e-9) - first + 1;
  const digits = gap < 0.1 ? 2 : gap < 1 ? 1 : 0;
  return Array.from({ length: count }, (_, k) => [(first + k) * gap, shown((first + k) * gap, digits)]);
}

const CLIMBS = { height: 208, top: 26, bottom: 166, gap: 14 };

/** Where the two charts lie in a width: all climbs, and their top. */
function placesIn(width) {
  const half = (width - CLIMBS.gap) / 2;
  return [0, half + CLIMBS.gap].map((from) => ({ from, left: from + 36, right: from + half - 10, narrow: half < 280 }));
}

function stepScale({ left, right }) {
  return scale(0, STEPS, left, right);
}

/** The line through these heights, from where it comes into the chart. */
function inside(x, y, low, heights) {
  return path(
    heights.flatMap((h, k) => {
      if (h >= low) return [[x(k), y(h)]];
      const next = heights[k + 1];
      return next >= low ? [null, [x(k + (low - h) / (next - h)), y(low)]] : [null];
    }),
  );
}

/** One chart of both climbs in a range of ebits, with a handle at the step. */
function climbChart(place, handle, { climbs, earlier, limits, step }, { title, low, high, labelled }) {
  const { from, left, right, narrow } = place;
  const x = stepScale(place);
  const y = scale(low, high, CLIMBS.bottom, CLIMBS.top);
  const xTicks = (narrow ? [0, 30, 60] : [0, 20, 40, 60]).map((k) => [k, String(k)]);
  const drawn = [
    svg("text", { x: from + 2, y: 14, class: "qrnn-strong" }, title),
    axes({ ...CLIMBS, left, right, x, y, xTicks, yTicks: ticks(low, high), xLabel: "step of the climb" }),
  ];
  for (const pair of earlier) {
    pair.forEach((climb, k) => {
      const d = inside(x, y, low, climb.map(({ ebits }) => ebits));
      drawn.push(svg("path", { d, class: "qrnn-thin qrnn-quiet-line", opacity: 0.6, ...DIRECTIONS[k].line }));
    });
  }
  if (step === STEPS) {
    const upper = limits[1] > limits[0] ? 1 : 0;
    DIRECTIONS.forEach(({ name, line }, k) => {
      const height = y(limits[k]);
      drawn.push(svg("path", { d: `M${left} ${height}H${right}`, class: "qrnn-thin qrnn-truth-line", ...line }));
      if (!labelled) return;
      const at = { x: right - 12, y: height + (k === upper ? -6 : 15), class: "qrnn-small qrnn-end" };
      drawn.push(svg("text", at, `${narrow ? "" : `${name}: `}${shown(limits[k], 3)} at most`));
    });
  }
  const reach = { x: x(step) - 20, y: CLIMBS.top, width: 40, height: CLIMBS.bottom - CLIMBS.top, class: "qrnn-reach" };
  const grip = [
    svg("rect", reach),
    svg("path", { d: `M${x(step)} ${CLIMBS.top}V${CLIMBS.bottom}`, class: "qrnn-thin qrnn-quiet-line" }),
  ];
  DIRECTIONS.forEach(({ mark, line }, k) => {
    const heights = climbs[k].slice(0, step + 1).map(({ ebits }) => ebits);
    drawn.push(svg("path", { d: inside(x, y, low, heights), class: "qrnn-curve qrnn-entangled-line", ...line }));
    if (heights[step] < low) return;
    const transform = `translate(${x(step).toFixed(2)} ${y(heights[step]).toFixed(2)})`;
    grip.push(svg("path", { d: mark, transform, class: "qrnn-entangled-fill" }), svg("circle", { r: 22, transform, class: "qrnn-reach" }));
  });
  return [...drawn, svg("g", { class: "qrnn-handle", "data-handle": handle }, ...grip)];
}

const ENDS = { height: 72, rows: [32, 58] };

/** For each direction its line and mark, and the entanglement from before the gate to after it. */
function endsOf(width, reached, most) {
  const x = scale(0, most, 152, width - 114);
  const rows = DIRECTIONS.flatMap(({ name, mark, line }, k) => {
    const y = ENDS.rows[k];
    const { before, after } = reached[k];
    const [start, end] = [x(Math.max(0, before)), x(Math.max(0, after))];
    return [
      svg("path", { d: `M0 ${y}h30`, class: "qrnn-curve qrnn-entangled-line", ...line }),
      svg("path", { d: mark, transform: `translate(15 ${y})`, class: "qrnn-entangled-fill" }),
      svg("text", { x: 38, y: y + 5, class: "qrnn-entangled-ink" }, name),
      svg("path", { d: `M${x(0)} ${y}H${x(most)}`, class: "qrnn-rule" }),
      svg("path", { d: `M${start.toFixed(2)} ${y}H${end.toFixed(2)}`, class: "qrnn-curve qrnn-entangled-line" }),
      svg("circle", { cx: start, cy: y, r: 4, class: "qrnn-entangled-line", style: "fill: var(--paper); stroke-width: 2" }),
      svg("path", { d: mark, transform: `translate(${end.toFixed(2)} ${y})`, class: "qrnn-entangled-fill" }),
      svg("text", { x: width, y: y + 5, class: "qrnn-end" }, `${shown(before, 3)} → ${shown(after, 3)}`),
    ];
  });
  return [svg("text", { x: width, y: 13, class: "qrnn-end" }, "Ebits before the gate → after it"), ...rows];
}

// The figure -------------------------------------------------------------------------------------

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const gates = model.get("gates");
  const starts = model.get("starts");
  const most = Math.max(...Object.values(gates).map((gate) => Math.max(...gate.limits, 1)));

  const known = new Map();
  /** Both climbs of the present gate from one of the starts; made once. */
  const pair = (start) => {
    const name = model.get("gate");
    const key = `${start} ${name}`;
    if (!known.has(key)) known.set(key, DIRECTIONS.map((_, k) => climbOf(gates[name], k, starts[start - 1])));
    return known.get(key);
  };

  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;
  const show = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  const waiting = still ? "Next step" : "Play";
  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = waiting;
  };
  const forward = () => {
    show({ step: Math.min(STEPS, model.get("step") + 1) });
    if (model.get("step") === STEPS) pause();
  };
  // Without motion the reader steps by hand.
  const play = button(waiting, () => {
    if (timer !== null) return pause();
    if (model.get("step") === STEPS) show({ step: 0 });
    if (still) return forward();
    play.textContent = "Pause";
    timer = setInterval(forward, BEAT);
  });
  const another = button("New start", () => show({ start: (model.get("start") % starts.length) + 1 }));

  const stateNow = () => {
    const [name, start, step] = TRAITS.map((trait) => model.get(trait));
    const first = Math.max(1, start - EARLIER);
    const earlier = Array.from({ length: start - first }, (_, k) => pair(first + k));
    return { name, start, step, climbs: pair(start), earlier, limits: gates[name].limits };
  };
  const charts = wideChart(CLIMBS.height, (width) => {
    const state = stateNow();
    const tops = state.climbs.map((climb) => climb[STEPS].ebits);
    const high = Math.max(...state.limits, ...tops) + 0.035;
    const [whole, top] = placesIn(width);
    const title = whole.narrow ? "Ebits" : "Ebits added, and ebits removed";
    return [
      ...climbChart(whole, "whole", state, { title, low: -0.6, high: Math.max(2.1, high), labelled: false }),
      ...climbChart(top, "top", state, { title: "The top, enlarged", low: Math.min(...tops) - 0.06, high, labelled: true }),
    ];
  });
  const ends = wideChart(ENDS.height, (width) => {
    const { climbs, step } = stateNow();
    return endsOf(width, climbs.map((climb) => climb[step]), most);
  });
  dragging(charts.chart, ({ x }, handle) => {
    const place = placesIn(charts.chart.clientWidth || 640)[handle === "whole" ? 0 : 1];
    pause();
    show({ step: clamp(Math.round(scale(place.left, place.right, 0, STEPS)(x)), 0, STEPS) });
  });
  const draw = () => {
    const { name, start, step, climbs, limits } = stateNow();
    charts.redraw();
    ends.redraw();
    return describe(name, start, step, climbs.map((climb) => climb[step]), limits);
  };

  const asked = guess({
    question: "Can this gate remove as much entanglement as it can create?",
    answers: { "as much": "As much", less: "Less", more: "More" },
    reveal: () => {
      pause();
      show({ step: STEPS });
      const all = starts.map((_, k) => pair(k + 1));
      const best = DIRECTIONS.map((_, k) => Math.max(...all.map((climbs) => climbs[k][STEPS].ebits)));
      return answerOf(best, gates[model.get("gate")].limits);
    },
  });
  const picture = pictureOf(charts.chart, ends.chart);
  picture.style.marginTop = "0.5rem";
  const steps = slider(model, "step", { label: "Step of the climb", min: 0, max: STEPS, step: 1, format: (k) => `${k} of ${STEPS}` });
  steps.addEventListener("input", pause);
  const names = Object.fromEntries(Object.keys(gates).map((name) => [name, name]));
  const which = choice(model, "gate", { label: "Gate", options: names });
  // The answer is that of one gate.
  model.on("change:gate", asked.forget);
  const back = undo(model, TRAITS);
  const first = reset(model, TRAITS, asked.forget);
  for (const one of [back, first]) one.addEventListener("click", pause);
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    asked.element,
    picture,
    html("div", { class: "qrnn-controls" }, steps, which),
    html("div", { class: "qrnn-buttons" }, play, another, back, first),
    summary,
  );
  new ResizeObserver(() => {
    charts.redraw();
    ends.redraw();
  }).observe(picture);
  return () => clearInterval(timer);
}

export default { render };
