/** A decoded picture: four bytes for each pixel, without premultiplied transparency. */
export interface Pixels {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Longer side of a decoded picture, pixels. */
const SIDE = 32;

/** Factors of a channel: a constant, and those of cosines, by their numbers of half waves. */
interface Channel {
  constant: number;
  terms: { x: number; y: number; factor: number }[];
}

/**
 * Decodes a ThumbHash, which has cosines of brightness, of two colour differences and of opacity, in the format of
 * https://evanw.github.io/thumbhash/. Returns `undefined` for text that is none.
 */
export function decodeThumbhash(base64: string): Pixels | undefined {
  const bytes = bytesOf(base64);
  if (!bytes || bytes.length < 5) return undefined;
  const byte = (at: number) => bytes[at] ?? 0;
  const header = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const header2 = byte(3) | (byte(4) << 8);
  const hasAlpha = header >> 23 === 1;
  const isLandscape = header2 >> 15 === 1;
  const short = Math.max(3, header2 & 7);
  const [nx, ny] = isLandscape ? [hasAlpha ? 5 : 7, short] : [short, hasAlpha ? 5 : 7];

  let nibble = (hasAlpha ? 6 : 5) * 2;
  const next = () => {
    const value = (byte(nibble >> 1) >> ((nibble & 1) * 4)) & 15;
    nibble += 1;
    return value / 7.5 - 1;
  };
  const channel = (constant: number, countX: number, countY: number, scale: number): Channel => {
    const terms = [];
    for (let y = 0; y < countY; y += 1) {
      for (let x = y === 0 ? 1 : 0; x * countY < countX * (countY - y); x += 1) {
        terms.push({ x, y, factor: next() * scale });
      }
    }
    return { constant, terms };
  };
  const light = channel((header & 63) / 63, nx, ny, ((header >> 18) & 31) / 31);
  const yellow = channel(((header >> 6) & 63) / 31.5 - 1, 3, 3, (((header2 >> 3) & 63) / 63) * 1.25);
  const red = channel(((header >> 12) & 63) / 31.5 - 1, 3, 3, (((header2 >> 9) & 63) / 63) * 1.25);
  const alpha = hasAlpha ? channel((byte(5) & 15) / 15, 5, 5, (byte(5) >> 4) / 15) : { constant: 1, terms: [] };

  const ratio = (isLandscape ? (hasAlpha ? 5 : 7) : header2 & 7) / (isLandscape ? header2 & 7 : hasAlpha ? 5 : 7);
  if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return undefined;
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (of: Channel) =>
        of.terms.reduce(
          (sum, term) => sum + 2 * term.factor * wave(term.x, x, width) * wave(term.y, y, height),
          of.constant,
        );
      const [l, p, q] = [at(light), at(yellow), at(red)];
      const blue = l - (2 / 3) * p;
      const r = (3 * l - blue + q) / 2;
      rgba.set([r * 255, (r - q) * 255, blue * 255, at(alpha) * 255], (y * width + x) * 4);
    }
  }
  return { width, height, rgba };
}

function wave(half: number, at: number, of: number): number {
  return Math.cos((Math.PI / of) * (at + 0.5) * half);
}

function bytesOf(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
