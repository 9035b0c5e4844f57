// What the figures that compare models share: dots, bars of errors, the verdict in words.
import { scale, shown, svg } from "./drawing.js";

const DASHES = ["6 2.5", "1.5 2", "7 2 1.5 2", "3 1.5 1 1.5 1 1.5"];

/** Pictures that stand side by side, or below each other, from the left. */
export const FROM_THE_LEFT = {
  alignItems: "flex-start", justifyContent: "flex-start", marginTop: "0.75rem",
};

/** How each model is drawn: the cells in green, the others in grey, told apart by their dash. */
export function looksOf(names, ours) {
  let greys = 0;
  const look = (name) => {
    if (ours.includes(name)) return { colour: "cell", line: { class: "qrnn-curve qrnn-cell-line" } };
    const line = { class: "qrnn-thin qrnn-quiet-line", "stroke-dasharray": DASHES[greys++] };
    return { colour: "quiet", line: { ...line, "stroke-width": 1.6 } };
  };
  return Object.fromEntries(names.map((name) => [name, look(name)]));
}

/** Dots at [x, y] in pixels, as a single element. */
export function dotsAt(points, size = 4.5) {
  const d = points.map(([x, y]) => `M${x.toFixed(2)} ${y.toFixed(2)}h0`).join("");
  return svg("path", { d, class: "qrnn-truth-line", "stroke-width": size, "stroke-linecap": "round" });
}

/** Bars of the models' errors, which are the legend of the chart as well; `floor` gets a mark. */
export function errorBars(title, errors, looks, { digits, widest, floor = 0 }) {
  const x = scale(0, widest || 1, 148, 264);
  const names = Object.keys(errors);
  const rows = names.flatMap((name, k) => {
    const y = 34 + 27 * k;
    const { colour, line } = looks[name];
    const strong = errors[name] === Math.min(...Object.values(errors)) ? "qrnn-strong" : "";
    const bar = { x: x(0), y: y - 8, width: x(errors[name]) - x(0), height: 16, rx: 2 };
    const fill = { style: `fill: var(--${colour})`, opacity: colour === "cell" ? 1 : 0.55 };
    return [
      svg("path", { d: `M0 ${y}h30`, ...line }),
      svg("text", { x: 38, y: y + 5, class: `qrnn-${colour}-ink ${strong}` }, name),
      svg("rect", { ...bar, ...fill }),
      svg("text", { x: bar.x + bar.width + 6, y: y + 5, class: strong }, shown(errors[name], digits)),
    ];
  });
  const heading = svg("text", { x: 0, y: 14, class: "qrnn-strong" }, title);
  if (!floor) return [heading, ...rows];
  const end = 30 + 27 * names.length;
  return [
    heading,
    ...rows,
    svg("path", { d: `M${x(floor)} 22V${end}`, class: "qrnn-thin qrnn-truth-line" }),
    svg("text", { x: x(floor), y: end + 14, class: "qrnn-middle qrnn-small" }, "noise alone"),
  ];
}

/** The models of lowest error: several, where their numbers read the same. */
export function best(errors, digits) {
  const lowest = shown(Math.min(...Object.values(errors)), digits);
  return Object.keys(errors).filter((name) => shown(errors[name], digits) === lowest).join(" and ");
}

/** The models from best to worst, with their errors. */
export function ranked(errors, digits, unit = "") {
  const order = Object.keys(errors).sort((a, b) => errors[a] - errors[b]);
  return order.map((name) => `${name} ${shown(errors[name], digits)}${unit}`).join(", ");
}
