// The denoising playground: a noisy sine, and what three models make of it while you drag.
import { multiply, receivedCell, run } from "./algebra.js";
import { best, dotsAt, errorBars, FROM_THE_LEFT, looksOf, ranked } from "./compared.js";
import { dragging } from "./dragging.js";
import { uniforms } from "./draws.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import {
  axes, clamp, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart,
} from "./drawing.js";

const NOISE = { min: 0, max: 0.4, step: 0.01, format: shown };
const PERIODS = { min: 1, max: 8, step: 0.25, format: String };
const SEED = { min: 0, max: 50, step: 1, format: String };
const BEND = { min: -1, max: 1, step: 0.05, format: shown };
/** As many draws of the noise answer the question. */
const DRAWS = 15;
const TRAITS = ["noise", "periods", "seed", "bends", "point"];

// The series and its forecasts --------------------------------------------------------------------

/** How far a wave is lifted at a place from 0 to 1, by bends at even distances: cosines between them. */
export function liftAt(bends, place) {
  const at = place * (bends.length - 1);
  const k = Math.min(Math.floor(at), bends.length - 2);
  const share = (1 - Math.cos(Math.PI * (at - k))) / 2;
  return (1 - share) * bends[k] + share * bends[k + 1];
}

/** The height of the bent sine at a place from 0 to 1. */
function waveAt({ periods, bends }, place) {
  return Math.sin(2 * Math.PI * periods * place) + liftAt(bends, place);
}

/** A sine of so many periods, bent, and the same with Gaussian noise (Box and Muller). */
export function noisySine({ points, periods, noise, seed, bends }) {
  const draw = uniforms(seed);
  const clean = Array.from({ length: points }, (_, t) => waveAt({ periods, bends }, t / (points - 1)));
  // 1 - u, since u may be 0 but never 1.
  const values = clean.map(
    (wave) =>
      wave + noise * Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()),
  );
  return { clean, values };
}

/** The trained cell with its two unitaries multiplied once, which halves the work of a step. */
export function joined(parts) {
  const cell = receivedCell(parts);
  if (!cell.disentangler) return cell;
  const d = 2 ** (cell.systemQubits + cell.memoryQubits);
  const joint = multiply(cell.disentangler, cell.entangler, d, d, d);
  return { ...cell, entangler: joint, disentangler: null };
}

/** What each model says about the value after every window; scaled as the training part was. */
export function forecastsOf({ name, cell, ridge, scaler, steps }, values) {
  const scaled = values.map((value) => scaler.factor * value + scaler.offset);
  const restored = (value) => (value - scaler.offset) / scaler.factor;
  const result = { [name]: [], ridge: [], persistence: [] };
  for (let t = steps; t < values.length; t++) {
    const window = scaled.slice(t - steps, t);
    // Each window starts from an empty memory, as in training.
    result[name].push(restored(run(cell, window)[steps - 1].output));
    const linear = window.reduce((sum, x, k) => sum + x * ridge.coefficients[k], ridge.offset);
    result.ridge.push(restored(linear));
    result.persistence.push(values[t - 1]);
  }
  return result;
}

/** The root mean squared distance of each model's forecasts from the last of the targets. */
export function errorsOf(forecasts, targets) {
  const distance = (forecast) => {
    const first = targets.length - forecast.length;
    const sum = forecast.reduce((total, y, k) => total + (y - targets[first + k]) ** 2, 0);
    return Math.sqrt(sum / forecast.length);
  };
  return Object.fromEntries(Object.entries(forecasts).map(([model, y]) => [model, distance(y)]));
}

// Pictures ----------------------------------------------------------------------------------------

/** The place of the chart in a figure of a width, and its scales. */
function chartIn(width, points) {
  const frame = { left: 30, right: width - 14, top: 30, bottom: 246 };
  const x = scale(0, points - 1, frame.left, frame.right);
  return { frame, x, y: scale(-2, 2, frame.bottom, frame.top) };
}

/** The points of the wave that are dragged: a ring on it, with the chosen one filled. */
function handlesOf({ x, y }, state) {
  const last = state.bends.length - 1;
  return state.bends.map((_, k) => {
    const at = { cx: x((k / last) * (state.points - 1)), cy: y(waveAt(state, k / last)) };
    const chosen = k === state.point;
    const ring = { r: chosen ? 8 : 6, class: "qrnn-truth-line", "stroke-width": 2, style: `fill: var(--${chosen ? "truth" : "paper"})` };
    return svg(
      "g", { class: "qrnn-handle", "data-handle": k },
      svg("circle", { ...at, r: 22, class: "qrnn-reach" }), svg("circle", { ...at, ...ring }),
    );
  });
}

/** The series and its forecasts. */
function chartOf(width, state, { clean, values }, forecasts, looks) {
  const { frame, x, y } = chartIn(width, state.points);
  const placed = (list) => list.map((value, k) => [x(values.length - list.length + k), y(clamp(value, -2.4, 2.4))]);
  const yTicks = [-2, -1, 0, 1, 2].map((value) => [value, shown(value, 0)]);
  const thin = { class: "qrnn-thin qrnn-truth-line" };
  return [
    axes({ ...frame, x, y, yTicks }),
    dotsAt([[8, 10]]),
    svg("text", { x: 16, y: 15 }, "noisy"),
    svg("path", { d: "M64 10h20", ...thin }),
    svg("text", { x: 90, y: 15 }, "wave: drag it"),
    svg("path", { d: "M188 10h22", ...looks[Object.keys(looks)[0]].line }),
    svg("text", { x: 216, y: 15, class: "qrnn-cell-ink" }, "the cell"),
    svg("text", { x: frame.right, y: frame.bottom + 18, class: "qrnn-end qrnn-quiet" }, "time →"),
    // The last one drawn, and so on top, is the cell.
    ...Object.keys(looks).reverse().map((name) =>
      svg("path", { d: path(placed(forecasts[name])), ...looks[name].line }),
    ),
    svg("path", { d: path(placed(clean)), ...thin }),
    dotsAt(placed(values)),
    ...handlesOf({ x, y }, state),
  ];
}

/** A slider with a mark where the models were trained. */
function markedSlider(model, trait, { min, max, step, format, label }) {
  const trained = model.get("trained")[trait];
  const compared = (value) =>
    `${format(value)}${Math.abs(value - trained) <= step / 2 ? ", as in training" : ""}`;
  const row = slider(model, trait, { label, min, max, step, format: compared });
  const share = (trained - min) / (max - min);
  // The thumb's centre stops half a thumb, 8 px, before either end.
  const mark = html("span", { "aria-hidden": "true" }, share < 0.6 ? "▲ trained here" : "trained here ▲");
  const place = share < 0.6 ? "left" : "right";
  Object.assign(mark.style, {
    [place]: `calc(${place === "left" ? share : 1 - share} * (100% - 16px) + 8px - 0.45em)`,
    color: "var(--quiet)", fontSize: "0.8rem", position: "absolute", top: "-0.4rem",
  });
  const line = html("div", {}, mark);
  Object.assign(line.style, { gridColumn: "1 / -1", height: "1rem", position: "relative" });
  row.append(line);
  return row;
}

/**
 * Some draws of the noise at the setting of the training: in how many the first model is nearer to the
 * clean wave than ridge, and the draw in the middle of them, from best to worst for the first.
 */
export function drawsCompared(models, state) {
  const { noise, periods } = state.trained;
  const flat = state.bends.map(() => 0);
  const ahead = Array.from({ length: DRAWS }, (_, seed) => {
    const { clean, values } = noisySine({ ...state, noise, periods, seed, bends: flat });
    const errors = errorsOf(forecastsOf(models, values), clean);
    return { seed, by: errors[models.name] - errors.ridge };
  });
  const order = [...ahead].sort((one, two) => one.by - two.by || one.seed - two.seed);
  const nearer = ahead.filter(({ by }) => by < 0).length;
  return { nearer, draws: DRAWS, typical: order[order.length >> 1].seed, flat };
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const parts = ["name", "ridge", "scaler", "steps"].map((trait) => [trait, model.get(trait)]);
  const models = { ...Object.fromEntries(parts), cell: joined(model.get("cell")) };
  const looks = looksOf([models.name, "ridge", "persistence"], [models.name]);
  const trained = model.get("trained");
  const now = () => Object.fromEntries(["points", ...TRAITS].map((trait) => [trait, model.get(trait)]));

  let series;
  let forecasts;
  const { chart, redraw } = wideChart(266, (width) => chartOf(width, now(), series, forecasts, looks));
  const picture = pictureOf(chart);
  const finding = html("p", { class: "qrnn-title" });
  const againstWave = panel(320, 106, 1.12);
  const againstValues = panel(320, 132, 1.12);
  const bars = pictureOf(againstWave, againstValues);
  Object.assign(bars.style, FROM_THE_LEFT);

  const put = (k, bend) => {
    const value = clamp(Math.round(bend / BEND.step) * BEND.step, BEND.min, BEND.max);
    model.set("bends", model.get("bends").map((old, i) => (i === k ? value : old)));
    model.save_changes();
  };
  dragging(chart, (place, handle) => {
    const k = Number(handle);
    const { y } = chartIn(chart.clientWidth, model.get("points"));
    const height = scale(y(-2), y(2), -2, 2)(place.y);
    const flat = { periods: model.get("periods"), bends: model.get("bends").map(() => 0) };
    model.set("point", k);
    put(k, height - waveAt(flat, k / (flat.bends.length - 1)));
  });

  const draw = () => {
    const noise = model.get("noise");
    series = noisySine(now());
    forecasts = forecastsOf(models, series.values);
    redraw();
    const toWave = errorsOf(forecasts, series.clean);
    const toValues = errorsOf(forecasts, series.values);
    // One scale for both, which changes seldom while one drags.
    const largest = Math.max(...Object.values(toWave), ...Object.values(toValues));
    const widest = [0.4, 0.8, 1.6].find((end) => largest <= end) ?? largest;
    const [first, second] = ["clean wave", "noisy value"].map((name) => `Distance from the ${name} (RMSE)`);
    const options = { digits: 3, widest };
    errorBars(againstWave, first, toWave, looks, options);
    errorBars(againstValues, second, toValues, looks, { ...options, floor: noise });
    finding.textContent = `Closest to the clean wave: ${best(toWave, 3)}`;
    const wave = `${finding.textContent} (${ranked(toWave, 3)}).`;
    const order = `${ranked(toValues, 3)}; the noise alone makes ${shown(noise)}`;
    const bent = model.get("bends").some((bend) => bend !== 0) ? "The wave is bent. " : "";
    const words = `${bent}${wave} Closest to the noisy values: ${best(toValues, 3)} (${order}).`;
    bars.setAttribute("aria-label", words);
    const training = `noise ${shown(trained.noise)} and ${trained.periods} periods`;
    return `${words} The models were trained at ${training}, on another draw of the noise.`;
  };

  const question = guess({
    question: "Over many draws of the noise: which is nearer to the clean wave?",
    answers: { cell: "The cell", ridge: "A linear formula" },
    reveal() {
      const { nearer, draws, typical, flat } = drawsCompared(models, { ...now(), trained });
      for (const [trait, value] of Object.entries({ ...trained, seed: typical, bends: flat })) model.set(trait, value);
      model.save_changes();
      const right = 2 * nearer > draws ? "cell" : "ridge";
      const [count, winner] = right === "cell" ? [nearer, "the cell"] : [draws - nearer, "the formula (ridge)"];
      return [right, `In ${count} of ${draws} draws, at the noise and frequency of the training, ${winner} is nearer. The draw in the middle is shown.`];
    },
  });
  // What the chosen point is bent by, as if it were a trait of its own.
  const chosen = {
    get: () => model.get("bends")[model.get("point")],
    set: (_, value) => put(model.get("point"), value),
    save_changes() {},
    on: (_, listener) => ["change:bends", "change:point"].forEach((event) => model.on(event, listener)),
  };
  const count = model.get("bends").length;
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    markedSlider(model, "noise", { label: "Noise (deviation)", ...NOISE }),
    markedSlider(model, "periods", { label: "Frequency (periods)", ...PERIODS }),
    slider(model, "seed", { label: "Draw of the noise (seed)", ...SEED }),
    slider(model, "point", { label: "Point of the wave", min: 0, max: count - 1, step: 1, format: (k) => `${k + 1} of ${count}` }),
    slider(chosen, "bend", { label: "Bend the wave there by", ...BEND }),
  );
  const buttons = html("div", { class: "qrnn-buttons" }, undo(model, TRAITS), reset(model, TRAITS, question.forget));
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(question.element, picture, controls, finding, bars, buttons, summary);
  new ResizeObserver(redraw).observe(picture);
}

export default { render };
