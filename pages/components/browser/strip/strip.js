// A strip of examples: a click tells Python which one, where one can be picked. Texts are shown as text.

const MARKS = { right: "✓", wrong: "✗" };

function face({ sheet, across, texts }, at) {
  const face = document.createElement("span");
  if (texts.length) {
    Object.assign(face, { className: "words", textContent: texts[at], dir: "auto" });
    return face;
  }
  face.className = "thumbnail";
  const place = (number) => (across > 1 ? `${(100 * number) / (across - 1)}%` : "0");
  const rows = Math.ceil(sheet.count / across);
  face.style.backgroundImage = `url(${sheet.address})`;
  face.style.backgroundSize = `${100 * across}% ${100 * rows}%`;
  face.style.backgroundPosition = `${place(at % across)} ${rows > 1 ? (100 * Math.floor(at / across)) / (rows - 1) : 0}%`;
  return face;
}

function item(data, at, choose) {
  const item = document.createElement(data.can_pick ? "button" : "span"), mark = data.marks[at];
  item.className = `item ${data.texts.length ? "text" : "picture"} ${at === data.chosen ? "chosen" : ""}`;
  item.setAttribute("aria-label", [data.names[at], mark && `the model was ${mark}`].filter(Boolean).join(", "));
  if (data.can_pick) {
    Object.assign(item, { type: "button", onclick: () => choose(at) });
    item.setAttribute("aria-pressed", at === data.chosen);
  } else item.setAttribute("role", "img");
  item.append(face(data, at));
  if (mark) item.append(Object.assign(document.createElement("span"), { className: `mark ${mark}`, textContent: MARKS[mark] }));
  return item;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const strip = parentElement.querySelector(".strip");
  strip.classList.toggle("seen", !data.can_pick);
  const focused = [...strip.querySelectorAll("button")].findIndex((one) => one.matches(":focus"));
  const choose = (at) => {
    strip.querySelectorAll("button").forEach((one, place) => one.classList.toggle("chosen", place === at)); // at once
    setTriggerValue("pick", { at, of: data.of });
  };
  strip.replaceChildren(
    ...data.names.map((_, at) => {
      const place = document.createElement("li");
      place.append(item(data, at, choose));
      return place;
    }),
  );
  const buttons = strip.querySelectorAll("button");
  if (focused >= 0 && focused < buttons.length) buttons[focused].focus({ preventScroll: true });
  const chosen = strip.querySelector(".chosen");
  if (!chosen) return;
  const left = chosen.offsetLeft - strip.offsetLeft, right = left + chosen.offsetWidth;
  if (left < strip.scrollLeft || right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = left - strip.clientWidth / 2; // into sight
}
