// How far an import is, in a file beside the dump.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

const STORED_EVERY_MS = 500;

/** The position before which all lines have arrived, in a file. */
export class StoredPlace {
  place = { file: 0, offset: 0, line: 1 };
  #path;
  #name;
  #at = 0;

  constructor(path, name) {
    this.#path = path;
    this.#name = name;
    try {
      const stored = JSON.parse(readFileSync(path, "utf8"));
      if (stored.import === name) this.place = stored.place;
    } catch {
      // There is none, or it was cut off: lines may be sent again.
    }
  }

  keep(place) {
    if (Date.now() - this.#at < STORED_EVERY_MS) return;
    this.#at = Date.now();
    writeFileSync(`${this.#path}.new`, JSON.stringify({ import: this.#name, place }));
    renameSync(`${this.#path}.new`, this.#path);
  }

  forget() {
    rmSync(this.#path, { force: true });
  }
}
