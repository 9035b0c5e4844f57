// The clock explorer: a quantum memory that ticks, its waiting times, and a sample of its ticks.
import {
  chancesOf, meanWait, periodOf, samplePath, silentChances, stepPower, waitingTimes,
} from "./clock.js";
import { picked, SAMPLE, sampleOf, SIDES, stripOf, STRIP_HEIGHT } from "./clock_sample.js";
import { dotsAt, looksOf } from "./compared.js";
import { uniforms } from "./draws.js";
import {
  axes, blochDisc, button, choice, clamp, fitted, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider,
  svg, wideChart, widthOf,
} from "./drawing.js";

const TRAITS = ["alpha", "coupling", "seed", "step", "shows", "show_fits"];
const LONGEST_WAIT = 60;
const SAMPLES = 1e6;
const MOST_POWER = 2 / 9;
/** Two settings that differ by less than this, in radians, are the same clock. */
const SAME = 1e-6;

/** What the upper picture shows. */
const SHOWN = { waits: "waiting times", chances: "chance of a tick" };

// Words -------------------------------------------------------------------------------------------

function inDegrees(angle) {
  return `${shown((angle * 180) / Math.PI, 1)}°`;
}

/** The memory's angle in whole degrees: |0⟩ is at 0, |1⟩ at 90. */
function wholeDegrees(angle) {
  return `${Math.floor((angle * 180) / Math.PI + 0.5) % 180}°`;
}

function percent(chance) {
  return `${shown(100 * chance, 1)} %`;
}

/** The name of the clock that the figure is set to, if it has one. */
export function presetOf({ alpha, coupling, presets }) {
  const same = ([a, c]) => Math.max(Math.abs(a - alpha), Math.abs(c - coupling)) < SAME;
  return Object.keys(presets).find((name) => same(presets[name])) ?? null;
}

/** The classical models that are drawn: pairs of a name and its probabilities. */
export function fitsShown(state) {
  return (state.show_fits && state.fits[presetOf(state)]) || [];
}

/** What there is to say of the classical models. */
export function fitsInWords(state) {
  const [names, clocks] = [fitsShown(state).map(([name]) => name), Object.keys(state.fits)];
  if (names.length) return ` Grey: classical models fitted to its ticks (${names.join(", ")}).`;
  if (!clocks.length || clocks.includes(presetOf(state))) return "";
  const last = clocks.at(-1);
  const list = clocks.length > 1 ? `${clocks.slice(0, -1).join(", ")} and ${last}` : last;
  return ` Classical models were fitted to the ticks of ${list} only.`;
}

/** In words what the figure shows, as Python says it. */
export function describe(state) {
  const { alpha, coupling, seed, step, shows } = state;
  const [name, period, wait] = [presetOf(state), periodOf(alpha, coupling), meanWait(alpha, coupling)];
  const same = alpha > Math.PI / 2 ? ` (with the ticks of ${inDegrees(Math.PI - alpha)})` : "";
  const rhythm = period === null
    ? "Silence has no rhythm: its probability decays without oscillating."
    : `Silence has a rhythm with a period of π/θ = ${shown(period)} steps.`;
  const ticks = Number.isFinite(wait)
    ? `Ticks are ${shown(wait, 1)} steps apart on average. ${rhythm}`
    : "The memory stays in |0⟩, and no tick ever comes.";
  const { angles, chances } = sampleOf(state);
  return [
    `${capital(name ? `${name}, ${SHOWN[shows]}` : SHOWN[shows])}: rotation ${inDegrees(alpha)}${same}, coupling ${couplingText(coupling)}.`,
    ticks,
    `The average entangling power of a step is ${shown(stepPower(coupling), 4)}; two qubits reach 2/9 = 0.2222 at most.`,
    `After step ${step} of sample ${seed} the memory is at ${wholeDegrees(angles[step])}, and the next outcome is a tick with probability ${percent(chances[step])}.`,
  ].join(" ") + fitsInWords(state);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function couplingText(coupling) {
  return `${inDegrees(coupling)} (s = ${shown(Math.cos(coupling), 3)})`;
}

// The waiting times -------------------------------------------------------------------------------

const WAITS = { top: 30, bottom: 190, height: 236 };

/** Round numbers from 0 to a probability, no more than six. */
function roundTicks(high) {
  const power = 10 ** Math.floor(Math.log10(high / 5));
  const gap = power * [1, 2, 5, 10].find((factor) => 5 * factor * power >= high * (1 - 1e-9));
  const digits = Math.max(0, -Math.floor(Math.log10(gap) + 1e-9));
  return Array.from({ length: Math.floor(high / gap + 1e-9) + 1 }, (_, k) => [k * gap, shown(k * gap, digits)]);
}

const THICK = { style: "stroke-width: 1.7" };

/** What each line of the picture is, at its upper right. */
function keyOf(right, names, looks) {
  const rows = ["this clock", ...names];
  const room = Math.min(220, Math.max(...rows.map((name) => widthOf(name))));
  const left = right - room - 40;
  return rows.flatMap((name, k) => {
    const y = WAITS.top + 14 + 20 * k;
    return [
      k === 0
        ? svg("circle", { cx: left + 15, cy: y, r: 3.5, class: "qrnn-cell-fill" })
        : svg("path", { d: `M${left} ${y}h30`, ...looks[name].line, ...THICK }),
      svg("text", { x: left + 38, y: y + 5 }, fitted(name, room)),
    ];
  });
}

function waitsOf(width, state) {
  const areWaits = state.shows === "waits";
  const found = (areWaits ? waitingTimes : silentChances)(state.alpha, state.coupling, LONGEST_WAIT);
  const fits = fitsShown(state).map(([name, curve]) => [name, areWaits ? curve : chancesOf(curve)]);
  const right = width - SIDES.right;
  const most = Math.max(...found, ...fits.flatMap(([, curve]) => curve));
  // The chances stay as high as they are, and leave no room for the key.
  const high = (areWaits || !fits.length ? 1.05 : 1.2 + 0.18 * fits.length) * most || 0.1;
  const x = scale(0, LONGEST_WAIT + 1, SIDES.left, right);
  const y = scale(0, high, WAITS.bottom, WAITS.top);
  const points = (values) => values.map((value, k) => value !== null && [x(k + 1), y(value)]);
  const stems = points(found).map(([at, up]) => `M${at.toFixed(2)} ${WAITS.bottom}V${up.toFixed(2)}`);
  const heads = dotsAt(points(found), width < 480 ? 4 : 6);
  heads.setAttribute("class", "qrnn-cell-line");
  const xTicks = [1, 10, 20, 30, 40, 50, 60].map((n) => [n, String(n)]);
  const looks = looksOf(fits.map(([name]) => name), []);
  const [title, xLabel] = areWaits
    ? ["Probability of each waiting time", "steps from a tick to the next"]
    : ["Chance of a tick, if none came before", "steps since the last tick"];
  return [
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, title),
    axes({ ...WAITS, x, y, left: SIDES.left, right, xTicks, yTicks: roundTicks(high), xLabel }),
    svg("path", { d: stems.join(""), class: "qrnn-cell-line", ...THICK, opacity: 0.6 }),
    ...fits.map(([name, curve]) => svg("path", { d: path(points(curve)), ...looks[name].line, ...THICK })),
    heads,
    ...(fits.length ? keyOf(right, fits.map(([name]) => name), looks) : []),
  ];
}

// The memory, and how little a step entangles -----------------------------------------------------

function memoryPanel() {
  const picture = panel(324, 178, 1.1);
  const [cx, cy, radius] = [70, 80, 54];
  const { group, draw: drawArrow } = blochDisc(cx, cy, radius, "memory", "memory");
  const trail = svg("path", { class: "qrnn-memory-line", "stroke-width": 6, "stroke-linecap": "round", opacity: 0.45 });
  const lines = ["qrnn-strong", "qrnn-memory-ink", "qrnn-system-ink"].map((ink, k) =>
    svg("text", { x: 146, y: 56 + 24 * k, class: ink }),
  );
  const bar = svg("rect", { x: 146, y: 120, height: 12, rx: 2, class: "qrnn-system-fill" });
  const rail = svg("rect", { x: 146, y: 120, width: 166, height: 12, rx: 2, style: "fill: var(--rule)" });
  picture.append(trail, group, ...lines, rail, bar);
  const at = (angle) => [Math.sin(2 * angle), 0, Math.cos(2 * angle)];
  const draw = (state) => {
    const { ticks, angles, chances } = sampleOf(state);
    const { step } = state;
    const since = Math.max(0, ticks.lastIndexOf(true, step));
    const points = angles.slice(since, step).map((angle) => {
      const [right, , up] = at(angle);
      return `M${(cx + radius * right).toFixed(2)} ${(cy - radius * up).toFixed(2)}h0`;
    });
    trail.setAttribute("d", points.join(""));
    drawArrow(at(angles[step]));
    lines[0].textContent = `After step ${step}: ${ticks[step] ? "a tick" : "silence"}`;
    lines[1].textContent = `memory at ${wholeDegrees(angles[step])}`;
    lines[2].textContent = `next a tick: ${percent(chances[step])}`;
    bar.setAttribute("width", (166 * chances[step]).toFixed(2));
  };
  return { picture, draw };
}

function powerPanel() {
  const picture = panel(324, 92, 1.1);
  const x = scale(0, MOST_POWER, 6, 312);
  const bar = svg("rect", { x: x(0), y: 26, height: 14, rx: 2, class: "qrnn-entangled-fill" });
  const number = svg("text", { x: x(0), y: 60, class: "qrnn-entangled-ink" });
  picture.append(
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, "Average entangling power of a step"),
    svg("rect", { x: x(0), y: 26, width: x(MOST_POWER) - x(0), height: 14, rx: 2, style: "fill: var(--rule)" }),
    bar,
    number,
    svg("text", { x: x(MOST_POWER), y: 60, class: "qrnn-end" }, "two qubits: 2/9 at most"),
  );
  const draw = ({ coupling }) => {
    const power = stepPower(coupling);
    bar.setAttribute("width", (x(power) - x(0)).toFixed(2));
    number.textContent = shown(power, 4);
  };
  return { picture, draw };
}

// The figure --------------------------------------------------------------------------------------

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const given = { presets: model.get("presets"), fits: model.get("fits") };
  const stateNow = () => ({ ...given, ...Object.fromEntries(TRAITS.map((trait) => [trait, model.get(trait)])) });
  const put = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  const waits = wideChart(WAITS.height, (width) => waitsOf(width, stateNow()));
  const strip = wideChart(STRIP_HEIGHT, (width) => stripOf(width, stateNow()));
  const panels = [memoryPanel(), powerPanel()];
  const picture = pictureOf(waits.chart, strip.chart, ...panels.map((one) => one.picture));
  picture.style.marginTop = "0.75rem";
  picked(strip.chart, () => model.get("step"), (step) => put({ step }));

  const toggles = Object.entries(given.presets).map(([name, [alpha, coupling]]) =>
    button(name, () => put({ alpha, coupling }), { "aria-pressed": "false" }),
  );
  const classical = button("Classical models", () => put({ show_fits: !model.get("show_fits") }), { "aria-pressed": "false" });
  const draw = () => {
    const state = stateNow();
    const name = presetOf(state);
    for (const toggle of toggles) toggle.setAttribute("aria-pressed", String(toggle.textContent === name));
    classical.setAttribute("aria-pressed", String(state.show_fits));
    classical.disabled = !Object.hasOwn(given.fits, name);
    waits.redraw();
    strip.redraw();
    for (const one of panels) one.draw(state);
    return describe(state);
  };
  const degree = Math.PI / 180;
  const settings = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "alpha", { label: "Memory is rotated by", min: 0, max: Math.PI, step: degree / 2, format: inDegrees }),
    slider(model, "coupling", { label: "Coupling", min: 2 * degree, max: Math.PI / 3, step: degree / 2, format: couplingText }),
  );
  const which = choice(model, "shows", { label: "Show", options: SHOWN });
  which.style.marginTop = "0.5rem";
  const time = slider(model, "step", { label: "Step", min: 1, max: SAMPLE, step: 1, format: (k) => `${k} of ${SAMPLE}` });
  const another = button("New sample", () => put({ seed: (model.get("seed") + 1) % SAMPLES }));
  const models = Object.keys(given.fits).length ? [classical] : [];
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    settings,
    html("div", { class: "qrnn-buttons" }, ...toggles, ...models),
    which,
    picture,
    time,
    html("div", { class: "qrnn-buttons" }, another, reset(model, TRAITS)),
    summary,
  );
  new ResizeObserver(() => {
    waits.redraw();
    strip.redraw();
  }).observe(picture);
}

export default { render };
