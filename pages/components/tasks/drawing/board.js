// The board: a picture with its shapes, and the tools above it. `hand.js` handles input.

const SVG = "http://www.w3.org/2000/svg";
const LARGEST = 4; // times that a small picture is enlarged to fill the board
const MOST_HANDLES = 120; // numbers of a shape: a line drawn in one go has more corners than a hand can take
const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];
const make = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });

class Board {
  constructor(root) {
    this.root = root.querySelector(".drawing");
    this.part = (name) => root.querySelector(`.${name}`);
    this.image = root.querySelector("img");
    this.svg = root.querySelector("svg");
    this.shapes = []; // { label, at }, the last one on top
    this.open = null; // an outline that is not closed yet
    this.chosen = -1; // number of the selected shape
    this.label = ""; // class of what is drawn next
    this.extra = []; // classes that Python does not know yet
    this.hidden = new Set(); // classes that are not shown
    this.zoom = 0;
    this.made = new WeakMap(); // the elements of each shape, which is never changed but replaced
    new ResizeObserver(() => this.fit()).observe(this.root);
  }

  get kind() {
    return this.data.outlines ? OUTLINE : BOX;
  }

  get classes() {
    return [...this.data.classes, ...this.extra];
  }

  colour(label) {
    const at = this.classes.indexOf(label);
    return this.data.colours[Math.max(0, at) % this.data.colours.length];
  }

  // Pixels of the picture for one on the screen.
  get grain() {
    return this.data.size[0] / (this.svg.getBoundingClientRect().width || 1);
  }

  fit() {
    if (!this.data) return;
    const [width, height] = this.data.size, room = this.root.clientWidth || width;
    const scale = Math.min(LARGEST, room / width, (innerHeight * 0.62) / height) * ZOOMS[this.zoom];
    Object.assign(this.part("stage").style, { width: `${width * scale}px`, height: `${height * scale}px` });
    this.draw();
  }

  // ---- the picture

  drawVeils() {
    for (const old of this.root.querySelectorAll(".veil")) old.remove();
    const veils = this.data.veils.map(({ label, src }) => Object.assign(make("img", "veil"), { src, alt: "", title: label, draggable: false }));
    this.image.after(...veils);
  }

  element(name, kind, attributes, text = "") {
    const found = document.createElementNS(SVG, name);
    found.setAttribute("class", kind);
    for (const [key, value] of Object.entries(attributes)) found.setAttribute(key, value);
    found.textContent = text;
    return found;
  }

  draw() {
    const found = [], [width, height] = this.data.size;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [index, shape] of this.shapes.entries()) if (!this.hidden.has(shape.label)) found.push(...this.elements(shape, index === this.chosen));
    for (const veil of this.root.querySelectorAll(".veil")) veil.hidden = this.hidden.has(veil.title);
    if (this.open) found.push(...this.drawn(this.open, true, this.data.outlines ? "polyline" : "polygon"));
    this.svg.replaceChildren(...found);
    this.drawTools();
  }

  elements(shape, isChosen) {
    const colour = this.colour(shape.label), old = this.made.get(shape);
    if (old && !isChosen && !old.isChosen && old.colour === colour) return old.found;
    const found = this.drawn(shape, isChosen);
    this.made.set(shape, { found, isChosen, colour });
    return found;
  }

  drawn({ label, at }, isChosen, tag = "polygon") {
    const points = this.kind.corners(at).join(" ");
    const name = `shape${isChosen ? " chosen" : ""}${this.data.outlines ? " filled" : ""}`;
    const shape = this.element(tag, name, { points, style: `--colour: ${this.colour(label)}` });
    shape.append(this.element("title", "", {}, label));
    const found = [this.element(tag, "edge", { points }), shape];
    if (!isChosen || at.length > MOST_HANDLES) return found;
    const radius = 5 * this.grain;
    for (const [x, y] of this.kind.handles(at)) found.push(this.element("circle", "handle", { cx: x, cy: y, r: radius }));
    return found;
  }

  // ---- the tools

  drawTools() {
    const { place, name, annotated, unannotated, many } = this.data;
    this.part("place").textContent = place;
    this.part("name").textContent = this.part("name").title = name;
    this.part("new").firstChild.textContent = `Next without ${many} `;
    this.part("new").disabled = !unannotated;
    this.part("new").title = unannotated ? `${unannotated} without ${many}` : `Every picture has ${many}`;
    this.part("save").disabled = !this.isChanged && annotated;
    this.part("delete").disabled = this.chosen < 0 && !this.open;
    this.part("delete").textContent = `Delete ${this.kind.one}`;
    this.part("back").disabled = !this.past.length && !this.open;
    this.part("again").disabled = !this.future.length;
    this.part("reset").disabled = !this.isChanged;
    this.part("out").disabled = !this.zoom;
    this.part("in").disabled = this.zoom === ZOOMS.length - 1;
    this.part("view").setAttribute("aria-label", `${name}: ${this.shapes.length} ${this.shapes.length === 1 ? this.kind.one : many}`);
    this.drawChips();
    this.hint();
  }

  drawChips() {
    const counts = this.classes.map((label) => this.shapes.filter((shape) => shape.label === label).length);
    const wanted = JSON.stringify([this.classes, counts, this.label, [...this.hidden], this.data.outlines]);
    if (wanted === this.chips) return; // built anew they would lose the focus
    this.chips = wanted;
    const focused = this.root.getRootNode().activeElement?.dataset?.name;
    const chips = this.classes.map((label, at) => this.chip(label, at, counts[at]));
    this.part("chips").replaceChildren(...chips);
    if (focused) this.part("chips").querySelector(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }

  chip(label, at, count) {
    const chip = make("span", "chip"), eye = make("button", "eye"), choose = make("button", "choose"), name = make("span", "label", label);
    chip.style.setProperty("--colour", this.colour(label));
    name.dir = "auto";
    eye.type = choose.type = "button";
    eye.append(make("span", "dot"));
    eye.title = `${this.hidden.has(label) ? "Show" : "Hide"} ${label}`;
    eye.setAttribute("aria-label", `Show ${label}`);
    eye.setAttribute("aria-pressed", String(!this.hidden.has(label)));
    eye.dataset.name = `eye ${at}`;
    eye.onclick = () => this.toggle(label);
    if (at < 9) choose.append(make("kbd", "", String(at + 1)));
    choose.append(name, make("span", "count", count ? String(count) : ""));
    choose.setAttribute("aria-pressed", String(label === this.label));
    choose.dataset.name = `choose ${at}`;
    choose.onclick = () => this.give(label);
    chip.append(eye, choose);
    return chip;
  }

  hint() {
    const shape = this.shapes[this.chosen];
    let text = this.data.outlines ? "Draw around a thing, or click corner by corner and end at the first one." : "Drag from corner to corner of a thing. Click a box to select it.";
    if (!this.shapes.length && !this.data.annotated) text += " Where there is nothing to find, press Enter.";
    if (this.open) text = "Click the next corner. The first corner, or Enter, closes the area; Esc drops it.";
    if (shape) text = `${shape.label}: ${sizeOf(shape.at).map(Math.round).join(" × ")} pixels. Drag it, or its corners; a key from 1 to 9 changes its class.`;
    if (!this.label) text = "Type the name of the first class above, and press Add.";
    this.part("hint").textContent = text;
  }

  say(text, mood = "", undo = "") {
    this.part("said").textContent = text;
    this.part("note").className = `note ${text ? mood : ""}`;
    this.part("undo").hidden = !undo;
    this.part("undo").textContent = undo;
  }
}
