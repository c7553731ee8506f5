// From a text to the ids that the model takes: WordPiece, as `formats/word_pieces.py` of Graft does it.

const WORD = /\p{P}|[$+<=>^`|~]|[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u;
const BETWEEN = /[ \t\n\f\r]|\p{Cc}|\p{Cf}/u;
const UNCHANGED = /[\u0131\u13a0-\u13f5]/u; // letters that case folding leaves as they are, and
const RAISED = /[\u13f8-\u13fd\uab70-\uabbf]/u; // those that it makes large
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

function words(text, { drops_accents }) {
  if (drops_accents) text = text.normalize("NFD").replace(/\p{Mn}/gu, "");
  const found = [""];
  for (const letter of text) {
    if (WORD.test(letter)) found.push(letter, "");
    else if (BETWEEN.test(letter)) found.push("");
    else found[found.length - 1] += letter;
  }
  return found;
}

function lower(letter) {
  if (UNCHANGED.test(letter)) return letter;
  return RAISED.test(letter) ? letter.toUpperCase() : letter.toLowerCase().toUpperCase().toLowerCase();
}

function fold(word) {
  return Array.from(word.normalize("NFKC"), lower).join("").normalize("NFKC").replace(IGNORED, "");
}

function pieces(word, { unknown, ids }) {
  const letters = Array.from(word), found = [];
  if (new TextEncoder().encode(word).length > 100) return [unknown];
  for (let start = 0, end; start < letters.length; start = end) {
    const piece = () => (start ? "##" : "") + letters.slice(start, end).join("");
    end = letters.length;
    while (end > start && !ids.has(piece())) end -= 1;
    if (end === start) return [unknown];
    found.push(ids.get(piece()));
  }
  return found;
}

// As many as the text has, start and end included.
function tokenize(text, tokenizer) {
  tokenizer.ids ??= new Map(tokenizer.vocabulary.map((piece, id) => [piece, id]));
  const { start, end, length, folds_case } = tokenizer;
  const found = words(text, tokenizer).flatMap((word) => pieces(folds_case ? fold(word) : word, tokenizer));
  return Int32Array.of(start, ...found.slice(0, length - 2), end);
}
