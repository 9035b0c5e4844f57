// The gate explorer: the map of all two-qubit gates, and how much each of them entangles.
import { dragging } from "./dragging.js";
import {
  button, clamp, html, panel, path, pictureOf, redrawn, reset, shown, slider, svg,
} from "./drawing.js";
import {
  ON_FACE, assistedPower, averagePower, dot, folded, isPerfectEntangler, productPower,
} from "./gate_powers.js";
import { QUESTIONS } from "./gate_questions.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";

const COORDINATES = ["c1", "c2", "c3"];

// The map ----------------------------------------------------------------------------------------

/** The chamber's faces in units of pi: inside, normal * c + offset is not negative. */
const WALLS = [
  { normal: [0, 0, 1], offset: 0 },
  { normal: [0, 1, -1], offset: 0 },
  { normal: [1, -1, 0], offset: 0 },
  { normal: [-1, -1, 0], offset: 1 },
];

/** Whether a point, in units of pi, lies in the chamber or a hair off it. */
function isInside(point) {
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

/** The chamber as Python sends it, in a panel, with a mark that `draw` puts at a point. */
function chamberMap({ view, edges, hidden, faces, gates }) {
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
  const legs = COORDINATES.map(() => svg("path", { class: "qrnn-curve qrnn-cell-line" }));
  const names = ["c₁", "c₂", "c₃"].map((name) => svg("text", { class: "qrnn-small qrnn-cell-ink", style: HALO }, name));
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
  const handle = svg("g", { class: "qrnn-handle", "data-handle": "gate" }, mark, svg("circle", { r: 22, class: "qrnn-reach" }));
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
  return { element, draw, pointAt };
}

// The readings -----------------------------------------------------------------------------------

const READINGS = [
  { label: "Average, linear entropy", of: averagePower, most: 2 / 9, unit: "of 2/9", digits: 3 },
  { label: "Product, no ancillas", of: productPower, most: 1, unit: "of 1 ebit", digits: 2 },
  { label: "Any state, ancillas (2, 2)", of: assistedPower, most: 2, unit: "of 2 ebits", digits: 2 },
];

/** What stands for a product power that is less than 1 ebit but would be rounded to it. */
const SHORT = "just under 1 ebit";

function fallsShort(product, perfect) {
  return !perfect && shown(product) === shown(1);
}

/** The gate's place, and a bar with a number for each reading. */
function readings() {
  const [width, row] = [300, 38];
  const element = panel(width, 134, 1.1);
  const name = svg("text", { x: 0, y: 15, class: "qrnn-strong" });
  const rows = READINGS.map(({ label }, k) => {
    const y = 38 + row * k;
    const number = svg("text", { x: width, y, class: "qrnn-end" });
    const bar = svg("rect", { x: 0, y: y + 5, width: 0, height: 12, class: "qrnn-entangled-fill" });
    const track = svg("rect", { x: 0, y: y + 5, width, height: 12, class: "qrnn-rule", "fill-opacity": 0 });
    element.append(svg("text", { x: 0, y }, label), number, track, bar);
    return { number, bar };
  });
  element.append(name);
  const draw = (title, values, perfect) => {
    name.textContent = title;
    READINGS.forEach(({ of, most, unit, digits }, k) => {
      const short = of === productPower && fallsShort(values[k], perfect);
      rows[k].number.textContent = short ? SHORT : `${shown(values[k], digits)} ${unit}`;
      rows[k].bar.setAttribute("width", (width * clamp(values[k] / most, 0, 1)).toFixed(2));
    });
  };
  return { element, draw };
}

/** Coordinates as the book writes them: (0.50, 0.25, 0.00) π. */
function written(units) {
  return `(${units.map((c) => shown(c)).join(", ")}) π`;
}

/** Where a gate lies: only near its rounded coordinates, if the verdict there would be another one. */
function located(units, perfect) {
  const rounded = units.map((c) => Number(shown(c)) * Math.PI);
  return `${isPerfectEntangler(...rounded) === perfect ? "at" : "near"} ${written(units)}`;
}

/** In words what the figure shows, as Python says it. */
function describe(place, label, values, perfect) {
  const [average, alone, helped] = values.map((value, k) => shown(value, READINGS[k].digits));
  const where = located(place.map((c) => c / Math.PI), perfect);
  const what = `${label ? `, ${label},` : ""} is ${perfect ? "a" : "not a"} perfect entangler`;
  const most = fallsShort(values[1], perfect) ? SHORT : `${alone} ebits`;
  return `The gate ${where}${what}. It creates up to ${most} from a product state, up to ${helped} from any state with ancillas (2, 2); its average power is ${average}.`;
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const chamber = model.get("chamber");
  const map = chamberMap(chamber);
  const bars = readings();
  const coordinates = () => COORDINATES.map((trait) => model.get(trait));
  const go = (units) => {
    COORDINATES.forEach((trait, k) => model.set(trait, clamp(units[k], 0, 1) * Math.PI));
    model.save_changes();
  };
  const units = (angles) => angles.map((c) => c / Math.PI);
  /** Where the mark stands: a triple outside the chamber is the same gate as one inside. */
  const standing = () => {
    const own = units(coordinates());
    return isInside(own) ? own : units(folded(coordinates()));
  };
  const moveTo = ({ x, y }) => go(map.pointAt(x, y, standing()));
  dragging(map.element, moveTo);
  map.element.addEventListener("click", ({ clientX, clientY }) => {
    moveTo(new DOMPoint(clientX, clientY).matrixTransform(map.element.getScreenCTM().inverse()));
  });

  const named = chamber.gates.filter(({ twin }) => !twin);
  const { question, answers, reveal } = QUESTIONS[model.get("asks")];
  const asked = guess({
    question,
    answers,
    reveal: () => {
      const { right, why, point } = reveal({ named, now: standing() });
      go(point);
      return [right, why];
    },
  });
  const buttons = named.map(({ label, point }) => button(label, () => go(point)));
  const draw = () => {
    const place = folded(coordinates());
    const at = standing();
    map.draw(at);
    // So close that a named gate on a face of the perfect entanglers is counted as on it.
    const isAt = ({ point }) => point.every((c, k) => Math.abs(c * Math.PI - place[k]) < ON_FACE / 2);
    const found = named.find(isAt);
    buttons.forEach((one, k) => one.setAttribute("aria-pressed", String(named[k] === found)));
    const values = READINGS.map(({ of }) => of(...place));
    const perfect = isPerfectEntangler(...place);
    bars.draw(`${found?.label ?? "Gate"} ${located(units(place), perfect)}`, values, perfect);
    const given = units(coordinates());
    const moved = given.some((c, k) => Math.abs(c - place[k] / Math.PI) > 1e-9);
    const same = ` ${written(given)} is the same gate, up to local unitaries.`;
    return describe(place, found?.label, values, perfect) + (moved ? same : "");
  };

  const inPi = (angle) => `${shown(angle / Math.PI)} π`;
  const angle = { min: 0, max: Math.PI, step: Math.PI / 100, format: inPi };
  const picture = pictureOf(map.element, bars.element);
  picture.style.marginTop = "0.5rem";
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "c1", { label: "c₁, the angle of XX", ...angle }),
    slider(model, "c2", { label: "c₂, the angle of YY", ...angle }),
    slider(model, "c3", { label: "c₃, the angle of ZZ", ...angle }),
  );
  const summary = redrawn(model, COORDINATES, picture, draw);
  el.append(
    asked.element,
    picture,
    controls,
    html("div", { class: "qrnn-buttons" }, ...buttons, undo(model, COORDINATES), reset(model, COORDINATES, asked.forget)),
    summary,
  );
}

export default { render };
