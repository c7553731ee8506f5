// The gallery: a page of pictures to select and change, by pointer and by keyboard; `draw.js` draws it.
// Changes go to Python one group at a time; meanwhile the pictures already show them.

const PATIENCE = 20000; // milliseconds after which a group without an answer is sent again
const DRAG = 6; // pixels that make a click a drag
const WORDS = { exclude: "set aside", restore: "used" };

class Gallery extends Drawn {
  constructor(root) {
    super(root);
    this.name = Math.random().toString(36).slice(2); // identifies this gallery, as opposed to one in another tab
    this.seq = this.sent = this.done = 0;
    this.anchor = ""; // where a range starts
    this.listen();
  }

  update(data, trigger) {
    this.data = data;
    this.trigger = trigger;
    if (data.done[0] === this.name) this.done = data.done[1];
    this.queue = this.queue.filter(({ seq }) => seq > this.done);
    const place = this.items.findIndex((item) => idOf(item) === this.at);
    const turned = this.page !== undefined && this.page !== data.page;
    this.page = data.page;
    this.items = data.items;
    const ids = new Set(this.items.map(idOf));
    this.selected = new Set([...this.selected].filter((id) => ids.has(id)));
    if (!ids.has(this.anchor)) this.anchor = "";
    if (!ids.has(this.at)) this.at = this.items.length ? idOf(this.items[turned ? 0 : Math.max(0, Math.min(place, this.items.length - 1))]) : "";
    this.drawTools();
    if (this.drawGrid() && turned) this.focus(this.at); // into sight
    this.paint();
    this.flush();
  }

  // ---- selecting

  order() {
    return this.items.map(idOf);
  }

  range(from, to) {
    const ids = this.order(), ends = [ids.indexOf(from), ids.indexOf(to)].map((at) => Math.max(0, at));
    return ids.slice(Math.min(...ends), Math.max(...ends) + 1);
  }

  choose(id, { toggle = false, extend = false } = {}) {
    if (extend) {
      if (!this.anchor) this.anchor = this.at || id;
      this.selected = new Set([...(toggle ? this.selected : []), ...this.range(this.anchor, id)]);
    } else if (toggle) {
      if (!this.selected.delete(id)) this.selected.add(id);
      this.anchor = id;
    } else {
      this.selected = new Set([id]);
      this.anchor = id;
    }
    this.focus(id);
  }

  focus(id) {
    this.at = id;
    this.paint();
    const cell = this.cells.get(id);
    cell?.focus({ preventScroll: true });
    this.grid.style.setProperty("--tools", `${this.part("tools").offsetHeight}px`); // which may lie above the pictures
    cell?.scrollIntoView({ block: "nearest" });
  }

  selectAll() {
    this.selected = new Set(this.order());
    this.paint();
  }

  clear() {
    this.selected.clear();
    this.anchor = "";
    this.paint();
  }

  // ---- changing

  // The selected pictures, or else the one that has the focus.
  targets() {
    const ids = this.selected.size ? this.selected : new Set([this.at]);
    return this.items.filter((item) => ids.has(idOf(item)));
  }

  act(action, label = "") {
    let items = this.targets();
    if (action === "relabel") items = items.filter((item) => item.label !== label || !item.used);
    if (action === "exclude") items = items.filter((item) => item.used);
    if (action === "restore") items = items.filter((item) => !item.used && item.label);
    const single = !this.selected.size && this.at;
    if (items.length) this.wish(action, items.map((item) => item.key), label);
    else if (this.targets().length) this.say(this.refusal(action, label), "", "");
    const ids = this.order(), next = ids[ids.indexOf(this.at) + 1];
    this.clear();
    this.drawGrid();
    if (single && next && action !== "move") this.focus(next);
  }

  refusal(action, label) {
    if (action !== "relabel" && this.targets().some((item) => !item.label)) return "A picture without a class is not used. Give it a class first.";
    return action === "relabel" ? `It is already “${label}”.` : `It is already ${WORDS[action] ?? "there"}.`;
  }

  wish(action, keys, label) {
    this.queue.push({ seq: ++this.seq, action, keys, label });
    this.flush();
  }

  // One group at a time: the next one waits for Python's answer, so that none is lost.
  flush() {
    if (this.sent > this.done || !this.queue.length) return;
    this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.sent = this.queue.at(-1).seq;
    this.trigger("act", { from: this.name, wishes: this.queue });
    this.timer = setTimeout(() => this.queue.length && this.send(), PATIENCE);
  }

  // ---- pointer and keyboard

  listen() {
    // Streamlit has keys of its own (R runs the page again), which must not react to keys pressed here.
    for (const kind of ["keydown", "keypress", "keyup"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.grid.addEventListener("pointerdown", (event) => this.press(event));
    this.grid.addEventListener("click", (event) => this.click(event));
    this.part("all").onclick = () => this.selectAll();
    this.part("none").onclick = () => this.clear();
    this.part("aside").onclick = () => this.act("exclude");
    this.part("back").onclick = () => this.act("restore");
    this.part("undo").onclick = ({ target }) => this.wish("undo", [], target.textContent.toLowerCase());
    this.part("part").onchange = ({ target }) => {
      this.act("move", target.value);
      target.value = "-";
    };
    this.part("give").onsubmit = (event) => {
      event.preventDefault();
      const input = this.root.querySelector("input"), label = input.value.trim();
      if (!label) return input.focus();
      this.act("relabel", label);
      input.value = "";
    };
  }

  click(event) {
    const cell = event.target.closest(".item");
    if (this.dragged || !cell) return;
    const toggle = event.ctrlKey || event.metaKey || event.pointerType === "touch";
    this.choose(cell.dataset.id, { toggle, extend: event.shiftKey });
  }

  // Dragging with the mouse selects what the band touches; a finger scrolls.
  press(event) {
    this.dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    const start = [event.clientX, event.clientY], before = event.ctrlKey || event.metaKey ? new Set(this.selected) : new Set();
    const move = ({ clientX, clientY }) => {
      if (!this.dragged && Math.hypot(clientX - start[0], clientY - start[1]) < DRAG) return;
      this.dragged = true;
      this.drag(start, [clientX, clientY], before);
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      this.part("band").hidden = true;
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  drag([x0, y0], [x1, y1], before) {
    const left = Math.min(x0, x1), right = Math.max(x0, x1), top = Math.min(y0, y1), bottom = Math.max(y0, y1);
    const within = (cell) => {
      const box = cell.getBoundingClientRect();
      return box.left < right && box.right > left && box.top < bottom && box.bottom > top;
    };
    this.selected = new Set([...before, ...[...this.cells].filter(([, cell]) => within(cell)).map(([id]) => id)]);
    const here = this.root.getBoundingClientRect(), band = this.part("band");
    band.hidden = false;
    Object.assign(band.style, { left: `${left - here.left}px`, top: `${top - here.top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    this.paint();
  }

  key(event) {
    const { key, shiftKey } = event, command = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    const done = this.keyDone(key, shiftKey, command);
    if (done) event.preventDefault();
  }

  keyDone(key, shift, command) {
    const ids = this.order(), at = ids.indexOf(this.at), row = this.columns();
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row };
    if (command) {
      if (key === "a" || key === "A") return this.selectAll(), true;
      if (key === "z" || key === "Z") return this.wish("undo", [], ""), true;
      return false;
    }
    if (key in steps) return this.go(ids[at + steps[key]], shift), true;
    if (key === "Home" || key === "End") return this.go(ids.at(key === "Home" ? 0 : -1), shift), true;
    if (key === "PageUp" || key === "PageDown") return this.turn(key === "PageUp" ? -1 : 1), true;
    if (key === " ") return this.choose(this.at, { toggle: true }), true;
    if (key === "Escape") return this.clear(), true;
    if (key === "Delete" || key === "Backspace" || key === "x" || key === "X") return this.act("exclude"), true;
    if (key === "r" || key === "R") return this.act("restore"), true;
    const entry = key >= "1" && key <= "9" ? this.data.classes.slice(0, this.data.first)[Number(key) - 1] : undefined;
    if (entry) this.act("relabel", entry.label);
    return Boolean(entry);
  }

  go(id, shift) {
    if (id === undefined) return;
    if (shift) this.choose(id, { extend: true });
    else this.focus(id);
  }

  turn(step) {
    const [page, pages] = this.data.turn;
    if (page + step >= 1 && page + step <= pages) this.wish("page", [], String(page + step));
  }

  // How many pictures stand in a row.
  columns() {
    const cells = [...this.grid.children], top = cells[0]?.offsetTop;
    const first = cells.findIndex((cell) => cell.offsetTop !== top);
    return first < 0 ? cells.length || 1 : first;
  }

  end() {
    clearTimeout(this.timer);
  }
}

const galleries = new WeakMap(); // Streamlit calls again when the data changed: one gallery for each place

export default function ({ parentElement, data, setTriggerValue }) {
  if (!galleries.has(parentElement)) galleries.set(parentElement, new Gallery(parentElement));
  galleries.get(parentElement).update(data, setTriggerValue);
  return () => galleries.get(parentElement).end();
}
