// A button that unfolds says what: "Toggle hidden content" is said of every one.
addEventListener("load", () => {
  for (const button of document.querySelectorAll(".admonition-title > .toggle-button")) {
    button.setAttribute("aria-label", button.parentElement.textContent.trim());
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

// A formula that is wider than the page scrolls inside itself: give it a place in the order of Tab,
// so that the arrow keys can scroll it.
addEventListener("load", () => {
  const update = () => {
    // All are measured before any is changed, so that the page is laid out once.
    const wide = new Map();
    for (const formula of document.querySelectorAll(".bd-article .formula")) {
      wide.set(formula, formula.scrollWidth > formula.clientWidth);
    }
    for (const [formula, scrolls] of wide) {
      if (scrolls) {
        formula.tabIndex = 0;
        formula.setAttribute("role", "group");
        formula.setAttribute("aria-label", "Formula; scrolls sideways");
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
