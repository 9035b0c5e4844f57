// What the figures that compare models share: dots, bars of errors, the verdict in words.
import { fitted, scale, shown, svg, widthOf } from "./drawing.js";

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

/**
 * Draw bars of the models' errors into a panel 320 wide: the legend of the chart as well.
 *
 * `floor` gets a mark. Names have as much room as they take in bold, which the best one is; where
 * that leaves none for the bars, these go below.
 */
export function errorBars(picture, title, errors, looks, { digits, widest, floor = 0 }) {
  const names = Object.keys(errors);
  const column = 48 + Math.max(...Object.keys(looks).map((name) => widthOf(name, true)));
  const below = column > 190;
  const [left, step, down] = below ? [38, 44, 18] : [Math.max(148, column), 27, 0];
  const numbers = Object.values(errors).map((error) => widthOf(shown(error, digits), true));
  const x = scale(0, widest || 1, left, Math.min(264, 312 - Math.max(0, ...numbers)));
  const rows = names.flatMap((name, k) => {
    const y = 34 + step * k;
    const { colour, line } = looks[name];
    const strong = errors[name] === Math.min(...Object.values(errors)) ? "qrnn-strong" : "";
    const bar = { x: x(0), y: y + down - 8, width: x(errors[name]) - x(0), height: 16, rx: 2 };
    const fill = { style: `fill: var(--${colour})`, opacity: colour === "cell" ? 1 : 0.55 };
    return [
      svg("path", { d: `M0 ${y}h30`, ...line }),
      svg("text", { x: 38, y: y + 5, class: `qrnn-${colour}-ink ${strong}` }, fitted(name, 282, true)),
      svg("rect", { ...bar, ...fill }),
      svg("text", { x: bar.x + bar.width + 6, y: y + down + 5, class: strong }, shown(errors[name], digits)),
    ];
  });
  const end = 30 + step * names.length;
  const mark = [
    svg("path", { d: `M${x(floor)} 22V${end}`, class: "qrnn-thin qrnn-truth-line" }),
    svg("text", { x: x(floor), y: end + 14, class: "qrnn-middle qrnn-small" }, "noise alone"),
  ];
  const heading = svg("text", { x: 0, y: 14, class: "qrnn-strong" }, fitted(title, 320, true));
  picture.replaceChildren(heading, ...rows, ...(floor ? mark : []));
  const height = 28 + step * Object.keys(looks).length + (floor ? 24 : 0);
  picture.setAttribute("viewBox", `0 0 320 ${height}`);
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
