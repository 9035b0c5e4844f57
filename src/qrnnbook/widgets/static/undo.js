// Steps back: what a reader has changed in a figure is taken back one change at a time.
import { button } from "./drawing.js";

/** Changes that follow each other faster than this, in milliseconds, are one: a drag. */
const PAUSE = 500;
const MOST = 50;

/** A button that takes back the last change of these traits. */
export function undo(model, traits) {
  const now = () => Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
  const before = [];
  let current = now();
  let last = -Infinity;
  let back = false;
  const element = button("Undo", () => {
    back = true;
    for (const [trait, value] of Object.entries(before.pop())) model.set(trait, value);
    model.save_changes();
    back = false;
    current = now();
    last = -Infinity;
    element.disabled = !before.length;
  }, { disabled: "" });
  const note = () => {
    if (back) return;
    const time = performance.now();
    if (time - last > PAUSE) before.push(current);
    if (before.length > MOST) before.shift();
    [current, last] = [now(), time];
    element.disabled = !before.length;
  };
  for (const trait of traits) model.on(`change:${trait}`, note);
  return element;
}
