// The dance: one qubit of system, one of memory; hug, break up, look.
import {
  apply, basis, bloch, collapsed, complex, entanglement, memoryState, probabilities, systemState, tensor,
} from "./algebra.js";
import {
  axes, blochDisc, button, html, panel, path, pictureOf, redrawn, reset, scale, shown, slider, stateTable, svg,
} from "./drawing.js";

const MOVES = ["input", "hug", "break_up", "moment"];

/** The matrix that turns the memory by an angle where the system is in |1>. */
function controlledTurn(angle) {
  const c = Math.cos(angle / 2);
  const s = Math.sin(angle / 2);
  return complex([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, c, -s, 0, 0, s, c]);
}

/** The joint state at a moment: from 0 to 1 is the hug, from 1 to 2 the break-up. */
function stateAt(model, moment) {
  const angle = model.get("input");
  const system = complex([Math.cos(angle / 2), Math.sin(angle / 2)]);
  const back = model.get("break_up") * Math.max(moment - 1, 0);
  const turned = model.get("hug") * Math.min(moment, 1) - back;
  return apply(controlledTurn(turned), tensor(system, basis(2, 0)));
}

function stageOf(moment) {
  if (moment === 0) return "Apart";
  if (moment < 1) return "Hugging";
  if (moment === 1) return "After the hug";
  return moment < 2 ? "Breaking up" : "After the break-up";
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const table = stateTable(2, 2, 78);
  const first = panel(table.width, table.height, 1.05);
  first.append(table.group);

  const arrows = panel(216, 170, 1.05);
  const system = blochDisc(54, 73, 47, "system", "system alone");
  const memory = blochDisc(162, 73, 47, "memory", "memory alone");
  arrows.append(system.group, memory.group);

  const chart = { left: 50, right: 216, top: 12, bottom: 168 };
  const x = scale(0, 2, chart.left, chart.right);
  const y = scale(0, 1, chart.bottom, chart.top);
  const curve = svg("path", { class: "qrnn-curve qrnn-entangled-line" });
  const dot = svg("circle", { r: 7, class: "qrnn-entangled-fill" });
  const last = panel(224, 204, 1.05);
  const ticks = { xTicks: [[0.5, "hug"], [1.5, "break-up"]], yTicks: [[0, "0"], [0.5, "½"], [1, "1"]] };
  last.append(axes({ ...chart, ...ticks, x, y, yLabel: "ebits" }), curve, dot);

  const looks = [0, 1].map((k) =>
    button(`Look, and find |${k}⟩`, () => {
      model.set("outcome", model.get("outcome") === k ? -1 : k);
      model.save_changes();
    }),
  );
  // A new move undoes the look: nobody can go on hugging what was found apart.
  for (const trait of MOVES) {
    model.on(`change:${trait}`, () => {
      if (model.get("outcome") < 0) return;
      model.set("outcome", -1);
      model.save_changes();
    });
  }

  const draw = () => {
    const moment = model.get("moment");
    const outcome = model.get("outcome");
    const tied = stateAt(model, moment);
    const looked = outcome >= 0;
    const state = looked ? tensor(basis(2, outcome), collapsed(tied, 2, outcome)) : tied;
    table.draw(state, looked ? outcome : null);
    system.draw(bloch(systemState(state, 2)));
    memory.draw(bloch(memoryState(state, 2)));
    const times = Array.from({ length: 81 }, (_, k) => k / 40);
    curve.setAttribute("d", path(times.map((t) => [x(t), y(entanglement(stateAt(model, t), 2))])));
    const ebits = entanglement(state, 2);
    dot.setAttribute("cx", x(moment));
    dot.setAttribute("cy", y(ebits));
    const chances = probabilities(tied, 2);
    looks.forEach((one, k) => {
      one.setAttribute("aria-pressed", String(outcome === k));
      one.disabled = chances[k] < 1e-9;
    });
    if (looked) {
      const chance = shown(chances[outcome]);
      return `The system was found in ${outcome}, which had the probability ${chance}. The tie is gone; the memory keeps the row that was found.`;
    }
    return `${stageOf(moment)}: system and memory share ${shown(ebits)} ebits. A look would find the system in 0 with probability ${shown(chances[0])}, in 1 with ${shown(chances[1])}.`;
  };

  const degrees = (angle) => `${shown((angle * 180) / Math.PI, 0)}°`;
  const angle = { min: 0, max: Math.PI, step: Math.PI / 180, format: degrees };
  const percent = (t) =>
    t <= 1 ? `${shown(100 * t, 0)} % of the hug` : `${shown(100 * (t - 1), 0)} % of the break-up`;
  const picture = pictureOf(first, arrows, last);
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    slider(model, "moment", { label: "Moment", min: 0, max: 2, step: 0.02, format: percent }),
    slider(model, "input", { label: "New value: turn of the system", ...angle }),
    slider(model, "hug", { label: "Hug: turn of the memory", ...angle }),
    slider(model, "break_up", { label: "Break-up: turn back", ...angle }),
  );
  const traits = [...MOVES, "outcome"];
  const buttons = html("div", { class: "qrnn-buttons" }, ...looks, reset(model, traits));
  const summary = redrawn(model, traits, picture, draw);
  el.append(picture, controls, buttons, summary);
}

export default { render };
