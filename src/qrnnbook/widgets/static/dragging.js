// What is drawn is dragged: by mouse, pen and finger. Keys have the sliders beside the picture.

/**
 * Let the reader drag the handles of a picture: elements with the class `qrnn-handle`.
 *
 * `move` is called with the place in the units of the picture, with the handle's `data-handle`, and
 * with true as the drag begins.
 * A finger that starts on a handle drags it; elsewhere it scrolls the page. The picture may replace
 * its handles while one of them is dragged, as the pointer is held by the picture itself.
 */
export function dragging(picture, move) {
  let held = null;
  const place = (event) => {
    const at = new DOMPoint(event.clientX, event.clientY);
    return at.matrixTransform(picture.getScreenCTM().inverse());
  };
  picture.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.(".qrnn-handle");
    if (!handle || event.button > 0 || held) return;
    held = { pointer: event.pointerId, name: handle.dataset.handle };
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
    move(place(event), held.name, true);
  });
  picture.addEventListener("pointermove", (event) => {
    if (event.pointerId === held?.pointer) move(place(event), held.name, false);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    picture.addEventListener(end, (event) => {
      if (event.pointerId === held?.pointer) held = null;
    });
  }
  // A browser that has begun to scroll takes the touch away: say at its start that it is ours.
  picture.addEventListener("touchstart", (event) => {
    if (event.target.closest?.(".qrnn-handle")) event.preventDefault();
  }, { passive: false });
}

/**
 * Let the reader drag handles from where they are: nothing jumps to the pointer.
 *
 * `begin(name, at)` returns what the drag starts from; `move(by, start, name, at)` gets it back with
 * how far the pointer has gone since, as {x, y}.
 */
export function draggingFrom(picture, begin, move) {
  let from;
  let start;
  dragging(picture, (at, name, begins) => {
    if (begins) [from, start] = [at, begin(name, at)];
    else move({ x: at.x - from.x, y: at.y - from.y }, start, name, at);
  });
}
