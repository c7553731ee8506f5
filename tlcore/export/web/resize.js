// From a decoded picture to the square that the model looks at, as `to_square` of Graft makes it with Pillow: the
// same filters, the same whole numbers, so that a picture without losses gives the same bytes.

const BITS = 22; // of a weight behind its point
const GREY = 127; // around a picture that does not fill its square
const HAMMING = {
  support: 1,
  weigh(x) {
    if (x === 0) return 1;
    if (Math.abs(x) >= 1) return 0;
    const angle = Math.abs(x) * Math.PI;
    return (Math.sin(angle) / angle) * (Math.fround(0.54) + Math.fround(0.46) * Math.cos(angle));
  },
};
const BICUBIC = {
  support: 2,
  weigh(x) {
    const far = Math.abs(x), a = -0.5;
    if (far < 1) return ((a + 2) * far - (a + 3)) * far * far + 1;
    return far < 2 ? (((far - 5) * far + 8) * far - 4) * a : 0;
  },
};

// Of `count` new pixels between `from` and `to` of a line: where the old ones begin that each is made of, how many
// they are, and their weights.
function recipe(length, from, to, count, { support, weigh }) {
  const scale = (to - from) / count, wide = Math.max(scale, 1), reach = support * wide;
  return Array.from({ length: count }, (_, number) => {
    const centre = from + (number + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach + 0.5));
    const raw = Array.from({ length: end - start }, (_, at) => weigh((at + start - centre + 0.5) * (1 / wide)));
    const sum = raw.reduce((so_far, weight) => so_far + weight, 0);
    const whole = raw.map((weight) => Math.trunc((weight / (sum || 1)) * 2 ** BITS + (weight < 0 ? -0.5 : 0.5)));
    return { start, weights: Int32Array.from(whole) };
  });
}

// One direction of a resize: `lines` lines, whose neighbours lie `line` bytes apart and their pixels `pixel`.
function squeeze({ data, target, lines, line, pixel, newLine, newPixel, steps }) {
  for (let step = 0; step < steps.length; step++) {
    const { start, weights } = steps[step];
    for (let number = 0; number < lines; number++) {
      let red = 1 << (BITS - 1), green = red, blue = red, at = number * line + start * pixel;
      for (let part = 0; part < weights.length; part++, at += pixel) {
        const weight = weights[part];
        red += data[at] * weight;
        green += data[at + 1] * weight;
        blue += data[at + 2] * weight;
      }
      const to = number * newLine + step * newPixel;
      target[to] = red >> BITS; // bounded to 0…255 by the array
      target[to + 1] = green >> BITS;
      target[to + 2] = blue >> BITS;
    }
  }
}

function across({ data, width, height }, steps) {
  const target = new Uint8ClampedArray(3 * steps.length * height);
  const rows = { lines: height, line: 3 * width, pixel: 3, newLine: 3 * steps.length, newPixel: 3 };
  squeeze({ data, target, steps, ...rows });
  return { data: target, width: steps.length, height };
}

function down({ data, width, height }, steps) {
  const target = new Uint8ClampedArray(3 * width * steps.length);
  squeeze({ data, target, steps, lines: width, line: 3, pixel: 3 * width, newLine: 3, newPixel: 3 * width });
  return { data: target, width, height: steps.length };
}

// A part of an RGB picture, [left, top, right, bottom], as one of `width` × `height`.
function resize(picture, width, height, filter, [left, top, right, bottom] = [0, 0, picture.width, picture.height]) {
  const steps = recipe(picture.width, left, right, width, filter), levels = recipe(picture.height, top, bottom, height, filter);
  const lost = picture.height - height, isTall = lost > 0 && lost > 2 * (picture.width - width);
  return isTall ? across(down(picture, levels), steps) : down(across(picture, steps), levels); // as Pillow 13 has it
}

// Half goes to the even number, as in Python.
function round(number) {
  const low = Math.floor(number);
  return number - low === 0.5 ? low + (low % 2) : Math.round(number);
}

// The square inside the picture.
function middle({ width, height }) {
  const side = Math.min(width, height), left = (width - side) * 0.5, top = (height - side) * 0.5;
  return [left, top, left + side, top + side];
}

// The size in which a picture fits into the square when it is larger, as `Image.thumbnail` rounds it.
function shrunk({ width, height }, size) {
  const aspect = width / height;
  const nearest = (number, miss) => {
    const low = Math.floor(number), high = Math.ceil(number);
    return Math.max(1, miss(low) <= miss(high) ? low : high);
  };
  if (aspect <= 1) return [nearest(size * aspect, (side) => Math.abs(aspect - side / size)), size];
  return [size, nearest(size / aspect, (side) => (side ? Math.abs(aspect - size / side) : 0))];
}

function padded(picture, size, filter) {
  if (Math.max(picture.width, picture.height) > size) picture = resize(picture, ...shrunk(picture, size), filter);
  const { width, height } = picture;
  const wide = width > height ? size : round((width / height) * size);
  const high = width > height ? round((height / width) * size) : size;
  const inside = resize(picture, wide, high, filter), square = new Uint8ClampedArray(3 * size * size).fill(GREY);
  const left = round((size - wide) * 0.5), top = round((size - high) * 0.5);
  for (let row = 0; row < high; row++) {
    square.set(inside.data.subarray(3 * wide * row, 3 * wide * (row + 1)), 3 * (size * (top + row) + left));
  }
  return { data: square, width: size, height: size };
}

function toSquare(picture, size, fit) {
  const filter = Math.min(picture.width, picture.height) >= size ? HAMMING : BICUBIC;
  if (fit === "pad") return padded(picture, size, filter);
  return resize(picture, size, size, filter, fit === "crop" ? middle(picture) : undefined);
}

// By how much Graft scales a JPEG down while decoding it, as `Image.draft` has it.
function draft({ width, height }, size) {
  const enough = Math.trunc((3 * size) / 2), most = Math.min(Math.trunc(width / enough), Math.trunc(height / enough));
  return [8, 4, 2].find((factor) => most >= factor) ?? 1;
}

// Means of `factor` × `factor` pixels of rows of RGBA; what is missing at the edges repeats the last pixel.
function means(rgba, width, height, factor, target) {
  const wide = Math.ceil(width / factor), high = Math.ceil(height / factor), count = factor * factor;
  for (let row = 0, to = 0; row < high; row++) {
    for (let column = 0; column < wide; column++, to += 3) {
      let red = count >> 1, green = red, blue = red;
      for (let y = row * factor; y < (row + 1) * factor; y++) {
        for (let x = column * factor; x < (column + 1) * factor; x++) {
          const at = 4 * (Math.min(y, height - 1) * width + Math.min(x, width - 1));
          red += rgba[at];
          green += rgba[at + 1];
          blue += rgba[at + 2];
        }
      }
      target[to] = Math.trunc(red / count);
      target[to + 1] = Math.trunc(green / count);
      target[to + 2] = Math.trunc(blue / count);
    }
  }
}
