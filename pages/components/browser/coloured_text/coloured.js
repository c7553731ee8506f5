// A text whose pieces are coloured by their effect on a class's confidence. Everything is shown as text.

export default function ({ parentElement, data }) {
  const made = data.pieces.map(({ text, strength }) => {
    const piece = document.createElement("span");
    piece.textContent = text;
    piece.className = strength > 0 ? "for" : strength < 0 ? "against" : "";
    piece.style.setProperty("--strength", Math.abs(strength));
    return piece;
  });
  const rest = Object.assign(document.createElement("span"), { className: "rest", textContent: data.rest });
  parentElement.querySelector(".text").replaceChildren(...made, rest);
}
