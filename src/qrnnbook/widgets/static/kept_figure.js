// The figure of written and kept: two pasts in a ribbon, the step in a triangle, and room for a layer.
import { dragging } from "./dragging.js";
import { anglesOf, drawTriangle, leftOf, NAMED, nearestUndone, sharesOf, stepAt, triangleIn } from "./gate_triangle.js";
import { distances, drawInputs, drawRibbon } from "./two_pasts.js";
import { undo } from "./undo.js";
import { button, clamp, html, pictureOf, redrawn, reset, scale, shown, slider, svg, uniqueId, wideChart } from "./drawing.js";

const TRAITS = ["coupling", "unevenness", "undone", "values", "position", "twin", "arrived"];
/** How many steps after the change the distance is told. */
export const LATER = 6;
/** How long a value takes to come in, in milliseconds. */
const BEAT = 270;

/** What a layer may bring; without any it is the figure alone. */
const PLAIN = {
  /** Traits that it has besides the figure's own. */
  traits: [],
  /** What stands above the picture, {element, forget}; a figure with it also plays by itself. */
  opening: () => null,
  /** Controls, of which the first stays in reach on a phone. */
  controls: () => [],
  /** Panels below the picture, and how a state is drawn in them. */
  panels: () => ({ elements: [], draw() {} }),
  /** How far apart the memories are, with a part of the coupling undone. */
  distances: ({ values, position, twin, coupling, unevenness }, undone) =>
    distances(values, position, twin, leftOf(anglesOf(coupling, unevenness), undone)),
  /** Other distances, for an outline beside the ribbon, and its name. */
  outline: () => null,
  /** What is said of it after all else. */
  words: () => "",
};

// Words -------------------------------------------------------------------------------------------

/** The three shares as text with a sum of exactly 1. */
export function sharesInWords({ written, kept }) {
  const [w, k] = [shown(written), shown(kept)];
  return [w, k, shown(1 - Number(w) - Number(k))];
}

/** The distance right after the change and, if it is later, at the lag. */
export function told(apart, lag) {
  return [...new Set([0, lag])].map((k) => shown(apart[k]));
}

/** In words what the figure shows, as Python says it. */
export function describe(state, apart, alone, shares) {
  const { values, position, twin } = state;
  const here = Math.min(state.arrived, values.length);
  const [written, kept, lost] = sharesInWords(shares);
  const step = `On average a step writes ${written} of a change, keeps ${kept} and loses ${lost}.`;
  if (here <= position) {
    return `${here} of ${values.length} values have come in. Both copies have read the same, so their memories are equal. ${step}`;
  }
  const lag = Math.min(LATER, here - 1 - position);
  const [first, last] = told(apart, lag);
  const later = last ? `, ${lag} step${lag > 1 ? "s" : ""} later ${last}` : "";
  const compared = alone ? ` With nothing undone it would be ${told(alone, lag).join(" and ")}.` : "";
  return `At step ${position + 1} one copy reads ${shown(values[position])}, the other ${shown(twin)}. Right after it their memories are ${first} apart${later}.${compared} ${step}`;
}

// Picture -----------------------------------------------------------------------------------------

const LEFT = 48;
const INPUT = { top: 10, bottom: 84 };
const RIBBON = { top: 98, bottom: 206 };
const SUM = 258;
const TRIANGLE = { top: 270, base: 388 };
const HEIGHT = 412;

/** The three shares with their sum. */
function sumOf(middle, shares) {
  const [written, kept, lost] = sharesInWords(shares);
  const part = (text, colour) => svg("tspan", { class: `qrnn-strong qrnn-${colour}-ink` }, text);
  return svg("text", { x: middle, y: SUM, class: "qrnn-middle" },
    part(`written ${written}`, "system"), " + ", part(`kept ${kept}`, "memory"), " + ",
    part(`lost ${lost}`, "entangled"), " = 1");
}

/** The figure with a layer, as a function that renders it. */
export function withLayer(given) {
  const layer = { ...PLAIN, ...given };
  return (context) => build(context, layer);
}

function build({ model, el }, layer) {
  el.classList.add("qrnn-live");
  const traits = [...TRAITS, ...layer.traits];
  const state = () => Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
  const put = (traits) => {
    for (const [trait, value] of Object.entries(traits)) model.set(trait, value);
    model.save_changes();
  };
  const total = () => model.get("values").length;
  const scales = (width) => [
    scale(-0.5, total() - 0.5, LEFT, width - 8),
    scale(1.25, -1.25, INPUT.top, INPUT.bottom),
  ];
  const triangle = (width) => triangleIn(16, width - 16, TRIANGLE.top, TRIANGLE.base);
  let [apart, alone, outline, shares, isNew] = [[], null, null, null, true];
  const clip = svg("rect", { x: 0, y: 0, height: HEIGHT });
  const clipId = uniqueId("come-in");
  /** The values that have come in, the last of them perhaps in part, while the series plays. */
  let front = null;
  const large = wideChart(HEIGHT, (width) => {
    const now = state();
    const [x, y] = scales(width);
    const seen = { ...now, arrived: Math.min(now.arrived, total()) };
    const angles = anglesOf(now.coupling, now.unevenness);
    const frame = { left: LEFT, right: width - 8 };
    clip.setAttribute("width", front === null ? width : x(front - 1) + 8);
    const at = { x: x(now.position - 0.5), width: x(1) - x(0), y: INPUT.top - 6, height: RIBBON.bottom - INPUT.top + 6 };
    return [
      svg("clipPath", { id: clipId }, clip),
      svg("rect", { ...at, rx: 4, style: "fill: var(--rule)", opacity: 0.5 }),
      ...drawInputs({ ...frame, ...INPUT }, x, y, seen),
      ...drawRibbon({ ...frame, ...RIBBON }, x, seen, apart, alone, { later: LATER, clip: `url(#${clipId})`, outline }),
      sumOf(width / 2, shares),
      ...drawTriangle(triangle(width), angles, now.undone, isNew),
    ];
  });
  const added = layer.panels(model);
  const picture = pictureOf(large.chart, ...added.elements);
  /** Compute and draw what the figure is set to now. */
  const redraw = () => {
    const now = state();
    apart = layer.distances(now, now.undone);
    alone = now.undone > 0 ? layer.distances(now, 0) : null;
    outline = layer.outline(now);
    shares = sharesOf(leftOf(anglesOf(now.coupling, now.unevenness), now.undone));
    large.redraw();
    added.draw(now);
  };

  // The series comes in.
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  let frame = null;
  const stop = () => {
    cancelAnimationFrame(frame);
    [frame, front] = [null, null];
    el.classList.remove("qrnn-playing");
    play.textContent = still ? "Next value" : "Play";
  };
  const start = () => {
    const first = model.get("arrived") < total() ? model.get("arrived") : 1;
    const begun = performance.now();
    play.textContent = "Pause";
    el.classList.add("qrnn-playing");
    const forward = () => {
      front = Math.min(total(), first + (performance.now() - begun) / BEAT);
      put({ arrived: Math.ceil(front) });
      const [x] = scales(large.chart.clientWidth || 640);
      clip.setAttribute("width", x(front - 1) + 8);
      if (front < total()) frame = requestAnimationFrame(forward);
      else {
        stop();
        redraw();
      }
    };
    forward();
  };
  const play = button(still ? "Next value" : "Play", () => {
    if (still) return put({ arrived: (Math.min(model.get("arrived"), total()) % total()) + 1 });
    if (frame === null) return start();
    stop();
    redraw();
  });
  /** Whatever the reader does besides, all of the series is there. */
  const whole = () => {
    if (frame === null) return;
    stop();
    put({ arrived: total() });
  };

  const opening = layer.opening({ state, put, whole });
  dragging(large.chart, (place, name) => {
    whole();
    const inside = triangle(large.chart.clientWidth || 640);
    const [, y] = scales(640);
    const value = clamp(Math.round(20 * (1.25 - (2.5 * (place.y - INPUT.top)) / (y(-1.25) - y(1.25)))) / 20, -1, 1);
    isNew = isNew && name !== "coupling";
    if (name === "undone") {
      put({ undone: nearestUndone(inside, anglesOf(model.get("coupling"), model.get("unevenness")), place) });
    } else if (name === "coupling") {
      const [coupling, unevenness] = stepAt(...inside.share(place));
      put({ coupling, unevenness });
    } else if (name === "twin") put({ twin: value });
    else set(Number(name.split("-")[1]), value);
  });
  const set = (position, value) =>
    put({ values: model.get("values").map((old, k) => (k === position ? value : old)) });

  const draw = () => {
    redraw();
    return describe(state(), apart, alone, shares) + layer.words(state());
  };
  // What one copy reads at the changed step, as if it were a trait of its own.
  const one = {
    get: () => model.get("values")[model.get("position")],
    set: (_, value) => set(model.get("position"), value),
    save_changes() {},
    on: (_, listener) => ["change:values", "change:position"].forEach((event) => model.on(event, listener)),
  };
  const percent = { min: 0, max: 1, step: 0.01, format: (part) => `${shown(100 * part, 0)} %` };
  const input = { min: -1, max: 1, step: 0.05 };
  const steps = { min: 0, max: total() - 1, step: 1, format: (k) => `step ${k + 1}` };
  const come = { min: 1, max: total(), step: 1, format: (k) => `${Math.min(k, total())} of ${total()}` };
  const controls = html(
    "div",
    { class: "qrnn-controls" },
    ...layer.controls(model),
    slider(model, "undone", { label: "Disentangle: part undone", ...percent }),
    slider(model, "coupling", { label: "Entangle: none to SWAP", ...percent }),
    slider(model, "unevenness", { label: "Unevenness of XX, YY, ZZ", ...percent }),
    slider(model, "arrived", { label: "Values so far", ...come }),
    slider(model, "position", { label: "Changed value", ...steps }),
    slider(one, "value", { label: "One copy reads", ...input }),
    slider(model, "twin", { label: "The other reads", ...input }),
  );
  controls.addEventListener("input", ({ target }) => (target.dataset.trait === "arrived" ? stop() : whole()));
  const presets = Object.entries(NAMED).map(([name, [coupling, unevenness]]) =>
    button(name, () => {
      whole();
      put({ coupling, unevenness, undone: 0 });
    }));
  const back = reset(model, traits, () => {
    stop();
    opening?.forget();
    isNew = true;
    redraw();
  });
  const summary = redrawn(model, traits, picture, draw);
  if (opening) el.append(opening.element);
  el.append(
    picture,
    html("div", { class: "qrnn-buttons" }, play, undo(model, traits.filter((trait) => trait !== "arrived")), back, ...presets),
    controls, summary,
  );
  new ResizeObserver(() => redraw()).observe(picture);
  if (!opening || still || model.get("arrived") < total()) return stop;
  // By itself, once, when it is first seen.
  const seen = new IntersectionObserver(([entry]) => {
    if (!entry.isIntersecting) return;
    seen.disconnect();
    start();
  }, { threshold: 0.5 });
  seen.observe(picture);
  return () => {
    seen.disconnect();
    stop();
  };
}
