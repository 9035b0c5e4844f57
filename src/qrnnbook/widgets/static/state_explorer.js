// The state explorer: four amplitudes in; Schmidt coefficients, ebits and both Bloch arrows out.
import {
  apply, bloch, complex, eigenvalues, entropy, kron, memoryState, normalised, rotation, systemState,
} from "./algebra.js";
import {
  blochDisc, button, html, kets, panel, pictureOf, redrawn, reset, scale, shown, slider, stateTable, svg,
} from "./drawing.js";

const TURNS = ["system_turn", "memory_turn"];
const TRAITS = ["sizes", "phases", "cell", ...TURNS];
const NAMES = kets(4);

const HALF = Math.SQRT1_2;
const ZEROS = [0, 0, 0, 0];
const LAST_TURNED = [0, 0, 0, Math.PI];
const PRESETS = [
  { name: "Product", sizes: [0.36, 0.48, 0.48, 0.64], phases: ZEROS },
  { name: "Tied", sizes: [0.6, 0, 0, 0.8], phases: ZEROS },
  { name: "Bell state", sizes: [HALF, 0, 0, HALF], phases: ZEROS },
  { name: "Singlet", sizes: [0, HALF, HALF, 0], phases: [0, 0, Math.PI, 0] },
  { name: "Four equal", sizes: [0.5, 0.5, 0.5, 0.5], phases: ZEROS },
  { name: "One minus", sizes: [0.5, 0.5, 0.5, 0.5], phases: LAST_TURNED },
];

// The state --------------------------------------------------------------------------------------

/** The ket with these amplitudes, scaled to length one. */
function ketOf(sizes, phases) {
  const part = (of) => sizes.map((size, k) => size * of(phases[k]));
  return normalised(complex(part(Math.cos), part(Math.sin)));
}

/** The joint state that is shown: each side turned about Y. */
function stateOf(get) {
  const [system, memory] = TURNS.map((trait) => rotation("Y", get(trait)));
  return apply(kron(system, 2, memory, 2), ketOf(get("sizes"), get("phases")));
}

/** Sizes and phases of the table that is shown; what is zero keeps the phase it was given. */
function polarOf(get) {
  const state = stateOf(get);
  const sizes = Array.from(state.re, (x, k) => Math.min(1, Math.hypot(x, state.im[k])));
  if (TURNS.every((trait) => get(trait) === 0)) return { sizes, phases: get("phases") };
  const phases = sizes.map((size, k) => (size < 1e-9 ? 0 : Math.atan2(state.im[k], state.re[k])));
  return { sizes, phases };
}

/**
 * The sizes after amplitude k is set: the others keep their proportions, and the length is one.
 *
 * At the very end they are left with a trace, or their proportions would be lost.
 */
function resized(sizes, k, size) {
  const others = Math.hypot(...sizes.filter((_, j) => j !== k));
  const room = Math.max(Math.sqrt(1 - size ** 2), 1e-6);
  return sizes.map((one, j) => {
    if (j === k) return size;
    return Math.min(1, others > 1e-12 ? (one * room) / others : room / Math.sqrt(3));
  });
}

/** Both Schmidt coefficients of a ket of two qubits, the larger first. */
function schmidt({ re, im }) {
  const larger = Math.sqrt(eigenvalues(systemState({ re, im }, 2), 2)[0]);
  // Their product is the size of the determinant.
  const real = re[0] * re[3] - im[0] * im[3] - re[1] * re[2] + im[1] * im[2];
  const imaginary = re[0] * im[3] + im[0] * re[3] - re[1] * im[2] - im[1] * re[2];
  return [larger, Math.hypot(real, imaginary) / larger];
}

/** All that is read off a state. */
function readings(state) {
  const coefficients = schmidt(state);
  return {
    coefficients,
    ebits: entropy(coefficients.map((s) => s * s)),
    system: bloch(systemState(state, 2)),
    memory: bloch(memoryState(state, 2)),
  };
}

/** In words what the figure shows, as Python says it. */
function describe(state) {
  const { coefficients, ebits, system, memory } = readings(state);
  const [larger, smaller] = coefficients.map((s) => shown(s));
  const cells = NAMES.map((name, k) => `${name} ${shown(state.re[k] ** 2 + state.im[k] ** 2)}`);
  const [one, other] = [system, memory].map((arrow) => `(${arrow.map((x) => shown(x)).join(", ")})`);
  return `System and memory share ${shown(ebits)} ebits; the Schmidt coefficients are ${larger} and ${smaller}. The table has the probabilities ${cells.join(", ")}. Both Bloch arrows have the length ${shown(Math.hypot(...system))}: system ${one}, memory ${other}.`;
}

// The pictures -----------------------------------------------------------------------------------

/** A panel that leaves room for another beside it on a phone. */
function smallPanel(width, height, least) {
  const picture = panel(width, height, 1.25);
  picture.style.flexBasis = `${least}px`;
  return picture;
}

/** The table, with a frame around the cell that the sliders set; a click chooses another. */
function tablePanel(onCell) {
  const cell = 68;
  const table = stateTable(2, 2, cell);
  const picture = smallPanel(table.width, table.height, 150);
  const cells = NAMES.map((_, k) => {
    const [x, y] = [table.left + cell * (k % 2), table.top + cell * (k > 1)];
    const look = { class: "qrnn-band qrnn-clickable", style: "stroke-width: 1.5", click: () => onCell(k) };
    return svg("rect", { x: x + 3, y: y + 3, width: cell - 6, height: cell - 6, rx: 4, ...look });
  });
  picture.append(table.group, ...cells);
  const draw = (state, chosen) => {
    table.draw(state);
    cells.forEach((one, k) => {
      one.style.stroke = k === chosen ? "var(--truth)" : "none";
      one.style.strokeDasharray = "3 4";
    });
  };
  return { picture, draw };
}

/** Both arrows, seen from the side; a ring is as large as the arrow is long. */
function arrowPanel() {
  const picture = panel(224, 176, 1.15);
  const sides = ["system", "memory"].map((name, k) => {
    const [cx, cy, radius] = [56 + 112 * k, 78, 50];
    const disc = blochDisc(cx, cy, radius, name, `${name} alone`);
    const ring = svg("circle", { cx, cy, class: `qrnn-thin qrnn-${name}-line`, "stroke-dasharray": "3 3" });
    picture.append(ring, disc.group);
    return (arrow) => {
      disc.draw(arrow);
      ring.setAttribute("r", (radius * Math.hypot(...arrow)).toFixed(3));
    };
  });
  const draw = (system, memory) => [system, memory].forEach((arrow, k) => sides[k](arrow));
  return { picture, draw };
}

/** The two coefficients as bars, and the ebits that they make. */
function tiePanel() {
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
  /** Make this the table that is shown; a turn begins anew from it. */
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

  const choose = (k) => put({ cell: k });
  const table = tablePanel(choose);
  const arrows = arrowPanel();
  const tie = tiePanel();
  const presets = PRESETS.map(({ name, sizes, phases }) => button(name, () => place(sizes, phases)));
  const cells = NAMES.map((name, k) => button(name, () => choose(k), { "aria-label": `Set the amplitude of ${name}` }));

  const degrees = (angle) => `${shown((angle * 180) / Math.PI, 0)}°`;
  const angle = { min: -Math.PI, max: Math.PI, step: Math.PI / 180, format: degrees };
  const chance = (size) => `${shown(size)}, probability ${shown(size ** 2)}`;
  const size = slider(chosen, "sizes", { label: "Size", min: 0, max: 1, step: 0.01, format: chance });
  const phase = slider(chosen, "phases", { label: "Phase", ...angle });

  const draw = () => {
    const state = stateOf(get);
    const { coefficients, ebits, system, memory } = readings(state);
    const k = get("cell");
    table.draw(state, k);
    arrows.draw(system, memory);
    tie.draw(coefficients, ebits);
    cells.forEach((one, j) => one.setAttribute("aria-pressed", String(j === k)));
    presets.forEach((one, j) => {
      const { re, im } = ketOf(PRESETS[j].sizes, PRESETS[j].phases);
      const same = re.every((x, i) => Math.hypot(x - state.re[i], im[i] - state.im[i]) < 1e-6);
      one.setAttribute("aria-pressed", String(same));
    });
    size.querySelector("label").textContent = `Size of ${NAMES[k]}`;
    phase.querySelector("label").textContent = `Phase of ${NAMES[k]}`;
    return describe(state);
  };

  const picture = pictureOf(table.picture, tie.picture, arrows.picture);
  picture.style.marginTop = "0.75rem";
  const group = (label, ...children) =>
    html("div", { class: "qrnn-buttons", role: "group", "aria-label": label, style: "margin-bottom:0.5rem" }, ...children);
  const controls = (...children) => html("div", { class: "qrnn-controls" }, ...children);
  const summary = redrawn(model, TRAITS, picture, draw);
  el.append(
    group("States", ...presets, reset(model, TRAITS)),
    picture,
    controls(
      slider(model, "system_turn", { label: "Turn the system alone", ...angle }),
      slider(model, "memory_turn", { label: "Turn the memory alone", ...angle }),
    ),
    html("p", { style: "margin:0.5rem 0 0" }, "Or set one amplitude of the table:"),
    group("Amplitude", ...cells),
    controls(size, phase),
    summary,
  );
}

export default { render };
