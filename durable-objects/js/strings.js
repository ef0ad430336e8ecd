// JavaScript strings from UTF-16 in WebAssembly's memory.

const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });

/** @param {Uint16Array} units UTF-16 without lone surrogates */
export function fromUtf16(units) {
  return utf16.decode(units);
}
