// Shapes on a picture, in its pixels: a box is [left, top, right, bottom], an outline [x, y, x, y, …].
// In both, x and y take turns. `board.js`, `hand.js` and `drawing.js` follow in the same script.

const clamp = (value, most) => Math.min(most, Math.max(0, value));
const rounded = (at) => at.map((value) => Math.round(value * 100) / 100);
const acrossOf = (at) => at.filter((_, index) => index % 2 === 0);
const downOf = (at) => at.filter((_, index) => index % 2 === 1);

// The box around a shape.
const around = (at) => [Math.min(...acrossOf(at)), Math.min(...downOf(at)), Math.max(...acrossOf(at)), Math.max(...downOf(at))];

const sizeOf = (at) => {
  const [left, top, right, bottom] = around(at);
  return [right - left, bottom - top];
};

// What it covers, in pixels of the picture (the shoelace formula).
const areaOf = (corners) => Math.abs(corners.reduce((sum, value, index) => sum + (index % 2 ? 0 : value * corners[(index + 3) % corners.length] - corners[index + 1] * corners[(index + 2) % corners.length]), 0)) / 2;

// A shape by so much farther right and down, but inside the picture.
const moved = (at, across, down, [width, height]) => {
  const [left, top, right, bottom] = around(at);
  const x = Math.min(width - right, Math.max(-left, across)), y = Math.min(height - bottom, Math.max(-top, down));
  return at.map((value, index) => value + (index % 2 ? y : x));
};

const BOX = {
  one: "box",
  corners: ([left, top, right, bottom]) => [left, top, right, top, right, bottom, left, bottom],
  // Where it can be taken hold of: x, y, and the numbers of it that follow the hand.
  handles: ([left, top, right, bottom]) => {
    const middle = (left + right) / 2, centre = (top + bottom) / 2;
    return [
      [left, top, 0, 1], [right, top, 2, 1], [right, bottom, 2, 3], [left, bottom, 0, 3],
      [middle, top, -1, 1], [right, centre, 2, -1], [middle, bottom, -1, 3], [left, centre, 0, -1],
    ];
  },
  contains: ([left, top, right, bottom], x, y) => left <= x && x <= right && top <= y && y <= bottom,
  tidy: (at) => rounded(around(at)), // one side may have been pulled over the other
  larger: ([left, top, right, bottom], across, down, [width, height]) => [left, top, Math.max(left + 1, clamp(right + across, width)), Math.max(top + 1, clamp(bottom + down, height))],
};

const OUTLINE = {
  one: "area",
  corners: (at) => at,
  handles: (at) => acrossOf(at).map((x, index) => [x, at[2 * index + 1], 2 * index, 2 * index + 1]),
  contains: (at, x, y) => {
    let inside = false;
    for (let i = 0, j = at.length - 2; i < at.length; j = i, i += 2) {
      if (at[i + 1] > y !== at[j + 1] > y && x < at[i] + ((y - at[i + 1]) * (at[j] - at[i])) / (at[j + 1] - at[i + 1])) inside = !inside;
    }
    return inside;
  },
  tidy: rounded,
  larger: (at) => at,
};
