// The training replay: loss, forecast, memory and branches of a recorded run, epoch by epoch.
import { axes, button, html, kets, panel, path, pictureOf, redrawn, reset, scale, shown, slider, svg } from "./drawing.js";

/** How long a recorded epoch stays while the run is played, in milliseconds. */
const BEAT = 160;

function rootMeanSquare(a, b) {
  return Math.sqrt(a.reduce((sum, x, k) => sum + (x - b[k]) ** 2, 0) / a.length);
}

/** Round numbers between two positive ones, for a logarithmic axis. */
function decades(low, high) {
  const all = [];
  for (let power = -8; power < 4; power++) for (const digit of [1, 2, 5]) all.push(digit * 10 ** power);
  return all.filter((value) => value >= low && value <= high);
}

/** The name of what is drawn in a panel. */
function heading(text) {
  return svg("text", { x: 6, y: 15, class: "qrnn-strong" }, text);
}

/** The loss by epoch; below it, in how many training windows a collapse switched branch. */
function lossPanel(run) {
  const chart = { left: 52, right: 306, top: 30, bottom: 132 };
  const [low, high] = [Math.min(...run.loss) / 1.25, Math.max(...run.loss) * 1.08];
  const log = scale(Math.log(low), Math.log(high), chart.bottom, chart.top);
  const y = (loss) => log(Math.log(loss));
  const final = run.loss.length - 1;
  const x = scale(0, final, chart.left + 4, chart.right - 4);
  const strip = { left: chart.left, right: chart.right, top: 162, bottom: 204 };
  const share = scale(0, 1, strip.bottom, strip.top);
  const yTicks = decades(low, high).map((value) => [value, String(Number(value.toPrecision(1)))]);
  const third = Math.max(1, Math.round(final / 3));
  const counted = [...new Set([0, third, 2 * third, final])].filter((epoch) => epoch <= final);
  const xTicks = counted.map((epoch) => [epoch, String(epoch)]);
  // Where the best epoch is among the last, its name goes to the left.
  const late = run.bestEpoch > 0.85 * final;
  const beside = { x: x(run.bestEpoch) + (late ? -13 : 13) };
  const points = run.loss.map((loss, epoch) => [x(epoch), y(loss)]);
  const picture = panel(324, 244, 1.12);
  const past = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const dot = svg("circle", { r: 6, class: "qrnn-cell-fill" });
  const width = (0.62 * (chart.right - chart.left)) / run.epochs.length;
  const bars = run.epochs.map((epoch, k) => {
    const top = share(run.switched[k] / run.windows);
    return svg("rect", { x: x(epoch) - width / 2, y: top, width, height: strip.bottom - top, class: "qrnn-disc", "stroke-width": 0 });
  });
  picture.append(
    heading("Training loss"),
    axes({ ...chart, x, y, yTicks }),
    svg("path", { d: path(points), class: "qrnn-thin qrnn-quiet-line" }),
    past,
    svg("circle", { cx: x(run.bestEpoch), cy: y(run.loss[run.bestEpoch]), r: 9, class: "qrnn-thin qrnn-truth-line" }),
    svg("text", { ...beside, y: y(run.loss[run.bestEpoch]) + 5, class: `qrnn-small ${late ? "qrnn-end" : ""}` }, "kept"),
    dot,
    svg("text", { x: chart.left + 4, y: 156, class: "qrnn-small qrnn-quiet" }, "share of windows that switched branch"),
    axes({ ...strip, x, y: share, xTicks, yTicks: [[0, "0"], [1, "1"]], xLabel: "epoch" }),
    ...bars,
  );
  const draw = (frame) => {
    const epoch = run.epochs[frame];
    past.setAttribute("d", path(points.slice(0, epoch + 1)));
    dot.setAttribute("cx", x(epoch));
    dot.setAttribute("cy", y(run.loss[epoch]));
    bars.forEach((bar, k) => bar.setAttribute("class", k === frame ? "qrnn-truth-fill" : "qrnn-disc"));
  };
  return { picture, draw };
}

/** The test forecasts against what came. */
function forecastPanel(run) {
  const chart = { left: 44, right: 318, top: 50, bottom: 204 };
  const all = [...run.forecasts.flat(), ...run.truth, ...run.clean];
  const y = scale(Math.min(...all, -1), Math.max(...all, 1), chart.bottom, chart.top);
  const x = scale(0.3, run.truth.length + 0.7, chart.left, chart.right);
  const line = (values) => path(values.map((value, k) => [x(k + 1), y(value)]));
  const curve = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const squares = run.truth.map((_, k) => svg("rect", { x: x(k + 1) - 3.5, width: 7, height: 7, class: "qrnn-cell-fill" }));
  const picture = panel(324, 244, 1.12);
  const tests = [1, ...[0.5, 1].map((part) => Math.round(part * run.truth.length))];
  const xTicks = [...new Set(tests)].map((k) => [k, String(k)]);
  picture.append(
    heading("Forecasts of the test values"),
    svg("text", { x: chart.left + 6, y: 38 }, "● measured"),
    svg("text", { x: chart.left + 98, y: 38, class: "qrnn-cell-ink" }, "■ forecast"),
    axes({ ...chart, x, y, xTicks, yTicks: [-1, 0, 1].map((value) => [value, shown(value, 0)]), xLabel: "test value" }),
    curve,
    ...run.truth.map((value, k) => svg("circle", { cx: x(k + 1), cy: y(value), r: 3.5, class: "qrnn-truth-fill" })),
    ...squares,
  );
  if (run.clean.length) {
    picture.append(
      svg("path", { d: line(run.clean), class: "qrnn-thin qrnn-quiet-line", "stroke-dasharray": "2 3" }),
      svg("text", { x: chart.left + 180, y: 38, class: "qrnn-quiet" }, "┄ the wave"),
    );
  }
  const draw = (frame) => {
    curve.setAttribute("d", line(run.forecasts[frame]));
    squares.forEach((square, k) => square.setAttribute("y", y(run.forecasts[frame][k]) - 3.5));
  };
  return { picture, draw };
}

/** The memory along one window: darker is more likely; the outcome of each step below. */
function memoryPanel(run) {
  const steps = run.window.length;
  const rows = run.memory[0][0].length;
  const [left, right, top] = [52, 318, 84];
  const width = (right - left) / steps;
  const height = Math.min(26, 104 / rows);
  const bottom = top + rows * height;
  const low = Math.min(...run.window, -1);
  const y = scale(low, Math.max(...run.window, 1), 74, 34);
  const digits = Math.round(Math.log2(run.systemDim));
  const picture = panel(324, bottom + 62, 1.12);
  const middle = (t) => left + (t + 0.5) * width;
  picture.append(
    heading("Memory along one test window"),
    svg("text", { x: left - 7, y: 58, class: "qrnn-end qrnn-system-ink" }, "input"),
    ...run.window.map((value, t) => svg("circle", { cx: middle(t), cy: y(value), r: 4, class: "qrnn-system-fill" })),
    ...kets(rows).map((name, i) =>
      svg("text", { x: left - 7, y: top + (i + 0.5) * height + 5, class: "qrnn-end qrnn-memory-ink" }, name),
    ),
    svg("text", { x: (left + right) / 2, y: bottom + 50, class: "qrnn-middle" }, "outcome of each step; boxed: switched"),
  );
  const shades = run.window.flatMap((_, t) =>
    Array.from({ length: rows }, (__, i) =>
      svg("rect", { x: left + t * width + 1, y: top + i * height + 1, width: width - 2, height: height - 2, rx: 2, class: "qrnn-memory-fill" }),
    ),
  );
  const frame = svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "qrnn-rim" });
  const boxes = run.window.map((_, t) =>
    svg("rect", { x: left + t * width + 1, y: bottom + 8, width: width - 2, height: 22, rx: 3, class: "qrnn-thin qrnn-truth-line" }),
  );
  const outcomes = run.window.map((_, t) => svg("text", { x: middle(t), y: bottom + 24, class: "qrnn-middle qrnn-system-ink" }));
  picture.append(frame, ...shades, ...boxes, ...outcomes);
  const draw = (k) => {
    run.outcomes[k].forEach((outcome, t) => {
      const before = run.outcomes[Math.max(0, k - 1)][t];
      outcomes[t].textContent = outcome.toString(2).padStart(digits, "0");
      boxes[t].style.display = outcome === before ? "none" : "";
      run.memory[k][t].forEach((p, i) => {
        shades[t * rows + i].style.fillOpacity = p;
      });
    });
  };
  return { picture, draw };
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const run = model.get("run");
  const last = run.epochs.length - 1;
  const panels = [lossPanel(run), forecastPanel(run), memoryPanel(run)];
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer = null;

  const show = (frame) => {
    model.set("frame", frame);
    model.save_changes();
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

  const picture = pictureOf(...panels.map((one) => one.picture));
  const epochs = slider(model, "frame", {
    label: "Epoch", min: 0, max: last, step: 1, format: (k) => `${run.epochs[k]} of ${run.epochs[last]}`,
  });
  epochs.addEventListener("input", pause);
  const back = reset(model, ["frame"]);
  back.addEventListener("click", pause);
  const summary = redrawn(model, ["frame"], picture, draw);
  el.append(picture, epochs, html("div", { class: "qrnn-buttons" }, play, back), summary);
  return () => clearInterval(timer);
}

export default { render };
