// Written and kept with its first layer: the joint state at the changed value, as a table for either copy.
import { run } from "./algebra.js";
import { kets, panel, shown, stateTable, svg } from "./drawing.js";
import { anglesOf, leftOf } from "./gate_triangle.js";
import { withLayer } from "./kept_figure.js";
import { cellOf, pasts } from "./two_pasts.js";

const NAMES = kets(2);
const CELL = 54;
const APART = 168;

/** The step that reads another value, in both copies, if every step keeps the likelier outcome. */
function likelySteps(state) {
  const angles = leftOf(anglesOf(state.coupling, state.unevenness), state.undone);
  const cell = { ...cellOf(angles), collapse: "most_likely" };
  return pasts(state).map((series) => run(cell, series.slice(0, state.position + 1)).at(-1));
}

function hasCome({ arrived, position }) {
  return arrived > position;
}

/** In words what the tables show, as Python says it. */
function tablesInWords(state) {
  if (!hasCome(state)) return "";
  const [one, two] = likelySteps(state).map(({ outcome, probabilities }) =>
    [NAMES[outcome], shown(probabilities[outcome])]);
  return ` If every step keeps the likelier outcome, step ${state.position + 1} keeps row ${one[0]} of the joint state (probability ${one[1]}) in one copy and row ${two[0]} (${two[1]}) in the other; that row, scaled to length one, is the next memory.`;
}

function tables() {
  const element = panel(330, 212, 1);
  const copies = ["One copy reads", "The other reads"].map((who, k) => {
    const table = stateTable(2, 2, CELL);
    const reads = svg("text", { x: table.left + CELL, y: 14, class: "qrnn-middle qrnn-small qrnn-system-ink" });
    const kept = svg("text", { x: table.left + CELL, y: table.height + 38, class: "qrnn-middle qrnn-small qrnn-memory-ink" });
    table.group.setAttribute("transform", "translate(0 20)");
    element.append(svg("g", { transform: `translate(${k * APART} 0)` }, reads, table.group, kept));
    return (value, step) => {
      reads.textContent = `${who} ${shown(value)}`;
      table.draw(step.measured, step.outcome);
      kept.textContent = `next memory: row ${NAMES[step.outcome]}`;
    };
  });
  const draw = (state) => {
    element.style.visibility = hasCome(state) ? "" : "hidden";
    const reads = [state.values[state.position], state.twin];
    likelySteps(state).forEach((step, k) => copies[k](reads[k], step));
  };
  return { elements: [element], draw };
}

const render = withLayer({ panels: tables, words: tablesInWords });

export default { render };
