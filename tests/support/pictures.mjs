// Pictures of any size, made in a moment: a JPEG's row of blocks is encoded once and repeated, a PNG's row is compressed by zlib.
import { crc32, deflateSync } from "node:zlib";

const BLOCK = 8;
// One table of codes for all components; a code is the index of its value. A coefficient's value is its run and size.
const DC_VALUES = Array.from({ length: 12 }, (_, size) => size);
const DC_BITS = 4;
const AC_VALUES = [
  0x00,
  ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((run) => [1, 2, 3, 4, 5, 6].map((size) => (run << 4) | size)),
];
const AC_BITS = 6;

/**
 * A baseline JPEG of blocks with random low frequencies, in colour, without subsampling unless `sampling` is 2.
 * @param {number} width @param {number} height
 * @param {{sampling?: 1 | 2, detail?: number, orientation?: number}} [options] coefficients of each block, 12 by default;
 *   about 1 bit of a file's pixel for each 4. With an orientation it has EXIF, and a secret place
 */
export function jpeg(width, height, { sampling = 1, detail = 12, orientation } = {}) {
  const side = BLOCK * sampling;
  const across = Math.ceil(width / side);
  const down = Math.ceil(height / side);
  const random = generator(7);
  // A few rows of their own; each ends with a restart, so that the next one begins at the middle value again.
  const rows = Array.from({ length: Math.min(4, down) }, () => {
    const bits = new Bits();
    const last = [0, 0, 0];
    for (let unit = 0; unit < across; unit += 1) {
      for (let block = 0; block < sampling * sampling; block += 1) encodeBlock(bits, last, 0, detail, random);
      encodeBlock(bits, last, 1, detail / 4, random);
      encodeBlock(bits, last, 2, detail / 4, random);
    }
    return bits.end();
  });
  const scan = Array.from({ length: down }, (_, row) => {
    const restart = row === down - 1 ? [] : [0xff, 0xd0 + (row % 8)];
    return Buffer.concat([rows[row % rows.length], Buffer.from(restart)]);
  });
  const factors = (sampling << 4) | sampling;
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(orientation === undefined ? [] : [segment(0xe1, exif(orientation))]),
    segment(0xdb, [0, ...Array(64).fill(6)]),
    frame(0xc0, width, height, factors),
    segment(0xc4, [0x00, ...lengths(DC_BITS, DC_VALUES.length), ...DC_VALUES]),
    segment(0xc4, [0x10, ...lengths(AC_BITS, AC_VALUES.length), ...AC_VALUES]),
    segment(0xdd, [across >> 8, across & 255]),
    segment(0xda, [3, 1, 0x00, 2, 0x00, 3, 0x00, 0, 63, 0]),
    ...scan,
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** The header of a JPEG that announces a size, and no pixels. `marker` is 0xc0 for baseline, 0xc2 for progressive. */
export function jpegHeader(marker, width, height) {
  const scan = segment(0xda, [3, 1, 0x00, 2, 0x00, 3, 0x00, 0, marker === 0xc2 ? 0 : 63, 0]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array(64).fill(6)]),
    frame(marker, width, height, 0x11),
    segment(0xc4, [0x00, ...lengths(DC_BITS, DC_VALUES.length), ...DC_VALUES]),
    scan,
    Buffer.from([0xff, 0xd9]),
  ]);
}

/**
 * A PNG of one colour with transparency.
 * @param {number} width @param {number} height
 * @param {{announced?: [number, number], text?: string}} [options] the size that its header announces; a comment
 */
export function png(width, height, { announced = [width, height], text } = {}) {
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 4, Buffer.from([200, 30, 60, 128]))]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(announced[0], 0);
  header.writeUInt32BE(announced[1], 4);
  header.set([8, 6], 8);
  const pixels = deflateSync(Buffer.concat(Array(height).fill(row)), { level: 1 });
  const texts = text === undefined ? [] : [chunk("tEXt", Buffer.from(`Comment\0${text}`))];
  const chunks = [chunk("IHDR", header), ...texts, chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), ...chunks]);
}

function chunk(name, data) {
  const content = Buffer.concat([Buffer.from(name), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, sum]);
}

function segment(marker, payload) {
  const length = payload.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...payload]);
}

function frame(marker, width, height, factors) {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return segment(marker, [8, ...size, 3, 1, factors, 0, 2, 0x11, 0, 3, 0x11, 0]);
}

function exif(orientation) {
  const entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  return Buffer.from([
    ...Buffer.from("Exif\0\0MM\0*\0\0\0\x08\0\x01", "latin1"),
    ...entry,
    ...Buffer.from("SECRET PLACE"),
  ]);
}

/** Codes of each length from 1 to 16, of a table whose codes all have the same. */
function lengths(bits, count) {
  return Array.from({ length: 16 }, (_, index) => (index === bits - 1 ? count : 0));
}

function encodeBlock(bits, last, component, detail, random) {
  const level = (random() % 256) - 128;
  const [size, value] = magnitude(level - last[component]);
  last[component] = level;
  bits.write(size, DC_BITS);
  bits.write(value, size);
  for (let number = 0; number < detail; number += 1) {
    const run = random() % 2;
    const [size, value] = magnitude((random() % 15) - 7 || 1);
    bits.write(AC_VALUES.indexOf((run << 4) | size), AC_BITS);
    bits.write(value, size);
  }
  bits.write(0, AC_BITS);
}

/** Bits of a number, and how it is written. */
function magnitude(number) {
  const size = 32 - Math.clz32(Math.abs(number));
  return [size, number < 0 ? number + (1 << size) - 1 : number];
}

class Bits {
  #bytes = [];
  #pending = 0;
  #count = 0;

  write(value, count) {
    for (let bit = count - 1; bit >= 0; bit -= 1) {
      this.#pending = (this.#pending << 1) | ((value >> bit) & 1);
      this.#count += 1;
      if (this.#count === 8) this.#push();
    }
  }

  #push() {
    this.#bytes.push(this.#pending);
    if (this.#pending === 0xff) this.#bytes.push(0);
    this.#pending = 0;
    this.#count = 0;
  }

  end() {
    while (this.#count > 0) this.write(1, 1);
    return Buffer.from(this.#bytes);
  }
}

function generator(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

/**
 * A lossless WebP of a megabyte whose tables need hundreds: 65,536 groups of codes, which its header does not announce.
 */
export function webpOfManyCodes() {
  const bits = [];
  const write = (value, count) => {
    for (let bit = 0; bit < count; bit += 1) bits.push((value >> bit) & 1);
  };
  // A code of one symbol takes no bits in the data: one symbol, of 8 bits.
  const single = (symbol) => {
    write(0b101, 3);
    write(symbol, 8);
  };
  write(0x2f, 8);
  write(63, 14);
  write(63, 14);
  // No alpha, version 0; no transform, no cache of colours; groups of codes for squares of 4 pixels.
  write(0, 4);
  write(0, 2);
  write(1, 1);
  write(0, 3);
  // The picture of the groups: all of them the last one, 0xffff in green and red.
  write(0, 1);
  for (const symbol of [0xff, 0xff, 0, 0, 0]) single(symbol);
  // Each group: 256 symbols with codes of 8 bits for red, blue and alpha.
  const full = [0, ...[0, 0, 0, 1], ...Array(11 * 3).fill(0), 1, 0, 0, 0];
  for (let group = 0; group < 65_536; group += 1) {
    single(0);
    for (let channel = 0; channel < 3; channel += 1) for (const bit of full) bits.push(bit);
    single(0);
  }
  const data = Buffer.alloc(Math.ceil(bits.length / 8) + 64);
  bits.forEach((bit, index) => {
    data[index >> 3] |= bit << (index & 7);
  });
  const length = (value) => Buffer.from(new Uint32Array([value]).buffer);
  const size = data.length + (data.length % 2);
  return Buffer.concat([
    Buffer.from("RIFF"),
    length(size + 12),
    Buffer.from("WEBPVP8L"),
    length(data.length),
    data,
    Buffer.alloc(data.length % 2),
  ]);
}

/** An answer of the images Worker: its facts, with the bytes of each variant. */
export function readAnswer(body) {
  const end = 4 + body.readUInt32BE(0);
  const answer = JSON.parse(body.subarray(4, end));
  let at = end;
  const variants = answer.variants.map((variant) => {
    const bytes = body.subarray(at, at + variant.size);
    at += variant.size;
    return { ...variant, bytes };
  });
  if (at !== body.length) throw new Error(`the answer has ${body.length} bytes, and its facts name ${at}`);
  return { ...answer, variants };
}
