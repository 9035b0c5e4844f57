// On a page without a kernel: give a figure the model it would have in Jupyter, and draw it.
//
// The model follows anywidget's front-end module interface. There is nobody to save for or to send
// to; setting a trait tells the listeners, as in Jupyter.

function mount(figure, element, state) {
  const listeners = new Map();
  const model = {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of [...(listeners.get(`change:${name}`) ?? [])]) listener();
    },
    save_changes() {},
    send() {},
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    off(event, listener) {
      listeners.set(event, (listeners.get(event) ?? []).filter((other) => other !== listener));
    },
  };
  element.model = model;  // for words in the text that act on the figure
  element.replaceChildren();
  figure.render({ model, el: element });
}
