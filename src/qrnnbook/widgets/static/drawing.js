// What the live figures are built from: elements, controls, and the pictures they share.
//
// Controls are the browser's own, so that keyboard, touch and screen readers know them. Pictures are
// SVG in the colours of the page. Nothing here knows a figure.

const SVG = "http://www.w3.org/2000/svg";
let counter = 0;

/** An HTML element; attributes that are functions are listeners. */
export function html(tag, attributes = {}, ...children) {
  return built(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return built(document.createElementNS(SVG, tag), attributes, children);
}

function built(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function uniqueId(stem) {
  counter += 1;
  return `qrnn-${stem}-${counter}-${Math.random().toString(36).slice(2, 8)}`;
}

export function clamp(x, low, high) {
  return Math.min(high, Math.max(low, x));
}

/** A number as the book writes it: a true minus sign, no "-0.00". */
export function shown(x, digits = 2) {
  const text = x.toFixed(digits);
  return /^-0\.?0*$/.test(text) ? text.slice(1) : text.replace("-", "−");
}

// Controls --------------------------------------------------------------------------------------

/**
 * A labelled slider bound to a trait of the model.
 *
 * `format` puts the value into words, with its unit, for the eye and for screen readers.
 */
export function slider(model, trait, { label, min, max, step, format = shown }) {
  const id = uniqueId(trait);
  const output = html("output", { for: id, class: "qrnn-value" });
  // A range counts in steps from its lowest value, and a last step that rounding has put a hair too
  // far would be out of reach: there is room for it, and the value is cut back.
  const room = max + step * 1e-6;
  const input = html("input", { id, type: "range", min, max: room, step, "data-trait": trait });
  const show = () => {
    const value = model.get(trait);
    if (Math.abs(Number(input.value) - value) > step / 2 || input.value === "") input.value = value;
    output.textContent = format(value);
    input.setAttribute("aria-valuetext", format(value));
  };
  input.addEventListener("input", () => {
    model.set(trait, clamp(Number(input.value), min, max));
    model.save_changes();
  });
  input.value = model.get(trait);
  model.on(`change:${trait}`, show);
  show();
  return html("div", { class: "qrnn-slider" }, html("label", { for: id }, label), output, input);
}

/** A button; `pressed` (a function) makes it a toggle. */
export function button(text, onClick, attributes = {}) {
  return html("button", { type: "button", click: onClick, ...attributes }, text);
}

/** A labelled choice between a few options, bound to a trait: {value: text}. */
export function choice(model, trait, { label, options }) {
  const id = uniqueId(trait);
  const select = html("select", { id, "data-trait": trait });
  for (const [value, text] of Object.entries(options)) {
    select.append(html("option", { value }, text));
  }
  const show = () => {
    select.value = String(model.get(trait));
  };
  select.addEventListener("change", () => {
    const before = model.get(trait);
    model.set(trait, typeof before === "number" ? Number(select.value) : select.value);
    model.save_changes();
  });
  model.on(`change:${trait}`, show);
  show();
  return html("div", { class: "qrnn-choice" }, html("label", { for: id }, label), select);
}

/**
 * A button that puts the traits back to what they were when the figure was drawn first.
 *
 * `also` is called with it, for what is no trait: a guess that is taken back.
 */
export function reset(model, traits, also = () => {}) {
  const first = Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
  return button("Reset", () => {
    for (const [trait, value] of Object.entries(first)) model.set(trait, value);
    model.save_changes();
    also();
  });
}

/**
 * Redraw when a trait changes, at most once a frame, and announce the summary a moment after the last.
 *
 * `draw` returns the summary in words: the text alternative of what is shown now. What is read beside
 * the picture keeps up with it; a screen reader is told once the figure rests.
 */
export function redrawn(model, traits, picture, draw) {
  const seen = html("p", { "aria-hidden": "true" });
  const said = html("p", { class: "qrnn-unseen", "aria-live": "polite" });
  let asked = false;
  let timer;
  const now = () => {
    asked = false;
    const words = draw();
    picture.setAttribute("aria-label", words);
    seen.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => {
      said.textContent = words;
    }, 250);
    return words;
  };
  for (const trait of traits) {
    model.on(`change:${trait}`, () => {
      if (asked) return;
      asked = true;
      requestAnimationFrame(now);
    });
  }
  said.textContent = now();
  return html("div", { class: "qrnn-summary" }, seen, said);
}

/**
 * One panel of a picture. Text keeps its size on a phone if panels stay under 330 units wide;
 * `growth` is how far a panel may spread where there is room.
 */
export function panel(width, height, growth = 1.3) {
  const element = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  element.style.flex = `1 1 ${width}px`;
  element.style.maxWidth = `${Math.round(growth * width)}px`;
  return element;
}

/**
 * A chart that is as wide as its place, so that text keeps its size on a phone.
 *
 * `draw(width)` returns what is in it; call the function that comes back to draw it anew.
 */
export function wideChart(height, draw) {
  const chart = svg("svg", { "aria-hidden": "true" });
  Object.assign(chart.style, { flex: "1 1 100%", height: `${height}px` });
  const redraw = () => {
    // A figure that is not on its page yet has no width.
    const width = chart.parentElement?.clientWidth || 640;
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.replaceChildren(...draw(width));
  };
  return { chart, redraw };
}

/** A picture of panels side by side, which wrap where there is no room: one image to a reader. */
export function pictureOf(...panels) {
  return html("div", { class: "qrnn-picture", role: "img" }, ...panels);
}

// Pictures --------------------------------------------------------------------------------------

/** Names of the basis states of n qubits: |00⟩, |01⟩, ... */
export function kets(dimension) {
  const n = Math.round(Math.log2(dimension));
  return Array.from({ length: dimension }, (_, k) => `|${k.toString(2).padStart(n, "0")}⟩`);
}

/**
 * The state table: the book's one picture.
 *
 * A row for each state of the system, a column for each of the memory; the area of a disc is the
 * probability, the hand is the phase (right 0, up a quarter turn). Returns a group and a function
 * that draws a state into it; `outcome` is the row that was measured.
 *
 * `names` says whether "system" and "memory" stand beside it. `handles` is a group to append where
 * discs are dragged: a handle for each amplitude, with its number as `data-handle`; `unit` is the
 * radius of a disc of probability one, so that a drag by `unit` changes an amplitude by one.
 */
export function stateTable(rows, columns, size, { onRow, names = true } = {}) {
  const group = svg("g", { class: "qrnn-table" });
  const left = (rows > 2 ? 52 : 40) - (names ? 0 : 8);
  const top = names ? 44 : 24;
  const unit = 0.44 * size;
  const discs = [];
  const hands = [];
  const bands = [];
  const above = svg("text", { x: left + (columns * size) / 2, y: 14, class: "qrnn-memory-ink qrnn-middle" }, "memory");
  const side = svg("text", { x: 0, y: 0, class: "qrnn-system-ink qrnn-middle" }, "system");
  side.setAttribute("transform", `translate(11 ${top + (rows * size) / 2}) rotate(-90)`);
  if (names) group.append(above, side);
  kets(columns).forEach((name, j) => {
    group.append(svg("text", { x: left + (j + 0.5) * size, y: top - 9, class: "qrnn-memory-ink qrnn-middle" }, name));
  });
  kets(rows).forEach((name, i) => {
    const y = top + (i + 0.5) * size;
    group.append(svg("text", { x: left - 5, y: y + 5, class: "qrnn-system-ink qrnn-end" }, name));
    const band = svg("rect", { x: left, y: top + i * size, width: columns * size, height: size, class: "qrnn-band" });
    if (onRow) {
      band.classList.add("qrnn-clickable");
      band.addEventListener("click", () => onRow(i));
    }
    bands.push(band);
    group.append(band);
  });
  for (let k = 0; k <= rows; k++) {
    const y = top + k * size;
    group.append(svg("line", { x1: left, x2: left + columns * size, y1: y, y2: y, class: "qrnn-rule" }));
  }
  for (let k = 0; k <= columns; k++) {
    const x = left + k * size;
    group.append(svg("line", { x1: x, x2: x, y1: top, y2: top + rows * size, class: "qrnn-rule" }));
  }
  for (let k = 0; k < rows * columns; k++) {
    const x = left + ((k % columns) + 0.5) * size;
    const y = top + (Math.floor(k / columns) + 0.5) * size;
    discs.push(svg("circle", { cx: x, cy: y, r: 0, class: "qrnn-disc" }));
    hands.push(svg("line", { x1: x, y1: y, x2: x, y2: y, class: "qrnn-hand" }));
  }
  group.append(...discs, ...hands);
  const handles = svg("g", { class: "qrnn-handles" }, ...discs.map((disc, k) => {
    const at = { cx: disc.getAttribute("cx"), cy: disc.getAttribute("cy") };
    const reach = svg("circle", { ...at, r: Math.max(unit, Math.min(20, size / 2)), class: "qrnn-reach" });
    return svg("g", { class: "qrnn-handle", "data-handle": k }, reach);
  }));

  const draw = (state, outcome = null) => {
    for (let k = 0; k < rows * columns; k++) {
      const p = state.re[k] ** 2 + state.im[k] ** 2;
      const r = unit * Math.sqrt(p);
      const faint = outcome !== null && Math.floor(k / columns) !== outcome;
      discs[k].setAttribute("r", r.toFixed(3));
      hands[k].style.display = p < 1e-9 ? "none" : "";
      if (p >= 1e-9) {
        const length = Math.max(r + 0.05 * size, 0.14 * size) / Math.sqrt(p);
        const x = Number(discs[k].getAttribute("cx"));
        const y = Number(discs[k].getAttribute("cy"));
        hands[k].setAttribute("x2", (x + length * state.re[k]).toFixed(3));
        hands[k].setAttribute("y2", (y - length * state.im[k]).toFixed(3));
      }
      discs[k].style.opacity = hands[k].style.opacity = faint ? 0.35 : 1;
    }
    bands.forEach((band, i) => band.classList.toggle("qrnn-measured", i === outcome));
  };
  const [width, height] = [left + columns * size + 2, top + rows * size + 2];
  return { group, draw, handles, unit, width, height, left, top };
}

let pen;

/** How wide a text is in a picture, in the page's own font. */
export function widthOf(text, strong = false) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${strong ? 600 : 400} 14px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

/** A text, or as much of it as there is room for. */
export function fitted(text, room, strong = false) {
  const letters = [...text];
  if (widthOf(text, strong) <= room) return text;
  while (letters.length > 1 && widthOf(`${letters.join("")}…`, strong) > room) letters.pop();
  return `${letters.join("")}…`;
}

/** A linear scale from data to pixels. */
export function scale(low, high, from, to) {
  const factor = (to - from) / (high - low);
  return (x) => from + (x - low) * factor;
}

/** The path of a polyline through points [x, y] in pixels; a null lifts the pen. */
export function path(points) {
  let pen = "M";
  let text = "";
  for (const point of points) {
    if (!point) {
      pen = "M";
      continue;
    }
    text += `${pen}${point[0].toFixed(2)} ${point[1].toFixed(2)}`;
    pen = "L";
  }
  return text;
}

/** Axes of a small chart: a frame of two lines, ticks with labels, names of the axes. */
export function axes({ x, y, left, right, top, bottom, xTicks = [], yTicks = [], xLabel = "", yLabel = "" }) {
  const group = svg("g", { class: "qrnn-axes" });
  group.append(svg("path", { d: `M${left} ${top}V${bottom}H${right}`, class: "qrnn-axis" }));
  for (const [value, text] of xTicks) {
    group.append(svg("line", { x1: x(value), x2: x(value), y1: bottom, y2: bottom + 4, class: "qrnn-axis" }));
    group.append(svg("text", { x: x(value), y: bottom + 18, class: "qrnn-middle" }, text));
  }
  for (const [value, text] of yTicks) {
    group.append(svg("line", { x1: left - 4, x2: left, y1: y(value), y2: y(value), class: "qrnn-axis" }));
    group.append(svg("text", { x: left - 7, y: y(value) + 4, class: "qrnn-end" }, text));
  }
  group.append(svg("text", { x: (left + right) / 2, y: bottom + 36, class: "qrnn-middle" }, xLabel));
  const name = svg("text", { class: "qrnn-middle" }, yLabel);
  name.setAttribute("transform", `translate(${left - 38} ${(top + bottom) / 2}) rotate(-90)`);
  group.append(name);
  return group;
}

/** A Bloch arrow seen from the side: X to the right, Z up. Returns a group and how to draw it. */
export function blochDisc(cx, cy, radius, colour, name) {
  const arrow = svg("line", { x1: cx, y1: cy, x2: cx, y2: cy, class: `qrnn-arrow qrnn-${colour}-line` });
  const tip = svg("circle", { cx, cy, r: 5, class: `qrnn-${colour}-fill` });
  const group = svg(
    "g",
    {},
    svg("circle", { cx, cy, r: radius, class: "qrnn-rim" }),
    svg("text", { x: cx, y: cy - radius - 6, class: "qrnn-middle" }, "|0⟩"),
    svg("text", { x: cx, y: cy + radius + 17, class: "qrnn-middle" }, "|1⟩"),
    svg("text", { x: cx, y: cy + radius + 36, class: `qrnn-middle qrnn-${colour}-ink` }, name),
    arrow,
    tip,
  );
  const draw = ([x, , z]) => {
    for (const [element, a, b] of [[arrow, "x2", "y2"], [tip, "cx", "cy"]]) {
      element.setAttribute(a, (cx + radius * x).toFixed(3));
      element.setAttribute(b, (cy - radius * z).toFixed(3));
    }
  };
  return { group, draw };
}
