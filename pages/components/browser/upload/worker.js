// A worker of the upload box: shrinks one picture to a longest side and gives the checksum that a ZIP needs.
// What is small enough, or what the browser cannot decode (HEIC, TIFF, …), goes byte for byte as it is.
// EXIF rotation is applied, transparency is kept.

const HEAD = 1 << 18; // bytes read to learn a picture's size
const PIECE = 8 << 20; // bytes read at once for a checksum

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
  if (typeof OffscreenCanvas === "undefined") return false;
  const canvas = new OffscreenCanvas(8, 8), context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "rgb(200, 100, 50)";
  context.fillRect(0, 0, 8, 8);
  const { data } = context.getImageData(0, 0, 8, 8);
  return data.every((value, i) => Math.abs(value - [200, 100, 50, 255][i % 4]) <= 3);
}

const HONEST = canvasIsHonest();
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

const CRC = (() => {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    tables[0][n] = c;
  }
  for (let n = 0; n < 256; n++)
    for (let t = 1; t < 8; t++) tables[t][n] = tables[0][tables[t - 1][n] & 255] ^ (tables[t - 1][n] >>> 8);
  return tables;
})();

// CRC-32 of `bytes`, going on from `crc`; eight bytes a step, since it runs over everything that is sent.
function crc32(bytes, crc = 0) {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC;
  let c = ~crc, i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    c ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    c = t7[c & 255] ^ t6[(c >>> 8) & 255] ^ t5[(c >>> 16) & 255] ^ t4[c >>> 24] ^
        t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = t0[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

// Reading may fail for a moment when much is read at once: three attempts before a file counts as unreadable.
async function bytesOf(blob, from, to) {
  for (let attempt = 1; ; attempt++)
    try {
      return new Uint8Array(await blob.slice(from, to).arrayBuffer());
    } catch (error) {
      if (attempt === 3) throw error;
      await new Promise((done) => setTimeout(done, 100 * attempt));
    }
}

// The checksum of a blob whose first bytes are `head`, a piece at a time.
async function crcOf(blob, head) {
  let crc = crc32(head);
  for (let at = head.length; at < blob.size; at += PIECE) crc = crc32(await bytesOf(blob, at, at + PIECE), crc);
  return crc;
}

// {file, most} → {blob, ending, crc}; `blob` is `file` itself when it goes as it is.
async function item(file, most) {
  const head = await bytesOf(file, 0, HEAD);
  const small = await shrunk(file, head, HONEST ? most : 0);
  try {
    if (small) return { ...small, crc: await crcOf(small.blob, await bytesOf(small.blob, 0, PIECE)) };
  } catch (error) {
    // The browser has no room for the small picture: the file itself goes.
  }
  return { blob: file, ending: "", crc: await crcOf(file, head) };
}

onmessage = async ({ data: { job, file, most } }) => {
  try {
    postMessage({ job, ...(await item(file, most)) });
  } catch (error) {
    postMessage({ job, unreadable: true });
  }
};
