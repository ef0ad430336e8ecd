// A client of one conversation's event stream (SSE). Reconnects with Last-Event-ID, as EventSource does.
import { Position } from "./position.mjs";

const FIRST_PAUSE_MS = 25;
const MAX_PAUSE_MS = 600;

export class StreamReader {
  isLive = false;
  liveAt = 0;
  #stopping;
  #timer;
  #failures = 0;
  #isClosed = true;
  #running;

  constructor({ participant, journal, random }) {
    Object.assign(this, { participant, journal, random });
    this.position = new Position(journal, `${participant.user} (stream)`);
  }

  get kind() {
    return "stream";
  }

  get isSettled() {
    return this.isLive;
  }

  open() {
    if (!this.#isClosed) return;
    this.#isClosed = false;
    this.#dial();
  }

  #dial() {
    this.#stopping = new AbortController();
    this.#running = this.#run(this.#stopping.signal)
      .catch((error) => {
        // The engine is down or died: the stream reconnects. Any other error is a bug of the model.
        if (!(error instanceof TypeError) && error.name !== "AbortError") throw error;
      })
      .finally(() => this.#lost());
  }

  async #run(signal) {
    const { participant, journal, position } = this;
    const headers = { authorization: `Bearer ${participant.person.token}` };
    if (position.seq !== undefined) headers["last-event-id"] = this.#lastEventId();
    const address = `${participant.person.world.url}/api/chat/conversations/${journal.id}/events`;
    const response = await fetch(address, { headers, signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      if (response.status < 500 && response.status !== 429) {
        journal.violations.add(
          "wrong",
          `${journal.name}: the stream of ${participant.user} was refused: ${response.status}`,
        );
      }
      return;
    }
    position.connected("contiguous");
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) this.#block(block);
    }
  }

  /** Uses both accepted forms: with the epoch, and the plain seq. */
  #lastEventId() {
    const { epoch, seq } = this.position;
    return this.random.holds(50) ? `${epoch}:${seq}` : `${seq}`;
  }

  #block(block) {
    const fields = new Map(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line]));
    const line = fields.get("data");
    if (line === undefined) return;
    const data = JSON.parse(line.slice("data: ".length));
    if (data.type === "welcome") return this.#welcomed(data);
    if (data.type === "reset") {
      const { journal, participant } = this;
      journal.violations.add("lost", `${journal.name}: the stream of ${participant.user} was reset`);
      return this.position.startFrom(data.epoch, data.head);
    }
    if (data.seq === undefined) return;
    const id = fields.get("id")?.slice("id: ".length);
    if (id !== `${this.position.epoch}:${data.seq}`)
      this.journal.violations.add("wrong", `${this.journal.name}: ${data.seq} has the id ${id}`);
    this.position.take(data);
  }

  #welcomed({ epoch, head }) {
    if (this.position.seq === undefined) this.position.startFrom(epoch, head);
    this.isLive = true;
    this.liveAt = performance.now();
    this.#failures = 0;
  }

  #lost() {
    this.isLive = false;
    if (this.#isClosed) return;
    const longest = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#dial(), this.random.between(longest / 2, longest));
  }

  drop() {
    this.#stopping.abort();
  }

  async close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stopping?.abort();
    await this.#running;
  }

  abandon() {
    void this.close();
  }
}
