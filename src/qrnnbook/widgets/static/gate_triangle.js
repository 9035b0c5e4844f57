// The triangle of written, kept and lost: which two-qubit step is where, and how it is drawn.
//
// A step is exp(i/2 (c1 XX + c2 YY + c3 ZZ)) with s_k = sin² c_k. On average it writes a share w of
// a change of the input, keeps a share k of the memory and loses the rest l: with S the sum of the
// s_k and P the sum of their products, w = (P + 2S)/9 and l = 2(S - P)/9. So a point of the triangle
// at height l stands at w + l/2 = S/3 from the left, the mean of the s_k: the coupling.
import { clamp, path, svg } from "./drawing.js";

/** The height at which the picture cuts the triangle: no two-qubit gate loses more than 2/9. */
const CUT = 0.25;
export const NAMED = { CNOT: [1 / 3, 1], iSWAP: [2 / 3, 1], SWAP: [1, 0], "partial SWAP": [0.5, 0] };

/** The squares s_k of a coupling: equal, or as unequal as they can be, or in between. */
function squaresOf(coupling, unevenness) {
  return [0, 1, 2].map((k) => {
    const uneven = clamp(3 * coupling - k, 0, 1);
    return clamp(coupling + unevenness * (uneven - coupling), 0, 1);
  });
}

/** The canonical coordinates in radians. */
export function anglesOf(coupling, unevenness) {
  return squaresOf(coupling, unevenness).map((s) => Math.asin(Math.sqrt(s)));
}

/** What a step with these angles writes, keeps and loses. */
export function sharesOf(angles) {
  const [a, b, c] = angles.map((angle) => Math.sin(angle) ** 2);
  const [sum, pairs] = [a + b + c, a * b + b * c + c * a];
  const written = (pairs + 2 * sum) / 9;
  const lost = (2 * (sum - pairs)) / 9;
  return { written, lost, kept: 1 - written - lost };
}

/** What is left of angles of which a part is undone. */
export function leftOf(angles, undone) {
  return angles.map((angle) => (1 - undone) * angle);
}

/** The least and the most that a step of this coupling can lose. */
function lossesAt(coupling) {
  return [0, 1].map((unevenness) => sharesOf(anglesOf(coupling, unevenness)).lost);
}

/** The step of a place in the triangle, or the nearest above or below it: [coupling, unevenness]. */
export function stepAt(across, lost) {
  const coupling = clamp(across, 0, 1);
  const [least, most] = lossesAt(coupling);
  // The squares move along a straight line away from their mean: what is lost grows as its square.
  const part = most - least < 1e-12 ? 0 : clamp((lost - least) / (most - least), 0, 1);
  return [coupling, Math.sqrt(part)];
}

/** Where the triangle stands: places of shares, and back. */
export function triangleIn(left, right, top, base) {
  const [width, height] = [right - left, (base - top) / CUT];
  const place = ({ written, lost }) => [left + width * (written + lost / 2), base - height * lost];
  const share = ({ x, y }) => [(x - left) / width, (base - y) / height];
  return { left, right, top, base, place, share };
}

/** The part of the undone coupling whose point is nearest to a place. */
export function nearestUndone(frame, angles, { x, y }) {
  const parts = Array.from({ length: 101 }, (_, k) => k / 100);
  const far = parts.map((part) => {
    const [px, py] = frame.place(sharesOf(leftOf(angles, part)));
    return Math.hypot(px - x, py - y);
  });
  return parts[far.indexOf(Math.min(...far))];
}

/** The part of the triangle that two-qubit gates reach. */
function region(frame) {
  const at = (coupling, unevenness) => frame.place(sharesOf(anglesOf(coupling, unevenness)));
  const upper = [0, 1 / 3, 2 / 3, 1].map((coupling) => at(coupling, 1));
  const lower = Array.from({ length: 41 }, (_, k) => at(1 - k / 40, 0));
  return `${path([...upper, ...lower])}Z`;
}

function label(x, y, text, classes) {
  return svg("text", { x, y, class: `qrnn-halo ${classes}` }, text);
}

/** The triangle itself, with its named corners. */
function ground(frame) {
  const { left, right, top, base } = frame;
  const side = (CUT / 2) * (right - left);
  const named = (name) => frame.place(sharesOf(anglesOf(...NAMED[name])));
  const [[cx, cy], [ix, iy]] = [named("CNOT"), named("iSWAP")];
  return [
    svg("path", { d: region(frame), class: "qrnn-entangled-fill", opacity: 0.22 }),
    svg("path", { d: `M${left + side} ${top}L${left} ${base}H${right}L${right - side} ${top}`, class: "qrnn-axis" }),
    ...[[cx, cy], [ix, iy], [left, base], [right, base]].map(([x, y]) =>
      svg("circle", { cx: x, cy: y, r: 3, class: "qrnn-truth-fill" })),
    label(cx, cy - 8, "CNOT", "qrnn-middle qrnn-small"),
    label(ix, iy - 8, "iSWAP", "qrnn-middle qrnn-small"),
    label(left - 8, base + 18, "no coupling: all is kept", ""),
    label(right + 8, base + 18, "SWAP: all is written", "qrnn-end"),
  ];
}

/** A handle: what is seen of it, and a wider circle that can be held. */
function handle(name, x, y, ...drawn) {
  const reach = svg("circle", { cx: x, cy: y, r: 22, class: "qrnn-reach" });
  return svg("g", { class: "qrnn-handle", "data-handle": name }, reach, ...drawn);
}

/** The triangle with the step, its three shares as lengths, and the way along which it is undone. */
export function drawTriangle(frame, angles, undone, hint) {
  const shares = sharesOf(leftOf(angles, undone));
  const [x, y] = frame.place(shares);
  const [ex, ey] = frame.place(sharesOf(angles));
  const across = (frame.right - frame.left) * (shares.lost / 2);
  const way = Array.from({ length: 61 }, (_, k) => frame.place(sharesOf(leftOf(angles, k / 60))));
  const step = handle("undone", x, y, svg("circle", { cx: x, cy: y, r: 8, class: "qrnn-cell-fill" }));
  const entangler = handle("coupling", ex, ey, svg("circle", { cx: ex, cy: ey, r: 11, class: "qrnn-thin qrnn-cell-line", "stroke-width": 2 }));
  const isRight = ex > frame.right - 60;
  const line = (d, colour) => svg("path", { d, class: `qrnn-share qrnn-${colour}-line` });
  return [
    ...ground(frame),
    svg("path", { d: path(way), class: "qrnn-thin qrnn-truth-line", "stroke-dasharray": "1 4", "stroke-linecap": "round", "stroke-width": 2 }),
    // On the side where the step is not.
    label(frame.left + (shares.written + shares.lost / 2 > 0.5 ? 0.3 : 0.7) * (frame.right - frame.left), frame.base - 12,
      "shaded: all two-qubit gates", "qrnn-middle qrnn-small qrnn-quiet"),
    line(`M${frame.left + across} ${y}H${x}`, "system"),
    line(`M${x} ${y}H${frame.right - across}`, "memory"),
    line(`M${x} ${frame.base}V${y}`, "entangled"),
    hint && label(ex + (isRight ? -14 : 14), ey + 22, "drag", `qrnn-small qrnn-strong ${isRight ? "qrnn-end" : ""}`),
    // Where both stand at one place, the coupling is held.
    ...(undone < 0.04 ? [step, entangler] : [entangler, step]),
  ].filter(Boolean);
}
