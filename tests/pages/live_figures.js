// Helpers in the page with live figures, there before its own scripts.
//
// `work` adds up the time that scripts take in frames and short timers: the redraw that a control
// asks for. `pending` holds what a script has asked to be called later: where there is nothing in
// it, nothing will change by itself, and no test has to wait and see. What is put off goes off
// `haste` times as early; what repeats keeps its beat, or a player would be at its end too soon.
window.live = { work: 0, pending: new Set(), haste: 1 };
(() => {
  const { live } = window;
  const { requestAnimationFrame, setTimeout, setInterval } = window;
  const frame = requestAnimationFrame.bind(window);
  const timer = setTimeout.bind(window);
  live.frame = frame;
  // Ask a browser's function to call back, and note it until it has or is told not to.
  const noted = (ask, kind, callback, counts, again, rest) => {
    const id = ask.call(
      window,
      (...args) => {
        if (!again) live.pending.delete(`${kind}${id}`);
        const start = performance.now();
        try {
          return callback(...args);
        } finally {
          if (counts) live.work += performance.now() - start;
        }
      },
      ...rest,
    );
    live.pending.add(`${kind}${id}`);
    return id;
  };
  window.requestAnimationFrame = (callback) =>
    noted(requestAnimationFrame, "frame", callback, true, false, []);
  window.setTimeout = (callback, delay, ...rest) =>
    noted(setTimeout, "timer", callback, !(delay > 100), false, [delay / live.haste, ...rest]);
  window.setInterval = (callback, ...rest) =>
    noted(setInterval, "timer", callback, false, true, rest);
  for (const [name, kind] of Object.entries({
    cancelAnimationFrame: "frame", clearTimeout: "timer", clearInterval: "timer",
  })) {
    const cancel = window[name];
    window[name] = (id) => {
      live.pending.delete(`${kind}${id}`);
      cancel.call(window, id);
    };
  }

  // What plays by itself once it is seen would be in the way of every test; it has a test of its own.
  const { observe } = IntersectionObserver.prototype;
  IntersectionObserver.prototype.observe = function (element) {
    if (!element.matches(".qrnn-picture")) observe.call(this, element);
  };

  live.later = (time) => new Promise((resolve) => timer(resolve, time));
  // Wait until something holds, or nothing is pending, or it has taken too long.
  live.until = async (holds, longest) => {
    const start = performance.now();
    while (!holds() && live.pending.size && performance.now() - start < longest) await live.later(10);
    return holds();
  };
  // Two frames: in the first the figure redraws, in the second it has been drawn. Where then nothing
  // is pending, the first was enough.
  live.drawn = async () => {
    await new Promise((resolve) => frame(resolve));
    if (live.pending.size) await new Promise((resolve) => frame(resolve));
  };
  live.CONTROLS = "input, select, textarea, button, .qrnn-clickable, [tabindex='0']";
  live.figures = () => [...document.querySelectorAll(".qrnn-live")];
  live.controls = (figure) => [...figure.querySelectorAll(live.CONTROLS)];
  live.visible = (control) => control.getClientRects().length > 0;
  live.name = (control) => {
    const labels = [...(control.labels ?? [])].map((label) => label.textContent).join(" ");
    const own = control.matches("select, input, textarea") ? "" : control.textContent;
    return (control.getAttribute("aria-label") || labels || own).trim();
  };
  live.called = (figure, control) =>
    `${figure.dataset.figure}: ${live.name(control) || control.outerHTML.slice(0, 80)}`;
  // What a figure shows: its drawings, not the words around them. The browser writes a style anew
  // once a script has touched it, with the same meaning.
  live.picture = (figure) => {
    const all = [...figure.querySelectorAll("[role='img'], .qrnn-picture")];
    const outer = all.filter((one) => !all.some((other) => other !== one && other.contains(one)));
    const styled = (_, style) => style && ` style="${style}"`;
    const drawings = outer.map((one) => one.innerHTML.replaceAll(/ style="([^"]*?);?"/g, styled));
    const canvases = [...figure.querySelectorAll("canvas")].map((one) => one.toDataURL());
    return [...drawings, ...canvases].join();
  };
  live.words = (figure) =>
    [...figure.querySelectorAll("[role='img']")].map((e) => e.getAttribute("aria-label")).join();
  live.enter = (control, value) => {
    control.value = value;
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  live.press = (control) =>
    control.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  // Numbers over the whole range of a slider, the ends first.
  live.values = (range, count) => {
    const [low, high] = [Number(range.min || 0), Number(range.max || 100)];
    return Array.from({ length: count }, (_, k) => high + (k / (count - 1)) * (low - high));
  };

  // Move a control in every way it can be moved; does the picture change?
  live.moves = async (figure, control, patience = 600) => {
    if (control.disabled || !live.visible(control)) return false;
    const before = live.picture(figure);
    const changed = async (longest = 0) => {
      await live.drawn();
      return live.until(() => live.picture(figure) !== before, longest);
    };
    if (control.matches("select, input:not([type='checkbox'], [type='radio'], [type='button'])")) {
      const first = control.value;
      let values = [`${Number(first || 0) + 0.25}`, "1", "0.5"];
      if (control.matches("select")) values = [...control.options].map((option) => option.value);
      if (control.type === "range") values = live.values(control, 7);
      if (control.type === "number") values.push(control.min, control.max);
      let any = false;
      for (const value of values) {
        live.enter(control, value);
        any = (await changed()) || any;
      }
      live.enter(control, first);
      await live.drawn();
      return any;
    }
    live.press(control);
    const any = await changed(patience);
    if (any) await live.rest(figure, control);
    return any;
  };

  // A player goes on by itself: press it again, and it must stop.
  live.rest = async (figure, control) => {
    const still = async () => {
      const before = live.picture(figure);
      await live.until(() => false, 700);
      return !live.pending.size || live.picture(figure) === before;
    };
    if (await still()) return;
    live.press(control);
    await live.drawn();
    if (await still()) return;
    throw new Error(`${live.called(figure, control)} does not stop`);
  };

  live.isReset = (control) => control.matches("button") && /^reset/i.test(live.name(control));

  // The names of the controls of a figure that move nothing, in whatever order they are used.
  live.dead = async (figure) => {
    let waiting = live.controls(figure).filter((control) => !live.isReset(control));
    const others = [];
    for (const control of [...waiting]) {
      if (await live.moves(figure, control)) others.push(control);
    }
    waiting = waiting.filter((control) => !others.includes(control) && control.isConnected);
    // Some can only be used once another was, or two: "back" after a step.
    const use = async (other) => {
      if (other.disabled || !other.isConnected) return;
      if (other.matches("button, .qrnn-clickable")) live.press(other);
      else if (other.matches("select")) live.enter(other, [...other.options].at(-1).value);
      else live.enter(other, live.values(other, 3)[1]);
      await live.drawn();
    };
    const wakes = async (control) => {
      for (const before of [null, ...others]) {
        for (const other of others) {
          if (before) await use(before);
          await use(other);
          if (await live.moves(figure, control, 50)) return true;
        }
      }
      return false;
    };
    const dead = [];
    for (const control of waiting) if (!(await wakes(control))) dead.push(control);
    return dead.map((control) => live.called(figure, control));
  };

  // What is wrong with the reset button of a figure, in a sentence, or null.
  live.resets = async (figure) => {
    const button = live.controls(figure).find(live.isReset);
    if (!button) return "has no reset button";
    const setting = (control) => `${control.value} ${control.getAttribute("aria-pressed")}`;
    const settings = () => live.controls(figure).map(setting).join();
    const [picture, set] = [live.picture(figure), settings()];
    for (const control of live.controls(figure)) {
      if (control.type === "range") {
        const [high, low] = live.values(control, 2);
        live.enter(control, high - control.value > control.value - low ? high : low);
      }
    }
    await live.drawn();
    const changed = live.picture(figure) !== picture;
    live.press(button);
    await live.drawn();
    if (!changed) return "was not changed by all its sliders together";
    if (live.picture(figure) !== picture) return "is not drawn as at first after a reset";
    return settings() === set ? null : "has controls that are not as at first after a reset";
  };

  // Milliseconds of script between moving a slider and the end of the redraw: the median of many.
  live.response = async (range, moves) => {
    const times = [];
    const values = live.values(range, moves);
    for (let k = 0; k < moves; k++) {
      // Far moves, there and back, so that each one changes the value.
      const value = values[(k * 37) % moves];
      const start = performance.now();
      range.value = value;
      range.dispatchEvent(new Event("input", { bubbles: true }));
      const asked = performance.now() - start;
      // Callbacks run in the order they asked: when this one does, the redraw is through. What came
      // later than that is counted to the next move.
      await new Promise((resolve) => live.frame(resolve));
      times.push(asked + live.work);
      live.work = 0;
    }
    return times;
  };
})();
