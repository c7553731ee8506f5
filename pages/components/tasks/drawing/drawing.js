// Drawing on one picture after the other: what `hand.js` makes of it goes to Python, and the next one comes.
// Everything stays in the browser until it is saved. A wish goes to Python with a number, and is sent again
// where no answer comes.

const PATIENCE = 20000; // milliseconds

class Drawing extends Hand {
  constructor(root) {
    super(root);
    this.name = Math.random().toString(36).slice(2); // identifies this board, as opposed to one in another tab
    this.seq = 0;
    this.waiting = null; // the wish without an answer
    this.past = [];
    this.future = [];
    this.saved = "[]";
    this.ask = (event) => this.isChanged && event.preventDefault(); // before the page is left
    this.listen();
  }

  get text() {
    return JSON.stringify(this.shapes);
  }

  get isChanged() {
    return this.text !== this.saved;
  }

  update(data, trigger) {
    this.trigger = trigger;
    addEventListener("beforeunload", this.ask);
    const isFirst = !this.data, other = JSON.stringify(data.key) !== JSON.stringify(this.data?.key);
    const answered = this.waiting && data.done[0] === this.name && data.done[1] >= this.waiting.seq;
    const kept = answered && !data.failed && this.text === this.waiting.text;
    const isTheirs = !this.isChanged && data.seen !== this.data?.seen;
    this.data = data;
    if (answered) this.answered();
    this.extra = this.extra.filter((label) => !data.classes.includes(label));
    if (!this.classes.includes(this.label)) this.label = this.classes[0] ?? "";
    if (other || kept || isTheirs) this.load(other);
    this.say(data.said, data.failed ? "bad" : "good", data.undo);
    this.fit();
    if (isFirst) this.root.scrollIntoView({ block: "start" }); // the page was at a picture farther down
  }

  load(other) {
    const { src, shapes } = this.data;
    this.shapes = structuredClone(shapes);
    this.saved = this.text;
    this.past = [];
    this.future = [];
    this.open = null;
    this.chosen = -1;
    if (this.image.getAttribute("src") !== src) this.image.src = src;
    this.drawVeils();
    if (!other) return;
    this.zoom = 0;
    this.part("view").focus({ preventScroll: true });
  }

  // ---- talking with Python

  save(to = "stay", always = to === "stay") {
    if (this.waiting) return;
    if (this.open) this.close();
    const shapes = this.isChanged || (always && !this.data.annotated) ? this.shapes : null;
    if (!shapes && to === "stay") return this.say("Nothing has changed.");
    this.waiting = { seq: ++this.seq, text: this.text, wish: { key: this.data.key, seen: this.data.seen, shapes, to } };
    this.root.classList.add("busy");
    this.send();
  }

  send() {
    const { seq, wish } = this.waiting;
    this.trigger("act", { from: this.name, seq, ...wish });
    this.timer = setTimeout(() => this.waiting && this.send(), PATIENCE);
  }

  answered() {
    clearTimeout(this.timer);
    this.waiting = null;
    this.root.classList.remove("busy");
  }

  // ---- the tools

  listen() {
    // Streamlit has keys of its own (R runs the page again), which must not react to keys pressed here.
    for (const kind of ["keydown", "keypress", "keyup"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.svg.addEventListener("pointerdown", (event) => this.press(event));
    const does = {
      close: () => this.save("close"), previous: () => this.save("previous"), next: () => this.save("next"), new: () => this.save("new"),
      save: () => this.save(), undo: () => this.save("undo"), back: () => this.back(), again: () => this.step(this.future, this.past),
      delete: () => this.delete(), reset: () => this.change(() => ((this.shapes = JSON.parse(this.saved)), (this.chosen = -1))),
      in: () => this.enlarge(1), out: () => this.enlarge(-1),
    };
    for (const [name, act] of Object.entries(does)) this.part(name).onclick = act;
    this.part("give").onsubmit = (event) => {
      event.preventDefault();
      const input = this.root.querySelector("input"), label = input.value.trim();
      input.value = "";
      if (!label) return;
      if (!this.classes.includes(label)) this.extra.push(label);
      this.give(label);
      this.part("view").focus({ preventScroll: true });
    };
  }

  end() {
    removeEventListener("beforeunload", this.ask);
    clearTimeout(this.timer);
  }
}

const drawings = new WeakMap(); // Streamlit calls again when the data changed: one board for each place

export default function ({ parentElement, data, setTriggerValue }) {
  if (!drawings.has(parentElement)) drawings.set(parentElement, new Drawing(parentElement));
  drawings.get(parentElement).update(data, setTriggerValue);
  return () => drawings.get(parentElement).end();
}
