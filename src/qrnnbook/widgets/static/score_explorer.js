// The score explorer: how far off many models are on several series, and what of it is chance.
import { FROM_THE_LEFT } from "./compared.js";
import { undo } from "./undo.js";
import {
  choice, clamp, fitted, html, pictureOf, redrawn, reset, scale, shown, slider, svg, uniqueId, widthOf,
} from "./drawing.js";

const NOTHING = "nothing";
const TRAITS = ["group", "beside", "show_seeds", "left_out"];
const GIVEN = ["measure", "scores", "units", "digits", "ours", "confidence", "reaches"];

// Numbers -----------------------------------------------------------------------------------------

/** The model that the others are compared with, where the series has it; otherwise null. */
export function otherOf({ scores, group, beside }) {
  return Object.hasOwn(scores[group], beside) ? beside : null;
}

/** How many seeds the series has, and how many of them count. */
export function seedsOf({ scores, group, left_out: leftOut }) {
  const total = Math.max(...Object.values(scores[group]).map((errors) => errors.length));
  return { total, counted: Math.max(1, total - leftOut) };
}

function meanOf(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The mean of some runs and the ends of its interval, as `qrnnlib.interval` has them. */
export function intervalOf(runs, reaches) {
  const [count, mean] = [runs.length, meanOf(runs)];
  if (count === 1) return { mean, low: mean, high: mean };
  const squares = runs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const reach = reaches[count - 2] * Math.sqrt(squares / (count - 1) / count);
  return { mean, low: mean - reach, high: mean + reach };
}

/**
 * The rows of the picture, best first: each model's runs, their mean, and its interval.
 *
 * Runs are errors, or differences from the other model in percent of its mean error.
 */
export function rowsOf(state) {
  const models = state.scores[state.group];
  const { counted } = seedsOf(state);
  const other = otherOf(state);
  const against = other && models[other].slice(0, counted);
  const relative = (errors) => {
    const length = Math.max(errors.length, against.length);
    const at = (list, k) => list[list.length === 1 ? 0 : k];
    const one = (_, k) => (100 * (at(errors, k) - at(against, k))) / meanOf(against);
    return Array.from({ length }, one);
  };
  return Object.keys(models)
    .filter((name) => name !== other)
    .map((name) => {
      const errors = models[name].slice(0, counted);
      const runs = other ? relative(errors) : errors;
      return { name, runs, ...intervalOf(runs, state.reaches) };
    })
    .sort((one, two) => one.mean - two.mean);
}

// Words -------------------------------------------------------------------------------------------

/** A difference with its sign; in words if it would be rounded to 0, as the sign decides who is better. */
export function percent(value) {
  const text = shown(value, 1);
  if (value && text === "0.0") return `just ${value > 0 ? "over" : "under"} 0 %`;
  return `${value > 0 ? "+" : ""}${text} %`;
}

function betterOf(state, rows) {
  const better = rows.filter(({ mean }) => mean < 0);
  const clear = better.filter(({ high, runs }) => high < 0 && runs.length > 1).length || "none";
  const count = `${better.length || "None"} of ${rows.length} models ${better.length < 2 ? "is" : "are"}`;
  return { text: `${count} better than ${otherOf(state)}`, any: better.length > 0, clear };
}

/** In few words what there is to see. */
export function findingOf(state) {
  const rows = rowsOf(state);
  if (!otherOf(state)) return `Lowest ${state.measure}: ${rows[0].name}`;
  const { text, any, clear } = betterOf(state, rows);
  return any ? `${text}, ${clear} clearly` : text;
}

function seedsInWords(state) {
  const { total, counted } = seedsOf(state);
  if (total === 1) return "one run";
  if (counted === total) return `mean of ${total} seeds`;
  return counted > 1 ? `mean of the first ${counted} of ${total} seeds` : "one seed alone";
}

/** An error with its unit. */
function errorText(state, value) {
  const unit = state.units[state.group];
  return shown(value, state.digits[state.group]) + (unit && ` ${unit}`);
}

/** In words what the figure shows, as Python says it. */
export function wordsOf(state) {
  const [rows, other] = [rowsOf(state), otherOf(state)];
  const list = (text) => rows.map(({ name, mean }) => `${name} ${text(mean)}`).join("; ");
  const start = `${state.group}, ${state.measure}`;
  if (!other) return `${start}, ${seedsInWords(state)}: ${list((mean) => errorText(state, mean))}.`;
  const mean = meanOf(state.scores[state.group][other].slice(0, seedsOf(state).counted));
  const { text, any, clear } = betterOf(state, rows);
  const sure = any ? `, ${clear} of them with a ${state.confidence} interval that excludes zero` : "";
  return `${start}, difference from ${other} (${errorText(state, mean)}) in percent of it, ${seedsInWords(state)}: ${list(percent)}. ${text}${sure}.`;
}

// Pictures ----------------------------------------------------------------------------------------

/**
 * The range of the axis: all that is there when every seed counts, and every run that is shown.
 *
 * It hardly moves while seeds are left out, so that one sees what does. An interval of few seeds may
 * leave it.
 */
export function rangeOf(state, rows) {
  const whole = rowsOf({ ...state, left_out: 0 });
  const values = [...whole, ...rows].flatMap(({ runs }) => runs);
  const ends = whole.flatMap(({ low, high }) => [low, high]);
  const high = Math.max(0, ...values, ...ends);
  if (!otherOf(state)) return [0, 1.04 * high];
  const low = Math.min(0, ...values, ...ends);
  const room = 0.04 * (high - low) || 1;
  return [low - room, high + room];
}

/** Round numbers in a range, no more than `most` steps of them. */
function roundTicks([low, high], most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => [(first + k) * step, shown((first + k) * step, digits)]);
}

/** The runs, the interval and the mean of a model, on a line at height y. */
function marksOf(row, x, y, [low, high], ours, showSeeds) {
  const line = ours ? "qrnn-cell-line" : "qrnn-quiet-line";
  const dots = row.runs.map((value) => `M${x(value).toFixed(1)} ${y}h0`).join("");
  const [from, to] = [clamp(row.low, low, high), clamp(row.high, low, high)];
  const arrow = (end, way) => `M${x(end) - 6 * way} ${y - 5}l${6 * way} 5l${-6 * way} 5`;
  // An interval that leaves the axis says so: but an error ends at 0 by itself.
  const open = [row.low < low && low < 0 && arrow(low, -1), row.high > high && arrow(high, 1)];
  const d = [`M${x(from).toFixed(1)} ${y}H${x(to).toFixed(1)}`, ...open.filter(Boolean)].join("");
  const at = x(row.mean);
  const square = { x: at - 5, y: y - 5, width: 10, height: 10, style: "fill: var(--paper)" };
  return [
    ...(showSeeds && row.runs.length > 1
      ? [svg("path", { d: dots, class: line, "stroke-width": 6, "stroke-linecap": "round", opacity: 0.35 })]
      : []),
    svg("path", { d, class: line, fill: "none", "stroke-width": 2.4 }),
    ours
      ? svg("circle", { cx: at, cy: y, r: 6, class: "qrnn-cell-fill" })
      : svg("rect", { ...square, class: line, "stroke-width": 2 }),
  ];
}

/** Where names stand: beside their rows, smaller if room is short, or above where even that is too wide. */
function placesOf(width, names, isOurs, rows) {
  const widest = Math.max(...names.map((name) => widthOf(name, isOurs(name))));
  const dense = rows > 16 ? 22 : rows > 12 ? 24 : 28;
  if (widest + 16 <= 0.45 * width) return { column: widest + 16, step: dense, down: dense / 2, above: false, small: false };
  const smaller = (12 / 14) * widest + 12;
  if (smaller <= 0.56 * width) return { column: smaller, step: dense, down: dense / 2, above: false, small: true };
  return { column: smaller, step: 46, down: 31, above: true, small: false };
}

/** What there is in the picture at a width, and how high it is; `onRow` is called with a row's name. */
function chartOf(width, state, onRow) {
  const [rows, other] = [rowsOf(state), otherOf(state)];
  const text = other ? percent : (value) => shown(value, state.digits[state.group]);
  const names = Object.keys(state.scores[state.group]);
  const isOurs = (name) => state.ours.includes(name);
  // As many as without a comparison, so that rows keep their height.
  const { column, step, down, above, small } = placesOf(width, names, isOurs, names.length);
  const numbers = 14 + Math.max(...rows.map(({ mean }) => widthOf(text(mean), true)));
  const top = other ? 32 : 6;
  const bottom = top + step * rows.length + 4;
  const frame = above ? { left: 8, right: width - 12 } : { left: column, right: width - numbers };
  const range = rangeOf(state, rows);
  const x = scale(...range, frame.left, frame.right);
  const unit = state.units[state.group];
  // Upright lines stop where a name is written.
  const upright = (at) =>
    above ? rows.map((_, k) => `M${at} ${top + step * k + 21}v20`).join("") : `M${at} ${top - 4}V${bottom}`;
  // Where the middle of a text has to be that none of it is cut off.
  const inside = (at, words) => clamp(at, widthOf(words) / 2, width - widthOf(words) / 2);
  const zero = fitted(`same as ${other}`, width);
  const label = fitted(other ? "difference in %" : `${state.measure}${unit && ` (${unit})`}`, width);
  const sides = ["← better", "worse →"];
  const [better, worse] = sides.map((words) => widthOf(words));
  const from = clamp(frame.right - better - worse - 12, 0, frame.left);
  // Between the two sides where there is room, otherwise below them.
  const taken = [...sides, label].reduce((sum, words) => sum + widthOf(words) + 12, 0);
  const under = other && taken > frame.right - frame.left ? 20 : 0;
  const middle = { x: inside((frame.left + frame.right) / 2, label), y: bottom + 38 + under, class: "qrnn-middle" };
  return {
    height: bottom + 46 + under,
    children: [
      ...roundTicks(range, (frame.right - frame.left) / 64).flatMap(([value, written]) => [
        svg("path", { d: upright(x(value)), class: "qrnn-rule" }),
        svg("text", { x: inside(x(value), written), y: bottom + 18, class: "qrnn-middle qrnn-quiet" }, written),
      ]),
      svg("path", { d: `M${frame.left} ${bottom}H${frame.right}`, class: "qrnn-axis" }),
      ...(other
        ? [
            svg("path", { d: upright(x(0)), class: "qrnn-thin qrnn-truth-line" }),
            svg("text", { x: inside(x(0), zero), y: 14, class: "qrnn-middle" }, zero),
            svg("text", { x: from, y: bottom + 38 }, sides[0]),
            svg("text", { x: frame.right, y: bottom + 38, class: "qrnn-end" }, sides[1]),
          ]
        : []),
      ...rows.flatMap((row, k) => {
        const y = top + step * k;
        const ours = isOurs(row.name);
        const name = small ? row.name : fitted(row.name, (above ? width - numbers : column) - 8, ours);
        const ink = ours ? "qrnn-cell-ink qrnn-strong" : "";
        const base = y + (above ? 15 : down + 5);
        const whole = { d: `M0 ${y}h${width}v${step}h${-width}z`, class: "qrnn-band qrnn-clickable" };
        return [
          svg("text", { x: 0, y: base, class: `${ink} ${small ? "qrnn-small" : ""}` }, name),
          svg("text", { x: width, y: base, class: `qrnn-end ${ink}` }, text(row.mean)),
          ...marksOf(row, x, y + down, range, ours, state.show_seeds),
          svg("path", { ...whole, click: () => onRow(row.name) }),
        ];
      }),
      svg("text", middle, label),
    ],
  };
}

// Controls ----------------------------------------------------------------------------------------

/** A choice with its label above, so that long names have room. */
function wideChoice(...args) {
  const box = choice(...args);
  const oneColumn = { display: "grid", gap: "0.25rem", gridTemplateColumns: "minmax(0, 1fr)" };
  Object.assign(box.style, { ...oneColumn, marginBottom: "0.5rem" });
  return box;
}

/** The choice of what to compare with: the models of the series shown. */
function comparison(model, stateNow) {
  const box = wideChoice(model, "beside", { label: "Compare with", options: {} });
  const select = box.querySelector("select");
  const show = () => (select.value = otherOf(stateNow()) ?? NOTHING);
  const fill = () => {
    const { scores, group } = stateNow();
    const names = [NOTHING, ...Object.keys(scores[group])];
    select.replaceChildren(...names.map((value) => html("option", { value }, value)));
    show();
  };
  model.on("change:group", fill);
  model.on("change:beside", show);
  fill();
  return box;
}

/** A checkbox bound to a trait. */
function checkbox(model, trait, label) {
  const id = uniqueId(trait);
  const input = html("input", { id, type: "checkbox", "data-trait": trait });
  Object.assign(input.style, { accentColor: "var(--system)", height: "22px", margin: 0, width: "22px" });
  const show = () => (input.checked = model.get(trait));
  input.addEventListener("change", () => {
    model.set(trait, input.checked);
    model.save_changes();
  });
  model.on(`change:${trait}`, show);
  show();
  return html("div", { class: "qrnn-choice" }, input, html("label", { for: id }, label));
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const given = Object.fromEntries(GIVEN.map((trait) => [trait, model.get(trait)]));
  const stateNow = () => ({ ...given, ...Object.fromEntries(TRAITS.map((trait) => [trait, model.get(trait)])) });
  const chart = svg("svg", { "aria-hidden": "true" });
  chart.style.flex = "1 1 100%";
  const picture = pictureOf(chart);
  Object.assign(picture.style, FROM_THE_LEFT);
  const heading = html("p", { class: "qrnn-title" });
  let drawnAt;
  const compareWith = (name) => {
    model.set("beside", name);
    model.save_changes();
  };
  const redraw = () => {
    // A figure that is not on its page yet has no width.
    drawnAt = picture.clientWidth || 640;
    const { height, children } = chartOf(drawnAt, stateNow(), compareWith);
    chart.setAttribute("viewBox", `0 0 ${drawnAt} ${height}`);
    chart.style.height = `${height}px`;
    chart.replaceChildren(...children);
  };
  const draw = () => {
    redraw();
    heading.textContent = findingOf(stateNow());
    return wordsOf(stateNow());
  };

  const groups = Object.keys(given.scores);
  const series = Object.fromEntries(groups.map((group) => [group, group]));
  const which = wideChoice(model, "group", { label: "Series", options: series });
  const most = Math.max(...groups.map((group) => seedsOf({ ...given, group, left_out: 0 }).total));
  const leave = { min: 0, max: most - 1, step: 1, format: (count) => `${count || "none"} of ${most}` };
  const seeds = most > 1 ? [slider(model, "left_out", { label: "Seeds left out", ...leave })] : [];
  const marks = "Click a row to compare with it. Discs: measured cells. Squares: other models. Small dots: single seeds.";
  const key = html("p", {}, `${marks} Bars: ${given.confidence} intervals of the mean.`);
  Object.assign(key.style, { color: "var(--quiet)", fontSize: "0.85rem", margin: "0.25rem 0" });
  const each = checkbox(model, "show_seeds", "Show each seed");
  const controls = html("div", { class: "qrnn-controls" }, which, comparison(model, stateNow), ...seeds);
  const buttons = html("div", { class: "qrnn-buttons" }, undo(model, TRAITS), reset(model, TRAITS), each);
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(heading, picture, controls, key, buttons, summary);
  // In a frame of its own: the height follows the width, and what is observed may not change at once.
  const fit = () => picture.clientWidth !== drawnAt && redraw();
  new ResizeObserver(() => requestAnimationFrame(fit)).observe(picture);
}

export default { render };
