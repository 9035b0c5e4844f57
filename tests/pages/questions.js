// Helpers in pages with questions and exercises, with which a test asks for all of them at once.
window.asks = (() => {
  const all = (part, within = document) => [...within.querySelectorAll(part)];
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.getBoundingClientRect().height > 0;
  const each = (part, within) => all(part, within).map(seen);

  // Choose each answer in turn; what each question has at first, then, and after all.
  const chooseAll = () => all(".question").map((question) => {
    const shown = question.querySelector(".question-shown");
    const choices = all("input[type=radio]", question);
    const first = {
      text: shown.textContent.trim(),
      live: shown.getAttribute("aria-live"),
      reasons: seen(question.querySelector(".question-reasons")),
    };
    const chosen = choices.map((choice) => {
      choice.scrollIntoView({ block: "center", behavior: "instant" });
      const { x, y, width, height } = choice.getBoundingClientRect();
      const under = document.elementFromPoint(x + width / 2, y + height / 2);
      choice.click();
      const count = (part) => all(part, shown).filter(seen).length;
      return {
        reached: choice.checked && choice.labels[0].contains(under),
        reasons: count(".question-reason"),
        right: count(".right"),
        formulas: count("math"),
        words: shown.innerText.split(/\s+/).join(" "),
      };
    });
    const names = [...new Set(choices.map((choice) => choice.name))];
    return { first, chosen, names, open: all(".question-shown > .question-reason").length };
  });

  // What is seen of each question.
  const parts = () => all(".question").map((question) => ({
    legend: each("legend", question),
    letters: each(".question-letter", question),
    reasons: each(".question-reasons .question-reason", question),
    shown: each(".question-shown", question),
    inputs: each("input", question),
  }));

  const foldReasons = () => all(".question summary").forEach((summary) => summary.click());

  // Press the button of each solution twice; what it says before and after, and if the body shows.
  const unfoldAll = () => all(".admonition.solution").map((solution) => {
    const button = solution.querySelector("button");
    const state = () => [
      button.getAttribute("aria-expanded"), seen(solution.querySelector(".exercise-body")),
    ];
    const states = [state()];
    for (let press = 0; press < 2; press++) {
      button.click();
      states.push(state());
    }
    return states;
  });

  // Where exercises and solutions begin, and which bodies of solutions are seen.
  const places = () => {
    const tops = (part) => all(part).map((one) => one.getBoundingClientRect().y);
    return [tops(".admonition.exercise"), tops(".admonition.solution"),
      each(".solution .exercise-body")];
  };

  return { chooseAll, parts, foldReasons, unfoldAll, places };
})();
