// The power climb: how far a gate ties, and unties, step by step from a random start.
import {
  axes, button, choice, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg,
} from "./drawing.js";
import { climbed, gainOf, inverse } from "./ascent.js";

const TRAITS = ["gate", "start", "step"];
const STEPS = 60;
/** Climbs from earlier starts that stay in the picture. */
const EARLIER = 5;
/** How long a step stays while the climb is played, in milliseconds. */
const BEAT = 70;

/** The two directions: what the gate does, its mark, the look of its line. */
const DIRECTIONS = [
  { name: "tying", verb: "ties", mark: "M0 -8L7 5H-7Z", line: {} },
  { name: "untying", verb: "unties", mark: "M0 8L7 -5H-7Z", line: { "stroke-dasharray": "5 3" } },
];

// The climbs -------------------------------------------------------------------------------------

/** A climb of a gate in a direction, from a start: ebits, and the tie before and after the gate. */
function climbOf(gate, direction, numbers) {
  const tying = direction === 0 ? gate : inverse(gate);
  const n = gate.dims[0] * gate.dims[1] * gate.ancillas[0] * gate.ancillas[1];
  const half = numbers.length / 2;
  const start = Float64Array.from([...numbers.slice(0, n), ...numbers.slice(half, half + n)]);
  const steps = climbed(gainOf(tying), start, STEPS).map(({ value, before, after }) =>
    // The state of a climb backwards is what the gate itself comes out with.
    direction === 0 ? { ebits: value, before, after } : { ebits: value, before: after, after: before },
  );
  // Who has arrived stays.
  return Array.from({ length: STEPS + 1 }, (_, k) => steps[Math.min(k, steps.length - 1)]);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** In words what the figure shows, as Python says it. */
function describe(name, start, step, reached, limits) {
  const said = DIRECTIONS.map(({ verb }, k) => {
    const { ebits, before, after } = reached[k];
    return `it ${verb} ${shown(ebits, 3)} ebits (from ${shown(before, 3)} to ${shown(after, 3)}), of ${shown(limits[k], 3)} at most`;
  });
  return `${capital(name)}, start ${start}, ${step} steps: ${said.join("; ")}.`;
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

/** A chart of both climbs; `draw` gives it its range of ebits. */
function climbChart(title, enlarged) {
  const chart = { left: 48, right: 312, top: 28, bottom: 176 };
  const x = scale(0, STEPS, chart.left, chart.right - 8);
  const picture = panel(324, 216, 1.12);
  const frame = svg("g");
  picture.append(svg("text", { x: 6, y: 15, class: "qrnn-strong" }, title), frame);
  /** The line through these heights, from where it comes into the chart. */
  const inside = (y, heights) =>
    path(
      heights.flatMap((h, k) => {
        if (h >= y.low) return [[x(k), y.to(h)]];
        const next = heights[k + 1];
        return next >= y.low ? [null, [x(k + (y.low - h) / (next - h)), y.to(y.low)]] : [null];
      }),
    );
  const draw = (climbs, earlier, limits, step, low, high) => {
    const y = { low, to: scale(low, high, chart.bottom, chart.top) };
    const yTicks = ticks(low, high);
    const xTicks = [0, 20, 40, 60].map((k) => [k, String(k)]);
    const drawn = [axes({ ...chart, x, y: y.to, xTicks, yTicks, xLabel: "step of the climb", yLabel: enlarged ? "" : "ebits" })];
    for (const pair of earlier) {
      pair.forEach((climb, k) => {
        const d = inside(y, climb.map(({ ebits }) => ebits));
        drawn.push(svg("path", { d, class: "qrnn-thin qrnn-quiet-line", opacity: 0.6, ...DIRECTIONS[k].line }));
      });
    }
    const upper = limits[1] > limits[0] ? 1 : 0;
    DIRECTIONS.forEach(({ name, mark, line }, k) => {
      const height = y.to(limits[k]);
      drawn.push(svg("path", { d: `M${chart.left} ${height}H${chart.right}`, class: "qrnn-thin qrnn-truth-line", ...line }));
      if (enlarged) {
        const at = { x: x(STEPS) - 10, y: height + (k === upper ? -5 : 14), class: "qrnn-small qrnn-end" };
        drawn.push(svg("text", at, `${name}: ${shown(limits[k], 3)} at most`));
      }
      const heights = climbs[k].slice(0, step + 1).map(({ ebits }) => ebits);
      drawn.push(svg("path", { d: inside(y, heights), class: "qrnn-curve qrnn-entangled-line", ...line }));
      if (heights[step] >= low) {
        const transform = `translate(${x(step).toFixed(2)} ${y.to(heights[step]).toFixed(2)})`;
        drawn.push(svg("path", { d: mark, transform, class: "qrnn-entangled-fill" }));
      }
    });
    if (!enlarged) {
      DIRECTIONS.forEach(({ name, mark, line }, k) => {
        const [left, up] = [chart.right - 118, chart.bottom - 36 + 20 * k];
        drawn.push(
          svg("path", { d: `M${left} ${up}h30`, class: "qrnn-curve qrnn-entangled-line", ...line }),
          svg("path", { d: mark, transform: `translate(${left + 15} ${up})`, class: "qrnn-entangled-fill" }),
          svg("text", { x: left + 38, y: up + 5, class: "qrnn-entangled-ink" }, name),
        );
      });
    }
    frame.replaceChildren(...drawn);
  };
  return { picture, draw };
}

/** For each direction the tie before the gate and after it, as bars. */
function endsPanel(most) {
  const picture = panel(324, 116, 1.12);
  const x = scale(0, most, 116, 270);
  const rows = DIRECTIONS.flatMap(({ name }, k) =>
    ["before", "after"].map((when, j) => {
      const y = 14 + 54 * k + 22 * j;
      const label = j ? "… and after" : `${capital(name)}, before`;
      const bar = svg("rect", { x: x(0), y: y - 9, height: 13, class: "qrnn-entangled-fill", opacity: j ? 1 : 0.55 });
      const number = svg("text", { y: y + 3 });
      picture.append(svg("text", { x: 108, y: y + 3, class: "qrnn-end qrnn-small" }, label), bar, number);
      return { k, when, bar, number };
    }),
  );
  const draw = (reached) => {
    for (const { k, when, bar, number } of rows) {
      const end = x(Math.max(0, reached[k][when]));
      bar.setAttribute("width", (end - x(0)).toFixed(2));
      number.setAttribute("x", (end + 6).toFixed(2));
      number.textContent = shown(reached[k][when], 3);
    }
  };
  return { picture, draw };
}

// The figure -------------------------------------------------------------------------------------

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const gates = model.get("gates");
  const starts = model.get("starts");
  const charts = [climbChart("Ebits gained, and ebits lost", false), climbChart("The top, enlarged", true)];
  const most = Math.max(...Object.values(gates).map((gate) => Math.max(...gate.limits, 1)));
  const ends = endsPanel(most);

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
  // Who does not want motion goes on by hand.
  const play = button(waiting, () => {
    if (timer !== null) return pause();
    if (model.get("step") === STEPS) show({ step: 0 });
    if (still) return forward();
    play.textContent = "Pause";
    timer = setInterval(forward, BEAT);
  });
  const another = button("New start", () => show({ start: (model.get("start") % starts.length) + 1 }));

  const draw = () => {
    const [name, start, step] = TRAITS.map((trait) => model.get(trait));
    const { limits } = gates[name];
    const climbs = pair(start);
    const first = Math.max(1, start - EARLIER);
    const earlier = Array.from({ length: start - first }, (_, k) => pair(first + k));
    const tops = climbs.map((climb) => climb[STEPS].ebits);
    const high = Math.max(...limits, ...tops) + 0.035;
    charts[0].draw(climbs, earlier, limits, step, -0.6, Math.max(2.1, high));
    charts[1].draw(climbs, earlier, limits, step, Math.min(...tops) - 0.06, high);
    const reached = climbs.map((climb) => climb[step]);
    ends.draw(reached);
    return describe(name, start, step, reached, limits);
  };

  const picture = pictureOf(...charts.map((one) => one.picture), ends.picture);
  picture.style.marginTop = "0.75rem";
  const steps = slider(model, "step", { label: "Step of the climb", min: 0, max: STEPS, step: 1, format: (k) => `${k} of ${STEPS}` });
  steps.addEventListener("input", pause);
  const back = reset(model, TRAITS);
  back.addEventListener("click", pause);
  const names = Object.fromEntries(Object.keys(gates).map((name) => [name, name]));
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    choice(model, "gate", { label: "Gate", options: names }),
    picture,
    steps,
    html("div", { class: "qrnn-buttons" }, another, play, back),
    summary,
  );
  return () => clearInterval(timer);
}

export default { render };
