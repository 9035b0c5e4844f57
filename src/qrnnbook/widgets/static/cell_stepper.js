// The cell stepper: feed values one at a time, walk through a step, choose what a look finds.
import { basis, entanglement, emptyMemory, outcomeOf, receivedCell, step, tensor, zeros } from "./algebra.js";
import {
  axes, button, choice, clamp, html, kets, panel, path, pictureOf, redrawn, reset, scale, shown, slider, stateTable, svg,
} from "./drawing.js";

const TRAITS = ["value", "rule", "fed", "outcomes", "stage", "seed"];
const RULES = { choose: "you choose", most_likely: "the most likely", sampled: "a draw by Born’s rule" };

/** What there is to see in a step: its button, its title, its state (none before the look). */
function stagesOf(cell) {
  const dim = 2 ** cell.systemQubits;
  const found = (record) => tensor(basis(dim, record.outcome), record.nextMemory);
  const stages = [
    { name: "Encode", title: "encoded", state: (record) => record.apart },
    { name: "Hug", title: "hugged", state: (record) => record.entangled },
    { name: "Break up", title: "broken up", state: (record) => record.measured },
    { name: "Look", title: "looked at", state: found },
  ];
  return cell.disentangler ? stages : stages.filter((stage) => stage.name !== "Break up");
}

/** Draw number t of a seed, in [0, 1): the same for the same seed, step back or not (mulberry32). */
function drawn(seed, t) {
  let a = (Math.imul(seed + 1, 0x9e3779b1) + Math.imul(t + 1, 0x6d2b79f5)) | 0;
  a = Math.imul(a ^ (a >>> 15), a | 1);
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61);
  return ((a ^ (a >>> 14)) >>> 0) / 4294967296;
}

/** A state table with its title above, and how tied the two sides are below. */
function filmStill(title, rows, columns, onRow) {
  const table = stateTable(rows, columns, columns > 2 ? 30 : 54, { onRow });
  table.group.setAttribute("transform", "translate(0 26)");
  const width = table.width - table.left - 2;
  const y = 26 + table.height;
  const name = svg("text", { x: table.left, y: 15, class: "qrnn-strong" }, title);
  const words = svg("text", { x: table.left, y: y + 31, class: "qrnn-entangled-ink" });
  const meter = svg("rect", { x: table.left, y: y + 9, height: 5, rx: 2.5, class: "qrnn-entangled-fill" });
  const most = svg("line", { x1: table.left, x2: table.left + width, y1: y + 11.5, y2: y + 11.5, class: "qrnn-rule" });
  const picture = panel(table.width, y + 38, 1.15);
  // Two side by side fit on a phone.
  picture.style.flexBasis = `${Math.min(table.width, 146)}px`;
  picture.append(name, table.group, most, meter, words);
  const empty = zeros(rows * columns);
  const draw = (state, outcome) => {
    const ebits = state ? entanglement(state, rows) : 0;
    table.draw(state ?? empty, outcome);
    meter.setAttribute("width", (width * ebits) / Math.log2(Math.min(rows, columns)));
    words.textContent = state ? `${shown(ebits)} ebits` : "";
    name.style.opacity = state ? 1 : 0.45;
  };
  return { picture, draw };
}

/** A button with a bar as long as its outcome is likely. */
function outcomeButton(name, onClick) {
  const chance = html("span", { class: "qrnn-value" });
  const bar = html("span", { style: "border-radius:3px;grid-column:1/-1;height:6px;justify-self:start" });
  const one = button(name, onClick, {
    style: "display:grid;flex:1 1 7.5rem;gap:0.15rem 0.5rem;grid-template-columns:1fr auto;text-align:left",
  });
  one.append(chance, bar);
  const draw = (p, kept) => {
    chance.textContent = shown(p);
    bar.style.width = `${100 * p}%`;
    bar.style.background = kept ? "currentColor" : "var(--system)";
    one.disabled = p < 1e-9;
    one.setAttribute("aria-pressed", String(kept));
    one.setAttribute("aria-label", `Keep outcome ${name}, probability ${shown(p)}`);
  };
  return { one, draw };
}

/** The memory's probabilities before the step, as outlines, and after the look, filled. */
function memoryBars(columns) {
  const chart = { left: 58, right: 246, top: 26, bottom: 140 };
  const y = scale(0, 1, chart.bottom, chart.top);
  const x = scale(0, columns, chart.left, chart.right);
  const width = (chart.right - chart.left) / columns;
  const ticks = {
    xTicks: kets(columns).map((name, j) => [j + 0.5, name]),
    yTicks: [[0, "0"], [0.5, "½"], [1, "1"]],
  };
  const picture = panel(250, 180, 1.15);
  picture.append(
    axes({ ...chart, ...ticks, x, y, xLabel: "memory", yLabel: "probability" }),
    svg("rect", { x: chart.left + 6, y: 4, width: 9, height: 9, class: "qrnn-memory-line qrnn-thin" }),
    svg("text", { x: chart.left + 21, y: 14, class: "qrnn-memory-ink" }, "before"),
    svg("rect", { x: chart.left + 76, y: 4, width: 9, height: 9, class: "qrnn-memory-fill" }),
    svg("text", { x: chart.left + 91, y: 14, class: "qrnn-memory-ink" }, "after"),
  );
  const pairs = Array.from({ length: columns }, (_, j) =>
    [0.14, 0.52].map((shift, after) => {
      const look = after ? "qrnn-memory-fill" : "qrnn-memory-line qrnn-thin";
      const bar = svg("rect", { x: x(j) + shift * width, width: 0.34 * width, class: look });
      picture.append(bar);
      return bar;
    }),
  );
  const draw = (before, after) => {
    pairs.forEach((pair, j) =>
      pair.forEach((bar, k) => {
        const memory = k ? after : before;
        const p = memory ? memory.re[j] ** 2 + memory.im[j] ** 2 : 0;
        bar.setAttribute("y", y(p));
        bar.setAttribute("height", chart.bottom - y(p));
      }),
    );
  };
  return { picture, draw };
}

/** What went in and what came out, step by step; a ring is what the slider would feed next. */
function ribbon() {
  const chart = { left: 44, right: 316, top: 26, bottom: 140 };
  const frame = svg("g");
  const curve = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const marks = svg("g");
  const picture = panel(322, 180, 1.15);
  picture.append(
    svg("text", { x: chart.left + 4, y: 14, class: "qrnn-system-ink" }, "● fed"),
    svg("text", { x: chart.left + 60, y: 14, class: "qrnn-cell-ink" }, "■ output"),
    frame, curve, marks,
  );
  const draw = (fed, outputs, series, next) => {
    const steps = Math.max(8, series.length);
    const first = Math.max(0, fed.length + (next === null ? 0 : 1) - steps);
    const most = Math.max(1, ...[...fed, ...outputs, ...series].map(Math.abs));
    const x = scale(first + 0.5, first + steps + 0.5, chart.left, chart.right);
    const y = scale(-most, most, chart.bottom, chart.top);
    const numbers = Array.from({ length: steps }, (_, k) => first + k + 1);
    const xTicks = numbers.filter((n) => steps < 12 || n % 5 === 0).map((n) => [n, String(n)]);
    const yTicks = [-1, 0, 1].map((value) => [value, shown(value, 0)]);
    frame.replaceChildren(axes({ ...chart, x, y, xTicks, yTicks, xLabel: "step" }));
    const seen = outputs.map((value, t) => [t + 1, value]).slice(first);
    curve.setAttribute("d", path(seen.map(([t, value]) => [x(t), y(value)])));
    const dots = numbers.flatMap((n) => {
      const isFed = n <= fed.length;
      const value = isFed ? fed[n - 1] : series[n - 1];
      if (value === undefined) return [];
      const look = isFed ? { r: 4.5, class: "qrnn-system-fill" } : { r: 2.5, class: "qrnn-disc" };
      return [svg("circle", { cx: x(n), cy: y(value), ...look })];
    });
    const squares = seen.map(([t, value]) =>
      svg("rect", { x: x(t) - 4, y: y(value) - 4, width: 8, height: 8, class: "qrnn-cell-fill" }),
    );
    marks.replaceChildren(...dots, ...squares);
    const ring = { cx: x(fed.length + 1), r: 5, class: "qrnn-thin qrnn-system-line" };
    if (next !== null) marks.append(svg("circle", { ...ring, cy: y(next) }));
  };
  return { picture, draw };
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
  const replayed = (fed, outcomes) => {
    let memory = emptyMemory(cell);
    return fed.map((x, t) => {
      const record = step(cell, memory, x, { outcome: outcomes[t] });
      memory = record.nextMemory;
      return record;
    });
  };
  /** The outcome that the rule finds at the last of these values; left to the reader, the likeliest. */
  const ruled = (fed, outcomes) => {
    const t = fed.length - 1;
    return outcomeOf(get("rule"), replayed(fed, outcomes)[t].probabilities, drawn(get("seed"), t));
  };
  /** Go on with these values: the last waits for a look. */
  const wait = (fed, outcomes) => {
    if (get("rule") === "choose") put({ fed, outcomes, stage: last - 1 });
    else put({ fed, outcomes: [...outcomes, ruled(fed, outcomes)], stage: last });
  };
  const feed = (x, fed = get("fed"), outcomes = get("outcomes")) => {
    put({ value: clamp(x, -1, 1) });
    wait([...fed, x], outcomes);
  };
  const keep = (outcome) => {
    const before = get("outcomes").slice(0, get("fed").length - 1);
    put({ outcomes: [...before, outcome], stage: last });
  };
  const look = () => {
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

  // Until somebody looks, the value can still be changed.
  model.on("change:value", () => {
    if (waiting()) put({ fed: [...get("fed").slice(0, -1), get("value")] });
  });
  model.on("change:rule", () => {
    if (waiting() && get("rule") !== "choose") look();
  });

  const pick = (outcome) => {
    const { probabilities } = replayed(get("fed"), get("outcomes"))[get("fed").length - 1];
    if (probabilities[outcome] >= 1e-9) keep(outcome);
  };
  const stills = stages.map(({ title }, k) =>
    filmStill(title, rows, columns, k === last - 1 ? pick : undefined),
  );
  const walk = stages.map(({ name }, k) =>
    button(name, () => (k === last ? look() : put({ stage: k })), { style: "flex:1 1 0;max-width:8rem;padding:0.25rem" }),
  );
  const found = names.map((name, k) => outcomeButton(name, () => pick(k)));
  const memory = memoryBars(columns);
  const line = ribbon();
  const feeding = button("Feed", () => feed(get("value")));
  const following = button("Next value", () => feed(next()));
  const back = button("Step back", stepBack);
  const draw = () => {
    const [fed, outcomes, stage] = [get("fed"), get("outcomes"), get("stage")];
    const all = replayed(fed, outcomes);
    const record = all[all.length - 1];
    const looked = !waiting();
    const shownStage = Math.min(stage, looked ? last : last - 1);
    const outcome = looked ? record.outcome : null;
    stills.forEach((still, k) => {
      still.draw(k <= shownStage ? stages[k].state(record) : null, k >= last - 1 && shownStage === last ? outcome : null);
      walk[k].setAttribute("aria-pressed", String(k === shownStage));
    });
    found.forEach(({ draw: drawOne }, k) => drawOne(record.probabilities[k], k === outcome));
    memory.draw(record.memory, looked && shownStage === last ? record.nextMemory : null);
    line.draw(fed, all.map((one) => one.output), get("series"), looked ? get("value") : null);
    feeding.textContent = looked ? `Feed ${shown(get("value"))}` : "First look";
    feeding.disabled = !looked;
    if (get("series").length === 0) following.remove();
    else if (!following.isConnected) feeder.append(following);
    following.disabled = !looked || next() === undefined;
    following.textContent = next() === undefined ? "The series is over" : `Next of the series: ${shown(next())}`;
    back.disabled = fed.length === 1 && (!looked || get("rule") !== "choose");
    return inWords(record, fed.length, shownStage);
  };
  const inWords = (record, number, stage) => {
    if (stage === last) {
      const p = record.probabilities[record.outcome];
      return `Step ${number}: a look found ${names[record.outcome]}, which had the probability ${shown(p)}. Its row is the next memory. The output is ${shown(record.output)}.`;
    }
    if (stage === 0) {
      return `Step ${number}: the value ${shown(record.x)} is encoded in the system. System and memory are apart.`;
    }
    const tie = `they share ${shown(entanglement(stages[stage].state(record), rows))} ebits.`;
    if (stage < last - 1) return `Step ${number}: system and memory have hugged; ${tie}`;
    const done = cell.disentangler ? "hugged and broken up" : "hugged";
    const chances = names.map((name, k) => `${name} ${shown(record.probabilities[k])}`).join(", ");
    return `Step ${number}: system and memory have ${done}; ${tie} A look would find, with the probability: ${chances}.`;
  };

  const picture = pictureOf(...stills.map((still) => still.picture));
  picture.style.marginTop = "1rem";
  const lower = html("div", { class: "qrnn-picture", style: "margin-top:1rem", "aria-hidden": "true" }, memory.picture, line.picture);
  const group = (label, ...children) =>
    html("div", { class: "qrnn-buttons", role: "group", "aria-label": label }, ...children);
  const feeder = group("Feed", feeding);
  const summary = redrawn(model, ["series", ...TRAITS], picture, draw);
  el.append(
    slider(model, "value", { label: "New value", min: -1, max: 1, step: 0.01 }),
    feeder,
    group("Stage", ...walk),
    picture,
    html("p", { style: "margin:0.5rem 0 0" }, "Look, and choose what is found:"),
    group("Outcome", ...found.map(({ one }) => one)),
    lower,
    html(
      "div",
      { class: "qrnn-controls", style: "align-items:center" },
      choice(model, "rule", { label: "Outcome kept", options: RULES }),
      group("History", back, button("Start again", again), reset(model, TRAITS)),
    ),
    summary,
  );
}

export default { render };
