// Conversion of UTF-16 in WebAssembly memory to JavaScript strings.

const utf16 = new TextDecoder("utf-16le", { ignoreBOM: true });

/** @param {Uint16Array} units UTF-16 without lone surrogates */
export function fromUtf16(units) {
  return utf16.decode(units);
}
