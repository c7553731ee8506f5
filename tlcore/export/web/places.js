// Answers for places of the picture: boxes around objects, or a colour for the area of each class.

// Of classes, as on Graft's pages: on a light page, and on a dark one.
const PAIRS = [
  ["#1450d8", "#4b70e6"], ["#e07512", "#f4ad00"], ["#1f947a", "#0ddfb2"], ["#b16dc6", "#d58fc0"], ["#4f1f87", "#b79dff"],
  ["#b30502", "#e0440f"], ["#0b98ff", "#7fd0ff"], ["#746e00", "#fff04a"], ["#454b52", "#dfe6e6"], ["#8a5a3c", "#c39a7b"],
];
const STRENGTH = 115; // of an area's colour over the picture, of 255
const MOST_ROWS = 12; // areas with a bar
const SHORT = 24; // letters that stand in large type
const EDGE = 0.08; // of a side, that a caption needs
const isDark = matchMedia("(prefers-color-scheme: dark)");
const colour = (number) => PAIRS[number % PAIRS.length][Number(isDark.matches)];

function where(names, few) {
  const wanted = names.filter((_, at) => at !== background());
  return `Where is ${few && wanted.length ? new Intl.ListFormat("en-GB", { type: "disjunction" }).format(wanted) : "it"}?`;
}

// The frame around picture and marks has the shape of the picture, so marks stand at shares of its sides.
function fitFrame({ width, height }) {
  part("stage").classList.add("places");
  part("frame").style.setProperty("--shape", width / height);
}

// The number of the class that stays without a colour; -1: none.
const background = () => (labels[0]?.toLowerCase() === "background" ? 0 : -1);

// The classes that there are, the largest first.
const present = (areas) => labels.map((_, at) => at).filter((at) => areas[at]).sort((a, b) => areas[b] - areas[a]);

const BOXES = {
  ask: where,

  verdict({ boxes }) {
    if (!boxes.length) return { head: "Nothing found", chance: "", note: `It shows what reaches ${percent(threshold)}.`, sentence: "Nothing found" };
    const counts = labels.map((label) => [boxes.filter((box) => box.label === label).length, label]);
    const each = counts.filter(([count]) => count).map((pair) => pair.join(" ")).join(", "), all = `${boxes.length} found`;
    const isShort = each.length < SHORT;
    return { head: isShort ? each : all, chance: "", note: isShort ? "" : each, sentence: `${all}: ${each}` };
  },

  rows({ boxes }) {
    const shown = boxes.slice(0, BARS);
    return shown.map(({ label, score }) => bar(label, score, percent(score), colour(labels.indexOf(label))));
  },

  draw({ boxes, width, height }) {
    fitFrame({ width, height });
    const isMirrored = part("stage").matches(".live:has(.mirror)");
    const made = boxes.map(({ label, score, left, top, right, bottom }) => {
      const mark = element("span", "box"), from = isMirrored ? width - right : left;
      const style = { left: from / width, top: top / height, width: (right - left) / width, height: (bottom - top) / height };
      for (const [side, share] of Object.entries(style)) mark.style[side] = `${100 * share}%`;
      mark.style.borderColor = colour(labels.indexOf(label));
      mark.classList.toggle("high", style.top < EDGE); // its caption has no room above it,
      mark.classList.toggle("far", style.left > 1 - 3 * EDGE); // or to the right
      mark.append(element("bdi", "caption", `${label} ${percent(score)}`));
      return mark;
    });
    part("boxes").replaceChildren(...made.reverse()); // the surest above the others
  },
};

const AREAS = {
  ask: where,

  verdict({ areas }) {
    const order = present(areas), first = order.find((at) => at !== background()) ?? order[0];
    const sentence = order.map((at) => `${labels[at]} ${percent(areas[at])}`).join(", ");
    return { head: labels[first], chance: percent(areas[first]), note: "Shares of the picture's area, in their colours.", sentence };
  },

  rows({ areas }) {
    const tint = (at) => (at === background() ? "var(--quiet)" : colour(at));
    return present(areas).slice(0, MOST_ROWS).map((at) => bar(labels[at], areas[at], percent(areas[at]), tint(at)));
  },

  draw({ map, wide, high, width, height }) {
    fitFrame({ width, height });
    const tints = labels.map((_, at) => [1, 3, 5].map((place) => parseInt(colour(at).slice(place, place + 2), 16)));
    const inks = tints.map((levels, at) => new Uint32Array(Uint8Array.of(...levels, at === background() ? 0 : STRENGTH).buffer)[0]);
    const veil = new ImageData(wide, high);
    new Uint32Array(veil.data.buffer).set(Uint32Array.from(map, (number) => inks[number]));
    Object.assign(part("areas"), { width: wide, height: high }).getContext("2d").putImageData(veil, 0, 0);
  },
};

function clearMarks() {
  part("boxes").replaceChildren();
  part("areas").width = 1;
}
