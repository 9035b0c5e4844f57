// The weather explorer: any stretch of a series of days, its forecasts, and how far off they are.
import { best, dotsAt, errorBars, FROM_THE_LEFT, looksOf, ranked } from "./compared.js";
import { dragging } from "./dragging.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import {
  axes, clamp, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart,
} from "./drawing.js";

const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];
const DAY = 86400000;
const SHORTEST = 7;

// Numbers -----------------------------------------------------------------------------------------

/** The first day shown: so many days end on `day`, or as many as there are. */
export function firstShown(day, length) {
  return Math.max(0, day - length + 1);
}

/**
 * The last day and the number of days shown once an edge of the window, or all of it, is at a day.
 *
 * `at` is the day of the edge, or for the whole window that of its start.
 */
export function windowAt(handle, at, { day, length, first, last }) {
  const from = firstShown(day, length);
  const total = day - from + 1;
  if (handle === "start") return { day, length: clamp(day - at + 1, SHORTEST, day + 1) };
  if (handle === "end") {
    const end = clamp(at, Math.max(first, from + SHORTEST - 1), last);
    return { day: end, length: end - from + 1 };
  }
  return { day: clamp(at + total - 1, Math.max(first, total - 1), last), length: total };
}

/**
 * Each model's root mean squared error from day `from` up to every day until `to`.
 *
 * A day without a forecast or without a measurement adds nothing; before the first error: null.
 */
export function runningErrors(forecasts, truth, from, to) {
  const running = (forecast) => {
    let sum = 0;
    let count = 0;
    return Array.from({ length: to - from + 1 }, (_, k) => {
      const [y, wanted] = [forecast[from + k], truth[from + k]];
      if (y !== null && wanted !== null) {
        sum += (y - wanted) ** 2;
        count += 1;
      }
      return count ? Math.sqrt(sum / count) : null;
    });
  };
  return Object.fromEntries(Object.entries(forecasts).map(([model, y]) => [model, running(y)]));
}

// Words -------------------------------------------------------------------------------------------

function dateOf(firstDay, position) {
  return new Date(Date.parse(firstDay) + position * DAY);
}

/** A date as words: 14 March 2024. */
export function dateInWords(firstDay, position) {
  const date = dateOf(firstDay, position);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** What has to stand with the data; the address in it is that of the licence. */
function creditOf(text) {
  const style = "color: inherit; text-decoration: underline";
  return text
    .split(/(https:\/\/[^\s();]+)/)
    .map((part, k) => (k % 2 ? html("a", { href: part, rel: "license", style }, "licence") : part));
}

// Pictures ----------------------------------------------------------------------------------------

/** Days to write under an axis, clear of its ends: every few days, or the firsts of months. */
function dayTicks(firstDay, from, to, room) {
  const every = [1, 2, 7, 14].find((step) => (to - from) / step <= room);
  const ticks = [];
  for (let position = from; position <= to; position++) {
    const date = dateOf(firstDay, position);
    const month = MONTHS[date.getUTCMonth()].slice(0, 3);
    const number = date.getUTCDate();
    if (every && (to - position) % every === every >> 1) ticks.push([position, `${number} ${month}`]);
    else if (!every && number === 1) ticks.push([position, month]);
  }
  const skip = Math.ceil(ticks.length / (room + 1));
  return ticks.filter((_, k) => k % skip === 0);
}

/** Round numbers across a range, no more than `most` steps of them. */
function valueTicks(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = Array.from({ length: count }, (_, k) => (first + k) * step);
  return values.map((value) => [value, shown(value, digits)]);
}

/** The least and the most of some numbers, with a little room; nulls are passed over. */
function rangeOf(list) {
  const known = list.filter((value) => value !== null);
  const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const room = 0.06 * (high - low) || 1;
  return [low - room, high + room];
}

/** Measurements and forecasts of the days shown. */
function chartOf(width, data, looks, from, to) {
  const frame = { left: 52, right: width - 10, top: 28, bottom: 206 };
  const inside = (list) => list.slice(from, to + 1);
  const [low, high] = rangeOf([data.truth, ...Object.values(data.forecasts)].flatMap(inside));
  const x = scale(from - 0.5, to + 0.5, frame.left, frame.right);
  const y = scale(low, high, frame.bottom, frame.top);
  const place = (value, k) => (value === null ? null : [x(from + k), y(value)]);
  const line = (list) => path(inside(list).map(place));
  const xTicks = dayTicks(data.firstDay, from, to, (frame.right - frame.left) / 74);
  const yTicks = valueTicks(low, high, 6);
  const warning = { x: frame.right, y: 19, class: "qrnn-end qrnn-strong" };
  return [
    trainingBand(x, from - 0.5, Math.min(data.testFrom - 0.5, to + 0.5), frame, frame.bottom - 8),
    axes({ ...frame, x, y, xTicks, yTicks, yLabel: data.unit }),
    dotsAt([[frame.left + 4, 14]]),
    svg("text", { x: frame.left + 14, y: 19 }, data.synthetic ? "made up" : "measured"),
    ...(data.synthetic ? [svg("text", warning, "SYNTHETIC data")] : []),
    svg("path", { d: line(data.truth), class: "qrnn-thin qrnn-truth-line", opacity: 0.5 }),
    ...Object.keys(looks).reverse().map((name) =>
      svg("path", { d: line(data.forecasts[name]), ...looks[name].line }),
    ),
    dotsAt(inside(data.truth).map(place).filter(Boolean), to - from > 120 ? 2.5 : 4.5),
  ];
}

/** A tinted band over the days that the models were trained on; with a baseline for its name, where there is room. */
function trainingBand(x, from, to, { top, bottom }, baseline) {
  const group = svg("g");
  if (to <= from) return group;
  const width = x(to) - x(from);
  const box = { x: x(from), y: top, width, height: bottom - top, style: "fill: var(--rule)", opacity: 0.45 };
  group.append(svg("rect", box));
  if (baseline && width > 90) {
    const place = { x: x(from) + 8, y: baseline, class: "qrnn-small qrnn-quiet" };
    group.append(svg("text", place, "training part"));
  }
  return group;
}

/** The whole series in a strip, with a frame around the days shown. */
function stripOf(width, data, from, to) {
  const frame = { left: 52, right: width - 10, top: 4, bottom: 44 };
  const last = data.truth.length - 1;
  const x = scale(-0.5, last + 0.5, frame.left, frame.right);
  const y = scale(...rangeOf(data.truth), frame.bottom, frame.top);
  const points = data.truth.map((value, k) => (value === null ? null : [x(k), y(value)]));
  const months = dayTicks(data.firstDay, 0, last, (frame.right - frame.left) / 40);
  const box = { x: x(from - 0.5), y: 2, width: x(to + 0.5) - x(from - 0.5), height: 44, rx: 3 };
  return [
    trainingBand(x, -0.5, data.testFrom - 0.5, frame),
    svg("path", { d: path(points), class: "qrnn-thin qrnn-quiet-line" }),
    svg(
      "g", { class: "qrnn-handle", "data-handle": "window" },
      svg("rect", { ...box, class: "qrnn-truth-line qrnn-reach", style: "stroke: var(--truth)", "stroke-width": 2 }),
    ),
    ...["start", "end"].map((name) => edgeOf(name, name === "start" ? box.x : box.x + box.width)),
    ...months.map(([k, text]) => svg("text", { x: x(k), y: 60, class: "qrnn-small qrnn-quiet" }, text)),
  ];
}

/** An edge of the window, with room around it for a finger: more outside than inside. */
function edgeOf(name, x) {
  const outside = name === "start" ? -26 : -10;
  return svg(
    "g", { class: "qrnn-handle", "data-handle": name, style: "cursor: ew-resize" },
    svg("rect", { x: x + outside, y: 0, width: 36, height: 50, class: "qrnn-reach" }),
    svg("rect", { x: x - 4, y: 14, width: 8, height: 20, rx: 3, class: "qrnn-truth-fill" }),
  );
}

/** How the errors settle while the days go by. */
function runningOf(running, looks, data, from, to) {
  const frame = { left: 48, right: 310, top: 28, bottom: 120 };
  const [, high] = rangeOf([0, ...Object.values(running).flat()]);
  const x = scale(from - 0.5, to + 0.5, frame.left, frame.right);
  const y = scale(0, high, frame.bottom, frame.top);
  const ticks = { xTicks: dayTicks(data.firstDay, from, to, 3), yTicks: valueTicks(0, high, 4) };
  return [
    svg("text", { x: 0, y: 14, class: "qrnn-strong" }, "Error so far, day by day"),
    axes({ ...frame, x, y, ...ticks }),
    ...Object.keys(looks).reverse().map((name) => {
      const place = (value, k) => (value === null ? null : [x(from + k), y(value)]);
      return svg("path", { d: path(running[name].map(place)), ...looks[name].line });
    }),
  ];
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const data = {
    firstDay: model.get("first_day"),
    testFrom: model.get("test_from"),
    truth: model.get("truth"),
    forecasts: model.get("forecasts"),
    unit: model.get("unit"),
    synthetic: model.get("synthetic"),
  };
  const unit = data.unit && ` ${data.unit}`;
  const looks = looksOf(Object.keys(data.forecasts), model.get("ours"));
  const shownDays = () => [firstShown(model.get("day"), model.get("length")), model.get("day")];
  const large = wideChart(232, (width) => chartOf(width, data, looks, ...shownDays()));
  const strip = wideChart(66, (width) => stripOf(width, data, ...shownDays()));
  const picture = pictureOf(large.chart, strip.chart);
  const redraw = () => [large, strip].forEach((one) => one.redraw());
  const bars = panel(320, 100, 1.12);
  const settling = panel(320, 146, 1.12);
  const errorPicture = pictureOf(bars, settling);
  Object.assign(errorPicture.style, FROM_THE_LEFT);

  const draw = () => {
    const [from, to] = shownDays();
    const running = runningErrors(data.forecasts, data.truth, from, to);
    const last = Object.entries(running).map(([name, list]) => [name, list.at(-1)]);
    const errors = Object.fromEntries(last.filter(([, error]) => error !== null));
    redraw();
    const title = `Error of these days (RMSE${unit && `,${unit}`})`;
    const widest = Math.max(...Object.values(errors));
    errorBars(bars, title, errors, looks, { digits: 2, widest });
    settling.replaceChildren(...runningOf(running, looks, data, from, to));
    const trained = Math.max(0, Math.min(to + 1, data.testFrom) - from);
    const total = to - from + 1;
    const seen = { 0: "none", [total]: "all" }[trained] ?? trained;
    const kind = data.synthetic ? "Synthetic data. " : "";
    const span = `From ${dateInWords(data.firstDay, from)} to ${dateInWords(data.firstDay, to)}`;
    const order = ranked(errors, 2, unit);
    const lowest = `the lowest error is that of ${best(errors, 2)} (${order})`;
    const verdict = order ? lowest : "nothing is forecast";
    const words = `${kind}${span} ${verdict}. The models were trained on ${seen} of these ${total} days.`;
    errorPicture.setAttribute("aria-label", words);
    return words;
  };
  const last = data.truth.length - 1;
  const first = model.get("first_forecast");
  const put = ({ day, length }) => {
    model.set("day", day);
    model.set("length", length);
    model.save_changes();
  };
  const width = () => strip.chart.clientWidth;
  // Where the window is held, in days from its start: it does not jump under the finger.
  let held = null;
  strip.chart.addEventListener("pointerdown", () => (held = null));
  dragging(strip.chart, (place, handle) => {
    const [from, to] = shownDays();
    const days = scale(52, width() - 10, -0.5, last + 0.5)(place.x);
    held ??= days - { start: from, end: to, window: from }[handle];
    put(windowAt(handle, Math.round(days - held), { day: to, length: model.get("length"), first, last }));
  });
  const days = { min: first, max: last, step: 1, format: (day) => dateInWords(data.firstDay, day) };
  const lengths = { min: SHORTEST, max: last + 1, step: 1, format: String };
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "day", { label: "Last day", ...days }),
    slider(model, "length", { label: "Days shown", ...lengths }),
  );
  const heading = html("b", {}, model.get("title"));
  const credit = html("p", {}, heading, ". ", ...creditOf(model.get("credit")));
  Object.assign(credit.style, { color: "var(--quiet)", fontSize: "0.85rem", margin: "0.25rem 0" });
  const traits = ["day", "length"];
  const names = Object.keys(data.forecasts);
  const question = guess({
    question: "Which forecast misses least?",
    answers: Object.fromEntries(names.map((name) => [name, name])),
    reveal() {
      // Days that no model has been trained on, if there are any.
      const from = data.testFrom > last ? first : data.testFrom;
      put({ day: last, length: Math.max(SHORTEST, last - from + 1) });
      const running = runningErrors(data.forecasts, data.truth, from, last);
      const known = Object.entries(running).map(([name, list]) => [name, list.at(-1)]);
      const errors = Object.fromEntries(known.filter(([, error]) => error !== null));
      const [right] = Object.keys(errors).sort((one, two) => errors[one] - errors[two]);
      const days = `the ${last - from + 1} days ${from === first ? "forecast" : "after the training part"}`;
      return [right, right ? `Over ${days} (RMSE): ${ranked(errors, 2, unit)}.` : "Nothing is forecast there."];
    },
  });
  const buttons = html("div", { class: "qrnn-buttons" }, undo(model, traits), reset(model, traits, question.forget));
  const summary = redrawn(model, traits, picture, draw);
  // With a single model there is nothing to guess.
  const asked = names.length > 1 ? [question.element] : [];
  el.append(...asked, picture, controls, credit, errorPicture, buttons, summary);
  new ResizeObserver(redraw).observe(picture);
}

export default { render };
