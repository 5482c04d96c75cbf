// A ZIP archive without compression: photos are compressed already, and text is small beside them.
const table = Uint32Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n; });
const most = 0xffffffff, mostFiles = 0xffff;

function crc32(bytes) {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** Little-endian fields: [bytes, value] pairs. */
function pack(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) { size === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true); at += size; }
  return new Uint8Array(view.buffer);
}

/** Builds an archive of [{name, content}], content a string or a Blob, as it is iterated. */
export async function zip(entries) {
  const now = new Date(), time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const parts = [], directory = [];
  let offset = 0, files = 0, directorySize = 0;
  for await (const { name, content } of entries) {
    const path = new TextEncoder().encode(name);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(await content.arrayBuffer());
    // Version 2.0, names in UTF-8, stored.
    const fields = [[2, 20], [2, 0x800], [2, 0], [2, time], [2, date], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, path.length], [2, 0]];
    directory.push(pack([4, 0x02014b50], [2, 20], ...fields, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    // A Blob is handed on as it is: the archive of a thousand photos need not fit the memory.
    parts.push(pack([4, 0x04034b50], ...fields), path, typeof content === "string" ? bytes : content);
    offset += 30 + path.length + bytes.length;
    directorySize += 46 + path.length;
    if (++files > mostFiles || offset + directorySize > most) throw new Error("A ZIP file holds 65,535 files and 4 GB at most; export fewer photos at once.");
  }
  return new Blob([...parts, ...directory, pack([4, 0x06054b50], [2, 0], [2, 0], [2, files], [2, files], [4, directorySize], [4, offset], [2, 0])], { type: "application/zip" });
}
