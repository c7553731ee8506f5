// Answers in large type. Everything is shown as text; bars keep their places, so that they can be seen to move.

const made = (tag, name, ...within) => {
  const element = Object.assign(document.createElement(tag), { className: name });
  element.append(...within);
  return element;
};

function setText(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

class Panel {
  constructor() {
    this.title = made("p", "title");
    this.label = made("bdi", "label");
    this.chance = made("span", "chance");
    this.head = made("h2", "head", this.label, this.chance);
    this.turn = made("p", "turn");
    this.truth = made("p", "truth");
    this.note = made("p", "note");
    this.bars = made("ol", "bars");
    this.rest = made("p", "rest");
    const about = made("div", "about", this.title, this.head, this.turn, this.truth, this.note);
    this.element = made("div", "model", about, this.bars, this.rest);
  }

  update(data) {
    for (const part of ["title", "turn", "truth", "note", "rest"]) setText(this[part], data[part]);
    this.label.textContent = data.headline;
    this.chance.textContent = data.chance ? ` · ${data.chance}` : "";
    this.head.classList.toggle("long", data.headline.length > 22);
    this.truth.className = `truth ${data.is_right ? "right" : "wrong"}`;
    if (this.bars.children.length !== data.bars.length) this.bars.replaceChildren(...data.bars.map(() => this.bar()));
    data.bars.forEach((bar, at) => this.fill(this.bars.children[at], bar));
  }

  bar() {
    return made("li", "bar", made("bdi", "name"), made("span", "track", made("span", "fill")), made("span", "value"));
  }

  fill(row, { label, chance, text, colour, is_best }) {
    const part = (name) => row.querySelector(`.${name}`);
    part("name").textContent = part("name").title = label;
    part("value").textContent = text;
    part("fill").style.width = `${100 * chance}%`;
    part("fill").style.background = colour;
    row.classList.toggle("best", is_best);
  }
}

const all = new WeakMap(); // Streamlit calls again at every rerun: the same panels for each place on the page

export default function ({ parentElement, data }) {
  const part = (name) => parentElement.querySelector(name), { picture, text, alt, panels } = data;
  if (!all.has(parentElement)) all.set(parentElement, []);
  const shown = all.get(parentElement);
  while (shown.length < panels.length) shown.push(new Panel());
  part(".models").replaceChildren(...panels.map((panel, at) => (shown[at].update(panel), shown[at].element)));
  part(".models").className = `models ${panels.length > 1 ? "several" : "one"}`;
  part(".sides").className = `sides ${!panels.length ? "alone" : picture ? "" : text ? "text" : "bare"}`;
  part(".answer").classList.toggle("live", data.is_live);
  part(".answer").setAttribute("aria-live", data.is_live ? "off" : "polite"); // not several times a second
  part(".asked").hidden = !picture && !text;
  Object.assign(part("img"), { hidden: !picture, alt });
  if (picture) part("img").src = picture;
  setText(part("figcaption"), data.caption);
  setText(part("blockquote"), text);
}
