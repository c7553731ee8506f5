// Drawing the gallery: the pictures with their badges, and the tools.
// `gallery.js` follows in the same script and handles input.

const idOf = (item) => JSON.stringify(item.key);
const make = (tag, name, text = "") => Object.assign(document.createElement(tag), { className: name, textContent: text });

class Drawn {
  constructor(root) {
    this.root = root.querySelector(".gallery");
    this.part = (name) => root.querySelector(`.${name}`);
    this.grid = this.part("grid");
    this.queue = []; // wishes without an answer from Python
    this.cells = new Map(); // id → element
    this.items = [];
    this.selected = new Set();
    this.at = ""; // id of the picture that has the focus, or had it last
  }

  drawTools() {
    const { classes, first, said, failed, undo, many } = this.data;
    this.part("tools").setAttribute("aria-label", `Change the selected ${many}`);
    this.grid.setAttribute("aria-label", many);
    const wanted = JSON.stringify(classes);
    if (wanted !== this.classes) {
      this.classes = wanted;
      this.part("chips").replaceChildren(...classes.slice(0, first).map((entry, at) => this.chip(entry, at)));
      this.root.querySelector("datalist").replaceChildren(...classes.map(({ label }) => Object.assign(make("option", ""), { value: label })));
    }
    this.say(said, failed ? "bad" : "good", undo);
  }

  chip({ label, shown }, at) {
    const chip = make("button", "chip");
    const name = make("span", "", shown);
    name.dir = "auto";
    chip.append(make("kbd", "", String(at + 1)), name);
    chip.type = "button";
    chip.title = `Give the class ${shown}`;
    chip.onclick = () => this.act("relabel", label);
    return chip;
  }

  say(text, mood = "", undo = "") {
    this.part("said").textContent = text;
    this.part("note").className = `note ${text ? mood : ""}`;
    this.part("undo").hidden = !undo;
    this.part("undo").textContent = undo;
  }

  drawGrid() {
    const focused = this.root.getRootNode().activeElement?.classList.contains("item");
    const old = this.cells;
    this.cells = new Map(this.items.map((item) => [idOf(item), old.get(idOf(item)) ?? this.cell(idOf(item))]));
    for (const item of this.items) this.fill(this.cells.get(idOf(item)), item);
    const now = [...this.cells.values()];
    if (now.length !== this.grid.children.length || now.some((cell, at) => cell !== this.grid.children[at])) this.grid.replaceChildren(...now);
    if (focused) this.cells.get(this.at)?.focus({ preventScroll: true });
    return focused;
  }

  cell(id) {
    const cell = make("div", "item"), frame = make("div", "frame"), image = make("img", ""), caption = make("div", "caption");
    cell.setAttribute("role", "option");
    cell.tabIndex = -1;
    cell.dataset.id = id;
    image.alt = "";
    image.draggable = false;
    caption.dir = "auto";
    frame.append(image, make("span", "gone"), make("div", "badges"));
    cell.append(frame, caption);
    cell.onfocus = () => {
      this.at = id;
      this.paint();
    };
    return cell;
  }

  fill(cell, item) {
    const [image, gone, badges] = cell.firstChild.children, caption = cell.lastChild;
    if (image.getAttribute("src") !== item.src && item.src) image.src = item.src;
    image.hidden = !item.src;
    gone.textContent = item.src ? "" : "The thumbnail is missing";
    badges.replaceChildren(...item.badges.map(({ text, kind, title }) => Object.assign(make("span", `badge ${kind}`, text), { title })));
    const wished = this.queue.filter(({ keys }) => keys.some((key) => JSON.stringify(key) === cell.dataset.id)).at(-1);
    const label = wished?.action === "relabel" ? wished.label : item.shown;
    caption.textContent = label || "no class";
    caption.classList.toggle("without", !label);
    cell.classList.toggle("pending", Boolean(wished));
    // Only pictures that are set aside are pale; those without a class wait for one.
    cell.classList.toggle("unused", wished?.action === "exclude" || (!wished && !item.used && Boolean(item.label)));
    const also = item.badges.map(({ title }) => title);
    cell.setAttribute("aria-label", [label || "no class", item.name, ...also].join(", "));
    cell.title = [item.name, ...also].join("\n");
  }

  paint() {
    for (const [id, cell] of this.cells) {
      cell.setAttribute("aria-selected", String(this.selected.has(id)));
      cell.tabIndex = id === this.at ? 0 : -1;
    }
    const count = this.selected.size;
    this.part("count").textContent = count ? `${count} selected` : "Click a picture to select it";
    this.part("none").disabled = !count;
    // Buttons act on the selection; only keys act on the picture that has the focus.
    for (const name of ["aside", "back", "part"]) this.part(name).disabled = !count;
    for (const item of this.part("give").querySelectorAll("button, input")) item.disabled = !count;
  }
}
