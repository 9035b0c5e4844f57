// The clock explorer: a quantum memory that ticks, its waiting times, and a sample of its ticks.
// A module that others import stands before them.
import { meanWait, periodOf, samplePath, silentChances, stepPower, waitingTimes } from "./clock.js";
import { dotsAt, looksOf } from "./compared.js";
import { dragging } from "./dragging.js";
import { uniforms } from "./draws.js";
import {
  blochDisc, button, choice, clamp, html, panel, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart,
} from "./drawing.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import { picked, SAMPLE, sampleOf, SIDES, stripOf, STRIP_HEIGHT } from "./clock_sample.js";
import {
  fitsShown, LONGEST_WAIT, percent, presetOf, shownOf, stepsOf, WAITS, waitsOf,
} from "./clock_waits.js";

const TRAITS = ["alpha", "coupling", "wait", "seed", "step", "shows", "show_fits"];
const SAMPLES = 1e6;
const MOST_POWER = 2 / 9;

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

/** What there is to say of the classical models. */
export function fitsInWords(state) {
  const [names, clocks] = [fitsShown(state).map(([name]) => name), Object.keys(state.fits)];
  if (names.length) return ` Grey: classical models fitted to its ticks (${names.join(", ")}).`;
  if (!clocks.length || clocks.includes(presetOf(state))) return "";
  const last = clocks.at(-1);
  const list = clocks.length > 1 ? `${clocks.slice(0, -1).join(", ")} and ${last}` : last;
  return ` Classical models were fitted to the ticks of ${list} only.`;
}

/** The probability that is read out at the wait. */
function waitSentence(state) {
  const { wait, shows } = state;
  const chance = percent(shownOf(state)[wait - 1]);
  return shows === "waits"
    ? `${chance} of all waits are ${stepsOf(wait)} long.`
    : `If ${wait === 1 ? "a tick has just come" : `the last tick came ${stepsOf(wait - 1)} ago`}, the next step is a tick with probability ${chance}.`;
}

/** Whether the chance of a tick rises as long as silence lasts, and why; the wait after which it falls. */
export function answerOf(state) {
  const { alpha, coupling } = state;
  const name = presetOf(state) ?? `Rotation ${inDegrees(alpha)}`;
  const chances = silentChances(alpha, coupling, LONGEST_WAIT);
  const before = chances.findIndex((chance, k) => chances[k + 1] < chance - 1e-9);
  if (before < 0) return { right: "always", why: `${name}: the chance never falls.`, wait: LONGEST_WAIT };
  const [high, low] = [chances[before], chances[before + 1]].map(percent);
  const silent = before === 1 ? "1 silent step" : `${before} silent steps`;
  const why = `${name}: after ${silent} the chance is ${high}, after ${before + 1} it is ${low}.`;
  return { right: "not always", why, wait: before + 2 };
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
    waitSentence(state),
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
  const picture = pictureOf(waits.chart, strip.chart);
  picture.style.marginTop = "0.5rem";
  // What they show is in the words as well.
  const details = html("div", { class: "qrnn-picture", "aria-hidden": "true" }, ...panels.map((one) => one.picture));
  details.style.marginTop = "0.75rem";
  picked(strip.chart, () => model.get("step"), (step) => put({ step }));
  const waitAt = (x) => {
    const right = (waits.chart.clientWidth || 640) - SIDES.right;
    put({ wait: clamp(Math.round(scale(SIDES.left, right, 0, LONGEST_WAIT + 1)(x)), 1, LONGEST_WAIT) });
  };
  dragging(waits.chart, ({ x }) => waitAt(x));
  waits.chart.style.cursor = "pointer";
  waits.chart.addEventListener("click", ({ clientX }) => waitAt(clientX - waits.chart.getBoundingClientRect().left));
  const asked = guess({
    question: "The longer the silence, the likelier the next tick?",
    answers: { always: "Always", "not always": "Not always" },
    reveal: () => {
      const { right, why, wait } = answerOf(stateNow());
      put({ shows: "chances", wait });
      return [right, why];
    },
  });

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
  const wait = slider(model, "wait", { label: "Waiting time", min: 1, max: LONGEST_WAIT, step: 1, format: stepsOf });
  const time = slider(model, "step", { label: "Step", min: 1, max: SAMPLE, step: 1, format: (k) => `${k} of ${SAMPLE}` });
  settings.append(wait, time, choice(model, "shows", { label: "Show", options: SHOWN }));
  const another = button("New sample", () => put({ seed: (model.get("seed") + 1) % SAMPLES }));
  const models = Object.keys(given.fits).length ? [classical] : [];
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    asked.element,
    picture,
    settings,
    html("div", { class: "qrnn-buttons" }, ...toggles, ...models, another, undo(model, TRAITS), reset(model, TRAITS, asked.forget)),
    details,
    summary,
  );
  new ResizeObserver(() => {
    waits.redraw();
    strip.redraw();
  }).observe(picture);
}

export default { render };
