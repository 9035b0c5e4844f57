// The pictures of a step: its state tables, its outcomes, the memory, and what went in and came out.
import { entanglement, zeros } from "./algebra.js";
import { draggingFrom } from "./dragging.js";
import { axes, button, clamp, html, kets, panel, path, scale, shown, stateTable, svg } from "./drawing.js";

/**
 * A state table after one operation, with the operation's name above and the entanglement below.
 *
 * `onRow` makes its rows clickable; with `onDrag` its discs are dragged: it gets the number of the
 * amplitude and where to, as a complex number [real, imaginary].
 */
export function filmStill(title, rows, columns, { onRow, onDrag } = {}) {
  const table = stateTable(rows, columns, columns > 2 ? 30 : 54, { onRow, names: false });
  table.group.setAttribute("transform", "translate(0 18)");
  const width = table.width - table.left - 2;
  const y = 18 + table.height;
  const name = svg("text", { x: 0, y: 14, class: "qrnn-strong" }, title);
  const ebitsText = svg("text", { x: table.left, y: y + 27, class: "qrnn-entangled-ink" });
  const meter = svg("rect", { x: table.left, y: y + 6, height: 5, rx: 2.5, class: "qrnn-entangled-fill" });
  const most = svg("line", { x1: table.left, x2: table.left + width, y1: y + 8.5, y2: y + 8.5, class: "qrnn-rule" });
  const picture = panel(table.width, y + 32, 1.15);
  // Two side by side fit on a phone.
  picture.style.flexBasis = `${Math.min(table.width, 142)}px`;
  picture.append(name, table.group, most, meter, ebitsText);
  const empty = zeros(rows * columns);
  let now = empty;
  if (onDrag) {
    table.handles.setAttribute("transform", "translate(0 18)");
    picture.append(table.handles);
    const begin = (k) => [now.re[k], now.im[k]];
    draggingFrom(picture, begin, (by, [re, im], k) =>
      onDrag(Number(k), [re + by.x / table.unit, im - by.y / table.unit]),
    );
  }
  const draw = (state, outcome) => {
    const ebits = state ? entanglement(state, rows) : 0;
    now = state ?? empty;
    table.draw(now, outcome);
    // In an empty column no disc can be drawn out.
    [...table.handles.children].forEach((handle, k) => {
      const column = Array.from({ length: rows }, (_, i) => i * columns + (k % columns));
      const p = column.reduce((sum, j) => sum + now.re[j] ** 2 + now.im[j] ** 2, 0);
      handle.style.display = p < 1e-6 ? "none" : "";
    });
    meter.setAttribute("width", (width * ebits) / Math.log2(Math.min(rows, columns)));
    ebitsText.textContent = state ? `${shown(ebits)} ebits` : "";
    name.style.opacity = state ? 1 : 0.45;
  };
  return { picture, draw };
}

/** A button with a bar as long as its outcome is likely. */
export function outcomeButton(name, onClick) {
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
    one.setAttribute("aria-label", `Outcome ${name}, probability ${shown(p)}`);
  };
  return { one, draw };
}

/** The memory's probabilities before the step, as outlines, and after the measurement, filled. */
export function memoryBars(columns) {
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
      const style = after ? "qrnn-memory-fill" : "qrnn-memory-line qrnn-thin";
      const bar = svg("rect", { x: x(j) + shift * width, width: 0.34 * width, class: style });
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

/**
 * What went in and what came out, step by step, and the new value, which is dragged up and down.
 *
 * A ring is what would be fed next; a value that is not measured yet is dragged itself. `onDrag` gets
 * the value.
 */
export function ribbon(getValue, onDrag) {
  const chart = { left: 44, right: 316, top: 26, bottom: 140 };
  const frame = svg("g");
  const curve = svg("path", { class: "qrnn-curve qrnn-cell-line" });
  const marks = svg("g");
  const reach = svg("circle", { r: 22, class: "qrnn-reach" });
  const grip = svg("g", { class: "qrnn-handle", "data-handle": "value" }, reach);
  const picture = panel(322, 180, 1.15);
  picture.append(
    svg("text", { x: chart.left + 4, y: 14, class: "qrnn-system-ink" }, "● fed"),
    svg("text", { x: chart.left + 60, y: 14, class: "qrnn-cell-ink" }, "■ output"),
    frame, curve, marks, grip,
  );
  let most = 1;
  draggingFrom(picture, getValue, (by, start) =>
    onDrag(clamp(start - (2 * most * by.y) / (chart.bottom - chart.top), -1, 1)),
  );
  const draw = (fed, outputs, series, next) => {
    const steps = Math.max(8, series.length);
    const first = Math.max(0, fed.length + (next === null ? 0 : 1) - steps);
    most = Math.max(1, ...[...fed, ...outputs, ...series].map(Math.abs));
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
      const style = isFed ? { r: 4.5, class: "qrnn-system-fill" } : { r: 2.5, class: "qrnn-disc" };
      return [svg("circle", { cx: x(n), cy: y(value), ...style })];
    });
    const squares = seen.map(([t, value]) =>
      svg("rect", { x: x(t) - 4, y: y(value) - 4, width: 8, height: 8, class: "qrnn-cell-fill" }),
    );
    const [step, value] = next === null ? [fed.length, fed.at(-1)] : [fed.length + 1, next];
    const ring = svg("circle", { cx: x(step), cy: y(value), r: 7, class: "qrnn-thin qrnn-system-line" });
    marks.replaceChildren(...dots, ...squares, ring);
    reach.setAttribute("cx", x(step).toFixed(2));
    reach.setAttribute("cy", y(value).toFixed(2));
  };
  return { picture, draw };
}
