// The gate explorer: the map of all two-qubit gates, and how much each of them entangles.
import { dragging } from "./dragging.js";
import { button, clamp, html, panel, pictureOf, redrawn, reset, shown, slider, svg } from "./drawing.js";
import { assistedPower, averagePower, productPower } from "./gate_powers.js";
import { QUESTIONS } from "./gate_questions.js";
import { guess } from "./guess.js";
import { undo } from "./undo.js";
import { folded, isPerfectEntangler, ON_FACE } from "./weyl.js";
import { chamberMap, isInside } from "./weyl_map.js";

const COORDINATES = ["c1", "c2", "c3"];

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
