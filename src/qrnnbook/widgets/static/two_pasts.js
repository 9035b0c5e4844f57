// Two pasts: copies of a cell that read one series but for a single value, and how far apart their
// memories are from there on.
import { bloch, complex, multiply, rotation, run } from "./algebra.js";
import { axes, path, scale, shown, svg } from "./drawing.js";

/** The inputs -1 and 1 are encoded as two orthogonal kets, between the axes of the couplings. */
const TILT = -Math.PI / 8;
const [COS, SIN] = [Math.cos(TILT), Math.sin(TILT)];

/** exp(i/2 (c1 XX + c2 YY + c3 ZZ)). */
function canonicalGate(angles) {
  const turns = ["XX", "YY", "ZZ"].map((letters, k) => rotation(letters, -angles[k]));
  return turns.reduce((product, turn) => multiply(turn, product, 4, 4, 4));
}

/** One qubit of system, one of memory; the entangler and what its disentangler undoes, as one. */
export function cellOf(angles) {
  return {
    systemQubits: 1, memoryQubits: 1, encoding: "amplitude", collapse: "channel", readout: "z",
    entangler: canonicalGate(angles), disentangler: null,
    inputWeight: [(-SIN - COS) / 2, (COS - SIN) / 2], inputBias: [(COS - SIN) / 2, (COS + SIN) / 2],
  };
}

/** What either copy reads. */
export function pasts({ values, position, twin }) {
  return [values, values.map((value, k) => (k === position ? twin : value))];
}

/** The trace distance of the two memories, from the step that reads another value on. */
export function distances(values, position, twin, angles) {
  const cell = cellOf(angles);
  const [one, two] = pasts({ values, position, twin }).map((series) => run(cell, series).slice(position));
  return one.map((step, lag) => {
    const [a, b] = [bloch(step.nextMemory), bloch(two[lag].nextMemory)];
    // For one qubit it is half the distance of the two arrows.
    return Math.hypot(...a.map((value, axis) => value - b[axis])) / 2;
  });
}

// Picture -----------------------------------------------------------------------------------------

/** A triangle that points up or down. */
function marker(x, y, up) {
  const tip = up ? -8 : 8;
  return svg("path", { d: `M${x} ${y + tip}L${x + 7} ${y - tip}H${x - 7}Z`, class: "qrnn-system-fill" });
}

/** The inputs so far, each a handle, and the two that differ. */
export function drawInputs(frame, x, y, { values, position, twin, arrived }) {
  const { left, right, top, bottom } = frame;
  const width = x(1) - x(0);
  const at = x(position);
  const isUp = values[position] >= twin;
  const notes = [[values[position], "one copy", isUp, `value-${position}`], [twin, "the other", !isUp, "twin"]];
  const [shift, anchor] = position < values.length / 2 ? [13, "start"] : [-13, "end"];
  const held = (name, k, value, ...drawn) => {
    const reach = svg("rect", { x: x(k) - width / 2, y: y(value) - 22, width, height: 44, class: "qrnn-reach" });
    return svg("g", { class: "qrnn-handle", "data-handle": name }, reach, ...drawn);
  };
  const seen = values.slice(0, arrived);
  return [
    axes({ x, y, left, right, top, bottom, yTicks: [-1, 0, 1].map((v) => [v, shown(v, 0)]), yLabel: "input" }),
    svg("path", { d: path(seen.map((v, k) => [x(k), y(v)])), class: "qrnn-thin qrnn-system-line", opacity: 0.5 }),
    ...seen.map((v, k) => k !== position &&
      held(`value-${k}`, k, v, svg("circle", { cx: x(k), cy: y(v), r: 4.5, class: "qrnn-system-fill" }))),
    ...(arrived > position ? [
      svg("path", { d: `M${at} ${y(values[position])}V${y(twin)}`, class: "qrnn-thin qrnn-system-line", "stroke-dasharray": "2 3" }),
      ...notes.map(([value, , up, name]) => held(name, position, value, marker(at, y(value), up))),
      ...notes.map(([value, text, up]) => svg("text", {
        x: at + shift, y: y(value) + (up ? 0 : 10), "text-anchor": anchor, class: "qrnn-small qrnn-halo qrnn-system-ink",
      }, text)),
    ] : []),
  ].filter(Boolean);
}

/** Points of a smooth curve through given ones that rises and falls only where they do. */
function smooth(points) {
  const slopes = points.slice(1).map(([x, y], k) => (y - points[k][1]) / (x - points[k][0]));
  const tangents = points.map((_, k) => {
    const [before, after] = [slopes[k - 1] ?? slopes[k] ?? 0, slopes[k] ?? slopes[k - 1] ?? 0];
    return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
  });
  return points.flatMap(([x, y], k) => {
    if (k === points.length - 1) return [[x, y]];
    const [nextX, nextY] = points[k + 1];
    const span = nextX - x;
    return Array.from({ length: 8 }, (_, part) => {
      const t = part / 8;
      const [u, v] = [t * t * (3 - 2 * t), t * (1 - t)];
      return [x + span * t, y + (nextY - y) * u + span * v * ((1 - t) * tangents[k] - t * tangents[k + 1])];
    });
  });
}

/** How far apart the memories are at one step, as a line and a number. */
function tellAt(at, middle, top, text, isFirst) {
  const place = isFirst ? { x: at - 6, y: middle - 8 } : { x: at, y: top - 7 };
  return [
    svg("path", { d: `M${at} ${top}V${2 * middle - top}`, class: "qrnn-thin qrnn-truth-line" }),
    svg("text", { ...place, class: `qrnn-halo qrnn-memory-ink qrnn-strong qrnn-${isFirst ? "end" : "middle"}` }, text),
  ];
}

/** Axes of the ribbon; half the distance lies above the middle and half below. */
function ribbonAxes({ left, right, top, bottom }, x, y, count) {
  const name = svg("text", { class: "qrnn-middle" }, "distance");
  name.setAttribute("transform", `translate(${left - 36} ${y(0)}) rotate(-90)`);
  const every = Math.ceil(22 / (x(1) - x(0)));
  const ticks = Array.from({ length: count }, (_, k) => k).filter((k) => k % every === 0);
  return [
    svg("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "qrnn-axis" }),
    ...[[0.5, "1"], [0, "0"], [-0.5, "1"]].flatMap(([at, written]) => [
      svg("path", { d: `M${left - 4} ${y(at)}h4`, class: "qrnn-axis" }),
      svg("text", { x: left - 7, y: y(at) + (at < 0 ? 4 : 5), class: "qrnn-end" }, written),
    ]),
    name,
    svg("text", { x: left - 7, y: bottom + 18, class: "qrnn-end" }, "step"),
    ...ticks.map((k) => svg("text", { x: x(k), y: bottom + 18, class: "qrnn-middle" }, String(k + 1))),
  ];
}

/**
 * A ribbon as wide as the memories are apart; dashed, what it would be with nothing undone.
 *
 * `clip` names the part of the picture that the ribbon has come to. An `outline`, {distances, name},
 * is drawn beside it.
 */
export function drawRibbon(frame, x, { values, position, arrived }, apart, alone, { later, clip, outline }) {
  const { right, top, bottom } = frame;
  const y = scale(0.5, -0.5, top, bottom);
  const seen = (list) => list.slice(0, Math.max(0, arrived - position));
  const edge = (list, side) => smooth(seen(list).map((d, lag) => [x(position + lag), y((side * d) / 2)]));
  const band = [...edge(apart, 1), ...edge(apart, -1).reverse()];
  const lag = Math.min(later, arrived - 1 - position);
  const notes = ["width: how far apart the memories are", outline && `outline: ${outline.name}`, alone && "dashed: with nothing undone"];
  const edges = [[outline?.distances, undefined], [alone, "5 3"]].filter(([list]) => list);
  return [
    ...ribbonAxes(frame, x, y, values.length),
    ...notes.filter(Boolean).map((text, k) =>
      svg("text", { x: right, y: [top + 10, top + 26, bottom - 8][k], class: "qrnn-end qrnn-small qrnn-quiet" }, text)),
    svg("g", { "clip-path": clip },
      svg("path", { d: `M${x(0)} ${y(0)}H${x(Math.min(position, arrived - 1))}`, class: "qrnn-curve qrnn-memory-line" }),
      ...(band.length ? [svg("path", { d: `${path(band)}Z`, class: "qrnn-memory-fill qrnn-memory-line qrnn-ribbon" })] : []),
      ...edges.flatMap(([list, dash]) => [1, -1].map((side) =>
        svg("path", { d: path(edge(list, side)), class: "qrnn-thin qrnn-truth-line", "stroke-dasharray": dash })))),
    ...[...new Set([0, lag])].filter((k) => k >= 0).flatMap((k) =>
      tellAt(x(position + k), y(0), y(apart[k] / 2), shown(apart[k]), k === 0)),
  ];
}
