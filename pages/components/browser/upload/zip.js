// Writing a ZIP in the browser: method "stored", UTF-8 names, ZIP64 where a count or a size needs it.
// The result is a Blob that refers to its files; their bytes are never gathered in memory.

const FULL = 0xffffffff;

// A record of the ZIP format: pairs of (width in bytes, value), little-endian.
function record(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [width]) => sum + width, 0)));
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return view.buffer;
}

// What the local and the central header share, from "version needed" to the sizes.
const common = (crc, size, version) => [
  [2, version], [2, 0x800], [2, 0], [2, 0], [2, 33], [4, crc], [4, Math.min(size, FULL)], [4, Math.min(size, FULL)],
];

// `items`: [{name, blob, crc}] → a Blob.
function zipStore(items) {
  const encoder = new TextEncoder(), parts = [], central = [];
  let offset = 0, centralSize = 0;
  for (const { name, blob, crc } of items) {
    const title = encoder.encode(name), size = blob.size, big = size >= FULL, far = offset >= FULL;
    const local = big ? record([2, 1], [2, 16], [8, size], [8, size]) : new ArrayBuffer(0);
    const wide = [...(big ? [[8, size], [8, size]] : []), ...(far ? [[8, offset]] : [])];
    const extra = wide.length ? record([2, 1], [2, 8 * wide.length], ...wide) : new ArrayBuffer(0);
    const version = wide.length ? 45 : 20;
    const head = record([4, 0x04034b50], ...common(crc, size, version), [2, title.length], [2, local.byteLength]);
    const entry = record(
      [4, 0x02014b50], [2, 0x300 | version], ...common(crc, size, version), [2, title.length], [2, extra.byteLength],
      [2, 0], [2, 0], [2, 0], [4, 0], [4, far ? FULL : offset],
    );
    parts.push(head, title, local, blob);
    central.push(entry, title, extra);
    offset += head.byteLength + title.length + local.byteLength + size;
    centralSize += entry.byteLength + title.length + extra.byteLength;
  }
  const count = items.length;
  if (count > 0xfffe || offset + centralSize >= FULL)
    central.push(
      record([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, centralSize], [8, offset]),
      record([4, 0x07064b50], [4, 0], [8, offset + centralSize], [4, 1]),
    );
  const shown = Math.min(count, 0xffff);
  const end = record(
    [4, 0x06054b50], [2, 0], [2, 0], [2, shown], [2, shown], [4, Math.min(centralSize, FULL)], [4, Math.min(offset, FULL)], [2, 0],
  );
  return new Blob([...parts, ...central, end], { type: "application/zip" });
}
