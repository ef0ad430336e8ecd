// The lines of files with their positions, without reading a file into memory.
import { createReadStream } from "node:fs";

const NEWLINE = 10;
/** Longest line that is read, bytes. A longer one is passed on cut, which the edge refuses. */
const MAX_LINE_BYTES = 300_000;

/**
 * @typedef {object} Position
 * @property {number} file index of the file
 * @property {number} offset bytes before the line
 * @property {number} line number of the line, from 1
 */

/**
 * Lines that are not empty, from a position on.
 * @param {string[]} files
 * @param {Position} from
 * @returns {AsyncGenerator<Position & {text: string, end: number}>} `end` is the offset after the line
 */
export async function* linesOf(files, from) {
  for (let file = from.file; file < files.length; file++) {
    const start = file === from.file ? from : { offset: 0, line: 1 };
    let { offset, line } = start;
    let rest = [];
    let length = 0;
    const take = () => {
      const text = Buffer.concat(rest).toString("utf8").replace(/\r$/, "");
      const found = { file, offset, line, text, end: offset + length };
      [offset, line, rest, length] = [offset + length, line + 1, [], 0];
      return found;
    };
    const add = (bytes) => {
      const kept = rest.reduce((sum, part) => sum + part.length, 0);
      if (kept < MAX_LINE_BYTES) rest.push(bytes.subarray(0, MAX_LINE_BYTES - kept));
      length += bytes.length;
    };
    for await (const chunk of createReadStream(files[file], { start: offset })) {
      let begin = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
        add(chunk.subarray(begin, end));
        length += 1;
        begin = end + 1;
        const found = take();
        if (found.text.trim() !== "") yield found;
      }
      if (begin < chunk.length) add(chunk.subarray(begin));
    }
    if (length > 0) {
      const found = take();
      if (found.text.trim() !== "") yield found;
    }
  }
}
