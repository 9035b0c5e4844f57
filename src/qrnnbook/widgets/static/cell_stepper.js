// The cell stepper: feed values one at a time, follow a step, choose the outcome of its measurement.
import {
  basis, collapsed, emptyMemory, encode, entanglement, outcomeOf, receivedCell, step, tensor,
} from "./algebra.js";
import { draggingFrom } from "./dragging.js";
import { button, choice, clamp, html, kets, pictureOf, redrawn, reset, shown, slider } from "./drawing.js";
import { guess } from "./guess.js";
import { filmStill, memoryBars, outcomeButton, ribbon } from "./step_pictures.js";
import { undo } from "./undo.js";

const TRAITS = ["value", "rule", "fed", "outcomes", "stage", "seed"];
const RULES = { choose: "you choose", most_likely: "the most likely", sampled: "sampled by Born’s rule" };

/** Memories that overlap more than this, to two decimals, are the same. */
const SAME = 0.995;

/** The operations of a step, each with the state that it leaves (none before the measurement). */
function stagesOf(cell) {
  const dim = 2 ** cell.systemQubits;
  const stages = [
    { name: "Encode", state: (record) => record.apart },
    { name: "Entangle", state: (record) => record.entangled },
    { name: "Disentangle", state: (record) => record.measured },
    { name: "Measure", state: (record) => tensor(basis(dim, record.outcome), record.nextMemory) },
  ];
  return cell.disentangler ? stages : stages.filter(({ name }) => name !== "Disentangle");
}

/** Draw number t of a seed, in [0, 1): the same for the same seed, step back or not (mulberry32). */
function drawn(seed, t) {
  let a = (Math.imul(seed + 1, 0x9e3779b1) + Math.imul(t + 1, 0x6d2b79f5)) | 0;
  a = Math.imul(a ^ (a >>> 15), a | 1);
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61);
  return ((a ^ (a >>> 14)) >>> 0) / 4294967296;
}

/** The step after each of these values, with these outcomes; what is not given is the likeliest. */
function replayed(cell, fed, outcomes) {
  let memory = emptyMemory(cell);
  return fed.map((x, t) => {
    const record = step(cell, memory, x, { outcome: outcomes[t] });
    memory = record.nextMemory;
    return record;
  });
}

/** The value from −1 to 1 that brings amplitude k of system and memory nearest to [real, imaginary]. */
function valueNear(cell, memory, k, [re, im]) {
  const away = (x) => {
    const state = tensor(encode(cell, x), memory);
    return Math.hypot(state.re[k] - re, state.im[k] - im);
  };
  const values = Array.from({ length: 201 }, (_, n) => (n - 100) / 100);
  const distances = values.map(away);
  return values[distances.indexOf(Math.min(...distances))];
}

/**
 * Whether the next memory depends on the outcome, and why: ["yes" or "no", words].
 *
 * The overlap of two memories is the probability that one passes for the other.
 */
export function dependence(cell, { measured, probabilities }) {
  const rows = 2 ** cell.systemQubits;
  const names = kets(rows);
  const possible = names.map((_, k) => k).filter((k) => probabilities[k] >= 1e-9);
  if (possible.length === 1) return ["no", `Only the outcome ${names[possible[0]]} can occur.`];
  const memories = possible.map((k) => collapsed(measured, rows, k));
  const overlap = (a, b) => {
    const sum = (of) => a.re.reduce((total, _, j) => total + of(j), 0);
    const re = sum((j) => a.re[j] * b.re[j] + a.im[j] * b.im[j]);
    return re ** 2 + sum((j) => a.re[j] * b.im[j] - a.im[j] * b.re[j]) ** 2;
  };
  const pairs = memories.flatMap((a, i) => memories.slice(0, i).map((b, j) => [overlap(a, b), j, i]));
  const [least, j, i] = pairs.reduce((best, pair) => (pair[0] < best[0] ? pair : best));
  const which = `The memories after ${names[possible[j]]} and after ${names[possible[i]]}`;
  return [least < SAME ? "yes" : "no", `${which} overlap by ${shown(least)}; equal ones by 1.`];
}

/** In words what is shown of a step, as Python says it. */
function describe(cell, record, number, stage) {
  const stages = stagesOf(cell);
  const last = stages.length - 1;
  const rows = 2 ** cell.systemQubits;
  const names = kets(rows);
  if (stage === last) {
    const p = record.probabilities[record.outcome];
    return `Step ${number}: the measurement gave ${names[record.outcome]}, which had the probability ${shown(p)}. Its row, rescaled, is the next memory. The output is ${shown(record.output)}.`;
  }
  if (stage === 0) {
    return `Step ${number}: the value ${shown(record.x)} is encoded in the system. System and memory are not entangled.`;
  }
  const ebits = shown(entanglement(stages[stage].state(record), rows));
  const after = `Step ${number}: after the ${stage === 1 ? "entangler" : "disentangler"} system and memory share ${ebits} ebits.`;
  if (stage < last - 1) return after;
  const chances = names.map((name, k) => `${name} ${shown(record.probabilities[k])}`).join(", ");
  return `${after} The outcomes have the probabilities ${chances}.`;
}

function render({ model, el }) {
  el.classList.add("qrnn-live");
  const cell = { ...receivedCell(model.get("cell")), collapse: "most_likely" };
  const [rows, columns] = [2 ** cell.systemQubits, 2 ** cell.memoryQubits];
  const names = kets(rows);
  const stages = stagesOf(cell);
  const last = stages.length - 1;
  const get = (trait) => model.get(trait);
  const put = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    model.save_changes();
  };

  const waiting = () => get("outcomes").length < get("fed").length;
  const lastStep = (fed = get("fed"), outcomes = get("outcomes")) => replayed(cell, fed, outcomes).at(-1);
  /** The outcome that the rule gives at the last of these values; left to the reader, the likeliest. */
  const ruled = (fed, outcomes) => {
    return outcomeOf(get("rule"), lastStep(fed, outcomes).probabilities, drawn(get("seed"), fed.length - 1));
  };
  /** Go on with these values; if the reader chooses, the last is yet to be measured. */
  const wait = (fed, outcomes, stage = last) => {
    if (get("rule") === "choose") put({ fed, outcomes, stage: Math.min(stage, last - 1) });
    else put({ fed, outcomes: [...outcomes, ruled(fed, outcomes)], stage });
  };
  const feed = (x, fed = get("fed"), outcomes = get("outcomes")) => {
    put({ value: clamp(x, -1, 1) });
    wait([...fed, x], outcomes);
  };
  /** Drag a disc of the encoded state: another value, and a measurement of the last is taken back. */
  const drag = (amplitude, to) => {
    const value = valueNear(cell, lastStep().memory, amplitude, to);
    const before = get("fed").slice(0, -1);
    put({ value });
    wait([...before, value], get("outcomes").slice(0, before.length), get("stage"));
  };
  const keep = (outcome) => {
    const before = get("outcomes").slice(0, get("fed").length - 1);
    put({ outcomes: [...before, outcome], stage: last });
  };
  const measure = () => {
    if (waiting()) keep(ruled(get("fed"), get("outcomes")));
    else put({ stage: last });
  };
  const next = () => get("series")[get("fed").length];
  const stepBack = () => {
    const [fed, outcomes] = [get("fed"), get("outcomes")];
    if (waiting()) put({ fed: fed.slice(0, -1), stage: last });
    else if (get("rule") === "choose") put({ outcomes: outcomes.slice(0, -1), stage: last - 1 });
    else put({ fed: fed.slice(0, -1), outcomes: outcomes.slice(0, -1), stage: last });
  };
  const again = () => {
    // Another history, if it is drawn.
    if (get("rule") === "sampled") put({ seed: get("seed") + 1 });
    feed(get("series")[0] ?? get("value"), [], []);
  };

  // Until it is measured, the value can still be changed.
  model.on("change:value", () => {
    if (waiting()) put({ fed: [...get("fed").slice(0, -1), get("value")] });
  });
  model.on("change:rule", () => {
    if (waiting() && get("rule") !== "choose") measure();
  });

  const pick = (outcome) => {
    if (lastStep().probabilities[outcome] >= 1e-9) keep(outcome);
  };
  // Measure, or keep the next outcome that can occur instead.
  const { element: asked, forget } = guess({
    question: "Does the next memory depend on the outcome?",
    answers: { yes: "Yes", no: "No" },
    reveal: () => {
      const record = lastStep();
      const chances = [...record.probabilities];
      const byChance = chances.map((_, k) => k).filter((k) => chances[k] >= 1e-9).sort((a, b) => chances[b] - chances[a]);
      const now = waiting() ? -1 : byChance.indexOf(record.outcome);
      keep(byChance[(now + 1) % byChance.length]);
      return dependence(cell, record);
    },
  });

  const stills = stages.map(({ name }, k) =>
    filmStill(name, rows, columns, { onRow: k === last - 1 ? pick : null, onDrag: k === 0 ? drag : null }),
  );
  const steps = stages.map(({ name }, k) =>
    button(name, () => (k === last ? measure() : put({ stage: k })), { style: "flex:1 1 0;max-width:8rem;padding:0.25rem" }),
  );
  const chosen = names.map((name, k) => outcomeButton(name, () => pick(k)));
  const memory = memoryBars(columns);
  const line = ribbon(() => get("value"), (value) => put({ value }));
  const feeding = button("Feed", () => feed(get("value")));
  const following = button("Next value", () => feed(next()));
  const back = button("Step back", stepBack);
  const draw = () => {
    const [fed, outcomes, stage] = [get("fed"), get("outcomes"), get("stage")];
    const all = replayed(cell, fed, outcomes);
    const record = all.at(-1);
    const isMeasured = !waiting();
    const shownStage = Math.min(stage, isMeasured ? last : last - 1);
    const outcome = isMeasured ? record.outcome : null;
    stills.forEach((still, k) => {
      still.draw(k <= shownStage ? stages[k].state(record) : null, k >= last - 1 && shownStage === last ? outcome : null);
      steps[k].setAttribute("aria-pressed", String(k === shownStage));
    });
    chosen.forEach((one, k) => one.draw(record.probabilities[k], k === outcome));
    memory.draw(record.memory, shownStage === last ? record.nextMemory : null);
    line.draw(fed, all.map((one) => one.output), get("series"), isMeasured ? get("value") : null);
    feeding.textContent = isMeasured ? `Feed ${shown(get("value"))}` : "Measure first";
    feeding.disabled = !isMeasured;
    if (get("series").length === 0) following.remove();
    else if (!following.isConnected) feeder.append(following);
    following.disabled = !isMeasured || next() === undefined;
    following.textContent = next() === undefined ? "The series is over" : `Next of the series: ${shown(next())}`;
    back.disabled = fed.length === 1 && (!isMeasured || get("rule") !== "choose");
    return describe(cell, record, fed.length, shownStage);
  };

  const picture = pictureOf(...stills.map((still) => still.picture));
  picture.style.marginTop = "0.5rem";
  const lower = html("div", { class: "qrnn-picture", style: "margin-top:1rem", "aria-hidden": "true" }, memory.picture, line.picture);
  const group = (label, ...children) =>
    html("div", { class: "qrnn-buttons", role: "group", "aria-label": label }, ...children);
  const feeder = group("Feed", feeding);
  const colour = (name) => `color: var(--${name}-ink)`;
  const legend = html(
    "p", { style: "margin:0.25rem 0 0" },
    "Rows: ", html("span", { style: colour("system") }, "system"),
    ". Columns: ", html("span", { style: colour("memory") }, "memory"), ". Measure, and choose the outcome:",
  );
  const rule = choice(model, "rule", { label: "Outcome kept", options: RULES });
  const summary = redrawn(model, ["series", ...TRAITS], picture, draw);
  el.append(
    ...(get("ask") ? [asked] : []),
    picture,
    legend,
    group("Outcome", ...chosen.map(({ one }) => one)),
    html("div", { class: "qrnn-controls" }, slider(model, "value", { label: "New value", min: -1, max: 1, step: 0.01 }), feeder),
    group("Stage", ...steps),
    lower,
    rule,
    group("History", back, button("Start again", again), undo(model, TRAITS), reset(model, TRAITS, forget)),
    summary,
  );
}

export default { render };
