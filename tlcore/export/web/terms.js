// The logits of the terms that a text holds, as `heads/term_counts.py` of Graft has them: of letters A to Z alone become
// small, marks and blanks are those of ASCII, and letters in a row are code points.

const MARKS = /[!-/:-@[-`{-~]/g;

function split(text, kind) {
  const plain = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(MARKS, "");
  return kind === "words" ? plain.split(/[ \t\n\v\f\r]+/).filter(Boolean) : Array.from(plain);
}

// How often a text holds each term.
function count(text, { kind, longest, numbers }) {
  const parts = split(text, kind), counts = new Map();
  for (let start = 0; start < parts.length; start += 1) {
    let term = parts[start];
    for (let end = start + 1; end <= Math.min(start + longest, parts.length); term += ` ${parts[end++]}`) {
      const number = numbers.get(term);
      if (number !== undefined) counts.set(number, (counts.get(number) ?? 0) + 1);
    }
  }
  return counts;
}

const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

function termLogits(text, terms, { length }) {
  terms.numbers ??= new Map(terms.vocabulary.map((term, number) => [term, number]));
  terms.opened ??= { weights: floats(terms.weights), kernel: floats(terms.kernel) };
  const { weights, kernel } = terms.opened, logits = new Float64Array(length);
  let squares = 0;
  for (const [number, times] of count(text, terms)) {
    const share = times * weights[number];
    squares += share * share;
    for (let label = 0; label < length; label += 1) logits[label] += share * kernel[number * length + label];
  }
  return Float32Array.from(logits, (sum) => sum / Math.sqrt(squares || 1));
}
