// The brush: paints grey over a picture, by dragging or by tiles, and sends the marks to Python.
// A mark is a line of points, in shares of the width and the height, or a tile; a tile marked twice is uncovered.

const GREY = "rgb(127 127 127)";
const MOST_POINTS = 300; // of one line; Python takes no more
const PAINT = "Drag over the picture to cover part of it.";
const TILES = "Choose tiles to cover. Arrow keys move; Space covers or uncovers a tile.";

class Brush {
  constructor(root) {
    this.root = root.querySelector(".brush");
    this.part = (name) => this.root.querySelector(`.${name}`);
    this.image = root.querySelector("img");
    this.canvas = root.querySelector("canvas");
    this.size = root.querySelector("select");
    this.marks = [];
    this.at = 0; // the tile that the keyboard is at
    this.listen();
    this.say(PAINT);
  }

  update(data, set) {
    this.set = set;
    const other = data.of !== this.data?.of;
    this.data = data;
    if (!other) return;
    this.marks = [...data.marks];
    this.image.onload = () => {
      this.canvas.width = this.image.naturalWidth;
      this.canvas.height = this.image.naturalHeight;
      this.draw();
    };
    this.image.src = data.src;
    this.makeTiles();
    this.draw();
  }

  listen() {
    // Streamlit has keys of its own (R runs the page again), which must not react to keys pressed here.
    for (const kind of ["keydown", "keypress", "keyup"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
    this.part("mode").onclick = () => this.switchMode();
    this.part("undo").onclick = () => this.changed(this.marks.slice(0, -1));
    this.part("clear").onclick = () => this.changed([]);
    this.canvas.onpointerdown = (event) => this.press(event);
    this.part("tiles").addEventListener("keydown", (event) => this.key(event));
  }

  changed(marks) {
    this.marks = marks;
    this.draw();
    this.set("cover", { of: this.data.of, marks });
  }

  // ---- painting

  press(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    const line = { points: [this.point(event)], radius: Number(this.size.value) };
    const move = (moved) => {
      if (line.points.length < MOST_POINTS) line.points.push(this.point(moved));
      this.draw([...this.marks, line]);
    };
    const end = () => {
      this.canvas.onpointermove = this.canvas.onpointerup = this.canvas.onpointercancel = null;
      this.changed([...this.marks, line]);
    };
    this.canvas.onpointermove = move;
    this.canvas.onpointerup = this.canvas.onpointercancel = end;
    this.draw([...this.marks, line]);
  }

  point({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect(), within = (value) => Math.min(1, Math.max(0, value));
    return [within((clientX - box.left) / box.width), within((clientY - box.top) / box.height)].map((value) => Math.round(value * 1e4) / 1e4);
  }

  draw(marks = this.marks) {
    const { width, height } = this.canvas, paper = this.canvas.getContext("2d");
    paper.clearRect(0, 0, width, height);
    paper.fillStyle = paper.strokeStyle = GREY;
    paper.lineCap = paper.lineJoin = "round";
    for (const { points, radius } of marks.filter((mark) => mark.points)) {
      paper.lineWidth = 2 * radius * Math.max(width, height);
      paper.beginPath();
      paper.moveTo(points[0][0] * width, points[0][1] * height);
      for (const [x, y] of points) paper.lineTo(x * width, y * height);
      paper.stroke();
    }
    const [columns, rows] = this.data?.grid ?? [1, 1], covered = this.covered(marks);
    for (const tile of covered) {
      const left = Math.round(((tile % columns) * width) / columns), top = Math.round((Math.floor(tile / columns) * height) / rows);
      const right = Math.round((((tile % columns) + 1) * width) / columns), bottom = Math.round(((Math.floor(tile / columns) + 1) * height) / rows);
      paper.fillRect(left, top, right - left, bottom - top);
    }
    for (const [tile, button] of this.buttons().entries()) button.setAttribute("aria-pressed", String(covered.has(tile)));
    this.part("undo").disabled = this.part("clear").disabled = !this.marks.length;
  }

  // ---- tiles

  covered(marks) {
    const found = new Set();
    for (const { tile } of marks) if (tile !== undefined && !found.delete(tile)) found.add(tile);
    return found;
  }

  buttons() {
    return [...this.part("tiles").querySelectorAll("button")];
  }

  makeTiles() {
    const [columns, rows] = this.data.grid, lines = [];
    this.part("tiles").style.setProperty("--columns", columns);
    for (let row = 0; row < rows; row++) {
      const line = document.createElement("div");
      line.setAttribute("role", "row");
      for (let column = 0; column < columns; column++) line.append(this.tile(row, column, row * columns + column));
      lines.push(line);
    }
    this.part("tiles").replaceChildren(...lines);
    this.at = 0;
  }

  tile(row, column, number) {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = number ? -1 : 0;
    button.setAttribute("aria-label", `Row ${row + 1}, column ${column + 1}`);
    button.onclick = () => this.changed([...this.marks, { tile: number }]);
    button.onfocus = () => (this.at = number);
    return button;
  }

  key(event) {
    const [columns, rows] = this.data.grid, step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const to = this.at + step, buttons = this.buttons();
    if (to < 0 || to >= columns * rows) return;
    buttons[this.at].tabIndex = -1;
    buttons[to].tabIndex = 0;
    buttons[to].focus({ preventScroll: true });
  }

  switchMode() {
    const tiles = this.part("tiles").hidden;
    this.part("tiles").hidden = !tiles;
    this.part("size").hidden = tiles;
    this.part("mode").setAttribute("aria-pressed", String(tiles));
    this.say(tiles ? TILES : PAINT);
  }

  say(text) {
    this.part("hint").textContent = text;
  }
}

const brushes = new WeakMap(); // Streamlit calls again at every rerun: one brush for each place on the page

export default function ({ parentElement, data, setStateValue }) {
  if (!brushes.has(parentElement)) brushes.set(parentElement, new Brush(parentElement));
  brushes.get(parentElement).update(data, setStateValue);
}
