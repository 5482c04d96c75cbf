// Reads the Parquet files that `geotag tag` writes, and others of their kind: flat columns and lists of one level, plain or
// by dictionary, as they are or compressed by Snappy or gzip. What it does not read it names.
const plain = 0, plainDictionary = 2, rle = 3, dictionary = 8;

/** Thrift's compact protocol: structs become objects by field number. */
class Thrift {
  constructor(bytes) { this.bytes = bytes; this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length); this.at = 0; }

  varint() {
    let value = 0, shift = 1;
    for (;;) { const byte = this.bytes[this.at++]; value += (byte & 127) * shift; if (byte < 128) return value; shift *= 128; }
  }

  zigzag() { const n = this.varint(); return n % 2 ? -(n + 1) / 2 : n / 2; }

  binary() { const length = this.varint(); this.at += length; return this.bytes.subarray(this.at - length, this.at); }

  value(type) {
    switch (type) {
      case 1: return true;
      case 2: return false;
      case 3: return this.view.getInt8(this.at++);
      case 4: case 5: case 6: return this.zigzag();
      case 7: this.at += 8; return this.view.getFloat64(this.at - 8, true);
      case 8: return this.binary();
      case 9: case 10: {
        const head = this.bytes[this.at++], size = head >> 4 === 15 ? this.varint() : head >> 4;
        return Array.from({ length: size }, () => ((head & 15) < 3 ? this.bytes[this.at++] === 1 : this.value(head & 15)));
      }
      case 12: return this.struct();
      default: throw new Error("its metadata cannot be read");
    }
  }

  struct() {
    const out = {};
    for (let field = 0; ;) {
      const head = this.bytes[this.at++];
      if (!head) return out;
      field = head >> 4 ? field + (head >> 4) : this.zigzag();
      out[field] = this.value(head & 15);
    }
  }
}

const utf8 = new TextDecoder();
const bytesOf = async (file, from, to) => new Uint8Array(await file.slice(from, to).arrayBuffer());

function unsnap(bytes) {
  const source = new Thrift(bytes), out = new Uint8Array(source.varint());
  let at = source.at, to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++];
    let length = (tag >> 2) + 1, offset = 0;
    if ((tag & 3) === 0) {
      if (length > 60) { const more = length - 60; length = 1; for (let i = 0; i < more; i++) length += bytes[at++] * 256 ** i; }
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    if ((tag & 3) === 1) { length = ((tag >> 2) & 7) + 4; offset = ((tag >> 5) << 8) | bytes[at++]; }
    else { const size = (tag & 3) === 2 ? 2 : 4; for (let i = 0; i < size; i++) offset += bytes[at++] * 256 ** i; }
    // A copy may reach into itself.
    for (let i = 0; i < length; i++, to++) out[to] = out[to - offset];
  }
  return out;
}

async function inflate(bytes, codec) {
  if (codec === 0) return bytes;
  if (codec === 1) return unsnap(bytes);
  if (codec === 2) return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  throw new Error(`its compression (${["", "", "", "LZO", "Brotli", "LZ4", "Zstandard", "LZ4"][codec] ?? codec}) is not read here`);
}

/** Runs and bit-packed groups of small numbers. */
function hybrid(bytes, width, count) {
  const source = new Thrift(bytes), out = new Uint32Array(count), size = Math.ceil(width / 8);
  for (let n = 0; n < count && source.at < bytes.length;) {
    const head = source.varint();
    if (head % 2 === 0) {
      let value = 0;
      for (let i = 0; i < size; i++) value += bytes[source.at++] * 256 ** i;
      out.fill(value, n, n += head / 2);
      continue;
    }
    let bit = source.at * 8;
    for (let end = Math.min(count, n + (head >> 1) * 8); n < end; n++) {
      let value = 0;
      for (let i = 0; i < width; i++, bit++) value += ((bytes[bit >> 3] >> (bit & 7)) & 1) * 2 ** i;
      out[n] = value;
    }
    source.at += (head >> 1) * width;
  }
  return out;
}

function plainValues(bytes, type, count, length) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const next = {
    0: (i) => Boolean((bytes[i >> 3] >> (i & 7)) & 1), 1: () => view.getInt32((at += 4) - 4, true), 2: () => Number(view.getBigInt64((at += 8) - 8, true)),
    4: () => view.getFloat32((at += 4) - 4, true), 5: () => view.getFloat64((at += 8) - 8, true),
    6: () => { const size = view.getUint32(at, true); at += 4 + size; return bytes.subarray(at - size, at); }, 7: () => bytes.subarray(at, (at += length)),
  }[type];
  if (!next) throw new Error("it holds a type of column that is not read here");
  return Array.from({ length: count }, (_, i) => next(i));
}

function valuesOf(bytes, encoding, column, count, words) {
  if (encoding === plain) return plainValues(bytes, column.type, count, column.length);
  if ((encoding === dictionary || encoding === plainDictionary) && words) return Array.from(hybrid(bytes.subarray(1), bytes[0], count), (i) => words[i]);
  if (encoding === rle && column.type === 0) return Array.from(hybrid(bytes.subarray(4), 1, count), Boolean);
  throw new Error(`its encoding ${encoding} is not read here`);
}

/** One column of one group of rows: a value, a list or null a row. */
async function readColumn(file, meta, column) {
  const start = Math.min(...[meta[9], meta[11]].filter((offset) => offset > 0)), chunk = await bytesOf(file, start, start + meta[7]);
  const source = new Thrift(chunk), rows = [];
  const bits = (most) => Math.ceil(Math.log2(most + 1));
  let words = null;
  for (let seen = 0; seen < meta[5];) {
    const head = source.struct(), body = chunk.subarray(source.at, (source.at += head[3]));
    const first = head[5], second = head[8];
    if (head[7]) { words = plainValues(await inflate(body, meta[4]), column.type, head[7][1], column.length).map(column.read); continue; }
    const count = (first ?? second)[1], levels = [null, null];
    // Repetition comes before definition; the second version of pages says their lengths and leaves them uncompressed.
    let data = first ? await inflate(body, meta[4]) : null, at = 0;
    [column.mostRepeated, column.mostDefined].forEach((most, i) => {
      const size = second ? second[6 - i] : most > 0 ? new DataView(data.buffer, data.byteOffset + at).getUint32(0, true) : 0, skip = second || most === 0 ? 0 : 4;
      const raw = second ? body : data;
      if (most > 0) levels[i] = hybrid(raw.subarray(at + skip, at + skip + size), bits(most), count);
      at += skip + size;
    });
    data = second ? (second[7] === false ? body.subarray(at) : await inflate(body.subarray(at), meta[4])) : data.subarray(at);
    const [repeated, defined] = levels, present = defined ? defined.reduce((n, d) => n + (d === column.mostDefined ? 1 : 0), 0) : count;
    const encoding = first ? first[2] : second[4], values = valuesOf(data, encoding, column, present, words);
    const done = encoding === plain ? values.map(column.read) : values;
    for (let i = 0, v = 0; i < count; i++) {
      const value = !defined || defined[i] === column.mostDefined ? done[v++] : null;
      if (column.mostRepeated === 0) rows.push(value);
      else if (repeated[i] === 0) rows.push(value === null ? [] : [value]);
      else if (value !== null) rows.at(-1).push(value);
    }
    seen += count;
  }
  return rows;
}

/** The leaves of a schema: named by their first part, because that is what a row calls them. */
function columnsOf(schema) {
  const columns = [];
  let at = 1;
  (function walk(children, path, defined, repeated) {
    for (let i = 0; i < children; i++) {
      const one = schema[at++], name = path ?? utf8.decode(one[4]);
      const d = defined + (one[3] > 0 ? 1 : 0), r = repeated + (one[3] === 2 ? 1 : 0);
      if (one[5] > 0) walk(one[5], name, d, r);
      else columns.push({ name, type: one[1], length: one[2], mostDefined: d, mostRepeated: r, read: one[6] === 0 || one[10]?.[1] ? (b) => utf8.decode(b) : (v) => v });
    }
  })(schema[0][5], null, 0, 0);
  return columns;
}

/** A point as WKB, or null. */
function pointOf(wkb) {
  if (!(wkb instanceof Uint8Array) || wkb.length < 21) return null;
  const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.length), little = wkb[0] === 1;
  return view.getUint32(1, little) % 1000 === 1 ? { lon: view.getFloat64(5, little), lat: view.getFloat64(13, little) } : null;
}

/** The rows of a file, as NDJSON would say them. */
export async function* parquet(file) {
  const tail = await bytesOf(file, Math.max(0, file.size - 8), file.size);
  if (tail.length < 8 || utf8.decode(tail.subarray(4)) !== "PAR1") throw new Error("it is no Parquet file");
  const size = new DataView(tail.buffer).getUint32(0, true), meta = new Thrift(await bytesOf(file, file.size - 8 - size, file.size - 8)).struct();
  const columns = columnsOf(meta[2]);
  for (const group of meta[4]) {
    const read = [];
    for (const [i, column] of columns.entries()) read.push(await readColumn(file, group[1][i][3], column));
    for (let row = 0; row < group[3]; row++) {
      const out = {};
      columns.forEach((column, i) => { if (read[i][row] !== null) out[column.name] = read[i][row]; });
      yield { ...out, ...(pointOf(out.geometry) ?? {}) };
    }
  }
}
