// The map of all two-qubit gates, the Weyl chamber, and a gate in it.
import { clamp, panel, path, svg } from "./drawing.js";
import { dot } from "./weyl.js";

/** The chamber's faces in units of pi: inside, normal * c + offset is not negative. */
const WALLS = [
  { normal: [0, 0, 1], offset: 0 },
  { normal: [0, 1, -1], offset: 0 },
  { normal: [1, -1, 0], offset: 0 },
  { normal: [-1, -1, 0], offset: 1 },
];

/** Whether a point, in units of pi, lies in the chamber or a hair off it. */
export function isInside(point) {
  return WALLS.every(({ normal, offset }) => dot(normal, point) + offset > -1e-9);
}

/**
 * The stretch of a line origin + t * direction inside the chamber, as [first t, last t]; null if there is none.
 *
 * In units of pi. No face is seen edge-on, so that no slope is zero.
 */
function stretchInside(origin, direction) {
  let [first, last] = [-Infinity, Infinity];
  for (const { normal, offset } of WALLS) {
    const slope = dot(normal, direction);
    const reached = -(dot(normal, origin) + offset) / slope;
    if (slope > 0) first = Math.max(first, reached);
    else last = Math.min(last, reached);
  }
  return first <= last ? [first, last] : null;
}

/** Where the map lies in its panel: the place of the identity, and pixels for one pi. */
const MAP = { x: 66, y: 152, unit: 244, width: 328, height: 214 };

/** Keeps a name readable where lines run behind it. */
const HALO = "paint-order: stroke; stroke: var(--paper); stroke-opacity: 0.7; stroke-width: 3px";

/** How near a named gate, in pixels, one has to come to select it. */
const SNAP = 9;

/**
 * The chamber as Python sends it, in a panel, with a mark that `draw` puts at a point.
 *
 * All points are in units of pi. `pixels` gives the place of one; `pointAt`, the point of a place.
 */
export function chamberMap({ view, edges, hidden, faces, gates }, { held = true } = {}) {
  const pixels = (point) => {
    const [across, up] = view.map((row) => dot(row, point));
    return [MAP.x + MAP.unit * across, MAP.y - MAP.unit * up];
  };
  const outline = (points, attributes) => svg("path", { d: path(points.map(pixels)), ...attributes });
  const element = panel(MAP.width, MAP.height);
  element.style.userSelect = "none";
  element.append(
    ...faces.map((face, k) => {
      const opacity = k === faces.length - 1 ? 0.3 : 0.12;
      return outline(face, { class: "qrnn-entangled-fill qrnn-entangled-line", "fill-opacity": opacity });
    }),
    ...hidden.map((ends) => outline(ends, { class: "qrnn-axis", "stroke-dasharray": "4 3" })),
    ...edges.map((ends) => outline(ends, { class: "qrnn-thin qrnn-quiet-line" })),
    svg("text", { x: 0, y: 14, class: "qrnn-small qrnn-entangled-ink" }, "shaded: perfect entanglers"),
  );
  const names = ["c₁", "c₂", "c₃"].map((name) => svg("text", { class: "qrnn-small qrnn-cell-ink", style: HALO }, name));
  const legs = names.map(() => svg("path", { class: "qrnn-curve qrnn-cell-line" }));
  element.append(...legs);
  for (const { label, point, beside, twin } of gates) {
    const [x, y] = pixels(point);
    const anchor = { left: "start", center: "middle", right: "end" }[beside[2]];
    const at = { x: x + beside[0], y: y - beside[1], "text-anchor": anchor, class: "qrnn-small", style: HALO };
    const spot = svg("circle", { cx: x, cy: y, r: 4, class: "qrnn-truth-fill qrnn-truth-line" });
    if (twin) spot.style.fill = "var(--paper)";
    element.append(spot, svg("text", at, label));
  }
  const mark = svg("path", { d: "M0 -9L9 0L0 9L-9 0Z", class: "qrnn-cell-fill", style: "stroke: var(--paper)" });
  const handle = svg("g", {}, mark);
  if (held) {
    handle.setAttribute("class", "qrnn-handle");
    handle.dataset.handle = "gate";
    handle.append(svg("circle", { r: 22, class: "qrnn-reach" }));
  }
  element.append(...names, handle);

  const draw = (point) => {
    const corners = [[0, 0, 0], [point[0], 0, 0], [point[0], point[1], 0], point].map(pixels);
    legs.forEach((leg, k) => {
      const [from, to] = [corners[k], corners[k + 1]];
      leg.setAttribute("d", path([from, to]));
      const [right, down] = [[0, 15], [-14, -2], [6, 4]][k];
      names[k].setAttribute("x", (from[0] + to[0]) / 2 + right);
      names[k].setAttribute("y", (from[1] + to[1]) / 2 + down);
      names[k].style.display = Math.hypot(to[0] - from[0], to[1] - from[1]) < 24 ? "none" : "";
    });
    handle.setAttribute("transform", `translate(${corners[3].join(" ")})`);
  };

  /** The point that a place in the picture means: as deep as `now` if it can be. Units of pi. */
  const pointAt = (x, y, now) => {
    const near = gates.find(({ point }) => {
      const [gx, gy] = pixels(point);
      return Math.hypot(x - gx, y - gy) < SNAP;
    });
    if (near) return near.point;
    const [across, up] = [(x - MAP.x) / MAP.unit, (MAP.y - y) / MAP.unit];
    const seen = view[0].map((a, i) => across * a + up * view[1][i]);
    const [[a, b, c], [d, e, f]] = view;
    const sight = [b * f - c * e, c * d - a * f, a * e - b * d];
    const stretch = stretchInside(seen, sight);
    if (stretch) {
      const depth = clamp(dot(sight, now), ...stretch);
      return seen.map((s, i) => s + depth * sight[i]);
    }
    const nearest = edges.map(([from, to]) => {
      const [p, q] = [pixels(from), pixels(to)];
      const along = [q[0] - p[0], q[1] - p[1]];
      const t = clamp(dot([x - p[0], y - p[1]], along) / dot(along, along), 0, 1);
      const miss = Math.hypot(x - p[0] - t * along[0], y - p[1] - t * along[1]);
      return { miss, point: from.map((value, i) => value + t * (to[i] - value)) };
    });
    return nearest.sort((one, other) => one.miss - other.miss)[0].point;
  };
  return { element, draw, pixels, pointAt };
}
