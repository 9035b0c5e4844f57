// The state explorer: four amplitudes in; Schmidt coefficients, ebits and both Bloch arrows out.
import { draggingFrom } from "./dragging.js";
import {
  blochDisc, button, choice, html, panel, pictureOf, redrawn, reset, scale, shown, slider, stateTable, svg,
} from "./drawing.js";
import { guess } from "./guess.js";
import {
  describe, draggedBy, ketOf, NAMES, polarOf, readings, resized, schmidt, stateOf, TURNS, wrapped,
} from "./two_qubits.js";
import { undo } from "./undo.js";

const TRAITS = ["sizes", "phases", "cell", ...TURNS];

/** By how much the answer to the guess rotates the system. */
const GUESSED = (7 * Math.PI) / 18;

const HALF = Math.SQRT1_2;
const ZEROS = [0, 0, 0, 0];
const LAST_NEGATIVE = [0, 0, 0, Math.PI];
const PRESETS = [
  { name: "Product", sizes: [0.36, 0.48, 0.48, 0.64], phases: ZEROS },
  { name: "Partly entangled", sizes: [0.6, 0, 0, 0.8], phases: ZEROS },
  { name: "Bell state", sizes: [HALF, 0, 0, HALF], phases: ZEROS },
  { name: "Singlet", sizes: [0, HALF, HALF, 0], phases: [0, 0, Math.PI, 0] },
  { name: "Four equal", sizes: [0.5, 0.5, 0.5, 0.5], phases: ZEROS },
  { name: "One minus", sizes: [0.5, 0.5, 0.5, 0.5], phases: LAST_NEGATIVE },
];

// The pictures -----------------------------------------------------------------------------------

/** A panel that leaves room for another beside it on a phone. */
function smallPanel(width, height, least) {
  const picture = panel(width, height, 1.25);
  picture.style.flexBasis = `${least}px`;
  return picture;
}

/**
 * The table, with a frame around the chosen amplitude.
 *
 * `begin` gets the amplitude that the reader takes hold of and returns the table as it is;
 * `onDrag` gets that table, the amplitude and the complex number by which it is dragged.
 */
function tablePanel({ onCell, begin, onDrag }) {
  const cell = 68;
  const table = stateTable(2, 2, cell);
  const picture = smallPanel(table.width, table.height, 146);
  const cells = NAMES.map((_, k) => {
    const [x, y] = [table.left + cell * (k % 2), table.top + cell * (k > 1)];
    const style = { class: "qrnn-band qrnn-clickable", style: "stroke-width: 1.5", click: () => onCell(k) };
    return svg("rect", { x: x + 3, y: y + 3, width: cell - 6, height: cell - 6, rx: 4, ...style });
  });
  picture.append(table.group, ...cells, table.handles);
  draggingFrom(picture, (name) => begin(Number(name)), (by, start, name) =>
    onDrag(start, Number(name), [by.x / table.unit, -by.y / table.unit]),
  );
  const draw = (state, chosen) => {
    table.draw(state);
    cells.forEach((one, k) => {
      one.style.stroke = k === chosen ? "var(--truth)" : "none";
      one.style.strokeDasharray = "3 4";
    });
  };
  return { picture, draw };
}

/**
 * Both arrows, seen from the side; a ring is as large as the arrow is long.
 *
 * An arrow, or the knob on its rim, is dragged around: `onTurn` gets the trait and the angle. The knob
 * shows the rotation also where the arrow has no length.
 */
function arrowPanel(get, onTurn) {
  const picture = panel(224, 176, 1.15);
  const [cy, radius] = [78, 50];
  const sides = ["system", "memory"].map((name, k) => {
    const cx = 56 + 112 * k;
    const disc = blochDisc(cx, cy, radius, name, `${name} alone`);
    const ring = svg("circle", { cx, cy, class: `qrnn-thin qrnn-${name}-line`, "stroke-dasharray": "3 3" });
    const grips = [
      svg("circle", { r: 6, style: "fill: var(--paper)", class: `qrnn-thin qrnn-${name}-line` }),
      svg("circle", { r: 5, class: `qrnn-${name}-fill` }),
    ].map((mark) => {
      const reach = svg("circle", { r: 20, class: "qrnn-reach" });
      return svg("g", { class: "qrnn-handle", "data-handle": TURNS[k] }, reach, mark);
    });
    picture.append(ring, disc.group, ...grips);
    const put = (grip, right, up) =>
      grip.setAttribute("transform", `translate(${(cx + right).toFixed(3)} ${(cy - up).toFixed(3)})`);
    const draw = (arrow) => {
      const length = Math.hypot(...arrow);
      disc.draw(arrow);
      ring.setAttribute("r", (radius * length).toFixed(3));
      // Inside the rim, off the names of the poles.
      put(grips[0], (radius - 6) * Math.sin(get(TURNS[k])), (radius - 6) * Math.cos(get(TURNS[k])));
      put(grips[1], radius * arrow[0], radius * arrow[2]);
      // An arrow of no length points nowhere and cannot be dragged around.
      grips[1].style.display = Math.hypot(arrow[0], arrow[2]) < 0.15 ? "none" : "";
    };
    return { cx, draw };
  });
  const angleAt = (name, { x, y }) => Math.atan2(x - sides[TURNS.indexOf(name)].cx, cy - y);
  const begin = (name, at) => ({ turn: get(name), from: angleAt(name, at) });
  draggingFrom(picture, begin, (_, { turn, from }, name, at) => {
    if (Math.hypot(at.x - sides[TURNS.indexOf(name)].cx, at.y - cy) < 6) return;
    onTurn(name, wrapped(turn + angleAt(name, at) - from));
  });
  const draw = (system, memory) => [system, memory].forEach((arrow, k) => sides[k].draw(arrow));
  return { picture, draw };
}

/** The two coefficients as bars, and the ebits that they make. */
function schmidtPanel() {
  const [width, height, floor] = [148, 182, 108];
  const picture = smallPanel(width, height, 122);
  const y = scale(0, 1, floor, 38);
  const bars = [0, 1].map((k) => {
    const x = 26 + 62 * k;
    const bar = svg("rect", { x, width: 34, class: "qrnn-entangled-fill" });
    const number = svg("text", { x: x + 17, class: "qrnn-middle" });
    const name = svg("text", { x: x + 17, y: floor + 17, class: "qrnn-middle" }, ["s₀", "s₁"][k]);
    picture.append(bar, number, name);
    return { bar, number };
  });
  const words = svg("text", { x: width / 2, y: 158, class: "qrnn-middle qrnn-strong qrnn-entangled-ink" });
  const track = { x: 10, y: 167, height: 9, rx: 4.5 };
  const meter = svg("rect", { ...track, class: "qrnn-entangled-fill" });
  picture.append(
    svg("text", { x: width / 2, y: 14, class: "qrnn-middle" }, "Schmidt coefficients"),
    svg("path", { d: `M10 ${floor}H${width - 10}`, class: "qrnn-axis" }),
    svg("rect", { ...track, width: width - 20, class: "qrnn-rule", fill: "none" }),
    meter, words,
  );
  const draw = (coefficients, ebits) => {
    bars.forEach(({ bar, number }, k) => {
      const top = y(coefficients[k]);
      bar.setAttribute("y", top.toFixed(2));
      bar.setAttribute("height", (floor - top).toFixed(2));
      number.setAttribute("y", (top - 5).toFixed(2));
      number.textContent = shown(coefficients[k]);
    });
    meter.setAttribute("width", ((width - 20) * Math.min(1, ebits)).toFixed(2));
    words.textContent = `${shown(ebits)} ebits`;
  };
  return { picture, draw };
}

// The figure -------------------------------------------------------------------------------------

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const get = (trait) => model.get(trait);
  const put = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };
  /** Make this the table that is shown; both rotations begin anew from it. */
  const place = (sizes, phases) => put({ sizes, phases, system_turn: 0, memory_turn: 0 });

  // The sliders of one amplitude see a model of two numbers.
  const chosen = {
    get: (part) => polarOf(get)[part][get("cell")],
    set: (part, value) => {
      const { sizes, phases } = polarOf(get);
      const k = get("cell");
      if (part === "sizes") place(resized(sizes, k, value), phases);
      else place(sizes, phases.map((phase, j) => (j === k ? value : phase)));
    },
    save_changes: () => {},
    on: (_, listener) => TRAITS.forEach((trait) => model.on(`change:${trait}`, listener)),
  };

  const table = tablePanel({
    onCell: (k) => put({ cell: k }),
    begin: (k) => {
      put({ cell: k });
      return polarOf(get);
    },
    onDrag: (start, k, by) => {
      const { sizes, phases } = draggedBy(start, k, by);
      place(sizes, phases);
    },
  });
  const arrows = arrowPanel(get, (trait, angle) => put({ [trait]: angle }));
  const bars = schmidtPanel();
  const presets = PRESETS.map(({ name, sizes, phases }) => button(name, () => place(sizes, phases)));

  // Rotate, and compare the bars before and after.
  const { element: asked, forget } = guess({
    question: "Rotate the system alone. Do the orange bars change?",
    answers: { yes: "Yes", no: "No" },
    reveal: () => {
      const coefficients = () => schmidt(stateOf(get));
      const before = coefficients();
      put({ system_turn: wrapped(get("system_turn") + GUESSED) });
      const after = coefficients();
      const same = before.every((s, k) => Math.abs(s - after[k]) < 1e-9);
      const numbers = after.map((s) => shown(s)).join(" and ");
      const what = `The system was rotated by ${degrees(GUESSED)}: the table changed`;
      return [same ? "no" : "yes", `${what}, the bars ${same ? "are still" : "are now"} ${numbers}.`];
    },
  });

  const degrees = (angle) => `${shown((angle * 180) / Math.PI, 0)}°`;
  const angle = { min: -Math.PI, max: Math.PI, step: Math.PI / 180, format: degrees };
  const chance = (size) => `${shown(size)}, probability ${shown(size ** 2)}`;
  const which = choice(model, "cell", { label: "Amplitude", options: { ...NAMES } });
  const size = slider(chosen, "sizes", { label: "Size", min: 0, max: 1, step: 0.01, format: chance });
  const phase = slider(chosen, "phases", { label: "Phase", ...angle });

  const draw = () => {
    const state = stateOf(get);
    const { coefficients, ebits, system, memory } = readings(state);
    const k = get("cell");
    table.draw(state, k);
    arrows.draw(system, memory);
    bars.draw(coefficients, ebits);
    presets.forEach((one, j) => {
      const { re, im } = ketOf(PRESETS[j].sizes, PRESETS[j].phases);
      const same = re.every((x, i) => Math.hypot(x - state.re[i], im[i] - state.im[i]) < 1e-6);
      one.setAttribute("aria-pressed", String(same));
    });
    size.querySelector("label").textContent = `Size of ${NAMES[k]}`;
    phase.querySelector("label").textContent = `Phase of ${NAMES[k]}`;
    return describe(state);
  };

  const picture = pictureOf(table.picture, bars.picture, arrows.picture);
  picture.style.marginTop = "0.75rem";
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "system_turn", { label: "Rotate the system alone", ...angle }),
    slider(model, "memory_turn", { label: "Rotate the memory alone", ...angle }),
    which,
    size,
    phase,
  );
  const states = { class: "qrnn-buttons", role: "group", "aria-label": "States" };
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    asked,
    picture,
    controls,
    html("div", states, ...presets, undo(model, TRAITS), reset(model, TRAITS, forget)),
    summary,
  );
}

export default { render };
