// A question before its answer: the reader commits to one, and then the figure shows.
import { button, html, uniqueId } from "./drawing.js";

/**
 * A question with a few answers, for the top of a figure: {key: text}.
 *
 * `reveal()` puts the figure into the state that answers the question, and returns the key of the
 * right answer, which the figure has computed, and the reason in words. Returns the element and a
 * function that takes the guess back, for the figure's reset.
 */
export function guess({ question, answers, reveal }) {
  const id = uniqueId("guess");
  const verdict = html("p", { class: "qrnn-verdict", "aria-live": "polite" });
  const buttons = Object.entries(answers).map(([key, text]) => {
    const one = button(text, () => {
      const [right, why] = reveal();
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === one));
      verdict.textContent = `${key === right ? "Right" : "No"}. ${why}`;
    }, { "aria-pressed": "false" });
    return one;
  });
  const element = html(
    "div", { class: "qrnn-guess", role: "group", "aria-labelledby": id },
    html("p", { class: "qrnn-title", id }, question),
    html("div", { class: "qrnn-buttons" }, ...buttons),
    verdict,
  );
  const forget = () => {
    for (const one of buttons) one.setAttribute("aria-pressed", "false");
    verdict.textContent = "";
  };
  return { element, forget };
}
