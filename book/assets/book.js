// A button that unfolds says what: "Toggle hidden content" is said of every one.
addEventListener("load", () => {
  for (const button of document.querySelectorAll(".admonition-title > .toggle-button")) {
    button.setAttribute("aria-label", button.parentElement.textContent.trim());
  }
});

// The sign beside a picture says that it has the code.
addEventListener("load", () => {
  for (const sign of document.querySelectorAll(".cell.tag_hide-input > details > summary")) {
    sign.setAttribute("aria-label", "The code behind this");
    sign.title = "The code behind this";
  }
});

// So does the arrow in the contents beside the page.
addEventListener("load", () => {
  for (const arrow of document.querySelectorAll("summary:has(> .toctree-toggle)")) {
    arrow.setAttribute("aria-label", "Pages below");
  }
});

// What is unfolded may be wider than its box only now: the keys have to reach it.
addEventListener("click", (event) => {
  const box = event.target.closest?.(".admonition");
  requestAnimationFrame(() => {
    for (const code of box?.querySelectorAll("pre") ?? []) {
      code.tabIndex = code.scrollWidth > code.clientWidth ? 0 : -1;
    }
  });
});

// A formula or a drawing that is wider than the page scrolls inside itself: give it a place in the
// order of Tab, so that the arrow keys can scroll it.
addEventListener("load", () => {
  const update = () => {
    // All are measured before any is changed, so that the page is laid out once.
    const wide = new Map();
    for (const formula of document.querySelectorAll(".bd-article :is(.formula, .drawing)")) {
      wide.set(formula, formula.scrollWidth > formula.clientWidth);
    }
    for (const [formula, scrolls] of wide) {
      if (scrolls) {
        formula.tabIndex = 0;
        formula.setAttribute("role", "group");
        const what = formula.matches(".drawing") ? "Picture" : "Formula";
        formula.setAttribute("aria-label", `${what}; scrolls sideways`);
      } else {
        formula.removeAttribute("tabindex");
        formula.removeAttribute("role");
        formula.removeAttribute("aria-label");
      }
    }
  };
  update();
  addEventListener("resize", update);
});

// Paper is light: browsers print no background, so the dark scheme would be light grey on white.
addEventListener("beforeprint", () => {
  const page = document.documentElement.dataset;
  const { theme } = page;
  page.theme = "light";
  addEventListener("afterprint", () => { page.theme = theme; }, { once: true });
});

// Text that acts: it sets the nearest live figure above it, or the first one of the page.
addEventListener("click", (event) => {
  const phrase = event.target.closest?.("button.try");
  if (!phrase) return;
  const figures = [...document.querySelectorAll("[data-figure]")];
  const above = (figure) =>
    figure.compareDocumentPosition(phrase) & Node.DOCUMENT_POSITION_FOLLOWING;
  const figure = figures.filter(above).at(-1) ?? figures[0];
  if (!figure?.model) return;
  for (const [trait, value] of Object.entries(JSON.parse(phrase.dataset.settings))) {
    figure.model.set(trait, value);
  }
  figure.model.save_changes();
  const { top, bottom } = figure.querySelector("[role='img']").getBoundingClientRect();
  if (bottom < 80 || top > innerHeight - 80) figure.scrollIntoView({ block: "nearest" });
});

// A link to what is folded opens the fold, and paper has all of it.
const unfold = (target) => {
  for (let fold = target?.closest("details.fold"); fold; fold = fold.parentElement.closest("details.fold")) {
    fold.open = true;
  }
};
for (const moment of ["load", "hashchange"]) {
  addEventListener(moment, () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.closest("details.fold:not([open])")) return;
    unfold(target);
    target.scrollIntoView();
  });
}
addEventListener("beforeprint", () => document.querySelectorAll("details.fold").forEach((fold) => { fold.open = true; }));
