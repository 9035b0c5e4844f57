// The training replay: loss, forecast, memory and branches of a recorded run, epoch by epoch.
import { dragging } from "./dragging.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import { axes, button, html, kets, path, pictureOf, redrawn, reset, scale, shown, slider, svg, widthOf } from "./drawing.js";

/** How long a recorded epoch stays while the run is played, in milliseconds. */
const BEAT = 160;
/** The width of the figure from which all panels stand in one row, and how high they are there and below. */
const WIDE = 600;
const HEIGHTS = { wide: 250, narrow: 214 };
const GAP = 16;
/** Words on a curve have a rim in the colour of the page. */
const RIM = "paint-order: stroke; stroke: var(--paper); stroke-width: 4px";

function rootMeanSquare(a, b) {
  return Math.sqrt(a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0) / a.length);
}

/** Round numbers between two positive ones, for a logarithmic axis. */
function decades(low, high) {
  const all = [];
  for (let power = -8; power < 4; power++) for (const digit of [1, 2, 5]) all.push(digit * 10 ** power);
  return all.filter((value) => value >= low && value <= high);
}

/** The epochs after which the training loss is higher than before them. */
export function risesOf(loss) {
  return loss.flatMap((value, epoch) => (epoch && value > loss[epoch - 1] ? [epoch] : []));
}

/** The epoch at which the loss is farthest above the lowest that it had been, in proportion, and that one. */
export function setbackOf(loss) {
  const lowest = loss.map((_, epoch) => Math.min(...loss.slice(0, epoch + 1)));
  const ratios = loss.map((value, epoch) => value / lowest[epoch]);
  const epoch = ratios.indexOf(Math.max(...ratios));
  return { epoch, before: loss.indexOf(lowest[epoch]) };
}

/** The recorded epoch nearest to an epoch, by its number among the records. */
export function nearestRecord(epochs, epoch) {
  const miss = epochs.map((one) => Math.abs(one - epoch));
  return miss.indexOf(Math.min(...miss));
}

/** A panel of a size in pixels, so that its text keeps its size. */
function panelOf({ width, height }) {
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  Object.assign(picture.style, { flex: "none", height: `${height}px`, width: `${width}px` });
  return picture;
}

/** The name of what is drawn in a panel. */
function heading(text) {
  return svg("text", { x: 6, y: 15, class: "qrnn-strong" }, text);
}

/** The loss by epoch; below it, in how many training windows a collapse switched branch. */
function lossPanel(run, size, show) {
  const { width, height } = size;
  const chart = { left: 46, right: width - 14, top: 28, bottom: height - 110 };
  const [low, high] = [Math.min(...run.loss) / 1.25, Math.max(...run.loss) * 1.08];
  const log = scale(Math.log(low), Math.log(high), chart.bottom, chart.top);
  const y = (loss) => log(Math.log(loss));
  const final = run.loss.length - 1;
  const x = scale(0, final, chart.left + 4, chart.right - 4);
  const epochAt = scale(x(0), x(final), 0, final);
  const strip = { left: chart.left, right: chart.right, top: height - 80, bottom: height - 46 };
  const share = scale(0, 1, strip.bottom, strip.top);
  const yTicks = decades(low, high).map((value) => [value, String(Number(value.toPrecision(1)))]);
  const third = Math.max(1, Math.round(final / 3));
  const counted = [...new Set([0, third, 2 * third, final])].filter((epoch) => epoch <= final);
  const xTicks = counted.map((epoch) => [epoch, String(epoch)]);
  // Where the best epoch is among the last, its name goes to the left.
  const late = run.bestEpoch > 0.85 * final;
  const beside = { x: x(run.bestEpoch) + (late ? -13 : 13) };
  const points = run.loss.map((loss, epoch) => [x(epoch), y(loss)]);
  const picture = panelOf(size);
  const past = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const now = svg("path", { class: "qrnn-thin qrnn-quiet-line", "stroke-dasharray": "3 3" });
  const reach = svg("circle", { r: 24, class: "qrnn-reach" });
  const dot = svg("circle", { r: 7, class: "qrnn-cell-fill" });
  const barWidth = (0.62 * (chart.right - chart.left)) / run.epochs.length;
  const bars = run.epochs.map((epoch, k) => {
    const top = share(run.switched[k] / run.windows);
    return svg("rect", { x: x(epoch) - barWidth / 2, y: top, width: barWidth, height: strip.bottom - top, class: "qrnn-disc", "stroke-width": 0 });
  });
  picture.append(
    heading("Training loss"),
    axes({ ...chart, x, y, yTicks }),
    now,
    svg("path", { d: path(points), class: "qrnn-thin qrnn-quiet-line" }),
    past,
    svg("circle", { cx: x(run.bestEpoch), cy: y(run.loss[run.bestEpoch]), r: 9, class: "qrnn-thin qrnn-truth-line" }),
    svg("text", { ...beside, y: y(run.loss[run.bestEpoch]) + 5, class: `qrnn-small ${late ? "qrnn-end" : ""}`, style: RIM }, "kept"),
    svg("text", { x: chart.left + 4, y: height - 87, class: "qrnn-small qrnn-quiet" }, "share of windows that switched branch"),
    axes({ ...strip, x, y: share, xTicks, yTicks: [[0, "0"], [1, "1"]], xLabel: "epoch" }),
    ...bars,
    svg("g", { class: "qrnn-handle", "data-handle": "epoch" }, reach, dot),
  );
  dragging(picture, (place) => show(nearestRecord(run.epochs, epochAt(place.x))));
  const draw = (frame) => {
    const epoch = run.epochs[frame];
    past.setAttribute("d", path(points.slice(0, epoch + 1)));
    now.setAttribute("d", `M${x(epoch)} ${chart.top}V${strip.bottom}`);
    for (const circle of [reach, dot]) {
      circle.setAttribute("cx", x(epoch));
      circle.setAttribute("cy", y(run.loss[epoch]));
    }
    bars.forEach((bar, k) => bar.setAttribute("class", k === frame ? "qrnn-truth-fill" : "qrnn-disc"));
  };
  return { picture, draw };
}

/** Words of 12 px beside each other, below a heading: {text: class}. */
function legendOf(words) {
  let x = 0;
  return Object.entries(words).map(([text, colour]) => {
    const word = svg("text", { x, y: 36, class: `qrnn-small ${colour}` }, text);
    x += (12 / 14) * widthOf(text) + 9;
    return word;
  });
}

/** The test forecasts against what came. */
function forecastPanel(run, size) {
  const chart = { left: 30, right: size.width - 4, top: 46, bottom: size.height - 46 };
  const all = [...run.forecasts.flat(), ...run.truth, ...run.clean];
  const y = scale(Math.min(...all, -1), Math.max(...all, 1), chart.bottom, chart.top);
  const x = scale(0.3, run.truth.length + 0.7, chart.left, chart.right);
  const line = (values) => path(values.map((value, k) => [x(k + 1), y(value)]));
  const curve = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const picture = panelOf(size);
  const tests = [1, ...[0.5, 1].map((part) => Math.round(part * run.truth.length))];
  const xTicks = [...new Set(tests)].map((k) => [k, String(k)]);
  const wave = run.clean.length > 0;
  picture.append(
    heading("Test values"),
    ...legendOf({ [wave ? "● noisy" : "● measured"]: "", "━ forecast": "qrnn-cell-ink", ...(wave && { "┄ wave": "qrnn-quiet" }) }),
    axes({ ...chart, x, y, xTicks, yTicks: [-1, 0, 1].map((value) => [value, shown(value, 0)]), xLabel: "test value" }),
    curve,
    ...run.truth.map((value, k) => svg("circle", { cx: x(k + 1), cy: y(value), r: 3, class: "qrnn-truth-fill" })),
  );
  if (wave) {
    picture.append(
      svg("path", { d: line(run.clean), class: "qrnn-thin qrnn-quiet-line", "stroke-dasharray": "2 3" }),
    );
  }
  const draw = (frame) => curve.setAttribute("d", line(run.forecasts[frame]));
  return { picture, draw };
}

/** The memory along one window: darker is more likely; the outcome of each step below, digit by digit. */
function memoryPanel(run, size) {
  const steps = run.window.length;
  const rows = run.memory[0][0].length;
  const [left, right, top] = [44, size.width - 2, 62];
  const column = (right - left) / steps;
  const height = Math.min(26, (size.height - 146) / rows);
  const bottom = top + rows * height;
  const y = scale(Math.min(...run.window, -1), Math.max(...run.window, 1), 56, 26);
  const digits = Math.round(Math.log2(run.systemDim));
  const picture = panelOf(size);
  const middle = (t) => left + (t + 0.5) * column;
  picture.append(
    heading("Memory"),
    svg("text", { x: left - 5, y: 46, class: "qrnn-small qrnn-end qrnn-system-ink" }, "input"),
    ...run.window.map((value, t) => svg("circle", { cx: middle(t), cy: y(value), r: 3.5, class: "qrnn-system-fill" })),
    ...kets(rows).map((name, i) =>
      svg("text", { x: left - 5, y: top + (i + 0.5) * height + 4, class: "qrnn-small qrnn-end qrnn-memory-ink" }, name),
    ),
    svg("text", { x: left - 5, y: bottom + 10 + 7 * digits, class: "qrnn-small qrnn-end qrnn-system-ink" }, "out"),
    svg("text", { x: right, y: bottom + 24 + 14 * digits, class: "qrnn-small qrnn-end" }, "boxed: switched"),
  );
  const shades = run.window.flatMap((_, t) =>
    Array.from({ length: rows }, (__, i) =>
      svg("rect", { x: left + t * column + 0.5, y: top + i * height + 1, width: column - 1, height: height - 2, rx: 2, class: "qrnn-memory-fill" }),
    ),
  );
  const frame = svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "qrnn-rim" });
  const boxes = run.window.map((_, t) =>
    svg("rect", { x: left + t * column + 0.5, y: bottom + 4, width: column - 1, height: 14 * digits + 4, rx: 3, class: "qrnn-thin qrnn-truth-line" }),
  );
  const outcomes = run.window.map((_, t) =>
    Array.from({ length: digits }, (__, q) =>
      svg("text", { x: middle(t), y: bottom + 16 + 14 * q, class: "qrnn-small qrnn-middle qrnn-system-ink" }),
    ),
  );
  picture.append(frame, ...shades, ...boxes, ...outcomes.flat());
  const draw = (k) => {
    run.outcomes[k].forEach((outcome, t) => {
      const before = run.outcomes[Math.max(0, k - 1)][t];
      const bits = outcome.toString(2).padStart(digits, "0");
      outcomes[t].forEach((text, q) => (text.textContent = bits[q]));
      boxes[t].style.display = outcome === before ? "none" : "";
      run.memory[k][t].forEach((p, i) => {
        shades[t * rows + i].style.fillOpacity = p;
      });
    });
  };
  return { picture, draw };
}

/** The sizes of the three panels in a figure of a width: side by side, or two below the first. */
function sizesOf(room) {
  const wide = room >= WIDE;
  const small = Math.floor(wide ? 0.27 * room : (room - GAP) / 2);
  const widths = [wide ? room - 2 * (small + GAP) : room, small, small];
  return widths.map((width) => ({ width, height: wide ? HEIGHTS.wide : HEIGHTS.narrow }));
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const run = model.get("run");
  const last = run.epochs.length - 1;
  const picture = pictureOf();
  let panels = [];
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;

  const show = (frame) => {
    model.set("frame", frame);
    model.save_changes();
  };
  let room;
  const build = () => {
    // A figure that is not on its page yet has no width.
    room = picture.clientWidth || 720;
    const sizes = sizesOf(room);
    const byHand = (frame) => {
      pause();
      show(frame);
    };
    panels = [
      lossPanel(run, sizes[0], byHand), forecastPanel(run, sizes[1]), memoryPanel(run, sizes[2]),
    ];
    picture.replaceChildren(...panels.map((one) => one.picture));
    for (const one of panels) one.draw(model.get("frame"));
  };
  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = still ? "Next record" : "Play";
  };
  const forward = () => {
    if (model.get("frame") < last) show(model.get("frame") + 1);
    if (model.get("frame") === last) pause();
  };
  // Who does not want motion goes on by hand.
  const play = button(still ? "Next record" : "Play", () => {
    if (timer !== null) return pause();
    if (model.get("frame") === last) show(0);
    if (still) return forward();
    play.textContent = "Pause";
    timer = setInterval(forward, BEAT);
  });

  const draw = () => {
    const k = model.get("frame");
    const epoch = run.epochs[k];
    for (const one of panels) one.draw(k);
    const miss = shown(rootMeanSquare(run.forecasts[k], run.truth), 3);
    const words = `Epoch ${epoch} of ${run.epochs[last]}: the training loss is ${shown(run.loss[epoch], 3)}; the ${run.truth.length} test forecasts miss by ${miss} (root mean square).`;
    if (k === 0) return words;
    return `${words} Since epoch ${run.epochs[k - 1]} the most likely outcome of some step has switched in ${run.switched[k]} of ${run.windows} training windows.`;
  };

  const rises = risesOf(run.loss);
  const question = guess({
    question: "Does the loss fall in every epoch?",
    answers: { yes: "Yes", no: "No" },
    reveal() {
      pause();
      const final = run.epochs[last];
      if (!rises.length) {
        show(last);
        return ["yes", `It falls in each of the ${final} epochs.`];
      }
      const { epoch, before } = setbackOf(run.loss);
      show(nearestRecord(run.epochs, epoch));
      const there = run.epochs.includes(epoch) ? "where" : "near which";
      const [high, low] = [epoch, before].map((one) => shown(run.loss[one], 3));
      return ["no", `It rises in ${rises.length} of ${final}: from ${low} in epoch ${before} it is back at ${high} in epoch ${epoch}, ${there} the dot is now.`];
    },
  });
  build();
  const epochs = slider(model, "frame", {
    label: "Epoch", min: 0, max: last, step: 1, format: (k) => `${run.epochs[k]} of ${run.epochs[last]}`,
  });
  epochs.addEventListener("input", pause);
  const back = reset(model, ["frame"], question.forget);
  back.addEventListener("click", pause);
  const before = undo(model, ["frame"]);
  before.addEventListener("click", pause);
  const summary = redrawn(model, ["frame"], picture, draw);
  const controls = html("div", { class: "qrnn-controls" }, epochs);
  el.append(
    question.element, picture, controls, html("div", { class: "qrnn-buttons" }, play, before, back), summary,
  );
  const sized = new ResizeObserver(() => requestAnimationFrame(() => {
    if (picture.clientWidth && picture.clientWidth !== room) build();
  }));
  sized.observe(picture);
  return () => clearInterval(timer);
}

export default { render };
