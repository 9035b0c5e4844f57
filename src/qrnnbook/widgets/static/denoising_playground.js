// The denoising playground: a noisy sine, and what three models make of it while you drag.
import { multiply, receivedCell, run } from "./algebra.js";
import { best, dotsAt, errorBars, FROM_THE_LEFT, looksOf, ranked } from "./compared.js";
import { uniforms } from "./draws.js";
import { axes, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg, wideChart } from "./drawing.js";

const NOISE = { min: 0, max: 0.4, step: 0.01, format: shown };
const PERIODS = { min: 1, max: 8, step: 0.25, format: String };
const SEED = { min: 0, max: 50, step: 1, format: String };

// The series and its forecasts --------------------------------------------------------------------

/** A sine of so many periods, and the same with Gaussian noise (Box and Muller). */
export function noisySine({ points, periods, noise, seed }) {
  const draw = uniforms(seed);
  const clean = Array.from({ length: points }, (_, t) =>
    Math.sin((2 * Math.PI * periods * t) / (points - 1)),
  );
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

/** The series and its forecasts. */
function chartOf(width, { clean, values }, forecasts, looks) {
  const frame = { left: 40, right: width - 8, top: 30, bottom: 250 };
  const x = scale(0, values.length - 1, frame.left, frame.right);
  const y = scale(-2, 2, frame.bottom, frame.top);
  const placed = (list) => list.map((value, k) => [x(values.length - list.length + k), y(value)]);
  const yTicks = [-2, -1, 0, 1, 2].map((value) => [value, shown(value, 0)]);
  const thin = { class: "qrnn-thin qrnn-truth-line" };
  return [
    axes({ ...frame, x, y, yTicks }),
    dotsAt([[46, 14]]),
    svg("text", { x: 56, y: 19 }, "noisy value"),
    svg("path", { d: "M146 14h24", ...thin }),
    svg("text", { x: 178, y: 19 }, "clean wave"),
    svg("text", { x: frame.right, y: frame.bottom + 18, class: "qrnn-end qrnn-quiet" }, "time →"),
    svg("path", { d: path(placed(clean)), ...thin }),
    // The last one drawn, and so on top, is the cell.
    ...Object.keys(looks).reverse().map((name) =>
      svg("path", { d: path(placed(forecasts[name])), ...looks[name].line }),
    ),
    dotsAt(placed(values)),
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

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const parts = ["name", "ridge", "scaler", "steps"].map((trait) => [trait, model.get(trait)]);
  const models = { ...Object.fromEntries(parts), cell: joined(model.get("cell")) };
  const looks = looksOf([models.name, "ridge", "persistence"], [models.name]);
  const trained = model.get("trained");

  let series;
  let forecasts;
  const { chart, redraw } = wideChart(274, (width) => chartOf(width, series, forecasts, looks));
  const picture = pictureOf(chart);
  const finding = html("p", { class: "qrnn-title" });
  const againstWave = panel(320, 106, 1.12);
  const againstValues = panel(320, 132, 1.12);
  const bars = pictureOf(againstWave, againstValues);
  Object.assign(bars.style, FROM_THE_LEFT);

  const draw = () => {
    const noise = model.get("noise");
    const wanted = ["points", "periods", "noise", "seed"].map((trait) => [trait, model.get(trait)]);
    series = noisySine(Object.fromEntries(wanted));
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
    const words = `${wave} Closest to the noisy values: ${best(toValues, 3)} (${order}).`;
    bars.setAttribute("aria-label", words);
    const training = `noise ${shown(trained.noise)} and ${trained.periods} periods`;
    return `${words} The models were trained at ${training}, on another draw of the noise.`;
  };

  const controls = html(
    "div",
    { class: "qrnn-controls" },
    markedSlider(model, "noise", { label: "Noise (deviation)", ...NOISE }),
    markedSlider(model, "periods", { label: "Frequency (periods)", ...PERIODS }),
    slider(model, "seed", { label: "Draw of the noise (seed)", ...SEED }),
  );
  const traits = ["noise", "periods", "seed"];
  const buttons = html("div", { class: "qrnn-buttons" }, reset(model, traits));
  const summary = redrawn(model, traits, picture, draw);
  el.append(finding, picture, controls, bars, buttons, summary);
  new ResizeObserver(redraw).observe(picture);
}

export default { render };
