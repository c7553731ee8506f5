// Drawing of the map: a point for each example, its shape and colour for the class, a ring around mistakes.
// `embedding_map.js` follows in the same script: pointer and keyboard.

const STAR = Array.from({ length: 10 }, (_, at) => [at * 36 - 90, at % 2 ? 0.5 : 1.15]);
const ring = (count, start, radius = 1.1) => Array.from({ length: count }, (_, at) => [start + (at * 360) / count, radius]);
const SHAPES = { // corners as an angle in degrees and a distance from the middle; none: a circle
  circle: null,
  square: ring(4, 45, 1.2),
  triangle: ring(3, -90, 1.3),
  diamond: ring(4, 0, 1.3),
  down: ring(3, 90, 1.3),
  hexagon: ring(6, 0),
  star: STAR.map(([angle, radius]) => [angle, radius * 1.2]),
  left: ring(3, 180, 1.3),
  pentagon: ring(5, -90),
  right: ring(3, 0, 1.3),
};
const NARROW = 500; // pixels of width below which points and thumbnails are smaller
const MARGIN = 16; // pixels around the points

function shape(pen, name, x, y, size) {
  pen.beginPath();
  const corners = SHAPES[name];
  if (!corners) pen.arc(x, y, size, 0, 7);
  else for (const [angle, radius] of corners) pen.lineTo(x + Math.cos((angle * Math.PI) / 180) * radius * size, y + Math.sin((angle * Math.PI) / 180) * radius * size);
  pen.closePath();
}

class MapDrawing {
  constructor(root) {
    this.root = root.querySelector(".map");
    this.part = (name) => this.root.querySelector(`.${name}`);
    this.canvas = this.root.querySelector(".field > canvas");
    this.view = { scale: 1, x: 0, y: 0 }; // how much larger than the whole, and its middle between −1 and 1
    this.at = -1; // the point that is pointed at
  }

  colour(name) {
    return getComputedStyle(this.root).getPropertyValue(`--st-${name}`).trim() || "#888";
  }

  // Where a point lies on the canvas, in pixels.
  place(at) {
    const { scale, x, y } = this.view, half = (Math.min(this.width, this.height) / 2 - MARGIN) * scale;
    return [this.width / 2 + (this.data.x[at] / 1000 - x) * half, this.height / 2 + (y - this.data.y[at] / 1000) * half];
  }

  resize() {
    const width = this.root.clientWidth, density = window.devicePixelRatio || 1;
    if (!width) return;
    this.width = width;
    this.height = Math.round(Math.max(300, Math.min(640, width < NARROW ? width : width * 0.75)));
    this.size = width < NARROW ? 3.5 : 5; // from the middle of a point to its edge
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(this.height * density);
    this.canvas.getContext("2d").setTransform(density, 0, 0, density, 0, 0);
    this.draw();
  }

  draw() {
    if (!this.width || !this.data) return;
    const pen = this.canvas.getContext("2d"), { shown } = this.data;
    const ink = this.colour("text-color"), paper = this.colour("background-color");
    pen.clearRect(0, 0, this.width, this.height);
    const some = (pick) => this.data.x.map((_, at) => at).filter(pick);
    for (const at of some((at) => !shown[at])) this.faint(pen, at, ink);
    for (const at of some((at) => shown[at] && !this.isWrong(at))) this.point(pen, at, paper);
    for (const at of some((at) => shown[at] && this.isWrong(at))) this.mistake(pen, at, ink, paper);
    if (this.at >= 0) this.halo(pen, this.at);
  }

  isWrong(at) {
    const { answer, label } = this.data;
    return answer[at] >= 0 && answer[at] !== label[at];
  }

  faint(pen, at, ink) {
    const [x, y] = this.place(at);
    pen.globalAlpha = 0.15;
    pen.fillStyle = ink;
    shape(pen, "circle", x, y, 2);
    pen.fill();
    pen.globalAlpha = 1;
  }

  point(pen, at, paper, size = this.size) {
    const [x, y] = this.place(at), look = this.data.looks[this.data.label[at]];
    pen.fillStyle = look.colour;
    pen.strokeStyle = paper;
    pen.lineWidth = 1;
    shape(pen, look.shape, x, y, size);
    pen.fill();
    pen.stroke();
  }

  mistake(pen, at, ink, paper) {
    const [x, y] = this.place(at);
    for (const [colour, width] of [[paper, 5], [ink, 2.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      shape(pen, "circle", x, y, this.size + 5);
      pen.stroke();
    }
    this.point(pen, at, paper, this.size + 1);
  }

  halo(pen, at) {
    const [x, y] = this.place(at);
    pen.strokeStyle = this.colour("primary-color");
    pen.lineWidth = 3;
    shape(pen, "circle", x, y, this.size + 9);
    pen.stroke();
  }

  drawLegend() {
    const entries = this.data.legend.map(({ shown, look }) => [shown, (pen) => {
      pen.fillStyle = look.colour;
      shape(pen, look.shape, 9, 9, 6);
      pen.fill();
    }]);
    if (this.data.wrong) entries.push([this.data.wrong, (pen) => {
      pen.strokeStyle = this.colour("text-color");
      pen.lineWidth = 2.5;
      shape(pen, "circle", 9, 9, 7);
      pen.stroke();
    }]);
    this.part("legend").replaceChildren(...entries.map(([text, paint]) => this.entry(text, paint)));
  }

  entry(text, paint) {
    const item = document.createElement("li"), sign = document.createElement("canvas"), name = document.createElement("span");
    const density = window.devicePixelRatio || 1;
    sign.width = sign.height = 18 * density;
    const pen = sign.getContext("2d");
    pen.scale(density, density);
    paint(pen);
    name.textContent = text;
    name.dir = "auto";
    item.append(sign, name);
    return item;
  }

  // Facts of the point under the pointer, beside it and within the map.
  drawTip() {
    const tip = this.part("tip"), at = this.at;
    tip.hidden = at < 0;
    if (at < 0) return;
    const { sheet, cell, across, texts, names, labels, label, parts, part } = this.data, thumb = this.part("thumb");
    thumb.hidden = !sheet;
    if (sheet) {
      const large = (this.width < NARROW ? 64 : 96) / cell;
      Object.assign(thumb.style, {
        width: `${cell * large}px`,
        height: `${cell * large}px`,
        backgroundImage: `url(${sheet})`,
        backgroundSize: `${across * cell * large}px auto`,
        backgroundPosition: `-${(at % across) * cell * large}px -${Math.floor(at / across) * cell * large}px`,
      });
    }
    this.part("text").textContent = texts[at] ?? "";
    this.part("label").textContent = labels[label[at]];
    this.part("answer").textContent = this.answerText(at);
    this.part("where").textContent = `${parts[part[at]]} · ${names[at]}`;
    const [x, y] = this.place(at), gap = 16;
    const left = x + gap + tip.offsetWidth <= this.width ? x + gap : x - gap - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(left, this.width - tip.offsetWidth))}px`;
    tip.style.top = `${Math.max(0, Math.min(y - tip.offsetHeight / 2, this.height - tip.offsetHeight))}px`;
  }

  answerText(at) {
    const { answer, labels } = this.data;
    if (answer[at] < 0) return "The model learned from it.";
    if (!this.isWrong(at)) return "✓ The model answered the same.";
    return `✗ The model answered ${labels[answer[at]]}.`;
  }
}
