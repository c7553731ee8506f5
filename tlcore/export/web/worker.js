// Beside the page, so that it stays awake: decodes pictures and asks the model.
// page.py puts ONNX Runtime Web, as `ort`, resize.js, tokens.js, terms.js and back.js before this file.

const STRIPE = 256; // rows that are read at once: a whole photo as RGBA may be more than a phone gives
const JPEG = "255,216,255"; // how such a file begins
let session, told;

// What page.py packed: Base64 of gzip.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function open({ runtime, model, ...given }) {
  ({ told } = given);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = await unpacked(runtime);
  session = await ort.InferenceSession.create(await unpacked(model), { executionProviders: ["wasm"] });
  const { size } = told.input;
  await answer(size ? { inputs: new Uint8Array(3 * size * size) } : await prepare("")); // the first one is slower
  return {};
}

// The numbers that the model says to the bytes of a square, or to the ids of a text and the logits of its terms.
async function answer({ inputs, counted }) {
  const { size, dtype } = told.input, shape = size ? [1, size, size, 3] : [1, inputs.length];
  const tensors = [new ort.Tensor(dtype, inputs, shape)];
  if (counted) tensors.push(new ort.Tensor("float32", counted, [1, counted.length]));
  const given = Object.fromEntries(session.inputNames.map((name, at) => [name, tensors[at]]));
  const { [session.outputNames[0]]: numbers } = await session.run(given);
  return numbers.data;
}

// RGB of a bitmap on white, scaled down by a whole number.
function pixels(bitmap, factor) {
  const { width, height } = bitmap, wide = Math.ceil(width / factor), high = Math.ceil(height / factor);
  const canvas = new OffscreenCanvas(width, Math.min(height, STRIPE)), data = new Uint8ClampedArray(3 * wide * high);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#fff";
  for (let top = 0; top < height; top += STRIPE) {
    const rows = Math.min(STRIPE, height - top);
    pen.fillRect(0, 0, width, rows);
    pen.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    const { data: rgba } = pen.getImageData(0, 0, width, rows);
    means(rgba, width, rows, factor, data.subarray((3 * wide * top) / factor));
  }
  bitmap.close();
  return { data, width: wide, height: high };
}

// The ids of a text, and the logits of its terms where the model's head counts them.
function read(text, { input, labels }) {
  return { inputs: tokenize(text, input), counted: input.terms && termLogits(text, input.terms, labels) };
}

// A file, a frame of the camera or a text, as the model wants it; and the width and height of a picture.
async function prepare(example, { size, fit } = told.input) {
  if (typeof example === "string") return read(example, told);
  const isFile = example instanceof Blob, start = isFile ? new Uint8Array(await example.slice(0, 3).arrayBuffer()) : [];
  const plain = { colorSpaceConversion: "none", premultiplyAlpha: "premultiply" };
  const bitmap = isFile ? await createImageBitmap(example, plain) : example, { width, height } = bitmap;
  const factor = start.join() === JPEG ? draft(bitmap, size) : 1;
  return { inputs: new Uint8Array(toSquare(pixels(bitmap, factor), size, fit).data.buffer), width, height };
}

async function ask(example) {
  const began = performance.now(), prepared = await prepare(example), ready = performance.now();
  const numbers = await answer(prepared), milliseconds = performance.now() - ready;
  return { ...READ[told.task](numbers, prepared, told), preparing: ready - began, milliseconds };
}

let line = Promise.resolve(); // one after the other: each may take much memory

onmessage = ({ data: { number, opening, example } }) => {
  line = line
    .then(() => (opening ? open(opening) : ask(example)))
    .then((found) => postMessage({ number, found }))
    .catch((error) => postMessage({ number, problem: String(error?.message ?? error) }));
};
