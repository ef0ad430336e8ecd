// Sends the lines of a dump to an edge, in batches, in the order that the edge needs.
//
// Lines about one conversation stay in order: they share a lane, which has one batch in flight. Lanes run side by side. Lines
// that create users and conversations have a lane of their own, which is empty before others send.

const BATCH_LINES = 500;
const BATCH_BYTES = 1_000_000;
const LANES = 4;
/** Lines after which every lane sends what it has, so that a resumed import repeats a bounded number of lines. */
const LINES_BETWEEN_PAUSES = 50_000;
const CONTENTS = new Set(["member", "message", "reaction"]);

class Lane {
  waiting = [];
  #bytes = 0;
  #flying = [];
  #flight = Promise.resolve();
  #send;

  constructor(send) {
    this.#send = send;
  }

  get isEmpty() {
    return this.waiting.length === 0 && this.#flying.length === 0;
  }

  /** The first line that the edge may not have. */
  get first() {
    return this.#flying[0] ?? this.waiting[0];
  }

  async add(line) {
    this.waiting.push(line);
    this.#bytes += line.end - line.offset;
    if (this.waiting.length >= BATCH_LINES || this.#bytes >= BATCH_BYTES) await this.#begin();
  }

  async drain() {
    while (!this.isEmpty) {
      await this.#begin();
      await this.#flight;
    }
  }

  /** Sends what waits, once the batch before it has arrived. */
  async #begin() {
    await this.#flight;
    if (this.waiting.length === 0) return;
    this.#flying = this.waiting;
    this.waiting = [];
    this.#bytes = 0;
    this.#flight = this.#send(this.#flying).then(() => {
      this.#flying = [];
    });
    // The failure is thrown where the flight is awaited.
    this.#flight.catch(() => {});
  }
}

export class Importer {
  counts = { written: 0, unchanged: 0, refused: 0 };
  #backend;
  #name;
  #onRefused;
  #onArrived;
  #structure;
  #lanes;
  #read;

  /**
   * @param {import("./backend.mjs").Backend} backend
   * @param {{name: string, onRefused: (line: object, reason: string) => void, onArrived: (place: object) => void}} options
   *   `onArrived` gets the position before which the edge has every line
   */
  constructor(backend, { name, onRefused, onArrived }) {
    this.#backend = backend;
    this.#name = name;
    this.#onRefused = onRefused;
    this.#onArrived = onArrived;
    const send = (lines) => this.#send(lines);
    this.#structure = new Lane(send);
    this.#lanes = Array.from({ length: LANES }, () => new Lane(send));
  }

  /** Sends all lines and waits until the edge has them. */
  async run(lines) {
    let number = 0;
    for await (const line of lines) {
      this.#read = { file: line.file, offset: line.end, line: line.line + 1 };
      const key = conversationOf(line.text);
      if (key === undefined) {
        await this.#structure.add(line);
      } else {
        if (!this.#structure.isEmpty) await this.#structure.drain();
        await this.#lanes[hash(key) % LANES].add(line);
      }
      number += 1;
      if (number % LINES_BETWEEN_PAUSES === 0) await this.#drain();
    }
    await this.#drain();
  }

  /** Opens the conversations of the import. Returns their number. */
  async open() {
    let opened = 0;
    for (;;) {
      const answer = await this.#backend.post("/import/open", { import: this.#name });
      opened += answer.opened;
      if (!answer.has_more) return opened;
    }
  }

  async #drain() {
    await this.#structure.drain();
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
    this.#arrived();
  }

  async #send(lines) {
    const body = { import: this.#name, lines: lines.map(({ text }) => text) };
    const { written, unchanged, refused } = await this.#backend.post("/import", body);
    this.counts.written += written;
    this.counts.unchanged += unchanged;
    this.counts.refused += refused.length;
    for (const { line, reason } of refused) this.#onRefused(lines[line - 1], reason);
    queueMicrotask(() => this.#arrived());
  }

  #arrived() {
    const open = [this.#structure, ...this.#lanes].map((lane) => lane.first).filter((line) => line !== undefined);
    const isBefore = (one, other) => one.file - other.file || one.offset - other.offset;
    const place = open.sort(isBefore)[0] ?? this.#read;
    if (place) this.#onArrived({ file: place.file, offset: place.offset, line: place.line });
  }
}

/** The conversation that a line is about, as the line names it; undefined for a line that creates something. */
function conversationOf(text) {
  try {
    const line = JSON.parse(text);
    if (!CONTENTS.has(line?.kind)) return undefined;
    return String(line.conversation_id ?? line.chat_room_id ?? line.room_id ?? "").toLowerCase();
  } catch {
    return undefined;
  }
}

/** FNV-1a. */
function hash(text) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return sum;
}
