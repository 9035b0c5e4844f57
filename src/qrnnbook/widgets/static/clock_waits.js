// The waiting times of a clock: what is drawn of them, beside those of classical models.
import { chancesOf, silentChances, waitingTimes } from "./clock.js";
import { SIDES } from "./clock_sample.js";
import { dotsAt, looksOf } from "./compared.js";
import { axes, fitted, path, scale, shown, svg } from "./drawing.js";

export const LONGEST_WAIT = 60;
/** Two settings that differ by less than this, in radians, are the same clock. */
const SAME = 1e-6;
/** Below this width the page is a phone's. */
const NARROW = 480;

/** The name of the clock that the figure is set to, if it has one. */
export function presetOf({ alpha, coupling, presets }) {
  const same = ([a, c]) => Math.max(Math.abs(a - alpha), Math.abs(c - coupling)) < SAME;
  return Object.keys(presets).find((name) => same(presets[name])) ?? null;
}

/** The classical models that are drawn: pairs of a name and its probabilities. */
export function fitsShown(state) {
  return (state.show_fits && state.fits[presetOf(state)]) || [];
}

export function percent(chance) {
  return `${shown(100 * chance, 1)} %`;
}

/** The probabilities that are drawn: of waiting times, or of a tick after silence. */
export function shownOf({ alpha, coupling, shows }) {
  return (shows === "waits" ? waitingTimes : silentChances)(alpha, coupling, LONGEST_WAIT);
}

export function stepsOf(count) {
  return count === 1 ? "1 step" : `${count} steps`;
}

// The waiting times -------------------------------------------------------------------------------

export const WAITS = { top: 26, bottom: 142, height: 182 };

/** Round numbers from 0 to a probability, no more than six. */
function roundTicks(high) {
  const power = 10 ** Math.floor(Math.log10(high / 5));
  const gap = power * [1, 2, 5, 10].find((factor) => 5 * factor * power >= high * (1 - 1e-9));
  const digits = Math.max(0, -Math.floor(Math.log10(gap) + 1e-9));
  return Array.from({ length: Math.floor(high / gap + 1e-9) + 1 }, (_, k) => [k * gap, shown(k * gap, digits)]);
}

const THICK = { style: "stroke-width: 1.7" };

/** What each line of the picture is: rows of names below the title. */
function keyOf(width, names, looks) {
  const [rows, all] = [keyRows(width, names), ["this clock", ...names]];
  const from = width < NARROW ? 6 : SIDES.left;
  const share = (width - from - SIDES.right) / Math.ceil(all.length / rows);
  return all.flatMap((name, k) => {
    const row = k % rows;
    const [left, y] = [from + share * Math.floor(k / rows), 28 + 18 * row];
    return [
      k === 0
        ? svg("circle", { cx: left + 12, cy: y, r: 3.5, class: "qrnn-cell-fill" })
        : svg("path", { d: `M${left} ${y}h24`, ...looks[name].line, ...THICK }),
      svg("text", { x: left + 30, y: y + 5 }, fitted(name, share - 36)),
    ];
  });
}

/** In how many rows these names and the clock's own have room. */
function keyRows(width, names) {
  return names.length ? Math.ceil((names.length + 1) / (width < NARROW ? 3 : 5)) : 0;
}

/** The clock's probabilities, with a handle at the wait, and those of the classical models. */
export function waitsOf(width, state) {
  const areWaits = state.shows === "waits";
  const found = shownOf(state);
  const fits = fitsShown(state).map(([name, curve]) => [name, areWaits ? curve : chancesOf(curve)]);
  const right = width - SIDES.right;
  const most = Math.max(...found, ...fits.flatMap(([, curve]) => curve));
  const high = 1.05 * most || 0.1;
  const names = fits.map(([name]) => name);
  const top = WAITS.top + 18 * keyRows(width, names);
  const x = scale(0, LONGEST_WAIT + 1, SIDES.left, right);
  const y = scale(0, high, WAITS.bottom, top);
  const points = (values) => values.map((value, k) => value !== null && [x(k + 1), y(value)]);
  const stems = points(found).map(([at, up]) => `M${at.toFixed(2)} ${WAITS.bottom}V${up.toFixed(2)}`);
  const heads = dotsAt(points(found), width < NARROW ? 4 : 6);
  heads.setAttribute("class", "qrnn-cell-line");
  const xTicks = [1, 10, 20, 30, 40, 50, 60].map((n) => [n, String(n)]);
  const looks = looksOf(names, []);
  const [title, xLabel] = areWaits
    ? [width < NARROW ? "Waiting times" : "Probability of each waiting time", "steps from a tick to the next"]
    : [`Chance of a tick${width < NARROW ? "" : " after silence"}`, "steps since the last tick"];
  const [at, up] = [x(state.wait), y(found[state.wait - 1])];
  const handle = svg(
    "g", { class: "qrnn-handle", "data-handle": "wait" },
    svg("path", { d: `M${at.toFixed(2)} ${WAITS.bottom}V${up.toFixed(2)}`, class: "qrnn-truth-line", ...THICK }),
    svg("circle", { cx: at, cy: up, r: 6, class: "qrnn-cell-fill", style: "stroke: var(--truth)" }),
    svg("circle", { cx: at, cy: up, r: 22, class: "qrnn-reach" }),
    svg("rect", { x: at - 20, y: top, width: 40, height: WAITS.bottom - top, class: "qrnn-reach" }),
  );
  return [
    svg("text", { x: 6, y: 14, class: "qrnn-strong" }, title),
    svg("text", { x: right, y: 14, class: "qrnn-cell-ink qrnn-end" }, `${stepsOf(state.wait)}: ${percent(found[state.wait - 1])}`),
    axes({ ...WAITS, top, x, y, left: SIDES.left, right, xTicks, yTicks: roundTicks(high), xLabel }),
    svg("path", { d: stems.join(""), class: "qrnn-cell-line", ...THICK, opacity: 0.6 }),
    ...fits.map(([name, curve]) => svg("path", { d: path(points(curve)), ...looks[name].line, ...THICK })),
    heads,
    ...(names.length ? keyOf(width, names, looks) : []),
    handle,
  ];
}
