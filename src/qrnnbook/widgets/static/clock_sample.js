// A sample of a clock's ticks, and the angle of its memory from step to step.
import { samplePath } from "./clock.js";
import { dotsAt } from "./compared.js";
import { uniforms } from "./draws.js";
import { dragging } from "./dragging.js";
import { axes, clamp, path, scale, svg } from "./drawing.js";

/** Steps of the sample. */
export const SAMPLE = 120;
/** What is left free beside a chart. */
export const SIDES = { left: 52, right: 16 };
const STRIP = { top: 24, bottom: 42 };
const ANGLE = { top: 78, bottom: 134 };
export const STRIP_HEIGHT = 174;
const HAIR = 1e-9;

/** The sample that is shown. */
export function sampleOf({ alpha, coupling, seed }) {
  return samplePath(alpha, coupling, uniforms(seed), SAMPLE);
}

/** The first and the last step of the part of a sample that has room in a width. */
function pageOf(width, step) {
  const length = width < 560 ? SAMPLE / 3 : SAMPLE;
  const first = Math.floor((step - 1) / length) * length;
  return { first, last: first + length };
}

/**
 * The memory's angle from step to step: it comes in again at 0 where it leaves at 180°, or the other
 * way round, and a tick sets it to 0.
 */
export function anglePoints({ ticks, angles }, forward, { first, last }) {
  const turn = Math.PI;
  const points = [[first, angles[first]]];
  for (let k = first + 1; k <= last; k++) {
    const [from, to] = [angles[k - 1], angles[k]];
    if (ticks[k]) points.push(null);
    else {
      const [out, back] = forward ? [turn, 0] : [0, turn];
      const wayOut = Math.abs(out - from);
      const way = wayOut + Math.abs(to - back);
      // What rounding has put behind, by a hair, has not gone round.
      if (forward ? to < from - HAIR : to > from + HAIR) {
        const at = k - 1 + (way > HAIR ? wayOut / way : 1);
        points.push([at, out], null, [at, back]);
      }
    }
    points.push([k, to]);
  }
  return points;
}

/** The ticks of the whole sample, and below them the angle in the part around the step. */
export function stripOf(width, state) {
  const sample = sampleOf(state);
  const right = width - SIDES.right;
  const { step } = state;
  const shownPart = pageOf(width, step);
  const whole = scale(0, SAMPLE, SIDES.left, right);
  const x = scale(shownPart.first, shownPart.last, SIDES.left, right);
  const y = scale(0, Math.PI, ANGLE.bottom, ANGLE.top);
  const all = sample.ticks.flatMap((ticked, k) => (ticked ? [k] : []));
  const inPart = all.filter((k) => k > shownPart.first && k <= shownPart.last);
  const marks = all.map((k) => `M${whole(k).toFixed(2)} ${STRIP.top}V${STRIP.bottom}`).join("");
  const resets = inPart.map((k) => `M${x(k).toFixed(2)} ${ANGLE.top}V${ANGLE.bottom}`).join("");
  const dots = dotsAt(sample.angles.flatMap((angle, k) => (k < shownPart.first || k > shownPart.last ? [] : [[x(k), y(angle)]])), 3.6);
  dots.setAttribute("class", "qrnn-memory-line");
  const line = path(anglePoints(sample, state.alpha <= Math.PI / 2, shownPart).map((p) => p && [x(p[0]), y(p[1])]));
  const band = { x: whole(shownPart.first), width: whole(shownPart.last) - whole(shownPart.first) };
  const gap = shownPart.last - shownPart.first === SAMPLE ? 20 : 10;
  const xTicks = Array.from({ length: (shownPart.last - shownPart.first) / gap + 1 }, (_, k) => {
    const value = shownPart.first + gap * k;
    return [value, String(value)];
  });
  return [
    svg("text", { x: 6, y: 15, class: "qrnn-strong" }, `Ticks of a sample of ${SAMPLE} steps`),
    svg("rect", { ...band, y: STRIP.top - 4, height: STRIP.bottom - STRIP.top + 8, rx: 3, style: "fill: var(--rule)", opacity: 0.6 }),
    svg("path", { d: `M${SIDES.left} ${STRIP.bottom}H${right}`, class: "qrnn-axis" }),
    svg("path", { d: marks, class: "qrnn-system-line", "stroke-width": 2.4 }),
    svg("text", { x: 6, y: ANGLE.top - 12, class: "qrnn-strong" }, "Angle of the memory (|1⟩ at 90°)"),
    axes({
      ...ANGLE, x, y, left: SIDES.left, right, xTicks, xLabel: "step",
      yTicks: [[0, "0°"], [Math.PI / 2, "90°"], [Math.PI, "180°"]],
    }),
    svg("path", { d: resets, class: "qrnn-thin qrnn-system-line", opacity: 0.55 }),
    svg("path", { d: line, class: "qrnn-thin qrnn-memory-line" }),
    dots,
    handleAt("ticks", whole(step), STRIP.top - 6, STRIP.bottom + 6, (STRIP.top + STRIP.bottom) / 2),
    handleAt("angle", x(step), ANGLE.top - 4, ANGLE.bottom + 4, y(sample.angles[step]),
      svg("circle", { cx: x(step), cy: y(sample.angles[step]), r: 5.5, class: "qrnn-memory-fill", style: "stroke: var(--truth)" })),
  ];
}

/** The line at the step, which is dragged; the reach around it has its middle at a height. */
function handleAt(name, x, top, bottom, middle, ...marks) {
  const line = svg("path", { d: `M${x} ${top}V${bottom}`, class: "qrnn-thin qrnn-truth-line" });
  const reach = [
    svg("rect", { x: x - 20, y: top, width: 40, height: bottom - top, class: "qrnn-reach" }),
    svg("circle", { cx: x, cy: middle, r: 22, class: "qrnn-reach" }),
  ];
  return svg("g", { class: "qrnn-handle", "data-handle": name }, line, ...marks, ...reach);
}

/** Call `pick` with the step to which a handle is dragged, or at which the chart is clicked. */
export function picked(chart, stepNow, pick) {
  let dragged = false;
  const stepAt = (x, name) => {
    const width = chart.clientWidth || 640;
    const part = name === "ticks" ? { first: 0, last: SAMPLE } : pageOf(width, stepNow());
    const step = scale(SIDES.left, width - SIDES.right, part.first, part.last)(x);
    return clamp(Math.round(step), part.first + 1, part.last);
  };
  // A drag ends with a click, wherever it ends.
  chart.addEventListener("pointerdown", () => {
    dragged = false;
  });
  dragging(chart, ({ x }, name) => {
    dragged = true;
    pick(stepAt(x, name));
  });
  chart.style.cursor = "pointer";
  chart.addEventListener("click", ({ clientX, clientY }) => {
    const { left, top } = chart.getBoundingClientRect();
    if (!dragged) pick(stepAt(clientX - left, clientY - top < (STRIP.bottom + ANGLE.top) / 2 ? "ticks" : "angle"));
  });
}
