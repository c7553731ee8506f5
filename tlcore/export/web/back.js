// From a model's numbers to the answer about a picture, as Graft gives it: chances, boxes in pixels of the picture, or
// the class of each of its pixels.

const MAP = 1024; // pixels, longest side of a class map

// The part of the letter-boxed square that shows the picture, as `content_box` of Graft.
function content({ width, height }, size) {
  const wide = width < height ? Math.max(1, round((width / height) * size)) : size;
  const high = width > height ? Math.max(1, round((height / width) * size)) : size;
  return { left: round((size - wide) * 0.5), top: round((size - high) * 0.5), wide, high };
}

// Boxes that reach the threshold, the surest first.
function boxes(numbers, { width, height }, { labels, threshold, input }) {
  const { left, top, wide, high } = content({ width, height }, input.size);
  const across = (x) => Math.min(Math.max(((x - left) * width) / wide, 0), width);
  const down = (y) => Math.min(Math.max(((y - top) * height) / high, 0), height);
  const found = [];
  for (let at = 0; at < numbers.length; at += 6) {
    const [x, y, right, bottom, score, label] = numbers.subarray(at, at + 6);
    if (score < threshold || !score) continue;
    found.push({ label: labels[label], score, left: across(x), top: down(y), right: across(right), bottom: down(bottom) });
  }
  return { boxes: found.sort((a, b) => b.score - a.score), width, height };
}

const BILINEAR = { support: 1, weigh: (x) => Math.max(0, 1 - Math.abs(x)) };

// The likeliest class of each pixel of the picture, or of a smaller copy, and the share of each class.
function areas(numbers, { width, height }, { labels, input: { size } }) {
  const box = content({ width, height }, size), shrink = Math.min(1, MAP / Math.max(width, height));
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * shrink)));
  const columns = recipe(box.wide, 0, box.wide, wide, BILINEAR), rows = recipe(box.high, 0, box.high, high, BILINEAR);
  const map = new Uint8Array(wide * high), best = new Float32Array(wide * high).fill(-1), line = new Float32Array(wide * box.high);
  for (let label = 0; label < labels.length; label++) {
    for (let row = 0; row < box.high; row++) {
      for (let column = 0; column < wide; column++) {
        const { start, weights } = columns[column];
        let sum = 0, at = ((box.top + row) * size + box.left + start) * labels.length + label;
        for (let part = 0; part < weights.length; part++, at += labels.length) sum += numbers[at] * weights[part];
        line[row * wide + column] = sum / 2 ** BITS;
      }
    }
    for (let row = 0, to = 0; row < high; row++) {
      const { start, weights } = rows[row];
      for (let column = 0; column < wide; column++, to++) {
        let sum = 0;
        for (let part = 0; part < weights.length; part++) sum += line[(start + part) * wide + column] * weights[part];
        if (sum <= best[to] * 2 ** BITS) continue;
        best[to] = sum / 2 ** BITS;
        map[to] = label;
      }
    }
  }
  const counts = new Array(labels.length).fill(0);
  for (const label of map) counts[label] += 1;
  return { map, wide, high, width, height, areas: counts.map((count) => count / map.length) };
}

const chances = (numbers) => ({ chances: Array.from(numbers) });
const READ = { images: chances, texts: chances, detection: boxes, segmentation: areas };
