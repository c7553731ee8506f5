// Beside the page, so that it stays awake: decodes pictures and asks the model.
// page.py puts ONNX Runtime Web, as `ort`, and resize.js before this file.

const STRIPE = 256; // rows that are read at once: a whole photo as RGBA may be more than a phone gives
const JPEG = "255,216,255"; // how such a file begins
let session, size, fit;

// What page.py packed: Base64 of gzip.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function open({ runtime, model, ...wanted }) {
  ({ size, fit } = wanted);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = await unpacked(runtime);
  session = await ort.InferenceSession.create(await unpacked(model), { executionProviders: ["wasm"] });
  return { chances: await answer(new Uint8Array(3 * size * size)) }; // the first one is slower
}

async function answer(bytes) {
  const picture = new ort.Tensor("uint8", bytes, [1, size, size, 3]);
  const { [session.outputNames[0]]: chances } = await session.run({ [session.inputNames[0]]: picture });
  return Array.from(chances.data);
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

// A file, or a frame of the camera, as the model wants it.
async function square(picture) {
  if (!(picture instanceof Blob)) return toSquare(pixels(picture, 1), size, fit).data;
  const start = new Uint8Array(await picture.slice(0, 3).arrayBuffer());
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: "none", premultiplyAlpha: "premultiply" });
  return toSquare(pixels(bitmap, start.join() === JPEG ? draft(bitmap, size) : 1), size, fit).data;
}

async function ask(picture) {
  const began = performance.now(), bytes = await square(picture), ready = performance.now();
  const chances = await answer(new Uint8Array(bytes.buffer));
  return { chances, preparing: ready - began, milliseconds: performance.now() - ready };
}

let line = Promise.resolve(); // one after the other: each may take much memory

onmessage = ({ data: { number, opening, picture } }) => {
  line = line
    .then(() => (opening ? open(opening) : ask(picture)))
    .then((found) => postMessage({ number, found }))
    .catch((error) => postMessage({ number, problem: String(error?.message ?? error) }));
};
