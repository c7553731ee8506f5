// Answers that name a class: in large letters, and a bar for each of the likeliest.

const percent = (chance) => `${Math.round(100 * chance)} %`;

function element(name, className, words = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words;
  return made;
}

// A line of the list below the answer: a name, a bar of 0 to 1, and a figure; with a colour where it has one.
function bar(label, share, figure, colour = "") {
  const row = element("li", "bar"), name = element("bdi", "name", label);
  const track = element("span", "track"), fill = element("span", "fill");
  fill.style.width = `${100 * share}%`;
  fill.style.background = colour;
  track.append(fill);
  row.append(name, track, element("span", "value", figure));
  return row;
}

const CLASSES = {
  ask: (names, few) => (few ? `${new Intl.ListFormat("en-GB", { type: "disjunction" }).format(names)}?` : "What is it?"),

  // The answer in words: what is in large letters, its chance, and the line below.
  verdict({ chances }) {
    const best = Math.max(...chances), label = labels[chances.indexOf(best)];
    if (best >= threshold) return { head: label, chance: percent(best), note: "", sentence: `${label}, ${percent(best)}` };
    const note = `Best guess: ${label}, ${percent(best)}. Below ${percent(threshold)} it does not decide.`;
    return { head: "Not sure", chance: "", isUnsure: true, note, sentence: `Not sure. ${note}` };
  },

  rows({ chances }, isLive) {
    const order = labels.map((_, at) => at);
    if (!isLive || labels.length > BARS) order.sort((a, b) => chances[b] - chances[a]);
    const best = Math.max(...chances);
    return order.slice(0, BARS).map((at) => {
      const row = bar(labels[at], chances[at], percent(chances[at]));
      row.classList.toggle("best", chances[at] === best);
      return row;
    });
  },

  draw() {},
};
