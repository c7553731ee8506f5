// A strip of examples: a click tells Python which one. Texts are shown as text.

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

function button(data, at, choose) {
  const button = document.createElement("button"), mark = data.marks[at];
  button.type = "button";
  button.className = `${data.texts.length ? "text" : "picture"} ${at === data.chosen ? "chosen" : ""}`;
  button.setAttribute("aria-pressed", at === data.chosen);
  button.setAttribute("aria-label", [data.names[at], mark && `the model was ${mark}`].filter(Boolean).join(", "));
  button.onclick = () => choose(at);
  button.append(face(data, at));
  if (mark) button.append(Object.assign(document.createElement("span"), { className: `mark ${mark}`, textContent: MARKS[mark] }));
  return button;
}

export default function ({ parentElement, data, setTriggerValue }) {
  const strip = parentElement.querySelector(".strip"), focused = [...strip.querySelectorAll("button")].findIndex((one) => one.matches(":focus"));
  const choose = (at) => {
    strip.querySelectorAll("button").forEach((one, place) => one.classList.toggle("chosen", place === at)); // at once
    setTriggerValue("pick", { at, of: data.of });
  };
  strip.replaceChildren(
    ...data.names.map((_, at) => {
      const item = document.createElement("li");
      item.append(button(data, at, choose));
      return item;
    }),
  );
  const buttons = strip.querySelectorAll("button");
  if (focused >= 0 && focused < buttons.length) buttons[focused].focus({ preventScroll: true });
  const chosen = strip.querySelector(".chosen");
  if (!chosen) return;
  const left = chosen.offsetLeft - strip.offsetLeft, right = left + chosen.offsetWidth;
  if (left < strip.scrollLeft || right > strip.scrollLeft + strip.clientWidth) strip.scrollLeft = left - strip.clientWidth / 2; // into sight
}
