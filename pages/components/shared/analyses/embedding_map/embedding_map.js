// Pointer and keyboard on the map: hovering shows an example, a click or Enter opens it on the page.

const REACH = 18; // pixels from a point within which it counts as hit
const CLICK = 5; // pixels that make a click a drag
const LARGEST = 16;

class ExampleMap extends MapDrawing {
  constructor(root) {
    super(root);
    this.listen();
    this.watcher = new ResizeObserver(() => this.root.clientWidth !== this.width && this.resize());
    this.theme = matchMedia("(prefers-color-scheme: dark)");
    this.again = () => this.update(this.data, this.trigger);
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    this.watcher.observe(this.root);
    this.theme.addEventListener("change", this.again);
    if (this.at >= data.x.length || !data.shown[this.at]) this.at = -1;
    this.canvas.setAttribute("aria-label", data.about);
    this.drawLegend();
    this.resize();
    this.drawTip();
    this.zoomed();
    if (this.opened !== undefined && data.opened >= 0 && data.opened !== this.opened) this.reveal();
    this.opened = data.opened;
  }

  // What was opened stands beneath the map, maybe out of sight; Streamlit draws it a little later than the map,
  // and its picture, which makes it taller, later still.
  reveal(tries = 200) {
    const card = document.querySelector(`.${this.data.card}`);
    if (!card?.querySelector("button")) {
      if (tries) setTimeout(() => this.reveal(tries - 1), 100);
      return;
    }
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    const size = new ResizeObserver(() => card.scrollIntoView({ behavior, block: "nearest" }));
    size.observe(card);
    setTimeout(() => size.disconnect(), 3000);
  }

  pointAt(at) {
    if (at === this.at) return;
    this.at = at;
    this.draw();
    this.drawTip();
  }

  // The shown point nearest to a place on the canvas, within reach; −1: none.
  nearest(x, y) {
    let found = -1, best = REACH * REACH;
    this.data.x.forEach((_, at) => {
      if (!this.data.shown[at]) return;
      const [left, top] = this.place(at), far = (left - x) ** 2 + (top - y) ** 2;
      if (far <= best) [found, best] = [at, far];
    });
    return found;
  }

  // The shown point that comes next in a direction: near, and not far off to the side.
  next([dx, dy]) {
    if (this.at < 0) return this.data.shown.findIndex(Boolean);
    const [x0, y0] = this.place(this.at);
    let found = this.at, best = Infinity;
    this.data.x.forEach((_, at) => {
      if (!this.data.shown[at] || at === this.at) return;
      const [x, y] = this.place(at), along = (x - x0) * dx + (y - y0) * dy, aside = Math.abs((x - x0) * dy - (y - y0) * dx);
      if (along > 0 && along + 2 * aside < best) [found, best] = [at, along + 2 * aside];
    });
    return found;
  }

  open() {
    if (this.at >= 0) this.trigger("open", { at: this.at });
  }

  listen() {
    const { canvas } = this;
    // Streamlit has keys of its own (R runs the page again): what is typed here is not for them.
    for (const kind of ["keydown", "keypress", "keyup"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
    canvas.addEventListener("keydown", (event) => this.key(event) && event.preventDefault());
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && !event.buttons && this.pointAt(this.nearest(event.offsetX, event.offsetY)));
    canvas.addEventListener("pointerleave", () => this.pointAt(-1));
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("blur", () => this.pointAt(-1));
    this.part("in").onclick = () => this.zoom(2);
    this.part("out").onclick = () => this.zoom(0.5);
    this.part("whole").onclick = () => this.zoom(0);
  }

  // A press opens what is under it; moved on, it drags a map that is larger than its frame.
  press(event) {
    if (event.button !== 0) return;
    const start = [event.clientX, event.clientY], before = { ...this.view };
    const under = this.nearest(event.offsetX, event.offsetY);
    let dragged = false;
    const move = ({ clientX, clientY }) => {
      dragged ||= Math.hypot(clientX - start[0], clientY - start[1]) > CLICK;
      if (!dragged || this.view.scale === 1) return;
      this.pointAt(-1);
      const half = (Math.min(this.width, this.height) / 2 - MARGIN) * this.view.scale;
      this.view.x = before.x - (clientX - start[0]) / half;
      this.view.y = before.y + (clientY - start[1]) / half;
      this.draw();
    };
    const end = ({ type }) => {
      for (const kind of ["pointermove", "pointerup", "pointercancel"]) removeEventListener(kind, kind === "pointermove" ? move : end);
      if (dragged || type === "pointercancel") return;
      this.pointAt(under);
      this.open();
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  key({ key, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey || altKey) return false;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (key in ways) return this.go(this.next(ways[key])), true;
    if (key === "Home" || key === "End") return this.go(this.data.shown[key === "Home" ? "indexOf" : "lastIndexOf"](1)), true;
    if (key === "Enter" || key === " ") return this.open(), true;
    if (key === "Escape") return this.go(-1), true;
    if (key === "+" || key === "-") return this.zoom(key === "+" ? 2 : 0.5), true;
    return false;
  }

  // By keyboard: into the middle where it lies outside of what is seen, and heard.
  go(at) {
    this.pointAt(at);
    if (at < 0) return;
    const [x, y] = this.place(at);
    if (x < 0 || y < 0 || x > this.width || y > this.height) this.centre(at);
    const { labels, label, names } = this.data;
    this.part("status").textContent = `${labels[label[at]]}. ${this.answerText(at)} ${names[at]}`;
  }

  centre(at) {
    [this.view.x, this.view.y] = [this.data.x[at] / 1000, this.data.y[at] / 1000];
    this.draw();
    this.drawTip();
  }

  // Larger around the point that is pointed at, or else around the middle; 0: the whole map.
  zoom(factor) {
    const scale = Math.max(1, Math.min(LARGEST, this.view.scale * factor));
    this.view = scale === 1 ? { scale: 1, x: 0, y: 0 } : { ...this.view, scale };
    if (scale > 1 && this.at >= 0) this.centre(this.at);
    this.zoomed();
    this.draw();
    this.drawTip();
  }

  zoomed() {
    this.part("in").disabled = this.view.scale >= LARGEST;
    this.part("out").disabled = this.part("whole").disabled = this.view.scale === 1;
    this.canvas.style.touchAction = this.view.scale === 1 ? "pan-y" : "none";
  }

  end() {
    this.watcher.disconnect();
    this.theme.removeEventListener("change", this.again);
  }
}

const maps = new WeakMap(); // Streamlit calls again when the data changed: one map for each place

export default function ({ parentElement, data, setTriggerValue }) {
  if (!maps.has(parentElement)) maps.set(parentElement, new ExampleMap(parentElement));
  maps.get(parentElement).update(data, setTriggerValue);
  return () => maps.get(parentElement).end();
}
