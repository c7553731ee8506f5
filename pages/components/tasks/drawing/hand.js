// The hand: shapes drawn, pulled, moved, changed and deleted, by pointer and by keyboard.
// `board.js` before it in the same script shows them; `drawing.js` after it talks with Python.

const CLICK = 4; // pixels on the screen that make a click a drag
const REACH = 9; // pixels on the screen around a handle
const MOST_UNDONE = 200;

class Hand extends Board {
  // ---- changing

  change(make) {
    this.past.push(this.text);
    if (this.past.length > MOST_UNDONE) this.past.shift();
    this.future = [];
    make();
    this.draw();
  }

  step(from, to) {
    if (!from.length) return;
    to.push(this.text);
    this.shapes = JSON.parse(from.pop());
    this.chosen = -1;
    this.draw();
  }

  back() {
    if (!this.open) return this.step(this.past, this.future);
    this.open.at.splice(-2);
    if (!this.open.at.length) this.open = null;
    this.draw();
  }

  give(label) {
    this.label = label;
    this.hidden.delete(label);
    if (this.open) this.open.label = label;
    if (this.chosen >= 0 && this.shapes[this.chosen].label !== label) this.change(() => (this.shapes[this.chosen] = { ...this.shapes[this.chosen], label }));
    else this.draw();
  }

  toggle(label) {
    if (!this.hidden.delete(label)) this.hidden.add(label);
    if (this.hidden.has(this.shapes[this.chosen]?.label)) this.chosen = -1;
    this.draw();
  }

  add(at) {
    if (!this.label || areaOf(this.kind.corners(at)) < 1) return;
    this.hidden.delete(this.label);
    this.change(() => {
      this.shapes.push({ label: this.label, at: this.kind.tidy(at) });
      this.chosen = this.shapes.length - 1;
    });
  }

  replace(at) {
    this.change(() => (this.shapes[this.chosen] = { ...this.shapes[this.chosen], at: rounded(at) }));
  }

  delete() {
    if (this.open) return this.back();
    if (this.chosen < 0) return;
    this.change(() => this.shapes.splice(this.chosen, 1));
    this.chosen = -1;
    this.draw();
  }

  close() {
    const at = this.open.at;
    this.open = null;
    if (at.length >= 6) this.add(at);
    this.draw();
  }

  // ---- pointer

  enlarge(step) {
    this.zoom = clamp(this.zoom + step, ZOOMS.length - 1);
    this.fit();
    const [left, top] = this.shapes[this.chosen]?.at ?? [this.data.size[0] / 2, this.data.size[1] / 2], view = this.part("view");
    view.scrollTo(left / this.grain - view.clientWidth / 2, top / this.grain - view.clientHeight / 2);
  }

  point({ clientX, clientY }) {
    const box = this.svg.getBoundingClientRect(), [width, height] = this.data.size;
    return [clamp(((clientX - box.left) * width) / box.width, width), clamp(((clientY - box.top) * height) / box.height, height)];
  }

  // The smallest shape at a place: what is larger can be had beside it.
  shapeAt(x, y) {
    const here = [...this.shapes.keys()].filter((index) => !this.hidden.has(this.shapes[index].label) && this.kind.contains(this.shapes[index].at, x, y));
    const area = (index) => areaOf(this.kind.corners(this.shapes[index].at));
    return here.reduce((best, index) => (best < 0 || area(index) <= area(best) ? index : best), -1);
  }

  press(event) {
    if (event.button || !event.isPrimary || this.waiting) return;
    event.preventDefault();
    this.part("view").focus({ preventScroll: true });
    const start = this.point(event), act = this.hand(start, event.pointerType === "touch" ? 2 * REACH : REACH);
    let isDrag = false;
    this.svg.setPointerCapture(event.pointerId);
    this.svg.onpointermove = (moved) => {
      isDrag ||= Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) >= CLICK;
      if (isDrag) act.drag(this.point(moved));
    };
    this.svg.onpointerup = this.svg.onpointercancel = (ended) => {
      this.svg.onpointermove = this.svg.onpointerup = this.svg.onpointercancel = null;
      if (isDrag) act.drop(this.point(ended));
      else this.click(start);
    };
  }

  // What a drag from here does: pull a handle, move the selected shape, or draw another one.
  hand(start, reach) {
    const shape = this.shapes[this.chosen], near = ([x, y]) => Math.hypot(x - start[0], y - start[1]) <= reach * this.grain;
    const handle = shape && shape.at.length <= MOST_HANDLES && this.kind.handles(shape.at).find(near);
    if (!handle && (!shape || !this.kind.contains(shape.at, ...start))) return this.pen(start);
    const old = shape?.at;
    const pulled = ([x, y]) => {
      if (!handle) return moved(old, x - start[0], y - start[1], this.data.size);
      return old.map((value, index) => (index === handle[2] ? x : index === handle[3] ? y : value));
    };
    const show = (at) => (this.shapes[this.chosen] = { ...shape, at });
    return {
      drag: (to) => (show(pulled(to)), this.draw()),
      drop: (to) => {
        show(old);
        const at = this.kind.tidy(pulled(to));
        if (areaOf(this.kind.corners(at)) >= 1) this.replace(at);
        else this.draw();
      },
    };
  }

  pen(start) {
    this.chosen = -1;
    if (this.data.outlines) return this.freehand(start);
    const ghost = ([x, y]) => (this.open = { label: this.label, at: around([...start, x, y]) });
    return {
      drag: (to) => (ghost(to), this.draw()),
      drop: (to) => {
        const { at } = ghost(to);
        this.open = null;
        this.add(at);
        this.draw();
      },
    };
  }

  freehand(start) {
    const line = this.open?.at ?? [...start];
    return {
      drag: ([x, y]) => {
        if (Math.hypot(x - line.at(-2), y - line.at(-1)) < CLICK * this.grain) return;
        line.push(x, y);
        this.open = { label: this.label, at: line };
        this.draw();
      },
      drop: () => this.open && this.close(),
    };
  }

  click([x, y]) {
    if (!this.data.outlines) {
      this.chosen = this.shapeAt(x, y);
    } else if (this.open) {
      const [left, top] = this.open.at;
      if (this.open.at.length >= 6 && Math.hypot(x - left, y - top) <= REACH * this.grain) return this.close();
      this.open.at.push(x, y);
    } else {
      this.chosen = this.shapeAt(x, y);
      if (this.chosen < 0 && this.label) this.open = { label: this.label, at: [x, y] };
    }
    if (this.chosen >= 0) this.label = this.shapes[this.chosen].label;
    this.draw();
  }

  // ---- keyboard

  key(event) {
    if (event.altKey || event.target.matches("input, summary") || this.waiting) return;
    const isButton = event.target.matches("button") && ["Enter", " ", "Tab"].includes(event.key);
    if (!isButton && this.keyDone(event)) event.preventDefault();
  }

  keyDone({ key, shiftKey, ctrlKey, metaKey }) {
    const low = key.toLowerCase(), arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (ctrlKey || metaKey) {
      const isAgain = low === "y" || (low === "z" && shiftKey);
      if (low !== "z" && !isAgain) return false;
      if (isAgain ? this.future.length : this.past.length || this.open) isAgain ? this.step(this.future, this.past) : this.back();
      else if (this.data.undo === (isAgain ? "Redo" : "Undo")) this.save("undo"); // what was saved last
      return true;
    }
    const does = {
      enter: () => (this.open ? this.close() : this.save()), n: () => this.save("new"), pageup: () => this.save("previous"), pagedown: () => this.save("next"),
      delete: () => this.delete(), backspace: () => this.delete(), x: () => this.delete(), b: () => this.middle(), escape: () => this.let(),
    }[low];
    if (does) return does(), true;
    if (arrow && this.chosen >= 0) return this.nudge(arrow, shiftKey), true;
    if (low === "tab") return this.cycle(shiftKey ? -1 : 1);
    const label = key >= "1" && key <= "9" ? this.classes[Number(key) - 1] : undefined;
    if (label !== undefined) this.give(label);
    return label !== undefined;
  }

  nudge([across, down], isLarger) {
    const { at } = this.shapes[this.chosen];
    this.replace(isLarger ? this.kind.larger(at, across, down, this.data.size) : moved(at, across, down, this.data.size));
  }

  middle() {
    const [width, height] = this.data.size;
    if (!this.data.outlines) this.add([0.375 * width, 0.375 * height, 0.625 * width, 0.625 * height]);
  }

  let() {
    this.open = null;
    this.chosen = -1;
    this.draw();
  }

  // The next shape; past the last one the focus leaves the picture.
  cycle(step) {
    const next = this.chosen < 0 && step < 0 ? this.shapes.length - 1 : this.chosen + step;
    this.chosen = next < this.shapes.length ? next : -1;
    if (this.chosen >= 0) this.label = this.shapes[this.chosen].label;
    this.draw();
    return this.chosen >= 0;
  }
}
