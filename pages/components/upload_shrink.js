// Shrinking a picture in the browser to a longest side. What is small enough, or what the browser cannot
// decode (HEIC, TIFF, …), goes byte for byte as it is. EXIF rotation is applied, transparency is kept.

// Longest side in pixels from the first bytes of a JPEG, PNG or GIF, so that small ones need no decoding; else 0.
function longestSide(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), n = bytes.length;
  if (n > 24 && view.getUint32(0) === 0x89504e47) return Math.max(view.getUint32(16), view.getUint32(20));
  if (n > 10 && view.getUint32(0) === 0x47494638) return Math.max(view.getUint16(6, true), view.getUint16(8, true));
  if (n < 4 || view.getUint16(0) !== 0xffd8) return 0;
  for (let at = 2; at + 9 < n; ) {
    const marker = view.getUint16(at);
    if (marker >> 8 !== 0xff) return 0;
    const frame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (frame) return Math.max(view.getUint16(at + 5), view.getUint16(at + 7));
    at += 2 + view.getUint16(at + 2);
  }
  return 0;
}

// Some browsers answer what is read from a canvas with noise (protection against fingerprinting): then
// nothing is shrunk.
function canvasIsHonest() {
  const canvas = new OffscreenCanvas(8, 8), context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "rgb(200, 100, 50)";
  context.fillRect(0, 0, 8, 8);
  const { data } = context.getImageData(0, 0, 8, 8);
  return data.every((value, i) => Math.abs(value - [200, 100, 50, 255][i % 4]) <= 3);
}

const SAME = ["image/jpeg", "image/png", "image/webp"]; // these keep their format
const ENDING = { "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp" };

function isOpaque(context, width, height) {
  const { data } = context.getImageData(0, 0, width, height);
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

// `{blob, ending}`: the picture with its longest side at `most` pixels (`ending` is added to the name when the
// format changed), or null when it should go as it is. `head`: the first bytes of the file.
async function shrunk(file, head, most) {
  const side = longestSide(head);
  if (!most || (side && side <= most)) return null;
  let bitmap = null;
  try {
    bitmap = await createImageBitmap(file);
    return await redrawn(bitmap, file.type, most);
  } catch (error) {
    return null; // not a picture to this browser: the server decides
  } finally {
    bitmap?.close();
  }
}

async function redrawn(bitmap, type, most) {
  const scale = most / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return null;
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const wanted = SAME.includes(type) ? type : isOpaque(context, width, height) ? "image/jpeg" : "image/png";
  const blob = await canvas.convertToBlob({ type: wanted, quality: 0.92 });
  return { blob, ending: blob.type === type ? "" : ENDING[blob.type] };
}
